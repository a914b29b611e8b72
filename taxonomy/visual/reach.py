"""Which concepts have another mark when sources come: all that `taxonomy.visual.features` looks at is told here."""

from __future__ import annotations

from taxonomy.concept import HIERARCHY
from taxonomy.draft import Draft


def reached(draft: Draft, sources: int) -> set[int]:
    """Return the concepts whose marks may be others than when only the first sources were in a draft.

    A concept is seen with its names, its parents and children, what is above it, how much is below it, and the datasets
    that have it.  So a new concept, new names and a new edge change the marks of all that is below and above.

    Args:
        draft: the taxonomy; rows of new sources are only ever appended.
        sources: how many sources were there before.
    """
    concepts = draft.concepts
    changed = {key for key, concept in enumerate(concepts) if concept.source >= sources}
    # What a synset is called is for WordNet to say (`taxonomy.visual.features.Wording`).
    changed |= {name.concept for name in draft.names if name.source >= sources and concepts[name.concept].source}
    changed |= {edge.child for edge in draft.edges if edge.source >= sources and edge.kind in HIERARCHY}
    found: set[int] = set()
    for neighbours in (draft.children, draft.parents):
        seen, waiting = set(changed), list(changed)
        while waiting:
            fresh = {near for near in neighbours[waiting.pop()] if near not in seen}
            seen |= fresh
            waiting += fresh
        found |= seen
    return found.union(key for key, holders in draft.held.items() if holders and holders[-1] >= sources)
