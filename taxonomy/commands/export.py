"""The command that writes files for other programs: label lists, label maps and hierarchies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from taxonomy import export as exports
from taxonomy.commands.options import Db, listed, open_taxonomy
from taxonomy.commands.output import emit
from taxonomy.errors import InputError

_STDOUT = Path("-")


def export(
    format: Annotated[
        str | None,
        typer.Argument(metavar="FORMAT", help="What to write; --list shows all.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", help="The file to write; - is stdout.")
    ] = None,
    datasets: Annotated[
        list[str] | None,
        typer.Option("--datasets", metavar="A,B", help="Only the concepts of these.", show_default="all"),
    ] = None,
    visual: Annotated[
        bool, typer.Option("--visual", help="Leave out concepts that are non-visual; uncommon ones stay.")
    ] = False,
    safe: Annotated[
        bool, typer.Option("--safe", help="Leave out concepts of people that are sensitive or offensive.")
    ] = False,
    licences: Annotated[
        list[str] | None,
        typer.Option(
            "--licence-allow",
            metavar="A,B",
            help="Leave out what comes from sources of other licences than these, as 'taxonomy sources' lists them.",
            show_default="all",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it exists.")] = False,
    list_formats: Annotated[bool, typer.Option("--list", help="List the formats, with what each loses.")] = False,
    db: Db = None,
) -> None:
    """Write label files, label maps and hierarchies for other programs.

    What was written, and what the format could not hold, is said on stderr.  With --visual and --safe, what is above
    the concepts is still written where a format has it: all of it, or what is safe.

    With --licence-allow, a source stays where the licence of its labels and that of the package that the list was taken
    from are both allowed (NOASSERTION where none is stated), and WordNet always; datasets, concepts, names and edges of
    others are left out, and what was below such a concept goes under what is above it.

    Example: taxonomy export labels -o labels.tsv --datasets coco,lvis_v1
    """
    if list_formats:
        emit(("format", "summary", "loses"), map(_row, exports.formats()), None, plain=3)
        return
    if format is None:
        raise InputError(f"no format given; give one of {', '.join(exports.formats())}")
    if output is None:
        raise InputError("no file given; name one with -o, or write to stdout with -o -")
    chosen = listed("--datasets", "dataset", datasets)
    allowed = listed("--licence-allow", "licence", licences)
    with open_taxonomy(db) as taxonomy:
        if output == _STDOUT:
            selection = exports.select(taxonomy, chosen, visual=visual, safe=safe, licences=allowed)
            report = exports.write(exports.exporter(format), selection, sys.stdout)
            sys.stdout.flush()
        else:
            report = exports.export(
                taxonomy, format, output, chosen, visual=visual, safe=safe, licences=allowed, force=force
            )
    where = "stdout" if output == _STDOUT else output
    for text in (f"{report.wrote} written to {where}", *report.remarks):
        print(text, file=sys.stderr)


def _row(format: str) -> tuple[str, str, str]:
    """Return a row of the list of formats; one broken package does not hide the others."""
    try:
        exporter = exports.exporter(format)
    except InputError as error:
        return format, f"broken: {error}", ""
    return format, exporter.summary, exporter.loses
