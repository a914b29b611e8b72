"""The statements of an RDF file that tell of classes, by rdflib: Turtle, N-Triples, RDF/XML and JSON-LD.

Real files are not always valid, so Turtle and N-Triples lose what is wrong and are read on, and well-known prefixes
need no declaration.  Nothing is fetched: the remote contexts of JSON-LD are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from taxonomy.sources._format import Report, first_line
from taxonomy.sources._json import load
from taxonomy.sources._packed import read_bytes, text_lines

if TYPE_CHECKING:
    from rdflib import Graph

PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "schema": "http://schema.org/",
    "wikibase": "http://wikiba.se/ontology#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbr": "http://dbpedia.org/resource/",
    "obo": "http://purl.obolibrary.org/obo/",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "isothes": "http://purl.org/iso25964/skos-thes#",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "kko": "http://kbpedia.org/kko/",
}
"""Namespaces that a file may use without declaring them."""

_BASE = "http://base.invalid/"
_MADE_UP = "http://prefix.invalid/{}#"
_UNBOUND = re.compile(r'Prefix "([^"]*):" not bound')
_DECLARED = re.compile(r"\s*@?(?:prefix|base)\s", re.IGNORECASE)
_N_TRIPLE = re.compile(r"""\s*(?:<[^<>"\s]*>|_:\S+)\s*(<[^<>"\s]*>)\s*(?:<[^<>"\s]*>|_:\S+|".*"\S*)\s*\.\s*(?:#.*)?""")
_XML = re.compile(rb"<(?:\?xml|rdf:RDF|!DOCTYPE|!--)")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?RDF[\s>]")  # OWL/XML declares the namespace too, but is no RDF
# Entities made of entities can be made to fill any memory; the ontologies that name their namespaces so need none.
_NESTED = re.compile(rb"""<!ENTITY\s[^>"']*(?:"[^"]*&[^#"][^"]*"|'[^']*&[^#'][^']*')""")
_WHY = re.compile(r"Bad syntax \((.*?)\) at \^", re.DOTALL)
_MOST_ERRORS = 100  # a file with more is none of its syntax


class Text(NamedTuple):
    """A literal with its language, empty where it has none."""

    text: str
    language: str


Value = str | Text
"""What a statement says: an IRI, a blank node as ``_:…``, or a literal."""

Facts = dict[str, dict[str, dict[Value, None]]]
"""Of each subject, by the role of the predicate, the values in the order of the file."""


def is_rdf(head: bytes) -> bool:
    """Tell whether a file that starts so is RDF."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _XML.match(start):
        return _ROOT.search(head) is not None
    if start[:1] in (b"{", b"["):
        return any(mark in head for mark in (b'"@context"', b'"@graph"', b'"@id"'))
    return _is_turtle(head.decode("utf-8", "replace").removeprefix("\ufeff"))


def read_facts(path: Path, head: bytes, roles: Mapping[str, str], report: Report) -> Facts:
    """Read the statements of a file whose predicates have a role.

    Args:
        path: the file, plain or compressed.
        head: its first bytes.
        roles: of predicates, by IRI; statements with others are not kept.
        report: told what cannot be read.
    """
    facts: Facts = {}
    graph = _graph(facts, roles)
    start = first_line(head)
    with _quiet():
        if start.startswith(("{", "[")):
            _whole(graph, path, _json_ld(path, report), "json-ld", report)
        elif _XML.match(start.encode()):
            _whole(graph, path, read_bytes(path, report), "xml", report)
        elif _is_n_triples(head.decode("utf-8", "replace")):
            _n_triples(graph, path, roles, report)
        else:
            _turtle(graph, path, report)
    return facts


def _graph(facts: Facts, roles: Mapping[str, str]) -> Graph:
    """Return a graph whose store only keeps what has a role: rdflib's own holds each statement three times."""
    from rdflib import BNode, Graph, Literal
    from rdflib.store import Store

    def name(node: Any) -> str:
        return f"_:{node}" if isinstance(node, BNode) else str(node)

    class Kept(Store):
        context_aware = True  # JSON-LD may have graphs in the graph; they are all one here

        def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
            subject, predicate, value = triple
            if role := roles.get(str(predicate)):
                text = Text(str(value), value.language or "") if isinstance(value, Literal) else name(value)
                facts.setdefault(name(subject), {}).setdefault(role, {})[text] = None

    return Graph(store=Kept(), bind_namespaces="none")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep rdflib from telling what is odd about IRIs, literals and itself; what cannot be read is reported."""
    import logging
    import warnings

    logger = logging.getLogger("rdflib")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _is_turtle(head: str) -> bool:
    """Tell whether the first line that says something declares a prefix, or is a statement of IRIs."""
    lines = (line.strip() for line in head.splitlines())
    line = next((line for line in lines if line and not line.startswith("#")), "")
    return bool(
        re.match(r"@(?:prefix|base)\s|(?:prefix\s+[\w.-]*:|base)\s*<", line, re.IGNORECASE)
        or re.fullmatch(r'(?:<[^<>"\s]+>|_:\S+)\s+(?:a|<[^<>"\s]+>|[\w-]+:[\w.-]+)\s+[^\s,].*[.;,]', line)
        or (re.fullmatch(r'<[^<>"\s]+:[^<>"\s]+>(?:\s+(?:a|<[^<>"\s]+>|[\w-]+:[\w.-]+))?', line) is not None)
    )


def _is_n_triples(head: str) -> bool:
    lines = [line for line in head.splitlines()[:-1] or head.splitlines() if line.strip() and line[0] != "#"]
    matches = sum(_N_TRIPLE.fullmatch(line) is not None for line in lines[:50])
    return 4 * matches >= 3 * len(lines[:50]) and not any(map(_DECLARED.match, lines))


def _n_triples(graph: Graph, path: Path, roles: Mapping[str, str], report: Report) -> None:
    """Read N-Triples line by line; only the statements with a role are parsed."""
    from rdflib.exceptions import ParserError
    from rdflib.plugins.parsers.ntriples import W3CNTriplesParser

    class Sink:
        def triple(self, subject: Any, predicate: Any, value: Any) -> None:
            graph.add((subject, predicate, value))

    sink: Any = Sink()
    parser = W3CNTriplesParser(sink)
    for number, line in text_lines(path, report):
        match = _N_TRIPLE.fullmatch(line)
        if match and match[1][1:-1] not in roles:
            continue
        try:
            parser.parsestring(line)
        except (ParserError, ValueError) as error:
            report(f"{path.name}:{number}", f"no statement of N-Triples: {_first(error)}")


def _turtle(graph: Graph, path: Path, report: Report) -> None:
    """Read Turtle or N3; after an error it goes on with the next statement."""
    from rdflib.plugins.parsers.notation3 import BadSyntax

    lines = [line for _, line in _every_line(path, report)]
    made_up: dict[str, str] = {}
    start, errors = 0, 0
    while start < len(lines) and errors < _MOST_ERRORS:
        known = "".join(f"@prefix {prefix}: <{iri}> . " for prefix, iri in (PREFIXES | made_up).items())
        declared = " ".join(line for line in lines[:start] if _DECLARED.match(line))
        try:
            graph.parse(data=f"{known}{declared} " + "\n".join(lines[start:]), format="turtle", publicID=_BASE)
            return
        except BadSyntax as error:
            at = min(start + error.lines, len(lines) - 1)
            unbound = _UNBOUND.search(str(error))
            if unbound and unbound[1] not in made_up:
                made_up[unbound[1]] = _MADE_UP.format(unbound[1])
                report(f"{path.name}:{at + 1}", f"the prefix {unbound[1]}: is not declared, what it stands for is lost")
                start = _back(lines, start, at)
                continue
            found = _WHY.search(str(error))
            what = found[1] if found else "bad syntax"
            start, errors = _after(lines, at), errors + 1
        except Exception as error:  # of what rdflib does not foresee, such as nesting that is too deep
            at, what, errors = start, _first(error), _MOST_ERRORS
        report(f"{path.name}:{at + 1}", f"not valid Turtle: {' '.join(what.split())[:200]}")
    if errors >= _MOST_ERRORS:
        report(f"{path.name}:{start + 1}", "what follows is not read; correct the file")


def _every_line(path: Path, report: Report) -> Iterator[tuple[int, str]]:
    """Yield the lines, with a blank one for each that cannot be read, so that the numbers of the others hold."""
    expected = 1
    for number, line in text_lines(path, report):
        for gap in range(expected, number):
            yield gap, ""
        yield number, line
        expected = number + 1


def _back(lines: list[str], start: int, at: int) -> int:
    """Return where the statement that goes through a line starts."""
    while at > start and not lines[at - 1].rstrip().endswith("."):
        at -= 1
    return at


def _after(lines: list[str], at: int) -> int:
    """Return where the statement after the one that goes through a line starts."""
    while at < len(lines) and not lines[at].rstrip().endswith("."):
        at += 1
    return at + 1


def _whole(graph: Graph, path: Path, data: bytes | str, format: str, report: Report) -> None:
    """Read RDF/XML or JSON-LD; what comes before an error is kept."""
    from xml.sax import SAXParseException

    if isinstance(data, bytes) and _NESTED.search(data):
        report(path.name, "entities made of other entities are not read; write them out")
        return
    try:
        graph.parse(data=data, format=format, publicID=_BASE)
    except SAXParseException as error:
        report(f"{path.name}:{error.getLineNumber()}", f"not valid XML: {error.getMessage()}; what follows is not read")
    except Exception as error:  # rdflib's parsers raise whatever their helpers do
        report(path.name, f"cannot be read to its end: {_first(error)}")


def _json_ld(path: Path, report: Report) -> str:
    """Return a JSON-LD document without contexts that are elsewhere, which rdflib would fetch."""
    import json

    document = load(path, report)
    found: set[str] = set()

    def here(context: Any) -> Any:
        if not isinstance(context, str):
            return context
        if re.fullmatch(r"https?://schema\.org/?(docs/jsonldcontext\.jsonld?)?", context):
            return {"@vocab": PREFIXES["schema"]}
        found.add(context)
        return PREFIXES

    _replace_contexts(document, here)
    for context in sorted(found):
        report(path.name, f"the context {context[:200]} is not fetched; put it into the file")
    return json.dumps(document)


def _replace_contexts(document: Any, here: Callable[[Any], Any]) -> None:
    stack = [document]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            item.pop("@import", None)
            if "@context" in item:
                context = item["@context"]
                item["@context"] = [here(part) for part in context] if isinstance(context, list) else here(context)
            stack += item.values()
        elif isinstance(item, list):
            stack += item


def _first(error: Exception) -> str:
    """Return the first line of what an error says."""
    return (str(error) or type(error).__name__).partition("\n")[0][:200]
