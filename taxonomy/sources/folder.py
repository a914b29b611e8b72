"""Image folders: every directory that holds images itself is a class, those above it are its lineage.

The layout of torchvision's ImageFolder, at any depth; folders may be wnids (``n02085620``, in Stanford Dogs
``n02085620-Chihuahua``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import SourceClass
from taxonomy.sources._format import Format, Report

IMAGE = re.compile(r"[^.].*\.(jpe?g|jpe|jfif|jp2|png|gif|bmp|webp|tiff?|p[bgp]m|avif|heic)", re.IGNORECASE)
SYNSET = re.compile(r"(n[0-9]{8})(?:[-_ .](.+))?")


def _sniff(path: Path, head: bytes) -> bool:
    return path.is_dir()


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    def unreadable(error: OSError) -> None:
        report(str(error.filename), f"cannot be read ({error.strerror})")

    seen: set[Path] = set()
    for folder, subfolders, files in os.walk(path, onerror=unreadable, followlinks=True):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        relative = Path(folder).relative_to(path)
        where = f"{path.name}/{relative.as_posix()}"
        # Class folders are often links to another disk; one that leads back up would never end.
        real = Path(folder).resolve()
        if real in seen:
            subfolders.clear()
            report(where, f"links to {real}, which was read already")
            continue
        seen.add(real)
        if relative.parts and any(map(IMAGE.fullmatch, files)):
            yield where, _class(relative)


def _class(relative: Path) -> SourceClass:
    *above, name = relative.parts
    synset = SYNSET.fullmatch(name)
    return SourceClass(
        key=relative.as_posix(),
        name=(synset[2] or name) if synset else name,
        wnid=synset[1] if synset else "",
        parent=" > ".join(above),
    )


FORMAT = Format("folder", "a folder with a subfolder of images for each class", _sniff, _read)
