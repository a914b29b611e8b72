"""Links the classes of one vocabulary to the concepts of a draft.

In the order of trust: an id that the source gives › the exact name, ranked › the source's own parent › the head noun ›
the vocabulary's domain › unplaced.  An exact link says that the class *is* the concept; the later ones say that the
concept is broader.  The decisions are made class by class, with what the vocabulary as a whole shows (see `_strict`).
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Mapping

from taxonomy.concept import Link, Method, Name, Relation, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.errors import InputError
from taxonomy.linking.candidates import Candidates
from taxonomy.linking.phrase import Phrase, bases, head_first, heads, parse
from taxonomy.linking.rank import Context, Ranker
from taxonomy.linking.taxa import Taxa
from taxonomy.text import form

WNID = re.compile(r"n\d{8}")
_ALTERNATIVES = 5
# Shares of links that are right (or, for broader ones, whose anchor is an ancestor of the truth), by how they were
# found; measured on people's links of public vocabularies (scripts/measure_links.py).
_TRUST = {
    "exact": 0.97,
    "part": 0.7,
    "scientific": 0.99,
    "parent": 0.95,
    "taxon": 0.97,
    "head": 0.75,
    "domain": 0.9,
}
# A vocabulary keeps to its domain when this share of its names that mean anything mean something there.
_STRICT = 0.75


class Linker:
    """Answers every class of a vocabulary with a `Link`.

    Args:
        draft: the taxonomy so far; read, never changed.
        exceptions: WordNet's irregular plurals.
        report: called with (where, what) for what the user should know of, such as a wnid that 3.0 does not have.
    """

    def __init__(
        self, draft: Draft, exceptions: Mapping[str, tuple[str, ...]], report: Callable[[str, str], None]
    ) -> None:
        self._draft = draft
        self._report = report
        self._candidates = Candidates(draft, exceptions)
        self._ranker = Ranker(draft)
        self._taxa = Taxa(draft)

    def link(self, vocabulary: Vocabulary) -> list[Link]:
        """Link the classes of a vocabulary.

        Returns:
            One link for each class, in the vocabulary's order.

        Raises:
            InputError: the vocabulary's domain is no concept.
        """
        return _Task(self, vocabulary).links()

    def concept(self, text: str) -> int:
        """Return the key of the concept that a wnid, a CURIE or a sense name (``car.n.01``) stands for.

        Raises:
            InputError: there is none.
        """
        key = self._draft.key_of.get(text)
        key = self._draft.sense(text) if key is None else key
        if key is None:
            raise InputError(f"{text}: no such concept; give a wnid, a CURIE or a sense like car.n.01")
        return key


class _Task:
    """One vocabulary being linked."""

    def __init__(self, linker: Linker, vocabulary: Vocabulary) -> None:
        self._draft, self._report = linker._draft, linker._report
        self._candidates, self._ranker, self._taxa = linker._candidates, linker._ranker, linker._taxa
        self._vocabulary = vocabulary
        first_heads = head_first(entry.name for entry in vocabulary.classes)
        self._phrases = {entry.key: parse(entry.name or entry.wnid, first_heads) for entry in vocabulary.classes}
        self._by_key = {entry.key: entry for entry in vocabulary.classes}
        self._by_form: dict[str, str] = {}
        for entry in vocabulary.classes:
            self._by_form.setdefault(form(entry.name), entry.key)
        name = vocabulary.source.domain
        self._domain = linker.concept(name) if name else None
        self._in_domain = frozenset(self._draft.below(self._domain)) if self._domain is not None else frozenset()
        self._lexfile = self._ranker.lexfile(self._domain) if self._domain is not None else ""
        self._strict = self._keeps_to_domain()

    def links(self) -> list[Link]:
        links = {entry.key: self._link(entry) for entry in self._vocabulary.classes}
        self._settle(links)
        return [links[entry.key] for entry in self._vocabulary.classes]

    # One class

    def _link(self, entry: SourceClass) -> Link:
        phrase = self._phrases[entry.key]
        return self._given(entry, phrase) or self._exact(entry, phrase) or self._broader(entry, phrase)

    def _given(self, entry: SourceClass, phrase: Phrase) -> Link | None:
        """Link by an id that the source gives: a wnid, a sense name, or a MID that an earlier source gave a concept."""
        if entry.wnid:
            key = self._draft.key_of.get(entry.wnid)
            key = self._draft.sense(entry.wnid) if key is None else key
            if key is not None:
                return Link(key, Relation.EXACT, Method.GIVEN, 1.0, phrase.label)
            advice = "perhaps a WordNet 3.1 offset" if WNID.fullmatch(entry.wnid) else "not a wnid"
            self._report(
                f"{self._vocabulary.source.name}:{entry.key}",
                f"{entry.wnid} is not in WordNet 3.0 ({advice}); linked by its name instead",
            )
        key = self._draft.key_of.get(f"mid:{entry.mid}") if entry.mid else None
        return None if key is None else Link(key, Relation.EXACT, Method.GIVEN, 0.99, phrase.label)

    def _exact(self, entry: SourceClass, phrase: Phrase) -> Link | None:
        if entry.scientific_name:
            found = [
                name
                for name in self._draft.named(form(entry.scientific_name))
                if not name.sense or self._taxa.is_organism(name.concept)
            ]
            if found:
                key = found[0].concept
                return Link(key, Relation.EXACT, Method.EXACT, _TRUST["scientific"], phrase.label)
        context = self._context(entry, phrase)
        for text in (entry.name, *entry.synonyms):
            reading = phrase if text == entry.name else parse(text)
            for candidates in self._candidates.exact(reading):
                ranked = self._ranker.rank([candidate.name for candidate in candidates], context)
                ranked = [(name, p) for name, p in ranked if self._fits(name)]
                if not ranked:
                    continue
                (best, probability), candidate = ranked[0], candidates[0]
                others = tuple((name.concept, round(p, 4)) for name, p in ranked[1:_ALTERNATIVES])
                if candidate.special:
                    trust, relation, method = _TRUST["head"], Relation.BROAD, Method.HEAD
                else:
                    trust, relation, method = _TRUST["exact"], Relation.EXACT, Method.EXACT
                if candidate.part:
                    trust = _TRUST["part"]
                return Link(best.concept, relation, method, round(trust * probability, 4), phrase.label, others)
        return None

    def _broader(self, entry: SourceClass, phrase: Phrase, with_parent: bool = True) -> Link:
        """Link to a broader concept: parent in the vocabulary, taxon, head noun, the parent's name, or domain."""
        if with_parent and (parent := self._parent_class(entry)) is not None:
            return Link(None, Relation.BROAD, Method.GIVEN, _TRUST["parent"], phrase.label, under=parent)
        if (key := self._taxon(entry)) is not None:
            return Link(key, Relation.BROAD, Method.GIVEN, _TRUST["taxon"], phrase.label)
        if (link := self._head(entry, phrase)) is not None:
            return link
        if (key := self._named_parent(entry)) is not None:
            return Link(key, Relation.BROAD, Method.GIVEN, _TRUST["parent"], phrase.label)
        if self._domain is not None:
            return Link(self._domain, Relation.BROAD, Method.DOMAIN, _TRUST["domain"], phrase.label)
        return Link(None, Relation.UNPLACED, Method.NONE, 0.0, phrase.label)

    def _head(self, entry: SourceClass, phrase: Phrase) -> Link | None:
        context = self._context(entry, phrase)
        for reading in bases(phrase):
            for head in heads(reading.form):
                names = [name for name in self._candidates.named(head) if name.sense]
                ranked = (
                    [(name, p) for name, p in self._ranker.rank(names, context) if self._fits(name)] if names else []
                )
                if ranked:
                    best, probability = ranked[0]
                    others = tuple((name.concept, round(p, 4)) for name, p in ranked[1:_ALTERNATIVES])
                    confidence = round(_TRUST["head"] * probability, 4)
                    return Link(best.concept, Relation.BROAD, Method.HEAD, confidence, phrase.label, others)
        return None

    def _taxon(self, entry: SourceClass) -> int | None:
        """Find the nearest taxon of the lineage, the genus of a binomial first, that WordNet knows the organisms of."""
        lineage = [part.strip() for part in entry.parent.split(">")][::-1] if ">" in entry.parent else []
        if entry.scientific_name:
            lineage.insert(0, entry.scientific_name.split()[0])
        for taxon in lineage:
            if (key := self._taxa.anchor(form(taxon))) is not None:
                return key
        return None

    def _named_parent(self, entry: SourceClass) -> int | None:
        """Find the concept that the source's superclass names, the nearest of a path first."""
        context = Context(self._in_domain, self._lexfile)
        for part in reversed(entry.parent.split(">")):
            for candidates in self._candidates.exact(parse(part)) if part.strip() else ():
                ranked = self._ranker.rank([candidate.name for candidate in candidates], context)
                fitting = [name for name, _ in ranked if self._fits(name)]
                if fitting:
                    return fitting[0].concept
        return None

    def _parent_class(self, entry: SourceClass) -> str | None:
        """Return the key of the class of this vocabulary that is the entry's parent."""
        parent = entry.parent.rpartition(">")[2].strip()
        key = parent if parent in self._by_key else self._by_form.get(form(parent)) if parent else None
        return key if key != entry.key else None

    def _context(self, entry: SourceClass, phrase: Phrase) -> Context:
        parent = (form(entry.parent.rpartition(">")[2]),) if entry.parent else ()
        return Context(self._in_domain, self._lexfile, phrase.hints + parent, entry.definition)

    # The vocabulary as a whole

    def _fits(self, name: Name) -> bool:
        """Tell whether a concept may be meant: anything, unless the vocabulary keeps to its domain."""
        if not self._strict or name.concept in self._in_domain:
            return True
        return self._ranker.lexfile(name.concept) == self._lexfile

    def _keeps_to_domain(self) -> bool:
        """Tell whether the names that mean anything mean something in the domain, so that other senses are wrong.

        Bird lists do (*Bombay* in a list of pets is no city); scene lists, whose domain is vaguer, do not.
        """
        if self._domain is None:
            return False
        inside = known = 0
        for phrase in self._phrases.values():
            names = next(self._candidates.exact(phrase), [])
            if names:
                known += 1
                inside += any(
                    c.name.concept in self._in_domain or self._ranker.lexfile(c.name.concept) == self._lexfile
                    for c in names
                )
        return known == 0 or inside >= _STRICT * known

    def _settle(self, links: dict[str, Link]) -> None:
        """Relink classes whose chain of parents leads nowhere: to an unplaced class, or round in a circle."""
        waiting: dict[str, list[str]] = defaultdict(list)
        for key, link in links.items():
            if link.under:
                waiting[link.under].append(key)
        settled = deque(key for key, link in links.items() if link.anchor is not None)
        placed = set(settled)

        def spread() -> None:
            while settled:
                for child in waiting.get(settled.popleft(), ()):
                    if child not in placed:
                        placed.add(child)
                        settled.append(child)

        spread()
        for key, link in list(links.items()):
            if link.under and key not in placed:
                links[key] = self._broader(self._by_key[key], self._phrases[key], with_parent=False)
                if links[key].anchor is not None:
                    placed.add(key)
                    settled.append(key)
                    spread()
