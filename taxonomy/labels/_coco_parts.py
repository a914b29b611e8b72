"""What the reader and the writer of COCO files make of its images and categories."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy import int64
from numpy.typing import NDArray

_INTERNED = -(1 << 62)


class Ids:
    """Numbers for ids of images, which most files number themselves."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def key(self, id: Any) -> int | None:
        """Return the number of an id; None of what is no id."""
        if type(id) is int and abs(id) < 1 << 61:
            return id
        if not isinstance(id, int | str):
            return None
        found = self._numbers.get(str(id))
        if found is None:
            found = self._numbers[str(id)] = _INTERNED + len(self._texts)
            self._texts.append(str(id))
        return found

    def text(self, key: int) -> str:
        """Return the id of a number, as text."""
        return str(self.id(key))

    def id(self, key: int) -> int | str:
        """Return the id of a number."""
        place = key - _INTERNED
        return self._texts[place] if place < len(self._texts) else key


class Texts:
    """Many short texts in little room."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes, self._ends = bytearray(), array("q", [0])
        for text in texts:
            self.append(text)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode()

    def append(self, text: str) -> None:
        """Add one; what cannot be written as UTF-8 becomes a question mark."""
        self._bytes += text.encode("utf-8", "replace")
        self._ends.append(len(self._bytes))


def in_order(keys: array[int]) -> NDArray[int64]:
    """Return the places of the first of each key, ascending."""
    return np.sort(np.unique(np.frombuffer(keys, np.int64), return_index=True)[1])


def image_name(image: dict[str, Any]) -> str:
    """Return the file of an image as the dataset's tools call it: LVIS gives its URL, of which the end is wanted."""
    name, url = image.get("file_name"), image.get("coco_url")
    if isinstance(name, str) and name:
        return name
    return "/".join(url.split("/")[-2:]) if isinstance(url, str) and url else str(image.get("id"))


def category_key(category: dict[str, Any]) -> str:
    """Return the key of a category: its id, or the concept that an added one says it is."""
    return str(category.get("concept") or category.get("id"))


def segments(annotation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the segments of a panoptic annotation."""
    found = annotation["segments_info"]
    return [segment for segment in found if isinstance(segment, dict)] if isinstance(found, list) else []
