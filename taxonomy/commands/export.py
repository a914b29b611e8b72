"""The command that writes files for other programs: training, crawling, knowledge bases."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from taxonomy import export as exports
from taxonomy.commands.options import Db, Output, listed, open_taxonomy
from taxonomy.commands.output import emit
from taxonomy.errors import InputError
from taxonomy.export import Choice, Keeps

_STDOUT = Path("-")
_COLUMNS = ("format", "summary", "keeps", "loses")
_WHICH, _HOW = "Which concepts", "How some formats write them"


def export(
    format: Annotated[
        str | None,
        typer.Argument(metavar="FORMAT", help="What to write; --list shows all.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="The file or folder to write; - is stdout."),
    ] = None,
    datasets: Annotated[
        list[str] | None,
        typer.Option(
            "--datasets",
            metavar="A,B",
            help="Only the concepts of these.",
            show_default="all; the whole taxonomy in formats of crawlers and graphs",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    roots: Annotated[
        list[str] | None,
        typer.Option("--root", metavar="CONCEPT", help="Only this and what is below it.", rich_help_panel=_WHICH),
    ] = None,
    visual: Annotated[
        bool | None,
        typer.Option(
            "--visual/--include-non-visual",
            help="Leave out concepts that are non-visual; uncommon ones stay.",
            show_default="in formats of crawlers",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    safe: Annotated[
        bool | None,
        typer.Option(
            "--safe/--include-unsafe",
            help="Leave out concepts of people that are sensitive or offensive.",
            show_default="in formats of crawlers",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    licences: Annotated[
        list[str] | None,
        typer.Option(
            "--licence-allow",
            metavar="A,B",
            help="Leave out what comes from sources of other licences than these, as 'taxonomy sources' lists them.",
            show_default="all",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    ancestors: Annotated[
        bool,
        typer.Option(
            "--with-ancestors",
            help="Take in what is above the classes, too, but for what only knowledge bases have, and with --visual"
            " what is non-visual.",
            rich_help_panel=_WHICH,
        ),
    ] = False,
    max_depth: Annotated[
        int | None,
        typer.Option(
            "--max-depth",
            min=0,
            metavar="N",
            help="Have at most N classes in a line above one; what is deeper becomes one with a class above it.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    min_images: Annotated[
        int,
        typer.Option(
            "--min-images",
            min=0,
            metavar="N",
            help="A class with fewer images becomes one with the class above it, or is left out; needs --counts.",
            show_default=False,
            rich_help_panel=_WHICH,
        ),
    ] = 0,
    counts: Annotated[
        Path | None,
        typer.Option(
            "--counts",
            metavar="FILE",
            help="Images of each class, as 'taxonomy labels stats --format tsv' prints them.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    antichain: Annotated[
        bool,
        typer.Option("--antichain", help="Leave out every class that is above another one.", rich_help_panel=_WHICH),
    ] = False,
    leaves: Annotated[
        bool,
        typer.Option(
            "--leaves", help="Leave out every class with a concept below it in the taxonomy.", rich_help_panel=_WHICH
        ),
    ] = False,
    superclasses: Annotated[
        int,
        typer.Option(
            "--superclasses",
            min=0,
            metavar="K",
            help="Group the classes under so many concepts above them, as evenly as they allow.",
            show_default=False,
            rich_help_panel=_WHICH,
        ),
    ] = 0,
    languages: Annotated[
        list[str] | None,
        typer.Option("--language", metavar="A,B", help="Names in these.", show_default="en", rich_help_panel=_HOW),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            min=1,
            metavar="N",
            help="Images wanted in all; with --counts, most for the classes with the fewest.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option("--shards", min=1, metavar="N", help="Number of files, in a folder.", rich_help_panel=_HOW),
    ] = None,
    syntax: Annotated[
        str | None,
        typer.Option(
            "--syntax",
            metavar="NAME",
            help="Of RDF: turtle, ntriples, jsonld or rdfxml.",
            show_default="by the extension of the file",
            rich_help_panel=_HOW,
        ),
    ] = None,
    similarity: Annotated[
        str | None,
        typer.Option(
            "--similarity", metavar="NAME", help="Of labels: lin or path.", show_default="lin", rich_help_panel=_HOW
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file or folder when it exists.")] = False,
    list_formats: Annotated[
        bool, typer.Option("--list", help="List the formats, with what each keeps and loses.")
    ] = False,
    form: Output = None,
    db: Db = None,
) -> None:
    """Write label files, hierarchies, search lists and graphs for other programs.

    What was written and left out is said on stderr, and in PATH.report.json beside the file, with how much the format
    could not hold, the choice, and the sources with their licences.  Classes are chosen in the order of the options
    below, --licence-allow first.  Where a class becomes one with another, its annotations go there (see labelmap).

    With --visual and --safe, what is above the concepts is still written where a format has it: all of it, or what is
    safe.

    With --licence-allow, a source stays where the licence of its labels and that of the package that the list was taken
    from are both allowed (NOASSERTION where none is stated), and WordNet always; datasets, concepts, names and edges of
    others are left out, and what was below such a concept goes under what is above it.

    Example: taxonomy export labels -o labels.tsv --datasets coco,lvis_v1
    """
    if list_formats:
        rows = map(_row, exports.formats())
        if form is None and sys.stdout.isatty():
            _describe(rows)
        else:
            emit(_COLUMNS, rows, form, plain=len(_COLUMNS))
        return
    if form is not None:
        raise InputError("--format only goes with --list; the format of the file is the first argument")
    if format is None:
        raise InputError(f"no format given; give one of {', '.join(exports.formats())}")
    if output is None:
        raise InputError("no file given; name one with -o, or write to stdout with -o -")
    exporter = exports.exporter(format)
    if counts is not None and not (min_images or superclasses or budget or "counts" in exporter.takes):
        useful = [
            option
            for option in ("min-images", "superclasses", "budget")
            if option != "budget" or option in exporter.takes
        ]
        raise InputError(f"--counts does nothing for {format} without --{' or --'.join(useful)}; leave it out")
    choice = Choice(
        datasets=tuple(listed("--datasets", "dataset", datasets)),
        whole=exporter.whole,
        roots=tuple(roots or ()),
        visual=exporter.crawls if visual is None else visual,
        safe=exporter.crawls if safe is None else safe,
        licences=tuple(listed("--licence-allow", "licence", licences)),
        ancestors=ancestors,
        max_depth=max_depth,
        min_images=min_images,
        counts=counts,
        antichain=antichain,
        leaves=leaves,
        superclasses=superclasses,
    )
    given = {
        "languages": tuple(listed("--language", "language", languages)) or None,
        "budget": budget,
        "shards": shards,
        "syntax": syntax,
        "similarity": similarity,
    }
    options = exports.options(exporter, output, **{name: value for name, value in given.items() if value is not None})
    with open_taxonomy(db) as taxonomy:
        if output == _STDOUT:
            report = exports.write(exporter, exports.select(taxonomy, choice, options), sys.stdout)
            sys.stdout.flush()
        else:
            report = exports.export(taxonomy, format, output, choice, options, force=force)
    where = "stdout" if output == _STDOUT else output
    for text in (f"{report.wrote} written to {where}", *report.remarks):
        print(text, file=sys.stderr)


def _row(format: str) -> tuple[str, str, list[str], str]:
    """Return a row of the list of formats; one broken package does not hide the others."""
    try:
        exporter = exports.exporter(format)
    except InputError as error:
        return format, f"broken: {error}", [], ""
    return format, exporter.summary, [keep for keep in Keeps if keep in exporter.keeps], exporter.loses


def _describe(rows: Iterable[tuple[str, str, list[str], str]]) -> None:
    """Print the formats on a terminal, in lines: the cells of a table would be of few words each."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    for format, summary, keeps, loses in rows:
        console.print(Text(format, style="bold"))
        for head, text in (("", summary), ("keeps ", ", ".join(keeps)), ("loses ", loses)):
            if text:
                console.print(Padding(Text.assemble((head, "dim"), text), (0, 0, 0, 2)))
