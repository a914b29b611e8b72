"""What a vocabulary shows as a whole: the sorts of things that it lists, and in what order.

A list of animals means the animal by *crane*; in a list that is in order, so does a class between *stork* and *heron*.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from taxonomy.encoding import Vectors
from taxonomy.linking.vectors import unit

Matrix = NDArray[np.float32]

_SMOOTHING = 0.5
# What stands beside a class in its list: so many classes on either side, and the weight of the whole list beside them.
_AROUND, _OVERALL = 8, 2.0
_SURE = 3  # standard deviations by which a list must be more in order than one that is shuffled
_LEAST_SPREAD = 0.01  # where all classes are of a sort, their order says nothing
_ROUNDS = 4  # after which the guesses hardly change
BATCH = 1 << 15
"""Classes that are looked at together; of a knowledge base with millions, all at once would take all memory."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a vocabulary shows as a whole, seen from each of some classes, which is left out itself.

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
        """Return what is seen from some of these classes."""
        return replace(self, shares=self.shares[numbers], centres=self.centres[numbers], nearby=self.nearby[numbers])


class Overview:
    """What a vocabulary shows as a whole; `rows` tells what is seen from some of its classes.

    Args:
        sizes: how many candidates each class has.
        concepts: the candidates' concepts, class by class.
        guess: log weight of each candidate.
        files: its lexicographer file.
        kinds: how many lexicographer files there are.
        extended: returns vectors of concepts.
        kinship: see `Setting`.

    Attributes:
        domain: see `Setting`, as the following.
        strict: see there.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        concepts: Sequence[int],
        guess: Matrix,
        files: NDArray[np.intp],
        kinds: int,
        extended: Callable[[Sequence[int]], Vectors],
        kinship: Mapping[int, float],
    ) -> None:
        self.domain: frozenset[int] = frozenset()
        self.strict = False
        self.kinship, self._extended = kinship, extended
        self._ends = np.cumsum(np.concatenate([np.zeros(1, np.intp), np.asarray(sizes, np.intp)]))
        self._concepts = np.asarray(concepts, np.int32)
        owner = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._weight, self._shares, self._nearby = read_order(guess, files, owner, len(sizes), kinds)
        self._total = self._centres(np.zeros(0, np.intp)).sum(axis=0)
        some = np.flatnonzero(sizes)
        for rows in _parts(len(some)):
            self._total = np.vstack([self._total, self._centres(some[rows])]).sum(axis=0)

    def rows(self, numbers: Sequence[int]) -> Setting:
        """Return what is seen from some of the classes."""
        at = np.asarray(numbers, np.intp)
        centres = unit(self._total - self._centres(at))
        return Setting(self._shares[at], centres, self.kinship, self._nearby[at], self.domain, self.strict)

    def _centres(self, numbers: NDArray[np.intp]) -> Vectors:
        """Return the sum of what each of some classes may mean, by weight."""
        starts, counts = self._ends[numbers], self._ends[numbers + 1] - self._ends[numbers]
        owner = np.repeat(np.arange(len(numbers)), counts)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.repeat(starts, counts) + within
        vectors = self._extended(self._concepts[places].tolist())
        centres = np.zeros((len(numbers), vectors.shape[1]), np.float32)
        np.add.at(centres, owner, self._weight[places][:, np.newaxis] * vectors)
        return centres


def read_order(
    guess: Matrix, files: NDArray[np.intp], owner: NDArray[np.integer], classes: int, kinds: int
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
        total, shares = mass.sum(axis=0), np.empty_like(mass)
        for rows in _parts(classes):
            others = total - mass[rows]
            shares[rows] = np.log((others + _SMOOTHING) / (others.sum(axis=1, keepdims=True) + _SMOOTHING * kinds))
        return weight, mass, shares

    weight, _, shares = apportioned(guess)
    local = shares
    for _ in range(_ROUNDS):
        _, mass, overall = apportioned(guess + local[owner, files])
        local = _log_local(mass, overall)
    return weight, shares, np.subtract(local, overall, out=overall)


def _log_local(mass: Matrix, shares: Matrix) -> Matrix:
    """Return the log shares of the lexicographer files around each class; in a list without an order, those overall."""
    order = _order(mass)
    found = np.empty_like(mass)
    before, first = np.zeros((1, mass.shape[1])), 0  # the sum of what comes before a class
    for rows in _parts(len(mass)):
        last = min(rows.stop + _AROUND, len(mass))
        sums = np.cumsum(np.vstack([before, mass[first:last]]), axis=0, dtype=np.float64)
        at = np.arange(rows.start, rows.stop)
        around = sums[np.minimum(at + _AROUND + 1, len(mass)) - first] - sums[np.maximum(at - _AROUND, 0) - first]
        around -= mass[rows]
        logs = np.log(order * around + _OVERALL * np.exp(shares[rows]))
        found[rows] = logs - np.log(order * around.sum(axis=1, keepdims=True) + _OVERALL)
        begin = max(rows.stop - _AROUND, 0)
        before, first = sums[begin - first][np.newaxis].copy(), begin
    return found


def _order(mass: Matrix) -> float:
    """Return how much more often than by chance neighbours in a list are alike: 0 where none can tell, 1 for always."""
    chance = _SURE / math.sqrt(len(mass)) if len(mass) else 1.0
    if chance >= 1:
        return 0.0
    mean = mass.mean(axis=0)
    own, beside = np.empty(len(mass), np.float32), np.empty(len(mass) - 1, np.float32)
    for rows in _parts(len(mass)):
        own[rows] = (mass[rows] * mass[rows]).sum(axis=1)
        after = mass[rows.start + 1 : rows.stop + 1]
        beside[rows.start : rows.start + len(after)] = (after * mass[rows][: len(after)]).sum(axis=1)
    spread = float(own.mean() - mean @ mean)
    if spread <= _LEAST_SPREAD:
        return 0.0
    alike = float(beside.mean() - mean @ mean)
    return min(max((alike / spread - chance) / (1 - chance), 0.0), 1.0)


def _parts(count: int) -> Iterator[slice]:
    """Yield the rows of a table a batch at a time."""
    for start in range(0, count, BATCH):
        yield slice(start, min(start + BATCH, count))
