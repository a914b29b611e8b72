"""Which classes of different datasets are one: the taxonomy against a file of equivalences that people made.

The file is a TSV with a header, and each row is one class in several datasets.  A column headed by a dataset
(``coco`` or ``coco_name``) holds its class names; ``coco_mid`` and ``coco_key`` hold ids, which go before the name.
An empty cell says that the dataset has no such class; columns of other headings are left alone.

Every pair of classes that the file names, of two datasets, is judged: they are one when a row holds both, and the
taxonomy says so when both are the same concept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from taxonomy.errors import InputError
from taxonomy.store.read import Taxonomy
from taxonomy.text import form

_FIELDS = ("key", "mid", "name")  # the surest first
_SHORT = {"oid": "openimages", "oi": "openimages", "o365": "objects365"}
METRICS = ("precision", "recall", "f1")


class Unknown(NamedTuple):
    """A cell that names no class of its dataset."""

    line: int
    dataset: str
    text: str


class Member(NamedTuple):
    """A class that the file names; ``concept`` is the id of what it is, or None when it is unplaced."""

    dataset: str
    key: str
    name: str
    concept: str | None


class Pair(NamedTuple):
    """Two classes of different datasets; ``verdict`` is ``right``, ``wrong`` (not one, yet merged) or ``missed``."""

    verdict: str
    first: Member
    second: Member


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome.

    Attributes:
        datasets: column prefix to dataset.
        classes: how many classes the file names.
        pairs: all that are one by the file, by the taxonomy, or by both.
        unknown: what could not be judged, for the taxonomy has no such class.
    """

    datasets: Mapping[str, str]
    classes: int
    pairs: tuple[Pair, ...]
    unknown: tuple[Unknown, ...]

    def count(self, *verdicts: str) -> int:
        """Return the number of pairs of these verdicts."""
        return sum(pair.verdict in verdicts for pair in self.pairs)

    @property
    def precision(self) -> float:
        """Share of the taxonomy's pairs that are right."""
        return _share(self.count("right"), self.count("right", "wrong"))

    @property
    def recall(self) -> float:
        """Share of the file's pairs that the taxonomy has."""
        return _share(self.count("right"), self.count("right", "missed"))

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return _share(2 * self.count("right"), 2 * self.count("right") + self.count("wrong", "missed"))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def evaluate(taxonomy: Taxonomy, path: Path, named: Mapping[str, str] | None = None) -> Report:
    """Judge the merges of a taxonomy.

    Args:
        taxonomy: an open database.
        path: the file of equivalences.
        named: column prefix to dataset, where the prefix is not the dataset's name (``{"oid": "openimages_boxable"}``).
            A prefix that is not there goes to the dataset of that name, else to the one that begins with it and
            has the most of its names.

    Raises:
        InputError: the file cannot be read, or fewer than two of its columns are datasets of the taxonomy.
        NotFoundError: ``named`` gives a dataset that is not in the taxonomy.
    """
    columns, rows = _read(path)
    held = [str(name) for (name,) in taxonomy.execute("SELECT name FROM source WHERE position > 0 ORDER BY position")]
    chosen = _choose(taxonomy, held, columns, rows, named or {})
    if strange := sorted((named or {}).keys() - columns.keys()):
        raise InputError(f"{path}: no column {strange[0]} or {strange[0]}_name; the header has {', '.join(columns)}")
    if len(chosen) < 2:
        raise InputError(
            f"{path}:1: {len(chosen)} of the columns {', '.join(columns)} name datasets of {taxonomy.path}, and "
            "pairs need two; head them by what 'taxonomy sources' lists, or say --dataset COLUMN=DATASET"
        )
    books = {prefix: _Book(taxonomy, dataset) for prefix, dataset in chosen.items()}
    groups: dict[int, list[Member]] = {}
    unknown: list[Unknown] = []
    for line, row in rows:
        groups[line] = []
        for prefix, book in books.items():
            cells = [(field, row[i]) for field, i in columns[prefix] if row[i]]
            members = book.find(cells)
            groups[line] += members
            if cells and not members:
                unknown.append(Unknown(line, book.dataset, cells[-1][1]))
    return Report(chosen, len(set().union(*groups.values())), _judged(groups.values()), tuple(unknown))


def _judged(groups: Iterable[Sequence[Member]]) -> tuple[Pair, ...]:
    """Return every pair that is one by the groups or by the concepts, in a fixed order."""
    groups = list(groups)
    concepts: dict[str, list[Member]] = defaultdict(list)
    for member in dict.fromkeys(member for group in groups for member in group):
        if member.concept is not None:
            concepts[member.concept].append(member)
    gold, merged = set(_pairs(groups)), set(_pairs(concepts.values()))
    verdicts = {(True, True): "right", (False, True): "wrong", (True, False): "missed"}
    return tuple(Pair(verdicts[pair in gold, pair in merged], *pair) for pair in sorted(gold | merged, key=_order))


def _order(pair: tuple[Member, Member]) -> tuple[str, ...]:
    return tuple(text for member in pair for text in member[:3])


def _pairs(groups: Iterable[Sequence[Member]]) -> Iterator[tuple[Member, Member]]:
    for group in groups:
        for first, second in combinations(sorted(set(group), key=lambda member: member[:3]), 2):
            if first.dataset != second.dataset:
                yield first, second


class _Book:
    """The classes of a dataset, by key, MID and name."""

    def __init__(self, taxonomy: Taxonomy, dataset: str) -> None:
        self.dataset = dataset
        rows = taxonomy.execute(
            "SELECT class.key, class.name, mid, concept.id FROM class LEFT JOIN concept ON concept.key = concept"
            " WHERE class.source = ? ORDER BY position",
            (taxonomy.source_position(dataset),),
        )
        self._known: dict[str, dict[str, list[Member]]] = {"key": {}, "mid": {}, "name": {}, "form": {}}
        for key, name, mid, concept in rows:
            member = Member(dataset, key, name, concept)
            for field, text in (("key", key), ("mid", mid or key), ("name", name), ("form", form(name))):
                self._known[field].setdefault(text, []).append(member)

    def find(self, cells: Iterable[tuple[str, str]]) -> list[Member]:
        """Return the classes that the first cell means which means any; a name as it is written before its form."""
        for field, text in cells:
            found = self._known[field].get(text) or (self._known["form"].get(form(text)) if field == "name" else None)
            if found:
                return found
        return []


_Columns = dict[str, list[tuple[str, int]]]
_Rows = list[tuple[int, list[str]]]


def _read(path: Path) -> tuple[_Columns, _Rows]:
    """Return the columns of each prefix, as (field, index), and the rows with their line numbers."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    if not lines:
        raise InputError(f"{path}: empty; the first line must name datasets")
    header = [column.strip() for column in lines[0].split("\t")]
    columns: _Columns = defaultdict(list)
    for index, column in enumerate(header):
        prefix, _, field = column.rpartition("_")
        prefix, field = (prefix, field) if prefix and field in _FIELDS else (column, "name")
        columns[prefix].append((field, index))
    for cells in columns.values():
        cells.sort(key=lambda cell: _FIELDS.index(cell[0]))
    rows = []
    for number, line in enumerate(lines[1:], 2):
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) > len(header):
            raise InputError(f"{path}:{number}: {len(fields)} fields where the header has {len(header)}; mend the row")
        rows.append((number, fields + [""] * (len(header) - len(fields))))
    return dict(columns), rows


def _choose(
    taxonomy: Taxonomy, held: Sequence[str], columns: _Columns, rows: _Rows, named: Mapping[str, str]
) -> dict[str, str]:
    """Return the dataset of each prefix that has one; no dataset serves two."""
    chosen = {prefix: named.get(prefix, prefix) for prefix in columns if prefix in named or prefix in held}
    for prefix in columns.keys() - chosen.keys():
        start = _SHORT.get(prefix, prefix)
        fitting = [dataset for dataset in held if dataset.startswith(start) and dataset not in chosen.values()]
        if fitting:
            books = [_Book(taxonomy, dataset) for dataset in fitting]
            cells = [[(field, row[i]) for field, i in columns[prefix]] for _, row in rows]
            chosen[prefix] = max(books, key=lambda book: sum(bool(book.find(cell)) for cell in cells)).dataset
    return {prefix: chosen[prefix] for prefix in columns if prefix in chosen}
