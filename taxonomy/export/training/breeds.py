"""The folder that the ``robustness`` package makes BREEDS tasks from: superclasses, and subclasses to shift between.

Santurkar et al., "BREEDS: Benchmarks for Subpopulation Shift", ICLR 2021; files as ``robustness.tools.breeds_helpers``
reads them; the number of a class is its index.  Superclasses of one level must not share classes, or an image has two
labels, so the hierarchy is a tree.
"""

from __future__ import annotations

import json
from pathlib import Path

from taxonomy.export._format import Keeps, PathExporter, Report, line
from taxonomy.export.files import write_lines
from taxonomy.export.headings import chains
from taxonomy.export.selection import Selection
from taxonomy.export.tokens import token
from taxonomy.export.training._classes import described
from taxonomy.export.tree import measure
from taxonomy.text import counted


def _save(selection: Selection, path: Path) -> Report:
    tree, ids, texts = chains(selection), selection.ids(), selection.names()
    names = {key: ", ".join(texts[key]) or ids[key] for key in tree}  # a line without a name ends the reader
    words = {key: token(ids[key]) for key in tree}
    info = [[index, words[key], names[key]] for index, key in enumerate(selection.concepts)]
    edges = ((words[parent], words[key]) for key, parent in tree.items() if parent is not None)
    path.mkdir()
    write_lines(path / "class_hierarchy.txt", (f"{parent} {child}\n" for parent, child in edges))
    write_lines(path / "node_names.txt", (line((words[key], names[key])) for key in tree))
    write_lines(path / "dataset_class_info.json", (json.dumps(info, ensure_ascii=False), "\n"))
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
