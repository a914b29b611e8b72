"""What an annotation file is to every stage: labels as the file writes them, and images in batches of arrays.

A hundred million labels pass through arrays, never through an object each; no stage holds more than some batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from numpy import float32, int32, int64
from numpy.typing import NDArray

IMAGES = 8192
"""About how many images a batch has."""


class Label(NamedTuple):
    """A label as a file writes it.

    Attributes:
        key: what its annotations use: a name, an index, a category id, a MID, a wnid.
        name: what its own list calls it, where the file has one; else the key.
    """

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some images of a file with their labels: those of image i are ``starts[i]`` to ``starts[i + 1]``.

    Attributes:
        images: names or ids, as the file writes them.
        starts: ``(images + 1,)``, ascending from 0.
        labels: ``(n,)``, positions in what the batch was read from: `Annotations.labels`, or a `Space`'s codes; those
            of an image differ, but that a file may call one both there and absent.
        confidence: ``(n,)``, 0 to 1; 1 where the file says nothing, 0 of what was looked for and is not there.
    """

    images: list[str]
    starts: NDArray[int64]
    labels: NDArray[int32]
    confidence: NDArray[float32]


class Annotations(Protocol):
    """An open annotation file.

    Attributes:
        format: name of its format.
        labels: the labels that the file listed or used so far; it grows while batches are read, and never changes.
    """

    format: str
    labels: list[Label]

    def batches(self) -> Iterator[Batch]:
        """Yield the images, each once, in the file's order where that is possible.

        It can be called again; a file of `taxonomy.labels.open_labels` reports its bad rows the first time only.
        """
        ...
