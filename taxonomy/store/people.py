"""Writes what people decided into a database, beside what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from taxonomy.concept import PEOPLE, Decision, Source
from taxonomy.draft import Draft

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

_NAME = "people"
_COLUMNS = ("kind", "subject", "object", "value", "author", "date", "comment")


def append_decisions(database: Database, draft: Draft, known: int) -> None:
    """Write what people decided about the sources from position ``known`` on, and about the whole."""
    later = (position for position in draft.decisions if position >= known)
    for position in (*sorted(later), PEOPLE):
        _insert(database, position, draft.decisions.get(position, ()))


def drop_decisions_about_the_whole(connection: sqlite3.Connection) -> None:
    """Delete what `append_decisions` writes about no dataset."""
    connection.execute(f"DELETE FROM decision WHERE source = {PEOPLE}")
    connection.execute(f"DELETE FROM source WHERE position = {PEOPLE}")


def replace_decisions_about_rules(database: Database, decisions: Iterable[Decision]) -> None:
    """Write decisions about rules, in the place of those that are there."""
    database.conn.execute("DELETE FROM decision WHERE kind = 'rule'")
    _insert(database, PEOPLE, decisions)
    database.conn.execute(
        f"DELETE FROM source WHERE position = {PEOPLE} AND NOT EXISTS (SELECT 1 FROM decision WHERE source = {PEOPLE})"
    )


def _insert(database: Database, position: int, decisions: Iterable[Decision]) -> None:
    rows = [
        {"source": position, **{column: getattr(decision, column) for column in _COLUMNS}} for decision in decisions
    ]
    if rows and position == PEOPLE:
        people = Source(_NAME, _NAME, "What people decided")
        database.table("source").insert({"position": PEOPLE, **asdict(people)}, ignore=True)
    database.table("decision").insert_all(rows)
