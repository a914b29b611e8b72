"""What every addition to a draft begins and ends with: its source, its links, and a row for each of its classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from itertools import count, repeat
from typing import Any, Generic, TypeVar, cast, overload

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

    def values_in_order(self) -> Sequence[V]:
        """Return the values of all classes, in the order of the list."""
        return cast("list[V]", self._values)

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

    def _append_rows(self) -> Sequence[Placement]:
        """Append the placement of each class, in the source's order, and return them."""
        rows = Placed(self._position, self._entries, *(part.values_in_order() for part in self._parts))
        self._draft.placements.append(rows)
        return rows

    @property
    def _parts(self) -> tuple[ByKey[int | None], ByKey[int | None], ByKey[Link]]:
        return self._concepts, self._anchors, self._links


class Placed(Sequence[Placement]):
    """Placements of a source, each made when it is asked for; arguments as the columns of `Placement`."""

    def __init__(self, source: int, *columns: Sequence[Any]) -> None:
        self._source, self._columns = source, columns

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, at: int) -> Placement: ...
    @overload
    def __getitem__(self, at: slice) -> list[Placement]: ...
    def __getitem__(self, at: int | slice) -> Placement | list[Placement]:
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        place = range(len(self))[at]
        return Placement(self._source, place, *(column[place] for column in self._columns))

    def __iter__(self) -> Iterator[Placement]:
        return map(Placement, repeat(self._source), count(), *self._columns)
