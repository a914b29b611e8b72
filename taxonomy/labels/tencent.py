"""Lists of Tencent ML-Images: ``path<TAB>index:confidence index:confidence …``, a line an image; or a URL for the path.

The index is the ``category_index`` of its dictionary, which is the key of the class once that is merged.  Its sample
is written otherwise: ``path<TAB>wnid name, name:confidence|…``, which is read and written too.
A second line of an image is a bad row, see `taxonomy.labels._once`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np

from taxonomy.labels import _rows
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.labels._once import Once
from taxonomy.labels._settle import Settler
from taxonomy.labels.batch import IMAGES, Batch, Label
from taxonomy.sources._packed import text_lines

_NUMBER = r"[0-9.]+(?:e-?[0-9]+)?"
_INDEXED = re.compile(rf"\S+:{_NUMBER}(?:[ \t]+\S+:{_NUMBER})*\s*")
_NAMED = re.compile(rf"n[0-9]{{8}} [^|]*:{_NUMBER}(?:\|n[0-9]{{8}} [^|]*:{_NUMBER})*\s*")
_HEADER = "image\tlabels(wnid name:conf)"
_KEPT = 1 << 20  # entries; a number of indexes and confidences repeats over and over


class _Entries(dict[str, int]):
    """By each entry of a list (``12:0.9``) its place in ``keys`` and ``confidences``; -1 when it is none."""

    def __init__(self, labels: list[Label], codes: dict[str, int], *, named: bool) -> None:
        self.found: list[int] = []
        self.confidences: list[float] = []
        self._labels, self._codes, self._named = labels, codes, named

    def __missing__(self, entry: str) -> int:
        self[entry] = place = self._place(entry)
        return place

    def _place(self, entry: str) -> int:
        text, _, value = entry.rpartition(":")
        try:
            confidence = float(value)
        except ValueError:
            return -1
        key, _, names = text.partition(" ") if self._named else (text, "", "")
        if not key or not 0 <= confidence <= 1:
            return -1
        if key not in self._codes:
            self._codes[key] = len(self._labels)
            self._labels.append(Label(key, names.split(",")[0].strip() or key))
        self.found.append(self._codes[key])
        self.confidences.append(confidence)
        return len(self.found) - 1


class Tencent:
    """An open list; see `taxonomy.labels.batch.Annotations`."""

    format = "tencent"

    def __init__(self, path: Path, report: Report, *, named: bool) -> None:
        self.labels: list[Label] = []
        self._path, self._report, self._is_named = path, report, named
        self._codes: dict[str, int] = {}

    def batches(self) -> Iterator[Batch]:
        """Yield the images in the file's order."""
        settler = Settler(self._path.name, self._report)
        once = Once(self._path.name, self._report).once
        entries = _Entries(self.labels, self._codes, named=self._is_named)
        lines = text_lines(self._path, self._report)
        while block := list(islice(lines, IMAGES)):
            if len(entries) > _KEPT:
                entries = _Entries(self.labels, self._codes, named=self._is_named)
            block = [(number, line) for number, line in block if line and line != _HEADER]
            yield settler.settle(once(self._batch(block, entries), [number for number, _ in block]))
        settler.end()

    def _batch(self, block: list[tuple[int, str]], entries: _Entries) -> Batch:
        split = (lambda rest: rest.split("|")) if self._is_named else str.split
        rows = [(number, *line.partition("\t")[::2]) for number, line in block]
        parts = [split(rest) if rest else [] for _, _, rest in rows]
        counts = np.fromiter(map(len, parts), np.int64, len(parts))
        flat = list(chain.from_iterable(parts))
        places = np.fromiter(map(entries.__getitem__, flat), np.int64, len(flat))
        if places.min(initial=0) < 0:
            image = np.repeat(np.arange(len(rows)), counts)
            for place in np.flatnonzero(places < 0).tolist():
                where = f"{self._path.name}:{rows[image[place]][0]}"
                self._report(where, f"{flat[place]!r} is no label with a confidence from 0 to 1")
            counts = np.bincount(image[places >= 0], minlength=len(rows))
            places = places[places >= 0]
        return Batch(
            [image for _, image, _ in rows],
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.array(entries.found, np.int32)[places],
            np.array(entries.confidences, np.float32)[places],
        )


def _lists(head: bytes) -> list[str]:
    """Return what is after the tab in the first lines, without the last, which may be cut."""
    lines = head.decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines()
    lines = lines[:1] + lines[1:-1] if not head.endswith(b"\n") else lines
    return [line.partition("\t")[2] for line in lines[:20] if "\t" in line and line != _HEADER]


def _are(pattern: re.Pattern[str], head: bytes) -> bool:
    """Tell whether most of the first lists are of a pattern; the others may be damaged."""
    lists = list(filter(None, _lists(head)))
    return 2 * sum(pattern.fullmatch(text) is not None for text in lists) > len(lists)


def _is_named(head: bytes) -> bool:
    return _are(_NAMED, head)


def _sniff(path: Path, head: bytes) -> bool:
    return _is_named(head) or _are(_INDEXED, head)


def _open(path: Path, report: Report) -> Tencent:
    return Tencent(path, report, named=_is_named(_rows.head_of(path)))


def _write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    head = _rows.head_of(source) if source is not None else b""
    named = _is_named(head)
    between = "|" if named else "\t" if any("\t" in text.strip() for text in _lists(head)) else " "
    ids: list[str] = []
    added = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        if named:
            out.write(_HEADER + "\n")
        for expanded in batches:
            batch = expanded.batch
            added += int(np.count_nonzero(expanded.reasons))
            for id, name in zip(sink.ids[len(ids) :], sink.names[len(ids) :], strict=True):
                ids.append(f"{id} {name.replace('|', '/')}" if named else "_".join(id.split()))
            values = map("{:.4g}".format, batch.confidence.tolist())
            cells = [f"{ids[code]}:{value}" for code, value in zip(batch.labels.tolist(), values, strict=True)]
            starts = batch.starts.tolist()
            for image, start, end in zip(batch.images, starts, starts[1:], strict=False):
                out.write(f"{image}\t{between.join(cells[start:end])}\n")
    return ["a list has no room for the reasons why labels were added"] if added else []


FORMAT = LabelFormat("tencent", _sniff, _open, _write, (".tsv",))
