"""One concept of an open taxonomy, with the answers about it.

Descendants come from interval labels (see ``schema.sql``), ancestors from a recursion over the few edges above it.
"""

from __future__ import annotations

from collections.abc import Iterator

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from taxonomy.store.read import Taxonomy

HIERARCHY = "kind IN ('is_a', 'instance_of')"
_UP = f"""
WITH RECURSIVE up (key, distance) AS (
    SELECT ?, 0
    UNION
    SELECT parent, distance + 1 FROM up JOIN edge ON child = key WHERE {HIERARCHY}
)
SELECT key, min(distance) FROM up GROUP BY key
"""
_DOWN = f"""
WITH RECURSIVE down (key, distance) AS (
    SELECT ?, 0
    UNION
    SELECT child, distance + 1 FROM down JOIN edge ON parent = key WHERE {HIERARCHY} AND distance < ?
)
"""


class Concept:
    """One concept of an open taxonomy.

    Attributes:
        id: wnid or CURIE.
        name: preferred English name.
        key: its row in the database.
    """

    __slots__ = ("_taxonomy", "id", "key", "name")

    def __init__(self, taxonomy: Taxonomy, key: int, id: str, name: str) -> None:
        self._taxonomy = taxonomy
        self.key = key
        self.id = id
        self.name = name

    def __repr__(self) -> str:
        return f"<Concept {self.id} {self.name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Concept) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def definition(self) -> str:
        """The gloss, or an empty string."""
        return self._column("definition")

    @property
    def lexfile(self) -> str:
        """WordNet's lexicographer file such as ``noun.animal``; empty outside WordNet."""
        return self._column("lexfile")

    @property
    def source(self) -> str:
        """Name of the source that brought the concept."""
        row = self._taxonomy.execute(
            "SELECT source.name FROM concept JOIN source ON position = source WHERE key = ?", (self.key,)
        ).fetchone()
        return str(row[0])

    @property
    def sense_name(self) -> str:
        """WordNet's name of the synset as NLTK writes it (``dog.n.01``); empty outside WordNet."""
        row = self._taxonomy.execute(
            "SELECT text, sense FROM name WHERE concept = ? AND sense > 0 ORDER BY key LIMIT 1", (self.key,)
        ).fetchone()
        return f"{row[0].lower().replace(' ', '_')}.n.{row[1]:02}" if row else ""

    def _column(self, column: str) -> str:
        return str(self._taxonomy.execute(f"SELECT {column} FROM concept WHERE key = ?", (self.key,)).fetchone()[0])

    def ancestors(self, depth: int | None = None) -> list[Concept]:
        """Return the concepts above, the nearest first."""
        return [concept for concept, distance in self.distances() if distance and (depth is None or distance <= depth)]

    def distances(self) -> list[tuple[Concept, int]]:
        """Return the concept and all above it with the fewest edges to each, the nearest first."""
        rows = self._taxonomy.execute(
            f"SELECT concept.key, id, name, distance FROM ({_UP.replace('min(distance)', 'min(distance) AS distance')})"
            " AS above JOIN concept USING (key) ORDER BY distance, concept.key",
            (self.key,),
        )
        return [(Concept(self._taxonomy, key, id, name), distance) for key, id, name, distance in rows]

    def descendants(
        self,
        depth: int | None = None,
        *,
        leaves: bool = False,
        dataset: str | None = None,
        instances: bool = True,
    ) -> list[Concept]:
        """Return the concepts below, in the order of the hierarchy.

        Args:
            depth: at most so many edges below.
            leaves: only concepts that have nothing below.
            dataset: only concepts that are classes of it.
            instances: individuals (Paris) too.
        """
        query = self._below("concept, id, name", depth, leaves, dataset, instances)
        return [Concept(self._taxonomy, *row) for sql, values in query for row in self._taxonomy.execute(sql, values)]

    def descendant_lines(
        self,
        depth: int | None = None,
        *,
        leaves: bool = False,
        dataset: str | None = None,
        instances: bool = True,
    ) -> Iterator[str]:
        """Yield the descendants as text, a line ``id<TAB>name`` each, in blocks; arguments as `descendants`.

        SQLite joins the lines itself, in half the time that it takes to hand over the rows.
        """
        lines = "group_concat(id || char(9) || name, char(10))"  # in the order of the scan, which is that of the walk
        for sql, values in self._below(lines, depth, leaves, dataset, instances):
            (block,) = self._taxonomy.execute(sql, values).fetchone()
            if block:
                yield block + "\n"

    def _below(
        self, columns: str, depth: int | None, leaves: bool, dataset: str | None, instances: bool
    ) -> list[tuple[str, tuple[object, ...]]]:
        """Return the queries, with their values, that together give the concepts below.

        The rows are read in the order of the walk, which is the order that an aggregate such as group_concat sees.
        """
        where, values = "", []
        if leaves:
            where += " AND last = pre AND concept NOT IN (SELECT concept FROM span_extra)"
        if dataset is not None:
            where += " AND +concept IN (SELECT concept FROM class WHERE source = ?)"  # +: not in the index's order
            values.append(self._taxonomy.source_position(dataset))
        if not instances:
            where += " AND NOT instance"
        if depth is not None:
            near = f"SELECT * FROM span WHERE concept IN (SELECT key FROM down) AND concept <> ?{where} ORDER BY pre"
            return [(f"{_DOWN} SELECT {columns} FROM ({near})", (self.key, depth, self.key, *values))]
        return [
            (
                f"SELECT {columns} FROM span WHERE pre BETWEEN ? AND ?{where} ORDER BY pre",
                (first, last, *values),
            )
            for first, last in self._ranges()
        ]

    def _ranges(self) -> list[tuple[int, int]]:
        """Return the ranges of the walk that hold the concepts below."""
        execute = self._taxonomy.execute
        pre, last = execute("SELECT pre, last FROM span WHERE concept = ?", (self.key,)).fetchone()
        extra = execute("SELECT first, last FROM span_extra WHERE concept = ? ORDER BY first", (self.key,))
        return [(pre + 1, last), *extra]

    def parents(self) -> list[Concept]:
        """Return the concepts right above, WordNet's order first."""
        return self._neighbours("child", "parent", HIERARCHY)

    def children(self) -> list[Concept]:
        """Return the concepts right below."""
        return self._neighbours("parent", "child", HIERARCHY)

    def siblings(self) -> list[Concept]:
        """Return the other children of the parents."""
        found = {sibling: None for parent in self.parents() for sibling in parent.children() if sibling != self}
        return list(found)

    def wholes(self) -> list[Concept]:
        """Return what the concept is a part or a member of."""
        return self._neighbours("child", "parent", f"NOT {HIERARCHY}")

    def parts(self) -> list[Concept]:
        """Return the parts and members of the concept."""
        return self._neighbours("parent", "child", f"NOT {HIERARCHY}")

    def _neighbours(self, here: str, there: str, where: str) -> list[Concept]:
        rows = self._taxonomy.execute(
            f"SELECT DISTINCT concept.key, id, name FROM edge JOIN concept ON concept.key = {there}"
            f" WHERE {here} = ? AND {where} ORDER BY edge.rowid",
            (self.key,),
        )
        return [Concept(self._taxonomy, *row) for row in rows]

    def names(self, language: str | None = None) -> list[tuple[str, str, str, str]]:
        """Return ``(text, language, kind, source)`` of all names, the preferred one first.

        Args:
            language: only names in it, as a BCP 47 tag: ``zh`` takes ``zh-Hans`` too, ``en-US`` takes ``en``, and
                ``en`` takes names of which no language is known; ``all`` as None.
        """
        rows = self._taxonomy.execute(
            "SELECT text, language, name.kind, source.name FROM name JOIN source ON position = source"
            " WHERE concept = ? ORDER BY name.key",
            (self.key,),
        )
        return [row for row in rows if language in (None, "all") or _covers(language, row[1])]

    def synonyms(self, language: str = "en") -> list[str]:
        """Return the names in a language, or in ``all``, the preferred one first; arguments as `names`."""
        return [text for text, *_ in self.names(language)]

    def identifiers(self) -> list[str]:
        """Return the other ids of the concept, such as ``mid:/m/0bt9lr``."""
        rows = self._taxonomy.execute("SELECT id FROM identifier WHERE concept = ? ORDER BY id", (self.key,))
        return [row[0] for row in rows if row[0] != self.id]

    def memberships(self) -> list[tuple[str, str, str]]:
        """Return ``(dataset, key, class name)`` of every class that is this concept."""
        rows = self._taxonomy.execute(
            "SELECT source.name, class.key, class.name FROM class JOIN source ON source.position = class.source"
            " WHERE concept = ? ORDER BY source.position, class.position",
            (self.key,),
        )
        return list(rows)

    def datasets(self) -> list[str]:
        """Return the datasets that have a class that is this concept, in merge order; knowledge bases are none."""
        rows = self._taxonomy.execute(
            "SELECT DISTINCT source.name FROM class JOIN source ON source.position = class.source"
            " WHERE concept = ? AND source.kind NOT IN ('knowledge base', 'names') ORDER BY source.position",
            (self.key,),
        )
        return [row[0] for row in rows]

    def mark(self) -> tuple[float, str, str, str] | None:
        """Return ``(score, state, safety, reason)``: how surely a picture shows the concept, and what follows.

        None where the database lacks the mark, which `taxonomy check` tells of.
        """
        row: tuple[float, str, str, str] | None = self._taxonomy.execute(
            "SELECT score, state, safety, reason FROM mark WHERE concept = ?", (self.key,)
        ).fetchone()
        return row


def _covers(one: str, other: str) -> bool:
    """Tell whether two language tags are the same, or one is the other with more subtags; ``und`` counts as English."""
    if other == "und":
        return one.lower().partition("-")[0] in ("en", "und")
    one, other = f"{one}-".lower(), f"{other}-".lower()
    return one.startswith(other) or other.startswith(one)
