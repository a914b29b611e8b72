"""Tables for data frames and databases, as CSV or Parquet: a folder of ``nodes``, ``edges``, ``names`` and ``classes``.

``child``, ``parent`` and ``concept`` are ids of ``nodes``.  ``index`` is the concept's place in other exports of the
same choice, and empty for what is only above the chosen concepts.  CSV is that of RFC 4180 in UTF-8 with line feeds;
what is not known is empty there, and NULL in Parquet.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

from taxonomy.export._format import Keeps, PathExporter, Report
from taxonomy.export.knowledge._graph import Graph
from taxonomy.export.selection import Selection
from taxonomy.text import counted

_TABLES = {
    "nodes": ("id", "index", "name", "definition", "lexfile", "visual", "safety", "source"),
    "edges": ("child", "parent", "kind", "source", "method", "confidence"),
    "names": ("concept", "name", "language", "kind", "source"),
    "classes": ("dataset", "key", "name", "concept", "relation", "method", "confidence"),
}
_TYPES = {"index": "INTEGER", "confidence": "DOUBLE"}  # others are texts


def _csv(selection: Selection, path: Path) -> Report:
    graph = Graph(selection)
    path.mkdir()
    counts: dict[str, int] = {}
    for table, columns in _TABLES.items():
        with (path / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(columns)
            counts[table] = 0
            for row in _rows(graph, table):
                writer.writerow(row)
                counts[table] += 1
    names, classes = counted(counts["names"], "name"), counted(counts["classes"], "class", "classes")
    return Report(f"{graph.wrote(counts['edges'])}, {names} and {classes}", graph.remarks())


def _parquet(selection: Selection, path: Path) -> Report:
    import duckdb

    path.mkdir()
    work = path / "csv"
    report = _csv(selection, work)
    with duckdb.connect(config={"threads": 1}) as connection:
        for table, columns in _TABLES.items():
            rows = connection.read_csv(
                str(work / f"{table}.csv"),
                dtype={column: _TYPES.get(column, "VARCHAR") for column in columns},
                header=True,
                quotechar='"',
                escapechar='"',
                na_values="",
            )
            rows.write_parquet(str(path / f"{table}.parquet"), compression="zstd")
    rmtree(work)
    return report


def _rows(graph: Graph, table: str) -> Iterable[tuple[Any, ...]]:
    sources = {origin.position: origin.name for origin in graph.origins()}
    return {"nodes": _nodes, "edges": _edges, "names": _names, "classes": _classes}[table](graph, sources)


def _nodes(graph: Graph, sources: dict[int, str]) -> Iterator[tuple[Any, ...]]:
    indexes = {key: index for index, key in enumerate(graph.selection.concepts)}
    for node in graph.nodes():
        place, source = indexes.get(node.key), sources.get(node.source)
        yield node.id, place, node.name, node.definition, node.lexfile, node.state, node.safety, source


def _edges(graph: Graph, sources: dict[int, str]) -> Iterator[tuple[Any, ...]]:
    for key, edges in graph.edges():
        for edge in edges:
            source = sources.get(-1 if edge.source is None else edge.source)
            yield graph.ids[key], graph.ids[edge.parent], edge.kind, source, edge.method, edge.confidence


def _names(graph: Graph, sources: dict[int, str]) -> Iterator[tuple[Any, ...]]:
    for node in graph.nodes():
        for name in node.names:
            yield node.id, name.text, name.language, name.kind, sources.get(name.source)


def _classes(graph: Graph, sources: dict[int, str]) -> Iterator[tuple[Any, ...]]:
    for link in graph.links():
        where = sources.get(link.source), link.key, link.name, graph.ids[link.concept]
        yield *where, link.relation, link.method, link.confidence


_LOSES = "other ids, the score of marks, classes that are unplaced"
_KEEPS = frozenset(Keeps)

EXPORTERS = (
    PathExporter(
        name="csv",
        summary="folder of CSV tables: nodes, edges, names, classes",
        loses=_LOSES,
        folder=True,
        save=_csv,
        keeps=_KEEPS,
        whole=True,
    ),
    PathExporter(
        name="parquet",
        summary="folder of Parquet tables: nodes, edges, names, classes",
        loses=_LOSES,
        folder=True,
        save=_parquet,
        keeps=_KEEPS,
        whole=True,
    ),
)
