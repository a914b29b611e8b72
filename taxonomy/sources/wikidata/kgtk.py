"""Wikidata as tables of KGTK: one file of edges with the columns node1, label and node2, or a folder of such files.

Format: https://kgtk.readthedocs.io/en/latest/data_model/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import ALL, Choice, Format, Report
from taxonomy.sources.wikidata import streams
from taxonomy.sources.wikidata.entity import PROPERTIES
from taxonomy.sources.wikidata.hierarchy import number
from taxonomy.sources.wikidata.statements import ALIAS, DESCRIPTION, LABEL, Statement, read

_COLUMNS = ("node1", "label", "node2")
_NAMES = frozenset({LABEL, ALIAS, DESCRIPTION, *PROPERTIES})
_MARK = re.compile(rb"\bP(?:279|171|31)(?=[\t\r\n])")
_LITERAL = re.compile(r"'(.*)'@([A-Za-z0-9-]+)")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b"}

Columns = tuple[int, int, int, int, int]  # node1, label, node2, rank (-1 for none), and how many there are


def _columns(head: bytes) -> Columns | None:
    """Return the columns by the header; nothing for what is no table of edges."""
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].rstrip(b"\r")
    names = line.decode("utf-8", "replace").split("\t")
    if not set(_COLUMNS) <= set(names):
        return None
    node1, label, node2 = map(names.index, _COLUMNS)
    return node1, label, node2, names.index("rank") if "rank" in names else -1, len(names)


def parse(columns: Columns, line: bytes) -> Statement | None:
    r"""Return what a row says of an item, where that matters.

    >>> parse((0, 1, 2, -1, 3), b"Q144\tlabel\t'dog'@en")
    Statement(item=144, name='label', language='en', text='dog')

    Raises:
        ValueError: the row has not as many fields as the header, or is not UTF-8.
    """
    node1, label, node2, rank, count = columns
    fields = line.rstrip(b"\r").split(b"\t")
    if len(fields) != count:
        if not line.strip():
            return None
        raise ValueError(f"{len(fields)} fields where the header has {count}")
    name = fields[label].decode()
    item = number(fields[node1].decode()) if name in _NAMES else 0
    if not item or (rank >= 0 and fields[rank] == b"deprecated"):
        return None
    value = fields[node2].decode()
    if literal := _LITERAL.fullmatch(value):
        return Statement(item, name, literal[2].lower(), _plain(literal[1]))
    if len(value) > 1 and value[0] == value[-1] == '"':
        return Statement(item, name, "", _plain(value[1:-1]))
    return Statement(item, name, "", value)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def _head(file: Path) -> bytes:
    return streams.head(file, streams.start(file))


def _edge_files(path: Path) -> list[tuple[Path, Columns]]:
    """Return the tables of edges in a folder, or a file when it is one, in the order of their names."""
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if ".tsv" in file.name and file.is_file())
    return [(file, columns) for file in files if (columns := _columns(_head(file)))]


def _sniff(path: Path, head: bytes) -> bool:
    if path.is_dir():
        try:
            return bool(_edge_files(path))
        except (OSError, InputError):
            return False
    return _columns(streams.head(path, head)) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    return chosen(path, report, ALL)


def chosen(path: Path, report: Report, choice: Choice) -> Iterator[tuple[str, SourceClass]]:
    """Yield the chosen classes of a table of edges, or of a folder of them; see `statements.read`."""
    files = [(file, partial(parse, columns)) for file, columns in _edge_files(path)]
    return read(path, files, _MARK, report, choice)


FORMAT = Format(
    "kgtk", "KGTK tables of Wikidata (node1, label, node2), or a folder of them", _sniff, _read, KNOWLEDGE, chosen
)
