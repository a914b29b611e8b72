"""Each label of an image once: the highest confidence counts, and what was looked for in vain is not there."""

from __future__ import annotations

import numpy as np
from numpy import bool_, float32, int32, int64
from numpy.typing import NDArray

from taxonomy.labels._format import Report
from taxonomy.labels.batch import Batch, Label

_EXAMPLES = 100


class Settler:
    """Settles the batches of one reading of a file, and reports what it had to settle."""

    def __init__(
        self, where: str, labels: list[Label], report: Report, *, repeats: bool = True, sure: float = 0
    ) -> None:
        """Prepare.

        Args:
            where: the file's name.
            labels: of the file.
            report: told of contradictions, the first hundred one by one.
            repeats: whether a repeated label is worth a report; it is not where each object has a row.
            sure: a confidence above this contradicts that the label is absent.
        """
        self._where, self._labels, self._report = where, labels, report
        self._tell_repeats, self._sure = repeats, sure
        self._repeated = self._contradictions = self._blank = 0

    def settle(self, batch: Batch) -> Batch:
        """Return the batch with each label of an image once, and without labels below 0, which stand for none."""
        image = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts))
        labels, confidence = batch.labels, batch.confidence
        if blank := int(np.count_nonzero(labels < 0)):
            named = labels >= 0
            self._blank += blank - int(np.count_nonzero(np.diff(batch.starts)[image[~named]] == 1))
            image, labels, confidence = image[named], labels[named], confidence[named]
        keys = (image << 32) | labels
        ascending = np.sort(keys)
        if (ascending[1:] == ascending[:-1]).any():
            kept, confidence = self._merge(batch.images, keys, labels, confidence)
            image, labels = image[kept], labels[kept]
        elif not blank:
            return batch
        starts = np.searchsorted(image, np.arange(len(batch.images) + 1))
        return Batch(batch.images, starts.astype(int64), labels, confidence)

    def end(self) -> None:
        """Report what was counted."""
        if self._contradictions > _EXAMPLES:
            more = self._contradictions - _EXAMPLES
            self._report(self._where, f"{more:,} more labels are both there and absent; taken as absent")
        if self._repeated and self._tell_repeats:
            self._report(self._where, f"{self._repeated:,} rows repeat a label of their image; the surest counts")
        if self._blank:
            self._report(self._where, f"{self._blank:,} rows have no label, though their image has others; left out")

    def _merge(
        self, images: list[str], keys: NDArray[int64], labels: NDArray[int32], confidence: NDArray[float32]
    ) -> tuple[NDArray[int64], NDArray[float32]]:
        """Return the positions of the first of each label of an image, and what counts of its confidences."""
        order = np.argsort(keys, kind="stable")
        new: NDArray[bool_] = np.concatenate([[True], np.diff(keys[order]) != 0])
        begins = np.flatnonzero(new)
        most = np.maximum.reduceat(confidence[order], begins)
        least = np.minimum.reduceat(confidence[order], begins)
        first = order[begins]
        self._repeated += len(keys) - len(begins)
        for place in np.flatnonzero((least == 0) & (most > self._sure)).tolist():
            self._contradictions += 1
            if self._contradictions <= _EXAMPLES:
                label = self._labels[labels[first[place]]].name
                what = f"{images[keys[first[place]] >> 32]}: {label} is both there and absent; taken as absent"
                self._report(self._where, what)
        again = np.argsort(first)
        settled: NDArray[float32] = np.where(least == 0, least, most)[again]
        return first[again], settled
