"""The lists that marks are made, learned and measured by: what to score, labels to train on, and gold lists.

Each is a TSV with a header, whose columns come in any order, others being left alone:

======  ==================================  =====================================================================
list    columns                             a row
======  ==================================  =====================================================================
items   ``id`` or ``name`` or both, and     what to score; one name a line will do, without a header
        ``definition``
labels  ``concept_or_name``; ``score`` or   what people say of it: a `State`, or a score from 0 to 1 (or on the
        ``state``; ``scale``                scale that the column gives, such as ``1-5``); of a name that only one
                                            concept has, it is about that
gold    ``item``, ``score``; ``scale``      the same, on a scale from 1 to 5 unless the column gives another
safety  ``item``, ``score``                 what people say of a concept: safe, sensitive or offensive
======  ==================================  =====================================================================
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import NoReturn

from taxonomy.concept import WNID, Safety, State
from taxonomy.draft import Draft
from taxonomy.errors import InputError, NotFoundError
from taxonomy.store.read import Taxonomy
from taxonomy.visual import Item, Label
from taxonomy.visual.mark import states_of

STDIN = Path("-")
MIDDLE = 0.5
"""The score from which on a concept is visual."""

_SAID = tuple(safety for safety in Safety if safety is not Safety.UNKNOWN)
_LABELLED = {State.VISUAL: 1.0, State.UNCOMMON: 0.75, State.NON_VISUAL: 0.0}
_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
# 1-5, 1..5, and what published norms write: 1=abstract..5=concrete
_SCALE = re.compile(rf"\s*({_NUMBER})\s*(?:=[^.]*)?(?:\.\.+|-|–|to)\s*({_NUMBER})\s*(?:=.*)?")
_CONCEPT = re.compile(r"n[0-9]{8}|\S+\.n\.[0-9]+|\S+:\S+")

Report = Callable[[str, str], None]
"""Takes where something is (``file:line``) and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list of items.

    Attributes:
        id: as the list gives it, or empty.
        name: the same; where it has none, that of the concept.
        item: what is scored.
    """

    id: str
    name: str
    item: Item


@dataclass(frozen=True, slots=True)
class Gold:
    """A row of a gold list.

    Attributes:
        text: the item as the list writes it.
        item: what is meant.
        score: what people say, on the scale from 1 to 5.
        where: its place (``gold.tsv:12``).
    """

    text: str
    item: Item
    score: float
    where: str


def read_items(path: Path, taxonomy: Taxonomy | None, report: Report) -> list[Listed]:
    """Read a list of items.

    Args:
        path: a TSV, a list with one name a line, or ``-`` for stdin.
        taxonomy: where concepts are; without one, only names count.
        report: told where a row is that is set aside, and why.

    Raises:
        InputError: it cannot be read, or has no usable row.
    """
    lines = _lines(path)
    first = next((line for _, line in lines if line.strip()), "")
    if first and "\t" not in first and not {"id", "name"} & set(_header(first)):
        lines = [(_place(path), "name"), *_names(lines, report)]
    found: list[Listed] = []
    for where, row in _rows(path, lines, report, (), ("id", "name")):
        id, name = row.get("id", "").strip(), row.get("name", "").strip()
        concept = find(taxonomy, id) if id else None
        if concept is None and not name:
            report(where, _nameless(id, taxonomy))
            continue
        item = _item(taxonomy, concept, name, row.get("definition", "").strip())
        found.append(Listed(id, name or item.name, item))
    if not found:
        raise InputError(f"{_place(path)}: no usable row; give at least one name, or id of a concept")
    return found


def read_labels(path: Path, taxonomy: Taxonomy, report: Report) -> list[Label]:
    """Read labels to train on; of an item that comes several times the mean counts.

    Raises:
        InputError: it cannot be read, or the labels are of one class only, so that nothing can be learned.
    """
    scores: dict[Item, list[tuple[str, float]]] = defaultdict(list)
    for where, row in _rows(path, _lines(path), report, ("concept_or_name",), ("score", "state")):
        text = row["concept_or_name"].strip()
        if not text:
            report(where, "concept_or_name is empty")
            continue
        concept = find(taxonomy, text)
        if concept is None and _CONCEPT.fullmatch(text):
            report(where, f"{text}: no concept of {taxonomy.path}")
            continue
        if concept is None and len(bearers := taxonomy.candidates(text)) == 1:
            concept = bearers[0].key  # a name that means nothing else teaches what its concept is too
        try:
            score = _labelled(row)
        except ValueError as error:
            report(where, str(error))
        else:
            named = "" if concept is not None and _CONCEPT.fullmatch(text) else text
            scores[_item(taxonomy, concept, named)].append((where, score))
    labels: list[Label] = []
    for item, given in scores.items():
        values = [score for _, score in given]
        if min(values) < MIDDLE <= max(values):
            places = ", ".join(where for where, _ in given)
            report(given[0][0], f"{item.name}: the labels of {places} contradict each other; keep one")
        else:
            labels.append(Label(item, sum(values) / len(values)))
    if len(kinds := {label.score >= MIDDLE for label in labels}) < 2:
        only = f"all {len(labels)} usable labels are {'visual' if True in kinds else 'non-visual'}"
        what = only if labels else "there is no usable label"
        raise InputError(f"{path}: {what}; to tell them apart takes labels of both, visual and non-visual")
    return labels


def labelled_concepts(path: Path, taxonomy: Taxonomy, report: Report) -> set[int]:
    """Return the keys of the concepts that are in a list of labels, usable or not.

    Raises:
        InputError: it cannot be read.
    """
    rows = _rows(path, _lines(path), report, ("concept_or_name",))
    keys = {find(taxonomy, row["concept_or_name"].strip()) for _, row in rows}
    return {key for key in keys if key is not None}


def read_gold(path: Path, taxonomy: Taxonomy | None) -> list[Gold]:
    """Read a gold list.

    Raises:
        InputError: it cannot be read, or has a row that is none; with the line.
    """
    found: list[Gold] = []
    for where, row, text, concept in _gold(path, taxonomy):
        try:
            lowest, highest = _scale(row.get("scale", "").strip() or "1-5")
            share = (_on_scale(row["score"], lowest, highest) - lowest) / (highest - lowest)
        except ValueError as error:
            _refuse(where, str(error))
        found.append(Gold(text, _item(taxonomy, concept, "" if concept is not None else text), 1 + 4 * share, where))
    if not found:
        raise InputError(f"{path}: no item; give at least one row below the header")
    return found


def read_safety_gold(path: Path, taxonomy: Taxonomy) -> list[tuple[int, Safety]]:
    """Read a gold list of safety: the key of each concept, and what people say of it.

    Raises:
        InputError: it cannot be read, or has a row that is none; with the line.
    """
    found: list[tuple[int, Safety]] = []
    for where, row, text, concept in _gold(path, taxonomy):
        if concept is None:
            _refuse(where, f"{text} is no concept of {taxonomy.path}, and only concepts have a safety")
        said = row["score"].strip()
        if said not in _SAID:
            _refuse(where, f"the score {said!r} is none of {', '.join(_SAID)}")
        found.append((concept, Safety(said)))
    if not found:
        raise InputError(f"{path}: no item; give at least one row below the header")
    return found


def _refuse(where: str, what: str) -> NoReturn:
    raise InputError(f"{where}: {what}; correct it")


def _gold(path: Path, taxonomy: Taxonomy | None) -> Iterator[tuple[str, dict[str, str], str, int | None]]:
    """Yield place, cells, item and concept of each row of a gold list."""
    for where, row in _rows(path, _lines(path), _refuse, ("item", "score")):
        text = row["item"].strip()
        if not text:
            _refuse(where, "item is empty")
        id = text.split()[0] if WNID.fullmatch(text.split()[0]) else text
        concept = find(taxonomy, id)
        if concept is None and WNID.fullmatch(id):
            if taxonomy is not None:
                _refuse(where, f"{id} is not in WordNet 3.0 (perhaps a WordNet 3.1 offset)")
            raise InputError(f"{where}: {id} is a concept, and there is no database; name one with --db")
        yield where, row, text, concept


class States:
    """The state that follows from a score, of a concept of a draft or of what has no place in it.

    Args:
        draft: the taxonomy; without one, nothing is uncommon.
    """

    def __init__(self, draft: Draft | None) -> None:
        self._draft = draft
        self._seen: list[State] = []  # what each concept is when it is visual

    def __call__(self, score: float, concept: int | None) -> State:
        """Return the state of a score from 0 to 1; ``concept`` is its key."""
        if score < MIDDLE:
            return State.NON_VISUAL
        if self._draft is None or concept is None:
            return State.VISUAL
        if not self._seen:
            self._seen = states_of(self._draft, [1.0] * len(self._draft.concepts))
        return self._seen[concept]


def find(taxonomy: Taxonomy | None, text: str) -> int | None:
    """Return the key of the concept that an id, a sense (``dog.n.01``) or ``dataset:key`` stands for; of no name."""
    if taxonomy is None or not _CONCEPT.fullmatch(text):
        return None
    try:
        return taxonomy.resolve(text)[0].key
    except NotFoundError:
        return None


def _names(lines: Sequence[tuple[str, str]], report: Report) -> Iterator[tuple[str, str]]:
    """Pass on the lines of a list of names.

    Raises:
        InputError: it is a table whose columns are not separated by tabs.
    """
    for number, (where, line) in enumerate(lines):
        if number == 0 and {"id", "name"} & {cell.strip().lower() for cell in re.split("[,;]", line)}:
            raise InputError(f"{where}: the columns are not separated by tabs; save it as a TSV")
        if "\t" in line:
            report(where, "several columns, and no header with id or name; write one")
        else:
            yield where, line


def _item(taxonomy: Taxonomy | None, concept: int | None, name: str, definition: str = "") -> Item:
    """Make an item; what the list does not say of a concept, the taxonomy does."""
    if taxonomy is None or concept is None:
        return Item(name, definition, concept)
    known = taxonomy.concept(concept)
    return Item(name or known.name, definition or known.definition, concept)


def _nameless(id: str, taxonomy: Taxonomy | None) -> str:
    if not id:
        return "neither an id nor a name"
    if taxonomy is None:
        return f"{id}: no name, and there is no database to find it in (name one with --db)"
    return f"{id}: no concept of {taxonomy.path}, and no name"


# Scores


def _labelled(row: dict[str, str]) -> float:
    """Return the score of a row of labels.

    Raises:
        ValueError: it has none, or one outside the scale, with the reason.
    """
    score, state = row.get("score", "").strip(), row.get("state", "").strip()
    if score:
        lowest, highest = _scale(row.get("scale", "").strip() or "0-1")
        value = (_on_scale(score, lowest, highest) - lowest) / (highest - lowest)
        if state and state in set(State) and (value >= MIDDLE) != (_LABELLED[State(state)] >= MIDDLE):
            raise ValueError(f"the score {score} contradicts the state {state}")
    if state and state not in set(State):
        raise ValueError(f"the state {state!r} is none of {', '.join(State)}")
    if not score and not state:
        raise ValueError("neither a score nor a state")
    return value if score else _LABELLED[State(state)]


def _scale(text: str) -> tuple[float, float]:
    found = _SCALE.fullmatch(text)
    if not found or not float(found[1]) < float(found[2]):
        raise ValueError(f"the scale {text!r} is no range; write it as 1-5")
    return float(found[1]), float(found[2])


def _on_scale(text: str, lowest: float, highest: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"the score {text!r} is no number") from None
    if not isfinite(value) or not lowest <= value <= highest:
        raise ValueError(f"the score {text} is outside the scale from {lowest:g} to {highest:g}")
    return value


# Tables


def _rows(
    path: Path, lines: Iterable[tuple[str, str]], report: Report, needed: Sequence[str], either: Sequence[str] = ()
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield place and cells of each row of a TSV that has the columns ``needed``, and one at least of ``either``."""
    every = [(where, line) for where, line in lines if line.strip()]
    if not every:
        raise InputError(
            f"{_place(path)}: empty; give a header with {' and '.join(needed) or ' or '.join(either)}, and rows"
        )
    (where, first), *rest = every
    header = _header(first)
    if missing := [column for column in needed if column not in header]:
        raise InputError(f"{where}: the header lacks {', '.join(missing)}")
    if either and not set(either) & set(header):
        raise InputError(f"{where}: the header has neither {' nor '.join(either)}")
    for where, line in rest:
        cells = line.split("\t")
        if len(cells) == len(header):
            yield where, dict(zip(header, cells, strict=True))
        else:
            report(where, f"{len(cells)} cells where the header has {len(header)}")


def _header(line: str) -> list[str]:
    return [column.strip().lower() for column in line.split("\t")]


def _place(path: Path) -> str:
    return "stdin" if path == STDIN else str(path)


def _lines(path: Path) -> list[tuple[str, str]]:
    """Return place and text of each line.

    Raises:
        InputError: the file cannot be read, or is not UTF-8.
    """
    place = _place(path)
    try:
        data = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{place}:{line}: not UTF-8 (byte {error.start} of the file); save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    lines = text.replace("\r\n", "\n").split("\n")
    return [(f"{place}:{number}", line) for number, line in enumerate(lines, 1)]
