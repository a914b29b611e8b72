"""What graph formats hold of a taxonomy: the concepts of a selection, all that is above them, and what is known of each.

Concepts come in the order of their keys, each with its rows of the other tables, which are read side by side in the
same order: what is in memory are the hierarchy and the ids, and no names, definitions or classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from taxonomy.concept import HIERARCHY, EdgeKind
from taxonomy.export._format import counted
from taxonomy.export.selection import Selection

_TREE = frozenset(map(str, HIERARCHY))


class Name(NamedTuple):
    """A name of a concept."""

    text: str
    language: str
    kind: str = "synonym"
    sense: int = 0


class Edge(NamedTuple):
    """An edge to a parent; without source where what was between the two is left out."""

    parent: int
    kind: str
    source: int | None = None
    method: str = ""
    confidence: float | None = None


class Member(NamedTuple):
    """A class of a dataset, and its link; ``concept`` is the one of the graph that it is or, unless ``same``, under."""

    concept: int
    source: int
    key: str
    name: str
    anchor: int | None
    relation: str
    method: str
    confidence: float
    same: bool = True


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
        used = self._datasets | {0} | {row[0] for row in self._execute("SELECT DISTINCT source FROM name")}
        used |= {row[0] for row in self._execute("SELECT DISTINCT source FROM concept")}
        columns = ", ".join(Origin._fields)
        found = map(Origin._make, self._execute(f"SELECT {columns} FROM source WHERE position >= 0 ORDER BY position"))
        return [each for each in found if each.position in used - self.selection.refused]

    def roots(self) -> list[int]:
        """Return the keys of the concepts that nothing is above."""
        parents = self.selection.hierarchy.parents
        return [key for key in self.selection.hierarchy.walk if key in self.kept and not parents.get(key)]

    def nodes(self) -> Iterator[Node]:
        """Yield every concept, by key."""
        kept, edges, members = self.kept, _Merged(self.edges()), self._members()
        names = _Merged(
            self._execute("SELECT concept, text, language, kind, sense, source FROM name ORDER BY concept, key")
        )
        others = _Merged(self._execute("SELECT concept, id, source FROM identifier ORDER BY concept, id"))
        refused = self.selection.refused
        for row in self._execute(
            "SELECT key, id, name, definition, lexfile, source, coalesce(state, ''), coalesce(safety, '')"
            " FROM concept LEFT JOIN mark ON concept = key ORDER BY key"
        ):
            key = row[0]
            if key not in kept:
                continue
            yield Node(
                *row,
                _names(row[2], names.of(key), refused),
                [edge for _, each in edges.of(key) for edge in each],
                [id for _, id, source in others.of(key) if source not in refused],
                members(key),
            )

    def edges(self) -> Iterator[tuple[int, list[Edge]]]:
        """Yield the edges from each concept that has any, by key."""
        hierarchy, kept, refused = self.selection.hierarchy.parents, self.kept, self.selection.refused
        rows = self._execute(
            "SELECT child, parent, kind, source, method, confidence FROM edge ORDER BY child, number"
        )
        merged = _Merged(rows)
        for key in sorted(kept):
            found: list[Edge] = []
            parts: list[Edge] = []
            above = hierarchy.get(key, ())
            told = merged.of(key)
            for _, parent, kind, source, method, confidence in told:
                if kind in _TREE:
                    if parent in above:
                        found.append(Edge(parent, kind, source, method, confidence))
                elif parent in kept and source not in refused:
                    parts.append(Edge(parent, kind, source, method, confidence))
            if len(found) < len(above):  # what was between is left out
                direct = {edge.parent for edge in found}
                kinds = {row[2] for row in told if row[2] in _TREE}
                kind = str(EdgeKind.IS_A if EdgeKind.IS_A in kinds else EdgeKind.INSTANCE_OF)
                found += [Edge(parent, kind) for parent in above if parent not in direct]
            if found or parts:
                yield key, found + parts

    def members(self) -> Iterator[Member]:
        """Yield the classes of the chosen datasets that are a concept of the graph or under one, by dataset."""
        stands = self.selection.stands
        for row in self._execute(
            "SELECT concept, source, key, name, anchor, relation, method, confidence FROM class ORDER BY source, position"
        ):
            if row[1] in self._datasets and row[0] is not None:
                if row[0] in self.kept:
                    yield Member(*row)
                elif row[0] in stands:
                    yield Member(stands[row[0]], *row[1:], same=False)

    def _members(self) -> Any:
        """Return a function from keys, which must rise, to the classes that are the concept or under it."""
        datasets = self._datasets
        merged = _Merged(
            self._execute(
                "SELECT concept, source, key, name, anchor, relation, method, confidence FROM class"
                " WHERE concept IS NOT NULL ORDER BY concept, source, position"
            )
        )
        under: dict[int, list[Member]] = {}
        if self.selection.stands:
            for member in self.members():
                if not member.same:
                    under.setdefault(member.concept, []).append(member)

        def of(key: int) -> list[Member]:
            return [Member(*row) for row in merged.of(key) if row[1] in datasets] + under.get(key, [])

        return of

    def wrote(self, edges: int) -> str:
        """Say how much was written."""
        return f"{counted(len(self.kept), 'concept')} and {counted(edges, 'edge')}"

    def remarks(self) -> tuple[str, ...]:
        """Say what was written beside the concepts that were asked for."""
        more = len(self.kept) - len(self.selection.concepts)
        return (f"{more:,} of the concepts are only above the chosen ones",) if more else ()


class _Merged:
    """Rows in the order of their first field, asked for by values of it that rise."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def of(self, key: int) -> list[tuple[Any, ...]]:
        """Return the rows of a key."""
        row, rows, found = self._next, self._rows, []
        while row is not None and row[0] <= key:
            if row[0] == key:
                found.append(row)
            row = next(rows, None)
        self._next = row
        return found


def _names(preferred: str, rows: list[tuple[Any, ...]], refused: frozenset[int]) -> list[Name]:
    found = {(preferred, "en"): Name(preferred, "en")}
    for _, text, language, kind, sense, source in rows:
        if source not in refused or text == preferred:
            if (text, language) not in found:
                found[text, language] = Name(text, language, kind, sense)
            elif (text, language) == (preferred, "en") and not found[text, language].sense:
                found[text, language] = Name(text, language, kind, sense)
    return list(found.values())
