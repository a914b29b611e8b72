"""What of the marks of a database still holds when sources were added to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from taxonomy import visual
from taxonomy._version import __version__
from taxonomy.concept import PEOPLE, Decision
from taxonomy.draft import Draft
from taxonomy.store import stored


def reached(draft: Draft, base: Path, loaded: int, own: Path | None) -> set[int] | None:
    """Return the concepts whose marks are not those of a database any more; None when that may be all of them."""
    if len(stored.load_sources(base)) > loaded:  # what they left is nowhere to be seen
        return None
    meta = stored.load_meta(base)
    applied = stored.load_decisions(base).get(PEOPLE, ())
    edges = [[row for row in rows if row.kind == "edge"] for rows in (applied, draft.decisions.get(PEOPLE, ()))]
    if any(meta.get(key) != value for key, value in marked_by(own).items()) or edges[0] != bare(edges[1]):
        return None
    found = visual.reached(draft, loaded)
    # What people decided about a mark is not what the machine says of it.
    found |= {key for row in applied if row.kind == "mark" and (key := draft.find(row.subject)) is not None}
    return found if 2 * len(found) < len(draft.concepts) else None


def bare(rows: Iterable[Decision]) -> list[Decision]:
    """Return decisions without the lines that they stand in, as a database keeps them."""
    return [row._replace(where="") for row in rows]


def marked_by(own: Path | None) -> dict[str, str]:
    """Return what a database tells of how it was marked: the fingerprints of its own model, and of all that marks."""
    digest = hashlib.sha256(__version__.encode())
    for file in (own or visual.path(), visual.judged_path()):
        digest.update(file.read_bytes())
    known = hashlib.sha256(own.read_bytes()).hexdigest()[:16] if own else ""
    return {"visual_model": known, "marks": digest.hexdigest()[:16]}
