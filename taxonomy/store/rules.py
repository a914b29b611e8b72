"""The rules that a database keeps: which labels come together, from which annotations, and what people decided of them.

Reading needs the standard library only; `keep` and `forget` write.
"""

from __future__ import annotations

from typing import NamedTuple

from taxonomy.errors import NotFoundError
from taxonomy.store.read import Taxonomy

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from taxonomy.concept import Decision, Source
    from taxonomy.cooccurrence.rule import Rule

KIND = "annotations"
"""Kind of a source that rules were learned from."""
PREFIX = "rules:"
"""What the names of such sources begin with, so that none is that of a dataset."""


class Pair(NamedTuple):
    """What is known of two labels.

    Attributes:
        consequence: id of the label that comes with another.
        name: what people call it; the id where it is no concept.
        n_if, n_both, n_verified, probability, lower_bound, lift, estimator: as in a `taxonomy.cooccurrence.rule.Rule`;
            None where nobody but people know of the pair.
        rule: whether it is a rule.
        why: it is none, or who decided that it is one.
        source: name of the annotations that tell so.
    """

    consequence: str
    name: str
    n_if: int | None
    n_both: int | None
    n_verified: int | None
    probability: float | None
    lower_bound: float | None
    lift: float | None
    estimator: str
    rule: bool
    why: str
    source: str


def pairs(taxonomy: Taxonomy, condition: str) -> list[Pair]:
    """Return what comes with a label, the rules first, each kind by probability.

    Args:
        taxonomy: an open database.
        condition: id of a concept, or of a label that is none.
    """
    decided = {
        object: (value == "accept", f"decided by {author or 'somebody'}" + (f" on {date}" if date else ""))
        for object, value, author, date in taxonomy.execute(
            "SELECT object, value, author, date FROM decision WHERE kind = 'rule' AND subject = ? ORDER BY key",
            (condition,),
        )
    }
    found = []
    for *row, refused, source in taxonomy.execute(
        "SELECT consequence, coalesce(concept.name, consequence), n_if, n_both, n_verified, probability, lower_bound,"
        " lift, estimator, refused, substr(source.name, ?) FROM rule JOIN source ON position = rule.source"
        " LEFT JOIN concept ON concept.id = consequence WHERE condition = ?",
        (len(PREFIX) + 1, condition),
    ):
        rule, why = decided.get(row[0], (not refused, refused))
        found.append(Pair._make((*row, rule, why, source)))
    known = {pair.consequence for pair in found}
    for id, (rule, why) in decided.items():
        if id not in known:
            found.append(Pair(id, _name(taxonomy, id), None, None, None, None, None, None, "", rule, why, "people"))
    return sorted(found, key=lambda pair: (not pair.rule, -(pair.probability or 0), pair.consequence))


def kept(taxonomy: Taxonomy, name: str) -> list[Rule]:
    """Return the rules of one source, after people's decisions.

    Raises:
        NotFoundError: the database keeps no rules by that name.
    """
    from taxonomy.cooccurrence.rule import Rule

    rows = taxonomy.execute(
        "SELECT condition, consequence, n_if, n_both, n_verified, probability, lower_bound, lift, estimator, refused,"
        " (SELECT value FROM decision WHERE kind = 'rule' AND subject = condition AND object = consequence"
        " ORDER BY key DESC LIMIT 1) FROM rule JOIN source ON position = rule.source WHERE source.name = ?"
        " ORDER BY number",
        (name,),
    ).fetchall()
    if not rows:
        names = taxonomy.execute("SELECT name FROM source WHERE kind = ?", (KIND,)).fetchall()
        known = ", ".join(row[0] for row in names) or "none; 'taxonomy cooccur learn --keep' keeps them"
        raise NotFoundError(f"{name}: {taxonomy.path} keeps no such rules; it has {known}")
    return [Rule(*row) for *row, refused, value in rows if (value == "accept" if value else not refused)]


def knows(taxonomy: Taxonomy, id: str) -> bool:
    """Tell whether a rule is about a label, which need not be a concept."""
    query = "SELECT 1 FROM rule WHERE condition = ?1 OR consequence = ?1 LIMIT 1"
    return taxonomy.execute(query, (id,)).fetchone() is not None


def keep(
    path: Path,
    source: Source,
    rules: Sequence[Rule],
    refused: Iterable[tuple[Rule, str]],
    decisions: Iterable[Decision],
) -> None:
    """Keep rules in a database, in the place of those of the same source.

    Args:
        path: the database, which is replaced at the end, in one step.
        source: of the rules; its name begins with `PREFIX`.
        rules: those that hold by the counts.
        refused: pairs that are no rules, each with the reason.
        decisions: all that people decided about rules.

    Raises:
        DatabaseError: the database cannot be written; nothing was changed.
    """
    from dataclasses import asdict

    from taxonomy.store.people import replace_decisions_about_rules
    from taxonomy.store.write import database_beside

    with database_beside(path, path) as database:
        connection = database.conn
        _delete(connection, source.name)
        (lowest,) = connection.execute("SELECT min(position) FROM source").fetchone()
        position = min(lowest, -1) - 1
        database.table("source").insert({"position": position, **asdict(source)})
        rows = [*((rule, "") for rule in rules), *refused]
        connection.executemany(
            f"INSERT INTO rule VALUES (NULL, {', '.join('?' * 11)})", ((position, *rule, why) for rule, why in rows)
        )
        replace_decisions_about_rules(database, decisions)


def forget(path: Path, names: Iterable[str]) -> None:
    """Take the rules of sources out of a database.

    Raises:
        NotFoundError: a source is not there.
        DatabaseError: the database cannot be written; nothing was changed.
    """
    from taxonomy.store.write import database_beside

    with database_beside(path, path) as database:
        for name in names:
            if not _delete(database.conn, name):
                raise NotFoundError(f"{name}: no such source in {path}; 'taxonomy sources' lists them")


def _delete(connection: object, name: str) -> bool:
    execute = connection.execute  # type: ignore[attr-defined]
    execute("DELETE FROM rule WHERE source = (SELECT position FROM source WHERE name = ?)", (name,))
    return bool(execute("DELETE FROM source WHERE name = ?", (name,)).rowcount)


def _name(taxonomy: Taxonomy, id: str) -> str:
    row = taxonomy.execute("SELECT name FROM concept WHERE id = ?", (id,)).fetchone()
    return str(row[0]) if row else id
