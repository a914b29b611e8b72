"""Image folders: the folder that an image is in is its label; ``train``, ``val`` and the like above are none.

The layout of torchvision's ImageFolder, at any depth; folders may be wnids (``n02085620``, ``n02085620-Chihuahua``).
It holds one label an image, so nothing can be added to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.labels._format import LabelFormat, Report
from taxonomy.labels._gather import Codes, batches, is_unicode
from taxonomy.labels.batch import Batch, Label
from taxonomy.sources.folder import IMAGE, SYNSET

_SPLITS = frozenset(["train", "training", "val", "valid", "validation", "test", "testing", "trainval", "images"])


class Folder:
    """An open tree; see `taxonomy.labels.batch.Annotations`."""

    format = "folder"

    def __init__(self, path: Path, report: Report) -> None:
        self.labels: list[Label] = []
        self._path, self._report = path, report
        self._codes = Codes(self.labels)

    def batches(self) -> Iterator[Batch]:
        """Yield the images folder by folder, in the order of their names.

        Raises:
            InputError: there are none, or text files beside them say what is in them.
        """
        if names := next(self._path.glob("*.names"), None):
            what = "a dataset of Darknet, whose boxes are in text files beside the images"
            raise InputError(
                f"{self._path}: {what}; name its classes ({names.name}) and folders in a YAML file of YOLO"
            )
        return batches(self._images())

    def _images(self) -> Iterator[tuple[str, dict[int, float]]]:
        seen: set[str] = set()
        empty = True
        for folder, subfolders, files in os.walk(self._path, onerror=self._unreadable, followlinks=True):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            relative = Path(folder).relative_to(self._path)
            # Class folders are often links to another disk; one that leads back up would never end.
            real = os.path.realpath(folder)
            if real in seen:
                subfolders.clear()
                self._report(relative.as_posix(), f"links to {real}, which was read already")
                continue
            seen.add(real)
            labels: dict[int, float] | None = None
            for name in sorted(files):
                if not IMAGE.fullmatch(name):
                    continue
                empty = False
                image = (relative / name).as_posix()
                if not is_unicode(image):
                    self._report(ascii(image)[1:-1], "the name is not UTF-8; rename it, the image is left out")
                    continue
                if labels is None:
                    labels = self._labels(relative)
                yield image, labels
        if empty:
            raise InputError(f"{self._path}: no images in it; give a folder with a subfolder of images for each class")

    def _labels(self, folder: Path) -> dict[int, float]:
        parts = folder.parts[1:] if folder.parts and folder.parts[0].lower() in _SPLITS else folder.parts
        if not parts:
            return {}  # an image beside the classes
        synset = SYNSET.fullmatch(parts[-1])
        if synset:
            return {self._codes.code(synset[1], synset[2] or ""): 1.0}
        return {self._codes.code("/".join(parts), parts[-1]): 1.0}

    def _unreadable(self, error: OSError) -> None:
        self._report(str(error.filename), f"cannot be read ({error.strerror})")


def _sniff(path: Path, head: bytes) -> bool:
    return path.is_dir()


FORMAT = LabelFormat("folder", _sniff, Folder)
