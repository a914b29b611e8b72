"""A list of classes, row by row: for one that is too long to hold, or that comes through a pipe.

Tables and plain lists are read line by line, other formats as `taxonomy.sources.read` does.  Unlike a vocabulary, a
list may hold a key twice, and nothing of it is kept here unless that is unwanted.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TextIO

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import UTF16, Report, format_of, lines, source_name, table
from taxonomy.sources._format import clean, flaw, iconv
from taxonomy.sources._packed import is_packed

STDIN = Path("-")
_PIPED = Path("stdin")  # what messages call it
_UNDECODED = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of bytes that are not UTF-8


def name_of(path: Path) -> str:
    """Return the name for a list that ids can be made with; any will do where the file's own is no name."""
    try:
        return source_name(path, "stdin" if path == STDIN else path.stem)
    except InputError:
        return "names"


def rows(path: Path, report: Report, *, unique: bool = False) -> Iterator[SourceClass]:
    """Yield the usable classes of a list, in its order.

    Args:
        path: a file or folder in a format that `taxonomy.sources` knows, a named pipe, or ``-`` for stdin.
        report: told where a row is (``file.tsv:12``) that is set aside, and why.
        unique: of several rows with one key, set all but the first aside; all keys are held for that.

    Raises:
        InputError: the file is missing, empty, not UTF-8, or of no known format.
    """
    seen: dict[str, str] = {}
    for where, row in _raw(path, report):
        entry = clean(row)
        if what := flaw(entry):
            report(where, what)
        elif entry.key in seen:
            report(where, f"the key {entry.key} is there already, in {seen[entry.key]}")
        else:
            if unique:
                seen[entry.key] = where
            yield entry


def _raw(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    piped = path == STDIN or path.is_fifo()
    found = None if piped else format_of(path)
    if found is not None and (found not in (table.FORMAT, lines.FORMAT) or is_packed(path)):
        yield from found.read(path, report)
        return
    place = _PIPED if path == STDIN else path
    with _opened(path) as stream:
        text = _text(place, stream)
        head = list(_until_text(text))
        if not head[-1:] or not head[-1].strip():
            raise InputError(f"{place}: empty; give a list with at least one name")
        whole = chain(head, text)
        if found == table.FORMAT or (found is None and table.FORMAT.sniff(place, head[-1].encode())):
            yield from table.rows(place, whole, report)
        else:
            yield from lines.rows(place, _without_gaps(place, whole, report))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a list; bytes that are not UTF-8 come through, for `_text` to say where they are."""
    if path != STDIN:
        try:
            stream = path.open(encoding="utf-8-sig", errors="surrogateescape")
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
        with stream:
            yield stream
        return
    piped = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="surrogateescape")
    try:
        yield piped
    finally:
        piped.detach()  # else it closes stdin with it


def _text(place: Path, stream: TextIO) -> Iterator[str]:
    """Yield the lines without their ends.

    Raises:
        InputError: one is not UTF-8.
    """
    for number, line in enumerate(stream, 1):
        if not line.isascii() and (bad := _UNDECODED.search(line)):
            encoding = "UTF-16" if line.encode("utf-8", "surrogateescape").startswith(UTF16) else "WINDOWS-1252"
            byte = f"byte 0x{ord(bad[0]) - 0xDC00:02x}"
            advice = iconv(place, encoding) if place != _PIPED else f"put iconv -f {encoding} -t UTF-8 before it"
            raise InputError(f"{place.name}:{number}: not UTF-8 ({byte}); {advice}")
        yield line.removesuffix("\n")


def _until_text(text: Iterable[str]) -> Iterator[str]:
    """Yield lines up to the first that is not blank."""
    for line in text:
        yield line
        if line.strip():
            return


def _without_gaps(place: Path, text: Iterable[str], report: Report) -> Iterator[str]:
    """Pass lines on, and report the blank ones that others follow: where a name should be there is none."""
    blank = 0
    for number, line in enumerate(text, 1):
        if line.strip():
            for gap in range(number - blank, number):
                report(f"{place.name}:{gap}", "the line is blank, it has no name")
            blank = 0
        else:
            blank += 1
        yield line
