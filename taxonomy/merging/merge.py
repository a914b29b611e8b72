"""Folds sources into a draft, one after the other.

WordNet comes first and gives the anchors.  A class with an exact link is one more membership of its anchor; a class
with a broader link becomes a concept under its anchor, the same one for every class of the same name under the same
anchor; one with a close or a narrower link becomes a concept under its anchor's parents, beside or above the anchor.
A class that another dataset has too, placed elsewhere but not against it, is one concept with that (`Sameness`).
No row that is there is changed, so adding a source to a loaded draft gives what a full build gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from taxonomy.concept import (
    Concept,
    Edge,
    EdgeKind,
    Identifier,
    Link,
    Method,
    Name,
    NameKind,
    Placement,
    Relation,
    Source,
    SourceClass,
    Synset,
    Vocabulary,
    is_sure,
)
from taxonomy.draft import Draft
from taxonomy.merging.addition import Addition
from taxonomy.merging.sameness import TRUST, Sameness
from taxonomy.text import form, is_english


def add_wordnet(draft: Draft, source: Source, synsets: Iterable[Synset]) -> None:
    """Append WordNet's synsets: a concept, its lemmas, and its edges each."""
    position = draft.add_source(source)
    synsets = list(synsets)
    for synset in synsets:
        key = draft.add_concept(
            Concept(synset.wnid, synset.lemmas[0].text, synset.definition, synset.lexfile, position)
        )
        for text, sense, tagged in synset.lemmas:
            draft.add_name(Name(key, text, form(text), "en", NameKind.LEMMA, sense, tagged, position))
    for key, synset in enumerate(synsets):
        for kind, target in synset.relations:
            draft.add_edge(Edge(key, draft.key_of[target], kind, position, Method.GIVEN, 1.0))


def add_vocabulary(draft: Draft, vocabulary: Vocabulary, links: Sequence[Link]) -> Sequence[Placement]:
    """Append a vocabulary with its links.

    Returns:
        The placement of each class, in the vocabulary's order.
    """
    return _Addition(draft, vocabulary, links).placements()


class _Addition(Addition):
    """One vocabulary being appended."""

    def __init__(self, draft: Draft, vocabulary: Vocabulary, links: Sequence[Link]) -> None:
        super().__init__(draft, vocabulary, links)
        self._by_key = {entry.key: entry for entry in vocabulary.classes}
        self._sameness = Sameness(draft, vocabulary, self._links)

    def placements(self) -> Sequence[Placement]:
        for entry in self._entries:
            self._place_with_parents(entry)
        rows = self._append_rows()
        for row in rows:
            if row.concept is not None:
                label, sure = form(row.link.label), is_sure(row.entry, row.link)
                self._draft.add_class(row.source, row.entry.name, label, row.concept, sure=sure)
        return rows

    def _place_with_parents(self, entry: SourceClass) -> None:
        """Place a class after the classes that it goes under, however deep the chain is."""
        chain = [entry.key]
        while (under := self._links[chain[-1]].under) and under not in self._concepts:
            chain.append(under)
        for key in reversed(chain):
            if key not in self._concepts:
                self._place(self._by_key[key], self._links[key])

    def _place(self, entry: SourceClass, link: Link) -> None:
        anchor = self._concepts[link.under] if link.under else link.anchor
        same = self._sameness.concept(entry, link, anchor)
        if same is not None:
            link = self._links[entry.key] = self._join(link, same, anchor)
            anchor = same
        self._anchors[entry.key] = anchor
        if anchor is None:
            self._concepts[entry.key] = None
            return
        concept = anchor if link.relation is Relation.EXACT else self._own_concept(entry, link, anchor)
        self._concepts[entry.key] = concept
        self._sameness.take(entry, concept)
        self._add_names(concept, entry, link)
        if entry.mid:
            self._draft.add_identifier(Identifier(f"mid:{entry.mid}", concept, self._position))

    def _join(self, link: Link, same: int, anchor: int | None) -> Link:
        """Make a class the concept of its counterpart, and put that below the class's own anchor if it can be."""
        if anchor is not None and self._sameness.may_go_under(same, anchor):
            self._draft.add_edge(Edge(same, anchor, EdgeKind.IS_A, self._position, link.method, link.confidence))
        return replace(link, anchor=same, relation=Relation.EXACT, method=Method.EXACT, confidence=TRUST, under="")

    def _own_concept(self, entry: SourceClass, link: Link, anchor: int) -> int:
        """Return the concept of that name under the anchor (or its parents), made now when there is none."""
        draft = self._draft
        parents = [anchor] if link.relation is Relation.BROAD else self._first_parents(anchor) or [anchor]
        known = draft.own(parents[0], form(link.label))
        if known in link.rejected:
            known = None
        if known is not None and (link.relation is Relation.BROAD or self._is_beside(known, anchor, link)):
            return known
        mid = f"mid:{entry.mid}"
        own_id = mid if entry.mid and mid not in draft.key_of else f"{self._name}:{entry.key}"
        key = draft.add_concept(Concept(own_id, link.label, entry.definition, "", self._position))
        for parent in dict.fromkeys(parents):
            draft.add_edge(Edge(key, parent, EdgeKind.IS_A, self._position, link.method, link.confidence))
        if link.relation is Relation.NARROW and draft.parents[anchor]:
            kind = EdgeKind.INSTANCE_OF if draft.is_individual(anchor) else EdgeKind.IS_A
            draft.add_edge(Edge(anchor, key, kind, self._position, link.method, link.confidence))
        return key

    def _first_parents(self, concept: int) -> list[int]:
        """Return the parents that a concept was made with, without those that narrower links put above it later."""
        concepts = self._draft.concepts
        return [p for p in self._draft.parents[concept] if concepts[p].source <= concepts[concept].source]

    def _is_beside(self, concept: int, anchor: int, link: Link) -> bool:
        """Tell whether a concept already lies to the anchor as a close or narrower link says."""
        if link.relation is Relation.NARROW:
            return concept in self._draft.parents[anchor]
        return concept not in self._draft.below(anchor) and concept not in self._draft.above(anchor)

    def _add_names(self, concept: int, entry: SourceClass, link: Link) -> None:
        """Give the concept the names of the class that it does not have yet."""
        texts = [(link.label, NameKind.SYNONYM)]
        texts += [(text.replace("_", " "), NameKind.SYNONYM) for text in entry.synonyms]
        if entry.scientific_name:
            texts.insert(0, (entry.scientific_name, NameKind.SCIENTIFIC))
        known = {name.form for name in self._draft.names_of(concept) if is_english(name.language)}
        for text, kind in texts:
            normal = form(text)
            if normal and normal not in known:
                known.add(normal)
                self._draft.add_name(Name(concept, text, normal, "en", kind, 0, 0, self._position))
