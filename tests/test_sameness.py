"""Merging across datasets: one name in two places that agree is one class; homonyms and a dataset's own classes not."""

from __future__ import annotations

import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, DOG, dump, vocabulary

import taxonomy
from taxonomy import build
from taxonomy.check import findings
from taxonomy.concept import Link, Method, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import wordnet
from taxonomy.text import fold

CARNIVORE, ANIMAL, BIRD, CAR, OBJECT = "n02075296", "n00015388", "n01503061", "n02958343", "n00002684"


@pytest.fixture
def draft(few_synsets):
    made = Draft()
    add_wordnet(made, wordnet.SOURCE, few_synsets)
    return made


def add(draft, source, *rows):
    """Add classes ``(name, wnid of the anchor or "", exact)`` and return the id of the concept that each is."""
    links = []
    for name, anchor, exact in rows:
        relation = Relation.EXACT if exact else Relation.BROAD if anchor else Relation.UNPLACED
        links.append(Link(draft.key_of[anchor] if anchor else None, relation, Method.EXACT, 0.6, name))
    entries = tuple(SourceClass(str(i), name) for i, (name, *_) in enumerate(rows))
    placed = add_vocabulary(draft, Vocabulary(Source(source), entries), links)
    return [draft.concepts[p.concept].id if p.concept is not None else None for p in placed]


@pytest.mark.parametrize("name", ["plush hound", "Plush_Hounds", "plushhound"])
def test_a_broader_class_joins_an_exact_one(draft, name):
    """Else a linker that abstains in one dataset splits a class that another dataset has."""
    add(draft, "a", ("plush hound", DOG, True))
    assert add(draft, "b", (name, CARNIVORE, False)) == [DOG]


def test_an_exact_class_joins_a_broader_one_and_tells_its_place(draft):
    """Else the order of the datasets decides whether they have a class in common."""
    add(draft, "a", ("plush hound", CARNIVORE, False))
    assert add(draft, "b", ("plush hound", DOG, True)) == ["a:0"]
    above = {draft.concepts[key].id for key in draft.parents[draft.key_of["a:0"]]}
    assert above == {CARNIVORE, DOG}


def test_two_broader_anchors_on_one_line_make_one_class(draft):
    """Else two guesses of a place are two classes."""
    add(draft, "a", ("gribble", CARNIVORE, False))
    assert add(draft, "b", ("gribble", ANIMAL, False)) == ["a:0"]
    assert add(draft, "c", ("gribbles", DOG, False)) == ["a:0"]


def test_an_unplaced_class_takes_the_place_of_the_only_one_of_its_name(draft):
    """Else "binocular" is lost beside "binoculars"."""
    add(draft, "a", ("gribbles", DOG, False), ("crane", CRANE_BIRD, True))
    add(draft, "b", ("crane", CRANE_MACHINE, True))
    assert add(draft, "c", ("gribble", "", False), ("crane", "", False), ("gribbet", "", False)) == ["a:0", None, None]


def test_homonyms_stay_apart(draft):
    """Else birds are trained as machines."""
    assert add(draft, "a", ("crane", CRANE_BIRD, True)) == [CRANE_BIRD]
    assert add(draft, "b", ("crane", CRANE_MACHINE, True)) == [CRANE_MACHINE]
    assert add(draft, "c", ("crane", CAR, False)) == ["c:0"]
    # What may be either is neither, and what is surely one of them stays that.
    assert add(draft, "d", ("crane", OBJECT, False)) == ["d:0"]
    assert add(draft, "e", ("crane", CRANE_BIRD, True)) == [CRANE_BIRD]
    assert add(draft, "f", ("crane", BIRD, False)) == [CRANE_BIRD]


def test_a_vague_homonym_does_not_bring_two_together(draft):
    """Else a class that may be bird or machine makes one of the bird and the machine."""
    assert add(draft, "a", ("crane", OBJECT, False)) == ["a:0"]
    assert add(draft, "b", ("crane", CRANE_BIRD, True)) == [CRANE_BIRD]
    assert add(draft, "c", ("crane", CRANE_MACHINE, True)) == [CRANE_MACHINE]


def test_two_classes_of_a_dataset_stay_two(draft):
    """Else a dataset loses a class that it tells apart."""
    add(draft, "a", ("plush hound", DOG, True))
    assert add(draft, "b", ("hound", DOG, True), ("plush hound", DOG, False)) == [DOG, "b:1"]
    assert add(draft, "c", ("plush hound", DOG, False), ("plushhounds", CARNIVORE, False)) == ["b:1", "c:1"]


def test_a_dataset_that_tells_homonyms_apart_does_not_tell_which_is_meant(draft):
    """Else an unplaced crane becomes whichever of a dataset's two comes first."""
    add(draft, "a", ("crane", CRANE_BIRD, True), ("crane", CRANE_MACHINE, True))
    assert add(draft, "b", ("crane", "", False)) == [None]


def test_a_name_with_a_slash_is_the_fuller_reading_that_others_have(draft):
    """Else a "cutting/chopping board" is read as a cutting."""
    add(draft, "a", ("table board", CRANE_MACHINE, True))
    link = Link(draft.key_of[DOG], Relation.EXACT, Method.EXACT, 0.4, "table")
    made = Vocabulary(Source("b"), (SourceClass("0", "table/runner board"),))
    assert draft.concepts[add_vocabulary(draft, made, [link])[0].concept].id == CRANE_MACHINE


def test_a_name_with_a_slash_that_may_be_either_is_what_comes_first(draft):
    """Else a "crane/hound" is a hound for one dataset's readers and a crane for another's."""
    add(draft, "a", ("crane", CRANE_BIRD, True), ("hound", DOG, True))
    bird, dog = draft.key_of[CRANE_BIRD], draft.key_of[DOG]
    made = [
        Vocabulary(Source(source), (SourceClass("0", name),))
        for source, name in (("b", "crane/hound"), ("c", "hound/crane"))
    ]
    link = Link(dog, Relation.EXACT, Method.EXACT, 0.45, "hound", ((bird, 0.4),))
    assert add_vocabulary(draft, made[0], [link])[0].concept == bird
    assert add_vocabulary(draft, made[1], [link])[0].concept == dog
    sure = Link(dog, Relation.EXACT, Method.EXACT, 0.6, "hound", ((bird, 0.4),))
    again = Vocabulary(Source("d"), made[0].classes)
    assert add_vocabulary(draft, again, [sure])[0].concept == dog


@pytest.mark.parametrize(
    ("likely", "held", "expected"),
    [
        ((0.6, 0.3), (CRANE_MACHINE,), CRANE_MACHINE),
        ((0.4, 0.3), (CRANE_MACHINE,), "b:0"),  # not the likelier way
        ((0.6, 0.3), (CRANE_BIRD,), "b:0"),  # others have its rival
        ((0.6, 0.3), (CRANE_MACHINE, CRANE_BIRD), "b:0"),  # or both
        ((0.6, 0.05), (CRANE_MACHINE, CRANE_BIRD), CRANE_MACHINE),  # which is no rival
    ],
)
def test_an_undecided_name_is_the_one_sense_that_others_have(draft, likely, held, expected):
    """Else a linker that abstains tears a class from the datasets that have it under another name."""
    add(draft, "a", ("runner", CAR, False), *((f"a name of its own {wnid}", wnid, True) for wnid in held))
    senses = tuple(zip((draft.key_of[CRANE_MACHINE], draft.key_of[CRANE_BIRD]), likely, strict=True))
    undecided = Link(draft.key_of[OBJECT], Relation.BROAD, Method.EXACT, 0.9, "crane", senses)
    runner = Link(draft.key_of[CAR], Relation.BROAD, Method.EXACT, 0.9, "runner")
    alike = Vocabulary(Source("b"), (SourceClass("0", "crane"), SourceClass("1", "runner")))
    placed = add_vocabulary(draft, alike, [undecided, runner])
    assert draft.concepts[placed[0].concept].id == expected


@pytest.mark.parametrize(("likely", "expected"), [((0.86, 0.13), "b:0"), ((0.8, 0.15), CRANE_BIRD)])
def test_an_unlikely_sense_is_no_counterpart(draft, likely, expected):
    """Else the curb of a street is the bit of a horse, which alone another dataset calls so."""
    add(draft, "a", ("crane", CRANE_BIRD, True))
    senses = tuple(zip((draft.key_of[CRANE_MACHINE], draft.key_of[CRANE_BIRD]), likely, strict=True))
    undecided = Link(draft.key_of[OBJECT], Relation.BROAD, Method.EXACT, 0.9, "crane", senses)
    (placed,) = add_vocabulary(draft, Vocabulary(Source("b"), (SourceClass("0", "crane"),)), [undecided])
    assert draft.concepts[placed.concept].id == expected


def test_a_mid_of_a_kind_of_what_the_name_may_mean_goes_before_the_name(draft):
    """Else a "keyboard" with the id of *computer keyboard* is the keyboard of pianos too."""
    dog, carnivore = draft.key_of[DOG], draft.key_of[CARNIVORE]
    exact = Link(dog, Relation.EXACT, Method.EXACT, 0.99, "plush dog")
    add_vocabulary(draft, Vocabulary(Source("a"), (SourceClass("0", "plush dog", mid="/m/1"),)), [exact])
    vague = Link(draft.key_of[ANIMAL], Relation.BROAD, Method.EXACT, 0.9, "runner", ((carnivore, 0.8),))
    placed = add_vocabulary(draft, Vocabulary(Source("b"), (SourceClass("0", "runner", mid="/m/1"),)), [vague])
    assert placed[0].concept == dog
    other = Link(draft.key_of[ANIMAL], Relation.BROAD, Method.EXACT, 0.9, "gribble", ((draft.key_of[BIRD], 0.8),))
    placed = add_vocabulary(draft, Vocabulary(Source("c"), (SourceClass("0", "gribble", mid="/m/1"),)), [other])
    assert placed[0].concept != dog


def test_given_ids_are_the_sources_word(few_build):
    """Else a dataset's own wnid gives way to another's guess."""
    path = few_build(
        vocabulary("a", SourceClass("0", "hound", wnid=DOG)),
        vocabulary("b", SourceClass("0", "hound", wnid=CARNIVORE)),
    )
    with taxonomy.open(path) as t:
        assert (t["a:0"].id, t["b:0"].id) == (DOG, CARNIVORE)


def test_a_mid_of_a_narrower_class_goes_before_the_name(few_build):
    """Else "Ball" with the id of "sports ball" is another class."""
    path = few_build(
        vocabulary("a", SourceClass("0", "plush dog", mid="/m/1")),
        vocabulary("b", SourceClass("0", "Dog", mid="/m/1")),
    )
    with taxonomy.open(path) as t:
        assert t["a:0"] == t["b:0"]
        assert list(findings(t)) == []


def test_merging_into_a_file_is_building_anew(few_synsets, tmp_path, monkeypatch):
    """Else a database depends on how it was made."""
    monkeypatch.setattr(wordnet, "read_synsets", lambda: iter(few_synsets))
    first = vocabulary("a", SourceClass("0", "gribble", parent="dog"), "plush runner", "crane")
    second = vocabulary("b", "gribbles", "plushrunner", SourceClass("c", "gribbet", parent="gribbles"))
    third = vocabulary("c", "gribbets", "Plush_Runners")
    build.build([first, second, third], tmp_path / "whole.db")
    build.build([first], tmp_path / "steps.db")
    for each in (second, third):
        build.merge([each], tmp_path / "steps.db")
    assert dump(tmp_path / "steps.db") == dump(tmp_path / "whole.db")
    with taxonomy.open(tmp_path / "whole.db") as t:
        assert list(findings(t)) == []
        assert t["a:0"] == t["b:0"]
        assert t["b:c"] == t["c:0"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("head phones", "headphone"),
        ("boxes", "box"),
        ("snowmen", "snowman"),
        ("cherries", "cherry"),
        ("cookies", "cookie"),
        ("ties", "tie"),
        ("t shirt", "tshirts"),
    ],
)
def test_fold_takes_writings_together(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("glass", "glas"), ("bus", "bu"), ("iris", "iri"), ("gas", "ga")])
def test_fold_keeps_words(one, other):
    assert fold(one) != fold(other)
