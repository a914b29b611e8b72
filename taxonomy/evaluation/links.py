"""How good links are, by a gold list: shares of right ones, and whether their confidence means what it says.

`evaluate` links the classes of a gold list and judges each; the rest is measures over such judgements, which know of no
taxonomy.  None of them depends on the order in which classes of the same confidence come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from taxonomy.concept import Relation, Source
from taxonomy.draft import Draft
from taxonomy.errors import InputError
from taxonomy.evaluation.gold import Gold
from taxonomy.linking import Linker
from taxonomy.lists import Linked, link_list
from taxonomy.text import form, singulars

BINS = 15
NEAR_STEPS = 2
SURE = 0.98


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gold says of one link.

    Attributes:
        rank: place of the gold synset among the candidates, 0 for the link's own; None when it is not among them.
        near: the link's concept is the gold synset or lies at most two is-a steps above it.
        confidence: of the link, 0 to 1.
        polysemous: the class's name has several senses in WordNet.
    """

    rank: int | None
    near: bool
    confidence: float
    polysemous: bool = False

    @property
    def right(self) -> bool:
        """Whether the link's concept is the gold synset."""
        return self.rank == 0


@dataclass(frozen=True, slots=True)
class Scores:
    """Measures of links; None where there is nothing to measure.  The names are the keys of the JSON.

    Attributes:
        n: classes that have a gold synset; all measures but the last two are of these.
        accuracy: share whose concept is the gold synset.
        n_polysemous: classes whose name has two senses or more in WordNet.
        accuracy_polysemous: accuracy among these.
        near: share whose concept is the gold synset or at most two is-a steps above it.
        top_3: share whose gold synset is among the first three candidates.
        recall_20: share whose gold synset is among the first twenty.
        auroc: probability that a right link is surer than a wrong one, ties by half.
        ece: expected calibration error: confidence against accuracy, over 15 bins of equal width.
        accuracy_at_70, accuracy_at_80, accuracy_at_90: accuracy of the surest 70, 80, 90 % of the links.
        coverage_98: largest share of the links, the surest first, of which at least 98 % are right or near.
        n_no_synset: classes of which the gold says that WordNet has no synset.
        accuracy_no_synset: share of these whose relation is not ``exactMatch``.
    """

    n: int
    accuracy: float | None
    n_polysemous: int
    accuracy_polysemous: float | None
    near: float | None
    top_3: float | None
    recall_20: float | None
    auroc: float | None
    ece: float | None
    accuracy_at_70: float | None
    accuracy_at_80: float | None
    accuracy_at_90: float | None
    coverage_98: float | None
    n_no_synset: int
    accuracy_no_synset: float | None


def score(judgements: Sequence[Judgement], no_synset: Sequence[bool] = ()) -> Scores:
    """Measure links.

    Args:
        judgements: of the classes that have a gold synset.
        no_synset: for each class that has none, whether its link does not claim one.
    """
    confidences = [judgement.confidence for judgement in judgements]
    right = [judgement.right for judgement in judgements]
    near = [judgement.near or judgement.right for judgement in judgements]
    polysemous = [judgement.right for judgement in judgements if judgement.polysemous]
    ranks = [judgement.rank for judgement in judgements]
    return Scores(
        n=len(judgements),
        accuracy=mean(right),
        n_polysemous=len(polysemous),
        accuracy_polysemous=mean(polysemous),
        near=mean(near),
        top_3=mean([rank is not None and rank < 3 for rank in ranks]),
        recall_20=mean([rank is not None and rank < 20 for rank in ranks]),
        auroc=auroc(confidences, right),
        ece=calibration_error(confidences, right),
        accuracy_at_70=accuracy_at(0.7, confidences, right),
        accuracy_at_80=accuracy_at(0.8, confidences, right),
        accuracy_at_90=accuracy_at(0.9, confidences, right),
        coverage_98=coverage_at(SURE, confidences, near),
        n_no_synset=len(no_synset),
        accuracy_no_synset=mean(no_synset),
    )


def mean(hits: Sequence[bool]) -> float | None:
    """Return the share of hits; None of nothing."""
    return sum(hits) / len(hits) if hits else None


def auroc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the area under the ROC curve, ties by average ranks; None when all are right or all are wrong.

    >>> auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    0.875
    """
    positive = sum(right)
    negative = len(right) - positive
    if not positive or not negative:
        return None
    ranks, below = 0.0, 0
    for group in reversed(_tied(confidences, right)):
        ranks += sum(group) * (below + (len(group) + 1) / 2)
        below += len(group)
    return (ranks - positive * (positive + 1) / 2) / (positive * negative)


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float | None:
    """Return the expected calibration error, over bins of equal width; None of nothing.

    >>> calibration_error([0.8, 0.8, 0.8, 0.8, 0.8], [True, True, True, True, False])
    0.0
    """
    gaps = [0.0] * bins
    for confidence, hit in zip(confidences, right, strict=True):
        gaps[min(int(confidence * bins), bins - 1)] += confidence - hit
    return round(sum(map(abs, gaps)) / len(right), 12) if right else None


def accuracy_at(coverage: float, confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the accuracy of the surest share of the links; of those that tie at its end, the mean counts.

    >>> accuracy_at(0.5, [0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    0.75
    """
    if not right:
        return None
    wanted = max(1, round(coverage * len(right)))
    hits, taken = 0.0, 0
    for group in _tied(confidences, right):
        part = min(len(group), wanted - taken)
        hits += sum(group) * part / len(group)
        taken += part
    return hits / wanted


def coverage_at(rate: float, confidences: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Return the largest share of the links that a threshold on the confidence lets through at that rate of hits.

    >>> coverage_at(0.9, [0.9, 0.8, 0.8, 0.1], [True, True, True, False])
    0.75
    """
    best = taken = good = 0
    for group in _tied(confidences, hits):
        taken += len(group)
        good += sum(group)
        if good >= rate * taken:
            best = taken
    return best / len(hits) if hits else None


def _tied(confidences: Sequence[float], hits: Sequence[bool]) -> list[list[bool]]:
    """Return the hits by confidence, the surest first, those of the same confidence together."""
    pairs = sorted(zip(confidences, hits, strict=True), key=lambda pair: -pair[0])
    return [[hit for _, hit in group] for _, group in groupby(pairs, key=lambda pair: pair[0])]


# Links and their judgements


@dataclass(frozen=True, slots=True)
class Judged:
    """A class of a gold list, its link, and what the gold says of it; no judgement where the gold has no synset."""

    gold: Gold
    linked: Linked
    judgement: Judgement | None

    @property
    def right(self) -> bool:
        """Whether the link is right; where WordNet has no synset, any that does not claim one is."""
        return self.judgement.right if self.judgement else self.linked.relation is not Relation.EXACT


def evaluate(
    gold: Sequence[Gold], draft: Draft, linker: Linker, exceptions: Mapping[str, tuple[str, ...]]
) -> list[Judged]:
    """Link the classes of a gold list and judge each, in its order; those of one domain are one vocabulary.

    Args:
        gold: see `taxonomy.evaluation.gold`.
        draft: the taxonomy that ``linker`` links to.
        linker: proposes the links.
        exceptions: WordNet's irregular plurals.

    Raises:
        InputError: a gold synset is not in the taxonomy, or a domain is no concept.
    """
    for row in gold:
        if row.wnid and row.wnid not in draft.key_of:
            raise InputError(
                f"{row.where}: {row.wnid} is not in WordNet 3.0 (perhaps a WordNet 3.1 offset); correct it"
            )
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(gold):
        places[row.domain].append(place)
    judged: dict[int, Judged] = {}
    for domain, those in places.items():
        links = link_list(draft, linker, (gold[place].entry for place in those), Source(name="gold", domain=domain))
        for place, linked in zip(those, links, strict=True):
            judged[place] = Judged(gold[place], linked, judge(gold[place], linked, draft, exceptions))
    return [judged[place] for place in range(len(gold))]


def judge(gold: Gold, linked: Linked, draft: Draft, exceptions: Mapping[str, tuple[str, ...]]) -> Judgement | None:
    """Return what the gold says of a link, None where it has no synset."""
    if not gold.wnid:
        return None
    ids = [concept for concept, _ in linked.candidates]
    rank = 0 if linked.concept == gold.wnid else ids.index(gold.wnid) if gold.wnid in ids else None
    near = linked.concept in _near(gold.wnid, draft)
    return Judgement(rank, near, linked.confidence, is_polysemous(linked.name, draft, exceptions))


def scores(judged: Iterable[Judged]) -> Scores:
    """Measure the links of `evaluate`."""
    rows = list(judged)
    judgements = [row.judgement for row in rows if row.judgement is not None]
    return score(judgements, [row.right for row in rows if row.judgement is None])


def is_polysemous(name: str, draft: Draft, exceptions: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether a name, as it stands or else in its singular, has two senses or more in WordNet."""
    text = form(name)
    for writing in (text, *singulars(text, exceptions)):
        if senses := {found.concept for found in draft.named(writing) if found.sense}:
            return len(senses) > 1
    return False


def _near(wnid: str, draft: Draft) -> set[str]:
    level = {draft.key_of[wnid]}
    found = set(level)
    for _ in range(NEAR_STEPS):
        level = {parent for key in level for parent in draft.parents[key]}
        found |= level
    return {draft.concepts[key].id for key in found}
