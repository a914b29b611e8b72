"""NCBI's taxonomy dump, a folder with ``nodes.dmp`` and ``names.dmp``, plain or compressed.

Reference: https://ftp.ncbi.nlm.nih.gov/pub/taxonomy/taxdump_readme.txt.  Both files are in the order of the ids, so
they are read side by side; in another order all names are held until their taxon comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import Report
from taxonomy.sources._packed import text_lines

_SCIENTIFIC = "scientific name"
# What names the taxon itself, the best first; authorities, types and what a taxon includes are no names of it.
_ENGLISH = ("genbank common name", "common name")
_SYNONYMS = ("equivalent name", "genbank synonym", "synonym", "acronym", "genbank acronym")


def is_dump(path: Path) -> bool:
    """Tell whether a path is the folder of a dump, or one of its two tables."""
    if path.is_dir():
        return _part(path, "nodes.dmp") is not None and _part(path, "names.dmp") is not None
    return path.name.startswith(("nodes.dmp", "names.dmp")) and is_dump(path.parent)


def read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    """Yield the place and the class of each taxon of a dump.

    Raises:
        InputError: one of the two tables is missing.
    """
    folder = path if path.is_dir() else path.parent
    nodes, names, merged = (_part(folder, f"{name}.dmp") for name in ("nodes", "names", "merged"))
    if nodes is None or names is None:
        raise InputError(f"{folder}: no nodes.dmp and names.dmp; unpack taxdump.tar.gz")
    former: dict[str, list[str]] = {}
    for _, (old, new) in _rows(merged, 2, report) if merged else ():
        former.setdefault(new, []).append(f"ncbi:{old}")
    called = _Called(names, report)
    for number, (id, parent, rank) in _rows(nodes, 3, report):
        where = f"{nodes.name}:{number}"
        found = called.of(id)
        scientific = next(iter(found.get(_SCIENTIFIC, ())), "")
        english = [name for kind in _ENGLISH for name in found.get(kind, ())]
        if not scientific:
            report(where, f"the taxon {id} has no scientific name in {names.name}")
        yield (
            where,
            SourceClass(
                id,
                english[0] if english else scientific or id,
                synonyms=(*english[1:], *(name for kind in _SYNONYMS for name in found.get(kind, ()))),
                scientific_name=scientific,
                parents=(parent,) if parent != id else (),  # the root is its own parent
                ids=(f"ncbi:{id}", *former.get(id, ())),
                rank=rank,
            ),
        )


class _Called:
    """The names of taxa by kind, read as far as they are asked for."""

    def __init__(self, path: Path, report: Report) -> None:
        rows = (fields for _, fields in _rows(path, 4, report))
        self._groups = groupby(rows, key=itemgetter(0))
        self._passed: dict[str, dict[str, list[str]]] = {}

    def of(self, id: str) -> dict[str, list[str]]:
        """Return the names of a taxon, and forget them."""
        while id not in self._passed and (group := next(self._groups, None)):
            names = self._passed.setdefault(group[0], {})
            for _, text, _, kind in group[1]:
                names.setdefault(kind, []).append(text)
        return self._passed.pop(id, {})


def _rows(path: Path, width: int, report: Report) -> Iterator[tuple[int, list[str]]]:
    """Yield number and first fields of the lines of a table, which are between ``|`` and tabs."""
    for number, line in text_lines(path, report):
        fields = line.removesuffix("\t|").split("\t|\t", width)
        if len(fields) >= width:
            yield number, fields[:width]
        elif line:
            report(f"{path.name}:{number}", f"{len(fields)} fields, not {width} or more")


def _part(folder: Path, name: str) -> Path | None:
    """Return a file of the dump, plain or compressed."""
    found = (folder / f"{name}{suffix}" for suffix in ("", ".gz", ".bz2", ".xz"))
    return next((path for path in found if path.is_file()), None)
