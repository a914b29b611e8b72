"""Which concepts a class name can mean: every concept that bears the name in some writing, in tiers.

The tiers are tried in order and the first that answers wins: the literal reading before a shortened one, the form as it
stands before its singular, a British spelling, or the words joined or split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from taxonomy.concept import Name
from taxonomy.draft import Draft
from taxonomy.linking.phrase import Phrase, Reading
from taxonomy.text import singulars

# American and British writing, both ways; a change counts only when it gives a name that exists.
_SPELLINGS = (
    ("our", "or"), ("or", "our"), ("re", "er"), ("er", "re"), ("ae", "e"), ("e", "ae"), ("oe", "e"), ("ise", "ize"),
    ("ize", "ise"), ("ll", "l"), ("l", "ll"), ("grey", "gray"), ("gray", "grey"), ("ough", "o"), ("que", "k"),
    ("yre", "ire"), ("ire", "yre"), ("ogue", "og"), ("og", "ogue"), ("mould", "mold"), ("plough", "plow"),
)  # fmt: skip


_WRITTEN_WITH_KIND = frozenset({"noun.animal", "noun.plant", "noun.food"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A concept that a class may be.

    Attributes:
        name: the name that matched.
        reading: the reading of the class name that it matched.
    """

    name: Name
    reading: Reading


class Candidates:
    """Looks class names up among the names of a draft."""

    def __init__(self, draft: Draft, exceptions: Mapping[str, tuple[str, ...]]) -> None:
        self._draft = draft
        self._exceptions = exceptions

    def exact(self, phrase: Phrase) -> Iterator[list[Candidate]]:
        """Yield the candidates of each reading that has any, the most literal reading first."""
        for reading in phrase.readings:
            if names := self.named(reading.form) or self._with_kind(reading.form):
                yield [Candidate(name, reading) for name in names]

    def named(self, text_form: str) -> list[Name]:
        """Return the names that a form means.

        As it stands and in its singular (*shoes* is a lemma too, but one that means a situation), else in another
        spelling, joined or split.
        """
        names = self._draft.named(text_form)
        for singular in dict.fromkeys(singulars(text_form, self._exceptions)):
            names = names + self._draft.named(singular)
        if names:
            return names
        return next(filter(None, map(self._draft.named, self._variants(text_form))), [])

    def _with_kind(self, text_form: str) -> list[Name]:
        """Return the names that a form gives with what they are a kind of behind them: *crane bird*, *wok pan*.

        Rarer senses only of living things and food, which people write so: a *throne room* is no toilet.
        """
        words = text_form.split(" ")
        for i in range(len(words) - 1, 0, -1):
            kinds = {name.concept for name in self._draft.named(" ".join(words[i:])) if name.sense}
            names = self._draft.named(" ".join(words[:i])) if kinds else []
            names = [name for name in names if name.sense == 1 or self._lexfile(name) in _WRITTEN_WITH_KIND]
            if found := [name for name in names if kinds & (self._draft.above(name.concept) - {name.concept})]:
                return found
        return []

    def _lexfile(self, name: Name) -> str:
        return self._draft.concepts[name.concept].lexfile

    def _variants(self, text_form: str) -> Iterator[str]:
        head, space, word = text_form.rpartition(" ")
        for old, new in _SPELLINGS:
            if old in word:
                yield head + space + word.replace(old, new, 1)
        words = text_form.split(" ")
        if len(words) in (2, 3):
            joined = "".join(words)
            yield joined
            yield from singulars(joined, self._exceptions)
        elif len(words) == 1 and len(text_form) >= 6:
            for i in range(2, len(text_form) - 1):
                yield text_form[:i] + " " + text_form[i:]
