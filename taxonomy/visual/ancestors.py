"""Means over what is above concepts, some at a time: of millions of concepts, all at once would take all memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding import Vectors
from taxonomy.visual.graph import Graph

_STEP = 8  # levels after which a sum is kept, so that a long chain takes no more than a short one
_BATCH = 1 << 13


class Ancestors:
    """Means over the ancestors of families (`taxonomy.visual.graph`).

    Args:
        graph: the hierarchy.
        row: of ``values``, for each concept that is above one of the families that will be asked for.
        values: numbers of concepts, ``(rows, width)``.
    """

    def __init__(self, graph: Graph, row: NDArray[np.integer], values: NDArray[np.floating]) -> None:
        self._graph, self._row, self._values = graph, row, values
        self._kept: dict[int, tuple[Vectors, int]] = {}
        by_rise: defaultdict[int, list[int]] = defaultdict(list)
        for number in graph.inner():
            if self._is_kept(number) and all(row[parent] >= 0 for parent in graph.families[number]):
                by_rise[graph.rise[number]].append(number)
        for _, numbers in sorted(by_rise.items()):
            for start in range(0, len(numbers), _BATCH):
                some = numbers[start : start + _BATCH]
                sums, counts = self._sums(some)
                self._kept.update(zip(some, zip(sums, counts, strict=True), strict=True))

    def means(self, families: Sequence[int]) -> Vectors:
        """Return for each of some families the mean of its ancestors' values; zeros where there are none."""
        sums, counts = self._sums(families)
        sums /= np.maximum(np.array(counts, np.float32), 1)[:, np.newaxis]
        return sums

    def _sums(self, families: Sequence[int]) -> tuple[Vectors, list[int]]:
        """Add up values from the top down; of a family with several parents in the order of the keys."""
        graph = self._graph
        sums = np.zeros((len(families), self._values.shape[1]), np.float32)
        chains: list[list[int]] = []
        counts: list[int] = []
        joined: dict[int, Vectors] = {}
        for at, number in enumerate(families):
            chain: list[int] = []
            while number not in graph.joined and graph.families[number] and (number not in self._kept):
                (parent,) = graph.families[number]
                chain.append(parent)
                number = int(graph.family[parent])
            count = 0
            if number in self._kept:
                sums[at], count = self._kept[number]
            elif number in graph.joined:
                above = graph.joined[number]
                if number not in joined:
                    joined[number] = self._values[self._row[above]].astype(np.float32).sum(axis=0)
                sums[at], count = joined[number], len(above)
            chains.append(chain[::-1])
            counts.append(count + len(chain))
        self._add(sums, chains)
        return sums, counts

    def _add(self, sums: Vectors, chains: Sequence[Sequence[int]]) -> None:
        """Add the values of the concepts of each chain to its sum: all first ones, then all second."""
        order = sorted(range(len(chains)), key=lambda at: -len(chains[at]))
        for place in range(len(chains[order[0]]) if order else 0):
            long = [at for at in order if len(chains[at]) > place]
            sums[long] += self._values[self._row[[chains[at][place] for at in long]]]

    def _is_kept(self, number: int) -> bool:
        rise = self._graph.rise[number]
        return rise > 0 and rise % _STEP == 0
