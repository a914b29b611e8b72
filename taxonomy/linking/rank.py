"""Which of several senses a class means: a score for each, and probabilities from the scores.

The score adds up what speaks for a sense: it lies in the vocabulary's domain, its lexicographer file is of things that
can be seen, the class's hints or parent are its ancestors, and it is the word's usual sense.  `Ranker` is the seam
for a learned model: whatever orders candidates and gives them probabilities can stand in its place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taxonomy.concept import Name
from taxonomy.draft import Draft
from taxonomy.text import form

# How readily a photograph shows a concept of the lexicographer file, from "it is its subject" (0) to "never".  Food
# goes before its plant: who lists both bananas and forks means what is eaten.
_VISIBLE = {
    "noun.artifact": 0.0, "noun.animal": 0.1, "noun.food": 0.0, "noun.Tops": -0.2, "noun.object": -0.7,
    "noun.plant": -0.7, "noun.phenomenon": -0.8, "noun.location": -1.0, "noun.body": -1.2, "noun.person": -1.4,
    "noun.group": -1.4, "noun.act": -1.8, "noun.event": -1.8, "noun.communication": -2.0, "noun.process": -2.0,
    "noun.possession": -2.0, "noun.shape": -2.0, "noun.substance": -2.0,
}  # fmt: skip
_INVISIBLE = -3.0
_SHARPNESS = 1.4  # makes the probabilities of the softmax what the shares of right links are
_DOMAIN = 0.3
_INDIVIDUAL = -2.0  # New Jersey is not what a list of clothes means by jersey
_OTHERS_NAME = -2.0  # a name that only another dataset gives


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a class beside its name.

    Attributes:
        domain: keys of the concepts in the vocabulary's domain, empty when it has none.
        lexfile: the domain's lexicographer file, or empty.
        hints: normal forms of brackets, qualifiers and parents.
        definition: the class's own definition.
    """

    domain: frozenset[int] = frozenset()
    lexfile: str = ""
    hints: tuple[str, ...] = ()
    definition: str = ""


class Ranker:
    """Orders the senses of a name by rules; the same interface serves a learned model."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def rank(self, names: Sequence[Name], context: Context) -> list[tuple[Name, float]]:
        """Return each concept's best name with the probability that it is meant, best first.

        The probabilities are a softmax of the scores and add up to 1.
        """
        best: dict[int, tuple[float, Name]] = {}
        for name in names:
            score = self._score(name, context)
            if name.concept not in best or score > best[name.concept][0]:
                best[name.concept] = (score, name)
        weights = {concept: math.exp(_SHARPNESS * score) for concept, (score, _) in best.items()}
        total = sum(weights.values())
        ordered = sorted(best.values(), key=lambda pair: (-pair[0], pair[1].concept))
        return [(name, weights[name.concept] / total) for _, name in ordered]

    def _score(self, name: Name, context: Context) -> float:
        lexfile = self.lexfile(name.concept)
        score = _VISIBLE.get(lexfile, _INVISIBLE)
        if context.domain:
            score += _DOMAIN * (name.concept in context.domain)
        # Senses come by frequency; a tag count tells a clear first sense from a mere first place in the list.
        score -= 0.9 * math.log(max(name.sense, 1)) - 0.15 * math.log1p(name.tagged)
        if not name.sense:
            score += _OTHERS_NAME
        if self._draft.is_individual(name.concept):
            score += _INDIVIDUAL
        return score + self._agreement(name.concept, context)

    def _agreement(self, concept: int, context: Context) -> float:
        """Score how far the hints and the definition speak of this sense: by its ancestors' names, by its gloss."""
        if not context.hints and not context.definition:
            return 0.0
        above = self._draft.above(concept)
        gloss = set(form(self._draft.concepts[concept].definition).split())
        score = 0.0
        for hint in context.hints:
            if any(name.concept in above for name in self._draft.named(hint)):
                score += 3.0
            elif words := [word for word in hint.split() if len(word) > 3]:
                score += 3.0 * sum(word in gloss for word in words) / len(words)
        if context.definition:
            words = [word for word in form(context.definition).split() if len(word) > 3]
            score += 4.0 * sum(word in gloss for word in words) / max(len(words), 1)
        return score

    def lexfile(self, concept: int) -> str:
        """Return the lexicographer file of a concept; one that WordNet lacks takes its first parent's."""
        draft = self._draft
        while not draft.concepts[concept].lexfile and draft.parents[concept]:
            concept = draft.parents[concept][0]
        return draft.concepts[concept].lexfile
