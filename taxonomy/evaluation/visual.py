"""How good visual scores are, by people's ratings: the extremes told, the rest ranked, no more claimed than true.

And how good the marks of safety are.

Ratings are on the scale of the concreteness norms, 1 (abstract) to 5 (concrete); probabilities are `taxonomy.visual`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taxonomy.concept import Safety
from taxonomy.evaluation.links import auroc, calibration_error, mean

LOW, HIGH = 2.5, 4.5
CONCRETE = 3.5
BINS = 10


@dataclass(frozen=True, slots=True)
class Scores:
    """Measures of scores; None where there is nothing to measure.  The names are the keys of the JSON.

    Attributes:
        n: rated items.
        n_extremes: those rated at most `LOW` or at least `HIGH`.
        auc_extremes: probability that a concrete extreme gets a higher probability than an abstract one.
        balanced_accuracy: mean of the shares of both extremes that are on their side of one half.
        spearman: rank correlation of all ratings with the probabilities, ties by average ranks.
        ece_extremes: expected calibration error among the extremes, over 10 bins of equal width.
        ece: the same of all items, where a rating of at least `CONCRETE` counts as concrete.
        brier: mean squared difference of the probabilities from that.
    """

    n: int
    n_extremes: int
    auc_extremes: float | None
    balanced_accuracy: float | None
    spearman: float | None
    ece_extremes: float | None
    ece: float | None
    brier: float | None


def measures(ratings: Sequence[float], probabilities: Sequence[float]) -> Scores:
    """Measure probabilities.

    Args:
        ratings: what people say of each item, 1 to 5.
        probabilities: what the classifier says, 0 to 1.

    Raises:
        ValueError: they are not as many, or a rating or probability is off its scale.
    """
    if len(ratings) != len(probabilities):
        raise ValueError(f"{len(ratings)} ratings, but {len(probabilities)} probabilities")
    if not all(1 <= rating <= 5 for rating in ratings) or not all(0 <= p <= 1 for p in probabilities):
        raise ValueError("ratings are from 1 to 5 and probabilities from 0 to 1")
    pairs = list(zip(ratings, probabilities, strict=True))
    extremes = [(rating >= HIGH, p) for rating, p in pairs if rating <= LOW or rating >= HIGH]
    concrete = [rating >= CONCRETE for rating in ratings]
    likely, hits = [p for _, p in extremes], [hit for hit, _ in extremes]
    return Scores(
        n=len(pairs),
        n_extremes=len(extremes),
        auc_extremes=auroc(likely, hits),
        balanced_accuracy=balanced_accuracy(hits, likely),
        spearman=spearman(ratings, probabilities),
        ece_extremes=calibration_error(likely, hits, BINS),
        ece=calibration_error(list(probabilities), concrete, BINS),
        brier=sum((p - hit) ** 2 for p, hit in zip(probabilities, concrete, strict=True)) / len(pairs)
        if pairs
        else None,
    )


@dataclass(frozen=True, slots=True)
class SafetyScores:
    """Measures of the marks of safety; None where there is nothing to measure.  The names are the keys of the JSON.

    Attributes:
        n: judged concepts.
        offensive_recall: share of what people call offensive that is marked so.
        offensive_precision: share of what is marked offensive that people call so.
        unsafe_recall, unsafe_precision: the same of sensitive and offensive together.
    """

    n: int
    offensive_recall: float | None
    offensive_precision: float | None
    unsafe_recall: float | None
    unsafe_precision: float | None


def safety_measures(said: Sequence[Safety], marked: Sequence[Safety]) -> SafetyScores:
    """Measure marks; ``said`` is what people say of each concept."""
    found: list[float | None] = []
    for kinds in ({Safety.OFFENSIVE}, {Safety.OFFENSIVE, Safety.SENSITIVE}):
        pairs = [(gold in kinds, mark in kinds) for gold, mark in zip(said, marked, strict=True)]
        found += [mean([mark for gold, mark in pairs if gold]), mean([gold for gold, mark in pairs if mark])]
    return SafetyScores(len(said), *found)


def balanced_accuracy(hits: Sequence[bool], probabilities: Sequence[float]) -> float | None:
    """Return the mean of the accuracies of both sides; None when one is empty.

    >>> balanced_accuracy([True, True, False], [0.9, 0.2, 0.1])
    0.75
    """
    above = mean([p >= 0.5 for p, hit in zip(probabilities, hits, strict=True) if hit])
    below = mean([p < 0.5 for p, hit in zip(probabilities, hits, strict=True) if not hit])
    return None if above is None or below is None else (above + below) / 2


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the correlation of ranks (Spearman 1904), ties by average ranks; None when either never varies.

    >>> round(spearman([1, 2, 3], [0.1, 0.1, 0.9]), 4)
    0.866
    """
    ranks = _ranks(one), _ranks(other)
    centre = (len(one) - 1) / 2
    a, b = ([rank - centre for rank in values] for values in ranks)
    spread = (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5
    return sum(x * y for x, y in zip(a, b, strict=True)) / spread if spread else None


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end - 1) / 2
        start = end
    return ranks
