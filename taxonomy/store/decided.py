"""What people decided about a concept, and the rules that hold for it after that."""

from __future__ import annotations

from taxonomy.store.read import Concept
from taxonomy.store.rules import Pair, pairs

_STATES = ("visual", "uncommon", "non-visual")
_SAFETIES = ("safe", "sensitive", "offensive")


def decisions(concept: Concept, *, marks: bool = True) -> list[str]:
    """Return the decisions in force that name a concept, or a class that is it, as ``coco:74 exactMatch n03793489``.

    Args:
        concept: the concept.
        marks: those about its mark too, which `mark_line` tells as well.
    """
    rows = concept._taxonomy.execute(
        "SELECT subject, CASE kind WHEN 'rule' THEN value || ' rule with' ELSE value END, object, author, date"
        " FROM decision WHERE kind <> 'mark' OR ? ORDER BY key",
        (marks,),
    ).fetchall()
    if not rows:
        return []
    own = {concept.id, *concept.identifiers(), *(f"{dataset}:{key}" for dataset, key, _ in concept.memberships())}
    return [
        " ".join(filter(None, (subject, value, object, f"({' '.join(filter(None, (author, date)))})")))
        for subject, value, object, author, date in rows
        if subject in own or object in own
    ]


def rules(concept: Concept) -> list[Pair]:
    """Return the labels that come with a concept as a rule, the likeliest first."""
    return [pair for pair in pairs(concept._taxonomy, concept.id) if pair.rule]


def mark_line(concept: Concept) -> str:
    """Return the mark of a concept in one line, with who decided what of it; empty where there is none.

    Such as ``non-visual, decided by anna on 2026-01-02; score 0.9312; safe; noun.artifact``.
    """
    mark = concept.mark()
    if mark is None:
        return ""
    score, state, safety, reason = mark
    rows = concept._taxonomy.execute(
        "SELECT value, author, date FROM decision WHERE kind = 'mark' AND subject = ? ORDER BY key", (concept.id,)
    ).fetchall()
    who = {_about(value): _decider(author, date) for value, author, date in rows}
    parts = (state + who.get("state", ""), f"score {score:g}" + who.get("score", ""), safety + who.get("safety", ""))
    return "; ".join(filter(None, (*parts, reason)))


def _about(value: str) -> str:
    """Tell what of a mark a decision is about."""
    if value in _STATES:
        return "state"
    return "safety" if value in _SAFETIES else "score"


def _decider(author: str, date: str) -> str:
    return f", decided by {author or 'somebody'}" + (f" on {date}" if date else "")
