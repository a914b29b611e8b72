"""Path lists: product and content taxonomies, of which each line is the way from a root to a class.

Google's (``1 - Animals & Pet Supplies > Live Animals``), Shopify's (``gid://… : Animals & Pet Supplies``), and tables
with a column for each tier, such as IAB's.  What is above a class and has no line of its own is a class all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import Format, Report
from taxonomy.sources._iri import local_name
from taxonomy.sources._packed import text_lines
from taxonomy.sources._rows import Split, splitter

_SEPARATOR = " > "
_ID = re.compile(r"(?:([0-9]+) - |(gid://\S+)\s+:\s+)(.*)")
_TIER = re.compile(r"(?:tier|level) ?([0-9]+)", re.IGNORECASE)
_IDS = ("unique id", "id", "category id")
_PARENTS = ("parent", "parent id", "parent_id")
_NAMES = ("name",)
_DEEPEST = 1000
_HEADERS = 3  # a table's own header may be the second line, under one that groups the columns


class _Header(NamedTuple):
    """Where a table has its header and its columns; None where it has no such column."""

    line: int
    split: Split
    width: int
    tiers: tuple[int, ...]
    id: int | None
    parent: int | None
    name: int | None


class _Way(NamedTuple):
    """One line: the names from the root to the class, its id and its parent's where they are given."""

    number: int
    names: tuple[str, ...]
    id: str
    parent: str


def _sniff(path: Path, head: bytes) -> bool:
    lines = head.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    if any(map(_header, lines[:_HEADERS])):
        return True
    listed = [_path(line)[1] for line in lines[:200] if line.strip() and not line.startswith("#")]
    known = set(listed)
    # In a list of names one may hold an arrow; here most are paths, and what is above them is listed before.
    below = [names for names in listed if len(names) > 1 and (names[:-1] in known or names[:1] in known)]
    return len(below) > 1 and 2 * len(below) >= len(listed) and not any("\t" in line for line in lines[:200])


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    ways = list(_ways(path, report))
    ids = {way.names: way.id for way in reversed(ways)}
    made: set[tuple[str, ...]] = set()
    for way in ways:
        where = f"{path.name}:{way.number}"
        for depth in range(1, len(way.names)):
            above = way.names[:depth]
            if above not in ids and above not in made and not way.parent:
                made.add(above)
                yield where, _entry(above, "", _key(above[:-1], ids), "")
        yield where, _entry(way.names, way.id, _key(way.names[:-1], ids), way.parent)


def _entry(names: tuple[str, ...], id: str, above: str, parent: str) -> SourceClass:
    parents = (parent,) if parent else (above,) if above else ()
    return SourceClass(id or _SEPARATOR.join(names), names[-1], parents=parents)


def _key(names: tuple[str, ...], ids: dict[tuple[str, ...], str]) -> str:
    """Return the key of the class at the end of a way: its id, or else the way itself."""
    return ids.get(names, "") or _SEPARATOR.join(names)


def _ways(path: Path, report: Report) -> Iterator[_Way]:
    """Yield what the lines say."""
    header = _table_header(path)
    for number, line in text_lines(path, report):
        where = f"{path.name}:{number}"
        if not line.strip():
            continue
        if header is None:
            if line.startswith("#"):
                continue
            id, names = _path(line)
            way = _Way(number, names, id, "")
        elif number <= header.line:
            continue
        else:
            way = _row(number, line, header)
        if len(way.names) > _DEEPEST:
            report(where, f"a path of more than {_DEEPEST:,} classes")
        elif way.names and all(way.names):
            yield way
        else:
            report(where, f"a class without a name in {line[:80]!r}")


def _path(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the id, if there is one, and the names of a line."""
    found = _ID.fullmatch(line.strip())
    text = found[3] if found else line.strip()
    id = (found[1] or local_name(found[2])) if found else ""
    return id, tuple(name.strip() for name in re.split(r"\s+>(?:\s+|$)", text))


def _row(number: int, line: str, header: _Header) -> _Way:
    """Return what a row of a table says; the tiers after the class are empty."""
    fields = [field.strip() for field in header.split(line)]
    fields += [""] * (header.width - len(fields))
    tiers = [fields[column] for column in header.tiers]
    while tiers and not tiers[-1]:
        tiers.pop()
    if header.name is not None and fields[header.name] and tiers:
        tiers[-1] = fields[header.name]
    id, parent = (fields[column] if column is not None else "" for column in (header.id, header.parent))
    return _Way(number, tuple(tiers), id, parent)


def _table_header(path: Path) -> _Header | None:
    """Return the header of a table of tiers, None of another file."""
    for number, line in text_lines(path, lambda where, what: None):
        if number > _HEADERS:
            break
        if found := _header(line, number):
            return found
    return None


def _header(line: str, number: int = 1) -> _Header | None:
    """Return where a line says that the columns are, if it has two tiers or more."""
    split = splitter(line)
    columns = [column.strip().casefold() for column in split(line)]
    tiers = {int(found[1]): place for place, column in enumerate(columns) if (found := _TIER.fullmatch(column))}
    if len(tiers) < 2:
        return None
    id, parent, name = (
        next((columns.index(column) for column in names if column in columns), None)
        for names in (_IDS, _PARENTS, _NAMES)
    )
    return _Header(number, split, len(columns), tuple(tiers[tier] for tier in sorted(tiers)), id, parent, name)


FORMAT = Format("paths", "a list of paths, `A > B > C` a line, or a table of tiers", _sniff, _read, kind=KNOWLEDGE)
