"""From a name as a taxonomy writes it to what a person types into a search box.

WordNet, biologists and the makers of datasets write names for lists: ``genus Canis``, ``Lyonia lucida (Lam.) K. Koch``,
``bat_(animal)``, ``church/indoor``.  What is left here has no character that search engines, or crawlers that put a
query into a URL as it is, take for more than a character.
"""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")
_MARKS = re.compile(r"\s*-+\s+|\s+-+|[_\"“”«»`()\[\]{}<>|\\#%+*=~^@?!,;:（）【】「」、，：]+|(?<=[^\W\d])/(?=[^\W\d])")
_HINT = re.compile(r"\((?:in:|sensu|ex|nom\.)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*&\s*")
_ETC = re.compile(r"\s(?:etc\.?|and others|& allies|and allies)$", re.IGNORECASE)

# "genus Canis", "family Felidae": WordNet writes the rank first; the other names of the synset are bare.
_RANKS = ["kingdom", "phylum", "division", "class", "order", "family", "tribe", "genus", "species", "cohort", "section"]
_RANK = re.compile(rf"(?:sub|super|infra|magn)?(?:{'|'.join(_RANKS)}) (?=[A-Z][a-z]+$)")
_LIVING = ("noun.animal", "noun.plant", "")

# Who named a taxon, and when: "(Lam.) K. Koch", "Kotlyar, 1992".
_AUTHORITY = re.compile(r"([A-Z][a-z-]+ [a-z-]+(?: [a-z-]+)?),? (?=\(?[A-Z]).*(?:[(&]|\d{4}\)?$).*")
# Placeholders of a data base for what has no name yet, and bins for what has no place.
_PLACEHOLDER = re.compile(
    r"\b(?:sp|spp|cf|aff|nr)\.|\b(?:sedis|[Uu]nclassified|[Uu]ncultured|[Uu]nidentified|[Uu]ndetermined|environmental)\b"
    r"|\b(?:clade|group|subgroup|complex|lineage|samples)$|\d{3,}|_"
)


def spoken(name: str, *, scientific: bool = False, lexfile: str = "", english: bool = True) -> str:
    """Return what to type for a name, or an empty string where nobody would type it.

    Args:
        name: as its source writes it.
        scientific: it is a taxon's.
        lexfile: of the concept; a *family Bible* is no family.
        english: it is English.

    >>> spoken("bat_(animal)"), spoken("church/indoor"), spoken("Lane Marking - Arrow (Right)")
    ('bat animal', 'church indoor', 'Lane Marking Arrow Right')
    >>> spoken("genus Canis", lexfile="noun.animal"), spoken("family Bible", lexfile="noun.communication")
    ('Canis', 'family Bible')
    >>> spoken("Lyonia lucida (Lam.) K. Koch", scientific=True), spoken("Danio sp. KU32240", scientific=True)
    ('Lyonia lucida', '')
    """
    if scientific:
        name = _AUTHORITY.sub(r"\1", name)
        if _PLACEHOLDER.search(name):
            return ""
    if english and lexfile in _LIVING:
        name = _RANK.sub("", name)
    if _PLAIN.fullmatch(name):
        return name
    name = _AND.sub(" and " if english else " ", _ETC.sub("", _HINT.sub("(", name)))
    name = " ".join(_MARKS.sub(" ", unicodedata.normalize("NFC", name.replace("\xad", ""))).split()).strip(" -/")
    return name if any(map(str.isalnum, name)) else ""


def stands_alone(text: str) -> bool:
    """Tell whether a text says what it means without a hypernym beside it; abbreviations and codes do not.

    >>> [text for text in ("dog", "it", "A", "CPU", "A300", "9/11", "T-shirt", "鹤") if stands_alone(text)]
    ['dog', 'T-shirt', '鹤']
    """
    if not text.isascii() or (len(text) > 5 and text.isalpha()):
        return True
    letters = sum(map(str.isalpha, text))
    return letters > 2 and not (letters < 6 and text.isupper()) and re.search("[A-Za-z]{2}", text) is not None
