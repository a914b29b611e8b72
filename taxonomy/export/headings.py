"""A tree of concepts with headings: the ancestors, of no dataset themselves, under which the concepts part.

Without them most classes of a dataset are roots (dog and cat, when nobody annotates carnivores), and with all of their
ancestors a chain leads to each (dog, domestic animal, animal, organism, living thing, whole, object …).
"""

from __future__ import annotations

from collections import Counter

from taxonomy.export.selection import Selection


def chains(selection: Selection) -> dict[int, int | None]:
    """Arrange the concepts of a selection and their ancestors in a tree, so that as few ancestors as possible are lost.

    Ancestors that only knowledge bases have are left out (see `Selection.familiar`).

    Args:
        selection: the concepts, with the hierarchy above them.

    Returns:
        Key of each concept, and of each ancestor on its chain to the root, to that of its parent; parents come first.
    """
    closed = (selection.hierarchy.above(selection.concepts) & selection.familiar()).union(selection.concepts)
    walk = tuple(key for key in selection.hierarchy.walk if key in closed)
    tree = selection.hierarchy.tree(walk)
    kept: set[int | None] = {None}
    for each in selection.concepts:
        key: int | None = each
        while key is not None and key not in kept:
            kept.add(key)
            key = tree[key]
    return {key: parent for key, parent in tree.items() if key in kept}


def headed(selection: Selection) -> dict[int, int | None]:
    """Arrange the concepts of a selection in a tree under headings.

    An ancestor is a heading when at least two branches with concepts of the selection leave it, and something is above
    it: what all concepts are below tells nothing of them.  With superclasses, these are the headings.

    Args:
        selection: the concepts, with the hierarchy above them.

    Returns:
        Key of each concept and heading to that of its parent, None for a root; parents come first.
    """
    chosen = set(selection.concepts)
    tree = chains(selection)
    branches, superclasses = Counter(tree.values()), set(selection.superclasses.values())
    found: dict[int, int | None] = {}
    nearest: dict[int | None, int | None] = {None: None}
    for key, parent in tree.items():
        heading = key in superclasses if superclasses else branches[key] > 1 and parent is not None
        if key in chosen or heading:
            found[key] = nearest[parent]
        nearest[key] = key if key in found else nearest[parent]
    return found
