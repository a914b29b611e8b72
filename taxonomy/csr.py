"""Lists of integers as two arrays: compressed sparse rows (CSR)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Csr:
    """Rows of integers.

    Attributes:
        indptr: ``(rows + 1,)``, where each row begins in ``indices``.
        indices: ``(entries,)``, ascending within a row.
    """

    indptr: NDArray[np.int64]
    indices: Ints

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __getitem__(self, row: int) -> Ints:
        """Return a row."""
        return self.indices[self.indptr[row] : self.indptr[row + 1]]

    def of(self, rows: NDArray[np.integer[Any]]) -> Ints:
        """Return the entries of several rows, one after the other."""
        lengths = self.indptr[rows + 1] - self.indptr[rows]
        starts = _starts(lengths)
        found: Ints = self.indices[np.repeat(self.indptr[rows] - starts[:-1], lengths) + np.arange(starts[-1])]
        return found

    def owners(self) -> Ints:
        """Return the row of each entry."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))

    def where(self, kept: NDArray[np.bool_]) -> Csr:
        """Return the rows with only the entries that are kept."""
        sums = np.concatenate([[0], np.cumsum(kept)])
        return Csr(sums[self.indptr], self.indices[kept])

    def transposed(self, columns: int) -> Csr:
        """Return the rows that have each column."""
        order = np.argsort(self.indices, kind="stable")
        return Csr(_starts(np.bincount(self.indices, minlength=columns)), self.owners()[order])


def rows(lists: Sequence[Sequence[int]]) -> Csr:
    """Make rows of sequences of integers.

    >>> lists = rows([[1, 2], [], [0]])
    >>> lists.transposed(3).indices.tolist(), lists.of(np.array([2, 0])).tolist()
    ([2, 0, 0], [0, 1, 2])
    """
    starts = _starts(np.fromiter(map(len, lists), np.int64, len(lists)))
    return Csr(starts, np.fromiter(chain.from_iterable(lists), np.int32, int(starts[-1])))


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
