"""SKOS and OWL: the taxonomy as RDF, in Turtle, N-Triples, JSON-LD or RDF/XML; IRIs are those of `taxonomy.iri`.

=====================  ==============================================  ================================================
what                   ``skos``                                        ``owl``
=====================  ==============================================  ================================================
a concept              ``skos:Concept``                                ``owl:Class``; ``owl:NamedIndividual`` when it is
                                                                       only an instance and nothing is below it
is-a                   ``skos:broader``                                ``rdfs:subClassOf``
instance-of            ``isothes:broaderInstantial``                   ``rdf:type``
part-of, member-of     ``label:partOf``, ``label:memberOf``            the same, as annotations
names                  ``skos:prefLabel`` and ``skos:altLabel``        ``rdfs:label`` and ``skos:altLabel``
scientific names       also ``dwc:scientificName``                     the same
definition, id         ``skos:definition``, ``skos:notation``          the same
ids and classes        ``skos:exactMatch``                             the same, as annotations
classes under it       ``skos:narrowMatch``: those that were left out and that the concept stands for
what pictures show     ``label:visual`` (visual, uncommon, non-visual), ``label:safety`` (safe, sensitive, …)
where it comes from    ``dcterms:source``: a ``dcat:Dataset`` with title, version, licences (``dc:rights``), whom to cite
=====================  ==============================================  ================================================

``isothes`` is ISO 25964's extension of SKOS, where ``broaderInstantial`` and ``broaderPartitive`` are kinds of
``skos:broader``; ``label:partOf`` and ``label:memberOf`` are kinds of the latter.  So who reasons sees them all as broader,
and who does not takes no Paris for a kind of city.  The reader of RDF in `taxonomy.sources` takes all this back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

from taxonomy.concept import EdgeKind
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Graph, Node, Origin
from taxonomy.export.knowledge._syntax import SYNTAXES, Syntax
from taxonomy.export.selection import Selection
from taxonomy.iri import OURS, SCHEME, escaped

_SKOS_EDGES: dict[str, str] = {
    EdgeKind.IS_A: "skos:broader",
    EdgeKind.INSTANCE_OF: "isothes:broaderInstantial",
    EdgeKind.PART_OF: "label:partOf",
    EdgeKind.MEMBER_OF: "label:memberOf",
}
_OWL_EDGES = {**_SKOS_EDGES, EdgeKind.IS_A: "rdfs:subClassOf", EdgeKind.INSTANCE_OF: "a"}
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

Pair = tuple[str, Any]


def _skos(selection: Selection, out: TextIO) -> Report:
    graph, syntax = Graph(selection), SYNTAXES[selection.options.syntax or "turtle"]()
    concept, scheme = syntax.term("skos:Concept"), syntax.at(SCHEME)
    tops = set(graph.roots())

    def kind(node: Node) -> list[Pair]:
        found = [("a", concept), ("skos:inScheme", scheme)]
        return [*found, ("skos:topConceptOf", scheme)] if node.key in tops else found

    def head() -> Iterator[str]:
        roots = (("skos:hasTopConcept", syntax.of(graph.ids[key])) for key in graph.roots())
        yield syntax.about(scheme, [("a", syntax.term("skos:ConceptScheme")), *_title(graph, syntax), *roots])
        for name, text in _PROPERTIES.items():
            above = [("rdfs:subPropertyOf", syntax.term("isothes:broaderPartitive"))] if name.endswith("Of") else []
            label = ("rdfs:label", syntax.text(text, "en"))
            yield syntax.about(syntax.term(name), [("a", syntax.term("rdf:Property")), label, *above])

    return _write(graph, syntax, out, head(), kind, "skos:prefLabel", _SKOS_EDGES)


def _owl(selection: Selection, out: TextIO) -> Report:
    graph, syntax = Graph(selection), SYNTAXES[selection.options.syntax or "turtle"]()
    owl_class, individual = syntax.term("owl:Class"), syntax.term("owl:NamedIndividual")
    parents = {parent for _, edges in graph.edges() for parent in (edge.parent for edge in edges)}

    def kind(node: Node) -> list[Pair]:
        kinds = {edge.kind for edge in node.edges}
        is_class = node.key in parents or EdgeKind.IS_A in kinds or EdgeKind.INSTANCE_OF not in kinds
        found = [("a", owl_class)] if is_class else []
        return [*found, ("a", individual)] if EdgeKind.INSTANCE_OF in kinds else found

    def head() -> Iterator[str]:
        yield syntax.about(syntax.at(SCHEME), [("a", syntax.term("owl:Ontology")), *_title(graph, syntax)])
        for name in _ANNOTATIONS:
            label = [("rdfs:label", syntax.text(_PROPERTIES[name], "en"))] if name in _PROPERTIES else []
            yield syntax.about(syntax.term(name), [("a", syntax.term("owl:AnnotationProperty")), *label])

    return _write(graph, syntax, out, head(), kind, "rdfs:label", _OWL_EDGES)


def _title(graph: Graph, syntax: Syntax) -> Iterator[Pair]:
    yield "dcterms:title", syntax.text("label-taxonomy", "en")
    for origin in graph.origins():
        yield "dcterms:source", syntax.at(_origin(origin))


def _write(
    graph: Graph,
    syntax: Syntax,
    out: TextIO,
    head: Iterable[str],
    kind: Callable[[Node], list[Pair]],
    label: str,
    predicates: dict[str, str],
) -> Report:
    origins = graph.origins()
    sources = {origin.position: syntax.at(_origin(origin)) for origin in origins}
    names = {origin.position: origin.name for origin in origins}
    languages = set(graph.selection.options.languages)
    out.write(syntax.begin)
    out.writelines(head)
    for origin in origins:
        out.write(syntax.about(syntax.at(_origin(origin)), _described(origin, syntax)))
    of, text, about, ids = syntax.of, syntax.text, syntax.about, graph.ids
    visual = {state: ("label:visual", text(state)) for state in ("visual", "uncommon", "non-visual")}
    safety = {state: ("label:safety", text(state)) for state in ("safe", "sensitive", "offensive", "unknown")}
    edges = 0
    for node in graph.nodes():
        pairs = kind(node)
        node.edges.sort(key=lambda edge: predicates[edge.kind] != "a")  # `a` goes on
        pairs += [(predicates[edge.kind], of(ids[edge.parent])) for edge in node.edges]
        edges += len(node.edges)
        pairs += _names(node, text, label)
        if node.definition:
            pairs.append(("skos:definition", text(node.definition, "en")))
        pairs.append(("skos:notation", text(node.id)))
        own = {node.id, *node.ids}
        under = []
        for member in node.members:
            id = f"{names[member.source]}:{member.key}"
            if not member.same:
                under.append(id)
            else:
                own.add(id)
        if len(own) > 1:
            own.discard(node.id)
            pairs += [("skos:exactMatch", of(id)) for id in sorted(own)]
        pairs += [("skos:narrowMatch", of(id)) for id in under]
        if node.state:
            pairs += (visual[node.state], safety[node.safety])
        if node.source in sources:
            pairs.append(("dcterms:source", sources[node.source]))
        out.write(about(of(node.id), pairs))
    out.write(syntax.end)
    return Report(graph.wrote(edges), graph.remarks())


def _names(node: Node, text: Callable[[str, str], Any], label: str) -> list[Pair]:
    """Return the preferred name in each language, all others, and the scientific ones once more."""
    first: list[Pair] = []
    rest: list[Pair] = []
    scientific: list[Pair] = []
    languages = set()
    for name in node.names:
        term = text(name.text, name.language)
        if name.language in languages:
            rest.append(("skos:altLabel", term))
        else:
            languages.add(name.language)
            first.append((label, term))
        if name.kind == "scientific":
            scientific.append(("dwc:scientificName", text(name.text, "")))
    return first + rest + scientific


def _origin(origin: Origin) -> str:
    return OURS + escaped(origin.name)


def _described(origin: Origin, syntax: Syntax) -> Iterator[Pair]:
    """Yield what is said of a source."""
    yield "a", syntax.term("dcat:Dataset")
    yield "dcterms:identifier", syntax.text(origin.name)
    for predicate, value in (
        ("dcterms:title", origin.title),
        ("owl:versionInfo", origin.version),
        ("dcterms:bibliographicCitation", origin.citation),
        ("dc:creator", origin.attribution),
    ):
        if value:
            yield predicate, syntax.text(value)
    licences = dict.fromkeys(each for each in (origin.data_licence, origin.package_licence) if each not in _UNLICENSED)
    yield from (("dc:rights", syntax.text(licence)) for licence in licences)
    if _ADDRESS.fullmatch(origin.homepage):
        yield "foaf:homepage", syntax.at(origin.homepage)


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
