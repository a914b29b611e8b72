"""What people decided about a concept."""

from __future__ import annotations

from taxonomy.store.read import Concept


def decisions(concept: Concept) -> list[str]:
    """Return the decisions in force that name a concept, or a class that is it, as ``coco:74 exactMatch n03793489``."""
    execute = concept._taxonomy.execute
    rows = execute("SELECT subject, value, object, author, date FROM decision ORDER BY key").fetchall()
    if not rows:
        return []
    own = {concept.id, *concept.identifiers(), *(f"{dataset}:{key}" for dataset, key, _ in concept.memberships())}
    return [
        " ".join(filter(None, (subject, value, object, f"({' '.join(filter(None, (author, date)))})")))
        for subject, value, object, author, date in rows
        if subject in own or object in own
    ]
