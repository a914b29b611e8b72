"""Wikidata's JSON dump (``latest-all.json.gz``), and small files of the same entities.

The first reading takes the hierarchy from the lines that have one, of a hundred about six, and sets the classes that
they make aside until it is known which are chosen.  A second reading is for chosen items without a superclass of their
own, which looked like all the others: for a root such as "entity", for what is only a superclass when all is read, and
for instances.  Both look for bytes before they parse.
Format: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import cache, partial
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import ALL, Choice, Format, Note, Report
from taxonomy.sources.wikidata import blocks, streams
from taxonomy.sources.wikidata.document import document
from taxonomy.sources.wikidata.entity import SUPERCLASS, TYPE, Entity, entity_of, source_class, within
from taxonomy.sources.wikidata.hierarchy import CUT, Hierarchy, Items, number, report_cut
from taxonomy.sources.wikidata.spool import Row, Spool, packed

_ENTITY = re.compile(rb'"type"\s*:\s*"(?:item|property)"|"id"\s*:\s*"[QP][1-9]\d*"')
_PARTS = re.compile(rb'"(?:labels|descriptions|aliases|claims|sitelinks)"\s*:')
_EDGES = (b'"P279":[', b'"P171":[')
_EDGE = re.compile(rb'"P(?:279|171)"\s*:\s*\[')
_SPACED = re.compile(rb'[^\\]"(?:\s+:|:\s)')
# The id of a line of which nothing longer comes before it.
_KEY = re.compile(
    rb'[ \t\[]*\{[ ]?(?:"(?:type|pageid|ns|title|lastrevid|modified)":[ ]?(?:"[^"]*"|\d+),[ ]?)*"id":[ ]?"Q(\d{1,9})"'
)
_SEPARATORS = re.compile(r"[\s,\[\]]*")

Answer = TypeVar("Answer")
Text = bytes | memoryview
Problem = tuple[int, str]


class _Below(NamedTuple):
    """What a block has of items with a superclass.

    Attributes:
        items: ``(item, superclasses, what of CUT it is an instance of)``.
        rows: the packed classes of those that are no instances of CUT.
        problems: lines that cannot be read.
    """

    items: list[tuple[int, list[int], list[int]]]
    rows: bytes
    problems: list[Problem]


class _Top(NamedTuple):
    """The chosen classes of a block that have no superclass, and how many were left out."""

    rows: list[Row]
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
        InputError: the file cannot be read, or there is no room for a temporary file.
    """
    report = _once(report)
    hierarchy = Hierarchy()
    with closing(Spool()) as spool:
        for first, found in _answers(path, partial(_below, choice.languages), report, workers):
            _pass_on(path, first, found.problems, report)
            for item, parents, cut in found.items:
                hierarchy.add(item, parents)
                hierarchy.add_types(item, cut, instances=False)
            spool.add(first, [item for item, _, cut in found.items if not cut], found.rows)
        kept, missing = hierarchy.chosen(choice)
        for root in missing:
            report(path.name, f"nothing is said to be below the root {root}")
        if not kept and not choice.roots:
            report(path.name, Note("no item of it has a superclass (P279) or a parent taxon (P171)"))
        below = spool.rows(lambda items: choice.instances or any(item in kept for item in items))
        top: Iterator[Row] = iter(())
        if choice.instances or hierarchy.top:
            task = partial(_top, kept, hierarchy.top, choice)
            top = _rest(path, task, report, workers, hierarchy.cut)
        for line, entry in merge(below, top, key=itemgetter(0)):
            if _is_chosen(entry.key, entry.types, kept, choice):
                yield f"{path.name}:{line}", within(entry, kept)
    report_cut(path.name, hierarchy.cut, report)


def _rest(path: Path, task: blocks.Task[_Top], report: Report, workers: int | None, cut: Counter[int]) -> Iterator[Row]:
    for first, found in _answers(path, task, report, workers):
        _pass_on(path, first, found.problems, report)
        cut += found.cut
        for line, entry in found.rows:
            yield first + line, entry


def _once(report: Report) -> Report:
    """Report what both readings find only once."""
    known: set[tuple[str, str]] = set()

    def report_new(where: str, what: str) -> None:
        if (where, what) not in known:
            known.add((where, what))
            report(where, what)

    return report_new


def _pass_on(path: Path, first: int, problems: Iterable[Problem], report: Report) -> None:
    for line, what in problems:
        report(f"{path.name}:{first + line}", what)


def _below(languages: tuple[str, ...], block: memoryview) -> tuple[int, _Below]:
    """Make classes of the items with superclasses or parent taxa in a block."""
    text = _searchable(block)
    items: list[tuple[int, list[int], list[int]]] = []
    rows: list[Row] = []
    problems: list[Problem] = []
    count, entities = _entities_in(text, _marks(text), None, problems)
    for line, entity in entities:
        if parents := _superclasses(entity):
            cut = _cut(entity)
            items.append((number(entity.key), parents, cut))
            if not cut:
                rows.append((line, source_class(entity, languages)))
    return count, _Below(items, packed(rows), problems)


def _top(kept: Items, top: Items, choice: Choice, block: memoryview) -> tuple[int, _Top]:
    """Make classes of the chosen items of a block that have no superclass."""
    found = _Top([], Counter(), [])
    needed = range(10**9) if choice.instances else top
    count, entities = _entities_in(_searchable(block), iter(()), needed.__contains__, found.problems)
    for line, entity in entities:
        if _superclasses(entity) or not _is_chosen(entity.key, entity.values.get(TYPE, ()), kept, choice):
            continue
        if cut := _cut(entity):
            found.cut[cut[0]] += 1
        else:
            found.rows.append((line, source_class(entity, choice.languages)))
    return count, found


def _is_chosen(key: str, types: Iterable[str], kept: Items, choice: Choice) -> bool:
    return number(key) in kept or (choice.instances and any(number(kind) in kept for kind in types))


def _superclasses(entity: Entity) -> list[int]:
    return [parent for name in SUPERCLASS for key in entity.values.get(name, ()) if (parent := number(key))]


def _cut(entity: Entity) -> list[int]:
    return [kind for key in entity.values.get(TYPE, ()) if (kind := number(key)) in CUT]


def _searchable(block: memoryview) -> Text:
    return bytes(block) if _find() is bytes.find else block


@cache
def _find() -> Callable[..., int]:
    """Return what finds bytes in bytes; that of the package is several times as fast."""
    try:
        from stringzilla import find
    except ImportError:
        return bytes.find
    return cast(Callable[..., int], find)


def _marks(text: Text) -> Iterator[int]:
    """Yield where superclasses or parent taxa may be listed; a dump has spaces where another tool has written it."""
    if _SPACED.search(text, 0, 1 << 10):
        return (match.start() for match in _EDGE.finditer(text))
    return merge(*(_places(text, edge) for edge in _EDGES))


def _places(text: Text, mark: bytes) -> Iterator[int]:
    find, place = _find(), -1
    while (place := find(text, mark, place + 1)) >= 0:
        yield place


def _entities_in(
    text: Text, marks: Iterator[int], needed: Callable[[int], bool] | None, problems: list[Problem]
) -> tuple[int, list[tuple[int, Entity]]]:
    """Return how many lines there are, and the items of those that have a mark, or are needed, or may be either."""
    find, size = _find(), len(text)
    entities: list[tuple[int, Entity]] = []
    count, start, mark = 0, 0, next(marks, size)
    while start < size:
        end = find(text, b"\n", start)
        if end < 0:
            end = size
        if mark < end or not (key := _KEY.match(text, start, end)) or (needed and needed(int(key[1]))):
            while mark < end:
                mark = next(marks, size)
            if entity := _entity(bytes(text[start:end]), count, problems):
                entities.append((count, entity))
        count, start = count + 1, end + 1
    return count, entities


def _entity(line: bytes, number_of_line: int, problems: list[Problem]) -> Entity | None:
    """Return the item of a line; none where there is none, which becomes a problem unless it is a property."""
    text = line.strip(b"\xef\xbb\xbf \t\r,").removeprefix(b"[").removesuffix(b"]").strip(b" ,")
    if not text:
        return None
    try:
        found = document(text)
    except (ValueError, RecursionError) as error:
        problems.append((number_of_line, f"not valid JSON: {error}"))
        return None
    if not isinstance(found, dict):
        problems.append((number_of_line, "no entity, which is a JSON object"))
        return None
    key = found.get("id")
    return entity_of(found, key) if isinstance(key, str) and number(key) else None


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
        yield 1, task(memoryview("\n".join(entities).encode()))[1]


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
