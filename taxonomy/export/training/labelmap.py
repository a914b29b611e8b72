"""The map from each dataset's own classes to the unified labels: a TSV with one line per class.

Datasets come in merge order and classes in their dataset's; ``index`` and ``id`` are those of `labels` for the same
choice, so of the class above where a class became one with it.  A class that has no concept keeps its line, with index
-1 and no id, and one whose concept is left out with index -1 and its own id, so that the lines still align with the
dataset's list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Report, line
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import classes
from taxonomy.text import counted

_COLUMNS = ("dataset", "key", "name", "index", "id")
_UNPLACED = -1


def _write(selection: Selection, out: TextIO) -> Report:
    ids = selection.ids()
    indexes = selection.indexes()
    uses: Counter[tuple[str, int | None]] = Counter()
    out.write(line(_COLUMNS))
    for dataset in selection.datasets:
        for key, name, own in classes(selection, dataset):
            concept = None if own is None else selection.stands.get(own, own)
            uses[dataset, concept] += 1
            index, id = (_UNPLACED, "") if concept is None else (indexes.get(concept, _UNPLACED), ids[concept])
            out.write(line((dataset, key, name, index, id)))
    number, datasets = counted(uses.total(), "class", "classes"), counted(len(selection.datasets), "dataset")
    return Report(f"{number} of {datasets}", tuple(_remarks(uses, indexes)))


def _remarks(uses: Counter[tuple[str, int | None]], indexes: Mapping[int, int]) -> Iterator[str]:
    """Say how many classes have no index, or not one of their own.

    Args:
        uses: how many classes of a dataset are a concept, or one that it stands for.
        indexes: of the concepts that are written.
    """
    if unplaced := sum(count for (_, concept), count in uses.items() if concept is None):
        yield f"{counted(unplaced, 'class', 'classes')} unplaced, with index {_UNPLACED}"
    known = {None, *indexes}
    if omitted := sum(count for (_, concept), count in uses.items() if concept not in known):
        yield f"{counted(omitted, 'class', 'classes')} left out, with index {_UNPLACED}"
    placed = (count for (_, concept), count in uses.items() if concept in indexes)
    if shared := sum(count for count in placed if count > 1):
        yield f"{shared:,} classes share their index with another class of their own dataset"


EXPORTERS = (
    Exporter(
        name="labelmap",
        summary="TSV from each dataset's class keys to the unified index of 'labels'",
        loses="everything but the map: use it with 'labels' of the same --datasets",
        write=_write,
        keeps=frozenset({Keeps.DATASETS}),
    ),
)
