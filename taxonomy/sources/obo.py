"""OBO ontologies (``.obo``), stanza by stanza: the Gene Ontology's format of ENVO, PO, NCBITaxon and others.

Specification: https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html.  Of the terms only what makes classes
is read: superclasses, names, definition and ids; ``part_of`` and other relationships are no superclasses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import Format, Note, Report
from taxonomy.sources._iri import elsewhere, local_name, readable
from taxonomy.sources._packed import text_lines

_MARK = re.compile(
    rb"^(?:\[Term\] *(?:!.*)?\r?$"  # and not a cell of a table
    rb"|format-version:.*\s^(?:data-version|date|saved-by|ontology|default-namespace|subsetdef|idspace):)",
    re.MULTILINE,
)
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*(.*)')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": " ", "W": " ", "t": " "}
_QUALIFIERS = re.compile(r"""\s*(?<!\\)\{[^{}"]*=\s*"(?:[^"\\]|\\.)*"[^{}]*\}\s*$""")
_COMMON = ("genbank_common_name", "common_name")
# The types by which synonyms of other languages are told from English ones, and what their editors add to the text.
_LANGUAGES = {
    "arabic": "ar",
    "chinese": "zh",
    "dutch": "nl",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "latin": "la",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
}
_REMARK = re.compile(rf"\s*\((?:(?:{'|'.join(_LANGUAGES)})(?:, *exact)?|exact)\)$", re.IGNORECASE)


@dataclass(slots=True)
class Term:
    """A term as OBO and OBO Graphs write it; synonyms are the exact ones, each with its type, which may be empty."""

    id: str
    name: str = ""
    definition: str = ""
    rank: str = ""
    obsolete: bool = False
    parents: list[str] = field(default_factory=list)
    synonyms: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)

    def entry(self, key: str, parents: Iterable[str]) -> SourceClass:
        """Make a class of the term; a taxon is named by its common name where it has one."""
        found = elsewhere([self.id, *self.links])
        names, english = [], []
        for text, kind in self.synonyms:
            text = _REMARK.sub("", html.unescape(text))
            if language := _LANGUAGES.get(kind.lower()):
                names.append((language, text))
            else:
                english.append((text, kind))
        is_taxon = bool(self.rank) or self.id.startswith("NCBITaxon")
        common = [text for end in _COMMON for text, kind in english if kind.endswith(end)] if is_taxon else []
        return SourceClass(
            key=key,
            name=(common[0] if common else self.name) or readable(key),
            definition=self.definition,
            scientific_name=self.name if is_taxon else "",
            rank=self.rank,
            parents=tuple(parents),
            synonyms=tuple(dict.fromkeys([*common, *(text for text, _ in english)])),
            names=tuple(names),
            ids=(*found.ids, *self.alternatives),
            wnid=found.wnid,
            mid=found.mid,
        )


def _sniff(path: Path, head: bytes) -> bool:
    return _MARK.search(head.replace(b"\r", b"\n")) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    obsolete = 0
    for number, term in _terms(path, report):
        if term.obsolete:
            obsolete += 1
        else:
            yield f"{path.name}:{number}", term.entry(local_name(term.id), map(local_name, term.parents))
    if obsolete:
        report(path.name, Note(f"{obsolete:,} obsolete terms are left out"))


def _terms(path: Path, report: Report) -> Iterator[tuple[int, Term]]:
    """Yield the terms, each with the line where its stanza starts."""
    start, term = 0, None
    for number, line in text_lines(path, report):
        if line.startswith("[") and line.rstrip().endswith("]"):
            if term:
                yield start, term
            start, term = number, Term("") if line.strip() == "[Term]" else None
        elif term is not None and line.strip() and not line.startswith("!"):
            tag, colon, value = line.partition(":")
            if not colon or not _take(term, tag.strip(), value.strip()):
                report(f"{path.name}:{number}", f"no {tag.strip()[:40]!r} of OBO: {line[:80]!r}")
    if term:
        yield start, term


def _take(term: Term, tag: str, value: str) -> bool:
    """Put the value of a tag into a term; tell whether the line is well-formed."""
    if tag in ("def", "synonym", "exact_synonym"):
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            return False
        text, words = _plain(quoted[1]), quoted[2].partition("[")[0].split()
        if tag == "def":
            term.definition = text
        elif tag == "exact_synonym" or words[:1] == ["EXACT"]:
            term.synonyms.append((text, words[1] if len(words) > 1 else ""))
    elif tag == "name":
        term.name = _plain(_QUALIFIERS.sub("", value))
    elif tag == "is_obsolete":
        term.obsolete = value.startswith("true")
    elif tag in ("id", "is_a", "alt_id", "xref", "intersection_of", "property_value"):
        words = value.split(" ! ")[0].split()
        if not words:
            return False
        _refer(term, tag, words)
    return True


def _refer(term: Term, tag: str, words: list[str]) -> None:
    """Put what refers to something else into a term: its ids, its superclasses, the rank of a taxon."""
    id = _plain(words[0])
    if tag == "id":
        term.id = id
    elif tag == "is_a" or (tag == "intersection_of" and len(words) == 1):  # with two words it is a relationship
        term.parents.append(id)
    elif tag == "alt_id":
        term.alternatives.append(id)
    elif tag == "xref":
        term.links.append(id)
    elif tag == "property_value" and len(words) > 1 and local_name(id).endswith("has_rank"):
        term.rank = local_name(words[1]).rpartition(":")[2].removeprefix("NCBITaxon_").replace("_", " ")


def _plain(text: str) -> str:
    """Take the escapes out of a text."""
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text) if "\\" in text else text


FORMAT = Format("obo", "an OBO ontology (.obo)", _sniff, _read, kind=KNOWLEDGE)
