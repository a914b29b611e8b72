"""Wikidata's "truthy" statements as N-Triples (``latest-truthy.nt.bz2``): the best values, without qualifiers.

Format: https://www.w3.org/TR/n-triples/ and https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import ALL, Choice, Format, Report
from taxonomy.sources.wikidata import streams
from taxonomy.sources.wikidata.entity import PROPERTIES
from taxonomy.sources.wikidata.statements import ALIAS, DESCRIPTION, LABEL, Statement, read

_ITEM = re.compile(rb"<https?://www\.wikidata\.org/entity/Q(\d{1,9})>[ \t]+<([^>]*)>[ \t]+")
_OBJECT = re.compile(rb'(?:<([^>]*)>|"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<[^>]*>)?|_:\S+)[ \t]*\.[ \t\r]*')
_TRIPLE = re.compile(rb"^<https?://www\.wikidata\.org/entity/[QP]\d+>[ \t]+<[^>]*>[ \t]+[<\"_]", re.MULTILINE)
_MARK = re.compile(rb"/prop/direct/P(?:279|171|31)>")
_ENTITY = re.compile(r"https?://www\.wikidata\.org/entity/")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
# `skos:prefLabel` and `schema:name` say the same as `rdfs:label` once more.
_NAMES = {
    b"http://www.w3.org/2000/01/rdf-schema#label": LABEL,
    b"http://www.w3.org/2004/02/skos/core#altLabel": ALIAS,
    b"http://schema.org/description": DESCRIPTION,
    b"https://schema.org/description": DESCRIPTION,
} | {b"http://www.wikidata.org/prop/direct/" + name.encode(): name for name in PROPERTIES}


def parse(line: bytes) -> Statement | None:
    r"""Return what a line says of an item, where that matters.

    >>> parse(b'<http://www.wikidata.org/entity/Q144> <http://schema.org/description> "a \\"dog\\""@en .')
    Statement(item=144, name='description', language='en', text='a "dog"')

    Raises:
        ValueError: the line begins as a triple, and is none.
    """
    start = _ITEM.match(line)
    if not start or not (name := _NAMES.get(start[2])):
        return None
    end = _OBJECT.fullmatch(line, start.end())
    if not end:
        raise ValueError("no N-Triple: subject, predicate, object and a full stop")
    address, literal, language = end.groups()
    item = int(start[1])
    if address is not None:
        return Statement(item, name, "", _ENTITY.sub("", address.decode(), count=1))
    if literal is None:
        return None  # a blank node: an unknown value
    return Statement(item, name, (language or b"").decode().lower(), _ESCAPE.sub(_unescaped, literal.decode()))


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return _ESCAPED.get(match[3], match[3])
    return chr(int(code, 16)) if int(code, 16) < 0x110000 else "\ufffd"


def _sniff(path: Path, head: bytes) -> bool:
    return bool(_TRIPLE.search(streams.head(path, head)))


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    return chosen(path, report, ALL)


def chosen(path: Path, report: Report, choice: Choice) -> Iterator[tuple[str, SourceClass]]:
    """Yield the chosen classes of a file of triples, plain or packed; see `statements.read`."""
    return read(path, [(path, parse)], _MARK, report, choice)


FORMAT = Format(
    "wikidata-triples", "Wikidata's truthy N-Triples (.nt, .gz, .bz2)", _sniff, _read, kind=KNOWLEDGE, chosen=chosen
)
