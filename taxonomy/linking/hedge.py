"""What a name surely is, whichever of its senses is meant: the lowest concept above the likely ones.

See Deng et al. 2012, *Hedging your bets*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from taxonomy.draft import Draft


def hedge(draft: Draft, senses: Sequence[tuple[int, float]], bars: Sequence[float]) -> tuple[int, float] | None:
    """Return the lowest concept below the root that is above the senses with a share of their probability.

    Args:
        draft: the taxonomy so far.
        senses: concepts with their probabilities.
        bars: shares, the highest first; a lower one is tried where a higher one gives nothing that tells what sort of
            thing it is (`Draft.is_telling`), and counts only when it does.

    Returns:
        The concept and its probability, or None when none has such a share.
    """
    total = sum(probability for _, probability in senses)
    mass: dict[int, float] = defaultdict(float)
    for concept, probability in senses:
        for key in draft.above(concept):
            mass[key] += probability
    best: int | None = None
    for bar in bars:
        sure = [key for key, likely in mass.items() if draft.parents[key] and likely >= bar * total]
        lowest = max(sure, key=lambda key: (draft.depth(key), mass[key], -key), default=None)
        if lowest is not None and draft.is_telling(lowest):
            return lowest, mass[lowest]
        best = lowest if best is None else best
    return None if best is None else (best, mass[best])
