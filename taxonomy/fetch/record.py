"""What is remembered beside a fetched file (``<file>.json``), and whether the file still is what was fetched."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from taxonomy.errors import InputError
from taxonomy.fetch.catalogue import Remote


@dataclass(frozen=True, slots=True)
class Record:
    """Where a file came from.

    Attributes:
        name: its name in the catalogue.
        url: the address that was asked.
        date: when it was complete, in UTC (``2026-01-31T12:00:00Z``).
        sha256: checksum of what came.
        size: in bytes.
        etag: the server's mark of this version, or empty.
        modified: what the server says of when it was last changed, or empty.
        version: as the catalogue says.
        licence: as the catalogue says.
        credit: as the catalogue says.
    """

    name: str
    url: str
    date: str
    sha256: str
    size: int
    etag: str = ""
    modified: str = ""
    version: str = ""
    licence: str = ""
    credit: str = ""


class State(StrEnum):
    """What a file in the folder is found to be."""

    RIGHT = "right"
    MISSING = "missing"
    CHANGED = "changed"
    UNKNOWN = "unknown"


class Check(NamedTuple):
    """A file that was looked at, and what is wrong with it or done about it."""

    remote: Remote
    path: Path
    state: State
    detail: str


def verify(remote: Remote, folder: Path) -> Check:
    """Compare a file with what the catalogue and its record say.

    Raises:
        InputError: the file cannot be read.
    """
    path = folder / remote.file
    if not path.is_file():
        return Check(remote, path, State.MISSING, f"fetch it with 'taxonomy fetch {remote.name}'")
    record = read(path)
    expected = {"the catalogue": remote.sha256, "its record": record.sha256 if record else ""}
    if not any(expected.values()):
        return Check(remote, path, State.UNKNOWN, f"neither {beside(path).name} nor the catalogue has its sha256")
    if record and path.stat().st_size != record.size:
        detail = f"{path.stat().st_size:,} bytes where its record says {record.size:,}"
        return Check(remote, path, State.CHANGED, detail)
    found = checksum(path)
    for who, sha256 in expected.items():
        if sha256 and sha256 != found:
            return Check(remote, path, State.CHANGED, f"sha256 {found} where {who} says {sha256}")
    return Check(remote, path, State.RIGHT, "")


def beside(path: Path) -> Path:
    """Return the place of a file's record."""
    return path.with_name(f"{path.name}.json")


def read(path: Path) -> Record | None:
    """Return the record of a file; None when there is none that can be used."""
    try:
        values = json.loads(beside(path).read_bytes())
        known = {field.name: values[field.name] for field in fields(Record) if field.name in values}
        record = Record(**known)
    except (OSError, ValueError, TypeError):
        return None
    texts = (getattr(record, field.name) for field in fields(Record) if field.name != "size")
    return record if isinstance(record.size, int) and all(isinstance(text, str) for text in texts) else None


def write(path: Path, record: Record) -> None:
    """Write the record of a file, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    place = beside(path)
    work = place.with_name(f".{place.name}.{os.getpid()}.part")
    with explained(place):
        try:
            work.write_text(json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            work.replace(place)
        finally:
            work.unlink(missing_ok=True)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hex.

    Raises:
        InputError: it cannot be read.
    """
    with explained(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one that says what to do."""
    import errno

    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            todo = "make room, and run it again: it goes on where it stopped"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            todo = "check its permissions, or name another folder with -o"
        else:
            todo = "name another folder with -o"
        raise InputError(f"{path}: {reason}; {todo}") from error
