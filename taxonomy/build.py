"""The pipeline: read → link → merge → store, for a whole build, for one more vocabulary, and for one less.

Sources are folded one after the other, each linked to what is there so far.  `merge` loads a database and goes on from
it, `remove` goes back to before the source and folds the later ones again; both end where a build of the same sources
in the same order ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taxonomy._version import __version__
from taxonomy.concept import Placement, Vocabulary
from taxonomy.draft import Draft
from taxonomy.errors import InputError, NotFoundError
from taxonomy.linking import Linker
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import wordnet
from taxonomy.store import write
from taxonomy.store.connection import refuse_foreign


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: the placements of each vocabulary it folded, and what the user should know of."""

    placements: dict[str, list[Placement]]
    warnings: tuple[tuple[str, str], ...]
    concepts: int
    edges: int


@dataclass
class Progress:
    """Callbacks of a run: ``stage(name, total)`` opens a stage, ``step(what)`` counts one of its steps."""

    stage: Callable[[str, int], None] = field(default=lambda name, total: None)
    step: Callable[[str], None] = field(default=lambda what: None)


def build(
    vocabularies: Sequence[Vocabulary], out: Path, progress: Progress | None = None, *, strict: bool = False
) -> Outcome:
    """Build a taxonomy from WordNet and vocabularies.

    Args:
        vocabularies: in merge order.
        out: the database to write; a taxonomy that is there is replaced.
        progress: told what is being done.
        strict: raise where an id is unknown, instead of linking the class by its name with a warning.

    Raises:
        InputError: a vocabulary comes twice, or its domain is no concept; with ``strict``, an id is unknown.
        DatabaseError: ``out`` cannot be written, or is a file that is no taxonomy.
    """
    refuse_foreign(out)
    progress = progress or Progress()
    draft = Draft()
    progress.stage("read WordNet", 1)
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    progress.step("wordnet")
    return _fold(draft, vocabularies, out, progress, strict=strict)


def merge(
    vocabularies: Sequence[Vocabulary], db: Path, progress: Progress | None = None, *, strict: bool = False
) -> Outcome:
    """Append vocabularies to a taxonomy; arguments and errors as `build`."""
    progress = progress or Progress()
    progress.stage("read the taxonomy", 1)
    draft = write.load(db)
    return _fold(draft, vocabularies, db, progress, base=db, strict=strict)


def remove(names: Iterable[str], db: Path, progress: Progress | None = None) -> Outcome:
    """Take sources out of a taxonomy, with all that only they brought.

    Raises:
        NotFoundError: a source is not there.
        InputError: it is WordNet, which everything hangs on.
    """
    progress = progress or Progress()
    merged = write.load_vocabularies(db)
    wanted = set(names)
    if "wordnet" in wanted:
        raise InputError("wordnet: everything hangs on WordNet, so it cannot be removed")
    if unknown := wanted - {vocabulary.source.name for vocabulary in merged}:
        raise NotFoundError(f"{', '.join(sorted(unknown))}: no such dataset in {db}; 'taxonomy sources' lists them")
    first = next(i for i, vocabulary in enumerate(merged) if vocabulary.source.name in wanted)
    progress.stage("read the taxonomy", 1)
    draft = write.load(db, sources=first + 1)  # WordNet comes before the first vocabulary
    later = [vocabulary for vocabulary in merged[first:] if vocabulary.source.name not in wanted]
    return _fold(draft, later, db, progress, base=db)


def _fold(
    draft: Draft,
    vocabularies: Sequence[Vocabulary],
    out: Path,
    progress: Progress,
    *,
    base: Path | None = None,
    strict: bool = False,
) -> Outcome:
    warnings: list[tuple[str, str]] = []

    def report(where: str, what: str) -> None:
        if strict:
            raise InputError(f"{where}: {what}; correct it, or go without --strict")
        warnings.append((where, what))

    loaded = len(draft.sources)
    linker = Linker(draft, wordnet.read_exceptions(), report)
    placements: dict[str, list[Placement]] = {}
    progress.stage("link and merge", len(vocabularies))
    for vocabulary in vocabularies:
        progress.step(vocabulary.source.name)
        placements[vocabulary.source.name] = add_vocabulary(draft, vocabulary, linker.link(vocabulary))
    progress.stage("write", 1)
    write.save(draft, out, {"version": __version__}, base, loaded)
    return Outcome(placements, tuple(warnings), len(draft.concepts), len(draft.edges))
