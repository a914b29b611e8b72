"""The classes of one vocabulary as they are read: what each name says, and what it may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from taxonomy.concept import GOLD, WNID, Link, Method, Name, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.linking.candidates import Candidate, Candidates
from taxonomy.linking.features import Hint, Question
from taxonomy.linking.phrase import Phrase, first_heads, parse
from taxonomy.linking.rank import Ranker
from taxonomy.linking.setting import BATCH, Overview, Setting
from taxonomy.linking.taxa import Taxa
from taxonomy.text import fold, form, is_english

_SCIENTIFIC = 0.99  # share of links by scientific names that are right
_IDENTIFIED = 0.99  # and of links by an identifier that another source gave the concept
# A vocabulary keeps to its domain when this share of its names has a likely sense that lies there.
_STRICT = 0.6
# One in which fewer names than this are words at all (aircraft types) keeps to its domain anyway.
_WORDS = 0.3
_AND = re.compile(r"[\s_]+(?:and|&)[\s_]+", re.IGNORECASE)
_NUMBER = re.compile(r"[\s_]+[0-9]+$")  # vehicles_2
_LIKELY = 0.2  # a sense from which a name may be meant in the domain


@dataclass(frozen=True, slots=True)
class Class:
    """A class being linked: what its name says, the link that the source gives, and what its name may mean."""

    entry: SourceClass
    phrase: Phrase
    given: Link | None
    question: Question


class Classes(Mapping[str, Class]):
    """The classes of one vocabulary by their keys, and what the vocabulary shows as a whole.

    Of a large one only those are kept whose names may mean something; the others are read anew when they are asked for.

    Args:
        vocabulary: the classes.
        domain: key of the concept that they fall under, or None.
        draft, candidates, ranker, taxa, report: the linker's.
        is_base: the vocabulary is a knowledge base, in which the parents of a class place it.

    Attributes:
        setting: the whole, a row for each class.
        domain: key of the concept that they fall under, or None.
        lexfile: its lexicographer file, or empty.
        entries: as their source writes them.
        telling: the keys of the classes whose name may mean something, all others having nothing to be ranked.
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
        *,
        is_base: bool = False,
    ) -> None:
        self._draft, self._candidates, self._ranker = draft, candidates, ranker
        self._taxa, self._report, self._is_base = taxa, report, is_base
        self._source = vocabulary.source.name
        self.entries = vocabulary.classes
        self._row = {entry.key: row for row, entry in enumerate(self.entries)}
        self.domain = domain
        self.lexfile = ranker.features.lexfile(domain) if domain is not None else ""
        self._heads_first = first_heads(entry.name for entry in self.entries)
        self._labels: dict[str, str] = {}  # of what is not kept, where they are not the names themselves
        self._kept: dict[str, Class] = {}
        self.telling: list[str] = []
        self.setting = self._look_at_all(vocabulary.source)

    def __getitem__(self, key: str) -> Class:
        return self._kept.get(key) or self._read(self.entry(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, key: object) -> bool:
        return key in self._row

    def entry(self, key: str) -> SourceClass:
        """Return a class as its source writes it."""
        return self.entries[self._row[key]]

    def known(self) -> Iterator[tuple[str, Class]]:
        """Yield the classes of which more is known than what their source writes."""
        yield from self._kept.items()

    def is_given(self, key: str) -> bool:
        """Tell whether the source links a class itself."""
        found = self._kept.get(key)
        return found is not None and found.given is not None

    def superclass(self, entry: SourceClass) -> str:
        """Return what the source puts above a class: in a knowledge base the key of its first parent."""
        return entry.parents[0] if self._is_base and entry.parents else entry.parent

    def is_kept(self, key: str) -> bool:
        """Tell whether more is known of a class than what its source writes."""
        return key in self._kept

    def label(self, key: str) -> str:
        """Return the name of a class in plain writing."""
        found = self._kept.get(key)
        return found.phrase.label if found is not None else self._labels.get(key, self.entry(key).name)

    def seen_from(self, keys: Sequence[str]) -> Setting:
        """Return the setting of some classes."""
        return self.setting.rows([self._row[key] for key in keys])

    def near(self, key: str) -> Question:
        """Ask for a class what resembles its name."""
        found = self[key]
        candidates = self._candidates.near(found.phrase)
        kept = [c for c in candidates if not c.is_broader or not self._taxa.is_group(c.name.concept)]
        return replace(found.question, candidates=kept)

    def question(self, entry: SourceClass, phrase: Phrase, candidates: Sequence[Candidate]) -> Question:
        """Ask which of the candidates a class means."""
        parent = self.superclass(entry).rpartition(">")[2].strip()
        parent = self.entry(parent).name if parent in self._row else parent
        return Question(
            text=phrase.readings[0].text if phrase.readings else entry.name,
            candidates=candidates,
            hints=tuple(map(self._hint, phrase.hints)),
            parent=self._kind(parent) if parent else None,
            definition=entry.definition,
            synonyms=frozenset(map(form, entry.synonyms)),
        )

    def is_inside(self, concept: int) -> bool:
        """Tell whether a concept is in the vocabulary's domain, or at least of the same lexicographer file."""
        return concept in self.setting.domain or self._ranker.features.lexfile(concept) == self.lexfile

    def _read(self, entry: SourceClass) -> Class:
        phrase = parse(entry.name or entry.wnid, self._heads_first, entry.language)
        candidates = self._candidates.exact(phrase)
        given = self._given(entry, phrase, candidates)
        if not candidates:
            others = [parse(text) for text in entry.synonyms]
            others += [parse(text, (), tag) for tag, text in entry.names if tag == entry.language]
            candidates = next(filter(None, map(self._candidates.exact, others)), [])
        if given is not None and given.anchor is not None and phrase.readings:
            names = self._draft.names_of(given.anchor)  # none, where a list gave a class an id and no name
            candidates = [Candidate(name, phrase.readings[0]) for name in names[:1]]
        return Class(entry, phrase, given, self.question(entry, phrase, candidates))

    def _hint(self, text_form: str) -> Hint:
        return Hint(text_form, frozenset(name.concept for name in self._candidates.named(text_form)))

    def _kind(self, text: str) -> Hint:
        """Return what a superclass says: each of *fruit_and_vegetables*, the mammals of *small_mammals*.

        A group stands for its members too: *people* are persons.
        """
        hint = self._hint(form(text))
        if not hint.concepts and not self._is_base:
            parts = (parse(part) for part in _AND.split(_NUMBER.sub("", text)))
            meant = (self._candidates.exact(part) or next(self._candidates.heads(part), []) for part in parts)
            hint = replace(hint, concepts=frozenset(c.name.concept for found in meant for c in found))
        members = (self._draft.members.get(key, ()) for key in hint.concepts)
        return replace(hint, concepts=hint.concepts.union(*members))

    def _look_at_all(self, source: Source) -> Overview:
        sizes: list[int] = []
        matched: list[Name] = []
        names: set[str] = set()
        for entry in self.entries:
            found = self._read(entry)
            sizes.append(len(found.question.candidates))
            matched += (candidate.name for candidate in found.question.candidates)
            names.add(fold(form(found.question.text)))
            self._keep(found)
        kinship = self._draft.kinship(names, source.name if source.kind == GOLD else "")
        overview = self._ranker.features.overview(sizes, matched, kinship)
        if self.domain is None:
            return overview
        self.setting = overview
        overview.domain = frozenset(self._draft.below(self.domain))
        usual = inside = 0
        for keys in batches([key for key in self.telling if self._kept[key].question.candidates]):
            questions = [self._kept[key].question for key in keys]
            for ranking in self._ranker.rank(questions, self.seen_from(keys)):
                usual += 1
                inside += any(p >= _LIKELY and self.is_inside(c.name.concept) for c, p in ranking.candidates)
        overview.strict = usual < _WORDS * len(sizes) or inside >= _STRICT * usual
        return overview

    def _keep(self, found: Class) -> None:
        """Keep a class, or what is told of it when there is nothing that its name may mean.

        A class of a knowledge base is one with a concept, or lies where its superclasses are: what is broader than its
        name, or only resembles it, places it nowhere, and to rank dozens of candidates takes longer than all the rest.
        """
        key, candidates = found.entry.key, self._candidates
        told = not self._is_base or bool(found.question.candidates) or candidates.may_reword(found.phrase)
        if found.given is None and told:
            self.telling.append(key)
        if told or found.given is not None or found.entry.wnid or len(self.entries) <= BATCH:
            self._kept[key] = found
        elif found.phrase.label != found.entry.name:
            self._labels[key] = found.phrase.label

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


def is_plain(entry: SourceClass) -> bool:
    """Tell whether the class's name is an English one, of which parts and what resembles it say something.

    A Latin name is like many others: *Lycoperdon molle* is no kind of *molle*.
    """
    return is_english(entry.language) and not (
        entry.scientific_name and form(entry.name) == form(entry.scientific_name)
    )


def batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield some keys at a time."""
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
