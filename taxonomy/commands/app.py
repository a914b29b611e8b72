"""The Typer application.  It knows the commands' names and helps; the code of one is imported when it is called.

So a command pays for itself alone, and ``--help`` and shell completion for nothing but this table.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError  # Typer's own of Typer 0.27 and 0.28
from typer.core import TyperCommand, TyperGroup

from taxonomy._version import __version__
from taxonomy.commands.failures import run
from taxonomy.errors import InputError


class Entry(NamedTuple):
    """Where a command is (``module:function`` below this package), under which heading, and its one-line help.

    A group has commands instead of a place.
    """

    target: str
    panel: str
    help: str
    commands: dict[str, Entry] = {}  # noqa: RUF012 - nobody changes it


_MAKE, _ASK, _INSPECT, _USE = "Make", "Ask about concepts", "Inspect the taxonomy", "Use"

EVALUATE = {
    "links": Entry("evaluate:links", "Commands", "Measure how well class names are linked, on a gold list."),
    "merges": Entry("evaluate_merges:merges", "Commands", "Measure which classes of datasets became one, on a list."),
    "rules": Entry("evaluate_rules:rules", "Commands", "Measure rules about labels on images they do not know."),
    "visual": Entry("evaluate_visual:visual", "Commands", "Measure how well marks agree with people, on a gold list."),
    "safety": Entry("evaluate_visual:safety", "Commands", "Measure how well the marks of people agree with people."),
}
VISUAL = {
    "mark": Entry("visual:mark", "Commands", "Mark every concept of a taxonomy anew."),
    "score": Entry("visual:score", "Commands", "Score any list of names and concepts."),
    "ask": Entry("visual:ask", "Commands", "List the concepts whose label would teach most."),
    "train": Entry("visual:train", "Commands", "Learn marks from labels of one's own."),
}
LABELS = {
    "expand": Entry("labels:expand", "Commands", "Add ancestors, and what rules say, to the labels of every image."),
    "validate": Entry("labels:validate", "Commands", "Find what the labels of a file contradict or lack; exit 1."),
    "fix": Entry("labels:fix", "Commands", "Write a file with that mended."),
    "convert": Entry("labels:convert", "Commands", "Carry labels over to the classes of another dataset."),
    "stats": Entry("labels:stats", "Commands", "Count images per class and labels per image."),
}
COOCCUR = {
    "learn": Entry("cooccur:learn", "Commands", "Learn from annotations which labels come together."),
    "show": Entry("cooccur:show", "Commands", "Show what comes with a concept in images."),
}

COMMANDS = {
    "build": Entry("make:build", _MAKE, "Build a taxonomy from WordNet and the shipped vocabularies."),
    "merge": Entry("make:merge", _MAKE, "Add vocabularies to a taxonomy: your own files, or shipped ones."),
    "fetch": Entry("fetch:fetch", _MAKE, "Fetch knowledge bases from the net, to merge them."),
    "remove": Entry("make:remove", _MAKE, "Take datasets out of a taxonomy."),
    "restore": Entry("repairs:restore", _MAKE, "Put back an edge that was cut in a knowledge base."),
    "decide": Entry("decide:decide", _MAKE, "Decide what a class is, or what pictures show; beats every machine."),
    "visual": Entry("", _MAKE, "Mark what pictures can show: visual, uncommon, non-visual.", VISUAL),
    "show": Entry("ask:show", _ASK, "Show all that is known of a concept."),
    "synonyms": Entry("ask:synonyms", _ASK, "List the names of a concept."),
    "ancestors": Entry("ask:ancestors", _ASK, "List the concepts above, the nearest first."),
    "descendants": Entry("ask:descendants", _ASK, "List the concepts below."),
    "parents": Entry("ask:parents", _ASK, "List the concepts right above."),
    "children": Entry("ask:children", _ASK, "List the concepts right below."),
    "siblings": Entry("ask:siblings", _ASK, "List the other children of the parents."),
    "path": Entry("ask:path", _ASK, "List a shortest way between two concepts."),
    "lca": Entry("ask:lca", _ASK, "List the lowest common ancestors of concepts."),
    "tree": Entry("ask:tree", _ASK, "Draw what is below a concept as a tree."),
    "search": Entry("ask:search", _ASK, "Search names: exact, synonym, prefix, then similar."),
    "roots": Entry("inspect:roots", _INSPECT, "List the concepts that have nothing above."),
    "stats": Entry("inspect:stats", _INSPECT, "Count what the taxonomy holds."),
    "sources": Entry("inspect:sources", _INSPECT, "List the sources with versions and licences."),
    "classes": Entry("inspect:classes", _INSPECT, "List the classes of a dataset and how each is linked."),
    "overlap": Entry("inspect:overlap", _INSPECT, "Compare two datasets: same, broader, narrower, only in one."),
    "repairs": Entry("repairs:repairs", _INSPECT, "List the edges that were cut in knowledge bases, and why."),
    "audit": Entry("audit:audit", _INSPECT, "List the links most likely wrong."),
    "check": Entry("inspect:check", _INSPECT, "Check the invariants; exit 1 when any is broken."),
    "link": Entry("link:link", _USE, "Link a list of names to concepts, without adding it."),
    "cooccur": Entry("", _USE, "Learn which labels come together in images.", COOCCUR),
    "labels": Entry("", _USE, "Expand, check, mend, convert and count annotation files.", LABELS),
    "evaluate": Entry("", _USE, "Compare the taxonomy with what people said.", EVALUATE),
    "export": Entry("export:export", _USE, "Write label files, hierarchies, search lists and graphs for others."),
}


# Rich takes longer to import than a query to answer: help pages are drawn with it for people, plain for pipes.
_MARKUP: Any = "rich" if sys.stdout.isatty() else None
# What comes after it in a docstring goes to the end of the help page.
_EXAMPLE = "Example: "


class LazyGroup(TyperGroup):
    """A command group that imports a command when it is called, and turns our errors into exit codes."""

    table = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return what the help page and completion need of a command: its name, heading and one-line help."""
        entry = self.table.get(cmd_name)
        return entry and TyperCommand(
            name=cmd_name, help=entry.help, short_help=entry.help, rich_help_panel=entry.panel
        )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import and return the command that is called."""
        if args and args[0] in self.table:
            return args[0], _load(args[0], self.table[args[0]]), args[1:]
        self.commands = {name: self.get_command(ctx, name) for name in self.table}  # for "did you mean"
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the plain help page under the same headings as the drawn one."""
        for panel in dict.fromkeys(entry.panel for entry in self.table.values()):
            with formatter.section(panel):
                formatter.write_dl([(name, entry.help) for name, entry in self.table.items() if entry.panel == panel])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command; errors that are meant for the user go to stderr, without a traceback."""

        def main() -> Any:
            return super(LazyGroup, self).main(args, prog_name, complete_var, False, windows_expand_args, **extra)

        return sys.exit(run(lambda: _own_errors(main))) if standalone_mode else main()


def _own_errors(main: Callable[[], int | None]) -> int | None:
    """Run and return the exit code; a usage error becomes one of ours, in two lines instead of a box."""
    try:
        return main()
    except NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "taxonomy"
        message = error.format_message()
        raise InputError(f"{message[:1].lower()}{message[1:]}\nTry '{command} --help'.") from None


def _load(name: str, entry: Entry) -> Any:
    if entry.commands:
        return _load_group(name, entry)
    module, _, function = entry.target.partition(":")
    callback: Callable[..., Any] = getattr(importlib.import_module(f"taxonomy.commands.{module}"), function)
    text, _, example = inspect.cleandoc(callback.__doc__ or "").rpartition(_EXAMPLE)
    # Drawn help keeps the line breaks of a docstring, which fit one width only.
    text = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in text.split("\n\n"))
    command = typer.Typer(add_completion=False, rich_markup_mode=_MARKUP)
    command.command(name, help=text, epilog=_EXAMPLE + example)(callback)
    return typer.main.get_command(command)


def _load_group(name: str, entry: Entry) -> Any:
    class Group(LazyGroup):
        table = entry.commands

    group = typer.Typer(
        name=name, cls=Group, help=entry.help, add_completion=False, no_args_is_help=True, rich_markup_mode=_MARKUP
    )
    first, *_ = entry.commands
    group.callback(epilog=f"{_EXAMPLE}taxonomy {name} {first} --help")(lambda: None)
    return typer.main.get_command(group)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=_MARKUP,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"taxonomy {__version__}")
        raise typer.Exit


@app.callback(epilog=f"{_EXAMPLE}taxonomy ancestors coco:18")
def _taxonomy(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """One label space from many image datasets: a DAG of visual concepts anchored in WordNet 3.0."""
