"""Superclasses: so many groups of classes, each under one concept, that are as even as the hierarchy lets them be.

As Bamboo's 30, but found, not chosen by hand.  The classes and all that is above them, as a tree (`Hierarchy.tree`),
begin as one group.  Then, until there are as many as wanted, a concept takes all classes below it out of a group, as a
group of its own: the one by which the smaller of the two parts is largest.  A group is called after the lowest concept
above all its classes, so each class is in the group of the nearest superclass above it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from taxonomy.errors import InputError
from taxonomy.export.hierarchy import Hierarchy
from taxonomy.text import counted

_FEWEST = 2  # classes of a group that is taken out of another


class Superclass(NamedTuple):
    """Figures of a superclass.

    Attributes:
        key: of its concept.
        classes: how many it has.
        images: of all its classes.
        max_depth, mean_depth: steps in the tree from a class up to it.
    """

    key: int
    classes: int
    images: int
    max_depth: int
    mean_depth: float


class _Group(NamedTuple):
    """Concepts that hang together in the tree.

    Attributes:
        top: its superclass.
        keys: parents first.
        half: the concept that divides it best; None when none does.
        gain: classes of the smaller part.
    """

    top: int
    keys: list[int]
    half: int | None
    gain: int


def group(
    concepts: Collection[int], hierarchy: Hierarchy, number: int, known: Collection[int], images: Mapping[int, int]
) -> tuple[dict[int, int], tuple[Superclass, ...]]:
    """Group classes.

    Args:
        concepts: the keys of the classes.
        hierarchy: what is above them.
        number: of superclasses.
        known: what may be a superclass, the roots among it; the tree has these and the classes.
        images: of each class that has any.

    Returns:
        The superclass of each class, by their keys; and their figures, the one with the most classes first.

    Raises:
        InputError: the classes do not fall into as many groups, or into more.
    """
    chosen = set(concepts)
    tree = hierarchy.tree(hierarchy.above(chosen).intersection(known) | chosen)
    root: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for key, parent in tree.items():
        root[key] = key if parent is None else root[parent]
        members.setdefault(root[key], []).append(key)
    groups = [_group(keys, tree, chosen, known) for keys in members.values()]
    if len(groups) > number:
        roots = counted(len(groups), "root")
        raise InputError(f"--superclasses {number}: the classes have {roots}; give so many or more")
    while len(groups) < number:
        place = max(range(len(groups)), key=lambda place: groups[place].gain)
        half = groups[place].half
        if half is None:
            raise InputError(
                f"--superclasses {number}: the classes fall into {counted(len(groups), 'group')} at most;"
                " give so many or fewer"
            )
        inside = {half}
        for key in groups[place].keys:
            if tree[key] in inside:
                inside.add(key)
        outside = [key for key in groups[place].keys if key not in inside]
        below = [key for key in groups[place].keys if key in inside]
        groups[place : place + 1] = [_group(keys, tree, chosen, known) for keys in (outside, below)]
    superclasses = {key: one.top for one in groups for key in one.keys if key in chosen}
    figures = [_figures(one, tree, chosen, images) for one in groups]
    return superclasses, tuple(sorted(figures, key=lambda one: -one.classes))


def _group(
    keys: Sequence[int], tree: Mapping[int, int | None], chosen: Collection[int], known: Collection[int]
) -> _Group:
    """Make a group of concepts that hang together, parents first, without those that no class is below."""
    classes = dict.fromkeys(keys, 0)
    for key in reversed(keys):
        classes[key] += key in chosen
        if (parent := tree[key]) in classes:
            classes[parent] += classes[key]
    top = keys[0]
    size = classes[top]
    half, gain = None, 0
    for key, count in classes.items():
        if count == size and key in known:
            top = key
        elif _FEWEST <= count < size and min(count, size - count) > gain and key in known:
            half, gain = key, min(count, size - count)
    return _Group(top, [key for key, count in classes.items() if count], half, gain)


def _figures(
    group: _Group, tree: Mapping[int, int | None], chosen: Collection[int], images: Mapping[int, int]
) -> Superclass:
    depths: dict[int | None, int] = {}
    for key in group.keys:
        depths[key] = 0 if key == group.top else depths.get(tree[key], -1) + 1
    classes = [key for key in group.keys if key in chosen]
    below = [depths[key] for key in classes]
    return Superclass(
        group.top,
        len(classes),
        sum(images.get(key, 0) for key in classes),
        max(below),
        round(sum(below) / len(below), 4),
    )
