"""From a score to a probability: a logistic curve with another slope above the middle than below (after Platt 1999)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_STEPS = 50


def probability(curve: Numbers, scores: NDArray[np.floating]) -> Numbers:
    """Return the probability of each score; ``curve`` is what `fit` returns."""
    exponent: Numbers = _terms(np.asarray(scores, np.float64)) @ curve
    return np.asarray(1 / (1 + np.exp(-np.clip(exponent, -30, 30))))


def fit(
    scores: NDArray[np.floating],
    hits: NDArray[np.bool_],
    weights: Numbers,
    before: Numbers | None = None,
    trust: float = 1e-3,
) -> Numbers:
    """Fit a curve by Newton's method.

    Args:
        scores: of examples that the scorer has not seen.
        hits: whether each is what the probability is of.
        weights: of the examples.
        before: the curve that is expected; a flat one when there is none.
        trust: how much the expectation weighs, in squared differences of the curve's weights.

    Returns:
        Weights of the score, of its positive part, and of 1.
    """
    terms = _terms(np.asarray(scores, np.float64))
    centre = np.zeros(3) if before is None else before
    curve = centre.copy()
    for _ in range(_STEPS):
        expected = probability(curve, scores)
        curvature = (terms * (weights * expected * (1 - expected))[:, np.newaxis]).T @ terms
        slope = terms.T @ (weights * (hits - expected)) - trust * (curve - centre)
        curve = curve + np.linalg.solve(curvature + trust * np.eye(3), slope)
    return curve


def _terms(scores: Numbers) -> Numbers:
    return np.stack([scores, np.maximum(scores, 0), np.ones_like(scores)], axis=1)
