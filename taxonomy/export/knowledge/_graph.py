"""What graph formats hold of a taxonomy: the concepts of a selection, all that is above them, what is known of each.

Concepts come in the order of their keys, each with its rows of the other tables, which are read side by side in the
same order.  So nothing of a whole taxonomy is in memory; of a part, the hierarchy is, and the keys of its concepts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from taxonomy.concept import HIERARCHY, EdgeKind, Relation
from taxonomy.export.selection import Selection
from taxonomy.text import counted

_TREE = frozenset(map(str, HIERARCHY))
_TREE_FIRST = f"kind NOT IN ({', '.join(map(repr, sorted(_TREE)))})"
# The id of the parent is looked up here, so that nobody needs all ids in memory.
_EDGES = "(SELECT edge.*, id AS above FROM edge NOT INDEXED JOIN concept ON key = parent)"
_END: tuple[float, list[Any]] = float("inf"), []
new = tuple.__new__  # a record from a row, in half the time of record(*row), which counts for a million rows
_Item = TypeVar("_Item")
_Record = TypeVar("_Record", bound=NamedTuple)
_Group = tuple[int, list[_Item]]


class Name(NamedTuple):
    """A name of a concept, as the table has it."""

    concept: int
    text: str
    language: str
    kind: str
    sense: int
    source: int


class Edge(NamedTuple):
    """An edge to a parent, whose id is ``above``; without source where what was between the two is left out."""

    child: int
    parent: int
    above: str
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
    same: bool


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
    """The concepts of a selection, which is what was asked for, and all above them."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._execute = selection.taxonomy.execute
        rows, datasets = self._execute("SELECT name, position FROM source"), set(selection.datasets)
        self._datasets = {position for name, position in rows if name in datasets}
        places = ", ".join(map(str, sorted(self._datasets)))
        # Of the chosen datasets, the classes that are a concept, as `Member` has them.
        self._classes = f"(SELECT *, TRUE AS same FROM class WHERE concept IS NOT NULL AND source IN ({places}))"

    @cached_property
    def ids(self) -> dict[int, str]:
        """Ids of every concept of the taxonomy, by its key."""
        return self.selection.ids()

    @cached_property
    def kept(self) -> set[int]:
        """Keys of the concepts of the graph."""
        hierarchy, concepts = self.selection.hierarchy, self.selection.concepts
        return set(hierarchy.walk) if len(concepts) == len(hierarchy.walk) else hierarchy.above(concepts)

    def origins(self) -> list[Origin]:
        """Return the sources of what is written, WordNet first."""
        used = self._datasets | {0}
        whole = self.selection.everything
        keys = () if whole else (json.dumps([*self.kept]),)
        for table, column in (("concept", "key"), ("name", "concept"), ("edge", "child"), ("identifier", "concept")):
            among = "" if whole else f" WHERE {column} IN (SELECT value FROM json_each(?))"
            used |= {source for (source,) in self._execute(f"SELECT DISTINCT source FROM {table}{among}", keys)}
        columns = ", ".join(Origin._fields)
        found = map(Origin._make, self._execute(f"SELECT {columns} FROM source WHERE position >= 0 ORDER BY position"))
        return [each for each in found if each.position in used - self.selection.refused]

    def nodes(self) -> Iterator[Node]:
        """Yield every concept, by key."""
        kept, refused, under = None if self.selection.everything else self.kept, self.selection.refused, self._under()
        names = _aligned(self._records(Name, "name ORDER BY concept, key"))
        edges = _aligned(self.edges())
        allowed = f"source NOT IN ({', '.join(map(str, sorted(refused)))})"
        rows = self._execute(f"SELECT concept, id FROM identifier WHERE {allowed} ORDER BY concept, id")
        ids = _aligned(_grouped(itemgetter(1), rows))
        members = _aligned(self._records(Member, f"{self._classes} ORDER BY concept, source, position"))
        for row in self._execute(
            "SELECT key, id, name, definition, lexfile, source, coalesce(state, ''), coalesce(safety, '')"
            " FROM concept LEFT JOIN mark ON concept = key ORDER BY key"
        ):
            key = row[0]
            if kept is None or key in kept:
                named = _names(key, row[2], names(key), refused)
                classes = members(key) + under[key] if key in under else members(key)
                yield new(Node, (*row, named, edges(key), ids(key), classes))

    def edges(self) -> Iterator[tuple[int, list[Edge]]]:
        """Yield the edges from each concept that has any, by key; is-a and instance-of are first."""
        rows = self._records(Edge, f"{_EDGES} ORDER BY child, {_TREE_FIRST}, number")
        return rows if self.selection.everything else self._within(rows)

    def _within(self, rows: Iterable[tuple[int, list[Edge]]]) -> Iterator[tuple[int, list[Edge]]]:
        """Yield the edges that both ends are in the graph of, and one over each gap where what is between is not."""
        parents, kept, refused = self.selection.hierarchy.parents, self.kept, self.selection.refused
        for key, told in rows:
            if key not in kept:
                continue
            above = parents.get(key, ())
            found = [edge for edge in told if edge.parent in above and edge.kind in _TREE]
            direct = {edge.parent for edge in found}
            if len(direct) < len(above):  # what was between is left out
                kind = EdgeKind.IS_A if any(edge.kind == EdgeKind.IS_A for edge in told) else EdgeKind.INSTANCE_OF
                over = (parent for parent in above if parent not in direct)
                found += [Edge(key, parent, self.ids[parent], str(kind), None, "", None) for parent in over]
            parts = (edge for edge in told if edge.kind not in _TREE)
            found += [edge for edge in parts if edge.parent in kept and edge.source not in refused]
            if found:
                yield key, found

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

    def _under(self) -> dict[int, list[Member]]:
        """Return the classes that were left out, by the key of the concept that stands for them."""
        stands, found = self.selection.stands, dict[int, list[Member]]()
        fields = ", ".join(Member._fields)
        query = f"SELECT {fields} FROM {self._classes} ORDER BY source, position"
        for concept, source, key, name, _ in self._execute(query) if stands else ():
            if concept in stands and concept not in self.kept:
                found.setdefault(stands[concept], []).append(Member(stands[concept], source, key, name, same=False))
        return found

    def _records(self, record: type[_Record], rest: str) -> Iterator[_Group[_Record]]:
        """Read records, and yield those that have the same first field together, with it."""
        rows = self._execute(f"SELECT {', '.join(record._fields)} FROM {rest}")
        return _grouped(partial(new, record), rows)

    def wrote(self, edges: int) -> str:
        """Say how much was written."""
        number = len(self.selection.taxonomy) if self.selection.everything else len(self.kept)
        return f"{counted(number, 'concept')} and {counted(edges, 'edge')}"

    def remarks(self) -> tuple[str, ...]:
        """Say what was written beside the concepts that were asked for."""
        more = 0 if self.selection.everything else len(self.kept) - len(self.selection.concepts)
        return (f"{more:,} of the concepts {'is' if more == 1 else 'are'} only above the chosen ones",) if more else ()


def _grouped(make: Callable[[tuple[Any, ...]], _Item], rows: Iterable[tuple[Any, ...]]) -> Iterator[_Group[_Item]]:
    """Yield what is made of the rows that have the same first field together, with it."""
    for key, found in groupby(rows, itemgetter(0)):
        yield key, list(map(make, found))


def _aligned(groups: Iterator[_Group[_Item]]) -> Callable[[int], list[_Item]]:
    """Return a function from keys, which must rise, to their rows; the groups come in the order of theirs."""
    at, rows = next(groups, _END)

    def of(key: int) -> list[_Item]:
        nonlocal at, rows
        while at < key:
            at, rows = next(groups, _END)
        return rows if at == key else []

    return of


def _names(key: int, preferred: str, rows: list[Name], refused: frozenset[int]) -> list[Name]:
    """Return names, each once in its language, the preferred one first."""
    if len(rows) == 1 and rows[0].text == preferred and rows[0].language == "en":
        return rows  # as of three concepts in four
    told: dict[tuple[str, str], Name] = {}
    for name in rows:
        if name.source not in refused:
            told.setdefault((name.text, name.language), name)
    languages = dict.fromkeys(("en", *(language for text, language in told if text == preferred)))
    same = (told.pop((preferred, language), None) for language in languages)
    first = next(filter(None, same), None) or Name(key, preferred, "en", "synonym", 0, -1)
    return [first, *told.values()]
