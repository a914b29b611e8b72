r"""The matrix of levels that HiClass trains hierarchical classifiers with: a line for each class, from its root down.

Miranda et al., "HiClass: a Python library for local hierarchical classification", JMLR 2023.  Line n is the class
with index n.  Between the classes stand the ancestors under which they part (see `taxonomy.export.headings`); fields
are ids, separated by tabs, and the last ones are empty where a chain is short::

    levels = numpy.loadtxt("levels.tsv", dtype=str, delimiter="\t", comments=None, ndmin=2)
    hiclass.LocalClassifierPerNode().fit(features, levels[indexes])
"""

from __future__ import annotations

from typing import TextIO

from taxonomy.export._format import Exporter, Report, line
from taxonomy.export.headings import headed
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import described
from taxonomy.export.tree import measure
from taxonomy.text import counted


def _write(selection: Selection, out: TextIO) -> Report:
    ids = selection.ids()
    tree = headed(selection)
    chains: dict[int | None, tuple[str, ...]] = {None: ()}
    for key, parent in tree.items():
        chains[key] = (*chains[parent], ids[key])
    levels = max(map(len, chains.values()))
    for key in selection.concepts:
        out.write(line((*chains[key], *("" for _ in range(levels - len(chains[key]))))))
    loss = measure(tree, selection.hierarchy)
    number = len(selection.concepts)
    remarks = [f"{counted(len(tree) - number, 'ancestor')} between the classes", *described(loss)]
    if above := len(set(tree.values()) & set(selection.concepts)):
        remarks.append(
            f"{counted(above, 'class is', 'classes are')} above another class, and HiClass never predicts them alone;"
            " --antichain leaves them out"
        )
    return Report(f"{counted(number, 'class', 'classes')} in {counted(levels, 'level')}", tuple(remarks), loss)


EXPORTERS = (
    Exporter(
        name="hiclass",
        summary="HiClass' levels: the chain of ids down to each class, tab-separated, padded at the end",
        loses="all parents but one of each class (counted), ancestors that divide no classes, names",
        write=_write,
    ),
)
