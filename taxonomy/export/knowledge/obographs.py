"""OBO Graphs: the taxonomy as the JSON of ontology tools; specification at https://github.com/geneontology/obographs.

Ids are the IRIs of `taxonomy.iri`.  Concepts are nodes of the type ``CLASS``, or ``INDIVIDUAL`` when they are instances
and nothing is below them; edges are ``is_a``, ``rdf:type``, and by the Relation Ontology part-of and member-of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from taxonomy.concept import HIERARCHY, EdgeKind
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Graph, Node
from taxonomy.export.knowledge._syntax import absolute
from taxonomy.export.selection import Selection
from taxonomy.iri import SCHEME, iri

_PREDICATES: dict[str, str] = {
    EdgeKind.IS_A: "is_a",
    EdgeKind.INSTANCE_OF: absolute("rdf:type"),
    EdgeKind.PART_OF: "http://purl.obolibrary.org/obo/BFO_0000050",
    EdgeKind.MEMBER_OF: "http://purl.obolibrary.org/obo/RO_0002350",
}
_PROPERTIES = {_PREDICATES[EdgeKind.PART_OF]: "part of", _PREDICATES[EdgeKind.MEMBER_OF]: "member of"}
_VISUAL, _SAFETY = absolute("label:visual"), absolute("label:safety")


def _write(selection: Selection, out: TextIO) -> Report:
    graph = Graph(selection)
    above = {edge.parent for _, edges in graph.edges() for edge in edges if edge.kind in HIERARCHY}
    sources = {origin.position: origin for origin in graph.origins()}
    datasets = {position: origin.name for position, origin in sources.items()}
    licences = dict.fromkeys(origin.data_licence for origin in sources.values() if origin.data_licence)
    meta = {"basicPropertyValues": [_value(absolute("dc:rights"), licence) for licence in licences]}
    out.write(f'{{"graphs": [{{"id": {_json(SCHEME)}, "meta": {_json(meta)}, "nodes": [\n')
    properties = (
        {"id": id, "lbl": name, "type": "PROPERTY", "propertyType": "OBJECT"} for id, name in _PROPERTIES.items()
    )
    _list(out, properties)
    out.write(",\n")
    _list(out, (_node(node, node.key in above, datasets) for node in graph.nodes()))
    out.write('\n], "edges": [\n')
    written = _list(out, _edges(graph))
    out.write("\n]}]}\n")
    return Report(graph.wrote(written), graph.remarks())


def _node(node: Node, is_above: bool, datasets: dict[int, str]) -> dict[str, Any]:
    """Make a node of a concept."""
    kinds = {edge.kind for edge in node.edges if edge.kind in HIERARCHY}
    meta: dict[str, Any] = {}
    if node.definition:
        meta["definition"] = {"val": node.definition}
    english = [name.text for name in node.names[1:] if name.language == "en"]
    if english:
        meta["synonyms"] = [{"pred": "hasExactSynonym", "val": text} for text in english]
    same = dict.fromkeys((*node.ids, *(f"{datasets[m.source]}:{m.key}" for m in node.members if m.same)))
    same.pop(node.id, None)
    values = [_value(absolute("skos:exactMatch"), iri(id)) for id in same]
    if node.state:
        values += [_value(_VISUAL, node.state), _value(_SAFETY, node.safety)]
    if values:
        meta["basicPropertyValues"] = values
    is_class = is_above or kinds != {EdgeKind.INSTANCE_OF}
    found = {"id": iri(node.id), "lbl": node.name, "type": "CLASS" if is_class else "INDIVIDUAL"}
    return {**found, "meta": meta} if meta else found


def _edges(graph: Graph) -> Iterator[dict[str, str]]:
    for key, edges in graph.edges():
        subject = iri(graph.ids[key])
        for edge in edges:
            if edge.kind in _PREDICATES:
                yield {"sub": subject, "pred": _PREDICATES[edge.kind], "obj": iri(graph.ids[edge.parent])}


def _value(predicate: str, value: str) -> dict[str, str]:
    return {"pred": predicate, "val": value}


def _list(out: TextIO, items: Iterable[dict[str, Any]]) -> int:
    """Write the items of a list, one a line, and return their number."""
    number = 0
    for number, item in enumerate(items, 1):
        out.write(("" if number == 1 else ",\n") + _json(item))
    return number


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


EXPORTERS = (
    Exporter(
        name="obographs",
        summary="OBO Graphs: the JSON of ontology tools, with is-a, type, part-of and member-of edges",
        loses="other languages, which source a name or an edge is from, the classes under a concept",
        write=_write,
        keeps=frozenset(Keeps) - {Keeps.LANGUAGES, Keeps.SOURCES},
        whole=True,
    ),
)
