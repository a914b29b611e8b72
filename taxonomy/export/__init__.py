"""Files for other programs: `export` writes the concepts of chosen datasets in a format of a registry.

A format is one module with an `EXPORTER`; other packages add theirs, an `Exporter` each, through the
entry-point group ``taxonomy.exporters``.  Each says what it loses of the taxonomy and reports what it wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Loss, Report
from taxonomy.export.files import fresh
from taxonomy.export.selection import Selection, select
from taxonomy.store.read import Taxonomy

__all__ = ["Exporter", "Loss", "Report", "Selection", "export", "exporter", "formats", "select", "write"]

# In the order in which they are listed; a module is imported when its format is asked for.
_BUILT_IN = ("labels", "labelmap", "bamboo", "tencent")
_GROUP = "taxonomy.exporters"


def export(
    taxonomy: Taxonomy,
    format: str,
    output: Path,
    datasets: Iterable[str] = (),
    *,
    visual: bool = False,
    safe: bool = False,
    licences: Iterable[str] = (),
    force: bool = False,
) -> Report:
    """Write the concepts of datasets to a file, whole or not at all.

    Args:
        taxonomy: the open database.
        format: name of a format (see `formats`).
        output: the file to write.
        datasets: names of datasets; none for all of the database.
        visual: leave out what is non-visual (see `select`).
        safe: leave out what is sensitive or offensive.
        licences: leave out what comes from sources of other licences; none for all.
        force: replace the file when it exists.

    Raises:
        InputError: no such format, the file exists or cannot be written, or there is nothing to write.
        NotFoundError: a dataset is not in the taxonomy.
    """
    chosen = exporter(format)
    if output.exists() and output.samefile(taxonomy.path):
        raise InputError(f"{output} is the database itself; name another file with -o")
    with fresh(output, force=force) as out:
        return write(chosen, select(taxonomy, datasets, visual=visual, safe=safe, licences=licences), out)


def write(exporter: Exporter, selection: Selection, out: TextIO) -> Report:
    """Write a selection to an open text file, and say also what the selection left out."""
    report = exporter.write(selection, out)
    return replace(report, remarks=(*selection.remarks, *report.remarks))


def formats() -> list[str]:
    """Return the names of the formats, the built-in ones first."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    installed = sorted(entry.name for entry in entry_points(group=_GROUP))
    return list(dict.fromkeys((*_BUILT_IN, *installed)))


def exporter(name: str) -> Exporter:
    """Return the exporter of a format; other packages' are only looked at when none of ours has the name.

    Raises:
        InputError: there is none, or its package is broken.
    """
    if name in _BUILT_IN:
        built_in: Exporter = import_module(f"{__name__}.{name}").EXPORTER
        return built_in
    from importlib.metadata import entry_points

    for entry in entry_points(group=_GROUP, name=name):
        try:
            found = entry.load()
        except Exception as error:
            message = f"the format {name} ({entry.value}) cannot be loaded ({error})"
            raise InputError(f"{message}; repair or uninstall its package") from error
        if not isinstance(found, Exporter):
            raise InputError(f"{entry.value} is no taxonomy.export.Exporter; repair or uninstall its package")
        return found
    raise InputError(f"{name!r}: no such format; give one of {', '.join(formats())}")
