"""Open Images' hierarchy: nested JSON and the names of its labels, a folder of two files.

``hierarchy.json`` is as ``bbox_labels_600_hierarchy.json``, and ``class-descriptions.csv`` as
``class-descriptions-boxable.csv``, without a header.  The evaluation of TensorFlow and of FiftyOne expands labels by
what is above and below a node at each of its places, so a class with several parents is listed below each of them with
all that is below it; a ``Part`` only refers to a class that stands elsewhere, too.  A label is the MID that one of the
chosen datasets gives the class, so that their annotations can be expanded as they are, and else the id of the concept.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from taxonomy.concept import EdgeKind
from taxonomy.errors import InputError
from taxonomy.export._format import Keeps, PathExporter, Report
from taxonomy.export.hierarchy import Hierarchy
from taxonomy.export.selection import Selection
from taxonomy.export.tokens import token
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

ENTITY = "/m/0bl9f"
"""The node above all others, which is no label."""

_MOST = 2_000_000


def _save(selection: Selection, path: Path) -> Report:
    labels, parts = _labels(selection), _parts(selection)
    hierarchy = _reduced(selection.hierarchy.without(set(selection.hierarchy.walk).difference(selection.concepts)))
    places: dict[int, int] = {}
    for key in hierarchy.walk:
        places[key] = sum(places[parent] for parent in hierarchy.parents.get(key, ())) or 1
    total = sum(count * (1 + len(parts.get(key, ()))) for key, count in places.items())
    if total > _MOST:
        raise InputError(
            f"{len(places):,} classes would stand at {total:,} places, below all their parents with all that is below"
            f" them, and {_MOST:,} is the most; choose fewer with --root or --max-depth"
        )
    nodes: dict[int, dict[str, object]] = {}
    for key in reversed(hierarchy.walk):  # what is below comes first
        node: dict[str, object] = {"LabelName": labels[key]}
        if key in hierarchy.children:
            node["Subcategory"] = [nodes[child] for child in hierarchy.children[key]]
        if key in parts:
            node["Part"] = [{"LabelName": labels[part]} for part in parts[key]]
        nodes[key] = node
    roots = [key for key in hierarchy.walk if key not in hierarchy.parents]
    top: dict[str, object] = {"LabelName": ENTITY, "Subcategory": [nodes[key] for key in roots]}
    path.mkdir()
    with (path / "hierarchy.json").open("w", encoding="utf-8", newline="\n") as out:
        out.write(json.dumps(top, ensure_ascii=False) + "\n")
    names = unique_names(selection)
    with (path / "class-descriptions.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerows((labels[key], names[key]) for key in selection.concepts)
    several = sum(len(above) > 1 for above in hierarchy.parents.values())
    remarks = (
        f"{counted(len(roots), 'class', 'classes')} below {ENTITY}; {several:,} with several parents, so"
        f" {counted(sum(places.values()), 'node')}; {counted(sum(map(len, parts.values())), 'part')}",
    )
    classes = counted(len(labels), "class", "classes")
    return Report(f"{classes} of {counted(len(selection.datasets), 'dataset')}", remarks)


def _labels(selection: Selection) -> dict[int, str]:
    """Return the label of each concept: a MID that a chosen dataset gives it, where no other has it, or its id."""
    ids = selection.ids()
    chosen, wanted = set(selection.concepts), set(selection.datasets)
    mids: dict[int, str] = {}
    taken = {ENTITY}
    for key, mid, dataset in selection.taxonomy.execute(
        "SELECT concept, mid, source.name FROM class JOIN source ON source.position = class.source"
        " WHERE mid != '' ORDER BY class.source, class.position"
    ):
        if dataset in wanted and key in chosen and key not in mids and mid not in taken:
            mids[key] = token(mid)
            taken.add(mid)
    return {key: mids.get(key) or token(ids[key]) for key in selection.concepts}


def _parts(selection: Selection) -> dict[int, list[int]]:
    """Return the parts of each concept that has any, both of the selection."""
    chosen = set(selection.concepts)
    found: dict[int, list[int]] = {}
    for part, whole, source in selection.taxonomy.execute(
        "SELECT child, parent, source FROM edge WHERE kind = ? ORDER BY number", (EdgeKind.PART_OF,)
    ):
        if part in chosen and whole in chosen and source not in selection.refused:
            parts = found.setdefault(whole, [])
            if part not in parts:
                parts.append(part)
    return found


def _reduced(hierarchy: Hierarchy) -> Hierarchy:
    """Return the hierarchy without the parents that are above another parent, whose places would say nothing new."""
    parents = dict(hierarchy.parents)
    for key, above in hierarchy.parents.items():
        if len(above) > 1:
            higher = {each for parent in above for each in hierarchy.above((parent,)) - {parent}}
            parents[key] = [parent for parent in above if parent not in higher]
    children: dict[int, list[int]] = {}
    for key in hierarchy.walk:
        for parent in parents.get(key, ()):
            children.setdefault(parent, []).append(key)
    return Hierarchy(parents, children, hierarchy.walk)


EXPORTERS = (
    PathExporter(
        name="openimages-hierarchy",
        summary="Open Images' hierarchy as nested JSON, with the CSV of its class descriptions",
        loses="synonyms, definitions, which dataset holds what; what is above the classes and no class itself",
        save=_save,
        folder=True,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.PARTS}),
    ),
)
