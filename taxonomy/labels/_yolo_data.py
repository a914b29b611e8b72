"""The YAML file of a YOLO dataset, and the images and text files that it leads to."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from taxonomy.errors import InputError
from taxonomy.labels._format import Report
from taxonomy.labels._gather import is_unicode
from taxonomy.sources import yolo
from taxonomy.sources._format import read_text
from taxonomy.sources.folder import IMAGE

_SPLITS = ("train", "val", "test")
_YAML = re.compile(r".*\.ya?ml", re.IGNORECASE)
_HEAD = 1 << 16


class Labels(NamedTuple):
    """The text file of an image, and the image, which need not exist; ``place`` is where it is in the dataset."""

    path: Path
    place: Path
    image: Path


class Data:
    """A YAML file.

    Attributes:
        path: where it is.
        root: the folder that the others are in.
        names: of the classes, by index.
    """

    def __init__(self, path: Path, report: Report) -> None:
        """Read the file.

        Raises:
            InputError: it cannot be read, or names nothing.
        """
        self.path = path
        self.names: dict[int, str] = {}
        for where, entry in yolo.FORMAT.read(path, report):
            if not entry.key.isdecimal():
                report(where, f"the class {entry.key[:40]!r} has no index; left out")
            elif int(entry.key) in self.names:
                report(where, f"the index {entry.key} is there already; left out")
            else:
                self.names[int(entry.key)] = entry.name or entry.key
        self._first = {name: index for index, name in reversed(self.names.items())}
        self._document = _load(path)
        named = Path(str(self._document.get("path") or "."))
        self.root = next((root for root in (path.parent / named, named) if root.is_dir()), path.parent)
        concepts = self._document.get("concepts")
        self._concepts = concepts if isinstance(concepts, dict) else {}

    def key(self, index: int) -> str:
        """Return the key of a class: its name, or the concept that an added one says it is.

        Not its index, which may be the key of another class in a vocabulary: 16 is a dog here and a bird in COCO.
        """
        if index in self._concepts:
            return str(self._concepts[index])
        name = self.names.get(index, str(index))
        return name if self._first.get(name, index) == index else f"{index} {name}"

    def images(self, report: Report) -> Iterator[tuple[str, Labels]]:
        """Yield the name of each image, from the root on, and its text file; those of a folder by name.

        Raises:
            InputError: there are none.
        """
        seen: set[tuple[str, str]] = set()
        empty = True
        for _, place in self._places(report):
            found = self._listed(place) if place.suffix == ".txt" else self._walk(place, _beside(place), seen)
            for image, labels in found:
                empty = False
                if is_unicode(image):
                    yield image, labels
                else:
                    report(ascii(image)[1:-1], "the name is not UTF-8; rename it, the image is left out")
        if empty:
            folders = f"{self.root}/images or {self.root}/labels"
            raise InputError(f"{self.path}: no images and no labels found; put them where it says, or into {folders}")

    def write(self, folder: Path, names: dict[int, str], concepts: dict[int, str]) -> None:
        """Write the file into another folder, with other names."""
        import yaml

        kept = {key: value for key, value in self._document.items() if key not in ("path", "names", "nc", "concepts")}
        for split, place in self._places(lambda where, what: None):
            if split in kept and isinstance(kept[split], str):
                kept[split] = self._place(place).as_posix()
            if place.suffix == ".txt":
                (folder / self._place(place)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(place, folder / self._place(place))
        document = kept | {"nc": len(names), "names": dict(sorted(names.items()))}
        if concepts:
            document["concepts"] = dict(sorted(concepts.items()))
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        (folder / self.path.name).write_text(text, encoding="utf-8")

    def _places(self, report: Report) -> Iterator[tuple[str, Path]]:
        """Yield the folders of images, and lists of them."""
        named = [(split, text) for split in _SPLITS for text in _texts(self._document.get(split))]
        for split, text in named or [("", "images")]:
            entry = Path(text)
            # Exports of Roboflow say ../train/images for what is beside the file.
            within = Path(*(part for part in entry.parts if part != ".."))
            for place in (self.root / entry, self.path.parent / entry, self.path.parent / within):
                if place.exists() or _beside(place).is_dir():
                    yield split, Path(os.path.normpath(place))
                    break
            else:
                if split:
                    report(self.path.name, f"{split}: no such folder: {text}; left out")

    def _walk(self, images: Path, labels: Path, seen: set[tuple[str, str]]) -> Iterator[tuple[str, Labels]]:
        # Two splits may be one folder, and a link may lead back up.
        real = os.path.realpath(images), os.path.realpath(labels)
        if real in seen:
            return
        seen.add(real)
        pictures, folders = _entries(images)
        texts, others = _entries(labels)
        names = {Path(name).stem: name for name in sorted(pictures, reverse=True) if IMAGE.fullmatch(name)}
        stems = names.keys() | {name[:-4] for name in texts if name.endswith(".txt")}
        if labels == images:
            stems = set(names)  # any other text may be beside the images
        for stem in sorted(stems):
            text = labels / f"{stem}.txt"
            image = images / names.get(stem, stem)
            yield self._place(image).as_posix(), Labels(text, self._place(text), image)
        for folder in sorted(folders | others):
            yield from self._walk(images / folder, labels / folder, seen)

    def _listed(self, place: Path) -> Iterator[tuple[str, Labels]]:
        with place.open(encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                if name := line.strip():
                    image = Path(os.path.normpath(place.parent / name if name.startswith("./") else self.root / name))
                    text = _beside(image.parent) / f"{image.stem}.txt"
                    yield self._place(image).as_posix(), Labels(text, self._place(text), image)

    def _place(self, path: Path) -> Path:
        """Return the path from the root on."""
        place = Path(os.path.relpath(path, self.root))
        return Path(*(part for part in place.parts if part != ".."))


def write_new(folder: Path, names: dict[int, str], concepts: dict[int, str]) -> None:
    """Write a YAML file for text files in ``labels`` and images that may come to ``images``."""
    import yaml

    folder.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {"train": "images", "val": "images"}
    document |= {"nc": len(names), "names": dict(sorted(names.items()))}
    if concepts:
        document["concepts"] = dict(sorted(concepts.items()))
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    (folder / "data.yaml").write_text(text, encoding="utf-8")


def find(path: Path) -> Path:
    """Return the YAML file of a dataset, which may be given itself.

    Raises:
        InputError: there is none, or there are several.
    """
    found = [path]
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if _YAML.fullmatch(file.name) and file.is_file())
    named = [file for file in found if _YAML.fullmatch(file.name) and _names_classes(file)]
    if len(named) == 1:
        return named[0]
    if named:
        raise InputError(f"{path}: several YAML files with names: {', '.join(file.name for file in named)}; give one")
    raise InputError(f"{path}: no YAML file with `names:`; give that of a YOLO dataset")


def _names_classes(path: Path) -> bool:
    with path.open("rb") as file:
        return yolo.FORMAT.sniff(path, file.read(_HEAD))


def _load(path: Path) -> dict[Any, Any]:
    import yaml

    try:
        document = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = str(error).partition("\n")[0]
        raise InputError(f"{path.name}: YAML that cannot be read: {what}; correct it") from error
    return document if isinstance(document, dict) else {}


def _beside(images: Path) -> Path:
    """Return the folder of the text files of a folder of images: the last ``images`` in its path is ``labels``."""
    parts = images.parts
    if "images" not in parts:
        return images
    last = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:last], "labels", *parts[last + 1 :])


def _entries(folder: Path) -> tuple[set[str], set[str]]:
    """Return the names of the files and of the folders in a folder; none when it is not there."""
    try:
        with os.scandir(folder) as entries:
            known = [(entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return set(), set()
    return {name for name, is_dir in known if not is_dir}, {name for name, is_dir in known if is_dir}


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text]
