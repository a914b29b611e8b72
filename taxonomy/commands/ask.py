"""Questions about concepts: names, ancestors, descendants, neighbours, paths, search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from taxonomy.commands import answers
from taxonomy.commands.answers import Question
from taxonomy.commands.options import Db, Format, Output, open_taxonomy
from taxonomy.commands.output import emit
from taxonomy.errors import NotFoundError
from taxonomy.store.read import Concept

Concepts = Annotated[
    list[str],
    typer.Argument(
        metavar="CONCEPT...",
        help="A wnid, dog.n.01, a CURIE, dataset:key, or a name; - reads them from stdin.",
    ),
]
Sense = Annotated[int | None, typer.Option("--sense", metavar="N", min=1, help="Take the N-th concept of the name.")]
Every = Annotated[bool, typer.Option("--all", help="Take every concept of the name.")]
Depth = Annotated[int | None, typer.Option("--depth", metavar="N", min=1, help="At most N steps away.")]

In = Annotated[str | None, typer.Option("--in", metavar="DATASET", help="Only concepts that are classes of it.")]


def ancestors(
    concepts: Concepts,
    depth: Depth = None,
    direct: Annotated[bool, typer.Option("--direct", help="Only the parents.")] = False,
    dataset: In = None,
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the concepts above, the nearest first.

    Example: taxonomy ancestors coco:18
    """
    answers.ancestors(
        concepts,
        depth=1 if direct else depth,
        dataset=dataset,
        sense=sense,
        every=every,
        db=db,
        format=format,
    )


def descendants(
    concepts: Concepts,
    depth: Depth = None,
    direct: Annotated[bool, typer.Option("--direct", help="Only the children.")] = False,
    leaves: Annotated[bool, typer.Option("--leaves", help="Only concepts that have nothing below.")] = False,
    dataset: In = None,
    instances: Annotated[bool, typer.Option(help="Individuals (Paris) too.")] = True,
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the concepts below, in the order of the hierarchy.

    Example: taxonomy descendants n02083346 --in coco
    """
    answers.descendants(
        concepts,
        depth=1 if direct else depth,
        leaves=leaves,
        dataset=dataset,
        instances=instances,
        sense=sense,
        every=every,
        db=db,
        format=format,
    )


def parents(
    concepts: Concepts, sense: Sense = None, every: Every = False, db: Db = None, format: Output = None
) -> None:
    """List the concepts right above.

    Example: taxonomy parents dog.n.01
    """
    answers.parents(concepts, sense=sense, every=every, db=db, format=format)


def children(
    concepts: Concepts,
    dataset: In = None,
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the concepts right below.

    Example: taxonomy children canine.n.02
    """
    answers.children(concepts, dataset=dataset, sense=sense, every=every, db=db, format=format)


def siblings(
    concepts: Concepts,
    dataset: In = None,
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the other children of the parents.

    Example: taxonomy siblings coco:17
    """
    answers.siblings(concepts, dataset=dataset, sense=sense, every=every, db=db, format=format)


def synonyms(
    concepts: Concepts,
    language: Annotated[
        str | None, typer.Option("--lang", metavar="TAG", help="Only this language (en, zh, ...).")
    ] = None,
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the names of a concept, the preferred one first, with language, kind and source.

    Example: taxonomy synonyms dog
    """
    answers.synonyms(concepts, language=language, sense=sense, every=every, db=db, format=format)


def path(
    start: Annotated[str, typer.Argument(metavar="A", help="A concept.")],
    end: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    db: Db = None,
    format: Output = None,
) -> None:
    """List a shortest way between two concepts, up to a common ancestor and down again.

    Example: taxonomy path coco:17 coco:18
    """
    taxonomy = open_taxonomy(db)
    first, last = Question(taxonomy, [start, end])
    way = taxonomy.shortest_path(first, last)
    emit(
        ("id", "name", "definition"),
        ((concept.id, concept.name, concept.definition) for concept in way),
        format,
    )


def lca(concepts: Concepts, db: Db = None, format: Output = None) -> None:
    """List the lowest common ancestors of concepts.

    Example: taxonomy lca coco:17 coco:18 coco:23
    """
    taxonomy = open_taxonomy(db)
    found = taxonomy.lowest_common_ancestors(list(Question(taxonomy, concepts)))
    emit(
        ("id", "name", "definition"),
        ((concept.id, concept.name, concept.definition) for concept in found),
        format,
    )


def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many concepts.")] = 20,
    db: Db = None,
    format: Output = None,
) -> None:
    """Search names: exact, synonym, prefix, then similar; the concepts of most datasets first.

    Example: taxonomy search "sea snake"
    """
    hits = open_taxonomy(db).search(text, limit)
    if not hits:
        raise NotFoundError(f"{text!r}: nothing found")
    emit(("id", "name", "matched", "how", "datasets", "definition"), hits, format)


def tree(
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="Where to start.")],
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=1, help="At most N steps down.")] = 2,
    dataset: In = None,
    sense: Sense = None,
    db: Db = None,
) -> None:
    """Draw what is below a concept as a tree; with --in, only the ways to classes of a dataset.

    Example: taxonomy tree canine.n.02 --depth 2 --in imagenet1k
    """
    taxonomy = open_taxonomy(db)
    (top,) = Question(taxonomy, [concept], sense, False)
    kept: set[int] | None = None
    if dataset is not None:
        kept = set()
        for found in top.descendants(dataset=dataset):
            kept |= {found.key, *(above.key for above in found.ancestors())}

    def draw(here: Concept, lead: str, level: int) -> Iterator[str]:
        below = [child for child in here.children() if kept is None or child.key in kept]
        if level == depth:
            if below:
                yield f"{lead}└── … {len(below)} below"
            return
        for child in below:
            final = child == below[-1]
            yield f"{lead}{'└── ' if final else '├── '}{child.name}  {child.id}"
            yield from draw(child, lead + ("    " if final else "│   "), level + 1)

    print(f"{top.name}  {top.id}")
    for line in draw(top, "", 0):
        print(line)


def show(concepts: Concepts, sense: Sense = None, every: Every = False, db: Db = None, format: Output = None) -> None:
    """Show all that is known of a concept: names, definition, neighbours, datasets, provenance.

    Example: taxonomy show coco:18
    """
    from taxonomy.commands.card import card, facts

    question = Question(open_taxonomy(db), concepts, sense, every)
    if format in (None, Format.TABLE):
        for concept in question:
            print(card(concept))
    else:
        rows = [facts(concept) for concept in question]
        emit(tuple(rows[0]), (tuple(row.values()) for row in rows), format)
