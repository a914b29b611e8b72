"""How concrete a bare name sounds: a linear model of its vector and of the letters that it is made of.

A name's features are its static vector and hashed n-grams, mostly of its last word, which says what is meant: endings
such as *-ness* and *-er* tell abstract nouns and persons.  The weights are fitted by `scripts/train_visual.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding import Encoder, Vectors

_BITS = 15
BUCKETS = 1 << _BITS
_BATCH = 1 << 14  # names that are encoded at once: 16 MB of vectors


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of buckets, each of at least one.

    Attributes:
        buckets: one list after the other.
        counts: how many buckets each list has.
    """

    buckets: NDArray[np.int32]
    counts: NDArray[np.int64]

    def sums(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the sum of each list's weights, of shape ``(BUCKETS, columns)``."""
        starts = np.concatenate([[0], np.cumsum(self.counts)[:-1]])
        return np.stack([np.add.reduceat(np.take(column, self.buckets), starts) for column in weights.T], axis=1)

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each bucket the sum of the values of the lists that it is in."""
        spread = np.bincount(self.buckets, np.repeat(values, self.counts), BUCKETS)
        return spread.astype(np.float64, copy=False)

    def with_others(self, others: Lists) -> Lists:
        """Return these lists and others."""
        return Lists(np.concatenate([self.buckets, others.buckets]), np.concatenate([self.counts, others.counts]))


@dataclass(frozen=True, slots=True)
class Ngrams:
    """The hashed n-grams of names, as a sparse matrix whose row has length 1 in the square.

    Attributes:
        pieces: the n-grams of the distinct last words.
        last: of each name, which of these it ends in.
        words: each name's words, and how many words and letters it has.
    """

    pieces: Lists
    last: NDArray[np.int64]
    words: Lists

    @property
    def _length(self) -> NDArray[np.float64]:
        lengths: NDArray[np.float64] = np.sqrt(self.pieces.counts[self.last] + self.words.counts)
        return lengths

    def times(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the product with weights of shape ``(BUCKETS, columns)``."""
        sums = self.pieces.sums(weights)[self.last] + self.words.sums(weights)
        return sums / self._length.astype(weights.dtype)[:, np.newaxis]

    def transposed_times(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product of the transposed matrix with one value a name."""
        shares = values / self._length
        of_last = np.bincount(self.last, shares, len(self.pieces.counts)).astype(np.float64, copy=False)
        return self.pieces.spread(of_last) + self.words.spread(shares)

    def selected(self, rows: NDArray[np.bool_]) -> Ngrams:
        """Return the rows that are chosen."""
        words = Lists(self.words.buckets[np.repeat(rows, self.words.counts)], self.words.counts[rows])
        return Ngrams(self.pieces, self.last[rows], words)

    def with_others(self, others: Ngrams) -> Ngrams:
        """Return these rows and others."""
        last = np.concatenate([self.last, others.last + len(self.pieces.counts)])
        return Ngrams(self.pieces.with_others(others.pieces), last, self.words.with_others(others.words))


def ngrams(names: Sequence[str]) -> Ngrams:
    """Return the hashed n-grams of names, of which there is at least one."""
    endings: dict[str, int] = {}
    hashed: dict[str, int] = {}
    last, buckets, counts = [], [], []
    for name in names:
        lower = name.lower()
        parts = lower.split() or [""]
        last.append(endings.setdefault(parts[-1], len(endings)))
        own = parts if len(parts) == 1 else dict.fromkeys(parts)
        for part in own:
            if part not in hashed:
                hashed[part] = zlib.crc32(part.encode()) % BUCKETS
            buckets.append(hashed[part])
        buckets += (_WORDS[min(len(parts), 4)], _LETTERS[min(len(lower) // 3, 99)])
        counts.append(len(own) + 2)
    words = Lists(np.array(buckets, np.int32), np.array(counts, np.int64))
    return Ngrams(_pieces(list(endings)), np.array(last, np.int64), words)


_WORDS = [zlib.crc32(b" %d words" % count) % BUCKETS for count in range(5)]
_LETTERS = [zlib.crc32(b" %d letters" % count) % BUCKETS for count in range(100)]
_ENDING, _BEGINNING, _INSIDE = (zlib.crc32(sort) for sort in (b"ending", b"beginning", b"inside"))
_LONGEST = 6


def _pieces(words: Sequence[str]) -> Lists:
    """Hash endings and beginnings of two to six letters, and all runs of three and four.

    A hash is a polynomial of the bytes, so that those of all runs of a length are one sum over the text.
    """
    encoded = [f"<{word}>".encode() for word in words]
    sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
    starts = np.cumsum(sizes) - sizes
    text = np.frombuffer(b"".join(encoded) + bytes(_LONGEST), np.uint8).astype(np.uint32)
    room = len(text) - _LONGEST
    left = np.repeat(starts + sizes, sizes) - np.arange(room)  # bytes from each place to the end of its word
    number = np.repeat(np.arange(len(words)), sizes)
    runs = np.zeros(room, np.uint32)
    found, owners = [], []
    for length in range(1, _LONGEST + 1):
        runs = runs * _FACTOR + text[length - 1 : length - 1 + room]
        long = np.flatnonzero(sizes >= length)
        inside = np.flatnonzero(left >= length)
        for sort, places in (
            (_ENDING, starts[long] + sizes[long] - length if length > 1 else None),
            (_BEGINNING, starts[long] if length > 1 else None),
            (_INSIDE, inside if length in (3, 4) else None),
        ):
            if places is not None:
                mixed = (runs[places] ^ np.uint32(sort + length)) * _MIXER
                found.append((mixed >> np.uint32(32 - _BITS)).astype(np.int32))
                owners.append(number[places])
    order = np.argsort(np.concatenate(owners), kind="stable")
    return Lists(np.concatenate(found)[order], np.bincount(np.concatenate(owners), minlength=len(words)))


_FACTOR, _MIXER = np.uint32(0x01000193), np.uint32(0x9E3779B1)


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

    def score(
        self, names: Sequence[str], encoder: Encoder, keep: Callable[[int, Vectors], None] | None = None
    ) -> Vectors:
        """Return what the model says of names, float32 of shape ``(len(names), outputs)``.

        Args:
            names: the names.
            encoder: makes their vectors.
            keep: takes the vectors of some names, with the place of the first, to spare the same work later.
        """
        scores = np.zeros((len(names), len(self.bias)), np.float32)
        for at in range(0, len(names), _BATCH):
            some = names[at : at + _BATCH]
            vectors = encoder.encode(some)
            # Of a product with as many rows each time, a row is the same whatever is beside it.
            whole = np.zeros((_BATCH, len(self.vectors)), np.float32)
            whole[: len(some)] = vectors
            heard = (whole @ self.vectors)[: len(some)]
            scores[at : at + _BATCH] = heard + ngrams(some).times(self.buckets) + self.bias
            if keep is not None:
                keep(at, vectors)
        return scores
