"""OpenImages' tables: ``ImageID,Source,LabelName,Confidence``, and the same with a box a row.

A confidence of 0 is of a label that somebody looked for in vain, 1 of one that somebody saw; between is a machine's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.labels import _rows
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.sources._format import MID

_COLUMNS = ("ImageID", "Source", "LabelName", "Confidence")
_BELOW_SURE = 0.9999  # a machine's confidence does not contradict a person who looked in vain
_ADDED = "expansion"
_UNKNOWN = "unknown"

_Row = tuple[str, ...]


def _columns(shape: _rows.Shape) -> tuple[str | None, str | None, str | None]:
    return shape.find("imageid"), shape.find("labelname"), shape.find("confidence")


def _sniff(path: Path, head: bytes) -> bool:
    shape = _rows.shape_of(path, head)
    if shape is None or shape.kind != "csv" or None in _columns(shape)[:2]:
        return False
    return bool(shape.find("source", "confidence"))


def _read(path: Path, report: Report, *, others: Sequence[str] = ()) -> _rows.Rows:
    shape = _shape(path)
    boxes = shape.find("xmin") is not None
    columns = _columns(shape)
    return _rows.Rows("openimages", path, report, columns, shape, others=others, sure=_BELOW_SURE, repeats=not boxes)


def _shape(path: Path) -> _rows.Shape:
    shape = _rows.shape_of(path, _rows.head_of(path))
    if shape is None or shape.kind != "csv" or None in _columns(shape)[:2]:
        raise InputError(f"{path}: give a CSV with the columns {', '.join(_COLUMNS)}")
    return shape


def _open(path: Path, report: Report) -> _rows.Rows:
    return _read(path, report)


class _Kept:
    """What the file that was read says of each label beside its confidence: who gave it, and boxes."""

    def __init__(self, source: Path | None) -> None:
        columns = _COLUMNS if source is None else _shape(source).columns
        lower = {column.lower() for column in columns}
        self.columns = (*columns, *(column for column in _COLUMNS if column.lower() not in lower))
        used = {column.lower() for column in _COLUMNS} - {"source"}
        self.others = [column for column in columns if column.lower() not in used]
        fixed = {column.lower(): place for place, column in enumerate(_COLUMNS)}
        fixed |= {
            column.lower(): len(_COLUMNS) + n for n, column in enumerate(self.others) if column.lower() not in fixed
        }
        self.row = itemgetter(*(fixed[column.lower()] for column in self.columns))
        self.source = next((n for n, column in enumerate(self.others) if column.lower() == "source"), None)
        self.boxes = "xmin" in lower
        self.blank = ("",) * len(self.others)
        rows = _read(source, lambda _where, _what: None, others=self.others).groups() if source is not None else None
        self._groups = rows or iter(())

    def of(self, image: str, placed: Mapping[str, int]) -> dict[int, list[tuple[float, _Row]]]:
        """Return confidence and other columns of the rows of an image, by the position of the label that is written.

        Images come in the order of the file, so it is read once.
        """
        found: dict[int, list[tuple[float, _Row]]] = {}
        for name, rows in self._groups:
            if name != image:
                continue
            for label, confidence, *others in rows:
                position = placed.get(label or "")
                if position is not None:
                    found.setdefault(position, []).append((float(confidence or 0), tuple(o or "" for o in others)))
            break
        return found


def _write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    kept = _Kept(source)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(kept.columns)
        lineage = _Lineage(sink)
        for expanded in batches:
            batch = expanded.batch
            lineage.update()
            labels, sure, why = batch.labels.tolist(), batch.confidence.tolist(), expanded.reasons.tolist()
            starts = batch.starts.tolist()
            for image, start, end in zip(batch.images, starts, starts[1:], strict=False):
                given = kept.of(image, sink.placed) if source is not None else {}
                reasons = dict(zip(labels[start:end], why[start:end], strict=True))
                for n in range(start, end):
                    label = labels[n]
                    for who, others in _others(kept, given, lineage, label, reasons, sure[n]):
                        writer.writerow(kept.row((image, who, lineage.ids[label], f"{sure[n]:.4g}", *others)))
    return []


def _others(
    kept: _Kept,
    given: Mapping[int, list[tuple[float, _Row]]],
    lineage: _Lineage,
    label: int,
    reasons: Mapping[int, int],
    confidence: float,
) -> list[tuple[str, _Row]]:
    """Return who says so, and the other columns, for each row of a label: one, or one for each of its boxes."""
    added = reasons[label] != 0
    origin = label
    for _ in reasons:  # an ancestor is where the label below it is; what a rule adds is somewhere
        if not reasons.get(origin):
            break
        origin = lineage.below[reasons[origin]]
    rows = given.get(origin, [])
    if added:
        boxes = [row for _, row in rows] if kept.boxes else []
        return [(_ADDED, row) for row in boxes] or [(_ADDED, kept.blank)]
    if not kept.boxes:  # several said so: who was as sure
        rows = [entry for entry in rows if abs(entry[0] - confidence) < 1e-4][:1] or rows[:1]
    who = kept.source
    return [(_UNKNOWN if who is None else row[who], row) for _, row in rows] or [(_UNKNOWN, kept.blank)]


class _Lineage:
    """The label that each reason names as the one below an ancestor (-1 for other reasons), and ids as MIDs."""

    def __init__(self, sink: Sink) -> None:
        self.below: list[int] = []
        self.ids: list[str] = []
        self._sink = sink
        self._positions: dict[str, int] = {}

    def update(self) -> None:
        """Take up what has come since."""
        for id in self._sink.ids[len(self.ids) :]:
            self._positions[id] = len(self.ids)
            bare = id.removeprefix("mid:")
            self.ids.append(bare if MID.fullmatch(bare) else id)
        for reason in self._sink.reasons[len(self.below) :]:
            below = reason.removeprefix("ancestor of ") if reason.startswith("ancestor of ") else ""
            self.below.append(self._positions.get(below, -1))


FORMAT = LabelFormat(
    "openimages",
    "OpenImages' CSV with the columns ImageID, Source, LabelName and Confidence, perhaps with boxes",
    _sniff,
    _open,
    _write,
)
