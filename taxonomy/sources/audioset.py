"""AudioSet's ontology and others of its form: a JSON list of classes, each with the ids of its children.

Format: https://github.com/audioset/ontology.  Classes that are abstract or may not be used as labels are read like the
others: they are what the others are under.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import Format, Report, first_line
from taxonomy.sources._json import load, text


def _sniff(path: Path, head: bytes) -> bool:
    return first_line(head).startswith("[") and b'"child_ids"' in head


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    rows = load(path, report)
    if not isinstance(rows, list):
        raise InputError(f"{path.name}: no list of classes; give AudioSet's ontology.json")
    parents: dict[str, list[str]] = {}
    for row in rows:
        for child in _children(row):
            parents.setdefault(child, []).append(text(row.get("id")))
    for index, row in enumerate(rows):
        where = f"{path.name}:[{index}]"
        if not isinstance(row, dict):
            report(where, "not an object with an id and a name")
            continue
        key = text(row.get("id"))
        yield (
            where,
            SourceClass(
                key=key,
                name=text(row.get("name")) or key,
                definition=text(row.get("description")),
                parents=tuple(parents.get(key, ())),
            ),
        )


def _children(row: Any) -> list[str]:
    children = row.get("child_ids") if isinstance(row, dict) else None
    return [text(child) for child in children] if isinstance(children, list) else []


FORMAT = Format("audioset", "an ontology like AudioSet's, JSON with `child_ids`", _sniff, _read, kind=KNOWLEDGE)
