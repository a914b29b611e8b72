"""FiftyOne's taxonomy: a tree of classes to annotate with, under headings that cannot be chosen themselves.

FiftyOne 1.22 and later read it with ``fiftyone.core.ontology.Taxonomy.from_dict``; ``classes`` is what its
``Dataset.default_classes`` takes, the name of class n at place n.  FiftyOne knows classes by their names, so these are
made different.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.headings import headed
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import described
from taxonomy.export.tree import measure
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_ROOT = "all classes"
# FiftyOne stores a taxonomy as one document of MongoDB, where a class takes at most so many bytes more than in JSON.
_LARGEST, _MORE = 16 * 1024 * 1024, 8


def _write(selection: Selection, out: TextIO) -> Report:
    tree = headed(selection)
    names, definitions = unique_names(selection, keys=tree), selection.definitions()
    chosen = set(selection.concepts)
    top: dict[str, Any] = {"name": _ROOT, "can_select": False, "values": []}
    classes: dict[int | None, dict[str, Any]] = {None: top}
    for key, parent in tree.items():
        each = classes[key] = {"name": names[key]}
        if definitions[key]:
            each["description"] = definitions[key]
        if key not in chosen:
            each["can_select"] = False
        classes[parent].setdefault("values", []).append(each)
    if _ROOT in names.values():
        raise InputError(f"a class is called {_ROOT!r}, as the root of the tree is; choose --datasets without it")
    root = json.dumps(top, ensure_ascii=False)
    if (size := len(root.encode()) + _MORE * len(classes)) > _LARGEST:
        raise InputError(
            f"fiftyone stores a taxonomy in one document of at most {_LARGEST >> 20} MiB, and that of"
            f" {len(chosen):,} classes takes {size / 2**20:.0f}; choose fewer --datasets, or --max-depth"
        )
    head = {
        "name": "label-taxonomy",
        "type": "taxonomy",
        "description": f"{counted(len(chosen), 'class', 'classes')} of {', '.join(selection.datasets)}",
        "classes": [names[key] for key in selection.concepts],
    }
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + f', "root": {root}}}\n')
    loss = measure(tree, selection.hierarchy)
    wrote = f"{counted(len(chosen), 'class', 'classes')} under {counted(len(tree) - len(chosen), 'heading')}"
    return Report(wrote, described(loss), loss)


EXPORTERS = (
    Exporter(
        name="fiftyone",
        summary="FiftyOne's taxonomy (1.22): a tree of classes with headings, and the list of classes",
        loses="all parents but one of each class (counted), ancestors that divide no classes, ids, synonyms",
        write=_write,
        keeps=frozenset({Keeps.DEFINITIONS}),
    ),
)
