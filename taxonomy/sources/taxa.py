"""Taxonomies of organisms as tables: NCBI's dump, Darwin Core (GBIF, iNaturalist), Open Tree, and others with a header.

A table has an id, the id of the parent, names and ranks, a row for a taxon; what lies beside it (``synonyms.tsv``,
``VernacularName.tsv``) is read with it.  Darwin Core's terms: https://dwc.tdwg.org/terms/#taxon.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import _ncbi
from taxonomy.sources._format import Format, Report, first_line
from taxonomy.sources._iri import elsewhere, local_name
from taxonomy.sources._rows import rows_of, splitter

# Field: the columns that it is read from, the best first, in small letters without anything else.
_COLUMNS = {
    "id": ("taxonid", "taxid", "ncbitaxid", "uid", "ottid", "id"),
    "parent": ("parentnameusageid", "parenttaxonid", "parenttaxid", "parentuid", "parentottid", "parentid"),
    "accepted": ("acceptednameusageid", "acceptedtaxonid", "acceptedid"),
    "scientific": ("canonicalname", "scientificname", "latinname", "name"),
    "author": ("scientificnameauthorship",),
    "rank": ("taxonrank", "rank"),
    "common": ("vernacularname", "preferredcommonname", "commonname", "englishname", "commonnames", "name"),
    "synonyms": ("synonyms",),
    "links": ("sourceinfo", "wikidata", "wikidataid", "wikidataqid", "qid"),
    "status": ("taxonomicstatus",),
}
# The columns by which a table tells whose ids its own are.
_SCHEMES = (
    ("ncbi", {"taxid", "parenttaxid"}),
    ("ncbi", {"ncbitaxid"}),
    ("ott", {"uid", "sourceinfo"}),
    ("ott", {"ottid"}),
    ("gbif", {"taxonid", "canonicalname", "datasetid"}),
)
_LINKS = re.compile(r"(?<![A-Za-z0-9])(?:Q[1-9][0-9]*|(?:ncbi|gbif):[0-9]+)(?![A-Za-z0-9])")
_ENGLISH = ("en", "eng", "english")
_LANGUAGE = re.compile("[a-z]{2,3}(-[a-z0-9]+)*")
_BESIDE = ("synonyms.tsv", "VernacularName.tsv", "VernacularName.txt", "VernacularNames-english.csv")


class _Names(NamedTuple):
    """What the files beside a table call a taxon."""

    english: list[str]
    others: list[tuple[str, str]]
    synonyms: list[str]


_NONE = _Names([], [], [])


def _sniff(path: Path, head: bytes) -> bool:
    header = first_line(head)
    columns = _columns(_plain(splitter(header)(header)))
    return columns.keys() >= {"id", "parent", "scientific", "rank"} or _ncbi.is_dump(path)


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    return _ncbi.read(path, report) if _ncbi.is_dump(path) else _table(path, report)


def _table(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    """Read a table with a header."""
    rows = rows_of(path, report)
    header = _plain(next(rows, (0, []))[1])
    columns = _columns(header)
    if not columns.keys() >= {"id", "parent", "scientific"}:
        raise InputError(f"{path.name}:1: no header with a taxon's id, parent id and scientific name; name the columns")
    take = _taker(columns)
    synonyms = _synonyms(path, take) if "accepted" in columns else {}
    beside = _beside(path, report)
    scheme = next((name for name, marks in _SCHEMES if marks <= set(header)), None)
    for number, fields in rows:
        raw, above, accepted, scientific, author, rank, common, listed, links, status = take(fields)
        id = _id(raw)
        if accepted and _id(accepted) != id:
            continue
        if "synonym" in status:
            report(f"{path.name}:{number}", f"{scientific!r} is a synonym, but it is not said of what")
            continue
        if scheme is None:  # then the first id says it, or none does
            scheme = elsewhere([raw]).ids[0].partition(":")[0] if elsewhere([raw]).ids else ""
        name = _bare(scientific, author) if author else scientific
        parent = _id(above)
        called = beside.get(id, _NONE)
        english = common.split("|") + called.english if common else called.english
        yield (
            f"{path.name}:{number}",
            SourceClass(
                id,
                (english[0] if english else name) or id,
                "",
                (*english[1:], *synonyms.get(id, ()), *called.synonyms, *(listed.split("|") if listed else ())),
                scientific_name=name,
                parents=(parent,) if parent and parent != id else (),
                ids=_ids(scheme, id, links),
                names=tuple(called.others),
                rank=rank,
            ),
        )


def _ids(scheme: str, id: str, links: str) -> tuple[str, ...]:
    """Return the CURIEs of a taxon: its own, and those that a column of links holds."""
    own = (f"{scheme}:{id}",) if scheme and id.isdigit() else ()
    if not links:
        return own
    return *own, *(f"wd:{link}" if link[0] == "Q" else link for link in _LINKS.findall(links))


def _synonyms(path: Path, take: Callable[[list[str]], Sequence[str]]) -> dict[str, list[str]]:
    """Return the synonyms of each accepted taxon of a table, for they may stand before it or after it."""
    found: dict[str, list[str]] = {}
    rows = rows_of(path, lambda where, what: None)  # what is wrong with a row is said when the taxa are read
    next(rows, None)
    for _, fields in rows:
        raw, _, accepted, scientific, author, *_ = take(fields)
        if accepted and accepted != raw:
            found.setdefault(_id(accepted), []).append(_bare(scientific, author))
    return found


def _beside(path: Path, report: Report) -> dict[str, _Names]:
    """Return the names of taxa in the files beside a table: Open Tree's synonyms, Darwin Core's vernacular names."""
    found: dict[str, _Names] = {}
    for file in (path.with_name(name + packed) for name in _BESIDE for packed in ("", ".gz")):
        if not file.is_file() or file.name == path.name:
            continue
        rows = rows_of(file, report)
        header = _plain(next(rows, (0, []))[1])
        text = next((header.index(column) for column in ("vernacularname", "name") if column in header), None)
        id = next((header.index(column) for column in ("taxonid", "uid", "id") if column in header), None)
        if text is None or id is None:
            report(f"{file.name}:1", "no header with the id and the name of a taxon; it is not read")
            continue
        is_vernacular = header[text] == "vernacularname"
        language = header.index("language") if "language" in header else None
        for _, fields in rows:
            names = found.setdefault(_id(fields[id]), _Names([], [], []))
            tag = "en" if language is None else fields[language].strip().lower()
            if not is_vernacular:
                names.synonyms.append(fields[text])
            elif tag in _ENGLISH:
                names.english.append(fields[text])
            elif _LANGUAGE.fullmatch(tag):
                names.others.append((tag, fields[text]))
    return found


def _plain(header: list[str]) -> list[str]:
    """Return the columns of a header in small letters without prefix (``dwc:``) and separators."""
    return [re.sub("[^a-z]+", "", column.rpartition(":")[2].casefold()) for column in header]


def _columns(plain: list[str]) -> dict[str, int]:
    """Map the fields of a taxon to the columns that hold them; each column serves one field."""
    found: dict[str, int] = {}
    for field, aliases in _COLUMNS.items():
        places = (plain.index(alias) for alias in aliases if alias in plain)
        free = next((place for place in places if place not in found.values()), None)
        if free is not None:
            found[field] = free
    return found


def _taker(columns: dict[str, int]) -> Callable[[list[str]], Sequence[str]]:
    """Return what takes the fields of a taxon out of those of a line, empty where there is no such column."""
    take = itemgetter(*(columns.get(field, -1) for field in _COLUMNS))

    def taken(fields: list[str]) -> Sequence[str]:
        fields.append("")
        found: Sequence[str] = take(fields)
        return found

    return taken


def _bare(name: str, author: str) -> str:
    """Return a scientific name without its author."""
    return (name.removesuffix(author).rstrip(" ,") or name) if author else name


def _id(text: str) -> str:
    """Return an id; of an address its last part."""
    return local_name(text) if "/" in text else text


FORMAT = Format("taxa", "a table of taxa (id, parent id, name, rank) or NCBI's dump", _sniff, _read, kind=KNOWLEDGE)
