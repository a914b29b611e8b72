"""What every addition to a draft begins and ends with: its source, its links, and a row for each of its classes."""

from __future__ import annotations

from collections.abc import Sequence

from taxonomy.concept import Link, Placement, Vocabulary
from taxonomy.draft import Draft


class Addition:
    """One vocabulary or knowledge base being appended.

    Args:
        draft: is changed.
        vocabulary: what is appended.
        links: of each of its classes.
    """

    def __init__(self, draft: Draft, vocabulary: Vocabulary, links: Sequence[Link]) -> None:
        self._draft = draft
        self._name = vocabulary.source.name
        self._position = draft.add_source(vocabulary.source)
        self._entries = vocabulary.classes
        self._links = {entry.key: link for entry, link in zip(vocabulary.classes, links, strict=True)}
        self._concepts: dict[str, int | None] = {}
        self._anchors: dict[str, int | None] = {}

    def _append_rows(self) -> list[Placement]:
        """Append the placement of each class, in the source's order, and return them."""
        concepts, anchors, links = self._concepts, self._anchors, self._links
        rows = [
            Placement(self._position, at, entry, concepts[entry.key], anchors[entry.key], links[entry.key])
            for at, entry in enumerate(self._entries)
        ]
        self._draft.placements += rows
        return rows
