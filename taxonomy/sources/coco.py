"""COCO and LVIS categories: the ``categories`` of an annotation file, or a JSON file with that list alone.

Format: https://cocodataset.org/#format-data; LVIS adds ``synset``, ``synonyms`` and ``def``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import Format, Report, first_line, read_text

_MARKS = {"{": (b'"categories"', b'"images"', b'"annotations"'), "[": (b'"name"',)}


def _sniff(path: Path, head: bytes) -> bool:
    return any(mark in head for mark in _MARKS.get(first_line(head)[:1], ()))


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    document = _load(path)
    categories = document.get("categories") if isinstance(document, dict) else document
    if not isinstance(categories, list):
        raise InputError(f"{path.name}: no list `categories`; give a COCO annotation file, or that list alone")
    for index, category in enumerate(categories):
        where = f"{path.name}:categories[{index}]"
        if not isinstance(category, dict):
            report(where, "not an object with a name")
            continue
        parent = _text(category.get("supercategory"))
        synonyms = category.get("synonyms")
        entry = SourceClass(
            key=_text(category.get("id")),
            name=_text(category.get("name")),
            wnid=_text(category.get("synset")),
            synonyms=tuple(map(_text, synonyms)) if isinstance(synonyms, list) else (),
            definition=_text(category.get("def")),
            # Roboflow writes "none" for no supercategory; WordNet's noun "none" is an hour of prayer.
            parent="" if parent.lower() == "none" else parent,
        )
        yield where, entry


def _load(path: Path) -> Any:
    """Parse the file, without keeping the images and annotations, which may be gigabytes."""
    import json

    def keep(members: dict[str, Any]) -> dict[str, Any] | None:
        return members if "name" in members or "categories" in members else None

    try:
        return json.loads(read_text(path), object_hook=keep)
    except json.JSONDecodeError as error:
        message = f"{path.name}:{error.lineno}: not valid JSON (column {error.colno}): {error.msg}; correct it"
        raise InputError(message) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: JSON that cannot be read: {error}") from error


def _text(value: object) -> str:
    """Return a text, or an integer as text; anything else is no name or id, and empty."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


FORMAT = Format("coco", "JSON with COCO `categories`", _sniff, _read)
