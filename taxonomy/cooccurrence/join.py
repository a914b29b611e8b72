"""Brings the labels of an image together that lie in several files, in bounded memory.

Labels go to temporary files by a hash of their image, so that each file holds all of some images and fits into memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy import float32, int32, int64
from numpy.typing import NDArray

Images = tuple[NDArray[int64], NDArray[int32], NDArray[float32]]
"""Starts, codes and confidences of some images, as in a `taxonomy.labels.batch.Batch`."""

_FILES = 64
_ROWS = 1 << 20
_NO_LABEL = -1
_ROW = np.dtype([("image", int64), ("code", int32), ("confidence", float32)])


class Spill:
    """Labels on disk; two of the same process put an image into the file of the same number."""

    def __init__(self, folder: Path, name: str) -> None:
        """Prepare to write files of a name to a folder."""
        self._places = [folder / f"{name}.{number}" for number in range(_FILES)]
        self._waiting: list[NDArray[np.void]] = []
        self._held = 0

    def add(self, images: Sequence[str], starts: NDArray[int64], codes: NDArray[int32], sure: NDArray[float32]) -> None:
        """Add some images with their labels."""
        # Python's own hash of 64 bits: two of a hundred million images share one with a chance of 1 to 3,700.
        names = np.fromiter(map(hash, images), int64, len(images))
        rows = np.empty(len(codes) + len(images), _ROW)
        rows["image"] = np.concatenate([np.repeat(names, np.diff(starts)), names])
        rows["code"] = np.concatenate([codes, np.full(len(images), _NO_LABEL, int32)])  # for images without labels
        rows["confidence"] = np.concatenate([sure, np.zeros(len(images), float32)])
        self._waiting.append(rows)
        self._held += len(rows)
        if self._held >= _ROWS:
            self._write()

    def files(self) -> Iterator[NDArray[np.void]]:
        """Yield the rows of each file, sorted by image."""
        self._write()
        for place in self._places:
            rows = np.fromfile(place, _ROW) if place.exists() else np.empty(0, _ROW)
            yield rows[np.argsort(rows["image"], kind="stable")]

    def _write(self) -> None:
        if not self._held:
            return
        rows = np.concatenate(self._waiting)
        self._waiting.clear()
        self._held = 0
        number = rows["image"] & (_FILES - 1)
        rows = rows[np.argsort(number, kind="stable")]
        ends = np.cumsum(np.bincount(number, minlength=_FILES))
        for place, part in zip(self._places, np.split(rows, ends[:-1]), strict=True):
            with place.open("ab") as file:
                file.write(part.tobytes())


def joined(spill: Spill) -> Iterator[Images]:
    """Yield all images, each once, with the labels that any file has of it."""
    for rows in spill.files():
        if len(rows):
            yield _images(rows, np.unique(rows["image"]))


def matched(one: Spill, other: Spill) -> Iterator[tuple[Images, Images, int]]:
    """Yield the images that both have, with the labels in each, and how many only the first has."""
    for ours, theirs in zip(one.files(), other.files(), strict=True):
        own, others = np.unique(ours["image"]), np.unique(theirs["image"])
        both = np.intersect1d(own, others, assume_unique=True)
        if len(own):
            yield _images(ours, both), _images(theirs, both), len(own) - len(both)


def _images(rows: NDArray[np.void], images: NDArray[int64]) -> Images:
    """Return the labels of some images, which are sorted as the rows are."""
    rows = rows[(rows["code"] != _NO_LABEL) & np.isin(rows["image"], images)]
    ends = np.searchsorted(rows["image"], images, side="right")
    return np.concatenate([[0], ends]).astype(int64), rows["code"].copy(), rows["confidence"].copy()
