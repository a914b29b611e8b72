"""The invariants of a taxonomy, each with a code.

====  ============================================================================================
code  finding
====  ============================================================================================
E101  a cycle among is-a and instance-of edges
E102  a concept that does not reach the root n00001740 (entity)
E103  an edge whose child or parent does not exist
E104  an edge that is there twice, or from a concept to itself
E201  a name of no concept
E202  a concept without a name
E203  an id that is neither a wnid nor a CURIE, or an identifier that another concept has as its id
E301  a class that is neither placed nor unplaced, or both
E302  a class whose concept or anchor does not exist
E303  a confidence outside 0 … 1
E304  a class whose concept does not lie to its anchor as its relation says: it is it, below it, above it, another
E401  interval labels that do not give the descendants that the edges give
E402  a search index that does not hold the names
E601  a concept without a mark, or a mark of no concept
E602  a mark whose score is outside 0 … 1
E603  a mark whose state or safety there is not, or whose state is not that of its score and nobody decided it
E701  a rule of no source, from a label to itself, or whose numbers cannot be
E702  a rule between concepts of which one is above the other
E501  a damaged file (SQLite's own integrity check)
====  ============================================================================================
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from taxonomy.concept import ROOT, Safety, State
from taxonomy.store.read import Taxonomy

_HIERARCHY = "kind IN ('is_a', 'instance_of')"
_MOST = 100
_VISUAL_FROM = 0.5


class Finding(NamedTuple):
    """What is wrong: the code of the check, the concept or class, and what was found."""

    code: str
    subject: str
    text: str


def findings(taxonomy: Taxonomy) -> Iterator[Finding]:
    """Run every check and yield what is wrong, at most 100 findings a check; only that where the file is damaged."""
    damaged = False
    for code, check in CHECKS.items():
        for number, (subject, text) in enumerate(check(taxonomy)):
            if number == _MOST:
                yield Finding(code, "…", "and more of the same")
                break
            yield Finding(code, subject, text)
            damaged = damaged or check is _integrity
        if damaged:
            return


Findings = Iterator[tuple[str, str]]


def _rows(query: str, text: str) -> Callable[[Taxonomy], Findings]:
    """Make a check of a query whose rows are findings; ``text`` is formatted with the row's further columns."""

    def check(taxonomy: Taxonomy) -> Findings:
        for subject, *values in taxonomy.execute(query):
            yield str(subject), text.format(*values)

    return check


def _cycles(taxonomy: Taxonomy) -> Findings:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for child, parent in taxonomy.execute(
        "SELECT c.id, p.id FROM edge JOIN concept c ON c.key = child JOIN concept p ON p.key = parent"
        f" WHERE {_HIERARCHY}"
    ):
        sorter.add(child, parent)
    try:
        sorter.prepare()
    except CycleError as error:
        yield error.args[1][0], "cycle: " + " → ".join(error.args[1])


def _unreachable(taxonomy: Taxonomy) -> Findings:
    rows = taxonomy.execute(
        f"WITH RECURSIVE down (key) AS (SELECT key FROM concept WHERE id = '{ROOT}' UNION"
        f" SELECT child FROM down JOIN edge ON parent = key WHERE {_HIERARCHY})"
        " SELECT id, name FROM concept WHERE key NOT IN (SELECT key FROM down)"
    )
    return ((id, f"{name} does not reach {ROOT}") for id, name in rows)


def _labels(taxonomy: Taxonomy) -> Findings:
    """Compare the ranges of each concept with its own place and its children's ranges, which must be the same set."""
    children: dict[int, list[int]] = {}
    for child, parent in taxonomy.execute(f"SELECT child, parent FROM edge WHERE {_HIERARCHY}"):
        children.setdefault(parent, []).append(child)
    ranges: dict[int, list[tuple[int, int]]] = {}
    place: dict[int, int] = {}
    for key, first, last in taxonomy.execute("SELECT concept, pre, last FROM span"):
        place[key] = first
        ranges[key] = [(first, last)]
    for key, first, last in taxonomy.execute("SELECT concept, first, last FROM span_extra"):
        ranges.setdefault(key, []).append((first, last))
    for key, id in taxonomy.execute("SELECT key, id FROM concept"):
        if key not in place:
            yield id, "has no interval label"
            continue
        below = [part for child in children.get(key, ()) for part in ranges.get(child, ())]
        if _joined([(place[key], place[key]), *below]) != _joined(ranges[key]):
            yield id, "its interval label does not give its descendants"


def _implied(taxonomy: Taxonomy) -> Findings:
    """Look for rules that a later source has made needless, for what is above a label is added anyway."""
    pairs = taxonomy.execute(
        "SELECT one.key, other.key, one.id, other.id FROM rule JOIN concept one ON one.id = condition"
        " JOIN concept other ON other.id = consequence WHERE refused = '' ORDER BY number"
    )
    above: dict[int, set[int]] = {}
    for one, other, first, second in pairs:
        for key in (one, other):
            if key not in above:
                above[key] = {concept.key for concept in taxonomy.concept(key).ancestors()}
        if other in above[one] or one in above[other]:
            yield f"{first} ⇒ {second}", "one is above the other; learn the rules again"


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same numbers as few disjoint ranges."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _integrity(taxonomy: Taxonomy) -> Findings:
    try:
        rows = [row[0] for row in taxonomy.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as error:
        rows = [str(error)]
    return ((str(taxonomy.path), row) for row in rows if row != "ok")


_MARKED = "coalesce((SELECT id FROM concept WHERE key = mark.concept), mark.concept)"
_STATES, _SAFETIES = (", ".join(f"'{value}'" for value in values) for values in (State, Safety))
_CLASS = "(SELECT name FROM source WHERE position = class.source) || ':' || class.key"

CHECKS: dict[str, Callable[[Taxonomy], Findings]] = {
    "E501": _integrity,
    "E101": _cycles,
    "E102": _unreachable,
    "E103": _rows(
        "SELECT child || ' → ' || parent, kind FROM edge WHERE child NOT IN (SELECT key FROM concept)"
        " OR parent NOT IN (SELECT key FROM concept)",
        "a {} edge between concepts that do not exist",
    ),
    "E104": _rows(
        "SELECT c.id, p.id, edge.kind FROM edge JOIN concept c ON c.key = child JOIN concept p ON p.key = parent"
        " GROUP BY child, parent, edge.kind HAVING count(*) > 1 OR child = parent",
        "→ {} ({}): is there twice, or leads to itself",
    ),
    "E201": _rows(
        "SELECT text, concept FROM name WHERE concept NOT IN (SELECT key FROM concept)",
        "names concept {}, which is not",
    ),
    "E202": _rows("SELECT id FROM concept WHERE key NOT IN (SELECT concept FROM name)", "has no name"),
    "E203": _rows(
        "SELECT id, 'is neither a wnid nor a CURIE' FROM concept"
        " WHERE id NOT GLOB 'n[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' AND id NOT GLOB '?*:?*'"
        " UNION ALL SELECT id, 'is given to two concepts' FROM identifier JOIN concept USING (id)",
        "{}",
    ),
    "E301": _rows(
        f"SELECT {_CLASS}, relation FROM class WHERE (concept IS NULL) <> (relation = 'unplaced')"
        " OR (anchor IS NULL) <> (relation = 'unplaced')",
        "its relation is {}, which does not fit its place",
    ),
    "E302": _rows(
        f"SELECT {_CLASS} FROM class WHERE concept NOT IN (SELECT key FROM concept)"
        " OR anchor NOT IN (SELECT key FROM concept)",
        "its concept or anchor does not exist",
    ),
    "E303": _rows(
        f"SELECT {_CLASS}, confidence FROM class WHERE confidence NOT BETWEEN 0 AND 1"
        " UNION ALL SELECT child || ' → ' || parent, confidence FROM edge WHERE confidence NOT BETWEEN 0 AND 1",
        "its confidence is {}",
    ),
    "E304": _rows(
        "WITH way AS (SELECT child, parent FROM edge UNION ALL SELECT child, parent FROM cut)"
        f" SELECT {_CLASS}, relation FROM class WHERE relation IN ('exactMatch', 'closeMatch')"
        " AND (concept = anchor) <> (relation = 'exactMatch') OR relation = 'broadMatch'"
        " AND NOT EXISTS (SELECT 1 FROM way WHERE child = concept AND +parent = anchor) OR relation = 'narrowMatch'"
        " AND NOT EXISTS (SELECT 1 FROM way WHERE child = anchor AND +parent = concept)",
        "its concept does not lie to its anchor as {} says",
    ),
    "E401": _labels,
    "E402": _rows(
        "SELECT text FROM name WHERE key NOT IN (SELECT id FROM name_trigram_docsize)",
        "is not in the search index",
    ),
    "E601": _rows(
        "SELECT id, 'has no mark' FROM concept WHERE key NOT IN (SELECT concept FROM mark)"
        " UNION ALL SELECT concept, 'has a mark, and is no concept' FROM mark"
        " WHERE concept NOT IN (SELECT key FROM concept)",
        "{}",
    ),
    "E602": _rows(
        f"SELECT {_MARKED}, score FROM mark WHERE score NOT BETWEEN 0 AND 1",
        "the score of its mark is {}",
    ),
    "E603": _rows(
        f"SELECT {_MARKED}, state, score FROM mark WHERE state NOT IN ({_STATES}) OR safety NOT IN ({_SAFETIES})"
        f" OR (state = '{State.NON_VISUAL}') <> (score < {_VISUAL_FROM}) AND NOT EXISTS (SELECT 1 FROM decision"
        f" WHERE kind = 'mark' AND subject = {_MARKED} AND value IN ({_STATES}))",
        "it is marked {} at the score {}, or its safety is none",
    ),
    "E701": _rows(
        "SELECT condition || ' ⇒ ' || consequence FROM rule WHERE source NOT IN (SELECT position FROM source)"
        " OR condition = consequence OR n_both > n_if OR n_verified < n_both OR probability NOT BETWEEN 0 AND 1"
        " OR lower_bound NOT BETWEEN 0 AND probability",
        "its source does not exist, or its numbers cannot be",
    ),
    "E702": _implied,
}
"""Code to check, in the order in which they run."""
