"""Interval labels: numbers that make every set of descendants a few ranges.

A preorder walk of a spanning tree (each concept under its first parent) numbers the concepts, so a subtree is one
range.  What a concept reaches through second parents is added as extra ranges.  Agrawal, Borgida & Jagadish, "Efficient
management of transitive relationships in large data and knowledge bases", SIGMOD 1989.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Range = tuple[int, int]


class Span(NamedTuple):
    """Labels of one concept: its place in the walk, the last place below it, and the ranges outside that."""

    pre: int
    last: int
    extra: tuple[Range, ...]


def spans(parents: Sequence[Sequence[int]]) -> list[Span]:
    """Label every concept of a DAG.

    Args:
        parents: the parents of each concept; the first is the one of the spanning tree.

    Returns:
        The labels of each concept, ``pre`` counting from 1.  The descendants of a concept, itself included, are the
        concepts whose ``pre`` lies in ``pre … last`` or in one of the ``extra`` ranges, which are disjoint and ascend.

    Raises:
        ValueError: the graph has a cycle.
    """
    size = len(parents)
    children: list[list[int]] = [[] for _ in range(size)]
    second: dict[int, list[int]] = {}
    for key, above in enumerate(parents):
        if above:
            children[above[0]].append(key)
        for parent in above[1:]:
            second.setdefault(parent, []).append(key)
    pre, last = [0] * size, [0] * size
    count = 0
    for root in (key for key in range(size) if not parents[key]):
        stack = [root]
        while stack:
            key = stack.pop()
            if key < 0:
                last[~key] = count
                continue
            count += 1
            pre[key] = count
            stack.append(~key)
            stack.extend(reversed(children[key]))
    extra = _extra_ranges(parents, second, pre, last)
    if count < size:
        raise ValueError("the hierarchy has a cycle")
    return [Span(pre[key], last[key], extra.get(key, ())) for key in range(size)]


def _extra_ranges(
    parents: Sequence[Sequence[int]], second: dict[int, list[int]], pre: list[int], last: list[int]
) -> dict[int, tuple[Range, ...]]:
    """Carry the ranges of second children up to all ancestors, children before parents."""
    affected = _above(parents, second)
    extra: dict[int, tuple[Range, ...]] = {}
    below: dict[int, list[int]] = {key: [] for key in affected}
    for key in affected:
        for parent in parents[key]:
            below[parent].append(key)
    pending = {key: len(children) for key, children in below.items()}
    ready = [key for key, count in pending.items() if not count]
    done = 0
    while ready:
        key = ready.pop()
        done += 1
        ranges = [(pre[child], last[child]) for child in second.get(key, ())]
        for child in (*below[key], *second.get(key, ())):
            ranges += extra.get(child, ())
        extra[key] = _outside(ranges, pre[key], last[key])
        for parent in parents[key]:
            pending[parent] -= 1
            if not pending[parent]:
                ready.append(parent)
    if done < len(affected):
        raise ValueError("the hierarchy has a cycle")
    return {key: ranges for key, ranges in extra.items() if ranges}


def _above(parents: Sequence[Sequence[int]], second: dict[int, list[int]]) -> set[int]:
    """Return the concepts that have second children, with all their ancestors."""
    seen, stack = set(second), list(second)
    while stack:
        for parent in parents[stack.pop()]:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return seen


def _outside(ranges: list[Range], first: int, last: int) -> tuple[Range, ...]:
    """Join overlapping and touching ranges and cut ``first … last`` out of them."""
    joined: list[Range] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    outside: list[Range] = []
    for low, high in joined:
        if low < first:
            outside.append((low, min(high, first - 1)))
        if high > last:
            outside.append((max(low, last + 1), high))
    return tuple(outside)
