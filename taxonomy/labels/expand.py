"""Adds to every image what follows from its labels: ancestors, what rules say, and the ancestors of that."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.cooccurrence.rule import Rule
from taxonomy.labels._format import Expanded
from taxonomy.labels.batch import Batch
from taxonomy.labels.closure import Below, Closure, Step, ranges
from taxonomy.labels.evidence import LEVEL_BITS, Best, Evidence
from taxonomy.labels.space import Space
from taxonomy.labels.written import Written

_AT_ONCE = 2048  # images; more would leave the processor's cache
_MOST_EXAMPLES = 5

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass
class Tally:
    """What was done, so far.

    Attributes:
        images: how many were read.
        labels: labels that the file says are there.
        reasons: ``(reasons,)``, labels that were added, by the position of the reason in what is written.
        merged: labels of the file that an image has twice, of which one was kept.
        raised: labels of the file whose confidence was below that of a label below.
        withheld: labels that would follow, but that somebody looked for in vain, or for what is above.
        conflicts: labels of the file that are there though they, or what is above, were looked for in vain.
        examples: the first conflicts: image, label, and the absent label.
    """

    images: int = 0
    labels: int = 0
    reasons: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    merged: int = 0
    raised: int = 0
    withheld: int = 0
    conflicts: int = 0
    examples: list[tuple[str, str, str]] = field(default_factory=list)


class _Labels(NamedTuple):
    """Labels of some images, in the order of these: positions in what is written, and what is said of each."""

    image: Ints
    place: NDArray[np.int32]
    confidence: Floats
    reason: NDArray[np.int32]

    def taken(self, which: Any) -> _Labels:
        """Return some of them."""
        return _Labels(*(column[which] for column in self))


class Expander:
    """Expands batches of one file; see `Tally` for what it counts.

    Attributes:
        tally: what was done.
        written: what the labels of the batches that it gives are.
    """

    def __init__(
        self,
        space: Space,
        written: Written,
        rules: Iterable[Rule] = (),
        *,
        ancestors: bool = True,
        min_confidence: float = 0.5,
        max_added: int | None = None,
        only: Container[int] | None = None,
    ) -> None:
        """Prepare.

        Args:
            space: resolves the labels of the file, and the ids of the rules.
            written: of the same space, and of the labels of the file.
            rules: where one label is, another is too.
            ancestors: whether ancestors are added.
            min_confidence: of what rules add.
            max_added: most labels that are added to an image, the surest first, then the nearest.
            only: codes that may be added; all by default.
        """
        self.tally = Tally()
        self.written = written
        self._space, self._most, self._least = space, max_added, min_confidence
        self._closure = Closure(
            space,
            rules,
            ancestors=ancestors,
            min_confidence=min_confidence,
            reason_of=self._reason,
            only=only,
        )
        self._below = Below(space)

    @property
    def added_by_rules(self) -> int:
        """How many labels rules added; the others are ancestors."""
        texts = self.written.reasons[: len(self.tally.reasons)]
        return sum(n for n, text in zip(self.tally.reasons.tolist(), texts, strict=True) if text.startswith("rule "))

    def expand(self, batches: Iterable[Batch]) -> Iterator[Expanded]:
        """Yield the images with what was added, in smaller batches."""
        for batch in batches:
            self.written.update()
            used = np.zeros(len(self.written.codes), np.bool_)
            used[batch.labels] = True
            self._closure.add(self.written.codes[used].tolist())
            self.written.update()
            for part in self._parts(batch):
                yield self._expand(part)

    def _reason(self, step: Step) -> int:
        subject = self.written.of(step.subject)
        if not step.probability:
            return self.written.reason(f"ancestor of {subject}")
        p = f"{step.probability:.2f}".removeprefix("0")
        return self.written.reason(f"rule {subject}⇒{self.written.of(step.target)} p={p}")

    def _parts(self, batch: Batch) -> Iterator[Batch]:
        """Cut a batch into parts whose keys fit into 64 bits."""
        codes = self.written.codes[batch.labels]
        steps = 1 + self._closure.lengths[codes]
        absent = batch.confidence == 0
        if absent.any():
            self._below.update()
            steps[absent] = np.diff(self._below.starts)[codes[absent]]
        weights = np.concatenate([[0], np.cumsum(steps)])[batch.starts]
        room = 1 << (64 - LEVEL_BITS - len(self._space.ids).bit_length() - _AT_ONCE.bit_length())
        begin, images = 0, len(batch.images)
        while begin < images:
            end = int(np.searchsorted(weights, weights[begin] + room, "right")) - 1
            end = min(max(end, begin + 1), begin + _AT_ONCE, images)
            first, last = batch.starts[begin], batch.starts[end]
            yield Batch(
                batch.images[begin:end],
                batch.starts[begin : end + 1] - first,
                batch.labels[first:last],
                batch.confidence[first:last],
            )
            begin = end

    def _expand(self, batch: Batch) -> Expanded:
        """Add to some images what follows."""
        closure, written = self._closure, self.written
        codes, places = written.codes[batch.labels], written.own[batch.labels]
        image = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts))
        there, absent = np.flatnonzero(batch.confidence > 0), np.flatnonzero(batch.confidence == 0)
        sure = batch.confidence[there]
        evidence = Evidence(closure, image[there], codes[there], places[there], sure, self._least)
        of, against = self._against(codes[absent])
        against_image = image[absent[of]]
        best = evidence.best(len(self._space.ids), against_image, against)
        own, step, start = there[best.own], evidence.step[best.added], there[evidence.of[best.added]]
        follows = _Labels(
            image[start],
            written.of_code[closure.target[step]],
            best.added_sure,
            closure.reason[step],
        )
        kept = _Labels(image[own], places[own], best.own_sure, np.zeros(len(own), np.int32))
        if len(best.doubtful):
            kept, follows = self._walked(best, kept, follows, evidence, against_image, against)
        if self._most is not None:
            follows = _surest(follows, self._most)
        gone = _Labels(
            image[absent],
            places[absent],
            batch.confidence[absent],
            np.zeros(len(absent), np.int32),
        )
        self._count(batch, kept, follows, best, sure, len(there))
        for own_number, number in best.conflicts[: _MOST_EXAMPLES - len(self.tally.examples)].tolist():
            denied = places[absent[of[number]]]
            example = (batch.images[image[there[own_number]]], places[there[own_number]], denied)
            self.tally.examples.append((example[0], written.ids[example[1]], written.ids[denied]))
        return _put_together(batch.images, kept, follows, gone)

    def _count(self, batch: Batch, kept: _Labels, follows: _Labels, best: Best, sure: Floats, there: int) -> None:
        tally = self.tally
        tally.images += len(batch.images)
        tally.labels += there
        tally.merged += there - len(kept.image)
        tally.raised += int((kept.confidence > sure[best.own]).sum())
        tally.withheld += best.withheld
        tally.conflicts += len(best.conflicts)
        reasons = np.bincount(follows.reason, minlength=len(self.written.reasons))
        reasons[: len(tally.reasons)] += tally.reasons
        tally.reasons = reasons

    def _walked(
        self,
        best: Best,
        kept: _Labels,
        follows: _Labels,
        evidence: Evidence,
        against_image: Ints,
        against: NDArray[np.int32],
    ) -> tuple[_Labels, _Labels]:
        """Find anew what follows in the images where some of it would follow from what is absent."""
        written, closure = self.written, self._closure
        sure = kept.confidence.copy()
        rows: list[tuple[int, int, float, int]] = []
        for image in best.doubtful.tolist():
            first, last = np.searchsorted(evidence.image, (image, image + 1)).tolist()
            present: dict[int, float] = {}
            for code, value in zip(evidence.code[first:last].tolist(), evidence.sure[first:last].tolist(), strict=True):
                present[code] = max(value, present.get(code, 0.0))
            steps = closure.walk(present, set(against[against_image == image].tolist()))
            raised = present | {step.target: step.confidence for step in steps if step.target in present}
            numbers = slice(*np.searchsorted(kept.image, (image, image + 1)).tolist())
            sure[numbers] = [raised[code] for code in evidence.code[best.own[numbers]].tolist()]
            rows += (
                (image, int(written.of_code[step.target]), step.confidence, closure.reason_of(step))
                for step in steps
                if step.target not in present
            )
        new = _Labels(*(np.array(column) for column in zip(*rows, strict=True))) if rows else follows.taken(slice(0))
        others = follows.taken(~np.isin(follows.image, best.doubtful))
        both = _Labels(*(np.concatenate([one, other]) for one, other in zip(others, new, strict=True)))
        return kept._replace(confidence=sure), both.taken(np.argsort(both.image, kind="stable"))

    def _against(self, absent: NDArray[np.int32]) -> tuple[Ints, NDArray[np.int32]]:
        """Return what is absent with each label that is: all below it; the number of the label, and a code."""
        if not len(absent):
            return np.zeros(0, np.int64), absent
        below = self._below
        numbers, of = ranges(below.starts[absent], np.diff(below.starts)[absent])
        return of, below.codes[numbers]


def _surest(labels: _Labels, most: int) -> _Labels:
    """Return so many labels of each image, the surest; of equally sure ones the first."""
    order = np.lexsort((-labels.confidence, labels.image))
    image = labels.image[order]
    rank = np.arange(len(order)) - np.searchsorted(image, image)
    return labels.taken(np.sort(order[rank < most]))


def _put_together(images: list[str], *parts: _Labels) -> Expanded:
    """Return the labels image by image, in each image those of the first part first."""
    counts = np.stack([np.bincount(part.image, minlength=len(images)) for part in parts], axis=1)
    starts = np.concatenate([[0], np.cumsum(counts.sum(axis=1))])
    which = np.repeat(np.tile(np.arange(len(parts), dtype=np.int8), len(images)), counts.ravel())
    size = len(which)
    place, reason = (np.empty(size, np.int32) for _ in range(2))
    confidence = np.empty(size, np.float32)
    for number, part in enumerate(parts):
        here = which == number
        place[here], confidence[here], reason[here] = part[1:]
    return Expanded(Batch(images, starts, place, confidence), reason)
