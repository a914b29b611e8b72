"""Names of emoji and symbols in many languages: Unicode CLDR's annotations as JSON (``cldr-annotations-full``).

One locale's ``annotations.json``, or a folder of locales, joined by the characters.  A character's short name is its
name; keywords are left out, for most are parts of the name or loosely related (*fortune* for the crystal ball).
Format: https://github.com/unicode-org/cldr-json
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import NAMES, SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import _json
from taxonomy.sources._format import Format, Report
from taxonomy.sources._language import bcp47
from taxonomy.sources._packed import broken, head_of
from taxonomy.text import is_english

# Flags and skin tones are in a package of their own, under a key of their own.
_ROOTS = ("annotations", "annotationsDerived")
_MARK = re.compile(rb'\{\s*"annotations(?:Derived)?"\s*:\s*\{\s*"identity"\s*:')
_FILES = ("*/annotations.json*", "annotations*/*/annotations.json*", "annotations*.json*")

Names = dict[str, dict[str, str]]
"""Short names by locale, by characters."""


def _sniff(path: Path, head: bytes) -> bool:
    heads = map(_head, _files(path)) if path.is_dir() else (head,)
    return any(_MARK.match(each.removeprefix(b"\xef\xbb\xbf").lstrip()) for each in heads)


def _head(file: Path) -> bytes:
    try:
        return head_of(file, 200)
    except broken():
        return b""


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder of locales, of the package that it is in, or of one with a file for each locale."""
    return next((found for pattern in _FILES if (found := sorted(folder.glob(pattern)))), [])


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    names: Names = {}
    for file in _files(path) if path.is_dir() else [path]:
        _add(names, file, report)
    for characters, by_locale in names.items():
        key = "-".join(f"{ord(character):x}" for character in characters)
        english = [text for locale, text in sorted(by_locale.items()) if is_english(locale)]
        others = tuple((locale, text) for locale, text in sorted(by_locale.items()) if not is_english(locale))
        name, *synonyms = english or [others[0][1]]
        language = "en" if english else others[0][0]
        entry = SourceClass(key, name, synonyms=tuple(synonyms), names=others, language=language)
        yield f"{path.name}:{characters}", entry


def _add(names: Names, file: Path, report: Report) -> None:
    """Add the short names of one locale; a regional one has only what differs, or nothing."""
    place = f"{file.parent.name}/{file.name}"  # every locale's file has the same name
    try:
        document = _json.load(file, report)
    except InputError as error:
        report(place, str(error))
        return
    root = next((document[key] for key in _ROOTS if key in document), None) if isinstance(document, dict) else None
    annotations = root.get("annotations", {}) if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(annotations, dict):
        report(place, "no `annotations` of a locale")
        return
    identity = root.get("identity")
    parts = [identity.get(part) for part in ("language", "script", "territory")] if isinstance(identity, dict) else []
    locale = bcp47("-".join(part for part in parts if isinstance(part, str)))
    for characters, annotation in annotations.items():
        short = annotation.get("tts") if isinstance(annotation, dict) else None
        if isinstance(short, list) and short and isinstance(short[0], str) and short[0].strip():
            names.setdefault(characters, {}).setdefault(locale, short[0])
        elif short is not None:
            report(f"{place}:{characters}", "its `tts` is no list with a name")


FORMAT = Format("cldr", "CLDR annotations of emoji, a JSON file or a folder of locales", _sniff, _read, kind=NAMES)
