"""One parent for each concept, for formats that hold a tree, and what of the hierarchy formats lose."""

from __future__ import annotations

from taxonomy.export._format import Loss
from taxonomy.export.hierarchy import Hierarchy
from taxonomy.export.selection import Selection


def single_parents(selection: Selection) -> dict[int, int | None]:
    """Choose one parent for each concept of a selection, so that as few ancestors as possible are lost.

    Args:
        selection: the concepts, with the hierarchy above them (see `Hierarchy.tree`).

    Returns:
        Key of each concept to that of its parent, None for a root; parents come first.
    """
    return selection.hierarchy.tree(selection.concepts)


def direct(selection: Selection) -> Loss:
    """Count the is-a pairs that are lost where a format has only the direct parents, and of these those selected.

    What is above a concept is then found as far as its parents, and theirs, are selected too.
    """
    hierarchy, chosen = selection.hierarchy, set(selection.concepts)
    parents = {key: [one for one in hierarchy.parents.get(key, ()) if one in chosen] for key in selection.concepts}
    within = Hierarchy(parents, {}, selection.concepts)
    kept, pairs = within.pairs(chosen), hierarchy.pairs(chosen)
    depths: dict[int | None, int] = {None: -1}
    for key, parent in within.tree(chosen).items():
        depths[key] = depths[parent] + 1
    del depths[None]
    return Loss(
        pairs=sum(pairs.values()),
        lost=sum(pairs.values()) - sum(kept.values()),
        categories=len(chosen),
        affected=sum(kept[key] < pairs[key] for key in selection.concepts),
        roots=sum(not above for above in parents.values()),
        max_depth=max(depths.values()),
        mean_depth=sum(depths.values()) / len(depths),
    )


def measure(tree: dict[int, int | None], hierarchy: Hierarchy) -> Loss:
    """Count the is-a pairs of the hierarchy that a tree of its concepts does not have.

    Args:
        tree: each concept's parent, parents first.
        hierarchy: where all their ancestors are.
    """
    depths: dict[int | None, int] = {None: -1}
    pairs_of = hierarchy.pairs(tree)
    pairs = affected = 0
    for key, parent in tree.items():
        depths[key] = depths[parent] + 1
        above = pairs_of[key]
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
