"""What every encoder offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors whose products are the texts' similarities (cosines)."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the vectors: encoders of one fingerprint give the same vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, float32 of shape ``(len(texts), dimension)``.

        Rows have length 1, or 0 where the encoder knows nothing of the text.
        """


def unit(vectors: Vectors) -> Vectors:
    """Scale the rows to length 1 in place, rows of zeros excepted, and return them."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors
