"""Brings the hierarchy of a knowledge base into order before it is merged, with what its links say (`repair`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from taxonomy.concept import Link, Relation, SourceClass, are_known
from taxonomy.draft import Draft
from taxonomy.hierarchy import is_acyclic, is_forest
from taxonomy.merging.repair import Cut, CutKind, Entry, cuts

KINDS = {"organism": "n00004475", "artifact": "n00021939"}
"""Kinds of things to WordNet's synsets; what is of both, as germs that are weapons, counts as the first."""

GENERAL = ("n00001740", "n00001930", "n00002137", "n00002684", "n00003553", "n00002452", "n00020827")
"""Entity, physical entity, abstraction, object, whole, thing, matter."""

_CONFIDENCE = 0.95  # that an edge which a knowledge base gives is right


def mend(draft: Draft, entries: Sequence[SourceClass], links: Sequence[Link]) -> tuple[list[SourceClass], list[Cut]]:
    """Return classes with the parents and types that are left, and what was cut.

    Args:
        draft: what the links point to.
        entries: of a knowledge base.
        links: of each.
    """
    # What was exported was repaired before, but somebody may have edited it.
    if is_forest(entries) or (are_known(entries) and is_acyclic(entries)):
        return list(entries), []
    anchors = {
        entry.key: link.anchor
        for entry, link in zip(entries, links, strict=True)
        if link.relation is Relation.EXACT and link.anchor is not None
    }
    below = {kind: draft.below(draft.key_of[wnid]) for kind, wnid in KINDS.items() if wnid in draft.key_of}
    general = {draft.key_of.get(wnid) for wnid in GENERAL}

    kinds_down = [*below.items()][::-1]  # the first is written last
    kind_of = {key: kind for key, anchor in anchors.items() for kind, inside in kinds_down if anchor in inside}
    found = cuts(
        (Entry(e.key, (e.name, *e.synonyms), tuple((key, _CONFIDENCE) for key in e.parents), e.types) for e in entries),
        kind_of=kind_of.get,
        roots=[key for key, anchor in anchors.items() if anchor in general],
    )
    gone: dict[str, set[str]] = defaultdict(set)
    for cut in found:
        if cut.kind not in (CutKind.DUPLICATE, CutKind.INSTANCE):  # of which an edge stays
            gone[cut.child].add(cut.parent)
    # That *dog* is an instance of *taxon* is said of the kind, and not of dogs: only what is no kind is an instance.
    mended: list[SourceClass] = []
    kinds = {key for entry in entries for key in entry.parents}
    for entry in entries:
        parents = (
            tuple(key for key in entry.parents if key not in gone[entry.key]) if entry.key in gone else entry.parents
        )
        types = () if entry.parents or entry.key in kinds else entry.types
        is_changed = len(parents) < len(entry.parents) or types != entry.types
        mended.append(replace(entry, parents=parents, types=types) if is_changed else entry)
    return mended, found
