"""The commands for annotation files: expand, validate, fix, convert, stats."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy.commands.annotations import (
    File,
    Force,
    From,
    Opened,
    Out,
    Strict,
    To,
    Vocabulary,
    named_rules,
    say_foreign,
    some,
)
from taxonomy.commands.options import Db, Output, finite, listed, open_taxonomy
from taxonomy.commands.output import emit, note
from taxonomy.text import counted

if TYPE_CHECKING:
    from taxonomy.store.read import Taxonomy


class Ids(StrEnum):
    """By which ids labels are written."""

    CONCEPT = "concept"
    SOURCE = "source"


class Prefer(StrEnum):
    """What is kept of labels that contradict each other."""

    PRESENT = "present"
    ABSENT = "absent"


def expand(
    file: File,
    output: Out,
    rules: Annotated[
        str | None,
        typer.Option(
            metavar="RULES",
            help="Rules to apply: a file of 'taxonomy cooccur learn', or the name of those that it kept.",
        ),
    ] = None,
    ancestors: Annotated[bool, typer.Option("--ancestors/--no-ancestors", help="Add the concepts above.")] = True,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, callback=finite, metavar="P", help="Least confidence of what rules add.")
    ] = 0.5,
    max_added: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Most labels to add to an image, the surest first.", show_default="all"),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASETS",
            help="Add only classes of these datasets; repeat it, or put commas between.",
            show_default="all but what only knowledge bases have",
        ),
    ] = None,
    ids: Annotated[
        Ids, typer.Option(help="Write concepts' ids, or those of FILE and its vocabulary where they have one.")
    ] = Ids.CONCEPT,
    vocabulary: Vocabulary = None,
    from_: From = None,
    to: To = None,
    force: Force = False,
    strict: Strict = False,
    db: Db = None,
) -> None:
    """Add ancestors, and what rules say, to the labels of every image, each with its confidence and the reason.

    An ancestor is as sure as the surest label below it.  A rule gives the confidence of its condition times its
    probability; chains multiply, and of several reasons the surest counts.  What was looked for in vain is never
    added, nor what is below it, nor what would follow from it.

    Example: taxonomy labels expand images.tsv -o expanded.tsv
    """
    from taxonomy.labels.expand import Expander
    from taxonomy.labels.space import Within

    with open_taxonomy(db) as taxonomy:
        opened = Opened(taxonomy, file, vocabulary, from_, strict)
        learned = named_rules(taxonomy, rules) if rules else []
        say_foreign(taxonomy, opened.space, learned)
        written = opened.written(keep=ids is Ids.SOURCE)
        expander = Expander(
            opened.space,
            written,
            learned,
            ancestors=ancestors,
            min_confidence=min_confidence,
            max_added=max_added,
            only=Within(opened.space, _addable(taxonomy, listed("--only", "dataset", only))),
        )
        remarks = opened.write(expander.expand(opened.batches("expand")), written, output, to, force)
        tally = expander.tally
        by_rule = expander.added_by_rules
        added = int(tally.reasons.sum())
        _say(
            f"{counted(tally.images, 'image')} with {counted(tally.labels, 'label')}: {added:,} added,"
            f" {counted(added - by_rule, 'ancestor')} and {by_rule:,} by rules",
            (tally.merged, "label", "merged with another of the same concept"),
            (tally.raised, "label", _raised(opened, to)),
            (tally.withheld, "label", "not added, for it or what is above was looked for in vain"),
            (tally.conflicts, "label", "left though it or what is above was looked for in vain"),
        )
        for image, label, absent in tally.examples:
            note(f"{image}: {label} is there, {absent} is not")
        opened.say_unknown()
    for remark in remarks:
        note(remark)


def _raised(opened: Opened, to: str | None) -> str:
    """Return what becomes of labels that are less sure than one below."""
    if opened.keeps_boxes(to):
        return "left less sure than one below; each box is as sure as it was"
    return "made as sure as one below"


def validate(
    file: File,
    vocabulary: Vocabulary = None,
    from_: From = None,
    format: Output = None,
    db: Db = None,
) -> None:
    """Find what the labels of a file contradict or lack; exit 1 when there is anything.

    That is: missing ancestors (of those that the file, or its vocabulary, has), an ancestor less sure than what is
    below, labels both present and absent or below an absent one, the same concept twice, labels that are no concept,
    rows that cannot be used as they are.

    Example: taxonomy labels validate expanded.tsv
    """
    from taxonomy.labels.validate import BAD_ROW, Problem, Validator

    bad = Problem(BAD_ROW)
    with open_taxonomy(db) as taxonomy:
        opened = Opened(taxonomy, file, vocabulary, from_, told=bad.report)
        written = opened.written(keep=True)
        validator = Validator(opened.space, written, opened.demanded(), bad)
        for _ in validator.look(opened.batches("validate")):
            pass
        problems = validator.problems()
    if problems or format not in (None, "table"):
        emit(("kind", "findings", "images", "examples"), (tuple(asdict(p).values()) for p in problems), format, plain=4)
    if problems:
        total = sum(problem.findings for problem in problems)
        faulty = f"inconsistent: {validator.faulty:,} of {counted(validator.images, 'image')}"
        print(f"{counted(total, 'finding')}; {faulty}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"clean: {counted(validator.images, 'image')}", file=sys.stderr)


def fix(
    file: File,
    output: Out,
    prefer: Annotated[
        Prefer | None,
        typer.Option(help="Which of labels that contradict each other to keep.", show_default="both"),
    ] = None,
    vocabulary: Vocabulary = None,
    from_: From = None,
    to: To = None,
    force: Force = False,
    strict: Strict = False,
    db: Db = None,
) -> None:
    """Write a file with what 'taxonomy labels validate' finds mended, as far as that needs no look at the pictures.

    Missing ancestors are added, bad rows are left out or read as it tells.  Where labels have no boxes, those less sure
    than what is below are made as sure, and a concept that an image has twice is kept once.  Labels that contradict
    each other stay without --prefer, those that are no concept stay as they are.

    Example: taxonomy labels fix images.tsv -o fixed.tsv
    """
    from taxonomy.labels.fix import Fixer

    with open_taxonomy(db) as taxonomy:
        opened = Opened(taxonomy, file, vocabulary, from_, strict)
        written = opened.written(keep=True)
        fixer = Fixer(opened.space, written, opened.demanded(), prefer)
        remarks = opened.write(fixer.fix(opened.batches("fix")), written, output, to, force)
        tally = fixer.expander.tally
        merged = "merged with a surer one of the same concept"
        if opened.keeps_boxes(to):
            merged = "left though the image has another of the same concept; each has its own boxes"
        _say(
            f"{counted(tally.images, 'image')}: {counted(int(tally.reasons.sum()), 'missing ancestor')} added",
            (fixer.merged, "label", merged),
            (tally.raised, "label", _raised(opened, to)),
            (fixer.dropped, "label", f"dropped in favour of what is {prefer}"),
            (fixer.left, "label", "left in contradiction to an absent one; choose with --prefer"),
            (opened.bad_rows, "bad row", "left out, or read as told above"),
        )
        opened.say_unknown()
    for remark in remarks:
        note(remark)


def convert(
    file: File,
    to_vocabulary: Annotated[
        str, typer.Option("--to-vocabulary", metavar="DATASET", help="The dataset whose classes to write.")
    ],
    output: Out,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what became of each label to a JSON file.")
    ] = None,
    vocabulary: Vocabulary = None,
    from_: From = None,
    to: To = None,
    force: Force = False,
    strict: Strict = False,
    db: Db = None,
) -> None:
    """Carry labels over to the classes of another dataset, and say what is lost.

    A label becomes the class that is the same concept, else the nearest class above it, else nothing.  That something
    is absent is carried over to every class at or below it.

    Example: taxonomy labels convert images.tsv --to-vocabulary coco -o coco.tsv
    """
    from taxonomy.export.files import fresh
    from taxonomy.labels.convert import DROPPED, HOW, Converter

    with open_taxonomy(db) as taxonomy:
        opened = Opened(taxonomy, file, vocabulary, from_, strict)
        converter = Converter(taxonomy, opened.space, opened.annotations.labels, to_vocabulary)
        remarks = opened.write(converter.convert(opened.batches("convert")), converter, output, to, force)
        fates = converter.fates()
    # A label that is only absent is not dropped: its absence goes to the classes below.
    losses = {
        how: {
            "labels": sum(f.images > 0 or how != DROPPED for f in some),
            "annotations": sum(f.images for f in some),
            "absent": sum(f.absent for f in some),
        }
        for how in HOW
        for some in ([fate for fate in fates if fate.how == how],)
    }
    if report is not None:
        whole = {"images": converter.images, "images_without_a_label_left": converter.emptied, **losses}
        whole["labels"] = [fate._asdict() for fate in fates]
        with fresh(report, force=force) as out:
            json.dump(whole, out, ensure_ascii=False, indent=1)
            out.write("\n")
    for how, loss in losses.items():
        print(f"{how}: {counted(loss['labels'], 'label')}, {counted(loss['annotations'], 'time')}", file=sys.stderr)
    lost = [f"{fate.name} ({fate.images:,})" for fate in fates if fate.how == DROPPED and fate.images]
    if lost:
        note(f"dropped: {some(lost)}")
    if converter.emptied:
        note(f"no label left in {converter.emptied:,} of {counted(converter.images, 'image')}")
    for remark in remarks:
        note(remark)


def stats(
    file: File,
    summary: Annotated[bool, typer.Option("--summary", help="Print the figures of the file, not its classes.")] = False,
    top: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only the most frequent classes.", show_default="20 on a terminal"),
    ] = None,
    vocabulary: Vocabulary = None,
    from_: From = None,
    format: Output = None,
    db: Db = None,
) -> None:
    """Count images per class and labels per image: a plot on a terminal, the figures of the whole file on stderr.

    Example: taxonomy labels stats images.tsv
    """
    from taxonomy.labels import stats as counting

    with open_taxonomy(db) as taxonomy:
        opened = Opened(taxonomy, file, vocabulary, from_)
        counted_labels = counting.count(opened.batches("count"))
        labels, space = opened.annotations.labels, opened.space
        codes = [space.code(label) for label in labels[: len(counted_labels.present)]]
        unseen = len(opened.demanded() - {c for c, n in zip(codes, counted_labels.present, strict=True) if n})
        rows = [
            (label.key, space.ids[code] if space.concepts[code] else "", space.names[code], present, absent)
            for label, code, present, absent in zip(
                labels, codes, counted_labels.present, counted_labels.absent, strict=False
            )
        ]
    figures = counting.summary(counted_labels, unseen if vocabulary else 0)
    rows.sort(key=lambda row: (-row[3], row[0]))
    columns = ("label", "concept", "name", "images", "absent")
    if summary:
        emit(("what", "value"), figures, format)
    elif format is None and sys.stdout.isatty():
        _plot(rows[: top or 20], len(rows))
    else:
        emit(columns, rows[:top], "tsv" if format is None else format)
    if not summary:
        print(
            *(f"{what}: {value:,.4g}" if isinstance(value, float) else f"{what}: {value:,}" for what, value in figures),
            sep="\n",
            file=sys.stderr,
        )


def _addable(taxonomy: Taxonomy, datasets: list[str]) -> set[int]:
    """Return the keys of the concepts that are classes of datasets, or that more than knowledge bases know of."""
    if datasets:
        places = [taxonomy.source_position(name) for name in datasets]
        query = f"SELECT DISTINCT concept FROM class WHERE source IN ({', '.join('?' * len(places))})"
        return {key for (key,) in taxonomy.execute(query, places)}
    return {
        key
        for (key,) in taxonomy.execute(
            "SELECT key FROM concept JOIN source ON position = concept.source WHERE kind <> 'knowledge base' UNION"
            " SELECT concept FROM class JOIN source ON source.position = class.source"
            " WHERE kind NOT IN ('knowledge base', 'names') AND concept IS NOT NULL"
        )
    }


def _say(what: str, *more: tuple[int, str, str]) -> None:
    """Print what was done, and of what else there was any: how many, of what, and what became of it."""
    print(what, *(f"{counted(n, noun)} {text}" for n, noun, text in more if n), sep="\n", file=sys.stderr)


def _plot(rows: list[tuple[str, str, str, int, int]], total: int) -> None:
    """Draw a bar for each class."""
    from rich.bar import Bar
    from rich.console import Console
    from rich.table import Table

    most = max((row[3] for row in rows), default=1) or 1
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("class", no_wrap=True, max_width=30)
    table.add_column("images", justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for _, _, name, images, _ in rows:
        table.add_row(name, f"{images:,}", Bar(most, 0, images))
    console = Console()
    console.print(table)
    if total > len(rows):
        console.print(f"… and {total - len(rows):,} more classes; --top shows more of them")
