"""Repair of a knowledge base's hierarchy: what is cut, what stays, and that nothing else is lost."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.merging.repair import Cut, CutKind, Entry, Repaired, repair

NAMES = "abcdefghijkl"


def entry(key: str, *parents: str | tuple[str, float], types: tuple[str, ...] = (), trust: float = 1.0) -> Entry:
    """A class whose name is its key."""
    pairs = tuple(parent if isinstance(parent, tuple) else (parent, 1.0) for parent in parents)
    return Entry(key, (key,), pairs, types, trust)


def entries(*lines: str) -> list[Entry]:
    """Classes from lines ``child < parent, parent``."""
    found = []
    for line in lines:
        child, _, parents = line.partition(" < ")
        found.append(entry(child, *filter(None, parents.split(", "))))
    return found


def lines(repaired: Repaired) -> list[str]:
    return [f"{child} < {parent}" for child, parent in repaired.edges]


def reasons(repaired: Repaired, kind: CutKind) -> list[str]:
    return [cut.reason for cut in repaired.cuts if cut.kind is kind]


def ancestors(edges: object) -> dict[str, set[str]]:
    """Return what is above each child; also of a graph with circles."""
    above: dict[str, set[str]] = {}
    for child, parent in edges:
        above.setdefault(child, set()).add(parent)
    found = {}
    for child in above:
        seen: set[str] = set()
        ways = [child]
        while ways:
            ways += (new := above.get(ways.pop(), set()) - seen)
            seen |= new
        found[child] = seen
    return found


def is_acyclic(edges: object) -> bool:
    return all(child not in above for child, above in ancestors(edges).items())


@st.composite
def bases(draw: st.DrawFn, acyclic: bool = False) -> list[Entry]:
    """Small bases in which all goes wrong that can."""
    keys = NAMES[: draw(st.integers(1, len(NAMES)))]
    found = []
    for position, key in enumerate(keys):
        above = keys[:position] if acyclic else keys + "?"
        parent = st.tuples(st.sampled_from(above or "?"), st.sampled_from([0.2, 0.5, 1.0]))
        parents = draw(st.lists(parent, max_size=4)) if above else []
        types = draw(st.lists(st.sampled_from(keys), max_size=2))
        names = draw(st.lists(st.sampled_from(["dog", "hot dog", "dog of war", "war"]), max_size=2))
        found.append(Entry(key, tuple(names), tuple(parents), tuple(types), draw(st.sampled_from([0.5, 1.0]))))
    return found


def kind_of(key: str) -> str | None:
    return {"a": "animal", "b": "plant", "c": "person", "g": "animal"}.get(key)


@given(bases(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_result_has_no_circle_and_does_not_depend_on_the_order(base: list[Entry], chance: random.Random) -> None:
    """Else a merge would hang in a circle, or give another taxonomy when a dump lists its rows otherwise."""
    result = repair(base, kind_of=kind_of, roots={"a", "d"})
    assert is_acyclic(result.edges)
    turned = [row._replace(parents=tuple(chance.sample(row.parents, len(row.parents)))) for row in base]
    chance.shuffle(turned)
    assert repair(turned, kind_of=kind_of, roots={"a", "d"}) == result


@given(bases())
@settings(max_examples=60, deadline=None)
def test_every_row_stays_or_is_told_of(base: list[Entry]) -> None:
    """Else edges would vanish, and nobody could say why."""
    result = repair(base, kind_of=kind_of, roots={"a", "d"})
    cuts = [cut for cut in result.cuts if cut.kind is not CutKind.INSTANCE]
    rows = sorted((row.key, parent) for row in base for parent, _ in row.parents)
    assert sorted([*result.edges, *((cut.child, cut.parent) for cut in cuts)]) == rows
    assert all(cut.reason for cut in cuts)


@given(bases(acyclic=True))
@settings(max_examples=60, deadline=None)
def test_without_circles_no_ancestor_is_lost(base: list[Entry]) -> None:
    """Else a dog would no longer be an animal; and a shortcut that stays would draw the hierarchy twice."""
    result = repair(base)
    known = {row.key for row in base}
    said = {(row.key, parent) for row in base for parent, _ in row.parents if parent in known}
    assert ancestors(result.edges) == ancestors(said)
    for edge in result.edges:
        rest = [other for other in result.edges if other != edge]
        assert edge[1] not in ancestors(rest).get(edge[0], set()), edge


@given(bases())
@settings(max_examples=60, deadline=None)
def test_a_cut_is_the_weakest_of_its_circle_and_needed(base: list[Entry]) -> None:
    """Else edges would be lost that do no harm."""
    result = repair(base)
    stays = {*result.edges, *((cut.child, cut.parent) for cut in result.cuts if cut.kind is CutKind.SHORTCUT)}
    for cut in result.cuts:
        if cut.kind is CutKind.CIRCLE:
            assert not is_acyclic(stays | {(cut.child, cut.parent)})


def test_what_is_wrong_in_itself_is_cut_with_its_reason() -> None:
    """Else one slip in a dump would stop the merge."""
    result = repair(
        [entry("bridge", "bridge", ("way", 0.5), ("way", 0.9), "bog", types=("way", "other")), entry("way")]
    )
    assert result.edges == (("bridge", "way"),)
    assert result.cuts == (
        Cut("bridge", "bridge", CutKind.SELF_LOOP, "bridge: is said to be above itself"),
        Cut("bridge", "way", CutKind.DUPLICATE, "bridge: way is said twice to be above"),
        Cut("bridge", "bog", CutKind.MISSING, "bridge: there is no class bog"),
        Cut("bridge", "way", CutKind.INSTANCE, "bridge: is both a kind and an instance of way; a kind it stays"),
    )


@pytest.mark.parametrize(
    ("base", "child", "parent"),
    [
        # trust in the source comes first, then the confidence, then the names, then how general the parent is
        ([entry("a", ("b", 0.2)), entry("b", "a", trust=0.5)], "b", "a"),
        ([entry("a", ("b", 0.2)), entry("b", ("a", 0.9))], "a", "b"),
        (entries("bridge < road bridge", "road bridge < bridge"), "bridge", "road bridge"),
        ([Entry("1", ("king",), (("2", 1.0),)), Entry("2", ("king of France",), (("1", 1.0),))], "1", "2"),
        (entries("era < period", "period < era", "ice age < period"), "period", "era"),
        (entries("b < a, thing", "a < b", "thing"), "b", "a"),
    ],
)
def test_a_circle_is_opened_at_its_weakest_edge(base: list[Entry], child: str, parent: str) -> None:
    """Else every bridge would be a road bridge, as the order of the rows happens to be."""
    (cut,) = repair(base).cuts
    assert (cut.child, cut.parent, cut.kind) == (child, parent, CutKind.CIRCLE)


def test_a_circle_is_drawn_for_a_person() -> None:
    """Else nobody could judge whether the right edge was cut."""
    base = entries("era < historical period", "historical period < period", "period < era", "ice age < period")
    assert reasons(repair(base), CutKind.CIRCLE) == ["closes the circle period > era > historical period > period"]
    alike = [Entry("1", ("worker",), (("2", 1.0),)), Entry("2", ("worker",), (("1", 0.5),))]
    assert reasons(repair(alike), CutKind.CIRCLE) == ["closes the circle worker (2) > worker (1) > worker (2)"]
    ring = [entry(f"k{number:03}", f"k{(number + 1) % 100:03}") for number in range(100)]
    (reason,) = reasons(repair(ring), CutKind.CIRCLE)
    assert "… 93 more …" in reason
    assert len(reason) < 100


def test_a_shortcut_says_through_whom() -> None:
    """Else the hierarchy would be drawn twice, or an edge go without a word."""
    result = repair(entries("dog < mammal, animal, pet", "mammal < animal", "animal", "pet"))
    assert lines(result) == ["dog < mammal", "dog < pet", "mammal < animal"]
    assert reasons(result, CutKind.SHORTCUT) == ["animal is above mammal already"]


def test_of_contradicting_parents_the_better_stay() -> None:
    """Else a book would be an event, and all below it too; where nothing tells which is right, all stay."""
    kinds = {"animal": "animal", "plant": "plant", "event": "event", "moss animal": "animal"}.get
    base = [
        *entries("animal", "plant", "event", "thing", "shrub < plant"),
        entry("dog", ("animal", 0.9), ("event", 0.5), "thing"),
        entry("moss animal", "animal", "plant"),
        entry("bush", ("plant", 0.2), ("shrub", 0.5), ("event", 0.5)),
        entry("sapling", "bush", "animal"),
    ]
    result = repair(base, kind_of=kinds)
    assert lines(result) == [
        "bush < shrub", "dog < animal", "dog < thing", "moss animal < animal", "sapling < animal", "sapling < bush",
        "shrub < plant",
    ]  # fmt: skip
    assert sorted(reasons(result, CutKind.CONTRADICTION)) == [
        "event is of the kind event, animal of the kind animal, and better supported",
        "event is of the kind event, plant of the kind plant, and better supported",
        "plant is of the kind plant, animal of the kind animal, as moss animal is",
    ]


def test_a_parent_above_another_contradicts_nothing() -> None:
    """Else a class would lose the nearer of two parents, for the one above both is of a wider kind."""
    kinds = {"organism": "organism", "person": "person"}.get
    result = repair(entries("organism", "person < organism", "nurse < organism, person"), kind_of=kinds)
    assert lines(result) == ["nurse < person", "person < organism"]
    assert [cut.kind for cut in result.cuts] == [CutKind.SHORTCUT]


def test_a_shortcut_through_a_contradiction_stays() -> None:
    """Else a class would lose both its parent and what is above that."""
    kinds = {"event": "event", "book": "work"}.get
    base = [
        *entries("event", "book", "object", "fair < event, object"),
        entry("novel", ("fair", 0.1), "book", "object"),
    ]
    result = repair(base, kind_of=kinds)
    assert ("novel", "object") in result.edges
    assert ("novel", "fair") not in result.edges


def test_an_edge_to_a_root_goes_where_another_leads_deeper() -> None:
    """Else half of the classes would hang right below *entity*, too."""
    base = entries("entity", "object", "dog < object, animal, orphan", "animal < entity", "x < object", "orphan")
    result = repair(base, roots={"entity", "object", "unknown"})
    assert lines(result) == ["animal < entity", "dog < animal", "dog < orphan", "x < object"]
    assert reasons(result, CutKind.GENERAL) == ["object says nothing beside animal, which is deeper"]
    assert repair(entries("object", "orphan", "dog < object, orphan"), roots={"object"}).cuts == ()


def test_several_sources_speak_of_one_class() -> None:
    """Else what the second says would be lost, or beat what a better one says."""
    base = [
        entry("dog", "pet", trust=0.5),
        entry("pet", "dog", trust=0.9),
        entry("dog", "pet", "animal"),
        entry("animal"),
    ]
    result = repair(base)
    assert lines(result) == ["dog < animal", "dog < pet"]
    assert sorted(cut.kind for cut in result.cuts) == [CutKind.CIRCLE, CutKind.DUPLICATE]


def test_a_chain_of_a_hundred_thousand_is_repaired() -> None:
    """Else a deep taxonomy would exhaust the stack, or the shortcuts in it take hours."""
    names = [f"{number:06}" for number in range(100_000)]
    chain = [entry(low, high, names[-1]) for low, high in pairwise(names[:-1])]
    result = repair([*chain, entry(names[-2], names[-1]), entry(names[-1])])
    assert result.edges == tuple(pairwise(names))
    assert {cut.kind for cut in result.cuts} == {CutKind.SHORTCUT}


def test_a_large_circle_is_opened_once() -> None:
    """Else one mistake in a large base would take hours, or many edges."""
    names = [f"{number * 7919 % 20_000:06}" for number in range(20_000)]
    ring = [entry(low, high) for low, high in zip(names, names[1:] + names[:1], strict=True)]
    assert len(repair(ring).cuts) == 1
