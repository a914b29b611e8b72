"""Saves a draft as a taxonomy database; `taxonomy.store.stored` loads one back.

A database is written beside its place and renamed into it when it is complete, so an interrupted or failed run leaves
the old file whole.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from taxonomy.concept import PEOPLE, EdgeKind, Placement
from taxonomy.draft import Draft
from taxonomy.errors import DatabaseError
from taxonomy.store.people import append_decisions, drop_decisions_about_the_whole
from taxonomy.store.spans import spans
from taxonomy.text import form

if TYPE_CHECKING:
    from sqlite_utils import Database

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_TAILS = ("class", "cut", "decision", "edge", "identifier", "name", "concept")


def save(draft: Draft, path: Path, meta: dict[str, str], base: Path | None = None, sources: int = 0) -> None:
    """Write a draft to a database.

    Args:
        draft: what to write.
        path: where to; an existing file is replaced at the end, in one step.
        meta: facts about the build, for the table ``meta``.
        base: the database that the draft was loaded from, to write only what came since.
        sources: how many sources of ``base`` were loaded; what later ones brought there is dropped.

    Raises:
        DatabaseError: the folder cannot be written or the disk is full; what was at ``path`` is untouched.
        ValueError: the hierarchy has a cycle.
    """
    with writing(path, base, sources) as writer:
        writer.write_classes(draft)
        writer.finish(draft, meta)


@contextmanager
def writing(path: Path, base: Path | None = None, sources: int = 0) -> Iterator[Writer]:
    """Begin a database, which is at ``path`` when all went well; arguments and errors as `save`."""
    with database_beside(path, base) as database:
        if base is None:
            database.conn.executescript(_sql("schema.sql"))
        else:
            _drop_tail(database.conn, sources)
            database.conn.execute("DROP INDEX span_concept")  # all of the table is made anew
        yield Writer(database)


class Writer:
    """A database being written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = database["source"].count_where("position >= 0")

    def write_classes(self, draft: Draft) -> None:
        """Write how the classes of new sources were linked, and forget it: of millions it takes most of the memory."""
        every = (row for rows in draft.placements for row in rows)
        rows = (_class_row(draft, row) for row in every if row.source >= self._known)
        _insert(self._database.conn, "class", rows)
        draft.placements.clear()

    def finish(self, draft: Draft, meta: dict[str, str]) -> None:
        """Write all else."""
        connection = self._database.conn
        _append(self._database, draft, self._known)
        _label(connection, draft)
        _write_marks(connection, draft)
        _write_meta(self._database, meta)
        connection.executescript(_sql("indexes.sql"))


def _sql(name: str) -> str:
    return (files("taxonomy.store") / name).read_text(encoding="utf-8")


def save_marks(draft: Draft, path: Path, meta: dict[str, str]) -> None:
    """Write the marks of a draft, and people's decisions about the whole, to the database that it was loaded from.

    Args:
        draft: all of the database, marked.
        path: the database, which is replaced at the end, in one step.
        meta: facts about the build, in the place of those that are there.

    Raises:
        DatabaseError: the folder cannot be written or the disk is full; what was at ``path`` is untouched.
    """
    with database_beside(path, path) as database:
        drop_decisions_about_the_whole(database.conn)
        append_decisions(database, draft, len(draft.sources))
        _write_marks(database.conn, draft)
        _write_meta(database, meta)


@contextmanager
def database_beside(path: Path, base: Path | None) -> Iterator[Database]:
    """Give a database to write, a copy of ``base`` where there is one; it is at ``path`` when all went well."""
    from sqlite_utils import Database

    with _beside(path) as work:
        if base is not None:
            shutil.copyfile(base, work)
        with closing(sqlite3.connect(work)) as connection:
            # The file is new and nobody else's: no journal is needed to throw it away whole.
            connection.executescript("PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -65536")
            yield Database(connection)
            connection.commit()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a place to write beside ``path`` and rename it there when all went well.

    Where ``path`` is a link, its target is replaced; the new file has the permissions of the old one.
    """
    target = path.resolve()
    work = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield work
        if target.exists():
            shutil.copymode(target, work)
        work.replace(target)
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatabaseError(f"{path}: cannot write the database ({reason}); nothing was changed") from error
    finally:
        work.unlink(missing_ok=True)


def _drop_tail(connection: sqlite3.Connection, sources: int) -> None:
    """Delete the rows that later sources brought, and what is made anew."""
    connection.execute("DELETE FROM span")
    connection.execute("DELETE FROM span_extra")
    put_back = "FROM cut WHERE repair = 0"
    connection.execute(f"INSERT INTO edge SELECT number, child, parent, kind, source, method, confidence {put_back}")
    connection.execute(f"DELETE {put_back}")
    connection.execute(f"DELETE FROM edge WHERE source = {PEOPLE}")
    drop_decisions_about_the_whole(connection)
    if connection.execute("SELECT max(position) FROM source").fetchone()[0] < sources:
        return
    connection.execute(
        "INSERT INTO name_trigram (name_trigram, rowid, form) SELECT 'delete', key, form FROM name WHERE source >= ?",
        (sources,),
    )
    for table in _TAILS:
        connection.execute(f"DELETE FROM {table} WHERE source >= ?", (sources,))
    connection.execute("DELETE FROM source WHERE position >= ?", (sources,))


def _append(database: Database, draft: Draft, known: int) -> None:
    """Write the rows that the database does not have; the small tables by sqlite-utils, the large ones in bulk."""
    connection = database.conn
    database.table("source").insert_all(
        ({"position": i, **asdict(source)} for i, source in islice(enumerate(draft.sources), known, None)),
        pk="position",
    )
    concepts, names = database["concept"].count, database["name"].count
    _insert(connection, "concept", ((key, *row) for key, row in islice(enumerate(draft.concepts), concepts, None)))
    _insert(connection, "name", ((key, *row) for key, row in islice(enumerate(draft.names, 1), names, None)))
    edges = database["edge"].count + database["cut"].count
    _insert(connection, "edge", ((number, *row) for number, row in islice(enumerate(draft.edges, 1), edges, None)))
    _insert(connection, "identifier", sorted(row for row in draft.identifiers if row.source >= known))
    connection.execute("INSERT INTO name_trigram (rowid, form) SELECT key, form FROM name WHERE key > ?", (names,))
    for place, reason in draft.cuts.items():
        row = (reason, place in draft.repairs, place + 1)
        connection.execute("INSERT INTO cut SELECT *, ?, ? FROM edge WHERE number = ?", row)
        connection.execute("DELETE FROM edge WHERE number = ?", (place + 1,))
    append_decisions(database, draft, known)


def _class_row(draft: Draft, row: Placement) -> tuple[object, ...]:
    entry, link = row.entry, row.link
    alternatives = [(draft.concepts[key].id, probability) for key, probability in link.alternatives]
    return (
        row.source, row.position, entry.key, entry.name, entry.wnid, _json(entry.synonyms), entry.definition,
        entry.parent, entry.mid, entry.scientific_name, _json(entry.parents), _json(entry.types), _json(entry.ids),
        _json(entry.names), entry.rank, entry.language, form(link.label), row.concept, row.anchor,
        link.relation, link.method, link.confidence, _json(alternatives),
    )  # fmt: skip


def _write_marks(connection: sqlite3.Connection, draft: Draft) -> None:
    """Write the marks anew: a source that comes or goes changes those of its neighbours too."""
    connection.execute("DELETE FROM mark")
    _insert(connection, "mark", draft.marks)


def _write_meta(database: Database, meta: dict[str, str]) -> None:
    database.conn.execute("DELETE FROM meta")
    database.table("meta").insert_all([{"key": key, "value": value} for key, value in sorted(meta.items())])


def _json(items: Sequence[object]) -> str:
    """Write a list as JSON: unlike separators, it keeps every character, and SQLite's json_each reads it."""
    return _encode(items) if items else "[]"


def _label(connection: sqlite3.Connection, draft: Draft) -> None:
    """Number the concepts for reading (`taxonomy.store.spans`)."""
    labels = spans(draft.parents)
    individuals = _individuals(draft)
    rows = (
        (label.pre, label.last, key, concept.id, concept.name, key in individuals)
        for key, (label, concept) in enumerate(zip(labels, draft.concepts, strict=True))
    )
    _insert(connection, "span", sorted(rows))
    _insert(connection, "span_extra", ((key, *r) for key, label in enumerate(labels) for r in label.extra))


def _individuals(draft: Draft) -> set[int]:
    """Return the concepts that are instances of something and a kind of nothing (Paris), with all below them."""
    edges = [edge for place, edge in enumerate(draft.edges) if place not in draft.cuts]
    classes = {edge.child for edge in edges if edge.kind is EdgeKind.IS_A}
    found: set[int] = set()
    for edge in edges:
        if edge.kind is EdgeKind.INSTANCE_OF and edge.child not in classes:
            found |= draft.below(edge.child)
    return found


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    width = len(connection.execute(f"SELECT * FROM {table} LIMIT 0").description)
    connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)
