"""Which pairs of labels become rules, and why the others do not."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
from numpy import bool_
from numpy.typing import NDArray

from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.estimate import Estimates
from taxonomy.cooccurrence.rule import Rule
from taxonomy.labels.space import Space
from taxonomy.text import counted, form

THRESHOLD = 0.5
MIN_SUPPORT = 3
# Measured as the constants of `taxonomy.cooccurrence.estimate`: of the images where somebody looked, so many have it.
AGREED = 0.88


class Kinship:
    """Tells which labels follow from each other without a rule, or are names of one thing."""

    def __init__(self, space: Space) -> None:
        """Prepare; labels may be added to the space later."""
        self._space = space
        self._forms = cache(self._forms_of)

    def __call__(self, one: int, other: int) -> str:
        """Return how two codes are kin; empty when they are not.

        What adding ancestors adds is no rule, so all that is above or below counts, not only parents.
        """
        above = self._space.above
        if other in above[one] or one in above[other]:
            return "one is above the other"
        if shared := self._forms(one) & self._forms(other):
            return f"both are called {min(shared)}"
        return ""

    def _forms_of(self, code: int) -> frozenset[str]:
        concept = self._space.concepts[code]
        names = concept.synonyms("en") if concept is not None else []
        return frozenset(form(name) for name in (self._space.names[code], *names))


def select(
    counts: Counts,
    estimates: Estimates,
    space: Space,
    threshold: float = THRESHOLD,
    min_support: int = MIN_SUPPORT,
    agreed: float = AGREED,
) -> tuple[list[Rule], Counter[str]]:
    """Return the rules, in the order of the pairs, and how many pairs are none only because of their kinship.

    Args:
        counts: what was counted.
        estimates: for its pairs.
        space: whose codes the classes are.
        threshold: the least probability; for wilson the least lower bound.
        min_support: the fewest images that show both.
        agreed: with verified labels, the least share of the images where somebody looked.
    """
    kinship = Kinship(space)
    rules: list[Rule] = []
    kin: Counter[str] = Counter()
    numbers = np.flatnonzero(_likely(counts, estimates, threshold, min_support, agreed))
    for number, one, other in zip(
        numbers.tolist(), counts.condition[numbers].tolist(), counts.consequence[numbers].tolist(), strict=True
    ):
        if how := kinship(one, other):
            kin["near-synonyms" if how.startswith("both") else how] += 1
            continue
        rules.append(_rule(counts, estimates, space, number, one, other))
    return rules, kin


def why_not(
    counts: Counts,
    estimates: Estimates,
    kinship: Kinship,
    number: int,
    threshold: float = THRESHOLD,
    min_support: int = MIN_SUPPORT,
    agreed: float = AGREED,
) -> str:
    """Return why a pair is no rule, in words; empty when it is one.  ``number`` is its place in the counts."""
    one, other = int(counts.condition[number]), int(counts.consequence[number])
    if how := kinship(one, other):
        return how
    if (both := int(counts.both[number])) < min_support:
        return f"both are in {counted(both, 'image')}, fewer than {min_support}"
    if (judged := float(estimates.judged[number])) < threshold:
        what = "the lower bound" if estimates.estimator == "wilson" else "P"
        return f"{what} {judged:.2f} is below {threshold:g}"
    if estimates.agreed is not None and estimates.agreed[number] < agreed:
        looked = counted(int(estimates.verified[number]), "image")
        return f"somebody looked in {looked}, in {counts.against[number]:,} of them in vain"
    return ""


def _likely(counts: Counts, estimates: Estimates, threshold: float, min_support: int, agreed: float) -> NDArray[bool_]:
    likely = (estimates.judged >= threshold) & (counts.both >= min_support)
    if estimates.agreed is not None:
        likely &= estimates.agreed >= agreed
    return likely


def _rule(counts: Counts, estimates: Estimates, space: Space, number: int, one: int, other: int) -> Rule:
    return Rule(
        space.ids[one],
        space.ids[other],
        int(counts.present[one]),
        int(counts.both[number]),
        int(estimates.verified[number]),
        float(estimates.probability[number]),
        float(estimates.lower_bound[number]),
        float(estimates.lift[number]),
        estimates.estimator,
    )
