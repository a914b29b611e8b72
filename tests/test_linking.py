"""Linking: a class name leads to the concept that people mean by it, to a broader one, or honestly to none."""

from __future__ import annotations

import pytest
from conftest import BIG_CAT, CRANE_BIRD, CRANE_MACHINE, DOG, lineage, sense_of, vocabulary

from taxonomy.concept import Method, Relation, SourceClass
from taxonomy.draft import Draft
from taxonomy.errors import InputError
from taxonomy.linking import Linker
from taxonomy.linking.phrase import heads, parse
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import shipped, wordnet


@pytest.fixture(scope="session")
def link(linker, wordnet_draft):
    """Link classes of one vocabulary; gives (sense name of the anchor, relation, method) of each."""

    def linked(*classes, domain="", min_confidence=None):
        links = linker.link(vocabulary("v", *classes, domain=domain, min_confidence=min_confidence))
        return [(sense_of(wordnet_draft, link.anchor), link.relation, link.method) for link in links]

    return linked


# What a name says


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("monitor_(computer_equipment)", ["monitor"]),
        ("wall-other-merged", ["wall other merged", "wall other", "wall"]),
        ("church_outdoor", ["church outdoor", "church"]),
        ("AnnualCrop", ["annual crop"]),
        ("Cabinet/shelf", ["cabinet/shelf", "cabinet shelf", "cabinet", "shelf"]),
        ("Lane Marking - Stop Line", ["lane marking stop line", "lane marking"]),
        ("n&amp;m", ["n&m"]),
        ("dog", ["dog"]),
        ("(", ["("]),
        ("()", ["()"]),
    ],
)
def test_readings_of_a_name(name, forms):
    """Else a dataset's way of writing hides the word that it writes."""
    assert [reading.form for reading in parse(name).readings] == forms


@pytest.mark.parametrize(
    "name", ["", " ", "-", "/", "--", "___", "( )", "other", "-merged", "or", " or ", "a" * 10_000]
)
def test_any_name_has_a_phrase(name):
    """Else one odd row stops the whole vocabulary."""
    assert all(reading.form for reading in parse(name).readings)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("red table runner", ["table runner", "runner"]),
        ("cup of hot coffee", ["cup"]),
        ("red cup of coffee", ["red cup", "cup"]),
        ("dog", []),
    ],
)
def test_head_nouns(form, expected):
    """Else a table runner is a table, and a cup of coffee a drink."""
    assert heads(form) == expected


# What it means


@pytest.mark.parametrize(
    ("name", "sense"),
    [
        ("dogs", "dog.n.01"),
        ("Dining_Table", "dining_table.n.01"),
        ("diningtable", "dining_table.n.01"),  # joined
        ("motor bike", "minibike.n.01"),  # split
        ("tyre", "tire.n.01"),  # British
        ("colour television", "color_television.n.01"),
        ("people", "people.n.01"),
        ("street signs", "street_sign.n.01"),
        ("banana", "banana.n.02"),  # the fruit before the plant
        ("orange", "orange.n.01"),
        ("mouse_(electronic_device)", "mouse.n.04"),
        ("mouse", "mouse.n.01"),
        ("bat (animal)", "bat.n.01"),
    ],
)
def test_names_that_wordnet_has(link, name, sense):
    """Else a class that everybody understands is linked to what nobody means."""
    assert link(name, min_confidence=0) == [(sense, Relation.EXACT, Method.EXACT)]


@pytest.mark.parametrize(
    ("name", "sense"),
    [
        ("plush dog", "dog.n.01"),
        ("zorgon traffic light", "traffic_light.n.01"),
        ("zorgon cup of coffee", "cup.n.01"),
    ],
)
def test_names_that_wordnet_lacks_go_under_their_head(link, name, sense):
    """Else a new class is equated with an old one, or lost."""
    assert link(name) == [(sense, Relation.BROAD, Method.HEAD)]


def test_what_means_nothing_is_unplaced(link):
    """Else nonsense is guessed into place."""
    assert link("xqzzt", "", "???") == [(None, Relation.UNPLACED, Method.NONE)] * 3


def test_given_ids_win(link):
    """Else a source's own, certain id is overruled by a guess from its name."""
    given = [
        SourceClass("0", "crane", wnid=CRANE_BIRD),
        SourceClass("1", "crane", wnid=CRANE_MACHINE),
        SourceClass("2", "x", wnid="dog.n.01"),
    ]
    assert [sense for sense, *_ in link(*given)] == ["crane.n.05", "crane.n.04", "dog.n.01"]
    assert {method for *_, method in link(*given)} == {Method.GIVEN}


def test_a_wnid_of_another_wordnet_is_reported_and_not_used(wordnet_draft, exceptions):
    """Else WordNet 3.1's dog is a stranger."""
    reports = []
    linker = Linker(wordnet_draft, exceptions, lambda where, what: reports.append((where, what)))
    (found,) = linker.link(vocabulary("v", SourceClass("7", "dog", wnid="n02086723")))
    assert found.anchor == wordnet_draft.key_of[DOG]
    assert [where for where, _ in reports] == ["v:7"]
    assert "WordNet 3.1" in reports[0][1]


def test_probabilities_are_probabilities(linker):
    """Else a confidence of 1.3 sorts a guess before a person's word."""
    for name in ("coco_stuff", "places365", "lvis_v1", "oxford_pets"):
        for method in (linker.link, linker.propose):
            for found in method(shipped.read(name)):
                assert 0 <= found.confidence <= 1
                shares = [p for _, p in found.alternatives]
                assert shares == sorted(shares, reverse=True)
                assert sum(shares) <= 1.001
                # A broader anchor may be a candidate of its own.
                assert found.relation is not Relation.EXACT or found.anchor not in dict(found.alternatives)


def test_what_is_eaten_of_a_plant_goes_before_the_plant(link, linker):
    """Else the carrots and broccoli of a list of things are but physical entities."""
    names = ("carrot", "broccoli", "mango", "popcorn", "grapefruit", "winter melon")
    links = linker.link(vocabulary("v", *names, domain="physical_entity.n.01"))
    assert [found.relation for found in links] == [Relation.EXACT] * len(names)
    of_plant = [bool(linker.draft.wholes.get(found.anchor)) for found in links]
    assert of_plant == [True] * len(names)


def test_a_word_for_another_makes_no_class_what_a_class_beside_it_is(linker, wordnet_draft):
    """Else the traffic signs of Cityscapes are its traffic lights, since a sign is a signal."""
    light = wordnet_draft.sense("traffic_light.n.01")
    for first in ("traffic light", SourceClass("0", "lamp", wnid="traffic_light.n.01")):
        lights, signs = linker.link(vocabulary("v", first, "traffic sign"))
        assert (lights.anchor, lights.relation) == (light, Relation.EXACT)
        assert light not in wordnet_draft.above(signs.anchor)


# What surrounds it


def test_a_parent_tells_homonyms_apart(link):
    """Else the crane below "bird" lifts loads."""
    assert link(SourceClass("0", "crane", parent="bird"))[0][0] == "crane.n.05"
    machine = SourceClass("0", "crane", parent="lifting device")
    assert link(machine, min_confidence=0)[0][0] == "crane.n.04"


def test_a_parent_of_several_words_tells_homonyms_apart(link):
    """Else CIFAR-100's superclasses tell nothing: its mushrooms are no food, and its babies may be those of animals."""
    mushroom = SourceClass("0", "mushroom", parent="fruit_and_vegetables")
    assert link(mushroom, min_confidence=0)[0][0] == "mushroom.n.05"
    assert link(SourceClass("0", "baby", parent="people"), min_confidence=0)[0][0] == "baby.n.01"
    assert link(SourceClass("0", "crane", parent="large_birds_2"))[0][0] == "crane.n.05"


def test_a_parent_that_is_not_enough_still_tells_the_place(link, wordnet_draft):
    """Else a plate that is a *substance* is no more than that, though the dish alone is one."""
    (found,) = link(SourceClass("0", "plate", parent="substance"))
    assert found[0] == "plate.n.08"


def test_a_domain_tells_homonyms_apart(link):
    """Else a list of birds holds machines."""
    assert link("crane", domain="bird.n.01")[0][0] == "crane.n.05"


def test_a_definition_tells_homonyms_apart(link):
    """Else LVIS's own glosses are in vain."""
    assert link(SourceClass("0", "crane", definition="large long-necked wading bird of marshes"))[0][0] == "crane.n.05"


def test_a_vocabulary_that_keeps_to_its_domain_has_no_strangers(linker, wordnet_draft):
    """Else the cat Bombay is a city in India, and the dog Boxer a sportsman."""
    pets = shipped.read("oxford_pets")
    animal = wordnet_draft.below(wordnet_draft.key_of["n00015388"])
    links = linker.link(pets)
    assert [c.name for c, found in zip(pets.classes, links, strict=True) if found.anchor not in animal] == []
    bombay = next(found for c, found in zip(pets.classes, links, strict=True) if c.name == "Bombay")
    assert bombay.relation is Relation.BROAD


def test_words_that_begin_many_names_are_heads(linker, wordnet_draft):
    """Else COCO-Stuff's wall-brick is a brick."""
    stuff = shipped.read("coco_stuff")
    found = dict(zip((c.name for c in stuff.classes), linker.link(stuff), strict=True))
    wall = wordnet_draft.sense("wall.n.01")
    for name in ("wall-brick", "wall-tile", "wall-wood", "wall-stone"):
        assert found[name].anchor == wall, name
        assert found[name].relation is Relation.BROAD


def test_what_lists_alike_show_may_lie_outside_the_domain(synsets, exceptions):
    """Else the traffic lights of COCO are no traffic lights, which WordNet has among signals, and those no things."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, synsets)
    linker = Linker(draft, exceptions, lambda where, what: None)
    names = (
        "bus",
        "bicycle",
        "airplane",
        "bench",
        "umbrella",
        "laptop",
        "pizza",
        "toaster",
        "zebra",
        "giraffe",
        "couch",
    )
    mine = vocabulary("mine", "traffic light", *names, domain="physical_entity.n.01")
    assert linker.link(mine)[0].relation is Relation.BROAD
    known = vocabulary("known", SourceClass("0", "traffic light", wnid="n06874185"), *names)
    add_vocabulary(draft, known, linker.link(known))
    found = linker.link(mine)[0]
    assert (draft.concepts[found.anchor].id, found.relation) == ("n06874185", Relation.EXACT)


def test_a_domain_takes_what_nothing_else_does(link):
    """Else a car model is unplaced in a list of cars."""
    assert link("Zorgon XQ 2009", domain="car.n.01") == [("car.n.01", Relation.BROAD, Method.DOMAIN)]


@pytest.mark.parametrize("domain", ["car.n.99", "vehicles", "n99999999", "car"])
def test_a_domain_that_is_no_concept_is_refused(linker, domain):
    """Else a typing error leaves a whole dataset unplaced."""
    with pytest.raises(InputError, match="no such concept"):
        linker.link(vocabulary("v", "dog", domain=domain))


def test_a_lineage_is_followed_to_the_nearest_known_taxon(link):
    """Else a species is only "an organism"."""
    parent = lineage("Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera")
    assert link(SourceClass("0", "Panthera nova", parent=parent))[0][0] == "big_cat.n.01"
    assert BIG_CAT == "n02127808"
    assert link(SourceClass("0", "Xq nova", parent=lineage("Animalia", "Felidae", "Xq")))[0][0] == "feline.n.01"


def test_a_list_means_the_same_backwards(linker):
    """Else what stands before a class tells more than what stands behind."""
    for name in ("coco", "objects365_v2", "oxford_pets"):
        classes = shipped.read(name).classes
        links = dict(zip(classes, linker.link(vocabulary("v", *classes)), strict=True))
        turned = dict(zip(classes[::-1], linker.link(vocabulary("v", *classes[::-1])), strict=True))
        for entry, link in links.items():
            assert (link.anchor, link.relation) == (turned[entry].anchor, turned[entry].relation), entry.name
