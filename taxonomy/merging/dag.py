"""Graphs as lists: ``above[c]`` lists the parents of the class number ``c``, each once.

Nothing recurses, so a hierarchy may be as deep as it is large; what is returned depends on the numbers alone.  What is
done to every class is done to a level at a time, by arrays; only classes of several parents are looked at one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Csr, Ints, rows

Parents = Sequence[Sequence[int]]


def components(above: Parents) -> list[list[int]]:
    """Return the strongly connected components of two and more classes, as Kosaraju and Sharir (1981) find them.

    >>> components([[1], [2], [1], [0]])
    [[1, 2]]
    """
    # Few classes are in circles: what has no circle above it is left out first, then what has none below it.
    graph = rows(above)
    left = np.ones(len(graph), bool)
    for side in (graph, graph.transposed(len(graph))):
        for level in _levels(_within(side, left), left):
            left[level] = False
    numbers = np.flatnonzero(left).tolist()
    links = {here: [far for far in above[here] if left[far]] for here in numbers}
    back: dict[int, list[int]] = {here: [] for here in numbers}
    for here, ends in links.items():
        for far in ends:
            back[far].append(here)
    seen: set[int] = set()
    finished = [number for start in numbers for number in _finishing(start, links, seen)]
    seen = set()
    found = (sorted(_finishing(start, back, seen)) for start in reversed(finished))
    return sorted(members for members in found if len(members) > 1)


def _within(links: Csr, kept: NDArray[np.bool_]) -> Csr:
    """Return the links from and to the classes that are kept."""
    return links.where(kept[links.indices] & kept[links.owners()])


def _finishing(start: int, links: Mapping[int, Sequence[int]], seen: set[int]) -> Iterator[int]:
    """Yield what is reached from a class and was not seen before, each after what is reached from it."""
    if start in seen:
        return
    seen.add(start)
    path = [(start, iter(links[start]))]
    while path:
        here, rest = path[-1]
        for far in rest:
            if far not in seen:
                seen.add(far)
                path.append((far, iter(links[far])))
                break
        else:
            path.pop()
            yield here


def is_above(top: int, bottom: int, above: Mapping[int, Sequence[int]], below: Mapping[int, Sequence[int]]) -> bool:
    """Tell whether ``top`` is among what is above ``bottom``, or is it; looks from both ends and stops at the nearer.

    >>> is_above(2, 0, {0: [1], 1: [2]}, {2: [1], 1: [0]}), is_above(0, 2, {0: [1], 1: [2]}, {2: [1], 1: [0]})
    (True, False)
    """
    if top == bottom:
        return True
    up, down = {bottom}, {top}
    rising, sinking = deque(up), deque(down)
    while rising and sinking:
        for queue, links, mine, other in ((rising, above, up, down), (sinking, below, down, up)):
            for far in links.get(queue.popleft(), ()):
                if far in other:
                    return True
                if far not in mine:
                    mine.add(far)
                    queue.append(far)
    return False


def way_up(bottom: int, top: int, above: Mapping[int, Sequence[int]]) -> list[int]:
    """Return a shortest way from ``bottom`` up to ``top``, both included; there must be one.

    >>> way_up(0, 2, {0: [3, 1], 1: [2], 3: [1]})
    [0, 1, 2]
    """
    came = {bottom: bottom}
    queue = deque(came)
    while top not in came:
        here = queue.popleft()
        for parent in above.get(here, ()):
            if parent not in came:
                came[parent] = here
                queue.append(parent)
    way = [top]
    while way[-1] != bottom:
        way.append(came[way[-1]])
    return way[::-1]


def levels(above: Parents) -> list[Ints]:
    """Return the classes by the longest way from each to one without parents: those that have none first.

    >>> [level.tolist() for level in levels([[1, 2], [2], []])]
    [[2], [1], [0]]
    """
    graph = rows(above)
    return list(_levels(graph, np.ones(len(graph), bool)))


def _levels(above: Csr, among: NDArray[np.bool_]) -> Iterator[Ints]:
    """Yield what has nothing above it, then what has only that above it, and so on; what is in circles never comes."""
    below = above.transposed(len(above))
    missing = np.diff(above.indptr).astype(np.int32)
    level: Ints = np.flatnonzero(among & (missing == 0)).astype(np.int32)
    while len(level):
        yield level
        if len(level) == 1:  # as in long chains, in which arrays are slow
            children = below[int(level[0])]
            missing[children] -= 1
        else:
            children, counts = np.unique(below.of(level), return_counts=True)
            missing[children] -= counts
        level = children[missing[children] == 0]


def shortcuts(above: Parents) -> list[tuple[int, int, int]]:
    """Return the edges that follow from others, as (child, parent, the other parent that it follows from).

    Without them the graph is the transitive reduction (Aho, Garey and Ullman 1972), the only one that a graph without
    circles has.  Of each class one deepest parent makes a tree, in which numbers tell at once who is above whom; only
    where the tree does not say is it climbed, from one class of several parents to the next.

    >>> shortcuts([[1, 2], [2], []])
    [(0, 2, 1)]
    """
    tree = _Tree(rows(above))
    # Views give plain numbers, and quicker than arrays do.
    level, trunk, fork_of, first, last = (
        each.data for each in (tree.level, tree.trunk, tree.fork, tree.first, tree.last)
    )
    kept: dict[int, Sequence[int]] = {}
    above_fork: dict[int, int] = {}  # of each that has but one parent left, the nearest above it that has several
    found: list[tuple[int, int, int]] = []

    def nearest(here: int) -> int:
        fork: int = fork_of[here]
        return above_fork.get(fork, fork)

    for child in tree.forks:
        parents, stem = above[child], trunk[child]
        deepest = level[stem]
        open = [parent for parent in parents if level[parent] < deepest]  # the others are above none of them
        lowest = min([level[parent] for parent in open], default=0)
        ways = [(parent, parent) for parent in parents if level[parent] > lowest] if open else []
        seen: set[int] = set()
        follows = []
        while ways and open:
            here, via = ways.pop()
            for parent in open:
                if first[parent] <= first[here] < last[parent] and parent != via:
                    follows.append(parent)
                    found.append((child, parent, via))
                    open = [other for other in open if other != parent]
            while (fork := nearest(here)) >= 0 and fork not in seen and level[fork] > lowest:
                seen.add(fork)
                here = trunk[fork]
                ways += [(parent, via) for parent in kept[fork] if parent != here and level[parent] >= lowest]
        kept[child] = [parent for parent in parents if parent not in follows] if follows else parents
        if len(kept[child]) == 1:
            above_fork[child] = nearest(stem)
    return sorted(found)


class _Tree:
    """A graph without circles as a tree, in which each class is below the first of its deepest parents.

    Attributes:
        level: of each class, the longest way to one without parents.
        trunk: its parent in the tree, -1 for none.
        first, last: what is below a class in the tree has the numbers from its first to before its last.
        forks: the classes of several parents, those above before those below.
        fork: of each class, the nearest on the way up the tree, or itself, that has several parents; -1 for none.
    """

    def __init__(self, above: Csr) -> None:
        count = len(above)
        steps = list(_levels(above, np.ones(count, bool)))
        self.level = np.zeros(count, np.int32)
        for at, step in enumerate(steps):
            self.level[step] = at
        self.trunk = self._deepest(above)
        self.first, self.last = self._spans(steps)
        several = np.diff(above.indptr) > 1
        self.forks = [fork for step in steps for fork in step[several[step]].tolist()]
        self.fork = np.full(count, -1, np.int32)
        for step in steps[1:]:
            self.fork[step] = np.where(several[step], step, self.fork[self.trunk[step]])

    def _deepest(self, above: Csr) -> Ints:
        """Return the parent of each class that is farthest from a root, of several the first."""
        trunk = np.full(len(above), -1, np.int32)
        if len(above.indices):
            owners, depth = above.owners(), self.level[above.indices]
            # All parents of the deepest level; of each class, the first is written last.
            deepest = np.flatnonzero(depth == self.level[owners] - 1)[::-1]
            trunk[owners[deepest]] = above.indices[deepest]
        return trunk

    def _spans(self, steps: Sequence[Ints]) -> tuple[Ints, Ints]:
        size = np.ones(len(self.trunk), np.int32)
        for step in reversed(steps[1:]):
            np.add.at(size, self.trunk[step], size[step])
        first = np.zeros(len(self.trunk), np.int32)
        for at, step in enumerate(steps):
            if at and len(step) == 1:
                first[step] = first[self.trunk[step]] + 1
                continue
            order = step[np.argsort(self.trunk[step], kind="stable")]
            parents, sizes = self.trunk[order], size[order]
            before = np.cumsum(sizes) - sizes  # the sizes of all that come earlier, and of those with other parents
            starts = np.flatnonzero(np.concatenate([[True], parents[1:] != parents[:-1]]))
            before -= np.repeat(before[starts], np.diff(np.concatenate([starts, [len(order)]])))
            first[order] = before + (first[parents] + 1 if at else 0)
        return first, first + size
