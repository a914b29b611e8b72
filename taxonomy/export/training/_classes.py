"""The classes of a dataset in its own order, for formats that map them into the label space."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from taxonomy.export._format import Loss
from taxonomy.export.selection import Selection
from taxonomy.text import counted

_MOST_NAMED = 3


class DatasetClass(NamedTuple):
    """A class of a dataset: its key and name there, and the key of its concept, None when it has none."""

    key: str
    name: str
    concept: int | None


def classes(selection: Selection, dataset: str) -> list[DatasetClass]:
    """Return the classes of a dataset, in its order."""
    rows = selection.taxonomy.execute(
        "SELECT class.key, class.name, concept FROM class JOIN source ON source.position = class.source"
        " WHERE source.name = ? ORDER BY class.position",
        (dataset,),
    )
    return list(map(DatasetClass._make, rows))


def some(names: Iterable[str]) -> str:
    """Name the first few of many.

    >>> some(["dog", "cat"]), some("abcde")
    ('dog, cat', 'a, b, c …')
    """
    first = list(names)
    return ", ".join(first[:_MOST_NAMED]) + (" …" if len(first) > _MOST_NAMED else "")


def described(loss: Loss) -> tuple[str, str]:
    """Say what a tree lost of the hierarchy, and how deep it is."""
    return (
        f"one parent each: {loss.lost:,} of {loss.pairs:,} is-a pairs lost;"
        f" {loss.affected / loss.categories:.1%} of the concepts lost at least one ancestor",
        f"{counted(loss.roots, 'root')}, depth at most {loss.max_depth}, {loss.mean_depth:.2f} on average",
    )
