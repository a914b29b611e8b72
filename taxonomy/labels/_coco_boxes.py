"""The boxes of a COCO file, image by image, and a COCO file of the boxes of another format."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import numpy as np

from taxonomy.labels import _coco_written
from taxonomy.labels._boxes import Box, Losses, Picture
from taxonomy.labels._coco_parts import Ids, Texts, category_key, image_name, in_order, segments
from taxonomy.labels._format import Expanded, Report, Sink
from taxonomy.labels._gather import confidence
from taxonomy.labels._members import items

_ROW = np.dtype(
    [("image", np.int64), ("category", np.int32), ("box", np.float64, 4), ("sure", np.float32), ("is", "u1")]
)
_CROWD, _OUTLINE = 1, 2
_BLOCK = 1 << 16


def pictures(path: Path) -> Iterator[Picture]:
    """Yield the boxes of each image, in the order of the batches of the file."""
    table = _Table(path)
    order = np.argsort(table.rows["image"], kind="stable")
    rows = table.rows[order]
    places = in_order(table.images)
    keys = np.frombuffer(table.images, np.int64)[places]
    begins, ends = (np.searchsorted(rows["image"].copy(), keys, side) for side in ("left", "right"))
    for place, key, begin, end in zip(*(one.tolist() for one in (places, keys, begins, ends)), strict=True):
        found = rows[begin:end]
        known = np.isfinite(found["box"]).all(axis=1)
        boxes = [
            Box(table.keys[category], x, y, w, h, None if math.isnan(sure) else sure, bool(flags & _CROWD))
            for _, category, (x, y, w, h), sure, flags in found[known].tolist()
        ]
        name = table.names[place] if len(table.names) else table.ids.text(key)
        width, height = table.sizes[2 * place : 2 * place + 2] if len(table.names) else (0, 0)
        outlines = int(np.count_nonzero(found["is"][known] & _OUTLINE))
        lost = [table.keys[category] for category in found["category"][~known].tolist()]
        yield Picture(name, int(width), int(height), boxes, lost, outlines)


class _Table:
    """What a file says, as arrays: an object for each of a million boxes would take a gigabyte."""

    def __init__(self, path: Path) -> None:
        self.ids, self.names = Ids(), Texts()
        self.images, self.sizes = array("q"), array("q")
        self.keys: list[str] = []
        self._codes: dict[Any, int] = {}
        self._blocks: list[np.ndarray[Any, Any]] = []
        self._waiting: list[tuple[Any, ...]] = []
        named: dict[Any, str] = {}
        for member, index, value, _ in items(path, lambda where, what: None):
            if index < 0 or not isinstance(value, dict):
                continue
            if member == "images" and (key := self.ids.key(value.get("id"))) is not None:
                self.images.append(key)
                self.names.append(image_name(value))
                self.sizes.extend(map(_pixels, (value.get("width"), value.get("height"))))
            elif member == "categories" and isinstance(value.get("id"), int | str):
                named.setdefault(value["id"], category_key(value))
            elif member in ("annotations", ""):
                self._annotation(value)
        self._pack()
        self.rows = np.concatenate(self._blocks)
        self.keys = [named.get(id, str(id)) for id in self._codes]
        if not len(self.images):
            self.images = array("q", self.rows["image"].tobytes())

    def _annotation(self, annotation: dict[str, Any]) -> None:
        key = self.ids.key(annotation.get("image_id"))
        score = confidence(annotation.get("score", 1.0))
        if key is None or score == 0:
            return
        sure = score if "score" in annotation and score is not None else math.nan
        for one in segments(annotation) if "segments_info" in annotation else (annotation,):
            category = one.get("category_id")
            if not isinstance(category, int | str):
                continue
            flags = _CROWD * (one.get("iscrowd") == 1) | _OUTLINE * bool(one.get("segmentation"))
            code = self._codes.setdefault(category, len(self._codes))
            self._waiting.append((key, code, _corners(one.get("bbox")), sure, flags))
            if len(self._waiting) == _BLOCK:
                self._pack()

    def _pack(self) -> None:
        self._blocks.append(np.array(self._waiting, _ROW))
        self._waiting.clear()


def _corners(box: Any) -> tuple[float, ...]:
    fine = isinstance(box, list) and len(box) == 4 and all(isinstance(one, int | float) for one in box)
    return tuple(box) if fine and min(box[2:]) >= 0 else (math.nan,) * 4


def _pixels(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < 1 << 31 else 0


def write_boxes(
    path: Path, expanded: Iterator[Expanded], sink: Sink, found: Iterator[Picture], report: Report
) -> list[str]:
    """Write the boxes of another format as a COCO file, and that again with what was added, as any other."""
    losses = Losses()
    with TemporaryDirectory(prefix="taxonomy-") as folder:
        plain = Path(folder, "boxes.json")
        with plain.open("w", encoding="utf-8", errors="backslashreplace") as out:
            _write_plain(_coco_written.Document(out), found, losses)
        return [*_coco_written.write(path, expanded, sink, plain), *losses.remarks()]


def _write_plain(document: _coco_written.Document, found: Iterator[Picture], losses: Losses) -> None:
    numbers: dict[str, int] = {}
    with TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as apart:
        count = 0
        for image, picture in enumerate(found, 1):
            losses.take(picture)
            size = {"width": picture.width, "height": picture.height} if picture.width else {}
            document.item("images", json.dumps({"id": image, "file_name": picture.image} | size))
            for box in picture.boxes:
                count += 1
                category = numbers.setdefault(box.key, len(numbers) + 1)
                corners = [round(value, 2) for value in box[1:5]]
                row = {"id": count, "image_id": image, "category_id": category, "bbox": corners}
                row |= {"area": round(box.width * box.height, 2), "segmentation": [], "iscrowd": int(box.crowd)}
                apart.write(json.dumps(row if box.sure is None else row | {"score": round(box.sure, 6)}) + "\n")
        apart.seek(0)
        for line in apart:
            document.item("annotations", line.rstrip("\n"))
    for key, number in numbers.items():
        document.item("categories", json.dumps({"id": number, "name": key, "concept": key}))
    document.close()
