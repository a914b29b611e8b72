"""The concepts below one, as a tree: what `taxonomy tree` draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from taxonomy.store.read import Concept


class Branch(NamedTuple):
    """A concept at its place in the tree; one with two parents has two places.

    Attributes:
        concept: the concept.
        parent: the id of the concept that it hangs on, or empty.
        depth: how many steps below the top it is.
        lead: the lines that are drawn before it.
        below: how many children the depth limit hides.
    """

    concept: Concept
    parent: str
    depth: int
    lead: str
    below: int

    def row(self) -> tuple[str, str, int, str, str]:
        """Return ``(id, name, depth, parent, definition)``."""
        return self.concept.id, self.concept.name, self.depth, self.parent, self.concept.definition


def branches(top: Concept, depth: int, dataset: str | None = None) -> Iterator[Branch]:
    """Yield a concept and those at most ``depth`` steps below, in the order of the tree.

    Args:
        top: where to start.
        depth: how many steps to go down.
        dataset: only the ways to classes of it.
    """
    kept: set[int] | None = None
    if dataset is not None:
        kept = set()
        for found in top.descendants(dataset=dataset):
            kept |= {found.key, *(above.key for above in found.ancestors())}

    def walk(here: Concept, parent: str, level: int, lead: str, indent: str) -> Iterator[Branch]:
        below = [child for child in here.children() if kept is None or child.key in kept]
        yield Branch(here, parent, level, lead, len(below) if level == depth else 0)
        if level < depth:
            for child in below:
                tick, space = ("└── ", "    ") if child == below[-1] else ("├── ", "│   ")
                yield from walk(child, here.id, level + 1, indent + tick, indent + space)

    yield from walk(top, "", 0, "", "")
