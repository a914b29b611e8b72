"""Gold lists: classes with the synset that people say each means.

A gold list is a TSV with a header: ``class_name`` and ``gold_synset``, whose first word is a wnid of WordNet 3.0, or
``NO_WORDNET_SYNSET`` where WordNet has none.  ``class_id`` (by default the row's place, from 0), ``synonyms``
(separated by ``|``), ``definition``, ``parent`` and ``domain`` may tell more of a class; other columns are left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from taxonomy.concept import WNID, SourceClass
from taxonomy.errors import InputError
from taxonomy.linking.model import trained_on
from taxonomy.text import form

NO_SYNSET = "NO_WORDNET_SYNSET"
_REQUIRED = ("class_name", "gold_synset")

Report = Callable[[str, str], None]
"""Takes where something is (``file:line``) and what is wrong with it."""


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


def read_gold(
    path: Path, *, names_only: bool = False, report: Report | None = None, required: Sequence[str] = _REQUIRED
) -> list[Gold]:
    """Read a gold list.

    Args:
        path: the file.
        names_only: leave alone what the list says of a class beside its name.
        report: takes a row that is none; by default it is refused.
        required: the columns that it must have; ``class_id`` for ``class_name`` where no names are needed.

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
    if missing := [column for column in required if column not in header]:
        raise InputError(f"{path}:1: the header lacks {', '.join(missing)}; a gold list has {', '.join(required)}")
    found: list[Gold] = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.split("\t")
        row = dict(zip(header, cells, strict=False))
        what = (
            _flaw(row, required)
            if len(cells) == len(header)
            else f"{len(cells)} cells where the header has {len(header)}"
        )
        where = f"{path}:{number}"
        if not what:
            found.append(_gold(where, {"class_id": str(number - 2)} | row, names_only))
        elif report is None:
            raise InputError(f"{where}: {what}; correct it")
        else:
            report(where, what)
    if not found:
        raise InputError(f"{path}: no class; give at least one usable row below the header")
    return found


def _flaw(row: dict[str, str], required: Sequence[str]) -> str:
    """Say what makes a row useless; empty when nothing does."""
    if empty := [column for column in required if not row[column].strip()]:
        return f"{empty[0]} is empty"
    synset = row["gold_synset"].split(" ")[0]
    if synset != NO_SYNSET and not WNID.fullmatch(synset):
        return f"gold_synset {synset!r} is no wnid like n02084071, nor {NO_SYNSET}"
    return ""


def _gold(where: str, row: dict[str, str], names_only: bool) -> Gold:
    synset = row["gold_synset"].split(" ")[0]
    more = {} if names_only else row
    entry = SourceClass(
        key=row["class_id"],
        name=row.get("class_name", "").strip(),
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
