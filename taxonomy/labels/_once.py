"""Images of a file with one image a line, each once: a line that repeats one is a bad row.

An image is known by 8 bytes, so ten million need 80 MB, at times twice that.  One line in some hundred thousand files
of that size is taken for a repetition by chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import bool_, int64
from numpy.typing import NDArray

from taxonomy.labels._format import Report
from taxonomy.labels.batch import Batch


class Once:
    """Leaves out images that came before, in one reading of a file."""

    def __init__(self, where: str, report: Report) -> None:
        """Prepare.

        Args:
            where: the file's name.
            report: told of each line that is left out.
        """
        self._where, self._report = where, report
        self._runs: list[NDArray[int64]] = []  # ascending hashes; each run is more than twice as long as the next

    def once(self, batch: Batch, lines: Sequence[int]) -> Batch:
        """Return the batch without images that came before.

        Args:
            batch: what was read.
            lines: the number of the line of each image.
        """
        again = self._again(batch.images)
        if not again.any():
            return batch
        for place in np.flatnonzero(again).tolist():
            what = f"the image {batch.images[place][:80]!r} has a line before; this one is left out, join their labels"
            self._report(f"{self._where}:{lines[place]}", what)
        kept = np.repeat(~again, np.diff(batch.starts))
        starts = np.concatenate([[0], np.cumsum(np.diff(batch.starts)[~again])])
        images = [image for image, gone in zip(batch.images, again.tolist(), strict=True) if not gone]
        return Batch(images, starts, batch.labels[kept], batch.confidence[kept])

    def _again(self, images: list[str]) -> NDArray[bool_]:
        """Tell of each image whether it came before, and remember all."""
        hashes = np.fromiter(map(hash, images), int64, len(images))
        order = np.argsort(hashes, kind="stable")
        ascending = hashes[order]
        there = np.zeros(len(images), bool_)
        there[1:] = ascending[1:] == ascending[:-1]
        for run in self._runs:
            there |= run[np.minimum(np.searchsorted(run, ascending), len(run) - 1)] == ascending
        if len(ascending):
            self._runs.append(ascending)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            merged = np.concatenate([self._runs.pop(), self._runs.pop()])
            merged.sort(kind="stable")  # which merges runs
            self._runs.append(merged)
        again = np.empty_like(there)
        again[order] = there
        return again
