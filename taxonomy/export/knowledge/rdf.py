"""SKOS and OWL: the taxonomy as RDF, in Turtle, N-Triples, JSON-LD or RDF/XML; IRIs are those of `taxonomy.iri`.

===================  ============================================  =====================================================
what                 ``skos``                                      ``owl``
===================  ============================================  =====================================================
a concept            ``skos:Concept``                              ``owl:Class``; ``owl:NamedIndividual`` when it is an
                                                                   instance, and only that when nothing is below it
is-a                 ``skos:broader``                              ``rdfs:subClassOf``
instance-of          ``isothes:broaderInstantial``                 ``rdf:type``
part-of, member-of   ``label:partOf``, ``label:memberOf``          the same, as annotations
names                ``skos:prefLabel`` and ``skos:altLabel``      ``rdfs:label`` and ``skos:altLabel``
scientific names     also ``dwc:scientificName``                   the same
definition, id       ``skos:definition``, ``skos:notation``        the same
ids and classes      ``skos:exactMatch``                           the same, as annotations
classes under it     ``skos:narrowMatch``                          the same: of those left out, for which it stands
what pictures show   ``label:visual``, ``label:safety``            the same: visual, uncommon …; safe, sensitive …
where it is from     ``dcterms:source``, a ``dcat:Dataset``        the same: version, licences, whom to cite
===================  ============================================  =====================================================

``isothes`` is ISO 25964's extension of SKOS, whose ``broaderInstantial`` and ``broaderPartitive`` are kinds of
``skos:broader``; ``label:partOf`` and ``label:memberOf`` are kinds of the latter.  So who reasons finds them all
broader, and who does not takes no Paris for a kind of city.  The reader of RDF in `taxonomy.sources` takes them back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TextIO

from taxonomy.concept import HIERARCHY, EdgeKind
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Edge, Graph, Node, Origin
from taxonomy.export.knowledge._syntax import SYNTAXES, Syntax
from taxonomy.export.selection import Selection
from taxonomy.iri import OURS, SCHEME, escaped

_SKOS_EDGES: dict[str, str] = {
    EdgeKind.IS_A: "skos:broader",
    EdgeKind.INSTANCE_OF: "isothes:broaderInstantial",
    EdgeKind.PART_OF: "label:partOf",
    EdgeKind.MEMBER_OF: "label:memberOf",
}
_OWL_EDGES: dict[str, str] = {  # what it is an instance of is among its types
    EdgeKind.IS_A: "rdfs:subClassOf",
    EdgeKind.PART_OF: "label:partOf",
    EdgeKind.MEMBER_OF: "label:memberOf",
}
_MANY = 1 << 16  # parents that are remembered

_ADDRESS = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]+""")
_UNLICENSED = ("", "NONE")
_PROPERTIES = {
    "label:partOf": "part of",
    "label:memberOf": "member of",
    "label:visual": "what pictures show of it: visual, uncommon or non-visual",
    "label:safety": "whether a picture of a person may bear the name: safe, sensitive, offensive or unknown",
}
_ANNOTATIONS = (
    *("skos:altLabel", "skos:definition", "skos:notation", "skos:exactMatch", "skos:narrowMatch"),
    *("dwc:scientificName", "dcterms:source", *_PROPERTIES),
)


def _skos(selection: Selection, out: TextIO) -> Report:
    graph, syntax = Graph(selection), SYNTAXES[selection.options.syntax or "turtle"]()
    scheme, say = syntax.at(SCHEME), syntax.say
    concept = say("a", syntax.term("skos:Concept")), say("skos:inScheme", scheme)
    top, roots = (*concept, say("skos:topConceptOf", scheme)), []

    def head() -> Iterator[str]:
        yield syntax.about(scheme, [say("a", syntax.term("skos:ConceptScheme")), *_title(graph, syntax)])
        for name, text in _PROPERTIES.items():
            told = [say("a", syntax.term("rdf:Property")), say("rdfs:label", syntax.text(text, "en"))]
            if name.endswith("Of"):
                told.append(say("rdfs:subPropertyOf", syntax.term("isothes:broaderPartitive")))
            yield syntax.about(syntax.term(name), told)

    def kind(node: Node) -> tuple[Any, ...]:
        if node.edges and node.edges[0].kind in HIERARCHY:
            return concept
        roots.append(syntax.of(node.id))
        return top

    def tail() -> Iterator[str]:
        yield syntax.about(scheme, [say("skos:hasTopConcept", *roots)])

    return _write(graph, syntax, out, head(), kind, "skos:prefLabel", _SKOS_EDGES, tail())


def _owl(selection: Selection, out: TextIO) -> Report:
    graph, syntax = Graph(selection), SYNTAXES[selection.options.syntax or "turtle"]()
    say = syntax.say
    parents = {edge.parent for _, edges in graph.edges() for edge in edges if edge.kind in HIERARCHY}
    kinds = syntax.term("owl:Class"), syntax.term("owl:NamedIndividual")

    def head() -> Iterator[str]:
        yield syntax.about(syntax.at(SCHEME), [say("a", syntax.term("owl:Ontology")), *_title(graph, syntax)])
        for name in _ANNOTATIONS:
            told = [say("a", syntax.term("owl:AnnotationProperty"))]
            if name in _PROPERTIES:
                told.append(say("rdfs:label", syntax.text(_PROPERTIES[name], "en")))
            yield syntax.about(syntax.term(name), told)

    def kind(node: Node) -> tuple[Any, ...]:
        types = [syntax.of(edge.above) for edge in node.edges if edge.kind == EdgeKind.INSTANCE_OF]
        is_class = not types or node.key in parents or any(edge.kind == EdgeKind.IS_A for edge in node.edges)
        return (say("a", *kinds[not is_class : 2 if types else 1], *types),)

    return _write(graph, syntax, out, head(), kind, "rdfs:label", _OWL_EDGES)


def _title(graph: Graph, syntax: Syntax) -> Iterator[Any]:
    yield syntax.say("dcterms:title", syntax.text("label-taxonomy", "en"))
    yield syntax.say("dcterms:source", *(syntax.at(_origin(origin)) for origin in graph.origins()))


def _write(
    graph: Graph,
    syntax: Syntax,
    out: TextIO,
    head: Iterable[str],
    kind: Callable[[Node], tuple[Any, ...]],
    label: str,
    predicates: dict[str, str],
    tail: Iterable[str] = (),
) -> Report:
    """Write a graph.

    Args:
        graph: what is written.
        syntax: how.
        out: where to.
        head: what is said before of the whole.
        kind: gives the statements of what a concept is.
        label: predicate of preferred names.
        predicates: of edges, by their kind; others are not written.
        tail: what is said after it.
    """
    say, of, text, about = syntax.say, syntax.of, syntax.text, syntax.about
    parent = lru_cache(_MANY)(of)
    names = {origin.position: origin.name for origin in graph.origins()}
    marks: dict[tuple[int, str, str], list[Any]] = {}
    edges = 0
    out.write(syntax.begin)
    out.writelines(head)
    for origin in graph.origins():
        out.write(about(syntax.at(_origin(origin)), _described(origin, syntax)))
    for node in graph.nodes():
        told = [*kind(node), say("skos:notation", text(node.id))]
        told += _above(node.edges, parent, predicates, say)
        edges += len(node.edges)
        told += _named(node, syntax, label)
        if node.definition:
            told.append(say("skos:definition", text(node.definition, "en")))
        if node.ids or node.members:
            told += _matches(node, names, syntax)
        mark = node.source, node.state, node.safety
        if mark not in marks:
            marks[mark] = list(_marked(node, names, syntax))
        out.write(about(of(node.id), told + marks[mark]))
    out.writelines(tail)
    out.write(syntax.end)
    return Report(graph.wrote(edges), graph.remarks())


def _above(
    edges: list[Edge], term: Callable[[str], Any], predicates: dict[str, str], say: Callable[..., Any]
) -> list[Any]:
    """Return what is above a concept."""
    if len(edges) == 1:
        edge = edges[0]
        return [say(predicates[edge.kind], term(edge.above))] if edge.kind in predicates else []
    told = []
    for kind, predicate in predicates.items() if edges else ():
        if above := [term(edge.above) for edge in edges if edge.kind == kind]:
            told.append(say(predicate, *above))
    return told


def _named(node: Node, syntax: Syntax, label: str) -> list[Any]:
    """Return the preferred name in each language, all others, and the scientific ones once more."""
    say, text = syntax.say, syntax.text
    if len(node.names) == 1:  # as of three concepts in four
        only = node.names[0]
        told = [say(label, text(only.text, only.language))]
        if only.kind == "scientific":
            told.append(say("dwc:scientificName", text(only.text)))
        return told
    first: dict[str, Any] = {}
    rest, scientific = [], []
    for _, name, language, kind, _, _ in node.names:
        if language in first:
            rest.append(text(name, language))
        else:
            first[language] = text(name, language)
        if kind == "scientific":
            scientific.append(text(name))
    told = [say(label, *first.values())]
    if rest:
        told.append(say("skos:altLabel", *rest))
    if scientific:
        told.append(say("dwc:scientificName", *scientific))
    return told


def _matches(node: Node, datasets: dict[int, str], syntax: Syntax) -> Iterator[Any]:
    """Yield the ids and classes that are the concept, then the classes under it."""
    say, of = syntax.say, syntax.of
    same = dict.fromkeys(node.ids)
    under = []
    for _, source, key, _, is_same in node.members:
        id = f"{datasets[source]}:{key}"
        if not is_same:
            under.append(of(id))
        elif id != node.id:
            same[id] = None
    if same:
        yield say("skos:exactMatch", *map(of, same))
    if under:
        yield say("skos:narrowMatch", *under)


def _marked(node: Node, datasets: dict[int, str], syntax: Syntax) -> Iterator[Any]:
    """Yield what many concepts share: the mark and the source."""
    if node.state:
        yield syntax.say("label:visual", syntax.text(node.state))
        yield syntax.say("label:safety", syntax.text(node.safety))
    if node.source in datasets:
        yield syntax.say("dcterms:source", syntax.at(OURS + escaped(datasets[node.source])))


def _origin(origin: Origin) -> str:
    return OURS + escaped(origin.name)


def _described(origin: Origin, syntax: Syntax) -> Iterator[Any]:
    """Yield what is said of a source."""
    say, text = syntax.say, syntax.text
    yield say("a", syntax.term("dcat:Dataset"))
    yield say("dcterms:identifier", text(origin.name))
    for predicate, value in (
        ("dcterms:title", origin.title),
        ("owl:versionInfo", origin.version),
        ("dcterms:bibliographicCitation", origin.citation),
        ("dc:creator", origin.attribution),
    ):
        if value:
            yield say(predicate, text(value))
    licences = dict.fromkeys(each for each in (origin.data_licence, origin.package_licence) if each not in _UNLICENSED)
    if licences:
        yield say("dc:rights", *map(text, licences))
    if _ADDRESS.fullmatch(origin.homepage):
        yield say("foaf:homepage", syntax.at(origin.homepage))


_KEEPS = frozenset(Keeps)
_TAKES = frozenset({"syntax"})
_LOSES = "which source gave a name or an edge, and how sure a link is (see sssom); the score of marks"

EXPORTERS = (
    Exporter(
        name="skos",
        summary="SKOS thesaurus in RDF: labels, definitions, broader, matches to classes and ids, marks, sources",
        loses=_LOSES,
        write=_skos,
        keeps=_KEEPS,
        takes=_TAKES,
        whole=True,
    ),
    Exporter(
        name="owl",
        summary="OWL ontology in RDF: classes, individuals, and as annotations what SKOS has beside that",
        loses=_LOSES,
        write=_owl,
        keeps=_KEEPS,
        takes=_TAKES,
        whole=True,
    ),
)
