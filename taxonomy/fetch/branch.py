"""A branch of Wikidata as a file with a record beside it, as `download` leaves whole files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.fetch import record
from taxonomy.fetch.catalogue import Remote
from taxonomy.fetch.record import Record, explained
from taxonomy.sources.wikidata import sparql


def fetch_branch(
    remote: Remote,
    endpoint: sparql.Endpoint,
    roots: Sequence[str],
    output: Path,
    *,
    max_depth: int | None = None,
    languages: Sequence[str] = (),
    force: bool = False,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> tuple[Path, Record, bool]:
    """Write the items below some roots to a file, and its record; a run that was interrupted goes on.

    Args:
        remote: the catalogue's entry of Wikidata, for licence and credit.
        endpoint: where the items come from.
        roots: keys such as ``Q144``.
        output: a file, or without a suffix a folder, where it is named after the roots.
        max_depth: how far below the roots; None for all the way.
        languages: of names, beside English; all when there are none.
        force: fetch it again when it is there.
        progress: is told of the items that were answered, and of all as far as they are known.

    Returns:
        The file, its record, and whether it was fetched; it is not when it is there already, which asks no server.

    Raises:
        InputError: a root is no item, the file is another one, a server refuses, or the file cannot be written.
    """
    roots = list(dict.fromkeys(roots))
    target = output / f"wikidata-{'-'.join(roots)}.json" if output.is_dir() or not output.suffix else output
    known = record.read(target) if target.exists() and not force else None
    version = _version(roots, max_depth, languages)
    if known and (known.url, known.version, known.size) == (endpoint.address, version, target.stat().st_size):
        return target, known, False
    if target.exists() and not force:
        raise InputError(f"{target} exists, and is not this branch; replace it with --force, or name another with -o")
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        sparql.fetch(endpoint, roots, target, max_depth=max_depth, languages=languages, progress=progress)
        date, size = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", target.stat().st_size
    facts = {"version": version, "licence": remote.licence, "credit": remote.credit}
    fetched = Record(remote.name, endpoint.address, date, record.checksum(target), size, **facts)
    record.write(target, fetched)
    return target, fetched, True


def _version(roots: Sequence[str], max_depth: int | None, languages: Sequence[str]) -> str:
    """Say which part of Wikidata it is."""
    depth = "" if max_depth is None else f", at most {max_depth} levels"
    return f"below {' '.join(roots)}{depth}" + (f"; names in en {' '.join(languages)}" if languages else "")
