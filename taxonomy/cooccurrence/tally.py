"""How often pairs of classes came: a dense matrix while the classes fit into it, sorted keys beyond.

Pairs are not looked up one by one: a key for each goes to a buffer, the buffer is sorted, and runs of the same key are
counted at once.  Sorted keys reach the matrix in the order of its memory, which is most of the speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy import int32, int64, uint64
from numpy.typing import NDArray

DENSE = 16384
"""The most classes that a matrix is made for: 1 GB, of which pairs in one direction touch half."""
_BUFFER = 1 << 26
_FIRST = 256
_STRIDE = 1 << 32
# Arrays of so many numbers come from memory that was used before; larger ones are given back each time, and to get
# them anew takes longer than to sort them.
_BLOCK = 1 << 20


class Tally:
    """Counts of ordered pairs of places; a place is the number of a class, from 0."""

    def __init__(self, dense: int = DENSE, buffer: int = _BUFFER) -> None:
        self._dense, self._size = dense, buffer
        self._matrix: NDArray[int32] | None = np.zeros((0, 0), int32)
        self._runs: list[tuple[NDArray[int64], NDArray[int64]]] = []
        self._buffer: NDArray[Any] = np.empty(0, int32)
        self._used = 0

    def stride(self, places: int) -> int:
        """Make room for so many places; the key of a pair is now its first place times the stride, plus its second."""
        if self._matrix is not None and places > len(self._matrix):
            self._flush()
            self._grow(places)
        return _STRIDE if self._matrix is None else len(self._matrix)

    @property
    def dtype(self) -> type[int32 | int64]:
        """The type of keys."""
        return int64 if self._matrix is None else int32

    def add(self, keys: NDArray[Any]) -> None:
        """Count pairs, each by its key."""
        while len(keys):
            if self._used == self._size:
                self._flush()
            if self._buffer.dtype != self.dtype or not len(self._buffer):
                self._buffer = np.empty(self._size, self.dtype)
            block = keys[: self._size - self._used]
            self._buffer[self._used : self._used + len(block)] = block
            self._used += len(block)
            keys = keys[len(block) :]

    def __len__(self) -> int:
        """Return how many different pairs came."""
        self._settle()
        if self._matrix is not None:
            return int(np.count_nonzero(self._matrix))
        self._merge()
        return len(self._runs[0][0]) if self._runs else 0

    def blocks(self) -> Iterator[tuple[NDArray[int64], NDArray[int64], NDArray[int64]]]:
        """Yield the first and second place of the pairs that came, ascending, and how often each did."""
        self._settle()
        if self._matrix is None:
            self._merge()
            for keys, counts in self._runs:
                for start in range(0, len(keys), _BLOCK):
                    block = keys[start : start + _BLOCK]
                    yield block // _STRIDE, block % _STRIDE, counts[start : start + _BLOCK]
            return
        width = len(self._matrix)
        rows = max(1, _BLOCK // max(width, 1))
        for start in range(0, width, rows):
            flat = self._matrix[start : start + rows].reshape(-1)
            keys = np.flatnonzero(flat != 0)
            first = (keys.view(uint64) // uint64(width)).view(int64)  # ten times as fast as signed
            yield start + first, keys - first * width, flat[keys].astype(int64)

    def of(self, first: NDArray[Any], second: NDArray[Any]) -> NDArray[int64]:
        """Return how often each of some pairs came."""
        self._flush()
        if self._matrix is not None and not len(self._matrix):
            return np.zeros(len(first), int64)
        if self._matrix is not None:
            self.stride(1 + int(max(first.max(initial=-1), second.max(initial=-1))))
        if self._matrix is not None:
            dense: NDArray[int64] = self._matrix[first, second].astype(int64)
            return dense
        self._merge()
        if not self._runs:
            return np.zeros(len(first), int64)
        keys, counts = self._runs[0]
        wanted = first.astype(int64) * _STRIDE + second
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found: NDArray[int64] = np.where(keys[place] == wanted, counts[place], 0)
        return found

    def _settle(self) -> None:
        """Count what waits, and give its memory back to those who read the counts."""
        self._flush()
        self._buffer = np.empty(0, self.dtype)

    def _flush(self) -> None:
        if not self._used:
            return
        keys = self._buffer[: self._used]
        self._used = 0
        keys.sort()
        if self._matrix is None:
            self._runs.append(_counted(keys))
            if sum(len(run) for run, _ in self._runs[1:]) > len(self._runs[0][0]):
                self._merge()
            return
        flat = self._matrix.reshape(-1)
        for start in range(0, len(keys), _BLOCK):
            distinct, counts = _counted(keys[start : start + _BLOCK])
            flat[distinct] += counts.astype(int32)

    def _grow(self, places: int) -> None:
        """Make the matrix larger, or leave it for sorted keys."""
        assert self._matrix is not None
        old = self._matrix
        if places > self._dense:
            self._runs += [(first * _STRIDE + second, counts) for first, second, counts in self.blocks()]
            self._matrix = None
            self._merge()
            return
        # By half at once, for every step copies all.
        size = min(self._dense, max(places, len(old) + len(old) // 2, _FIRST))
        self._matrix = np.zeros((size, size), int32)
        self._matrix[: len(old), : len(old)] = old

    def _merge(self) -> None:
        if len(self._runs) < 2:
            return
        keys = np.concatenate([run for run, _ in self._runs])
        counts = np.concatenate([times for _, times in self._runs])
        self._runs.clear()
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        self._runs.append((keys[starts], np.add.reduceat(counts, starts)))


def _counted(keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[int64]]:
    """Return the different keys among sorted ones, and how often each came."""
    last = np.append(np.flatnonzero(keys[1:] != keys[:-1]), len(keys) - 1)
    return keys[last], np.diff(last, prepend=-1)
