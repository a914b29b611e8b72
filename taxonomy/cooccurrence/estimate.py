"""How likely the consequence of a pair is where its condition is, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy import float64, int64
from numpy.typing import NDArray

from taxonomy.cooccurrence.counts import Counts


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates for the pairs of `Counts`, in their order.

    Attributes:
        probability: ``(pairs,)``, of the consequence where the condition is.
        lower_bound: ``(pairs,)``, what it surpasses at the confidence asked for.
        verified: ``(pairs,)``, images with the condition where somebody looked for the consequence.
        estimator: how they were made.
    """

    probability: NDArray[float64]
    lower_bound: NDArray[float64]
    verified: NDArray[int64]
    estimator: str


def estimate(counts: Counts, estimator: str | None, confidence: float, audit: Counts | None = None) -> Estimates:
    """Estimate by the share of the images, or with its Wilson bound."""
    n = counts.present[counts.condition].astype(float64)
    p = counts.both / n
    bound = p
    if estimator != "naive":
        z = NormalDist().inv_cdf(confidence)
        bound = (p + z * z / (2 * n) - z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return Estimates(p, bound, counts.both + counts.against, estimator or "wilson")
