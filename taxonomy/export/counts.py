"""How many images each concept has, from a file that says it of labels: `taxonomy labels stats` prints one.

It is TSV with a header, or JSON: a list of objects, or one on a line.  ``images`` says how many, ``concept`` of what;
where that is missing or empty, ``label``: an id, ``dataset:key`` or a name with one dominant concept.  Count before
`taxonomy labels expand`: an expanded file has the images of a class again at those above it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taxonomy.errors import InputError, NotFoundError
from taxonomy.store.read import Taxonomy

_LIKE = "give what 'taxonomy labels stats FILE --format tsv' prints"


@dataclass(frozen=True, slots=True)
class Counts:
    """Images by concept.

    Attributes:
        images: by the key of the concept; where several labels are one concept, of all together.
        unknown: labels that are no concept, in the order of the file.
        sha256: checksum of the file, which may be a pipe that is not read twice.
    """

    images: dict[int, int]
    unknown: tuple[str, ...]
    sha256: str


def read(taxonomy: Taxonomy, path: Path) -> Counts:
    """Read how many images each concept has.

    Args:
        taxonomy: in which labels resolve.
        path: the file.

    Raises:
        InputError: it cannot be read, lacks a column, or a number is none.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise InputError(f"{path}: cannot be read ({reason}); {_LIKE}") from error
    keys: dict[str, int] = dict(taxonomy.execute("SELECT id, concept FROM identifier"))
    keys.update(taxonomy.execute("SELECT id, key FROM concept"))
    images: dict[int, int] = {}
    unknown: list[str] = []
    for where, row in _rows(path, text):
        label = str(row.get("concept") or row.get("label") or "")
        number = str(row.get("images", "")).strip()
        if not label or not number:
            raise InputError(f"{where}: there must be images, and a concept or label; {_LIKE}")
        if not number.isdecimal():
            raise InputError(f"{where}: {number!r} is no number of images; {_LIKE}")
        key = keys.get(label) or _resolved(taxonomy, label)
        if key is None:
            unknown.append(label)
        else:
            images[key] = images.get(key, 0) + int(number)
    if not images:
        raise InputError(f"{path}: no label in it is a concept of {taxonomy.path}; {_LIKE}")
    return Counts(images, tuple(unknown), hashlib.sha256(data).hexdigest())


def _rows(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row with its place."""
    lines = text.splitlines()
    if not text.lstrip().startswith(("[", "{")):
        header = lines[0].split("\t") if lines else []
        for number, line in enumerate(lines[1:], 2):
            if line:
                yield f"{path}:{number}", dict(zip(header, line.split("\t"), strict=False))
        return
    try:
        if text.lstrip().startswith("["):
            rows = [(str(path), row) for row in json.loads(text)]
        else:
            rows = [(f"{path}:{number}", json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]
    except ValueError as error:
        raise InputError(f"{path}: it is no JSON ({error}); {_LIKE}") from error
    for where, row in rows:
        if not isinstance(row, dict):
            raise InputError(f"{where}: {row!r} is no object; {_LIKE}")
        yield where, row


def _resolved(taxonomy: Taxonomy, label: str) -> int | None:
    """Return the key of the concept that a label means; None when that is none, or not clear."""
    try:
        found = taxonomy.candidates(label)  # resolve looks for similar names, which takes 30 ms
        return taxonomy[label].key if len(found) > 1 else found[0].key if found else None
    except NotFoundError:
        return None
