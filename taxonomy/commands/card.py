"""What `taxonomy show` prints of one concept."""

from __future__ import annotations

from textwrap import fill

from taxonomy.store.decided import decisions, mark_line, rules
from taxonomy.store.read import Concept
from taxonomy.store.rules import Pair

_MOST = 12


FACTS = (
    *("id", "name", "sense", "definition", "lexfile", "source", "names", "translations", "identifiers"),
    *("parents", "children", "part_of", "parts", "classes", "decisions"),
    *("score", "state", "safety", "reason", "rules"),
)


def facts(concept: Concept) -> tuple[object, ...]:
    """Return all that is known of a concept, in the order of `FACTS`, for programs."""
    return (
        *(concept.id, concept.name, concept.sense_name, concept.definition, concept.lexfile, concept.source),
        list(dict.fromkeys(concept.synonyms())),
        [f"{language}:{text}" for language, text in _translations(concept)],
        concept.identifiers(),
        [parent.id for parent in concept.parents()],
        [child.id for child in concept.children()],
        [whole.id for whole in concept.wholes()],
        [part.id for part in concept.parts()],
        [f"{dataset}:{key}" for dataset, key, _ in concept.memberships()],
        decisions(concept),
        *(concept.mark() or (None, "", "", "")),
        [pair.consequence for pair in rules(concept)],
    )


def card(concept: Concept, width: int | None = None) -> str:
    """Return a concept's facts as lines for people, wrapped at a width, or each in one line."""
    title = "  ".join(part for part in (concept.id, concept.name, concept.sense_name, concept.lexfile) if part)
    datasets = concept.datasets()
    names: dict[str, None] = dict.fromkeys(concept.synonyms())
    lines = [
        ("names", ", ".join(names)),
        ("languages", _shorten([f"{text} ({language})" for language, text in _translations(concept)])),
        ("parents", _list(concept.parents())),
        ("children", _list(concept.children())),
        ("part of", _list(concept.wholes())),
        ("parts", _list(concept.parts())),
        ("ids", ", ".join(concept.identifiers())),
        ("datasets", f"{len(datasets)}: {', '.join(datasets)}" if datasets else ""),
        ("classes", _shorten([f"{dataset}:{key} {name}" for dataset, key, name in concept.memberships()])),
        ("mark", mark_line(concept)),
        ("rules", _shorten([_rule(pair) for pair in rules(concept)])),
        ("decided", _shorten(decisions(concept, marks=False))),
        ("source", concept.source),
    ]
    body = [f"  {concept.definition or '(no definition)'}", *(f"  {label:9} {text}" for label, text in lines if text)]
    if width is not None:
        indents = (2, *(12 for _ in body[1:]))
        body = [
            fill(line, width, subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=False)
            for line, indent in zip(body, indents, strict=True)
        ]
    return "\n".join((title, *body))


def _translations(concept: Concept) -> list[tuple[str, str]]:
    """Return (language, name) of the names that are not English."""
    english = set(concept.names("en"))
    return list(dict.fromkeys((name[1], name[0]) for name in concept.names() if name not in english))


def _rule(pair: Pair) -> str:
    share = "" if pair.probability is None else f" {pair.probability:.2f}"
    return f"{pair.name}{share} ({pair.consequence})"


def _list(concepts: list[Concept]) -> str:
    return _shorten([f"{concept.name} ({concept.id})" for concept in concepts])


def _shorten(texts: list[str]) -> str:
    more = f" … and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return ", ".join(texts[:_MOST]) + more
