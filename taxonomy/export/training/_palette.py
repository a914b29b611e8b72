"""Colours that tell classes apart, the same at every export."""

from __future__ import annotations

from taxonomy.errors import InputError

_COLOURS = 1 << 24


def colour(index: int) -> tuple[int, int, int]:
    """Return the colour of a class in PASCAL VOC's colour map, red, green and blue from 0 to 255.

    The bits of the number of the class are dealt to the three channels, highest first, so no two of the 16.7 million
    numbers have the same colour.  Number 0 is VOC's background, so the classes of an export count from 1.

    Args:
        index: of the class, from 0.

    >>> colour(0), colour(1), colour(14)
    ((128, 0, 0), (0, 128, 0), (192, 128, 128))
    """
    number = index + 1
    if number >= _COLOURS:
        raise InputError(f"there are no colours for more than {_COLOURS - 1:,} classes; choose fewer datasets")
    channels = [0, 0, 0]
    for place in range(7, -1, -1):
        for channel in range(3):
            channels[channel] |= (number & 1) << place
            number >>= 1
    red, green, blue = channels
    return red, green, blue
