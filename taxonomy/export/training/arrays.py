r"""What a training loop needs of the taxonomy, as arrays in one NumPy ``.npz`` without pickles.

``taxonomy.training`` reads it; so does ``numpy.load(path)``.  N concepts, in the order of 'labels' for the same choice,
so parents come before children; D datasets; C classes of all of them.  Texts are UTF-8 bytes, one a line:
``bytes(arrays["ids"]).decode().split("\n")``.  CSR: row i is ``indices[indptr[i]:indptr[i + 1]]``, ascending; every
``*_indptr`` is int64.

| array | shape | dtype | |
| --- | --- | --- | --- |
| version | () | int64 | of this table: 1 |
| ids, names | text, N lines | uint8 | id and preferred name of each concept |
| parents_indptr, parents_indices | (N+1,), (·,) | int32 | the nearest concepts above each: above no other one |
| ancestors_indptr, ancestors_indices | (N+1,), (·,) | int32 | all above each, also through concepts left out |
| tree_parent | (N,) | int32 | one parent of each, as in 'tencent': the deepest; -1 for a root |
| depth | (N,) | int32 | edges up to a root of that tree: the longest chain of concepts above |
| datasets | text, D lines | uint8 | names, in merge order |
| dataset_indptr | (D+1,) | int64 | where the classes of each begin in the next two |
| class_index | (C,) | int32 | index of each class, in its dataset's order; -1 if it has none |
| class_keys | text, C lines | uint8 | its key in the dataset: the category id, wnid … |
| roles | (D, N) | uint8 | what a dataset says of a concept, bits, below |
| rules_indptr, rules_indices | (N+1,), (·,) | int32 | labels that come with each (``cooccur learn --keep``) |
| rules_probability | (·,) | float32 | how probable each is, where the first is |
| similarity | text | uint8 | ``lin`` or ``path`` |
| similarity_indptr, similarity_indices | (N+1,), (·,) | int32 | labels like each, itself among them |
| similarity_values | (·,) | float32 | how alike: ``lin`` from 0.5, ``path`` from 0.2, to 1 |
| images | (N,) | int64 | of each class, as ``--counts`` says; only with that |
| class_weight | (N,) | float32 | by the effective number of these, below; only with ``--counts`` |
| superclass | (N,) | int32 | line of the next two; only with ``--superclasses`` |
| superclass_ids, superclass_names | text | uint8 | of the superclasses |

Bits of ``roles``: 1, a class of the dataset; 2, above a class, so positive wherever that is and *never a negative by
itself*; 4, below a class, so absent wherever that was looked for in vain.  The ignore mask of a dataset is
``roles[d] & 1 == 0``: whatever has no bit 1 was not annotated, and is no negative.  A class that became one with the
class above it (``--min-images``) makes that one a 2, not a 1: its other images were not annotated.

Where several annotations give a rule, that of most images counts.  ``class_weight`` is (1 - b) / (1 - b ** images) with
b = 0.9999, on average 1 (Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019); 0 without
images.  The similarities can be soft labels, which Chen et al. (ScaleDet, CVPR 2023) take from text embeddings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Csr
from taxonomy.export._format import _BREAKS, Keeps, PathExporter, Report
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import classes
from taxonomy.export.training.closure import Closure, closure
from taxonomy.export.training.similarity import FLOORS, MOST, similarity
from taxonomy.export.tree import single_parents
from taxonomy.store.rules import KIND, kept
from taxonomy.text import counted

VERSION = 1
ANNOTATED, ABOVE, BELOW = 1, 2, 4
_BETA = 0.9999
Arrays = dict[str, NDArray[Any]]


def _save(selection: Selection, path: Path) -> Report:
    ids, names = selection.ids(), selection.names()
    above = closure(selection.hierarchy, selection.concepts)
    arrays: Arrays = {
        "version": np.array(VERSION),
        "ids": _text(ids[key] for key in selection.concepts),
        "names": _text(names[key][0] for key in selection.concepts),
        **_csr("parents", above.parents),
        **_csr("ancestors", above.ancestors),
        **_tree(selection),
        **_datasets(selection, above),
        **_images(selection),
        **_superclasses(selection, ids, names),
    }
    rules, pairs = _rules(selection, ids)
    alike, remarks = _similarity(selection, above)
    arrays |= rules | alike
    with path.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **arrays)
    implied, datasets = counted(len(above.ancestors.indices), "is-a pair"), counted(len(selection.datasets), "dataset")
    return Report(
        f"{counted(len(selection.concepts), 'concept')} of {datasets}",
        (f"{implied}, {counted(pairs, 'rule')}, {counted(len(arrays), 'array')}", *remarks),
    )


def _text(lines: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(line.translate(_BREAKS) for line in lines).encode(), np.uint8)


def _csr(name: str, rows: Csr) -> Arrays:
    return {f"{name}_indptr": rows.indptr, f"{name}_indices": rows.indices}


def _tree(selection: Selection) -> Arrays:
    """Return the one parent of each concept, and its depth."""
    index: dict[int | None, int] = {key: place for place, key in enumerate(selection.concepts)}
    index[None] = -1
    parents, depths = np.empty(len(selection.concepts), np.int32), np.empty(len(selection.concepts), np.int32)
    for key, parent in single_parents(selection).items():  # parents come first
        above = index[parent]
        parents[index[key]], depths[index[key]] = above, depths[above] + 1 if above >= 0 else 0
    return {"tree_parent": parents, "depth": depths}


def _datasets(selection: Selection, above: Closure) -> Arrays:
    """Return which index each class of each dataset has, and what the dataset says of each concept."""
    indexes, own = selection.indexes(), {key: index for index, key in enumerate(selection.concepts)}
    roles = np.zeros((len(selection.datasets), len(own)), np.uint8)
    below = above.ancestors.transposed(len(own))
    starts, keys, places = [0], list[str](), list[int]()
    for row, dataset in zip(roles, selection.datasets, strict=True):
        found = classes(selection, dataset)
        concepts = [each.concept for each in found if each.concept is not None]
        keys += (each.key for each in found)
        places += (-1 if each.concept is None else indexes.get(each.concept, -1) for each in found)
        annotated = np.unique([own[concept] for concept in concepts if concept in own]).astype(np.int32)
        stand = [indexes[concept] for concept in concepts if concept in indexes and concept not in own]
        present = np.union1d(annotated, stand).astype(np.int32)
        row[annotated] |= ANNOTATED
        row[stand] |= ABOVE
        row[above.ancestors.of(present)] |= ABOVE
        row[below.of(annotated)] |= BELOW
        starts.append(len(keys))
    return {
        "datasets": _text(selection.datasets),
        "dataset_indptr": np.array(starts, np.int64),
        "class_index": np.array(places, np.int32),
        "class_keys": _text(keys),
        "roles": roles,
    }


def _images(selection: Selection) -> Arrays:
    if selection.choice.counts is None:
        return {}
    numbers = (selection.images.get(key, 0) for key in selection.concepts)
    images = np.fromiter(numbers, np.int64, len(selection.concepts))
    return {"images": images, "class_weight": class_weights(images)}


def _superclasses(selection: Selection, ids: Mapping[int, str], names: Mapping[int, list[str]]) -> Arrays:
    if not selection.superclasses:
        return {}
    groups = {key: line for line, key in enumerate(dict.fromkeys(selection.superclasses.values()))}
    lines = (groups[selection.superclasses[key]] for key in selection.concepts)
    return {
        "superclass": np.fromiter(lines, np.int32, len(selection.concepts)),
        "superclass_ids": _text(ids[key] for key in groups),
        "superclass_names": _text(names[key][0] for key in groups),
    }


def _rules(selection: Selection, ids: Mapping[int, str]) -> tuple[Arrays, int]:
    """Return the rules whose labels are both concepts of the selection, and how many they are."""
    index = {ids[key]: place for place, key in enumerate(selection.concepts)}
    sources = selection.taxonomy.execute("SELECT name FROM source WHERE kind = ? ORDER BY position DESC", (KIND,))
    best: dict[tuple[int, int], tuple[int, float]] = {}
    for (source,) in sources.fetchall():
        for rule in kept(selection.taxonomy, source):
            if rule.condition in index and rule.consequence in index:
                pair = index[rule.condition], index[rule.consequence]
                best[pair] = max(best.get(pair, (-1, 0.0)), (rule.n_if, rule.probability))
    pairs = sorted(best)
    starts = np.searchsorted([condition for condition, _ in pairs], np.arange(len(index) + 1)).astype(np.int64)
    rules = Csr(starts, np.array([consequence for _, consequence in pairs], np.int32))
    probability = np.array([best[pair][1] for pair in pairs], np.float32)
    return {**_csr("rules", rules), "rules_probability": probability}, len(pairs)


def _similarity(selection: Selection, above: Closure) -> tuple[Arrays, tuple[str, ...]]:
    measure = selection.options.similarity
    found = similarity(measure, selection.hierarchy, selection.concepts, above)
    if isinstance(found, int):
        pairs = f"some {counted(found, 'pair')} alike by {FLOORS[measure]} or more ({measure})"
        return {}, (f"label similarity left out: {pairs}, more than {MOST:,}; choose fewer concepts to have it",)
    return {
        "similarity": _text([measure]),
        **_csr("similarity", found.entries),
        "similarity_values": found.values,
    }, (f"{counted(len(found.values), 'pair')} alike by {FLOORS[measure]} or more ({measure})",)


def class_weights(images: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the weight of each class by the effective number of its images, on average 1; 0 where it has none.

    >>> class_weights(np.array([10, 0, 10000])).astype(float).round(3).tolist()
    [1.997, 0.0, 0.003]
    """
    seen = images > 0
    weight = np.zeros(len(images))
    weight[seen] = (1 - _BETA) / -np.expm1(images[seen] * np.log(_BETA))
    return (weight * (seen.sum() / weight.sum() if seen.any() else 1)).astype(np.float32)


EXPORTERS = (
    PathExporter(
        name="arrays",
        summary="NumPy .npz for training: hierarchy, index maps, ignore masks, rules, label similarity",
        loses="synonyms, definitions, other languages, parts, marks; similarity beyond 40 million pairs",
        save=_save,
        folder=False,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.DATASETS}),
        takes=frozenset({"similarity", "counts"}),
    ),
)
