"""Annotation files in tests: what one holds, and batches to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from taxonomy.labels import Annotations, Batch, Expanded, open_labels


def opened(path: Path) -> tuple[Annotations, list[tuple[str, str]]]:
    """Open a file; what it reports comes into the list."""
    said: list[tuple[str, str]] = []
    return open_labels(path, lambda where, what: said.append((where, what))), said


def contents(annotations: Annotations) -> dict[str, dict[str, float]]:
    """Return the keys of the labels of each image, with their confidences."""
    found: dict[str, dict[str, float]] = {}
    for batch in annotations.batches():
        for n, image in enumerate(batch.images):
            assert image not in found
            own = range(batch.starts[n], batch.starts[n + 1])
            found[image] = {annotations.labels[batch.labels[i]].key: round(float(batch.confidence[i]), 4) for i in own}
            assert len(found[image]) == len(own), "a label came twice"
    return found


class Ids:
    """A `taxonomy.labels.Sink` of given ids."""

    def __init__(self, *ids: str, names: Sequence[str] = (), reasons: Sequence[str] = ("",)) -> None:
        self.ids = list(ids)
        self.names = list(names or ids)
        self.reasons = list(reasons)
        self.placed = {id: place for place, id in enumerate(ids)}
        self.dropped: dict[int, set[tuple[str, bool]]] = {}


def expanded(images: dict[str, list[tuple[int, float, int]]]) -> Iterator[Expanded]:
    """Yield a batch for each image: label, confidence and reason of each of its labels."""
    for image, labels in images.items():
        starts = np.array([0, len(labels)], np.int64)
        columns = [np.array([row[n] for row in labels], np.float32 if n == 1 else np.int32) for n in range(3)]
        yield Expanded(Batch([image], starts, columns[0], columns[1]), columns[2])
