"""Labels of several annotation files in one space, with how often each came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy import int32, int64
from numpy.typing import NDArray

from taxonomy.labels._settle import without_denied
from taxonomy.labels.batch import Annotations, Batch, Label
from taxonomy.labels.space import Space
from taxonomy.store.read import Taxonomy


class Unresolved(NamedTuple):
    """A label that is no concept.

    Attributes:
        id: its own id.
        label: what its file calls it.
        times: how often it came.
        absent: how often it was looked for in vain.
        why: it is none.
    """

    id: str
    label: str
    times: int
    absent: int
    why: str


class Labels:
    """The labels of annotation files as codes of one space.

    Attributes:
        space: has the codes.
    """

    def __init__(self, taxonomy: Taxonomy, vocabulary: str | None = None) -> None:
        """Prepare to resolve; see `Space`."""
        self.space = Space(taxonomy, vocabulary)
        self._taxonomy, self._vocabulary = taxonomy, vocabulary
        self._others: dict[str, Space] = {}
        self._times = np.zeros((2, 0), int64)  # present, absent

    def code(self, label: Label, vocabulary: str | None = None) -> int:
        """Return the code of a label of a vocabulary; None for that of the space."""
        other = self._space(vocabulary)
        if other is self.space:
            return self.space.code(label)
        own = other.code(label)
        code = self.space.code_of(other.ids[own])
        if other.concepts[own] is None:
            self.space.names[code] = label.name
            self.space.unresolved[other.ids[own]] = other.unresolved[other.ids[own]]
        return code

    def _space(self, vocabulary: str | None) -> Space:
        if vocabulary is None or vocabulary == self._vocabulary:
            return self.space
        if vocabulary not in self._others:
            self._others[vocabulary] = Space(self._taxonomy, vocabulary)
        return self._others[vocabulary]

    def batches(
        self, annotations: Annotations, vocabulary: str | None = None, *, counted: bool = True
    ) -> Iterator[tuple[Batch, NDArray[int32]]]:
        """Yield the batches of a file, with the codes of their labels, and count these.

        A label that an image has both as present and as absent is absent.
        """
        codes = np.empty(0, int32)
        for batch in map(without_denied, annotations.batches()):
            fresh = annotations.labels[len(codes) :]
            self._space(vocabulary).fetch(fresh)
            new = [self.code(label, vocabulary) for label in fresh]
            codes = np.append(codes, np.array(new, int32))
            found = codes[batch.labels]
            if counted:
                there = batch.confidence > 0
                self.count(np.bincount(found[there]), np.bincount(found[~there]))
            yield batch, found

    def count(self, present: NDArray[int64], absent: NDArray[int64]) -> None:
        """Count how often codes came, and were looked for in vain, each ``(codes or fewer,)``."""
        more = max(len(present), len(absent)) - self._times.shape[1]
        if more > 0:
            self._times = np.pad(self._times, ((0, 0), (0, more)))
        self._times[0, : len(present)] += present
        self._times[1, : len(absent)] += absent

    @property
    def came(self) -> int:
        """How many labels came, without those that were looked for in vain."""
        return int(self._times[0].sum())

    @property
    def absent(self) -> int:
        """How many labels were looked for in vain."""
        return int(self._times[1].sum())

    def unresolved(self) -> list[Unresolved]:
        """Return the labels that are no concepts, the most frequent first."""
        space = self.space
        found = [
            Unresolved(space.ids[code], space.names[code], times, absent, space.unresolved.get(space.ids[code], ""))
            for code, (times, absent) in enumerate(self._times.T.tolist())
            if times + absent and space.concepts[code] is None
        ]
        return sorted(found, key=lambda label: (-label.times, -label.absent, label.id))
