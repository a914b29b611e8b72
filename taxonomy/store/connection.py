"""Opens a taxonomy database and refuses, with the reason, what is none."""

from __future__ import annotations

import os
import sqlite3

from taxonomy.errors import DatabaseError

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x7461786F
SCHEMA_VERSION = 6
# Of every SQLite file: https://www.sqlite.org/fileformat.html#the_database_header
_HEADER = 100
_APPLICATION_ID = slice(68, 72)


def connect(path: str | Path) -> sqlite3.Connection:
    """Open a taxonomy database for reading.

    Raises:
        DatabaseError: there is no such file, or it is no taxonomy database, or one of another schema version.
    """
    if not os.path.exists(path):  # noqa: PTH110 - pathlib takes as long to import as a query
        raise DatabaseError(
            f"{path}: no such database; run 'taxonomy build --out {path}' first, or name another with --db"
        )
    if os.path.isdir(path):  # noqa: PTH112
        raise DatabaseError(f"{path} is a folder; --db takes a database file")
    try:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA query_only = 1")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: not a taxonomy database ({error}); name another with --db") from error
    if application != APPLICATION_ID:
        raise DatabaseError(f"{path}: an SQLite file, but not a taxonomy database; name another with --db")
    if version != SCHEMA_VERSION:
        raise DatabaseError(
            f"{path}: schema version {version}, this program reads {SCHEMA_VERSION};"
            " build it again with 'taxonomy build'"
        )
    return connection


def refuse_foreign(path: str | Path) -> None:
    """Make sure that a file may be replaced by a taxonomy: it is one, of whatever version, or empty, or not there.

    Raises:
        DatabaseError: it is something else, which may be precious.
    """
    if not os.path.isfile(path):  # noqa: PTH113
        return
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            header = stream.read(_HEADER)
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read ({error.strerror}); name another file with --out") from error
    if header and header[_APPLICATION_ID] != APPLICATION_ID.to_bytes(4, "big"):
        raise DatabaseError(f"{path}: not a taxonomy database, so it is not replaced; name another file with --out")
