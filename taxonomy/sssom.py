"""Reads and writes mappings as SSSOM/TSV, the standard for mapping files.

A file is a metadata block, YAML behind ``#``, and a table of mappings whose columns are the slots of the standard
(https://mapping-commons.github.io/sssom/spec-formats-tsv).  Its entities are CURIEs: `curie` and `entity` change the
ids of this program into them and back, `prefixes` says what they stand for.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import NoReturn, TextIO
from urllib.parse import unquote

from taxonomy.concept import WNID, Method
from taxonomy.errors import InputError
from taxonomy.iri import OURS, PREFIXES, escaped

NO_TERM = "sssom:NoTermFound"
"""The object of a mapping that says: there is nothing to map the subject to."""

UNSPECIFIED_LICENCE = "https://w3id.org/sssom/license/unspecified"
"""What the required slot ``license`` holds where only the user can know."""

# How the standard's vocabulary of justifications calls the ways in which links are found.
_JUSTIFICATIONS: dict[str, str] = {
    Method.DECISION: "semapv:ManualMappingCuration",
    Method.GIVEN: "semapv:BackgroundKnowledgeBasedMatching",
    Method.DOMAIN: "semapv:BackgroundKnowledgeBasedMatching",
    Method.EMBEDDING: "semapv:SemanticSimilarityThresholdMatching",
    Method.NONE: "semapv:UnspecifiedMatching",
}
_SYNSET = re.compile(r"wn30:(\d{8})-n")
_JUSTIFICATION = re.compile(r"semapv:[A-Za-z]+")
_REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping, with the slots of SSSOM that this program uses under the standard's names and in its order.

    Attributes:
        predicate_modifier: ``Not`` when the mapping says that the predicate does *not* hold, else empty.
        confidence: 0 to 1, or None when the file does not say.
        mapping_date: ``YYYY-MM-DD``, or empty.
        more: (column, value) of other columns, kept as they are.
    """

    subject_id: str
    subject_label: str = ""
    predicate_id: str = "skos:exactMatch"
    predicate_modifier: str = ""
    object_id: str = NO_TERM
    object_label: str = ""
    mapping_justification: str = "semapv:UnspecifiedMatching"
    author_id: str = ""
    author_label: str = ""
    mapping_tool: str = ""
    mapping_date: str = ""
    confidence: float | None = None
    other: str = ""
    comment: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A file: its metadata, slot by slot as YAML gives them, and its mappings with the line that each begins in."""

    metadata: Map[str, object]
    mappings: tuple[Mapping, ...]
    lines: tuple[int, ...]


SLOTS = tuple(field.name for field in fields(Mapping) if field.name != "more")
"""The columns that a `Mapping` has attributes for."""


# Ids


def curie(id: str) -> str:
    """Return the CURIE of a concept id or of ``dataset:key``.

    >>> curie("n02084071"), curie("mid:/m/0bt9lr"), curie("mine:sea snake")
    ('wn30:02084071-n', 'mid:/m/0bt9lr', 'mine:sea%20snake')
    """
    if WNID.fullmatch(id):
        return f"wn30:{id[1:]}-n"
    prefix, _, key = id.partition(":")
    return f"{_prefix(prefix)}:{escaped(key)}"


def entity(text: str) -> str:
    """Return the id that a CURIE stands for, the inverse of `curie`; a bare wnid, as people write it, is one already.

    >>> entity("wn30:02084071-n"), entity("n02084071"), entity("mine:sea%20snake")
    ('n02084071', 'n02084071', 'mine:sea snake')
    """
    if synset := _SYNSET.fullmatch(text):
        return f"n{synset[1]}"
    prefix, colon, key = text.partition(":")
    return f"{prefix.removeprefix('_')}:{unquote(key)}" if colon else text


def prefixes(ids: Iterable[str]) -> dict[str, str]:
    """Return the ``curie_map`` for ids or for names of sources (``mine:``), sorted."""
    used = {curie(id).partition(":")[0] for id in ids}
    # The standard's own prefixes (skos, semapv, sssom) need no declaration.
    return {prefix: PREFIXES.get(prefix, f"{OURS}{prefix.removeprefix('_')}:") for prefix in sorted(used)}


def justification(method: str) -> str:
    """Return the ``mapping_justification`` of a link, by its `Method`.

    >>> justification("head"), justification("given")
    ('semapv:LexicalMatching', 'semapv:BackgroundKnowledgeBasedMatching')
    """
    return _JUSTIFICATIONS.get(method, "semapv:LexicalMatching")


def _prefix(source: str) -> str:
    """Return the prefix of a source: as XML has it, it must not begin with a digit."""
    return f"_{source}" if source[:1].isdigit() else source


# Writing


def write(
    stream: TextIO, mappings: Iterable[Mapping], metadata: Map[str, object], columns: Sequence[str] | None = None
) -> None:
    """Write a mapping set.

    Args:
        stream: open for text.
        mappings: written one by one when ``columns`` are given, so that they need not fit into memory.
        metadata: slots of the set, of which ``mapping_set_id`` and ``license`` are required; prefixes go into
            ``curie_map``.
        columns: the slots to write; by default those that any of the mappings has a value for.
    """
    if columns is None:
        mappings = list(mappings)
        columns = _filled(mappings)
    write_metadata(stream, metadata)
    write_table(stream, mappings, columns)


def write_table(stream: TextIO, mappings: Iterable[Mapping], columns: Sequence[str]) -> None:
    """Write only the table, for who knows the metadata when the mappings are through."""
    rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
    rows.writerow(columns)
    for mapping in mappings:
        more = dict(mapping.more)
        rows.writerow(_text(getattr(mapping, name) if name in SLOTS else more.get(name)) for name in columns)


def _filled(mappings: Sequence[Mapping]) -> list[str]:
    own = [slot for slot in SLOTS if slot in _REQUIRED or any(getattr(m, slot) not in ("", None) for m in mappings)]
    return own + list(dict.fromkeys(column for mapping in mappings for column, value in mapping.more if value))


def write_metadata(stream: TextIO, metadata: Map[str, object]) -> None:
    """Write only the metadata block."""
    import yaml

    first = {"curie_map": metadata["curie_map"]} if metadata.get("curie_map") else {}
    rest = {slot: value for slot, value in metadata.items() if slot != "curie_map" and value not in ("", None)}
    text: str = yaml.safe_dump(first | rest, sort_keys=False, allow_unicode=True, width=2**20)
    stream.writelines(f"#{line}\n" for line in text.splitlines())


def _text(value: str | float | None) -> str:
    return value or "" if value is None or isinstance(value, str) else f"{value:.4f}"


# Reading


def read(path: Path) -> list[Mapping]:
    """Return the mappings of a file; errors as `read_set`."""
    return list(read_set(path).mappings)


def read_set(path: Path, report: Callable[[str, str], None] | None = None) -> MappingSet:
    """Read a file.

    Args:
        path: the file.
        report: takes a row that is no mapping: where it is (``file:line``), what is wrong; by default it is refused.

    Raises:
        InputError: it is missing, not UTF-8, without a required column, or has a row that is no mapping; with the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8 (byte {error.start} of the file); save it as UTF-8"
        raise InputError(message) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    lines = list(io.StringIO(text))  # unlike splitlines(), it knows no line ends but \n
    skipped = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    metadata = _metadata(path, lines[:skipped])
    # Of the slots that a set may say once for all its mappings (the standard calls them propagatable) we use two.
    common = {slot: str(metadata[slot]) for slot in ("mapping_tool", "mapping_date") if metadata.get(slot)}
    found: list[Mapping] = []
    places: list[int] = []
    report = report or _refuse
    for number, row in _rows(path, "".join(lines[skipped:]), skipped, report):
        where = f"{path}:{number}"
        try:
            found.append(_mapping(where, row))
            places.append(number)
        except InputError as error:
            report(where, str(error).removeprefix(f"{where}: "))
    for slot, value in common.items():
        if not any(getattr(mapping, slot) for mapping in found):
            found = [replace(mapping, **{slot: value}) for mapping in found]  # type: ignore[arg-type]
    return MappingSet(metadata, tuple(found), tuple(places))


def _refuse(where: str, what: str) -> NoReturn:
    raise InputError(f"{where}: {what}")


def _metadata(path: Path, lines: Sequence[str]) -> dict[str, object]:
    import yaml

    try:
        # The standard lets any number of blanks follow the sign; YAML takes an even indentation as none.
        found = yaml.safe_load("".join(line[1:] for line in lines)) or {}
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise InputError(f"{path}:{line}: the metadata behind # are not valid YAML; correct the line") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}:1: the metadata behind # are not YAML of the form 'slot: value'; correct them")
    return found


def _rows(
    path: Path, text: str, skipped: int, report: Callable[[str, str], None]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the first line number and the cells of each row that is not blank."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
    number = skipped + 1
    header: list[str] | None = None
    try:
        for cells in records:
            if header is None:
                header = [cell.strip() for cell in cells]
                _check_header(f"{path}:{number}", header)
            elif any(map(str.strip, cells)) and len(cells) != len(header):
                report(f"{path}:{number}", f"{len(cells)} cells where the header has {len(header)}; correct it")
            elif any(map(str.strip, cells)):
                yield number, dict(zip(header, map(str.strip, cells), strict=True))
            number = skipped + records.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}:{number}: not valid TSV ({error}); look for a quote that is not closed") from error
    if header is None:
        raise InputError(f"{path}:{number}: no table; SSSOM wants a header with {', '.join(_REQUIRED)}")


def _check_header(where: str, header: Sequence[str]) -> None:
    if missing := [slot for slot in _REQUIRED if slot not in header]:
        raise InputError(f"{where}: the header lacks {', '.join(missing)}; SSSOM requires {', '.join(_REQUIRED)}")
    if twice := [column for column in dict.fromkeys(header) if header.count(column) > 1]:
        raise InputError(f"{where}: the column {twice[0]!r} comes twice; rename one")


def _mapping(where: str, row: Map[str, str]) -> Mapping:
    for slot in _REQUIRED:
        if not row[slot]:
            raise InputError(f"{where}: {slot} is empty; every mapping needs one")
    if not _JUSTIFICATION.fullmatch(row["mapping_justification"]):
        value = row["mapping_justification"]
        raise InputError(f"{where}: mapping_justification {value!r} is none; write semapv:ManualMappingCuration")
    if row.get("predicate_modifier", "") not in ("", "Not"):
        raise InputError(f"{where}: predicate_modifier {row['predicate_modifier']!r}; only 'Not' or nothing is one")
    if row.get("mapping_date"):
        _check_date(where, row["mapping_date"])
    own = {slot: value for slot, value in row.items() if slot in SLOTS and slot != "confidence"}
    more = tuple((column, value) for column, value in row.items() if column not in SLOTS)
    return Mapping(**own, confidence=_confidence(where, row.get("confidence", "")), more=more)


def _check_date(where: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{where}: mapping_date {text!r} is no date; write YYYY-MM-DD") from error


def _confidence(where: str, text: str) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        value = -1.0
    if value is not None and not 0 <= value <= 1:
        raise InputError(f"{where}: confidence {text!r} is no number from 0 to 1; correct it or leave it empty")
    return value
