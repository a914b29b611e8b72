"""How concrete a bare name sounds: a linear model of its vector and of the letters that it is made of.

A name's features are its static vector and hashed n-grams, mostly of its last word, which says what is meant: endings
such as *-ness* and *-er* tell abstract nouns and persons.  The weights are fitted by `scripts/train_visual.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
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
        return np.bincount(self.buckets, spread, BUCKETS).astype(np.float64, copy=False)


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
            endings[last] = _pieces(f"<{last}>".encode())
        own = []
        for part in parts:
            if part not in words:
                words[part] = zlib.crc32(part.encode(), _WHOLE)
            own.append(words[part])
        if len(own) > 1:
            own = list(dict.fromkeys(own))
        rows.append((*endings[last], *own, _WORDS[min(len(parts), 4)], _LETTERS[min(len(lower) // 3, 99)]))
    counts = np.fromiter(map(len, rows), np.int64, len(rows))
    hashes = np.fromiter(chain.from_iterable(rows), np.int64, int(counts.sum()))
    return Ngrams((hashes % BUCKETS).astype(np.int32), counts)


# What each sort of n-gram begins with, hashed: a checksum goes on from there.
_ENDING, _BEGINNING, _INSIDE, _WHOLE = (zlib.crc32(sort) for sort in (b"s", b"p", b"i", b"w"))
_WORDS = [zlib.crc32(b"L%d" % count) for count in range(5)]
_LETTERS = [zlib.crc32(b"C%d" % count) for count in range(100)]


def _pieces(word: bytes) -> tuple[int, ...]:
    """Hash endings and beginnings of two to six letters, and all runs of three and four."""
    crc32, size = zlib.crc32, len(word)
    found = [crc32(word[-length:], _ENDING) for length in range(2, 7)]
    found += [crc32(word[:length], _BEGINNING) for length in range(2, 7)]
    found += [crc32(word[start : start + 3], _INSIDE) for start in range(size - 2)]
    found += [crc32(word[start : start + 4], _INSIDE) for start in range(size - 3)]
    return tuple(dict.fromkeys(found))


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
        products = [encoder.encode(names[at : at + _BATCH]) @ self.vectors for at in range(0, len(names), _BATCH)]
        return self.told(names, np.concatenate(products))

    def told(self, names: Sequence[str], products: Vectors) -> Vectors:
        """Return the same where the products of the names' vectors with `vectors` are known."""
        scores: Vectors = products + ngrams(names).times(self.buckets) + self.bias
        return scores
