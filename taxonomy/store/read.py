"""The read side: a taxonomy database as Python objects, with the standard library only.

`Taxonomy` opens a file and finds concepts; `Concept` (`taxonomy.store.node`) answers for one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taxonomy.errors import NotFoundError
from taxonomy.store.connection import connect
from taxonomy.store.node import HIERARCHY, Concept

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from pathlib import Path

    import networkx

    from taxonomy.store.search import Hit

__all__ = ["Concept", "Taxonomy"]


class Taxonomy:
    """An open taxonomy database.

    >>> import taxonomy
    >>> t = taxonomy.open("taxonomy.db")  # doctest: +SKIP
    >>> t["n02084071"].parents()  # doctest: +SKIP
    [<Concept n02083346 canine>, <Concept n01317541 domestic animal>]

    Raises:
        DatabaseError: the file is missing, foreign, or of another schema version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._connection = connect(path)
        self.execute = self._connection.execute

    def __enter__(self) -> Taxonomy:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __getitem__(self, text: str) -> Concept:
        """Return the concept of an id, a sense name, ``dataset:key``, or a name with one dominant concept.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: the name has several serious ones.
        """
        return self.resolve(text)[0]

    def __contains__(self, text: str) -> bool:
        try:
            return bool(self.candidates(text))
        except NotFoundError:  # an unplaced class, or a key that a dataset has not
            return False

    def __len__(self) -> int:
        return int(self.execute("SELECT count(*) FROM concept").fetchone()[0])

    def __iter__(self) -> Iterator[Concept]:
        return (Concept(self, *row) for row in self.execute("SELECT key, id, name FROM concept ORDER BY key"))

    def resolve(self, text: str) -> tuple[Concept, list[Concept]]:
        """Return the concept that a text means, and the other concepts of that name.

        Raises:
            NotFoundError: there is none; the message suggests similar names.
            AmbiguousError: the name has several serious ones.
        """
        row = self.execute("SELECT key, id, name FROM concept WHERE id = ?", (text,)).fetchone()
        if row is not None:  # as scripts ask: an id needs neither names nor their regular expressions
            return Concept(self, *row), []
        from taxonomy.store.resolve import resolve

        found, *others = resolve(self._connection, text)
        return self.concept(found), [self.concept(key) for key in others]

    def candidates(self, text: str) -> list[Concept]:
        """Return every concept that a text can mean, the most likely first."""
        from taxonomy.store.resolve import candidates

        return [self.concept(key) for key in candidates(self._connection, text)]

    def concept(self, key: int) -> Concept:
        """Return the concept of a row."""
        row = self.execute("SELECT key, id, name FROM concept WHERE key = ?", (key,)).fetchone()
        return Concept(self, *row)

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        """Return the concepts whose names match: exactly, as a synonym, by prefix, then by similarity."""
        from taxonomy.store.search import search

        return search(self._connection, text, limit)

    def source_position(self, dataset: str) -> int:
        """Return the place of a dataset in the merge order.

        Raises:
            NotFoundError: it is not in the taxonomy.
        """
        row = self.execute("SELECT position FROM source WHERE name = ? AND position > 0", (dataset,)).fetchone()
        if row is None:
            raise NotFoundError(f"{dataset}: no such dataset in {self.path}; 'taxonomy sources' lists them")
        return int(row[0])

    def max_depth(self) -> int:
        """Return the number of edges on the longest way up to a root."""
        below: dict[int, list[int]] = {}
        missing: dict[int, int] = {}  # parents of each that were not passed yet
        for child, parent in self.execute(f"SELECT child, parent FROM edge WHERE {HIERARCHY}"):
            below.setdefault(parent, []).append(child)
            missing[child] = missing.get(child, 0) + 1
        level, depth = [key for key in below if key not in missing], 0
        while level:
            above, level = level, []
            for key in above:
                for child in below.get(key, ()):
                    missing[child] -= 1
                    if not missing[child]:
                        level.append(child)
            depth += bool(level)
        return depth

    def lowest_common_ancestors(self, concepts: Sequence[Concept]) -> list[Concept]:
        """Return the concepts above (or equal to) all of the given ones that have no other such concept below."""
        above = [dict(concept.distances()) for concept in concepts]
        common = [concept for concept in above[0] if all(concept in other for other in above[1:])]
        higher = {ancestor for concept in common for ancestor in concept.ancestors()}
        return [concept for concept in common if concept not in higher]

    def shortest_path(self, start: Concept, end: Concept) -> list[Concept]:
        """Return a shortest way between two concepts, up to a common ancestor and down again.

        Raises:
            NotFoundError: they have no common ancestor.
        """
        up, down = dict(start.distances()), dict(end.distances())
        common = [concept for concept in up if concept in down]
        if not common:
            raise NotFoundError(f"{start.id} and {end.id} have no common ancestor")
        top = min(common, key=lambda concept: (up[concept] + down[concept], concept.key))
        return [*_climb(start, top, up), *_climb(end, top, down)[-2::-1]]

    def to_networkx(self) -> networkx.DiGraph[str]:
        """Return the hierarchy as a graph from parents to children.

        Concepts have the attributes ``name`` and ``definition``, edges ``kind``, ``source`` and ``confidence``.
        """
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph()
        for id, name, definition in self.execute("SELECT id, name, definition FROM concept ORDER BY key"):
            graph.add_node(id, name=name, definition=definition)
        for parent, child, kind, source, confidence in self.execute(
            "SELECT p.id, c.id, edge.kind, source.name, confidence FROM edge"
            " JOIN concept p ON p.key = parent JOIN concept c ON c.key = child"
            f" JOIN source ON position = edge.source WHERE edge.{HIERARCHY} ORDER BY edge.rowid"
        ):
            graph.add_edge(parent, child, kind=kind, source=source, confidence=confidence)
        return graph


def _climb(start: Concept, top: Concept, distances: dict[Concept, int]) -> list[Concept]:
    """Return a shortest way from a concept up to one above it."""
    reach = dict(distances)
    way = [top]
    while way[-1] != start:
        wanted = reach[way[-1]] - 1
        way.append(next(child for child in reach if reach[child] == wanted and way[-1] in child.parents()))
    return way[::-1]
