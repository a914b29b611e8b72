"""MSeg's master table: the universal classes, and in a column of each dataset what it calls them.

Lambert et al., "MSeg: A Composite Dataset for Multi-domain Semantic Segmentation", CVPR 2020; read as MSeg's
``TaxonomyConverter`` does: the line of a class is its number, several classes of a dataset stand in braces, and what is
in the last line, ``unlabeled``, becomes 255, which a loss ignores.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import DatasetClass, classes, some
from taxonomy.export.tree import single_parents
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_UNLABELED, _IGNORE = "unlabeled", 255
_UNIVERSAL = ("universal", "id", "definition")


def _write(selection: Selection, out: TextIO) -> Report:
    ids, definitions, names = selection.ids(), selection.definitions(), unique_names(selection)
    universal = [key for key in selection.concepts if names[key].casefold() != _UNLABELED]
    if len(universal) > _IGNORE:
        raise InputError(
            f"mseg-tsv holds {_IGNORE} classes, for masks of 8 bits, and {len(universal):,} are chosen; choose fewer"
            " --datasets, or make classes one with --max-depth"
        )
    if clash := sorted({*selection.datasets} & {*_UNIVERSAL}):
        raise InputError(f"mseg-tsv has a column {clash[0]} of its own; choose --datasets without it")
    indexes, last = selection.indexes(), len(universal)
    lines = {indexes[key]: line for line, key in enumerate(universal)}
    cells: list[list[str]] = [[] for _ in range(last + 1)]
    ignored: list[str] = []
    for dataset in selection.datasets:
        held = classes(selection, dataset)
        _check(dataset, held)
        of_line: dict[int, list[str]] = {}
        for each in held:
            index = None if each.concept is None else indexes.get(each.concept)
            line = last if index is None else lines.get(index, last)
            of_line.setdefault(line, []).append(each.name.strip())
        ignored += of_line.get(last, ())
        for line, row in enumerate(cells):
            row.append(_cell(dataset, of_line.get(line, ())))
    table = csv.writer(out, delimiter="\t", lineterminator="\n")  # quotes as pandas reads them
    table.writerow((*selection.datasets, *_UNIVERSAL))
    for key, row in zip(universal, cells, strict=False):
        table.writerow((*row, names[key], ids[key], definitions[key]))
    table.writerow((*cells[-1], _UNLABELED, "", ""))
    remarks = []
    if ignored:
        remarks.append(f"{counted(len(ignored), 'class', 'classes')} unlabeled, which is {_IGNORE}: {some(ignored)}")
    if nested := sum(parent is not None for parent in single_parents(selection).values()):
        remarks.append(
            f"{counted(nested, 'class is', 'classes are')} below another one, and a pixel has one class;"
            " --antichain leaves out those above"
        )
    datasets = counted(len(selection.datasets), "dataset")
    return Report(f"{counted(len(universal), 'class', 'classes')} of {datasets}", tuple(remarks))


def _check(dataset: str, held: Sequence[DatasetClass]) -> None:
    """Refuse names that the reader would confuse: it knows the classes of a dataset by them."""
    twice = [name for name, count in Counter(each.name.strip() for each in held).items() if count > 1]
    if twice:
        raise InputError(f"mseg-tsv knows classes by their names, and {dataset} has two of {some(twice)}; leave it out")


def _cell(dataset: str, names: Sequence[str]) -> str:
    """Return the cell of a dataset's classes, in braces when there are several.

    Raises:
        InputError: the reader would take a name apart.
    """
    braces = len(names) > 1
    for name in names:
        if name.startswith("{") or (braces and "," in name):
            raise InputError(f"mseg-tsv cannot hold the class {name!r} of {dataset}; leave {dataset} out")
    return "{" + ", ".join(names) + "}" if braces else "".join(names)


EXPORTERS = (
    Exporter(
        name="mseg-tsv",
        summary="MSeg's master table: the universal classes (255 at most), and what each dataset calls them",
        loses="ancestors, synonyms",
        write=_write,
        keeps=frozenset({Keeps.DATASETS, Keeps.DEFINITIONS}),
    ),
)
