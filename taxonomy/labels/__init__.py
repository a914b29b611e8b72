"""Annotation files: `open_labels` finds out the format and opens one; others expand, check, convert and write it.

A format is one module with a `FORMAT`, a `LabelFormat`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.labels._format import Expanded, LabelFormat, Report, Sink
from taxonomy.labels._rows import head_of, shape_of
from taxonomy.labels.batch import Annotations, Batch, Label
from taxonomy.sources._format import first_line

__all__ = [
    "Annotations",
    "Batch",
    "Expanded",
    "Label",
    "LabelFormat",
    "Report",
    "Sink",
    "check_name",
    "format_named",
    "open_labels",
]

# The first that recognises a file reads it, so the formats with the clearest marks go first.
_BUILT_IN = ("coco", "voc", "yolo", "openimages", "long", "wide", "tencent", "folder")
_MOST_NAMED = 6  # columns
_MOST_SHOWN = 40  # characters


def open_labels(path: Path, report: Report, format: str | None = None) -> Annotations:
    """Open an annotation file.

    Args:
        path: a file or folder.
        report: told of rows that cannot be used, when they are read for the first time.
        format: its name; None to find out by the content.

    Raises:
        InputError: the file is missing, empty, or of no known format.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file; give the annotations of a dataset")
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path}: is empty; give the annotations of a dataset")
    if format is not None:
        return _Opened(format_named(format), path, report)
    head = head_of(path)
    for known in formats():
        if known.sniff(path, head):
            return _Opened(known, path, report)
    raise InputError(
        f"{path}: of no known format: {_found(path, head)}\nformats: {', '.join(_BUILT_IN)}; name one by --from"
    )


def _found(path: Path, head: bytes) -> str:
    """Return what a file of no known format is, and lacks."""
    shape = shape_of(path, head)
    columns = shape.columns if shape is not None else ()
    if shape is not None and (len(columns) > 1 or shape.kind == "parquet"):
        names = ", ".join(name[:30] for name in columns[:_MOST_NAMED]) + (", …" if len(columns) > _MOST_NAMED else "")
        return f"columns {names}: needs image and label, or image and labels"
    line = first_line(head)
    if "\0" in line:
        return "it is no text"
    return f"it begins with {line[:_MOST_SHOWN]!r}" if line else "there is nothing in it"


def check_name(path: Path, format: LabelFormat) -> None:
    """Refuse to write a format to a file whose name says that it is another one, or packed.

    Args:
        path: the file to write.
        format: what is written.

    Raises:
        InputError: other formats are written to such files, and this one is not.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    for suffix in suffixes[-2:] if suffixes[-1:] == [".gz"] else suffixes[-1:]:
        others = [known.name for known in formats() if suffix in known.suffixes]
        if others and format.name not in others:
            what = f"{format.name} is not written as {suffix}; name the file otherwise"
            raise InputError(f"{path}: {what}, or give its format by --to ({', '.join(others)})")


class _Opened:
    """An open file, whatever its format: it reports bad rows when it is read first, and not again."""

    def __init__(self, known: LabelFormat, path: Path, report: Report) -> None:
        self._tell = _Listening(report)
        self._annotations = known.open(path, self._tell)
        self.format, self.labels = self._annotations.format, self._annotations.labels

    def batches(self) -> Iterator[Batch]:
        """Yield the images, as `Annotations` says."""
        yield from self._annotations.batches()
        self._tell.report = None


class _Listening:
    """Reports as long as there is somebody to tell; apart from `_Opened`, which else would never be freed at once."""

    def __init__(self, report: Report) -> None:
        self.report: Report | None = report

    def __call__(self, where: str, what: str) -> None:
        if self.report is not None:
            self.report(where, what)


def formats() -> list[LabelFormat]:
    """Return the formats, those with the clearest marks first."""
    return [import_module(f"{__name__}.{name}").FORMAT for name in _BUILT_IN]


def format_named(name: str) -> LabelFormat:
    """Return a format.

    Raises:
        InputError: there is none of that name.
    """
    if name not in _BUILT_IN:
        raise InputError(f"{name!r}: no such format of annotations; give one of {', '.join(_BUILT_IN)}")
    found: LabelFormat = import_module(f"{__name__}.{name}").FORMAT
    return found
