"""Counts labels and pairs of labels over images; the number of classes bounds the memory, not that of the images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy import float32, int32, int64, uint64
from numpy.typing import NDArray

from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.tally import DENSE, Tally

_LABELS = 1 << 20
_COUNT = 32
_PACKED = 65536  # classes, whose pairs have as many numbers as an unsigned half
_BLOCK = 1 << 20

Labels = tuple[NDArray[int64], NDArray[int64]]
"""The image and the place of each label, ascending by image, then place; each comes once."""


class Counter:
    """Counts what batches of images hold.

    A label is there where its confidence is above 0, and was looked for in vain where it is 0; an image that says both
    has it.  A label that comes twice in an image counts once.
    """

    def __init__(self, dense: int = DENSE, labels: int = _LABELS) -> None:
        """Prepare to count.

        Args:
            dense: up to how many classes a dense matrix is taken.
            labels: about how many labels are counted at a time.
        """
        self.images = 0
        self._most = labels
        self._both, self._against, self._dense = Tally(dense), Tally(dense), dense
        self._place = np.empty(0, int32)  # of a code; -1 where it has none yet
        self._codes = np.empty(0, int32)  # of a place
        self._present, self._absent = np.zeros(0, int64), np.zeros(0, int64)
        self._waiting: list[tuple[NDArray[int64], NDArray[int32], NDArray[float32]]] = []
        self._held = 0

    def add(self, starts: NDArray[int64], codes: NDArray[int32], confidence: NDArray[float32]) -> None:
        """Count some images; the arrays are those of a `taxonomy.labels.batch.Batch`, with a `Space`'s codes."""
        self.images += len(starts) - 1
        self._waiting.append((np.diff(starts), codes, confidence))
        self._held += len(codes)
        if self._held >= self._most:
            self._flush()

    def counts(self, classes: int) -> Counts:
        """Return all that was counted; ``classes`` is how many codes there are."""
        self._flush()
        condition, consequence, both = self._both_ways()
        place = self._place
        against = self._against.of(place[condition], place[consequence])
        present, absent = np.zeros(classes, int64), np.zeros(classes, int64)
        present[self._codes], absent[self._codes] = self._present, self._absent
        return Counts(self.images, present, absent, condition, consequence, both, against)

    def looked(self, condition: NDArray[int32], consequence: NDArray[int32]) -> NDArray[int64]:
        """Return of pairs of codes in how many images with the first the second was looked for, found or not."""
        self._flush()
        found = np.zeros(len(condition), int64)
        known = np.maximum(condition, consequence) < len(self._place)
        one, other = self._place[condition[known]], self._place[consequence[known]]
        came = (one >= 0) & (other >= 0)
        one, other = one[came], other[came]
        both = self._both.of(np.minimum(one, other), np.maximum(one, other))
        found[np.flatnonzero(known)[came]] = both + self._against.of(one, other)
        return found

    def _flush(self) -> None:
        if not self._held:
            return
        lengths, codes, confidence = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting.clear()
        self._held = 0
        image = np.repeat(np.arange(len(lengths)), lengths)
        place = self._placed(codes)
        there = confidence > 0
        if there.all():
            present = distinct(image, place)
            self._present += np.bincount(present[1], minlength=len(self._codes))
            self._count_pairs(present)
            return
        present = distinct(image[there], place[there])
        absent = without(distinct(image[~there], place[~there]), present)
        self._present += np.bincount(present[1], minlength=len(self._codes))
        self._absent += np.bincount(absent[1], minlength=len(self._codes))
        self._count_pairs(present)
        for keys in crossed(present, absent, self._against, len(self._codes)):
            self._against.add(keys)

    def _placed(self, codes: NDArray[int32]) -> NDArray[int32]:
        """Return the places of codes: few and close together, though a space has codes that no image shows."""
        most = int(codes.max(initial=-1)) + 1
        if most > len(self._place):
            self._place = np.append(self._place, np.full(most - len(self._place), -1, int32))
        seen = np.zeros(len(self._place), bool)
        seen[codes] = True
        new = np.flatnonzero(seen & (self._place < 0)).astype(int32)
        if len(new):
            self._place[new] = np.arange(len(self._codes), len(self._codes) + len(new))
            self._codes = np.append(self._codes, new)
            none = np.zeros(len(new), int64)
            self._present, self._absent = np.append(self._present, none), np.append(self._absent, none)
        return self._place[codes]

    def _count_pairs(self, labels: Labels) -> None:
        """Count the pairs of labels of the same image, the lower place first.

        The labels of images that have equally many are a matrix, whose rows meet each other shifted.
        """
        image, place = labels
        stride, dtype = self._both.stride(len(self._codes)), self._both.dtype
        lengths = np.bincount(image)
        starts = np.cumsum(lengths) - lengths
        place = place.astype(dtype)
        for length in np.flatnonzero(np.bincount(lengths)).tolist():
            if length < 2:
                continue
            rows = place[starts[lengths == length] + np.arange(length)[:, None]]
            firsts = rows * dtype(stride)
            for shift in range(1, length):
                self._both.add((firsts[:-shift] + rows[shift:]).reshape(-1))

    def _both_ways(self) -> tuple[NDArray[int32], NDArray[int32], NDArray[int64]]:
        """Return condition, consequence and count of each pair, in both directions, sorted."""
        codes = np.sort(self._codes)
        rank = np.empty(len(codes), uint64)
        rank[np.argsort(self._codes)] = np.arange(len(codes))
        pairs = len(self._both)
        condition, consequence = np.empty(2 * pairs, int32), np.empty(2 * pairs, int32)
        both = np.empty(2 * pairs, int64)
        # Pair and count in one number are sorted five times as fast as the places of the pairs.
        width, sorted_ = uint64(len(codes)), np.empty(2 * pairs, uint64)
        shift = uint64(64 - _COUNT if len(codes) <= _PACKED else 0)
        done = 0
        for one, other, counts in self._both.blocks():
            first, second, end = rank[one], rank[other], done + 2 * len(counts)
            keys = np.concatenate([first * width + second, second * width + first])
            sorted_[done:end] = keys << shift | np.tile(counts.view(uint64), 2) if shift else keys
            both[done:end] = np.tile(counts, 2)
            done = end
        if shift:
            sorted_.sort()
        else:
            order = np.argsort(sorted_)
            sorted_, both = sorted_[order], both[order]
        for start in range(0, len(sorted_), _BLOCK):
            block = slice(start, start + _BLOCK)
            keys = sorted_[block] >> shift
            if shift:
                both[block] = sorted_[block] & uint64((1 << int(shift)) - 1)
            first = keys // width
            condition[block], consequence[block] = codes[first], codes[keys - first * width]
        return condition, consequence, both


def distinct(image: NDArray[int64], place: NDArray[int32]) -> Labels:
    """Return labels sorted by image and place, each once."""
    keys = image << 32 | place
    keys.sort()
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    return keys >> 32, keys & 0xFFFFFFFF


def without(labels: Labels, others: Labels) -> Labels:
    """Return the labels that are not among others."""
    own, taken = (image << 32 | place for image, place in (labels, others))
    kept = ~np.isin(own, taken, assume_unique=True)
    return labels[0][kept], labels[1][kept]


def crossed(labels: Labels, others: Labels, tally: Tally, places: int) -> Iterator[NDArray[Any]]:
    """Yield the keys of each label with each of the others of the same image."""
    stride, dtype = tally.stride(places), tally.dtype
    images = int(max(labels[0].max(initial=-1), others[0].max(initial=-1))) + 1
    lengths = np.bincount(others[0], minlength=images)
    starts = np.cumsum(lengths) - lengths
    partners = lengths[labels[0]]
    total = np.cumsum(partners)
    for begin, end in _blocks(total):
        times = partners[begin:end]
        within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        met = others[1][np.repeat(starts[labels[0][begin:end]], times) + within]
        yield (np.repeat(labels[1][begin:end] * stride, times) + met).astype(dtype)


def _blocks(total: NDArray[int64], most: int = _LABELS) -> Iterator[tuple[int, int]]:
    """Yield ranges of labels that have about so many partners; ``total`` is their running sum."""
    begin = 0
    while begin < len(total):
        done = int(total[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + most)))
        yield begin, end
        begin = end
