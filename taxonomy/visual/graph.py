"""The shape of the hierarchy around each concept, as arrays: depth, ancestors, descendants, lexicographer file.

Concepts that share their parents share their ancestors, so what is above is kept once for each set of parents (a
*family*); where that is one parent, its own family and it, so that a long chain takes no more than a short one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from taxonomy.draft import Draft
from taxonomy.encoding import Vectors

LEXFILES = (
    "Tops", "act", "animal", "artifact", "attribute", "body", "cognition", "communication", "event", "feeling", "food",
    "group", "location", "motive", "object", "person", "phenomenon", "plant", "possession", "process", "quantity",
    "relation", "shape", "state", "substance", "time",
)  # fmt: skip


class Graph:
    """Arrays over the concepts of a draft.

    Attributes:
        order: keys, parents before their children; concepts of a cycle, which a draft should not have, are left out.
        depth: length of the longest way up to a root.
        descendants: how many distinct concepts are below each.
        lexfile: place in `LEXFILES`, the first parent's where a concept has none of its own; -1 where none has.
        family: number of the set of parents of each; that of a parent is lower.
        families: the parents of each family.
        joined: the ancestors of the families with several parents, ascending.
        rise: how many families of one parent are in line from each up to one of several parents or of none.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        count = len(draft.concepts)
        self.order = _parents_first(draft)
        self.depth = np.zeros(count, np.int32)
        self.lexfile = np.full(count, -1, np.int32)
        self.family = np.zeros(count, np.int32)
        self.families: list[tuple[int, ...]] = [()]
        self.joined: dict[int, array[int]] = {}
        self.rise: array[int] = array("i", [0])
        self._fill()
        self.descendants = self._count_descendants()

    def _fill(self) -> None:
        number = {(): 0}
        lexfiles = {f"noun.{name}": place for place, name in enumerate(LEXFILES)}
        depth, lexfile, family = self.depth.tolist(), self.lexfile.tolist(), self.family.tolist()
        for key in self.order.tolist():
            parents = tuple(self.draft.parents[key])
            if parents not in number:
                if len(parents) > 1:
                    above = set(parents).union(*(self._above(family[parent], family) for parent in parents))
                    self.joined[len(self.families)] = array("i", sorted(above))
                self.rise.append(self.rise[family[parents[0]]] + 1 if len(parents) == 1 else 0)
                number[parents] = len(self.families)
                self.families.append(parents)
            family[key] = number[parents]
            if parents:
                depth[key] = 1 + max(depth[parent] for parent in parents)
            own = lexfiles.get(self.draft.concepts[key].lexfile, -1)
            lexfile[key] = own if own >= 0 or not parents else lexfile[parents[0]]
        self.depth[:], self.lexfile[:], self.family[:] = depth, lexfile, family

    def _above(self, number: int, family: Sequence[int]) -> set[int]:
        """Return the ancestors of a family; ``family`` is that of each concept."""
        found: set[int] = set()
        while number not in self.joined and self.families[number]:
            (parent,) = self.families[number]
            found.add(parent)
            number = family[parent]
        return found.union(self.joined.get(number, ()))

    def _count_descendants(self) -> NDArray[np.int64]:
        family = self.family.tolist()
        found = [0] * len(family)
        sizes = np.bincount(self.family[self.order], minlength=len(self.families)).tolist()
        for number in range(len(self.families) - 1, 0, -1):
            if number in self.joined:
                for key in self.joined[number]:
                    found[key] += sizes[number]
            else:  # what is above the parent has them too, as its family's
                (parent,) = self.families[number]
                found[parent] += sizes[number]
                sizes[family[parent]] += sizes[number]
        return np.array(found, np.int64)

    def above(self, families: Iterable[int]) -> list[int]:
        """Return the ancestors of families, ascending."""
        found: set[int] = set()
        waiting = list(families)
        while waiting:
            number = waiting.pop()
            fresh = set(self.joined.get(number, self.families[number])) - found
            found |= fresh
            if number not in self.joined:
                waiting += self.family[list(fresh)].tolist()
        return sorted(found)

    def inner(self) -> list[int]:
        """Return the families that other families are right below, ascending."""
        parents = {parents[0] for parents in self.families if len(parents) == 1}
        return sorted(set(self.family[sorted(parents)].tolist()))

    def of_parents(self, keys: Sequence[int], values: Vectors) -> Vectors:
        """Return for each of some concepts the mean of its parents' rows of ``values``; zeros where there are none."""
        return _means([self.draft.parents[key] for key in keys], values)

    def of_children(self, keys: Sequence[int], values: Vectors) -> Vectors:
        """Return the same of their children's rows."""
        return _means([self.draft.children[key] for key in keys], values)


def _means(groups: Sequence[Sequence[int]], values: Vectors) -> Vectors:
    counts = np.fromiter(map(len, groups), np.int64, len(groups))
    members = np.fromiter((key for group in groups for key in group), np.int64, int(counts.sum()))
    means = np.zeros((len(groups), values.shape[1]), np.float32)
    some = counts > 0
    if len(members):
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])[some]
        means[some] = np.add.reduceat(values[members], starts, axis=0) / counts[some, np.newaxis]
    return means


def _parents_first(draft: Draft) -> NDArray[np.int64]:
    waiting = [len(parents) for parents in draft.parents]
    order = [key for key, count in enumerate(waiting) if not count]
    for key in order:  # which grows meanwhile
        for child in draft.children[key]:
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    return np.array(order, np.int64)
