"""The command ``evaluate merges``: the classes that the taxonomy makes one against what people say is one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from taxonomy.commands.options import Db, Output, open_taxonomy
from taxonomy.commands.output import emit, note
from taxonomy.errors import InputError
from taxonomy.evaluation.merges import METRICS, Pair, Report, evaluate

_MOST_NOTED = 5
_PREDICTION = ("verdict", *(f"{side}_{what}" for side in "ab" for what in ("dataset", "key", "name", "concept")))


def merges(
    equivalence: Annotated[
        Path,
        typer.Argument(metavar="EQUIVALENCE.tsv", help="A row for each class, a column for each dataset.", exists=True),
    ],
    dataset: Annotated[
        list[str] | None,
        typer.Option("--dataset", metavar="COLUMN=DATASET", help="What a column stands for; may be repeated."),
    ] = None,
    fail_below: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC=VALUE", help=f"Exit 1 when {', '.join(METRICS)} is lower; may be repeated."),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write each pair with its verdict, the wrong ones first.")
    ] = None,
    db: Db = None,
    format: Output = None,
) -> None:
    """Score the classes of different datasets that are one concept against pairs that people made.

    The columns are headed by datasets (coco, or coco_name and coco_mid); every pair of classes that the file names, of
    two datasets, is judged.

    Example: taxonomy evaluate merges same.tsv --fail-below f1=0.9
    """
    bars = [_bar(text) for text in fail_below or ()]
    report = evaluate(open_taxonomy(db), equivalence, dict(_assigned("--dataset", text) for text in dataset or ()))
    for unknown in report.unknown[:_MOST_NOTED]:
        note(f"{equivalence}:{unknown.line}: {unknown.dataset} has no class {unknown.text!r}; it is not judged")
    if len(report.unknown) > _MOST_NOTED:
        note(f"… and {len(report.unknown) - _MOST_NOTED:,} more such names")
    if predictions is not None:
        _write(predictions, report)
    emit(("what", "value"), _rows(report), format)
    failed = [(metric, bar) for metric, bar in bars if getattr(report, metric) < bar]
    for metric, bar in failed:
        print(f"{metric} {getattr(report, metric):.4f} is below {bar}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _rows(report: Report) -> list[tuple[str, object]]:
    return [
        *((f"column {prefix}", dataset) for prefix, dataset in report.datasets.items()),
        ("classes", report.classes),
        ("unknown names", len(report.unknown)),
        ("pairs", report.count("right", "missed")),
        ("merged pairs", report.count("right", "wrong")),
        *((verdict, report.count(verdict)) for verdict in ("right", "wrong", "missed")),
        *((metric, round(getattr(report, metric), 4)) for metric in METRICS),
    ]


def _write(path: Path, report: Report) -> None:
    order = ("wrong", "missed", "right")
    lines = ["\t".join(_PREDICTION), *map(_line, sorted(report.pairs, key=lambda pair: order.index(pair.verdict)))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(pair: Pair) -> str:
    return "\t".join([pair.verdict, *(text or "" for member in (pair.first, pair.second) for text in member)])


def _assigned(option: str, text: str) -> tuple[str, str]:
    left, sign, right = (part.strip() for part in text.partition("="))
    if not (left and sign and right):
        raise InputError(f"{option} {text}: write it as A=B, with nothing left out")
    return left, right


def _bar(text: str) -> tuple[str, float]:
    metric, value = _assigned("--fail-below", text)
    try:
        bar = float(value)
    except ValueError:
        bar = -1.0
    if metric.lower() not in METRICS or not 0 <= bar <= 1:
        raise InputError(f"--fail-below {text}: give {', '.join(METRICS)} and a value from 0 to 1, such as f1=0.9")
    return metric.lower(), bar
