"""Vectors of what concepts are called and how they are defined, made when they are first asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from taxonomy.draft import Draft
from taxonomy.encoding import Encoder, Vectors

_EXAMPLE = re.compile(r';?\s*"[^"]*"?')  # how a word is used tells little of what it is
_NEIGHBOURS = 0.5  # weight of the parents' and of the children's names beside the concept's own
_CHILDREN = 12  # so many show what a concept comprises


class ConceptVectors:
    """Two vectors a concept: of its gloss, and of that with its names and those of its parents and children.

    What WordNet's concepts and the datasets' own are called and placed under at first is what counts, so that a
    vector does not depend on when it was made.

    Args:
        draft: the taxonomy so far.
        encoder: makes the vectors.
    """

    def __init__(self, draft: Draft, encoder: Encoder) -> None:
        self._draft = draft
        self._encoder = encoder
        self._glosses = _Table(encoder.dimension)
        self._extended = _Table(encoder.dimension)
        self._names = _Table(encoder.dimension)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, rows of length 1."""
        return self._encoder.encode(texts)

    def glosses(self, concepts: Sequence[int]) -> Vectors:
        """Return the vectors of the concepts' glosses, ``(len(concepts), dimension)``."""
        self._make(concepts)
        return self._glosses.rows(concepts)

    def extended(self, concepts: Sequence[int]) -> Vectors:
        """Return the vectors of the concepts' glosses, names and neighbours, ``(len(concepts), dimension)``."""
        self._make(concepts)
        return self._extended.rows(concepts)

    def names(self, concepts: Sequence[int]) -> Vectors:
        """Return the vectors of the concepts' names, ``(len(concepts), dimension)``."""
        if missing := self._names.missing(concepts):
            self._names.add(missing, self._encoder.encode([self._called(key) for key in missing]))
        return self._names.rows(concepts)

    def _make(self, concepts: Sequence[int]) -> None:
        missing = self._glosses.missing(concepts)
        if not missing:
            return
        draft = self._draft
        glosses = self._encoder.encode([_defined(draft, key) for key in missing])
        parents = self._names_of([first_parents(draft, key) for key in missing])
        kinds = self._names_of([first_kinds(draft, key) for key in missing])
        self._glosses.add(missing, glosses)
        self._extended.add(missing, unit(glosses + self.names(missing) + np.float32(_NEIGHBOURS) * (parents + kinds)))

    def _names_of(self, groups: Sequence[Sequence[int]]) -> Vectors:
        """Return the direction of the names of each group of concepts."""
        rows = self.names([key for keys in groups for key in keys])
        sums = np.zeros((len(groups), self.dimension), np.float32)
        np.add.at(sums, np.repeat(np.arange(len(groups)), [len(keys) for keys in groups]), rows)
        return unit(sums)

    def _called(self, key: int) -> str:
        concept = self._draft.concepts[key]
        if concept.source:
            return concept.name
        return ", ".join(name.text for name in self._draft.names_of(key) if name.sense)


def _defined(draft: Draft, key: int) -> str:
    return _EXAMPLE.sub("", draft.concepts[key].definition)


class _Table:
    """Rows by keys, which grows by doubling."""

    def __init__(self, dimension: int) -> None:
        self._places: dict[int, int] = {}
        self._array: Vectors = np.zeros((1024, dimension), np.float32)

    def missing(self, keys: Sequence[int]) -> list[int]:
        return [key for key in dict.fromkeys(keys) if key not in self._places]

    def rows(self, keys: Sequence[int]) -> Vectors:
        found: Vectors = self._array[np.fromiter(map(self._places.__getitem__, keys), np.intp, len(keys))]
        return found

    def add(self, keys: Sequence[int], rows: Vectors) -> None:
        start, end = len(self._places), len(self._places) + len(keys)
        if end > len(self._array):
            grown = np.zeros((max(end, 2 * len(self._array)), self._array.shape[1]), np.float32)
            grown[:start] = self._array[:start]
            self._array = grown
        self._array[start:end] = rows
        self._places.update(zip(keys, range(start, end), strict=True))


def first_parents(draft: Draft, key: int) -> list[int]:
    """Return the parents that a concept came with."""
    if draft.concepts[key].source:
        return draft.parents[key][:1]
    parents = [parent for parent in draft.parents[key] if not draft.concepts[parent].source]
    return [parent for parent in parents if (key, parent) not in draft.later] if draft.later else parents


def first_kinds(draft: Draft, key: int) -> list[int]:
    """Return the first hyponyms that WordNet gives a concept."""
    kinds = (child for child in draft.children[key] if not draft.concepts[child].source)
    return [child for child in kinds if (child, key) not in draft.later][:_CHILDREN]


def unit(vectors: Vectors) -> Vectors:
    """Return the rows scaled to length 1, those of zeros as they are."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)
    return scaled


# What a name that WordNet lacks may be near to: a picture shows little else.
_CONCRETE = frozenset(f"noun.{name}" for name in ("artifact", "animal", "food", "plant", "object", "body", "substance"))
_AT_ONCE = 256


class Nearest:
    """Finds the concepts of WordNet that are called like a text; the index is made at the first search."""

    def __init__(self, draft: Draft, vectors: ConceptVectors) -> None:
        self._draft = draft
        self._vectors = vectors
        self._keys: list[int] = []
        self._index = np.zeros((0, vectors.dimension), np.float32)

    def search(self, texts: Vectors, count: int) -> list[list[int]]:
        """Return the keys of the ``count`` nearest concepts of each row, the nearest first."""
        if not self._keys and len(texts):
            concepts = enumerate(self._draft.concepts)
            self._keys = [key for key, concept in concepts if not concept.source and concept.lexfile in _CONCRETE]
            self._index = self._vectors.names(self._keys).T.copy()
        found: list[list[int]] = []
        for start in range(0, len(texts), _AT_ONCE):
            for row in texts[start : start + _AT_ONCE] @ self._index:
                best = np.argpartition(row, -count)[-count:] if count < len(row) else np.arange(len(row))
                found.append([self._keys[i] for i in best[np.argsort(-row[best], kind="stable")].tolist()])
        return found
