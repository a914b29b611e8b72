"""One parent for each concept, for formats that hold a tree, and what of the hierarchy that loses."""

from __future__ import annotations

from taxonomy.export._format import Loss
from taxonomy.export.hierarchy import Hierarchy
from taxonomy.export.selection import Selection


def single_parents(selection: Selection) -> dict[int, int | None]:
    """Choose one parent for each concept of a selection, so that as few ancestors as possible are lost.

    A concept goes under the selected ancestor that is deepest in the tree made so far; of several, under the
    one that its first parent leads to, which is WordNet's main one.  The deepest is always a nearest one,
    since a concept lies deeper than what is above it; and as every concept then has the longest chain of
    ancestors that there is, no other tree keeps more is-a pairs.

    Args:
        selection: the concepts, with the hierarchy above them.

    Returns:
        Key of each concept to that of its parent, None for a root; parents come first.
    """
    chosen, parents = set(selection.concepts), selection.hierarchy.parents
    nearest: dict[int, int | None] = {}  # itself for a selected concept, for others what they would go under
    depths: dict[int | None, int] = {None: -1}
    tree: dict[int, int | None] = {}
    for key in selection.hierarchy.walk:
        candidates = [nearest[parent] for parent in parents.get(key, ())]
        best = max(candidates, key=depths.__getitem__, default=None)
        nearest[key] = key if key in chosen else best
        if key in chosen:
            tree[key], depths[key] = best, depths[best] + 1
    return tree


def measure(tree: dict[int, int | None], hierarchy: Hierarchy) -> Loss:
    """Count the is-a pairs of the hierarchy that a tree of its concepts does not have.

    Args:
        tree: each concept's parent, parents first.
        hierarchy: where all their ancestors are.
    """
    depths: dict[int | None, int] = {None: -1}
    pairs = affected = 0
    for key, parent in tree.items():
        depths[key] = depths[parent] + 1
        above = sum(ancestor in tree for ancestor in hierarchy.above((key,))) - 1
        pairs += above
        affected += above > depths[key]
    del depths[None]
    kept = sum(depths.values())
    return Loss(
        pairs=pairs,
        lost=pairs - kept,
        categories=len(tree),
        affected=affected,
        roots=sum(parent is None for parent in tree.values()),
        max_depth=max(depths.values()),
        mean_depth=kept / len(tree),
    )
