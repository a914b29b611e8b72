"""Which of its candidates a class means, with probabilities.

In the order of trust: the senses of the name itself go first, and only what speaks for none of them is shared out
among what resembles the name: its head, a lemma that ends in it, a synset near by its vector.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from taxonomy.concept import Name
from taxonomy.draft import Draft
from taxonomy.encoding import Encoder
from taxonomy.linking.candidates import Candidate, Match
from taxonomy.linking.features import Features, Question
from taxonomy.linking.model import Model, Probabilities
from taxonomy.linking.phrase import Reading
from taxonomy.linking.setting import Setting
from taxonomy.linking.vectors import ConceptVectors, Nearest

DOUBT = 0.05
"""Probability of "none of these" from which more candidates are looked for."""
_NEAREST = 20
_LATIN = re.compile("[a-z]", re.IGNORECASE)
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates with their probabilities, best first, and the probability that none of them is meant."""

    candidates: tuple[tuple[Candidate, float], ...] = ()
    none: float = 1.0


class Ranker:
    """Ranks the candidates of classes, many at a time.

    Args:
        draft: the taxonomy so far.
        encoder: makes the vectors of names and glosses.
        model: the learned weights.
    """

    def __init__(self, draft: Draft, encoder: Encoder, model: Model) -> None:
        self._draft = draft
        self._vectors = ConceptVectors(draft, encoder)
        self._nearest = Nearest(draft, self._vectors)
        self._model = model
        self.features = Features(draft, self._vectors)

    def rank(self, questions: Sequence[Question], setting: Setting) -> list[Ranking]:
        """Rank the senses of names; ``setting`` has a row for each question."""
        found, none = self._exact(questions, setting)
        return _rankings(questions, found, none)

    def rank_near(self, questions: Sequence[Question], setting: Setting) -> list[Ranking]:
        """Rank what resembles names; arguments as `rank`."""
        log_sense = self.log_sense(questions, setting)
        rows = self.features.near(questions, setting, log_sense)
        return _rankings(questions, *self._model.near.probabilities(rows, _sizes(questions)))

    def with_similar(self, questions: Sequence[Question]) -> list[Question]:
        """Add the synsets that are nearest to the names by their vectors, those that are no candidates yet."""
        # The encoder knows English; in other scripts it finds what it finds.
        lettered = [row for row, question in enumerate(questions) if _LATIN.search(question.text)]
        texts = self._vectors.texts([questions[row].text.lower() for row in lettered])
        found = dict(zip(lettered, self._nearest.search(texts, _NEAREST), strict=True))
        return [self._joined(question, found.get(row, ())) for row, question in enumerate(questions)]

    def log_sense(self, questions: Sequence[Question], setting: Setting) -> Probabilities:
        """Return the log probability of each candidate among the candidates of the same name."""
        apart: list[Question] = []
        owner: list[int] = []
        rows: list[list[int]] = []
        row = 0
        for i, question in enumerate(questions):
            by_form: dict[str, list[int]] = {}
            for j, candidate in enumerate(question.candidates):
                by_form.setdefault(candidate.name.form, []).append(j)
            for places in by_form.values():
                if len(places) > 1:
                    apart.append(replace(question, candidates=[question.candidates[j] for j in places]))
                    owner.append(i)
                    rows.append([row + j for j in places])
            row += len(question.candidates)
        logs = np.zeros(row)
        if apart:
            found, none = self._exact(apart, setting.rows(owner))
            shares = found / (1 - np.repeat(none, _sizes(apart)))
            logs[[place for places in rows for place in places]] = np.log(np.maximum(shares, _LEAST))
        return logs

    def _exact(self, questions: Sequence[Question], setting: Setting) -> tuple[Probabilities, Probabilities]:
        return self._model.exact.probabilities(self.features.exact(questions, setting), _sizes(questions))

    def _joined(self, question: Question, keys: Sequence[int]) -> Question:
        known = {candidate.name.concept for candidate in question.candidates}
        reading = Reading(question.text)
        more = (self._called(key) for key in keys if key not in known)
        similar = [Candidate(name, reading, Match.SIMILAR, 0.0) for name in more]
        return replace(question, candidates=[*question.candidates, *similar])

    def _called(self, key: int) -> Name:
        return self._draft.names_of(key)[0]


def combined(exact: Ranking, near: Ranking) -> Ranking:
    """Share out what "none of these" has in one ranking among the candidates of another."""
    known = {candidate.name.concept for candidate, _ in exact.candidates}
    more = [(c, exact.none * p) for c, p in near.candidates if c.name.concept not in known]
    ordered = sorted([*exact.candidates, *more], key=lambda pair: -pair[1])
    return Ranking(tuple(ordered), exact.none * near.none)


def even(candidates: Sequence[Candidate]) -> Ranking:
    """Rank candidates alike: there is too little to share out to look closer."""
    share = 1 / max(len(candidates), 1)
    return Ranking(tuple((candidate, share) for candidate in candidates), 0.0)


def only(ranking: Ranking, kept: Sequence[tuple[Candidate, float]]) -> Ranking:
    """Leave out all other candidates, which makes it likelier that none is meant."""
    left = sum(p for _, p in ranking.candidates) - sum(p for _, p in kept)
    return Ranking(tuple(kept), ranking.none + left)


def _sizes(questions: Sequence[Question]) -> list[int]:
    return [len(question.candidates) for question in questions]


def _rankings(questions: Sequence[Question], found: Probabilities, none: Probabilities) -> list[Ranking]:
    rankings: list[Ranking] = []
    values, start = found.tolist(), 0
    for question, rest in zip(questions, none.tolist(), strict=True):
        end = start + len(question.candidates)
        pairs = zip(question.candidates, values[start:end], strict=True)
        ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0].name.concept))
        rankings.append(Ranking(tuple(ordered), rest))
        start = end
    return rankings
