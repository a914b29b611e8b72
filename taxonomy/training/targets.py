"""Multi-hot targets with all ancestors, and masks that leave out what nobody annotated.

What an image says of a concept:

- *positive*: a label of the image, or above one;
- *negative*: looked for and not there, or below that.  Looked for is what the image's dataset annotates, or, in
  federated datasets (LVIS, Open Images), only what was verified in this image;
- *unknown*, and without a loss: all else.  What the dataset does not annotate may be there; so may what is below the
  most specific labels: a picture labelled *animal* may well show a dog.

What is above a label is never a negative, annotated or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Csr
from taxonomy.errors import InputError
from taxonomy.training.space import LabelSpace

Labels = Sequence[Sequence[int]]
"""The indexes of each image's labels; -1, a class without one, is passed over."""


class Targets(NamedTuple):
    """What images say of concepts.

    Attributes:
        labels: ``(images, concepts)`` float32, 1 where positive.
        mask: ``(images, concepts)`` bool, False where unknown.
    """

    labels: NDArray[np.float32]
    mask: NDArray[np.bool_]


def expand(space: LabelSpace, labels: Labels) -> NDArray[np.float32]:
    """Return multi-hot labels, ``(images, concepts)``, with all that is above each label.

    Raises:
        InputError: an index is none of the space.
    """
    return _multi_hot(space, [_with(space.ancestors, row) for row in _checked(space, labels)]).astype(np.float32)


def supervise(
    space: LabelSpace,
    labels: Labels,
    datasets: str | Sequence[str],
    absent: Sequence[Sequence[int] | None] | None = None,
) -> Targets:
    """Return labels, and where they are known.

    Args:
        space: the label space.
        labels: of each image.
        datasets: the dataset of all the images, or of each.
        absent: of each image, the indexes of what was verified not to be there; None where all that its dataset
            annotates was looked for.

    Raises:
        InputError: an index is none of the space, a dataset is not in it, or lengths differ.
    """
    rows = _checked(space, labels)
    names = [datasets] * len(rows) if isinstance(datasets, str) else list(datasets)
    verified = [None] * len(rows) if absent is None else _checked(space, absent)
    if not len(rows) == len(names) == len(verified):
        raise InputError(f"{len(rows)} images, but {len(names)} datasets, and {len(verified)} lists of absent labels")
    if unknown := set(names) - space.datasets.keys():
        known = ", ".join(space.datasets)
        raise InputError(f"{', '.join(sorted(unknown))}: no such dataset in the label space; it has {known}")
    positive = _multi_hot(space, [_with(space.ancestors, row) for row in rows])
    mask = positive.copy()
    for row, known, name, looked_for in zip(rows, mask, names, verified, strict=True):
        there = known.copy()
        if looked_for is None:
            known |= space.datasets[name].annotated & ~there
            specific = np.setdiff1d(row, space.ancestors.of(row))
            unknown_below = _with(space.descendants, specific)
            known[unknown_below] = False
            missing = np.flatnonzero(known & ~there)
        else:
            unknown_below, missing = np.zeros(0, np.int64), looked_for[~there[looked_for]]
        known[_with(space.descendants, missing)] = True
        known[unknown_below] = False
        known |= there
    return Targets(positive.astype(np.float32), mask)


def _checked(space: LabelSpace, labels: Sequence[Sequence[int] | None]) -> list[NDArray[np.int64]]:
    rows = []
    for image, row in enumerate(labels):
        found = np.asarray(row, np.int64).reshape(-1)
        if len(found) and not -1 <= found.min() <= found.max() < len(space):
            wrong = found[(found < -1) | (found >= len(space))][0]
            raise InputError(
                f"image {image}: {wrong} is no index of the label space, which has {len(space):,} concepts"
            )
        rows.append(np.unique(found[found >= 0]))
    return rows


def _with(related: Csr, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return some concepts, and what is related to any of them."""
    return np.concatenate([row, related.of(row)])


def _multi_hot(space: LabelSpace, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
    hot = np.zeros((len(rows), len(space)), bool)
    for into, row in zip(hot, rows, strict=True):
        into[row] = True
    return hot
