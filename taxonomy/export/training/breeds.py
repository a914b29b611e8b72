"""The folder that the ``robustness`` package makes BREEDS tasks from: superclasses, and subclasses to shift between.

Santurkar et al., "BREEDS: Benchmarks for Subpopulation Shift", ICLR 2021; files as ``robustness.tools.breeds_helpers``
reads them; the number of a class is its index.  Superclasses of one level must not share classes, or an image has two
labels, so the hierarchy is a tree.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

from taxonomy.export._format import Keeps, PathExporter, Report, line
from taxonomy.export.headings import chains
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import described
from taxonomy.export.tree import measure
from taxonomy.text import counted


def _save(selection: Selection, path: Path) -> Report:
    names, tree = selection.names(), chains(selection)
    ids = {key: _word(id) for key, id in selection.ids().items() if key in tree}
    path.mkdir()
    with (path / "class_hierarchy.txt").open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{ids[parent]} {ids[key]}\n" for key, parent in tree.items() if parent is not None)
    with (path / "node_names.txt").open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(line((ids[key], ", ".join(names[key]))) for key in tree)
    info = [[index, ids[key], ", ".join(names[key])] for index, key in enumerate(selection.concepts)]
    with (path / "dataset_class_info.json").open("w", encoding="utf-8", newline="\n") as out:
        json.dump(info, out, ensure_ascii=False)
        out.write("\n")
    loss = measure(tree, selection.hierarchy)
    above = len(set(tree.values()) & set(selection.concepts))
    remarks = list(described(loss))
    if above:
        remarks.append(
            f"{counted(above, 'class is', 'classes are')} above another class, and hide what is below them from the"
            " superclasses; --antichain leaves them out"
        )
    number = len(selection.concepts)
    wrote = f"{counted(number, 'class', 'classes')} and {counted(len(tree) - number, 'ancestor')}"
    return Report(wrote, tuple(remarks), loss)


def _word(id: str) -> str:
    """Return an id without white space, which the reader parts ids at.

    >>> _word("mine:my key")
    'mine:my%20key'
    """
    return re.sub(r"[%\s]", lambda found: quote(found[0]), id)


EXPORTERS = (
    PathExporter(
        name="breeds",
        summary="folder of BREEDS (robustness): edges, names, and the classes to make superclass tasks of",
        loses="all parents but one of each concept (counted), definitions, which dataset holds what",
        save=_save,
        folder=True,
        keeps=frozenset({Keeps.SYNONYMS}),
    ),
)
