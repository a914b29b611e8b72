"""The label space of ``taxonomy export arrays``, loaded; that format's module says what each array is."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Csr, Ints
from taxonomy.errors import InputError

VERSION = 1
"""The version of the file that is understood."""
ANNOTATED, ABOVE, BELOW = 1, 2, 4
"""The bits of what a dataset says of a concept: it is a class; it is above one; it is below one."""
_AGAIN = "write it again with 'taxonomy export arrays'"


@dataclass(frozen=True, eq=False)
class Dataset:
    """The classes of a dataset.

    Attributes:
        keys: of its classes, in its order: category ids, wnids …
        index: ``(classes,)``, the index of each; -1 where it has none.
        roles: ``(concepts,)``, bits: `ANNOTATED`, `ABOVE`, `BELOW`.
    """

    keys: tuple[str, ...]
    index: Ints
    roles: NDArray[np.uint8]

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """The index of each class by its key."""
        return dict(zip(self.keys, self.index.tolist(), strict=True))

    @property
    def annotated(self) -> NDArray[np.bool_]:
        """``(concepts,)``, what the dataset annotates; nothing else is a negative for not being labelled."""
        return (self.roles & ANNOTATED) > 0


@dataclass(frozen=True, eq=False)
class LabelSpace:
    """Concepts by index, parents before children, and what is known of them.

    Attributes:
        ids, names: of each.
        parents: the nearest concepts above each.
        ancestors: all above each.
        tree_parent: ``(concepts,)``, one parent of each; -1 for a root.
        depth: ``(concepts,)``, edges up to a root of that tree.
        datasets: by name.
        rules: labels that come with each.
        rules_probability: of each entry of ``rules``.
        similarity: labels like each, itself among them; None where there were too many.
        similarity_values: of each entry of ``similarity``.
        class_weight: ``(concepts,)``; None without counts.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    parents: Csr
    ancestors: Csr
    tree_parent: Ints
    depth: Ints
    datasets: Mapping[str, Dataset]
    rules: Csr
    rules_probability: NDArray[np.float32]
    similarity: Csr | None
    similarity_values: NDArray[np.float32] | None
    class_weight: NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def descendants(self) -> Csr:
        """All below each concept."""
        return self.ancestors.transposed(len(self))


def load(path: Path | str) -> LabelSpace:
    """Load a label space.

    Args:
        path: what ``taxonomy export arrays`` wrote.

    Raises:
        InputError: the file cannot be read, or is another one.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"{path}: cannot be read as arrays ({error}); {_AGAIN}") from error
    version = arrays.get("version", np.array(0)).tolist()
    if version != VERSION:
        raise InputError(f"{path}: it is of version {version}, and this understands {VERSION}; {_AGAIN}")
    try:
        return _space(arrays)
    except KeyError as error:
        raise InputError(f"{path}: it has no array {error}; {_AGAIN}") from error


def _space(arrays: Mapping[str, NDArray[Any]]) -> LabelSpace:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(arrays[name].tobytes().decode().split("\n"))

    def csr(name: str) -> Csr:
        return Csr(arrays[f"{name}_indptr"], arrays[f"{name}_indices"])

    starts, keys = arrays["dataset_indptr"].tolist(), texts("class_keys")
    datasets = {
        name: Dataset(keys[start:end], arrays["class_index"][start:end], roles)
        for name, start, end, roles in zip(texts("datasets"), starts, starts[1:], arrays["roles"], strict=False)
    }
    alike = "similarity" in arrays
    return LabelSpace(
        ids=texts("ids"),
        names=texts("names"),
        parents=csr("parents"),
        ancestors=csr("ancestors"),
        tree_parent=arrays["tree_parent"],
        depth=arrays["depth"],
        datasets=datasets,
        rules=csr("rules"),
        rules_probability=arrays["rules_probability"],
        similarity=csr("similarity") if alike else None,
        similarity_values=arrays["similarity_values"] if alike else None,
        class_weight=arrays.get("class_weight"),
    )
