"""The unified label list: a TSV with one line per concept of the chosen datasets.

``index`` counts from 0 in the order of the selection, parents before children, and is the index of `labelmap`
and `tencent` for the same datasets.  Lists are separated by ``|`` (within a value ``|`` becomes ``/``), tabs
and line breaks become spaces, nothing is quoted.  ``synonyms`` are the other English names; ``parents`` are
the direct ones in the taxonomy, which need not be lines of the file.
"""

from __future__ import annotations

from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Report, line, listed
from taxonomy.export.selection import Selection
from taxonomy.export.tree import direct
from taxonomy.text import counted

_COLUMNS = ("index", "id", "name", "synonyms", "parents", "datasets")


def _write(selection: Selection, out: TextIO) -> Report:
    ids, names, holders = selection.ids(), selection.names(), selection.holders()
    parents = selection.hierarchy.parents
    out.write(line(_COLUMNS))
    for index, key in enumerate(selection.concepts):
        name, *synonyms = names[key]
        above = listed(ids[parent] for parent in parents.get(key, ()))
        out.write(line((index, ids[key], name, listed(synonyms), above, listed(holders.get(key, ())))))
    datasets = counted(len(selection.datasets), "dataset")
    return Report(f"{counted(len(selection.concepts), 'concept')} of {datasets}", loss=direct(selection))


EXPORTERS = (
    Exporter(
        name="labels",
        summary="TSV of the unified labels: index, id, name, synonyms, parents, datasets",
        loses="definitions, other languages, all above the direct parents, what kind an edge is",
        write=_write,
        keeps=frozenset({Keeps.SYNONYMS, Keeps.DATASETS}),
    ),
)
