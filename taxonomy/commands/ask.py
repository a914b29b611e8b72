"""Questions about concepts: names, ancestors, descendants, neighbours, paths, search."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import Annotated

import typer

from taxonomy.commands import answers
from taxonomy.commands.answers import Question
from taxonomy.commands.options import Db, Format, Output, open_taxonomy
from taxonomy.commands.output import emit, is_plain
from taxonomy.errors import InputError, NotFoundError

Concepts = Annotated[
    list[str],
    typer.Argument(
        metavar="CONCEPT...",
        help="A wnid, dog.n.01, a CURIE, dataset:key, or a name; - reads them from stdin.",
    ),
]
Sense = Annotated[int | None, typer.Option("--sense", metavar="N", min=1, help="Take the N-th concept of a name.")]
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
        str,
        typer.Option("--language", "--lang", metavar="TAG", help="The language: de, zh, zh-Hans, …, or all of them."),
    ] = "en",
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """List the names of a concept in one language, the preferred one first, with kind and source.

    Example: taxonomy synonyms dog
    """
    answers.synonyms(concepts, language=language, sense=sense, every=every, db=db, format=format)


def path(
    concepts: Annotated[list[str], typer.Argument(metavar="A B", help="Two concepts; - reads them from stdin.")],
    sense: Sense = None,
    db: Db = None,
    format: Output = None,
) -> None:
    """List a shortest way between two concepts, up to a common ancestor and down again.

    Example: taxonomy path coco:17 coco:18
    """
    taxonomy = open_taxonomy(db)
    first, last = Question(taxonomy, concepts, sense, switches="--sense N or ").take(2, "path")
    way = taxonomy.shortest_path(first, last)
    emit(
        ("id", "name", "definition"),
        ((concept.id, concept.name, concept.definition) for concept in way),
        format,
    )


def lca(concepts: Concepts, sense: Sense = None, every: Every = False, db: Db = None, format: Output = None) -> None:
    """List the lowest common ancestors of concepts.

    Example: taxonomy lca coco:17 coco:18 coco:23
    """
    taxonomy = open_taxonomy(db)
    found = taxonomy.lowest_common_ancestors(Question(taxonomy, concepts, sense, every).all())
    if not found:
        raise NotFoundError("they have no common ancestor")
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
    if not text.strip():
        raise InputError("nothing to search for; give a name, or the beginning of one")
    hits = open_taxonomy(db).search(text, limit)
    if not hits:
        raise NotFoundError(f"{text!r}: no name is like it; try another spelling, or a shorter word")
    emit(("id", "name", "matched", "how", "datasets", "definition"), hits, format)


def tree(
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="Where to start.")],
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=1, help="At most N steps down.")] = 2,
    dataset: In = None,
    sense: Sense = None,
    every: Every = False,
    db: Db = None,
    format: Output = None,
) -> None:
    """Draw what is below a concept as a tree; with --in, only the ways to classes of a dataset.

    In a pipe, and with --format json|jsonl|tsv, each concept is a row with its depth, in the order of the tree.

    Example: taxonomy tree canine.n.02 --depth 2 --in imagenet1k
    """
    from taxonomy.commands.branches import branches

    taxonomy = open_taxonomy(db)
    tops = Question(taxonomy, [concept], sense, every).take(1, "tree")
    rows = (branch for top in tops for branch in branches(top, depth, dataset))
    if format is Format.TABLE or (format is None and not is_plain(format)):
        for branch in rows:
            more = f"  … {branch.below} below" if branch.below else ""
            print(f"{branch.lead}{branch.concept.name}  {branch.concept.id}{more}")
    else:
        columns = ("id", "name", "depth", "parent", "definition")
        emit(columns, (branch.row() for branch in rows), format, plain=3)


def show(concepts: Concepts, sense: Sense = None, every: Every = False, db: Db = None, format: Output = None) -> None:
    """Show all that is known of a concept: names, definition, neighbours, datasets, provenance.

    Example: taxonomy show coco:18
    """
    from taxonomy.commands.card import FACTS, card, facts

    question = Question(open_taxonomy(db), concepts, sense, every)
    if format in (None, Format.TABLE):
        width = get_terminal_size().columns if sys.stdout.isatty() else None
        for number, concept in enumerate(question):
            print("\n" * bool(number) + card(concept, width))
    else:
        emit(FACTS, (facts(concept) for concept in question), format)
    question.finish()
