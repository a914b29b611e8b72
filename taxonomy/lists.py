"""Links lists of classes to the concepts of a taxonomy without merging them: block by block, of any length.

What a list as a whole tells (that it keeps to its domain, that two of its names are kept apart) is seen within a block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from taxonomy import encoding
from taxonomy.concept import Link, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.linking import Linker
from taxonomy.sources import wordnet
from taxonomy.store import stored

BLOCK = 10_000
"""How many classes are linked together, as one vocabulary."""

MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Linked:
    """A class of a list with the best candidate for it.

    Attributes:
        id: the class's key in the list; its place, from 0, where the list gives none.
        name: as the list writes it.
        concept: id of the best candidate, empty when there is none.
        label: preferred name of that concept.
        relation: what the concept is to the class, ``unplaced`` when there is none.
        confidence: estimated probability, 0 to 1, that the link is right.
        method: how the link was found.
        candidates: (concept id, probability) of the best candidates, that of the link first.
    """

    id: str
    name: str
    concept: str
    label: str
    relation: Relation
    confidence: float
    method: str
    candidates: tuple[tuple[str, float], ...]


def open_linker(
    db: Path, report: Callable[[str, str], None], encoder: str = "", sources: int | None = None
) -> tuple[Draft, Linker]:
    """Load a taxonomy, and make a linker over it that tells ``report`` what the user should know of.

    Args:
        db: the database.
        report: called with (where, what).
        encoder: what `taxonomy.encoding.load` takes; empty for the one that the taxonomy was built with.
        sources: how many sources of it to load, 1 for WordNet alone; all by default.

    Raises:
        InputError: there is no such encoder.
        DatabaseError: no database, or not a taxonomy's.
    """
    draft = stored.load(db, sources)
    name, fingerprint = stored.encoder_of(db)
    chosen = encoding.load(encoder or name or None)
    if not encoder and (change := encoding.change(chosen, name, fingerprint)):
        report(str(db), f"{change}, so links may differ")
    return draft, Linker(draft, wordnet.read_exceptions(), report, chosen)


def link_list(
    draft: Draft,
    linker: Linker,
    entries: Iterable[SourceClass],
    source: Source,
    *,
    min_confidence: float | None = None,
    block: int = BLOCK,
) -> Iterator[Linked]:
    """Link the classes of a list, in its order; keys and names may come twice.

    Args:
        draft: the taxonomy that ``linker`` links to.
        linker: proposes the links.
        entries: read as they are needed, ``block`` at a time.
        source: gives the name for messages, and the domain.
        min_confidence: links whose certainty is less are unplaced, and only keep their candidates.
        block: how many classes are one vocabulary, and how many are held at a time.
    """
    entries = iter(entries)
    while some := tuple(islice(entries, block)):
        vocabulary = Vocabulary(source, _with_own_keys(some))
        links = linker.propose(vocabulary)
        by_key = {entry.key: link for entry, link in zip(vocabulary.classes, links, strict=True)}
        for entry, link in zip(some, links, strict=True):
            linked = _linked(draft, entry, link, _anchor(link, by_key))
            yield linked if min_confidence is None or link.certainty >= min_confidence else _unplaced(linked)


def _with_own_keys(entries: tuple[SourceClass, ...]) -> tuple[SourceClass, ...]:
    """Give classes whose key another has already a key of their own, for a vocabulary's keys differ."""
    if len({entry.key for entry in entries}) == len(entries):
        return entries
    taken: set[str] = {entry.key for entry in entries}
    seen: set[str] = set()
    own: list[SourceClass] = []
    for number, entry in enumerate(entries):
        key = entry.key
        while key in seen or (key != entry.key and key in taken):
            key = f"{key}#{number}"
        seen.add(key)
        own.append(entry if key == entry.key else replace(entry, key=key))
    return tuple(own)


def _anchor(link: Link, by_key: dict[str, Link]) -> int | None:
    """Return the concept of a link; one that goes below another class of the list takes that class's."""
    seen: set[str] = set()
    while link.anchor is None and link.under in by_key and link.under not in seen:
        seen.add(link.under)
        link = by_key[link.under]
    return link.anchor


def _linked(draft: Draft, entry: SourceClass, link: Link, anchor: int | None) -> Linked:
    others = [(draft.concepts[key].id, probability) for key, probability in link.alternatives if key != anchor]
    if anchor is None:
        candidates = tuple(others[:MOST_CANDIDATES])
        return Linked(entry.key, entry.name, "", "", Relation.UNPLACED, 0.0, "", candidates)
    concept = draft.concepts[anchor]
    candidates = ((concept.id, link.confidence), *others[: MOST_CANDIDATES - 1])
    return Linked(
        entry.key, entry.name, concept.id, concept.name, link.relation, link.confidence, link.method, candidates
    )


def _unplaced(linked: Linked) -> Linked:
    return replace(linked, concept="", label="", relation=Relation.UNPLACED)
