"""COCO and LVIS JSON: instances, panoptic segments, and lists of detections (``[{image_id, category_id, score}]``).

Formats: https://cocodataset.org/#format-data, https://cocodataset.org/#format-results, https://www.lvisdataset.org.
Of LVIS, ``neg_category_ids`` are verified absent, and nothing is known of ``not_exhaustive_category_ids``; a category
is named by its synset, and by its name elsewhere.  Our own members, which other tools pass over: ``score`` and
``reason`` of an annotation, ``concept`` of a category that was added, and a list ``image_labels`` of what has no box.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy import float32, int32, int64
from numpy.typing import NDArray

from taxonomy.errors import InputError
from taxonomy.labels import _coco_boxes, _coco_written
from taxonomy.labels._coco_parts import Ids, Texts, category_key, image_name, in_order, segments
from taxonomy.labels._format import LabelFormat, Report
from taxonomy.labels._gather import Codes, confidence
from taxonomy.labels._members import items
from taxonomy.labels.batch import IMAGES, Batch, Label
from taxonomy.text import counted

_MARK = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')
_MOST = 5  # examples in a message
_PLURALS = {"category": "categories", "image_labels": "image_labels"}


class Coco:
    """An open file; see `taxonomy.labels.batch.Annotations`.

    Nothing of an annotation is held but its image, label and score: 24 bytes.
    """

    format = "coco"

    def __init__(self, path: Path, report: Report) -> None:
        self.labels: list[Label] = []
        self._path, self._report = path, report
        self._table: _Table | None = None

    def batches(self) -> Iterator[Batch]:
        """Yield the images in the file's order; those of a list of detections as they first come."""
        if self._table is None:
            self._table = _Scan(self._path, self._report, self.labels).table()
        yield from self._table.batches()


class _Table:
    """What a file says, image by image."""

    def __init__(self, names: Texts, image: NDArray[int64], label: NDArray[int32], sure: NDArray[float32]) -> None:
        self._names, self._label, self._sure = names, label, sure
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(image, minlength=len(names)))]).astype(np.int64)

    def batches(self) -> Iterator[Batch]:
        for begin in range(0, len(self._names), IMAGES):
            starts = self._starts[begin : begin + IMAGES + 1]
            rows = slice(starts[0], starts[-1])
            names = [self._names[i] for i in range(begin, begin + len(starts) - 1)]
            yield Batch(names, starts - starts[0], self._label[rows], self._sure[rows])


class _Scan:
    """One pass over a file."""

    def __init__(self, path: Path, report: Report, labels: list[Label]) -> None:
        self._path, self._report, self._labels = path, report, labels
        self._names, self._ids = Texts(), array("q")
        self._image, self._code, self._sure, self._number = array("q"), array("i"), array("f"), array("q")
        self._ids_of = Ids()
        self._codes: dict[Any, int] = {}
        self._listed: dict[Any, Label] = {}
        self._used: list[Any] = []
        self._faults: Counter[tuple[str, str]] = Counter()  # of what, and what is wrong with it
        self._members: set[str] = set()

    def table(self) -> _Table:
        """Read the file.

        Raises:
            InputError: it has neither images nor annotations.
        """
        takers = {
            "images": self._take_image,
            "annotations": self._take_annotation,
            "": self._take_annotation,
            "image_labels": self._take_image_label,
            "categories": self._take_category,
        }
        for member, index, value, _ in items(self._path, self._report):
            self._members.add(member)
            if (take := takers.get(member)) and index >= 0:
                if isinstance(value, dict):
                    take(value)
                else:
                    self._faults["item", f"of {member or 'the list'}, no object, left out"] += 1
        if not self._members & {"images", "annotations", ""}:
            raise InputError(f"{self._path}: neither `images` nor `annotations` in it; give a COCO annotation file")
        self._name_labels()
        return self._put_together()

    def _take_image(self, image: dict[str, Any]) -> None:
        key = self._ids_of.key(image.get("id"))
        if key is None:
            self._faults["image", "without an id left out"] += 1
            return
        self._ids.append(key)
        self._names.append(image_name(image))
        absent = image.get("neg_category_ids")
        for category in absent if isinstance(absent, list) else ():
            self._add(key, category, 0.0)

    def _take_annotation(self, annotation: dict[str, Any]) -> None:
        key = self._ids_of.key(annotation.get("image_id"))
        if key is None:
            self._faults["annotation", "without an image_id left out"] += 1
            return
        score = annotation.get("score", 1.0)
        sure = confidence(score)
        if sure == 0:
            self._faults["annotation", "of score 0, which says nothing, left out"] += 1
            return
        if sure is None:
            self._faults["score", "outside 0 to 1, or no number, taken as 1"] += 1
            sure = 1.0
        number = annotation.get("id")
        if type(number) is int and abs(number) < 1 << 62:
            self._number.append(number)
        if "segments_info" in annotation:
            for segment in segments(annotation):
                self._add(key, segment.get("category_id"), sure)
        else:
            self._add(key, annotation.get("category_id"), sure)

    def _take_image_label(self, label: dict[str, Any]) -> None:
        key, sure = self._ids_of.key(label.get("image_id")), confidence(label.get("confidence", 1.0))
        if key is None or sure is None:
            self._faults["image_labels", "without an image_id or a confidence from 0 to 1 left out"] += 1
            return
        self._add(key, label.get("category_id"), sure)

    def _take_category(self, category: dict[str, Any]) -> None:
        id, name = category.get("id"), category.get("name")
        if not isinstance(id, int | str) or not isinstance(name, int | str):
            self._faults["category", "without an id or a name left out"] += 1
        elif id in self._listed:
            self._faults["category", f"with an id that is there already left out (id {id}, {name!r})"] += 1
        else:
            self._listed[id] = Label(category_key(category), str(category.get("synset") or name))

    def _add(self, image: int, category: Any, sure: float) -> None:
        code = self._codes.get(category) if isinstance(category, int | str) else -1
        if code is None:
            code = self._codes[category] = len(self._used)
            self._used.append(category)
        if code < 0:
            self._faults["annotation", "without a category_id left out"] += 1
            return
        self._image.append(image)
        self._code.append(code)
        self._sure.append(sure)

    def _name_labels(self) -> None:
        """Turn the categories into labels: first those that are listed, then those that are not but used."""
        codes = Codes(self._labels)
        places = {id: codes.code(*label) for id, label in self._listed.items()}
        unlisted = [id for id in self._used if id not in places]
        places.update((id, codes.code(str(id))) for id in unlisted)
        self._place = np.array([places[id] for id in self._used], np.int32)
        if unlisted and "" not in self._members:
            counts = np.bincount(np.frombuffer(self._code, np.int32), minlength=len(self._used))
            chosen = [f"{id} ({counts[self._codes[id]]:,})" for id in unlisted[:_MOST]]
            more = ", …" if len(unlisted) > _MOST else ""
            ids = counted(len(unlisted), "category id")
            self._say(f"{ids} used but not in `categories`: {', '.join(chosen)}{more}; kept without a name")

    def _put_together(self) -> _Table:
        image, code = np.frombuffer(self._image, np.int64), np.frombuffer(self._code, np.int32)
        sure = np.frombuffer(self._sure, np.float32)
        if "" in self._members or (not len(self._ids) and len(image)):
            if "" not in self._members:
                self._say("no `images`: only those that annotations name are there")
            self._ids = array("q", image[in_order(self._image)].tobytes())
            self._names = Texts(map(self._ids_of.text, self._ids))
        ids, names, kept = np.frombuffer(self._ids, np.int64), self._names, in_order(self._ids)
        if len(kept) < len(ids):
            self._say(f"{counted(len(ids) - len(kept), 'image')} with an id that is there already left out")
            ids, names = ids[kept], Texts(names[place] for place in kept)
        sorted_ids, first = np.unique(ids, return_index=True)
        place = np.searchsorted(sorted_ids, image)
        place[place == len(sorted_ids)] = 0
        known = sorted_ids[place] == image if len(sorted_ids) else np.zeros(len(image), bool)
        if not known.all():
            lost = np.unique(image[~known])
            chosen = ", ".join(map(self._ids_of.text, lost[:_MOST].tolist()))
            count = len(known) - int(known.sum())
            more = ", …" if len(lost) > _MOST else ""
            what = counted(count, "annotation")
            self._say(f"{what} of images that are not in `images` left out: image_id {chosen}{more}")
        self._check_numbers()
        for (noun, fault), count in self._faults.items():
            self._say(f"{counted(count, noun, _PLURALS.get(noun, ''))} {fault}")
        # One row for each label of an image, the surest; absent ones apart, for a contradiction is to be seen.
        absent = sure[known] == 0
        label = self._place[code[known]] if len(code) else code
        key = (first[place[known]] * max(len(self._labels), 1) + label) * 2 + absent
        order = np.argsort(key, kind="stable")
        key = key[order]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        surest = np.maximum.reduceat(sure[known][order], starts) if len(starts) else sure[:0]
        rest = key[starts] // 2
        size = max(len(self._labels), 1)
        return _Table(names, rest // size, (rest % size).astype(np.int32), surest)

    def _check_numbers(self) -> None:
        numbers = np.sort(np.frombuffer(self._number, np.int64))
        twice = numbers[1:][numbers[1:] == numbers[:-1]]
        if len(twice) and "" not in self._members:
            what = counted(len(twice), "annotation")
            self._say(f"{what} with an id that is there already (id {twice[0]}) read as others")

    def _say(self, what: str) -> None:
        self._report(self._path.name, what)


def _sniff(path: Path, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"[":
        return b'"image_id"' in head and b'"category_id"' in head
    return start[:1] == b"{" and _MARK.search(head) is not None


FORMAT = LabelFormat(
    "coco", _sniff, Coco, _coco_written.write, (".json",), _coco_boxes.pictures, _coco_boxes.write_boxes
)
