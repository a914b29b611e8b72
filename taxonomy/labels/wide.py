"""A table with one image a line: ``image`` and ``labels`` with ``|`` between them, as CSV or TSV.

``confidence`` and ``reason`` are lists as long as ``labels``; ``absent`` lists what was looked for and is not there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np

from taxonomy.errors import InputError
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.labels._settle import Settler
from taxonomy.labels.batch import IMAGES, Batch, Label
from taxonomy.sources._format import first_line
from taxonomy.sources._packed import text_lines

_IMAGE = ("image", "image_id", "imageid", "path", "file", "filename")
_LABELS = ("labels", "positive", "positives", "positive_mids", "tags")
_ABSENT = ("absent", "negative", "negatives", "negative_mids")


class Wide:
    """An open table; see `taxonomy.labels.batch.Annotations`."""

    format = "wide"

    def __init__(self, path: Path, report: Report) -> None:
        self.labels: list[Label] = []
        self._path, self._report = path, report
        self._codes: dict[str, int] = {}

    def batches(self) -> Iterator[Batch]:
        """Yield the images in the file's order."""
        settler = Settler(self._path.name, self.labels, self._report)
        lines = text_lines(self._path, self._report)
        columns, separator = _columns(next(lines, (1, ""))[1])
        rows = _quoted(lines) if separator == "," else ((number, line.split("\t")) for number, line in lines)
        while block := list(islice(rows, IMAGES)):
            yield settler.settle(self._batch(block, columns))
        settler.end()

    def _batch(self, block: Sequence[tuple[int, list[str]]], columns: tuple[int, int, int, int]) -> Batch:
        image, labels, absent, confidence = columns
        images: list[str] = []
        counts: list[int] = []
        parts: list[list[str]] = []
        values: list[list[float]] = []
        for number, row in block:
            if len(row) <= max(image, labels):
                if row != [""] and row:
                    self._report(f"{self._path.name}:{number}", "the line has too few fields")
                continue
            present = row[labels].split("|") if row[labels] else []
            sure = [1.0] * len(present)
            if 0 <= confidence < len(row) and row[confidence]:
                sure = self._confidences(row[confidence], present, number)
            missing = row[absent].split("|") if 0 <= absent < len(row) and row[absent] else []
            images.append(row[image])
            counts.append(len(present) + len(missing))
            parts.append(present + missing)
            values.append(sure + [0.0] * len(missing))
        known = self._codes
        keys = list(chain.from_iterable(parts))
        for key in dict.fromkeys(keys):
            if key not in known:
                known[key] = len(self.labels)
                self.labels.append(Label(key, key))
        return Batch(
            images,
            np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
            np.fromiter(map(known.__getitem__, keys), np.int32, len(keys)),
            np.fromiter(chain.from_iterable(values), np.float32, len(keys)),
        )

    def _confidences(self, text: str, labels: list[str], number: int) -> list[float]:
        where = f"{self._path.name}:{number}"
        try:
            found = [float(part) for part in text.split("|")]
        except ValueError:
            found = []
        if len(found) != len(labels) or not all(0 <= value <= 1 for value in found):
            self._report(where, "needs a confidence from 0 to 1 for each label; taken as 1")
            return [1.0] * len(labels)
        return found


def _quoted(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV with the number of the line where each ends."""
    number = 1

    def texts() -> Iterator[str]:
        nonlocal number
        for number, line in lines:  # noqa: B007 - the rows have the number
            yield line

    for row in csv.reader(texts()):
        yield number, row


def _columns(header: str) -> tuple[tuple[int, int, int, int], str]:
    """Return the places of image, labels, absent and confidence (-1 where there is none), and the separator."""
    separator = "\t" if "\t" in header else ","
    names = [name.strip().strip('"').lower() for name in header.rstrip("\r\n").split(separator)]
    found = [next((names.index(n) for n in group if n in names), -1) for group in (_IMAGE, _LABELS, _ABSENT)]
    place = names.index("confidence") if "confidence" in names else -1
    return (found[0], found[1], found[2], place), separator


def _sniff(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return False
    places, _ = _columns(first_line(head))
    return min(places[0], places[1]) >= 0


def _write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("image\tlabels\tconfidence\treason\tabsent\n")
        for expanded in batches:
            batch = expanded.batch
            ids = [sink.ids[code] for code in batch.labels.tolist()]
            sure = [f"{value:.4g}" for value in batch.confidence.tolist()]
            why = [sink.reasons[place] for place in expanded.reasons.tolist()]
            starts = batch.starts.tolist()
            for image, start, end in zip(batch.images, starts, starts[1:], strict=False):
                there = [i for i in range(start, end) if sure[i] != "0"]
                absent = [ids[i] for i in range(start, end) if sure[i] == "0"]
                cells = ("|".join(part[i] for i in there) for part in (ids, sure, why))
                out.write("\t".join((image, *cells, "|".join(absent))) + "\n")
    return []


def _open(path: Path, report: Report) -> Wide:
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty; give a table with the columns image and labels")
    return Wide(path, report)


FORMAT = LabelFormat("wide", "a CSV or TSV with the columns image and labels, which | parts", _sniff, _open, _write)
