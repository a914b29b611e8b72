"""Tables with one label a row, read by DuckDB: CSV, TSV, Parquet or JSON lines, of any length in bounded memory.

The rows go into a DuckDB file of their own, a few bytes each, in the order of the images; batches are ranges of it.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.errors import InputError
from taxonomy.labels._format import Report
from taxonomy.labels._settle import Settler
from taxonomy.labels.batch import IMAGES, Batch, Label
from taxonomy.sources import _packed
from taxonomy.text import counted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "1GB"  # what sorting needs beyond goes to the disk
_ONE = 1.000001  # as float32 may round it
_EXAMPLES = 100
_HEAD = 1 << 16
_RANGE = "WHERE rowid >= ? AND rowid < ?"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PACKED = {b"\x1f\x8b": "gzip", _ZSTD: "zstd"}
_WRONG = {
    "MISSING COLUMNS": "the line has too few fields",
    "TOO MANY COLUMNS": "the line has too many fields",
    "INVALID ENCODING": "not UTF-8",
    "INVALID UNICODE": "not UTF-8",  # as DuckDB called it before 2.0
    "UNQUOTED VALUE": "a quote does not end where the field does",
    "LINE SIZE OVER MAXIMUM": "the line is too long",
}


class Shape(NamedTuple):
    """How a table is written, and its columns.

    Attributes:
        kind: ``csv``, ``parquet`` or ``json``.
        columns: their names, as the file writes them.
        separator: of the fields of a CSV.
    """

    kind: str
    columns: tuple[str, ...]
    separator: str = ""

    def find(self, *names: str) -> str | None:
        """Return the first column that has one of some names, in any case."""
        lower = {column.lower(): column for column in reversed(self.columns)}
        return next((lower[name] for name in names if name in lower), None)


def shape_of(path: Path, head: bytes) -> Shape | None:
    """Find out how a table is written; None when it is none.

    Args:
        path: the file.
        head: its first bytes, decompressed.
    """
    if path.is_dir() or not head:
        return None
    if head.startswith(b"PAR1"):
        return Shape("parquet", _parquet_columns(path))
    lines = head.decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines()
    if lines and lines[0].startswith("{"):
        return Shape("json", _json_columns(lines))
    header = next(iter(lines), "")
    separator = "\t" if "\t" in header else ","
    names = next(csv.reader([header], delimiter=separator), [])
    return Shape("csv", tuple(name.strip() for name in names), separator)


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, decompressed where it is gzip, bzip2, xz or zstd; none of a folder.

    Raises:
        InputError: it cannot be read, or is damaged from the start.
    """
    if path.is_dir():
        return b""
    try:
        head = _packed.head_of(path, _HEAD)
    except _packed.broken() as error:
        raise InputError(f"{path}: {_damaged(error)}") from error
    if not head.startswith(_ZSTD):
        return head
    line = "delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, columns = {'line': 'VARCHAR'}"
    scan = f"SELECT line FROM read_csv(?, compression = 'zstd', ignore_errors = true, {line}) LIMIT 20"
    with _explained(path), _connect() as database:
        return "\n".join(row[0] or "" for row in database.execute(scan, (_place(path),)).fetchall()).encode()


class Rows:
    """An open table of labels; see `taxonomy.labels.batch.Annotations`."""

    def __init__(
        self,
        format: str,
        path: Path,
        report: Report,
        columns: Sequence[str | None],
        shape: Shape,
        *,
        others: Sequence[str] = (),
        sure: float = 0,
        repeats: bool = True,
    ) -> None:
        """Open a table.

        Args:
            format: name of its format.
            path: the file.
            report: told of rows that cannot be used.
            columns: those of the image, the label, and the confidence (None where there is none).
            shape: how it is written.
            others: columns that `groups` gives too.
            sure: as `Settler` takes it.
            repeats: as `Settler` takes it.
        """
        self.format = format
        self.labels: list[Label] = []
        self._path, self._report, self._shape = path, report, shape
        self._columns, self._others, self._sure, self._repeats = columns, others, sure, repeats
        self._database: DuckDBPyConnection | None = None

    def batches(self) -> Iterator[Batch]:
        """Yield the images in the order of their first rows."""
        database = self._ready()
        settler = Settler(self._path.name, self._report, repeats=self._repeats, sure=self._sure)
        values = "SELECT coalesce(enum_code(label::key)::INTEGER, -1) AS label, confidence FROM rows"
        for images, starts, begin in self._ranges(database):
            found = database.execute(f"{values} {_RANGE}", (begin, begin + int(starts[-1]))).fetchnumpy()
            yield settler.settle(Batch(images, starts, found["label"], found["confidence"]))
        settler.end()

    def groups(self) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        """Yield each image with its rows: label (or None), confidence, and the texts of the other columns."""
        database = self._ready()
        for images, starts, begin in self._ranges(database):
            query = f"SELECT * EXCLUDE (image) FROM rows {_RANGE}"
            found = database.execute(query, (begin, begin + int(starts[-1]))).fetchall()
            places = starts.tolist()
            for image, start, end in zip(images, places, places[1:], strict=False):
                yield image, found[start:end]

    def _ranges(self, database: DuckDBPyConnection) -> Iterator[tuple[list[str], NDArray[np.int64], int]]:
        """Yield some images, where the rows of each start, and the number of the first row."""
        ((rows,),) = database.execute("SELECT count(*) FROM rows").fetchall()
        place = 0
        while True:
            query = f"SELECT image, first FROM starts {_RANGE}"
            found = database.execute(query, (place, place + IMAGES + 1)).fetchnumpy()
            images, firsts = found["image"][:IMAGES].tolist(), found["first"]
            if not images:
                return
            end = firsts[IMAGES] if len(firsts) > IMAGES else rows
            starts = np.append(firsts[:IMAGES], end).astype(np.int64)
            yield images, starts - starts[0], int(starts[0])
            place += IMAGES

    def _ready(self) -> DuckDBPyConnection:
        """Read the file once, and return a database with its rows, the rows of an image together."""
        if self._database is None:
            folder = Path(tempfile.mkdtemp(prefix="taxonomy-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            with _explained(self._path):
                database = _connect(folder)
                self._load(database)
                _group(database)
                for (key,) in database.execute("SELECT unnest(enum_range(NULL::key))").fetchall():
                    self.labels.append(Label(key, key))
            self._database = database
        return self._database.cursor()

    def _load(self, database: DuckDBPyConnection) -> None:
        """Make the table ``rows`` of what can be used, and report the rest."""
        scan, place = self._scan()
        image, label, confidence = self._columns
        number = f"coalesce(try_cast({self._field(confidence)} AS DOUBLE), -1)" if confidence else "1"
        given = f"nullif({self._field(confidence)}, '')" if confidence else "NULL"
        others = "".join(f", coalesce({self._field(column)}, '') AS other{n}" for n, column in enumerate(self._others))
        database.execute(
            f"CREATE TABLE rows AS SELECT image, label, (CASE WHEN value BETWEEN 0 AND {_ONE} THEN least(value, 1)"
            f" ELSE -1 END)::FLOAT AS confidence, * EXCLUDE (image, label, value) FROM ("
            f"SELECT nullif({self._field(image)}, '') AS image, nullif({self._field(label)}, '') AS label,"
            f" CASE WHEN {given} IS NULL THEN 1 ELSE {number} END AS value{others} FROM {scan})",
            (place,),
        )
        rejected = self._rejected(database) if self._shape.kind == "csv" else []
        bad = "image IS NULL OR confidence < 0"
        blank = "no image, or no JSON object" if self._shape.kind == "json" else "no image"
        ((count,),) = database.execute(f"SELECT count(*) FROM rows WHERE {bad}").fetchall()
        if count:
            query = f"SELECT rowid, image FROM rows WHERE {bad} ORDER BY rowid LIMIT {_EXAMPLES}"
            for row, name in database.execute(query).fetchall():
                where = f"{self._path.name}:{self._line(row, rejected)}"
                self._report(where, blank if name is None else "the confidence is no number from 0 to 1")
            self._tell_more(count)
            database.execute(f"CREATE TABLE good AS SELECT * FROM rows WHERE NOT ({bad})")
            database.execute("DROP TABLE rows; ALTER TABLE good RENAME TO rows")
        keys = "SELECT label FROM rows WHERE label IS NOT NULL GROUP BY label ORDER BY min(rowid)"
        database.execute(f"CREATE TYPE key AS ENUM ({keys})")

    def _scan(self) -> tuple[str, str]:
        """Return the DuckDB function that reads the file, and its argument."""
        path = _place(self._path)
        if self._shape.kind == "parquet":
            return "read_parquet(?)", path
        packing = _packing(self._path)
        if packing == "gzip":
            _check(self._path)
        packed = f"compression = '{packing}', ignore_errors = true"
        if self._shape.kind == "json":
            fields = [column for column in (*self._columns, *self._others) if column]
            columns = ", ".join(f"{_quoted(column)}: 'VARCHAR'" for column in dict.fromkeys(fields))
            return f"read_json(?, format = 'newline_delimited', columns = {{{columns}}}, {packed})", path
        columns = ", ".join(f"c{number}: 'VARCHAR'" for number in range(len(self._shape.columns)))
        quote = '"' if self._shape.separator == "," else ""
        return (
            f"read_csv(?, delim = '{self._shape.separator}', quote = '{quote}', escape = '{quote}', header = true,"
            f" auto_detect = false, columns = {{{columns}}}, store_rejects = true, {packed})",
            path,
        )

    def _field(self, column: str | None) -> str:
        assert column is not None
        name = f"c{self._shape.columns.index(column)}" if self._shape.kind == "csv" else _quoted(column)
        return f"{name}::VARCHAR"

    def _rejected(self, database: DuckDBPyConnection) -> list[int]:
        """Report the lines that are no rows, and return their numbers."""
        query = "SELECT line, min(error_type::VARCHAR) FROM reject_errors GROUP BY line ORDER BY line"
        found = database.execute(query).fetchall()
        for line, error in found[:_EXAMPLES]:
            self._report(f"{self._path.name}:{line}", _WRONG.get(error, error.lower()))
        self._tell_more(len(found))
        return [line for line, _ in found]

    def _tell_more(self, count: int) -> None:
        if count > _EXAMPLES:
            self._report(self._path.name, f"{counted(count - _EXAMPLES, 'more row')} cannot be used either")

    def _line(self, row: int, rejected: list[int]) -> int:
        """Return the number of the line of a row, which those that were rejected are not among."""
        if self._shape.kind != "csv":
            return row + 1
        line = row + 2
        for other in rejected:
            if other > line:
                break
            line += 1
        return line


def _group(database: DuckDBPyConnection) -> None:
    """Bring the rows of an image together, and make the table ``starts`` of the images and their first rows."""
    starts = (
        "CREATE TABLE starts AS SELECT rowid AS first, image FROM"
        " (SELECT rowid, image, lag(image) OVER () AS before FROM rows) WHERE image IS DISTINCT FROM before"
    )
    database.execute(starts)
    # A collision of hashes costs a sorting that was not needed, and nothing else.
    ((runs, images),) = database.execute("SELECT count(*), count(DISTINCT hash(image)) FROM starts").fetchall()
    if runs > images:
        database.execute(
            "CREATE TABLE sorted AS SELECT rows.* FROM rows JOIN (SELECT image, min(first) AS first FROM starts"
            " GROUP BY image) AS images USING (image) ORDER BY images.first, rows.rowid"
        )
        database.execute("DROP TABLE starts; DROP TABLE rows; ALTER TABLE sorted RENAME TO rows")
        database.execute(starts)


def _connect(folder: Path | None = None) -> DuckDBPyConnection:
    import duckdb

    if folder is None:
        return duckdb.connect()
    return duckdb.connect(
        str(folder / "rows.db"), config={"memory_limit": _MEMORY, "temp_directory": str(folder / "spilled")}
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of DuckDB into one that says what to do."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        what = str(error).split("\n", 1)[0]
        if "No space left" in what or isinstance(error, duckdb.OutOfMemoryException):
            message = f"{tempfile.gettempdir()}: no room to read {path.name} ({what}); set TMPDIR to a folder with more"
            raise InputError(message) from error
        raise InputError(f"{path}: {_damaged(what)}") from error


def _damaged(what: object) -> str:
    return f"cannot be read ({what}); where it is cut off or damaged, get it again"


def _check(path: Path) -> None:
    """Read a gzip file to its checksum, which DuckDB does not look at: it would give labels that nobody wrote."""
    with _packed.open_packed(path) as stream:
        try:
            while stream.read1(_HEAD):
                pass
        except _packed.broken() as error:
            raise InputError(f"{path}: {_damaged(error)}") from error


def _place(path: Path) -> str:
    """Return a path as DuckDB takes it, which expands patterns."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def _packing(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    packing = next((name for magic, name in _PACKED.items() if head.startswith(magic)), "uncompressed")
    if packing == "uncompressed" and _packed.is_packed(path):
        raise InputError(f"{path}: a table may be packed by gzip or zstd; unpack it first")
    return packing


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _parquet_columns(path: Path) -> tuple[str, ...]:
    with _explained(path), _connect() as database:
        found = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", (_place(path),)).fetchall()
    return tuple(row[0] for row in found)


def _json_columns(lines: list[str]) -> tuple[str, ...]:
    """Return the fields of the objects of the first lines."""
    found: dict[str, None] = {}
    for line in lines[:20]:
        try:
            record = json.loads(line)
        except ValueError:
            break  # the last line of the head is cut
        if isinstance(record, dict):
            found.update(dict.fromkeys(record))
    return tuple(found)


def to_parquet(table: Path, path: Path) -> None:
    """Write a CSV with the columns image, label, confidence and reason as Parquet.

    Args:
        table: the CSV.
        path: where to.
    """
    columns = "{'image': 'VARCHAR', 'label': 'VARCHAR', 'confidence': 'FLOAT', 'reason': 'VARCHAR'}"
    options = f"delim = ',', quote = '\"', escape = '\"', header = true, auto_detect = false, columns = {columns}"
    place = str(path).replace("'", "''")
    with (
        tempfile.TemporaryDirectory(prefix="taxonomy-") as folder,
        _explained(path),
        _connect(Path(folder)) as database,
    ):
        query = f"COPY (SELECT * FROM read_csv(?, {options})) TO '{place}' (FORMAT parquet, COMPRESSION zstd)"
        database.execute(query, (_place(table),))
