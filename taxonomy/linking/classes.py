"""The classes of one vocabulary as they are read: what each name says, and what it may mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from taxonomy.concept import GOLD, WNID, Link, Method, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.linking.candidates import Candidate, Candidates
from taxonomy.linking.features import Hint, Question
from taxonomy.linking.phrase import Phrase, first_heads, parse
from taxonomy.linking.rank import Ranker
from taxonomy.linking.setting import Setting
from taxonomy.linking.taxa import Taxa
from taxonomy.text import fold, form

_SCIENTIFIC = 0.99  # share of links by scientific names that are right
_IDENTIFIED = 0.99  # and of links by an identifier that another source gave the concept
# A vocabulary keeps to its domain when this share of its names has a likely sense that lies there.
_STRICT = 0.6
# One in which fewer names than this are words at all (aircraft types) keeps to its domain anyway.
_WORDS = 0.3
_LIKELY = 0.2  # a sense from which a name may be meant in the domain


@dataclass(frozen=True, slots=True)
class Class:
    """A class being linked: what its name says, the link that the source gives, and what its name may mean."""

    entry: SourceClass
    phrase: Phrase
    given: Link | None
    question: Question


class Classes:
    """The classes of one vocabulary by their keys, and what the vocabulary shows as a whole.

    Args:
        vocabulary: the classes.
        domain: key of the concept that they fall under, or None.
        draft, candidates, ranker, taxa, report: the linker's.

    Attributes:
        classes: what was read, by the classes' keys.
        setting: the whole, a row for each class.
        domain: key of the concept that they fall under, or None.
        lexfile: its lexicographer file, or empty.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        domain: int | None,
        draft: Draft,
        candidates: Candidates,
        ranker: Ranker,
        taxa: Taxa,
        report: Callable[[str, str], None],
    ) -> None:
        self._draft, self._candidates, self._ranker = draft, candidates, ranker
        self._taxa, self._report = taxa, report
        self._source = vocabulary.source.name
        self._names = {entry.key: entry.name for entry in vocabulary.classes}
        self.domain = domain
        self.lexfile = ranker.features.lexfile(domain) if domain is not None else ""
        heads_first = first_heads(self._names.values())
        self.classes = {entry.key: self._class(entry, heads_first) for entry in vocabulary.classes}
        self._row = {key: row for row, key in enumerate(self.classes)}
        self.setting = self._look_at_all(vocabulary.source)

    def seen_from(self, keys: Sequence[str]) -> Setting:
        """Return the setting of some classes."""
        return self.setting.rows([self._row[key] for key in keys])

    def near(self, key: str) -> Question:
        """Ask for a class what resembles its name."""
        found = self.classes[key]
        candidates = self._candidates.near(found.phrase)
        kept = [c for c in candidates if not c.is_broader or not self._taxa.is_group(c.name.concept)]
        return replace(found.question, candidates=kept)

    def question(self, entry: SourceClass, phrase: Phrase, candidates: Sequence[Candidate]) -> Question:
        """Ask which of the candidates a class means."""
        parent = entry.parent.rpartition(">")[2].strip()
        parent = self._names.get(parent, parent)
        return Question(
            text=phrase.readings[0].text if phrase.readings else entry.name,
            candidates=candidates,
            hints=tuple(map(self._hint, phrase.hints)),
            parent=self._hint(form(parent)) if parent else None,
            definition=entry.definition,
            synonyms=frozenset(map(form, entry.synonyms)),
        )

    def is_inside(self, concept: int) -> bool:
        """Tell whether a concept is in the vocabulary's domain, or at least of the same lexicographer file."""
        return concept in self.setting.domain or self._ranker.features.lexfile(concept) == self.lexfile

    def _class(self, entry: SourceClass, heads_first: frozenset[str]) -> Class:
        phrase = parse(entry.name or entry.wnid, heads_first)
        candidates = self._candidates.exact(phrase)
        given = self._given(entry, phrase, candidates)
        for synonym in entry.synonyms if not candidates else ():
            candidates = candidates or self._candidates.exact(parse(synonym))
        if given is not None and given.anchor is not None and phrase.readings:
            candidates = [Candidate(self._draft.names_of(given.anchor)[0], phrase.readings[0])]
        return Class(entry, phrase, given, self.question(entry, phrase, candidates))

    def _hint(self, text_form: str) -> Hint:
        return Hint(text_form, frozenset(name.concept for name in self._candidates.named(text_form)))

    def _look_at_all(self, source: Source) -> Setting:
        questions = [found.question for found in self.classes.values()]
        names = {fold(form(question.text)) for question in questions}
        setting = self._ranker.features.setting(
            questions, self._draft.kinship(names, source.name if source.kind == GOLD else "")
        )
        if self.domain is None:
            return setting
        self.setting = setting = replace(setting, domain=frozenset(self._draft.below(self.domain)))
        usual = [ranking for ranking in self._ranker.rank(questions, setting) if ranking.candidates]
        inside = sum(
            any(p >= _LIKELY and self.is_inside(c.name.concept) for c, p in ranking.candidates) for ranking in usual
        )
        return replace(setting, strict=len(usual) < _WORDS * len(questions) or inside >= _STRICT * len(usual))

    def _given(self, entry: SourceClass, phrase: Phrase, candidates: Sequence[Candidate]) -> Link | None:
        """Link by an id that the source gives: a wnid, a sense name, or an id that an earlier source gave a concept."""
        if entry.wnid:
            key = self._draft.find(entry.wnid)
            if key is not None:
                return Link(key, Relation.EXACT, Method.GIVEN, 1.0, phrase.label)
            advice = "perhaps a WordNet 3.1 offset" if WNID.fullmatch(entry.wnid) else "not a wnid"
            what = f"{entry.wnid} is not in WordNet 3.0 ({advice}), so the name decides"
            self._report(f"{self._source}:{entry.key}", what)
        key = self._draft.key_of.get(f"mid:{entry.mid}") if entry.mid else None
        if key is not None:
            bearers = {candidate.name.concept for candidate in candidates}
            if not bearers or key in bearers:
                return Link(key, Relation.EXACT, Method.GIVEN, _IDENTIFIED, phrase.label)
        for id in entry.ids:
            if (key := self._draft.key_of.get(id)) is not None:
                return Link(key, Relation.EXACT, Method.GIVEN, _IDENTIFIED, phrase.label)
        if entry.scientific_name:
            for name in self._draft.named(form(entry.scientific_name)):
                if not name.sense or self._taxa.is_organism(name.concept):
                    return Link(name.concept, Relation.EXACT, Method.EXACT, _SCIENTIFIC, phrase.label)
        return None


def is_latin(entry: SourceClass) -> bool:
    """Tell whether the class's name is its scientific name."""
    return bool(entry.scientific_name) and form(entry.name) == form(entry.scientific_name)
