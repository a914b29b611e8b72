"""What speaks for a sense: the numbers that the linear model of `taxonomy.linking.model` weighs.

Each row is one candidate of one class.  A feature is about the sense (how usual it is, what sort of thing it is), the
class (does the gloss resemble the name, its hints, its definition?), or the vocabulary (is it about such things?).
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from taxonomy.concept import Name
from taxonomy.draft import Draft
from taxonomy.encoding import Vectors
from taxonomy.linking.candidates import Candidate, Match
from taxonomy.linking.parts import ANIMAL, PLANT, eaten
from taxonomy.linking.setting import Matrix, Overview, Setting
from taxonomy.linking.vectors import ConceptVectors
from taxonomy.text import form

SENSE = (
    "sense",  # minus the log of the sense's number
    "tagged",  # log of how often concordances tag it
    "tagged_name",  # the same of all senses of the name
    "individual",  # New Jersey is not what a list of clothes means by jersey
    "preferred",  # the name is the first that WordNet gives the synset ...
    "place",  # ... or stands after so many (log)
    "capital",  # the lemma is capitalised, and the class name is not
    "kinds",  # log of the number of hyponyms
    "no_sense",  # a name that only a dataset gives
)
CLASS = (
    "inflected",  # glasses are spectacles before they are more than one glass
    "part",  # one of several alternatives ...
    "later",  # ... and not the first that means anything
    "gloss",  # similarity of the name to the gloss
    "extended",  # and to gloss, names and parents' names
    "hint",  # number of hints that name an ancestor
    "hint_words",  # share of hints' words that the gloss has, where they name an ancestor of no candidate
    "hint_extended",  # similarity of the hints to gloss, names and neighbours' names
    "parent",  # the superclass names an ancestor
    "definition_gloss",  # similarity of the class's definition to the gloss
    "definition_extended",
    "definition_words",  # share of words that the definition and the gloss have in common
    "synonyms",  # how many of the source's synonyms the concept bears
    "of_plant",  # what is eaten of the plant that the name means too (1), or that plant (-1)
    "of_animal",  # the same of animals
)
SETTING = (
    "share",  # log share of the lexicographer file among the vocabulary's senses
    "setting_gloss",  # similarity of the vocabulary's senses to the gloss
    "setting_extended",
    "nearby",  # log of how much more often the classes beside it in the list are of the lexicographer file
    "kinship",  # what share of the vocabulary's names a dataset has that is known to mean this concept
    "inside",  # the concept is in the vocabulary's domain ...
    "kept_inside",  # ... to which the vocabulary keeps
)
NEAR = (
    "log_sense",  # log of the probability of the sense among those of its name
    "cover",  # share of the class name's words that the lemma accounts for
    "names",  # similarity of the class name to the concept's names
    "letters",  # share of letters in common with the most similar of them
    "gloss",
    "share",
    "kinship",
    "below",  # it is a kind of what the head means ...
    "below_names",  # ... and how similar its names are
    "below_letters",
    "akin",  # how near it is to what the head means, where it is what the first words mean: Bluetick Coonhound
    *(f"match:{match}" for match in Match if match is not Match.EXACT),
)
LEXFILES = (
    "Tops", "act", "animal", "artifact", "attribute", "body", "cognition", "communication", "event", "feeling", "food",
    "group", "location", "motive", "object", "person", "phenomenon", "plant", "possession", "process", "quantity",
    "relation", "shape", "state", "substance", "time",
)  # fmt: skip
EXACT = (*SENSE, *CLASS, *SETTING, *(f"lexfile:{name}" for name in LEXFILES))

# A first guess, before the vocabulary is known: how readily a photograph shows a concept of the lexicographer file.
_VISIBLE = {
    "artifact": 0.0, "animal": 0.0, "food": 0.0, "Tops": 0.0, "object": -0.7, "plant": -0.7, "phenomenon": -1.0,
    "location": -1.0, "body": -1.0, "person": -1.0, "group": -1.5,
}  # fmt: skip
_INVISIBLE = -2.0
_NUMBER = {name: number for number, name in enumerate(LEXFILES)}
_KIN = 0.75  # likeness from which concepts are kin, as dogs are and instruments are not
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Hint:
    """A word beside the name that tells its sense: its form, and what it can mean."""

    form: str
    concepts: frozenset[int]


@dataclass(frozen=True, slots=True)
class Question:
    """One class with its candidates.

    Attributes:
        text: the name in plain writing.
        candidates: what it may mean.
        hints: brackets and qualifiers.
        parent: the superclass.
        definition: the class's own definition.
        synonyms: forms of the other names that the source gives.
    """

    text: str
    candidates: Sequence[Candidate]
    hints: tuple[Hint, ...] = ()
    parent: Hint | None = None
    definition: str = ""
    synonyms: frozenset[str] = frozenset()


class Features:
    """Makes the rows for the candidates of classes.

    Args:
        draft: the taxonomy so far.
        vectors: of its concepts.
    """

    def __init__(self, draft: Draft, vectors: ConceptVectors) -> None:
        self._draft = draft
        self.vectors = vectors
        self._known: dict[tuple[int, str], tuple[float, ...]] = {}

    def overview(self, sizes: Sequence[int], names: Sequence[Name], kinship: Mapping[int, float]) -> Overview:
        """Look at all classes of a vocabulary, with their candidates, at once.

        Args:
            sizes: how many candidates each class has.
            names: the names that matched, class by class.
            kinship: see `Setting`.
        """
        concepts = [name.concept for name in names]
        guess = np.array([self._guess(name) for name in names], np.float32)
        return Overview(sizes, concepts, guess, self._files(concepts), len(LEXFILES), self.vectors.extended, kinship)

    def exact(self, questions: Sequence[Question], setting: Setting) -> Matrix:
        """Return a row of `EXACT` for each candidate of each question, in order."""
        rows = [(question, candidate) for question in questions for candidate in question.candidates]
        if not rows:
            return np.zeros((0, len(EXACT)), np.float32)
        owner = _owners(questions)
        concepts = [candidate.name.concept for _, candidate in rows]
        glosses, extended = self.vectors.glosses(concepts), self.vectors.extended(concepts)
        names = self.vectors.texts([question.text.lower() for question in questions])
        centres = setting.centres
        files = self._files(concepts)
        matrix = np.zeros((len(rows), len(EXACT)), np.float32)
        tagged = [_tagged(question) for question in questions]
        matrix[:, : len(SENSE)] = [
            self._sense(c.name, question, tagged[i]) for i, (question, c) in zip(owner.tolist(), rows, strict=True)
        ]
        columns: dict[str, ArrayLike] = {
            "inflected": [_is_inflected(question, c) for question, c in rows],
            "part": [c.reading.part for _, c in rows],
            "later": [c.reading is not question.candidates[0].reading for question, c in rows],
            "gloss": _products(names[owner], glosses),
            "extended": _products(names[owner], extended),
            "share": setting.shares[owner, files],
            "setting_gloss": _products(centres[owner], glosses),
            "setting_extended": _products(centres[owner], extended),
            "nearby": setting.nearby[owner, files],
            "kinship": [setting.kinship.get(concept, 0.0) for concept in concepts],
            "inside": [concept in setting.domain for concept in concepts],
            "kept_inside": [setting.strict and concept in setting.domain for concept in concepts],
            "synonyms": [self._synonyms(question, c.name) if question.synonyms else 0 for question, c in rows],
            "of_plant": self._eaten(questions, PLANT),
            "of_animal": self._eaten(questions, ANIMAL),
        }
        for name, values in columns.items():
            matrix[:, _COLUMN[name]] = values
        matrix[np.arange(len(rows)), len(EXACT) - len(LEXFILES) + files] = 1
        self._add_hints(matrix, rows, extended)
        self._add_definitions(matrix, questions, owner, concepts, glosses, extended)
        return matrix

    def near(self, questions: Sequence[Question], setting: Setting, log_sense: NDArray[np.float64]) -> Matrix:
        """Return a row of `NEAR` for each candidate; ``log_sense`` is its log probability among its name's senses."""
        rows = [candidate for question in questions for candidate in question.candidates]
        if not rows:
            return np.zeros((0, len(NEAR)), np.float32)
        owner = _owners(questions)
        concepts = [candidate.name.concept for candidate in rows]
        names = self.vectors.texts([question.text.lower() for question in questions])
        files = self._files(concepts)
        resemblance = _products(names[owner], self.vectors.names(concepts))
        letters = np.array(self._letters(questions), np.float32)
        below = np.array(self._below_head(questions), np.float32)
        matches = np.array([[c.match is match for match in Match if match is not Match.EXACT] for c in rows])
        return np.column_stack(
            [
                log_sense.astype(np.float32),
                np.array([candidate.cover for candidate in rows], np.float32),
                resemblance,
                letters,
                _products(names[owner], self.vectors.glosses(concepts)),
                setting.shares[owner, files],
                np.array([setting.kinship.get(concept, 0.0) for concept in concepts], np.float32),
                below,
                below * resemblance,
                below * letters,
                np.array(self._akin(questions), np.float32),
                matches.astype(np.float32),
            ]
        )

    def _below_head(self, questions: Sequence[Question]) -> list[bool]:
        """Tell for each candidate whether it is a kind of what a head of the name means."""
        above = functools.cache(self._draft.above)
        found: list[bool] = []
        for question in questions:
            heads = _heads(question)
            concepts = [candidate.name.concept for candidate in question.candidates]
            found += [bool(heads) and key not in heads and not heads.isdisjoint(above(key)) for key in concepts]
        return found

    def _akin(self, questions: Sequence[Question]) -> list[float]:
        """Return for each candidate that the first words name how kin it is to a head: 1 for a parent and its child."""
        likeness = functools.cache(self._draft.likeness)
        found: list[float] = []
        for question in questions:
            heads = _heads(question)
            for candidate in question.candidates:
                pairs = heads if candidate.match is Match.FIRST else ()
                nearest = max((likeness(candidate.name.concept, head) for head in pairs), default=0.0)
                found.append(max(nearest - _KIN, 0.0) / (1 - _KIN))
        return found

    def _letters(self, questions: Sequence[Question]) -> list[float]:
        found = []
        for question in questions:
            letters = _trigrams(form(question.text))
            for candidate in question.candidates:
                names = self._draft.names_of(candidate.name.concept)
                found.append(max(_likeness(letters, _trigrams(name.form)) for name in names))
        return found

    def lexfile(self, concept: int) -> str:
        """Return the lexicographer file of a concept; one that WordNet lacks takes its first parent's.

        What a file is about (*plant, flora*) is in one of its own, *Tops*, and counts as what it is the top of.
        """
        draft = self._draft
        while not draft.concepts[concept].lexfile and draft.parents[concept]:
            concept = draft.parents[concept][0]
        file = draft.concepts[concept].lexfile.removeprefix("noun.") or "Tops"
        own = (name.form for name in draft.names_of(concept) if name.sense) if file == "Tops" else ()
        return next((name for name in own if name in _NUMBER), file)

    def _eaten(self, questions: Sequence[Question], lexfile: str) -> list[int]:
        senses = ([candidate.name.concept for candidate in question.candidates] for question in questions)
        return [part for concepts in senses for part in eaten(self._draft, concepts, lexfile)]

    def _files(self, concepts: Sequence[int]) -> NDArray[np.intp]:
        return np.array([_NUMBER[self.lexfile(concept)] for concept in concepts], np.intp)

    def _guess(self, name: Name) -> float:
        return _VISIBLE.get(self.lexfile(name.concept), _INVISIBLE) - math.log(max(name.sense, 1))

    def _sense(self, name: Name, question: Question, tagged: Mapping[str, int]) -> tuple[float, ...]:
        known = self._known.get((name.concept, name.form))
        if known is None:
            known = self._known[name.concept, name.form] = self._of_sense(name)
        sense, frequency, individual, preferred, place, capital, kinds, unknown = known
        usual = math.log1p(tagged[name.form])
        capital *= not any(c.isupper() for c in question.text)
        return sense, frequency, usual, individual, preferred, place, capital, kinds, unknown

    def _of_sense(self, name: Name) -> tuple[float, ...]:
        draft, concept = self._draft, name.concept
        own = bool(draft.concepts[concept].source)
        lemmas = [other.form for other in draft.names_of(concept) if own or other.sense]
        place = lemmas.index(name.form) if name.form in lemmas else 0
        children = (child for child in draft.children[concept] if not draft.concepts[child].source)
        kinds = sum((child, concept) not in draft.later for child in children)
        return (
            -math.log(max(name.sense, 1)),
            math.log1p(name.tagged),
            draft.is_individual(concept),
            place == 0,
            math.log1p(place),
            name.text[:1].isupper() and name.text[1:2].islower(),
            math.log1p(kinds),
            not name.sense,
        )

    def _synonyms(self, question: Question, name: Name) -> int:
        known = {other.form for other in self._draft.names_of(name.concept)}
        return len((question.synonyms & known) - {name.form})

    def _add_hints(self, matrix: Matrix, rows: Sequence[tuple[Question, Candidate]], extended: Vectors) -> None:
        hinted = [row for row, (question, _) in enumerate(rows) if question.hints]
        if hinted:
            texts = self.vectors.texts([" ".join(hint.form for hint in rows[row][0].hints) for row in hinted])
            matrix[hinted, _COLUMN["hint_extended"]] = _products(texts, extended[hinted])
        for row, (question, candidate) in enumerate(rows):
            if not question.hints and question.parent is None:
                continue
            above = self._draft.above(candidate.name.concept)
            if question.parent is not None:
                matrix[row, _COLUMN["parent"]] = not question.parent.concepts.isdisjoint(above)
            matrix[row, _COLUMN["hint"]] = sum(not hint.concepts.isdisjoint(above) for hint in question.hints)
        told = {id(rows[row][0]) for row in hinted if matrix[row, _COLUMN["hint"]]}
        for row in hinted:
            question, candidate = rows[row]
            if id(question) not in told:  # turkeys are birds, though their gloss speaks of food
                words = _words(self._draft.concepts[candidate.name.concept].definition)
                matrix[row, _COLUMN["hint_words"]] = sum(_share(hint.form, words) for hint in question.hints)

    def _add_definitions(
        self,
        matrix: Matrix,
        questions: Sequence[Question],
        owner: NDArray[np.intp],
        concepts: Sequence[int],
        glosses: Vectors,
        extended: Vectors,
    ) -> None:
        if not any(question.definition for question in questions):
            return
        texts = self.vectors.texts([question.definition for question in questions])[owner]
        matrix[:, _COLUMN["definition_gloss"]] = _products(texts, glosses)
        matrix[:, _COLUMN["definition_extended"]] = _products(texts, extended)
        words = [_words(question.definition) for question in questions]
        column = _COLUMN["definition_words"]
        for row, (question, concept) in enumerate(zip(owner.tolist(), concepts, strict=True)):
            if words[question]:
                gloss = _words(self._draft.concepts[concept].definition)
                matrix[row, column] = len(words[question] & gloss) / len(words[question] | gloss)


_COLUMN = {name: number for number, name in enumerate(EXACT)}


def _heads(question: Question) -> set[int]:
    return {c.name.concept for c in question.candidates if c.match in (Match.HEAD, Match.SHORT_HEAD)}


def _owners(questions: Sequence[Question]) -> NDArray[np.intp]:
    return np.repeat(np.arange(len(questions)), [len(question.candidates) for question in questions])


def _products(left: Vectors, right: Vectors) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.einsum("ij,ij->i", left, right)
    return found


def _is_inflected(question: Question, candidate: Candidate) -> bool:
    """Tell whether a name is the singular of the class's where that is a name itself."""
    literal = candidate.reading.form
    return candidate.name.form != literal and any(other.name.form == literal for other in question.candidates)


def _tagged(question: Question) -> Counter[str]:
    counts: Counter[str] = Counter()
    for candidate in question.candidates:
        counts[candidate.name.form] += candidate.name.tagged
    return counts


@functools.lru_cache(maxsize=1 << 15)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


@functools.lru_cache(maxsize=1 << 16)
def _trigrams(text_form: str) -> frozenset[str]:
    padded = f" {text_form.replace(' ', '')} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return Dice's coefficient of two sets."""
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)


def _share(text_form: str, words: Collection[str]) -> float:
    told = [word for word in text_form.split(" ") if len(word) > 3]
    return sum(word in words for word in told) / len(told) if told else 0.0
