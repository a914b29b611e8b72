"""A nested JSON tree, ``{"id", "name", "children"}``, as d3-hierarchy and tree views of web pages take it.

Every concept is in it once: under the parent that keeps most of its ancestors (`taxonomy.export.tree`).  Where several
concepts have nothing above them, they are the children of an object without id.
"""

from __future__ import annotations

import json
from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Graph
from taxonomy.export.selection import Selection
from taxonomy.export.tree import measure
from taxonomy.text import counted


def _write(selection: Selection, out: TextIO) -> Report:
    graph = Graph(selection)
    names = dict(selection.taxonomy.execute("SELECT key, name FROM concept"))
    states = selection.states()
    tree = selection.hierarchy.tree(graph.kept)
    children: dict[int | None, list[int]] = {}
    for key, parent in tree.items():
        children.setdefault(parent, []).append(key)
    roots = children[None]
    if len(roots) > 1:
        out.write('{"id": null, "name": "taxonomy", "children": [')
    # What is to be written, last first: a concept, or what comes between and after concepts.
    stack: list[int | str] = _listed(roots)
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.write(item)
            continue
        about = json.dumps({"id": graph.ids[item], "name": names[item], "visual": states.get(item)}, ensure_ascii=False)
        if item in children:
            out.write(f'\n{about[:-1]}, "children": [')
            stack += ["]}", *_listed(children[item])]
        else:
            out.write(f"\n{about}")
    out.write("]}\n" if len(roots) > 1 else "\n")
    loss = measure(tree, selection.hierarchy)
    lost = f"one parent a concept: {loss.lost:,} of {loss.pairs:,} pairs with a concept above lost"
    return Report(counted(len(tree), "concept"), (lost, *graph.remarks()), loss)


def _listed(keys: list[int]) -> list[int | str]:
    """Return concepts with commas between them, last first."""
    found: list[int | str] = []
    for key in reversed(keys):
        found += [key, ","]
    return found[:-1]


EXPORTERS = (
    Exporter(
        name="json-tree",
        summary="nested JSON of id, name, visual and children: each concept once, under one parent",
        loses="all parents but one (counted), definitions, other names and ids, parts, datasets",
        write=_write,
        keeps=frozenset({Keeps.MARKS}),
        whole=True,
    ),
)
