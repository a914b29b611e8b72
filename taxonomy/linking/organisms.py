"""What the taxa of a knowledge base are among the organisms that are there, by evidence, the surest first.

A taxon is the concept that bears its scientific name; else the organism that WordNet's group of that name is as a whole
or, where that is called as the taxon, the one above all members of the group (`taxonomy.linking.taxa`); else the one
that bears its common name, where that lies in line with what is above the taxon.  All others are concepts of their own
below their parents.  A concept is taken once, and no evidence from another kingdom counts: plants and animals share
names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from taxonomy.concept import Link, Method, NameKind, Relation, SourceClass
from taxonomy.draft import Draft
from taxonomy.linking.taxa import Taxa
from taxonomy.text import form, is_english, singulars

ORGANISM = "n00004475"
_KINGDOMS = {
    "animalia": "n00015388", "metazoa": "n00015388", "plantae": "n00017222", "viridiplantae": "n00017222",
    "fungi": "n12992868",
}  # fmt: skip
"""Names of kingdoms, which differ between taxonomies of life, to WordNet's."""
_BINOMIAL = re.compile("[A-Z][a-z]+ [a-z-]{3,}")  # what a taxon was called, *Canis familiaris*
_SINGLE = frozenset({"species", "subspecies", "varietas", "variety", "forma", "form", "strain", "isolate"})
_BREEDS = frozenset({"subspecies", "varietas", "variety", "forma", "form"})  # the dog is one of the wolf, and beside it
# Shares of links that are right, by the evidence, on links that people made between WordNet and a knowledge base.
_SCIENTIFIC, _GROUP, _COMMON, _UNDER, _TOP = 0.99, 0.9, 0.9, 0.97, 0.9


class Organisms:
    """Links taxa; see the module.

    Args:
        draft: the taxonomy so far.
        taxa: WordNet's groups of organisms.
        exceptions: WordNet's irregular plurals.
    """

    def __init__(self, draft: Draft, taxa: Taxa, exceptions: Mapping[str, tuple[str, ...]]) -> None:
        self._draft, self._taxa, self._exceptions = draft, taxa, exceptions
        self._organism = draft.key_of[ORGANISM]
        self._inside = draft.below(self._organism)
        self._kingdoms = {name: draft.key_of[wnid] for name, wnid in _KINGDOMS.items() if wnid in draft.key_of}

    def links(self, entries: Sequence[SourceClass], given: Mapping[str, Link]) -> dict[str, Link]:
        """Link taxa.

        Args:
            entries: with scientific names, parents before their children.
            given: links of those that an id tells.

        Returns:
            A link for each, by its key: exact, or broader and under the class of its parent.  The alternative of an
            exact one is the same taxon by its common name.
        """
        self._forms = {entry.key: form(entry.scientific_name) for entry in entries}
        self._kingdom = self._kingdoms_of(entries)
        self._found = dict(given)
        self._owner = {link.anchor: key for key, link in given.items() if link.anchor is not None}
        for entry in entries:
            self._take(entry, self._by_scientific_name(entry, self._forms[entry.key]), _SCIENTIFIC)
        for entry in entries:
            for text in entry.synonyms:
                if entry.key not in self._found and _BINOMIAL.fullmatch(text):
                    self._take(entry, self._by_scientific_name(entry, form(text)), _SCIENTIFIC)
        self._find_others(entries, self._by_group, _GROUP)
        self._find_others(entries, self._by_common_name, _COMMON)
        by_key = {entry.key: entry for entry in entries}
        return {entry.key: self._found.get(entry.key) or _under(entry, by_key, self._organism) for entry in entries}

    def _find_others(
        self, entries: Sequence[SourceClass], find: Callable[[SourceClass, int], int | None], confidence: float
    ) -> None:
        """Find what taxa are that are not found yet, from their place: the nearest concept above that was there."""
        above: dict[str, int] = {}
        for entry in entries:
            place = next((above[key] for key in entry.parents if key in above), self._organism)
            link = self._found.get(entry.key)
            if link is None:
                self._take(entry, find(entry, place), confidence)
                link = self._found.get(entry.key)
            elif find == self._by_common_name and link.anchor is not None and self._draft.concepts[link.anchor].source:
                link = self._found[entry.key] = self._with_common_name(entry, link, place)
            above[entry.key] = place if link is None or link.anchor is None else link.anchor

    def _kingdoms_of(self, entries: Sequence[SourceClass]) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for entry in entries:
            above = next((found[key] for key in entry.parents if key in found), None)
            found[entry.key] = self._kingdoms.get(self._forms[entry.key]) if above is None else above
        return found

    def _take(self, entry: SourceClass, concept: int | None, confidence: float) -> None:
        if concept is not None and entry.key not in self._found and concept not in self._owner:
            self._owner[concept] = entry.key
            self._found[entry.key] = Link(concept, Relation.EXACT, Method.EXACT, confidence, entry.name)

    def _by_scientific_name(self, entry: SourceClass, scientific: str) -> int | None:
        kingdom = self._kingdom[entry.key]
        if kingdom is not None and kingdom == self._kingdoms.get(scientific):
            return kingdom
        for name in self._draft.named(scientific):
            # Latin names are capitalised: the moths *Balsa* are no wood.
            latin = name.kind is NameKind.SCIENTIFIC or (name.sense > 0 and name.text[:1].isupper())
            if latin and name.concept not in self._owner and self._is_kind(name.concept, kingdom):
                return self._called(entry, name.concept)
        return None

    def _called(self, entry: SourceClass, bearer: int) -> int:
        """Return the one kind of the bearer of a Latin name that is called as the taxon, where that has other species.

        WordNet gives *kingbird* the Latin name of the eastern kingbird.
        """
        called = {key for key in self._bearers(entry, self._kingdom[entry.key]) if key not in self._owner}
        below = [key for key in called if bearer in self._draft.above(key)]
        if bearer in called or len(below) != 1:
            return bearer
        genus = self._forms[entry.key].split(" ")[0]
        names = (name for key in self._draft.children[bearer] for name in self._draft.names_of(key) if name.sense)
        binomials = (name for name in names if _BINOMIAL.fullmatch(name.text) and name.form.startswith(f"{genus} "))
        return below[0] if any(binomials) else bearer

    def _by_group(self, entry: SourceClass, place: int) -> int | None:
        if entry.rank in _SINGLE:
            return None
        kingdom = self._kingdom[entry.key]
        scientific, bearers = self._forms[entry.key], set(self._bearers(entry, kingdom))
        found = self._taxa.stands_for(scientific, kingdom, entry.rank, place)
        # *Butterflies and moths* are what is above both.
        if found is not None and (found in bearers or all(found in self._draft.above(key) for key in bearers)):
            return found
        return next((key for key in self._taxa.covering(scientific, kingdom, entry.rank) if key in bearers), None)

    def _by_common_name(self, entry: SourceClass, place: int) -> int | None:
        bearers = dict.fromkeys(self._bearers(entry, self._kingdom[entry.key]))
        fitting = [key for key in bearers if key not in self._owner and self._fits(key, place, entry.rank)]
        return fitting[0] if len(fitting) == 1 else None

    def _with_common_name(self, entry: SourceClass, link: Link, place: int) -> Link:
        """Add what a taxon is by its common name (*cougar*) that bears its Latin name only in a dataset."""
        other = self._by_common_name(entry, place)
        if other is None:
            return link
        self._owner[other] = entry.key
        return replace(link, alternatives=((other, _COMMON),))

    def _fits(self, organism: int, place: int, rank: str) -> bool:
        """Tell whether an organism may be in a place: on one line with it, or for a breed beside its wild species."""
        if self._draft.is_related(organism, place):
            return True
        return rank in _BREEDS and any(key in self._draft.above(organism) for key in self._draft.parents[place])

    def _bearers(self, entry: SourceClass, kingdom: int | None) -> Iterator[int]:
        """Yield the organisms that have a common name of a taxon."""
        for text in (entry.name, *entry.synonyms) if is_english(entry.language) else entry.synonyms:
            if text != entry.scientific_name:
                plural = form(text)
                for written in (plural, *singulars(plural, self._exceptions)):
                    for name in self._draft.named(written):
                        if self._is_kind(name.concept, kingdom):
                            yield name.concept

    def _is_kind(self, concept: int, kingdom: int | None) -> bool:
        """Tell whether a concept is a kind of organisms, and in no other kingdom."""
        if concept not in self._inside or self._taxa.is_group(concept) or self._draft.is_individual(concept):
            return False
        if kingdom is None:
            return True
        above = self._draft.above(concept).intersection(self._kingdoms.values())
        return not above or kingdom in above


def _under(entry: SourceClass, by_key: Mapping[str, SourceClass], organism: int) -> Link:
    parent = next((by_key[key] for key in entry.parents if key in by_key), None)
    if parent is None:
        return Link(organism, Relation.BROAD, Method.DOMAIN, _TOP, entry.name)
    # A genus and its subgenus of one name are one concept.
    same = parent.scientific_name == entry.scientific_name
    relation = Relation.EXACT if same else Relation.BROAD
    return Link(None, relation, Method.GIVEN, _UNDER, entry.name, under=parent.key)
