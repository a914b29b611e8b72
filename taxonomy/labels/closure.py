"""What follows from a label: its ancestors, what rules add, the ancestors of that, and so on, as arrays per label.

A chain of rules is as sure as the product of its probabilities, and ends where that is below `CHAINED`; of several
chains to a label the surest counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.cooccurrence.rule import CHAINED, Rule
from taxonomy.labels.batch import Label
from taxonomy.labels.space import Space


class Step(NamedTuple):
    """A label that follows.

    Attributes:
        target: its code.
        confidence: how sure it is.
        start: code of the label that it follows from, by however many steps.
        subject: code of the label that the last step is from.
        probability: of the rule of the last step; 0 when it is an ancestor of the subject.
        ruled: whether a rule is anywhere on the way.
    """

    target: int
    confidence: float
    start: int
    subject: int
    probability: float
    ruled: bool


class Closure:
    """What follows from each label, found when a label is first met.

    Attributes:
        starts, lengths: ``(codes,)``, where the steps from a label are in the arrays below; its own is not among them.
        target, subject: ``(steps,)``, codes.
        factor: ``(steps,)``, confidence of the step when the label is sure.
        ruled: ``(steps,)``, whether a rule is on the way.
        reason: ``(steps,)``, what `reason_of` said of the step.
    """

    def __init__(
        self,
        space: Space,
        rules: Iterable[Rule] = (),
        *,
        ancestors: bool = True,
        min_confidence: float = 0.5,
        reason_of: Callable[[Step], int] = lambda step: 0,
        only: Container[int] | None = None,
    ) -> None:
        """Prepare.

        Args:
            space: gives codes and ancestors.
            rules: with ids as `Space.code_of` takes them.
            ancestors: whether ancestors follow.
            min_confidence: what rules add is at least so sure.
            reason_of: gives a step a number.
            only: codes that may follow; all by default.
        """
        self._space, self._ancestors, self._least = space, ancestors, min_confidence
        self.reason_of, self._only = reason_of, only
        self._rules: dict[int, dict[int, float]] = {}
        applied = [rule for rule in rules if rule.probability >= min_confidence]
        space.fetch([Label(id, id) for rule in applied for id in rule[:2]])
        for rule in applied:
            into = self._rules.setdefault(space.code_of(rule.condition), {})
            code = space.code_of(rule.consequence)
            into[code] = max(into.get(code, 0.0), rule.probability)
        self._known: set[int] = set()
        self._allowed = bytearray()  # of each code, whether it may follow
        self._steps = 0
        self._keys: dict[tuple[int, ...], NDArray[np.uint64]] = {}
        self.starts = np.zeros(0, np.int64)
        self.lengths = np.zeros(0, np.int64)
        self.target = np.zeros(0, np.int32)
        self.subject = np.zeros(0, np.int32)
        self.reason = np.zeros(0, np.int32)
        self.factor = np.zeros(0, np.float32)
        self.ruled = np.zeros(0, np.bool_)

    @property
    def sure(self) -> bool:
        """Whether all that follows is as sure as what it follows from: there are no rules."""
        return not self._rules

    def add(self, codes: Iterable[int]) -> None:
        """Find what follows from labels that were not met before."""
        fresh = [code for code in codes if code not in self._known]
        if not fresh:
            return
        self._known.update(fresh)
        self._keys.clear()
        allowed = self._allowed
        allowed.extend(self._only is None or code in self._only for code in range(len(allowed), len(self._space.ids)))
        begin = self._steps
        targets, subjects, reasons, sizes = [array("i") for _ in range(4)]
        factors, ruled = array("f"), array("b")
        for code in fresh:
            before, above = len(targets), self._space.above[code]
            if self._rules and (code in self._rules or any(a in self._rules for a in above)):
                steps = self.walk({code: 1.0})
                targets.extend(step.target for step in steps)
                subjects.extend(step.subject for step in steps)
                reasons.extend(map(self.reason_of, steps))
                factors.extend(step.confidence for step in steps)
                ruled.extend(step.ruled for step in steps)
            elif self._ancestors:  # the walk would find the same, ten times as slowly
                chosen = [a for a in above if allowed[a]]
                n = len(chosen)
                targets.extend(chosen)
                subjects.extend([code] * n)
                reasons.extend([self.reason_of(Step(code, 1.0, code, code, 0.0, False)) if n else 0] * n)
                factors.extend([1.0] * n)
                ruled.extend([False] * n)
            sizes.append(len(targets) - before)
        self.starts, self.lengths = (_longer(one, len(self._space.ids)) for one in (self.starts, self.lengths))
        self.lengths[fresh] = sizes
        self.starts[fresh] = begin + np.cumsum(sizes) - np.array(sizes)
        self._steps += len(targets)
        self.target, self.subject, self.reason, self.factor, self.ruled = (
            _longer(one, self._steps) for one in (self.target, self.subject, self.reason, self.factor, self.ruled)
        )
        for column, values in (
            (self.target, targets),
            (self.subject, subjects),
            (self.reason, reasons),
            (self.factor, factors),
            (self.ruled, ruled),
        ):
            column[begin : self._steps] = np.array(values)

    def keys(self, make: Callable[..., NDArray[np.uint64]], *bits: int) -> NDArray[np.uint64]:
        """Return what a function makes of target, factor and some numbers, for every step; made anew as they grow."""
        if bits not in self._keys:
            self._keys[bits] = make(self.target, self.factor, *bits)
        return self._keys[bits]

    def walk(self, present: Mapping[int, float], absent: Collection[int] = ()) -> list[Step]:
        """Return what follows from labels together, the surest first.

        Args:
            present: codes with their confidences; one of them is returned when another makes it surer.
            absent: codes that do not follow, and from which nothing follows.
        """
        best: dict[int, Step] = {}
        for code, sure in present.items():
            for step in self._from(code, sure, {one for one in absent if one not in present}):
                known = best[step.target].confidence if step.target in best else present.get(step.target, 0.0)
                if step.confidence > known:
                    best[step.target] = step
        return sorted(best.values(), key=lambda step: -step.confidence)

    def _from(self, start: int, given: float, barred: Collection[int]) -> Iterator[Step]:
        """Yield what follows from one label, the surest first, then the nearest."""
        done: set[int] = set()
        order = count()
        heap = [(-given, next(order), Step(start, given, start, start, 0.0, False))]
        while heap:
            _, _, step = heappop(heap)
            _, sure, _, _, _, ruled = step
            # Rules know nothing of each other: a chain of them must be surer than one alone.
            least = max(self._least, CHAINED * given) if ruled else self._least
            # Nothing that is still to come is surer, so the ancestors are settled with the label.
            above = self._space.above[step.target] if self._ancestors and step.target not in barred else ()
            for code in (step.target, *above):
                if code in done or code in barred:
                    continue
                done.add(code)
                one = step if code == step.target else Step(code, sure, start, step.target, 0.0, ruled)
                if code != start and self._allowed[code]:
                    yield one
                for other, p in self._rules.get(code, {}).items():
                    if other not in done and sure * p >= least:
                        heappush(heap, (-sure * p, next(order), Step(other, sure * p, start, code, p, True)))


class Below:
    """Which labels lie below each, among all codes that a space has given: the other way round of `Space.above`.

    Attributes:
        starts: ``(codes + 1,)``, what is below code c is ``codes[starts[c]:starts[c + 1]]``; c itself is the first.
        codes: ``(n,)``.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._size = -1
        self.starts = np.zeros(1, np.int64)
        self.codes = np.zeros(0, np.int32)

    def update(self) -> None:
        """Take up the codes that the space has given since."""
        above = self._space.above
        if self._size == len(above):
            return
        self._size = size = len(above)
        lengths = np.fromiter(map(len, above), np.int64, size)
        flat = np.fromiter((code for codes in above for code in codes), np.int32, int(lengths.sum()))
        upper = np.concatenate([np.arange(size, dtype=np.int32), flat])
        lower = np.concatenate([np.arange(size, dtype=np.int32), np.repeat(np.arange(size, dtype=np.int32), lengths)])
        order = np.argsort(upper, kind="stable")
        self.codes = lower[order]
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(upper, minlength=size))]).astype(np.int64)


def ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of several ranges one after another, and to which range each belongs.

    >>> [found.tolist() for found in ranges(np.array([5, 0]), np.array([2, 3]))]
    [[5, 6, 0, 1, 2], [0, 0, 1, 1, 1]]
    """
    ends = np.cumsum(lengths)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths), owner


def _longer(values: NDArray[Any], size: int) -> NDArray[Any]:
    """Return an array of at least a size, with room for more when it must grow."""
    if len(values) >= size:
        return values
    grown = np.zeros(max(size, 2 * len(values)), values.dtype)
    grown[: len(values)] = values
    return grown
