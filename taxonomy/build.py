"""The pipeline: read → link → merge → store, for a whole build, for one more vocabulary, and for one less.

Sources are folded one after the other, each linked to what is there so far.  `merge` loads a database and goes on from
it, `remove` goes back to before the source and folds the later ones again; both end where a build of the same sources
in the same order ends.

What people decided lies beside the database (`taxonomy.decisions`) and is applied at every run.  When it changed since
a source was folded, that source and the later ones are folded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taxonomy import encoding
from taxonomy._version import __version__
from taxonomy.concept import Placement, Vocabulary
from taxonomy.decisions import Decisions, apply_edges, decided_links
from taxonomy.decisions import read as read_decisions
from taxonomy.draft import Draft
from taxonomy.encoding import Encoder
from taxonomy.errors import DatabaseError, InputError, NotFoundError
from taxonomy.linking import Linker
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import wordnet
from taxonomy.store import write
from taxonomy.store.connection import refuse_foreign


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes:
        placements: of each vocabulary that it was given.
        refolded: the names of those that it folded again.
        warnings: (where, what) of what the user should know.
        concepts, edges: how many the taxonomy has.
    """

    placements: dict[str, list[Placement]]
    refolded: tuple[str, ...]
    warnings: tuple[tuple[str, str], ...]
    concepts: int
    edges: int


@dataclass
class Progress:
    """Callbacks of a run: ``stage(name, total)`` opens a stage, ``step(what)`` counts one of its steps."""

    stage: Callable[[str, int], None] = field(default=lambda name, total: None)
    step: Callable[[str], None] = field(default=lambda what: None)


def build(
    vocabularies: Sequence[Vocabulary],
    out: Path,
    progress: Progress | None = None,
    *,
    strict: bool = False,
    encoder: str = "",
) -> Outcome:
    """Build a taxonomy from WordNet and vocabularies.

    Args:
        vocabularies: in merge order.
        out: the database to write; a taxonomy that is there is replaced.
        progress: told what is being done.
        strict: raise where an id is unknown, instead of linking the class by its name with a warning, and where a
            decision is bad, instead of leaving it out.
        encoder: what `taxonomy.encoding.load` takes, here and at every later merge; empty for the shipped model.

    Raises:
        InputError: a vocabulary comes twice, or its domain is no concept; with ``strict``, an id is unknown or a
            decision is bad.
        DatabaseError: ``out`` cannot be written, or is a file that is no taxonomy.
    """
    refuse_foreign(out)
    progress = progress or Progress()
    report = _Report(strict)
    decisions = _decisions(out, report)
    chosen = encoder, encoding.load(encoder or None)
    draft = Draft()
    progress.stage("read WordNet", 1)
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    progress.step("wordnet")
    return _fold(draft, vocabularies, decisions, out, progress, report, encoder=chosen)


def merge(
    vocabularies: Sequence[Vocabulary], db: Path, progress: Progress | None = None, *, strict: bool = False
) -> Outcome:
    """Append vocabularies to a taxonomy, and apply the decisions that changed; arguments and errors as `build`.

    Raises:
        DatabaseError: also when the model of its encoder is another one by now.
    """
    progress = progress or Progress()
    report = _Report(strict)
    encoder = _encoder(db)
    merged = write.load_vocabularies(db)
    decisions = _decisions(db, report)
    again = merged[_first_changed(db, merged, decisions) :]
    progress.stage("read the taxonomy", 1)
    draft = write.load(db, sources=1 + len(merged) - len(again))
    every = [*again, *vocabularies]
    return _fold(draft, every, decisions, db, progress, report, encoder=encoder, base=db, again=len(again))


def remove(names: Iterable[str], db: Path, progress: Progress | None = None) -> Outcome:
    """Take sources out of a taxonomy, with all that only they brought.

    Raises:
        NotFoundError: a source is not there.
        InputError: it is WordNet, which everything hangs on.
        DatabaseError: the model of the encoder is another one by now.
    """
    progress = progress or Progress()
    merged = write.load_vocabularies(db)
    wanted = set(names)
    if "wordnet" in wanted:
        raise InputError("wordnet: everything hangs on WordNet, so it cannot be removed")
    if unknown := wanted - {vocabulary.source.name for vocabulary in merged}:
        raise NotFoundError(f"{', '.join(sorted(unknown))}: no such dataset in {db}; 'taxonomy sources' lists them")
    report = _Report(strict=False)
    encoder = _encoder(db)
    decisions = _decisions(db, report)
    first = next(i for i, vocabulary in enumerate(merged) if vocabulary.source.name in wanted)
    first = min(first, _first_changed(db, merged, decisions))
    progress.stage("read the taxonomy", 1)
    draft = write.load(db, sources=first + 1)  # WordNet comes before the first vocabulary
    later = [vocabulary for vocabulary in merged[first:] if vocabulary.source.name not in wanted]
    return _fold(draft, later, decisions, db, progress, report, encoder=encoder, base=db, again=len(later))


class _Report:
    """Collects what the user should know, each once; or raises it, when the user wants no doubts."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._found: dict[tuple[str, str], None] = {}

    def __call__(self, where: str, what: str) -> None:
        if self._strict:
            raise InputError(f"{where}: {what}; correct it, or go without --strict")
        self._found[where, what] = None

    @property
    def found(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._found)


def _decisions(db: Path, report: _Report) -> Decisions:
    """Read the decisions beside a database; where it is a link, beside the file itself."""
    return read_decisions(db.resolve().parent, report)


def _encoder(db: Path) -> tuple[str, Encoder]:
    """Return the encoder that a taxonomy was built with, by its name and loaded.

    Raises:
        DatabaseError: that name is another model by now, whose links would not be those of a build.
    """
    name, fingerprint = write.encoder_of(db)
    encoder = encoding.load(name or None)
    if change := encoding.change(encoder, name, fingerprint):
        raise DatabaseError(f"{db}: {change}; put that one back, or build it again with 'taxonomy build'")
    return name, encoder


def _first_changed(db: Path, merged: Sequence[Vocabulary], decisions: Decisions) -> int:
    """Return the place of the first vocabulary that was folded with other decisions than those in force now."""
    applied = write.load_decisions(db)
    for place, vocabulary in enumerate(merged):
        wanted = decisions.links.get(vocabulary.source.name, ())
        if [row._replace(where="") for row in wanted] != list(applied.get(place + 1, ())):
            return place
    return len(merged)


def _fold(
    draft: Draft,
    vocabularies: Sequence[Vocabulary],
    decisions: Decisions,
    out: Path,
    progress: Progress,
    report: _Report,
    *,
    encoder: tuple[str, Encoder],
    base: Path | None = None,
    again: int = 0,
) -> Outcome:
    """Fold vocabularies, of which the first ``again`` were in the database before."""
    loaded = len(draft.sources)
    linker = Linker(draft, wordnet.read_exceptions(), report, encoder[1])
    placements: dict[str, list[Placement]] = {}
    progress.stage("link and merge", len(vocabularies))
    for vocabulary in vocabularies:
        progress.step(vocabulary.source.name)
        decided = decisions.links.get(vocabulary.source.name, ())
        links = decided_links(linker.link, vocabulary, decided, draft, report)
        placements[vocabulary.source.name] = add_vocabulary(draft, vocabulary, links)
        if decided:
            draft.decisions[len(draft.sources) - 1] = decided
    apply_edges(draft, decisions.edges, report)
    progress.stage("write", 1)
    meta = {"version": __version__, "encoder": encoder[0], "encoder_fingerprint": encoder[1].fingerprint}
    write.save(draft, out, meta, base, loaded)
    refolded = tuple(vocabulary.source.name for vocabulary in vocabularies[:again])
    new = {name: rows for name, rows in placements.items() if name not in refolded}
    return Outcome(new, refolded, report.found, len(draft.concepts), len(draft.edges) - len(draft.cuts))
