"""One item of Wikidata, from whatever file, and the class that it makes.

Data model: https://www.mediawiki.org/wiki/Wikibase/DataModel/JSON.  Of a property's statements the best count: the
preferred ones where there are any, else the normal ones, never the deprecated.

Of the ids of a class, two tell of pictures: ``commons:Dogs`` is its category at Wikimedia Commons (P373), and
``image:Q144/Dog.jpg`` says that the item has an image (P18), the file of that name at Commons.  That one begins with
the item, for ids tell what is the same, and many items show the same picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from taxonomy.concept import SourceClass
from taxonomy.sources.wikidata.hierarchy import Items, number

__all__ = ["PROPERTIES", "SUPERCLASS", "TYPE", "Entity", "entity_of", "source_class", "wanted", "within"]

SUPERCLASS = ("P279", "P171")  # subclass of, parent taxon
TYPE = "P31"
_SCHEMES = {"P8814": "wn31:", "P5063": "ili:", "P685": "ncbi:", "P846": "gbif:", "P3151": "inat:"}
_MID, _SAME, _TAXON, _RANK, _COMMONS, _IMAGE = "P646", "P2888", "P225", "P105", "P373", "P18"
PROPERTIES = (*SUPERCLASS, TYPE, *_SCHEMES, _MID, _SAME, _TAXON, _RANK, _COMMONS, _IMAGE)
"""The properties that something is made of."""

_ENGLISH = ("en", "mul", "en-gb", "en-ca", "en-us")  # `mul` is the default for all languages
_WORDNET = re.compile(r"https?://wordnet-rdf\.princeton\.edu/(?:id/)?(wn3[01])/(\d?)(\d{8})-n")
# Codes of Wikipedias that are no BCP 47 tags, or other languages' tags.
_TAGS = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "cbk-zam": "cbk",
    "eml": "egl",
    "fiu-vro": "vro",
    "map-bms": "jv-x-bms",
    "mo": "ro-Cyrl-MD",
    "roa-rup": "rup",
    "roa-tara": "nap-x-tara",
    "sr-ec": "sr-Cyrl",
    "sr-el": "sr-Latn",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
_RANKS = {
    "Q146481": "domain",
    "Q19858692": "superkingdom",
    "Q36732": "kingdom",
    "Q2752679": "subkingdom",
    "Q3150876": "infrakingdom",
    "Q3978005": "superphylum",
    "Q38348": "phylum",
    "Q334460": "division",
    "Q1153785": "subphylum",
    "Q3491997": "subdivision",
    "Q2361851": "infraphylum",
    "Q3504061": "superclass",
    "Q37517": "class",
    "Q5867051": "subclass",
    "Q2007442": "infraclass",
    "Q2981883": "cohort",
    "Q6054237": "magnorder",
    "Q5868144": "superorder",
    "Q6462265": "grandorder",
    "Q7506274": "mirorder",
    "Q36602": "order",
    "Q5867959": "suborder",
    "Q2889003": "infraorder",
    "Q6311258": "parvorder",
    "Q2136103": "superfamily",
    "Q35409": "family",
    "Q164280": "subfamily",
    "Q14817220": "supertribe",
    "Q227936": "tribe",
    "Q3965313": "subtribe",
    "Q34740": "genus",
    "Q3238261": "subgenus",
    "Q3181348": "section",
    "Q5998839": "subsection",
    "Q3025161": "series",
    "Q7432": "species",
    "Q1306176": "nothospecies",
    "Q68947": "subspecies",
    "Q767728": "variety",
    "Q630771": "subvariety",
    "Q279749": "form",
    "Q4886": "cultivar",
    "Q713623": "clade",
    "Q855769": "strain",
}


@dataclass(slots=True)
class Entity:
    """An item: its terms by language code, and the best values of each property as text."""

    key: str
    labels: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)


def wanted(languages: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether names in a language, by its tag, are wanted; all are when none is named.

    >>> chosen = wanted(["zh", "de"])
    >>> chosen("zh-Hant"), chosen("de"), chosen("den")
    (True, True, False)
    """
    chosen = tuple(language.lower() for language in languages)
    below = tuple(language + "-" for language in chosen)
    return lambda tag: not chosen or tag.lower() in chosen or tag.lower().startswith(below)


def tag(code: str) -> str:
    """Return the BCP 47 tag of a language code of Wikimedia.

    >>> tag("zh-hant"), tag("pt-br"), tag("be-x-old"), tag("de")
    ('zh-Hant', 'pt-BR', 'be-tarask', 'de')
    """
    if code.isalpha() and code not in _TAGS:
        return code
    if code in _TAGS:
        return _TAGS[code]
    first, *rest = code.split("-")
    sized = {2: str.upper, 4: str.title}
    return "-".join([first, *(sized.get(len(part), str)(part) for part in rest)])


def entity_of(document: dict[str, Any], key: str) -> Entity:
    """Return the item of a JSON document; what is not as it should be is left out."""
    aliases = {
        language: [text for alias in entries if (text := _text(alias))]
        for language, entries in _map(document, "aliases").items()
        if isinstance(entries, list)
    }
    descriptions, claims = _map(document, "descriptions"), _map(document, "claims")
    return Entity(
        key,
        {language: text for language, term in _map(document, "labels").items() if (text := _text(term))},
        aliases,
        {language: text for language in _ENGLISH if (text := _text(descriptions.get(language)))},
        {name: found for name in PROPERTIES if name in claims and (found := _values(claims[name]))},
    )


def _values(statements: Any) -> list[str]:
    """Return the best values of a property: ids of items, or texts."""
    if not isinstance(statements, list):
        return []
    best: list[str] = []
    normal: list[str] = []
    for statement in statements:
        if isinstance(statement, dict) and (value := _value(statement.get("mainsnak"))):
            rank = statement.get("rank", "normal")
            if rank != "deprecated":
                (best if rank == "preferred" else normal).append(value)
    return best or normal


def _value(snak: Any) -> str:
    if not isinstance(snak, dict) or snak.get("snaktype", "value") != "value":
        return ""  # an unknown value, or none
    data = snak.get("datavalue")
    value = data.get("value") if isinstance(data, dict) else None
    if isinstance(value, dict):
        key, numeric = value.get("id"), value.get("numeric-id")
        if isinstance(key, str):
            return key
        return f"Q{numeric}" if isinstance(numeric, int) and value.get("entity-type", "item") == "item" else ""
    return value if isinstance(value, str) else ""


def _map(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}  # PHP wrote empty maps as `[]`


def _text(term: Any) -> str:
    value = term.get("value") if isinstance(term, dict) else None
    return value if isinstance(value, str) else ""


def source_class(entity: Entity, languages: tuple[str, ...] = ()) -> SourceClass:
    """Return the class of an item, with all its parents and types.

    Args:
        entity: the item.
        languages: tags of the languages whose names are wanted beside the English ones; all when there are none.
    """
    found = entity.values
    taxon = next(iter(found.get(_TAXON, ())), "")
    english = [entity.labels[code] for code in _ENGLISH if code in entity.labels]
    english += [alias for code in _ENGLISH for alias in entity.aliases.get(code, ())]
    wnids, wordnet31 = _wordnet(found.get(_SAME, ()))
    ids = [prefix + value for name, prefix in _SCHEMES.items() for value in found.get(name, ())]
    ids[:0] = [curie for curie in wordnet31 if curie not in ids]
    ids += ["commons:" + category.replace(" ", "_") for category in found.get(_COMMONS, ())]
    ids += [f"image:{entity.key}/{_file(image)}" for image in found.get(_IMAGE, ())[:1]]
    known = english[0] if english else taxon
    language, name = ("en", known) if known else _foreign(entity.labels, languages)
    return SourceClass(
        key=entity.key,
        name=name or entity.key,
        wnid=next(iter(wnids), ""),
        synonyms=tuple(dict.fromkeys(english[1:])),
        definition=next((entity.descriptions[code] for code in _ENGLISH if code in entity.descriptions), ""),
        mid=next((value for value in found.get(_MID, ()) if value.startswith("/m/")), ""),
        scientific_name=taxon,
        parents=_items(key for name in SUPERCLASS for key in found.get(name, ())),
        types=_items(found.get(TYPE, ())),
        ids=tuple(ids),
        names=tuple(_names(entity, languages)),
        rank=next((_RANKS[key] for key in found.get(_RANK, ()) if key in _RANKS), ""),
        language=language,
    )


def within(entry: SourceClass, kept: Items) -> SourceClass:
    """Return a class without the parents and the types that are not read."""
    parents, types = (tuple(key for key in keys if number(key) in kept) for keys in (entry.parents, entry.types))
    if (parents, types) == (entry.parents, entry.types):
        return entry
    return replace(entry, parents=parents, types=types)


def _file(image: str) -> str:
    """Return the name of a file at Commons, of which triples have the address.

    >>> _file("Golden Retriever.jpg"), _file("http://commons.wikimedia.org/wiki/Special:FilePath/Golden%20Retriever.jpg")
    ('Golden_Retriever.jpg', 'Golden_Retriever.jpg')
    """
    return unquote(image.rpartition("/Special:FilePath/")[2]).replace(" ", "_")


def _items(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in keys if number(key)))


def _wordnet(addresses: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the WordNet 3.0 ids, and the 3.1 ids as CURIEs, among addresses of what is the same."""
    wnids, wordnet31 = [], []
    for match in filter(None, map(_WORDNET.fullmatch, addresses)):
        if match[1] == "wn31":  # nine digits, of which the first is the part of speech
            wordnet31.append(f"wn31:{match[3]}-n")
        else:
            wnids.append("n" + match[3])
    return wnids, wordnet31


def _foreign(labels: dict[str, str], languages: tuple[str, ...]) -> tuple[str, str]:
    """Return the label in the first wanted language that has one, else in the first by its code, behind its tag."""
    for chosen in (*map(wanted, ([language] for language in languages)), wanted(())):
        for code in sorted(labels):
            if chosen(tag(code)):
                return tag(code), labels[code]
    return "en", ""


def _names(entity: Entity, languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    chosen = wanted(languages)
    for code in entity.labels | entity.aliases:
        if (language := _foreign_tag(code)) and chosen(language):
            if code in entity.labels:
                yield language, entity.labels[code]
            for alias in entity.aliases.get(code, ()):
                yield language, alias


@lru_cache(1 << 12)
def _foreign_tag(code: str) -> str:
    return "" if code in _ENGLISH or code.startswith("en-") else tag(code)
