"""OpenStreetMap's presets: kinds of places and things on the map, from ``@openstreetmap/id-tagging-schema``.

``presets.json`` with its ``translations`` beside it, or a folder with both.  A preset is a kind of the one that its key
continues: ``amenity/taxi/motorcycle_taxi`` of ``amenity/taxi``.  Aliases are names; search terms are left out, for they
are what people think of (*kiln* for a pottery).  Format: https://github.com/openstreetmap/id-tagging-schema
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import _json
from taxonomy.sources._format import Format, Report
from taxonomy.sources._language import bcp47
from taxonomy.text import is_english

_PRESET = re.compile(rb'"geometry"\s*:\s*\[')
_TAGS = re.compile(rb'"tags"\s*:\s*\{')
_PLACES = ("presets.json", "presets.min.json", "dist/presets.json", "presets.json.gz")
_TRANSLATION = re.compile(r"(?:translations-)?([A-Za-z]{2,3}(?:[-_@]\w+)*)\.json(?:\.(?:gz|bz2|xz))?")
_REFERENCE = re.compile(r"\{([^{}]+)\}")
_STEPS = 10  # that a name is followed from preset to preset, which may lead in a circle

Texts = Mapping[str, Mapping[str, Any]]
"""Name and aliases of each preset in one language."""


def _sniff(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return _presets(path) is not None
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and bool(_PRESET.search(head) and _TAGS.search(head))


def _presets(folder: Path) -> Path | None:
    return next((folder / place for place in _PLACES if (folder / place).is_file()), None)


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    file = _presets(path) or path
    presets = _json.load(file, report)
    if not isinstance(presets, dict):
        raise InputError(f"{file.name}: no presets; give presets.json of @openstreetmap/id-tagging-schema")
    translations = _translations(file.parent, report)
    for key, preset in presets.items():
        where = f"{file.name}:{key}"
        if isinstance(preset, dict):
            yield where, _class(key, presets, translations)
        else:
            report(where, "not an object with tags")


def _class(key: str, presets: Texts, translations: Mapping[str, Texts]) -> SourceClass:
    others = {language: texts for language, texts in translations.items() if language != "en"}
    english = _names(key, presets, translations.get("en", {})) or _names(key, presets, presets)
    variants = [name for tag, texts in others.items() if is_english(tag) for name in _names(key, presets, texts)]
    names = [
        (tag, text) for tag, texts in others.items() if not is_english(tag) for text in _names(key, presets, texts)
    ]
    readable = key.rpartition("/")[2].replace("_", " ")
    language, other = names[0] if names and not english and not variants else ("en", readable)
    name, *aliases = english or variants or [other]
    return SourceClass(
        key=key,
        name=name,
        synonyms=(*aliases, *variants),
        parents=_parents(key, presets),
        names=tuple(names),
        language=language,
    )


def _names(key: str, presets: Texts, texts: Texts) -> list[str]:
    """Return a preset's name and aliases in one language; the name ``{building/terrace}`` is that of another preset."""
    aliases = _entry(texts, key).get("aliases")
    lines = aliases.split("\n") if isinstance(aliases, str) else aliases if isinstance(aliases, list) else []
    for _ in range(_STEPS):
        reference = _REFERENCE.fullmatch(str(_entry(presets, key).get("name")))
        if not reference:
            break
        key = reference[1]
    name = _entry(texts, key).get("name")
    return [text for text in (name, *lines) if isinstance(text, str) and text and not _REFERENCE.fullmatch(text)]


def _entry(texts: Texts, key: str) -> Mapping[str, Any]:
    entry = texts.get(key)
    return entry if isinstance(entry, dict) else {}


def _parents(key: str, presets: Texts) -> tuple[str, ...]:
    """Return the preset with the longest key that this one continues, if there is one."""
    while above := key.rpartition("/")[0]:
        if above in presets:
            return (above,)
        key = above
    return ()


def _translations(folder: Path, report: Report) -> Mapping[str, Texts]:
    """Return what each language has for the presets."""
    found: dict[str, Texts] = {}
    for file in [*sorted(folder.glob("translations/*.json*")), *sorted(folder.glob("translations-*.json*"))]:
        named = _TRANSLATION.fullmatch(file.name)
        if not named:
            continue
        try:
            document = _json.load(file, report)
        except InputError as error:
            report(file.name, str(error))
            continue
        inner = list(document.values()) if isinstance(document, dict) else []  # {"de": {"presets": {"presets": …
        if len(inner) == 1 and isinstance(inner[0], dict):
            found.setdefault(bcp47(named[1]), _entry(_entry(inner[0], "presets"), "presets"))
        else:
            report(file.name, "no translations of presets into a language")
    return found


FORMAT = Format("osm", "OpenStreetMap's presets.json, or a folder with it", _sniff, _read, kind=KNOWLEDGE)
