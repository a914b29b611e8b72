"""The pipeline: read → link → merge → mark → store, for a whole build, for one more vocabulary, and for one less.

Sources are folded one after the other, each linked to what is there so far.  `merge` loads a database and goes on from
it, `remove` goes back to before the source and folds the later ones again; both end where a build of the same sources
in the same order ends.

What people decided lies beside the database (`taxonomy.decisions`) and is applied at every run.  When it changed since
a source was folded, that source and the later ones are folded again.

At the end of every run all concepts are marked anew, by the model that lies beside the database (`MODEL`), else by the
one that ships; where sources only came, those that they reach (`taxonomy.visual.reach`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from operator import length_hint
from pathlib import Path
from typing import Any

from taxonomy import encoding, lock, marked, visual
from taxonomy._version import __version__
from taxonomy.concept import KNOWLEDGE, NAMES, PEOPLE, Source, Vocabulary
from taxonomy.decisions import Decisions, apply_edges, apply_marks, apply_rules, decided_links
from taxonomy.decisions import read as read_decisions
from taxonomy.draft import Draft
from taxonomy.encoding import Encoder
from taxonomy.errors import DatabaseError, InputError, NotFoundError
from taxonomy.folded import Handover, Linked, Outcome
from taxonomy.linking import Linker
from taxonomy.linking.model import path as linking_model
from taxonomy.marking import States
from taxonomy.merging import add_knowledge, add_names, add_vocabulary, add_wordnet
from taxonomy.sources import Note, wordnet
from taxonomy.store import rules, stored, write
from taxonomy.store.connection import connect, refuse_foreign

MODEL = "visual.npz"
"""The file beside a database with the model that marks it, in the place of the one that ships."""


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
    locked: bool = False,
) -> Outcome:
    """Build a taxonomy from WordNet and vocabularies, and write its lock (`taxonomy.lock`) beside it.

    Args:
        vocabularies: in merge order.
        out: the database to write; a taxonomy that is there is replaced.
        progress: told what is being done.
        strict: raise where an id is unknown, instead of linking the class by its name with a warning, and where a
            decision is bad, instead of leaving it out.
        encoder: what `taxonomy.encoding.load` takes, here and at every later merge; empty for the shipped model.
        locked: refuse to build from anything else than the lock says.

    Raises:
        InputError: a vocabulary comes twice, or its domain is no concept; with ``strict``, an id is unknown or a
            decision is bad; with ``locked``, the lock differs.
        DatabaseError: ``out`` cannot be written, or is a file that is no taxonomy.
    """
    refuse_foreign(out)
    progress = progress or Progress()
    report = _Report(strict)
    decisions = _decisions(out, report)
    chosen = encoder, encoding.load(encoder or None)
    if locked:
        lock.check(out, _lock(out, [vocabulary.source for vocabulary in vocabularies], chosen[1]))
    draft = Draft()
    progress.stage("read WordNet", 1)
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    progress.step("wordnet")
    progress.stage("link and merge", len(vocabularies))
    return _fold(draft, vocabularies, decisions, out, progress, report, encoder=chosen)


def merge(
    vocabularies: Iterable[Vocabulary], db: Path, progress: Progress | None = None, *, strict: bool = False
) -> Outcome:
    """Append vocabularies to a taxonomy, and apply the decisions that changed; arguments and errors as `build`.

    Of a `Handover`, no vocabulary is kept once it is folded.

    Raises:
        DatabaseError: also when the model of its encoder is another one by now, or the one that marked it is gone.
    """
    progress = progress or Progress()
    report = _Report(strict)
    encoder = _encoder(db)
    _check_model(db)
    decisions = _decisions(db, report)
    first = _first_changed(db, stored.load_sources(db), decisions)
    again = stored.load_vocabularies(db, first)
    progress.stage("read the taxonomy", 1)
    draft = stored.load(db, sources=first)
    names = [vocabulary.source.name for vocabulary in again]
    every = chain(Handover(again), vocabularies)
    progress.stage("link and merge", len(again) + length_hint(vocabularies))
    del again
    return _fold(draft, every, decisions, db, progress, report, encoder=encoder, base=db, again=names)


def remove(names: Collection[str], db: Path, progress: Progress | None = None) -> Outcome:
    """Take sources out of a taxonomy, with all that only they brought; of annotations, the rules learned from them.

    Raises:
        NotFoundError: a source is not there.
        InputError: it is WordNet, which everything hangs on.
        DatabaseError: the model of the encoder is another one by now, or the one that marked the concepts is gone.
    """
    progress = progress or Progress()
    learned = {name for name in names if name.startswith(rules.PREFIX)}
    wanted = set(names) - learned
    merged = stored.load_sources(db) if wanted else []
    if "wordnet" in wanted:
        raise InputError("wordnet: everything hangs on WordNet, so it cannot be removed")
    if unknown := wanted - {source.name for source in merged}:
        raise NotFoundError(f"{', '.join(sorted(unknown))}: no such dataset in {db}; 'taxonomy sources' lists them")
    if learned:
        rules.forget(db, sorted(learned))
    if not wanted:
        with closing(connect(db)) as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("concept", "edge")
            ]
        return Outcome({}, (), (), *counts)
    report = _Report(strict=False)
    encoder = _encoder(db)
    _check_model(db)
    decisions = _decisions(db, report)
    first = next(i for i, source in enumerate(merged) if source.name in wanted)
    first = min(first, _first_changed(db, merged, decisions))
    progress.stage("read the taxonomy", 1)
    draft = stored.load(db, sources=first)
    later = [vocabulary for vocabulary in stored.load_vocabularies(db, first) if vocabulary.source.name not in wanted]
    names = [vocabulary.source.name for vocabulary in later]
    progress.stage("link and merge", len(later))
    return _fold(draft, later, decisions, db, progress, report, encoder=encoder, base=db, again=names)


@dataclass(frozen=True, slots=True)
class Marking:
    """What marking a taxonomy anew did.

    Attributes:
        concepts: how many it has.
        changed: how many have another score, state or safety than before.
        states: how many have another state or safety than before.
        model: the model of the taxonomy's own that marked it, None for the one that ships.
        warnings: (where, what) of what the user should know.
    """

    concepts: int
    changed: int
    states: int
    model: Path | None
    warnings: tuple[tuple[str, str], ...]


def mark(db: Path, progress: Progress | None = None, model: Path | None = None) -> Marking:
    """Mark every concept of a taxonomy anew, as a build would, with the decisions and the model of now.

    Args:
        db: the database.
        progress: told what is being done.
        model: mark with this one, and put it beside the database, in the place of what is there.

    Raises:
        InputError: the model is missing or damaged, or goes with another encoder; nothing was changed.
        DatabaseError: no database, or it cannot be written.
    """
    progress = progress or Progress()
    report = _Report(strict=False)
    decisions = _decisions(db, report)
    progress.stage("read the taxonomy", 1)
    draft = load(db)
    before = stored.load_marks(db)
    encoder = encoding.load(stored.encoder_of(db)[0] or None)
    own = model or own_model(db)
    _mark(draft, decisions, own, encoder, progress, report)
    progress.stage("write", 1)
    if model is not None:
        keep_model(visual.load(model), db.resolve().parent / MODEL)
    write.save_marks(draft, db, stored.load_meta(db) | marked.marked_by(own))
    pairs = [(before.get(mark.concept, ()), (mark.score, mark.state, mark.safety)) for mark in draft.marks]
    return Marking(
        len(draft.concepts),
        sum(old != new for old, new in pairs),
        sum(old[1:] != new[1:] for old, new in pairs),
        own_model(db),
        report.found,
    )


def load(db: Path) -> Draft:
    """Load a taxonomy whole: with the edges that people added, and without those that they cut."""
    draft = stored.load(db)
    edges = [row for row in stored.load_decisions(db).get(PEOPLE, ()) if row.kind == "edge"]
    apply_edges(draft, edges, lambda where, what: None)  # they were followed when the taxonomy was made
    return draft


def own_model(db: Path) -> Path | None:
    """Return the model beside a database, None when it has none; where the database is a link, beside the file."""
    path = db.resolve().parent / MODEL
    return path if path.exists() else None


def keep_model(model: visual.Model, path: Path) -> None:
    """Write a model whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    work = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        visual.save(model, work)
        work.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); nothing was changed") from error
    finally:
        work.unlink(missing_ok=True)


def _check_model(db: Path) -> None:
    """Refuse to mark with the model that ships what a model of the taxonomy's own has marked.

    Raises:
        DatabaseError: it is not beside the database any more.
    """
    if stored.load_meta(db).get("visual_model") and own_model(db) is None:
        raise DatabaseError(
            f"{db} was marked with a model of its own, and there is no {MODEL} beside it any more; put it back,"
            " or mark with the one that ships by 'taxonomy visual mark'"
        )


class _Report:
    """Collects what the user should know, each once; or raises it, unless a `Note`, when the user wants no doubts."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._found: dict[tuple[str, str], None] = {}

    def __call__(self, where: str, what: str) -> None:
        if self._strict and not isinstance(what, Note):
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
    name, fingerprint = stored.encoder_of(db)
    encoder = encoding.load(name or None)
    if change := encoding.change(encoder, name, fingerprint):
        raise DatabaseError(f"{db}: {change}; put that one back, or build it again with 'taxonomy build'")
    return name, encoder


def _first_changed(db: Path, merged: Sequence[Source], decisions: Decisions) -> int:
    """Return the position of the first source that was folded with other decisions than those in force now."""
    applied = stored.load_decisions(db)
    for position, source in enumerate(merged):
        wanted = decisions.links.get(source.name, ()) if position else ()
        if marked.bare(wanted) != list(applied.get(position, ())):
            return position
    return len(merged)


def _fold(
    draft: Draft,
    vocabularies: Iterable[Vocabulary],
    decisions: Decisions,
    out: Path,
    progress: Progress,
    report: _Report,
    *,
    encoder: tuple[str, Encoder],
    base: Path | None = None,
    again: Sequence[str] = (),
) -> Outcome:
    """Fold vocabularies, of which those named by ``again`` were in the database before."""
    loaded = len(draft.sources)
    linked: dict[str, Linked] = {}
    with write.writing(out, base, loaded) as writer:
        linker = Linker(draft, wordnet.read_exceptions(), report, encoder[1])
        waiting = iter(vocabularies)
        while (vocabulary := next(waiting, None)) is not None:
            progress.step(vocabulary.source.name)
            linked[vocabulary.source.name] = _fold_one(draft, vocabulary, linker, decisions, report)
            writer.write_classes(draft)
        apply_edges(draft, decisions.edges, report)
        del linker  # its vectors and indexes, before marking makes others
        draft.forget_forms()
        _mark(draft, decisions, own_model(out), encoder[1], progress, report, base, loaded)
        progress.stage("write", 1)
        meta = {
            "version": __version__,
            "encoder": encoder[0],
            "encoder_fingerprint": encoder[1].fingerprint,
            **marked.marked_by(own_model(out)),
        }
        writer.finish(draft, meta)
    lock.write(out, _lock(out, draft.sources[1:], encoder[1]))
    new = {name: of_one for name, of_one in linked.items() if name not in again}
    return Outcome(new, tuple(again), report.found, len(draft.concepts), len(draft.edges) - len(draft.cuts))


def _fold_one(draft: Draft, vocabulary: Vocabulary, linker: Linker, decisions: Decisions, report: _Report) -> Linked:
    """Link a vocabulary and add it to the draft."""
    if what := _missing_parents(vocabulary):
        report(vocabulary.source.name, Note(what))
    decided = decisions.links.get(vocabulary.source.name, ())
    links = decided_links(linker.link, vocabulary, decided, draft, report)
    add = {KNOWLEDGE: add_knowledge, NAMES: add_names}.get(vocabulary.source.kind, add_vocabulary)
    rows = add(draft, vocabulary, links)
    if decided:
        draft.decisions[len(draft.sources) - 1] = decided
    return Linked.of(rows)


def _missing_parents(vocabulary: Vocabulary) -> str:
    """Say how many parents of a knowledge base's classes are not in it; empty when all are."""
    keys = {entry.key for entry in vocabulary.classes}
    missing = [(entry.key, key) for entry in vocabulary.classes for key in entry.parents if key not in keys]
    if not missing:
        return ""
    child, parent = missing[0]
    return f"parents that it does not hold, {len(missing):,} in all, are left out, such as {parent} of {child}"


def _lock(out: Path, sources: Sequence[Source], encoder: Encoder) -> dict[str, Any]:
    """Return what the lock of a build from these sources says."""
    return lock.describe(out, sources, encoder.fingerprint, [linking_model(), own_model(out) or visual.path()])


def _mark(
    draft: Draft,
    decisions: Decisions,
    own: Path | None,
    encoder: Encoder,
    progress: Progress,
    report: _Report,
    base: Path | None = None,
    loaded: int = 0,
) -> None:
    """Mark every concept.

    Args:
        draft: all that there is; its marks are set.
        decisions: applied last.
        own: a model in the place of the one that ships.
        encoder: that of the taxonomy, which a model of its own may need; the one that ships needs its own.
        progress: told what is being done.
        report: takes decisions that cannot be followed.
        base: the database that the draft goes on from.
        loaded: how many of its sources were loaded.
    """
    keys = marked.reached(draft, base, loaded, own) if base is not None else None
    progress.stage(f"mark {len(draft.concepts if keys is None else keys):,} concepts", 1)
    if base is None or keys is None:
        marks = visual.mark(draft, encoder, visual.load(own))
    else:
        marks = visual.mark_some(draft, encoder, visual.load(own), keys, stored.load_whole_marks(base))
    apply_marks(draft, marks, decisions.marks, States(draft), report)
    apply_rules(draft, decisions.rules, report)
    progress.step("")
