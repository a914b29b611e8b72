"""What tells the senses of a class name apart: brackets, the parent, the other classes, and other datasets."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, sense_of, vocabulary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taxonomy.concept import Relation, SourceClass
from taxonomy.draft import Draft
from taxonomy.linking import Linker
from taxonomy.linking.hedge import hedge
from taxonomy.linking.setting import read_order
from taxonomy.linking.vectors import unit
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import shipped, wordnet


@pytest.fixture(scope="module")
def propose(linker, wordnet_draft):
    """Give (sense, relation) of the best candidate of each class of one vocabulary."""

    def proposed(*classes, domain=""):
        links = linker.propose(vocabulary("v", *classes, domain=domain))
        return [(sense_of(wordnet_draft, found.anchor), found.relation) for found in links]

    return proposed


@pytest.fixture(scope="module")
def likelihood(linker, wordnet_draft):
    """Give the probability of a sense of the first class."""

    def likely(sense, *classes, domain=""):
        link = linker.propose(vocabulary("v", *classes, domain=domain))[0]
        found = {sense_of(wordnet_draft, key): p for key, p in ((link.anchor, link.confidence), *link.alternatives)}
        return found.get(sense, 0.0)

    return likely


# Brackets


@pytest.mark.parametrize(
    ("name", "sense"),
    [
        ("turkey_(animal)", "turkey.n.01"),
        ("mouse_(electronic_device)", "mouse.n.04"),
        ("crane (bird)", "crane.n.05"),
        ("orange (fruit)", "orange.n.01"),
        ("keyboard (computer)", "keyboard.n.01"),
    ],
)
def test_a_bracket_tells_the_sense(propose, name, sense):
    """Else a dataset says which it means in vain."""
    assert propose(name) == [(sense, Relation.EXACT)]


@pytest.mark.parametrize(
    ("name", "bare", "sense"),
    [
        ("turkey_(food)", "turkey", "turkey.n.04"),
        ("mouse (computer equipment)", "mouse", "mouse.n.04"),
        ("crane (lifting device)", "crane", "crane.n.04"),
    ],
)
def test_a_bracket_makes_its_sense_likelier(likelihood, name, bare, sense):
    """Else what a dataset writes beside a name counts for nothing."""
    assert likelihood(sense, name) > likelihood(sense, bare) + 0.05


# The other classes


def test_the_other_classes_tell_the_sense(propose):
    """Else a list of birds lifts loads."""
    animals, tools = ("eagle", "sparrow", "horse", "heron"), ("hammer", "bulldozer", "excavator", "forklift")
    assert propose("crane", *animals)[0][0] == "crane.n.05"
    assert propose("crane", *tools)[0][0] == "crane.n.04"


ANIMALS = ("stork", "heron", "goose", "egret", "pelican", "flamingo", "swan", "duck", "gull", "puffin", "ostrich")
MACHINES = (
    "lathe",
    "excavator",
    "forklift",
    "bulldozer",
    "tractor",
    "crusher",
    "hoist",
    "winch",
    "drill",
    "saw",
    "van",
)


def test_what_stands_beside_a_class_tells_its_sense_in_a_list_that_is_in_order(likelihood):
    """Else a list by kinds, as most are that people wrote by hand, says no more than a shuffled one."""
    among_birds = likelihood("crane.n.05", "crane", *ANIMALS, *MACHINES)
    anywhere = likelihood(
        "crane.n.05", "crane", *(name for pair in zip(ANIMALS, MACHINES, strict=True) for name in pair)
    )
    assert among_birds > anywhere + 0.1


@pytest.mark.parametrize("size", [0, 1, 2, 40])
def test_lists_without_an_order_have_nothing_beside(size):
    """Else a division by nothing makes no number, and a list of one sort of thing is in order by chance."""
    owner, files = np.arange(size), np.zeros(size, np.intp)
    weight, shares, nearby = read_order(np.zeros(size, np.float32), files, owner, size, 3)
    assert np.isfinite(shares).all()
    assert weight.shape == (size,)
    assert np.abs(nearby).max(initial=0) < 1e-5


def test_a_class_is_no_witness_of_itself(linker, wordnet_draft):
    """Else the commonest sense of a name makes itself likelier."""
    questions = [found.question for found in linker.read(vocabulary("v", "crane")).values()]
    names = [candidate.name for question in questions for candidate in question.candidates]
    setting = linker.ranker.features.overview([len(names)], names, {}).rows([0])
    assert not setting.centres.any()
    assert len(set(setting.shares[0].tolist())) == 1


def test_two_classes_of_one_name_take_two_senses(propose, linker):
    """Else a dataset's two bats are one animal."""
    (one, _), (other, _), *_ = propose("bat", "bat", "owl")
    assert {one, other} == {"bat.n.01", "bat.n.05"}
    first, second, _ = linker.link(vocabulary("v", "bat", "bat", "owl", min_confidence=0))
    assert first.anchor != second.anchor
    assert first.relation == second.relation == Relation.EXACT


def test_two_classes_of_one_name_stay_together_where_nothing_else_is_likely(propose):
    """Else the second dog is an andiron."""
    assert propose("dog", "dog", "cat")[:2] == [("dog.n.01", Relation.EXACT)] * 2


def test_two_names_of_one_concept_stay_two_classes(propose):
    """Else a dataset loses a class that it tells apart."""
    assert propose("dog", "dogs") == [("dog.n.01", Relation.EXACT), ("dog.n.01", Relation.BROAD)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(["crane", "bat", "bat", "dog", "dogs", "mouse (animal)", "xqzzt", "trash bin/can", "zorgon dog"])
)
def test_the_order_of_few_rows_does_not_matter(linker, names):
    """Else chance makes an order of it, and sorting a file changes what its classes mean."""
    entries = [SourceClass(f"{name}{names[:i].count(name)}", name) for i, name in enumerate(names)]
    turned = sorted(entries, key=lambda entry: entry.key)
    for method in (linker.link, linker.propose):
        found = dict(zip((e.key for e in entries), method(vocabulary("v", *entries)), strict=True))
        again = dict(zip((e.key for e in turned), method(vocabulary("v", *turned)), strict=True))
        for key, link in found.items():
            same = again[key]
            assert (link.anchor, link.relation, link.under) == (same.anchor, same.relation, same.under), key
            assert link.confidence == pytest.approx(same.confidence, abs=2e-4)


# Other datasets


@pytest.fixture
def merged(few_synsets, exceptions):
    """Merge vocabularies over few synsets, and give a linker for what comes next."""

    def made(*vocabularies):
        draft = Draft()
        add_wordnet(draft, wordnet.SOURCE, few_synsets)
        linker = Linker(draft, exceptions, lambda where, what: None)
        for each in vocabularies:
            add_vocabulary(draft, each, linker.link(each))
        return linker

    return made


NAMES = ("dog", "cat", "car", "truck", "bird", "table", "leopard", "runner", "plush dog", "plush cat")


def test_a_dataset_of_the_same_names_tells_the_sense(merged):
    """Else the same list, merged again under another name, means something else."""
    for wnid in (CRANE_BIRD, CRANE_MACHINE):
        linker = merged(vocabulary("a", *NAMES, SourceClass("x", "crane", wnid=wnid)))
        link = linker.propose(vocabulary("b", *NAMES, "crane"))[-1]
        assert linker.draft.concepts[link.anchor].id == wnid


def test_kinship_is_the_share_of_names_of_the_most_similar_dataset(merged):
    """Else a huge dataset that has every word decides what all words mean."""
    kin = vocabulary("a", *NAMES, SourceClass("x", "crane", wnid=CRANE_BIRD))
    stranger = vocabulary("b", SourceClass("x", "crane", wnid=CRANE_MACHINE), "xqzzt")
    draft = merged(kin, stranger).draft
    bird, machine = draft.key_of[CRANE_BIRD], draft.key_of[CRANE_MACHINE]
    names = {*["dog", "cat", "car", "truck", "bird", "table", "leopard", "runner"], "crane", "zorgon"}
    found = draft.kinship(names)
    assert (found[bird], found[machine]) == (0.9, 0.1)
    assert bird not in draft.kinship(names, own="a")
    assert draft.kinship(set()) == draft.kinship({"zorgon"}) == {}


def test_one_name_in_common_is_no_kinship(merged):
    """Else a single crane in a list of birds is a machine, since some dataset has machines."""
    linker = merged(vocabulary("a", SourceClass("x", "crane", wnid=CRANE_MACHINE)))
    (link,) = linker.propose(vocabulary("b", "crane", domain="bird.n.01"))
    assert linker.draft.concepts[link.anchor].id == CRANE_BIRD
    assert max(linker.draft.kinship({"crane"}).values()) == 0.1


# Abstention


def test_what_is_unsure_is_what_all_its_senses_are(linker, wordnet_draft):
    """Else a crane of no context is taken for a machine, or is lost."""
    (link,) = linker.link(vocabulary("v", "crane"))
    assert link.relation is Relation.BROAD
    above = [wordnet_draft.above(wordnet_draft.sense(name)) for name in ("crane.n.04", "crane.n.05")]
    assert all(link.anchor in keys for keys in above)
    assert wordnet_draft.parents[link.anchor]  # the root says nothing


def test_a_place_that_says_little_gives_way_to_a_likely_one(wordnet_draft):
    """Else a larva that may be a tractor is but a physical entity."""
    larva, tractor, flower = map(wordnet_draft.sense, ("caterpillar.n.01", "caterpillar.n.02", "daisy.n.01"))
    assert hedge(wordnet_draft, [(larva, 0.84), (tractor, 0.16)], (0.9, 0.75)) == (larva, 0.84)
    found = hedge(wordnet_draft, [(larva, 0.5), (tractor, 0.5)], (0.9, 0.75))
    assert found is not None
    assert not wordnet_draft.is_telling(found[0])
    found = hedge(wordnet_draft, [(larva, 0.5), (flower, 0.45)], (0.9, 0.75))
    assert found is not None
    assert wordnet_draft.concepts[found[0]].name == "organism"
    assert hedge(wordnet_draft, [], (0.9, 0.75)) is None


def test_what_says_little_goes_under_the_lower_of_the_domain_and_its_senses(linker, wordnet_draft):
    """Else a crane that is some whole is any physical entity, for that is the list's domain."""
    (link,) = linker.link(vocabulary("v", "crane", domain="physical_entity.n.01"))
    assert link.relation is Relation.BROAD
    assert wordnet_draft.depth(link.anchor) > 1


def test_what_a_file_is_about_is_of_that_file(linker, wordnet_draft):
    """Else a list of plants means factories by *plant*, which is no plant in WordNet's files."""
    lexfile = linker.ranker.features.lexfile
    senses = ("plant.n.02", "person.n.01", "food.n.01", "organism.n.01", "whole.n.02")
    assert [lexfile(wordnet_draft.sense(name)) for name in senses] == ["plant", "person", "food", "Tops", "Tops"]


def test_no_class_is_placed_under_a_group(linker, wordnet_draft):
    """Else a bird is a member of a genus and no animal."""
    for name in ("Sayornis", "Geococcyx", "Felidae"):
        (link,) = linker.link(vocabulary("v", name))
        assert not linker.taxa.is_group(link.anchor), name


def test_a_vocabulary_of_actions_holds_no_things(linker, wordnet_draft):
    """Else who rides a horse is a horse."""
    actions = shipped.read("hmdb51")
    found = dict(zip((entry.name for entry in actions.classes), linker.link(actions), strict=True))
    act = wordnet_draft.below(wordnet_draft.sense("act.n.02"))
    for name in ("ride_horse", "brush_hair", "draw_sword", "climb_stairs"):
        assert found[name].anchor in act, name


def test_a_sure_link_has_alternatives(linker, wordnet_draft):
    """Else who disagrees with it has nothing to choose from."""
    (link,) = linker.propose(vocabulary("v", "tent"))
    senses = {sense_of(wordnet_draft, key) for key, _ in link.alternatives}
    assert sense_of(wordnet_draft, link.anchor) == "tent.n.01"
    assert "mountain_tent.n.01" in senses
    assert len(senses) >= 3


def test_propose_drops_no_class_and_gives_alternatives(linker):
    """Else a reviewer has nothing to choose from."""
    for name in ("coco", "visual_genome", "dtd", "lvis_v1"):
        if name not in shipped.names():
            continue
        given_vocabulary = shipped.read(name)
        links = linker.propose(given_vocabulary)
        assert len(links) == len(given_vocabulary.classes)
        if not given_vocabulary.source.domain:
            assert all(link.anchor is not None for link in links)
    for link in linker.propose(vocabulary("v", "crane", "zorgon dog", "xqzzt", "motor bike")):
        assert len(link.alternatives) >= 3


def test_unit_leaves_zeros():
    """Else a name of no known letters divides by nothing."""
    assert unit(np.array([[3, 4], [0, 0]], np.float32)).tolist() == [[np.float32(0.6), np.float32(0.8)], [0, 0]]
