"""The names of all concepts of a taxonomy as they are typed, read in one sweep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from taxonomy.concept import BASES, NameKind
from taxonomy.export.crawling.phrases import spoken
from taxonomy.export.selection import Selection
from taxonomy.text import form, is_english


class Intent(StrEnum):
    """What a query is to its concept."""

    NAME = "name"  # the preferred name
    SYNONYM = "synonym"
    SCIENTIFIC = "scientific"
    TRANSLATED = "translated"
    DISAMBIGUATED = "disambiguated"  # a name that others have too, or an abbreviation, with a hypernym
    WITH_PARENT = "with parent"  # the preferred name with a hypernym that the definition names


class Claim(NamedTuple):
    """A name that a concept has.

    Attributes:
        concept: key.
        text: the name as it is typed.
        language: BCP 47 tag.
        intent: what it is to the concept.
        tagged: how often WordNet's concordances mean the concept by it.
    """

    concept: int
    text: str
    language: str
    intent: Intent
    tagged: int


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all concepts, as they are typed.

    Attributes:
        claims: those of each form, one a concept.
        of: those of each concept with their forms, in the order of the languages, the preferred one first.
        untyped: how many names of each concept nobody would type.
    """

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    of: dict[int, list[tuple[str, Claim]]] = field(default_factory=dict)
    untyped: Counter[int] = field(default_factory=Counter)


def read(selection: Selection) -> Names:
    """Read the names of all concepts, in the languages of the selection."""
    names = Names()
    preferred: dict[int, str] = {}
    lexfiles: dict[int, str] = {}
    for key, name, lexfile in selection.taxonomy.execute("SELECT key, name, lexfile FROM concept"):
        preferred[key], lexfiles[key] = name, lexfile
    places: dict[str, int | None] = {}
    found: dict[int, list[tuple[int, bool, str]]] = {}
    for key, text, written, language, kind, tagged, source in selection.taxonomy.execute(
        "SELECT concept, text, form, language, kind, tagged, source FROM name ORDER BY key"
    ):
        if language not in places:
            places[language] = _place(language, selection.options.languages)
        place = places[language]
        if place is None or source in selection.refused:
            continue
        scientific, english = kind == NameKind.SCIENTIFIC, is_english(language)
        typed = spoken(text, scientific=scientific, lexfile=lexfiles[key], english=english)
        if not typed:
            names.untyped[key] += 1
            continue
        first = english and text == preferred[key]
        intent = Intent.NAME if first else Intent.SYNONYM if english else Intent.TRANSLATED
        claim = Claim(key, typed, language, Intent.SCIENTIFIC if scientific else intent, tagged)
        written = written if typed == text else form(typed)
        if _claimed(names.claims.setdefault(written, []), claim):
            found.setdefault(key, []).append((place, not first, written))
    for key, entries in found.items():
        entries.sort(key=itemgetter(0, 1))  # stable: names stay in the order of their sources
        names.of[key] = [
            (written, claim) for _, _, written in entries for claim in names.claims[written] if claim.concept == key
        ]
    return names


def _place(language: str, languages: tuple[str, ...]) -> int | None:
    """Return the place among languages of the one that a tag is or is narrower than."""
    for place, wanted in enumerate(languages):
        if language == wanted or language.startswith(f"{wanted}-"):
            return place
    return None


def _claimed(claims: list[Claim], claim: Claim) -> bool:
    """Add a claim, and tell whether it is the first of its concept."""
    for place, other in enumerate(claims):
        if other.concept == claim.concept:
            best = claim if claim.intent is Intent.NAME else other
            claims[place] = best._replace(tagged=max(claim.tagged, other.tagged))
            return False
    claims.append(claim)
    return True


def voted(selection: Selection) -> dict[tuple[str, int], int]:
    """Return how many datasets call a concept by a form, by both."""
    bases = ", ".join("?" * len(BASES))
    rows = selection.taxonomy.execute(
        "SELECT class.form, concept, count(DISTINCT source) FROM class JOIN source ON source.position = class.source"
        f" WHERE concept IS NOT NULL AND kind NOT IN ({bases}) GROUP BY class.form, concept",
        BASES,
    )
    return {(text, key): votes for text, key, votes in rows}
