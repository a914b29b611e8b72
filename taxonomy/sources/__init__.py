"""Vocabularies from files: `read` finds out the format of a file or folder and returns its classes.

A format is one module with a `FORMAT`; other packages add theirs, a `Format` each, through the entry-point
group ``taxonomy.sources``.  Rows that cannot be used are set aside with their place, never dropped silently.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path

from taxonomy.concept import BASES, KNOWLEDGE, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.sources._choice import chosen, with_wnid
from taxonomy.sources._format import ALL, Choice, Format, Note, Report, clean, flaw, iconv
from taxonomy.sources._packed import bare_stem, broken, head_of

__all__ = ["ALL", "Choice", "Format", "Note", "Problem", "Reading", "Report", "read"]

# The first that recognises a file reads it, so the formats with the clearest marks go first.
_BUILT_IN = (
    *("wikidata.kgtk", "wikidata.triples", "wikidata.dump"),
    *("wnlmf", "oewn", "omw", "cili", "cldr", "osm"),
    *("taxa", "folder", "tencent", "obographs", "audioset", "rdf", "coco", "obo"),
    *("yolo", "paths", "table", "lines"),
)
_GROUP = "taxonomy.sources"
_HEAD = 1 << 16
UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Prefixes of ids that are not a vocabulary's: a source of that name would make ids that mean something else.
_RESERVED = frozenset({"people", "wordnet", "mid", "ili", "sk", "wn30", "wn31"})
# Prefixes of ids that only a knowledge base of these ids may bear.
_SCHEMES = frozenset({"wd", "ncbi", "gbif", "inat", "ott"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What was found: where it is (``file.tsv:12``), and what."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave.

    Attributes:
        vocabulary: its usable rows.
        quarantined: the others, with what is wrong with them.
        notes: what was left out by design, and is no fault of the file.
    """

    vocabulary: Vocabulary
    quarantined: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()


def read(
    path: Path, *, name: str | None = None, domain: str = "", strict: bool = False, choice: Choice = ALL
) -> Reading:
    """Read a vocabulary or a knowledge base from a file or a folder.

    Args:
        path: a table, a list of names, COCO categories, a YOLO data file, an image folder, Tencent's dictionary, an
            ontology (RDF, OBO), a wordnet, a taxonomy of organisms or of paths, names of emoji or of map features, or
            what an installed package adds; plain, or compressed by gzip, bzip2 or xz.
        name: name of the source; by default that of the file.
        domain: the concept that every class falls under when nothing better is known (``car.n.01``).
        strict: raise at the first bad row instead of setting it aside; a note is no bad row.
        choice: what of a knowledge base is wanted.

    Returns:
        The vocabulary, in the file's order, and the rows that were set aside.

    Raises:
        InputError: the file is missing, of no known format, or without a usable class; with ``strict`` also
            at the first bad row.
    """
    found = format_of(path)
    file = path.absolute().name  # only the name: the folders above are the user's machine, not the source
    stem = file if path.is_dir() else bare_stem(path)
    named = source_name(path, stem if name is None else name, found.kind)
    if choice != ALL and found.kind not in BASES:
        raise InputError(f"{path}: is no knowledge base, of which a part could be chosen; leave the choice out")
    problems: list[Problem] = []
    notes: list[Problem] = []

    def report(where: str, what: str) -> None:
        if isinstance(what, Note):
            notes.append(Problem(where, what))
            return
        if strict:
            raise InputError(f"{where}: {what}; correct it, or read without --strict")
        problems.append(Problem(where, what))

    rows = found.read(path, report) if found.chosen is None else found.chosen(path, report, choice)
    classes = _usable(rows, report)
    if found.kind in BASES:
        classes = tuple(map(with_wnid, classes))
        if found.chosen is None and choice != ALL:
            classes = chosen(classes, choice)
    if not classes:
        told = (*problems, *notes)
        why = f"{told[0].where}: {told[0].what}" if told else f"it should be {found.expects}"
        raise InputError(f"{path}: no usable class; {why}")
    source = Source(name=named, kind=found.kind, domain=domain, file=file, sha256=_checksum(path, classes))
    return Reading(Vocabulary(source, classes), tuple(problems), tuple(notes))


def _usable(rows: Iterable[tuple[str, SourceClass]], report: Report) -> tuple[SourceClass, ...]:
    """Keep the classes that can be used, of several with one key the first."""
    kept: dict[str, SourceClass] = {}
    for where, row in rows:
        entry = clean(row)
        if what := flaw(entry):
            report(where, what)
        elif entry.key in kept:
            report(where, f"the key {entry.key} is there already, for {kept[entry.key].name!r}")
        else:
            kept[entry.key] = entry
    return tuple(kept.values())


def format_of(path: Path) -> Format:
    """Find the format of a file; other packages' formats are only asked when none of ours fits.

    Raises:
        InputError: the file is missing, binary, or of no known format.
    """
    head = _head(path)
    if head.startswith(UTF16):
        raise InputError(f"{path}: UTF-16 text; {iconv(path, 'UTF-16')}")
    binary = b"\0" in head
    # A knowledge base may be packed, and its format looks inside.
    ours = (candidate for candidate in _built_in() if not binary or candidate.kind in BASES)
    for candidate in chain(ours, _installed()):
        if candidate.sniff(path, head):
            return candidate
    what = "a binary file" if binary else "not a vocabulary in a known format"
    known = "; ".join(candidate.expects for candidate in _built_in())
    raise InputError(f"{path}: {what}\nGive one of these: {known}")


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, decompressed, none for a folder."""
    if path.is_dir():
        return b""
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    if not path.is_file():
        raise InputError(f"{path}: neither a file nor a folder; save it to a file first")
    try:
        head = head_of(path, _HEAD)
    except PermissionError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except broken() as error:
        raise InputError(f"{path}: cannot be read ({error}); get the file again") from error
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise InputError(f"{path}: empty; give a file with at least one class")
    return head


def _built_in() -> Iterator[Format]:
    """Yield our formats, in order; a module is imported when its turn comes."""
    for module in _BUILT_IN:
        found: Format = import_module(f"{__name__}.{module}").FORMAT
        yield found


def _installed() -> Iterator[Format]:
    """Yield the formats that other packages add."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    for entry in entry_points(group=_GROUP):
        try:
            found = entry.load()
        except Exception as error:
            message = f"the format {entry.value} cannot be loaded ({error}); repair or uninstall its package"
            raise InputError(message) from error
        if not isinstance(found, Format):
            raise InputError(f"{entry.value} is no taxonomy.sources.Format; repair or uninstall its package")
        yield found


def source_name(path: Path, text: str, kind: str = "") -> str:
    """Turn a text into a source name: lower case, only ``a-z 0-9 _ . -``; ``kind`` is that of the source.

    Raises:
        InputError: nothing is left of it, or the name is reserved.
    """
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_.-]+", "_", bare).strip("_.-")
    if not name:
        raise InputError(f"{path}: {text!r} has nothing for a source name (a-z 0-9 _ . -); give one with --name")
    if name in _RESERVED or (name in _SCHEMES and kind != KNOWLEDGE):
        raise InputError(f"{path}: a source cannot be named {name}, its ids mean something else; give --name")
    return name


def _checksum(path: Path, classes: Iterable[SourceClass]) -> str:
    """Return the SHA-256 of a file's bytes; of a folder, that of the sorted keys of its classes."""
    if path.is_dir():
        return hashlib.sha256("\n".join(sorted(entry.key for entry in classes)).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
