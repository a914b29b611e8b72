"""Knowledge bases: taxa and classes find their synsets, and hang where their base says."""

from __future__ import annotations

import random

import pytest
from bases import (
    ANIMAL,
    BIG_CAT,
    CAR,
    FELINE,
    LEOPARD,
    LIFE,
    PLANT,
    THINGS,
    VEHICLE,
    base,
    cuts,
    entry,
    ids,
    opening,
    taxon,
)
from conftest import CARNIVORE, CAT, CRANE_BIRD, DOG, ORGANISM, vocabulary

import taxonomy
from taxonomy.concept import Link, Method, Relation, SourceClass
from taxonomy.hierarchy import is_forest, parents_first
from taxonomy.linking.taxa import Taxa
from taxonomy.merging.mend import mend


@pytest.fixture
def merged(few_build):
    """Build knowledge bases and vocabularies, and open a result that passes its own check."""
    yield from opening(few_build)


# The order of a hierarchy


@pytest.mark.parametrize("seed", range(5))
def test_parents_stand_before_their_children(seed):
    """Else a class is placed before what it goes under is there."""
    draw = random.Random(seed)
    entries = [
        entry(str(n), "", *{str(draw.randrange(n)) for _ in range(draw.randrange(3))} if n else ()) for n in range(60)
    ]
    draw.shuffle(entries)
    place = {each.key: at for at, each in enumerate(parents_first(entries))}
    assert len(place) == len(entries)
    assert all(place[key] < place[each.key] for each in entries for key in each.parents)


def test_what_has_no_order_is_kept():
    """Else the classes of a circle, or below a class that is missing, vanish."""
    ring = [
        entry("a", "", "b"),
        entry("b", "", "a"),
        entry("c", "", "a"),
        entry("d", "", "gone"),
        entry("e", "", "d", "d"),
    ]
    assert [each.key for each in parents_first(ring)] == ["d", "e", "a", "b", "c"]
    assert [each.key for each in parents_first([entry("x", types=("y",)), entry("y")])] == ["y", "x"]


def test_a_forest_needs_no_repair():
    """Else a taxonomy of a million organisms is repaired for minutes, or a broken one is not."""
    assert is_forest([])
    assert is_forest([entry("b", "", "a"), entry("a"), entry("c", "", "b"), entry("d", "", "b"), entry("e")])
    assert not is_forest([entry("a", "", "a")])
    assert not is_forest([entry("a", "", "b"), entry("b", "", "a")])
    assert not is_forest([entry("x", "", "a"), entry("a", "", "b"), entry("b", "", "c"), entry("c", "", "a")])
    assert not is_forest([entry("a", "", "gone")])
    assert not is_forest([entry("a"), entry("b"), entry("c", "", "a", "b")])
    assert not is_forest([entry("a"), entry("b", types=("a",))])


def test_an_order_of_a_long_chain():
    """Else a hierarchy that is deep ends in a RecursionError."""
    chain = [entry(str(n), "", str(n + 1)) for n in range(10_000)] + [entry("10000")]
    assert is_forest(chain)
    assert [each.key for each in parents_first(chain)] == [str(n) for n in range(10_000, -1, -1)]


# Taxa


def test_taxa_are_the_synsets_of_their_names(merged):
    """Else every animal is there twice, once as WordNet's and once as a taxon."""
    t = merged(base(*LIFE, name="ncbi"))
    assert [t[f"ncbi:{key}"].id for key in "12345"] == [ANIMAL, CARNIVORE, FELINE, "ncbi:4", LEOPARD]
    assert t["ncbi:5"] == t["wd:Q34706"]
    assert t["ncbi:6"].name == "jaguar"
    assert ids(t["ncbi:6"].parents()) == ["ncbi:4"]


def test_a_species_is_below_its_genus_and_both_are_organisms(merged):
    """Else a genus has no species, or its species are no animals."""
    t = merged(base(*LIFE, name="ncbi"))
    assert ids(t["ncbi:4"].parents()) == [FELINE]
    assert set(ids(t[LEOPARD].parents())) == {BIG_CAT, "ncbi:4"}
    assert {"ncbi:4", FELINE, ANIMAL, ORGANISM} <= set(ids(t["ncbi:6"].ancestors()))


def test_a_taxon_is_the_synset_of_its_common_name(merged):
    """Else what people call by its name, and only WordNet's gloss knows in Latin, is there twice."""
    felines = (taxon("20", "Felis", "3", rank="genus"), taxon("21", "Felis catus", "20", common="cat", rank="species"))
    t = merged(base(*LIFE, *felines, name="ncbi"))
    assert t["ncbi:21"].id in (CAT, "ncbi:21")
    # Cats are big cats too (cat.n.07), and those are felines as well: of two that fit none is taken.
    t = merged(base(*LIFE, taxon("21", "Felis catus", "3", common="true cat", rank="species"), name="ncbi"))
    assert t["ncbi:21"].id == CAT
    # The plural that books write.
    t = merged(base(LIFE[0], taxon("30", "Grus", "1", common="Cranes", rank="genus"), name="ncbi"))
    assert t["ncbi:30"].id == CRANE_BIRD


def test_a_common_name_counts_only_in_line_with_what_is_above(merged):
    """Else a fish that is called dog is a dog."""
    fish = (
        taxon("8", "Osteichthyes", "1", rank="class"),
        taxon("9", "Zorgon piscis", "8", common="dog", rank="species"),
    )
    t = merged(base(*LIFE, *fish, name="ncbi"))
    assert t["ncbi:9"].id == "ncbi:9"
    assert DOG not in ids(t["ncbi:9"].ancestors())


@pytest.mark.parametrize("name", ["Viridiplantae", "Plantae"])
def test_a_taxon_is_no_concept_of_another_kingdom(merged, name):
    """Else a plant that bears an animal's name is an animal."""
    plants = (
        taxon("40", name, rank="kingdom"),
        taxon("41", "Panthera pardus", "40", rank="species"),
        taxon("42", "Felidae", "40", rank="family"),
        taxon("43", "Zorgonia", "40", common="dog", rank="genus"),
    )
    t = merged(base(*plants, name="ncbi"))
    assert t["ncbi:40"].id == PLANT
    for key in ("41", "42", "43"):
        assert ids(t[f"ncbi:{key}"].parents()) == [PLANT]


def test_a_genus_and_its_subgenus_of_one_name_are_one(merged):
    """Else *Panthera* is a kind of *Panthera*, and nobody knows which one is meant."""
    t = merged(
        base(
            *LIFE,
            taxon("7", "Panthera", "4", rank="subgenus"),
            taxon("70", "Panthera xqz", "7", rank="species"),
            name="ncbi",
        )
    )
    assert t["ncbi:7"] == t["ncbi:4"]
    assert ids(t["ncbi:70"].parents()) == ["ncbi:4"]


def test_the_order_of_the_rows_does_not_matter(merged):
    """Else a table that lists species before their genus gives another taxonomy."""
    there = merged(base(*LIFE, name="ncbi"))
    back = merged(base(*LIFE[::-1], name="ncbi"))
    for each in LIFE:
        one, other = there[f"ncbi:{each.key}"], back[f"ncbi:{each.key}"]
        assert one.id == other.id
        assert set(ids(one.parents())) == set(ids(other.parents()))


def test_taxa_of_two_bases_are_one_by_their_names_and_ids(merged):
    """Else each further base doubles the organisms."""
    other = (
        taxon("a", "Animalia", rank="kingdom"),
        taxon("b", "Panthera", "a", rank="genus"),
        taxon("c", "Panthera onca", "b", rank="species", ids=("ncbi:6",)),
        taxon("d", "Leopardus pardus", "b", rank="species", ids=("wd:Q34706",)),
    )
    t = merged(base(*LIFE, name="ncbi"), base(*other, name="gbif"))
    assert [t[f"gbif:{key}"].id for key in "abcd"] == [ANIMAL, "ncbi:4", "ncbi:6", LEOPARD]


def test_a_taxon_is_not_its_parents_below_itself(merged):
    """Else a synset that the base puts below its own child makes a circle."""
    turned = (
        taxon("1", "Metazoa", rank="kingdom"),
        taxon("2", "Felidae", "1", rank="family"),
        taxon("3", "Carnivora", "2", rank="order"),
    )
    t = merged(base(*turned, name="ncbi"))
    assert FELINE not in ids(t[CARNIVORE].ancestors())


def test_a_group_stands_for_the_organism_that_it_is_as_a_whole(wordnet_draft):
    """Else *Felidae* is a concept of its own beside *feline*."""
    taxa = Taxa(wordnet_draft)
    animal = wordnet_draft.key_of[ANIMAL]

    def whole(name: str, kingdom: int | None = None, rank: str = "") -> str | None:
        key = taxa.stands_for(name, kingdom, rank)
        return None if key is None else wordnet_draft.concepts[key].name

    assert whole("felidae") == whole("felidae", animal, "family") == "feline"
    assert whole("canidae") == "canine"
    assert whole("pieridae") == "pierid"
    assert whole("felidae", wordnet_draft.key_of[PLANT]) is None
    assert whole("felidae", animal, "genus") is None
    assert whole("felidae", animal, "no rank") == "feline"
    assert whole("zorgonidae") is None
    assert whole("dog") is None


# Other classes


def test_classes_find_their_concepts_and_hang_below_them(merged):
    """Else a base lies beside WordNet, and not in it."""
    t = merged(base(*THINGS))
    assert t["wd:Q1"].id == CAR
    assert ids(t["wd:Q2"].parents()) == [CAR]
    assert ids(t["wd:Q3"].parents()) == ["wd:Q2"]
    assert {"wd:Q2", CAR, VEHICLE} <= set(ids(t["wd:Q3"].ancestors()))
    assert t["mid:/m/77"] == t["wd:Q3"]
    assert t["wd:Q3"].definition == "A pod."
    assert "xqz podlet" in t["wd:Q3"].synonyms()


def test_what_is_an_instance_hangs_as_one(merged):
    """Else a single ship is a kind of ship."""
    t = merged(base(*THINGS, entry("Q5", "xqz two", types=("Q1", "Q3"))))
    rows = t.execute(
        "SELECT c.id, p.id, kind FROM edge JOIN concept c ON c.key = child JOIN concept p ON p.key = parent"
        " WHERE c.id IN ('wd:Q3', 'wd:Q4', 'wd:Q5') ORDER BY number"
    ).fetchall()
    assert ("wd:Q3", "wd:Q2", "is_a") in rows
    assert ("wd:Q4", "wd:Q3", "instance_of") in rows
    assert {(parent, kind) for child, parent, kind in rows if child == "wd:Q5"} >= {("wd:Q3", "instance_of")}
    assert not [row for row in rows if row[0] in ("wd:Q4", "wd:Q5") and row[2] == "is_a"]


def test_an_instance_is_no_kind_of_what_its_name_ends_in(merged):
    """Else a certain cat of a cartoon is a kind of cat."""
    t = merged(
        base(entry("Q1", "xqz toon", "Q0"), entry("Q0", "vehicle"), entry("Q2", "Zorgon the cat", types=("Q1",)))
    )
    kinds = t.execute("SELECT DISTINCT kind FROM edge WHERE child = ?", (t["wd:Q2"].key,)).fetchall()
    assert kinds == [("instance_of",)]


def test_a_kind_that_is_an_instance_of_something_stays_a_kind(merged):
    """Else *dog*, an instance of *taxon*, is no kind that others may be below."""
    t = merged(base(*THINGS, entry("Q8", "xqz model class", "Q1"), entry("Q9", "xqz model", "Q1", types=("Q8",))))
    assert ids(t["wd:Q9"].parents()) == [CAR]


def test_a_germ_that_is_a_weapon_too_stays_a_germ(wordnet_draft):
    """Else anthrax, which WordNet puts under weapons too, is no bacterium to a base that says that it is one."""
    wnids = {"germ": "n01350226", "bacillus": "n01349948", "weapon": "n04565375"}
    entries = [
        entry("germ", "Bacillus anthracis", "bacillus", "weapon"),
        entry("bacillus", "bacillus"),
        entry("weapon", "weapon"),
    ]
    anchors = [wordnet_draft.key_of[wnids[each.key]] for each in entries]
    links = [Link(anchor, Relation.EXACT, Method.GIVEN, 1.0, "") for anchor in anchors]
    mended, _ = mend(wordnet_draft, entries, links)
    assert mended[0].parents == ("bacillus",)


def test_a_class_with_no_placed_parent_is_listed_as_unplaced(merged):
    """Else what a base says of nothing that is known is hung up anywhere, or lost without a word."""
    t = merged(base(*THINGS, entry("U1"), entry("U2", "", "U1"), entry("U3", "", "gone")))
    rows = t.execute("SELECT key, relation FROM class WHERE concept IS NULL ORDER BY position").fetchall()
    assert rows == [("U1", "unplaced"), ("U2", "unplaced"), ("U3", "unplaced")]


def test_another_parent_places_a_class_whose_first_one_is_unplaced(merged):
    """Else a class is lost for one bad parent of several."""
    t = merged(base(*THINGS, entry("U1"), entry("Q9", "xqz cart", "U1", "Q2")))
    assert ids(t["wd:Q9"].parents()) == ["wd:Q2"]


def test_a_class_keeps_several_parents(merged):
    """Else a graph becomes a tree."""
    t = merged(
        base(*THINGS, entry("T1", "xqz toy", "Q0"), entry("Q0", "furniture"), entry("T2", "xqz toy car", "Q2", "T1"))
    )
    assert set(ids(t["wd:T2"].parents())) == {"wd:Q2", "wd:T1"}


def test_names_in_other_languages_are_kept_with_their_tag(merged):
    """Else nobody finds a concept in another language, or German names pass for English ones."""
    t = merged(base(*THINGS))
    names = {(text, language) for text, language, *_ in t["wd:Q2"].names()}
    assert {("xqz racer", "en"), ("Rennflitzer", "de"), ("jurilica", "sr-Latn")} <= names
    assert t["wd:Q2"].synonyms("en") == t["wd:Q2"].synonyms() == ["xqz racer"]
    assert t["wd:Q2"].synonyms("all") == ["xqz racer", "Rennflitzer", "jurilica"]
    assert t["wd:Q2"].synonyms("de") == ["Rennflitzer"]


def test_ids_elsewhere_find_the_concept(merged):
    """Else what a paper calls by another base's number cannot be looked up."""
    t = merged(base(entry("Q1", "xqzq", "Q2", ids=("ncbi:77", "ili:i1")), entry("Q2", "car")))
    assert t["ncbi:77"] == t["ili:i1"] == t["wd:Q1"]


def test_a_class_is_the_concept_that_its_id_tells(merged):
    """Else a base's own mapping to another one counts for nothing beside a name."""
    other = base(entry("x", "xqz something", ids=("wd:Q3",)), entry("y", "xqz more", "x"), name="other")
    t = merged(base(*THINGS), other)
    assert t["other:x"].id == "wd:Q3"
    assert ids(t["other:y"].parents()) == ["wd:Q3"]
    t = merged(base(entry("x", "crane", wnid=CRANE_BIRD), entry("y", "zorgon crane", "x")))
    assert t["wd:x"].id == CRANE_BIRD
    assert ids(t["wd:y"].parents()) == [CRANE_BIRD]


def test_a_dataset_after_a_base_finds_its_concepts(merged):
    """Else a dataset's classes that WordNet lacks stay unplaced although the base knows them."""
    t = merged(base(*THINGS), vocabulary("street", "xqz racer", SourceClass("1", "xqz", mid="/m/77")))
    assert [t[f"street:{key}"].id for key in "01"] == ["wd:Q2", "wd:Q3"]


def test_a_hierarchy_of_two_thousand_classes(few_build):
    """Else a long hierarchy ends in a RecursionError."""
    chain = [entry(str(n), "", str(n - 1)) for n in range(1, 2_001)]
    with taxonomy.open(few_build(base(*chain[::-1], entry("0", "car", wnid=CAR)))) as t:
        assert len(t["wd:0"].descendants(dataset="wd")) == 2_000


def test_a_hierarchy_of_ten_thousand_levels(few_build):
    """Else a long hierarchy ends in a RecursionError, or takes an hour; the second parent makes it no forest."""
    chain = [taxon(str(n), f"Xqz{n}", str(n - 1)) for n in range(2, 10_001)]
    path = few_build(base(LIFE[0], *chain, taxon("end", "Xqzend", "10000", "9999"), name="ncbi"))
    with taxonomy.open(path) as t:
        assert ids(t["ncbi:end"].parents()) == ["ncbi:10000"]
        assert cuts(t) == [("ncbi:end", "ncbi:9999", "shortcut")]
        assert t.max_depth() > 10_000
