"""The levels of the hierarchy for a semantic softmax: one softmax over the concepts of each depth.

Ridnik et al., ImageNet-21K Pretraining for the Masses, NeurIPS 2021 (arXiv 2104.10972): a single-label target becomes
one target a level, its ancestor there, and none on the levels below its own.  Levels that few
concepts reach weigh more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Ints
from taxonomy.training.space import LabelSpace


class Levels(NamedTuple):
    """The levels that have a choice: those of at least two concepts.

    Attributes:
        classes: of each level, the indexes of its concepts.
        targets: ``(concepts, levels)``, where among ``classes`` of a level the ancestor of a concept, or itself, is;
            -1 on levels below it.
        weights: ``(levels,)`` float32, of each level's loss: all concepts, over those that are so deep or deeper; at
            most as asked.
    """

    classes: tuple[Ints, ...]
    targets: Ints
    weights: NDArray[np.float32]


def levels(space: LabelSpace, most: float = 20.0) -> Levels:
    """Divide a label space into levels by its tree.

    The weights are those of the paper's code, which leaves out the deepest level, though; here it is in.

    Args:
        space: the label space.
        most: the greatest weight.
    """
    counts = np.bincount(space.depth)
    reached = np.cumsum(counts[::-1])[::-1]  # concepts so deep or deeper
    chosen = np.flatnonzero(counts > 1)
    number = np.full(len(counts), -1, np.int32)
    number[chosen] = np.arange(len(chosen))
    classes = tuple(np.flatnonzero(space.depth == depth).astype(np.int32) for depth in chosen)
    position = np.zeros(len(space), np.int32)
    for each in classes:
        position[each] = np.arange(len(each), dtype=np.int32)
    targets = np.full((len(space), len(chosen)), -1, np.int32)
    own = np.arange(len(space))
    above: NDArray[np.integer[Any]] = own
    while len(own):
        level = number[space.depth[above]]
        known = level >= 0
        targets[own[known], level[known]] = position[above[known]]
        parent = space.tree_parent[above]
        own, above = own[parent >= 0], parent[parent >= 0]
    weights = np.minimum(len(space) / reached[chosen], most).astype(np.float32)
    return Levels(classes, targets, weights)
