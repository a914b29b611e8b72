"""The classifier itself: a network with one hidden layer, trained and applied with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding import Vectors

HIDDEN, EPOCHS, RATE, DECAY, DROPPED, BATCH = 256, 15, 1e-3, 0.1, 0.5, 256
_WARM_UP = 0.1  # of the steps
_BETAS = 0.9, 0.999
_HIDDEN_FROM = 0.1  # of the examples at each step, what a view does not show
_BLOCK = 1 << 10  # rows that are multiplied at once: of whole blocks a row's score is the same whatever is beside it
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer of rectified units, and weights past it.

    Attributes:
        mean, scale: what a row is shifted and divided by, ``(width,)``.
        hidden, hidden_bias: ``(width, units)`` and ``(units,)``.
        output: ``(units,)``.
        direct: weights of the standardised row itself, ``(width,)``; only training on one's own labels sets them.
        bias: a number.
    """

    mean: Vectors
    scale: Vectors
    hidden: Vectors
    hidden_bias: Vectors
    output: Vectors
    direct: Vectors
    bias: float

    def standardised(self, rows: Vectors, unknown: NDArray[np.int64] = NONE) -> Vectors:
        """Return rows in standard deviations from the mean; columns that are not known are at the mean."""
        standard: Vectors = (rows - self.mean) / self.scale
        standard[:, unknown] = 0
        return standard

    def activations(self, standard: Vectors) -> Vectors:
        """Return the outputs of the hidden units for standardised rows."""
        units: Vectors = np.maximum(standard @ self.hidden + self.hidden_bias, 0)
        return units

    def score(self, rows: Vectors, unknown: NDArray[np.int64] = NONE) -> Vectors:
        """Return the score of each row, in steps of the rating above its middle; see `standardised`."""
        known = np.delete(np.arange(rows.shape[1]), unknown)
        standard = np.zeros((-(-len(rows) // _BLOCK) * _BLOCK, len(known)), np.float32)
        standard[: len(rows)] = rows[:, known] if len(unknown) else rows
        standard -= self.mean[known]
        standard /= self.scale[known]
        units = standard @ self.hidden[known]
        units += self.hidden_bias
        np.maximum(units, 0, out=units)
        scores: Vectors = units @ self.output + standard @ self.direct[known] + np.float32(self.bias)
        return scores[: len(rows)]


def train(
    rows: Vectors,
    targets: Vectors,
    weights: Vectors,
    seeds: Sequence[int],
    views: Sequence[NDArray[np.int64]] = (),
) -> Network:
    """Train networks and return their mean as one.

    AdamW (Loshchilov and Hutter 2019) with one cycle of the rate, half of the inputs and units dropped at each step,
    squared error.

    Args:
        rows: features.
        targets: what the score should be.
        weights: of the examples.
        seeds: one network each.
        views: columns that may be unknown; each set is hidden from a tenth of the examples at each step.
    """
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    # What never varies here, as a lexicographer file that no example is of, tells nothing where it does.
    scale = np.where(spread > 0, spread + np.float32(1e-3), np.float32(1e9))
    standard = (rows - mean) / scale
    parts = [_train(standard, targets, weights, seed, views) for seed in seeds]
    hidden, hidden_bias, output, bias = (np.concatenate([part[place] for part in parts], axis=-1) for place in range(4))
    share = np.float32(1 / len(seeds))
    direct = np.zeros(rows.shape[1], np.float32)
    return Network(mean, scale, hidden, hidden_bias, output * share, direct, float(bias.mean()))


def _train(
    rows: Vectors, targets: Vectors, weights: Vectors, seed: int, views: Sequence[NDArray[np.int64]]
) -> list[Vectors]:
    chance = np.random.default_rng(seed)
    count, width = rows.shape
    theta: list[Vectors] = [
        (chance.standard_normal((width, HIDDEN)) / np.sqrt(width)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        (chance.standard_normal(HIDDEN) / np.sqrt(HIDDEN)).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    first, second = ([np.zeros_like(part) for part in theta] for _ in range(2))
    steps, step = EPOCHS * -(-count // BATCH), 0
    for _ in range(EPOCHS):
        order = chance.permutation(count)
        for start in range(0, count, BATCH):
            some = order[start : start + BATCH]
            step += 1
            seen = rows[some] * _kept(chance, (len(some), width))
            for view in views:
                seen[np.ix_(chance.random(len(some)) < _HIDDEN_FROM, view)] = 0
            gradients = _gradients(theta, seen, targets[some], weights[some], chance)
            rate = _rate(step / steps)
            for part, one, two, gradient in zip(theta, first, second, gradients, strict=True):
                one += (1 - _BETAS[0]) * (gradient - one)
                two += (1 - _BETAS[1]) * (gradient * gradient - two)
                slope = one / (1 - _BETAS[0] ** step) / (np.sqrt(two / (1 - _BETAS[1] ** step)) + 1e-8)
                part -= (rate * (DECAY * part + slope)).astype(np.float32)
    return theta


def _gradients(
    theta: Sequence[Vectors], seen: Vectors, targets: Vectors, weights: Vectors, chance: np.random.Generator
) -> tuple[Vectors, ...]:
    hidden, hidden_bias, output, bias = theta
    raw: Vectors = seen @ hidden + hidden_bias
    open_units: Vectors = (raw > 0) * _kept(chance, raw.shape)
    units: Vectors = raw * open_units
    error: Vectors = (2 * weights * (units @ output + bias - targets) / len(seen)).astype(np.float32)
    back: Vectors = np.outer(error, output).astype(np.float32, copy=False) * open_units
    slopes: tuple[Vectors, ...] = (seen.T @ back, back.sum(axis=0), units.T @ error, error.sum(keepdims=True))
    return slopes


def _kept(chance: np.random.Generator, shape: tuple[int, ...]) -> Vectors:
    """Return a factor for each number: 0 where it is dropped, more than 1 elsewhere, 1 on average."""
    return (chance.random(shape, np.float32) >= DROPPED) * np.float32(1 / (1 - DROPPED))


def _rate(done: float) -> float:
    """Return the rate when a share of the steps is done: up, and down along a cosine."""
    if done < _WARM_UP:
        return RATE * done / _WARM_UP
    return RATE * 0.5 * (1 + float(np.cos(np.pi * (done - _WARM_UP) / (1 - _WARM_UP))))
