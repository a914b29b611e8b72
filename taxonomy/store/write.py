"""Saves a draft as a taxonomy database, and loads one back to go on with it.

A database is written beside its place and renamed into it when it is complete, so an interrupted or failed run leaves
the old file whole.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taxonomy.concept import (
    KNOWLEDGE,
    PEOPLE,
    Concept,
    Decision,
    Edge,
    EdgeKind,
    Identifier,
    Link,
    Method,
    Name,
    NameKind,
    Placement,
    Relation,
    Source,
    SourceClass,
    Vocabulary,
)
from taxonomy.draft import Draft
from taxonomy.errors import DatabaseError
from taxonomy.store.connection import connect
from taxonomy.store.people import append_decisions, drop_decisions_about_the_whole
from taxonomy.store.spans import spans
from taxonomy.text import form

if TYPE_CHECKING:
    from sqlite_utils import Database

_ENTRY = (
    *("key", "name", "wnid", "synonyms", "definition", "parent", "mid", "scientific_name"),
    *("parents", "types", "ids", "names", "rank"),
)
_TAILS = ("class", "cut", "decision", "edge", "identifier", "name", "concept")


def load(path: Path, sources: int | None = None, *, placements: bool = False) -> Draft:
    """Load a database as a draft, all of it or its first sources; without the marks.

    Args:
        path: the database.
        sources: how many sources to load.
        placements: the placements of classes too, which linking has no need of.

    Raises:
        DatabaseError: no database, or not a taxonomy's.
    """
    draft = Draft()
    with _uncollected(), closing(connect(path)) as connection:
        columns = ", ".join(field.name for field in fields(Source))
        for row in connection.execute(
            f"SELECT {columns} FROM source WHERE position >= 0 ORDER BY position LIMIT ?", (sources or -1,)
        ):
            draft.add_source(Source(*row))
        limit = (len(draft.sources),)
        for row in connection.execute(
            "SELECT id, name, definition, lexfile, source FROM concept WHERE source < ? ORDER BY key", limit
        ):
            draft.add_concept(Concept(*row))
        kinds = {kind.value: kind for kind in NameKind}
        for concept, text, normal, language, kind, sense, tagged, source in connection.execute(
            "SELECT concept, text, form, language, kind, sense, tagged, source FROM name WHERE source < ? ORDER BY key",
            limit,
        ):
            draft.add_name(Name(concept, text, normal, language, kinds[kind], sense, tagged, source))
        edge_kinds = {kind.value: kind for kind in EdgeKind}
        methods = {method.value: method for method in Method}
        for child, parent, kind, source, method, confidence, reason, repair in connection.execute(
            "SELECT child, parent, kind, source, method, confidence, reason, repair FROM"
            " (SELECT *, '' AS reason, 0 AS repair FROM edge UNION ALL SELECT * FROM cut)"
            f" WHERE source < ? AND source <> {PEOPLE} ORDER BY number",
            limit,
        ):
            edge = Edge(child, parent, edge_kinds[kind], source, methods[method], confidence)
            if repair:
                draft.add_repair(edge, reason)
            else:
                draft.add_edge(edge)
        for row in connection.execute(
            "SELECT id, concept, source FROM identifier WHERE source < ? ORDER BY source, id", limit
        ):
            draft.add_identifier(Identifier(*row))
        # As `is_sure` tells of a placement.
        sure = (
            "relation = 'exactMatch' AND key != wnid AND (wnid != '' OR method = 'decision'"
            " OR (method = 'exact' AND alternatives = '[]'))"
        )
        for *row, known in connection.execute(
            f"SELECT source, name, form, concept, {sure} FROM class WHERE source < ? AND concept IS NOT NULL"
            " AND source NOT IN (SELECT position FROM source WHERE kind = ?) ORDER BY source, position",
            (*limit, KNOWLEDGE),
        ):
            draft.add_class(*row, sure=bool(known))
        if placements:
            draft.placements += _placements(connection, draft)
    return draft


def _placements(connection: sqlite3.Connection, draft: Draft) -> Iterator[Placement]:
    """Yield how the classes of a draft's sources were linked."""
    relations = {relation.value: relation for relation in Relation}
    methods = {method.value: method for method in Method}
    # Of a link, all but what only mattered when it was merged.
    for source, position, *entry, label, concept, anchor, relation, method, confidence, others in connection.execute(
        f"SELECT source, position, {', '.join(_ENTRY)}, form, concept, anchor, relation, method, confidence,"
        " alternatives FROM class WHERE source < ? ORDER BY source, position",
        (len(draft.sources),),
    ):
        alternatives = tuple((draft.key_of[id], probability) for id, probability in json.loads(others))
        link = Link(anchor, relations[relation], methods[method], confidence, label, alternatives)
        yield Placement(source, position, _entry(*entry), concept, anchor, link)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make objects by the hundred thousand without looking for garbage among them, which takes as long again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def load_meta(path: Path) -> dict[str, str]:
    """Read back the facts about the build."""
    with closing(connect(path)) as connection:
        return dict(connection.execute("SELECT key, value FROM meta"))


def encoder_of(path: Path) -> tuple[str, str]:
    """Return the name of the encoder that a taxonomy was built with, and its fingerprint.

    The name is empty for the shipped one, the fingerprint for a taxonomy from before these were kept.
    """
    meta = load_meta(path)
    return meta.get("encoder", ""), meta.get("encoder_fingerprint", "")


def load_marks(path: Path) -> dict[int, tuple[float, str, str]]:
    """Read score, state and safety of each concept back, by its key."""
    with closing(connect(path)) as connection:
        rows = connection.execute("SELECT concept, score, state, safety FROM mark ORDER BY concept")
        return {key: (score, state, safety) for key, score, state, safety in rows}


def load_vocabularies(path: Path) -> list[Vocabulary]:
    """Read the merged vocabularies back as their sources gave them, in merge order."""
    with closing(connect(path)) as connection:
        columns = ", ".join(field.name for field in fields(Source))
        rows = connection.execute(f"SELECT position, {columns} FROM source WHERE position > 0 ORDER BY position")
        return [Vocabulary(Source(*row), tuple(_classes(connection, position))) for position, *row in rows]


def load_decisions(path: Path) -> dict[int, tuple[Decision, ...]]:
    """Read back what people decided and is in force, by the position of the source that it is about."""
    found: dict[int, tuple[Decision, ...]] = {}
    with closing(connect(path)) as connection:
        for source, *row in connection.execute(
            "SELECT source, kind, subject, object, value, author, date, comment FROM decision ORDER BY key"
        ):
            found[source] = (*found.get(source, ()), Decision(*row))
    return found


def _classes(connection: sqlite3.Connection, source: int) -> Iterator[SourceClass]:
    for row in connection.execute(
        f"SELECT {', '.join(_ENTRY)} FROM class WHERE source = ? ORDER BY position", (source,)
    ):
        yield _entry(*row)


def _entry(
    key: str, name: str, wnid: str, synonyms: str, definition: str, parent: str, mid: str, scientific_name: str,
    parents: str, types: str, ids: str, names: str, rank: str,
) -> SourceClass:  # fmt: skip
    return SourceClass(
        key, name, wnid, _list(synonyms), definition, parent, mid, scientific_name,
        _list(parents), _list(types), _list(ids), tuple((language, text) for language, text in _list(names)), rank,
    )  # fmt: skip


def _list(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text)) if text != "[]" else ()


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
    with database_beside(path, base) as database:
        connection = database.conn
        if base is None:
            connection.executescript((files("taxonomy.store") / "schema.sql").read_text(encoding="utf-8"))
        else:
            _drop_tail(connection, sources)
        _append(database, draft)
        _label(connection, draft)
        _write_marks(connection, draft)
        _write_meta(database, meta)


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
    put_back = "FROM cut WHERE repair = 0"
    connection.execute(f"INSERT INTO edge SELECT number, child, parent, kind, source, method, confidence {put_back}")
    connection.execute(f"DELETE {put_back}")
    connection.execute(f"DELETE FROM edge WHERE source = {PEOPLE}")
    drop_decisions_about_the_whole(connection)
    connection.execute(
        "INSERT INTO name_trigram (name_trigram, rowid, form) SELECT 'delete', key, form FROM name WHERE source >= ?",
        (sources,),
    )
    for table in _TAILS:
        connection.execute(f"DELETE FROM {table} WHERE source >= ?", (sources,))
    connection.execute("DELETE FROM source WHERE position >= ?", (sources,))
    connection.execute("DELETE FROM span")
    connection.execute("DELETE FROM span_extra")


def _append(database: Database, draft: Draft) -> None:
    """Write the rows that the database does not have; the small tables by sqlite-utils, the large ones in bulk."""
    connection = database.conn
    known = database["source"].count_where("position >= 0")
    database.table("source").insert_all(
        ({"position": i, **asdict(source)} for i, source in islice(enumerate(draft.sources), known, None)),
        pk="position",
    )
    concepts, names = database["concept"].count, database["name"].count
    _insert(connection, "concept", ((key, *row) for key, row in islice(enumerate(draft.concepts), concepts, None)))
    _insert(connection, "name", ((key, *row) for key, row in islice(enumerate(draft.names, 1), names, None)))
    edges = database["edge"].count + database["cut"].count
    _insert(connection, "edge", ((number, *row) for number, row in islice(enumerate(draft.edges, 1), edges, None)))
    _insert(connection, "identifier", (row for row in draft.identifiers if row.source >= known))
    _insert(connection, "class", (_class_row(draft, row) for row in draft.placements if row.source >= known))
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
        _json(entry.names), entry.rank, form(link.label), row.concept, row.anchor,
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
    return "[]" if not items else json.dumps(items, ensure_ascii=False, separators=(",", ":"))


def _label(connection: sqlite3.Connection, draft: Draft) -> None:
    """Number the concepts for reading (`taxonomy.store.spans`)."""
    labels = spans(draft.parents)
    individuals = _individuals(draft)
    order = sorted(range(len(labels)), key=lambda key: labels[key].pre)
    _insert(
        connection,
        "span",
        (
            (
                labels[key].pre,
                labels[key].last,
                key,
                draft.concepts[key].id,
                draft.concepts[key].name,
                key in individuals,
            )
            for key in order
        ),
    )
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
