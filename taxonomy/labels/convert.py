"""Carries labels over to the classes of another dataset: the same concept, else the nearest class above, else nothing.

That something is absent holds for every class at or below it, and for none above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.errors import InputError
from taxonomy.labels._format import Expanded
from taxonomy.labels.batch import Batch, Label
from taxonomy.labels.closure import Below, ranges
from taxonomy.labels.space import Space
from taxonomy.store.read import Taxonomy

EXACT, ROLLED_UP, DROPPED = HOW = ("exact", "rolled up", "dropped")


class Fate(NamedTuple):
    """What became of a label of the file.

    Attributes:
        label, name: as the file has it.
        concept: its concept; empty when it is none.
        how: `EXACT`, `ROLLED_UP` or `DROPPED`, where it is there.
        to, to_name: key and name of the class; empty when it was dropped.
        images: how many have it.
        absent: in how many it was looked for in vain.
    """

    label: str
    name: str
    concept: str
    how: str
    to: str
    to_name: str
    images: int
    absent: int


class Converter:
    """Converts batches of one file; a `taxonomy.labels.Sink` of the classes of the other dataset.

    Attributes:
        ids, names, reasons, placed, dropped: see `taxonomy.labels.Sink`.
        images: how many there were.
        emptied: how many had labels, and have none any more.
    """

    def __init__(self, taxonomy: Taxonomy, space: Space, labels: list[Label], to: str) -> None:
        """Prepare.

        Args:
            taxonomy: has the dataset.
            space: resolves the labels of the file.
            labels: of the file; may grow.
            to: the dataset.

        Raises:
            NotFoundError: it is not in the taxonomy.
            InputError: none of its classes is a concept.
        """
        rows = taxonomy.execute(
            "SELECT class.key, class.name, concept.id FROM class JOIN concept ON concept.key = class.concept"
            " WHERE class.source = ? ORDER BY class.position",
            (taxonomy.source_position(to),),
        ).fetchall()
        if not rows:
            raise InputError(f"{to}: no class of it is placed; 'taxonomy classes {to}' lists them")
        self.ids = [key for key, _, _ in rows]
        self.names = [name for _, name, _ in rows]
        self.reasons = [""]
        self.placed: dict[str, int] = {}
        self.dropped: dict[int, set[tuple[str, bool]]] = {}
        self.images = self.emptied = 0
        self._space, self._labels = space, labels
        self._class: dict[int, int] = {}
        for position, (_, _, id) in enumerate(rows):
            self._class.setdefault(space.code_of(id), position)
        self._codes: list[int] = []
        self._to = np.zeros(0, np.int32)
        self._counts = np.zeros((2, 0), np.int64)
        self._below = Below(space)

    def above(self, key: str) -> tuple[int, ...]:
        """Return nothing: the classes above are labels of their own."""
        return ()

    def convert(self, batches: Iterable[Batch]) -> Iterator[Expanded]:
        """Yield the images with the labels that are left."""
        for batch in batches:
            self._update()
            for value, counts in ((False, self._counts[0]), (True, self._counts[1])):
                counts += np.bincount(batch.labels[(batch.confidence == 0) == value], minlength=len(counts))
            yield self._convert(batch)

    def fates(self) -> list[Fate]:
        """Return what became of each label that was used, the most frequent first of each kind."""
        self._update()
        found: list[Fate] = []
        for number, (label, code) in enumerate(zip(self._labels, self._codes, strict=True)):
            present, absent = self._counts[:, number].tolist()
            if present or absent:
                to = int(self._to[number])
                how = DROPPED if to < 0 else EXACT if code in self._class else ROLLED_UP
                concept = self._space.ids[code] if self._space.concepts[code] else ""
                key, name = ("", "") if to < 0 else (self.ids[to], self.names[to])
                found.append(Fate(label.key, label.name, concept, how, key, name, present, absent))
        return sorted(found, key=lambda fate: (HOW.index(fate.how), -fate.images, -fate.absent, fate.label))

    def _update(self) -> None:
        for label in self._labels[len(self._codes) :]:
            code = self._space.code(label)
            self._codes.append(code)
            place = next((self._class[c] for c in (code, *self._space.above[code]) if c in self._class), -1)
            if place >= 0:
                self.placed[label.key] = place
            self._to = np.append(self._to, np.int32(place))
        more = len(self._codes) - self._counts.shape[1]
        self._counts = np.pad(self._counts, ((0, 0), (0, more)))

    def _convert(self, batch: Batch) -> Expanded:
        count = len(batch.images)
        image = np.repeat(np.arange(count), np.diff(batch.starts))
        place = self._to[batch.labels]
        kept = np.flatnonzero((place >= 0) & (batch.confidence > 0))
        number, absent = self._absent(batch)
        images = np.concatenate([image[kept], image[number]])
        places = np.concatenate([place[kept], absent])
        sure = np.concatenate([batch.confidence[kept], np.zeros(len(absent), np.float32)])
        keys = (images << 32 | places) << 1 | (sure == 0)  # what is there and absent stays both
        order = np.argsort(keys, kind="stable")
        new = np.ones(len(order), np.bool_)
        new[1:] = np.diff(keys[order]) != 0
        first = order[new]
        if len(first):
            sure[first] = np.maximum.reduceat(sure[order], np.flatnonzero(new))
        first = first[np.lexsort((first, images[first]))]  # as the file has them
        starts = np.searchsorted(images[first], np.arange(count + 1))
        self.images += count
        self.emptied += int(((np.diff(batch.starts) > 0) & (np.diff(starts) == 0)).sum())
        left = places[first].astype(np.int32)
        return Expanded(Batch(batch.images, starts, left, sure[first]), np.zeros(len(left), np.int32))

    def _absent(self, batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the classes that are absent with the labels that are: number of the label, and place of the class."""
        numbers = np.flatnonzero(batch.confidence == 0)
        if not len(numbers):
            return numbers, np.zeros(0, np.int32)
        self._below.update()
        codes = np.array(self._codes, np.int32)[batch.labels[numbers]]
        below, of = ranges(self._below.starts[codes], np.diff(self._below.starts)[codes])
        classes = np.full(len(self._space.ids), -1, np.int32)
        classes[list(self._class)] = list(self._class.values())
        place = classes[self._below.codes[below]]
        return numbers[of[place >= 0]], place[place >= 0]
