"""Open English WordNet's own files: YAML with the noun synsets by lexicographer file (``noun.animal.yaml``).

A folder of them (or the repository, which has them in ``src/yaml``), or one file.  A synset's id is its offset in
WordNet 3.1, unless it is newer; ``entries-*.yaml`` beside, where they are, give the sense keys.
Source: https://github.com/globalwordnet/english-wordnet
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import Format, Report
from taxonomy.sources._packed import read_bytes
from taxonomy.sources.versions import wn31

_SYNSET = re.compile(rb"^[\"']?[0-9]{8}-n[\"']?:[ \t]*\r?\n[ \t]+(?:- )?[A-Za-z_]+:", re.MULTILINE)
_ID = re.compile(r"[0-9]{8}-n")
_ILI = re.compile(r"i[0-9]+")
_ITEM = re.compile(r"Q[1-9][0-9]*")
_ENTRY = re.compile(r"^(?=[^\s#-])", re.MULTILINE)
# What opens a level of nesting, and how many of them an entry may have: thousands crash the loader in C.
_OPENING, _DEEPEST = ("[", "{", "- ", "? "), 2000


def _sniff(path: Path, head: bytes) -> bool:
    return bool(_files(path, "noun")) if path.is_dir() else _SYNSET.search(head) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    files = _files(path, "noun") if path.is_dir() else [path]
    keys = _sense_keys(_files(path if path.is_dir() else path.parent, "entries"), report)
    for file in files:
        for id, synset in _load(file, report).items():
            where = f"{file.name}:{id}"
            if not isinstance(id, str) or not _ID.fullmatch(id):
                report(where, "not the id of a noun synset, such as 02086723-n")
            elif not isinstance(synset, dict):
                report(where, "not a mapping with members and a definition")
            else:
                yield where, _class(id, synset, keys.get(id, ()))


def _class(id: str, synset: Mapping[Any, Any], sense_keys: Iterable[str]) -> SourceClass:
    names = _texts(synset.get("members")) or [id]
    ili, items = _texts(synset.get("ili")), _texts(synset.get("wikidata"))
    return SourceClass(
        key=id,
        name=names[0],
        synonyms=tuple(names[1:]),
        definition=next(iter(_texts(synset.get("definition"))), ""),
        parents=tuple(_texts(synset.get("hypernym"))),
        types=tuple(_texts(synset.get("instance_hypernym"))),
        ids=(
            wn31(id[:8]) or "",
            *(f"ili:{number}" for number in ili if _ILI.fullmatch(number)),
            *(f"wd:{item}" for item in items if _ITEM.fullmatch(item)),
            *(f"sk:{key}" for key in sense_keys),
        ),
    )


def _sense_keys(files: list[Path], report: Report) -> Mapping[str, list[str]]:
    """Return the sense keys of each noun synset that the files of entries name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        for entry in _load(file, report).values():
            # A noun of several etymologies has an entry for each: n, n-1, n-2.
            for part, noun in entry.items() if isinstance(entry, dict) else ():
                senses = noun.get("sense") if str(part).startswith("n") and isinstance(noun, dict) else None
                for sense in senses if isinstance(senses, list) else ():
                    if isinstance(sense, dict) and (id := sense.get("id")):
                        found[str(sense.get("synset"))].append(str(id))
    return found


def _files(folder: Path, kind: str) -> list[Path]:
    """Return the files of nouns, or of entries, in a folder or in its ``src/yaml``."""
    named = re.compile(rf"{kind}[.-].+\.ya?ml(\.(gz|bz2|xz))?", re.IGNORECASE)
    for place in (folder, folder / "src" / "yaml"):
        if found := sorted(file for file in _entries(place) if named.fullmatch(file.name)):
            return found
    return []


def _entries(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # no such folder, or not to be read
        return []


def _load(file: Path, report: Report) -> dict[Any, Any]:
    """Parse one file; where an entry of it is broken, report that one and keep the others."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar as it is written; in C, four times as fast
    entries: dict[str, tuple[int, str]] = {}
    line = 1
    for entry in _ENTRY.split(_text(file, report)):
        name = entry.partition("\n")[0]
        if sum(map(entry.count, _OPENING)) > _DEEPEST or "\n" + " " * _DEEPEST in entry:
            report(f"{file.name}:{line}", "nested too deeply for an entry of a wordnet")
        elif name in entries:
            report(f"{file.name}:{line}", f"{name} is there already, in line {entries[name][0]}")
        else:
            entries[name] = line, entry
        line += entry.count("\n")
    try:
        return _mapping(yaml.load("".join(entry for _, entry in entries.values()), Loader=loader))
    except (yaml.YAMLError, ValueError):
        pass  # which entry it is, they say one by one
    found: dict[Any, Any] = {}
    for line, entry in entries.values():
        try:
            found |= _mapping(yaml.load(entry, Loader=loader))
        except (yaml.YAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or str(error).partition("\n")[0]
            report(f"{file.name}:{line + (mark.line if mark else 0)}", f"not valid YAML: {what}")
    return found


def _text(file: Path, report: Report) -> str:
    """Return the text of a file without the bytes of it that are not UTF-8."""
    data = read_bytes(file, report)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report(f"{file.name}:{line}", f"not UTF-8 (byte 0x{data[error.start]:02x}); such bytes are left out")
        return data.decode("utf-8-sig", errors="ignore")


def _mapping(document: object) -> dict[Any, Any]:
    if document is None:  # only comments
        return {}
    if not isinstance(document, dict):
        raise ValueError("no mapping from ids to entries")
    return document


def _texts(value: object) -> list[str]:
    """Return the texts of a list, or the one that stands alone; of one with a source, its ``text``."""
    values = value if isinstance(value, list) else [value]
    texts = (item.get("text") if isinstance(item, dict) else item for item in values)
    return [text for text in texts if isinstance(text, str) and text]


FORMAT = Format("oewn", "Open English WordNet's YAML, a folder or a file of nouns", _sniff, _read, kind=KNOWLEDGE)
