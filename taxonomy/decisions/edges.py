"""People's decisions about the edges of the whole: is-a edges that are added, and edges that are cut."""

from __future__ import annotations

from collections.abc import Sequence

from taxonomy.concept import PEOPLE, Decision, Edge, EdgeKind, Method
from taxonomy.decisions.files import Report
from taxonomy.draft import Draft


def apply_edges(draft: Draft, decisions: Sequence[Decision], report: Report) -> None:
    """Add and cut edges in a draft that all sources are in.

    The order of the decisions does not matter: one that would make a circle, or leave a concept without a way up, waits
    until the others are done.

    Args:
        draft: is changed.
        decisions: one for each pair of concepts.
        report: takes decisions that cannot be followed.
    """
    done: list[Decision] = []
    waiting = [row for row in decisions if not is_about_others(draft, row.subject, row.object)]
    problems: list[str] = []
    while waiting:
        problems = [_apply(draft, decision) for decision in waiting]
        done += [decision for decision, problem in zip(waiting, problems, strict=True) if not problem]
        left = [decision for decision, problem in zip(waiting, problems, strict=True) if problem]
        if len(left) == len(waiting):
            break
        waiting = left
    for decision, problem in zip(waiting, problems, strict=False):
        report(decision.where, problem)
    if done:
        draft.decisions[PEOPLE] = tuple(done)


def is_about_others(draft: Draft, *concepts: str) -> bool:
    """Tell whether one of the concepts is of a dataset that is not here (but may be tomorrow)."""
    sources = {source.name for source in draft.sources}
    missing = [text for text in concepts if draft.find(text) is None]
    return any(":" in text and text.partition(":")[0] not in {*sources, "mid"} for text in missing)


def _apply(draft: Draft, decision: Decision) -> str:
    """Add or cut an edge, or say why not."""
    child, parent = draft.find(decision.subject), draft.find(decision.object)
    if child is None or parent is None:
        missing = decision.subject if child is None else decision.object
        return f"{missing}: no such concept; give a wnid, a CURIE or a sense like car.n.01"
    there = parent in draft.parents[child]
    between = f"{decision.subject} and {decision.object}"
    if decision.value == "cut":
        if not there:
            return f"no is-a edge is between {between}, so none is cut; delete the line"
        if set(draft.parents[child]) == {parent}:
            return f"the edge between {between} is the only way up; give {decision.subject} another parent first"
        draft.cut(child, parent, _reason(decision))
    elif not there:
        if child in draft.above(parent):
            return f"an edge between {between} would close a circle, as the first is above the second; cut a way first"
        draft.add_edge(Edge(child, parent, EdgeKind.IS_A, PEOPLE, Method.DECISION, 1.0))
    return ""


def _reason(decision: Decision) -> str:
    """Say who cut an edge, and why."""
    who = " ".join(part for part in ("decided by", decision.author or "somebody", decision.date) if part)
    return f"{who}: {decision.comment}" if decision.comment else who
