"""What graph formats hold of a taxonomy: the concepts of a selection, all that is above them, what is known of each.

Concepts come in the order of their keys, each with its rows of the other tables, which are read side by side in the
same order: what is in memory are the hierarchy and the ids, and no names, definitions or classes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from taxonomy.concept import HIERARCHY, EdgeKind, Relation
from taxonomy.export.selection import Selection
from taxonomy.text import counted

_TREE = frozenset(map(str, HIERARCHY))
_END = (float("inf"),)
_Record = TypeVar("_Record", bound="tuple[Any, ...]")


class Name(NamedTuple):
    """A name of a concept, as the table has it."""

    concept: int
    text: str
    language: str
    kind: str
    sense: int
    source: int


class Edge(NamedTuple):
    """An edge to a parent; without source where what was between the two is left out."""

    child: int
    parent: int
    kind: str
    source: int | None
    method: str
    confidence: float | None


class Member(NamedTuple):
    """A class of a dataset that is the concept or, unless ``same``, is under it and was left out."""

    concept: int
    source: int
    key: str
    name: str
    same: int


class Link(NamedTuple):
    """A class of a dataset, and how it was linked.

    Attributes:
        source, key, name: of the class.
        concept: the concept that it was linked to, or, without ``method``, the one of the graph that it is under.
        relation, method, confidence: of the link, as the table ``class`` has them.
    """

    source: int
    key: str
    name: str
    concept: int
    relation: str
    method: str
    confidence: float


class Node(NamedTuple):
    """A concept with all that is known of it.

    Attributes:
        key, id, name, definition, lexfile, source: as in the table ``concept``.
        state, safety: of its mark; empty where it has none.
        names: each once in its language, the preferred one first.
        edges: to its parents, is-a and instance-of first.
        ids: its other ids.
        members: the classes of the chosen datasets that are the concept.
    """

    key: int
    id: str
    name: str
    definition: str
    lexfile: str
    source: int
    state: str
    safety: str
    names: list[Name]
    edges: list[Edge]
    ids: list[str]
    members: list[Member]


class Origin(NamedTuple):
    """A source, as the table has it."""

    position: int
    name: str
    title: str
    version: str
    homepage: str
    citation: str
    attribution: str
    data_licence: str
    package_licence: str


class Graph:
    """The concepts of a selection and all above them.

    Attributes:
        selection: what was asked for.
        ids: of every concept of the taxonomy, by its key.
        kept: keys of the concepts of the graph.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.ids = selection.ids()
        hierarchy = selection.hierarchy
        whole = len(selection.concepts) == len(hierarchy.walk)
        self.kept = set(hierarchy.walk) if whole else hierarchy.above(selection.concepts)
        self._execute = selection.taxonomy.execute
        rows = self._execute("SELECT name, position FROM source")
        self._datasets = {position for name, position in rows if name in set(selection.datasets)}

    def origins(self) -> list[Origin]:
        """Return the sources of what is written, WordNet first."""
        used = self._datasets | {0}
        whole = len(self.kept) == len(self.selection.taxonomy)
        keys = () if whole else (json.dumps([*self.kept]),)
        for table, column in (("concept", "key"), ("name", "concept"), ("edge", "child"), ("identifier", "concept")):
            among = "" if whole else f" WHERE {column} IN (SELECT value FROM json_each(?))"
            used |= {source for (source,) in self._execute(f"SELECT DISTINCT source FROM {table}{among}", keys)}
        columns = ", ".join(Origin._fields)
        found = map(Origin._make, self._execute(f"SELECT {columns} FROM source WHERE position >= 0 ORDER BY position"))
        return [each for each in found if each.position in used - self.selection.refused]

    def roots(self) -> list[int]:
        """Return the keys of the concepts that nothing is above."""
        parents = self.selection.hierarchy.parents
        return [key for key in self.selection.hierarchy.walk if key in self.kept and not parents.get(key)]

    def nodes(self) -> Iterator[Node]:
        """Yield every concept, by key."""
        kept, edges, members, refused = self.kept, self._edges(), self._members(), self.selection.refused
        columns = ", ".join(Name._fields)
        names = _merged(Name, self._execute(f"SELECT {columns} FROM name ORDER BY concept, key"))
        others = _merged(_Id, self._execute("SELECT concept, id, source FROM identifier ORDER BY concept, id"))
        for row in self._execute(
            "SELECT key, id, name, definition, lexfile, source, coalesce(state, ''), coalesce(safety, '')"
            " FROM concept LEFT JOIN mark ON concept = key ORDER BY key"
        ):
            key = row[0]
            if key in kept:
                ids = [other.id for other in others(key) if other.source not in refused]
                yield Node._make((*row, _names(key, row[2], names(key), refused), edges(key), ids, members(key)))

    def edges(self) -> Iterator[tuple[int, list[Edge]]]:
        """Yield the edges from each concept that has any, by key."""
        edges = self._edges()
        for key in sorted(self.kept):
            if found := edges(key):
                yield key, found

    def _edges(self) -> Callable[[int], list[Edge]]:
        """Return a function from keys, which must rise, to the edges from a concept."""
        parents, kept, refused = self.selection.hierarchy.parents, self.kept, self.selection.refused
        columns = ", ".join(Edge._fields)
        rows = _merged(Edge, self._execute(f"SELECT {columns} FROM edge NOT INDEXED ORDER BY child, number"))

        def of(key: int) -> list[Edge]:
            above, told = parents.get(key, ()), rows(key)
            if not told:
                return told
            found = [edge for edge in told if edge.parent in above and edge.kind in _TREE]
            if len(found) < len(above):  # what was between is left out
                direct = {edge.parent for edge in found}
                kind = EdgeKind.IS_A if any(edge.kind == EdgeKind.IS_A for edge in told) else EdgeKind.INSTANCE_OF
                found += [Edge(key, parent, str(kind), None, "", None) for parent in above if parent not in direct]
            if len(found) < len(told):
                parts = (edge for edge in told if edge.kind not in _TREE)
                found += [edge for edge in parts if edge.parent in kept and edge.source not in refused]
            return found

        return of

    def links(self) -> Iterator[Link]:
        """Yield the classes of the chosen datasets that are a concept of the graph or under one, by dataset."""
        stands, kept = self.selection.stands, self.kept
        for concept, anchor, *row in self._execute(
            "SELECT concept, anchor, source, key, name, relation, method, confidence FROM class"
            " WHERE concept IS NOT NULL ORDER BY source, position"
        ):
            source, key, name, relation, method, confidence = row
            if source in self._datasets:
                if concept in kept and anchor in kept:
                    yield Link(source, key, name, anchor, relation, method, confidence)
                elif concept in kept:
                    yield Link(source, key, name, concept, Relation.EXACT, "", 1.0)
                elif concept in stands:
                    yield Link(source, key, name, stands[concept], Relation.BROAD, "", 1.0)

    def _members(self) -> Callable[[int], list[Member]]:
        """Return a function from keys, which must rise, to the classes that are the concept or under it."""
        datasets, stands = self._datasets, self.selection.stands
        query = "SELECT concept, source, key, name, 1 FROM class WHERE concept IS NOT NULL"
        rows = _merged(Member, self._execute(f"{query} ORDER BY concept, source, position"))
        under: dict[int, list[Member]] = {}
        for concept, *row, _ in self._execute(f"{query} ORDER BY source, position") if stands else ():
            if concept in stands and concept not in self.kept:
                under.setdefault(stands[concept], []).append(Member._make((stands[concept], *row, 0)))

        def of(key: int) -> list[Member]:
            return [member for member in rows(key) + under.get(key, []) if member.source in datasets]

        return of

    def wrote(self, edges: int) -> str:
        """Say how much was written."""
        return f"{counted(len(self.kept), 'concept')} and {counted(edges, 'edge')}"

    def remarks(self) -> tuple[str, ...]:
        """Say what was written beside the concepts that were asked for."""
        more = len(self.kept) - len(self.selection.concepts)
        return (f"{more:,} of the concepts are only above the chosen ones",) if more else ()


class _Id(NamedTuple):
    concept: int
    id: str
    source: int


def _merged(record: type[_Record], rows: Iterator[tuple[Any, ...]]) -> Callable[[int], list[_Record]]:
    """Return a function from keys, which must rise, to the rows whose first field it is; they come in its order."""
    row: tuple[Any, ...] = next(rows, _END)
    new = tuple.__new__  # in half the time of record(*row), which counts for a million rows

    def of(key: int) -> list[_Record]:
        nonlocal row
        found: list[_Record] = []
        while row[0] <= key:
            if row[0] == key:
                found.append(new(record, row))
            row = next(rows, _END)
        return found

    return of


def _names(key: int, preferred: str, rows: list[Name], refused: frozenset[int]) -> list[Name]:
    """Return names, each once in its language, the preferred one first."""
    if len(rows) == 1 and rows[0].text == preferred and rows[0].language == "en":
        return rows  # as of three concepts in four
    found = {(preferred, "en"): Name(key, preferred, "en", "synonym", 0, -1)}
    told = {(name.text, name.language): name for name in reversed(rows) if name.source not in refused}
    for name in rows:
        pair = name.text, name.language
        if pair in told:
            found[pair] = told[pair]
    return list(found.values())
