"""Mends what an annotation file says wrong, as far as that needs no second look at the picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from taxonomy.labels._format import Expanded
from taxonomy.labels.batch import Batch
from taxonomy.labels.closure import Closure
from taxonomy.labels.expand import Expander
from taxonomy.labels.space import Space
from taxonomy.labels.validate import opposed
from taxonomy.labels.written import Written


class Fixer:
    """Mends batches of one file.

    Attributes:
        expander: adds the ancestors and counts what it did.
        dropped: labels that were dropped, for they contradict others.
        left: labels that contradict others, and are left.
        merged: labels that were dropped, for an image has their concept twice; the surest was kept.
    """

    def __init__(self, space: Space, written: Written, demanded: Collection[int], prefer: str | None = None) -> None:
        """Prepare.

        Args:
            space: of the labels of the file.
            written: of the same.
            demanded: codes of the labels that an image must have when it has one below.
            prefer: what is kept of labels that contradict each other: ``present``, ``absent``, or None for both.
        """
        self.expander = Expander(space, written, only=frozenset(demanded))
        self.dropped = self.left = self.merged = 0
        self._space, self._written, self._prefer = space, written, prefer
        self._closure = Closure(space, only=demanded)
        self._images = 0

    def fix(self, batches: Iterable[Batch]) -> Iterator[Expanded]:
        """Yield the images, mended."""
        return self.expander.expand(map(self._settled, batches))

    def _settled(self, batch: Batch) -> Batch:
        """Drop one of two labels that contradict each other, or are one concept."""
        self._written.update()
        codes = self._written.codes[batch.labels]
        self._closure.add(np.unique(codes).tolist())
        bits = len(self._space.ids).bit_length()
        image = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts))
        there, absent = np.flatnonzero(batch.confidence > 0), np.flatnonzero(batch.confidence == 0)
        keys = image << bits | codes
        kept = np.ones(len(codes), np.bool_)
        present, denied = opposed(self._closure, keys, image, codes, there, absent, bits)
        if self._prefer is None:
            self.left += len(np.unique(present))
        else:
            gone = np.unique(denied if self._prefer == "present" else present)
            kept[gone] = False
            self.dropped += len(gone)
            for number, label in zip((self._images + image[gone]).tolist(), batch.labels[gone].tolist(), strict=True):
                self._written.drop(number, label, self._prefer == "present")
            there = there[kept[there]]
        order = there[np.lexsort((-batch.confidence[there], keys[there]))]
        again = order[1:][keys[order[1:]] == keys[order[:-1]]]
        kept[again] = False
        self.merged += len(again)
        self._images += len(batch.images)
        starts = np.concatenate([[0], np.cumsum(kept)])[batch.starts]
        return Batch(batch.images, starts, batch.labels[kept], batch.confidence[kept])
