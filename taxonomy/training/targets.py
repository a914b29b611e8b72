"""Multi-hot targets with all ancestors, and masks that leave out what nobody annotated.

What an image says of a concept:

- *positive*: a label of the image, or above one;
- *negative*: looked for and not there, or below that.  Looked for is what the image's dataset annotates, or, in
  federated datasets (LVIS, Open Images), only what was verified in this image;
- *unknown*, and without a loss: all else.  What the dataset does not annotate may be there; so may what is below the
  image's most specific labels, unless labels are known to be as specific as can be: a picture of an *animal* may well
  show a dog.

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
    rows = [_with(space.ancestors, _checked(space, image, row)) for image, row in enumerate(labels)]
    return _multi_hot(space, rows).astype(np.float32)


def supervise(
    space: LabelSpace,
    labels: Labels,
    datasets: str | Sequence[str],
    absent: Sequence[Sequence[int] | None] | None = None,
    *,
    specific: bool = False,
) -> Targets:
    """Return labels, and where they are known.

    Args:
        space: the label space.
        labels: of each image.
        datasets: the dataset of all the images, or of each.
        absent: of each image, the indexes of what was verified not to be there; None where all that its dataset
            annotates was looked for.
        specific: whether labels are as specific as the classes of their dataset allow: then *dog* is absent where only
            *animal* is labelled and the dataset annotates both.  In ImageNet-21K they are not.

    Raises:
        InputError: an index is none of the space, a dataset is not in it, or lengths differ.
    """
    rows = [_checked(space, image, row) for image, row in enumerate(labels)]
    names = [datasets] * len(rows) if isinstance(datasets, str) else list(datasets)
    verified = [
        None if row is None else _checked(space, image, row)
        for image, row in enumerate([None] * len(rows) if absent is None else absent)
    ]
    if not len(rows) == len(names) == len(verified):
        raise InputError(f"{len(rows)} images, but {len(names)} datasets, and {len(verified)} lists of absent labels")
    if unknown := set(names) - space.datasets.keys():
        known = ", ".join(space.datasets)
        raise InputError(f"{', '.join(sorted(unknown))}: no such dataset in the label space; it has {known}")
    positive = _multi_hot(space, [_with(space.ancestors, row) for row in rows])
    mask = [
        there | _negative(space, row, there, space.datasets[name].annotated, looked_for, specific)
        for row, there, name, looked_for in zip(rows, positive, names, verified, strict=True)
    ]
    return Targets(positive.astype(np.float32), np.array(mask, bool).reshape(positive.shape))


def _negative(
    space: LabelSpace,
    labels: NDArray[np.int64],
    there: NDArray[np.bool_],
    annotated: NDArray[np.bool_],
    absent: NDArray[np.int64] | None,
    specific: bool,
) -> NDArray[np.bool_]:
    """Return what is not in an image, ``(concepts,)``.

    Args:
        space: the label space.
        labels: of the image.
        there: ``(concepts,)``, these and what is above them.
        annotated: ``(concepts,)``, what was looked for, unless this is known by image:
        absent: what was verified not to be there.
        specific: as in `supervise`.
    """
    maybe = np.zeros(0, np.int64)
    if absent is not None:
        absent = absent[~there[absent]]
    else:
        missing = annotated & ~there
        if not specific:
            maybe = _with(space.descendants, np.setdiff1d(labels, space.ancestors.of(labels)))
            missing[maybe] = False
        absent = np.flatnonzero(missing)
    negative = np.zeros(len(space), bool)
    negative[_with(space.descendants, absent)] = True
    negative[maybe] = False
    return negative


def _checked(space: LabelSpace, image: int, row: Sequence[int]) -> NDArray[np.int64]:
    found = np.unique(np.asarray(row, np.int64))
    wrong = found[(found < -1) | (found >= len(space))]
    if len(wrong):
        raise InputError(f"image {image}: {wrong[0]} is no index of the label space, which has {len(space):,} concepts")
    return found[found >= 0]


def _with(related: Csr, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return some concepts, and what is related to any of them."""
    return np.concatenate([row, related.of(row)])


def _multi_hot(space: LabelSpace, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
    hot = np.zeros((len(rows), len(space)), bool)
    for into, row in zip(hot, rows, strict=True):
        into[row] = True
    return hot
