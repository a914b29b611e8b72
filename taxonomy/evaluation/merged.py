"""How right the links of a source are that was merged, by a gold list of its classes: its items with their synsets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from taxonomy.concept import Method, Relation
from taxonomy.errors import InputError, NotFoundError
from taxonomy.evaluation.gold import Gold
from taxonomy.evaluation.links import accuracy_at, mean
from taxonomy.store.connection import connect
from taxonomy.text import form

_TOLD = (Method.GIVEN, Method.DECISION)
_Row = tuple[str, int | None, str, str, float, str]

ID_COLUMNS = ("class_id", "gold_synset")
"""What a gold list of the classes of a source must have."""


class Answer(NamedTuple):
    """What a merged class was linked to, and what the gold says.

    Attributes:
        id, name: the class, as the gold and the source have it.
        joined: it was made one with a synset.
        relation, method, confidence: how it was linked.
        gold: the synsets that it means.
        one_sense: its name is that of a single synset.
        best: the synset that it is one with, or else would be most likely, and the probability of that.
    """

    id: str
    name: str
    joined: bool
    relation: Relation
    method: str
    confidence: float
    gold: frozenset[str]
    one_sense: bool
    best: tuple[str, float]

    @property
    def right(self) -> bool:
        """Whether it was made one with a synset of the gold."""
        return self.joined and self.best[0] in self.gold


@dataclass(frozen=True, slots=True)
class MergedScores:
    """Measures; None where there is nothing to measure.  The names are the keys of the JSON.

    Attributes:
        n_gold: items of the list that have a synset.
        n: those that the source has; all that follows is of these.
        n_given: joined by an id that the source gives, or by people.
        joined: share that is one with a synset.
        right: share of the joined that is one with the gold synset.
        found: share that is one with the gold synset.
        n_one_sense: joined classes whose name is that of a single synset.
        right_one_sense: share of these that is one with the gold synset.
        right_at_70, right_at_80, right_at_90, right_at_95: share of the surest 70, 80, 90, 95 % whose likeliest synset,
            joined or not, is the gold one.
    """

    n_gold: int
    n: int
    n_given: int
    joined: float | None
    right: float | None
    found: float | None
    n_one_sense: int
    right_one_sense: float | None
    right_at_70: float | None
    right_at_80: float | None
    right_at_90: float | None
    right_at_95: float | None


def merged_answers(gold: Sequence[Gold], db: Path, source: str) -> list[Answer]:
    """Look up what the classes of a source were linked to.

    Args:
        gold: whose keys are the keys of the source's classes, or ids of their concepts (``wd:Q144``); of several rows
            of one key each synset is right.
        db: the database.
        source: the source's name.

    Returns:
        An answer for each class that the source has and the gold gives a synset.

    Raises:
        NotFoundError: the database has no such source.
        InputError: a gold synset is not in WordNet 3.0.
    """
    with closing(connect(db)) as connection:
        if not connection.execute("SELECT 1 FROM source WHERE name = ?", (source,)).fetchone():
            raise NotFoundError(f"{source}: no such source in {db}; 'taxonomy sources' lists those")
        synsets = dict(connection.execute("SELECT key, id FROM concept WHERE source = 0"))
        meant = _meant(gold, set(synsets.values()))
        found = (_row(connection, source, id) for id in meant)
        return [
            _answer(connection, synsets, id, wnids, row)
            for (id, wnids), row in zip(meant.items(), found, strict=True)
            if row is not None
        ]


def merged_scores(gold: Sequence[Gold], answers: Sequence[Answer]) -> MergedScores:
    """Measure the answers of `merged_answers`."""
    likely = [answer.best[1] for answer in answers], [answer.best[0] in answer.gold for answer in answers]
    one_sense = [answer for answer in answers if answer.joined and answer.one_sense]
    return MergedScores(
        n_gold=len({row.entry.key for row in gold if row.wnid}),
        n=len(answers),
        n_given=sum(answer.joined and answer.method in _TOLD for answer in answers),
        joined=mean([answer.joined for answer in answers]),
        right=mean([answer.right for answer in answers if answer.joined]),
        found=mean([answer.right for answer in answers]),
        n_one_sense=len(one_sense),
        right_one_sense=mean([answer.right for answer in one_sense]),
        right_at_70=accuracy_at(0.7, *likely),
        right_at_80=accuracy_at(0.8, *likely),
        right_at_90=accuracy_at(0.9, *likely),
        right_at_95=accuracy_at(0.95, *likely),
    )


def _meant(gold: Iterable[Gold], synsets: Collection[str]) -> dict[str, set[str]]:
    """Return the synsets of each item."""
    meant: dict[str, set[str]] = {}
    for row in gold:
        if row.wnid and row.wnid not in synsets:
            raise InputError(
                f"{row.where}: {row.wnid} is not in WordNet 3.0 (perhaps a WordNet 3.1 offset); correct it"
            )
        if row.wnid:
            meant.setdefault(row.entry.key, set()).add(row.wnid)
    return meant


def _row(connection: sqlite3.Connection, source: str, id: str) -> _Row | None:
    """Find the class of a key, or else of an id of its concept."""
    columns = "SELECT class.name, concept, relation, method, confidence, alternatives FROM class"
    ours = " WHERE source = (SELECT position FROM source WHERE name = ?) AND "
    found: _Row | None = connection.execute(f"{columns}{ours} key = ?", (source, id)).fetchone()
    return (
        found
        or connection.execute(
            f"{columns}{ours} concept = (SELECT concept FROM identifier WHERE id = ?) ORDER BY relation != ?, position",
            (source, id, Relation.EXACT),
        ).fetchone()
    )


def _answer(
    connection: sqlite3.Connection, synsets: Mapping[int, str], id: str, gold: Collection[str], row: _Row
) -> Answer:
    name, concept, relation, method, confidence, alternatives = row
    own = synsets.get(concept) if concept is not None and relation == Relation.EXACT else None
    others = [(synsets[key], p) for key, p in json.loads(alternatives) if key in synsets]
    best = (own, confidence) if own else next(iter(others), ("", 0.0))
    bearers = connection.execute("SELECT DISTINCT concept FROM name WHERE form = ? AND sense", (form(name),)).fetchall()
    return Answer(id, name, bool(own), Relation(relation), method, confidence, frozenset(gold), len(bearers) == 1, best)
