"""Pascal VOC: a folder of XML files, one for each image, or one such file.

Format: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html, 3.3.  Our own elements of an object,
which other tools pass over: ``confidence`` and ``reason``.
"""

from __future__ import annotations

import copy
import math
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from taxonomy.errors import InputError
from taxonomy.labels._boxes import Box, Losses, Picture, fresh, pixels, place_of
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.labels._gather import (
    Added,
    Codes,
    above_of,
    additions,
    ancestor_of,
    batches,
    boxless,
    confidence,
    is_unicode,
    matched,
)
from taxonomy.labels.batch import Batch, Label

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


_ROOT = re.compile(rb"<annotation[\s>]")
_SETS = "ImageSets/Main"  # lists of images, without which many tools find none
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


class _File(NamedTuple):
    """An image's file; ``place`` is where it is in the folder."""

    place: Path
    root: Element


class Voc:
    """Open files; see `taxonomy.labels.batch.Annotations`."""

    format = "voc"

    def __init__(self, path: Path, report: Report) -> None:
        self.labels: list[Label] = []
        self._path, self._report = path, report
        self._codes = Codes(self.labels)

    def batches(self) -> Iterator[Batch]:
        """Yield the images in the order of the names of their files."""
        return batches((image, self._labels(file)) for image, file in _files(self._path, self._report))

    def _labels(self, file: _File) -> dict[int, float]:
        found: dict[int, float] = {}
        for number, box in enumerate(file.root.findall("object"), 1):
            where = f"{file.place}: object {number}"
            name = _text(box, "name")
            if not name:
                self._report(where, "it has no name")
                continue
            text = _text(box, "confidence")
            sure = confidence(text) if text else 1.0
            if sure is None:
                self._report(where, f"the confidence {text[:20]!r} is no number from 0 to 1; taken as 1")
                sure = 1.0
            code = self._codes.code(name)
            if sure > 0:
                found[code] = max(sure, found.get(code, 0.0))
        return found


def _folder(path: Path) -> Path | None:
    """Return the folder that holds the files; None when there are none."""
    folders = (path, path / "Annotations", path / "annotations")
    return next((folder for folder in folders if folder.is_dir() and next(folder.glob("*.xml"), None)), None)


def _files(path: Path, report: Report) -> Iterator[tuple[str, _File]]:
    """Yield the name of each image and its file."""
    folder = _folder(path)
    files = [path] if folder is None else sorted(folder.glob("*.xml"))
    for file in files:
        place = Path(file.name) if folder is None else file.relative_to(path)
        shown = ascii(str(place))[1:-1]
        try:
            root = _parse(file)
        except (OSError, ValueError) as error:
            report(shown, f"{error}; the image is left out")
            continue
        name = _text(root, "filename")
        if not name and not is_unicode(file.stem):
            report(shown, "the name of the file is not UTF-8, and no filename is in it; the image is left out")
            continue
        yield name or file.stem, _File(place, root)


def _parse(path: Path) -> Element:
    """Parse a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no annotation, not valid, or declares entities, which can expand without end.
    """
    from xml.etree import ElementTree

    class Builder(ElementTree.TreeBuilder):
        def doctype(self, name: str, public: str | None, system: str | None) -> None:
            raise ValueError("it has a document type, which an annotation does not need and which may do harm")

    data = path.read_bytes()
    parser = ElementTree.XMLParser(target=Builder())
    if b"<!DOCTYPE" in data or b"\0" in data:  # before the parser expands anything; UTF-16 could hide it
        raise ValueError("it has a document type, or is UTF-16; neither is read, for it may do harm")
    try:
        parser.feed(data)
        root: Element = parser.close()
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError(f"not valid XML ({error})") from error
    if root.tag != "annotation":
        raise ValueError(f"no VOC annotation: its element is {root.tag[:40]!r}")
    return root


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _sniff(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return _folder(path) is not None
    return _ROOT.search(head) is not None


def _open(path: Path, report: Report) -> Voc:
    if path.is_dir() and _folder(path) is None:
        raise InputError(f"{path}: no XML files in it, nor in Annotations; give the folder that holds them")
    return Voc(path, report)


def _write(path: Path, expanded: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    """Write the source's files with objects added; a folder for a folder."""
    from xml.etree.ElementTree import ElementTree

    if source is None:
        raise InputError("labels without boxes cannot be written as voc; choose another format with --to")
    lost = 0
    for file, added in matched(_files(source, _pass), additions(expanded)):
        lost += _expand(file.root, added, sink, sink.ids.__getitem__)
        target = path / file.place if source.is_dir() else path
        target.parent.mkdir(parents=True, exist_ok=True)
        ElementTree(file.root).write(target, encoding="utf-8")
    if (source / _SETS).is_dir():
        shutil.copytree(source / _SETS, path / _SETS)
    return boxless(lost, "voc")


def _expand(
    root: Element, added: list[Added], sink: Sink, name_of: Callable[[int], str], gone: Sequence[str] = ()
) -> int:
    """Add the objects of an image, and return how many labels have no box.

    Args:
        root: of its file.
        added: to it.
        sink: what is written.
        name_of: gives what is written as the name of an object, by the position in the sink.
        gone: keys of boxes that are left out; what was added above them is left out with them.
    """
    boxed = above_of(gone, added, sink)
    for box in root.findall("object"):
        key = _text(box, "name")
        position = sink.placed.get(key)
        if position is None:
            root.remove(box)
            continue
        _set(box, "name", name_of(position))
        above = sink.above(key)
        for one in added:
            if one.position in above:
                boxed.add(one.position)
                root.append(_under(box, name_of(one.position), ancestor_of(sink, key)))
    return sum(one.position not in boxed for one in added)


def _under(box: Element, name: str, reason: str) -> Element:
    """Return an object under a label above its own, as sure as the object itself."""
    found = copy.deepcopy(box)
    for part in found.findall("part"):
        found.remove(part)  # it is a part of the object, once
    _set(found, "name", name)
    if found.find("confidence") is None:
        _set(found, "confidence", "1")
    _set(found, "reason", reason)
    return found


def _set(box: Element, name: str, text: str) -> None:
    from xml.etree.ElementTree import SubElement

    element = box.find(name)
    if element is None:
        element = SubElement(box, name)
        element.tail = box[0].tail
    element.text = text


def _pass(where: str, what: str) -> None:
    """Say nothing: the reader has said it."""


def _pictures(path: Path) -> Iterator[Picture]:
    """Yield the boxes of each image."""
    for image, file in _files(path, _pass):
        width, height = (_number(file.root.findtext(f"size/{side}")) for side in ("width", "height"))
        boxes, lost = [], []
        for element in file.root.findall("object"):
            left, top, right, bottom = (_number(element.findtext(f"bndbox/{corner}")) for corner in _CORNERS)
            name, sure = _text(element, "name"), _text(element, "confidence")
            if not name or confidence(sure) == 0:
                continue
            if right >= left >= -math.inf and bottom >= top >= -math.inf:
                boxes.append(Box(name, left, top, right - left, bottom - top, confidence(sure)))
            else:
                lost.append(name)
        size = (int(width), int(height)) if width > 0 and height > 0 else (0, 0)
        yield Picture(image, *size, boxes, lost)


def _number(text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _write_boxes(
    path: Path, expanded: Iterator[Expanded], sink: Sink, pictures: Iterator[Picture], report: Report
) -> list[str]:
    """Write a folder of files with the boxes of another format."""
    from xml.etree.ElementTree import ElementTree, indent

    def name_of(position: int) -> str:
        id: str = sink.ids[position]
        return sink.names[position] if id.isdecimal() else id  # a number would mean nothing without its list

    lost, losses, stems = 0, Losses(), []
    names: dict[str, None] = {}
    for picture, added in matched(((picture.image, picture) for picture in pictures), additions(expanded)):
        # Its readers look for files in one folder.
        target = path / "Annotations" / "_".join(place_of(picture.image, ".xml").parts)
        if not fresh(path, target, picture, report):
            continue
        losses.take(picture)
        root = _element(picture)
        lost += _expand(root, added, sink, name_of, picture.lost)
        indent(root)
        ElementTree(root).write(target, encoding="utf-8")
        stems.append(f"{target.stem}\n")
        names.update(dict.fromkeys(_text(element, "name") for element in root.findall("object")))
    if names:  # which CVAT and Datumaro want for other names than those of Pascal VOC
        lines = (f"{name}:::\n" for name in names if ":" not in name)
        (path / "labelmap.txt").write_text("".join(["# label:color_rgb:parts:actions\n", *lines]), encoding="utf-8")
    listed = path / _SETS / "trainval.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text("".join(stems), encoding="utf-8")
    return [*boxless(lost, "voc"), *losses.remarks()]


def _element(picture: Picture) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    root = Element("annotation")
    SubElement(root, "filename").text = picture.image
    size = SubElement(root, "size")
    for name, value in (("width", picture.width), ("height", picture.height), ("depth", 3)):
        SubElement(size, name).text = str(value)
    for box in picture.boxes:
        element = SubElement(root, "object")
        SubElement(element, "name").text = box.key
        for name in ("truncated", "occluded"):
            SubElement(element, name).text = "0"
        SubElement(element, "difficult").text = str(int(box.crowd))
        corners = SubElement(element, "bndbox")
        for name, place in zip(_CORNERS, (box.x, box.y, box.x + box.width, box.y + box.height), strict=True):
            SubElement(corners, name).text = pixels(place)
        if box.sure is not None:
            SubElement(element, "confidence").text = f"{box.sure:.4g}"
    return root


FORMAT = LabelFormat("voc", _sniff, _open, _write, (".xml",), _pictures, _write_boxes)
