"""Which sense of its name a class of a knowledge base means, by what the base says around it.

A name alone tells how usual each sense is.  A base also tells what the class is a kind of (its parents, which are
linked by their names themselves), what else it is called, and what it is: *Lao*, below *Tai languages*, is no people.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from taxonomy.draft import Draft
from taxonomy.linking.candidates import Candidate, Candidates, Match
from taxonomy.linking.classes import Class, Classes, batches
from taxonomy.linking.features import Question
from taxonomy.linking.model import Probabilities
from taxonomy.linking.phrase import parse
from taxonomy.linking.rank import Ranker, Ranking

# Weights of the evidence: the log probability that the names give a sense, that only another name of the class or a
# part of its name is the concept's, the share of what is above the class that is above the concept, and how much the
# definitions resemble each other, both beyond what is usual; and what speaks for no sense at all.  They are round: on
# links that people made, weights that were fitted to other links are no better.
_SENSE, _ALIAS, _ABOVE, _DEFINED, _NONE = 0.33, -3.0, 2.5, 3.0, -2.4
_USUAL_ABOVE, _USUAL_DEFINED = 0.45, 0.95  # as many right senses have less as wrong ones have more
_LEAST = 1e-6
_LEVELS = 4  # further up, all is an entity
_NEAR = 1 << 10  # classes of which what is above them is remembered
_SOME = 0.01  # probability from which a class above may mean a concept
_CODE = 3  # letters up to which another name is a code: *mus* is the language Muscogee, and no mouse
_RESEMBLING = frozenset({Match.FIRST, Match.LONGER, Match.SIMILAR})


@dataclass(frozen=True, slots=True)
class _Sense:
    """What a class may mean, and the log probability of that by its names."""

    key: str
    candidate: Candidate
    log: float


def in_context(
    draft: Draft, candidates: Candidates, ranker: Ranker, read: Classes, rankings: dict[str, Ranking]
) -> None:
    """Rank the senses of the classes of a knowledge base anew, with what the base says.

    The rankings of classes of which it says nothing stay as they were, and what only resembles a name keeps its share
    of what is left.

    Args:
        draft: the taxonomy so far.
        candidates: the linker's.
        ranker: the linker's.
        read: the classes.
        rankings: what the names alone say, by the classes' keys; of none, when a name says nothing.
    """
    base = _Base(draft, read, rankings)
    some = [
        entry.key
        for entry in read.entries
        if entry.key in rankings or (entry.synonyms and not read.is_given(entry.key))
    ]
    for keys in batches(some):
        told = {key: rankings.get(key, Ranking()) for key in keys if base.defines(key) or base.places(key)}
        senses = [*_by_name(read, told), *_by_other_names(candidates, ranker, read, told)]
        scores = np.array([sense.log + _ABOVE * base.agreement(sense) for sense in senses])
        scores += _DEFINED * _likeness(ranker, read, senses)
        found: dict[str, list[tuple[Candidate, float]]] = defaultdict(list)
        for sense, score in zip(senses, scores.tolist(), strict=True):
            found[sense.key].append((sense.candidate, score))
        rankings.update((key, _ranking(told[key], scored)) for key, scored in found.items())


def _by_name(read: Classes, rankings: Mapping[str, Ranking]) -> Iterator[_Sense]:
    for key, ranking in rankings.items():
        own = {reading.form for reading in read[key].phrase.readings} if ranking.candidates else set()
        for candidate, probability in ranking.candidates:
            if candidate.match is Match.EXACT:
                penalty = _ALIAS if candidate.reading.part or candidate.reading.form not in own else 0.0
                yield _Sense(key, candidate, _SENSE * math.log(max(probability, _LEAST)) + penalty)


def _by_other_names(
    candidates: Candidates, ranker: Ranker, read: Classes, rankings: Mapping[str, Ranking]
) -> Iterator[_Sense]:
    """Yield what only the other names of classes mean."""
    questions: dict[tuple[str, str], Question] = {}
    for key in rankings:
        entry = read.entry(key)
        for text in entry.synonyms if not entry.scientific_name else ():
            phrase = parse(text)
            if len(text) > _CODE and (found := candidates.exact(phrase)):
                questions[key, text] = read.question(entry, phrase, found)
    ranked = ranker.rank(list(questions.values()), read.seen_from([key for key, _ in questions]))
    known = {(key, c.name.concept) for key, ranking in rankings.items() for c, _ in ranking.candidates}
    best: dict[tuple[str, int], _Sense] = {}
    for (key, _), ranking in zip(questions, ranked, strict=True):
        for candidate, probability in ranking.candidates:
            sense = _Sense(key, candidate, _SENSE * math.log(max(probability, _LEAST)) + _ALIAS)
            place = key, candidate.name.concept
            if place not in known and (place not in best or best[place].log < sense.log):
                best[place] = sense
    yield from best.values()


class _Base:
    """What a base puts above its classes, and what that means."""

    def __init__(self, draft: Draft, read: Classes, rankings: Mapping[str, Ranking]) -> None:
        self._read = read
        meant = {key: _meanings(found, rankings.get(key)) for key, found in read.known()}
        self._meant = {key: means for key, means in meant.items() if means}
        self._above = cache(lambda concept: frozenset(draft.above(concept)) - {concept})
        self._levels = lru_cache(_NEAR)(lambda key: _levels(key, read))

    def defines(self, key: str) -> bool:
        """Tell whether the base says what a class is."""
        return bool(self._read.entry(key).definition)

    def places(self, key: str) -> bool:
        """Tell whether anything above a class means a concept."""
        return any(other in self._meant for keys in self._levels(key) for other in keys)

    def agreement(self, sense: _Sense) -> float:
        """Return how far what is above the class is above the concept too, beyond what is usual.

        Half of it is the mean of the class's parents, and half the most that any class further up says: languages of
        which WordNet knows nothing are below *language* in the end.
        """
        if not self.places(sense.key):
            return 0.0
        over = self._above(sense.candidate.name.concept)
        near, far = (
            [sum(p for concept, p in self._meant.get(key, ()) if concept in over) for key in keys]
            for keys in self._levels(sense.key)
        )
        return (sum(near) / max(len(near), 1) + max(far, default=0.0)) / 2 - _USUAL_ABOVE


def _meanings(found: Class, ranking: Ranking | None) -> list[tuple[int, float]]:
    """Return the concepts that a class is or is a kind of, with their probabilities."""
    if found.given is not None and found.given.anchor is not None:
        return [(found.given.anchor, 1.0)]
    pairs = ranking.candidates if ranking is not None else ()
    return [(c.name.concept, p) for c, p in pairs if p > _SOME and c.match not in _RESEMBLING]


def _levels(key: str, read: Classes) -> tuple[list[str], list[str]]:
    """Return what the base puts right above a class, and what is further up."""
    entry = read.entry(key)
    near = [other for other in dict.fromkeys((*entry.parents, *entry.types)) if other in read]
    seen, level, far = {key, *near}, near, list[str]()
    for _ in range(_LEVELS - 1):
        above = dict.fromkeys(parent for other in level for parent in read.entry(other).parents)
        level = [other for other in above if other in read and other not in seen]
        seen.update(level)
        far += level
    return near, far


def _likeness(ranker: Ranker, read: Classes, senses: Sequence[_Sense]) -> Probabilities:
    """Return how much the classes' definitions resemble the glosses, and these with names, beyond what is usual."""
    vectors = ranker.features.vectors
    concepts = [sense.candidate.name.concept for sense in senses]
    texts = {sense.key: read.entry(sense.key).definition for sense in senses}
    row = {key: number for number, key in enumerate(texts)}
    told = vectors.texts(list(texts.values()))[[row[sense.key] for sense in senses]]
    found = np.einsum("ij,ij->i", told, vectors.glosses(concepts) + vectors.extended(concepts)).astype(np.float64)
    return np.where([bool(texts[sense.key]) for sense in senses], found - _USUAL_DEFINED, 0.0)


def _ranking(usual: Ranking, scored: Sequence[tuple[Candidate, float]]) -> Ranking:
    """Share out probability by scores; what is no sense of a name shares what is left as it did before."""
    if not scored:
        return usual
    others = [(candidate, p) for candidate, p in usual.candidates if candidate.match is not Match.EXACT]
    left = max(usual.none + sum(p for _, p in others), _LEAST)
    weights = [math.exp(score) for _, score in scored]
    none = math.exp(_NONE) * left**_SENSE
    total = sum(weights) + none
    ordered = [(candidate, weight / total) for (candidate, _), weight in zip(scored, weights, strict=True)]
    ordered += [(candidate, p / left * none / total) for candidate, p in others]
    ordered.sort(key=lambda pair: (-pair[1], pair[0].name.concept))
    return Ranking(tuple(ordered), usual.none / left * none / total)
