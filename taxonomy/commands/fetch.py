"""The command that fetches knowledge bases from the net."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy.commands.options import Output
from taxonomy.commands.output import emit, note, print_error
from taxonomy.errors import InputError, TaxonomyError

if TYPE_CHECKING:
    from taxonomy.fetch import Remote
    from taxonomy.fetch.download import Progress
    from taxonomy.sources.wikidata.sparql import Endpoint

_LISTED = ("name", "title", "version", "licence", "format", "file", "url", "homepage", "credit", "sha256")
_FETCHED = ("name", "path", "what", "bytes", "sha256")
_WIKIDATA = "wikidata"
_PANEL = "A branch of Wikidata"
_VERIFIED = ("name", "path", "state", "detail")


def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="What to fetch, by the names that --list shows.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List what can be fetched, with licences.")] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Compare what is there with its checksums instead; exit 1 when any differs."),
    ] = False,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="The folder to save in; of a branch also the file, x.json."),
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is there.")] = False,
    catalogue: Annotated[
        Path | None,
        typer.Option("--catalogue", metavar="FILE", help="A TOML file as data/remote.toml, whose entries come first."),
    ] = None,
    root: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QID",
            help="Of wikidata, only what is below this item, level by level; may be repeated.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    max_depth: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="And only so many levels.", show_default=False, rich_help_panel=_PANEL),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG",
            help="With names in this language (de, fr, …), beside English; may be repeated.",
            show_default="all",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    contact: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="TAXONOMY_CONTACT",
            help="An e-mail or web address of yours; Wikidata blocks who gives none.",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = "",
    endpoint: Annotated[
        str, typer.Option(metavar="URL", help="The query service (SPARQL).", rich_help_panel=_PANEL)
    ] = "https://query.wikidata.org/sparql",
    api: Annotated[
        str, typer.Option(metavar="URL", help="The API that gives the items.", rich_help_panel=_PANEL)
    ] = "https://www.wikidata.org/w/api.php",
    format: Output = None,
) -> None:
    """Fetch knowledge bases from the net, to merge them.

    A download that breaks off goes on where it stopped, also when the command is run again.  Beside each file,
    <file>.json says where it came from, when, and under which licence.  Nothing is sent but the request; a proxy is
    taken from HTTPS_PROXY.

    All of Wikidata is over a hundred gigabytes; --root takes a branch of it, one request at a time and as slowly as the
    servers ask for: taxonomy fetch wikidata --root Q729 --contact me@example.org -o animals.json

    Example: taxonomy fetch --list
    """
    from taxonomy.fetch import choose, fetch_branch, load

    remotes = load(catalogue)
    chosen = choose(remotes, names or ())
    if root is None and (max_depth is not None or language):
        raise InputError("--max-depth and --language choose a branch of wikidata; name its top with --root")
    if root is not None and ([remote.name for remote in chosen] != [_WIKIDATA] or list_ or verify):
        raise InputError("--root takes a branch of wikidata: taxonomy fetch wikidata --root Q729 -o FILE")
    if list_:
        rows = ([getattr(remote, field) for field in _LISTED] for remote in chosen or remotes.values())
        emit(_LISTED, rows, format, drawn=5)
    elif root is not None:
        place = _endpoint(contact, endpoint, api)
        with _progress(_WIKIDATA, in_bytes=False) as progress:
            path, record, fresh = fetch_branch(
                chosen[0], place, root, output, max_depth=max_depth, languages=language or (), force=force,
                progress=progress,
            )  # fmt: skip
        what = "fetched" if fresh else "there already"
        emit(_FETCHED, [(_WIKIDATA, str(path), what, record.size, record.sha256)], format, drawn=4)
        print(f"'taxonomy merge {path} --name wd' merges it", file=sys.stderr)
    elif verify:
        _verify(chosen, list(remotes.values()), output, format)
    elif chosen:
        _fetch(chosen, output, force, format)
    else:
        raise InputError("nothing to fetch; give names, which 'taxonomy fetch --list' shows")


def _endpoint(contact: str, query: str, api: str) -> Endpoint:
    """Return whom to ask for a branch.

    Raises:
        InputError: no contact, or an address that is none.
    """
    from urllib.parse import urlsplit

    from taxonomy.sources.wikidata.sparql import Endpoint

    if not contact:
        raise InputError("Wikidata asks who you are; give an e-mail or web address by --contact or $TAXONOMY_CONTACT")
    for option, url in (("--endpoint", query), ("--api", api)):
        if urlsplit(url).scheme not in ("http", "https"):
            raise InputError(f"{option} {url} is no http or https address")
    return Endpoint(contact, query=query, api=api)


def _fetch(chosen: list[Remote], folder: Path, force: bool, format: str | None) -> None:
    """Fetch one after the other; one that fails does not keep the others from coming."""
    from taxonomy.fetch import fetch

    rows, code = [], 0
    for remote in chosen:
        try:
            with _progress(remote.name) as progress:
                record, fresh = fetch(remote, folder, force=force, progress=progress)
        except TaxonomyError as error:
            print_error(error)
            code = max(code, error.exit_code)
            continue
        what = "fetched" if fresh else "there already"
        rows.append((remote.name, str(folder / remote.file), what, record.size, record.sha256))
        if fresh and sys.stderr.isatty():
            note(f"{remote.name}: {remote.credit or remote.url}; licence {remote.licence}")
    if rows:
        emit(_FETCHED, rows, format, drawn=4)
    if code:
        raise typer.Exit(code)


def _verify(chosen: list[Remote], all: list[Remote], folder: Path, format: str | None) -> None:
    """Look at what was named, or at all that is there."""
    from taxonomy.fetch import State, verify

    checks = [verify(remote, folder) for remote in chosen or all if chosen or (folder / remote.file).is_file()]
    if not checks:
        raise InputError(f"{folder}: nothing of the catalogue is there; name the folder with -o")
    emit(_VERIFIED, ((check.remote.name, str(check.path), *check[2:]) for check in checks), format, plain=4)
    if any(check.state is not State.RIGHT for check in checks):
        raise typer.Exit(1)


@contextmanager
def _progress(name: str, in_bytes: bool = True) -> Iterator[Progress]:
    """Show on a terminal how much there is, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    counts = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
    columns = (TextColumn("{task.description}"), BarColumn(), *counts, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
