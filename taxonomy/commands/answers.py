"""Answers to questions about concepts, printed; without Typer, so that `taxonomy.commands.main` can be quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from taxonomy.commands.database import open_taxonomy
from taxonomy.commands.output import emit, is_plain, note, print_error
from taxonomy.errors import AmbiguousError, InputError, NotFoundError
from taxonomy.store.read import Concept, Taxonomy

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("id", "name", "definition", "of")


class Question:
    """The concepts that a command is asked about.

    Iterating yields each that can be found and reports the others; `finish` then makes the exit code 3.

    Args:
        taxonomy: where to look.
        concepts: what the user typed; ``-`` stands for the lines of stdin.
        sense: take the n-th concept of a name; where several are asked about, of each that has more than one.
        every: take all concepts of a name.
        switches: how the command lets the user choose among the concepts of a name, in words.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        concepts: Sequence[str],
        sense: int | None = None,
        every: bool = False,
        switches: str = "--sense N, --all, or ",
    ) -> None:
        if sense is not None and every:
            raise InputError("--sense takes one concept and --all takes every one; give one of the two")
        self._taxonomy, self._sense, self._every, self._switches = taxonomy, sense, every, switches
        self._failed = False
        self._texts = list(_texts(concepts))
        if not self._texts:
            raise InputError("no concept given: nothing came from stdin")

    @property
    def single(self) -> bool:
        """Whether at most one concept is asked about."""
        return len(self._texts) == 1 and not self._every

    def take(self, count: int, command: str) -> list[Concept]:
        """Return the concepts of exactly so many texts.

        Raises:
            InputError: there are more, or fewer.
        """
        if len(self._texts) != count:
            wanted = f"{count} concepts wanted, {len(self._texts)} given" if count > 1 else "give one concept"
            raise InputError(f"{wanted}\nTry 'taxonomy {command} --help'.")
        return self.all()

    def all(self) -> list[Concept]:
        """Return every concept, or exit when one cannot be found."""
        found = list(self)
        self.finish()
        return found

    def finish(self) -> None:
        """Exit with the code of `NotFoundError` when a concept could not be found; call it after the answers."""
        if self._failed:
            sys.stdout.flush()
            raise SystemExit(NotFoundError.exit_code)

    def __iter__(self) -> Iterator[Concept]:
        for text in self._texts:
            try:
                found = self._resolve(text)
            except NotFoundError as error:
                print_error(error)
                self._failed = True
            else:
                yield from found

    def _resolve(self, text: str) -> list[Concept]:
        if self._sense is None and not self._every:
            try:
                concept, others = self._taxonomy.resolve(text)
            except AmbiguousError as error:
                how = f"choose with {self._switches}an id"
                raise AmbiguousError(f"{text!r} means several concepts; {how}", error.candidates) from None
            if others:
                self._note_others(text, concept, others)
            return [concept]
        found = self._taxonomy.candidates(text)
        if not found:
            self._taxonomy.resolve(text)  # raises, with suggestions
        if self._sense is None:
            return found
        if len(found) == 1 and len(self._texts) > 1:  # path crane n02084071 --sense 2
            return found
        if self._sense > len(found):
            raise NotFoundError(f"{text!r} has {len(found)} concepts, so there is no --sense {self._sense}")
        return [found[self._sense - 1]]

    def _note_others(self, text: str, concept: Concept, others: Sequence[Concept]) -> None:
        named = ", ".join(other.sense_name or other.id for other in others[:4])
        more = f" and {len(others) - 4} more" if len(others) > 4 else ""
        meant = f"{text} = {concept.id} {concept.sense_name or concept.name}"
        note(f"{meant}; not {named}{more} ({self._switches}an id for others)")


def _texts(concepts: Sequence[str]) -> Iterator[str]:
    for text in concepts:
        if text == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield text


def ancestors(
    concepts: Sequence[str],
    *,
    depth: int | None = None,
    dataset: str | None = None,
    sense: int | None = None,
    every: bool = False,
    db: str | Path | None = None,
    format: str | None = None,
) -> None:
    """Print the concepts above, the nearest first."""
    taxonomy = open_taxonomy(db)
    question = Question(taxonomy, concepts, sense, every)
    _print_neighbours(question, lambda concept: concept.ancestors(depth), format, _members(taxonomy, dataset))


def _neighbour_question(neighbours: Callable[[Concept], Iterable[Concept]]) -> Callable[..., None]:
    """Make the answer to a question about the concepts beside one."""

    def answer(
        concepts: Sequence[str],
        *,
        dataset: str | None = None,
        sense: int | None = None,
        every: bool = False,
        db: str | Path | None = None,
        format: str | None = None,
    ) -> None:
        taxonomy = open_taxonomy(db)
        question = Question(taxonomy, concepts, sense, every)
        _print_neighbours(question, neighbours, format, _members(taxonomy, dataset))

    return answer


parents = _neighbour_question(Concept.parents)
children = _neighbour_question(Concept.children)
siblings = _neighbour_question(Concept.siblings)


def descendants(
    concepts: Sequence[str],
    *,
    depth: int | None = None,
    leaves: bool = False,
    dataset: str | None = None,
    instances: bool = True,
    sense: int | None = None,
    every: bool = False,
    db: str | Path | None = None,
    format: str | None = None,
) -> None:
    """Print the concepts below, in the order of the hierarchy."""
    taxonomy = open_taxonomy(db)
    question = Question(taxonomy, concepts, sense, every)
    if is_plain(format):
        for concept in question:
            for block in concept.descendant_lines(depth, leaves=leaves, dataset=dataset, instances=instances):
                sys.stdout.write(block)
        question.finish()
        return
    emit(
        COLUMNS,
        (
            (found.id, found.name, found.definition, concept.id)
            for concept in question
            for found in concept.descendants(depth, leaves=leaves, dataset=dataset, instances=instances)
        ),
        format,
        drawn=3 if question.single else 4,
    )
    question.finish()


def synonyms(
    concepts: Sequence[str],
    *,
    language: str = "en",
    sense: int | None = None,
    every: bool = False,
    db: str | Path | None = None,
    format: str | None = None,
) -> None:
    """Print the names of concepts, the preferred one first."""
    question = Question(open_taxonomy(db), concepts, sense, every)
    rows = ((*row, concept.id) for concept in question for row in _names(concept, language))
    emit(("synonym", "language", "kind", "source", "of"), rows, format, plain=1, drawn=4 if question.single else 5)
    question.finish()


def _names(concept: Concept, language: str) -> list[tuple[str, str, str, str]]:
    """Return the names in a language, or remark that there are none."""
    names = concept.names(language)
    if not names:
        there = ", ".join(dict.fromkeys(tag for _, tag, _, _ in concept.names()))
        note(f"{concept.id} {concept.name} has no name in {language!r}; its languages: {there}")
    return names


def _members(taxonomy: Taxonomy, dataset: str | None) -> set[int] | None:
    """Return the keys of the concepts that are classes of a dataset, or None for no limit."""
    if dataset is None:
        return None
    position = taxonomy.source_position(dataset)
    rows = taxonomy.execute("SELECT concept FROM class WHERE source = ? AND concept IS NOT NULL", (position,))
    return {row[0] for row in rows}


def _print_neighbours(
    question: Question,
    neighbours: Callable[[Concept], Iterable[Concept]],
    format: str | None,
    members: set[int] | None = None,
) -> None:
    plain = is_plain(format)
    emit(
        COLUMNS,
        (
            (found.id, found.name) if plain else (found.id, found.name, found.definition, concept.id)
            for concept in question
            for found in neighbours(concept)
            if members is None or found.key in members
        ),
        format,
        drawn=3 if question.single else 4,
    )
    question.finish()
