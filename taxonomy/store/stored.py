"""Loads a taxonomy database back: as a draft to go on with, or what went into it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

from taxonomy.concept import (
    BASES,
    PEOPLE,
    Concept,
    Decision,
    Edge,
    EdgeKind,
    Identifier,
    Link,
    Mark,
    Method,
    Name,
    NameKind,
    Placement,
    Relation,
    Safety,
    Source,
    SourceClass,
    State,
    Vocabulary,
)
from taxonomy.draft import Draft, without_collector
from taxonomy.store.connection import connect

_ENTRY = (
    *("key", "name", "wnid", "synonyms", "definition", "parent", "mid", "scientific_name"),
    *("parents", "types", "ids", "names", "rank", "language"),
)


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
    with without_collector(), closing(connect(path)) as connection:
        columns = ", ".join(field.name for field in fields(Source))
        for row in connection.execute(
            f"SELECT {columns} FROM source WHERE position >= 0 ORDER BY position LIMIT ?", (sources or -1,)
        ):
            draft.add_source(Source(*row))
        limit = (len(draft.sources),)
        same: dict[str, str] = {}  # what a hundred thousand rows say is kept once
        for id, called, definition, lexfile, source in connection.execute(
            "SELECT id, name, definition, lexfile, source FROM concept WHERE source < ? ORDER BY key", limit
        ):
            draft.add_concept(Concept(id, called, definition, same.setdefault(lexfile, lexfile), source))
        kinds = {kind.value: kind for kind in NameKind}
        for concept, text, normal, language, kind, sense, tagged, source in connection.execute(
            "SELECT concept, text, form, language, kind, sense, tagged, source FROM name WHERE source < ? ORDER BY key",
            limit,
        ):
            tag = same.setdefault(language, language)
            draft.add_name(Name(concept, text, normal, tag, kinds[kind], sense, tagged, source))
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
        for row in connection.execute("SELECT id, concept, source FROM identifier WHERE source < ?", limit):
            draft.add_identifier(Identifier(*row))
        # As `is_sure` tells of a placement.
        sure = (
            "relation = 'exactMatch' AND key != wnid AND (wnid != '' OR method = 'decision'"
            " OR (method = 'exact' AND alternatives = '[]'))"
        )
        for *row, known in connection.execute(
            f"SELECT source, name, form, concept, {sure} FROM class WHERE concept IS NOT NULL AND source IN"
            " (SELECT position FROM source WHERE position < ? AND kind NOT IN (?, ?)) ORDER BY source, position",
            (*limit, *BASES),
        ):
            draft.add_class(*row, sure=bool(known))
        if placements:
            draft.placements.append(list(_placements(connection, draft)))
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


def load_whole_marks(path: Path) -> list[Mark]:
    """Read the marks back, in the order of the concepts' keys."""
    with closing(connect(path)) as connection:
        rows = connection.execute("SELECT concept, score, state, safety, reason FROM mark ORDER BY concept")
        states, safeties = {state.value: state for state in State}, {safety.value: safety for safety in Safety}
        return [Mark(key, score, states[state], safeties[safe], reason) for key, score, state, safe, reason in rows]


def load_marks(path: Path) -> dict[int, tuple[float, str, str]]:
    """Read score, state and safety of each concept back, by its key."""
    with closing(connect(path)) as connection:
        rows = connection.execute("SELECT concept, score, state, safety FROM mark ORDER BY concept")
        return {key: (score, state, safety) for key, score, state, safety in rows}


def load_sources(path: Path) -> list[Source]:
    """Read back what was merged, in merge order, WordNet first."""
    with closing(connect(path)) as connection:
        columns = ", ".join(field.name for field in fields(Source))
        rows = connection.execute(f"SELECT {columns} FROM source WHERE position >= 0 ORDER BY position")
        return [Source(*row) for row in rows]


def load_vocabularies(path: Path, first: int = 1) -> list[Vocabulary]:
    """Read the merged vocabularies back as their sources gave them, in merge order.

    Args:
        path: the database.
        first: position of the first that is wanted; 1 comes after WordNet.
    """
    sources = list(enumerate(load_sources(path)))
    with closing(connect(path)) as connection:
        return [Vocabulary(source, tuple(_classes(connection, position))) for position, source in sources[first:]]


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
    parents: str, types: str, ids: str, names: str, rank: str, language: str,
) -> SourceClass:  # fmt: skip
    return SourceClass(
        key, name, wnid, _list(synonyms), definition, parent, mid, scientific_name,
        _list(parents), _list(types), _list(ids), tuple((tag, text) for tag, text in _list(names)), rank, language,
    )  # fmt: skip


def _list(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text)) if text != "[]" else ()
