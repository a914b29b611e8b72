"""Which pairs become rules."""

from __future__ import annotations

import numpy as np

from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.estimate import Estimates
from taxonomy.cooccurrence.rule import Rule
from taxonomy.labels.space import Space


def select(
    counts: Counts, estimates: Estimates, space: Space, threshold: float, min_support: int
) -> tuple[list[Rule], int]:
    """Return the rules, and how many pairs lie on one path of the hierarchy."""
    enough = (estimates.lower_bound > threshold) & (counts.present[counts.condition] >= min_support)
    rules: list[Rule] = []
    kin = 0
    for k in np.flatnonzero(enough).tolist():
        i, j = int(counts.condition[k]), int(counts.consequence[k])
        if i in space.above[j] or j in space.above[i]:
            kin += 1
            continue
        p, n = float(estimates.probability[k]), int(counts.present[i])
        lift = p / (int(counts.present[j]) / counts.images)
        numbers = (n, int(counts.both[k]), int(estimates.verified[k]), p, float(estimates.lower_bound[k]), lift)
        rules.append(Rule(space.ids[i], space.ids[j], *numbers, estimates.estimator))
    return rules, kin
