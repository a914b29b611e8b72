"""Links the classes of a vocabulary to the concepts of a draft.

In the order of trust: an id that the source gives › the name's senses, ranked › the source's own parent › an ancestor
of all likely senses › the head noun › the vocabulary's domain › unplaced.  An exact link says that the class *is* the
concept; the later ones say that the concept is broader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from taxonomy import encoding
from taxonomy.concept import KNOWLEDGE, NAMES, Link, Method, Relation, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.encoding import Encoder
from taxonomy.errors import InputError
from taxonomy.linking import model as models
from taxonomy.linking.candidates import Candidate, Candidates, Match
from taxonomy.linking.classes import Class, Classes, batches, is_plain
from taxonomy.linking.context import in_context
from taxonomy.linking.features import Question
from taxonomy.linking.hedge import hedge
from taxonomy.linking.model import Model
from taxonomy.linking.parts import are_of_one_plant
from taxonomy.linking.phrase import parse
from taxonomy.linking.rank import DOUBT, Ranker, Ranking, combined, even, only
from taxonomy.linking.taxa import Taxa
from taxonomy.linking.whole import keep_apart, keep_reworded_apart, settle
from taxonomy.text import form

_ALTERNATIVES = 19
_FEW = 3  # senses, up to which a list's alternatives go on with what resembles the name
_ACT = "act"
# Shares of broader links whose anchor is an ancestor of the truth, by how they were found, on people's links of public
# vocabularies; an exact one has its probability.
_TRUST = {"parent": 0.95, "taxon": 0.97, "head": 0.75, "domain": 0.9}
_LIKELY = 0.1
_MANY = 0.4  # of the names of a vocabulary
_EVEN, _FAIR = 0.5, 0.75  # of the senses of a name: that it means one of them, and where those are that it means
_RELATIONS: Mapping[Match, Relation] = {
    Match.EXACT: Relation.EXACT,
    Match.REORDERED: Relation.EXACT,
    Match.KIND: Relation.EXACT,
    Match.SYNONYM: Relation.EXACT,
    Match.HEAD: Relation.BROAD,
    Match.SHORT_HEAD: Relation.BROAD,
    Match.SPECIAL: Relation.BROAD,
    Match.FIRST: Relation.CLOSE,
    Match.LONGER: Relation.CLOSE,
    Match.SIMILAR: Relation.CLOSE,
}
_METHODS = {
    Match.EXACT: Method.EXACT,
    Match.REORDERED: Method.EXACT,
    Match.KIND: Method.EXACT,
    Match.SYNONYM: Method.EXACT,
    Match.SIMILAR: Method.EMBEDDING,
}


class Linker:
    """Answers every class of a vocabulary with a `Link`.

    Args:
        draft: the taxonomy so far; read, never changed.
        exceptions: WordNet's irregular plurals.
        report: called with (where, what) for what the user should know of, such as a wnid that 3.0 does not have.
        encoder: makes the vectors of names and glosses; the shipped one by default.
        model: the learned weights; the shipped ones by default.

    Raises:
        InputError: the shipped encoder or model is missing or damaged.
    """

    def __init__(
        self,
        draft: Draft,
        exceptions: Mapping[str, tuple[str, ...]],
        report: Callable[[str, str], None],
        encoder: Encoder | None = None,
        model: Model | None = None,
    ) -> None:
        self.draft = draft
        self.report = report
        self.model = model or models.load()
        self.candidates = Candidates(draft, exceptions)
        self.ranker = Ranker(draft, encoder or encoding.load(), self.model)
        self.taxa = Taxa(draft)

    def propose(self, vocabulary: Vocabulary) -> list[Link]:
        """Return the best candidate of each class, however unsure.

        Returns:
            One link for each class, in the vocabulary's order; `Relation.CLOSE` says that the concept is neither what
            the name means nor what its head means, but what resembles it most.

        Raises:
            InputError: the vocabulary's domain is no concept.
        """
        return _Task(self, vocabulary).proposals()

    def link(self, vocabulary: Vocabulary) -> list[Link]:
        """Link the classes of a vocabulary to where they are to be placed.

        Exact links by name that are less sure than the source's ``min_confidence`` are replaced by broader ones; by
        default that is where 98 of 100 were right or nearly right on vocabularies that the model did not know; of a
        knowledge base, where they are likelier right than not.

        Returns:
            One link for each class, in the vocabulary's order: exact, broader, or unplaced; of `NAMES`, whose classes
            are to be concepts that are there, exact or unplaced.

        Raises:
            InputError: the vocabulary's domain is no concept.
        """
        if vocabulary.source.kind == NAMES:
            return _Task(self, vocabulary).exact()
        if vocabulary.source.kind != KNOWLEDGE:
            return _Task(self, vocabulary).links()
        from taxonomy.linking.knowledge import link_knowledge

        return link_knowledge(self, vocabulary)

    def link_by_name(self, vocabulary: Vocabulary) -> list[Link]:
        """Do the same as `link` for what is no taxon, whatever the kind of the source."""
        return _Task(self, vocabulary, is_base=vocabulary.source.kind == KNOWLEDGE).links()

    def read(self, vocabulary: Vocabulary, *, is_base: bool = False) -> Classes:
        """Read the classes of a vocabulary, or of a knowledge base, with what each may mean."""
        domain = self.concept(vocabulary.source.domain) if vocabulary.source.domain else None
        own = domain, self.draft, self.candidates, self.ranker, self.taxa, self.report
        return Classes(vocabulary, *own, is_base=is_base)

    def concept(self, text: str) -> int:
        """Return the key of the concept that a wnid, a CURIE or a sense name (``car.n.01``) stands for.

        Raises:
            InputError: there is none.
        """
        key = self.draft.find(text)
        if key is None:
            raise InputError(f"{text}: no such concept; give a wnid, a CURIE or a sense like car.n.01")
        return key


class _Task:
    """One vocabulary being linked."""

    def __init__(self, linker: Linker, vocabulary: Vocabulary, *, is_base: bool = False) -> None:
        self._is_base = is_base
        self._draft, self._taxa = linker.draft, linker.taxa
        self._candidates, self._ranker = linker.candidates, linker.ranker
        self._read = linker.read(vocabulary, is_base=is_base)
        self._setting = self._read.setting
        self._rankings = self._rank()
        keep_reworded_apart(self._rankings, [found.given for _, found in self._read.known() if found.given])
        if vocabulary.source.kind == KNOWLEDGE:
            in_context(self._draft, self._candidates, self._ranker, self._read, self._rankings)
        given = vocabulary.source.min_confidence
        self._min_confidence = linker.model.min_confidence if given is None else given

    def proposals(self) -> list[Link]:
        for key, ranking in self._rankings.items():
            if _is_few(ranking):
                self._rankings[key] = combined(ranking, even(self._candidates.longer(self._read[key].phrase)))
        return list(self._kept_apart(self._proposal).values())

    def links(self) -> list[Link]:
        links = self._kept_apart(self._placed)
        settle(links, lambda key: self._broader(self._read[key], with_parent=False))
        return list(links.values())

    def exact(self) -> list[Link]:
        links = self._kept_apart(lambda key: self._sure(self._read[key]) or self._unplaced(self._read[key]))
        least = self._min_confidence  # a second sense may be less sure
        return [
            link
            if link.relation is Relation.EXACT and (link.method is Method.GIVEN or link.certainty >= least)
            else self._unplaced(self._read[key])
            for key, link in links.items()
        ]

    def _kept_apart(self, link: Callable[[str], Link]) -> dict[str, Link]:
        """Link each class, and keep classes apart that the vocabulary keeps apart."""
        links = {entry.key: link(entry.key) for entry in self._read.entries}
        exact = {key: self._read[key] for key, found in links.items() if found.relation is Relation.EXACT}
        labels = {key: form(found.phrase.label) for key, found in exact.items()}
        keep_apart(self._draft, links, labels, {key for key, found in exact.items() if _is_literal(found)})
        return links

    def _rank(self) -> dict[str, Ranking]:
        """Rank the candidates of the classes that the source does not link, those that have any."""
        rankings: dict[str, Ranking] = {}
        for keys in batches(self._read.telling):
            rankings.update(self._rank_some(keys))
        return rankings

    def _rank_some(self, keys: Sequence[str]) -> dict[str, Ranking]:
        """Rank the candidates of some classes, what resembles a name included."""
        rankings = dict(zip(keys, self._ranked([self._read[key].question for key in keys], keys), strict=True))
        doubtful = [key for key in keys if rankings[key].none > DOUBT and is_plain(self._read.entry(key))]
        asked = {key: near for key in doubtful if self._may_be_told(key, near := self._read.near(key))}
        similar = self._ranker.with_similar(list(asked.values()))
        for key, found in zip(asked, self._ranker.rank_near(similar, self._read.seen_from(list(asked))), strict=True):
            rankings[key] = combined(rankings[key], self._fitting(found))
        return rankings

    def _may_be_told(self, key: str, near: Question) -> bool:
        """Tell whether it matters for the place of a class what else is near its name (`Classes.telling`)."""
        is_told = not self._is_base or bool(self._read[key].question.candidates)
        return is_told or any(_RELATIONS[candidate.match] is Relation.EXACT for candidate in near.candidates)

    def _ranked(self, questions: Sequence[Question], keys: Sequence[str]) -> list[Ranking]:
        return [self._fitting(ranking) for ranking in self._ranker.rank(questions, self._read.seen_from(keys))]

    def _fitting(self, ranking: Ranking) -> Ranking:
        """Leave out what a vocabulary that keeps to its domain cannot mean.

        A concept must lie in the domain, or at least be a likely sense and of the same lexicographer file, or surely in
        a dataset that has many of the names: the traffic lights of all are one, though WordNet's is a communication.
        """
        if not self._setting.strict:
            return ranking
        return only(ranking, [pair for pair in ranking.candidates if self._fits(*pair)])

    def _fits(self, candidate: Candidate, probability: float) -> bool:
        concept, setting = candidate.name.concept, self._setting
        beside = setting.kinship.get(concept, 0.0) >= _MANY or self._read.is_inside(concept)
        return concept in setting.domain or (probability >= _LIKELY and beside)

    # One class

    def _proposal(self, key: str) -> Link:
        """Return the best candidate of a class, or else its place by parent or domain."""
        found = self._read[key]
        if found.given is not None:
            return found.given
        ranking = self._rankings.get(key, Ranking())
        if not ranking.candidates:
            return self._broader(found)
        link = self._by_name(found, ranking)
        if link.relation is Relation.CLOSE and link.confidence < ranking.none:
            placed = self._broader(found)  # what only resembles the name says less than a parent that is given
            return placed if placed.method is Method.GIVEN else link
        return link

    def _by_name(self, found: Class, ranking: Ranking) -> Link:
        (best, probability), *others = ranking.candidates
        relation, method = _RELATIONS[best.match], _METHODS.get(best.match, Method.HEAD)
        anchor: int = best.name.concept
        label = best.reading.text if relation is Relation.EXACT else found.phrase.label
        if (group := self._taxa.of_group(anchor)) is not None:
            anchor, label = group, found.phrase.label
            relation = relation if relation is Relation.CLOSE else Relation.BROAD
        alternatives = tuple((c.name.concept, round(p, 4)) for c, p in others[:_ALTERNATIVES])
        beside = sum(p for c, p in others if self._may_be_both(best, c))
        return Link(anchor, relation, method, round(probability, 4), label, alternatives, beside=round(beside, 4))

    def _may_be_both(self, best: Candidate, other: Candidate) -> bool:
        """Tell whether another candidate is no doubt about the best one: named beside it, or of the same plant."""
        if other.reading is not best.reading:
            return best.reading.part and other.reading.part
        return are_of_one_plant(self._draft, best.name.concept, other.name.concept)

    def _placed(self, key: str) -> Link:
        """Return the link that places a class: the best sense when it is sure enough, or something broader."""
        if not self._read.is_kept(key) and (parent := self._parent_class(self._read.entry(key))) is not None:
            return Link(None, Relation.BROAD, Method.GIVEN, _TRUST["parent"], self._read.label(key), under=parent)
        found = self._read[key]
        return self._sure(found) or self._broader(found)

    def _sure(self, found: Class) -> Link | None:
        """Return the link that the source gives, or that to the best sense when it is sure enough."""
        if found.given is not None:
            return found.given
        ranking = self._rankings.get(found.entry.key, Ranking())
        if ranking.candidates:
            link = self._by_name(found, ranking)
            if link.relation is Relation.EXACT and link.certainty >= self._min_confidence:
                return link
        return None

    def _broader(self, found: Class, with_parent: bool = True) -> Link:
        """Link to a broader concept: the source's parent, a taxon, what all senses are, the head, or the domain."""
        entry, label = found.entry, found.phrase.label
        ranking = self._rankings.get(entry.key, Ranking())
        rest = tuple((c.name.concept, round(p, 4)) for c, p in ranking.candidates[:_ALTERNATIVES])
        if with_parent and (parent := self._parent_class(entry)) is not None:
            return Link(None, Relation.BROAD, Method.GIVEN, _TRUST["parent"], label, rest, under=parent)
        if (key := self._taxon(entry)) is not None:
            return Link(key, Relation.BROAD, Method.GIVEN, _TRUST["taxon"], label, rest)
        if senses := self._named_parent(entry):
            members = chain.from_iterable(self._draft.members.get(key, ()) for key in senses)
            for place in (*senses, *members):  # who is among people is a person
                if (link := self._common(ranking, label, below=place)) is not None:
                    return replace(link, alternatives=rest)
            return Link(senses[0], Relation.BROAD, Method.GIVEN, _TRUST["parent"], label, rest)
        common = self._common(ranking, label)
        if common is None or (common.anchor is not None and self._draft.is_telling(common.anchor)):
            link = common or self._head(found)  # a hot dog that may be several things is still no dog
            if link is not None:
                return replace(link, alternatives=rest)
        domain = self._read.domain
        if domain is not None and (common is None or common.anchor not in self._setting.domain):
            return Link(domain, Relation.BROAD, Method.DOMAIN, _TRUST["domain"], label, rest)
        return replace(common, alternatives=rest) if common is not None else self._unplaced(found)

    def _unplaced(self, found: Class) -> Link:
        ranking = self._rankings.get(found.entry.key, Ranking())
        rest = tuple((c.name.concept, round(p, 4)) for c, p in ranking.candidates[:_ALTERNATIVES])
        return Link(None, Relation.UNPLACED, Method.NONE, 0.0, found.phrase.label, rest)

    def _common(self, ranking: Ranking, label: str, below: int | None = None) -> Link | None:
        """Link to what is above the likely senses (`hedge`); of those below a concept, if one is given."""
        exact = [(c.name.concept, p) for c, p in ranking.candidates if _RELATIONS[c.match] is Relation.EXACT]
        # A group of organisms stands for what its members are.
        anchors = [(self._taxa.of_group(key) if self._taxa.is_group(key) else key, p) for key, p in exact]
        senses = [(key, p) for key, p in anchors if key is not None]
        if below is not None:
            senses = [(key, p) for key, p in senses if key != below and below in self._draft.above(key)]
        if sum(probability for _, probability in senses) < _EVEN:
            return None
        found = hedge(self._draft, senses, (max(self._min_confidence, _FAIR), _FAIR))
        if found is None:
            return None
        lowest, probability = found
        return Link(lowest, Relation.BROAD, Method.EXACT, round(min(probability, 1.0), 4), label)

    def _head(self, found: Class) -> Link | None:
        if not is_plain(found.entry):
            return None
        phrase, label = found.phrase, found.phrase.label
        gerund = phrase.readings[0].form.split(" ")[0] if phrase.readings else ""
        if self._read.lexfile == _ACT and gerund.endswith("ing"):  # petting a cat is no cat, and no CAT either
            names = [
                name for name in self._candidates.named(gerund) if name.sense and self._read.is_inside(name.concept)
            ]
            groups = [[Candidate(name, phrase.readings[0], Match.HEAD) for name in names]]
        else:
            groups = list(self._candidates.heads(phrase))
        for group in groups:
            candidates = [candidate for candidate in group if not self._taxa.is_group(candidate.name.concept)]
            (ranking,) = self._ranked([replace(found.question, candidates=candidates)], [found.entry.key])
            if ranking.candidates and ranking.candidates[0][1] >= _LIKELY:
                best, probability = ranking.candidates[0]
                confidence = round(_TRUST["head"] * probability, 4)
                return Link(best.name.concept, Relation.BROAD, Method.HEAD, confidence, label)
        return None

    def _taxon(self, entry: SourceClass) -> int | None:
        """Find the nearest taxon of the lineage, the genus of a binomial first, that WordNet knows the organisms of."""
        above = self._read.superclass(entry)
        lineage = [part.strip() for part in above.split(">")][::-1] if ">" in above else []
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

    def _named_parent(self, entry: SourceClass) -> list[int]:
        """Find what the source's superclass may name, the likeliest first; of a path, the nearest that is known."""
        parts = self._read.superclass(entry).split(">")
        for part in reversed([part for part in parts if part.strip() and part.strip() not in self._read]):
            phrase = parse(part)
            bare = replace(entry, parent="", parents=())
            question = self._read.question(bare, phrase, self._candidates.exact(phrase))
            (ranking,) = self._ranked([question], [entry.key])
            if ranking.candidates and ranking.candidates[0][1] > ranking.none:
                return [candidate.name.concept for candidate, _ in ranking.candidates]
        return []

    def _parent_class(self, entry: SourceClass) -> str | None:
        """Return the key of the class of this vocabulary that is the entry's parent."""
        parent = self._read.superclass(entry).rpartition(">")[2].strip()
        key = parent if parent in self._read else self._by_form.get(form(parent)) if parent else None
        return key if key != entry.key else None

    @cached_property
    def _by_form(self) -> dict[str, str]:
        """The first class of each name."""
        return {form(entry.name): entry.key for entry in reversed(self._read.entries)}


def _is_literal(found: Class) -> bool:
    """Tell whether nothing was left out of the name of a class, or the source links it itself."""
    candidates, readings = found.question.candidates, found.phrase.readings
    return found.given is not None or not candidates or not readings or candidates[0].reading.form == readings[0].form


def _is_few(ranking: Ranking) -> bool:
    """Tell whether only senses of the name are known so far, and few of them."""
    matches = [candidate.match for candidate, _ in ranking.candidates]
    return len(matches) <= _FEW and all(match is Match.EXACT for match in matches)
