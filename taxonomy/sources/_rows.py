"""Rows of large tables, line by line: at tabs, at commas, or at ``|`` between tabs as in NCBI's and Open Tree's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from taxonomy.sources._format import Report
from taxonomy.sources._packed import text_lines

Split = Callable[[str], list[str]]


def rows_of(path: Path, report: Report) -> Iterator[tuple[int, list[str]]]:
    """Yield number and fields of each line, the header first; report those with other than its number of fields."""
    split: Split | None = None
    width = 0
    for number, line in text_lines(path, report):
        if not line:
            continue
        if split is None:
            split = splitter(line)
            width = len(split(line))
        fields = split(line)
        if len(fields) == width:
            yield number, fields
        else:
            report(f"{path.name}:{number}", f"{len(fields)} fields where the header has {width}")


def splitter(header: str) -> Split:
    """Return what splits the lines of a table: at ``|`` between tabs, at tabs, or at commas outside of quotes."""
    if "\t|\t" in header:  # and each line ends with a `|` after a tab, and may be before one
        return lambda line: line.removesuffix("\t").removesuffix("\t|").split("\t|\t")
    if "\t" in header:
        return lambda line: line.split("\t")
    return _at_commas


def _at_commas(line: str) -> list[str]:
    """Split a line of CSV; a quote that is never closed costs its own line only."""
    if '"' not in line:
        return line.split(",")
    import csv

    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return []
