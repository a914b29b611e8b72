"""What every addition to a draft begins and ends with: its source, its links, and a row for each of its classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Generic, TypeVar, cast

from taxonomy.concept import Link, Placement, Vocabulary
from taxonomy.draft import Draft

V = TypeVar("V")


class ByKey(MutableMapping[str, V], Generic[V]):
    """Values by the keys of classes, with one look-up table for several of these.

    Args:
        place: of each class in the list.
        values: of all classes; without them, none has one yet.
    """

    _NONE = object()

    def __init__(self, place: Mapping[str, int], values: Sequence[V] | None = None) -> None:
        self._place = place
        self._values: list[object] = [self._NONE] * len(place) if values is None else list(values)

    def __getitem__(self, key: str) -> V:
        value = self._values[self._place[key]]
        if value is self._NONE:
            raise KeyError(key)
        return cast(V, value)

    def __setitem__(self, key: str, value: V) -> None:
        self._values[self._place[key]] = value

    def __delitem__(self, key: str) -> None:
        self._values[self._place[key]] = self._NONE

    def __iter__(self) -> Iterator[str]:
        return (key for key, at in self._place.items() if self._values[at] is not self._NONE)

    def __len__(self) -> int:
        return sum(value is not self._NONE for value in self._values)


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
        place = {entry.key: at for at, entry in enumerate(vocabulary.classes)}
        self._links: ByKey[Link] = ByKey(place, links)
        self._concepts: ByKey[int | None] = ByKey(place)
        self._anchors: ByKey[int | None] = ByKey(place)

    def _append_rows(self) -> list[Placement]:
        """Append the placement of each class, in the source's order, and return them."""
        concepts, anchors, links = self._concepts, self._anchors, self._links
        rows = [
            Placement(self._position, at, entry, concepts[entry.key], anchors[entry.key], links[entry.key])
            for at, entry in enumerate(self._entries)
        ]
        self._draft.placements += rows
        return rows
