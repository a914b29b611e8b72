"""Folds a source of names into a draft: what concepts that are there are called in other languages, and elsewhere.

No concept and no edge comes of it, and no English name, for those are how its classes were linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from taxonomy.concept import Identifier, Link, Method, Name, NameKind, Placement, Relation, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.text import form, is_english


def add_names(draft: Draft, vocabulary: Vocabulary, links: Sequence[Link]) -> list[Placement]:
    """Append the names and ids of the classes that are concepts; the others are left unplaced.

    Returns:
        The placement of each class, in the source's order.
    """
    position = draft.add_source(vocabulary.source)
    rows = []
    for at, (entry, link) in enumerate(zip(vocabulary.classes, links, strict=True)):
        concept = link.anchor if link.relation is Relation.EXACT else None
        if concept is None:
            link = replace(link, anchor=None, relation=Relation.UNPLACED, method=Method.NONE, confidence=0.0, under="")
        else:
            _add(draft, position, concept, entry)
        rows.append(Placement(position, at, entry, concept, concept, link))
    draft.placements.append(rows)
    return rows


def _add(draft: Draft, position: int, concept: int, entry: SourceClass) -> None:
    known = {(name.form, name.language) for name in draft.translations(concept)}
    for language, text in entry.names:
        name = Name(concept, text, form(text), language, NameKind.SYNONYM, 0, 0, position)
        if name.form and not is_english(language) and (name.form, language) not in known:
            known.add((name.form, language))
            draft.add_name(name)
    for id in entry.ids:
        draft.add_identifier(Identifier(id, concept, position))
