"""The static model: a table of token vectors; a text's vector is the direction of the sum of its tokens' vectors.

`scripts/distill_encoder.py` makes such tables from a sentence transformer, after model2vec (Tulkens and van Dongen
2024): how much a token counts is the length of its vector.  The order of the words does not count.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding._format import Vectors, unit
from taxonomy.encoding.wordpiece import WordPiece
from taxonomy.errors import InputError

VECTORS = "vectors.npy"
SCALES = "scales.npy"
TOKENS = "tokens.txt"
_AT_ONCE = 1 << 10  # texts whose vectors fit into the processor's cache


class StaticEncoder:
    """An encoder that looks up and adds, tens of thousands of texts a second.

    Args:
        folder: holds ``vectors.npy`` (int8, tokens × dimension), ``scales.npy`` (float32, what the row of each token
            is to be multiplied with) and ``tokens.txt`` (a token a line, UTF-8).

    Raises:
        InputError: a file is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        try:
            files = [(folder / name).read_bytes() for name in (VECTORS, SCALES, TOKENS)]
            vectors, scales = (np.load(io.BytesIO(file), allow_pickle=False) for file in files[:2])
            tokens = files[2].decode("utf-8").splitlines()
            if vectors.dtype != np.int8 or vectors.ndim != 2 or not len(vectors) == len(scales) == len(tokens):
                raise ValueError(f"{vectors.shape} vectors, {scales.shape} scales, {len(tokens)} tokens")
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{folder}: no static model ({error}); scripts/distill_encoder.py makes one") from error
        self._table: Vectors = vectors * scales.astype(np.float32)[:, np.newaxis]
        self._pieces = WordPiece(tokens)
        self.fingerprint = hashlib.sha256(b"".join(hashlib.sha256(file).digest() for file in files)).hexdigest()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._table.shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, float32 of shape ``(len(texts), dimension)``; see `Encoder.encode`."""
        numbers = [self._pieces.numbers(text) for text in texts]
        counts = np.fromiter(map(len, numbers), np.intp, len(texts))
        tokens = np.fromiter(chain.from_iterable(numbers), np.intp, int(counts.sum()))
        starts = np.cumsum(counts) - counts
        sums = np.zeros((len(texts), self.dimension), np.float32)
        order = np.argsort(-counts, kind="stable")
        for at in range(0, len(order), _AT_ONCE):
            some = order[at : at + _AT_ONCE]
            sums[some] = self._sums(tokens, starts[some], counts[some])
        return unit(sums)

    def _sums(self, tokens: NDArray[np.intp], starts: NDArray[np.intp], counts: NDArray[np.intp]) -> Vectors:
        """Add up the vectors of runs of tokens, the longest run first: all first tokens, then all second."""
        sums = np.zeros((len(counts), self.dimension), np.float32)
        for place in range(int(counts[0])):
            long = int(np.count_nonzero(counts > place))
            sums[:long] += self._table[tokens[starts[:long] + place]]
        return sums
