"""Candidates: what a class name may mean, found in every writing, and nothing that takes for ever."""

from __future__ import annotations

import pytest
from conftest import sense_of, vocabulary
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.concept import Relation
from taxonomy.linking import phrase as phrases
from taxonomy.linking.candidates import Candidates, Match
from taxonomy.linking.phrase import LONGEST, heads, parse


@pytest.fixture(scope="module")
def candidates(linker) -> Candidates:
    return linker.candidates


@pytest.fixture(scope="module")
def exact(candidates, wordnet_draft):
    """Give the senses that a name has itself, with the reading of each."""

    def found(name: str) -> dict[str, str]:
        return {sense_of(wordnet_draft, c.name.concept): c.reading.form for c in candidates.exact(parse(name))}

    return found


@pytest.fixture(scope="module")
def near(candidates, wordnet_draft):
    """Give what resembles a name, with how it matches."""

    def found(name: str) -> dict[str, Match]:
        return {sense_of(wordnet_draft, c.name.concept): c.match for c in candidates.near(parse(name))}

    return found


@pytest.mark.parametrize(
    ("name", "sense"),
    [
        ("diningtable", "dining_table.n.01"),  # joined
        ("motor bike", "minibike.n.01"),  # split
        ("tyre", "tire.n.01"),  # British
        ("colour television", "color_television.n.01"),
        ("grey wolf", "timber_wolf.n.01"),
        ("geese", "goose.n.01"),  # irregular
        ("shoes", "shoe.n.01"),  # although shoes.n.01 is a lemma too
    ],
)
def test_a_name_is_found_in_every_writing(exact, name, sense):
    """Else a dataset's way of writing a word makes it a new one."""
    assert sense in exact(name)


@pytest.mark.parametrize(
    ("name", "sense"),
    [("toy store", "toyshop.n.01"), ("bike rack", "bicycle_rack.n.01")],
)
def test_a_word_gives_way_to_another_for_the_same(near, name, sense):
    """Else a compound is only found in the words that WordNet chose."""
    assert near(name)[sense] is Match.SYNONYM


def test_other_spellings_count_only_where_the_name_is_none(exact):
    """Else every "meter" is a metre and every "tire" has the senses of "tyre"."""
    assert set(exact("dog").values()) == {"dog"}
    assert "dog.n.01" not in exact("dogg")


@pytest.mark.parametrize(
    ("name", "sense", "match"),
    [
        ("light traffic", "traffic_light.n.01", Match.REORDERED),
        ("crane bird", "crane.n.05", Match.KIND),
        ("crane bird", "bird.n.01", Match.HEAD),
        ("red table runner", "runner.n.09", Match.SHORT_HEAD),
        ("zorgon traffic light", "traffic_light.n.01", Match.HEAD),
        ("zorgon traffic light", "light.n.02", Match.SHORT_HEAD),
        ("church_outdoor", "church.n.02", Match.SPECIAL),
        ("dog zorgon", "dog.n.01", Match.FIRST),
        ("keyboards", "computer_keyboard.n.01", Match.LONGER),
    ],
)
def test_what_resembles_a_name_says_how(near, name, sense, match):
    """Else the model weighs a head noun as it does the name itself."""
    found = near(name)
    if match is Match.LONGER and sense not in found:
        pytest.fail(f"{name} has only {found}")
    assert found[sense] == match


def test_only_what_is_of_that_kind_is_a_kind(near):
    """Else a "crane game" is a crane that is a game."""
    assert near("crane bird")["crane.n.04"] is Match.FIRST


def test_alternatives_share_their_words(exact):
    """Else the can of a "trash bin/can" is a tin."""
    found = exact("trash bin/can")
    assert found["ashcan.n.01"] == "trash bin"
    assert next(iter(found)) == "ashcan.n.01"
    assert [r.form for r in parse("coffee/tea cup").readings if r.part][:2] == ["coffee cup", "tea cup"]


def test_alternatives_are_parts_and_the_whole_is_none(candidates):
    """Else a "towel/napkin" is surely the towel."""
    found = candidates.exact(parse("towel/napkin"))
    assert {c.reading.form for c in found} == {"towel", "napkin"}
    assert all(c.reading.part for c in found)
    assert not any(c.reading.part for c in candidates.exact(parse("picture/frame")))  # a lemma that somebody wrote so


def test_one_concept_is_one_candidate(candidates):
    """Else a concept that two readings name has its probability twice."""
    for name in ("trash bin/trash can", "motorbike/motorcycle", "crane bird", "dogs/dog"):
        for found in (candidates.exact(parse(name)), candidates.near(parse(name))):
            concepts = [c.name.concept for c in found]
            assert len(concepts) == len(set(concepts)), name


# Names of any length

LONG = {
    "slashes": "table/" * 1500,
    "words": "table " * 1500,
    "endings": "dog" + "_merged" * 1200,
    "sides": "dog" + "_left" * 2000,
    "underscores": "_" * 10_000,
    "spaces": "a" + " " * 9998 + "b",
    "space and underscore": "a" + " _" * 5000 + "b",
    "brackets": "dog" + "(a)" * 3000,
    "open": "(" * 10_000,
    "qualifiers": "--dog" * 2000,
    "commas": "dog, " * 2000,
    "of": "cup of " * 1400,
}


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_work_does_not_grow_with_the_square_of_a_name(candidates, name, monkeypatch):
    """Else one row of a scraped list holds up the others for minutes."""
    looked_up: list[str] = []
    inflected = candidates._inflected
    monkeypatch.setattr(candidates, "_inflected", lambda text: looked_up.append(text) or inflected(text))
    phrase = parse(name)
    assert len({reading.form for reading in phrase.readings}) <= 12
    candidates.exact(phrase)
    candidates.near(phrase)
    list(candidates.heads(phrase))
    assert sum(map(len, looked_up)) < 300 * len(name)


def test_runs_of_blanks_are_cut_before_patterns_look_at_them():
    """Else a pattern that begins with blanks tries each of ten thousand."""
    assert parse("zorgon" + "_ " * 5000 + "dog").label == "zorgon dog"
    assert [r.form for r in parse("zorgon ___ dog").readings] == ["zorgon dog", "zorgon"]
    assert phrases._RUN.sub(r"\1", "a" + "_" * 100 + "b") == "a" + "_" * 8 + "b"


def test_heads_are_no_longer_than_any_lemma():
    """Else a sentence has as many heads as words, each as long as the sentence."""
    found = heads(" ".join(["zorgon"] * 500 + ["dog"]))
    assert (len(found), found[-1]) == (LONGEST, "dog")


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab-_/ ,()[]'&;.1Zé犬"), max_size=60))
def test_any_name_has_a_proposal(linker, name):
    """Else one odd row stops the whole vocabulary."""
    (link,) = linker.propose(vocabulary("v", name))
    assert link.relation in Relation
    assert 0 <= link.confidence <= 1
    linker.link(vocabulary("v", name))
