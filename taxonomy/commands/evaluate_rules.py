"""The command ``evaluate rules``: rules about labels against images that they were not learned from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy.commands.annotations import Strict, named_rules, say_foreign
from taxonomy.commands.evaluate import check_bars, parse_bars, print_measures
from taxonomy.commands.link import Report
from taxonomy.commands.options import Db, Output, finite, open_taxonomy

if TYPE_CHECKING:
    from taxonomy.evaluation.rules import Images, Scores
    from taxonomy.labels.space import Space

_MEANINGS = {
    "images": "images of the file",
    "rules": "rules",
    "precision": "of the labels somebody looked for and rules would add, those that are there",
    "recall": "of the labels that are there, those that rules would add",
    "new_per_image": "labels that rules would add to an image",
    "rules_true": "of the rules that the images can tell of, those that reach the threshold in them",
    "rules_found": "of the pairs that reach it in the images, kin excluded, those that are rules",
    "present": "labels that are there",
    "absent": "labels that were looked for in vain",
    "found": "of those there, added",
    "contradicted": "of those absent, added",
    "new": "added where nobody looked",
    "judged": "rules that the images can tell of",
    "true": "of these, reaching the threshold",
    "likely": "pairs that reach the threshold",
}
_ERRORS = ("new_per_image",)
_Share = Annotated[
    float,
    typer.Option(min=0, max=1, callback=finite, metavar="P", help="From which probability on a pair should be a rule."),
]


def rules(
    rules: Annotated[
        str, typer.Argument(metavar="RULES", help="A file of 'taxonomy cooccur learn', or the name of rules it kept.")
    ],
    labels: Annotated[
        Path, typer.Option("--labels", metavar="HELD_OUT", help="Annotations that the rules were not learned from.")
    ],
    vocabulary: Annotated[
        str | None, typer.Option(metavar="DATASET", help="The dataset whose labels the annotations have.")
    ] = None,
    ancestors: Annotated[
        bool, typer.Option("--ancestors/--no-ancestors", help="Take the ancestors of each label as given first.")
    ] = False,
    chains: Annotated[
        bool, typer.Option("--chains/--no-chains", help="Apply rules to what rules add, as 'labels expand' does.")
    ] = False,
    threshold: _Share = 0.5,
    min_confidence: Annotated[
        float,
        typer.Option(min=0, max=1, callback=finite, metavar="P", help="Apply rules, and chains, that are so probable."),
    ] = 0.5,
    fail_below: Annotated[
        list[str] | None,
        typer.Option("--fail-below", metavar="METRIC=VALUE", help="Exit 1 when a measure is worse; may be repeated."),
    ] = None,
    strict: Strict = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """Measure rules on annotations that they were not learned from.

    Precision needs labels that were looked for in vain (confidence 0); without them it is not known.  It means little
    without the number of labels that an image gets, which is printed with it.  A pair is judged by the images with its
    first label, where there are such labels by those where somebody looked for the second; 10 must be.

    Example: taxonomy evaluate rules my_rules.tsv --labels held_out.tsv
    """
    from taxonomy.evaluation.rules import evaluate
    from taxonomy.labels.space import Space

    bars = parse_bars(fail_below or (), _MEANINGS)
    report = Report(strict)
    with open_taxonomy(db) as taxonomy:
        learned = named_rules(taxonomy, rules)
        space = Space(taxonomy, vocabulary)
        say_foreign(taxonomy, space, learned)
        scores = evaluate(
            learned,
            space,
            _images(labels, space, report),
            threshold=threshold,
            min_confidence=min_confidence,
            chains=chains,
            ancestors=ancestors,
        )
    report.close()
    if learned and not scores.met:
        print(f"warning: {labels} has no label that a rule of {rules} starts from; --vocabulary?", file=sys.stderr)
    values = _values(scores)
    print_measures(values, _MEANINGS, format)
    check_bars(bars, values, _ERRORS)


def _images(path: Path, space: Space, report: Report) -> Iterator[Images]:
    import numpy as np

    from taxonomy.labels import open_labels
    from taxonomy.labels._settle import without_denied

    annotations = open_labels(path, report)
    codes = np.empty(0, np.int32)
    for batch in map(without_denied, annotations.batches()):
        new = [space.code(label) for label in annotations.labels[len(codes) :]]
        codes = np.append(codes, np.array(new, np.int32))
        yield batch.starts, codes[batch.labels], batch.confidence


def _values(scores: Scores) -> dict[str, float | None]:
    return {key: getattr(scores, key) for key in _MEANINGS}
