"""What the classifier sees of a concept: a row of numbers, and which of them a gloss and a place in the hierarchy give.

The columns are the vector of the names, the vector of the gloss, the mean over the ancestors of both, the
lexicographer file, the structure, and what the name model says of the concept's words (`numbers`), of its parents'
and of its children's.
"""

from __future__ import annotations

import functools
import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from taxonomy.draft import Draft
from taxonomy.encoding import Encoder, Vectors
from taxonomy.visual.ancestors import Ancestors
from taxonomy.visual.graph import LEXFILES, Graph
from taxonomy.visual.names import NameModel

HEADS = 2  # the outputs of the name model that are features: concreteness, and strength of the visual impression
NUMBERS = 7 * HEADS
_OF_GLOSS = (3, 4, 5, 6)  # those of the seven that a gloss gives
_STRUCTURE = 10
_STRUCTURE_OF_PLACE, _STRUCTURE_OF_GLOSS = (0, 1, 2, 3, 4, 9), (8,)
_KEPT, _KEPT_ABOVE = 1 << 19, 1 << 17  # vectors: 256 and 64 MB
_LISTS = 1 << 14  # lists of words that are gathered at once
_CONCRETE = 1.2  # what counts as a concrete word, in steps of the rating above its middle
_WORD = re.compile("[a-z]+")
_EMPTY = frozenset(
    _WORD.findall(
        "a an the of or and in to for that which with by is are on as from it at used be its one who having their some "
        "especially usually not this such has than was his two into other can but when more any only several often "
        "between where made small large he you against various being i they been if up out having etc"
    )
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns are, for an encoder of a dimension."""

    dimension: int

    @property
    def blocks(self) -> dict[str, slice]:
        """The columns of each block, by name, in their order."""
        sizes = {
            "names": self.dimension, "gloss": self.dimension, "ancestors": self.dimension, "lexfile": len(LEXFILES),
            "structure": _STRUCTURE, "numbers": NUMBERS, "parents": NUMBERS, "children": NUMBERS,
        }  # fmt: skip
        ends = np.cumsum(list(sizes.values())).tolist()
        return {name: slice(end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}

    @property
    def width(self) -> int:
        """The number of columns."""
        return 3 * self.dimension + len(LEXFILES) + _STRUCTURE + 3 * NUMBERS

    @property
    def of_gloss(self) -> NDArray[np.int64]:
        """The columns that only a gloss can fill."""
        blocks = self.blocks
        numbers = [blocks["numbers"].start + 7 * head + place for head in range(HEADS) for place in _OF_GLOSS]
        structure = [blocks["structure"].start + place for place in _STRUCTURE_OF_GLOSS]
        return np.concatenate([_range(blocks["gloss"]), structure, numbers]).astype(np.int64)

    @property
    def of_place(self) -> NDArray[np.int64]:
        """The columns that only a place in the hierarchy can fill."""
        blocks = self.blocks
        structure = [blocks["structure"].start + place for place in _STRUCTURE_OF_PLACE]
        whole = [_range(blocks[name]) for name in ("ancestors", "lexfile", "parents", "children")]
        return np.concatenate([*whole, structure]).astype(np.int64)


def _range(columns: slice) -> NDArray[np.int64]:
    return np.arange(columns.start, columns.stop)


@dataclass(frozen=True, slots=True)
class Bag:
    """Lists of words, each distinct word kept once.

    Attributes:
        words: the distinct words in the order of appearance, at least one.
        index: place in ``words`` of every word, one list after the other.
        counts: how many words each list has.
    """

    words: list[str]
    index: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, lists: Iterable[Sequence[str]]) -> Bag:
        """Gather lists."""
        number: dict[str, int] = {}
        index, counts = array("i"), array("i")
        rest = iter(lists)
        while some := list(islice(rest, _LISTS)):
            every = list(chain.from_iterable(some))
            for word in dict.fromkeys(every):
                number.setdefault(word, len(number))
            index.extend(map(number.__getitem__, every))
            counts.extend(map(len, some))
        return cls(list(number) or [""], np.array(index, np.int64), np.array(counts, np.int64))

    @property
    def owner(self) -> NDArray[np.int64]:
        """The list that each word of ``index`` is in."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def mean(self, scores: Vectors) -> Vectors:
        """Return the mean of the words' scores of each list; 0 for an empty one."""
        sums = [np.bincount(self.owner, column[self.index], len(self.counts)) for column in scores.T]
        return (np.stack(sums, axis=1) / np.maximum(self.counts, 1)[:, np.newaxis]).astype(np.float32)


def numbers(names: Bag, name_scores: Vectors, gloss: Bag, gloss_scores: Vectors) -> Vectors:
    """Return what the name model says of concepts, ``(concepts, NUMBERS)``.

    For each head the mean, the highest and the lowest of the names' scores; of the words of the gloss the mean, the
    mean of what is above the middle, the share of concrete words, and the first word's.

    Args:
        names: of each concept, at least one.
        name_scores: of the distinct names, ``(names, HEADS)``.
        gloss: the words of each concept's gloss.
        gloss_scores: of the distinct words.
    """
    starts = np.concatenate([[0], np.cumsum(names.counts)[:-1]])
    own = name_scores[names.index]
    firsts = np.zeros((len(gloss.counts), HEADS), np.float32)
    some = gloss.counts > 0
    firsts[some] = gloss_scores[gloss.index[np.concatenate([[0], np.cumsum(gloss.counts)[:-1]])[some]]]
    columns = (
        names.mean(name_scores),
        np.maximum.reduceat(own, starts, axis=0),
        np.minimum.reduceat(own, starts, axis=0),
        gloss.mean(gloss_scores),
        gloss.mean(np.maximum(gloss_scores, 0)),
        gloss.mean((gloss_scores > _CONCRETE).astype(np.float32)),
        firsts,
    )
    return np.stack(columns, axis=2).reshape(len(names.counts), NUMBERS)


def gloss_words(definition: str) -> list[str]:
    """Return the words of a definition that say something."""
    return [word for word in _WORD.findall(definition.lower()) if word not in _EMPTY]


class Wording:
    """The English names of a draft's concepts, and how often they are tagged.

    Of a synset only WordNet's own names count, so that no dataset changes what it looks like.

    Attributes:
        tagged: how often WordNet's concordances tag each concept.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.tagged = np.zeros(len(draft.concepts), np.int64)
        synset = [concept.source == 0 for concept in draft.concepts]
        owners, texts = array("i"), []
        for key, text, _, language, _, sense, tagged, _ in draft.names:
            if sense if synset[key] else language == "en":
                owners.append(key)
                texts.append(text)
                if tagged:
                    self.tagged[key] += tagged
        owner = np.array(owners, np.int32)
        self._texts = [texts[at] for at in np.argsort(owner, kind="stable").tolist()]
        counts = np.bincount(owner, minlength=len(draft.concepts))
        self._ends = array("q", np.concatenate([[0], np.cumsum(counts)]).tolist())

    def names(self, key: int) -> list[str]:
        """Return the names of a concept, at least one."""
        own = self._texts[self._ends[key] : self._ends[key + 1]]
        return own if len(own) == 1 else list(dict.fromkeys(own or [self._draft.concepts[key].name]))


class Kept:
    """Vectors by places, in half the precision, as many as are asked for first and fit into so much memory.

    Args:
        count: how many places there are.
        dimension: of the vectors.
        room: how many are kept.
    """

    def __init__(self, count: int, dimension: int, room: int) -> None:
        self._row = np.full(count, -1, np.int32)
        self._vectors = np.zeros((min(count, room), dimension), np.float16)
        self._used = 0

    def put(self, places: NDArray[np.integer], vectors: Vectors) -> None:
        """Keep vectors, as far as there is room."""
        end = min(self._used + len(places), len(self._vectors))
        fitting = end - self._used
        self._row[places[:fitting]] = np.arange(self._used, end)
        self._vectors[self._used : end] = vectors[:fitting]
        self._used = end

    def vectors(self, places: Sequence[int] | NDArray[np.integer], texts: Sequence[str], encoder: Encoder) -> Vectors:
        """Return the vectors of the texts at some places, making those that are not kept."""
        at = np.asarray(places, np.int64)
        rows = self._row[at]
        found = np.zeros((len(rows), self._vectors.shape[1]), np.float32)
        known, missing = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
        found[known] = self._vectors[rows[known]]
        if len(missing):
            made = encoder.encode([texts[place] for place in missing.tolist()]).astype(np.float16).astype(np.float32)
            found[missing] = made
            self.put(at[missing], made)
        return found


class Concepts:
    """The features of a draft's concepts.

    Args:
        draft: the taxonomy.
        encoder: the one that the model was trained with.
        keys: of the concepts whose rows will be asked for; all when there are none.
    """

    def __init__(self, draft: Draft, encoder: Encoder, keys: Collection[int] | None = None) -> None:
        self.draft, self.encoder = draft, encoder
        self.layout = Layout(encoder.dimension)
        self.graph = Graph(draft)
        if keys is None:
            keys = range(len(draft.concepts))
            self.near = np.arange(len(draft.concepts))
        else:
            near = {n for key in keys for n in (key, *draft.parents[key], *draft.children[key])}
            self.near = np.array(sorted(near), np.int64)
        self.wording = Wording(draft)
        self.names = Bag.of(map(self.wording.names, self.near.tolist()))
        self.gloss = Bag.of(gloss_words(draft.concepts[key].definition) for key in self.near.tolist())
        self._first = np.full(len(draft.concepts), -1, np.int32)
        self._first[self.near] = self.names.index[np.concatenate([[0], np.cumsum(self.names.counts)[:-1]])]
        # Of names that are the only one of a concept the vectors are kept, and all that is encoded of ancestors.
        self._only = np.zeros(len(self.names.words), bool)
        self._only[self._first[self.near[self.names.counts == 1]]] = True
        self._of_names = Kept(len(self.names.words), encoder.dimension, _KEPT)
        self._of_above = tuple(Kept(len(draft.concepts), encoder.dimension, _KEPT_ABOVE) for _ in range(2))
        self._is_above = np.zeros(len(draft.concepts), bool)
        self._families = np.unique(self.graph.family[np.asarray(keys, np.int64)]).tolist()
        self._own = np.zeros((len(draft.concepts), NUMBERS), np.float32)

    @functools.cached_property
    def _above(self) -> Ancestors:
        """The ancestors, with the sum of both their vectors."""
        above = self.graph.above(self._families)
        row = np.full(len(self.draft.concepts), -1, np.int32)
        row[above] = np.arange(len(above))
        self._is_above = row >= 0
        sums = np.zeros((len(above), self.layout.dimension), np.float16)
        for batch in batches(above):
            names, glosses = self._encoded(batch, *self._texts(batch))
            np.add(names.astype(np.float16), glosses.astype(np.float16), out=sums[row[batch[0]] :][: len(batch)])
        return Ancestors(self.graph, row, sums)

    def _keep(self, start: int, vectors: Vectors) -> None:
        """Take the vectors of some of `names`, the first of which is at a place."""
        rows = np.flatnonzero(self._only[start : start + len(vectors)])
        self._of_names.put(start + rows, vectors[rows])

    def _encoded(
        self, keys: Sequence[int], names: Sequence[Sequence[str]], glosses: Sequence[str]
    ) -> tuple[Vectors, Vectors]:
        """Return the vectors of the names and of the glosses of concepts."""
        encode, first, is_above = self.encoder.encode, self._first[keys], self._is_above[keys]
        texts = [", ".join(own) for own in names]
        found = np.zeros((2, len(keys), self.layout.dimension), np.float32)
        single = np.array([len(own) == 1 for own in names], bool) & (first >= 0)
        rows = np.flatnonzero(single)
        found[0, rows] = self._of_names.vectors(first[rows], [texts[row] for row in rows.tolist()], self.encoder)
        wanted = ~single, np.array([bool(gloss) for gloss in glosses], bool)
        for part, written in enumerate((texts, glosses)):
            rest = np.flatnonzero(wanted[part] & ~is_above).tolist()
            found[part, rest] = encode([written[row] for row in rest])
            above = np.flatnonzero(wanted[part] & is_above).tolist()
            some = [written[row] for row in above]
            found[part, above] = self._of_above[part].vectors([keys[row] for row in above], some, self.encoder)
        return found[0], found[1]

    def _texts(self, keys: Sequence[int]) -> tuple[list[list[str]], list[str]]:
        names, concepts = self.wording.names, self.draft.concepts
        return [names(key) for key in keys], [concepts[key].definition for key in keys]

    def tell(self, name_scores: Vectors, gloss_scores: Vectors) -> None:
        """Take what the name model says of ``names.words`` and of ``gloss.words``."""
        self._own[:] = 0
        self._own[self.near] = numbers(self.names, name_scores, self.gloss, gloss_scores)

    def ask(self, model: NameModel) -> None:
        """Let the name model say what it says, see `tell`."""
        names = model.score(self.names.words, self.encoder, self._keep)[:, :HEADS]
        self.tell(names, model.score(self.gloss.words, self.encoder)[:, :HEADS])

    def own(self, keys: Sequence[int]) -> tuple[Vectors, Vectors]:
        """Return the `numbers` of concepts, and the means of their parents'."""
        return self._own[keys], self.graph.of_parents(keys, self._own)

    def rows(self, keys: Sequence[int]) -> Vectors:
        """Return the features of concepts, float32 of shape ``(len(keys), layout.width)``."""
        names, glosses = self._texts(keys)
        families = self.graph.family[keys]
        lexfile = self.graph.lexfile[keys]
        hot = np.zeros((len(keys), len(LEXFILES)), np.float32)
        hot[np.flatnonzero(lexfile >= 0), lexfile[lexfile >= 0]] = 1
        distinct, place = np.unique(families, return_inverse=True)
        above = self._above.means(distinct.tolist())[place]
        blocks = (
            *self._encoded(keys, names, glosses), above, hot, self._structure(keys, names, glosses),
            *self.own(keys), self.graph.of_children(keys, self._own),
        )  # fmt: skip
        return np.hstack(blocks).astype(np.float32, copy=False)

    def _structure(self, keys: Sequence[int], names: Sequence[Sequence[str]], glosses: Sequence[str]) -> Vectors:
        draft, graph = self.draft, self.graph
        structure = _written(names, glosses)
        place = (
            graph.depth[keys] / 10,
            [draft.is_individual(key) for key in keys],
            np.log1p(graph.descendants[keys]) / 4,
            np.log1p([len(draft.children[key]) for key in keys]) / 3,
            np.log1p(self.wording.tagged[keys]) / 4,
            [len(draft.parents[key]) - 1 for key in keys],
        )
        structure[:, _STRUCTURE_OF_PLACE] = np.stack([np.asarray(column, np.float32) for column in place], axis=1)
        return structure


def free_rows(names: Sequence[str], definitions: Sequence[str], encoder: Encoder, model: NameModel) -> Vectors:
    """Return the features of names with definitions that have no place, zeros in the columns of a place."""
    layout = Layout(encoder.dimension)
    lists = [[name] for name in names]
    rows = np.zeros((len(names), layout.width), np.float32)
    bags = Bag.of(lists), Bag.of(map(gloss_words, definitions))
    scores = [model.score(bag.words, encoder)[:, :HEADS] for bag in bags]
    rows[:, layout.blocks["names"]] = encoder.encode(names)
    rows[:, layout.blocks["gloss"]] = encode_some(definitions, encoder)
    rows[:, layout.blocks["structure"]] = _written(lists, definitions)
    rows[:, layout.blocks["numbers"]] = numbers(bags[0], scores[0], bags[1], scores[1])
    return rows


def encode_some(texts: Sequence[str], encoder: Encoder) -> Vectors:
    """Return the vectors of texts, zeros for empty ones."""
    some = [row for row, text in enumerate(texts) if text]
    vectors = np.zeros((len(texts), encoder.dimension), np.float32)
    vectors[some] = encoder.encode([texts[row] for row in some])
    return vectors


def _written(names: Sequence[Sequence[str]], glosses: Sequence[str]) -> Vectors:
    """Return the columns of the structure that the writing alone gives; the others are 0."""
    structure = np.zeros((len(names), _STRUCTURE), np.float32)
    structure[:, 5] = [len(own) / 3 for own in names]
    structure[:, 6] = [own[0][:1].isupper() for own in names]
    structure[:, 7] = [sum(name.count(" ") for name in own) / len(own) for own in names]
    structure[:, 8] = [len(gloss.split()) / 10 for gloss in glosses]
    return structure


def batches(keys: Sequence[int], size: int = 1 << 13) -> Iterator[Sequence[int]]:
    """Yield keys in runs that fit into the processor's cache and into little memory."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
