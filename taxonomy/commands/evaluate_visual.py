"""The commands that compare marks with what people said of concepts and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy.commands.evaluate import check_bars, parse_bars, print_measures
from taxonomy.commands.options import Db, Encoder, Output, database_path, folder_or_name
from taxonomy.commands.visual import ModelFile, database_or_none, predicted

if TYPE_CHECKING:
    from taxonomy.marking import Gold

_MEANINGS = {
    "n": "items that were scored",
    "n_extremes": "those that people are sure of: concrete (4.5 of 5 and more) or abstract (2.5 and less)",
    "auc_extremes": "area under the ROC curve, the concrete among these against the abstract",
    "balanced_accuracy": "mean of the shares of both that are told right, at a score of .5",
    "spearman": "rank correlation with the gold, over the whole range",
    "ece_extremes": "expected calibration error of the extremes, 10 bins",
    "ece": "the same over the whole range, where 3.5 and more is concrete",
    "brier": "mean squared error of the score over the whole range",
}
_SAFETY_MEANINGS = {
    "n": "concepts that people judged",
    "offensive_recall": "share of what people call offensive that is marked so",
    "offensive_precision": "share of what is marked offensive that people call so",
    "unsafe_recall": "share of what people call sensitive or offensive that is marked as either",
    "unsafe_precision": "share of what is marked as either that people call so",
}
_ERRORS = ("ece_extremes", "ece", "brier")
_COLUMNS = ("item", "concept", "name", "gold", "score", "state")


def visual(
    gold: Annotated[
        Path, typer.Argument(metavar="GOLD.tsv", help="A TSV with item, score, and scale (such as 1-5, the default).")
    ],
    predictions: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write every item with its gold, its score and its state.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace that file when it exists.")] = False,
    fail_below: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-below",
            metavar="METRIC=VALUE",
            help="Exit 1 when a measure is below, or an error (ece, ece_extremes, brier) above; may be repeated.",
        ),
    ] = None,
    model: ModelFile = None,
    encoder: Encoder = "",
    format: Output = None,
    db: Db = None,
) -> None:
    """Measure how well marks agree with people, on a list of concepts and words that people scored.

    An item is a concept (a wnid, which a name may follow; dog.n.01; a CURIE), whose mark in the database is measured,
    or a name, which is scored as it stands.  The gold becomes a scale from 1 (abstract) to 5 (concrete).

    Example: taxonomy evaluate visual ratings.tsv --fail-below auc_extremes=0.9
    """
    from taxonomy.evaluation.visual import measures
    from taxonomy.marking import read_gold
    from taxonomy.store.read import Taxonomy

    bars = parse_bars(fail_below or (), _MEANINGS)
    path = database_or_none(db)
    if path is None:
        rows = read_gold(gold, None)
    else:
        with Taxonomy(path) as taxonomy:
            rows = read_gold(gold, taxonomy)
    found = predicted([row.item for row in rows], path, model, folder_or_name(encoder))
    values = asdict(measures([row.score for row in rows], [score for score, _ in found]))
    if predictions is not None:
        _write_predictions(predictions, rows, found, path, force)
    print_measures(values, _MEANINGS, format)
    check_bars(bars, values, _ERRORS)


def safety(
    gold: Annotated[
        Path, typer.Argument(metavar="GOLD.tsv", help="A TSV with item, and score: safe, sensitive or offensive.")
    ],
    fail_below: Annotated[
        list[str] | None,
        typer.Option("--fail-below", metavar="METRIC=VALUE", help="Exit 1 when a measure is below; may be repeated."),
    ] = None,
    format: Output = None,
    db: Db = None,
) -> None:
    """Measure how well the marks of safety agree with people, on a list of concepts that people judged.

    An item is a concept: a wnid, which a name may follow, dog.n.01, or a CURIE.

    Example: taxonomy evaluate safety judged.tsv
    """
    from taxonomy.concept import Safety
    from taxonomy.evaluation.visual import safety_measures
    from taxonomy.marking import read_safety_gold
    from taxonomy.store.read import Taxonomy
    from taxonomy.store.stored import load_marks

    bars = parse_bars(fail_below or (), _SAFETY_MEANINGS)
    path = Path(database_path(db))
    with Taxonomy(path) as taxonomy:
        rows = read_safety_gold(gold, taxonomy)
    marks = load_marks(path)
    found = [Safety(marks[key][2]) if key in marks else Safety.UNKNOWN for key, _ in rows]
    values = asdict(safety_measures([said for _, said in rows], found))
    print_measures(values, _SAFETY_MEANINGS, format)
    check_bars(bars, values)


def _write_predictions(
    path: Path, rows: Sequence[Gold], found: Sequence[tuple[float, str]], db: Path | None, force: bool
) -> None:
    from taxonomy.export.files import fresh
    from taxonomy.store.read import Taxonomy

    ids: dict[int | None, str] = {}
    if db is not None:
        with Taxonomy(db) as taxonomy:
            ids = dict(taxonomy.execute("SELECT key, id FROM concept"))
    with fresh(path, force=force) as out:
        out.write("\t".join(_COLUMNS) + "\n")
        for row, (score, state) in zip(rows, found, strict=True):
            concept = ids.get(row.item.concept, "")
            out.write(f"{row.text}\t{concept}\t{row.item.name}\t{row.score:.4g}\t{score:.4f}\t{state}\n")
