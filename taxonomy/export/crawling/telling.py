"""Each text for one concept only: names that several concepts share are left to one of them, or told apart.

A text that several concepts are called by is left to the one that people mean by it (*dog*), as look-ups do; it is told
apart for the others, and for all of them where none dominates (*crane*), by a hypernym beside it, as ImageNet did:
Deng et al., "ImageNet: A Large-Scale Hierarchical Image Database", CVPR 2009, section 3.1, appended words of the
parent synsets that the gloss names ("whippet dog", "whippet greyhound").  Concepts that are not exported count too:
whoever searches for *spring* gets the season, whether or not it was asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice

from taxonomy.export.crawling.names import Claim, Intent, read, voted
from taxonomy.export.crawling.phrases import stands_alone
from taxonomy.export.selection import Selection
from taxonomy.export.unique import nearest_first
from taxonomy.store.resolve import dominates
from taxonomy.text import fold, form, is_english

_MOST_CLUES = 5
_MOST_VARIANTS = 2
# Hypernyms of a variant are what a picture shows: "whippet dog", not "lawyer person" or "whippet organism".
_SHOWN = 0.9
_WORD = re.compile(r"\w+")
# So many datasets make a name a common one: TV needs no hypernym, and *plant* is one that people type.
_ENOUGH = 2


class Teller:
    """Gives each text to one concept.

    Attributes:
        called: what concepts are called by language, when they are hypernyms: not in Latin, nor short.
        latin: what they are called in Latin.
        common: concepts that several datasets have a class for.
        shown: concepts that pictures show.
        made: forms of the queries that are made here.
    """

    def __init__(self, selection: Selection, tally: Counter[str]) -> None:
        self.selection, self.tally = selection, tally
        self.chosen = set(selection.concepts)
        self.names, self.votes = read(selection), voted(selection)
        self.definitions = selection.definitions()
        rows = selection.taxonomy.execute("SELECT concept FROM mark WHERE score >= ?", (_SHOWN,))
        self.shown = {key for (key,) in rows}
        self.common = {key for (_, key), votes in self.votes.items() if votes >= _ENOUGH}
        self.called: dict[str, dict[int, str]] = {}
        self.latin: dict[int, str] = {}
        for key in selection.hierarchy.children:
            for _, claim in self.names.of.get(key, ()):
                if claim.intent is Intent.SCIENTIFIC:
                    self.latin.setdefault(key, claim.text)
                elif stands_alone(claim.text):
                    self.called.setdefault(claim.language, {}).setdefault(key, claim.text)
        self.made: set[str] = set()

    def run(self) -> dict[int, list[Claim]]:
        """Return the queries of each concept that has any."""
        told: dict[tuple[int, str], Claim | None] = {}
        for text, claims in self.names.claims.items():
            if len(claims) == 1 and stands_alone(claims[0].text):  # as most
                continue
            if any(claim.concept in self.chosen for claim in claims):
                for claim, above in self._shared(text, claims):
                    told[claim.concept, text] = self._told_apart(claim, *above)
        self._rescue(told)
        chosen = self.selection.concepts
        self.tally["ambiguous"], self.tally["lost"] = len(told), sum(claim is None for claim in told.values())
        self.tally["untyped"] = sum(self.names.untyped[key] for key in chosen)
        found = {key: self._queries(key, told) for key in chosen}
        return {key: claims for key, claims in found.items() if claims}

    def _rescue(self, told: dict[tuple[int, str], Claim | None]) -> None:
        """Give the nearest hypernym to concepts that would have no query at all, to the likeliest one of each name.

        It tells nothing apart, as with the *cloak* that is any covering; of two sorts of frigate, one stays without.
        """
        rescued: set[str] = set()
        for (key, text), found in told.items():
            names = self.names.of[key]
            if found or text in rescued or any(told.get((key, each), claim) for each, claim in names):
                continue
            name = next(claim for each, claim in names if each == text)
            told[key, text] = self._told_apart(name, self._above(key), [])
            if told[key, text]:
                rescued.add(text)

    def _shared(self, text: str, claims: list[Claim]) -> Iterator[tuple[Claim, tuple[list[int], list[int]]]]:
        """Yield the names of this form that are not left to their concepts, the likeliest first.

        With each come the hypernyms, nearest first, that tell it from all others, and those that do from some.
        """
        alone = stands_alone(claims[0].text)
        weighed = [(claim.concept, self.votes.get((text, claim.concept), 0), claim.tagged) for claim in claims]
        weighed.sort(key=lambda row: (-row[1], -row[2]))
        plain = alone or weighed[0][1] >= _ENOUGH
        if len(claims) == 1:
            if not plain:
                yield claims[0], (self._above(claims[0].concept), [])
            return
        above = {claim.concept: self._above(claim.concept) for claim in claims}
        counts = Counter(chain.from_iterable(above.values()))
        owner = _owner(weighed, counts) if plain else None
        useless = set(above.get(owner, ())) if owner is not None else set[int]()
        by_concept = {claim.concept: claim for claim in claims}
        for key, _, _ in weighed:
            if key != owner and key in self.chosen:
                telling = [each for each in above[key] if counts[each] == 1]
                partly = [each for each in above[key] if 1 < counts[each] < len(claims) and each not in useless]
                yield by_concept[key], (telling, sorted(partly, key=counts.__getitem__))

    def _clues(self, language: str, above: list[int]) -> list[str]:
        """Return what hypernyms are called in a language, in their order; in English, Latin names come last."""
        called = self.called.get(language, {})
        clues = [called[key] for key in above if key in called]
        return clues + [self.latin[key] for key in above if key in self.latin] if is_english(language) else clues

    def _told_apart(self, claim: Claim, above: list[int], partly: list[int]) -> Claim | None:
        """Return a name with a hypernym that no other concept of this name has, or else few have."""
        clues = self._clues(claim.language, above)
        if definition := self.definitions[claim.concept]:
            gloss = _words(definition)
            shown = self._clues(claim.language, [key for key in above if key in self.shown])
            named = [clue for clue in shown if _words(clue) in gloss]
            # "crane bird" rather than "crane wading bird", where the definition speaks of both
            best = sorted(named, key=lambda clue: not any(other.endswith(f" {clue}") for other in named))
        else:
            best = self._clues(claim.language, [key for key in above if key in self.common])
        for clue in (*best, *clues[:_MOST_CLUES], *self._clues(claim.language, partly)[:_MOST_CLUES]):
            text = f"{claim.text} {clue}"
            if not _repeats(claim.text, clue) and self._make(text):
                return claim._replace(text=text, intent=Intent.DISAMBIGUATED)
        return None

    def _make(self, text: str) -> bool:
        """Take a made text for a query, unless it is a concept's name or another query."""
        made = form(text)
        if made in self.names.claims or made in self.made:
            return False
        self.made.add(made)
        return True

    def _queries(self, key: int, told: Mapping[tuple[int, str], Claim | None]) -> list[Claim]:
        """Return the queries of a concept, without those that find the same as an earlier one."""
        names, definition = self.names.of.get(key, ()), self.definitions[key]
        if len(names) == 1 and not definition:  # as most taxa
            only = told.get((key, names[0][0]), names[0][1])
            return [only] if only else []
        claims: dict[str, Claim] = {}
        for text, name in names:
            claim = told.get((key, text), name)
            if claim is None:
                continue
            made = text if claim is name else form(claim.text)
            folded = fold(made) if is_english(claim.language) else made
            self.tally["alike"] += folded in claims
            claims.setdefault(folded, claim)
        queries = list(claims.values())
        if queries and definition and queries[0].intent in (Intent.NAME, Intent.SCIENTIFIC):
            queries[1:1] = self._variants(queries[0])
        return queries

    def _variants(self, claim: Claim) -> Iterator[Claim]:
        """Yield a name with the hypernyms that its definition names, the nearest first."""
        gloss = _words(self.definitions[claim.concept])
        shown = [key for key in self._above(claim.concept) if key in self.shown]
        clues = [clue for clue in self._clues(claim.language, shown) if _words(clue) in gloss]
        texts = (f"{claim.text} {clue}" for clue in clues if not _repeats(claim.text, clue))
        for text in islice(filter(self._make, texts), _MOST_VARIANTS):
            yield claim._replace(text=text, intent=Intent.WITH_PARENT)

    def _above(self, key: int) -> list[int]:
        """Return the ancestors of a concept, nearest first."""
        return list(nearest_first(self.selection.hierarchy, key))[1:]


def _owner(weighed: list[tuple[int, int, int]], counts: Mapping[int, int]) -> int | None:
    """Return the concept that a text is left to, if any: the one that people mean, or that is above all the others.

    Args:
        weighed: (concept, datasets, texts) that call each so, the likeliest first.
        counts: how many of these concepts something is above.
    """
    if dominates(weighed[0], weighed[1]):
        return weighed[0][0]
    return next((key for key, _, _ in weighed if counts.get(key, 0) == len(weighed) - 1), None)


@lru_cache(maxsize=1 << 16)
def _words(text: str) -> str:
    """Return the words of a text in lower case without a final s, and with a space at each side."""
    return f" {' '.join(word.removesuffix('s') for word in _WORD.findall(text.lower()))} "


def _repeats(text: str, clue: str) -> bool:
    """Tell whether a hypernym says again what a name says: *wading bird* beside *song bird*."""
    return not set(_words(text).split()).isdisjoint(_words(clue).split())
