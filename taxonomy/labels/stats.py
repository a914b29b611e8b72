"""Counts what an annotation file holds: images per class, labels per image, and how uneven that is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from taxonomy.labels.batch import Batch


class Counted(NamedTuple):
    """Counts of a file.

    Attributes:
        images: how many there are.
        present: ``(labels,)``, images that have each label of the file.
        absent: ``(labels,)``, images where it was looked for in vain.
        labels_per_image: how many images have 0, 1, 2, … labels.
    """

    images: int
    present: list[int]
    absent: list[int]
    labels_per_image: list[int]


def count(batches: Iterable[Batch]) -> Counted:
    """Count the labels of a file."""
    images = 0
    totals = [np.zeros(0, np.int64) for _ in range(3)]
    for batch in batches:
        images += len(batch.images)
        owner = np.repeat(np.arange(len(batch.images)), np.diff(batch.starts))
        there = batch.confidence > 0
        there_once = np.unique(owner[there] << 32 | batch.labels[there])
        parts = (
            np.bincount(there_once & 0xFFFFFFFF),
            np.bincount(batch.labels[~there]),
            np.bincount(np.bincount(there_once >> 32, minlength=len(batch.images))),
        )
        for place, part in enumerate(parts):
            total = totals[place]
            grown = np.zeros(max(len(total), len(part)), np.int64)
            grown[: len(total)] += total
            grown[: len(part)] += part
            totals[place] = grown
    size = max(len(totals[0]), len(totals[1]))
    present, absent = (np.pad(total, (0, size - len(total))).tolist() for total in totals[:2])
    return Counted(images, present, absent, totals[2].tolist())


def summary(counted: Counted, unseen: int = 0) -> list[tuple[str, float]]:
    """Return what a file holds, in figures with their names.

    Args:
        counted: the counts.
        unseen: classes of the vocabulary that no image has.

    The Gini coefficient is 0 when all classes have as many images, and near 1 when one has nearly all; the effective
    number of classes is the exponential of the entropy of their shares: of so many equal classes the file is worth.
    """
    per_class = np.sort(np.array([n for n in counted.present if n], np.int64))
    of_image = np.repeat(np.arange(len(counted.labels_per_image)), counted.labels_per_image)
    rows: list[tuple[str, float]] = [
        ("images", counted.images),
        ("images without a label", counted.labels_per_image[0] if counted.labels_per_image else 0),
        ("labels", int(per_class.sum())),
        ("labels verified absent", sum(counted.absent)),
        ("classes", len(per_class)),
        ("classes without an image", unseen),
    ]
    if len(of_image):
        rows += [
            ("labels per image, mean", float(of_image.mean())),
            ("labels per image, median", float(np.median(of_image))),
            ("labels per image, most", int(of_image[-1])),
        ]
    if len(per_class):
        share = per_class / per_class.sum()
        middle = float(np.median(per_class))
        ranks = np.arange(1, len(per_class) + 1)
        rows += [
            ("images per class, most", int(per_class[-1])),
            ("images per class, median", middle),
            ("images per class, least", int(per_class[0])),
            ("imbalance, most to median", float(per_class[-1] / middle)),
            ("imbalance, most to least", float(per_class[-1] / per_class[0])),
            ("Gini coefficient", float(2 * (ranks * share).sum() / len(share) - (len(share) + 1) / len(share))),
            ("effective number of classes", float(np.exp(-(share * np.log(share)).sum()))),
        ]
    return rows
