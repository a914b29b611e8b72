"""Search lists for crawlers: one query a line, as JSON or CSV, in one file or in shards.

The columns are those of `taxonomy.export.crawling.queries.Query`: ``concept`` (id), ``query``, ``language`` (BCP 47),
``intent``, ``budget`` (how many images to take; null or empty when no budget was given) and ``safe`` (true or false).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.crawling import shards
from taxonomy.export.crawling.queries import Plan, Query, plan
from taxonomy.export.selection import Selection
from taxonomy.text import counted

_COLUMNS = ("concept", "query", "language", "intent", "budget", "safe")
_LOSES = "hierarchy, definitions, where a name comes from; names not told apart, or that nobody types (counted)"

_Write = Callable[[Iterable[Query], TextIO], int]


def _jsonl(queries: Iterable[Query], out: TextIO) -> int:
    """Write a JSON object a line; return the number of lines."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return sum(out.write(encode(dict(zip(_COLUMNS, query, strict=True))) + "\n") > 0 for query in queries)


def _csv(queries: Iterable[Query], out: TextIO) -> int:
    """Write CSV (RFC 4180, but with line feeds) with a header; return the number of lines, that of the header too."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    rows = [(*query[:-1], "true" if query.safe else "false") for query in queries]
    writer.writerows(rows)
    return 1 + len(rows)


def _writer(write: _Write) -> Callable[[Selection, TextIO], Report]:
    def written(selection: Selection, out: TextIO) -> Report:
        found = plan(selection)
        write(found.queries, out)
        return _report(found)

    return written


def _saver(name: str, write: _Write) -> Callable[[Selection, Path], Report]:
    def saved(selection: Selection, folder: Path) -> Report:
        found, number = plan(selection), selection.options.shards
        shards.save(folder, name, found.queries, number, write)
        return _report(found, f" in {counted(number, 'shard')}")

    return saved


def _report(found: Plan, where: str = "") -> Report:
    queries, concepts = counted(len(found.queries), "query", "queries"), counted(found.concepts, "concept")
    return Report(f"{queries} of {concepts}{where}", found.remarks)


def _exporter(extension: str, form: str, write: _Write) -> Exporter:
    name = f"crawl-{extension}"
    return Exporter(
        name=name,
        summary=f"{form} of search queries: {', '.join(_COLUMNS)}; a folder with --shards",
        loses=_LOSES,
        write=_writer(write),
        divide=_saver(f"crawl.{extension}", write),
        keeps=frozenset({Keeps.SYNONYMS, Keeps.LANGUAGES}),
        takes=frozenset({"languages", "budget", "shards"}),
        crawls=True,
        whole=True,
    )


EXPORTERS = (_exporter("jsonl", "JSON lines", _jsonl), _exporter("csv", "CSV", _csv))
