"""When a class is the same as one of another dataset, although the two were linked apart.

They must bear the same name or id, and their places must agree: one lies above the other.  So a name linked exactly in
one dataset and only below an ancestor in another is one concept, while the crane that is a bird and the crane that is a
machine stay two, and the curb of a street is not the horse's bit that another dataset calls so.  A name that no other
dataset bears and that the linker left undecided is its best sense, where other datasets are known to have that sense
and none of its rivals.  Ids of WordNet that a source gives are its word and are never touched; two classes of one
dataset never become one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from taxonomy.concept import Link, Method, Relation, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.text import fold, form

TRUST = 0.9
"""Confidence in a class that is placed by its counterpart."""
# Probabilities from which a sense is a rival of the best one, and from which the best one is the likelier way.
_LIKELY = 0.1
_EVEN = 0.5
# Share of the best sense's probability below which a class is none of another dataset's: of the names that were joined
# so, most were wrong; of those above, few.
_UNLIKELY = 0.16
_OR = re.compile(r"\s*/\s*")


class Sameness:
    """Finds the counterparts of a vocabulary's classes among those that are in the draft already."""

    def __init__(self, draft: Draft, vocabulary: Vocabulary, links: Mapping[str, Link]) -> None:
        self._draft = draft
        self._rejected = {key: link.rejected for key, link in links.items() if link.rejected}
        self._owner: dict[int, str] = {}  # concept to the key of the class that has it
        for key, link in links.items():
            if link.relation is Relation.EXACT and link.anchor is not None:
                self._owner.setdefault(link.anchor, key)
        self._known = draft.kinship({fold(form(entry.name)) for entry in vocabulary.classes}).keys()
        bearers: dict[str, set[str]] = defaultdict(set)
        for entry in vocabulary.classes:
            for name in {fold(form(entry.name)), fold(form(links[entry.key].label))}:
                bearers[name].add(entry.key)
        self._shared = {name for name, keys in bearers.items() if len(keys) > 1}

    def take(self, entry: SourceClass, concept: int) -> None:
        """Note which class has a concept, so that no other class of the vocabulary joins it."""
        self._owner.setdefault(concept, entry.key)

    def concept(self, entry: SourceClass, link: Link, anchor: int | None) -> int | None:
        """Return the concept of the counterpart that a class joins, or None when it stays where its link puts it.

        Args:
            entry: the class.
            link: what the linker says of it.
            anchor: the concept that it is linked to, or None.
        """
        if link.method is Method.DECISION or (link.method is Method.GIVEN and link.relation is Relation.EXACT):
            return None
        by_id = self._draft.key_of.get(f"mid:{entry.mid}") if entry.mid else None
        if by_id is not None and self._is_named_short(by_id, link) and self._joins(by_id, entry, anchor):
            return by_id if by_id != anchor else None
        if (other := self._other_reading(entry, link)) is not None:
            return other
        for name in (form(entry.name), form(link.label), *map(form, entry.synonyms)):
            held = self._held(fold(name))
            if link.relation is Relation.EXACT and anchor in held:
                return None
            fitting = [c for c in held if self._joins(c, entry, anchor) and not self._is_unlikely(c, link)]
            if link.relation is Relation.EXACT:  # an undecided crane is above both the bird's place and the machine's
                fitting = [concept for concept in fitting if not self._is_undecided(concept)]
            if fitting:
                return self._agreed(fitting, anchor)
        return self._only_known_sense(entry, link)

    def _is_named_short(self, concept: int, link: Link) -> bool:
        """Tell whether a class may bear the id of a concept: one of datasets, or a kind of what its name may mean.

        Who calls a *computer keyboard* a keyboard leaves out what goes without saying.
        """
        if self._draft.concepts[concept].source:
            return True
        above = self._draft.above(concept)
        return link.relation is Relation.BROAD and any(c in above for c, p in link.alternatives if p >= _EVEN)

    def _only_known_sense(self, entry: SourceClass, link: Link) -> int | None:
        """Return the best sense of an undecided name when it alone of the likely ones is known from other datasets."""
        if link.relation is not Relation.BROAD or link.method is not Method.EXACT or not link.alternatives:
            return None
        best, probability = link.alternatives[0]
        if probability < _EVEN or self._draft.concepts[best].source:
            return None
        known = [concept for concept, p in link.alternatives if p >= _LIKELY and concept in self._known]
        return best if known == [best] and self._is_free(best, entry) else None

    def _held(self, name: str) -> list[int]:
        """Return the concepts that other datasets have under a name, those of the most datasets first.

        A dataset with several concepts of that name does not tell which another one means.
        """
        if name in self._shared:
            return []
        by_source: dict[int, set[int]] = defaultdict(set)
        for source, concept in self._draft.classes.get(name, ()):
            by_source[source].add(concept)
        counts = Counter(concept for concepts in by_source.values() if len(concepts) == 1 for concept in concepts)
        return sorted(counts, key=lambda concept: (-counts[concept], concept))

    def _joins(self, concept: int, entry: SourceClass, anchor: int | None) -> bool:
        """Tell whether a class may be a concept: no other class of the vocabulary is, and the places agree."""
        if not self._is_free(concept, entry):
            return False
        if anchor is None or self._draft.is_related(concept, anchor):
            return True
        return self.may_go_under(concept, anchor)

    def _is_unlikely(self, concept: int, link: Link) -> bool:
        """Tell whether a concept is a sense of WordNet's that the linker finds far less likely than another one.

        Of what datasets brought, which has no sense number, it does not know how likely that is.
        """
        likely = dict(link.alternatives)
        if concept not in likely or self._draft.concepts[concept].source:
            return False
        best = max(link.confidence if link.relation is Relation.EXACT else 0, *likely.values())
        return likely[concept] < _UNLIKELY * best

    def _is_undecided(self, concept: int) -> bool:
        """Tell whether datasets brought a concept under one that says little, for its name has several meanings."""
        draft = self._draft
        return draft.is_vague(concept) and not any(map(draft.is_telling, draft.parents[concept]))

    def _is_free(self, concept: int, entry: SourceClass) -> bool:
        """Tell whether neither another class of the vocabulary is the concept, nor people said that this one is not."""
        owner = self._owner.get(concept, entry.key)
        return owner == entry.key and concept not in self._rejected.get(entry.key, ())

    def may_go_under(self, concept: int, anchor: int) -> bool:
        """Tell whether an anchor fits as one more parent of a concept of datasets: in line with those that it has."""
        draft = self._draft
        if not draft.concepts[concept].source or draft.is_related(concept, anchor):
            return False
        return all(draft.is_related(parent, anchor) for parent in draft.parents[concept])

    def _agreed(self, concepts: list[int], anchor: int | None) -> int | None:
        """Return the first of the concepts in line with the anchor, or else of those that may go there.

        None when these do not all lie on one line: the name has several meanings.
        """
        related = self._draft.is_related
        first, *others = [c for c in concepts if anchor is not None and related(c, anchor)] or concepts
        return first if all(related(first, other) for other in others) else None

    def _other_reading(self, entry: SourceClass, link: Link) -> int | None:
        """Return the concept of a class that is another of a name's alternatives than the linker read.

        The ``cutting/chopping board`` that was read as a *cutting* is another dataset's *cutting board*; the
        ``pen/pencil`` that may be either is what is named first.
        """
        read = form(link.label)
        if link.relation is not Relation.EXACT or read == form(entry.name):
            return None
        second = link.alternatives[0][0] if link.alternatives and link.confidence < _EVEN else None
        for name in _alternatives(entry.name):
            if name == read:
                return None  # what is named first goes first
            held = self._held(fold(name))
            fuller = name.count(" ") > read.count(" ")
            if len(held) == 1 and (fuller or held[0] == second) and self._is_free(held[0], entry):
                return held[0]
        return None


def _alternatives(name: str) -> Iterator[str]:
    """Yield the forms of a name with a slash: as one phrase, then each alternative with what they have in common.

    >>> list(_alternatives("cutting/chopping board"))
    ['cutting chopping board', 'cutting board', 'chopping board']
    """
    parts = [form(part) for part in _OR.split(name)]
    if len(parts) != 2 or not all(parts):
        return
    (*before, first), (second, *after) = (part.split() for part in parts)
    yield " ".join([*before, first, second, *after])
    yield " ".join([*before, first, *after])
    yield " ".join([*before, second, *after])
