"""From what a user types to the concept that is meant: an id, ``dog.n.01``, ``dataset:key``, or a name.

A name is never a key.  It resolves when one of its concepts dominates, as *dog* does: the one that datasets mean by
that name, or else the one that texts mean.  It does not when two are serious, as with *crane*.
"""

from __future__ import annotations

import re
import sqlite3

from taxonomy.errors import AmbiguousError, NotFoundError
from taxonomy.text import form, singulars

ENGLISH = "(language IN ('en', 'mul') OR language LIKE 'en-%')"
"""Condition on names that an English text means first: a *rat* is no council, which German calls one."""

_SENSE = re.compile(r"(.+)\.n\.(\d+)")
# How many times the evidence for the second sense the first one's must be.
_DOMINANCE = 3


def resolve(connection: sqlite3.Connection, text: str) -> list[int]:
    """Return the key of the concept that a text means, then those of the other concepts of that name.

    Raises:
        NotFoundError: there is none.
        AmbiguousError: several are serious.
    """
    if (key := _by_id(connection, text)) is not None:
        return [key]
    weighed = _by_name(connection, text)
    if not weighed:
        raise NotFoundError(_unknown(connection, text))
    if len(weighed) > 1 and not dominates(weighed[0], weighed[1]):
        keys = [entry[0] for entry in weighed]
        raise AmbiguousError(
            f"{text!r} means several concepts; choose with --sense N, --all, or an id",
            [_describe(connection, key) for key in keys],
        )
    return [entry[0] for entry in weighed]


def candidates(connection: sqlite3.Connection, text: str) -> list[int]:
    """Return the keys of every concept that a text can mean, the most likely first."""
    key = _by_id(connection, text)
    return [key] if key is not None else [entry[0] for entry in _by_name(connection, text)]


def _by_id(connection: sqlite3.Connection, text: str) -> int | None:
    """Find a concept by its id, another id of it, its WordNet sense name, or a dataset's class key."""
    for query in ("SELECT key FROM concept WHERE id = ?", "SELECT concept FROM identifier WHERE id = ?"):
        if row := connection.execute(query, (text,)).fetchone():
            return int(row[0])
    if match := _SENSE.fullmatch(text):
        rows = connection.execute(
            "SELECT concept, text FROM name WHERE form = ? AND sense = ?", (form(match[1]), int(match[2]))
        ).fetchall()
        # Lemmas that differ in hyphens or case only share a form: the exact writing goes first.
        exact = match[1].replace("_", " ").lower()
        rows.sort(key=lambda row: row[1].lower() != exact)
        if rows:
            return int(rows[0][0])
    dataset, colon, key = text.partition(":")
    if colon:
        row = connection.execute(
            "SELECT class.concept, class.name FROM class JOIN source ON source.position = class.source"
            " WHERE source.name = ? AND class.key = ?",
            (dataset, key),
        ).fetchone()
        if row is not None and row[0] is None:
            raise NotFoundError(f"{text} ({row[1]}) is unplaced: it has no concept yet")
        if row is not None:
            return int(row[0])
        if connection.execute("SELECT 1 FROM source WHERE name = ? AND position > 0", (dataset,)).fetchone():
            raise NotFoundError(f"{dataset} has no class {key}; 'taxonomy classes {dataset}' lists them")
    return None


def _by_name(connection: sqlite3.Connection, text: str) -> list[tuple[int, int, int]]:
    """Return (key, votes, count) of each concept of a name, the most likely first.

    Votes are the datasets that call the concept by this name; the count is how often WordNet's concordances do.
    """
    variants = (form(text), *singulars(form(text), {}))
    for variant, language in (*((variant, ENGLISH) for variant in variants), (variants[0], "TRUE")):
        senses = connection.execute(
            "SELECT concept, max(tagged), min(CASE sense WHEN 0 THEN 99 ELSE sense END) FROM name WHERE form = ?"
            f" AND {language} GROUP BY concept",
            (variant,),
        ).fetchall()
        if senses:
            votes = dict(
                connection.execute(
                    "SELECT concept, count(DISTINCT source) FROM class WHERE form = ? AND concept IS NOT NULL"
                    " AND source NOT IN (SELECT position FROM source WHERE kind IN ('knowledge base', 'names'))"
                    " GROUP BY concept",
                    (variant,),
                ).fetchall()
            )
            senses.sort(key=lambda row: (-votes.get(row[0], 0), -row[1], row[2], row[0]))
            return [(key, votes.get(key, 0), count) for key, count, _ in senses]
    return []


def dominates(first: tuple[int, int, int], second: tuple[int, int, int]) -> bool:
    """Tell whether the first sense is what people mean: far more datasets do, or, where none does, far more texts.

    Args:
        first: (concept, datasets that call it so, texts that do) of the likeliest sense.
        second: of the next.
    """
    if first[1] or second[1]:
        return first[1] >= _DOMINANCE * second[1]
    return first[2] >= _DOMINANCE * max(second[2], 1)


def _unknown(connection: sqlite3.Connection, text: str) -> str:
    from taxonomy.concept import WNID  # takes as long to import as a query

    if WNID.fullmatch(text):
        return f"{text}: WordNet 3.0 has no such noun; perhaps a WordNet 3.1 offset, or one with a digit off"
    from taxonomy.store.search import suggestions

    near = suggestions(connection, text)
    hint = f"did you mean {', '.join(near)}?" if near else "try 'taxonomy search'"
    return f"{text!r}: no such concept; {hint}"


def _describe(connection: sqlite3.Connection, key: int) -> tuple[str, str, str]:
    row: tuple[str, str, str] = connection.execute(
        "SELECT id, name, definition FROM concept WHERE key = ?", (key,)
    ).fetchone()
    return row
