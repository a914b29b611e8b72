"""What every input format shares: the `Format` record, decoding of text files, and the cleaning of a class.

A format only takes its file apart; what makes a class usable is decided here, once for all formats.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from taxonomy.concept import WNID, SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._packed import read_bytes

MID = re.compile(r"/[mgt]/[0-9a-z_]+")

Report = Callable[[str, str], None]
"""Sets a bad row aside: where it is (``file.tsv:12``) and what is wrong with it; or tells a `Note` of the file."""


class Note(str):
    """What a reader tells of and nobody need correct, such as how many obsolete terms it left out."""

    __slots__ = ()


# Control characters and line separators break every line-based file further on; lone surrogates (of JSON
# escapes, of file names that are not UTF-8) cannot be written as UTF-8 at all.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a knowledge base is wanted.

    Attributes:
        roots: keys whose subtrees are read; all when there are none.
        max_depth: how far below the roots; None for all the way.
        instances: also what is only an instance of a class that is read.
        languages: BCP 47 tags of the names that are wanted beside the English ones; all when there are none.
    """

    roots: tuple[str, ...] = ()
    max_depth: int | None = None
    instances: bool = False
    languages: tuple[str, ...] = ()


ALL = Choice()


@dataclass(frozen=True, slots=True)
class Format:
    """One input format.

    Attributes:
        name: short name, also that of the module.
        expects: what a file of this format looks like, for the message that lists the formats.
        sniff: tells by the path and the first bytes (none for a folder) whether a file is of this format.
        read: yields the place (``file.tsv:12``) and the class of each row; reports the rows that it cannot
            make a class of.
        kind: ``vocabulary`` of a dataset, or `KNOWLEDGE`: a hierarchy whose classes name each other as parents.
        chosen: for what is too large to be read whole, or holds what is only read when it is asked for: as ``read``,
            only what is chosen; else ``read`` reads all, and the choice is made afterwards.
    """

    name: str
    expects: str
    sniff: Callable[[Path, bytes], bool]
    read: Callable[[Path, Report], Iterable[tuple[str, SourceClass]]]
    kind: str = "vocabulary"
    chosen: Callable[[Path, Report, Choice], Iterable[tuple[str, SourceClass]]] | None = None


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, plain or compressed, without byte order mark and with line feeds at line ends.

    Raises:
        InputError: the file is not UTF-8, or damaged.
    """

    def damaged(where: str, what: str) -> None:
        raise InputError(f"{where}: {what}")

    data = read_bytes(path, damaged)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path.name}:{line}: not UTF-8 (byte {error.start} of the file); {iconv(path, 'WINDOWS-1252')}"
        raise InputError(message) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def iconv(path: Path, encoding: str) -> str:
    """Return the advice to convert a file to UTF-8."""
    return f"convert it: iconv -f {encoding} -t UTF-8 '{path.name}' > '{path.stem}-utf8{path.suffix}'"


def first_line(head: bytes) -> str:
    """Return the first line that is not blank, decoded as well as it can be."""
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff").strip("\r\n ")
    return re.split(r"[\r\n]", text, maxsplit=1)[0]


def clean(entry: SourceClass) -> SourceClass:
    """Return the class in NFC, without blanks around its fields and without synonyms that repeat its name.

    A key that is a wnid or a MID fills those fields; a class that only has a wnid is named by it.
    """
    key, wnid, name = _tidy(entry.key), _tidy(entry.wnid), _tidy(entry.name)
    synonyms = dict.fromkeys(_tidy(synonym) for synonym in entry.synonyms)
    wnid = wnid or (key if WNID.fullmatch(key) else "")
    return SourceClass(
        key=key,
        name=name or wnid,
        wnid=wnid,
        synonyms=tuple(synonym for synonym in synonyms if synonym and synonym != name),
        definition=" ".join(_tidy(entry.definition).split()),
        parent=_tidy(entry.parent),
        mid=_tidy(entry.mid) or (key if MID.fullmatch(key) else ""),
        scientific_name=_tidy(entry.scientific_name),
        parents=_each(entry.parents),
        types=_each(entry.types),
        ids=_each(entry.ids),
        names=tuple(dict.fromkeys((language, text) for language, name in entry.names if (text := _tidy(name)))),
        rank=entry.rank,
        language=entry.language,
    )


def flaw(entry: SourceClass) -> str:
    """Say what makes a class unusable; empty when nothing does."""
    if not entry.key:
        return "it has no key (id)"
    if not entry.name:
        return "it has no name"
    others = (entry.wnid, entry.definition, entry.parent, entry.mid, entry.scientific_name)
    lists = (*entry.synonyms, *entry.parents, *entry.types, *entry.ids, *(name for _, name in entry.names))
    text = " ".join((entry.key, entry.name, *others, *lists))
    if found := _UNFIT.search(text):
        around = text[max(0, found.start() - 20) : found.end() + 20]
        return f"the character U+{ord(found[0]):04X} in {around!a}"
    return ""


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in map(_tidy, texts) if text))


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
