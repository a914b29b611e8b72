"""Tencent ML-Images' dictionary: the concepts of the chosen datasets as a tree in four tab-separated columns.

Wu et al., "Tencent ML-Images: A Large-Scale Multi-Label Image Database", IEEE Access 2019.  A category has
one parent there, or -1, so a DAG does not fit: `Loss` says how much was lost.  Names are separated by a comma
and a space; commas within a name are left out.
"""

from __future__ import annotations

from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Report, line, listed
from taxonomy.export.selection import Selection
from taxonomy.export.tree import measure, single_parents
from taxonomy.text import counted

_COLUMNS = ("category_index", "category_id", "index_of_parent_category", "category name")
_NO_PARENT = -1


def _write(selection: Selection, out: TextIO) -> Report:
    ids, names = selection.ids(), selection.names()
    tree = single_parents(selection)
    indexes: dict[int | None, int] = {None: _NO_PARENT}
    out.write(line(_COLUMNS))
    for index, (key, parent) in enumerate(tree.items()):
        indexes[key] = index
        out.write(line((index, ids[key], indexes[parent], listed(names[key], separator=", ", stand_in=""))))
    loss = measure(tree, selection.hierarchy)
    remarks = (
        f"one parent a category: {loss.lost:,} of {loss.pairs:,} is-a pairs lost;"
        f" {loss.affected / loss.categories:.1%} of the categories lost at least one ancestor",
        f"{counted(loss.roots, 'root')}, depth at most {loss.max_depth}, {loss.mean_depth:.2f} on average",
    )
    categories = counted(loss.categories, "category", "categories")
    return Report(f"{categories} of {counted(len(selection.datasets), 'dataset')}", remarks, loss)


EXPORTERS = (
    Exporter(
        name="tencent",
        summary="Tencent ML-Images' dictionary: a tree of categories, four tab-separated columns",
        loses="all parents but one of each category (counted), definitions, which dataset holds what",
        write=_write,
        keeps=frozenset({Keeps.SYNONYMS}),
    ),
)
