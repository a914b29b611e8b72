"""A table with one image a line: ``image`` and ``labels`` with ``|`` between them, as CSV or TSV.

``confidence`` and ``reason`` are lists as long as ``labels``; ``absent`` lists what was looked for and is not there.
A second line of an image is a bad row, see `taxonomy.labels._once`; in a long table the labels of one may be apart.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice, pairwise, repeat
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from taxonomy.errors import InputError
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.labels._once import Once
from taxonomy.labels._rows import head_of
from taxonomy.labels._settle import Settler
from taxonomy.labels.batch import IMAGES, Batch, Label
from taxonomy.sources._format import first_line
from taxonomy.sources._packed import text_lines
from taxonomy.text import counted

_IMAGE = ("image", "image_id", "imageid", "path", "file", "filename")
_LABELS = ("labels", "positive", "positives", "positive_mids", "tags")
_ABSENT = ("absent", "negative", "negatives", "negative_mids")
_MOST_KEPT = 1 << 16  # texts
_LONGEST = 1 << 22  # characters of a cell
_PARTS = {ord(part): " " for part in "|\t\n\r"}


class Wide:
    """An open table; see `taxonomy.labels.batch.Annotations`."""

    format = "wide"

    def __init__(self, path: Path, report: Report) -> None:
        self.labels: list[Label] = []
        self._path, self._report = path, report
        self._codes: dict[str, int] = {}

    def batches(self) -> Iterator[Batch]:
        """Yield the images in the file's order."""
        settler = Settler(self._path.name, self._report)
        once = Once(self._path.name, self._report).once
        lines = text_lines(self._path, self._report)
        columns, width, separator = _columns(next(lines, (1, ""))[1])
        if separator == ",":
            rows = self._quoted(lines)
            while block := list(islice(rows, IMAGES)):
                yield settler.settle(once(*self._batch(block, columns)))
        else:
            while some := list(islice(lines, IMAGES)):
                found = self._regular([line for _, line in some], columns, width)
                batch, numbers = (found, [n for n, _ in some]) if found else self._split(some, columns)
                yield settler.settle(once(batch, numbers))
        settler.end()

    def _regular(self, lines: list[str], columns: tuple[int, int, int, int], width: int) -> Batch | None:
        """Return a batch of lines that have all fields, column by column; None when some line needs a closer look."""
        if set(map(str.count, lines, repeat("\t"))) != {width - 1}:
            return None
        flat = "\t".join(lines).split("\t")
        image, labels, absent, confidence = columns
        present = flat[labels::width]
        cells = [present] if absent < 0 else [present, flat[absent::width]]
        counts = [np.array(list(map(str.count, column, repeat("|")))) + list(map(bool, column)) for column in cells]
        sure = np.ones(int(counts[0].sum()), np.float32)
        if confidence >= 0:
            told = flat[confidence::width]
            if [cell.count("|") for cell in told] != [cell.count("|") for cell in present]:
                return None
            try:
                values = list(map(_FLOATS.__getitem__, "|".join(filter(None, told)).split("|"))) if any(told) else []
            except ValueError:
                return None
            exact = np.array(values, np.float64)
            if len(exact) != len(sure) or not ((exact >= 0) & (exact <= 1)).all():  # which NaN is not, either
                return None
            sure = exact.astype(np.float32)
        codes = self._coded("|".join(filter(None, present)).split("|") if len(sure) else [])
        starts = np.concatenate([[0], np.cumsum(np.sum(counts, axis=0))])
        if absent >= 0 and any(cells[1]):
            missing = self._coded("|".join(filter(None, cells[1])).split("|"))
            order = np.argsort(
                np.concatenate([np.repeat(np.arange(len(lines)), count) for count in counts]), kind="stable"
            )
            codes = np.concatenate([codes, missing])[order]
            sure = np.concatenate([sure, np.zeros(len(missing), np.float32)])[order]
        return Batch(flat[image::width], starts, codes, sure)

    def _coded(self, keys: list[str]) -> NDArray[np.int32]:
        known = self._codes
        try:
            return np.array(list(map(known.__getitem__, keys)), np.int32)
        except KeyError:
            for key in dict.fromkeys(keys):
                if key not in known:
                    known[key] = len(self.labels)
                    self.labels.append(Label(key, key))
            return np.array(list(map(known.__getitem__, keys)), np.int32)

    def _split(self, lines: list[tuple[int, str]], columns: tuple[int, int, int, int]) -> tuple[Batch, list[int]]:
        return self._batch([(number, line.split("\t")) for number, line in lines], columns)

    def _batch(
        self, block: Sequence[tuple[int, list[str]]], columns: tuple[int, int, int, int]
    ) -> tuple[Batch, list[int]]:
        """Return the batch of some rows, and the number of the line of each image."""
        image, labels, absent, confidence = columns
        images: list[str] = []
        numbers: list[int] = []
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
            numbers.append(number)
            counts.append(len(present) + len(missing))
            parts.append(present + missing)
            values.append(sure + [0.0] * len(missing))
        batch = Batch(
            images,
            np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
            self._coded(list(chain.from_iterable(parts))),
            np.fromiter(chain.from_iterable(values), np.float32),
        )
        return batch, numbers

    def _quoted(self, lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a CSV with the number of the line where each ends.

        What is no row costs only its first line: a quote that is not closed would take all that follows with it.
        """
        csv.field_size_limit(_LONGEST)
        ahead: deque[tuple[int, str]] = deque()  # lines to read once more
        used: list[tuple[int, str]] = []  # lines of the row

        def texts() -> Iterator[str]:
            while line := ahead.popleft() if ahead else next(lines, None):
                used.append(line)
                yield line[1]

        while True:
            try:
                for row in csv.reader(texts(), strict=True):
                    yield used[-1][0], row
                    used.clear()
                return
            except csv.Error as error:
                self._report(f"{self._path.name}:{used[0][0]}", f"no row of a CSV ({error}); the line is left out")
                ahead.extendleft(reversed(used[1:]))
                used.clear()

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


class _Floats(dict[str, float]):
    """Numbers by their text; a file repeats the same ones."""

    def __missing__(self, text: str) -> float:
        value = float(text)
        if len(self) < _MOST_KEPT:
            self[text] = value
        return value


_FLOATS = _Floats()


def _columns(header: str) -> tuple[tuple[int, int, int, int], int, str]:
    """Return the places of image, labels, absent and confidence (-1 where there is none); columns; the separator."""
    separator = "\t" if "\t" in header else ","
    names = [name.strip().strip('"').lower() for name in header.rstrip("\r\n").split(separator)]
    found = [next((names.index(n) for n in group if n in names), -1) for group in (_IMAGE, _LABELS, _ABSENT)]
    place = names.index("confidence") if "confidence" in names else -1
    return (found[0], found[1], found[2], place), len(names), separator


def _sniff(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return False
    places, _, _ = _columns(first_line(head))
    return min(places[0], places[1]) >= 0


def _write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    ids, reasons = _Texts(sink.ids), _Texts(sink.reasons)
    sure = _Runs(lambda bits: f"{np.int32(bits).view(np.float32):.4g}".encode())
    why = _Runs(lambda code: reasons.plain(code))
    with path.open("wb") as out:
        lines = _Csv(out) if path.suffix.lower() == ".csv" else _Tsv(out)
        lines.write([[name] for name in (b"image", b"labels", b"confidence", b"reason", b"absent")])
        for expanded in batches:
            batch = expanded.batch
            there = batch.confidence > 0
            labels, starts, confidence, because = batch.labels, batch.starts, batch.confidence, expanded.reasons
            absent = [b""] * len(batch.images)
            if not there.all():
                absent = _joined(ids, labels[~there], _counted(~there, starts))
                labels, confidence, because = labels[there], confidence[there], because[there]
                starts = _counted(there, batch.starts)
            lines.write(
                [
                    _names(batch.images),
                    _joined(ids, labels, starts),
                    sure.cells(confidence.view(np.int32), starts),
                    why.cells(because, starts),
                    absent,
                ]
            )
    return ids.remarks()


def _counted(chosen: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the chosen ones of each image start among the chosen."""
    return np.concatenate([[0], np.cumsum(chosen)])[starts]


class _Texts:
    """A growing list of texts as an array of bytes to take from."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._array = np.zeros(0, np.object_)
        self._changed: set[int] = set()
        self._told: set[int] = set()

    def array(self) -> NDArray[np.object_]:
        """Return all, in their order."""
        known = len(self._array)
        if known < len(self._texts):
            fresh = np.empty(len(self._texts) - known, np.object_)
            fresh[:] = [_plain(text) for text in self._texts[known:]]
            self._array = np.concatenate([self._array, fresh])
            self._changed.update(n for n in range(known, len(self._texts)) if self._array[n] != self._texts[n].encode())
        return self._array

    def pieces(self, places: NDArray[np.int32]) -> list[bytes]:
        """Return some, to be written."""
        found: list[bytes] = self.array()[places].tolist()
        if self._changed:
            self._told |= self._changed.intersection(np.unique(places).tolist())
        return found

    def remarks(self) -> list[str]:
        """Return the remark that some that were written are not what they were."""
        if not self._told:
            return []
        text = self._texts[min(self._told)]
        labels = counted(len(self._told), "label")
        now = f"{text!r} is {text.translate(_PARTS)!r} now"
        return [f"{labels} with a space for a | or a tab, which part cells here: {now}"]

    def plain(self, place: int) -> bytes:
        """Return one."""
        found: bytes = self.array()[place]
        return found


def _joined(texts: _Texts, places: NDArray[np.int32], starts: NDArray[np.int64]) -> list[bytes]:
    pieces = texts.pieces(places)
    bounds = starts.tolist()
    return [b"|".join(pieces[start:end]) for start, end in pairwise(bounds)]


class _Runs(dict[int, bytes]):
    """Cells of values that are the same for many labels in a row: each run is made once."""

    def __init__(self, text_of: Callable[[int], bytes]) -> None:
        self._text_of = text_of

    def __missing__(self, run: int) -> bytes:
        text = ((self._text_of(run & 0xFFFFFFFF) + b"|") * (run >> 32))[:-1]
        if len(self) > _MOST_KEPT:
            self.clear()
        self[run] = text
        return text

    def cells(self, values: NDArray[np.int32], starts: NDArray[np.int64]) -> list[bytes]:
        """Return a cell for each image, values between ``starts``."""
        size = len(values)
        if not size:
            return [b""] * (len(starts) - 1)
        if (values == values[0]).all():
            return [self[count << 32 | int(values[0])] if count else b"" for count in np.diff(starts).tolist()]
        new = np.empty(size, np.bool_)
        np.not_equal(values[1:], values[:-1], out=new[1:])
        new[starts[:-1][np.diff(starts) > 0]] = True
        at = np.flatnonzero(new)
        runs = list(map(self.__getitem__, (np.diff(at, append=size) << 32 | values[at]).tolist()))
        bounds = _counted(new, starts).tolist()
        return [runs[start] if end - start == 1 else b"|".join(runs[start:end]) for start, end in pairwise(bounds)]


def _names(images: list[str]) -> list[bytes]:
    """Return names of images as cells."""
    text = "\t".join(images)
    if text.count("\t") != len(images) - 1 or "\n" in text or "\r" in text:
        return [_plain(image) for image in images]
    return text.encode().split(b"\t")


def _plain(text: str) -> bytes:
    """Return a text without what parts labels, cells and lines."""
    return text.translate(_PARTS).encode()


class _Tsv:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, columns: list[list[bytes]]) -> None:
        """Write lines."""
        first, *middle, last = columns
        ends = [cell + b"\n" + name for cell, name in zip(last, [*first[1:], b""], strict=True)]
        # One join for all: a line is some kilobytes, and would be copied once more.
        self._out.write(b"\t".join([*first[:1], *chain.from_iterable(zip(*middle, ends, strict=True))]))


class _Csv:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, columns: list[list[bytes]]) -> None:
        """Write lines."""
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [cell.decode() for cell in row] for row in zip(*columns, strict=True)
        )
        self._out.write(text.getvalue().encode())


def _open(path: Path, report: Report) -> Wide:
    if not _sniff(path, head_of(path)):
        raise InputError(f"{path}: give a table with the columns image and labels")
    return Wide(path, report)


FORMAT = LabelFormat("wide", _sniff, _open, _write, (".csv", ".tsv"))
