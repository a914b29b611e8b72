"""YOLO9000's WordTree: a folder of darknet's files on the classes of a hierarchical softmax.

Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", CVPR 2017.  ``classes.tree`` (as ``9k.tree``) has the id of
each class and the line of its parent, counted from 0, or -1; ``classes.labels`` the ids and ``classes.names`` the
names, line by line.  Darknet takes consecutive lines of one parent for a softmax, and wants a parent before its
children and the roots first, so the order is by depth and not that of `labels`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.export._format import PathExporter, Report, counted, line
from taxonomy.export.selection import Selection
from taxonomy.export.tokens import token
from taxonomy.export.tree import measure, single_parents
from taxonomy.export.unique import unique_names

_NO_PARENT = -1
_LONGEST = 255  # bytes of an id: darknet's buffer, with the zero at its end


def _save(selection: Selection, path: Path) -> Report:
    ids, names, tree = selection.ids(), unique_names(selection), single_parents(selection)
    children: dict[int | None, list[int]] = {}
    for key, parent in tree.items():
        children.setdefault(parent, []).append(key)
    order = list(children[None])
    for key in order:  # which grows: whole families of siblings, the shallow before the deep
        order += children.get(key, ())
    places: dict[int | None, int] = {None: _NO_PARENT} | {key: place for place, key in enumerate(order)}
    words = {key: _word(ids[key]) for key in order}
    path.mkdir()
    _lines(path / "classes.tree", (f"{words[key]} {places[tree[key]]}\n" for key in order))
    _lines(path / "classes.labels", (f"{words[key]}\n" for key in order))
    _lines(path / "classes.names", (line([names[key]]) for key in order))
    loss = measure(tree, selection.hierarchy)
    single = sum(len(family) == 1 for family in children.values())
    softmaxes = counted(len(children), "softmax", "softmaxes")
    remarks = [
        "indexes are the lines of the files, and not those of 'labels'",
        f"one parent a class: {loss.lost:,} of {loss.pairs:,} is-a pairs lost; {softmaxes}",
    ]
    if single:
        remarks.append(
            f"{counted(single, 'class', 'classes')} without siblings, as probable as what is above: a softmax of one"
        )
    classes = counted(len(order), "class", "classes")
    return Report(f"{classes} of {counted(len(selection.datasets), 'dataset')}", tuple(remarks), loss)


def _word(id: str) -> str:
    word = token(id)
    if len(word.encode()) > _LONGEST:
        raise InputError(f"{id}: longer than the {_LONGEST} bytes that darknet reads; give the class a shorter key")
    return word


def _lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(lines)


EXPORTERS = (
    PathExporter(
        name="yolo9000-tree",
        summary="YOLO9000's WordTree for darknet: .tree, .names and .labels, siblings together below their parents",
        loses="all parents but one of each class (counted), synonyms, definitions; the order is not that of 'labels'",
        save=_save,
        folder=True,
    ),
)
