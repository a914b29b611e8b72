"""Repairs the hierarchy of a knowledge base: what people wrote over years becomes a graph without circles.

In this order, each finding what the ones before left: self-loops, duplicates, edges to a missing parent, parents that
the class is an instance of as well, circles, parents that contradict each other, shortcuts, and parents that are too
general.  Contradictions go before shortcuts, for a shortcut through a parent that is cut says something after all.
What is cut depends on what is said and not on the order in which it is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from taxonomy.merging.dag import components, is_above, levels, shortcuts, way_up
from taxonomy.text import form

_MOST_SHOWN = 8  # classes of a circle
_Finding: TypeAlias = "tuple[int, int, CutKind, str]"  # child, parent, what is wrong, and why


class CutKind(StrEnum):
    """What was wrong with an edge."""

    SELF_LOOP = "self-loop"
    DUPLICATE = "duplicate"
    MISSING = "missing parent"
    INSTANCE = "class and instance"
    CIRCLE = "circle"
    CONTRADICTION = "contradiction"
    SHORTCUT = "shortcut"
    GENERAL = "too general"


@dataclass(frozen=True, slots=True)
class Cut:
    """An edge that was cut, and why, for a person to read.

    Of `CutKind.INSTANCE` it is the edge from an instance to its class that was cut, and the is-a edge stays.
    """

    child: str
    parent: str
    kind: CutKind
    reason: str


class Entry(NamedTuple):
    """What a source says of one class.

    Attributes:
        key: its id; several sources may have entries of one id.
        names: the preferred one first.
        parents: (key, confidence from 0 to 1) of what it is a kind of.
        types: keys of what it is an instance of.
        trust: in the source, from 0 to 1.
    """

    key: str
    names: tuple[str, ...] = ()
    parents: tuple[tuple[str, float], ...] = ()
    types: tuple[str, ...] = ()
    trust: float = 1.0


@dataclass(frozen=True, slots=True)
class Repaired:
    """The edges that stay, as (child, parent) in the order of the keys, and those that do not, as they were found."""

    edges: tuple[tuple[str, str], ...]
    cuts: tuple[Cut, ...]


def repair(
    entries: Iterable[Entry],
    *,
    kind_of: Callable[[str], str | None] | None = None,
    roots: Collection[str] = (),
) -> Repaired:
    """Return the edges without circles, contradictions and what follows from others.

    Args:
        entries: what the sources say, in any order.
        kind_of: tells of a key which of some disjoint kinds it is (animal, artifact, person), or None where it does
            not know; classes it does not know have the kind of their parents.
        roots: keys that are so general (entity, object) that an edge to them says nothing beside one to a class that
            is below them.
    """
    work = _repaired(entries, kind_of, roots)
    return Repaired(tuple(work.edges()), tuple(work.cuts))


def cuts(
    entries: Iterable[Entry], *, kind_of: Callable[[str], str | None] | None = None, roots: Collection[str] = ()
) -> list[Cut]:
    """Return only what `repair` cuts."""
    return _repaired(entries, kind_of, roots).cuts


def _repaired(entries: Iterable[Entry], kind_of: Callable[[str], str | None] | None, roots: Collection[str]) -> _Repair:
    work = _Repair()
    work.read(sorted(entries))
    work.cut_circles()
    if kind_of is not None:
        work.cut_contradictions(kind_of)
    work.cut_shortcuts()
    if roots:
        work.cut_general(roots)
    return work


class _Repair:
    """The work on one hierarchy.  Classes are numbered in the order of their keys."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._number: dict[str, int] = {}
        self._names: list[tuple[str, ...]] = []
        self._above: list[list[int]] = []
        self._weights: dict[int, tuple[float, float]] = {}
        self.cuts: list[Cut] = []

    def _edge(self, child: int, parent: int) -> int:
        """Return the number of an edge: a pair would take three times the memory."""
        return child * len(self._keys) + parent

    def _weight(self, child: int, parent: int) -> tuple[float, float]:
        return self._weights[self._edge(child, parent)]

    def edges(self) -> Iterator[tuple[str, str]]:
        """Yield the edges that are left."""
        for child, parents in enumerate(self._above):
            for parent in parents:
                yield self._keys[child], self._keys[parent]

    def read(self, entries: Sequence[Entry]) -> None:
        """Take what is said of each class, except what is wrong in itself."""
        self._keys = list(dict.fromkeys(entry.key for entry in entries))  # which come in order
        self._number = {key: number for number, key in enumerate(self._keys)}
        self._names = [()] * len(self._keys)
        self._above = [[] for _ in self._keys]
        found: dict[CutKind, list[Cut]] = {kind: [] for kind in CutKind}
        same: dict[tuple[float, float], tuple[float, float]] = {}
        for entry in entries:
            child = self._number[entry.key]
            self._names[child] += entry.names
        for entry in entries:
            child = self._number[entry.key]
            for key, confidence in sorted(entry.parents):
                weight = same.setdefault(weight := (entry.trust, confidence), weight)
                parent = self._number.get(key)
                if parent == child:
                    self._note(found, child, key, CutKind.SELF_LOOP, "is said to be above itself")
                elif parent is None:
                    self._note(found, child, key, CutKind.MISSING, f"there is no class {key}")
                elif (edge := self._edge(child, parent)) in self._weights:
                    self._note(found, child, key, CutKind.DUPLICATE, f"{self._call(parent)} is said twice to be above")
                    self._weights[edge] = max(weight, self._weights[edge])
                else:
                    self._weights[edge] = weight
                    self._above[child].append(parent)
        for parents in self._above:
            parents.sort()
        types = {(self._number[entry.key], self._number.get(key, -1)) for entry in entries for key in entry.types}
        for child, parent in sorted(types):
            if parent < 0 or self._edge(child, parent) not in self._weights:
                continue
            what = f"is both a kind and an instance of {self._call(parent)}; a kind it stays"
            self._note(found, child, self._keys[parent], CutKind.INSTANCE, what)
        self.cuts += (cut for cuts in found.values() for cut in cuts)

    def cut_circles(self) -> None:
        """Leave out, from the strongest edge to the weakest, each that would close a circle.

        So an edge that is cut is the weakest of a circle whose others all stay, and none is cut needlessly.
        """
        children = [0] * len(self._keys)
        for parents in self._above:
            for parent in parents:
                children[parent] += 1
        for members in components(self._above):
            inside = set(members)
            edges = [(child, parent) for child in members for parent in self._above[child] if parent in inside]
            rises = {child for child in members if not inside.issuperset(self._above[child])}

            def strength(edge: tuple[int, int], rises: set[int] = rises) -> tuple[float, ...]:
                child, parent = edge
                agreement = _agreement(self._names[child], self._names[parent])
                # A class that has a parent outside needs none inside; and what has more children is more general.
                return (*self._weight(*edge), agreement, child not in rises, children[parent] - children[child])

            edges.sort()
            edges.sort(key=strength, reverse=True)
            self._cut_all(list(self._closing(edges)))

    def _closing(self, edges: Iterable[tuple[int, int]]) -> Iterator[_Finding]:
        above: defaultdict[int, list[int]] = defaultdict(list)
        below: defaultdict[int, list[int]] = defaultdict(list)
        for child, parent in edges:
            if is_above(child, parent, above, below):
                yield child, parent, CutKind.CIRCLE, self._draw([child, *way_up(parent, child, above)])
            else:
                above[child].append(parent)
                below[parent].append(child)

    def _draw(self, circle: Sequence[int]) -> str:
        names = [self._call(number) for number in circle]
        if len(set(names)) < len(names) - 1:  # the first is the last, and no others may be alike
            names = [f"{name} ({self._keys[number]})" for name, number in zip(names, circle, strict=True)]
        if len(names) > _MOST_SHOWN:
            half = _MOST_SHOWN // 2
            names[half:-half] = [f"… {len(names) - _MOST_SHOWN:,} more …"]
        return f"closes the circle {' > '.join(names)}"

    def cut_contradictions(self, kind_of: Callable[[str], str | None]) -> None:
        """Of parents of different kinds, leave those of the one kind that has the strongest; all where none has.

        A parent above another one does not contradict it, whatever its kind: it is what both have in common.
        """
        common = {(child, parent): via for child, parent, via in shortcuts(self._above)}
        kinds: list[str | None] = [None] * len(self._keys)
        for child in self._downwards():
            own = kind_of(self._keys[child])
            known = {kind for parent in self._above[child] if (kind := kinds[parent])}
            if len(known) < 2:  # nothing contradicts
                kinds[child] = own or next(iter(known), None)
                continue
            of_kind: defaultdict[str, list[int]] = defaultdict(list)
            for parent in self._above[child]:
                of_kind[kinds[parent] or ""].append(parent)
            nearest = sorted({kinds[parent] or "" for parent in self._above[child] if (child, parent) not in common})
            support = {kind: (kind == own, *self._support(child, of_kind[kind])) for kind in nearest if kind}
            right = max(support, key=support.__getitem__, default=None)
            kinds[child] = own or right
            wrong = [
                parent
                for parent in self._above[child]
                if kinds[common.get((child, parent), parent)] not in (None, right)
                and (kind := kinds[parent]) not in (None, right)
                and support.get(kind or "", ()) < support[right or ""]  # else nothing tells which is right
            ]
            if right and wrong:
                self._cut_all(self._contradicting(child, wrong, kinds, of_kind[right][0], support))

    def _contradicting(
        self,
        child: int,
        wrong: Iterable[int],
        kinds: Sequence[str | None],
        better: int,
        support: Mapping[str, tuple[float, ...]],
    ) -> Iterator[_Finding]:
        """Say of each parent of a wrong kind why a better one stays."""
        right = kinds[better] or ""
        for parent in wrong:
            kind = kinds[parent] or ""
            reason = f"{self._call(parent)} is of the kind {kind}, {self._call(better)} of the kind {right}"
            why = f"as {self._call(child)} is" if support[right][0] else "and better supported"
            yield child, parent, CutKind.CONTRADICTION, f"{reason}, {why}"

    def _support(self, child: int, parents: Sequence[int]) -> tuple[float, ...]:
        """Return what speaks for some parents: the strongest of them, then how many there are."""
        best = max((*self._weight(child, p), _agreement(self._names[child], self._names[p])) for p in parents)
        return (*best, len(parents))

    def cut_shortcuts(self) -> None:
        """Cut the edges that say no more than others do together."""
        self._cut_all(
            (*(child, parent, CutKind.SHORTCUT), f"{self._call(parent)} is above {self._call(via)} already")
            for child, parent, via in shortcuts(self._above)
        )

    def cut_general(self, roots: Collection[str]) -> None:
        """Cut edges to a root from classes that come to one of the roots through another parent."""
        tops = {self._number[key] for key in roots if key in self._number}
        leads = bytearray(len(self._keys))
        for child in self._downwards():
            leads[child] = child in tops or any(leads[parent] for parent in self._above[child])
        for child, parents in enumerate(self._above):
            better = [parent for parent in parents if leads[parent] and parent not in tops]
            if better:
                self._cut_all(
                    (
                        *(child, parent, CutKind.GENERAL),
                        f"{self._call(parent)} says nothing beside {self._call(better[0])}, which is deeper",
                    )
                    for parent in [*parents]
                    if parent in tops
                )

    def _downwards(self) -> Iterator[int]:
        """Yield the classes, those above before those below."""
        for level in levels(self._above):
            yield from level.tolist()

    def _cut_all(self, edges: Iterable[_Finding]) -> None:
        gone: defaultdict[int, set[int]] = defaultdict(set)
        for child, parent, kind, reason in edges:
            gone[child].add(parent)
            self.cuts.append(Cut(self._keys[child], self._keys[parent], kind, reason))
        for child, parents in gone.items():
            self._above[child] = [parent for parent in self._above[child] if parent not in parents]

    def _note(self, found: dict[CutKind, list[Cut]], child: int, parent: str, kind: CutKind, what: str) -> None:
        reason = f"{self._call(child)}: {what}"
        found[kind].append(Cut(self._keys[child], parent, kind, reason))

    def _call(self, number: int) -> str:
        names = self._names[number]
        return names[0] if names else self._keys[number]


def _agreement(child: Sequence[str], parent: Sequence[str]) -> int:
    """Return 1 when the names say that one is a kind of the other, -1 when they say the contrary, else 0.

    >>> _agreement(["road bridge"], ["bridge"]), _agreement(["bridge"], ["road bridge"]), _agreement(["era"], ["age"])
    (1, -1, 0)
    >>> _agreement(["king of France"], ["king"])
    1
    """
    lower, upper = [form(name) for name in child], [form(name) for name in parent]
    return _has_head(lower, upper) - _has_head(upper, lower)


def _has_head(names: Iterable[str], heads: Sequence[str]) -> bool:
    """Tell whether one of some names ends in one of the heads, before what ``of`` adds to it."""
    nouns = [noun for name in names for noun in {name, name.partition(" of ")[0]}]
    return any(
        noun.endswith(f" {head}") or (noun == head and noun not in names) for noun in nouns for head in heads if head
    )
