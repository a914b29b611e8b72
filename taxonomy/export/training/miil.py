"""The tree of ImageNet-21K-P for semantic softmax: a file that ``torch.load`` opens, made without torch.

Ridnik et al., "ImageNet-21K Pretraining for the Masses", NeurIPS 2021; keys as the authors' ``semantics.py`` and
``visualize_detector.py`` read ``imagenet21k_miil_tree.pth``.  ``class_list`` has the ids in the order of the index,
``class_description`` the name of each, ``class_tree_list`` the indexes from each class up to its root.  Theirs ends
there; ``levels`` (the indexes of the classes at each depth) and ``level_weights`` are what their code makes of it.
Without torch the file is a zip archive, whose member ``tree/data.pkl`` is a plain pickle.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from taxonomy.errors import InputError
from taxonomy.export._format import PathExporter, Report
from taxonomy.export.selection import Selection
from taxonomy.export.tree import measure, single_parents
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_MOST_WEIGHT = 20.0


def _save(selection: Selection, path: Path) -> Report:
    ids, names, tree = selection.ids(), unique_names(selection), single_parents(selection)
    indexes = {key: index for index, key in enumerate(selection.concepts)}
    chains: list[list[int]] = []
    for key in selection.concepts:
        parent = tree[key]
        chains.append([indexes[key], *(chains[indexes[parent]] if parent is not None else ())])
    levels: list[list[int]] = []
    for index, chain in enumerate(chains):
        if len(chain) > len(levels):
            levels.append([])
        levels[len(chain) - 1].append(index)
    _check(levels, chains, [f"{names[key]} ({ids[key]})" for key in selection.concepts])
    weights = _weights(levels)
    content = {
        "class_list": [ids[key] for key in selection.concepts],
        "class_tree_list": chains,
        "class_description": {ids[key]: names[key] for key in selection.concepts},
        "levels": levels,
        "level_weights": weights,
    }
    with ZipFile(path, "w") as archive:  # as torch.save: protocol 2, all in one folder, and the version of the format
        archive.writestr(ZipInfo("tree/data.pkl"), pickle.dumps(content, protocol=2))
        archive.writestr(ZipInfo("tree/version"), "3\n")
    loss = measure(tree, selection.hierarchy)
    listed = ", ".join(f"{len(level):,} ×{weight:.2f}" for level, weight in zip(levels, weights, strict=True))
    remarks = (
        f"one parent a class: {loss.lost:,} of {loss.pairs:,} is-a pairs lost",
        f"classes by depth and their weight: {listed}",
        f"MIIL's loss leaves out the deepest level: its {counted(len(levels[-1]), 'class', 'classes')} are only trained"
        " through those above them",
    )
    return Report(
        f"{counted(len(chains), 'class', 'classes')} of {counted(len(selection.datasets), 'dataset')}", remarks, loss
    )


def _weights(levels: Sequence[Sequence[int]]) -> list[float]:
    """Return the weight of the loss of each level, as MIIL: all classes by those so deep or deeper, 20 at most."""
    sizes = [len(level) for level in levels]
    return [min(sum(sizes) / sum(sizes[depth:]), _MOST_WEIGHT) for depth in range(len(sizes))]


def _check(levels: Sequence[Sequence[int]], chains: Sequence[Sequence[int]], names: Sequence[str]) -> None:
    """Refuse what MIIL's code would read wrongly: it takes the n-th level of several classes for that of depth n.

    The deepest level it never reads.

    Args:
        levels: the indexes of the classes at each depth.
        chains: of each class, up to its root.
        names: of the classes, to be named in a message.

    Raises:
        InputError: it would read no level, or take one for another.
    """
    read = [depth for depth, level in enumerate(levels[:-1]) if len(level) > 1]
    if read == list(range(len(read))) and read:
        return
    if len(levels) == 1:
        raise InputError(
            "no class is above another one, so there is nothing for a semantic softmax; leave out --antichain and"
            " --leaves, or train with a plain one"
        )
    depth = next(depth for depth, level in enumerate(levels) if len(level) == 1)
    largest = Counter(chain[-2] for chain in chains if len(chain) > 1).most_common(3)
    below = ", ".join(names[index] for index, _ in largest)
    way = (
        f"leave out what is deeper with --max-depth {depth}" if depth else f"give what is below it as --root: {below} …"
    )
    raise InputError(
        f"{names[levels[depth][0]]} is the only class at depth {depth}: a softmax over one class learns nothing, and"
        f" MIIL's code fails on it; {way}"
    )


EXPORTERS = (
    PathExporter(
        name="miil-tree",
        summary="ImageNet-21K-P's tree for semantic softmax, as torch.load opens it: chains up to the roots",
        loses="all parents but one of each class (counted), synonyms, definitions, which dataset holds what",
        save=_save,
        folder=False,
    ),
)
