"""Graphs as lists: ``above[c]`` lists the parents of the class number ``c``.

Nothing recurses, so a hierarchy may be as deep as it is large; what is returned depends on the numbers alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

Parents = Sequence[Sequence[int]]


def components(above: Parents) -> list[list[int]]:
    """Return the strongly connected components of two and more classes, as Kosaraju and Sharir (1981) find them.

    >>> components([[1], [2], [1], [0]])
    [[1, 2]]
    """
    below = _turned(above)
    seen = bytearray(len(above))
    finished = [number for start in range(len(above)) for number in _finishing(start, above, seen)]
    seen = bytearray(len(above))
    found = (sorted(_finishing(start, below, seen)) for start in reversed(finished))
    return sorted(members for members in found if len(members) > 1)


def _turned(above: Parents) -> list[list[int]]:
    """Return the children of each class."""
    below: list[list[int]] = [[] for _ in above]
    for child, parents in enumerate(above):
        for parent in parents:
            below[parent].append(child)
    return below


def _finishing(start: int, links: Parents, seen: bytearray) -> Iterator[int]:
    """Yield what is reached from a class and was not seen before, each after what is reached from it."""
    if seen[start]:
        return
    seen[start] = 1
    path = [(start, iter(links[start]))]
    while path:
        here, rest = path[-1]
        for far in rest:
            if not seen[far]:
                seen[far] = 1
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


def levels(above: Parents) -> tuple[list[int], list[int]]:
    """Return the classes with those above before those below, and of each the longest way to one without parents.

    >>> levels([[1, 2], [2], []])
    ([2, 1, 0], [2, 1, 0])
    """
    below = _turned(above)
    missing = [len(parents) for parents in above]
    order = [root for root, count in enumerate(missing) if not count]
    level = [0] * len(above)
    for parent in order:  # which grows meanwhile
        next_level = level[parent] + 1
        for child in below[parent]:
            if level[child] < next_level:
                level[child] = next_level
            missing[child] -= 1
            if not missing[child]:
                order.append(child)
    return order, level


def shortcuts(above: Parents) -> list[tuple[int, int, int]]:
    """Return the edges that follow from others, as (child, parent, the other parent that it follows from).

    Without them the graph is the transitive reduction (Aho, Garey and Ullman 1972), the only one that a graph without
    circles has.  Only classes of several parents are looked at.  Of each class one deepest parent makes a tree, in
    which numbers tell at once who is above whom; only where the tree does not say is it climbed, from one class of
    several parents to the next.

    >>> shortcuts([[1, 2], [2], []])
    [(0, 2, 1)]
    """
    order, level = levels(above)
    trunk = [parents[0] if len(parents) == 1 else _deepest(parents, level) for parents in above]
    first, last = _spans(order, trunk)
    kept: list[Sequence[int]] = list(above)
    branch = [-1] * len(above)  # the nearest on the way up the tree, or itself, that has several parents
    found: list[tuple[int, int, int]] = []
    for child in order:
        parents, stem = above[child], trunk[child]
        if len(parents) < 2:
            branch[child] = branch[stem] if parents else -1
            continue
        deepest = level[stem]
        open = [parent for parent in parents if level[parent] < deepest]  # the others are above none of them
        lowest = min([level[parent] for parent in open], default=0)
        ways = [(parent, parent) for parent in parents if level[parent] > lowest] if open else []
        seen: set[int] = set()
        while ways and open:
            here, via = ways.pop()
            for parent in open:
                if first[parent] <= first[here] < last[parent] and parent != via:
                    found.append((child, parent, via))
                    open = [other for other in open if other != parent]
            while (fork := branch[here]) >= 0 and fork not in seen and level[fork] > lowest:
                seen.add(fork)
                here = trunk[fork]
                ways += [(parent, via) for parent in kept[fork] if parent != here and level[parent] >= lowest]
        if found and found[-1][0] == child:
            follows = {parent for below, parent, _ in found[-len(parents) :] if below == child}
            kept[child] = [parent for parent in parents if parent not in follows]
        branch[child] = child if len(kept[child]) > 1 else branch[stem]
    return sorted(found)


def _deepest(parents: Sequence[int], level: Sequence[int]) -> int:
    """Return the parent that is farthest from a root, of several the first; -1 when there is none."""
    return max(parents, key=level.__getitem__, default=-1)


def _spans(order: Sequence[int], trunk: Sequence[int]) -> tuple[list[int], list[int]]:
    """Number a forest so that what is below a class has the numbers from its first to before its last."""
    size = [1] * len(trunk)
    for child in reversed(order):
        if trunk[child] >= 0:
            size[trunk[child]] += size[child]
    first, free = [0] * len(trunk), [0] * len(trunk)
    roots = 0
    for child in order:
        parent = trunk[child]
        if parent < 0:
            first[child] = roots
            roots += size[child]
        else:
            first[child] = free[parent]
            free[parent] += size[child]
        free[child] = first[child] + 1
    return first, [start + count for start, count in zip(first, size, strict=True)]
