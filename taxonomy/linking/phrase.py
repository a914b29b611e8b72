"""What a class name says, before any look-up: its readings, its hints, and its plain label.

Datasets write names in many ways: ``monitor_(computer_equipment)``, ``Lane Marking - Stop Line``, ``church_outdoor``,
``wall-other-merged``, ``Cabinet/shelf``, ``AnnualCrop``.  `parse` turns each into readings, the most literal first.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from taxonomy.text import form, is_english

_BRACKETS = re.compile(r"[\s_]*[(\[]([^()\[\]]*)[)\]]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_QUALIFIER = re.compile(r"\s+[-–]\s+|--|___+")
_ALTERNATIVE = re.compile(r"\s*[/,;]\s*|\s+or\s+")
# Words that datasets append to a class to say how they cut it, which do not make it another thing ...
_REST = re.compile(r"[\s_-]+(merged|other|others|stuff|misc|general|unspecified)$", re.IGNORECASE)
# ... and those that make it a special case.
_SPECIAL = re.compile(r"[\s_/-]+(indoors?|outdoors?|interior|exterior|left|right)$", re.IGNORECASE)
_SPECIAL_FIRST = re.compile(r"^(indoor|outdoor|left|right)[\s_/-]+", re.IGNORECASE)
# wall-brick, stadium/baseball: the first word may be the head, which the rest of the vocabulary tells.
_HEADED = re.compile(r"([A-Za-z_ ]+)([-/])[A-Za-z_/-]+")
_RUN = re.compile(r"([\s_-]{8})[\s_-]+")  # no longer one says more, and patterns would go over it again and again
_ENDINGS = 4  # words like "merged" that are left out, one after another
LONGEST = 12  # words that a head has at most; WordNet's longest lemma has nine
_SHORT = 2  # letters: x, ii, xl are no nouns that a class is a kind of
_HABIT = {"-": 3, "/": 2}
_PREPOSITION = re.compile(r" (?:of|with|without|in|on|at|for|from|by|to|near|under|over|holding|containing) ")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a class name.

    Attributes:
        text: what is looked up, in plain writing.
        special: something was left out that makes the class narrower than what the text says.
        part: the text is one of several alternatives, so that it covers the class only in part.
    """

    text: str
    special: bool = False
    part: bool = False

    @property
    def form(self) -> str:
        """The normal form of the text."""
        return form(self.text)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A class name, parsed.

    Attributes:
        label: the whole in plain writing.
        readings: the most literal first.
        hints: forms of what stands in brackets and the like.
        language: BCP 47 tag; a name that is not English has but its literal reading.
    """

    label: str
    readings: tuple[Reading, ...]
    hints: tuple[str, ...]
    language: str = "en"


def first_heads(names: Iterable[str]) -> frozenset[str]:
    """Return the words with which a vocabulary begins several compound names, so that they are heads.

    COCO-Stuff's ``wall-brick``, ``wall-tile`` and ``wall-wood`` are walls; a single ``t-shirt`` is a shirt.
    """
    matches = (match for name in names if (match := _HEADED.fullmatch(name)))
    counts = Counter((form(match[1]), match[2]) for match in matches if not _SPECIAL_FIRST.match(match[0]))
    return frozenset(word for (word, sign), count in counts.items() if count >= _HABIT[sign])


def parse(name: str, heads_first: Collection[str] = (), language: str = "en") -> Phrase:
    """Parse a class name.

    Args:
        name: as the dataset writes it.
        heads_first: words that are heads where they come first in a compound name (see `first_heads`).
        language: BCP 47 tag; how other languages than English build compounds is not known here.

    >>> parse("monitor_(computer_equipment)").hints
    ('computer equipment',)
    >>> [reading.form for reading in parse("wall-other-merged").readings]
    ['wall other merged', 'wall other', 'wall']
    """
    whole = _RUN.sub(r"\1", " ".join(html.unescape(name).split()))
    hints = _BRACKETS.findall(whole)
    base = _BRACKETS.sub(" ", whole).strip(" _-") or whole
    if not is_english(language):
        return Phrase(_plain(whole), (Reading(_plain(base)),) if form(base) else (), (), language)
    if " " not in base and "_" not in base:
        base = _CAMEL.sub(" ", base)
    readings = [Reading(base), *_shortened(base, hints, heads_first)]
    label = base if not hints else whole
    unique: dict[str, Reading] = {}
    for reading in readings:
        if reading.form:
            unique.setdefault(reading.form, Reading(_plain(reading.text), reading.special, reading.part))
    return Phrase(_plain(label), tuple(unique.values()), tuple(filter(None, map(form, hints))))


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").split())


def _shortened(text: str, hints: list[str], heads_first: Collection[str]) -> Iterator[Reading]:
    """Yield the readings of a name with more and more left out; what is left out may be a hint."""
    special = False
    for _ in range(_ENDINGS):
        if (shorter := _REST.sub("", text)) == text:
            break
        text = shorter
        yield Reading(text)
    parts = [part for part in _QUALIFIER.split(text) if part]
    if len(parts) > 1:
        text, *qualifiers = parts
        hints += qualifiers
        special = any(not _REST.fullmatch(" " + qualifier) for qualifier in qualifiers)
        yield Reading(text, special)
    if (shorter := _SPECIAL_FIRST.sub("", _SPECIAL.sub("", text))) != text:
        text, special = shorter, True
        yield Reading(text, special)
    headed = _HEADED.fullmatch(text)
    if headed and form(headed[1]) in heads_first:
        yield Reading(headed[1], special=True)
        return
    alternatives = [part for part in _ALTERNATIVE.split(text) if len(part) > 1]
    if len(alternatives) == 2 and "/" in text:
        yield Reading(" ".join(alternatives), special)  # picture/frame
        yield from (Reading(part, special, part=True) for part in _distributed(*alternatives))
    if len(alternatives) > 1:
        yield from (Reading(part, special, part=True) for part in alternatives)


def _distributed(first: str, second: str) -> Iterator[str]:
    """Yield two alternatives with the words that they share: *trash bin*, *trash can* of ``trash bin/can``."""
    *before, one = first.split()
    other, *after = second.split()
    if before and not after:
        yield from (" ".join([*before, word]) for word in (one, other))
    elif after and not before:
        yield from (" ".join([word, *after]) for word in (one, other))


def bases(phrase: Phrase) -> list[Reading]:
    """Return the readings in the order in which to look for an English head noun: what is left when all qualifiers
    are gone first, then the alternatives, then the literal name.
    """
    if not is_english(phrase.language):
        return []
    whole = [reading for reading in phrase.readings if not reading.part]
    return [*whole[:0:-1], *(reading for reading in phrase.readings if reading.part), *whole[:1]]


def heads(text_form: str) -> list[str]:
    """Return the noun phrases that may be the head of a form, the longest first.

    English noun phrases are right-headed up to the first preposition: a *table runner* is a runner, a *cup of coffee*
    is a cup.

    >>> heads("red table runner"), heads("cup of hot coffee")
    (['table runner', 'runner'], ['cup'])
    """
    core = _PREPOSITION.split(text_form, maxsplit=1)[0]
    words = core.split(" ")
    start = max(1 if core == text_form else 0, len(words) - LONGEST)
    return [" ".join(words[i:]) for i in range(start, len(words)) if len(words[-1]) > _SHORT]
