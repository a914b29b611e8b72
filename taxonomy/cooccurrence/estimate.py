"""How probable a label is where another one is, from counts over images whose labels are rarely complete.

Of the images with the condition ``both`` show the consequence, ``against`` lack it for sure, and in the rest nobody
looked.  The estimators differ in what they make of the rest:

naive
    it lacks the consequence: P = both / n_if, which is too low unless the labels are complete.
wilson
    the same, and a pair is judged by the lower end of Wilson's interval (1927), which asks more of rare conditions.
coverage
    of the images that have the consequence, only a share c says so.  With an audit, a few images with all their
    labels, c is known, and P = both / (c n_if); the audited images count by all their labels, and P is what makes both
    counts likeliest.  Without one, but with labels that were looked for in vain, an image where
    nobody looked speaks against the consequence too, by a part of one where somebody did: P = both / (both + against +
    part × rest).  Such labels are looked for because somebody, or a classifier, expected them, so the share of all
    images is too low and the share among the verified ones too high; P is between.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy import float64, int64
from numpy.typing import NDArray

from taxonomy.cooccurrence.counts import Counts
from taxonomy.errors import InputError
from taxonomy.text import counted

ESTIMATORS = ("naive", "wilson", "coverage")

# Measured on one half of verified labels, applied to the other (scripts/measure_rules.py).
_PART = 0.3
_DOUBT = 0.5  # of an image more, that lacks the consequence
_PRIOR = 20.0  # images that the verified share of a class is mixed with
_LOOKED = 0.9  # of the images, in which the choice of what is looked for no longer matters
_BLOCK = 1 << 20

Floats = NDArray[float64]


@dataclass(frozen=True, slots=True)
class Audit:
    """What a few images whose labels are complete tell of the annotations.

    Attributes:
        complete: counts of these images with all their labels.
        annotated: of the same images with the labels that the annotations give them.
        found: of the same images with those of these that are right.
    """

    complete: Counts
    annotated: Counts
    found: Counts


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates for the pairs of `Counts`, in their order.

    Attributes:
        probability: ``(pairs,)``, of the consequence where the condition is.
        lower_bound: ``(pairs,)``, what it surpasses at the confidence that was asked for.
        verified: ``(pairs,)``, images with the condition where somebody looked for the consequence.
        agreed: ``(pairs,)``, the share of these that have it, drawn to that of the class where they are few; None when
            nothing was looked for in vain, when nearly all was looked for, or when an audit tells more.
        lift: ``(pairs,)``, probability by the share of all images that have the consequence.
        estimator: how they were made.
        why: why so, for the user, when nobody asked for an estimator.
    """

    probability: Floats
    lower_bound: Floats
    verified: NDArray[int64]
    agreed: Floats | None
    lift: Floats
    estimator: str
    why: str = ""

    @property
    def judged(self) -> Floats:
        """What is compared with the threshold."""
        return self.lower_bound if self.estimator == "wilson" else self.probability


def estimate(
    counts: Counts, estimator: str | None = None, confidence: float = 0.95, audit: Audit | None = None
) -> Estimates:
    """Estimate the probability of each pair.

    Args:
        counts: of the annotations.
        estimator: one of `ESTIMATORS`; None to choose by what there is to go by.
        confidence: of the lower bound, which is one-sided.
        audit: over the same classes; only for coverage.

    Raises:
        InputError: the estimator is unknown or lacks what it needs, or the confidence is no such.
    """
    if not 0.5 <= confidence < 1:
        raise InputError(f"a confidence of {confidence:g}: give at least 0.5 and less than 1, such as 0.95")
    in_vain = int(counts.absent.sum())
    chosen, why = (estimator, "") if estimator else _best(in_vain, audit)
    if chosen not in ESTIMATORS:
        raise InputError(f"{chosen!r}: no such estimator; give one of {', '.join(ESTIMATORS)}")
    if audit is not None and chosen != "coverage":
        raise InputError(f"the estimator {chosen} makes no use of an audit; take coverage, or leave the audit out")
    if chosen == "coverage" and audit is None and not in_vain:
        raise InputError(
            "the estimator coverage needs labels that were looked for in vain (confidence 0), or an audit: some of the "
            "images with all their labels; else take naive or wilson"
        )
    z = NormalDist().inv_cdf(confidence)
    verified = counts.both + counts.against
    between = chosen == "coverage" and audit is None
    columns = [np.empty(len(verified)) for _ in range(4 if between else 3)]
    for start in range(0, len(verified), _BLOCK):
        block = slice(start, start + _BLOCK)
        pairs = _block(counts, block)
        found = _between(pairs, z) if between else _shares(pairs, z) if audit is None else _audited(pairs, audit, z)
        for column, values in zip(columns, found, strict=True):
            column[block] = values
    probability, bound, lift, *agreed = columns
    if verified.sum() >= _LOOKED * counts.present[counts.condition].sum():
        agreed = []
    return Estimates(probability, bound, verified, agreed[0] if agreed else None, lift, chosen, why)


def wilson(k: NDArray[int64] | Floats, n: Floats, z: float) -> Floats:
    """Return the lower end of Wilson's interval for ``k`` of ``n``, which are positive; ``z`` is a normal quantile."""
    p = k / n
    bound: Floats = (p + z * z / (2 * n) - z * np.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)) / (1 + z * z / n)
    return bound


def coverage(audit: Audit) -> tuple[Floats, Floats]:
    """Return which share of the images of each class says so, and the variance of that.

    The share of a class is drawn to that of all by as much as they agree (Kleinman 1973, moments of a beta-binomial).

    Raises:
        InputError: the audit finds no label, or none that the annotations have.
    """
    if not audit.found.present.any():
        raise InputError("the audit and the annotations have no label of an image in common; are they of one dataset?")
    n, k = audit.complete.present.astype(float64), audit.found.present.astype(float64)
    seen = n > 0
    total, classes = n.sum(), seen.sum()
    mean = k.sum() / total
    spread = (n[seen] * (k[seen] / n[seen] - mean) ** 2).sum() / max(mean * (1 - mean), 1e-12) - (classes - 1)
    room = total - (n * n).sum() / total - (classes - 1)
    alike = spread / room if room > 0 else 0.0
    # With one class, or classes that differ by no more than chance, all have one share.
    weight = max(1 / alike - 1, 1.0) if alike > 1 / total else total
    share = (k + weight * mean) / (n + weight)
    return share, share * (1 - share) / (n + weight)


def _best(in_vain: int, audit: Audit | None) -> tuple[str, str]:
    if audit is not None:
        return "coverage", "the audit tells how many labels are missing"
    if in_vain:
        return "coverage", f"{counted(in_vain, 'label')} came that somebody looked for in vain"
    return "naive", "there is no audit and no label was looked for in vain, so labels count as complete"


def _block(counts: Counts, block: slice) -> Counts:
    """Return some pairs: tens of millions at once would need several times the memory of the counts."""
    labels = counts.condition[block], counts.consequence[block]
    return Counts(counts.images, counts.present, counts.absent, *labels, counts.both[block], counts.against[block])


def _shares(counts: Counts, z: float) -> tuple[Floats, ...]:
    n = counts.present[counts.condition].astype(float64)
    p = counts.both / n
    return p, wilson(counts.both, n, z), _lift(p, counts.present / max(counts.images, 1), counts)


def _audited(counts: Counts, audit: Audit, z: float) -> tuple[Floats, ...]:
    share, variance = coverage(audit)
    c = share[counts.consequence]
    pairs = counts.condition, counts.consequence
    # Of n images k show it: each that was audited with the chance p, each other one with c p.
    audited, seen = audit.complete.shown(*pairs), np.maximum(counts.both - audit.annotated.shown(*pairs), 0)
    lacking = audit.complete.present[counts.condition] - audited
    silent = np.maximum((counts.present - audit.annotated.present)[counts.condition] - seen, 0)
    some = audited + seen > 0  # else all images that show the pair were audited, and none has both
    k = np.where(some, audited + seen, 1.0)
    n = k + lacking + silent
    # The likelihood has its maximum where c n p² - b p + k = 0, at the lesser root; without an audited image k / (c n).
    b = k * (1 + c) + c * silent + lacking
    p = np.minimum(2 * k / (b + np.sqrt(np.maximum(b * b - 4 * c * k * n, 0.0))), 1.0)
    low = p * np.minimum(wilson(k, n, z) / (k / n), 1.0)
    # Both the counts and the coverage are uncertain: the two distances add up as squares, on a logarithmic scale.
    unsure = np.log(p / np.maximum(low, 1e-12)) ** 2 + z * z * (variance / share**2)[counts.consequence]
    base = np.minimum(counts.present / (share * max(counts.images, 1)), 1.0)
    p *= some
    return p, p * np.exp(-np.sqrt(unsure)), _lift(p, base, counts)


def _between(counts: Counts, z: float) -> tuple[Floats, ...]:
    # A class that was never looked for in vain was not looked for: its labels count as complete.
    part = np.where(counts.absent > 0, _PART, 1.0)
    verified = counts.both + counts.against
    rest = counts.present[counts.condition] - verified
    n = verified + part[counts.consequence] * rest + _DOUBT
    p = counts.both / n
    looked = counts.present + counts.absent
    overall = counts.present.sum() / looked.sum()
    usual = (counts.present + _PRIOR * overall) / (looked + _PRIOR)
    agreed = (counts.both + usual[counts.consequence]) / (verified + 1)
    base = counts.present / (looked + part * (counts.images - looked) + _DOUBT)
    return p, wilson(counts.both, n, z), _lift(p, base, counts), agreed


def _lift(probability: Floats, base: Floats, counts: Counts) -> Floats:
    """Divide by the share of all images; a consequence that only predictions show has none, and lifts nothing."""
    share = base[counts.consequence]
    return np.divide(probability, share, out=np.zeros_like(probability), where=share > 0)
