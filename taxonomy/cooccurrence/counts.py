"""What is counted over annotations, whatever engine counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import int32, int64
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over images; classes are the codes of a `taxonomy.labels.space.Space`.

    Attributes:
        images: how many images there are.
        present: ``(classes,)``, images that have each.
        absent: ``(classes,)``, images where somebody looked for it in vain.
        condition, consequence: ``(pairs,)``, ordered pairs of different classes that at least one image shows both
            of, ascending by condition, then consequence; each pair comes in both directions.
        both: ``(pairs,)``, images that have both.
        against: ``(pairs,)``, images that have the condition, where somebody looked for the consequence in vain.
    """

    images: int
    present: NDArray[int64]
    absent: NDArray[int64]
    condition: NDArray[int32]
    consequence: NDArray[int32]
    both: NDArray[int64]
    against: NDArray[int64]

    def shown(self, condition: NDArray[int32], consequence: NDArray[int32]) -> NDArray[int64]:
        """Return of pairs of classes in how many images both are."""
        if not len(self.both):
            return np.zeros(len(condition), int64)
        keys, wanted = (
            one.astype(int64) << 32 | other
            for one, other in ((self.condition, self.consequence), (condition, consequence))
        )
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found: NDArray[int64] = np.where(keys[place] == wanted, self.both[place], 0)
        return found
