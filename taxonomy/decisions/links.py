"""People's decisions about the links of one vocabulary, which beat whatever the linker finds.

The linker keeps the classes of a vocabulary apart, and places classes under others; so it is told of the decisions
before it links, not corrected afterwards: a decided class goes to it with the concept as the id that its source gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from taxonomy.concept import ROOT, Decision, Link, Method, Relation, SourceClass, Vocabulary
from taxonomy.decisions.files import NOT, Report
from taxonomy.draft import Draft


def decided_links(
    link: Callable[[Vocabulary], list[Link]],
    vocabulary: Vocabulary,
    decisions: Sequence[Decision],
    draft: Draft,
    report: Report,
) -> list[Link]:
    """Link the classes of a vocabulary as people decided, and the others as the linker does.

    Args:
        link: the linker.
        vocabulary: whose classes are linked.
        decisions: those in force about its classes.
        draft: the taxonomy so far.
        report: takes decisions about what is not there: a class, a concept.

    Returns:
        One link for each class, in the vocabulary's order.
    """
    return _Deciding(link, vocabulary, decisions, draft, report).links() if decisions else link(vocabulary)


class _Deciding:
    """One vocabulary being linked as people decided."""

    def __init__(
        self,
        link: Callable[[Vocabulary], list[Link]],
        vocabulary: Vocabulary,
        decisions: Sequence[Decision],
        draft: Draft,
        report: Report,
    ) -> None:
        self._link, self._vocabulary, self._draft = link, vocabulary, draft
        self._keys = [entry.key for entry in vocabulary.classes]
        self._placed: dict[str, tuple[int, Relation]] = {}
        self._rejected: dict[str, set[int]] = {key: set() for key in self._keys}
        # What the machine puts in the place of a rejected link; None when it has nothing by the name.
        self._instead: dict[str, Link | None] = {}
        self._labels: dict[str, str] = {}
        for decision in decisions:
            key, relation = decision.subject.partition(":")[2], decision.value.removeprefix(NOT)
            concept = draft.find(decision.object)
            if problem := self._problem(key, concept, relation, decision.object):
                report(decision.where, problem)
            elif concept is not None and relation != decision.value:
                self._rejected[key].add(concept)
            elif concept is not None:
                self._placed[key] = concept, Relation(relation)

    def _problem(self, key: str, concept: int | None, relation: str, object: str) -> str:
        name = self._vocabulary.source.name
        if key not in self._rejected:
            return f"{name} has no class {key}; 'taxonomy classes {name}' lists them"
        if concept is None:
            return f"{object}: no such concept when {name} is merged; give a wnid, or the id of what was there before"
        if relation in (Relation.CLOSE, Relation.NARROW) and self._draft.concepts[concept].id == ROOT:
            return f"nothing is beside {ROOT} or above it; decide for another concept or relation"
        return ""

    def links(self) -> list[Link]:
        links = self._relinked()
        # In another's place a class may take what a third one had, which then may get what was rejected for it.
        while hit := [key for key in self._keys if self._is_rejected(key, links[key])]:
            taken = {link.anchor for link in links.values() if _is_exact(link)}
            for key in hit:
                self._labels[key] = links[key].label
                self._instead[key] = other = self._next(links[key], self._rejected[key], taken)
                if other is not None and _is_exact(other):
                    taken.add(other.anchor)
            links = self._relinked()
        return [replace(links[key], rejected=tuple(sorted(self._rejected[key]))) for key in self._keys]

    def _is_rejected(self, key: str, link: Link) -> bool:
        return key not in self._placed and key not in self._instead and link.anchor in self._rejected[key]

    def _next(self, link: Link, rejected: set[int], taken: set[int | None]) -> Link | None:
        """Return the link to the next candidate, or None when there is none that no other class is."""
        others = tuple((concept, p) for concept, p in link.alternatives if concept not in rejected)
        free = [pair for pair in others if not (_is_exact(link) and pair[0] in taken)]
        if not free:
            return None
        # That the rejected ones are wrong speaks for all that remains, which may be something else altogether.
        gone = link.confidence + sum(p for concept, p in link.alternatives if concept in rejected)
        confidence = round(free[0][1] / max(1 - gone, free[0][1]), 4) if free[0][1] else 0.0
        rest = tuple(pair for pair in others if pair != free[0])
        return replace(link, anchor=free[0][0], confidence=confidence, alternatives=rest)

    def _relinked(self) -> dict[str, Link]:
        """Link the vocabulary as it is told to the linker, and put the decisions in the place of what it was told."""
        told = replace(self._vocabulary, classes=tuple(map(self._told, self._vocabulary.classes)))
        links = dict(zip(self._keys, self._link(told), strict=True))
        for key, (concept, relation) in self._placed.items():
            links[key] = Link(concept, relation, Method.DECISION, 1.0, links[key].label)
        for key, other in self._instead.items():
            links[key] = other or replace(links[key], label=self._labels[key])
        return self._without_rejected_places(links)

    def _told(self, entry: SourceClass) -> SourceClass:
        """Return the class as the linker gets it."""
        concepts = self._draft.concepts
        if entry.key in self._placed:
            concept, relation = self._placed[entry.key]
            # One that is none of the known concepts must keep no other class from any: nothing but the root is called
            # *entity*.  It has a place, though, for the classes that go under it.
            return replace(entry, wnid=concepts[concept].id if relation is Relation.EXACT else ROOT)
        other = self._instead.get(entry.key)
        if other is not None and other.anchor is not None:
            return replace(entry, wnid=concepts[other.anchor].id) if _is_exact(other) else entry
        if entry.key in self._instead:  # its name misleads, so that only its parent or the domain can place it
            return replace(entry, wnid="", mid="", synonyms=(), scientific_name="", name="")
        rejected = self._rejected[entry.key]
        wnid = "" if entry.wnid and self._draft.find(entry.wnid) in rejected else entry.wnid
        mid = "" if entry.mid and self._draft.key_of.get(f"mid:{entry.mid}") in rejected else entry.mid
        return replace(entry, wnid=wnid, mid=mid) if rejected else entry

    def _without_rejected_places(self, links: dict[str, Link]) -> dict[str, Link]:
        """Leave unplaced what still goes where people said that it must not, with the classes below it."""
        lost = {
            key
            for key, other in self._instead.items()
            if other is None and key not in self._placed and links[key].anchor in self._rejected[key]
        }
        while lost:
            for key in lost:
                links[key] = Link(None, Relation.UNPLACED, Method.NONE, 0.0, links[key].label)
            lost = {key for key, link in links.items() if link.under in lost}
        return links


def _is_exact(link: Link) -> bool:
    return link.relation is Relation.EXACT
