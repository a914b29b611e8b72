"""Boxes on their way from one format of boxes to another: those of each image, in pixels, beside its labels.

Labels go their own way, through arrays; who writes boxes has both, in the same order.  A box is ``x, y, width, height``
from the top left corner; Pascal VOC's are taken as ``xmin = x`` and ``xmax = x + width``, as today's tools write them.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from taxonomy.text import counted

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # segments of a JPEG that tell its size
_TURNED = 5  # from this orientation on, width and height change places
_ORIENTATION = 0x0112


class Box(NamedTuple):
    """A box; ``key`` is that of its label, ``sure`` is None where the file says nothing."""

    key: str
    x: float
    y: float
    width: float
    height: float
    sure: float | None = None
    crowd: bool = False


class Picture(NamedTuple):
    """An image with its boxes.

    Attributes:
        image: its name, as its batch has it.
        width, height: 0 when not known.
        boxes: in the order of the file.
        lost: keys of those more whose place in pixels is not known.
        outlines: how many of the boxes have an outline as well, which is not carried.
    """

    image: str
    width: int
    height: int
    boxes: list[Box]
    lost: Sequence[str] = ()
    outlines: int = 0


class Losses:
    """Counts what of the boxes could not be carried."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def take(self, picture: Picture) -> None:
        """Count what its reader could not give."""
        self.add("whose place in pixels is not known, nor the size of the image: left out", len(picture.lost))
        self.add("written without the outline: only boxes are carried", picture.outlines)

    def add(self, what: str, count: int = 1) -> None:
        """Count boxes of which something is to be said."""
        self._counts[what] += count

    def remarks(self) -> list[str]:
        """Return a line for each thing that is to be said."""
        return [f"{counted(count, 'box', 'boxes')} {what}" for what, count in self._counts.items() if count]


def without(dropped: Mapping[int, Collection[tuple[str, bool]]], pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Yield pictures without the boxes of labels that were dropped; see `taxonomy.labels.Sink`."""
    for number, picture in enumerate(pictures):
        gone = dropped.get(number, ())
        yield picture._replace(boxes=[box for box in picture.boxes if (box.key, False) not in gone])


def place_of(image: str, suffix: str) -> Path:
    """Return where the file about an image goes, from the folder on; it never leads out of that.

    >>> place_of("/../train/7.jpg", ".txt").as_posix()
    'train/7.txt'
    """
    parts = [part for part in Path(image).parts if part not in ("..", "/")]
    return Path(*parts).with_suffix(suffix) if parts else Path(f"image{suffix}")


def fresh(folder: Path, target: Path, picture: Picture, report: Callable[[str, str], None]) -> bool:
    """Make room for the file about an image, unless another image has it already, which is reported.

    So it is where two images have one name, or names that differ in the suffix only.

    Args:
        folder: that is written.
        target: the file in it.
        picture: the image, which the caller leaves out if it is not fresh.
        report: told of that.
    """
    if target.exists():
        place = target.relative_to(folder).as_posix()
        boxes = counted(len(picture.boxes) + len(picture.lost), "box", "boxes")
        report(picture.image, f"another image has {place} already; left out with {boxes}")
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    return True


def pixels(value: float) -> str:
    """Return a number of pixels.

    >>> pixels(12.0), pixels(3.14159)
    ('12', '3.14')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def image_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture as it is shown; 0 and 0 when they cannot be found out."""
    try:
        with path.open("rb") as file:
            return _size(file)
    except (OSError, struct.error, IndexError):
        return 0, 0


def _size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(32)
    if head.startswith(b"\x89PNG"):
        return struct.unpack(">II", head[16:24])
    if head.startswith(b"GIF8"):
        return struct.unpack("<HH", head[6:10])
    if head.startswith(b"BM"):
        width, height = struct.unpack("<ii", head[18:26])
        return width, abs(height)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head.startswith(b"\xff\xd8"):
        file.seek(2)
        return _jpeg(file)
    return 0, 0


def _webp(head: bytes) -> tuple[int, int]:
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    turned = False
    while True:
        (mark,) = struct.unpack(">H", file.read(2))
        while mark == 0xFFFF:  # which may fill up
            mark = 0xFF00 | file.read(1)[0]
        (length,) = struct.unpack(">H", file.read(2))
        segment = file.read(length - 2)
        if mark == 0xFFE1 and segment.startswith(b"Exif\0\0"):
            turned = _orientation(segment[6:]) >= _TURNED
        elif mark & 0xFF in _FRAMES and mark >> 8 == 0xFF:
            height, width = struct.unpack(">HH", segment[1:5])
            return (height, width) if turned else (width, height)


def _orientation(exif: bytes) -> int:
    order = "<" if exif.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, start)
    for entry in range(entries):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * entry)
        if tag == _ORIENTATION:
            return int(value)
    return 1
