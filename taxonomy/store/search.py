"""Search over all names: exact, by prefix, then by similar spelling, the concepts of most datasets first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from taxonomy.store.resolve import ENGLISH
from taxonomy.text import form

_POOL = 300
_SIMILAR = 0.6
_FOREIGN = 100  # by which what only another language calls so comes after what English does


class Hit(NamedTuple):
    """A concept that a search found.

    Attributes:
        id, name, definition: of the concept.
        matched: the name that matched.
        how: ``exact`` (its preferred name), ``synonym``, ``prefix`` or ``similar``.
        datasets: in how many datasets it is a class.
    """

    id: str
    name: str
    matched: str
    how: str
    datasets: int
    definition: str


def search(connection: sqlite3.Connection, text: str, limit: int) -> list[Hit]:
    """Return at most ``limit`` concepts, each once, by the best way that any of its names matches."""
    wanted = form(text)
    found: dict[int, Hit] = {}
    for how, names in (("exact", _exact), ("prefix", _prefix), ("similar", _similar)):
        if not wanted or len(found) >= limit:
            break
        hits: dict[int, tuple[float, Hit]] = {}
        for key, matched, closeness in names(connection, wanted):
            if key not in found and key not in hits:
                hits[key] = (closeness, _hit(connection, key, matched, how, wanted))
        found |= {key: hit for key, (_, hit) in sorted(hits.items(), key=_order)}
    return list(found.values())[:limit]


def suggestions(connection: sqlite3.Connection, text: str, count: int = 3) -> list[str]:
    """Return the names most similar to a text that no concept bears."""
    near: dict[str, None] = {}
    for _, name, _ in _similar(connection, form(text)):
        near.setdefault(name)
    return list(near)[:count]


def _order(entry: tuple[int, tuple[float, Hit]]) -> tuple[object, ...]:
    key, (closeness, hit) = entry
    return (hit.how != "exact", -closeness, -hit.datasets, key)


def _hit(connection: sqlite3.Connection, key: int, matched: str, how: str, wanted: str) -> Hit:
    id, name, definition = connection.execute(
        "SELECT id, name, definition FROM concept WHERE key = ?", (key,)
    ).fetchone()
    datasets = connection.execute("SELECT count(DISTINCT source) FROM class WHERE concept = ?", (key,)).fetchone()[0]
    if how == "exact" and form(name) != wanted:
        how = "synonym"
    return Hit(id, name, matched, how, datasets, definition)


_Match = Iterator[tuple[int, str, float]]
"""Concept key, the name that matched, and how close it is (higher is closer)."""


def _exact(connection: sqlite3.Connection, wanted: str) -> _Match:
    rows = connection.execute(
        f"SELECT concept, text, {ENGLISH} FROM name WHERE form = ? ORDER BY tagged DESC, sense", (wanted,)
    )
    return ((key, text, float(english)) for key, text, english in rows)


def _prefix(connection: sqlite3.Connection, wanted: str) -> _Match:
    rows = connection.execute(
        f"SELECT concept, text, form, {ENGLISH} AS english FROM name WHERE form > ? AND form < ?"
        " ORDER BY english DESC, length(form), form LIMIT ?",
        (wanted, wanted + "\U0010ffff", _POOL),
    )
    return ((key, text, -len(normal) / 8 // 1 - (not english) * _FOREIGN) for key, text, normal, english in rows)


def _similar(connection: sqlite3.Connection, wanted: str) -> _Match:
    from difflib import SequenceMatcher  # only here, for it costs every query a millisecond

    trigrams = dict.fromkeys(wanted[i : i + 3] for i in range(len(wanted) - 2))
    if not trigrams:
        return
    query = " OR ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)
    rows = connection.execute(
        "SELECT name.concept, name.text, name.form FROM name_trigram JOIN name ON name.key = name_trigram.rowid"
        " WHERE name_trigram MATCH ? ORDER BY rank LIMIT ?",
        (query, _POOL),
    ).fetchall()
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    close = []
    for key, text, normal in rows:
        matcher.set_seq1(normal)
        if matcher.quick_ratio() >= _SIMILAR and (ratio := matcher.ratio()) >= _SIMILAR:
            close.append((key, text, ratio))
    yield from sorted(close, key=lambda row: -row[2])
