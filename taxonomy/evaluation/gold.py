"""Gold lists: classes with the synset that people say each means.

A gold list is a TSV with a header: ``class_id``, ``class_name`` and ``gold_synset``, whose first word is a wnid of
WordNet 3.0, or ``NO_WORDNET_SYNSET`` where WordNet has none.  ``synonyms`` (separated by ``|``), ``definition``,
``parent`` and ``domain`` may tell more of a class; other columns are left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from taxonomy.concept import WNID, SourceClass
from taxonomy.errors import InputError
from taxonomy.linking.model import trained_on
from taxonomy.text import form

NO_SYNSET = "NO_WORDNET_SYNSET"
_REQUIRED = ("class_id", "class_name", "gold_synset")


@dataclass(frozen=True, slots=True)
class Gold:
    """A class of a gold list.

    Attributes:
        entry: what the linker may see of it.
        wnid: the synset that it means, empty where WordNet has none.
        domain: what all of its kind fall under (``bird.n.01``), or empty.
        where: its place (``gold.tsv:12``).
    """

    entry: SourceClass
    wnid: str
    domain: str
    where: str


def read_gold(path: Path, *, names_only: bool = False) -> list[Gold]:
    """Read a gold list.

    Args:
        path: the file.
        names_only: leave alone what the list says of a class beside its name.

    Raises:
        InputError: it cannot be read, lacks a column, or has a row that is none; with the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start} of the file); save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    header = lines[0].split("\t")
    if missing := [column for column in _REQUIRED if column not in header]:
        raise InputError(f"{path}:1: the header lacks {', '.join(missing)}; a gold list has {', '.join(_REQUIRED)}")
    found: list[Gold] = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise InputError(f"{path}:{number}: {len(cells)} cells where the header has {len(header)}; correct it")
        found.append(_gold(f"{path}:{number}", dict(zip(header, cells, strict=True)), names_only))
    if not found:
        raise InputError(f"{path}: no class; give at least one row below the header")
    return found


def _gold(where: str, row: dict[str, str], names_only: bool) -> Gold:
    name, synset = row["class_name"].strip(), row["gold_synset"].split(" ")[0]
    if not name:
        raise InputError(f"{where}: class_name is empty; every class needs one")
    if synset != NO_SYNSET and not WNID.fullmatch(synset):
        raise InputError(f"{where}: gold_synset {synset!r} is no wnid; write one like n02084071, or {NO_SYNSET}")
    more = {} if names_only else row
    entry = SourceClass(
        key=row["class_id"],
        name=name,
        synonyms=tuple(filter(None, map(str.strip, more.get("synonyms", "").split("|")))),
        definition=more.get("definition", "").strip(),
        parent=more.get("parent", "").strip(),
    )
    return Gold(entry, "" if synset == NO_SYNSET else synset, more.get("domain", "").strip(), where)


def fingerprint(name: str, wnid: str) -> str:
    """Return what stands for a name and its synset where training data are listed, without telling them."""
    return hashlib.sha256(f"{form(name)}\t{wnid}".encode()).hexdigest()[:16]


def trained_share(gold: Iterable[Gold]) -> float:
    """Return the share of a gold list, 0 to 1, that the shipped linker was trained on."""
    known = trained_on()
    rows = [fingerprint(row.entry.name, row.wnid) in known for row in gold if row.wnid]
    return sum(rows) / len(rows) if rows else 0.0
