"""Plain text, one class a line: a name, or a wnid and its lemmas as in ImageNet's ``synset_words.txt``.

Blank lines and lines that start with ``#`` do not count; the key is the place among the other lines, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from taxonomy.concept import SourceClass
from taxonomy.sources._format import Format, Report, first_line, read_text

_SUFFIXES = ("", ".txt", ".names", ".list", ".lst", ".labels", ".classes")
_SYNSET = re.compile(r"(n[0-9]{8})(?:\s+(.*))?")


def _sniff(path: Path, head: bytes) -> bool:
    # Any text has lines, so here the suffix decides, except for text that is plainly markup.
    return path.suffix.lower() in _SUFFIXES and not first_line(head).startswith(("<", "{", "["))


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    return rows(path, read_text(path).split("\n"))


def rows(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, SourceClass]]:
    """Yield the place and the class of each line that counts."""
    index = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if synset := _SYNSET.fullmatch(text):
            name, *synonyms = (synset[2] or "").split(",")
            entry = SourceClass(key=synset[1], name=name, wnid=synset[1], synonyms=tuple(synonyms))
        else:
            entry = SourceClass(key=str(index), name=text)
        index += 1
        yield f"{path.name}:{number}", entry


FORMAT = Format("lines", "one name a line (.txt)", _sniff, _read)
