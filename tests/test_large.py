"""What is done in parts, for bases of millions of concepts, comes out as what is done at once."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest
from bases import LIFE, RING, THINGS, base, entry

from taxonomy import visual
from taxonomy.concept import KNOWLEDGE, Edge, EdgeKind, Link, Method, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.edges import Edges
from taxonomy.encoding import load
from taxonomy.folded import Handover
from taxonomy.linking import classes, setting
from taxonomy.merging import add_knowledge, add_wordnet
from taxonomy.merging.addition import ByKey
from taxonomy.sources import wordnet

features = import_module("taxonomy.visual.features")


@pytest.fixture
def few_draft(few_synsets) -> Draft:
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, few_synsets)
    return draft


NAMED = (
    entry("A", "machine"),
    entry("B", "crane", "A", definition="a machine that lifts heavy loads"),
    entry("C", "xqz crane", "B", synonyms=("motorcar",)),
    entry("D", "toy shop", "A"),
    entry("E", "xqz (thing)", "C"),
    entry("F", "", "E", "nowhere"),
    entry("G", "dog", "nowhere"),
    entry("H", "xqz dog"),
    entry("I", "", "H"),
)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_base_is_linked_in_batches_as_at_once(linker, monkeypatch, size):
    """Else what a class of a large base is depends on where it stands in the file."""
    given = Vocabulary(Source(name="wd", kind=KNOWLEDGE), (*NAMED, *THINGS, *RING))
    whole = linker.link(given)
    monkeypatch.setattr(setting, "BATCH", size)
    monkeypatch.setattr(classes, "BATCH", size)
    parts = linker.link(given)
    assert [link.label for link in parts] == [link.label for link in whole]
    for one, other in zip(parts, whole, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
        assert replace(one, confidence=0.0, alternatives=()) == replace(other, confidence=0.0, alternatives=())


def test_what_says_nothing_is_read_anew(linker, monkeypatch):
    """Else millions of classes that lie below their parents take the memory of what is ranked."""
    monkeypatch.setattr(classes, "BATCH", 1)
    read = linker.read(base(*NAMED), is_base=True)
    assert not read.is_kept("F")
    assert read["F"].entry == NAMED[5]
    assert read.label("E") == read["E"].phrase.label
    assert list(read) == [each.key for each in NAMED]


def test_marks_are_the_same_however_little_is_kept(few_draft, monkeypatch):
    """Else the marks of a large taxonomy depend on how much memory was given to them."""
    whole = visual.mark(few_draft, load())
    monkeypatch.setattr(features, "_KEPT", 3)
    monkeypatch.setattr(features, "_KEPT_ABOVE", 2)
    assert visual.mark(few_draft, load()) == whole


def test_edges_are_read_as_they_were_appended():
    """Else a merge writes other edges than it made."""
    given = [Edge(3, 1, kind, 2, method, 0.95) for kind in EdgeKind for method in Method]
    edges = Edges()
    for edge in given:
        edges.append(edge)
    assert list(edges) == given
    assert all(type(edge.kind) is EdgeKind and type(edge.method) is Method for edge in edges)


def test_a_vocabulary_that_is_handed_over_is_not_kept():
    """Else a base of millions stays in memory until all is marked and written."""
    handover = Handover([base(*LIFE), base(*RING, name="ring")])
    assert handover.__length_hint__() == 2
    next(iter(handover))
    assert handover.__length_hint__() == 1


def test_values_by_key_are_there_once_they_are_set():
    """Else a class without a concept is taken for one that was not placed yet."""
    values: ByKey[int | None] = ByKey({"a": 0, "b": 1})
    values["a"] = None
    assert "a" in values
    assert "b" not in values
    assert dict(values) == {"a": None}
    assert len(values) == 1
    del values["a"]
    assert values.get("a") is None
    assert "a" not in values


def test_placements_are_made_when_they_are_asked_for(few_draft):
    """Else they take as much memory as the classes."""
    given = base(SourceClass("1", "dog", wnid="n02084071"), entry("2", "xqz pup", "1"))
    links = [Link(few_draft.key_of["n02084071"], Relation.EXACT, Method.GIVEN, 1.0, "dog")]
    links.append(Link(None, Relation.BROAD, Method.GIVEN, 0.95, "xqz pup", under="1"))
    rows = add_knowledge(few_draft, given, links)
    assert [row.position for row in rows] == [0, 1]
    assert list(rows) == [rows[0], rows[-1]] == rows[:]
