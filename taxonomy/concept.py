"""The records that pass between the stages: frozen, typed, and nearly free of behaviour.

Sources yield `Vocabulary` and `SourceClass`; linking answers each class with a `Link`; merging turns them into
`Concept`, `Name` and `Edge`.  Nothing is anonymous: each record names the source that brought it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

ROOT = "n00001740"
"""The wnid of *entity*, the one root of the is-a hierarchy."""

WNID = re.compile("n[0-9]{8}")
"""The id of a noun synset: its offset in WordNet 3.0."""

PEOPLE = -1
"""Position of the source of what people decided, which no dataset brought."""

KNOWLEDGE = "knowledge base"
"""Kind of a source that is a hierarchy of concepts, and no list of what pictures are labelled with."""

NAMES = "names"
"""Kind of a source that says what concepts are called in other languages, or by other ids, and brings none itself."""

BASES = (KNOWLEDGE, NAMES)
"""Kinds of sources that are no list of what pictures are labelled with."""

GOLD = "gold"
"""Kind of a source whose links people know, so that the dataset of its name is no witness of them."""


class EdgeKind(StrEnum):
    """What an edge from child to parent means."""

    IS_A = "is_a"
    INSTANCE_OF = "instance_of"
    PART_OF = "part_of"
    MEMBER_OF = "member_of"


HIERARCHY = (EdgeKind.IS_A, EdgeKind.INSTANCE_OF)
"""The edges that ancestors and descendants follow; parts and members are kept apart."""


class Relation(StrEnum):
    """SKOS mapping relation of a class to the concept it is linked to, without the ``skos:`` prefix.

    ``broadMatch``: the concept is broader than the class; ``narrowMatch``: it is narrower.
    """

    EXACT = "exactMatch"
    CLOSE = "closeMatch"
    BROAD = "broadMatch"
    NARROW = "narrowMatch"
    UNPLACED = "unplaced"


class Method(StrEnum):
    """How a link was found, the most trusted first."""

    DECISION = "decision"
    GIVEN = "given"
    EXACT = "exact"
    HEAD = "head"
    EMBEDDING = "embedding"
    DOMAIN = "domain"
    NONE = ""


class State(StrEnum):
    """Whether a concept can be seen in a picture, and is seen in many."""

    VISUAL = "visual"
    UNCOMMON = "uncommon"
    NON_VISUAL = "non-visual"


class Safety(StrEnum):
    """Whether a picture of a person may bear the concept's name; what is no person is safe."""

    SAFE = "safe"
    SENSITIVE = "sensitive"
    OFFENSIVE = "offensive"
    UNKNOWN = "unknown"


class NameKind(StrEnum):
    """What a name is to its concept."""

    LEMMA = "lemma"
    SYNONYM = "synonym"
    SCIENTIFIC = "scientific"


@dataclass(frozen=True, slots=True)
class SourceClass:
    """One class of a vocabulary, as the source writes it.

    Attributes:
        key: what the dataset's annotations use: an index, a category id, a wnid, a MID.
        name: the class name, untouched.
        wnid: WordNet 3.0 noun id where the source gives one.
        synonyms: other names that the source gives.
        definition: the source's own definition.
        parent: the superclass: a class of the same vocabulary, a name, or a lineage ``broad > … > near``.
        mid: Freebase machine id.
        scientific_name: the taxon's Latin name.
        parents: keys of the classes of the same source that it is a kind of, in a knowledge base; ``parent`` is then
            empty.
        types: keys of the classes of the same source that it is an instance of, in a knowledge base.
        ids: its ids elsewhere, as CURIEs: ``wn31:02086723-n``, ``ili:i46360``, ``wd:Q144``, ``ncbi:9615``.
        names: names in other languages, as ``(BCP 47 tag, name)``.
        rank: of a taxon (``species``), as the source writes it.
        language: BCP 47 tag of ``name``, which is English where the source has an English one; synonyms always are.
    """

    key: str
    name: str
    wnid: str = ""
    synonyms: tuple[str, ...] = ()
    definition: str = ""
    parent: str = ""
    mid: str = ""
    scientific_name: str = ""
    parents: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    rank: str = ""
    language: str = "en"


def are_known(entries: Collection[SourceClass]) -> bool:
    """Tell whether classes are those of a taxonomy that this program exported: their keys are ids of concepts.

    Such a class has its key among its ids, and all are below a synset; of what others wrote, no wnid is in the ids.
    """
    return all(entry.key in entry.ids for entry in entries) and any(entry.key == entry.wnid for entry in entries)


@dataclass(frozen=True, slots=True)
class Source:
    """Where things come from: WordNet, a dataset's vocabulary, or a user's own file.

    Attributes:
        name: the short name used in ids and on the command line (``coco``).
        kind: ``wordnet``, ``vocabulary``, `KNOWLEDGE`, `NAMES`, or `GOLD`.
        domain: the concept that every class falls under when nothing better is known (``car.n.01``), or empty.
        data_licence: SPDX id of the licence of the dataset's labels.
        package_licence: SPDX id of the licence of the package that the list was taken from.
        sha256: checksum of the file that was read.
        min_confidence: exact links by name are made from this confidence on; None for the linker's own.
    """

    name: str
    kind: str = "vocabulary"
    title: str = ""
    task: str = ""
    version: str = ""
    ids: str = ""
    domain: str = ""
    homepage: str = ""
    citation: str = ""
    attribution: str = ""
    data_licence: str = ""
    package: str = ""
    package_licence: str = ""
    file: str = ""
    sha256: str = ""
    min_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A source and its classes, in the source's own order."""

    source: Source
    classes: tuple[SourceClass, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The answer of the linker for one class.

    Attributes:
        anchor: key of the concept that the class is linked to, or None when it is unplaced or `under` is set.
        relation: the class *is* the concept (exact), or the concept is close to it, broader, or narrower.
        method: how the link was found.
        confidence: estimated probability, 0 to 1, that the link is right.
        label: the class name in plain writing (``dining table`` for ``diningtable``).
        alternatives: ``(concept key, confidence)`` of the next candidates, best first.
        under: key of the class of the same vocabulary under whose concept the class goes, or empty.
        rejected: concepts that the class is not, as people decided.
        beside: probability that the class is what another alternative of its name says, the napkin of ``towel/napkin``.
    """

    anchor: int | None
    relation: Relation
    method: Method
    confidence: float
    label: str
    alternatives: tuple[tuple[int, float], ...] = ()
    under: str = ""
    rejected: tuple[int, ...] = ()
    beside: float = 0.0

    @property
    def certainty(self) -> float:
        """How sure the link is, 0 to 1, which a least confidence is compared with.

        Who writes ``towel/napkin`` means both: that it is not the napkin is no doubt about the towel.
        """
        return self.confidence / max(1 - self.beside, self.confidence) if self.beside else self.confidence


def is_sure(entry: SourceClass, link: Link) -> bool:
    """Tell whether a class shows what a dataset means: a concept given beside a name of its own, or the only one."""
    if link.relation is not Relation.EXACT or entry.key == entry.wnid:  # the name of a wnid is WordNet's
        return False
    return bool(entry.wnid) or link.method is Method.DECISION or (link.method is Method.EXACT and not link.alternatives)


# The records below exist by the hundred thousand and go into the database as they are, so they are named tuples:
# as immutable as a frozen dataclass and three times as fast to make.


class Lemma(NamedTuple):
    """A word of a synset: its writing, the number of this sense among the word's senses, its tagged occurrences."""

    text: str
    sense: int
    tagged: int


class Synset(NamedTuple):
    """A noun synset; ``relations`` lists (kind, wnid of the target) in WordNet's order."""

    wnid: str
    lexfile: str
    lemmas: tuple[Lemma, ...]
    definition: str
    relations: tuple[tuple[EdgeKind, str], ...]


class Concept(NamedTuple):
    """One concept of the DAG.

    Attributes:
        id: wnid, or a CURIE.
        name: preferred English name.
        definition: the gloss, or empty.
        lexfile: WordNet's lexicographer file (``noun.animal``), or empty.
        source: position of the source that brought it.
    """

    id: str
    name: str
    definition: str
    lexfile: str
    source: int


class Name(NamedTuple):
    """A name of a concept.

    Attributes:
        concept: key of the concept.
        text: the name as it is written.
        form: the normalised form that look-ups compare (`taxonomy.text.form`).
        language: BCP 47 tag.
        kind: what the name is to its concept.
        sense: the number of this sense among the lemma's senses in WordNet (1 = first), 0 elsewhere.
        tagged: how often WordNet's concordances tag the sense.
        source: position of the source that brought it.
    """

    concept: int
    text: str
    form: str
    language: str
    kind: NameKind
    sense: int
    tagged: int
    source: int


class Edge(NamedTuple):
    """A relation from a child to a parent, both concept keys."""

    child: int
    parent: int
    kind: EdgeKind
    source: int
    method: Method
    confidence: float


class Identifier(NamedTuple):
    """Another id of a concept, such as ``mid:/m/0bt9lr``."""

    id: str
    concept: int
    source: int


class Mark(NamedTuple):
    """What is known of pictures of a concept.

    Attributes:
        concept: its key.
        score: calibrated probability that a concrete picture of it can be recognised, rounded to 4 digits.
        state: what follows from the score and from the datasets.
        safety: whether it may be a label of people.
        reason: the evidence, in one line.
    """

    concept: int
    score: float
    state: State
    safety: Safety
    reason: str


class Decision(NamedTuple):
    """What a person decided.

    Attributes:
        kind: ``link``, ``edge``, ``mark`` or ``rule``.
        subject: the class as ``dataset:key``; the child of an edge; the concept of a mark; what a rule is about.
        object: the concept; the parent of an edge; what comes with the subject of a rule.
        value: the `Relation` of a link, with ``not `` before it when it is a rejection; ``is_a`` or ``cut`` of an edge;
            the `State`, the `Safety` or the score of a mark; ``accept`` or ``reject`` of a rule.
        author: who decided.
        date: when, as ``YYYY-MM-DD``, or empty.
        comment: why, or empty.
        where: the line it was read from (``decisions.tsv:7``).
    """

    kind: str
    subject: str
    object: str
    value: str
    author: str = ""
    date: str = ""
    comment: str = ""
    where: str = ""


class Placement(NamedTuple):
    """A class of a source with the concept that it is (None when unplaced) and the link that put it there."""

    source: int
    position: int
    entry: SourceClass
    concept: int | None
    anchor: int | None
    link: Link
