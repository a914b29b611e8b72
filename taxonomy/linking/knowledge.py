"""Links the classes of a knowledge base: by ids, taxa among the organisms, all others as any class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from taxonomy.concept import Link, Method, Relation, SourceClass, Vocabulary, are_known
from taxonomy.draft import Draft
from taxonomy.hierarchy import parents_first
from taxonomy.linking.organisms import Organisms

if TYPE_CHECKING:
    from taxonomy.linking.linker import Linker

_IDENTIFIED = 0.99
_LIKELY = 0.5
"""Confidence from which a class is one with a concept by name; to have a concept twice is as bad as to mix two up."""


def link_knowledge(linker: Linker, vocabulary: Vocabulary) -> list[Link]:
    """Link the classes of a knowledge base; see `Linker.link`.

    What is no concept that is there goes under its parents: of several, the link names the first.
    """
    if are_known(vocabulary.classes):
        return [_given(linker.draft, entry) or _apart(entry) for entry in vocabulary.classes]
    taxa = parents_first([entry for entry in vocabulary.classes if entry.scientific_name])
    given = {entry.key: link for entry in taxa if (link := _given(linker.draft, entry)) is not None}
    links = Organisms(linker.draft, linker.taxa, linker.candidates.exceptions).links(taxa, given)
    others = tuple(entry for entry in vocabulary.classes if not entry.scientific_name)
    if others:
        least = vocabulary.source.min_confidence
        source = replace(vocabulary.source, min_confidence=_LIKELY if least is None else least)
        found = iter(linker.link_by_name(replace(vocabulary, source=source, classes=others)))
    return [links[entry.key] if entry.scientific_name else next(found) for entry in vocabulary.classes]


def _apart(entry: SourceClass) -> Link:
    """Link a class that another taxonomy of this program kept apart from what it is below, and from all else."""
    if not entry.parents and not entry.types:
        return Link(None, Relation.UNPLACED, Method.NONE, 0.0, entry.name)
    return Link(None, Relation.BROAD, Method.GIVEN, _IDENTIFIED, entry.name, under=(*entry.parents, *entry.types)[0])


def _given(draft: Draft, entry: SourceClass) -> Link | None:
    """Link a taxon by its wnid, or by an id that an earlier source gave a concept."""
    for id in (entry.wnid, *entry.ids):
        if id and (key := draft.key_of.get(id)) is not None:
            return Link(key, Relation.EXACT, Method.GIVEN, 1.0 if id == entry.wnid else _IDENTIFIED, entry.name)
    return None
