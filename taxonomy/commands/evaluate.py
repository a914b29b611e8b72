"""The commands that compare the taxonomy with what people said."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy.commands.options import Db, Format, Output, database_path
from taxonomy.commands.output import emit
from taxonomy.errors import InputError

if TYPE_CHECKING:
    from taxonomy.draft import Draft
    from taxonomy.evaluation.links import Judged

_MOST_TRAINED = 0.2
# What the measures are, for people; the keys are `taxonomy.evaluation.links.Scores`.
_MEANINGS = {
    "n": "classes that have a gold synset",
    "accuracy": "linked to the gold synset",
    "n_polysemous": "names of several senses in WordNet",
    "accuracy_polysemous": "accuracy among these",
    "near": "linked to it, or at most two is-a steps above",
    "top_3": "it is among the first 3 candidates",
    "recall_20": "it is among the first 20 candidates",
    "auroc": "a right link is surer than a wrong one",
    "ece": "expected calibration error, 15 bins",
    "accuracy_at_70": "accuracy of the surest 70 %",
    "accuracy_at_80": "accuracy of the surest 80 %",
    "accuracy_at_90": "accuracy of the surest 90 %",
    "coverage_98": "share, the surest first, that is right or near at 98 %",
    "n_no_synset": "classes that have no synset",
    "accuracy_no_synset": "not linked as exactMatch, among these",
}
# The same of `taxonomy.evaluation.merged.MergedScores`.
_MERGED_MEANINGS = {
    "n_gold": "items of the list that have a synset",
    "n": "those that the source has; all below is of these",
    "n_given": "joined by an id that the source gives, or by people",
    "joined": "made one with a synset",
    "right": "with the gold synset, among the joined",
    "found": "joined with the gold synset, among all",
    "n_one_sense": "joined, of a name that is a single synset's",
    "right_one_sense": "with the gold synset, among these",
    **{f"right_at_{share}": f"likeliest synset is the gold one, surest {share} %" for share in (70, 80, 90, 95)},
}
_ANSWER_COLUMNS = ("id", "name", "relation", "method", "confidence", "synset", "probability", "gold", "right")
_GOLD_COLUMNS = ("gold", "gold_label", "near", "right")


def links(
    gold: Annotated[
        Path, typer.Argument(metavar="GOLD.tsv", help="A TSV with class_name and gold_synset (a wnid first).")
    ],
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write every link, as 'taxonomy link' does, with the gold behind."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace that file when it exists.")] = False,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Measure how this source was merged instead; the list has class_id (its keys, or ids like wd:Q144).",
        ),
    ] = None,
    names_only: Annotated[
        bool, typer.Option("--names-only", help="Ignore the columns synonyms, definition, parent and domain.")
    ] = False,
    fail_below: Annotated[
        list[str] | None,
        typer.Option("--fail-below", metavar="METRIC=VALUE", help="Exit 1 when a measure is below; may be repeated."),
    ] = None,
    format: Output = None,
    db: Db = None,
) -> None:
    """Measure how well class names are linked, on a list whose synsets people gave.

    A class is right when its best candidate is the gold synset.  Classes with NO_WORDNET_SYNSET are measured apart:
    they are right when nothing is claimed to be the same.  The taxonomy should not hold the dataset of the list, whose
    names it would know.  With --source, nothing is linked anew: it is measured how the classes of a source that is
    there were linked when it was merged.

    Example: taxonomy evaluate links gold.tsv --fail-below accuracy=0.5
    """
    if source is not None:
        _merged(gold, source, predictions, force, fail_below or (), format, db)
        return
    from taxonomy.commands.link import Report, open_linker
    from taxonomy.evaluation.gold import read_gold, trained_share
    from taxonomy.evaluation.links import evaluate, scores
    from taxonomy.sources.wordnet import read_exceptions

    bars = parse_bars(fail_below or (), _MEANINGS)
    rows = read_gold(gold, names_only=names_only)
    if (share := trained_share(rows)) > _MOST_TRAINED:
        print(f"warning: {gold}: the linker was trained on {share:.0%} of these classes", file=sys.stderr)
    aside = Report()
    draft, linker = open_linker(Path(database_path(db)), aside)
    judged = evaluate(rows, draft, linker, read_exceptions())
    aside.close()
    found = scores(judged)
    if predictions is not None:
        _write_predictions(predictions, judged, draft, force)
    print_measures(asdict(found), _MEANINGS, format)
    check_bars(bars, asdict(found))


def print_measures(values: Mapping[str, float | None], meanings: Mapping[str, str], format: Format | None) -> None:
    """Print measures with what they mean; as JSON, one object."""
    if format is Format.JSON:
        import json

        print(json.dumps(values))
        return
    rows: list[tuple[str, object]]
    if format is not Format.JSONL:
        rows = [(key, f"{value:.4f}" if isinstance(value, float) else value) for key, value in values.items()]
    else:
        rows = list(values.items())
    emit(("metric", "value", "meaning"), ((*row, meanings.get(row[0], "")) for row in rows), format, plain=2)


def parse_bars(texts: Sequence[str], meanings: Collection[str]) -> dict[str, float]:
    """Parse what the measures must reach."""
    bars: dict[str, float] = {}
    for text in texts:
        metric, _, value = text.partition("=")
        if metric not in meanings:
            raise InputError(f"--fail-below {text}: no such measure; there are {', '.join(meanings)}")
        try:
            bars[metric] = float(value)
        except ValueError:
            raise InputError(f"--fail-below {text}: not a number; write it as {metric}=0.9") from None
    return bars


def check_bars(bars: Mapping[str, float], values: Mapping[str, float | None], errors: Collection[str] = ()) -> None:
    """Exit 1 when a measure is worse than its bar: less, or more of ``errors``."""
    below: list[str] = []
    for metric, bar in bars.items():
        value = values[metric]
        if value is None:
            below.append(f"{metric} cannot be measured")
        elif metric in errors and not value <= bar:
            below.append(f"{metric} {value:.4f} > {bar:g}")
        elif metric not in errors and not value >= bar:
            below.append(f"{metric} {value:.4f} < {bar:g}")
    if below:
        print(f"below the bar: {', '.join(below)}", file=sys.stderr)
        raise typer.Exit(1)


def _merged(
    gold: Path,
    source: str,
    predictions: Path | None,
    force: bool,
    fail_below: Sequence[str],
    format: Format | None,
    db: Path | None,
) -> None:
    from taxonomy.evaluation.gold import read_gold
    from taxonomy.evaluation.merged import ID_COLUMNS, merged_answers, merged_scores
    from taxonomy.export.files import fresh

    bars = parse_bars(fail_below, _MERGED_MEANINGS)
    rows = read_gold(gold, required=ID_COLUMNS)
    answers = merged_answers(rows, Path(database_path(db)), source)
    found = asdict(merged_scores(rows, answers))
    if predictions is not None:
        with fresh(predictions, force=force) as out:
            out.write("\t".join(_ANSWER_COLUMNS) + "\n")
            for answer in sorted(answers, key=lambda answer: -answer.best[1]):
                cells = (*answer[:2], answer.relation, answer.method, answer.confidence, *answer.best)
                out.write("\t".join(map(str, (*cells, " ".join(sorted(answer.gold)), int(answer.right)))) + "\n")
    print_measures(found, _MERGED_MEANINGS, format)
    check_bars(bars, found)


def _write_predictions(path: Path, judged: Sequence[Judged], draft: Draft, force: bool) -> None:
    from taxonomy.commands.link import COLUMNS, cells
    from taxonomy.evaluation.gold import NO_SYNSET
    from taxonomy.export.files import fresh

    with fresh(path, force=force) as out:
        out.write("\t".join((*COLUMNS, *_GOLD_COLUMNS)) + "\n")
        for row in judged:
            wnid = row.gold.wnid
            label = draft.concepts[draft.key_of[wnid]].name if wnid else ""
            near = row.judgement.near if row.judgement else row.right
            out.write("\t".join((*cells(row.linked), wnid or NO_SYNSET, label, f"{near:d}", f"{row.right:d}")) + "\n")
