"""Writes COCO files: the source with more categories, and every box repeated under what its label is, too.

The source is copied as it is written, item by item; what was added waits on the disk meanwhile.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np

from taxonomy.labels._coco_parts import Ids, Texts, category_key, image_name, in_order, segments
from taxonomy.labels._format import Expanded, Sink
from taxonomy.labels._gather import Added, Numbers, additions, ancestor_of, matched
from taxonomy.labels._members import items
from taxonomy.text import counted

_OWN = frozenset(("id", "category_id", "score", "reason"))  # what is not shared by all classes of a box
_RARE, _COMMON = 10, 100  # images of a category, as LVIS has it
_RECORD = np.dtype([("position", np.int32), ("confidence", np.float32), ("reason", np.int32)])


def write(path: Path, batches: Iterator[Expanded], sink: Sink, source: Path | None) -> list[str]:
    """Write a file; see `taxonomy.labels._format.LabelFormat`."""
    with path.open("w", encoding="utf-8", errors="backslashreplace") as out:
        if source is None:
            return _write_new(Document(out), batches, sink)
        index = _Index(source)
        with TemporaryFile() as spool:
            return _Copy(Document(out, index.is_list), sink, index, index.additions(batches, spool, sink)).run(source)


class Document:
    """A JSON document that is written item by item; the items of a list one after another."""

    def __init__(self, out: IO[str], is_list: bool = False) -> None:
        self._out, self._is_list = out, is_list
        self._begun, self._open, self._some = False, False, False
        self._member = ""

    def item(self, member: str, text: str) -> None:
        """Write an item of a list."""
        if not self._open or member != self._member:
            self._begin(member)
            self._out.write("[")
            self._open, self._some = True, False
        self._out.write(f",\n{text}" if self._some else f"\n{text}")
        self._some = True

    def whole(self, member: str, text: str) -> None:
        """Write a member."""
        self._begin(member)
        self._out.write(text)

    def close(self) -> None:
        """Write the end."""
        if not self._begun:
            self._out.write("[" if self._is_list else "{")
        self._out.write("\n]" if self._open else "")
        self._out.write("]\n" if self._is_list and not self._open else "\n" if self._is_list else "\n}\n")

    def _begin(self, member: str) -> None:
        if self._open:
            self._out.write("\n]")
        if not self._is_list:
            self._out.write(",\n" if self._begun else "{\n")
            self._out.write(f"{json.dumps(member)}: ")
        self._begun, self._open, self._member = True, False, member


class _Index:
    """What must be known of a source before it is copied."""

    def __init__(self, source: Path) -> None:
        self.ids = Ids()
        self.categories: dict[str, dict[str, Any]] = {}
        self.next_annotation = 1
        self.dropped: dict[int, set[tuple[str, bool]]] = {}
        self.is_list = self.has_image_labels = False
        keys, used, names = array("q"), array("q"), Texts()
        for member, index, value, _ in items(source, _pass):
            self.is_list = self.is_list or not member
            self.has_image_labels = self.has_image_labels or member == "image_labels"
            if index < 0 or not isinstance(value, dict):
                continue
            if member == "images" and (key := self.ids.key(value.get("id"))) is not None:
                keys.append(key)
                names.append(image_name(value))
            elif member == "categories":
                self.categories.setdefault(category_key(value), value)
            elif member in ("annotations", "", "image_labels"):
                if (key := self.ids.key(value.get("image_id"))) is not None and value.get("score") != 0:
                    used.append(key)
                number = value.get("id")
                if type(number) is int:
                    self.next_annotation = max(self.next_annotation, number + 1)
        if not len(keys):
            keys, names = used, Texts()
        self._keys, self._names = keys, names

    def additions(self, batches: Iterable[Expanded], spool: IO[bytes], sink: Sink) -> _Additions:
        """Put what was added to a file, and return it by image; note what was dropped."""
        keys, ends = array("q"), array("q", [0])
        rows = ((self._names[i] if len(self._names) else self.ids.text(self._keys[i]), i) for i in in_order(self._keys))
        for image, (place, found) in enumerate(matched(rows, additions(batches))):
            keys.append(self._keys[place])
            if gone := sink.dropped.get(image):
                self.dropped[self._keys[place]] = gone
            np.array([tuple(one) for one in found], _RECORD).tofile(spool)
            ends.append(ends[-1] + len(found))
        return _Additions(keys, ends, spool)


class _Additions:
    """What was added, by image."""

    def __init__(self, keys: array[int], ends: array[int], spool: IO[bytes]) -> None:
        order = np.argsort(np.frombuffer(keys, np.int64), kind="stable")
        self._keys = array("q", np.frombuffer(keys, np.int64)[order].tobytes())
        self._order, self._ends = order, ends
        spool.flush()
        self._records = np.asarray(np.memmap(spool, _RECORD, "r")) if ends[-1] else np.zeros(0, _RECORD)
        self._positions = self._records["position"]
        self.boxed = np.zeros(ends[-1], np.bool_)

    def of(self, key: int) -> tuple[int, list[int]] | None:
        """Return the place of the first addition to an image, and what they are; None when the image is not written."""
        found = bisect_left(self._keys, key)
        if found == len(self._keys) or self._keys[found] != key:
            return None
        image = int(self._order[found])
        begin, end = self._ends[image], self._ends[image + 1]
        return begin, self._positions[begin:end].tolist()

    def images(self) -> dict[int, int]:
        """Return to how many images each label was added, by its position."""
        positions, counts = np.unique(self._positions, return_counts=True)
        return dict(zip(positions.tolist(), counts.tolist(), strict=True))

    def without_box(self) -> Iterator[tuple[int, Added]]:
        """Yield what no box was repeated for, with the key of its image."""
        images = np.empty(len(self._keys), np.int64)
        images[self._order] = np.frombuffer(self._keys, np.int64)
        for image in range(len(images)):
            begin, end = self._ends[image], self._ends[image + 1]
            if not self.boxed[begin:end].all():
                for place in range(begin, end):
                    if not self.boxed[place]:
                        yield int(images[image]), Added(*self._records[place].tolist())


class _Copy:
    """Copies a source."""

    def __init__(self, document: Document, sink: Sink, index: _Index, added: _Additions) -> None:
        self._document, self._sink, self._index, self._added = document, sink, index, added
        ids = {key: value["id"] for key, value in index.categories.items() if type(value.get("id")) is int}
        self._numbers = Numbers(sink, ids, by_id=True)
        self._annotation = count(index.next_annotation)
        self._keys = {value["id"]: key for key, value in index.categories.items() if _is_id(value.get("id"))}
        self._above: dict[str, frozenset[int]] = {}
        self._texts: dict[int, str] = {}

    def run(self, source: Path) -> list[str]:
        """Copy, and return remarks."""
        self._copy(source)
        lost = self._add_without_box()
        if self._index.has_image_labels:
            for member, _, value, text in items(source, _pass):
                if member == "image_labels" and isinstance(value, dict):
                    self._items(member, self._with_category(value, text))
        if not self._index.is_list:
            categories = _categories(self._numbers, self._sink, self._index.categories)
            if any("frequency" in category for category in self._index.categories.values()):
                categories = self._with_frequency(categories)
            self._items("categories", map(_dump, categories))
        self._document.close()
        return _remarks(lost, self._index.is_list)

    def _copy(self, source: Path) -> None:
        change = {"images": self._image, "annotations": self._annotations, "": self._annotations}
        for member, place, value, text in items(source, _pass):
            if member in ("categories", "image_labels"):
                continue  # they come last, for they grow
            if place < 0:
                self._document.whole(member, text)
            elif member not in change:
                self._document.item(member, text)
            elif isinstance(value, dict):
                self._items(member, change[member](value, text))

    def _add_without_box(self) -> int:
        """Write what was added without a box, and return how much that is."""
        is_list, lost = self._index.is_list, 0
        for key, one in self._added.without_box():
            row: dict[str, Any] = {"image_id": self._index.ids.id(key), "category_id": self._number(one.position)}
            row |= {"score" if is_list else "confidence": _rounded(one), "reason": self._sink.reasons[one.reason]}
            self._document.item("" if is_list else "image_labels", _dump(row))
            lost += 1
        return lost

    def _with_frequency(self, categories: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield categories as LVIS has them, which tells by its images whether each is rare, common or frequent."""
        positions = {number: position for position, number in self._numbers.of.items()}
        images = self._added.images()
        for category in categories:
            if "frequency" in category:
                yield category
            else:
                count = images.get(positions[category["id"]], 0)
                frequency = "r" if count <= _RARE else "c" if count <= _COMMON else "f"
                yield category | {"frequency": frequency, "image_count": count}

    def _items(self, member: str, texts: Iterable[str]) -> None:
        for text in texts:
            self._document.item(member, text)

    def _image(self, image: dict[str, Any], text: str) -> Iterator[str]:
        key = image.get("id")
        if self._found(key) is None:
            return
        changed = dict(image)
        for name in ("neg_category_ids", "not_exhaustive_category_ids"):
            if isinstance(image.get(name), list):
                absent = name.startswith("neg")
                numbers = (None if absent and self._gone(key, id, True) else self._number_of(id) for id in image[name])
                changed[name] = [number for number in numbers if number is not None]
        yield text if changed == image else _dump(changed)

    def _annotations(self, annotation: dict[str, Any], text: str) -> Iterator[str]:
        found = self._found(annotation.get("image_id"))
        if found is None:
            return
        if "segments_info" in annotation:
            yield self._segments(annotation, text)
            return
        copied = list(self._with_category(annotation, text))
        yield from copied
        if not copied or not found[1]:
            return
        key = self._key(annotation["category_id"])
        if key not in self._above:
            self._above[key] = frozenset(self._sink.above(key))
        above = self._above[key]
        shared = ""
        for place, position in enumerate(found[1], found[0]):
            if position in above:
                self._added.boxed[place] = True
                shared = shared or self._shared(annotation, key)
                number = f'"id":{next(self._annotation)},' if "id" in annotation else ""
                yield f'{{{number}"category_id":{self._text(position)},{shared}}}'

    def _shared(self, annotation: dict[str, Any], key: str) -> str:
        """Return what a box has in common under all that is above its label; its text is made once, not a dozen times.

        Of the image's labels another may have given rise to what was added, so score and reason are the box's own.
        """
        own = {"score": annotation.get("score", 1), "reason": ancestor_of(self._sink, key)}
        return _dump(own | {name: annotation[name] for name in annotation if name not in _OWN})[1:-1]

    def _segments(self, annotation: dict[str, Any], text: str) -> str:
        """Return segments with their new numbers; a segment cannot be repeated, for a pixel is of one alone."""
        numbered = ((one, self._number_of(one.get("category_id"))) for one in segments(annotation))
        changed = [
            {**one, "category_id": number}
            for one, number in numbered
            if number is not None and not self._gone(annotation.get("image_id"), one["category_id"], False)
        ]
        return text if changed == annotation["segments_info"] else _dump({**annotation, "segments_info": changed})

    def _with_category(self, row: dict[str, Any], text: str) -> Iterator[str]:
        """Yield a row with its new number; nothing when its label is not written."""
        number = self._number_of(row.get("category_id"))
        absent = row.get("confidence") == 0  # of an image; an annotation has none
        if number is not None and not self._gone(row.get("image_id"), row["category_id"], absent):
            yield text if number == row["category_id"] else _dump({**row, "category_id": number})

    def _found(self, image: Any) -> tuple[int, list[int]] | None:
        key = self._index.ids.key(image)
        return None if key is None else self._added.of(key)

    def _gone(self, image: Any, category: Any, absent: bool) -> bool:
        """Tell whether a label of an image was dropped."""
        key = self._index.ids.key(image) if self._index.dropped else None
        return key is not None and (self._key(category), absent) in self._index.dropped.get(key, ())

    def _key(self, category: Any) -> str:
        return self._keys.get(category, str(category))

    def _number_of(self, category: Any) -> int | str | None:
        if not _is_id(category):
            return None
        position = self._sink.placed.get(self._key(category))
        return None if position is None else self._number(position)

    def _text(self, position: int) -> str:
        if position not in self._texts:
            self._texts[position] = _dump(self._number(position))
        return self._texts[position]

    def _number(self, position: int) -> int | str:
        if not self._index.is_list:
            return self._numbers.number(position)
        id = self._sink.ids[position]  # a list of detections cannot say what a new number means
        return int(id) if id.isascii() and id.isdecimal() else id


def _write_new(document: Document, batches: Iterator[Expanded], sink: Sink) -> list[str]:
    """Write labels that have no boxes."""
    numbers = Numbers(sink, {}, by_id=True)
    labels = 0
    with TemporaryFile("w+", encoding="utf-8") as apart:
        image = 0
        for expanded in batches:
            batch = expanded.batch
            starts = batch.starts.tolist()
            codes, sure, why = batch.labels.tolist(), batch.confidence.tolist(), expanded.reasons.tolist()
            for name, begin, end in zip(batch.images, starts, starts[1:], strict=False):
                image += 1
                row: dict[str, Any] = {"id": image, "file_name": name}
                absent = [numbers.number(codes[i]) for i in range(begin, end) if sure[i] == 0]
                document.item("images", _dump(row | {"neg_category_ids": absent} if absent else row))
                for i in range(begin, end):
                    if sure[i] > 0:
                        row = {"image_id": image, "category_id": numbers.number(codes[i])}
                        row["confidence"] = float(f"{sure[i]:.4g}")
                        apart.write(_dump(row | {"reason": sink.reasons[why[i]]} if why[i] else row) + "\n")
                        labels += 1
        document.whole("annotations", "[]")
        apart.seek(0)
        for line in apart:
            document.item("image_labels", line.rstrip("\n"))
    for category in _categories(numbers, sink, {}):
        document.item("categories", _dump(category))
    document.close()
    return _remarks(labels, False)


def _categories(numbers: Numbers, sink: Sink, source: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the categories: those of the source that stay what they were as they are."""
    written = set()
    for key, category in source.items():
        position = sink.placed.get(key)
        if position is None or position in written:
            continue
        written.add(position)
        number = numbers.number(position)
        if sink.ids[position] == key and number == category.get("id"):
            yield category
        else:
            above = {"supercategory": category["supercategory"]} if "supercategory" in category else {}
            yield _category(number, position, sink) | above
    yield from (_category(number, place, sink) for place, number in numbers.of.items() if place not in written)


def _category(number: int, position: int, sink: Sink) -> dict[str, Any]:
    id = sink.ids[position]
    category = {"id": number, "name": sink.names[position]}
    return category if id == str(number) else category | {"concept": id}


def _remarks(lost: int, is_list: bool) -> list[str]:
    if not lost:
        return []
    where = "in the list without one" if is_list else "in the list `image_labels`, which pycocotools passes over"
    return [f"{counted(lost, 'label')} without a box: {where}"]


def _rounded(one: Added) -> float:
    return float(f"{one.confidence:.4g}")


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str)


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _pass(where: str, what: str) -> None:
    """Say nothing: the reader has said it."""
