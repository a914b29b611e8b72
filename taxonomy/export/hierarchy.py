"""The is-a hierarchy of a database in memory, and the one order in which exports list concepts.

All edges are read at once into dicts of integers, so that an export of a hundred thousand concepts asks the
database a few questions and not one for each concept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from taxonomy.concept import HIERARCHY
from taxonomy.store.read import Taxonomy


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Neighbours by concept key, is-a and instance-of together.

    Attributes:
        parents: of each concept that has any, WordNet's order first.
        children: of each concept that has any, in the order of their edges.
        walk: every concept, parents before children (see `_walk`).
    """

    parents: dict[int, list[int]]
    children: dict[int, list[int]]
    walk: tuple[int, ...]

    def above(self, keys: Iterable[int]) -> set[int]:
        """Return the concepts and all their ancestors."""
        seen = set(keys)
        stack = list(seen)
        while stack:
            for parent in self.parents.get(stack.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return seen

    def below(self, keys: Iterable[int]) -> set[int]:
        """Return the concepts and all their descendants."""
        seen = set(keys)
        stack = list(seen)
        while stack:
            for child in self.children.get(stack.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        return seen

    def tree(self, keys: Iterable[int]) -> dict[int, int | None]:
        """Choose one parent for each of some concepts, so that as few ancestors as possible are lost.

        A concept goes under the one of them above it that is deepest in the tree made so far; of several, under the
        one that its first parent leads to, which is WordNet's main one.  The deepest is always a nearest one, since a
        concept lies deeper than what is above it; and as every concept then has the longest chain of ancestors that
        there is, no other tree keeps more is-a pairs.

        Returns:
            Key of each concept to that of its parent, None for a root; parents come first.
        """
        chosen = set(keys)
        nearest: dict[int, int | None] = {}  # itself for one of the concepts, for others what they would go under
        depths: dict[int | None, int] = {None: -1}
        tree: dict[int, int | None] = {}
        for key in self.walk:
            above = self.parents.get(key)
            if not above:
                best = None
            elif len(above) == 1:
                best = nearest[above[0]]
            else:
                best = max((nearest[parent] for parent in above), key=depths.__getitem__)
            nearest[key] = best
            if key in chosen:
                tree[key], depths[key], nearest[key] = best, depths[best] + 1, key
        return tree

    def pairs(self, keys: Iterable[int]) -> dict[int, int]:
        """Count how many of some concepts are above each of them.

        A concept of one parent has those of its parent and one more, so only what has several walks up.
        """
        chosen = set(keys)
        above = self.above(chosen)
        counts: dict[int, int] = {}
        for key in filter(above.__contains__, self.walk):
            match self.parents.get(key, ()):
                case [] | ():
                    counts[key] = 0
                case [parent]:
                    counts[key] = counts[parent] + (parent in chosen)
                case _:
                    counts[key] = len(self.above((key,)) & chosen) - (key in chosen)
        return {key: counts[key] for key in self.walk if key in chosen}

    def without(self, keys: Collection[int]) -> Hierarchy:
        """Return the hierarchy without some concepts; what is below one of them goes below what is above it."""
        if not keys:
            return self
        above: dict[int, list[int]] = {}
        for key in self.walk:  # parents first, so what is above a parent that goes is known
            found: list[int] = []
            for parent in self.parents.get(key, ()):
                found += above[parent] if parent in keys else [parent]
            above[key] = list(dict.fromkeys(found))
        walk = tuple(key for key in self.walk if key not in keys)
        children: dict[int, list[int]] = {}
        for key in walk:
            for parent in above[key]:
                children.setdefault(parent, []).append(key)
        return Hierarchy({key: above[key] for key in walk if above[key]}, children, walk)


def load(taxonomy: Taxonomy, refused: Collection[int] = ()) -> Hierarchy:
    """Read the hierarchy of an open taxonomy.

    Args:
        taxonomy: the database.
        refused: positions of sources whose edges above the concepts of others are left out, but for a concept that
            has no others.
    """
    parents: dict[int, list[int]] = {}
    children: dict[int, list[int]] = {}

    def add(child: int, parent: int) -> None:
        above = parents.setdefault(child, [])
        if parent not in above:  # two sources may say the same
            above.append(parent)
            children.setdefault(parent, []).append(child)

    owner = dict(taxonomy.execute("SELECT key, source FROM concept ORDER BY key"))
    kinds = ", ".join("?" * len(HIERARCHY))
    spare: list[tuple[int, int]] = []
    for child, parent, source in taxonomy.execute(
        f"SELECT child, parent, source FROM edge WHERE kind IN ({kinds}) ORDER BY rowid", [*HIERARCHY]
    ):
        if source in refused and owner[child] not in refused:
            spare.append((child, parent))
        else:
            add(child, parent)
    for child, parent in [edge for edge in spare if edge[0] not in parents]:
        add(child, parent)
    return Hierarchy(parents, children, _walk(list(owner), parents, children))


def _walk(keys: list[int], parents: dict[int, list[int]], children: dict[int, list[int]]) -> tuple[int, ...]:
    """Return the concepts in an order that has every parent before its children, and relatives together.

    It is the reverse of the order in which a depth-first search finishes: a topological order in which each
    subtree of the search is one block.  (The table ``span`` has concepts before their second parents.)
    """
    finished: list[int] = []
    entered: set[int] = set()
    # Backwards twice, here and at the end, is forwards: roots and children come in the order of their rows.
    stack = [key for key in keys if key not in parents]
    while stack:
        key = stack.pop()
        if key < 0:
            finished.append(~key)
        elif key not in entered:
            entered.add(key)
            stack.append(~key)
            stack.extend(children.get(key, ()))
    return tuple(reversed(finished))
