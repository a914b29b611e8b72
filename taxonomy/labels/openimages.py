"""OpenImages' tables: ``ImageID,Source,LabelName,Confidence``, and the same with a box a row.

A confidence of 0 is of a label that somebody looked for in vain, 1 of one that somebody saw; between is a machine's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from taxonomy.errors import InputError
from taxonomy.labels import _rows
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.sources._format import MID

_COLUMNS = ("ImageID", "Source", "LabelName", "Confidence")
_BELOW_SURE = 0.9999  # a machine's confidence does not contradict a person who looked in vain
_ADDED = "expansion"
_UNKNOWN = "unknown"

_Row = tuple[Any, ...]  # label, confidence, and the other columns


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
        self.source = next((n for n, column in enumerate(self.others, 2) if column.lower() == "source"), None)
        self.boxes = "xmin" in lower
        self.blank: _Row = ("", 0, *("" for _ in self.others))
        rows = _read(source, lambda _where, _what: None, others=self.others).groups() if source is not None else None
        self._groups = rows or iter(())

    def of(self, image: str, placed: Mapping[str, int]) -> dict[int, list[_Row]]:
        """Return the rows of an image, as `Rows.groups` gives them, by the position of the label that is written.

        Images come in the order of the file, so it is read once.
        """
        found: dict[int, list[_Row]] = {}
        for name, rows in self._groups:
            if name == image:
                for row in rows:
                    if row[0] in placed:
                        found.setdefault(placed[row[0]], []).append(row)
                break
        return found

    def rows(self, image: str, id: str, confidence: str, who: str, rows: Iterable[_Row]) -> Iterator[_Row]:
        """Yield what is written of a label, for each of the rows that it has; by ``who``, or by whom the row names."""
        for row in rows:
            by = who or (row[self.source] if self.source is not None else _UNKNOWN)
            yield self.row((image, by, id, confidence, *row[2:]))


def _write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    kept = _Kept(source)
    lineage = _Lineage(sink)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(kept.columns)
        for expanded in batches:
            lineage.update()
            writer.writerows(_lines(expanded, kept, lineage, sink))
    return []


def _lines(expanded: Expanded, kept: _Kept, lineage: _Lineage, sink: Sink) -> Iterator[_Row]:
    batch, ids = expanded.batch, lineage.ids
    labels, sure, why = batch.labels.tolist(), batch.confidence.tolist(), expanded.reasons.tolist()
    starts = batch.starts.tolist()
    for image, start, end in zip(batch.images, starts, starts[1:], strict=False):
        given = kept.of(image, sink.placed)
        for n in range(start, end):
            label, confidence = labels[n], f"{sure[n]:.4g}"
            if not why[n]:
                rows = [row for row in given.get(label, []) if (row[1] == 0) == (sure[n] == 0)]
                who = "" if rows else _UNKNOWN
                if len(rows) > 1 and not kept.boxes:  # several said so: who was as sure
                    rows = [row for row in rows if abs(row[1] - sure[n]) < 1e-4][:1] or rows[:1]
                yield from kept.rows(image, ids[label], confidence, who, rows or [kept.blank])
            else:
                rows = []
                if kept.boxes:
                    reasons = dict(zip(labels[start:end], why[start:end], strict=True))
                    rows = given.get(lineage.seen(label, reasons), [])
                yield from kept.rows(image, ids[label], confidence, _ADDED, rows or [kept.blank])


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

    def seen(self, label: int, reasons: Mapping[int, int]) -> int:
        """Return the label of the file that an added one is an ancestor of, where its boxes are; -1 where it is none.

        Args:
            label: that was added to an image.
            reasons: of all labels of the image.
        """
        for _ in reasons:  # what a rule adds is somewhere in the image, and so is what is above that
            if not reasons.get(label):
                break
            label = self.below[reasons[label]]
        return label


FORMAT = LabelFormat("openimages", _sniff, _open, _write, (".csv",))
