"""GraphML and Graphviz's DOT: the graph for tools that draw and measure; edges go from parents to children."""

from __future__ import annotations

import re
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from taxonomy.concept import EdgeKind
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Graph
from taxonomy.export.knowledge._syntax import xml_text
from taxonomy.export.selection import Selection

_NODE = ("name", "definition", "lexfile", "visual", "safety")
_EDGE = {"kind": "string", "source": "string", "confidence": "double"}
_STYLES: dict[str, str] = {
    EdgeKind.IS_A: "",
    EdgeKind.INSTANCE_OF: ' [style=dashed, label="instance"]',
    EdgeKind.PART_OF: ' [style=dotted, label="part"]',
    EdgeKind.MEMBER_OF: ' [style=dotted, label="member"]',
}
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def _graphml(selection: Selection, out: TextIO) -> Report:
    graph = Graph(selection)
    sources = {origin.position: origin.name for origin in graph.origins()}
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    for name in _NODE:
        out.write(f'<key id="{name}" for="node" attr.name="{name}" attr.type="string"/>\n')
    for name, kind in _EDGE.items():
        out.write(f'<key id="{name}" for="edge" attr.name="{name}" attr.type="{kind}"/>\n')
    out.write('<graph edgedefault="directed">\n')
    for node in graph.nodes():
        values = zip(_NODE, (node.name, node.definition, node.lexfile, node.state, node.safety), strict=True)
        data = "".join(f'<data key="{name}">{escape(xml_text(value))}</data>' for name, value in values if value)
        out.write(f"<node id={_quoted(node.id)}>{data}</node>\n")
    number = 0
    for key, edges in graph.edges():
        child = _quoted(graph.ids[key])
        for edge in edges:
            number += 1
            data = f'<data key="kind">{edge.kind}</data>'
            if edge.source in sources:
                data += f'<data key="source">{escape(sources[edge.source])}</data>'
                data += f'<data key="confidence">{edge.confidence}</data>'
            out.write(f"<edge source={_quoted(graph.ids[edge.parent])} target={child}>{data}</edge>\n")
    out.write("</graph>\n</graphml>\n")
    return Report(graph.wrote(number), graph.remarks())


def _quoted(id: str) -> str:
    return quoteattr(xml_text(id))


def _dot(selection: Selection, out: TextIO) -> Report:
    graph = Graph(selection)
    out.write("digraph taxonomy {\nrankdir=LR;\nnode [shape=box];\n")
    for node in graph.nodes():
        out.write(f"{_string(node.id)} [label={_string(node.name)}];\n")
    number = 0
    for key, edges in graph.edges():
        child = _string(graph.ids[key])
        for edge in edges:
            number += 1
            out.write(f"{_string(graph.ids[edge.parent])} -> {child}{_STYLES.get(edge.kind, '')};\n")
    out.write("}\n")
    return Report(graph.wrote(number), graph.remarks())


def _string(text: str) -> str:
    """Return a text as DOT has strings: only the quote is escaped, and a backslash, which begins escapes of labels."""
    text = _BREAKS.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


_LOSES = "names but the preferred one, other ids and languages, which classes of datasets are a concept"

EXPORTERS = (
    Exporter(
        name="graphml",
        summary="GraphML: concepts with definitions and marks, edges of all kinds, from parents to children",
        loses=_LOSES,
        write=_graphml,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.DEFINITIONS, Keeps.PARTS, Keeps.MARKS, Keeps.SOURCES}),
        whole=True,
    ),
    Exporter(
        name="dot",
        summary="Graphviz's DOT, to draw a part of the taxonomy; choose one with --root or --datasets",
        loses=f"{_LOSES}, definitions, marks, sources",
        write=_dot,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.PARTS}),
        whole=True,
    ),
)
