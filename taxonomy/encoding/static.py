"""The static model: a table of token vectors; a text's vector is the direction of the sum of its tokens' vectors.

`scripts/distill_encoder.py` makes such tables from a sentence transformer, after model2vec (Tulkens and van Dongen
2024): how much a token counts is the length of its vector.  The order of the words does not count.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from taxonomy.encoding._format import Vectors, unit
from taxonomy.encoding.wordpiece import WordPiece
from taxonomy.errors import InputError

VECTORS = "vectors.npy"
SCALES = "scales.npy"
TOKENS = "tokens.txt"


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
        sums = np.zeros((len(texts), self.dimension), np.float32)
        for total, text in zip(sums, texts, strict=True):
            numbers = self._pieces.numbers(text)
            if numbers:
                self._table.take(numbers, axis=0).sum(axis=0, out=total)
        return unit(sums)
