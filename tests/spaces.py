"""Label spaces for tests of training: exported from a taxonomy, or made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from taxonomy.csr import rows
from taxonomy.export import ALL, PLAIN, Choice, Options, export
from taxonomy.store.read import Taxonomy
from taxonomy.training import Dataset, LabelSpace, load
from taxonomy.training.space import ANNOTATED


def exported(t: Taxonomy, folder: Path, choice: Choice = ALL, options: Options = PLAIN) -> LabelSpace:
    path = folder / "arrays.npz"
    export(t, "arrays", path, choice, options, force=True)
    return load(path)


def made(parents: dict[str, str], **datasets: str) -> LabelSpace:
    """Make a space of concepts by name, parents first, each with the names of its parents; a dataset has some."""
    names = list(parents)
    ancestors: list[list[int]] = []
    for name in names:
        direct = [names.index(parent) for parent in parents[name].split()]
        ancestors.append(sorted({above for parent in direct for above in (parent, *ancestors[parent])}))
    first = [names.index(above.split()[0]) if above else -1 for above in parents.values()]
    depth: list[int] = []
    for parent in first:
        depth.append(depth[parent] + 1 if parent >= 0 else 0)
    none = np.zeros(0, np.float32)
    return LabelSpace(
        ids=tuple(names),
        names=tuple(names),
        parents=rows([[names.index(parent) for parent in above.split()] for above in parents.values()]),
        ancestors=rows(ancestors),
        tree_parent=np.array(first, np.int32),
        depth=np.array(depth, np.int32),
        datasets={name: _dataset(names, classes.split()) for name, classes in datasets.items()},
        rules=rows([[]] * len(names)),
        rules_probability=none,
        similarity=None,
        similarity_values=None,
        class_weight=None,
    )


def _dataset(names: list[str], classes: list[str]) -> Dataset:
    index = np.array([names.index(name) for name in classes], np.int32)
    roles = np.zeros(len(names), np.uint8)
    roles[index] = ANNOTATED
    return Dataset(tuple(classes), index, roles)
