"""How concrete a bare name sounds: a linear model of its vector and of the letters that it is made of.

A name's features are its static vector and hashed n-grams, mostly of its last word, which says what is meant: endings
such as *-ness* and *-er* tell abstract nouns and persons.  The weights are fitted by `scripts/train_visual.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding import Encoder, Vectors

BUCKETS = 1 << 15
_BATCH = 1 << 14  # names that are encoded at once: 16 MB of vectors


@dataclass(frozen=True, slots=True)
class Ngrams:
    """The hashed n-grams of names, as a sparse matrix whose row has length 1 in the square.

    Attributes:
        buckets: of all n-grams, one name after the other.
        counts: how many n-grams each name has, at least 1.
    """

    buckets: NDArray[np.int32]
    counts: NDArray[np.int64]

    def times(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the product with weights of shape ``(BUCKETS, columns)``."""
        starts = np.concatenate([[0], np.cumsum(self.counts)[:-1]])
        sums = [np.add.reduceat(np.take(column, self.buckets), starts) for column in weights.T]
        return np.stack(sums, axis=1) / np.sqrt(self.counts).astype(weights.dtype)[:, np.newaxis]

    def selected(self, rows: NDArray[np.bool_]) -> Ngrams:
        """Return the rows that are chosen."""
        return Ngrams(self.buckets[np.repeat(rows, self.counts)], self.counts[rows])

    def transposed_times(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product of the transposed matrix with one value a name."""
        spread = np.repeat(values / np.sqrt(self.counts), self.counts)
        return np.bincount(self.buckets, spread, BUCKETS)


def ngrams(names: Sequence[str]) -> Ngrams:
    """Return the hashed n-grams of names, of which there is at least one."""
    endings: dict[str, tuple[int, ...]] = {}
    words: dict[str, int] = {}
    rows: list[tuple[int, ...]] = []
    for name in names:
        lower = name.lower()
        parts = lower.split() or [""]
        last = parts[-1]
        if last not in endings:
            endings[last] = tuple({zlib.crc32(gram.encode()): None for gram in _pieces(f"<{last}>")})
        for part in parts:
            if part not in words:
                words[part] = zlib.crc32(f"w{part}".encode())
        lengths = (zlib.crc32(b"L%d" % min(len(parts), 4)), zlib.crc32(b"C%d" % (len(lower) // 3)))
        rows.append((*endings[last], *dict.fromkeys(words[part] for part in parts), *lengths))
    counts = np.fromiter(map(len, rows), np.int64, len(rows))
    hashes = np.fromiter(chain.from_iterable(rows), np.int64, int(counts.sum()))
    return Ngrams((hashes % BUCKETS).astype(np.int32), counts)


def _pieces(word: str) -> Iterator[str]:
    """Yield endings and beginnings of two to six letters, and all runs of three and four."""
    for length in range(2, 7):
        yield "s" + word[-length:]
        yield "p" + word[:length]
    for length in (3, 4):
        for start in range(len(word) - length + 1):
            yield "i" + word[start : start + length]


@dataclass(frozen=True, slots=True)
class NameModel:
    """A linear model of names with several outputs.

    Attributes:
        vectors: weights of a name's vector, ``(dimension, outputs)``.
        buckets: weights of its n-grams, ``(BUCKETS, outputs)``.
        bias: ``(outputs,)``.
    """

    vectors: Vectors
    buckets: Vectors
    bias: Vectors

    def score(self, names: Sequence[str], encoder: Encoder) -> Vectors:
        """Return what the model says of names, float32 of shape ``(len(names), outputs)``."""
        scores = np.zeros((len(names), len(self.bias)), np.float32)
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            products = encoder.encode(batch) @ self.vectors
            scores[start : start + _BATCH] = products + ngrams(batch).times(self.buckets) + self.bias
        return scores
