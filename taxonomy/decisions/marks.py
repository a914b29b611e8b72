"""People's decisions about marks: whether pictures show a concept, and whether they may be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taxonomy.concept import PEOPLE, Decision, Mark, Safety, State
from taxonomy.decisions.edges import is_about_others
from taxonomy.decisions.files import Report, as_score
from taxonomy.draft import Draft

Judge = Callable[[float, int], State]
"""Takes a score and the key of a concept, and gives the state that follows."""


def apply_marks(
    draft: Draft, marks: Sequence[Mark], decisions: Sequence[Decision], state_of: Judge, report: Report
) -> None:
    """Mark a draft: as the machine did, and last as people decided.

    A state and a safety replace the machine's; the score stays, to be compared.  A score brings the state that follows
    from it.  Of two decisions about the same the later counts, and a score takes back the states before it.

    Args:
        draft: all sources and edges are in; its marks, and the decisions in force, are changed.
        marks: one for each concept, in the order of their keys.
        decisions: the oldest first.
        state_of: what a score that people gave makes of a concept.
        report: takes decisions about what is no concept.
    """
    draft.marks = list(marks)
    in_force: dict[tuple[int, str], Decision] = {}
    for decision in decisions:
        key = draft.find(decision.subject)
        if key is None:
            if not is_about_others(draft, decision.subject):
                what = "no such concept; give a wnid, a CURIE or a sense like car.n.01"
                report(decision.where, f"{decision.subject}: {what}")
            continue
        mark, about = _decided(draft.marks[key], decision.value, state_of)
        draft.marks[key] = mark
        if about == "score":
            in_force.pop((key, "state"), None)
        in_force.pop((key, about), None)
        in_force[key, about] = decision._replace(subject=draft.concepts[key].id, where="")
    if in_force:
        draft.decisions[PEOPLE] = (*draft.decisions.get(PEOPLE, ()), *in_force.values())


def _decided(mark: Mark, value: str, state_of: Judge) -> tuple[Mark, str]:
    """Return a mark after a decision, and what of it was decided."""
    if value in set(State):
        return mark._replace(state=State(value)), "state"
    if value in set(Safety):
        return mark._replace(safety=Safety(value)), "safety"
    score = as_score(value)
    if score is None:
        raise ValueError(f"{value!r} is no mark")
    return mark._replace(score=round(score, 4), state=state_of(score, mark.concept)), "score"
