"""What readers and writers of boxes share: labels by key, batches of images, and what was added to each image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np

from taxonomy.labels._format import Expanded, Sink
from taxonomy.labels.batch import IMAGES, Batch, Label
from taxonomy.text import counted

T = TypeVar("T")


class Added(NamedTuple):
    """A label that was added to an image.

    Attributes:
        position: in `Sink.ids`.
        confidence: above 0.
        reason: position in `Sink.reasons`.
    """

    position: int
    confidence: float
    reason: int


class Codes:
    """Gives each label a position in a list that grows."""

    def __init__(self, labels: list[Label]) -> None:
        self._labels = labels
        self._codes = {label.key: code for code, label in enumerate(labels)}

    def code(self, key: str, name: str = "") -> int:
        """Return the position of a label; a new one is called by its key unless it has a name."""
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self._labels)
            self._labels.append(Label(key, name or key))
        return found


def batches(rows: Iterable[tuple[str, Mapping[int, float]]]) -> Iterator[Batch]:
    """Put images together, each with the confidence of its labels by their positions."""
    remaining = iter(rows)
    while block := list(islice(remaining, IMAGES)):
        counts = np.array([0, *(len(labels) for _, labels in block)], np.int64)
        labels = [code for _, labels in block for code in labels]
        sure = [value for _, labels in block for value in labels.values()]
        yield Batch(
            [image for image, _ in block], np.cumsum(counts), np.array(labels, np.int32), np.array(sure, np.float32)
        )


def confidence(value: object) -> float | None:
    """Return a number from 0 to 1, of a number or a text; None of anything else."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if 0 <= number <= 1 else None


def is_unicode(text: str) -> bool:
    """Tell whether a name can be written; that of a file may be any bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def additions(expanded: Iterable[Expanded]) -> Iterator[tuple[str, list[Added]]]:
    """Yield each image with the labels that were added to it."""
    for part in expanded:
        batch = part.batch
        chosen = np.flatnonzero((part.reasons > 0) & (batch.confidence > 0))
        columns = (batch.labels[chosen], batch.confidence[chosen], part.reasons[chosen])
        found = [Added(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        bounds = np.searchsorted(chosen, batch.starts).tolist()
        for image, begin, end in zip(batch.images, bounds, bounds[1:], strict=False):
            yield image, found[begin:end]


def matched(rows: Iterable[tuple[str, T]], found: Iterator[tuple[str, list[Added]]]) -> Iterator[tuple[T, list[Added]]]:
    """Yield what the source has of each image with what was added to it.

    Both come in one order, so nothing is held; images of the source that have gone are left out.
    """
    wanted = next(found, None)
    for image, row in rows:
        if wanted is None:
            return
        if image == wanted[0]:
            yield row, wanted[1]
            wanted = next(found, None)


def ancestor_of(sink: Sink, key: str) -> str:
    """Return why a box of a label is of what is above it."""
    return f"ancestor of {sink.ids[sink.placed[key]]}"


def above_of(keys: Iterable[str], added: Iterable[Added], sink: Sink) -> set[int]:
    """Return the positions of what was added above some labels."""
    above = {position for key in keys if key in sink.placed for position in sink.above(key)}
    return above.intersection(one.position for one in added)


def boxless(count: int, format: str) -> list[str]:
    """Return the remark that labels without a box were left out."""
    if not count:
        return []
    return [f"{counted(count, 'label')} that rules added left out: without a box, which {format} needs"]


class Numbers:
    """The numbers of classes in what is written: those of the source, and for what is added new ones above them.

    Attributes:
        of: the number by the position in `Sink.ids`; grows.
    """

    def __init__(self, sink: Sink, source: Mapping[str, int], *, by_id: bool = False) -> None:
        """Prepare.

        Args:
            sink: says what is written for the labels of the source; it must have placed them, as it has with a batch.
            source: the number of each of its labels, by key.
            by_id: an id that is a number gives a class that number while it is free.
        """
        self.of: dict[int, int] = {}
        self._sink, self._by_id = sink, by_id
        self._next = max(source.values(), default=-1 + by_id) + 1
        self._taken: set[int] = set()
        for key, number in source.items():
            position = sink.placed.get(key)
            if position is not None and position not in self.of and sink.ids[position] == key:
                self._give(position, number)
        for key, number in source.items():
            position = sink.placed.get(key)
            if position is not None and position not in self.of:
                own = self._own(position)
                self._give(position, number if own is None and number not in self._taken else own)

    def number(self, position: int) -> int:
        """Return the number of what is written."""
        found = self.of.get(position)
        return self._give(position, self._own(position)) if found is None else found

    def of_key(self, key: str) -> int | None:
        """Return the number of a label of the source; None when it is not written."""
        position = self._sink.placed.get(key)
        return None if position is None else self.number(position)

    def _own(self, position: int) -> int | None:
        id = self._sink.ids[position]
        if not (self._by_id and id.isascii() and id.isdecimal()):
            return None
        return None if int(id) in self._taken else int(id)

    def _give(self, position: int, number: int | None) -> int:
        if number is None:
            number = self._next
        self._next = max(self._next, number + 1)
        self._taken.add(number)
        self.of[position] = number
        return number
