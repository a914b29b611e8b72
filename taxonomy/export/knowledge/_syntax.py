"""The four syntaxes of RDF, written subject by subject so that no graph is ever in memory.

A syntax makes terms (`Syntax.of`, `at`, `term`, `text`), statements of a predicate and its terms without their subject
(`say`), which may be used for many subjects, and puts those about one subject together (`about`).
Literals of N-Triples and Turtle are escaped as JSON strings are, whose escapes are among theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from json import dumps
from json.encoder import encode_basestring
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from taxonomy.concept import WNID
from taxonomy.iri import PREFIXES, TERMS, iri

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "isothes": "http://purl.org/iso25964/skos-thes#",
    "label": TERMS,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
"""The vocabularies whose terms are written, by prefix."""

_SHORT = {"ncbi", "wd", "wn30"}  # whose keys Turtle takes as they are
_TAG = re.compile("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
# What XML 1.0 has no way to write.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return a text without what XML cannot hold, such as control characters."""
    return _NO_XML.sub("", text)


def absolute(name: str) -> str:
    """Return the IRI of a name with one of the prefixes.

    >>> absolute("skos:Concept")
    'http://www.w3.org/2004/02/skos/core#Concept'
    """
    prefix, _, local = name.partition(":")
    return NAMESPACES[prefix] + local


class _Made(dict[str, str]):
    """Strings by name, made when they are first asked for."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> str:
        made = self[name] = self._make(name)
        return made


class NTriples:
    """A statement a line."""

    begin = end = ""

    def __init__(self) -> None:
        self._begun = _Made(lambda name: f"\0 <{absolute('rdf:type' if name == 'a' else name)}>")
        self._tags = _Made(lambda language: f"@{language}" if _TAG.fullmatch(language) else "")

    def of(self, id: str) -> Any:
        """Return the term for a concept or class."""
        return f"<{iri(id)}>"

    def at(self, address: str) -> Any:
        """Return the term for an absolute IRI."""
        return f"<{address}>"

    def term(self, name: str) -> Any:
        """Return the term for a name with one of the prefixes."""
        return f"<{absolute(name)}>"

    def text(self, text: str, language: str = "") -> Any:
        """Return the term for a text; a language that is no BCP 47 tag is left out."""
        return encode_basestring(text) + self._tags[language]

    # In the place of the subject is NUL, which is escaped in texts and IRIs.

    def say(self, name: str, *terms: Any) -> Any:
        """Return the statements of a predicate, given as ``skos:broader`` or ``a``, and terms."""
        begun = self._begun[name]
        if len(terms) == 1:
            return f"{begun} {terms[0]} .\n"
        return "".join([f"{begun} {term} .\n" for term in terms])

    def about(self, subject: Any, statements: Iterable[Any]) -> str:
        """Return the statements about a subject."""
        return "".join(statements).replace("\0", subject)


class Turtle(NTriples):
    """Subjects with their predicates below each other."""

    begin = (
        "".join(
            f"@prefix {prefix}: <{start}> .\n"
            for prefix, start in (NAMESPACES | {name: PREFIXES[name] for name in sorted(_SHORT)}).items()
        )
        + "\n"
    )

    def of(self, id: str) -> Any:
        prefix, colon, key = id.partition(":")
        if prefix in _SHORT and key.isalnum() and key.isascii():
            return id
        return f"<{iri(id)}>" if colon or not WNID.fullmatch(id) else f"wn30:{id[1:]}-n"

    def term(self, name: str) -> Any:
        return name

    def say(self, name: str, *terms: Any) -> Any:
        return f"\n    {name} {terms[0] if len(terms) == 1 else ', '.join(terms)} ;"

    def about(self, subject: Any, statements: Iterable[Any]) -> str:
        return f"{subject}{''.join(statements)[:-1]}.\n"


class JsonLd:
    """One object with a context and a list of subjects, one a line."""

    begin = f'{{"@context": {dumps(NAMESPACES)}, "@graph": [\n'
    end = "\n]}\n"

    def __init__(self) -> None:
        self._comma = ""

    def of(self, id: str) -> Any:
        return {"@id": iri(id)}

    def at(self, address: str) -> Any:
        return {"@id": address}

    def term(self, name: str) -> Any:
        return {"@id": absolute(name)}

    def text(self, text: str, language: str = "") -> Any:
        return {"@value": text, "@language": language} if _TAG.fullmatch(language) else {"@value": text}

    def say(self, name: str, *terms: Any) -> Any:
        return ("@type", [term["@id"] for term in terms]) if name == "a" else (name, list(terms))

    def about(self, subject: Any, statements: Iterable[Any]) -> str:
        comma, self._comma = self._comma, ",\n"
        return comma + dumps(subject | dict(statements), ensure_ascii=False)


class RdfXml:
    """One ``rdf:Description`` a subject."""

    begin = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
        + "".join(f'\n    xmlns:{prefix}="{start}"' for prefix, start in NAMESPACES.items())
        + ">\n"
    )
    end = "</rdf:RDF>\n"

    # A term that is a resource begins with the quote of its attribute, a text with what follows the predicate's name.

    def of(self, id: str) -> Any:
        return f'"{iri(id)}"'

    def at(self, address: str) -> Any:
        return quoteattr(address, {'"': "&quot;"})

    def term(self, name: str) -> Any:
        return f'"{absolute(name)}"'

    def text(self, text: str, language: str = "") -> Any:
        tag = f' xml:lang="{language}"' if _TAG.fullmatch(language) else ""
        return f"{tag}>{escape(xml_text(text))}</"

    def say(self, name: str, *terms: Any) -> Any:
        name = "rdf:type" if name == "a" else name
        return "".join(
            f"  <{name} rdf:resource={term}/>\n" if term.startswith('"') else f"  <{name}{term}{name}>\n"
            for term in terms
        )

    def about(self, subject: Any, statements: Iterable[Any]) -> str:
        return f"<rdf:Description rdf:about={subject}>\n{''.join(statements)}</rdf:Description>\n"


Syntax = NTriples | JsonLd | RdfXml
"""A way to write RDF; `Turtle` is a kind of `NTriples`."""

SYNTAXES: dict[str, Callable[[], Syntax]] = {
    "turtle": Turtle,
    "ntriples": NTriples,
    "jsonld": JsonLd,
    "rdfxml": RdfXml,
}
"""The syntaxes by the names that ``--syntax`` takes."""
