"""What a vocabulary shows as a whole: the sorts of things that it lists, and in what order.

A list of animals means the animal by *crane*; in a list that is in order, so does a class between *stork* and *heron*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding import Vectors

Matrix = NDArray[np.float32]

_SMOOTHING = 0.5
# What stands beside a class in its list: so many classes on either side, and the weight of the whole list beside them.
_AROUND, _OVERALL = 8, 2.0
_SURE = 3  # standard deviations by which a list must be more in order than one that is shuffled
_LEAST_SPREAD = 0.01  # where all classes are of a sort, their order says nothing
_ROUNDS = 4  # after which the guesses hardly change


@dataclass(frozen=True, slots=True)
class Setting:
    """What a vocabulary shows as a whole, seen from each of its classes, which is left out itself.

    Attributes:
        shares: log share of each lexicographer file, ``(classes, lexicographer files)``.
        centres: direction of the senses of the others, ``(classes, dimension)``.
        kinship: concept to the share of the vocabulary's names that the most similar dataset has that holds it.
        nearby: how much more often, in logs, the classes beside it in the list are of each lexicographer file than all.
        domain: the concepts of the vocabulary's domain.
        strict: the vocabulary keeps to its domain.
    """

    shares: Matrix
    centres: Vectors
    kinship: Mapping[int, float]
    nearby: Matrix
    domain: frozenset[int] = frozenset()
    strict: bool = False

    def rows(self, numbers: Sequence[int]) -> Setting:
        """Return what is seen from some of the classes."""
        return replace(self, shares=self.shares[numbers], centres=self.centres[numbers], nearby=self.nearby[numbers])


def read_order(
    guess: Matrix, files: NDArray[np.intp], owner: NDArray[np.intp], classes: int, kinds: int
) -> tuple[Matrix, Matrix, Matrix]:
    """Guess the sort of thing that each class of a list is, from its candidates and from what stands beside it.

    Args:
        guess: log weight of each candidate.
        files: its lexicographer file.
        owner: the class that it belongs to.
        classes: how many there are.
        kinds: how many lexicographer files there are.

    Returns:
        The weight of each candidate in its class; the log share of each file among the other classes, ``(classes,
        kinds)``; and how much more often, in logs, the classes beside it are of the file than the whole list.
    """

    def apportioned(scores: Matrix) -> tuple[Matrix, Matrix, Matrix]:
        weight = np.exp(scores)
        weight /= np.bincount(owner, weight, classes)[owner] if len(owner) else 1
        mass = np.zeros((classes, kinds), np.float32)
        np.add.at(mass, (owner, files), weight)
        others = mass.sum(axis=0) - mass
        shares: Matrix = np.log((others + _SMOOTHING) / (others.sum(axis=1, keepdims=True) + _SMOOTHING * kinds))
        return weight, mass, shares

    weight, _, shares = apportioned(guess)
    local = shares
    for _ in range(_ROUNDS):
        _, mass, overall = apportioned(guess + local[owner, files])
        local = _log_local(mass, overall)
    return weight, shares, local - overall


def _log_local(mass: Matrix, shares: Matrix) -> Matrix:
    """Return the log shares of the lexicographer files around each class; in a list without an order, those overall."""
    order = _order(mass)
    sums = np.cumsum(np.vstack([np.zeros_like(mass[:1]), mass]), axis=0, dtype=np.float64)
    at = np.arange(len(mass))
    around = sums[np.minimum(at + _AROUND + 1, len(mass))] - sums[np.maximum(at - _AROUND, 0)] - mass
    found: Matrix = np.log(order * around + _OVERALL * np.exp(shares))
    found -= np.log(order * around.sum(axis=1, keepdims=True) + _OVERALL)
    return found.astype(np.float32)


def _order(mass: Matrix) -> float:
    """Return how much more often than by chance neighbours in a list are alike: 0 where none can tell, 1 for always."""
    chance = _SURE / math.sqrt(len(mass)) if len(mass) else 1.0
    if chance >= 1:
        return 0.0
    mean = mass.mean(axis=0)
    spread = float((mass * mass).sum(axis=1).mean() - mean @ mean)
    if spread <= _LEAST_SPREAD:
        return 0.0
    beside = float((mass[1:] * mass[:-1]).sum(axis=1).mean() - mean @ mean)
    return min(max((beside / spread - chance) / (1 - chance), 0.0), 1.0)
