"""Which concepts a class name can mean.

`Candidates.exact` looks a name up as it is written, in tiers that are tried in order: the literal reading before a
shortened one, the form as it stands and its singular before a British spelling or the words joined or split.
`Candidates.near` finds what a name may mean that WordNet lacks: a part of it, or a lemma that it is a part of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from taxonomy.concept import Name
from taxonomy.draft import Draft
from taxonomy.linking.phrase import LONGEST, Phrase, Reading, bases, heads
from taxonomy.text import is_english, singulars

# American and British writing, both ways; a change counts only when it gives a name that exists.
_SPELLINGS = (
    ("our", "or"), ("or", "our"), ("re", "er"), ("er", "re"), ("ae", "e"), ("e", "ae"), ("oe", "e"), ("ise", "ize"),
    ("ize", "ise"), ("ll", "l"), ("l", "ll"), ("grey", "gray"), ("gray", "grey"), ("ough", "o"), ("que", "k"),
    ("yre", "ire"), ("ire", "yre"), ("ogue", "og"), ("og", "ogue"), ("mould", "mold"), ("plough", "plow"),
)  # fmt: skip
_WORDS = 1 << 16  # so many words are remembered
_LONGER = 20  # lemmas that end in a name: all kinds of "car" are too many to be worth a look


class Match(StrEnum):
    """What the name that matched is to the class name."""

    EXACT = "exact"  # the name, in some writing
    REORDERED = "reordered"  # its words in another order: microphone boom
    KIND = "kind"  # the name without what it is a kind of: crane bird
    SYNONYM = "synonym"  # another word for one of its words: toy store, toyshop
    HEAD = "head"  # the longest head: runner of table runner
    SHORT_HEAD = "short head"  # a shorter one
    SPECIAL = "special"  # the name without what makes it special: church_outdoor
    FIRST = "first"  # its first words: halter top
    LONGER = "longer"  # a lemma that ends in the name: computer keyboard
    SIMILAR = "similar"  # near by its vector


_NARROWING = (Match.HEAD, Match.SHORT_HEAD, Match.SPECIAL)
"""Matches of concepts that are broader than the class."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A concept that a class may be.

    Attributes:
        name: the name that matched.
        reading: the reading of the class name that it matched.
        match: how it did.
        cover: the share of the class name's words that it accounts for.
    """

    name: Name
    reading: Reading
    match: Match = Match.EXACT
    cover: float = 1.0

    @property
    def is_broader(self) -> bool:
        """Tell whether the concept is broader than the class."""
        return self.match in _NARROWING


class Candidates:
    """Looks class names up among the names of a draft.

    Args:
        draft: the taxonomy so far.
        exceptions: WordNet's irregular plurals.
    """

    def __init__(self, draft: Draft, exceptions: Mapping[str, tuple[str, ...]]) -> None:
        self._draft = draft
        self.exceptions = exceptions
        # What single words mean, which many names are made of, while the draft has so many names.
        self._known: dict[str, list[Name]] = {}
        self._synonyms: dict[str, list[str]] = {}
        self._known_of = len(draft.names)
        self._squeezed: dict[str, list[str]] = defaultdict(list)
        self._bags: dict[frozenset[str], list[str]] = defaultdict(list)
        self._endings: dict[str, list[str]] = defaultdict(list)
        # WordNet's forms only: what a linker knows must not depend on when it was made.
        for text in dict.fromkeys(name.form for name in draft.names if name.sense):
            words = text.split(" ")
            if len(words) > 1 or "'" in text:
                self._squeezed[_squeeze(text)].append(text)
            if len(words) > 1:
                self._bags[frozenset(words)].append(text)
                self._endings[words[-1]].append(text)

    def exact(self, phrase: Phrase) -> list[Candidate]:
        """Return the candidates of the most literal reading that has any; of alternatives, those of all.

        A name in another language than English is looked up among the names in that one: Italian *cane* is no cane.
        """
        if not is_english(phrase.language):
            return _distinct(self._foreign(phrase, phrase.language.partition("-")[0]))
        parts: list[Candidate] = []
        for reading in phrase.readings:
            if reading.special:
                continue
            if any(_contains(candidate.reading.form, reading.form) for candidate in parts):
                continue  # the can of a trash can
            found = self._anchored([Candidate(name, reading) for name in self.named(reading.form)])
            if found and not reading.part:
                return found
            parts += found
        return _distinct(parts or self._foreign(phrase))  # no English word at all: the word of another language

    def _foreign(self, phrase: Phrase, language: str = "") -> Iterator[Candidate]:
        """Yield what a name means literally in a language, or in any but English."""
        for reading in phrase.readings[:1]:
            for name in self._draft.foreign(reading.form):
                if not language or name.language.partition("-")[0] == language:
                    yield Candidate(name, reading)

    def _anchored(self, candidates: list[Candidate]) -> list[Candidate]:
        """Leave out what datasets brought and no name could place, or WordNet has a name for.

        It says no more of the name than the name itself; that the classes are one is for merging to see.
        """
        known = any(candidate.name.sense for candidate in candidates)
        concepts, is_vague = self._draft.concepts, self._draft.is_vague
        own = (c for c in candidates if not concepts[c.name.concept].source or not (known or is_vague(c.name.concept)))
        return _distinct(own)

    def near(self, phrase: Phrase) -> list[Candidate]:
        """Return candidates for a name as a whole that is no lemma: its parts, and lemmas that it is a part of."""
        return _distinct(candidate for reading in bases(phrase) for candidate in self._near(reading))

    def longer(self, phrase: Phrase) -> list[Candidate]:
        """Return the candidates of lemmas that end in a name: a *mountain tent* is a tent too."""
        whole = phrase.readings[:1] if is_english(phrase.language) else ()
        forms = ((r, text) for r in whole for text in (r.form, *singulars(r.form, self.exceptions)))
        return _distinct(Candidate(name, r, Match.LONGER) for r, text in forms for name in self._ending_in(text))

    def heads(self, phrase: Phrase) -> Iterator[list[Candidate]]:
        """Yield the candidates of each head noun of a name, the longest first."""
        for reading in bases(phrase):
            words = reading.form.count(" ") + 1
            for i, head in enumerate([*([reading.form] if reading.special else []), *heads(reading.form)]):
                match = Match.SPECIAL if head == reading.form else Match.SHORT_HEAD if i else Match.HEAD
                names = [name for name in self.named(head) if name.sense]
                if names:
                    yield [Candidate(name, reading, match, (head.count(" ") + 1) / words) for name in names]

    def named(self, text_form: str) -> list[Name]:
        """Return the names that a form means.

        As it stands and in its singular (*shoes* is a lemma too, but one that means a situation), else in another
        spelling, joined or split.
        """
        if " " in text_form:
            return self._named(text_form)
        self._forget()
        names = self._known.get(text_form)
        if names is None:
            names = self._known[text_form] = self._named(text_form)
        return names

    def _named(self, text_form: str) -> list[Name]:
        names = self._inflected(text_form)
        if names:
            return names
        return next(filter(None, map(self._inflected, self._variants(text_form))), [])

    def _forget(self) -> None:
        """Forget what words mean when the draft has changed, or when there are too many."""
        if self._known_of != len(self._draft.names) or len(self._known) > _WORDS:
            self._known_of = len(self._draft.names)
            self._known.clear()
            self._synonyms.clear()

    def _inflected(self, text_form: str) -> list[Name]:
        names = self._draft.named(text_form)
        for singular in dict.fromkeys(singulars(text_form, self.exceptions)):
            names = names + self._draft.named(singular)
        return names

    def _variants(self, text_form: str) -> Iterator[str]:
        squeezed = _squeeze(text_form)
        yield squeezed
        for text in (squeezed, *singulars(squeezed, self.exceptions)):
            yield from self._squeezed.get(text, ())
        head, space, word = text_form.rpartition(" ")
        for old, new in _SPELLINGS:
            if old in word:
                yield head + space + word.replace(old, new, 1)

    def _near(self, reading: Reading) -> Iterator[Candidate]:
        text = reading.form
        words = text.split(" ")
        singular = [text, *singulars(text, self.exceptions)]
        if reading.special:
            yield from (Candidate(name, reading, Match.SPECIAL) for name in self.named(text))
        yield from (Candidate(name, reading, Match.REORDERED) for name in self._reordered(singular))
        yield from (Candidate(name, reading, Match.SYNONYM) for name in self._reworded(words))
        for i, head in enumerate(heads(text)):
            match = Match.SHORT_HEAD if i else Match.HEAD
            cover = (head.count(" ") + 1) / len(words)
            yield from (Candidate(name, reading, match, cover) for name in self.named(head))
        yield from self._beginnings(reading, words)
        for form_ in singular:
            yield from (Candidate(name, reading, Match.LONGER) for name in self._ending_in(form_))

    def may_reword(self, phrase: Phrase) -> bool:
        """Tell whether other words, or another order of them, may mean the same as a name as a whole (`near`)."""
        for reading in bases(phrase):
            words = reading.form.split(" ")
            singular = [reading.form, *singulars(reading.form, self.exceptions)]
            said = chain(self._reordered(singular), self._reworded(words))
            if any(True for _ in said) or any(c.match is Match.KIND for c in self._beginnings(reading, words)):
                return True
        return False

    def _reordered(self, forms: Iterable[str]) -> Iterator[Name]:
        """Yield what the words of compounds mean in another order."""
        for text in forms:
            for same in self._bags.get(frozenset(text.split(" ")), ()) if " " in text else ():
                yield from self._draft.named(same)

    def _beginnings(self, reading: Reading, words: list[str]) -> Iterator[Candidate]:
        for count in range(min(len(words) - 1, LONGEST), 0, -1):
            yield from self._beginning(reading, words, count)

    def _beginning(self, reading: Reading, words: list[str], count: int) -> Iterator[Candidate]:
        """Yield what the first words of a name mean; those whose ancestors the other words name are of that kind."""
        names = self.named(" ".join(words[:count]))
        kinds = {name.concept for name in self.named(" ".join(words[count:]))} if names else set()
        for name in names:
            is_kind = bool(kinds) and bool(kinds & (self._draft.above(name.concept) - {name.concept}))
            yield Candidate(name, reading, Match.KIND if is_kind else Match.FIRST, count / len(words))

    def _reworded(self, words: list[str]) -> Iterator[Name]:
        """Yield what a compound means with another word for one of its words."""
        for i, word in enumerate(words if len(words) > 1 else ()):
            for other in self._others(word):
                squeezed = _squeeze(text := " ".join([*words[:i], other, *words[i + 1 :]]))
                for form_ in dict.fromkeys((text, squeezed, *self._squeezed.get(squeezed, ()))):
                    yield from self._draft.named(form_)

    def _others(self, word: str) -> list[str]:
        """Return the other names of what a word may mean, in alphabetical order."""
        names = self.named(word)
        others = self._synonyms.get(word)
        if others is None:
            concepts = dict.fromkeys(name.concept for name in names if name.sense)
            found = {name.form for concept in concepts for name in self._draft.names_of(concept)} - {word}
            others = self._synonyms[word] = sorted(found)
        return others

    def _ending_in(self, text_form: str) -> Iterable[Name]:
        ending = " " + text_form
        longer = (text for text in self._endings.get(text_form.rpartition(" ")[2], ()) if text.endswith(ending))
        shortest = sorted(longer, key=lambda text: (text.count(" "), len(text), text))[:_LONGER]
        return (name for text in shortest for name in self._draft.named(text) if name.sense)


def _contains(longer: str, shorter: str) -> bool:
    return longer.endswith(" " + shorter) or longer.startswith(shorter + " ")


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep the first candidate of each concept."""
    found: dict[int, Candidate] = {}
    for candidate in candidates:
        found.setdefault(candidate.name.concept, candidate)
    return list(found.values())


def _squeeze(text_form: str) -> str:
    """Return a form without its word breaks and apostrophes.

    >>> _squeeze("jack o' lantern")
    'jackolantern'
    """
    return text_form.replace(" ", "").replace("'", "")
