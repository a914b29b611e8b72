"""The vocabularies and knowledge bases that ship with the package: facts from ``index.toml``, classes from TSVs.

`scripts/collect_vocabularies.py`, `collect_taxa.py` and `collect_names.py` write and check these files, so they are
read without the care that users' files need, and much faster.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from taxonomy.concept import BASES, KNOWLEDGE, NAMES, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError, NotFoundError

_COLUMNS = ("key", "name", "wnid", "synonyms", "definition", "parent", "mid", "scientific_name")
_FACTS = ("kind", "title", "task", "version", "ids", "domain", "homepage", "citation", "attribution", "data_licence")
_ORIGIN = ("package", "package_licence", "file")


def data_dir() -> Path:
    """Return the folder of the shipped data: inside the installed package, or beside it in a checkout.

    Raises:
        InputError: there is neither.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "data", package.parent / "data"):
        if folder.is_dir():
            return folder
    raise InputError(f"{package / 'data'}: the shipped data is missing; install label-taxonomy again")


def names(kind: str = "") -> list[str]:
    """Return the names of what ships, in the order of the indexes: vocabularies, then knowledge bases.

    Args:
        kind: that of a `Source`, to get only these.

    Raises:
        InputError: an index is missing or damaged.
    """
    index = _index(data_dir())
    return [name for name in index if kind in ("", index[name].get("kind", "vocabulary"))]


def source(name: str) -> Source:
    """Return the facts about a shipped vocabulary.

    Raises:
        NotFoundError: there is no such vocabulary.
        InputError: its file is missing.
    """
    return _source(name, _content(name))


def read(name: str) -> Vocabulary:
    """Return a shipped vocabulary.

    Raises:
        NotFoundError: there is no such vocabulary.
        InputError: its file is missing or damaged.
    """
    content = _content(name)
    source = _source(name, content)
    if source.kind == KNOWLEDGE:
        return Vocabulary(source, tuple(_taxa(content)))
    if source.kind == NAMES:
        return Vocabulary(source, tuple(_named(content)))
    text = unicodedata.normalize("NFC", content.decode("utf-8"))
    header, *lines = text.removesuffix("\n").split("\n")
    columns = header.split("\t")
    # A column that the file lacks is read from the empty field that is put behind each row.
    key, title, wnid, synonyms, definition, parent, mid, scientific = (
        columns.index(column) if column in columns else len(columns) for column in _COLUMNS
    )
    classes = []
    for number, line in enumerate(lines, 2):
        row = line.split("\t")
        if len(row) != len(columns):
            raise InputError(f"{name}.tsv:{number}: {len(row)} fields where the header has {len(columns)}")
        row.append("")
        others = tuple(row[synonyms].split("|")) if row[synonyms] else ()
        entry = SourceClass(
            row[key], row[title], row[wnid], others, row[definition], row[parent], row[mid], row[scientific]
        )
        classes.append(entry)
    return Vocabulary(source, tuple(classes))


def _taxa(content: bytes) -> Iterator[SourceClass]:
    """Yield the taxa of a table of `scripts/collect_taxa.py`."""
    import lzma

    _, *lines = lzma.decompress(content).decode("utf-8").removesuffix("\n").split("\n")
    for line in lines:
        key, parent, rank, scientific, common, title, wikidata = line.split("\t")
        yield SourceClass(
            key,
            common or scientific,
            synonyms=(title,) if title else (),
            scientific_name=scientific,
            parents=(parent,) if parent else (),
            ids=(f"wd:{wikidata}",) if wikidata else (),
            rank=rank,
        )


def _named(content: bytes) -> Iterator[SourceClass]:
    """Yield the classes of a table of `scripts/collect_names.py`, with a column for each language."""
    import lzma

    header, *lines = lzma.decompress(content).decode("utf-8").removesuffix("\n").split("\n")
    _, _, _, _, *languages = header.split("\t")
    for line in lines:
        key, name, synonyms, parent, *columns = line.split("\t")
        pairs = zip(languages, columns, strict=True)
        names = tuple((language, text) for language, cell in pairs if cell for text in cell.split("|"))
        others = tuple(synonyms.split("|")) if synonyms else ()
        yield SourceClass(key, name, synonyms=others, parent=parent, names=names)


def _source(name: str, content: bytes) -> Source:
    facts = _index(data_dir())[name]
    known: dict[str, Any] = {field: str(facts[field]) for field in _FACTS if field in facts}
    origin: dict[str, Any] = {field: _joined(facts.get(field, "")) for field in _ORIGIN}
    described = replace(Source(name), **known, **origin)
    if "min_confidence" in facts:
        described = replace(described, min_confidence=float(facts["min_confidence"]))
    return replace(described, sha256=hashlib.sha256(content).hexdigest())


def _joined(value: str | list[str]) -> str:
    """Join what came from several packages or files, each once."""
    return value if isinstance(value, str) else ", ".join(dict.fromkeys(value))


def _content(name: str) -> bytes:
    folder = data_dir()
    if name not in _index(folder):
        from difflib import get_close_matches

        close = get_close_matches(name.lower(), _index(folder), n=3)
        hint = f"did you mean {', '.join(close)}?" if close else "`taxonomy sources` lists them"
        raise NotFoundError(f"{name}: no such shipped vocabulary; {hint}")
    knowledge = _index(folder)[name].get("kind") in BASES
    return _bytes(folder / "knowledge" / f"{name}.tsv.xz" if knowledge else folder / "vocabularies" / f"{name}.tsv")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing; install label-taxonomy again") from error


@functools.cache
def _index(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Parse both indexes, once for each data folder."""
    import tomllib

    found: dict[str, Mapping[str, Any]] = {}
    for path in (folder / kind / "index.toml" for kind in ("vocabularies", "knowledge")):
        try:
            found |= tomllib.loads(_bytes(path).decode("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{path}: damaged ({error}); install label-taxonomy again") from error
    return found
