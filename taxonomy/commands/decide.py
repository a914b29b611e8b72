"""The command that writes a person's decision about a link."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from taxonomy.commands.answers import Question
from taxonomy.commands.options import Db, database_path
from taxonomy.concept import ROOT, Decision, Relation
from taxonomy.errors import AmbiguousError, InputError, NotFoundError
from taxonomy.store.read import Concept, Taxonomy
from taxonomy.text import form


class Match(StrEnum):
    """The relations that a person can say: the class is the concept, is close to it, below it, or above it."""

    EXACT = Relation.EXACT
    CLOSE = Relation.CLOSE
    BROAD = Relation.BROAD
    NARROW = Relation.NARROW


def decide(
    subject: Annotated[
        str, typer.Argument(metavar="CLASS", help="dataset:key, or dataset:name; with --mark or --rule a concept.")
    ],
    concept: Annotated[
        str | None,
        typer.Argument(
            metavar="CONCEPT", help="A wnid, dog.n.01, a CURIE, or a name; not with --mark.", show_default=False
        ),
    ] = None,
    relation: Annotated[
        Match | None,
        typer.Option(
            help="The class is the concept, is beside it, goes under it (broadMatch), or is above it.",
            show_default="exactMatch",
        ),
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="The class is not to be linked to the concept.")] = False,
    mark: Annotated[
        str | None,
        typer.Option(
            metavar="MARK",
            help="What pictures show of the concept: visual, uncommon, non-visual, a score from 0 to 1; or, of people:"
            " safe, sensitive, offensive.",
            show_default=False,
        ),
    ] = None,
    rule: Annotated[
        bool,
        typer.Option("--rule", help="Images of the first concept show the second, too; or with --reject do not."),
    ] = False,
    author: Annotated[
        str | None, typer.Option(help="Who decides.", show_default="$GIT_AUTHOR_NAME, then the user's name")
    ] = None,
    comment: Annotated[str, typer.Option(help="Why.")] = "",
    db: Db = None,
) -> None:
    """Decide what a class of a dataset is, with --mark what pictures show, or with --rule what comes together.

    The decision beats every machine at this and every later build.  It is appended to decisions.sssom.tsv beside the
    database, a mark or a rule to decisions.tsv; 'taxonomy merge' and 'taxonomy build' apply it.

    Example: taxonomy decide coco:74 mouse.n.04 --author Ada
    """
    path = Path(database_path(db))
    with Taxonomy(path) as taxonomy:
        word = Decision("", "", "", "", author or "", date.today().isoformat(), plain("--comment", comment))
        if mark is not None:
            if concept is not None or relation is not None or reject or rule:
                raise InputError("--mark goes alone: give no second one, no --relation, no --reject and no --rule")
            file = _decide_mark(taxonomy, subject, mark.strip(), word, path)
        elif rule and (concept is None or relation is not None):
            raise InputError("--rule is about two concepts, what is there and what comes with it, without --relation")
        elif rule and concept is not None:
            file = _decide_rule(taxonomy, subject, concept, "reject" if reject else "accept", word, path)
        elif concept is None:
            raise InputError(f"{subject} is what? name the concept of a class, or say with --mark what a concept shows")
        else:
            file = _decide_link(taxonomy, subject, concept, relation or Match.EXACT, reject, word, path)
    applies = "'taxonomy visual mark' applies it" if mark is not None else "'taxonomy merge' applies it"
    print(f"written to {file}; {applies}, and every later build does", file=sys.stderr)


def _decide_link(
    taxonomy: Taxonomy, subject: str, concept: str, relation: Match, reject: bool, word: Decision, path: Path
) -> Path:
    """Write what a class is, and return the file; ``word`` says who decides, when and why."""
    from taxonomy import decisions

    dataset, key, name = _class(taxonomy, subject)
    found = Question(taxonomy, [concept], switches="").take(1, "decide")[0]
    _check_place(taxonomy, dataset, found, relation)
    decision = word._replace(
        kind="link",
        subject=f"{dataset}:{key}",
        object=found.id,
        value=f"not {relation}" if reject else str(relation),
        author=author_of(word.author),
    )
    file = decisions.record(path.resolve().parent, decision, name, found.name)
    print(decision.subject, name, decision.value, *(found.id, found.name, decision.author, decision.date), sep="\t")
    return file


def _decide_mark(taxonomy: Taxonomy, subject: str, value: str, word: Decision, path: Path) -> Path:
    """Write what pictures show of a concept, and return the file."""
    from taxonomy import decisions

    if flaw := decisions.mark_flaw(value):
        raise InputError(f"--mark {value}: {flaw}")
    found = Question(taxonomy, [subject], switches="").take(1, "decide")[0]
    decision = word._replace(kind="mark", subject=found.id, value=value, author=author_of(word.author))
    file = decisions.record_other(path.resolve().parent, decision)
    print(found.id, found.name, value, decision.author, decision.date, sep="\t")
    return file


def _decide_rule(taxonomy: Taxonomy, condition: str, consequence: str, value: str, word: Decision, path: Path) -> Path:
    """Write whether one label comes with another, and return the file."""
    from taxonomy import decisions
    from taxonomy.store.rules import knows

    ids = [
        text if knows(taxonomy, text) else Question(taxonomy, [text], switches="").take(1, "decide")[0].id
        for text in (condition, consequence)
    ]
    if ids[0] == ids[1]:
        raise InputError(f"{condition} and {consequence} are one concept; a rule is about two")
    decision = word._replace(kind="rule", subject=ids[0], object=ids[1], value=value, author=author_of(word.author))
    file = decisions.record_other(path.resolve().parent, decision)
    print(*ids, value, decision.author, decision.date, sep="\t")
    return file


def author_of(given: str) -> str:
    """Return who decides: who is named, else who is at the keyboard."""
    return plain("--author", given or _user())


def plain(option: str, text: str) -> str:
    """Refuse what would break a line of the file."""
    if any(not character.isprintable() for character in text):
        raise InputError(f"{option} {text!r} holds a control character or a line break; leave it out")
    return text


def _class(taxonomy: Taxonomy, text: str) -> tuple[str, str, str]:
    """Return dataset, key and name of the class that a text means: by its key, else by its name.

    Raises:
        NotFoundError: there is none.
        AmbiguousError: several classes of the dataset have the name.
    """
    dataset, colon, wanted = text.partition(":")
    if not colon:
        raise InputError(f"{text}: a class is dataset:key or dataset:name; 'taxonomy classes DATASET' lists them")
    rows = taxonomy.execute(
        "SELECT class.key, class.name, coalesce(concept.id, 'unplaced') FROM class"
        " LEFT JOIN concept ON concept.key = class.concept WHERE class.source = ? ORDER BY position",
        (taxonomy.source_position(dataset),),
    ).fetchall()
    for matches in (
        [row for row in rows if row[0] == wanted],
        [row for row in rows if row[1] == wanted],
        [row for row in rows if form(row[1]) == form(wanted)],
    ):
        if len(matches) > 1:
            candidates = [(f"{dataset}:{key}", name, id) for key, name, id in matches]
            raise AmbiguousError(f"{text!r} means several classes; choose by the key", candidates)
        if matches:
            return dataset, matches[0][0], matches[0][1]
    raise NotFoundError(f"{dataset} has no class {wanted}; 'taxonomy classes {dataset}' lists them")


def _check_place(taxonomy: Taxonomy, dataset: str, concept: Concept, relation: Match) -> None:
    """Refuse what a build could not do: a place that comes later than the class, or none at all."""
    if taxonomy.source_position(dataset) <= _brought_at(taxonomy, concept):
        raise InputError(
            f"{concept.id} comes from {concept.source}, which is not merged before {dataset};"
            " decide for a concept that is there before, or about the other class"
        )
    if concept.id == ROOT and relation in (Match.CLOSE, Match.NARROW):
        raise InputError(f"nothing is beside {ROOT} or above it; choose another concept, or --relation broadMatch")


def _brought_at(taxonomy: Taxonomy, concept: Concept) -> int:
    return int(taxonomy.execute("SELECT source FROM concept WHERE key = ?", (concept.key,)).fetchone()[0])


def _user() -> str:
    """Return who is at the keyboard, as git would."""
    try:
        return os.environ.get("GIT_AUTHOR_NAME") or getpass.getuser()
    except (KeyError, OSError):
        raise InputError("nobody knows who decides; say it with --author") from None
