"""How often pairs of classes came: a dense matrix while the classes fit into it, sorted keys beyond.

Pairs are not looked up one by one: a key for each is written to a buffer, the buffer is sorted, and runs of the same key
are counted at once.  Sorted keys reach the matrix in the order of its memory, which is most of the speed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import int32, int64, uint64
from numpy.typing import NDArray

DENSE = 16384
"""The most classes that a matrix is made for: 1 GB, of which pairs in one direction touch half."""
_BUFFER = 1 << 25
_FIRST = 256
_STRIDE = 1 << 32


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

    def sparse(self) -> tuple[NDArray[int64], NDArray[int64], NDArray[int64]]:
        """Return the first and second place of every pair that came, ascending, and how often it came."""
        self._flush()
        if self._matrix is None:
            self._merge()
            keys, counts = self._runs[0] if self._runs else (np.empty(0, int64), np.empty(0, int64))
            return keys // _STRIDE, keys % _STRIDE, counts
        flat = self._matrix.reshape(-1)
        keys = np.flatnonzero(flat != 0)
        first = (keys.view(uint64) // uint64(max(len(self._matrix), 1))).view(int64)  # ten times as fast as signed
        return first, keys - first * len(self._matrix), flat[keys].astype(int64)

    def of(self, first: NDArray[Any], second: NDArray[Any]) -> NDArray[int64]:
        """Return how often each of some pairs came."""
        self._flush()
        if self._matrix is not None and not len(self._matrix):
            return np.zeros(len(first), int64)
        if self._matrix is not None:
            self.stride(1 + int(max(first.max(initial=-1), second.max(initial=-1))))
        if self._matrix is not None:
            return self._matrix[first, second].astype(int64)
        self._merge()
        if not self._runs:
            return np.zeros(len(first), int64)
        keys, counts = self._runs[0]
        wanted = first.astype(int64) * _STRIDE + second
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, counts[place], 0)

    def _flush(self) -> None:
        if not self._used:
            return
        keys = self._buffer[: self._used]
        self._used = 0
        keys.sort()
        last = np.flatnonzero(keys[1:] != keys[:-1])
        counts = np.diff(last, prepend=-1, append=len(keys) - 1)
        distinct = np.append(keys[last], keys[-1])
        del last
        if self._matrix is not None:
            self._matrix.reshape(-1)[distinct] += counts.astype(int32)
            return
        self._runs.append((distinct, counts))
        if sum(len(run) for run, _ in self._runs[1:]) > len(self._runs[0][0]):
            self._merge()

    def _grow(self, places: int) -> None:
        """Make the matrix larger, or leave it for sorted keys."""
        assert self._matrix is not None
        old = self._matrix
        if places > self._dense:
            first, second, counts = self.sparse()
            self._matrix = None
            if len(counts):
                self._runs.append((first * _STRIDE + second, counts))
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
