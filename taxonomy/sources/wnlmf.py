"""Wordnets in WN-LMF, the XML of the Global WordNet Association, versions 1.0 to 1.4, of any number of lexicons.

Yields the noun synsets, with the lemmas of each as its names in the language of its lexicon.  The file is streamed:
what is kept is the lemmas of a lexicon, which come before its synsets.  What a lexicon extension adds to the synsets of
another lexicon is not read.  Format: https://globalwordnet.github.io/schemas/
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources._format import Format, Report
from taxonomy.sources._language import bcp47
from taxonomy.sources._packed import broken, open_packed
from taxonomy.sources.versions import wn31
from taxonomy.text import is_english

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MARK = re.compile(rb"<LexicalResource[\s>]|<!DOCTYPE\s+LexicalResource\b")
_BLOCK = 1 << 16
_LEXICONS = ("Lexicon", "LexiconExtension")
_OFFSET = re.compile(r"(?:.*[^0-9])?([0-9]{8})-?n")
# An identifier that names the release that its offset is of: eng-30-02084071-n, wn31-02086723-n.
_RELEASED = re.compile(r"(?:eng|en|pwn|wn)[-_:]?3\.?([01])[-_:]([0-9]{8})-?n", re.IGNORECASE)
# The releases that the offsets in the synset ids of a lexicon are of, by the lexicon's id and version.
_RELEASES = (
    (re.compile(r"(?:oewn|ewn)\b.*|omw-en31\b.*|pwn\D*3\.1"), "3.1"),
    (re.compile(r"omw-(?!en[0-9]).*|omw-en30\b.*|pwn\D*3\.0"), "3.0"),
)
_ILI = re.compile(r"i[0-9]+")
_ITEM = re.compile(r"wikidata\S*?[\s:/](Q[1-9][0-9]*)\b", re.IGNORECASE)
_SENSE_KEY = re.compile(r"[^\s%]+%1:[0-9]{2}:[0-9]{2}:\S*:\S*")


class _Lexicon:
    """What must be known of a lexicon when its synsets come."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.language = bcp47(attributes.get("language", ""))
        known = f"{attributes.get('id', '')} {attributes.get('version', '')}".strip()
        self.release = next((release for pattern, release in _RELEASES if pattern.fullmatch(known)), "")
        # Of each synset, the (entry, sense, lemma) that have it, and Princeton's keys of its senses.
        self.lemmas: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
        self.sense_keys: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, entry: Element) -> None:
        """Keep the senses of a noun."""
        lemma = next((child for child in entry if _local(child.tag) == "Lemma"), None)
        if lemma is None or lemma.get("partOfSpeech") != "n":
            return
        for sense in entry:
            if _local(sense.tag) == "Sense" and (synset := sense.get("synset")):
                ids = entry.get("id", ""), sense.get("id", "")
                self.lemmas[synset].append((*ids, lemma.get("writtenForm", "")))
                if _SENSE_KEY.fullmatch(key := _attributes(sense).get("identifier", "")):
                    self.sense_keys[synset].append(f"sk:{key}")

    def synset(self, element: Element) -> SourceClass:
        """Make a class of a noun synset."""
        attributes = _attributes(element)
        key = attributes.get("id", "")
        wnid, ids = self._ids(key, attributes)
        ids += [f"wd:{item}" for part in element.iter() for item in _ITEM.findall(" ".join(part.attrib.values()))]
        lemmas = self._ordered(self.lemmas.pop(key, []), attributes.get("members", ""))
        english = is_english(self.language)
        relations = [child for child in element if _local(child.tag) == "SynsetRelation"]
        return SourceClass(
            key=key,
            name=lemmas[0] if lemmas else wnid or key,
            wnid=wnid,
            synonyms=tuple(lemmas[1:]) if english else (),
            definition=self._definition(element),
            parents=_targets(relations, "hypernym"),
            types=_targets(relations, "instance_hypernym"),
            ids=(*ids, *self.sense_keys.pop(key, [])),
            names=() if english else tuple((self.language, lemma) for lemma in lemmas),
            language=self.language if lemmas and not english else "en",
        )

    def _ids(self, key: str, attributes: dict[str, str]) -> tuple[str, list[str]]:
        """Return the wnid, and the ids of other schemes, that the synset's attributes give."""
        wnid, ids = "", []
        if _ILI.fullmatch(ili := attributes.get("ili", "").removeprefix("cili:")):
            ids.append(f"ili:{ili}")
        offset = _OFFSET.fullmatch(key)
        found = [(self.release, offset[1])] if self.release and offset else []
        found += [(f"3.{minor}", number) for minor, number in _RELEASED.findall(attributes.get("identifier", ""))]
        for release, number in found:
            if release == "3.0":
                wnid = wnid or f"n{number}"
            elif id := wn31(number):
                ids.append(id)
        return wnid, ids

    def _definition(self, element: Element) -> str:
        """Return the first definition in English."""
        for child in element:
            if _local(child.tag) == "Definition" and is_english(bcp47(child.get("language") or self.language)):
                return "".join(child.itertext())
        return ""

    @staticmethod
    def _ordered(lemmas: list[tuple[str, str, str]], members: str) -> list[str]:
        """Return lemmas, each once, as ``members`` orders them: by sense ids, or by entry ids in older files."""
        places = {member: place for place, member in enumerate(members.split())}
        lemmas.sort(key=lambda lemma: min(places.get(id, len(places)) for id in lemma[:2]))
        return list(dict.fromkeys(text for _, _, text in lemmas if text))


def _sniff(path: Path, head: bytes) -> bool:
    return _MARK.search(head) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    lexicon = _Lexicon({})
    for event, element in _events(path, report):
        tag = _local(element.tag)
        if event == "start":
            lexicon = _Lexicon(_attributes(element))
        elif tag == "LexicalEntry":
            lexicon.add(element)
        elif element.get("partOfSpeech") == "n":
            yield f"{path.name}:{element.get('id', 'a Synset without id')}", lexicon.synset(element)


def _events(path: Path, report: Report) -> Iterator[tuple[str, Element]]:
    """Yield each lexicon at its start, each entry and synset at its end; what was yielded is forgotten.

    Broken XML is reported, and ends the file: nothing says what the rest of it belongs to.
    """
    from xml.etree.ElementTree import ParseError, XMLPullParser

    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    parent: Element | None = None

    def events() -> Iterator[tuple[str, Element]]:
        with open_packed(path) as stream:
            while block := stream.read1(_BLOCK):
                parser.feed(block)
                yield from parser.read_events()  # type: ignore[misc]
        parser.close()

    try:
        for event, element in events():
            tag = _local(element.tag)
            if event == "start" and tag in _LEXICONS:
                parent = element
                yield event, element
            elif event == "end" and tag in ("LexicalEntry", "Synset"):
                yield event, element
                element.clear()
                if parent is not None:
                    del parent[:]
    except ParseError as error:
        report(f"{path.name}:{error.position[0]}", f"not valid XML, so the rest is not read: {error}")
    except broken() as error:
        report(path.name, f"damaged or truncated ({error}), what follows is not read; get the file again")


def _targets(relations: list[Element], kind: str) -> tuple[str, ...]:
    return tuple(relation.get("target", "") for relation in relations if relation.get("relType") == kind)


def _attributes(element: Element) -> dict[str, str]:
    """Return the attributes under their names without namespace."""
    return {_local(name): value for name, value in element.attrib.items()}


def _local(name: str) -> str:
    return name.rpartition("}")[2]


FORMAT = Format("wnlmf", "a wordnet in WN-LMF (.xml)", _sniff, _read, kind=KNOWLEDGE)
