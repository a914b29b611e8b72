"""UniDet's unified label space: categories, the map of each dataset's classes into them, and masks of the loss.

Zhou, Koltun and Krähenbühl, "Simple Multi-dataset Detection", CVPR 2022; keys and shapes as the authors' tools write
and their models read them.  The n-th class of a dataset, sorted by id as COCO files are read, is category
``label_map[dataset][n]``.  A category is a negative where ``dataset_mask`` is 1 and no box has it: what a dataset does
not annotate is no negative in its images, and neither is a category that only stands for some class below it
(``--max-depth``, ``--min-images``), of which the dataset has boxes, but not of all that the category is.  The same file
is UniDet's hierarchy (``HIERARCHY_PATH``): of a box of a class, all ``parents`` and ``childs`` are no negatives either.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import DatasetClass, classes, some
from taxonomy.export.unique import unique_names
from taxonomy.text import counted


def _write(selection: Selection, out: TextIO) -> Report:
    ids = selection.ids()
    categories = [{"id": i, "name": n} for i, n in enumerate(unique_names(selection).values())]
    for category, key in zip(categories, selection.concepts, strict=True):
        category["concept"] = ids[key]
    own = len(categories)
    label_map, annotated = _label_map(selection, categories)
    inds = {dataset: sorted(set(labels)) for dataset, labels in label_map.items()}
    parents, childs = _relatives(selection, len(categories))
    space = {
        "categories": categories,
        "label_map_dict": {dataset: dict(enumerate(labels)) for dataset, labels in label_map.items()},
        "label_map": label_map,
        "dataset_inds": inds,
        "dataset_mask": {dataset: _mask(held, len(categories)) for dataset, held in annotated.items()},
        "parents": parents,
        "childs": childs,
    }
    json.dump(space, out, ensure_ascii=False)
    out.write("\n")
    datasets = counted(len(selection.datasets), "dataset")
    remarks = []
    if len(categories) > own:
        remarks.append(f"{counted(len(categories) - own, 'class', 'classes')} that no concept holds come last")
    uses = Counter((dataset, label) for dataset, labels in label_map.items() for label in labels)
    if shared := sum(count for count in uses.values() if count > 1):
        remarks.append(f"{shared:,} classes share their category with another class of their own dataset")
    if partial := sum(len(inds[dataset]) - len(held) for dataset, held in annotated.items()):
        remarks.append(f"{counted(partial, 'time')} a category only stands for classes below it: no negative there")
    pairs = sum(map(len, parents.values()))
    remarks.append(f"{counted(pairs, 'pair')} of a category and one above it, which is no negative")
    return Report(f"{counted(len(categories), 'category', 'categories')} of {datasets}", tuple(remarks))


def _label_map(
    selection: Selection, categories: list[dict[str, object]]
) -> tuple[dict[str, list[int]], dict[str, set[int]]]:
    """Map the classes of each dataset, and add a category for each that no concept holds.

    UniDet reads a category for every class of a dataset, and -1 would be its background.

    Returns:
        The categories of the classes of each dataset, and those that it annotates wherever they are.

    Raises:
        InputError: a class was left out.
    """
    indexes = selection.indexes()
    maps: dict[str, list[int]] = {}
    annotated: dict[str, set[int]] = {}
    for dataset in selection.datasets:
        held = sorted_by_id(classes(selection, dataset))
        if out := [each.name for each in held if each.concept is not None and each.concept not in indexes]:
            raise InputError(
                f"unidet needs a category for every class, and {len(out):,} of {dataset} are left out ({some(out)});"
                " drop the option that leaves them out, or choose other --datasets"
            )
        labels = maps[dataset] = []
        for each in held:
            if each.concept is None:
                labels.append(len(categories))
                name = f"{each.name} ({dataset}:{each.key})"
                categories.append({"id": len(categories), "name": name, "concept": ""})
            else:
                labels.append(indexes[each.concept])
        own = (label for label, each in zip(labels, held, strict=True) if each.concept not in selection.stands)
        annotated[dataset] = set(own)
    return maps, annotated


def sorted_by_id(held: list[DatasetClass]) -> list[DatasetClass]:
    """Return classes in the order in which detectors number them: by their ids, where these are numbers."""
    numbered = all(each.key.isascii() and each.key.isdigit() for each in held)
    return sorted(held, key=lambda each: int(each.key)) if numbered else held


def _relatives(selection: Selection, size: int) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return the indexes of all categories above and below each category."""
    indexes = {key: index for index, key in enumerate(selection.concepts)}
    parents: dict[int, list[int]] = {index: [] for index in range(size)}
    childs: dict[int, list[int]] = {index: [] for index in range(size)}
    for key, index in indexes.items():
        above = selection.hierarchy.above((key,)) & indexes.keys()
        parents[index] = sorted(indexes[ancestor] for ancestor in above if ancestor != key)
        for ancestor in parents[index]:
            childs[ancestor].append(index)
    return parents, childs


def _mask(held: set[int], size: int) -> list[int]:
    mask = [0] * size
    for index in held:
        mask[index] = 1
    return mask


EXPORTERS = (
    Exporter(
        name="unidet",
        summary="UniDet's unified label space: categories, map and loss mask of each dataset, hierarchy",
        loses="ancestors that are no classes, synonyms, definitions",
        write=_write,
        keeps=frozenset({Keeps.DATASETS}),
    ),
)
