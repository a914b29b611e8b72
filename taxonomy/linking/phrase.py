"""What a class name says, before any look-up: its readings, its hints, and its plain label.

Datasets write names in many ways: ``monitor_(computer_equipment)``, ``Lane Marking - Stop Line``, ``church_outdoor``,
``wall-other-merged``, ``Cabinet/shelf``, ``AnnualCrop``.  `parse` turns each into readings, the most literal first.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from taxonomy.text import form

_BRACKETS = re.compile(r"\s*[_ ]?[(\[]([^()\[\]]*)[)\]]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_QUALIFIER = re.compile(r"\s+[-–]\s+|--|___+")
_ALTERNATIVE = re.compile(r"\s*[/,;]\s*|\s+or\s+")
# Words that datasets append to a class to say how they cut it, which do not make it another thing ...
_REST = re.compile(r"[\s_-]+(merged|other|others|stuff|misc|general|unspecified)$", re.IGNORECASE)
# ... and those that make it a special case.
_SPECIAL = re.compile(r"[\s_/-]+(indoors?|outdoors?|interior|exterior|left|right)$", re.IGNORECASE)
_HYPHENED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+")
_HABIT = 3
_PREPOSITION = re.compile(r" (?:of|with|without|in|on|at|for|from|by|to|near|under|over|holding|containing) ")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a class name.

    Attributes:
        form: normal form to look up.
        special: something was left out that makes the class narrower than what the form says.
        part: the form is one of several alternatives, so that it covers the class only in part.
    """

    form: str
    special: bool = False
    part: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """A class name, parsed: plain label, readings from most to least literal, forms of the hints."""

    label: str
    readings: tuple[Reading, ...]
    hints: tuple[str, ...]


def head_first(names: Iterable[str]) -> frozenset[str]:
    """Return the words with which a vocabulary begins three or more hyphened names, so that they are heads.

    COCO-Stuff's ``wall-brick``, ``wall-tile`` and ``wall-wood`` are walls; a single ``t-shirt`` is a shirt.
    """
    counts = Counter(form(name.split("-")[0]) for name in names if _HYPHENED.fullmatch(name))
    return frozenset(word for word, count in counts.items() if count >= _HABIT)


def parse(name: str, first_heads: frozenset[str] = frozenset()) -> Phrase:
    """Parse a class name.

    Args:
        name: as the dataset writes it.
        first_heads: words that are heads where they come first in a hyphened name (see `head_first`).

    >>> parse("monitor_(computer_equipment)").hints
    ('computer equipment',)
    >>> [reading.form for reading in parse("wall-other-merged").readings]
    ['wall other merged', 'wall other', 'wall']
    """
    text = html.unescape(name).strip()
    hints = [form(hint) for hint in _BRACKETS.findall(text)]
    base = _BRACKETS.sub(" ", text).strip(" _-") or text
    if " " not in base and "_" not in base:
        base = _CAMEL.sub(" ", base)
    readings = [Reading(form(base))]
    plain = base
    while shorter := _REST.sub("", plain):
        if shorter == plain:
            break
        plain = shorter
        readings.append(Reading(form(plain)))
    if _QUALIFIER.search(plain):
        plain, *qualifiers = (part for part in _QUALIFIER.split(plain) if part)
        hints += [form(qualifier) for qualifier in qualifiers]
        readings.append(Reading(form(plain), special=any(not _is_rest(q) for q in qualifiers)))
    if _SPECIAL.search(plain):
        plain = _SPECIAL.sub("", plain)
        readings.append(Reading(form(plain), special=True))
    if _HYPHENED.fullmatch(plain) and (first := form(plain.split("-")[0])) in first_heads:
        readings.append(Reading(first, special=True))
    alternatives = [part for part in _ALTERNATIVE.split(plain) if part]
    if len(alternatives) > 1:
        readings += [Reading(form(part), part=True) for part in alternatives]
    label = " ".join(re.sub(r"[_\s]+", " ", base).split())
    unique = {reading.form: reading for reading in reversed(readings) if reading.form}
    ordered = tuple(reading for reading in readings if unique.get(reading.form) is reading)
    return Phrase(label, ordered, tuple(hint for hint in hints if hint))


def _is_rest(qualifier: str) -> bool:
    return _REST.fullmatch(" " + qualifier.strip()) is not None


def bases(phrase: Phrase) -> list[Reading]:
    """Return the readings in the order in which to look for a head noun: what is left when all qualifiers are gone
    first, then the alternatives, then the literal name.
    """
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
    start = 1 if core == text_form else 0
    return [" ".join(words[i:]) for i in range(start, len(words))]
