"""The command that links a list of names to concepts, without merging it."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, TextIO, TypeVar

import typer

from taxonomy.commands.options import Db, Encoder, database_path, finite, resolve_domain
from taxonomy.commands.output import note
from taxonomy.concept import Relation, Source
from taxonomy.errors import InputError

if TYPE_CHECKING:
    from taxonomy.draft import Draft
    from taxonomy.linking import Linker
    from taxonomy.lists import Linked

COLUMNS = ("id", "name", "concept", "label", "relation", "confidence", "method", "alternatives")
"""The columns of a list that was linked, also where other columns follow."""

T = TypeVar("T")

_STDOUT = Path("-")
_MOST_SHOWN = 50
_SHOWN_EVERY = 500


class LinkFormat(StrEnum):
    """How linked lists are written."""

    TSV = "tsv"
    JSONL = "jsonl"
    SSSOM = "sssom"


def link(
    names: Annotated[
        Path,
        typer.Argument(
            metavar="NAMES",
            help="A list with one name a line; a TSV or CSV with id, name, synonyms, definition, parent; - is stdin.",
        ),
    ],
    domain: Annotated[
        str | None,
        typer.Option(metavar="CONCEPT", help="What every class falls under when nothing better is known."),
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, callback=finite, metavar="P", help="Leave classes unplaced whose link is less sure than this."
        ),
    ] = None,
    format: Annotated[
        LinkFormat | None,
        typer.Option("--format", "-f", help="How to write.", show_default="a table on a terminal, else tsv"),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PATH", help="The file to write; - is stdout.")
    ] = _STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it exists.")] = False,
    encoder: Encoder = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a list with bad rows instead of setting them aside.")
    ] = False,
    db: Db = None,
) -> None:
    """Link a list of names to concepts, without adding it to the taxonomy.

    Each row gives the best candidate, however unsure, with its SKOS relation, its confidence, and up to 20
    alternatives (concept:probability|…, the best itself first).  With --min-confidence, a link that is less sure has
    the relation unplaced and no concept, but keeps its alternatives.  Classes are linked 10,000 at a time, and what
    tells them apart (no two of different names become one concept) is seen within these.  In SSSOM, a row with the id
    of an earlier one is set aside.

    Example: taxonomy link my_classes.tsv --domain vehicle.n.01
    """
    from taxonomy.lists import link_list
    from taxonomy.sources import stream

    path = Path(database_path(db))
    source = Source(name=stream.name_of(names), domain=resolve_domain(path, domain))
    aside = Report(strict)
    unique = format is LinkFormat.SSSOM  # a subject is one thing, whose label every mapping of it repeats
    # What is wrong with the file is said before the taxonomy is loaded.
    entries = _begun(stream.rows(names, aside, unique=unique))
    if entries is None:
        raise InputError(f"{'stdin' if names == stream.STDIN else names}: no usable name; give at least one")
    draft, linker = open_linker(path, aside, encoder)
    relations: Counter[Relation] = Counter()
    with opened(output, force) as out, counted("link") as count:
        rows = _begun(link_list(draft, linker, entries, source, min_confidence=min_confidence)) or ()
        _write(out, _tallied(rows, relations, count), format, source)
    aside.close()
    if sys.stderr.isatty():
        kinds = ", ".join(f"{number:,} {relation}" for relation, number in relations.most_common())
        print(f"{source.name}: {relations.total():,} names: {kinds}", file=sys.stderr)


class Report:
    """Tells of rows that are set aside, or refuses them; of a million bad ones it shows the first.

    Attributes:
        count: how many it was told of.
    """

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self.count = 0

    def __call__(self, where: str, what: str) -> None:
        """Tell of a row, or of what is no fault of the file.

        Raises:
            InputError: bad rows are to be refused.
        """
        from taxonomy.sources import Note

        if isinstance(what, Note):
            note(f"{where}: {what}")
            return
        if self._strict:
            raise InputError(f"{where}: {what}; correct it, or go without --strict")
        self.count += 1
        if self.count <= _MOST_SHOWN:
            print(f"warning: {where}: {what}", file=sys.stderr)

    def close(self) -> None:
        """Say how many were not shown."""
        if self.count > _MOST_SHOWN:
            print(f"warning: … and {self.count - _MOST_SHOWN:,} more", file=sys.stderr)


def open_linker(path: Path, report: Callable[[str, str], None], encoder: str = "") -> tuple[Draft, Linker]:
    """Load a taxonomy to link to, for the rest of the process."""
    from taxonomy import lists

    opened = lists.open_linker(path, report, encoder)
    gc.freeze()  # it lives to the end: without looking through it for garbage, linking is three times as fast
    return opened


def cells(linked: Linked) -> tuple[str, ...]:
    """Return a row as text, in the order of `COLUMNS`."""
    candidates = "|".join(f"{concept}:{probability:.4f}" for concept, probability in linked.candidates)
    return (
        linked.id, linked.name, linked.concept, linked.label, linked.relation, f"{linked.confidence:.4f}",
        linked.method, candidates,
    )  # fmt: skip


def _begun(items: Iterator[T]) -> Iterator[T] | None:
    """Take the first item before others are needed, so that an error comes at once; None when there is no item."""
    for first in items:
        return chain([first], items)
    return None


@contextmanager
def opened(output: Path, force: bool) -> Iterator[TextIO | None]:
    """Give the file to write, which is there when all went well; None is stdout."""
    if output == _STDOUT:
        yield None
        return
    from taxonomy.export.files import fresh

    with fresh(output, force=force) as out:
        yield out


def _write(out: TextIO | None, rows: Iterable[Linked], format: LinkFormat | None, source: Source) -> None:
    if format is None and out is None and sys.stdout.isatty():
        from taxonomy.commands.output import emit

        emit(COLUMNS, map(cells, rows), "table", drawn=COLUMNS.index("alternatives"))
        return
    out = out or sys.stdout
    if format is LinkFormat.SSSOM:
        _write_sssom(out, rows, source)
    elif format is LinkFormat.JSONL:
        _write_jsonl(out, rows)
    else:
        out.write("\t".join(COLUMNS) + "\n")
        out.writelines("\t".join(cells(row)) + "\n" for row in rows)


def _write_jsonl(out: TextIO, rows: Iterable[Linked]) -> None:
    import json

    for row in rows:
        values = (*cells(row)[:5], round(row.confidence, 4), row.method, [(c, round(p, 4)) for c, p in row.candidates])
        out.write(json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False) + "\n")


_SLOTS = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification"),
    *("confidence", "other"),
)


def _write_sssom(out: TextIO, rows: Iterable[Linked], source: Source) -> None:
    """Write mappings; their table waits in a file, for the prefixes that it uses go before it."""
    from taxonomy import sssom
    from taxonomy._version import __version__

    used = {f"{source.name}:"}

    def mapping(row: Linked) -> sssom.Mapping:
        used.add(row.concept.partition(":")[0] + ":" if ":" in row.concept else row.concept)
        return sssom.Mapping(
            subject_id=sssom.curie(f"{source.name}:{row.id}"),
            subject_label=row.name,
            predicate_id=f"skos:{row.relation if row.concept else Relation.EXACT}",
            object_id=sssom.curie(row.concept) if row.concept else sssom.NO_TERM,
            object_label=row.label,
            mapping_justification=sssom.justification(row.method if row.concept else ""),
            confidence=row.confidence if row.concept else None,
            other="|".join(_other(row)),
        )

    with TemporaryFile("w+", encoding="utf-8", newline="") as table:
        sssom.write_table(table, map(mapping, rows), _SLOTS)
        metadata = {
            "curie_map": sssom.prefixes(filter(None, used)),
            "mapping_set_id": f"urn:label-taxonomy:links:{source.name}",
            "license": sssom.UNSPECIFIED_LICENCE,
            "mapping_tool": "label-taxonomy",
            "mapping_tool_version": __version__,
        }
        sssom.write_metadata(out, metadata)
        table.seek(0)
        copyfileobj(table, out)


def _other(row: Linked) -> Iterator[str]:
    """Yield what the standard has no slot for: the method, and the candidates that the mapping is not to."""
    from taxonomy import sssom

    if row.concept:
        yield f"method={row.method}"
    for concept, probability in row.candidates:
        if concept != row.concept:
            yield f"alternative={sssom.curie(concept)}:{probability:.4f}"


def _tallied(rows: Iterable[Linked], relations: Counter[Relation], show: Callable[[int], None]) -> Iterator[Linked]:
    """Pass rows on, count their relations, and show now and then how many there were."""
    for number, row in enumerate(rows, 1):
        relations[row.relation] += 1
        if number % _SHOWN_EVERY == 0:
            show(number)
        yield row


@contextmanager
def counted(what: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many are done, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda number: bar.update(task, completed=number)
