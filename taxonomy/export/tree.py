"""One parent for each concept, for formats that hold a tree, and what of the hierarchy that loses."""

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
