"""People's decisions about rules: labels that come together, and labels that do not."""

from __future__ import annotations

from collections.abc import Sequence

from taxonomy.concept import PEOPLE, Decision
from taxonomy.decisions.files import Report
from taxonomy.draft import Draft


def apply_rules(draft: Draft, decisions: Sequence[Decision], report: Report) -> None:
    """Note what people decided about rules among the decisions in force, for those who read or learn rules.

    A label that is no concept, such as ``mid:/m/0104x9kv``, may be in a rule too.

    Args:
        draft: all sources are in; the decisions in force are changed.
        decisions: one for each pair.
        report: takes decisions about what can be no label.
    """
    noted: list[Decision] = []
    for decision in decisions:
        ids = [_id(draft, text) for text in (decision.subject, decision.object)]
        if "" in ids:
            text = (decision.subject, decision.object)[ids.index("")]
            report(decision.where, f"{text}: no such concept; give a wnid, a CURIE or a sense like car.n.01")
        else:
            noted.append(decision._replace(subject=ids[0], object=ids[1], where=""))
    if noted:
        draft.decisions[PEOPLE] = (*draft.decisions.get(PEOPLE, ()), *noted)


def _id(draft: Draft, text: str) -> str:
    key = draft.find(text)
    if key is not None:
        return draft.concepts[key].id
    return text if ":" in text else ""
