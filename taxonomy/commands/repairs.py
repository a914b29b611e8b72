"""The commands about what repair cut of the hierarchies of knowledge bases: list it, and put an edge back."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from taxonomy.commands.answers import Question
from taxonomy.commands.decide import author_of, plain
from taxonomy.commands.options import Db, Output, database_path, open_taxonomy
from taxonomy.commands.output import emit
from taxonomy.concept import Decision
from taxonomy.errors import InputError, NotFoundError
from taxonomy.store.read import Taxonomy

COLUMNS = ("source", "child", "child_name", "parent", "parent_name", "kind", "reason")


def repairs(
    source: Annotated[str | None, typer.Option("--in", metavar="SOURCE", help="Only of this knowledge base.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only circle, contradiction, shortcut, too general, self-loop, …"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many.", show_default=False)] = None,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the edges that were cut when knowledge bases were merged and not put back, each with the reason.

    Example: taxonomy repairs --limit 5
    """
    taxonomy = open_taxonomy(db)
    if source is not None:
        taxonomy.source_position(source)
    rows = taxonomy.execute(
        "SELECT source.name, child.id, child.name, parent.id, parent.name, reason FROM cut"
        " JOIN source ON source.position = cut.source JOIN concept AS child ON child.key = cut.child"
        " JOIN concept AS parent ON parent.key = cut.parent WHERE repair = 1 AND NOT EXISTS"
        " (SELECT 1 FROM edge WHERE edge.child = cut.child AND edge.parent = cut.parent) ORDER BY cut.number"
    )
    found = [(*row, *reason.partition(": ")[::2]) for *row, reason in rows]
    kept = [row for row in found if source in (None, row[0]) and kind in (None, row[5])]
    emit(COLUMNS, kept[:limit], format, plain=len(COLUMNS))
    print(f"{len(kept):,} {'edge was' if len(kept) == 1 else 'edges were'} cut", file=sys.stderr)


def restore(
    child: Annotated[str, typer.Argument(metavar="CHILD", help="The concept below.")],
    parent: Annotated[str, typer.Argument(metavar="PARENT", help="The concept above.")],
    author: Annotated[
        str | None, typer.Option(help="Who decides.", show_default="$GIT_AUTHOR_NAME, then the user's name")
    ] = None,
    comment: Annotated[str, typer.Option(help="Why.")] = "",
    db: Db = None,
) -> None:
    """Put back an edge that repair cut: the decision is written to decisions.tsv, and holds at every later build.

    Example: taxonomy restore tomato.n.01 vegetable.n.01 --author Ada
    """
    from taxonomy import decisions

    path = Path(database_path(db))
    with Taxonomy(path) as taxonomy:
        below, above = Question(taxonomy, [child, parent], switches="").take(2, "restore")
        cut = taxonomy.execute(
            "SELECT 1 FROM cut WHERE child = ? AND parent = ? AND repair = 1", (below.key, above.key)
        ).fetchone()
        if cut is None:
            raise NotFoundError(
                f"no edge from {below.id} to {above.id} was cut; 'taxonomy repairs' lists those that were"
            )
        if below.id in {concept.id for concept in (above, *above.ancestors())}:
            raise InputError(
                f"{above.id} is below {below.id}, so the edge would close a circle; cut a way first, by a line in"
                " decisions.tsv"
            )
    word = Decision("edge", below.id, above.id, "is_a", "", date.today().isoformat(), plain("--comment", comment))
    decision = word._replace(author=author_of(author or ""))
    file = decisions.record_other(path.resolve().parent, decision)
    print(below.id, above.id, decision.value, decision.author, decision.date, sep="\t")
    print(f"written to {file}; 'taxonomy merge' applies it, and every later build does", file=sys.stderr)
