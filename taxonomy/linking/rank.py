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
NONE_OF_THESE = math.exp(_SHARPNESS * -3.0)
"""Weight of the answer that none of the senses is meant: a lone abstract sense is hardly what a picture shows."""
_DOMAIN = 0.3
_STRICT_DOMAIN = 2.0
_PREFERRED = 0.7  # the name that WordNet puts first in the synset
_INDIVIDUAL = -2.0  # New Jersey is not what a list of clothes means by jersey
_INFLECTED = -0.7  # glasses are spectacles before they are more than one glass
_OTHERS_NAME = -1.0  # a name that only another dataset gives


@dataclass(frozen=True, slots=True)
class Hint:
    """A word beside the name that tells its sense.

    Attributes:
        form: its normal form.
        concepts: what it can mean.
        weight: the score of a sense that is of that kind; a bracket says more than a superclass.
    """

    form: str
    concepts: frozenset[int]
    weight: float


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a class beside its name.

    Attributes:
        form: the normal form of the name as it stands.
        domain: keys of the concepts in the vocabulary's domain, empty when it has none.
        strict: the vocabulary keeps to its domain.
        hints: brackets, qualifiers and the superclass.
        definition: the class's own definition.
    """

    form: str = ""
    domain: frozenset[int] = frozenset()
    strict: bool = False
    hints: tuple[Hint, ...] = ()
    definition: str = ""


class Ranker:
    """Orders the senses of a name by rules; the same interface serves a learned model."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def rank(self, names: Sequence[Name], context: Context) -> list[tuple[Name, float]]:
        """Return each concept's best name with the probability that it is meant, best first.

        The probabilities are a softmax of the scores and of one for "none of these", so they add up to less than 1.
        """
        best: dict[int, tuple[float, Name]] = {}
        for name in names:
            score = self._score(name, context)
            if name.concept not in best or score > best[name.concept][0]:
                best[name.concept] = (score, name)
        weights = {concept: math.exp(_SHARPNESS * score) for concept, (score, _) in best.items()}
        total = sum(weights.values()) + NONE_OF_THESE
        ordered = sorted(best.values(), key=lambda pair: (-pair[0], pair[1].concept))
        return [(name, weights[name.concept] / total) for _, name in ordered]

    def _score(self, name: Name, context: Context) -> float:
        inside = name.concept in context.domain
        kept = inside and context.strict
        score = _STRICT_DOMAIN if kept else self._visibility(name.concept) + _DOMAIN * inside
        score += _PREFERRED * (name.form == form(self._draft.concepts[name.concept].name))
        score += _INFLECTED * (name.form != (context.form or name.form))
        # Senses come by frequency; a tag count tells a clear first sense from a mere first place in the list.
        score -= 0.9 * math.log(max(name.sense, 1)) - 0.15 * math.log1p(name.tagged)
        if not name.sense:
            score += _OTHERS_NAME
        return score + self._agreement(name.concept, context)

    def _visibility(self, concept: int) -> float:
        """Score how readily a picture shows a concept: by its lexicographer file; a dataset's own has pictures."""
        if self._draft.concepts[concept].source:
            return 0.0
        individual = _INDIVIDUAL if self._draft.is_individual(concept) else 0.0
        return individual + _VISIBLE.get(self.lexfile(concept), _INVISIBLE)

    def _agreement(self, concept: int, context: Context) -> float:
        """Score how far the hints and the definition speak of this sense: by its ancestors' names, by its gloss."""
        if not context.hints and not context.definition:
            return 0.0
        above = self._draft.above(concept)
        gloss = set(form(self._draft.concepts[concept].definition).split())
        score = 0.0
        for hint in context.hints:
            if not hint.concepts.isdisjoint(above):
                score += hint.weight
            elif words := [word for word in hint.form.split() if len(word) > 3]:
                score += hint.weight * sum(word in gloss for word in words) / len(words)
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
