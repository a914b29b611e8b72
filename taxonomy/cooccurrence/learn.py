"""From annotation files to rules: read, count, estimate, select, and what people decided last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy import float32, int32, int64
from numpy.typing import NDArray

from taxonomy.concept import Decision
from taxonomy.cooccurrence.count import Counter, crossed, distinct
from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.estimate import Audit, Estimates, estimate
from taxonomy.cooccurrence.join import Images, Spill, joined, matched
from taxonomy.cooccurrence.rule import Rule
from taxonomy.cooccurrence.select import MIN_SUPPORT, THRESHOLD, Kinship, select, why_not
from taxonomy.cooccurrence.tally import Tally
from taxonomy.cooccurrence.vocabulary import Labels
from taxonomy.errors import InputError, NotFoundError
from taxonomy.labels import Report, open_labels
from taxonomy.labels.batch import Batch
from taxonomy.labels.space import Space
from taxonomy.store.read import Taxonomy

NO_COMMON_IMAGE = "{}: no image of the annotations is in it; both must write images alike"
_BESIDE = 5
_LEAST = 0.1

Decided = Mapping[tuple[str, str], Decision]
"""What people decided of rules, by condition and consequence."""


Annotated = tuple[Path, str | None]
"""A file of annotations, and whose labels it has; None for the vocabulary of `Labels`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What makes a pair a rule.

    Attributes:
        threshold: the least probability, as it is estimated.
        confidence: of lower bounds.
        min_support: the fewest images that show both.
        estimator: None for the best one for what is known.
    """

    threshold: float = THRESHOLD
    confidence: float = 0.95
    min_support: int = MIN_SUPPORT
    estimator: str | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes:
        counts: of the images.
        rules: those that hold, by condition, the likeliest first.
        beside: the most likely pairs that are no rules, each with the reason.
        estimator: how probabilities were estimated.
        why: it was taken, when nobody asked for one.
    """

    counts: Counts
    rules: list[Rule]
    beside: list[tuple[Rule, str]]
    estimator: str
    why: str


def count(
    files: Sequence[Annotated], labels: Labels, report: Report, audit: Path | None = None
) -> tuple[Counts, Audit | None]:
    """Count the labels of annotation files; an image that several have is one image.

    Args:
        files: annotations.
        labels: resolves and counts them.
        report: told of bad rows.
        audit: a file with all labels of a few of the images, to tell how many labels the annotations lack.

    Raises:
        InputError: a file cannot be read, or no image of the audit is in the annotations.
    """
    counter, checked = Counter(), None if audit is None else Checked(audit, labels, report)
    with TemporaryDirectory() as folder:
        spill = Spill(Path(folder), "labels")
        for file, vocabulary in files:
            for batch, codes in labels.batches(open_labels(file, report), vocabulary):
                if checked is not None:
                    checked.add(batch, codes)
                if len(files) == 1:
                    counter.add(batch.starts, codes, batch.confidence)
                else:
                    spill.add(batch.images, batch.starts, codes, batch.confidence)
        for images in joined(spill):
            counter.add(*images)
    classes = len(labels.space.ids)
    return counter.counts(classes), None if checked is None else checked.audit(classes)


class Checked:
    """The images of an audit, and which of their labels the annotations have.

    Attributes:
        images: their names.
    """

    def __init__(self, file: Path, labels: Labels, report: Report) -> None:
        """Read an audit; see `count`."""
        self._file = file
        self._there: dict[str, set[int]] = {}
        self._found: dict[str, set[int]] = {}
        for batch, codes in labels.batches(open_labels(file, report), counted=False):
            for image, label in _present(batch, codes, range(len(batch.images))):
                self._there.setdefault(image, set()).update(label)
        self.images = self._there.keys()

    def add(self, batch: Batch, codes: NDArray[int32]) -> None:
        """Look for the images in a batch of the annotations."""
        places = [place for place, image in enumerate(batch.images) if image in self._there]
        for image, label in _present(batch, codes, places):
            self.see(image, label)

    def see(self, image: str, codes: Iterable[int]) -> None:
        """Take note that the annotations have an image of the audit, and of labels that they give it."""
        self._found.setdefault(image, set()).update(codes)

    def audit(self, classes: int) -> Audit:
        """Return what was found."""
        if not self._found:
            raise InputError(f"{self._file}: no image of it is in the annotations; an audit is of some of their images")
        complete, annotated = [self._there[image] for image in self._found], list(self._found.values())
        found = [labels & right for labels, right in zip(annotated, complete, strict=True)]
        return Audit(*(_counted(images, classes) for images in (complete, annotated, found)))


def _counted(images: Sequence[Collection[int]], classes: int) -> Counts:
    """Count the labels of a few images."""
    counter = Counter()
    starts = np.cumsum([0, *map(len, images)], dtype=int64)
    codes = np.fromiter(chain.from_iterable(images), int32, int(starts[-1]))
    counter.add(starts, codes, np.ones(len(codes), float32))
    return counter.counts(classes)


def _present(batch: Batch, codes: NDArray[int32], places: Iterable[int]) -> Iterator[tuple[str, list[int]]]:
    """Yield some images of a batch with the codes of the labels that are there."""
    for place in places:
        part = slice(batch.starts[place], batch.starts[place + 1])
        yield batch.images[place], codes[part][batch.confidence[part] > 0].tolist()


@dataclass(frozen=True, slots=True)
class Predicted:
    """Counts of what a model predicts for images with a label.

    Attributes:
        counts: conditions are labels of the annotations, consequences are predictions; only these pairs are in it.
        shown: ``(classes,)``, images for which each was predicted.
        alone: images with labels for which nothing was predicted, not even surely not; they are not counted.
    """

    counts: Counts
    shown: NDArray[int64]
    alone: int


def count_predicted(
    files: Sequence[Annotated], predictions: Path, score: float, vocabulary: str | None, labels: Labels, report: Report
) -> Predicted:
    """Count which predictions of a model come with which labels, as Tencent ML-Images does between two datasets.

    A model scores every label of its own for every image, so what it does not predict is absent.

    Args:
        files: annotations.
        predictions: the scores of a model for the same images.
        score: from which on a prediction counts.
        vocabulary: whose labels are predicted; None for that of the annotations.
        labels: resolves both.
        report: told of bad rows.

    Raises:
        InputError: a file cannot be read, or no image has both.
    """
    tally, images, alone = Tally(), 0, 0
    labelled, shown = np.zeros(0, int64), np.zeros(0, int64)
    with TemporaryDirectory() as folder:
        one, other = Spill(Path(folder), "labels"), Spill(Path(folder), "predictions")
        _spill(files, labels, report, one)
        _spill([(predictions, vocabulary)], labels, report, other)
        classes = len(labels.space.ids)
        labelled, shown = np.zeros(classes, int64), np.zeros(classes, int64)
        for ours, theirs, only in matched(one, other):
            alone += only
            images += len(ours[0]) - 1
            there, said = _over(ours, 0.0), _over(theirs, score)
            labelled += np.bincount(there[1], minlength=classes)
            shown += np.bincount(said[1], minlength=classes)
            for keys in crossed(there, said, tally, classes):
                tally.add(keys)
        if not images:
            raise InputError(NO_COMMON_IMAGE.format(predictions))
        parts = [np.stack(block) for block in tally.blocks()]
    condition, consequence, both = np.concatenate(parts, axis=1) if parts else np.empty((3, 0), int64)
    other_than = condition != consequence
    condition, consequence, both = condition[other_than], consequence[other_than], both[other_than]
    against = labelled[condition] - both
    pairs = condition.astype(int32), consequence.astype(int32)
    # As the model looked for everything everywhere, nothing is estimated from what it looked for in vain.
    return Predicted(Counts(images, labelled, np.zeros(classes, int64), *pairs, both, against), shown, alone)


def learn(
    counts: Counts,
    labels: Labels,
    setting: Setting,
    *,
    audit: Audit | None = None,
    shown: NDArray[int64] | None = None,
) -> Learned:
    """Make rules of counts.

    Args:
        counts: of images.
        labels: that were counted.
        setting: what makes a pair a rule.
        audit: what a few images whose labels are complete tell.
        shown: of `Predicted`.
    """
    if not len(counts.both):
        return Learned(counts, [], [], setting.estimator or "none", "no image has two labels")
    estimates = estimate(counts, setting.estimator, setting.confidence, audit)
    rules: list[Rule] = select(counts, estimates, labels.space, setting.threshold, setting.min_support)[0]
    rules.sort(key=lambda rule: (rule.condition, -rule.probability, rule.consequence))
    beside = _beside(counts, estimates, labels.space, setting, {rule[:2] for rule in rules})
    if shown is not None:
        code = {id: place for place, id in enumerate(labels.space.ids)}

        def lifted(rule: Rule) -> Rule:
            share = int(shown[code[rule.consequence]]) / counts.images
            return rule._replace(lift=rule.probability / share if share else 0.0)

        rules, beside = [lifted(rule) for rule in rules], [(lifted(rule), why) for rule, why in beside]
    return Learned(counts, rules, beside, estimates.estimator, estimates.why)


def decide(learned: Learned, decided: Decided) -> list[Rule]:
    """Return the rules without those that people rejected, and with those that they accepted."""
    said = {pair: decision.value for pair, decision in decided.items()}
    kept = [rule for rule in learned.rules if said.get(rule[:2]) != "reject"]
    known = {rule[:2] for rule in kept}
    measured = {rule[:2]: rule for rule, _ in learned.beside}
    for pair, value in said.items():
        if value == "accept" and pair not in known:
            kept.append(measured.get(pair, Rule(*pair, 0, 0, 0, 1.0, 1.0, 1.0, ""))._replace(estimator="decision"))
    return kept


def decided_rules(decisions: Iterable[Decision], taxonomy: Taxonomy) -> dict[tuple[str, str], Decision]:
    """Return what people decided of rules by the ids of condition and consequence; the last counts."""
    found: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        pair = _id(decision.subject, taxonomy), _id(decision.object, taxonomy)
        found[pair] = decision._replace(subject=pair[0], object=pair[1], where="")
    return found


def _id(text: str, taxonomy: Taxonomy) -> str:
    try:
        return taxonomy[text].id
    except NotFoundError:
        return text


def _spill(files: Iterable[Annotated], labels: Labels, report: Report, spill: Spill) -> None:
    for file, vocabulary in files:
        for batch, codes in labels.batches(open_labels(file, report), vocabulary):
            spill.add(batch.images, batch.starts, codes, batch.confidence)


def _over(images: Images, score: float) -> tuple[NDArray[int64], NDArray[int64]]:
    """Return the labels that are there, and as sure as a score."""
    starts, codes, confidence = images
    image = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    there = (confidence > 0) & (confidence >= np.float32(score))
    return distinct(image[there], codes[there])


def _beside(
    counts: Counts, estimates: Estimates, space: Space, setting: Setting, rules: set[tuple[str, str]]
) -> list[tuple[Rule, str]]:
    """Return the likeliest pairs of each condition that are no rules, with the reason."""
    kinship = Kinship(space)
    likely = np.flatnonzero(estimates.probability >= _LEAST)
    order = likely[np.lexsort((-estimates.probability[likely], counts.condition[likely]))]
    found: list[tuple[Rule, str]] = []
    taken: dict[int, int] = {}
    for k, i, j in zip(
        order.tolist(), counts.condition[order].tolist(), counts.consequence[order].tolist(), strict=True
    ):
        ids = space.ids[i], space.ids[j]
        if taken.get(i, 0) == _BESIDE or ids in rules:
            continue
        taken[i] = taken.get(i, 0) + 1
        images = int(counts.present[i]), int(counts.both[k]), int(estimates.verified[k])
        shares = float(estimates.probability[k]), float(estimates.lower_bound[k]), float(estimates.lift[k])
        why = why_not(counts, estimates, kinship, k, setting.threshold, setting.min_support)
        found.append((Rule(*ids, *images, *shares, estimates.estimator), why))
    return found
