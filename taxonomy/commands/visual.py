"""The commands about what pictures can show: mark a taxonomy anew, score a list, learn from labels."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from taxonomy.commands.options import Db, Encoder, Output, database_path, folder_or_name
from taxonomy.commands.output import emit
from taxonomy.concept import ROOT
from taxonomy.errors import DatabaseError, InputError
from taxonomy.text import counted

if TYPE_CHECKING:
    from taxonomy.visual import Item

COLUMNS = ("id", "name", "score", "state")
_STDOUT = Path("-")


class ScoreFormat(StrEnum):
    """How scored lists are written."""

    TSV = "tsv"
    JSONL = "jsonl"


ModelFile = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="FILE",
        help="A model of 'taxonomy visual train'.",
        show_default="visual.npz beside the database, else the one that ships",
    ),
]


def mark(
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="FILE",
            help="Mark with this model of 'taxonomy visual train', and keep it as visual.npz beside the database.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --model replace another model beside the database.")
    ] = False,
    db: Db = None,
) -> None:
    """Mark every concept of a taxonomy anew, and say how many marks changed.

    By the model visual.npz beside the database where there is one, else by the one that ships; people's decisions of
    decisions.tsv are applied last.  Every build, merge and remove does the same.

    Example: taxonomy visual mark
    """
    from taxonomy import build as pipeline
    from taxonomy.commands.make import progress_shown, whole

    path = Path(database_path(db))
    if model is not None and not force:
        _check_same(model, path)
    with whole(path), progress_shown() as progress:
        done = pipeline.mark(path, progress, model)
    for where, what in done.warnings:
        print(f"warning: {where}: {what}", file=sys.stderr)
    by = done.model or "the model that ships"
    print(
        f"{path}: marked {done.concepts:,} concepts by {by}; {done.changed:,} marks changed,"
        f" {done.states:,} of them in state or safety"
    )


def score(
    names: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="A TSV with id or name or both, and definition; one name a line; - is stdin."
        ),
    ],
    format: Annotated[
        ScoreFormat | None,
        typer.Option("--format", "-f", help="How to write.", show_default="a table on a terminal, else tsv"),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PATH", help="The file to write; - is stdout.")
    ] = _STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it exists.")] = False,
    model: ModelFile = None,
    encoder: Encoder = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a list with bad rows instead of setting them aside.")
    ] = False,
    db: Db = None,
) -> None:
    """Score any list: how likely a picture of each can be recognised, from 0 to 1, and the state that follows.

    A row whose id is a concept of the database (a wnid, dog.n.01, a CURIE, dataset:key) has its mark there, which
    people may have decided; with --model or --encoder it is scored again, in its place in the hierarchy.  All others
    are scored by name and definition, which takes no database.  A model that was trained with another encoder goes
    with that --encoder.

    Example: taxonomy visual score my_classes.tsv
    """
    from taxonomy.commands.link import Report, opened
    from taxonomy.marking import read_items
    from taxonomy.store.read import Taxonomy

    aside = Report(strict)
    path = database_or_none(db)
    if path is None:
        items = read_items(names, None, aside)
    else:
        with Taxonomy(path) as taxonomy:
            items = read_items(names, taxonomy, aside)
    found = predicted([row.item for row in items], path, model, folder_or_name(encoder))
    with opened(output, force) as out:
        _write([(row.id, row.name, *mark) for row, mark in zip(items, found, strict=True)], out, format)
    aside.close()


def ask(
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many concepts.")] = 20,
    dataset: Annotated[
        str | None, typer.Option("--in", metavar="DATASET", help="Only concepts that are classes of it.")
    ] = None,
    below: Annotated[
        str | None, typer.Option("--below", metavar="CONCEPT", help="Only concepts below this one.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="LABELS.tsv", help="Leave out what has a label there.")
    ] = None,
    model: ModelFile = None,
    db: Db = None,
) -> None:
    """List the concepts whose label would teach most: those the model is least sure of, far apart from each other.

    It is a TSV with an empty column state to fill in, for 'taxonomy visual train'.

    Example: taxonomy visual ask --count 5 --below vehicle.n.01
    """
    from taxonomy import encoding, visual
    from taxonomy.build import load, own_model
    from taxonomy.commands.link import Report
    from taxonomy.marking import labelled_concepts
    from taxonomy.store.read import Taxonomy
    from taxonomy.store.stored import encoder_of

    path, aside = Path(database_path(db)), Report()
    with Taxonomy(path) as taxonomy:
        keys = [concept.key for concept in taxonomy[below or ROOT].descendants(dataset=dataset)]
        done = labelled_concepts(labels, taxonomy, aside) if labels else set()
        chosen = visual.load(model or own_model(path))
        loaded = encoding.load(encoder_of(path)[0] or None)
        asked = [taxonomy.concept(key) for key in visual.ask(keys, count, load(path), loaded, chosen, done)]
        rows = [(concept.id, "", concept.name, concept.definition) for concept in asked]
    aside.close()
    emit(("concept_or_name", "state", "name", "definition"), rows, "table" if sys.stdout.isatty() else "tsv")


def train(
    labels: Annotated[
        Path,
        typer.Argument(metavar="LABELS.tsv", help="A TSV with concept_or_name, and score (0 to 1) or state."),
    ],
    add: Annotated[
        bool, typer.Option("--add", help="Add the labels to what the model that ships knows, instead of only them.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="MODEL", help="The file to write.", show_default="visual.npz beside the database"
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it exists.")] = False,
    encoder: Encoder = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1, and train nothing, when labels had to be set aside.")
    ] = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """Learn marks from labels of one's own, cross-validate, and print what was gained.

    A label is a state (visual, uncommon, non-visual) or a score; a column scale such as 1-5 gives scores another range.
    The model is written beside the database, where 'taxonomy visual mark' and every later build and merge find it;
    delete it to go back to the one that ships.

    Example: taxonomy visual train answers.tsv --add
    """
    from taxonomy import encoding, visual
    from taxonomy.build import MODEL, keep_model, load
    from taxonomy.commands.link import Report
    from taxonomy.marking import read_labels
    from taxonomy.store.read import Taxonomy
    from taxonomy.store.stored import encoder_of

    path = Path(database_path(db))
    target = output or path.resolve().parent / MODEL
    _check_free(target, force)
    aside = Report()
    with Taxonomy(path) as taxonomy:
        read = read_labels(labels, taxonomy, aside)
    aside.close()
    if aside.count and strict:
        print(f"{aside.count} of the labels cannot be used, so nothing was trained", file=sys.stderr)
        raise typer.Exit(1)
    own = encoder_of(path)[0]
    loaded = encoding.load(folder_or_name(encoder) or own or None)
    if output is None and encoder and loaded.fingerprint != encoding.load(own or None).fingerprint:
        raise InputError(
            f"{path} was built with another encoder, so a model for {encoder} cannot mark it; name a file for it with"
            f" -o, or build with --encoder {encoder}"
        )
    trained = visual.train(read, load(path), loaded, visual.load() if add else None)
    keep_model(trained.model, target)
    before = asdict(trained.before) if trained.before else {}
    after = asdict(trained.after) if trained.after else {}
    rows = [(metric, _figure(before.get(metric)), _figure(value)) for metric, value in after.items()]
    emit(("metric", "before", "after"), rows, format, plain=3)
    if not after:
        print("too few labels to cross-validate, so nobody knows how good the model is", file=sys.stderr)
    applies = f"'taxonomy visual mark{'' if output is None else f' --model {target}'}' applies it"
    print(f"{counted(len(read), 'label')} learned; the model is {target}; {applies}", file=sys.stderr)


def _figure(value: float | None) -> float | None:
    return round(value, 4) if isinstance(value, float) else value


def database_or_none(db: Path | None) -> Path | None:
    """Return the database that is meant, None when none is named and none is there."""
    if db is not None:
        return db
    try:
        return Path(database_path(None))
    except DatabaseError:
        return None


# Models


def _check_free(path: Path, force: bool) -> None:
    """Refuse, before the work is done, a file that cannot be written or is not to be replaced."""
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise InputError(f"{path}: no file can be there; name one in a folder that exists with -o")
    if path.exists() and not force:
        raise InputError(f"{path} exists; replace it with --force, or name another file with -o")


def _check_same(model: Path, db: Path) -> None:
    """Refuse to replace another model beside the database."""
    from taxonomy.build import own_model

    there = own_model(db)
    if there is not None and model.is_file() and there.read_bytes() != model.read_bytes():
        raise InputError(f"{there} is another model; replace it with --force, or put it away first")


# Scores


def predicted(items: Sequence[Item], db: Path | None, model: Path | None, encoder: str) -> list[tuple[float, str]]:
    """Return score and state of each item: its mark in the database, or what a model makes of it.

    Args:
        items: what to score.
        db: the database, if there is one.
        model: a model to score all by, in the place of the one that the database was marked by.
        encoder: what `taxonomy.encoding.load` takes, also to score all by.
    """
    from taxonomy import encoding, visual
    from taxonomy.build import load, own_model
    from taxonomy.marking import States
    from taxonomy.store.stored import encoder_of, load_marks

    known: dict[int | None, tuple[float, str]] = {}
    if db is not None and model is None and not encoder:
        known = {key: (score, state) for key, (score, state, _) in load_marks(db).items()}
    asked = [item for item in items if item.concept not in known]
    made: dict[Item, tuple[float, str]] = {}
    if asked:
        chosen = visual.load(model or (own_model(db) if db else None))
        draft = load(db) if db else None
        loaded = encoding.load(encoder or (encoder_of(db)[0] if db else "") or None)
        scores = visual.score(asked, draft, loaded, chosen)
        state_of = States(draft)
        made = {item: (score, state_of(score, item.concept)) for item, score in zip(asked, scores, strict=True)}
    return [known[item.concept] if item.concept in known else made[item] for item in items]


def _write(rows: Sequence[tuple[str, str, float, str]], out: TextIO | None, format: ScoreFormat | None) -> None:
    if format is None and out is None and sys.stdout.isatty():
        emit(COLUMNS, rows, "table")
        return
    out = out or sys.stdout
    if format is ScoreFormat.JSONL:
        import json

        objects = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
        out.writelines(json.dumps(found, ensure_ascii=False) + "\n" for found in objects)
        return
    out.write("\t".join(COLUMNS) + "\n")
    out.writelines(f"{id}\t{name}\t{value:.4f}\t{state}\n" for id, name, value, state in rows)
