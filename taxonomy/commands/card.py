"""What `taxonomy show` prints of one concept."""

from __future__ import annotations

from taxonomy.store.read import Concept

_MOST = 12


def facts(concept: Concept) -> dict[str, object]:
    """Return all that is known of a concept, for programs."""
    return {
        "id": concept.id,
        "name": concept.name,
        "sense": concept.sense_name,
        "definition": concept.definition,
        "lexfile": concept.lexfile,
        "source": concept.source,
        "names": [f"{text} ({source})" for text, _, _, source in concept.names()],
        "identifiers": concept.identifiers(),
        "parents": [parent.id for parent in concept.parents()],
        "children": [child.id for child in concept.children()],
        "part_of": [whole.id for whole in concept.wholes()],
        "parts": [part.id for part in concept.parts()],
        "classes": [f"{dataset}:{key}" for dataset, key, _ in concept.memberships()],
    }


def card(concept: Concept) -> str:
    """Return a concept's facts as lines for people."""
    title = "  ".join(part for part in (concept.name, concept.id, concept.sense_name, concept.lexfile) if part)
    memberships = concept.memberships()
    datasets = dict.fromkeys(dataset for dataset, _, _ in memberships)
    names: dict[str, None] = dict.fromkeys(concept.synonyms())
    lines = [
        ("names", ", ".join(names)),
        ("parents", _list(concept.parents())),
        ("children", _list(concept.children())),
        ("part of", _list(concept.wholes())),
        ("parts", _list(concept.parts())),
        ("ids", ", ".join(concept.identifiers())),
        ("datasets", f"{len(datasets)}: {', '.join(datasets)}" if datasets else ""),
        ("classes", _shorten([f"{dataset}:{key} {name}" for dataset, key, name in memberships])),
        ("source", concept.source),
    ]
    body = "".join(f"\n  {label:9} {text}" for label, text in lines if text)
    return f"{title}\n  {concept.definition or '(no definition)'}{body}"


def _list(concepts: list[Concept]) -> str:
    return _shorten([f"{concept.name} ({concept.id})" for concept in concepts])


def _shorten(texts: list[str]) -> str:
    more = f" … and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return ", ".join(texts[:_MOST]) + more
