"""Commands that look at the taxonomy as a whole: counts, sources, classes, overlaps, checks."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from taxonomy.commands.options import Db, Output, open_taxonomy
from taxonomy.commands.output import emit
from taxonomy.concept import BASES, KNOWLEDGE, NAMES
from taxonomy.store.read import Taxonomy
from taxonomy.text import counted

CLASS_COLUMNS = ("key", "name", "concept", "anchor", "relation", "method", "confidence")


def class_rows(taxonomy: Taxonomy, dataset: str) -> Iterator[tuple[object, ...]]:
    """Return `CLASS_COLUMNS` of each class of a dataset, in its order."""
    return taxonomy.execute(
        "SELECT class.key, class.name, concept.id, anchor.id, relation, method, confidence FROM class"
        " LEFT JOIN concept ON concept.key = class.concept LEFT JOIN concept anchor ON anchor.key = class.anchor"
        " WHERE class.source = ? ORDER BY position",
        (taxonomy.source_position(dataset),),
    )


def classes(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A name as 'taxonomy sources' lists them.")],
    unplaced: Annotated[bool, typer.Option("--unplaced", help="Only classes that have no place.")] = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the classes of a dataset and how each is linked.

    Example: taxonomy classes coco
    """
    rows = class_rows(open_taxonomy(db), dataset)
    shown = (row for row in rows if row[2] is None) if unplaced else rows
    emit(CLASS_COLUMNS, shown, format, plain=len(CLASS_COLUMNS))


def roots(db: Db = None, format: Output = None) -> None:
    """List the concepts that have nothing above.

    Example: taxonomy roots
    """
    rows = open_taxonomy(db).execute(
        "SELECT id, name, definition FROM concept WHERE key NOT IN"
        " (SELECT child FROM edge WHERE kind IN ('is_a', 'instance_of')) ORDER BY key"
    )
    emit(("id", "name", "definition"), rows, format)


def sources(db: Db = None, format: Output = None) -> None:
    """List the sources with versions, licences and counts, in merge order.

    Example: taxonomy sources
    """
    taxonomy = open_taxonomy(db)
    concepts = dict(taxonomy.execute("SELECT source, count(*) FROM concept GROUP BY source"))
    rows = taxonomy.execute(
        "SELECT position, (SELECT count(*) FROM class WHERE class.source = source.position), name,"
        " iif(task = '' AND kind = ?, kind, task), version, data_licence, package_licence, package, title, homepage,"
        " attribution FROM source ORDER BY source.position",
        (KNOWLEDGE,),
    )
    columns = (
        *("name", "classes", "new", "task", "version", "data_licence"),
        *("package_licence", "package", "title", "homepage", "attribution"),
    )
    shown = (
        (name, classes, concepts.get(position, 0), task, version, data_licence, *rest)
        for position, classes, name, task, version, data_licence, *rest in rows
    )
    emit(columns, shown, format, plain=6, drawn=6)


def stats(db: Db = None, format: Output = None) -> None:
    """Count what the taxonomy holds.

    Example: taxonomy stats
    """
    taxonomy = open_taxonomy(db)

    def count(query: str) -> int:
        return int(taxonomy.execute(query).fetchone()[0])

    of_bases = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in BASES))
    bases = f"(SELECT position FROM source WHERE {of_bases})"
    rows: list[tuple[str, object]] = [
        ("datasets", count(f"SELECT count(*) FROM source WHERE position > 0 AND NOT {of_bases}")),
        ("knowledge bases", count(f"SELECT count(*) FROM source WHERE kind = '{KNOWLEDGE}'")),
        ("sources of names", count(f"SELECT count(*) FROM source WHERE kind = '{NAMES}'")),
        ("classes", count("SELECT count(*) FROM class")),
        ("classes placed", count("SELECT count(*) FROM class WHERE concept IS NOT NULL")),
        ("classes unplaced", count("SELECT count(*) FROM class WHERE concept IS NULL")),
        ("concepts", len(taxonomy)),
        ("concepts of WordNet", count("SELECT count(*) FROM concept WHERE source = 0")),
        (
            "concepts of datasets only",
            count(f"SELECT count(*) FROM concept WHERE source > 0 AND source NOT IN {bases}"),
        ),
        ("concepts of knowledge bases only", count(f"SELECT count(*) FROM concept WHERE source IN {bases}")),
        ("concepts in a dataset", count(f"SELECT count(DISTINCT concept) FROM class WHERE source NOT IN {bases}")),
        ("names", count("SELECT count(*) FROM name")),
        ("languages", count("SELECT count(DISTINCT language) FROM name")),
        *((f"edges {kind}", n) for kind, n in taxonomy.execute("SELECT kind, count(*) FROM edge GROUP BY kind")),
        (
            "concepts of several parents",
            count(
                "SELECT count(*) FROM (SELECT child FROM edge WHERE kind IN ('is_a', 'instance_of')"
                " GROUP BY child HAVING count(*) > 1)"
            ),
        ),
        ("depth", taxonomy.max_depth()),
    ]
    for relation, method, n in taxonomy.execute(
        "SELECT relation, method, count(*) FROM class WHERE concept IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC"
    ):
        rows.append((f"links {relation} {method}", n))
    for what in ("state", "safety"):
        counts = taxonomy.execute(f"SELECT {what}, count(*) FROM mark GROUP BY 1 ORDER BY 2 DESC, 1")
        rows += ((f"marks {value}", n) for value, n in counts)
    emit(("what", "count"), rows, format)


def overlap(
    first: Annotated[str, typer.Argument(metavar="A", help="A dataset.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another dataset.")],
    db: Db = None,
    format: Output = None,
) -> None:
    """Compare the classes of two datasets: same, broader (A's class holds B's), narrower, only in A, only in B.

    Example: taxonomy overlap voc cifar10
    """
    from taxonomy.store.overlap import overlap as compare

    columns = ("relation", "a_key", "a_name", "b_key", "b_name", "concept")
    emit(columns, compare(open_taxonomy(db), first, second), format, plain=len(columns))


def check(db: Db = None, format: Output = None) -> None:
    """Check the invariants of the taxonomy; exit 1 when any is broken.

    Example: taxonomy check
    """
    from taxonomy.check import CHECKS, Finding, findings

    taxonomy = open_taxonomy(db)
    found: list[Finding] = []
    try:
        found.extend(findings(taxonomy))
    except sqlite3.DatabaseError:
        if not found:  # else the damage is among the findings, and no more can be read
            raise
    if found or format not in (None, "table"):
        emit(("code", "subject", "finding"), found, format, plain=3)
    if found:
        print(counted(len(found), "finding"), file=sys.stderr)
        raise typer.Exit(1)
    print(f"clean: {len(CHECKS)} checks, {len(taxonomy):,} concepts", file=sys.stderr)
