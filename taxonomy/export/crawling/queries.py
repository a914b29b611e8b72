"""What to search for: the queries of a selection, each with its share of the budget."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from taxonomy.concept import Safety
from taxonomy.errors import InputError
from taxonomy.export.crawling.budget import fill
from taxonomy.export.crawling.names import Intent
from taxonomy.export.crawling.telling import Teller
from taxonomy.export.selection import Selection
from taxonomy.text import counted


class Query(NamedTuple):
    """A text to search for.

    Attributes:
        concept: id.
        text: what to type.
        language: BCP 47 tag.
        intent: what it is to the concept.
        budget: how many images to take; None when no budget was given.
        safe: whether the concept is marked safe.
    """

    concept: str
    text: str
    language: str
    intent: Intent
    budget: int | None
    safe: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to search for.

    Attributes:
        queries: by concept in the order of the selection, the best query of each first.
        concepts: how many have a query.
        remarks: what the user should know of it, a line each.
    """

    queries: list[Query]
    concepts: int
    remarks: tuple[str, ...]


def plan(selection: Selection) -> Plan:
    """Plan the queries of a selection, with its options.

    Raises:
        InputError: the concepts have no name in the languages.
    """
    with _uncollected():
        return _plan(selection)


def _plan(selection: Selection) -> Plan:
    tally: Counter[str] = Counter()
    found = Teller(selection, tally).run()
    if not found:
        languages = ", ".join(selection.options.languages)
        raise InputError(f"none of the concepts has a name in {languages} to search for; add en to --language")
    ids, marks = selection.ids(), _safe(selection)
    budgets = _budgets(selection, {key: len(claims) for key, claims in found.items()}, ids)
    queries = [
        Query(ids[key], claim.text, claim.language, claim.intent, budget, key in marks)
        for key, claims in found.items()
        for claim, budget in zip(claims, budgets[key], strict=True)
    ]
    return Plan(queries, len(found), tuple(_remarks(selection, queries, len(found), tally)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put off the search for garbage in cycles: a million small tuples, all in use, are walked over and over else."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _safe(selection: Selection) -> set[int]:
    """Return the keys of the concepts that are marked safe."""
    return {key for (key,) in selection.taxonomy.execute("SELECT concept FROM mark WHERE safety = ?", (Safety.SAFE,))}


def _budgets(selection: Selection, sizes: Mapping[int, int], ids: Mapping[int, str]) -> dict[int, list[int | None]]:
    """Share the budget among concepts and then, evenly, among the queries of each.

    What cannot be shared evenly goes to leaves before what has concepts below it, since images of those below show it
    too, and among those by a hash of their ids, so that it is not all in one branch.

    Args:
        selection: has the budget.
        sizes: number of queries of each concept.
        ids: of each concept.
    """
    total = selection.options.budget
    if total is None:
        return {key: [None] * size for key, size in sizes.items()}
    children = selection.hierarchy.children
    keys = sorted(sizes, key=lambda key: (key in children, crc32(ids[key].encode()), key))
    budgets: dict[int, list[int | None]] = {}
    for key, images in zip(keys, fill(total, [selection.images.get(key, 0) for key in keys]), strict=True):
        each, rest = divmod(images, sizes[key])
        budgets[key] = [each + (place < rest) for place in range(sizes[key])]
    return budgets


def _remarks(selection: Selection, queries: list[Query], concepts: int, tally: Counter[str]) -> Iterator[str]:
    """Say what became of the names."""
    kinds = Counter(query.intent for query in queries)
    yield ", ".join(f"{kinds[intent]:,} {intent}" for intent in Intent if kinds[intent])
    if tally["ambiguous"]:
        told = tally["ambiguous"] - tally["lost"]
        yield (
            f"{counted(tally['ambiguous'], 'name')} short, or left to another concept or to none:"
            f" {told:,} told apart by a hypernym, {tally['lost']:,} left out for want of one"
        )
    if tally["untyped"]:
        yield f"{counted(tally['untyped'], 'name')} left out that nobody types, as 'Danio sp. KU32240'"
    if tally["alike"]:
        yield f"{counted(tally['alike'], 'name')} left out that differ from another of the concept in number or spaces"
    if missing := len(selection.concepts) - concepts:
        yield f"{counted(missing, 'concept')} without a query"
    if (budget := selection.options.budget) is not None and budget < len(queries):
        none = sum(not query.budget for query in queries)
        yield f"a budget of {counted(budget, 'image')} leaves none for {counted(none, 'query', 'queries')}"
