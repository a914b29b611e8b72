"""YOLO: a YAML file that names classes and folders of images, and a text file of boxes for each image.

Format: https://docs.ultralytics.com/datasets/detect; a line is ``class x y w h [confidence]``, or a class and
a polygon.  The text files are beside the images, in ``labels`` where those are in ``images``; they alone will do.
Our own member of the YAML file, which other tools pass over: ``concepts``, what classes that were added are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from taxonomy.errors import InputError
from taxonomy.labels._boxes import Box, Losses, Picture, fresh, image_size, place_of
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.labels._gather import (
    Added,
    Codes,
    Numbers,
    above_of,
    additions,
    batches,
    boxless,
    confidence,
    matched,
)
from taxonomy.labels._yolo_data import Data, Labels, find, write_new
from taxonomy.labels.batch import Batch, Label
from taxonomy.text import counted

_MOST = 5  # examples in a message
_CROWD = "of crowds left out: yolo would take each for one thing"


class _Line(NamedTuple):
    """A box: the number of its class, the rest of the line, and how sure it is where the line says so."""

    number: int
    rest: str
    sure: float | None


class Yolo:
    """An open dataset; see `taxonomy.labels.batch.Annotations`."""

    format = "yolo"

    def __init__(self, path: Path, report: Report) -> None:
        self._report = report
        self._data = Data(path, report)
        self.labels = [Label(self._data.key(index), name) for index, name in self._data.names.items()]
        self._codes = Codes(self.labels)

    def batches(self) -> Iterator[Batch]:
        """Yield the images split by split, in the order of their names.

        Raises:
            InputError: there are none.
        """
        return batches(self._images())

    def _images(self) -> Iterator[tuple[str, dict[int, float]]]:
        beyond: Counter[int] = Counter()
        for image, file in self._data.images(self._report):
            found: dict[int, float] = {}
            for line in _lines(file, self._report):
                if line.number not in self._data.names:
                    beyond[line.number] += 1
                sure = 1.0 if line.sure is None else line.sure
                code = self._codes.code(self._data.key(line.number))
                if sure > 0:
                    found[code] = max(sure, found.get(code, 0.0))
            yield image, found
        if beyond:
            first = ((index, counted(beyond[index], "box", "boxes")) for index in sorted(beyond)[:_MOST])
            chosen = ", ".join(f"{index} ({boxes})" for index, boxes in first)
            more = ", …" if len(beyond) > _MOST else ""
            what = f"classes that are not in `names`: {chosen}{more}; kept without a name"
            self._report(self._data.path.name, what)


def _lines(file: Labels, report: Report) -> Iterator[_Line]:
    """Yield the boxes of a file; none when it is not there, as for an image with nothing in it."""
    try:
        text = file.path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        report(str(file.place), f"cannot be read ({error.strerror})")
        return
    for number, line in enumerate(text.splitlines(), 1):
        index, _, rest = line.strip().partition(" ")
        if not index:
            continue
        fields = rest.split()
        if not (index.isascii() and index.isdecimal()) or len(fields) < 4:
            report(f"{file.place}:{number}", "needs the index of a class and four numbers; the line is left out")
            continue
        sure = None
        if len(fields) == 5:
            sure = confidence(fields[4])
            if sure is None:
                what = f"the confidence {fields[4][:20]!r} is no number from 0 to 1; taken as 1"
                report(f"{file.place}:{number}", what)
        yield _Line(int(index), rest.strip(), sure)


def _write(path: Path, expanded: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    """Write a folder with the source's text files, lines added, and its YAML file, names added."""
    if source is None:
        raise InputError("labels without boxes cannot be written as yolo; choose another format with --to")
    data = Data(find(source), _pass)
    first = next(expanded, None)  # which places the labels of the file
    expanded = iter(()) if first is None else chain([first], expanded)
    numbers = Numbers(sink, {data.key(index): index for index in data.names})
    lost = 0
    path.mkdir(parents=True, exist_ok=True)
    for file, added in matched(data.images(_pass), additions(expanded)):
        boxes = ((data.key(line.number), line.rest) for line in _lines(file, _pass))
        lines, left = _repeated(boxes, added, numbers, sink)
        lost += left
        target = path / file.place
        if lines or file.path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    names, concepts = dict(data.names), {}
    for position, number in sorted(numbers.of.items(), key=lambda item: item[1]):
        id = sink.ids[position]
        if id != data.key(number) or number not in names:
            names[number] = sink.names[position]
        if id != names[number]:
            concepts[number] = id
    data.write(path, names, concepts)
    remark = f"images stay in {data.root}: link or copy them beside the labels"
    return [*boxless(lost, "yolo"), remark]


def _repeated(
    boxes: Iterable[tuple[str, str]], added: list[Added], numbers: Numbers, sink: Sink, gone: Sequence[str] = ()
) -> tuple[list[str], int]:
    """Return the lines of an image, and how many of the labels that were added have no box.

    Args:
        boxes: key and line of each, without its number.
        added: to the image.
        numbers: of the classes.
        sink: what is written.
        gone: keys of boxes that are left out; what was added above them is left out with them.
    """
    lines: list[str] = []
    boxed = above_of(gone, added, sink)
    for key, rest in boxes:
        number = numbers.of_key(key)
        if number is None:
            continue
        lines.append(f"{number} {rest}")
        above = sink.above(key)
        for one in added:
            if one.position in above:
                boxed.add(one.position)
                lines.append(f"{numbers.number(one.position)} {rest}")
    return lines, sum(one.position not in boxed for one in added)


def _pass(where: str, what: str) -> None:
    """Say nothing: the reader has said it."""


def _sniff(path: Path, head: bytes) -> bool:
    try:
        find(path)
    except InputError:
        return False
    return True


def _open(path: Path, report: Report) -> Yolo:
    return Yolo(find(path), report)


def _pictures(path: Path) -> Iterator[Picture]:
    """Yield the boxes of each image, whose size its file tells; of an outline the box around it."""
    data = Data(find(path), _pass)
    for image, file in data.images(_pass):
        width, height = image_size(file.image)
        boxes, lost, outlines = [], [], 0
        for line in _lines(file, _pass):
            found = _around(line.rest.split())
            if line.sure == 0:
                continue
            if found is None or not width:
                lost.append(data.key(line.number))
                continue
            left, top, right, bottom = found
            corners = (left * width, top * height, (right - left) * width, (bottom - top) * height)
            boxes.append(Box(data.key(line.number), *corners, line.sure))
            outlines += len(line.rest.split()) > 5
        yield Picture(image, width, height, boxes, lost, outlines)


def _around(fields: list[str]) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom, as shares of the image."""
    try:
        values = [float(field) for field in fields]
    except ValueError:
        return None
    if not all(map(math.isfinite, values)):
        return None
    if len(values) > 5:
        return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])
    x, y, width, height = values[:4]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _write_boxes(
    path: Path, expanded: Iterator[Expanded], sink: Sink, pictures: Iterator[Picture], report: Report
) -> list[str]:
    """Write a folder with a text file for each image of another format, and a YAML file."""
    first = next(expanded, None)  # which places the labels of the file
    expanded = iter(()) if first is None else chain([first], expanded)
    numbers = Numbers(sink, {})
    for position in sorted(set(sink.placed.values())):
        numbers.number(position)
    lost, losses = 0, Losses()
    for picture, added in matched(((picture.image, picture) for picture in pictures), additions(expanded)):
        target = path / "labels" / place_of(picture.image, ".txt")
        if not fresh(path, target, picture, report):
            continue
        losses.take(picture)
        found = list(_written(picture, losses))
        left_out = [*picture.lost, *(key for key, line in found if not line)]
        lines, left = _repeated((box for box in found if box[1]), added, numbers, sink, left_out)
        lost += left
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    names = {number: sink.names[position] for position, number in numbers.of.items()}
    concepts = {number: id for position, number in numbers.of.items() if (id := sink.ids[position]) != names[number]}
    write_new(path, names, concepts)
    return [
        *boxless(lost, "yolo"),
        *losses.remarks(),
        "images are not copied: put them into the folder `images` beside `labels`",
    ]


def _written(picture: Picture, losses: Losses) -> Iterator[tuple[str, str]]:
    """Yield the key and the line of each box, without its number; no line of one that is left out."""
    for box in picture.boxes:
        if box.crowd or not picture.width:
            losses.add(_CROWD if box.crowd else "left out: the size of the image is not known")
            yield box.key, ""
        else:
            x, y = (box.x + box.width / 2) / picture.width, (box.y + box.height / 2) / picture.height
            line = f"{x:.6f} {y:.6f} {box.width / picture.width:.6f} {box.height / picture.height:.6f}"
            yield box.key, line if box.sure is None else f"{line} {box.sure:.4g}"


FORMAT = LabelFormat("yolo", _sniff, _open, _write, (), _pictures, _write_boxes)
