"""Counts how many labels annotations lack, by some of their images with all labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from taxonomy.cooccurrence.estimate import Audit
from taxonomy.cooccurrence.vocabulary import Labels
from taxonomy.errors import InputError
from taxonomy.labels import Report, open_labels


def count_audit(files: Sequence[Path], audit: Path, labels: Labels, report: Report) -> Audit:
    """Compare annotations with complete labels of some of their images.

    Args:
        files: the annotations, whose bad rows were reported before.
        audit: annotations that are complete; images that the others lack tell nothing.
        labels: resolves both.
        report: told of bad rows of the audit.

    Raises:
        InputError: a file cannot be read, or no image is in both.
    """
    complete: dict[str, set[int]] = {}
    for name, codes in _images(audit, labels, report):
        complete.setdefault(name, set()).update(codes)
    said: dict[str, set[int]] = {}
    for file in files:
        for name, codes in _images(file, labels, lambda where, what: None, complete):
            said.setdefault(name, set()).update(codes)
    if not said:
        raise InputError(f"{audit}: none of its images is in the annotations; both must write images alike")
    classes = len(labels.space.ids)
    present, found = np.zeros(classes, np.int64), np.zeros(classes, np.int64)
    for name, codes in said.items():
        present[list(complete[name])] += 1
        found[list(complete[name] & codes)] += 1
    return Audit(present, found)


def _images(
    path: Path, labels: Labels, report: Report, only: dict[str, set[int]] | None = None
) -> Iterator[tuple[str, set[int]]]:
    """Yield images with the codes that they show."""
    for batch, codes in labels.batches(open_labels(path, report)):
        for number, name in enumerate(batch.images):
            if only is None or name in only:
                own = slice(int(batch.starts[number]), int(batch.starts[number + 1]))
                yield name, set(codes[own][batch.confidence[own] > 0].tolist())
