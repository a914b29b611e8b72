"""OBO Graphs: ontologies as JSON, ``{"graphs": [{"nodes": […], "edges": […]}]}``.

Specification: https://github.com/geneontology/obographs.  Ids are IRIs or CURIEs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import Format, Note, Report, first_line
from taxonomy.sources._iri import keys, local_name
from taxonomy.sources._json import load, objects, text
from taxonomy.sources.obo import Term

_GRAPHS = re.compile(rb'"graphs"\s*:\s*\[')
_SUBCLASS = ("is_a", "subClassOf")


def _sniff(path: Path, head: bytes) -> bool:
    marks = (b'"nodes"', b'"edges"', b'"meta"')
    return first_line(head).startswith("{") and bool(_GRAPHS.search(head)) and any(mark in head for mark in marks)


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    document = load(path, report)
    terms: dict[str, Term] = {}
    graphs = objects(document.get("graphs") if isinstance(document, dict) else None)
    for graph in graphs:
        _nodes(path, graph, terms, report)
    for graph in graphs:
        _edges(path, graph, terms, report)
    kept = {id: term for id, term in terms.items() if not term.obsolete}
    if len(kept) < len(terms):
        report(path.name, Note(f"{len(terms) - len(kept):,} obsolete terms are left out"))
    named = keys(list(kept), (parent for term in kept.values() for parent in term.parents))
    for id, term in kept.items():
        yield f"{path.name}:{id}", term.entry(named[id], (named[parent] for parent in term.parents))


def _nodes(path: Path, graph: dict[str, Any], terms: dict[str, Term], report: Report) -> None:
    """Add the classes of a graph; what several graphs tell of one class is put together."""
    for index, node in enumerate(graph["nodes"] if isinstance(graph.get("nodes"), list) else []):
        if not isinstance(node, dict) or not text(node.get("id")):
            report(f"{path.name}:nodes[{index}]", "not an object with an id")
        elif node.get("type", "CLASS") == "CLASS":
            id = text(node["id"])
            _describe(terms.setdefault(id, Term(id)), node)


def _describe(term: Term, node: dict[str, Any]) -> None:
    """Put the label and the metadata of a node into its term."""
    found = node.get("meta")
    meta: dict[str, Any] = found if isinstance(found, dict) else {}
    definition = meta.get("definition")
    term.name = term.name or text(node.get("lbl"))
    term.definition = term.definition or text(definition.get("val") if isinstance(definition, dict) else "")
    term.obsolete = term.obsolete or meta.get("deprecated") is True
    for synonym in objects(meta.get("synonyms")):
        if local_name(text(synonym.get("pred"))) == "hasExactSynonym":
            term.synonyms.append((text(synonym.get("val")), local_name(text(synonym.get("synonymType")))))
    term.links += [text(xref.get("val")) for xref in objects(meta.get("xrefs"))]
    for value in objects(meta.get("basicPropertyValues")):
        predicate = local_name(text(value.get("pred")))
        if predicate.endswith(("exactMatch", "equivalentClass", "sameAs")):
            term.links.append(text(value.get("val")))
        elif predicate.endswith("has_rank"):
            term.rank = re.split("[:_]", local_name(text(value.get("val"))), maxsplit=1)[-1].replace("_", " ")
        elif predicate == "hasAlternativeId":
            term.alternatives.append(text(value.get("val")))


def _edges(path: Path, graph: dict[str, Any], terms: dict[str, Term], report: Report) -> None:
    """Add the superclasses that edges, logical definitions and equivalences of a graph tell."""
    for edge in objects(graph.get("edges")):
        child, predicate, parent = (text(edge.get(part)) for part in ("sub", "pred", "obj"))
        if local_name(predicate) in _SUBCLASS or predicate == "rdfs:subClassOf":
            if child in terms:
                terms[child].parents.append(parent)
            else:
                report(f"{path.name}:{child}", f"a subclass of {parent} that is no node of the graph")
    for axiom in objects(graph.get("logicalDefinitionAxioms")):
        genera = axiom.get("genusIds")
        if isinstance(genera, list) and text(axiom.get("definedClassId")) in terms:
            terms[text(axiom["definedClassId"])].parents += [text(genus) for genus in genera]
    for equal in objects(graph.get("equivalentNodesSets")):
        ids = [text(id) for id in equal["nodeIds"]] if isinstance(equal.get("nodeIds"), list) else []
        for id in ids:
            if id in terms:
                terms[id].links += [other for other in ids if other != id]


FORMAT = Format("obographs", "OBO Graphs JSON", _sniff, _read, kind=KNOWLEDGE)
