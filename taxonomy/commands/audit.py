"""The command that lists the links most likely wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taxonomy.commands.options import Db, Encoder, Output, database_path
from taxonomy.commands.output import emit

_GLOSS = 60
_COLUMNS = (
    *("class", "name", "concept", "label", "gloss", "relation", "method"),
    *("best", "best_label", "confidence", "probability", "suspicion"),
)


def audit(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[GOLD|DATASET]",
            help="A TSV with class_name and gold_synset, or a dataset of the database; all datasets by default.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many links.")] = 20,
    encoder: Encoder = "",
    db: Db = None,
    format: Output = None,
) -> None:
    """List the links most likely wrong: the linker, by the name alone, is sure of something else, or was never sure.

    Every class that is right is one that nobody need look at; the list says where a look pays.  A link that is wrong
    is put right with 'taxonomy decide'.

    Example: taxonomy audit coco --limit 5
    """
    from taxonomy.commands.link import Report
    from taxonomy.evaluation.audit import audit_datasets, audit_list

    path, aside = Path(database_path(db)), Report()
    if what is not None and Path(what).is_file():
        found = audit_list(Path(what), path, aside, encoder)
    else:
        found = audit_datasets(path, what, aside, encoder)
    aside.close()
    rows = (suspect._replace(gloss=_short(suspect.gloss)) for suspect in found[:limit])
    emit(_COLUMNS, rows, format, plain=len(_COLUMNS))


def _short(gloss: str) -> str:
    return gloss if len(gloss) <= _GLOSS else f"{gloss[: _GLOSS - 1].rstrip()}…"
