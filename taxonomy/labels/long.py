"""A table with one label a row: ``image``, ``label`` and perhaps ``confidence``, as CSV, TSV, Parquet or JSON lines.

A row without a label is an image without labels.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import TextIO

import numpy as np

from taxonomy.errors import InputError
from taxonomy.labels import _rows
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink

_IMAGE = ("image", "image_id", "imageid", "path", "file", "filename", "file_name", "image_path", "url")
_LABEL = ("label", "labelname", "label_name", "class", "class_name", "category", "category_name", "category_id", "wnid")
_CONFIDENCE = ("confidence", "score", "probability", "conf")
_KINDS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_KEPT = 1 << 16  # texts of confidences


def _columns(shape: _rows.Shape) -> tuple[str | None, str | None, str | None]:
    return shape.find(*_IMAGE), shape.find(*_LABEL), shape.find(*_CONFIDENCE)


def _sniff(path: Path, head: bytes) -> bool:
    shape = _rows.shape_of(path, head)
    return shape is not None and None not in _columns(shape)[:2]


def _open(path: Path, report: Report) -> _rows.Rows:
    shape = _rows.shape_of(path, _rows.head_of(path))
    if shape is None or None in _columns(shape)[:2]:
        raise InputError(f"{path}: give a table with the columns image and label, and perhaps confidence")
    boxes = shape.find("xmin", "x_min", "bbox") is not None
    return _rows.Rows("long", path, report, _columns(shape), shape, repeats=not boxes)


def _write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    kind = next((suffix for suffix in reversed(path.suffixes) if suffix.lower() in _KINDS), ".csv").lower()
    if kind == ".parquet":
        table = path.with_name(f"{path.name}.rows")
        try:
            with table.open("w", encoding="utf-8", newline="") as out:
                _lines(out, batches, sink, ".csv")
            _rows.to_parquet(table, path)
        finally:
            table.unlink(missing_ok=True)
    elif ".gz" in path.suffixes:
        with gzip.open(path, "wt", compresslevel=6, encoding="utf-8", newline="") as out:
            _lines(out, batches, sink, kind)
    else:
        with path.open("w", encoding="utf-8", newline="") as out:
            _lines(out, batches, sink, kind)
    return []


def _lines(out: TextIO, batches: Iterator[Expanded], sink: Sink, kind: str) -> None:
    """Write a table, from lists of the texts of a batch: each id, reason and confidence is made a text once."""
    text, empty = _QUOTE[kind], _EMPTY.get(kind, "")
    before, then, after, why, end = _GLUE.get(kind, ("", ",", ",", ",", "\n"))
    out.write(_HEADER.get(kind, ""))
    ids, reasons = [empty], [text("")]  # place 0 is of an image without labels
    confidences = {-1.0: empty}
    for expanded in batches:
        batch = expanded.batch
        ids.extend(map(text, sink.ids[len(ids) - 1 :]))
        reasons.extend(map(text, sink.reasons[len(reasons) :]))
        counts = np.diff(batch.starts)
        labels, sure, reason = batch.labels + 1, batch.confidence, expanded.reasons
        if not counts.all():
            places = batch.starts[:-1][counts == 0]
            labels, reason = np.insert(labels, places, 0), np.insert(reason, places, 0)
            sure = np.insert(sure, places, -1)
            counts = np.maximum(counts, 1)
        values = sure.tolist()
        if len(confidences) > _KEPT:
            confidences = {-1.0: empty}
        for value in set(values) - confidences.keys():
            confidences[value] = f"{value:.4g}"
        images = chain.from_iterable(map(repeat, map(text, batch.images), counts.tolist()))
        rows = zip(
            images,
            map(ids.__getitem__, labels.tolist()),
            map(confidences.__getitem__, values),
            map(reasons.__getitem__, reason.tolist()),
            strict=True,
        )
        out.write("".join([f"{before}{i}{then}{label}{after}{c}{why}{r}{end}" for i, label, c, r in rows]))


def _csv(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _tsv(text: str) -> str:
    return _BREAK.sub(" ", text) if _BREAK.search(text) else text


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_SPECIAL = re.compile(r'[,"\r\n]')
_BREAK = re.compile(r"[\t\r\n]")
_QUOTE: dict[str, Callable[[str], str]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _json,
    ".ndjson": _json,
}
_JSON = ('{"image": ', ', "label": ', ', "confidence": ', ', "reason": ', "}\n")
_GLUE = {".tsv": ("", "\t", "\t", "\t", "\n"), ".jsonl": _JSON, ".ndjson": _JSON}
_EMPTY = {".jsonl": "null", ".ndjson": "null"}
_HEADER = {".csv": "image,label,confidence,reason\n", ".tsv": "image\tlabel\tconfidence\treason\n"}

FORMAT = LabelFormat("long", _sniff, _open, _write, (*_KINDS, ".gz"))
