"""Wikidata's JSON dump (``latest-all.json.gz``), and small files of the same entities.

Two passes: the first takes the hierarchy from the lines that have one, the second the terms of what is chosen.  Both
look for bytes before they parse, since of a hundred lines five matter.
Format: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import ALL, Choice, Format, Report
from taxonomy.sources.wikidata import blocks, streams
from taxonomy.sources.wikidata.entity import SUPERCLASS, TYPE, entity_of, source_class, values
from taxonomy.sources.wikidata.hierarchy import CUT, Hierarchy, Items, number, report_cut

_ENTITY = re.compile(rb'"type"\s*:\s*"(?:item|property)"|"id"\s*:\s*"[QP][1-9]\d*"')
_PARTS = re.compile(rb'"(?:labels|descriptions|aliases|claims|sitelinks)"\s*:')
_EDGES = (b'P279":[', b'P171":[')
_EDGE = re.compile(rb'P(?:279|171)"\s*:\s*\[')
_SPACED = re.compile(rb'[^\\]"(?:\s+:|:\s)')
_STRETCH = 1 << 18  # bytes that are looked through at a time: they and what is noted of each fit into the cache
# The id of a line of which nothing longer comes before it.
_KEY = re.compile(
    rb'[ \t\[]*\{[ ]?(?:"(?:type|pageid|ns|title|lastrevid|modified)":[ ]?(?:"[^"]*"|\d+),[ ]?)*"id":[ ]?"Q(\d{1,9})"'
)
_SEPARATORS = re.compile(r"[\s,\[\]]*")

Answer = TypeVar("Answer")
Problem = tuple[int, str]


class _Edges(NamedTuple):
    """What a block says of the hierarchy: ``(item, superclasses, types)`` of each item that has one."""

    items: list[tuple[int, list[int], list[int]]]
    problems: list[Problem]


class _Classes(NamedTuple):
    """The chosen classes of a block with the number of their lines in it, and how many were left out."""

    rows: list[tuple[int, SourceClass]]
    cut: Counter[int]
    problems: list[Problem]


def _sniff(path: Path, head: bytes) -> bool:
    plain = streams.head(path, head)
    start = plain.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start in (b"{", b"[") and bool(_ENTITY.search(plain)) and bool(_PARTS.search(plain))


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    return chosen(path, report, ALL)


def chosen(
    path: Path, report: Report, choice: Choice, *, workers: int | None = None
) -> Iterator[tuple[str, SourceClass]]:
    """Yield the chosen classes of a dump, in its order.

    Args:
        path: one entity a line, or a JSON document of them; plain or packed.
        report: told what cannot be read, and how much of what is no category was left out.
        choice: the roots, by default all that has or is a superclass; with ``instances`` every entity is parsed,
            which takes several times as long.
        workers: processes that share the work; by default two for a large file.

    Raises:
        InputError: the file cannot be read.
    """
    report = _once(report)
    hierarchy = Hierarchy()
    for first, found in _answers(path, _edges, report, workers):
        _pass_on(path, first, found.problems, report)
        for item, parents, types in found.items:
            hierarchy.add(item, parents)
            hierarchy.add_types(item, types, instances=False)
    kept, missing = hierarchy.chosen(choice)
    for root in missing:
        report(path.name, f"nothing is said to be below the root {root}")
    cut = hierarchy.cut
    task = partial(_classes, kept, choice)
    for first, rest in _answers(path, task, report, workers):
        _pass_on(path, first, rest.problems, report)
        cut += rest.cut
        for line, entry in rest.rows:
            yield f"{path.name}:{first + line}", entry
    report_cut(path.name, cut, report)


def _once(report: Report) -> Report:
    """Report what both passes find only once."""
    known: set[tuple[str, str]] = set()

    def report_new(where: str, what: str) -> None:
        if (where, what) not in known:
            known.add((where, what))
            report(where, what)

    return report_new


def _pass_on(path: Path, first: int, problems: Iterable[Problem], report: Report) -> None:
    for line, what in problems:
        report(f"{path.name}:{first + line}", what)


def _edges(block: bytes) -> _Edges:
    """Find the lines of a block with superclasses or parent taxa."""
    found = _Edges([], [])
    done = 0
    for place in _marks(block):
        if place < done:
            continue
        start = max(block.rfind(b"\n", done, place) + 1, done)
        end = block.find(b"\n", place)
        end = len(block) if end < 0 else end
        done = end
        document = _parsed(block, start, end, found.problems)
        item = _item(document)
        parents = [parent for name in SUPERCLASS for key in values(document, name) if (parent := number(key))]
        if item and parents:
            found.items.append((item, parents, [number(key) for key in values(document, TYPE)]))
    return found


def _marks(block: bytes) -> Iterator[int]:
    """Yield where superclasses or parent taxa may be listed.

    Dumps have no spaces, so a list of a property of three digits is known by two bytes, which is what arrays are good
    at: three times as fast as a regular expression, which is for files that other tools have written anew.
    """
    if _SPACED.search(block, 0, 1 << 12):
        yield from (match.start() for match in _EDGE.finditer(block))
        return
    import numpy as np

    text = np.frombuffer(block, np.uint8)
    first, last = text[:-6], text[6:]
    for start in range(0, len(first), _STRETCH):
        stretch = slice(start, start + _STRETCH)
        found = first[stretch] == ord("P")
        found &= last[stretch] == ord("[")
        places = np.flatnonzero(found) + start
        for place in places[text[places + 2] == ord("7")].tolist():
            if block.startswith(_EDGES, place):
                yield place


def _classes(kept: Items, choice: Choice, block: bytes) -> _Classes:
    """Make classes of the chosen lines of a block."""
    found = _Classes([], Counter(), [])
    line, end = -1, -1
    while (start := end + 1) < len(block):
        end = block.find(b"\n", start)
        end = len(block) if end < 0 else end
        line, key = line + 1, _KEY.match(block, start, end)
        unwanted = key is not None and not choice.instances and int(key[1]) not in kept
        if unwanted or (end - start < 8 and not block[start:end].strip(b"\xef\xbb\xbf[], \t\r")):
            continue
        document = _parsed(block, start, end, found.problems)
        item, types = _item(document), [number(key) for key in values(document, TYPE)]
        if not item or not (item in kept or (choice.instances and any(kind in kept for kind in types))):
            continue
        if out := [kind for kind in types if kind in CUT]:
            found.cut[out[0]] += 1
        else:
            entity = entity_of(document, f"Q{item}")
            found.rows.append((line, source_class(entity, kept, choice.languages)))
    return found


def _item(document: dict[str, Any]) -> int:
    key = document.get("id")
    return number(key) if isinstance(key, str) else 0


def _parsed(block: bytes, start: int, end: int, problems: list[Problem]) -> dict[str, Any]:
    """Return the entity of a line; an empty one where there is none, which becomes a problem."""
    text = block[start:end].strip(b"\xef\xbb\xbf \t\r,").removeprefix(b"[").removesuffix(b"]").strip(b" ,")
    try:
        document = _loads()(text)
    except (ValueError, RecursionError) as error:
        problems.append((block.count(b"\n", 0, start), f"not valid JSON: {error}"))
        return {}
    if isinstance(document, dict):
        return document
    problems.append((block.count(b"\n", 0, start), "no entity, which is a JSON object"))
    return {}


@cache
def _loads() -> Callable[[bytes], Any]:
    from importlib import import_module

    try:
        found: Callable[[bytes], Any] = import_module("orjson").loads
    except ImportError:
        found = import_module("json").loads
    return found


def _answers(
    path: Path, task: blocks.Task[Answer], report: Report, workers: int | None
) -> Iterator[tuple[int, Answer]]:
    """Yield what the task makes of the entities, with the number of the first line.

    Of a document that does not have one entity a line, it is the number of the entity.
    """
    import json  # slow to import; every file is sniffed here, few are read

    if _has_lines(streams.head(path, streams.start(path))):
        yield from blocks.answers(path, task, report, workers=workers)
    else:
        entities = (json.dumps(entity) for entity in _entities(path, report))
        yield 1, task("\n".join(entities).encode())


def _has_lines(head: bytes) -> bool:
    """Tell whether a file has one entity a line, by how its first one ends."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    bare = text.removeprefix(b"[").lstrip()
    line, newline, _ = bare.partition(b"\n")
    line = line.rstrip()
    if bare[1:].lstrip().startswith((b'"entities"', b'"success"')):
        return False
    if newline:
        return line.endswith((b"},", b"}"))
    # Without a line end the first entity is a long one, or all are on one line.
    return not text.startswith(b"[{")


def _entities(path: Path, report: Report) -> Iterator[Any]:
    """Yield the entities of a JSON array, of the answer of Wikidata's API, or of one object after the other."""
    import json

    parts: list[bytes] = []
    try:
        parts.extend(streams.chunks(path))
    except streams.Damaged as error:
        report(path.name, f"the file is damaged ({error}); only what comes before that is read")
    text = b"".join(parts).decode("utf-8-sig", "replace")
    decoder, place = json.JSONDecoder(), 0
    while (place := _SEPARATORS.match(text, place).end()) < len(text):  # type: ignore[union-attr]
        try:
            document, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, place) + 1
            report(f"{path.name}:{line}", f"not valid JSON: {error}; only what comes before that is read")
            return
        inner = document.get("entities") if isinstance(document, dict) else None
        yield from inner.values() if isinstance(inner, dict) else [document]


FORMAT = Format(
    "wikidata", "a JSON dump of Wikidata (.json, .gz, .bz2, .zst)", _sniff, _read, kind=KNOWLEDGE, chosen=chosen
)
