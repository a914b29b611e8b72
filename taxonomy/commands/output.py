"""Prints rows: a table on a terminal, plain lines in a pipe, or JSON, JSON lines and TSV when asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from taxonomy.errors import AmbiguousError, TaxonomyError

Row = Sequence[object]
# A drawn table of more rows than anybody reads only costs time.
_MOST_DRAWN = 2000


def is_plain(format: str | None) -> bool:
    """Tell whether rows go out as plain lines, which only show the first columns."""
    return format is None and not sys.stdout.isatty()


def emit(
    columns: Sequence[str], rows: Iterable[Row], format: str | None, plain: int = 2, drawn: int | None = None
) -> None:
    """Print rows.

    Args:
        columns: the names of the columns.
        rows: tuples in the order of the columns; lists within are joined by ``|`` in tables and TSV.
        format: table, json, jsonl or tsv; by default a table on a terminal, and in a pipe the first ``plain`` columns,
            one row a line.
        plain: how many columns a plain line has.
        drawn: how many columns a table has; all by default.
    """
    if is_plain(format):
        _write("\t".join(map(_text, row[:plain])) for row in rows)
    elif format == "tsv":
        _write(("\t".join(columns),))
        _write("\t".join(map(_text, row)) for row in rows)
    elif format in ("json", "jsonl"):
        _dump(columns, rows, format)
    else:
        _draw(columns[:drawn], rows)
    sys.stdout.flush()  # so that a remark that follows stands behind it where both go to one place


def note(text: str) -> None:
    """Print a remark on stderr."""
    print(f"note: {text}", file=sys.stderr)


def print_error(error: TaxonomyError) -> None:
    """Print an error on stderr, with the candidates when a name is ambiguous."""
    sys.stdout.flush()
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, AmbiguousError):
        for number, (id, name, definition) in enumerate(error.candidates, 1):
            print(f"  {number}. {id}  {name}: {definition}", file=sys.stderr)


def _text(value: object) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, list | tuple):
        text = "|".join(map(str, value))
    elif isinstance(value, float):
        text = f"{value:.4g}"
    else:
        text = "" if value is None else str(value)
    return text.replace("\t", " ").replace("\n", " ") if "\t" in text or "\n" in text else text


def _write(lines: Iterable[str]) -> None:
    lines = iter(lines)
    while block := list(islice(lines, 4096)):
        block.append("")
        sys.stdout.write("\n".join(block))


def _dump(columns: Sequence[str], rows: Iterable[Row], format: str | None) -> None:
    import json

    objects = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
    _write(objects if format == "jsonl" else _array(objects))


def _array(objects: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a JSON array, an object a line."""
    line, comma = "[", ""
    for text in objects:
        yield line + comma
        line, comma = f" {text}", ","
    yield line
    yield "]"


def _draw(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Draw a table; on a terminal a definition is cut at the edge, so that a row is a line."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = iter(rows)
    shown = list(islice(rows, _MOST_DRAWN))
    if not shown:
        note("nothing to list")
        return
    console = Console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    cut = {"definition"} if console.is_terminal else set()
    for number, (column, value) in enumerate(zip(columns, shown[0], strict=False)):
        # The first column is what one copies.
        table.add_column(column, justify="right" if isinstance(value, int | float) else "left", no_wrap=number == 0)
    for row in shown:
        table.add_row(
            *(
                Text(_cell(value), no_wrap=column in cut, overflow="ellipsis" if column in cut else "fold")
                for column, value in zip(columns, row, strict=False)
            )
        )
    console.print(table)
    if rest := sum(1 for _ in rows):
        console.print(f"… and {rest:,} more; pipe the output, or use --format tsv, to have all")


def _cell(value: object) -> str:
    """Return a value as people read it: 94,501 and 0.83."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if isinstance(value, float) else _text(value)
