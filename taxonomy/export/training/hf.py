"""A folder for Hugging Face Datasets: features with a ``ClassLabel``, and a table of the concepts.

``dataset_info.json`` is what ``datasets.DatasetInfo.from_directory`` reads; its ``features`` are what
``datasets.Features.from_dict`` takes.  Row n of ``concepts.parquet`` is class n.
"""

from __future__ import annotations

import json
from pathlib import Path

from taxonomy.errors import InputError
from taxonomy.export._format import Keeps, PathExporter, Report
from taxonomy.export.selection import Selection
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_COLUMNS = {
    "index": "BIGINT",
    "id": "VARCHAR",
    "label": "VARCHAR",
    "names": "VARCHAR[]",
    "definition": "VARCHAR",
    "parents": "VARCHAR[]",
    "ancestors": "VARCHAR[]",
    "datasets": "VARCHAR[]",
    "state": "VARCHAR",
}


def _save(selection: Selection, path: Path) -> Report:
    labels = unique_names(selection)
    path.mkdir()
    features = {
        "image": {"_type": "Image"},
        "label": {"names": list(labels.values()), "_type": "ClassLabel"},
    }
    with (path / "dataset_info.json").open("w", encoding="utf-8", newline="\n") as out:
        json.dump({"features": features}, out, ensure_ascii=False, indent=1)
        out.write("\n")
    lines = path / "concepts.jsonl"
    _write_lines(selection, labels, lines)
    _to_parquet(lines, path / "concepts.parquet")
    lines.unlink()
    return Report(f"{counted(len(labels), 'class', 'classes')} of {counted(len(selection.datasets), 'dataset')}")


def _write_lines(selection: Selection, labels: dict[int, str], path: Path) -> None:
    """Write the rows of the table as JSON lines."""
    ids, names, definitions = selection.ids(), selection.names(), selection.definitions()
    states, holders, hierarchy = selection.states(), selection.holders(), selection.hierarchy
    places = {key: place for place, key in enumerate(hierarchy.walk)}
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for index, key in enumerate(selection.concepts):
            above = sorted(hierarchy.above((key,)) - {key}, key=places.__getitem__)
            row = (
                index,
                ids[key],
                labels[key],
                names[key],
                definitions[key],
                [ids[parent] for parent in hierarchy.parents.get(key, ())],
                [ids[ancestor] for ancestor in above],
                holders.get(key, []),
                states.get(key),
            )
            json.dump(dict(zip(_COLUMNS, row, strict=True)), out, ensure_ascii=False)
            out.write("\n")


def _to_parquet(lines: Path, path: Path) -> None:
    import duckdb

    source, target = (str(each).replace("'", "''") for each in (lines, path))
    columns = ", ".join(f'"{name}": {kind!r}' for name, kind in _COLUMNS.items())
    table = f"read_json('{source}', format = 'newline_delimited', columns = {{{columns}}})"
    try:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")  # so that the same rows give the same bytes
            connection.execute(f"COPY (FROM {table}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.Error as error:
        what = str(error).partition("\n")[0]
        raise InputError(f"{path.name} cannot be written ({what}); nothing was changed") from error


EXPORTERS = (
    PathExporter(
        name="hf-classlabel",
        summary="folder for Hugging Face Datasets: features with a ClassLabel, Parquet table of the concepts",
        loses="parts, other languages, scores and safety of marks, sources",
        save=_save,
        folder=True,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.SYNONYMS, Keeps.DEFINITIONS, Keeps.DATASETS, Keeps.MARKS}),
    ),
)
