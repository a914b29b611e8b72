"""Rules about labels against images that they were not learned from.

Two questions.  What the rules add: of the labels that were looked for in these images, which would they have added, and
how many more labels does an image get?  What the rules say: how many of the pairs that are so probable in these images
are rules, and how many of the rules are such pairs?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy import float32, int32, int64
from numpy.typing import NDArray

from taxonomy.cooccurrence.count import Counter
from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.rule import CHAINED, Rule
from taxonomy.cooccurrence.select import Kinship
from taxonomy.labels.space import Space

METRICS = ("precision", "recall", "rules_true", "rules_found")
LEAST = 10
"""How many images with the condition, where somebody looked, can tell a probability."""

Images = tuple[NDArray[int64], NDArray[int32], NDArray[float32]]
"""Starts, codes and confidences of some images, as in a `taxonomy.labels.batch.Batch`, with a `Space`'s codes."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The outcome.

    Attributes:
        images: how many there are.
        rules: how many there are.
        met: labels of the images that a rule starts from.
        present, absent: labels of the images that are there, and that were looked for in vain.
        found: of those present, what rules would add from the other labels of the image.
        contradicted: of those absent, what they would add.
        new: labels that they would add where nobody looked.
        judged: rules, kin excluded, of which the images can tell the probability.
        true: rules of these that reach the threshold.
        likely: pairs, kin excluded, that reach it.
    """

    images: int
    rules: int
    met: int
    present: int
    absent: int
    found: int
    contradicted: int
    new: int
    judged: int
    true: int
    likely: int

    @property
    def precision(self) -> float | None:
        """Of the labels that were looked for and that rules would add, the share that is there."""
        return _share(self.found, self.found + self.contradicted) if self.absent else None

    @property
    def recall(self) -> float | None:
        """Of the labels that are there, the share that rules would add."""
        return _share(self.found, self.present)

    @property
    def new_per_image(self) -> float | None:
        """Labels that an image would get, those that were looked for in vain among them."""
        return _share(self.new + self.contradicted, self.images)

    @property
    def rules_true(self) -> float | None:
        """Share of the rules that reach the threshold in these images."""
        return _share(self.true, self.judged)

    @property
    def rules_found(self) -> float | None:
        """Share of the pairs that reach the threshold in these images that are rules."""
        return _share(self.true, self.likely)


def evaluate(
    rules: Sequence[Rule],
    space: Space,
    images: Iterable[Images],
    *,
    threshold: float = 0.5,
    min_confidence: float = 0.5,
    chains: bool = False,
    ancestors: bool = False,
) -> Scores:
    """Measure rules.

    Args:
        rules: with ids of the space.
        space: whose codes the labels are; it grows by those of the rules.
        images: that the rules were not learned from.
        threshold: of the probability of a pair.
        min_confidence: rules apply down to this probability.
        chains: what rules add is given to rules again, as in `labels expand`.
        ancestors: take the ancestors of each label as given first.
    """
    pairs = {(space.code_of(rule.condition), space.code_of(rule.consequence)): rule.probability for rule in rules}
    kinship = Kinship(space)
    following = _Following(pairs, kinship, min_confidence, chains)
    counter = Counter()
    totals = np.zeros(7, np.int64)
    for starts, codes, confidence in images:
        if ancestors:
            starts, codes, confidence = _with_ancestors(space, starts, codes, confidence)
        counter.add(starts, codes, confidence)
        totals += following.measure(starts, codes, confidence)
    counts = counter.counts(len(space.ids))
    judged, true, likely = _pairs(pairs, counter, counts, kinship, threshold)
    n, met, present, absent, found, contradicted, new = totals.tolist()
    return Scores(n, len(rules), met, present, absent, found, contradicted, new, judged, true, likely)


class _Following:
    """What follows from each label, by one rule or through several."""

    def __init__(self, pairs: dict[tuple[int, int], float], kinship: Kinship, least: float, chains: bool) -> None:
        rules: dict[int, list[tuple[int, float]]] = {}
        for (one, other), probability in pairs.items():
            if probability >= least:
                rules.setdefault(one, []).append((other, probability))
        reached = {one: _reached(one, rules, least) if chains else [other for other, _ in rules[one]] for one in rules}
        following = {
            one: [other for other in others if other != one and not kinship(one, other)]
            for one, others in reached.items()
        }
        size = max((code for pair in pairs for code in pair), default=-1) + 1
        lengths = np.zeros(size + 1, np.int64)
        for one, others in following.items():
            lengths[one] = len(others)
        self._lengths, self._size = lengths, size
        self._starts = np.cumsum(lengths) - lengths
        flat = [other for one in sorted(following) for other in following[one]]
        self._others = np.array(flat, np.int64)

    def measure(self, starts: NDArray[int64], codes: NDArray[int32], confidence: NDArray[float32]) -> NDArray[int64]:
        """Return the numbers of a `Scores`, from images to new, without that of the rules."""
        image = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        keys = image << 32 | codes
        there = confidence > 0
        present = np.unique(keys[there])
        absent = np.setdiff1d(keys[~there], present)
        place = np.minimum(present & 0xFFFFFFFF, self._size)
        times = self._lengths[place]
        within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        others = self._others[np.repeat(self._starts[place], times) + within]
        added = np.unique(np.repeat(present >> 32, times) << 32 | others)
        found = np.isin(added, present, assume_unique=True).sum()
        contradicted = np.isin(added, absent, assume_unique=True).sum()
        new = len(added) - found - contradicted
        met = np.count_nonzero(times)
        return np.array([len(starts) - 1, met, len(present), len(absent), found, contradicted, new])


def _reached(start: int, rules: dict[int, list[tuple[int, float]]], least: float) -> list[int]:
    """Return what follows from a label with at least such a product of probabilities, the surest first."""
    surest: dict[int, float] = {}
    heap = [(-1.0, start)]
    while heap:
        negative, code = heappop(heap)
        if code in surest:
            continue
        surest[code] = -negative
        for other, probability in rules.get(code, ()):
            if other not in surest and -negative * probability >= (least if code == start else max(least, CHAINED)):
                heappush(heap, (negative * probability, other))
    return list(surest)


def _pairs(
    rules: dict[tuple[int, int], float], counter: Counter, counts: Counts, kinship: Kinship, threshold: float
) -> tuple[int, int, int]:
    """Return how many rules can be judged, how many reach the threshold, and how many pairs do."""
    complete = not counts.absent.any()
    asked = counts.present[counts.condition] if complete else counts.both + counts.against
    likely = (asked >= LEAST) & (counts.both >= threshold * asked)
    pairs = zip(counts.condition[likely].tolist(), counts.consequence[likely].tolist(), strict=True)
    reached = {pair for pair in pairs if not kinship(*pair)}
    # A rule can be judged by images none of which shows both of its labels, and is false by them.
    ours = np.array([pair for pair in rules if not kinship(*pair)], int32).reshape(-1, 2).T
    looked = counts.present[ours[0]] if complete else counter.looked(*ours)
    return int(np.count_nonzero(looked >= LEAST)), len(reached & rules.keys()), len(reached)


def _with_ancestors(
    space: Space, starts: NDArray[int64], codes: NDArray[int32], confidence: NDArray[float32]
) -> Images:
    labels = zip(codes.tolist(), confidence.tolist(), strict=True)
    above = [space.above[code] if sure > 0 else () for code, sure in labels]
    lengths = np.fromiter(map(len, above), np.int64, len(above)) + 1
    ends = np.concatenate([[0], np.cumsum(lengths)])
    full = np.empty(int(ends[-1]), int32)
    own = np.zeros(len(full), bool)
    own[ends[:-1]] = True
    full[own] = codes
    full[~own] = np.fromiter((code for each in above for code in each), int32, len(full) - len(codes))
    return ends[starts].astype(int64), full, np.repeat(confidence, lengths)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
