"""What is counted over annotations, whatever engine counts."""

from __future__ import annotations

from dataclasses import dataclass

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
