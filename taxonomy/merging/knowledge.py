"""Folds a knowledge base into a draft: each class is a concept that is there, or one of its own below its parents.

What the base says of a concept that is there adds names and ids to it, and of an organism its taxon above it; where a
synset lies in WordNet's hierarchy is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    SourceClass,
    Vocabulary,
    are_known,
)
from taxonomy.draft import Draft
from taxonomy.hierarchy import parents_first
from taxonomy.merging.addition import Addition
from taxonomy.merging.mend import KINDS, mend
from taxonomy.merging.repair import CutKind
from taxonomy.text import form, singulars

_GIVEN = 0.95  # confidence in an edge that a knowledge base gives
_TOP = 0.9  # confidence that a taxon without a parent is an organism


def add_knowledge(draft: Draft, vocabulary: Vocabulary, links: Sequence[Link]) -> Sequence[Placement]:
    """Append a knowledge base with its links; of its hierarchy, what repair leaves.

    Returns:
        The placement of each class, in the base's order.
    """
    return _Addition(draft, vocabulary, links).placements()


class _Addition(Addition):
    """One knowledge base being appended."""

    def __init__(self, draft: Draft, vocabulary: Vocabulary, links: Sequence[Link]) -> None:
        super().__init__(draft, vocabulary, links)
        self._are_known = are_known(vocabulary.classes)
        self._mended, self._cuts = mend(draft, vocabulary.classes, links)

    def placements(self) -> Sequence[Placement]:
        for entry in parents_first(self._mended):
            link = self._links[entry.key]
            anchor = self._concepts.get(link.under) if link.under in entry.parents else link.anchor
            above = [concept for concept, _ in self._above(entry)]
            guessed = link.relation is Relation.BROAD and link.method is not Method.DECISION and anchor not in above
            if above and (anchor is None or guessed):
                # The parent that the link names is not placed, or the edge to it was cut: another one is.  And what the
                # base says goes before what a name ends in: a certain cat of a cartoon is no kind of cat.
                anchor, link = above[0], replace(link, relation=Relation.BROAD, method=Method.GIVEN, confidence=_GIVEN)
            elif anchor is None and entry.scientific_name:  # all that was above it was cut, and an organism it is
                anchor = self._draft.key_of[KINDS["organism"]]
                link = replace(link, relation=Relation.BROAD, method=Method.DOMAIN, confidence=_TOP)
            elif anchor is None:
                link = replace(link, relation=Relation.UNPLACED, method=Method.NONE, confidence=0.0)
            self._links[entry.key] = link
            self._anchors[entry.key] = anchor
            self._concepts[entry.key] = self._place(entry, link, anchor)
        self._keep_cuts()
        return self._append_rows()

    def _keep_cuts(self) -> None:
        """Append the edges that were cut, those whose ends are both placed."""
        for cut in self._cuts:
            child, parent = self._concepts.get(cut.child), self._concepts.get(cut.parent)
            if child is not None and parent is not None:
                kind = EdgeKind.INSTANCE_OF if cut.kind is CutKind.INSTANCE else EdgeKind.IS_A
                edge = Edge(child, parent, kind, self._position, Method.GIVEN, _GIVEN)
                self._draft.add_repair(edge, f"{cut.kind}: {cut.reason}")

    def _place(self, entry: SourceClass, link: Link, anchor: int | None) -> int | None:
        draft = self._draft
        if link.relation is Relation.EXACT and anchor is not None:
            concept = anchor
            self._put_under(concept, entry)
            if entry.scientific_name:
                self._relate(concept, link)
        else:
            above = dict(self._above(entry))
            if anchor is not None and link.relation is Relation.BROAD:
                above.setdefault(anchor, EdgeKind.IS_A)
            elif anchor is not None:
                above = self._beside(anchor, above)
            if not above:
                return None
            own = f"{self._name}:{entry.key}"
            concept = draft.add_concept(Concept(own, entry.name, entry.definition, "", self._position))
            for parent, kind in above.items():
                method, confidence = (link.method, link.confidence) if parent == anchor else (Method.GIVEN, _GIVEN)
                draft.add_edge(Edge(concept, parent, kind, self._position, method, confidence))
            if link.relation is Relation.NARROW and anchor is not None:
                kind = EdgeKind.INSTANCE_OF if draft.is_individual(anchor) else EdgeKind.IS_A
                draft.add_edge(Edge(anchor, concept, kind, self._position, link.method, link.confidence))
        self._add_names(concept, entry)
        self._add_ids(concept, entry)
        return concept

    def _put_under(self, concept: int, entry: SourceClass) -> None:
        """Put a concept that is there under what the base says is above it, where it is the base that knows."""
        draft = self._draft
        for parent, kind in self._above(entry) if self._are_known or entry.scientific_name else ():
            if self._are_known:
                is_new = parent not in draft.parents[concept] and concept not in draft.above(parent)
            else:
                # Between synsets WordNet has the say: a dog is of the wolf's species, and no timber wolf.
                both = draft.concepts[concept].source == draft.concepts[parent].source == 0
                is_new = not both and not draft.is_related(concept, parent)
            if is_new:
                draft.add_edge(Edge(concept, parent, kind, self._position, Method.GIVEN, _GIVEN))

    def _relate(self, concept: int, link: Link) -> None:
        """Put a taxon's concept under the one that bears its common name, where the two were brought apart."""
        draft = self._draft
        for other, confidence in link.alternatives:
            if other not in link.rejected and not draft.is_related(concept, other):
                draft.add_edge(Edge(concept, other, EdgeKind.IS_A, self._position, link.method, confidence))

    def _beside(self, anchor: int, above: Mapping[int, EdgeKind]) -> dict[int, EdgeKind]:
        """Return what is above a class that people put beside or above a concept, nothing that is below that."""
        below, concepts = self._draft.below(anchor), self._draft.concepts
        # As the concept was made: what other classes were put above it later is not above them all.
        first = [p for p in self._draft.parents[anchor] if concepts[p].source <= concepts[anchor].source]
        return {p: kind for p, kind in above.items() if p not in below} | dict.fromkeys(first, EdgeKind.IS_A)

    def _above(self, entry: SourceClass) -> Iterator[tuple[int, EdgeKind]]:
        """Yield the concepts that the base puts above a class."""
        for keys, kind in ((entry.types, EdgeKind.INSTANCE_OF), (entry.parents, EdgeKind.IS_A)):
            for key in keys:
                if (concept := self._concepts.get(key)) is not None:
                    yield concept, kind

    def _add_names(self, concept: int, entry: SourceClass) -> None:
        """Give a concept the names that it does not have yet."""
        draft, position = self._draft, self._position
        texts = [(entry.name, entry.language, NameKind.SYNONYM)] if entry.name != entry.scientific_name else []
        if entry.scientific_name:
            texts.append((entry.scientific_name, "en", NameKind.SCIENTIFIC))
        texts += [(text, "en", NameKind.SYNONYM) for text in entry.synonyms]
        texts += [(text, language, NameKind.SYNONYM) for language, text in entry.names]
        known = {(name.form, name.language) for name in (*draft.names_of(concept), *draft.translations(concept))}
        for text, language, kind in texts:
            normal = form(text)
            # Groups are called by plurals: an elephant that is known as such needs no *elephants*.
            if not normal or (normal, language) in known:
                continue
            plural = bool(known) and not self._are_known and language == "en" and kind is NameKind.SYNONYM
            if not plural or not any((one, language) in known for one in singulars(normal, {})):
                known.add((normal, language))
                normal = text if normal == text else normal  # kept once
                draft.add_name(Name(concept, text, normal, language, kind, 0, 0, position))

    def _add_ids(self, concept: int, entry: SourceClass) -> None:
        own = f"{self._name}:{entry.key}"
        for id in (own, *((f"mid:{entry.mid}",) if entry.mid else ()), *entry.ids):
            if id not in (self._draft.concepts[concept].id, entry.wnid):
                self._draft.add_identifier(Identifier(id, concept, self._position))
