"""Shares a number of images among concepts so that those with the fewest get the most.

Images are poured in as water is into a vessel with an uneven floor: the concepts with the fewest images rise first,
until all those that get any have equally many.  Nothing else makes the smallest class as large.
"""

from __future__ import annotations

from collections.abc import Sequence


def fill(total: int, have: Sequence[int]) -> list[int]:
    """Share a total.

    Args:
        total: what to share, 0 or more.
        have: what each has already; of equal ones, the earlier get what is left over.

    Returns:
        What each gets: whole numbers that sum up to the total.

    >>> fill(10, [0, 0, 4, 100]), fill(10, [0, 0, 0])
    ([5, 5, 0, 0], [4, 3, 3])
    >>> fill(2, [0, 0, 0, 0, 0])
    [1, 1, 0, 0, 0]
    """
    level = rest = 0
    filled, spent = 0, 0  # how many are below the level that is tried next, and what they have
    ordered = sorted(have)
    for place, floor in enumerate(ordered):
        if floor * place - spent > total:
            break
        filled, spent = place + 1, spent + floor
    if filled:
        level, rest = divmod(total + spent, filled)
    given = []
    for floor in have:
        extra = rest > 0 and floor <= level
        given.append(max(level - floor, 0) + extra)
        rest -= extra
    return given
