"""Maps of the Collaborative Interlingual Index: its ids of the synsets of WordNet 3.0 or 3.1 (``ili-map-pwn30.tab``).

Gives the noun synsets their ILI ids.  Which release the offsets are of, the offsets tell, whatever the file is called.
Format: https://github.com/globalwordnet/cili
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import NAMES, SourceClass
from taxonomy.sources._format import Format, Report
from taxonomy.sources._packed import text_lines
from taxonomy.sources.versions import release, wn30, wn31

_ROW = re.compile(r"(?:ili:)?(i[0-9]+)\t([0-9]{8})-([avsnr])")
_FIRST = re.compile(rb"(?:#[^\n]*\n|\s)*(?:ili:)?i[0-9]+\t[0-9]{8}-[avsnr]\s")


def _sniff(path: Path, head: bytes) -> bool:
    return _FIRST.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    rows: list[tuple[int, str, str]] = []
    for number, line in text_lines(path, report):
        row = _ROW.fullmatch(line.strip())
        if row and row[3] == "n":
            rows.append((number, row[1], row[2]))
        elif not row and line.strip() and not line.startswith("#"):
            report(f"{path.name}:{number}", f"{line[:40]!r} is no ILI id and synset, such as i46360, tab, 02084071-n")
    is_30 = release(offset for _, _, offset in rows) == "3.0"
    for number, ili, offset in rows:
        curie = None if is_30 else wn31(offset)
        wnid = f"n{offset}" if is_30 else wn30(f"{offset}-n") or ""
        ids = (f"ili:{ili}", *([curie] if curie else ()))
        yield f"{path.name}:{number}", SourceClass(key=ili, name=wnid or ili, wnid=wnid, ids=ids)


FORMAT = Format("cili", "a map of ILI ids to WordNet (ili-map-pwn30.tab)", _sniff, _read, kind=NAMES)
