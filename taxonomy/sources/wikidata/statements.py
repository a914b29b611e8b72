"""What the line formats share: files in which each line says one thing of one item.

Two passes, as for the JSON dump: the first takes the hierarchy, the second what is said of the chosen items, wherever
it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from taxonomy.concept import SourceClass
from taxonomy.sources._format import Choice, Report
from taxonomy.sources.wikidata import blocks
from taxonomy.sources.wikidata.entity import SUPERCLASS, TYPE, Entity, source_class, tag, wanted, within
from taxonomy.sources.wikidata.hierarchy import CUT, Hierarchy, Items, number, report_cut

__all__ = ["ALIAS", "DESCRIPTION", "LABEL", "Parse", "Statement", "read"]

LABEL, ALIAS, DESCRIPTION = "label", "alias", "description"


class Statement(NamedTuple):
    """What is said of an item: a property, or one of `LABEL`, `ALIAS`, `DESCRIPTION`; a language code, or none."""

    item: int
    name: str
    language: str
    text: str


Parse = Callable[[bytes], Statement | None]
"""Takes a line; returns nothing for one that does not matter.  Raises ValueError: the line is broken."""


class _Found(NamedTuple):
    statements: list[tuple[int, Statement]]
    problems: list[tuple[int, str]]


def read(
    path: Path, files: Sequence[tuple[Path, Parse]], mark: re.Pattern[bytes], report: Report, choice: Choice
) -> Iterator[tuple[str, SourceClass]]:
    """Yield the chosen classes, in the order in which something is first said of them.

    Args:
        path: what is read, for messages.
        files: its files, each with what parses its lines.
        mark: what every line with a superclass or a type contains.
        report: told which lines are broken, and how much of what is no category was left out.
        choice: the roots, by default all that has or is a superclass.
    """
    hierarchy = _hierarchy(files, mark, choice.instances)
    kept, missing = hierarchy.chosen(choice)
    for root in missing:
        report(path.name, f"nothing is said to be below the root {root}")
    entities: dict[int, tuple[str, Entity]] = {}
    for where, statement in _said(files, kept, choice.languages, report):
        _, entity = entities.setdefault(statement.item, (where, Entity(f"Q{statement.item}")))
        _add(entity, statement)
    for where, entity in entities.values():
        yield where, within(source_class(entity, choice.languages), kept)
    unknown = set(map(number, missing))
    for item in kept:
        if item not in entities and item not in unknown:  # a superclass of which nothing else is said
            yield path.name, source_class(Entity(f"Q{item}"))
    report_cut(path.name, hierarchy.cut, report)


def _hierarchy(files: Sequence[tuple[Path, Parse]], mark: re.Pattern[bytes], instances: bool) -> Hierarchy:
    hierarchy = Hierarchy()
    for file, parse in files:
        for _, found in blocks.answers(file, partial(_edges, parse, mark, instances), _ignore):
            for _, edge in found.statements:
                if edge.name == TYPE:
                    hierarchy.add_types(edge.item, [number(edge.text)], instances=instances)
                else:
                    hierarchy.add(edge.item, [number(edge.text)])
    return hierarchy


def _said(
    files: Sequence[tuple[Path, Parse]], kept: Items, languages: tuple[str, ...], report: Report
) -> Iterator[tuple[str, Statement]]:
    """Yield what is said of the chosen items, each with its place."""
    for file, parse in files:
        for first, found in blocks.answers(file, partial(_terms, parse, kept, languages), report):
            for line, what in found.problems:
                report(f"{file.name}:{first + line}", what)
            for line, statement in found.statements:
                yield f"{file.name}:{first + line}", statement


def _ignore(where: str, what: str) -> None:
    """Leave it to the second pass, which finds the same."""


def _edges(parse: Parse, mark: re.Pattern[bytes], instances: bool, view: memoryview) -> tuple[int, _Found]:
    """Find the superclasses, and those of the types that matter, in a block; their places do not matter."""
    block, found = bytes(view), _Found([], [])
    done = 0
    while match := mark.search(block, done):
        start = max(block.rfind(b"\n", done, match.start()) + 1, done)
        end = block.find(b"\n", match.end() - 1)
        done = len(block) if end < 0 else end
        try:
            edge = parse(block[start:done])
        except ValueError:
            continue
        target = number(edge.text) if edge else 0
        if edge and target and (edge.name in SUPERCLASS or (edge.name == TYPE and (instances or target in CUT))):
            found.statements.append((0, edge))
    return 0, found


def _terms(parse: Parse, kept: Items, languages: tuple[str, ...], view: memoryview) -> tuple[int, _Found]:
    """Find what is said of the chosen items in a block, in the wanted languages."""
    found = _Found([], [])
    chosen = wanted(languages)
    lines = bytes(view).split(b"\n")
    for line, text in enumerate(lines):
        try:
            statement = parse(text)
        except ValueError as error:
            found.problems.append((line, str(error)))
            continue
        if statement and statement.item in kept:
            language = statement.language
            if not language or language.startswith("en") or language == "mul" or chosen(tag(language)):
                found.statements.append((line, statement))
    return len(lines) - 1, found


def _add(entity: Entity, statement: Statement) -> None:
    _, name, language, text = statement
    if name == LABEL:
        entity.labels.setdefault(language, text)
    elif name == DESCRIPTION:
        entity.descriptions.setdefault(language, text)
    else:
        texts = entity.aliases.setdefault(language, []) if name == ALIAS else entity.values.setdefault(name, [])
        if text not in texts:
            texts.append(text)
