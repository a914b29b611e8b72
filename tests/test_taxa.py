"""Species and higher taxa hang under what people call the animals, never under WordNet's group of them."""

from __future__ import annotations

import pytest
from conftest import GROUP, ORGANISM

from taxonomy.linking.taxa import Taxa


@pytest.fixture(scope="module")
def taxa(wordnet_draft):
    return Taxa(wordnet_draft)


@pytest.mark.parametrize(
    ("taxon", "anchor"),
    [
        ("felidae", "feline"),
        ("canidae", "canine"),
        ("canis", "canine"),
        ("carnivora", "carnivore"),
        ("mammalia", "mammal"),
        ("aves", "bird"),
        ("panthera", "big cat"),  # a new one is beside lion and tiger, not below
        ("acinonyx", "big cat"),  # holds one species only, the cheetah
        ("ursidae", "bear"),
        ("sus", "swine"),  # *piglet* is a member too, but no kind of swine
        ("lepidoptera", "lepidopterous insect"),
        ("croton", "shrub"),  # the genus, not its one species of that name
        ("insecta", "insect"),
        ("veronica", "veronica"),  # a member bears the name of its genus
        ("plantae", "plant"),
        ("animalia", "animal"),
    ],
)
def test_a_taxon_has_the_common_name_of_its_members(wordnet_draft, taxa, taxon, anchor):
    """Else a new species' ancestors say "group", not "animal"."""
    key = taxa.anchor(taxon)
    assert anchor in [name.text for name in wordnet_draft.names_of(key)]


@pytest.mark.parametrize("word", ["xqzzt", "car", "group", "", "balsa"])
def test_what_is_no_taxon_has_no_anchor(taxa, word):
    """Else a car is anchored among the animals, and the moths Balsa under the tree balsa."""
    assert taxa.anchor(word) is None


def test_no_taxon_is_anchored_below_a_group(wordnet_draft, taxa):
    """Else hundreds of families put their species below *group*."""
    group = wordnet_draft.below(wordnet_draft.key_of[GROUP])
    organism = wordnet_draft.below(wordnet_draft.key_of[ORGANISM])
    anchors = {taxa.of_group(key) for key in taxa._groups} - {None}
    assert len(anchors) > 1000
    assert anchors <= organism
    assert not anchors & group


@pytest.mark.parametrize("dataset", ["inat2018", "inat2017", "fgvcx_fungi", "cub200"])
def test_every_species_is_an_organism_and_none_a_group(full, dataset):
    """Else "all animals" misses thousands of iNaturalist's classes."""
    organisms = {concept.key for concept in full[ORGANISM].descendants()}
    groups = {concept.key for concept in full[GROUP].descendants()}
    held = dict(
        full.execute(
            "SELECT concept, name FROM class WHERE source = ? AND concept IS NOT NULL", (full.source_position(dataset),)
        )
    )
    assert [name for key, name in held.items() if key not in organisms] == []
    assert [name for key, name in held.items() if key in groups] == []


@pytest.mark.parametrize("dataset", ["inat2018", "inat2017", "fgvcx_fungi", "cub200"])
def test_every_species_is_placed(full, dataset):
    """Else part of a dataset is silently not in the hierarchy."""
    position = full.source_position(dataset)
    unplaced = full.execute("SELECT name FROM class WHERE source = ? AND concept IS NULL", (position,)).fetchall()
    assert unplaced == []


def test_no_species_is_below_another_species(full):
    """Else a new species of the cheetah's genus is a cheetah; only a subspecies is below its species."""
    parents: dict[str, set[str]] = {}
    for child, parent in full.execute(
        "SELECT class.scientific_name, parent.text FROM edge"
        " JOIN class ON class.concept = child AND class.source = edge.source"
        " JOIN name AS parent ON parent.concept = edge.parent AND parent.sense > 0 WHERE scientific_name <> ''"
    ):
        parents.setdefault(child, set()).add(parent)
    below = {
        (child, parent)
        for child, names in parents.items()
        for parent in names
        if parent.startswith(child.split()[0] + " ") and child not in names
    }
    below = {(child, parent) for child, parent in below if len(child.split()) == 2}
    assert below == set()


def test_a_genus_of_plants_is_not_the_animals_of_that_name(wordnet_draft, taxa):
    """Else the flower Corydalis cava is an insect: plants and animals may share a name."""
    for within in ("n00015388", "n00017222"):  # animal, plant
        kingdom = wordnet_draft.key_of[within]
        assert kingdom in wordnet_draft.above(taxa.anchor("corydalis", kingdom))


def test_a_butterfly_is_no_king(taxa):
    """Else the genus Antigonus is below Alexander's general of that name, a person."""
    assert taxa.anchor("antigonus") is None
