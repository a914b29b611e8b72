"""The shape of the hierarchy around each concept, as arrays: depth, ancestors, descendants, lexicographer file.

Concepts that share their parents share their ancestors, so these are kept once for each set of parents (a *family*).
"""

from __future__ import annotations

from collections.abc import Sequence

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
        family: number of the set of parents of each.
        families: the parents of each family.
        ancestors: the ancestors of each family's concepts, ascending.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        count = len(draft.concepts)
        self.order = _parents_first(draft)
        self.depth = np.zeros(count, np.int32)
        self.lexfile = np.full(count, -1, np.int32)
        self.family = np.zeros(count, np.int32)
        self.families: list[tuple[int, ...]] = [()]
        self.ancestors: list[list[int]] = [[]]
        self._fill()
        sizes = np.bincount(self.family, minlength=len(self.families))
        self.descendants = np.zeros(count, np.int64)
        for above, size in zip(self.ancestors, sizes.tolist(), strict=True):
            self.descendants[above] += size

    def _fill(self) -> None:
        number = {(): 0}
        lexfiles = {f"noun.{name}": place for place, name in enumerate(LEXFILES)}
        depth, lexfile, family = self.depth.tolist(), self.lexfile.tolist(), self.family.tolist()
        for key in self.order:
            parents = tuple(self.draft.parents[key])
            if parents not in number:
                above = set(parents).union(*(self.ancestors[family[parent]] for parent in parents))
                number[parents] = len(self.families)
                self.families.append(parents)
                self.ancestors.append(sorted(above))
            family[key] = number[parents]
            if parents:
                depth[key] = 1 + max(depth[parent] for parent in parents)
            own = lexfiles.get(self.draft.concepts[key].lexfile, -1)
            lexfile[key] = own if own >= 0 or not parents else lexfile[parents[0]]
        self.depth[:], self.lexfile[:], self.family[:] = depth, lexfile, family

    def of_parents(self, values: Vectors) -> Vectors:
        """Return for each family the mean of its parents' rows of ``values``; zeros where there are none."""
        return _means(self.families, values)

    def of_children(self, values: Vectors) -> Vectors:
        """Return for each concept the mean of its children's rows of ``values``; zeros where there are none."""
        return _means(self.draft.children, values)


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
