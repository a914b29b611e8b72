"""Files of rules: TSV, or Parquet by the extension, with the columns that `COLUMNS` names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from taxonomy.cooccurrence.rule import COLUMNS, Rule
from taxonomy.errors import InputError

_TYPES = dict.fromkeys(COLUMNS, "VARCHAR") | dict.fromkeys(("n_if", "n_both", "n_verified"), "BIGINT")
_TYPES |= dict.fromkeys(("probability", "lower_bound", "lift"), "DOUBLE")


def write_rules(rules: Iterable[Rule], path: Path, *, force: bool = False) -> None:
    """Write rules to a file, whole or not at all.

    Args:
        rules: in the order of the lines.
        path: Parquet when it ends in ``.parquet``, else TSV.
        force: replace the file when it exists.

    Raises:
        InputError: the file exists, or cannot be written.
    """
    from taxonomy.export.files import fresh

    if not is_parquet(path):
        with fresh(path, force=force) as out:
            out.writelines(_lines(rules))
        return
    import duckdb

    lines = path.with_name(f".{path.name}.{os.getpid()}.tsv")
    try:
        # The file is DuckDB's own to write; `fresh` only keeps its place and renames it.
        with fresh(path, force=force) as out:
            lines.write_text("".join(_lines(rules)), encoding="utf-8", newline="\n")
            table = f"read_csv({_quoted(lines)}, delim='\t', quote='', header=true, columns={_TYPES!r})"
            duckdb.connect().execute(f"COPY (FROM {table}) TO {_quoted(Path(out.name))} (FORMAT parquet)")
    except duckdb.Error as error:
        raise InputError(f"{path}: cannot be written ({_first_line(error)})") from error
    finally:
        lines.unlink(missing_ok=True)


def read_rules(path: Path) -> list[Rule]:
    """Read a file of rules.

    Raises:
        InputError: the file is missing or is none; the message names the line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; 'taxonomy cooccur learn' writes one")
    return _read_parquet(path) if is_parquet(path) else list(_read_lines(path))


def is_parquet(path: Path) -> bool:
    """Tell whether a file of rules is Parquet."""
    return path.suffix.lower() == ".parquet"


def _lines(rules: Iterable[Rule]) -> Iterator[str]:
    yield "\t".join(COLUMNS) + "\n"
    for rule in rules:
        yield "\t".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in rule) + "\n"


def _read_lines(path: Path) -> Iterator[Rule]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start} of the file); save it as UTF-8") from error
    header = lines[0].split("\t") if lines else []
    if missing := [column for column in COLUMNS if column not in header]:
        raise InputError(f"{path}:1: the header lacks {', '.join(missing)}; it has {' '.join(COLUMNS)}, tab-separated")
    places = [header.index(column) for column in COLUMNS]
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise InputError(f"{path}:{number}: {len(cells)} cells where the header has {len(header)}; correct it")
        yield _rule([cells[place] for place in places], f"{path}:{number}")


def _rule(cells: list[str], where: str) -> Rule:
    one, other, n_if, n_both, n_verified, probability, bound, lift, estimator = cells
    try:
        counts = int(n_if), int(n_both), int(n_verified)
        rule = Rule(one, other, *counts, float(probability), float(bound), float(lift), estimator)
    except ValueError as error:
        raise InputError(f"{where}: {error}; n_… are counts, the rest but the estimator numbers") from None
    if not (one and other) or not 0 <= rule.probability <= 1:
        raise InputError(f"{where}: a rule has a label, another, and a probability from 0 to 1; correct it")
    return rule


def _read_parquet(path: Path) -> list[Rule]:
    import duckdb

    columns = ", ".join(f'"{column}"::{type}' for column, type in _TYPES.items())
    try:
        rows = duckdb.connect().execute(f"SELECT {columns} FROM read_parquet({_quoted(path)})").fetchall()
    except duckdb.Error as error:
        raise InputError(f"{path}: no file of rules ({_first_line(error)})") from error
    return [_rule([str(value) for value in row], f"{path}: row {number}") for number, row in enumerate(rows, 1)]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
