"""Finds what an annotation file says that cannot be so, or leaves out what it says elsewhere.

========================  =============================================================================
missing ancestor          a label is there without one above it that the file, or its vocabulary, has
less sure than below      a label is less sure than one below it in the same image
present and absent        the same concept is there, and was looked for in vain
below an absent label     a label is there, and one above it was looked for in vain
twice                     an image has the same concept twice
unknown label             a label is no concept of the taxonomy
bad row                   a row cannot be used as it is: cut off, a confidence outside 0 to 1, a repeated label
========================  =============================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from taxonomy.labels.batch import Batch
from taxonomy.labels.closure import Closure, ranges
from taxonomy.labels.space import Space
from taxonomy.labels.written import Written
from taxonomy.text import counted

MISSING, LESS_SURE, BOTH, BELOW_ABSENT, TWICE, UNKNOWN, BAD_ROW = KINDS = (
    "missing ancestor",
    "less sure than below",
    "present and absent",
    "below an absent label",
    "twice",
    "unknown label",
    "bad row",
)
_MOST_EXAMPLES = 3

Ints = NDArray[np.int64]


@dataclass
class Problem:
    """All findings of one kind.

    Attributes:
        kind: as in the table above.
        findings: how many; for unknown labels, how many labels.
        images: how many images have some; of bad rows 0.
        examples: the first ones, in words.
    """

    kind: str
    findings: int = 0
    images: int = 0
    examples: list[str] = field(default_factory=list)

    def report(self, where: str, what: str) -> None:
        """Take note of a row that cannot be used as it is."""
        self.findings += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(f"{where}: {what}")


class Validator:
    """Looks at batches of one file; see `problems`.

    Attributes:
        images: how many there were.
        faulty: how many contradict themselves, have a concept twice, or lack labels.
    """

    def __init__(self, space: Space, written: Written, demanded: Collection[int], bad: Problem) -> None:
        """Prepare.

        Args:
            space: of the labels of the file.
            written: of the same.
            demanded: codes of the labels that an image must have when it has one below.
            bad: the bad rows, which a file tells of when it is read first, perhaps before there is a validator.
        """
        self._space, self._written = space, written
        self._closure = Closure(space, only=demanded)
        self._problems = {kind: Problem(kind) for kind in KINDS} | {BAD_ROW: bad}
        self._used = np.zeros(0, np.int64)
        self.images = self.faulty = 0
        self._bad: list[Ints] = []

    def problems(self) -> list[Problem]:
        """Return the problems of the batches so far, those of which there are any."""
        unknown = Problem(UNKNOWN)
        for code, count in enumerate(self._used.tolist()):
            if count and self._space.concepts[code] is None:
                unknown.findings += 1
                unknown.images += count
        order = np.argsort(-self._used, kind="stable")
        strange = (code for code in order.tolist() if self._space.concepts[code] is None and self._used[code])
        for code, _ in zip(strange, range(_MOST_EXAMPLES), strict=False):
            why = self._space.unresolved[self._space.ids[code]].partition("\n")[0]
            unknown.examples.append(f"{self._written.of(code)} ({counted(self._used[code], 'image')}): {why}")
        return [p for p in (self._problems | {UNKNOWN: unknown}).values() if p.findings]

    def look(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Check batches, and pass them on."""
        for batch in batches:
            self._written.update()
            codes = self._written.codes[batch.labels]
            self._closure.add(np.unique(codes).tolist())
            self._look(batch, codes)
            self.faulty += len(np.unique(np.concatenate(self._bad)))
            self._bad.clear()
            yield batch

    def _look(self, batch: Batch, codes: NDArray[np.int32]) -> None:
        self.images += len(batch.images)
        bits = len(self._space.ids).bit_length()
        image = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts))
        keys = image << bits | codes
        counts = np.bincount(np.unique(keys) & (1 << bits) - 1, minlength=len(self._space.ids))
        counts[: len(self._used)] += self._used
        self._used = counts
        there, absent = np.flatnonzero(batch.confidence > 0), np.flatnonzero(batch.confidence == 0)
        order = there[np.argsort(keys[there], kind="stable")]
        new = np.ones(len(order), np.bool_)
        new[1:] = keys[order[1:]] != keys[order[:-1]]
        self._found(TWICE, batch, bits, np.unique(keys[order[~new]]), "{label} twice")
        present = keys[order[new]]
        if len(order):
            sure = np.maximum.reduceat(batch.confidence[order], np.flatnonzero(new))
            step, of = ranges(*(one[codes[order[new]]] for one in (self._closure.starts, self._closure.lengths)))
            above = image[order[new]][of] << bits | self._closure.target[step]
            place = np.minimum(np.searchsorted(present, above), len(present) - 1)
            has = present[place] == above
            low = has & (sure[place] < sure[of])
            for kind, chosen, text in (
                (MISSING, ~has, "{other} without {label}"),
                (LESS_SURE, low, "{other} is surer than {label}"),
            ):
                missing, first = np.unique(above[chosen], return_index=True)
                self._found(kind, batch, bits, missing, text, present[of[chosen][first]])
        one, other = opposed(self._closure, keys, image, codes, there, absent, bits)
        same = codes[one] == codes[other]
        self._found(BOTH, batch, bits, np.unique(keys[one[same]]), "{label} is present and absent")
        lower, first = np.unique(keys[one[~same]], return_index=True)
        self._found(BELOW_ABSENT, batch, bits, lower, "{label} without {other}", keys[other[~same][first]])

    def _found(self, kind: str, batch: Batch, bits: int, keys: Ints, text: str, others: Ints | None = None) -> None:
        problem = self._problems[kind]
        problem.findings += len(keys)
        self._bad.append(np.unique(keys >> bits))
        problem.images += len(self._bad[-1])
        for number, key in enumerate(keys[: _MOST_EXAMPLES - len(problem.examples)].tolist()):
            other = "" if others is None else self._called(int(others[number]) & (1 << bits) - 1)
            label = self._called(key & (1 << bits) - 1)
            problem.examples.append(f"{batch.images[key >> bits]}: {text.format(label=label, other=other)}")

    def _called(self, code: int) -> str:
        id, name = self._written.of(code), self._space.names[code]
        return id if id == name else f"{id} {name}"


def opposed(
    closure: Closure, keys: Ints, image: Ints, codes: NDArray[np.int32], there: Ints, absent: Ints, bits: int
) -> tuple[Ints, Ints]:
    """Return the labels that are there although they, or one above, are absent, each with every such absent label.

    Args:
        closure: gives what is above, without rules.
        keys: ``image << bits | code`` of all labels.
        image: of each label.
        codes: of each.
        there: numbers of the labels that are there.
        absent: numbers of those that are absent.
        bits: of a code.
    """
    if not len(there) or not len(absent):
        return there[:0], absent[:0]
    step, of = ranges(closure.starts[codes[there]], closure.lengths[codes[there]])
    wanted = np.concatenate([keys[there], image[there][of] << bits | closure.target[step]])
    owner = np.concatenate([there, there[of]])
    order = absent[np.argsort(keys[absent], kind="stable")]
    low, high = (np.searchsorted(keys[order], wanted, side) for side in ("left", "right"))
    number, which = ranges(low, high - low)
    return owner[which], order[number]
