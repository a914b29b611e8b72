"""Tables with a header line: TSV (never quoted) and CSV, by comma or semicolon (quoted as csv does).

Columns are known by their names, in any order and case; others are left alone.  OpenImages' class
descriptions, a MID and a name without header, are known by their MIDs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import MID, Format, Report, first_line, read_text

_SUFFIXES = (".csv", ".tsv", ".tab")
# Field: the columns that it is read from, the best first; each serves one field.  `label_name` and `label`
# are the key beside a better name: OpenImages' header is LabelName,DisplayName, and LabelName the MID.
_COLUMNS = {
    "name": ("name", "classname", "displayname", "labelname", "class", "label", "category"),
    "key": ("key", "id", "classid", "categoryid", "labelid", "index", "idx", "labelname", "label"),
    "wnid": ("wnid", "synsetid", "synset"),
    "synonyms": ("synonyms", "synonym", "aliases"),
    "definition": ("definition", "def", "description", "gloss"),
    "parent": ("parent", "parentname", "superclass", "supercategory"),
    "mid": ("mid",),
    "scientific_name": ("scientificname", "latin"),
}
_NOISE = re.compile(r'[\s_"-]+')

Row = tuple[int, list[str]]


def _sniff(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in _SUFFIXES:
        return True
    header = first_line(head)
    fields = header.split(_delimiter(path, header))
    columns = _columns(fields)
    # Without the suffix one known word may be a class name by chance (`label`); two in one line are a header.
    return bool(columns.keys() & {"name", "wnid"}) and len(columns) > 1


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    return rows(path, read_text(path).split("\n"), report)


def rows(path: Path, lines: Iterable[str], report: Report) -> Iterator[tuple[str, SourceClass]]:
    """Yield the place and the class of each row of a table, read line by line (without line feeds)."""
    numbered = ((number, line) for number, line in enumerate(lines, 1))
    number, first = next(((number, line) for number, line in numbered if line.strip(" ")), (1, ""))
    delimiter = _delimiter(path, first)
    records = _split if delimiter == "\t" else partial(_parse, path, delimiter)
    table = records(chain([(number, first)], numbered))
    number, header = next(table)
    columns = _columns(header)
    if not columns.keys() & {"name", "wnid"}:
        seen = ", ".join(repr(column[:30]) for column in header[:8])
        raise InputError(
            f"{path.name}:{number}: the header has neither a column `name` nor `wnid`, only {seen}; "
            "rename one, or give a list of one name a line as .txt"
        )
    if MID.fullmatch(header[0]):
        table = chain([(number, header)], table)
    for index, (number, fields) in enumerate(table):
        where = f"{path.name}:{number}"
        if len(fields) == len(header):
            yield where, _entry(fields, columns, index)
        else:
            report(where, f"{len(fields)} fields where the first line has {len(header)}")


def _entry(fields: Sequence[str], columns: dict[str, int], index: int) -> SourceClass:
    """Make a class of a row; without a key column its key is its index among the rows."""
    cells: dict[str, Any] = {field: fields[column] for field, column in columns.items()}
    synonyms = tuple(cells.pop("synonyms", "").split("|"))
    return SourceClass(**{"key": str(index), "name": "", **cells}, synonyms=synonyms)


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Map the fields of a class to the columns that hold them."""
    if len(header) == 2 and MID.fullmatch(header[0]):
        return {"key": 0, "name": 1}
    plain = [_NOISE.sub("", column.casefold()) for column in header]
    found: dict[str, int] = {}
    for field, aliases in _COLUMNS.items():
        places = (plain.index(alias) for alias in aliases if alias in plain)
        free = next((place for place in places if place not in found.values()), None)
        if free is not None:
            found[field] = free
    return found


def _delimiter(path: Path, header: str) -> str:
    """Return what separates the columns of a header: the most frequent of tab, comma and semicolon."""
    best = max("\t,;", key=header.count)
    if best in header:
        return best
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _split(lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    """Yield line number and fields of tab-separated lines."""
    for number, line in lines:
        if line.strip(" "):
            yield number, line.split("\t")


def _parse(path: Path, delimiter: str, lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    """Yield first line number and fields of CSV records.

    Strictly: where a quote is never closed, a lenient reader takes the rest of the file for one field.
    """
    import csv

    lines = iter(lines)
    start, first = next(lines)
    text = chain([first], (line for _, line in lines))
    records = csv.reader((f"{line}\n" for line in text), delimiter=delimiter, strict=True)
    number = start
    try:
        for fields in records:
            if len(fields) > 1 or "".join(fields).strip():
                yield number, fields
            number = start + records.line_num
    except csv.Error as error:
        message = f"{path.name}:{number}: not valid CSV: {error}; look for a quote that is not closed"
        raise InputError(message) from error


FORMAT = Format("table", "CSV or TSV with a header that has `name` or `wnid`", _sniff, _read)
