"""Each label of an image once, and once more where it is absent as well: the highest confidence counts.

What to make of a label that is there and absent, its reader decides: `without_denied`, or as `Fixer` is told.
"""

from __future__ import annotations

import numpy as np
from numpy import float32, int64
from numpy.typing import NDArray

from taxonomy.labels._format import Report
from taxonomy.labels.batch import Batch
from taxonomy.text import counted


class Settler:
    """Settles the batches of one reading of a file, and reports what it had to settle."""

    def __init__(self, where: str, report: Report, *, repeats: bool = True, sure: float = 0) -> None:
        """Prepare.

        Args:
            where: the file's name.
            report: told how many labels are repeated.
            repeats: whether a repeated label is worth a report; it is not where each object has a row.
            sure: a confidence up to this is a guess, that gives way where the label is absent.
        """
        self._where, self._report = where, report
        self._tell_repeats, self._sure = repeats, sure
        self._repeated = self._blank = 0

    def settle(self, batch: Batch) -> Batch:
        """Return the batch without repeated labels, and without labels below 0, which stand for none."""
        image = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts))
        labels, confidence = batch.labels, batch.confidence
        if blank := int(np.count_nonzero(labels < 0)):
            named = labels >= 0
            self._blank += blank - int(np.count_nonzero(np.diff(batch.starts)[image[~named]] == 1))
            image, labels, confidence = image[named], labels[named], confidence[named]
        keys = (image << 32) | labels
        ascending = np.sort(keys)
        if (ascending[1:] == ascending[:-1]).any():
            kept, confidence = self._merge(keys << 1 | (confidence == 0), confidence)
            image, labels = image[kept], labels[kept]
        elif not blank:
            return batch
        starts = np.searchsorted(image, np.arange(len(batch.images) + 1))
        return Batch(batch.images, starts.astype(int64), labels, confidence)

    def end(self) -> None:
        """Report what was counted."""
        if self._repeated and self._tell_repeats:
            self._report(
                self._where, f"{counted(self._repeated, 'row')} repeated a label of the image; the surest counts"
            )
        if self._blank:
            self._report(
                self._where, f"{counted(self._blank, 'row')} had no label, though the image has others; left out"
            )

    def _merge(self, keys: NDArray[int64], confidence: NDArray[float32]) -> tuple[NDArray[int64], NDArray[float32]]:
        """Return the positions of the first of each key, which ends with 1 for absent, and its highest confidence."""
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        begins = np.flatnonzero(np.diff(keys, prepend=-1))
        self._repeated += len(keys) - len(begins)
        most = np.maximum.reduceat(confidence[order], begins)
        first, keys = order[begins], keys[begins]
        guess = np.zeros(len(keys), np.bool_)
        guess[:-1] = (keys[:-1] ^ keys[1:] == 1) & (most[:-1] <= self._sure)
        first, most = first[~guess], most[~guess]
        again = np.argsort(first)
        return first[again], most[again]


def without_denied(batch: Batch) -> Batch:
    """Return a batch whose labels that are there, though the image has them as absent too, are absent."""
    absent = batch.confidence == 0
    if not absent.any():
        return batch
    keys = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts)) << 32 | batch.labels
    kept = absent | ~np.isin(keys, keys[absent])
    starts = np.concatenate([[0], np.cumsum(kept)])[batch.starts]
    return Batch(batch.images, starts, batch.labels[kept], batch.confidence[kept])
