"""Files for other programs: `export` writes the concepts of chosen datasets in a format of a registry.

A format is an `Exporter` or a `PathExporter` among the ``EXPORTERS`` of a module of its family; other packages add
theirs through the entry-point group ``taxonomy.exporters``.  Each says what it keeps and loses of the taxonomy.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export import choice as choices
from taxonomy.export import sidecar
from taxonomy.export._format import Exporter, Keeps, Loss, PathExporter, Report
from taxonomy.export.choice import ALL, PLAIN, Choice, Options
from taxonomy.export.files import check_fresh, check_fresh_path, fresh, fresh_path
from taxonomy.export.selection import Selection, select
from taxonomy.store.read import Taxonomy

__all__ = [
    "Choice",
    "Exporter",
    "Keeps",
    "Loss",
    "Options",
    "PathExporter",
    "Report",
    "Selection",
    "export",
    "exporter",
    "formats",
    "options",
    "select",
    "write",
]

# Formats by module, in the order in which they are listed; a module is imported when one of its formats is asked for.
_MODULES = {
    "training.labels": ("labels",),
    "training.labelmap": ("labelmap",),
    "training.bamboo": ("bamboo",),
    "training.tencent": ("tencent",),
    "training.openimages": ("openimages-hierarchy",),
    "training.categories": ("coco-categories", "lvis-categories"),
    "training.imagenet": ("imagenet",),
    "training.miil": ("miil-tree",),
    "training.yolo9000": ("yolo9000-tree",),
    "training.ultralytics": ("ultralytics-yaml",),
    "training.hf": ("hf-classlabel",),
    "training.mmdet": ("mmdet-metainfo",),
    "training.unidet": ("unidet",),
    "training.mseg": ("mseg-tsv",),
    "training.breeds": ("breeds",),
    "training.hiclass": ("hiclass",),
    "training.fiftyone": ("fiftyone",),
    "training.labelstudio": ("label-studio",),
    "training.cvat": ("cvat",),
    "training.arrays": ("arrays",),
    "crawling.crawl": ("crawl-jsonl", "crawl-csv"),
    "crawling.retrieval": ("clip-retrieval",),
    "crawling.metaclip": ("metaclip-metadata",),
    "knowledge.rdf": ("skos", "owl"),
    "knowledge.mappings": ("sssom",),
    "knowledge.obographs": ("obographs",),
    "knowledge.drawings": ("graphml", "dot"),
    "knowledge.tables": ("csv", "parquet"),
    "knowledge.wnlmf": ("wn-lmf",),
    "knowledge.jsontree": ("json-tree",),
}
_BUILT_IN = {name: module for module, names in _MODULES.items() for name in names}
_GROUP = "taxonomy.exporters"


def options(exporter: Exporter | PathExporter, output: Path, **given: object) -> Options:
    """Make the options of a format from those that are given (see `taxonomy.export.choice.options`).

    Raises:
        InputError: the format does not heed one of them, or a value is none that there is.
    """
    return choices.options(exporter.name, exporter.takes, output, given)


def export(
    taxonomy: Taxonomy,
    format: str,
    output: Path,
    choice: Choice = ALL,
    options: Options = PLAIN,
    *,
    force: bool = False,
) -> Report:
    """Write concepts to a file or folder, whole or not at all, and a report beside it (see `taxonomy.export.sidecar`).

    What goes to a device or a pipe has no report.

    Args:
        taxonomy: the open database.
        format: name of a format (see `formats`).
        output: the file or folder to write.
        choice: which concepts.
        options: how to write them.
        force: replace the file or folder when it exists.

    Raises:
        InputError: no such format, the file or its report exists or cannot be written, or there is nothing to write.
        NotFoundError: a dataset or root is not in the taxonomy.
    """
    chosen = _in_shards(exporter(format), options)
    if output.exists() and output.samefile(taxonomy.path):
        raise InputError(f"{output} is the database itself; name another file with -o")
    _check_fresh(chosen, output, force=force)
    if output.exists() and not (output.is_file() or output.is_dir()):
        with fresh(output) as out:
            return write(chosen, select(taxonomy, choice, options), out)
    with fresh(sidecar.path_of(output), force=force) as beside:  # which is in its place after the file
        if isinstance(chosen, PathExporter):
            with fresh_path(output, force=force) as path:
                selection = select(taxonomy, choice, options)
                report = _remarked(chosen.save(selection, path), selection)
                beside.write(sidecar.text(chosen, selection, report, path))
                beside.flush()
        else:
            with fresh(output, force=force) as out:
                selection = select(taxonomy, choice, options)
                report = write(chosen, selection, out)
                out.flush()
                beside.write(sidecar.text(chosen, selection, report, Path(out.name)))
                beside.flush()
    return report


def _check_fresh(exporter: Exporter | PathExporter, output: Path, *, force: bool) -> None:
    """Refuse to write where something else is; of folders, only what an export wrote is replaced.

    Raises:
        InputError: there is such, or it must not be replaced.
    """
    if isinstance(exporter, Exporter) or (not exporter.folder and output.is_dir()):
        check_fresh(output, force=force)
        return
    check_fresh_path(output, force=force)
    if exporter.folder and output.is_file():
        raise InputError(f"{output} is a file, and {exporter.name} a folder of files; name another one with -o")
    if output.is_dir() and any(output.iterdir()) and not sidecar.path_of(output).is_file():
        raise InputError(f"{output} holds files that no export wrote; --force does not replace it, name another folder")


def write(exporter: Exporter | PathExporter, selection: Selection, out: TextIO) -> Report:
    """Write a selection to an open text file, and say also what the selection left out.

    Raises:
        InputError: the format is no text file.
    """
    exporter = _in_shards(exporter, selection.options)
    if isinstance(exporter, PathExporter):
        what = "a folder of files" if exporter.folder else "a file that is not text"
        raise InputError(f"{exporter.name} is {what}, and cannot go to stdout; name a path with -o")
    return _remarked(exporter.write(selection, out), selection)


def _in_shards(exporter: Exporter | PathExporter, options: Options) -> Exporter | PathExporter:
    """Return a format as the folder that it is when shards are asked for."""
    if isinstance(exporter, PathExporter) or exporter.divide is None or options.shards == 1:
        return exporter
    return PathExporter(
        name=exporter.name,
        summary=exporter.summary,
        loses=exporter.loses,
        keeps=exporter.keeps,
        takes=exporter.takes,
        crawls=exporter.crawls,
        whole=exporter.whole,
        folder=True,
        save=exporter.divide,
    )


def _remarked(report: Report, selection: Selection) -> Report:
    return replace(report, remarks=(*selection.remarks, *report.remarks))


def formats() -> list[str]:
    """Return the names of the formats, the built-in ones first."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    installed = sorted(entry.name for entry in entry_points(group=_GROUP))
    return list(dict.fromkeys((*_BUILT_IN, *installed)))


def exporter(name: str) -> Exporter | PathExporter:
    """Return the exporter of a format; other packages' are only looked at when none of ours has the name.

    Raises:
        InputError: there is none, or its package is broken.
    """
    if name in _BUILT_IN:
        built_in: tuple[Exporter | PathExporter, ...] = import_module(f"{__name__}.{_BUILT_IN[name]}").EXPORTERS
        return next(each for each in built_in if each.name == name)
    from importlib.metadata import entry_points

    for entry in entry_points(group=_GROUP, name=name):
        try:
            found = entry.load()
        except Exception as error:
            message = f"the format {name} ({entry.value}) cannot be loaded ({error})"
            raise InputError(f"{message}; repair or uninstall its package") from error
        if not isinstance(found, Exporter | PathExporter):
            raise InputError(f"{entry.value} is no taxonomy.export.Exporter; repair or uninstall its package")
        return found
    raise InputError(f"{name!r}: no such format; give one of {', '.join(formats())}")
