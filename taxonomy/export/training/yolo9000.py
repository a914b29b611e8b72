"""YOLO9000's WordTree: a folder of darknet's files on the classes of a hierarchical softmax.

Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", CVPR 2017.  As there, the tree has the classes and of what is
above them the concepts where branches meet.  ``classes.tree`` (as ``9k.tree``) has the id of each and the line of its
parent, counted from 0, or -1; ``classes.labels`` the ids and ``classes.names`` the names, line by line.  Darknet takes
consecutive lines of one parent for a softmax, and wants a parent before its children and the roots first, so the order
is by depth and not that of `labels`.
"""

from __future__ import annotations

from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.export._format import PathExporter, Report, line
from taxonomy.export.files import write_lines
from taxonomy.export.selection import Selection
from taxonomy.export.tokens import token
from taxonomy.export.tree import measure
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_NO_PARENT = -1
_LONGEST = 255  # bytes of an id: darknet's buffer, with the zero at its end


def _save(selection: Selection, path: Path) -> Report:
    families = _families(selection)
    order = list(families[None])
    for key in order:  # which grows: whole families, the shallow before the deep
        order += families.get(key, ())
    tree: dict[int, int | None] = dict.fromkeys(order)
    tree.update((child, parent) for parent, family in families.items() for child in family)
    ids, names = selection.ids(), unique_names(selection, keys=order)
    places: dict[int | None, int] = {None: _NO_PARENT} | {key: place for place, key in enumerate(order)}
    words = {key: _word(ids[key]) for key in order}
    path.mkdir()
    write_lines(path / "classes.tree", (f"{words[key]} {places[tree[key]]}\n" for key in order))
    write_lines(path / "classes.labels", (f"{words[key]}\n" for key in order))
    write_lines(path / "classes.names", (line([names[key]]) for key in order))
    loss = measure(tree, selection.hierarchy)
    classes, softmaxes = len(selection.concepts), counted(len(families), "softmax", "softmaxes")
    single = sum(len(family) == 1 for family in families.values())
    remarks = [
        "indexes are the lines of the files, and not those of 'labels'",
        f"with {counted(len(order) - classes, 'concept')} above them where branches meet; {softmaxes}",
        f"one parent each: {loss.lost:,} of {loss.pairs:,} is-a pairs lost",
    ]
    if single:
        remarks.append(f"{counted(single, 'class', 'classes')} without siblings, as probable as what is above")
    datasets = counted(len(selection.datasets), "dataset")
    return Report(f"{counted(classes, 'class', 'classes')} of {datasets}", tuple(remarks), loss)


def _families(selection: Selection) -> dict[int | None, list[int]]:
    """Return the children of each concept of the WordTree that has any, and the roots under None.

    A concept that is no class and has one child is left out, and one that is above all the others as well.
    """
    chosen = set(selection.concepts)
    tree = selection.hierarchy.tree((selection.hierarchy.above(chosen) & selection.familiar()) | chosen)
    families: dict[int | None, list[int]] = {}
    for key, parent in reversed(tree.items()):  # children first; so each family is backwards
        own = families.get(key, [])
        kept = key in chosen or len(own) > 1
        families.setdefault(parent, []).extend([key] if kept else own)
        if not kept:
            families.pop(key, None)
    top = families[None]
    if len(top) == 1 and top[0] not in chosen:
        families[None] = families.pop(top[0])
    return {parent: family[::-1] for parent, family in families.items() if family}


def _word(id: str) -> str:
    word = token(id)
    if len(word.encode()) > _LONGEST:
        raise InputError(f"{id}: longer than the {_LONGEST} bytes that darknet reads; give the class a shorter key")
    return word


EXPORTERS = (
    PathExporter(
        name="yolo9000-tree",
        summary="YOLO9000's WordTree for darknet: .tree, .names and .labels of the classes and where branches meet",
        loses="all parents but one of each concept (counted), synonyms, definitions; its order is not that of 'labels'",
        save=_save,
        folder=True,
    ),
)
