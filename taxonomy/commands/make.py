"""Commands that make and change a taxonomy: build, merge, remove."""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from taxonomy.commands.options import (
    Db,
    Encoder,
    Format,
    MinConfidence,
    Output,
    database_path,
    folder_or_name,
    listed,
    resolve_domain,
)
from taxonomy.commands.output import emit, note
from taxonomy.concept import BASES, KNOWLEDGE, NAMES, Method, Relation, Vocabulary
from taxonomy.errors import DatabaseError, InputError
from taxonomy.store.connection import refuse_foreign

if TYPE_CHECKING:
    from taxonomy.build import Progress
    from taxonomy.folded import Linked, Outcome
    from taxonomy.sources import Choice
    from taxonomy.store.read import Taxonomy

Strict = Annotated[bool, typer.Option("--strict", help="Refuse a file with bad rows instead of setting them aside.")]

_LINKED = ("decided", "given", "exact", "broader", "domain", "unplaced")
_MOST_SHOWN = 50
_MOST_NAMED = 10


def build(
    vocabularies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VOCAB]...",
            help="Shipped vocabularies or files, in merge order; all shipped by default.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The database to write.")] = Path("taxonomy.db"),
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="A,B", help="Leave these out; may be repeated.")
    ] = None,
    min_confidence: MinConfidence = None,
    encoder: Encoder = "",
    strict: Strict = False,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Refuse to build from anything else than taxonomy.lock says."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a taxonomy that holds datasets of your own.")] = False,
    format: Output = None,
) -> None:
    """Build a taxonomy from WordNet and vocabularies: by default all that ship with the program.

    The lock beside it (taxonomy.lock) names all that went in, with versions, checksums and licences.

    Example: taxonomy build coco lvis_v1 openimages_boxable --out small.db
    """
    from taxonomy import build as pipeline
    from taxonomy.sources import shipped

    chosen = list(vocabularies or shipped.names())
    for name in listed("--exclude", "vocabulary", exclude):
        if name not in chosen:
            raise InputError(f"--exclude {name}: not among the vocabularies; {_hint(name, chosen)}")
        chosen.remove(name)
    _check_place(out)
    started = time.perf_counter()
    read = _read(chosen, None, "", strict, min_confidence)
    if not force:
        _check_loss(out, {vocabulary.source.name for vocabulary in read} | set(shipped.names()))
    with whole(out), progress_shown() as progress:
        outcome = pipeline.build(read, out, progress, strict=strict, encoder=folder_or_name(encoder), locked=locked)
    _warn(outcome)
    _print_summary(outcome, out, time.perf_counter() - started, format)


def merge(
    vocabularies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|NAME]...",
            help="Files, image folders, or names of shipped vocabularies; without any, only decisions are applied.",
        ),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(metavar="CONCEPT", help="What every class falls under when nothing better is known."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the dataset; by default that of the file.")] = None,
    root: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Of a knowledge base, only what is below this class; may be repeated."),
    ] = None,
    max_depth: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="And only so many levels below.", show_default=False)
    ] = None,
    instances: Annotated[
        bool, typer.Option("--instances", help="And what is only an instance of one of these classes.")
    ] = False,
    language: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="Names in this language (de, fr, …) only, beside English; may be repeated."),
    ] = None,
    min_confidence: MinConfidence = None,
    strict: Strict = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """Add vocabularies and knowledge bases to a taxonomy, and apply the decisions that changed.

    A vocabulary is a TSV or CSV with a header, a list with one name a line, COCO categories (JSON), a YOLO data file
    (YAML), or a folder with a subfolder for each class; of each class is printed how it was linked.  A knowledge base
    is a Wikidata dump, a wordnet (WN-LMF, Open English WordNet, OMW), an ontology (RDF, OBO), a taxonomy of organisms
    or a list of paths.

    Example: taxonomy merge my_classes.tsv --domain vehicle.n.01
    """
    from taxonomy import build as pipeline
    from taxonomy.folded import Handover
    from taxonomy.sources import Choice

    vocabularies = vocabularies or []
    if (name is not None or domain is not None) and not vocabularies:
        raise InputError("--name and --domain go with a vocabulary; name one")
    if name is not None and len(vocabularies) > 1:
        raise InputError("--name goes with one vocabulary")
    path = Path(database_path(db))
    choice = Choice(tuple(root or ()), max_depth, instances, tuple(language or ()))
    read = _read(vocabularies, name, resolve_domain(path, domain), strict, min_confidence, choice)
    with whole(path), progress_shown() as progress:
        waiting = Handover(read)
        del read  # a knowledge base of millions is let go once it is folded
        outcome = pipeline.merge(waiting, path, progress, strict=strict)
    _warn(outcome)
    if vocabularies:
        _print_placements(path, outcome, format)
    if outcome.refolded:
        others = f" and {_count(len(outcome.refolded) - 1, 'later dataset')}" if len(outcome.refolded) > 1 else ""
        print(f"decisions changed: folded {outcome.refolded[0]}{others} again", file=sys.stderr)
    elif not vocabularies:
        print(f"{path}: people's decisions are applied; {outcome.concepts:,} concepts", file=sys.stderr)


def remove(
    datasets: Annotated[
        list[str], typer.Argument(metavar="DATASET...", help="Names as 'taxonomy sources' lists them.")
    ],
    db: Db = None,
) -> None:
    """Take datasets out of a taxonomy, with the concepts that only they brought.

    Example: taxonomy remove my_classes
    """
    from taxonomy import build as pipeline

    path = Path(database_path(db))
    with whole(path), progress_shown() as progress:
        outcome = pipeline.remove(datasets, path, progress)
    _warn(outcome)
    print(f"removed {', '.join(dict.fromkeys(datasets))}; {outcome.concepts:,} concepts remain")


def _check_place(out: Path) -> None:
    """Refuse, before the work is done, a place that cannot be written or that is a file of something else."""
    if out.is_dir():
        raise InputError(f"--out {out} is a folder; name a file in it, such as {out / 'taxonomy.db'}")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; make it first")
    try:
        TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise InputError(f"--out {out}: cannot write there ({error.strerror}); choose another place") from error
    refuse_foreign(out)


def _check_loss(out: Path, names: set[str]) -> None:
    """Refuse to replace a taxonomy that holds datasets which neither the build nor the program has."""
    from taxonomy.store.read import Taxonomy

    try:
        with Taxonomy(out) as old:
            held = [name for (name,) in old.execute("SELECT name FROM source WHERE position > 0 ORDER BY position")]
    except DatabaseError:
        return  # none there, or one of another version that only a build can replace
    if lost := [name for name in held if name not in names]:
        raise InputError(
            f"{out} holds {', '.join(lost)}, which this build would drop; build with the files too,"
            " write elsewhere with --out, or replace it with --force"
        )


def _read(
    names: Sequence[str],
    name: str | None,
    domain: str,
    strict: bool,
    min_confidence: float | None,
    choice: Choice | None = None,
) -> list[Vocabulary]:
    """Read shipped vocabularies by name and others by path, and report the rows that were set aside."""
    from dataclasses import replace

    from taxonomy import sources
    from taxonomy.sources import shipped

    read: list[Vocabulary] = []
    known = set(shipped.names())
    for text in names:
        path = Path(text)
        if text in known and not path.exists():
            vocabulary = shipped.read(text)
            source = replace(vocabulary.source, name=name or text, domain=domain or vocabulary.source.domain)
            read.append(replace(vocabulary, source=source))
            continue
        if not path.exists() and path.name == text and not path.suffix:
            hint = _hint(text, shipped.names())
            raise InputError(f"{text}: neither a file nor a shipped vocabulary; {hint}")
        reading = sources.read(path, name=name, domain=domain, strict=strict, choice=choice or sources.ALL)
        for told in reading.notes[:_MOST_SHOWN]:
            note(f"{told.where}: {told.what}")
        if reading.quarantined:
            print(f"warning: {path}: {_count(len(reading.quarantined), 'row')} set aside", file=sys.stderr)
            for problem in reading.quarantined[:_MOST_SHOWN]:
                print(f"  {problem.where}: {problem.what}", file=sys.stderr)
        read.append(_with_record(path, reading.vocabulary))
    return [replace(v, source=replace(v.source, min_confidence=min_confidence)) for v in read]


def _with_record(path: Path, vocabulary: Vocabulary) -> Vocabulary:
    """Return a vocabulary with what `taxonomy fetch` wrote beside its file: version, licence, and whom to credit."""
    from dataclasses import replace

    from taxonomy.fetch import record

    found, source = record.read(path), vocabulary.source
    if found is None or found.sha256 != source.sha256:
        return vocabulary
    known = replace(source, version=found.version, data_licence=found.licence, attribution=found.credit)
    return replace(vocabulary, source=known)


def _hint(text: str, names: Sequence[str]) -> str:
    near = get_close_matches(text, names)
    if near:
        return f"did you mean {', '.join(near)}?"
    if len(names) <= _MOST_NAMED:
        return f"there are {', '.join(names)}"
    return "'taxonomy sources' lists those of a database, data/vocabularies/index.toml all that ship"


def _warn(outcome: Outcome) -> None:
    from taxonomy.sources import Note

    for where, what in outcome.warnings[:_MOST_SHOWN]:
        print(f"{'note' if isinstance(what, Note) else 'warning'}: {where}: {what}", file=sys.stderr)
    if len(outcome.warnings) > _MOST_SHOWN:
        print(f"warning: … and {len(outcome.warnings) - _MOST_SHOWN} more", file=sys.stderr)


def _kind(relation: Relation, method: Method) -> str:
    if relation is Relation.UNPLACED:
        return "unplaced"
    if method is Method.DECISION:
        return "decided"
    if method is Method.DOMAIN:
        return "domain"
    if relation is Relation.BROAD:
        return "broader"
    return "given" if method is Method.GIVEN else "exact"


def _kinds(linked: Linked) -> Counter[str]:
    """Return how many classes were linked in each way that is told apart here."""
    kinds: Counter[str] = Counter()
    for (relation, method), count in linked.kinds.items():
        kinds[_kind(relation, method)] += count
    return kinds


def _print_summary(outcome: Outcome, out: Path, seconds: float, format: Format | None) -> None:
    """Print a row for each source, and in a sentence what came of it all."""
    rows = [_summary_row(name, _kinds(linked), set(linked.concepts)) for name, linked in outcome.linked.items()]
    kinds = sum((_kinds(linked) for linked in outcome.linked.values()), Counter[str]())
    rows.append(_summary_row("all", kinds, set[int]().union(*(linked.concepts for linked in outcome.linked.values()))))
    emit(("source", "classes", "concepts", *_LINKED), rows, format, plain=3 + len(_LINKED))
    from taxonomy.store.read import Taxonomy

    with Taxonomy(out) as taxonomy:
        depth = taxonomy.max_depth()
        bases, names = len(_of_kind(taxonomy, KNOWLEDGE)), len(_of_kind(taxonomy, NAMES))
    counts = [_count(len(outcome.linked) - bases - names, "dataset")]
    counts += [_count(bases, "knowledge base")] * (bases > 0) + [
        _count(names, "source of names", "sources of names")
    ] * (names > 0)
    print(
        f"{out}: {outcome.concepts:,} concepts, {outcome.edges:,} edges, depth {depth}, {', '.join(counts)}, "
        f"in {seconds:.1f} s",
        file=sys.stderr,
    )


def _of_kind(taxonomy: Taxonomy, *kinds: str) -> set[str]:
    """Return the names of the sources of some kinds."""
    return {name for name, kind in taxonomy.execute("SELECT name, kind FROM source") if kind in kinds}


def _count(number: int, what: str, plural: str = "") -> str:
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def _summary_row(name: str, kinds: Counter[str], concepts: set[int]) -> tuple[str | int, ...]:
    return (name, kinds.total(), len(concepts), *(kinds[kind] for kind in _LINKED))


def _print_placements(path: Path, outcome: Outcome, format: Format | None) -> None:
    """Print how the classes of each merged vocabulary were linked, as `taxonomy classes` does."""
    from taxonomy.commands.inspect import CLASS_COLUMNS, class_rows
    from taxonomy.store.read import Taxonomy

    with Taxonomy(path) as taxonomy:
        bases = _of_kind(taxonomy, *BASES)
        rows = [row for name in outcome.linked if name not in bases for row in class_rows(taxonomy, name)]
    if bases.issuperset(outcome.linked):  # nobody reads how each of a hundred thousand classes was linked
        print(f"'taxonomy classes {next(iter(outcome.linked))}' lists the classes", file=sys.stderr)
    else:
        emit(CLASS_COLUMNS, rows, format, plain=len(CLASS_COLUMNS))
    for name, linked in outcome.linked.items():
        kinds = _kinds(linked)
        counts = ", ".join(f"{kinds[kind]:,} {kind}" for kind in _LINKED if kind in kinds)
        print(f"{name}: {_count(kinds.total(), 'class', 'classes')}: {counts}", file=sys.stderr)


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Take SIGTERM as Ctrl-C, so that the half-written file is deleted too, and say that the old one stays."""
    gc.disable()  # nearly all that is made is kept, and looking through it for garbage takes as long again

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        print(f"interrupted; {path} was not changed", file=sys.stderr)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        gc.enable()


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Show the stages with a bar on a terminal, nothing in a pipe."""
    from taxonomy.build import Progress

    if not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, TextColumn("{task.fields[what]}"), console=Console(stderr=True)) as bar:

        def finish() -> None:
            for task in bar.tasks:
                bar.update(task.id, completed=task.total, what="")

        def stage(name: str, total: int) -> None:
            finish()
            bar.add_task(name, total=total, what="")

        yield Progress(stage, lambda what: bar.update(bar.task_ids[-1], advance=1, what=what))
        finish()
