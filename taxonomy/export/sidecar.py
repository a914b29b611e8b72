"""The report beside an export, ``<file name>.report.json``: what was chosen, written and lost, and from which sources.

It has neither times nor paths, so that the same export gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from taxonomy import lock
from taxonomy._version import __version__
from taxonomy.concept import HIERARCHY, EdgeKind
from taxonomy.export._format import Exporter, Keeps, PathExporter, Report
from taxonomy.export.choice import ALL, PLAIN
from taxonomy.export.selection import Selection
from taxonomy.store.read import Taxonomy

_ENGLISH = "(language = 'en' OR language LIKE 'en-%')"
_IS_A = f"kind IN ({', '.join(repr(str(kind)) for kind in HIERARCHY)})"
_PARTS = f"kind IN ('{EdgeKind.PART_OF}', '{EdgeKind.MEMBER_OF}')"


def path_of(output: Path) -> Path:
    """Return the file of the report on an export; where that is a link, beside the file that it points to."""
    place = output.resolve()
    return place.with_name(f"{place.name}.report.json")


def text(exporter: Exporter | PathExporter, selection: Selection, report: Report, written: Path) -> str:
    """Return the report.

    Args:
        exporter: the format.
        selection: what was to be written.
        report: what the format says that it wrote.
        written: the file or folder.
    """
    files = sorted(file for file in written.rglob("*") if file.is_file()) if written.is_dir() else [written]
    chosen = _chosen(selection, None if selection.everything else selection.concepts)
    classes = _classes(selection)
    content: dict[str, Any] = {
        "format": exporter.name,
        "taxonomy": __version__,
        "lock": _lock(selection.taxonomy),
        "choice": _choice(selection),
        "options": _changed(selection.options, PLAIN),
        "wrote": report.wrote,
        "remarks": list(report.remarks),
        "counts": {
            "concepts": len(selection.taxonomy if selection.everything else selection.concepts),
            "classes": classes,
            "datasets": len(selection.datasets),
            "files": len(files),
            "bytes": sum(file.stat().st_size for file in files),
        },
        "lost": dict(_lost(exporter, selection, report, chosen, classes)),
        "sources": list(_sources(exporter, selection, report)),
    }
    if selection.groups:
        content["superclasses"] = list(_superclasses(selection))
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Concepts to count something of.

    Attributes:
        taxonomy: the open database.
        concepts: their keys, as JSON; empty for all.
        all: whether there are no others.
    """

    taxonomy: Taxonomy
    concepts: str
    all: bool

    def count(self, what: str, table: str, *columns: str, where: str = "TRUE") -> list[tuple[Any, ...]]:
        """Ask for the rows of a table that have one of the concepts in each of some columns."""
        if self.all:  # to look each of them up takes longer
            return self.taxonomy.execute(f"SELECT {what} FROM {table} WHERE {where}").fetchall()
        # The plus keeps SQLite from pairing every concept with every other one by the indexes of two columns.
        among = "".join(f"+{column} IN chosen AND " for column in columns)
        return self.taxonomy.execute(
            "WITH chosen AS MATERIALIZED (SELECT value FROM json_each(?))"
            f" SELECT {what} FROM {table} WHERE {among}{where}",
            (self.concepts,),
        ).fetchall()

    def number(self, table: str, *columns: str, where: str = "TRUE") -> int:
        """Count such rows."""
        return int(self.count("count(*)", table, *columns, where=where)[0][0])


def _chosen(selection: Selection, keys: Collection[int] | None) -> _Chosen:
    if keys is None or len(keys) == len(selection.taxonomy):
        return _Chosen(selection.taxonomy, "", all=True)
    return _Chosen(selection.taxonomy, json.dumps(list(keys)), all=False)


def _lost(
    exporter: Exporter | PathExporter, selection: Selection, report: Report, chosen: _Chosen, classes: int
) -> Iterator[tuple[str, Any]]:
    """Yield how much the concepts have of each that the format does not keep."""
    others = _others(exporter, selection)
    counts: dict[Keeps, Callable[[], int]] = {
        Keeps.SYNONYMS: lambda: _synonyms(chosen),
        Keeps.DEFINITIONS: lambda: chosen.number("concept", "key", where="definition <> ''"),
        Keeps.PARTS: lambda: chosen.number("edge", "child", "parent", where=_PARTS),
        Keeps.DATASETS: lambda: classes,
        Keeps.MARKS: lambda: chosen.number("mark", "concept"),
        Keeps.SOURCES: lambda: chosen.number("name", "concept") + chosen.number("edge", "child", where=_IS_A),
    }
    if report.loss is not None:
        yield Keeps.ANCESTORS, {name: _rounded(value) for name, value in asdict(report.loss).items()}
    elif Keeps.ANCESTORS not in exporter.keeps:
        pairs = sum(selection.hierarchy.pairs(selection.concepts).values())
        yield Keeps.ANCESTORS, {"pairs": pairs, "lost": pairs}
    for what, count in counts.items():
        if what not in exporter.keeps:
            yield what, count()
    if others:
        yield Keeps.LANGUAGES, chosen.number("name", "concept", where=others)


def _others(exporter: Exporter | PathExporter, selection: Selection) -> str:
    """Return a condition on the names in languages that were not written; empty when all were."""
    if Keeps.LANGUAGES not in exporter.keeps:
        return f"NOT {_ENGLISH}"
    if "languages" not in exporter.takes:
        return ""
    asked = (tag.replace("'", "''") for tag in ("en", *selection.options.languages))
    return " AND ".join(f"language <> '{tag}' AND substr(language, 1, {len(tag) + 1}) <> '{tag}-'" for tag in asked)


def _synonyms(chosen: _Chosen) -> int:
    """Count the English names of concepts beside the preferred ones."""
    rows = chosen.count(
        "count(DISTINCT concept || ' ' || text)",
        "name",
        "concept",
        where=f"{_ENGLISH} AND text <> (SELECT concept.name FROM concept WHERE concept.key = name.concept)",
    )
    return int(rows[0][0])


def _classes(selection: Selection) -> int:
    """Count the classes of the chosen datasets that are one of the concepts, or became one with it."""
    execute, of = selection.taxonomy.execute, "FROM class WHERE source = (SELECT position FROM source WHERE name = ?)"
    if selection.everything:
        return sum(execute(f"SELECT count(concept) {of}", (name,)).fetchone()[0] for name in selection.datasets)
    there = selection.indexes()
    return sum(
        concept in there for name in selection.datasets for (concept,) in execute(f"SELECT concept {of}", (name,))
    )


def _sources(exporter: Exporter | PathExporter, selection: Selection, report: Report) -> Iterator[dict[str, str]]:
    """Yield the sources of what was written, in merge order, with version and licences.

    These are the chosen datasets, and those of the concepts; of their names, where others than the preferred are kept;
    of all that is above them and the edges, where a hierarchy is.
    """
    above = Keeps.ANCESTORS in exporter.keeps or report.loss is not None
    if selection.everything:
        chosen = _chosen(selection, None)
    else:
        chosen = _chosen(selection, selection.hierarchy.above(selection.concepts) if above else selection.concepts)
    used = set(chosen.count("DISTINCT source", "concept", "key"))
    if exporter.keeps & {Keeps.SYNONYMS, Keeps.LANGUAGES}:
        where = "TRUE" if Keeps.LANGUAGES in exporter.keeps else _ENGLISH
        used |= set(chosen.count("DISTINCT source", "name", "concept", where=where))
    if above:
        used |= set(chosen.count("DISTINCT source", "edge", "child", where=_IS_A))
    datasets = set(selection.datasets)
    for position, name, *facts in selection.taxonomy.execute(
        "SELECT position, name, title, version, data_licence, package, package_licence, attribution FROM source"
        " WHERE position >= 0 ORDER BY position"
    ):
        if name in datasets or ((position,) in used and position not in selection.refused):
            columns = ("title", "version", "data_licence", "package", "package_licence", "attribution")
            yield {"name": name, **{column: fact for column, fact in zip(columns, facts, strict=True) if fact}}


def _superclasses(selection: Selection) -> Iterator[dict[str, Any]]:
    ids, names = selection.ids(), selection.names()
    for one in selection.groups:
        figures = one._asdict()
        del figures["key"]
        if selection.choice.counts is None:
            del figures["images"]
        yield {"id": ids[one.key], "name": names[one.key][0], **figures}


def _choice(selection: Selection) -> dict[str, Any]:
    """Return what was asked for; of a file only its name, and what is in it."""
    found = _changed(selection.choice, ALL)
    if (counts := selection.choice.counts) is not None:
        found["counts"] = {"file": counts.name, "sha256": selection.counted}
    return found


def _changed(given: Any, plain: Any) -> dict[str, Any]:
    """Return the attributes of a record that are not those of another."""
    pairs = ((field.name, getattr(given, field.name), getattr(plain, field.name)) for field in fields(given))
    return {name: value for name, value, usual in pairs if value != usual}


def _lock(taxonomy: Taxonomy) -> str | None:
    rows = taxonomy.execute("SELECT name, sha256 FROM source WHERE position > 0 ORDER BY position")
    return lock.checksum(Path(taxonomy.path), rows.fetchall())


def _rounded(value: float) -> float:
    return round(value, 4) if isinstance(value, float) else value
