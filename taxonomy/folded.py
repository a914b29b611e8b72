"""What goes into a run of the pipeline and what comes of it: vocabularies that are given away, counts that are kept."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from taxonomy.concept import Method, Placement, Relation, Vocabulary


@dataclass(frozen=True, slots=True)
class Linked:
    """How the classes of a vocabulary were linked.

    Attributes:
        kinds: how many by each relation and method.
        concepts: the keys of the concepts that they are, one as often as classes are it.
    """

    kinds: Counter[tuple[Relation, Method]]
    concepts: array[int]

    @classmethod
    def of(cls, rows: Iterable[Placement]) -> Linked:
        """Count placements."""
        kinds: Counter[tuple[Relation, Method]] = Counter()
        concepts = array("i")
        for row in rows:
            kinds[row.link.relation, row.link.method] += 1
            if row.concept is not None:
                concepts.append(row.concept)
        return cls(kinds, concepts)


class Handover:
    """Vocabularies that are given away one by one, so that none is held longer than it is worked on."""

    def __init__(self, vocabularies: Iterable[Vocabulary]) -> None:
        self._waiting = deque(vocabularies)

    def __iter__(self) -> Iterator[Vocabulary]:
        while self._waiting:
            yield self._waiting.popleft()

    def __length_hint__(self) -> int:
        return len(self._waiting)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes:
        linked: how the classes of each vocabulary that it was given were linked.
        refolded: the names of those that it folded again.
        warnings: (where, what) of what the user should know.
        concepts, edges: how many the taxonomy has.
    """

    linked: dict[str, Linked]
    refolded: tuple[str, ...]
    warnings: tuple[tuple[str, str], ...]
    concepts: int
    edges: int
