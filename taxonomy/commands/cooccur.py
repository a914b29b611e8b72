"""The commands about labels that come together: learn rules from annotations, and show them."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy.commands.answers import Question
from taxonomy.commands.link import Report
from taxonomy.commands.options import Db, Output, database_path, finite, open_taxonomy
from taxonomy.commands.output import emit
from taxonomy.errors import InputError
from taxonomy.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taxonomy.concept import Decision
    from taxonomy.cooccurrence.learn import Learned
    from taxonomy.cooccurrence.vocabulary import Labels, Unresolved

SHOWN = (
    *("then", "name", "probability", "lower_bound", "rule", "why", "n_if", "n_both", "n_verified", "lift"),
    *("estimator", "source"),
)
_LISTED = 10


class Estimator(StrEnum):
    """How probabilities are estimated."""

    NAIVE = "naive"
    WILSON = "wilson"
    COVERAGE = "coverage"


class Engine(StrEnum):
    """What counts."""

    LOCAL = "local"
    SPARK = "spark"


def learn(
    annotations: Annotated[
        list[str],
        typer.Argument(metavar="ANNOTATIONS...", help="Labels of images; an image that several files have is one."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="RULES", help="The file to write: TSV, or Parquet by its name."),
    ] = None,
    vocabulary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASET",
            help="Whose keys or names the labels are; once, or once for each of several files in their order.",
            show_default="ids and names",
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, callback=finite, help="In at least this share of the images of A is B.")
    ] = 0.5,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, callback=finite, help="How sure lower bounds are.")
    ] = 0.95,
    min_support: Annotated[int, typer.Option(min=1, metavar="N", help="At least so many images show both.")] = 3,
    estimator: Annotated[
        Estimator | None,
        typer.Option(help="How shares are estimated.", show_default="the best for what is verified, and says so"),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Some of the images with all their labels, to tell how many are missing."),
    ] = None,
    predictions: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What a model predicts for the same images: learn what comes with a label."),
    ] = None,
    predicts: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Whose labels are predicted.", show_default="that of --vocabulary"),
    ] = None,
    score: Annotated[
        float, typer.Option(min=0, max=1, callback=finite, help="From which on a prediction counts.")
    ] = 0.95,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the rules in the database, too.")] = False,
    name: Annotated[
        str | None,
        typer.Option(help="Keep them under this name; 'taxonomy remove' takes it.", show_default="rules:FILE"),
    ] = None,
    unresolved: Annotated[
        Path | None, typer.Option(metavar="FILE", help="List all labels that are no concepts here, with counts.")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Count in this process, or on Apache Spark.")] = Engine.LOCAL,
    master: Annotated[
        str | None, typer.Option(metavar="URL", help="Of Spark: local[2], spark://host:7077, yarn.", show_default=False)
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse files with bad rows.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    db: Db = None,
) -> None:
    """Learn which labels come together: where A is, B is too, in more than half of the images.

    Left out are pairs of which one is above the other, as 'labels expand' adds ancestors anyway, and pairs that mean
    the same or nearly.  Labels that are no concepts keep an id of their own; one that a file calls both there and
    absent in an image is absent.  The rules go to a file, with --keep to the database too, where 'show' finds them;
    what people decided about rules ('taxonomy decide --rule') is in both.

    Example: taxonomy cooccur learn photos.csv -o rules.tsv --vocabulary coco
    """
    from taxonomy.cooccurrence import learn as learning
    from taxonomy.cooccurrence.files import write_rules
    from taxonomy.cooccurrence.vocabulary import Labels

    if output is None and not keep:
        raise InputError("nothing to do with the rules; name a file with -o, or keep them in the database with --keep")
    _check_options(engine, master, audit, predictions, predicts, keep, name)
    path = Path(database_path(db))
    read = [path, *(Path(place) for place in (*annotations, audit, predictions) if place)]
    _check_places([place for place in (output, unresolved) if place is not None], read, force)
    report = Report(strict)
    setting = learning.Setting(threshold, confidence, min_support, estimator.value if estimator else None)
    vocabularies = _vocabularies(annotations, vocabulary or [])
    files = [(Path(text), of) for text, of in zip(annotations, vocabularies, strict=True)]
    with open_taxonomy(path) as taxonomy:
        decided = learning.decided_rules(_decisions(path, report), taxonomy)
        labels = Labels(taxonomy, vocabularies[0])
        shown = checked = None
        predicted = None
        if engine is Engine.SPARK:
            from taxonomy.cooccurrence import spark

            distant, cluster = list(zip(annotations, vocabularies, strict=True)), master or ""
            if predictions is not None:
                predicted = spark.count_predicted(distant, predictions, score, predicts, labels, cluster)
            else:
                counts, checked = spark.count(distant, labels, cluster, report, audit)
        elif predictions is not None:
            predicted = learning.count_predicted(files, Path(predictions), score, predicts, labels, report)
        else:
            counts, checked = learning.count(files, labels, report, audit)
        if predicted is not None:
            counts, shown = predicted.counts, predicted.shown
            if predicted.alone:
                alone = counted(predicted.alone, "image")
                _say(f"left out {alone} of which {predictions} has no line, not even of a low score")
        report.close()
        nothing = labels.unresolved()
        learned = learning.learn(counts, labels, setting, audit=checked, shown=shown)
    rules = learning.decide(learned, decided)
    if unresolved is not None:
        _write_unresolved(nothing, unresolved, force)
    if output is not None:
        write_rules(rules, output, force=force)
    if keep:  # last, so that the database is as it was when a file cannot be written
        source = _keep(path, name or Path(annotations[0]).stem, annotations, learned, list(decided.values()))
    _say_what_came(learned.counts.images, labels, nothing)
    where = " and ".join(filter(None, (str(output or ""), f"{path} as {source}" if keep else "")))
    _say(f"{counted(len(rules), 'rule')} written to {where}; estimator {learned.estimator}{_why(learned)}")


def show(
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="A concept, or the id of a label of one's own.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    rules: Annotated[bool, typer.Option("--rules", help="Only the rules.")] = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """Show what comes with a concept in images, with numbers, and why a pair is no rule.

    Only rules that 'taxonomy cooccur learn --keep' kept in the database are known, and what people decided.

    Example: taxonomy cooccur show dog
    """
    from taxonomy.store.rules import knows, pairs

    taxonomy = open_taxonomy(db)
    id = concept if knows(taxonomy, concept) else Question(taxonomy, [concept], switches="").take(1, "show")[0].id
    found = [pair for pair in pairs(taxonomy, id) if pair.rule or not rules][:limit]
    if not found and format is None:
        _say(f"nothing is known to come with {id}; 'taxonomy cooccur learn --keep' learns it from annotations")
    emit(
        SHOWN,
        (
            (
                *(pair.consequence, pair.name, pair.probability, pair.lower_bound),
                *("yes" if pair.rule else "no", pair.why, pair.n_if, pair.n_both, pair.n_verified, pair.lift),
                *(pair.estimator, pair.source),
            )
            for pair in found
        ),
        format,
        plain=6,
    )


def _vocabularies(annotations: Sequence[str], given: Sequence[str]) -> Sequence[str | None]:
    """Return the vocabulary of each file."""
    if len(given) > 1 and len(given) != len(annotations):
        raise InputError(f"{len(given)} --vocabulary for {len(annotations)} files; give it once, or once for each file")
    return given if len(given) > 1 else [*given, None][:1] * len(annotations)


def _check_options(
    engine: Engine,
    master: str | None,
    audit: Path | None,
    predictions: str | None,
    predicts: str | None,
    keep: bool,
    name: str | None,
) -> None:
    if engine is Engine.SPARK and not master:
        raise InputError("--engine spark needs a --master: local[2] for this machine, or spark://host:7077")
    if engine is Engine.LOCAL and master:
        raise InputError("--master goes with --engine spark")
    if predictions and audit:
        raise InputError("--audit is of annotations; a model that predicts says of every label whether it is there")
    if predicts is not None and predictions is None:
        raise InputError("--predicts goes with --predictions")
    if name is not None and not keep:
        raise InputError("--name goes with --keep")


def _check_places(written: Sequence[Path], read: Sequence[Path], force: bool) -> None:
    """Refuse places that cannot be written, or hold what is read, before hours of counting."""
    from taxonomy.export.files import check_fresh

    for place in written:
        check_fresh(place, force=force)
        if place.is_file() and any(place.resolve().is_relative_to(other.resolve()) for other in read):
            raise InputError(f"{place} is what the rules are learned from, or part of it; name another file")
    if len({place.resolve() for place in written}) < len(written):
        raise InputError("-o and --unresolved name the same file; name two")


def _decisions(path: Path, report: Report) -> Sequence[Decision]:
    from taxonomy import decisions

    return decisions.read(path.resolve().parent, report).rules


def _keep(path: Path, name: str, files: list[str], learned: Learned, decided: Sequence[Decision]) -> str:
    """Keep what was learned in the database, and return the name of the source."""
    from taxonomy.concept import Source
    from taxonomy.store import rules

    title = f"Labels that come together in {', '.join(Path(file).name for file in files)}"
    source = Source(
        rules.PREFIX + name.removeprefix(rules.PREFIX),
        rules.KIND,
        title,
        file=", ".join(files),
        version=learned.estimator,
    )
    rules.keep(path, source, learned.rules, learned.beside, decided)
    return source.name


def _write_unresolved(labels: Sequence[Unresolved], path: Path, force: bool) -> None:
    from taxonomy.export.files import fresh

    with fresh(path, force=force) as out:
        out.write("id\tlabel\tcount\tabsent\twhy\n")
        out.writelines("\t".join(map(str, label)) + "\n" for label in labels)


def _say_what_came(images: int, labels: Labels, unresolved: Sequence[Unresolved]) -> None:
    resolved = labels.came - sum(label.times for label in unresolved)
    came = f"{counted(images, 'image')}, {counted(labels.came, 'label')}"
    absent = f"; and {counted(labels.absent, 'label')} looked for in vain" if labels.absent else ""
    _say(f"{came}, of which {resolved:,} are concepts of the taxonomy{absent}")
    for label in unresolved[:_LISTED]:
        absent = f", {counted(label.absent, 'time')} looked for in vain" if label.absent else ""
        times = counted(label.times, "time") + absent
        _say(f"  no concept: {label.label} ({label.id}), {times}: {label.why}")
    if len(unresolved) > _LISTED:
        _say(f"  and {len(unresolved) - _LISTED:,} more; --unresolved FILE lists all")


def _why(learned: Learned) -> str:
    """Say why an estimator was taken, when nobody chose it."""
    return f", as {learned.why}" if learned.why else ""


def _say(text: str) -> None:
    print(text, file=sys.stderr)
