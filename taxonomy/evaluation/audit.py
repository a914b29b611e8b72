"""Which links are most likely wrong: where the linker, shown nothing but names and WordNet, is sure of something else.

Ids that a list publishes, or that people decided, are compared with what the names say; a link that the machine found
itself is as suspicious as it was unsure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from taxonomy.concept import Link, Method, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.errors import NotFoundError
from taxonomy.evaluation.gold import NO_SYNSET, Report, read_gold
from taxonomy.linking import Linker
from taxonomy.lists import open_linker
from taxonomy.store.connection import connect

_ASSERTED = (Method.GIVEN, Method.DECISION)


class Suspect(NamedTuple):
    """A link that may be wrong.

    Attributes:
        subject: the class: ``dataset:key``, or the key of a published list.
        name: its name.
        concept, label, gloss: what it is linked to.
        relation, method: how; both empty for a published list.
        best, best_label: what its name alone says.
        confidence: how sure the linker is of that, 0 to 1.
        probability: what the linker gives the concept that the class is linked to.
        suspicion: 0 to 1, for the order.
    """

    subject: str
    name: str
    concept: str
    label: str
    gloss: str
    relation: str
    method: str
    best: str
    best_label: str
    confidence: float
    probability: float
    suspicion: float


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is said of a class: the id of its concept, how it came by it, and how surely."""

    subject: str
    entry: SourceClass
    concept: str
    relation: Relation = Relation.EXACT
    method: Method | None = None
    confidence: float = 1.0


def audit_list(path: Path, db: Path, report: Report, encoder: str = "") -> list[Suspect]:
    """Audit a published list of classes with synsets, the most suspicious first.

    Args:
        path: a gold list (`taxonomy.evaluation.gold`).
        db: the database whose WordNet and encoder the linker takes.
        report: takes a row that cannot be used: where it is, what is wrong.
        encoder: another one, as `taxonomy.encoding.load` takes it.

    Raises:
        InputError: the file cannot be read, or lacks a column.
    """
    gold = read_gold(path, names_only=True, report=report)
    claims = [_Claim(row.entry.key, SourceClass(row.where, row.entry.name), row.wnid or NO_SYNSET) for row in gold]
    _, linker = open_linker(db, report, encoder, sources=1)
    return _sorted(_suspects(linker, Source(path.stem), claims))


def audit_datasets(db: Path, dataset: str | None, report: Report, encoder: str = "") -> list[Suspect]:
    """Audit the links of a dataset in a database, or of all of them, the most suspicious first.

    Args:
        db: the database.
        dataset: its name; all when there is none.
        report: as of `audit_list`.
        encoder: as of `audit_list`.

    Raises:
        NotFoundError: the dataset is not there.
    """
    draft, linker = open_linker(db, report, encoder, sources=1)
    found: list[Suspect] = []
    with closing(connect(db)) as connection:
        sources = connection.execute(
            "SELECT position, name, domain FROM source WHERE position > 0 AND name = coalesce(?, name)", (dataset,)
        ).fetchall()
        if dataset is not None and not sources:
            raise NotFoundError(f"{dataset}: neither a file nor a dataset in {db}; 'taxonomy sources' lists those")
        for position, name, domain in sources:
            source = Source(name, domain=domain if draft.find(domain) is not None else "")
            found += _suspects(linker, source, list(_claims(connection, position, name)))
    return _sorted(found)


def _claims(connection: sqlite3.Connection, position: int, dataset: str) -> Iterator[_Claim]:
    for key, name, id, relation, method, confidence in connection.execute(
        "SELECT class.key, class.name, concept.id, relation, method, confidence FROM class"
        " JOIN concept ON concept.key = anchor WHERE class.source = ? ORDER BY position",
        (position,),
    ):
        entry = SourceClass(key, name)
        yield _Claim(f"{dataset}:{key}", entry, id, Relation(relation), Method(method), confidence)


def _suspects(linker: Linker, source: Source, claims: Sequence[_Claim]) -> Iterator[Suspect]:
    draft = linker.draft
    links = linker.propose(Vocabulary(source, tuple(claim.entry for claim in claims)))
    for claim, link in zip(claims, links, strict=True):
        key = draft.find(claim.concept)
        probability = _probability(link, key)
        suspicion = _suspicion(draft, claim, key, link, probability)
        if suspicion > 0:
            there = draft.concepts[key] if key is not None else None
            best = draft.concepts[link.anchor] if link.anchor is not None else None
            yield Suspect(
                claim.subject,
                claim.entry.name,
                claim.concept,
                there.name if there else "",
                there.definition if there else "" if claim.method else "not in WordNet 3.0",
                claim.relation if claim.method else "",
                claim.method or "",
                best.id if best else "",
                best.name if best else "",
                link.confidence,
                probability,
                round(suspicion, 4),
            )


def _probability(link: Link, concept: int | None) -> float:
    """Return what the linker gives a concept: as its answer, as one of the next candidates, or nothing."""
    answers = ((link.anchor, link.confidence), *link.alternatives)
    return next((p for key, p in answers if key == concept and key is not None), 0.0)


def _suspicion(draft: Draft, claim: _Claim, concept: int | None, link: Link, probability: float) -> float:
    if claim.method is not None and claim.method not in _ASSERTED:
        return 1 - claim.confidence
    if concept is None and claim.method is not None:
        return 0.0  # a concept that WordNet lacks, of which the names of WordNet say nothing
    if concept is None and claim.concept != NO_SYNSET:
        return 1.0
    if concept is None:
        return link.confidence if link.relation is Relation.EXACT else 0.0
    if link.anchor is None or link.anchor == concept or _is_vaguer(draft, claim, concept, link.anchor):
        return 0.0
    return max(link.confidence - probability, 0.0)


def _is_vaguer(draft: Draft, claim: _Claim, concept: int, best: int) -> bool:
    """Tell whether the claim only says what the class is a kind of, and the name says so too."""
    return claim.relation is not Relation.EXACT and (concept in draft.above(best) or best in draft.above(concept))


def _sorted(suspects: Iterable[Suspect]) -> list[Suspect]:
    return sorted(suspects, key=lambda suspect: -suspect.suspicion)
