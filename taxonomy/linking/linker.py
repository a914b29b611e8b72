"""Links the classes of one vocabulary to the concepts of a draft.

In the order of trust: an id that the source gives › the exact name, ranked › the source's own parent › the head noun ›
the vocabulary's domain › unplaced.  An exact link says that the class *is* the concept; the later ones say that the
concept is broader.  The decisions are made class by class, with what the vocabulary as a whole shows (see `_strict`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from taxonomy.concept import Link, Method, Name, Relation, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.errors import InputError
from taxonomy.linking.candidates import Candidates
from taxonomy.linking.phrase import Phrase, Reading, bases, first_heads, heads, parse
from taxonomy.linking.rank import Context, Hint, Ranker
from taxonomy.linking.taxa import Taxa
from taxonomy.text import form

WNID = re.compile(r"n\d{8}")
_ALTERNATIVES = 5
_ACT = "noun.act"
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
# A vocabulary keeps to its domain when this share of its names, taken in their usual sense, lie there.
_STRICT = 0.6
# One in which fewer names than this are words at all (aircraft types) keeps to its domain anyway.
_WORDS = 0.3
_LIKELY = 0.1
# A class whose first sense another class of the vocabulary has takes the next one if it is at least this likely.
_SECOND_SENSE = 0.2
# What a hint adds to the score of a sense that is of its kind.
_BRACKET, _SUPERCLASS = 3.0, 1.0


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

    def propose(self, vocabulary: Vocabulary) -> list[Link]:
        """Return the best candidate of each class, however unsure; arguments and errors as `link`."""
        return self.link(vocabulary)

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
        heads_first = first_heads(entry.name for entry in vocabulary.classes)
        self._phrases = {entry.key: parse(entry.name or entry.wnid, heads_first) for entry in vocabulary.classes}
        self._readings: dict[str, Reading] = {}  # of the classes that have an exact link by name
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
        self._separate(links)
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
                f"{entry.wnid} is not in WordNet 3.0 ({advice}), so the name decides",
            )
        key = self._draft.key_of.get(f"mid:{entry.mid}") if entry.mid else None
        if key is None or not self._agrees(key, phrase):
            return None
        return Link(key, Relation.EXACT, Method.GIVEN, 0.99, phrase.label)

    def _agrees(self, key: int, phrase: Phrase) -> bool:
        """Tell whether a concept that an earlier source gave an id to bears the name, or nothing else does."""
        bearers = [candidate.name.concept for group in self._candidates.exact(phrase) for candidate in group]
        return not bearers or key in bearers

    def _exact(self, entry: SourceClass, phrase: Phrase) -> Link | None:
        if entry.scientific_name:
            for name in self._draft.named(form(entry.scientific_name)):
                if not name.sense or self._taxa.is_organism(name.concept):
                    return Link(name.concept, Relation.EXACT, Method.EXACT, _TRUST["scientific"], phrase.label)
        context = self._context(entry, phrase)
        for text in (entry.name, *entry.synonyms):
            for candidates in self._candidates.exact(phrase if text == entry.name else parse(text)):
                reading = candidates[0].reading
                ranked = self._rank([c.name for c in candidates], replace(context, form=reading.form))
                if not ranked:
                    continue
                if reading.special:
                    return self._ranked_link(ranked, Relation.BROAD, Method.HEAD, "head", phrase.label)
                if (group := self._taxa.of_group(ranked[0][0].concept)) is not None:
                    return Link(group, Relation.BROAD, Method.EXACT, _TRUST["taxon"], phrase.label)
                self._readings[entry.key] = reading
                trust = "part" if reading.part else "exact"
                return self._ranked_link(ranked, Relation.EXACT, Method.EXACT, trust, reading.text)
        return None

    def _rank(self, names: list[Name], context: Context) -> list[tuple[Name, float]]:
        """Rank names and leave out those that the vocabulary cannot mean; all, when "none of these" is likelier."""
        ranked = self._ranker.rank(names, context)
        none = 1 - sum(p for _, p in ranked)
        return [(name, p) for name, p in ranked if self._fits(name, p)] if ranked and ranked[0][1] > none else []

    def _ranked_link(
        self, ranked: list[tuple[Name, float]], relation: Relation, method: Method, trust: str, label: str
    ) -> Link:
        (best, probability), *others = ranked
        alternatives = tuple((name.concept, round(p, 4)) for name, p in others[:_ALTERNATIVES])
        return Link(best.concept, relation, method, round(_TRUST[trust] * probability, 4), label, alternatives)

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
        if entry.scientific_name and form(entry.name) == form(entry.scientific_name):
            return None  # Latin: *Lycoperdon molle* is no kind of *molle*
        context = self._context(entry, phrase)
        gerund = phrase.readings[0].form.split(" ")[0] if phrase.readings else ""
        if self._lexfile == _ACT and gerund.endswith("ing"):  # petting a cat is no cat, and no CAT either
            names = [name for name in self._candidates.named(gerund) if name.sense and self._is_inside(name)]
            ranked = self._rank(names, context)
            return self._ranked_link(ranked, Relation.BROAD, Method.HEAD, "head", phrase.label) if ranked else None
        for reading in bases(phrase):
            for head in heads(reading.form):
                named = self._candidates.named(head)
                names = [name for name in named if name.sense and not self._taxa.is_group(name.concept)]
                ranked = self._rank(names, context)
                if ranked and ranked[0][1] >= _LIKELY:
                    return self._ranked_link(ranked, Relation.BROAD, Method.HEAD, "head", phrase.label)
        return None

    def _taxon(self, entry: SourceClass) -> int | None:
        """Find the nearest taxon of the lineage, the genus of a binomial first, that WordNet knows the organisms of."""
        lineage = [part.strip() for part in entry.parent.split(">")][::-1] if ">" in entry.parent else []
        if entry.scientific_name:
            genus, *epithets = entry.scientific_name.split()
            lineage[:0] = [" ".join([genus, epithets[0]]), genus] if len(epithets) > 1 else [genus]
        kingdom = self._taxa.anchor(form(lineage[-1])) if lineage else None
        nearest: int | None = None
        for taxon in lineage:
            key = self._taxa.anchor(form(taxon), kingdom)
            # A higher taxon may say more: WordNet has the members of few families, and those of the class *dicots*.
            if key is not None and (nearest is None or nearest in self._draft.above(key)):
                nearest = key
        return nearest

    def _named_parent(self, entry: SourceClass) -> int | None:
        """Find the concept that the source's superclass names, the nearest of a path first."""
        context = Context(domain=self._in_domain, strict=self._strict)
        names = [part for part in entry.parent.split(">") if part.strip() and part.strip() not in self._by_key]
        for part in reversed(names):
            for candidates in self._candidates.exact(parse(part)):
                if ranked := self._rank([candidate.name for candidate in candidates], context):
                    return ranked[0][0].concept
        return None

    def _parent_class(self, entry: SourceClass) -> str | None:
        """Return the key of the class of this vocabulary that is the entry's parent."""
        parent = entry.parent.rpartition(">")[2].strip()
        key = parent if parent in self._by_key else self._by_form.get(form(parent)) if parent else None
        return key if key != entry.key else None

    def _context(self, entry: SourceClass, phrase: Phrase) -> Context:
        parent = entry.parent.rpartition(">")[2].strip()
        if parent in self._by_key:
            parent = self._by_key[parent].name
        weighed = [(hint, _BRACKET) for hint in phrase.hints] + ([(form(parent), _SUPERCLASS)] if parent else [])
        hints = (
            Hint(hint, frozenset(name.concept for name in self._candidates.named(hint)), weight)
            for hint, weight in weighed
        )
        return Context("", self._in_domain, self._strict, tuple(hints), entry.definition)

    # The vocabulary as a whole

    def _fits(self, name: Name, probability: float) -> bool:
        """Tell whether a concept may be meant: anything, unless the vocabulary keeps to its domain.

        Then it must lie in the domain, or at least be a likely sense and of the same lexicographer file.
        """
        if not self._strict or name.concept in self._in_domain:
            return True
        return probability >= _LIKELY and self._is_inside(name)

    def _is_inside(self, name: Name) -> bool:
        return name.concept in self._in_domain or self._ranker.lexfile(name.concept) == self._lexfile

    def _keeps_to_domain(self) -> bool:
        """Tell whether names of this vocabulary usually mean something in its domain, so that other senses are wrong.

        Bird lists do (*Bombay* in a list of pets is no city); scene lists, whose domain is vaguer, do not.
        """
        if self._domain is None:
            return False
        inside = known = 0
        for phrase in self._phrases.values():
            if candidates := next(self._candidates.exact(phrase), None):
                (usual, _), *_ = self._ranker.rank([candidate.name for candidate in candidates], Context())
                known += 1
                inside += self._is_inside(usual)
        return known < _WORDS * len(self._phrases) or inside >= _STRICT * known

    def _separate(self, links: dict[str, Link]) -> None:
        """Keep classes apart that the vocabulary keeps apart: only one of them is the concept that several link to.

        The surest stays; another takes its next sense when no class has that, and goes below the concept otherwise.
        Classes of the very same name stay together, as do ids that the source gives.
        """
        rivals: dict[int, list[str]] = defaultdict(list)
        for key, link in links.items():
            if link.relation is Relation.EXACT and link.anchor is not None:
                rivals[link.anchor].append(key)
        taken = set(rivals)
        for _, keys in sorted(rivals.items()):  # the order of the rows must not matter
            keys.sort(key=lambda key: (-links[key].confidence, form(self._phrases[key].label), key))
            literal = [key for key in keys if key not in self._readings or self._is_literal(key)]
            winner = form(self._phrases[literal[0]].label) if literal else None
            for key in keys if len(keys) > 1 else ():
                link = links[key]
                if link.method is Method.GIVEN or form(self._phrases[key].label) == winner:
                    continue
                other = next(
                    (c for c, p in link.alternatives if c not in taken and self._may_step_in(c, p, link)), None
                )
                if other is not None:
                    taken.add(other)
                    rest = tuple(pair for pair in link.alternatives if pair[0] != other)
                    links[key] = replace(link, anchor=other, confidence=link.confidence / 2, alternatives=rest)
                else:
                    label = self._phrases[key].label
                    links[key] = replace(link, relation=Relation.BROAD, label=label)

    def _may_step_in(self, concept: int, probability: float, link: Link) -> bool:
        """Tell whether a class may take its next sense: a likely one, and of the same sort."""
        sort = self._ranker.lexfile(concept) == self._ranker.lexfile(link.anchor) if link.anchor is not None else False
        return sort and probability >= _SECOND_SENSE

    def _is_literal(self, key: str) -> bool:
        """Tell whether nothing of a class's name was left out to link it."""
        return self._readings[key].form == form(self._phrases[key].label)

    def _settle(self, links: dict[str, Link]) -> None:
        """Relink classes whose chain of parents leads nowhere: to an unplaced class, or round in a circle.

        From the top down, so that what is below a relinked class keeps its parent.
        """
        waiting: dict[str, list[str]] = defaultdict(list)
        for key, link in links.items():
            if link.under:
                waiting[link.under].append(key)
        undecided = {key for below in waiting.values() for key in below}
        for key in [key for key, link in links.items() if not link.under]:
            self._decide(key, links, waiting, undecided)
        for key in links:
            while key in undecided:
                broken = _on_circle(key, links)
                links[broken] = self._without_parent(broken)
                self._decide(broken, links, waiting, undecided)

    def _decide(self, top: str, links: dict[str, Link], waiting: Mapping[str, list[str]], undecided: set[str]) -> None:
        """Decide all classes whose chain of parents leads to a class that is decided itself."""
        undecided.discard(top)
        stack = [top]
        while stack:
            above = stack.pop()
            for child in waiting.get(above, ()):
                if child in undecided:
                    undecided.discard(child)
                    stack.append(child)
                    if links[above].relation is Relation.UNPLACED:
                        links[child] = self._without_parent(child)

    def _without_parent(self, key: str) -> Link:
        return self._broader(self._by_key[key], self._phrases[key], with_parent=False)


def _on_circle(key: str, links: Mapping[str, Link]) -> str:
    """Return a class of the circle that a chain of parents ends in."""
    seen: set[str] = set()
    while key not in seen:
        seen.add(key)
        key = links[key].under
    return key
