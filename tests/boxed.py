"""Annotation files that several tests read, expand and write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from taxonomy.labels import Annotations, Batch, Expanded, Label, Report, format_named, open_labels

Rows = dict[str, dict[str, float]]
ABOVE = {"dog": ("canine", "animal"), "cat": ("animal",), "puppy": ("dog", "canine", "animal")}


class Ladder:
    """A sink that writes names in place of keys where ``renamed`` says so, and knows what is above a dog."""

    def __init__(self, labels: Sequence[Label], renamed: dict[str, str], dropped: str = "") -> None:
        self.ids: list[str] = []
        self.names: list[str] = []
        self.reasons = [""]
        self.placed: dict[str, int] = {}
        self.dropped: dict[int, set[tuple[str, bool]]] = {}
        self._of = {label.key: label.name for label in labels}
        self._places: dict[str, int] = {}
        for label in labels:
            if label.name != dropped:
                name = renamed.get(label.name, label.name)
                self.placed[label.key] = self.position(name, label.key if name == label.name else name)

    def position(self, name: str, id: str = "") -> int:
        if name not in self._places:
            self._places[name] = len(self.ids)
            self.ids.append(id or f"id:{name}")
            self.names.append(name)
        return self._places[name]

    def above(self, key: str) -> set[int]:
        return {self.position(name) for name in ABOVE.get(self._of[key], ())}

    def reason(self, text: str) -> int:
        if text not in self.reasons:
            self.reasons.append(text)
        return self.reasons.index(text)


def rows(file: Annotations) -> Rows:
    """Return the confidence of each label's name, by image."""
    found: Rows = {}
    for batch in file.batches():
        assert batch.starts[0] == 0
        assert batch.starts[-1] == len(batch.labels) == len(batch.confidence)
        for image, begin, end in zip(batch.images, batch.starts, batch.starts[1:], strict=False):
            assert image not in found
            names = (file.labels[code].name for code in batch.labels[begin:end])
            found[image] = dict(
                zip(names, (round(value, 4) for value in batch.confidence[begin:end].tolist()), strict=True)
            )
    return found


def read(path: Path) -> tuple[Rows, list[str]]:
    """Return what a file says, and what was reported of it."""
    said: list[str] = []
    file = open_labels(path, lambda where, what: said.append(f"{where}: {what}"))
    return rows(file), said


def expand(
    path: Path,
    out: Path,
    ruled: dict[str, str] | None = None,
    renamed: dict[str, str] | None = None,
    dropped: str = "",
    to: str = "",
) -> list[str]:
    """Add ancestors, and what ``ruled`` says of a label, at .8; write it in the same format, and return the remarks."""
    file = open_labels(path, lambda where, what: None)
    list(file.batches())  # all labels are known
    sink = Ladder(file.labels, renamed or {}, dropped)
    write = format_named(to or file.format).write
    assert write is not None
    return write(out, _expanded(file, sink, ruled or {}), sink, None if to else path)


def convert(
    path: Path,
    out: Path,
    to: str,
    ruled: dict[str, str] | None = None,
    renamed: dict[str, str] | None = None,
    report: Report = lambda where, what: None,
) -> list[str]:
    """Do as `expand` does, but write another format of boxes."""
    file = open_labels(path, lambda where, what: None)
    list(file.batches())
    sink = Ladder(file.labels, renamed or {})
    boxes, write = format_named(file.format).boxes, format_named(to).write_boxes
    assert boxes is not None
    assert write is not None
    return write(out, _expanded(file, sink, ruled or {}), sink, boxes(path), report)


def _expanded(file: Annotations, sink: Ladder, ruled: dict[str, str]) -> Iterator[Expanded]:
    for batch in file.batches():
        counts, labels, sure, why = [0], [], [], []
        for begin, end in zip(batch.starts, batch.starts[1:], strict=False):
            known: dict[int, tuple[float, int]] = {}
            for code, value in zip(batch.labels[begin:end].tolist(), batch.confidence[begin:end].tolist(), strict=True):
                if file.labels[code].key in sink.placed:
                    known[sink.placed[file.labels[code].key]] = (value, 0)
            for code, value in zip(batch.labels[begin:end].tolist(), batch.confidence[begin:end].tolist(), strict=True):
                label = file.labels[code]
                if value == 0 or label.key not in sink.placed:
                    continue
                for above in sorted(sink.above(label.key)):
                    known.setdefault(above, (value, sink.reason(f"ancestor of {label.name}")))
                if label.name in ruled:
                    known.setdefault(sink.position(ruled[label.name]), (0.8 * value, sink.reason("rule")))
            labels += known
            sure += [value for value, _ in known.values()]
            why += [reason for _, reason in known.values()]
            counts.append(len(labels))
        places = np.array(labels, np.int32)
        expanded = Batch(batch.images, np.array(counts), places, np.array(sure, np.float32))
        yield Expanded(expanded, np.array(why, np.int32))
