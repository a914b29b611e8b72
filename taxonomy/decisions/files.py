"""The files that people's decisions are in: ``decisions.sssom.tsv`` for links, ``decisions.tsv`` for all else.

They lie beside the database and belong to the people: they are read, and `record` appends a row; nothing that is there
is ever changed.
"""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from taxonomy import sssom
from taxonomy.concept import Decision, Relation, Safety, State
from taxonomy.errors import InputError

LINKS, OTHERS = "decisions.sssom.tsv", "decisions.tsv"
NOT = "not "
"""What the value of a rejection begins with."""

_BY_HAND = "semapv:ManualMappingCuration"
_COLUMNS = ("kind", "subject", "object", "value", "author", "date")
_VALUES = {"edge": ("is_a", "cut"), "rule": ("accept", "reject")}
_MARK_VALUES = (*State, *(safety for safety in Safety if safety is not Safety.UNKNOWN))
# The cells that a row of the kind must have.
_NEEDED = {"edge": ("subject", "object", "value"), "mark": ("subject", "value"), "rule": ("subject", "object", "value")}
_MAPPING = (
    *("subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id", "object_label"),
    *("mapping_justification", "author_label", "mapping_date", "comment"),
)

Report = Callable[[str, str], None]
"""Takes where something is (``file:line``) and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided and is in force.

    Attributes:
        links: of each dataset's classes: every rejection, and at most one other decision a class.
        edges: the last one of each pair of concepts.
        marks: every one, the oldest first.
        rules: the last one of each pair of labels.
    """

    links: Mapping[str, tuple[Decision, ...]]
    edges: tuple[Decision, ...]
    marks: tuple[Decision, ...]
    rules: tuple[Decision, ...]


def read(folder: Path, report: Report) -> Decisions:
    """Read the decisions in a folder; a file that is not there holds none.

    Raises:
        InputError: a file cannot be read at all; bad rows are reported and left out.
    """
    links = list(_read_links(folder / LINKS, report)) if (folder / LINKS).exists() else []
    others = list(_read_others(folder / OTHERS, report)) if (folder / OTHERS).exists() else []
    edges = {(row.subject, row.object): row for row in _by_date(row for row in others if row.kind == "edge")}
    marks = _by_date(row for row in others if row.kind == "mark")
    rules = {(row.subject, row.object): row for row in _by_date(row for row in others if row.kind == "rule")}
    return Decisions(_in_force(links), tuple(edges.values()), tuple(marks), tuple(rules.values()))


def _by_date(decisions: Iterable[Decision]) -> list[Decision]:
    """Sort by date; of one day, the later row is the later decision."""
    return sorted(decisions, key=lambda decision: decision.date)


def _in_force(links: Iterable[Decision]) -> dict[str, tuple[Decision, ...]]:
    """Group by dataset, and leave out what a later decision about the same class takes back."""
    classes: dict[str, dict[str, Decision]] = defaultdict(dict)
    for decision in _by_date(links):
        held = classes[decision.subject]  # by what it is about: the rejected concept, or '' for the place
        if decision.value.startswith(NOT):
            if "" in held and held[""].object == decision.object:
                del held[""]
            held[decision.object] = decision
        else:
            held.pop(decision.object, None)
            held[""] = decision
    datasets: dict[str, list[Decision]] = defaultdict(list)
    for subject, held in sorted(classes.items()):
        datasets[subject.partition(":")[0]] += (held[object] for object in sorted(held))
    return {dataset: tuple(rows) for dataset, rows in datasets.items()}


def _read_links(path: Path, report: Report) -> Iterator[Decision]:
    read = sssom.read_set(path, report)
    relations = {f"skos:{relation}" for relation in Relation if relation is not Relation.UNPLACED}
    for line, row in zip(read.lines, read.mappings, strict=True):
        where = f"{path}:{line}"
        subject, object = sssom.entity(row.subject_id), sssom.entity(row.object_id)
        if ":" not in subject:
            report(where, f"subject_id {row.subject_id!r} is no class; write dataset:key")
        elif row.predicate_id not in relations:
            report(where, f"predicate_id {row.predicate_id!r} is none of {', '.join(sorted(relations))}")
        elif row.object_id == sssom.NO_TERM:
            report(where, "nothing is decided by sssom:NoTermFound; say with skos:broadMatch what the class goes under")
        else:
            value = NOT * (row.predicate_modifier == "Not") + row.predicate_id.removeprefix("skos:")
            author = row.author_label or row.author_id
            yield Decision("link", subject, object, value, author, row.mapping_date, row.comment, where)


def _read_others(path: Path, report: Report) -> Iterator[Decision]:
    """Read the rows of the plain table; further columns, such as ``comment``, may be there."""
    try:
        lines = io.StringIO(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start} of the file); save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    header = _header(next(lines, ""))
    if missing := [column for column in _COLUMNS if column not in header]:
        raise InputError(f"{path}:1: the header lacks {', '.join(missing)}; it has {', '.join(_COLUMNS)}")
    for number, line in enumerate(lines, 2):
        cells = [cell.strip() for cell in line.split("\t")]
        where = f"{path}:{number}"
        if not line.strip():
            continue
        if len(cells) != len(header):
            report(where, f"{len(cells)} cells where the header has {len(header)}; correct it")
            continue
        row = dict(zip(header, cells, strict=True))
        if flaw := _flaw(row):
            report(where, flaw)
        else:
            own = {column: row[column] for column in _COLUMNS}
            yield Decision(**own, comment=row.get("comment", ""), where=where)


def _header(line: str) -> list[str]:
    return [column.strip() for column in line.split("\t")]


def _flaw(row: Mapping[str, str]) -> str:
    """Say what makes a row no decision; empty when nothing does."""
    if row["kind"] not in _NEEDED:
        return f"the kind {row['kind']!r} is none of {', '.join(_NEEDED)}"
    if empty := [column for column in _NEEDED[row["kind"]] if not row[column]]:
        return f"{', '.join(empty)} of the {row['kind']} is empty"
    known = _VALUES.get(row["kind"])
    if known and row["value"] not in known:
        return f"the value {row['value']!r} of the {row['kind']} is none of {', '.join(known)}"
    if row["kind"] == "mark" and (wrong := mark_flaw(row["value"])):
        return wrong
    try:
        date.fromisoformat(row["date"] or "2000-01-01")
    except ValueError:
        return f"the date {row['date']!r} is none; write YYYY-MM-DD"
    return ""


def mark_flaw(value: str) -> str:
    """Say why the value of a decision is no mark; empty when it is one."""
    if value in _MARK_VALUES or as_score(value) is not None:
        return ""
    return f"the mark {value!r} is none of {', '.join(_MARK_VALUES)}, and no score from 0 to 1"


def as_score(value: str) -> float | None:
    """Return the score, 0 to 1, that a text is, or None."""
    try:
        score = float(value)
    except ValueError:
        return None
    return score if 0 <= score <= 1 else None


# Writing


def record(folder: Path, decision: Decision, subject_label: str, object_label: str) -> Path:
    """Append the decision about a link to the file in a folder, which is made when it is not there.

    The file is written beside its place and renamed into it, so that it is whole at any time; who decides at the same
    time waits.

    Returns:
        The file.

    Raises:
        InputError: the file that is there cannot be read, or no file can be written.
    """
    path = (folder / LINKS).resolve()
    row = sssom.Mapping(
        subject_id=sssom.curie(decision.subject),
        subject_label=subject_label,
        predicate_id=f"skos:{decision.value.removeprefix(NOT)}",
        predicate_modifier="Not" if decision.value.startswith(NOT) else "",
        object_id=sssom.curie(decision.object),
        object_label=object_label,
        mapping_justification=_BY_HAND,
        author_label=decision.author,
        mapping_date=decision.date,
        comment=decision.comment,
    )
    declared = sssom.prefixes([decision.subject, decision.object])
    with _alone(path.parent):
        if path.exists():
            sssom.read_set(path, lambda where, what: None)  # a file that cannot be read must not grow
            text = _appended(path.read_text(encoding="utf-8-sig"), row, declared)
        else:
            text = _begun(row, declared)
        _replace(path, text)
    return path


def record_other(folder: Path, decision: Decision) -> Path:
    """Append the decision about a mark or an edge to the file in a folder, as `record` does.

    Returns:
        The file.

    Raises:
        InputError: the file that is there cannot be read, or no file can be written.
    """
    path = (folder / OTHERS).resolve()
    with _alone(path.parent):
        text = "\t".join(_COLUMNS) + "\n"
        if path.exists():
            list(_read_others(path, lambda where, what: None))  # a file that cannot be read must not grow
            text = path.read_text(encoding="utf-8-sig")
        lines = text.removesuffix("\n").split("\n")
        if decision.comment and "comment" not in _header(lines[0]):
            lines = [f"{lines[0]}\tcomment", *(f"{line}\t" if line.strip() else line for line in lines[1:])]
        values = decision._asdict() | {"where": ""}
        lines.append("\t".join(values.get(column, "") for column in _header(lines[0])))
        _replace(path, "\n".join(lines) + "\n")
    return path


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from writing decisions meanwhile, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _begun(row: sssom.Mapping, declared: Mapping[str, str]) -> str:
    """Return the text of a new file with one row."""
    stream = io.StringIO()
    metadata = {
        "curie_map": declared,
        "mapping_set_id": "urn:label-taxonomy:decisions",
        "license": sssom.UNSPECIFIED_LICENCE,
    }
    sssom.write(stream, [row], metadata, _MAPPING)
    return stream.getvalue()


def _appended(text: str, row: sssom.Mapping, declared: Mapping[str, str]) -> str:
    """Return the text of a mapping file with one more row, and the columns and prefixes that the row needs."""
    lines = list(io.StringIO(text))
    start = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    head, table = lines[:start], "".join(lines[start:])
    # Line by line, for the comments and the order of the metadata are the people's.
    missing = [f"#  {prefix}: '{uri}'\n" for prefix, uri in declared.items() if not _declares(head, prefix)]
    place = next((number for number, line in enumerate(head, 1) if line.startswith("#curie_map:")), 0)
    if missing and not place:
        head.insert(0, "#curie_map:\n")
        place = 1
    elif place < len(head):  # indented as the others are
        indent = head[place][1:][: len(head[place][1:]) - len(head[place][1:].lstrip())]
        missing = [f"#{indent or '  '}{line[1:].lstrip()}" for line in missing]
    head[place:place] = missing
    rows = list(csv.reader(io.StringIO(table), delimiter="\t"))
    header = [cell.strip() for cell in rows[0]]
    added = [column for column in _MAPPING if column not in header and getattr(row, column)]
    if added:
        table = _table([rows[0] + added, *(cells + [""] * len(added) for cells in rows[1:] if cells)])
    elif not table.endswith("\n"):
        table += "\n"
    cells = [str(getattr(row, column) or "") if column in _MAPPING else "" for column in header + added]
    return "".join(head) + table + _table([cells])


def _declares(head: Iterable[str], prefix: str) -> bool:
    return any(line[1:].strip().startswith((f"{prefix}:", f'"{prefix}":', f"'{prefix}':")) for line in head)


def _table(rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _replace(path: Path, text: str) -> None:
    work = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        work.write_text(text, encoding="utf-8", newline="\n")
        if path.exists():
            work.chmod(path.stat().st_mode)
        work.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); nothing was changed") from error
    finally:
        work.unlink(missing_ok=True)
