"""A file that is half loaded: it stands beside its place as ``.part`` and moves there when it is whole.

What tells the version that the half is of (``.part.json``) is kept with it, so that a later run can go on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from taxonomy.errors import InputError
from taxonomy.fetch.record import explained

_BLOCK = 1 << 20


class Part:
    """The bytes of a download so far, to be used in a ``with`` block.

    Attributes:
        path: where they are.
        size: how many there are.
        resumed: whether they came in several answers, which only a checksum proves to be of one version.
        etag: the server's mark of the version.
        modified: when that version was last changed, as the server says.

    Raises:
        InputError: the file cannot be written, or another process is writing it.
    """

    def __init__(self, target: Path, url: str) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.size = 0
        self.resumed = False
        self.etag = self.modified = ""
        self._url = url
        self._facts = target.with_name(f"{target.name}.part.json")
        self._hash = hashlib.sha256()
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        with explained(self.path):
            self._stream = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            if not _lock(self._stream):
                raise InputError(f"{self.path}: another process is loading this file; wait until it is done")
            with explained(self.path):
                self._recall()
        except BaseException:
            self._stream.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # what did not fit on the disk was told of before
            self._open.close()
        if not self.size:
            with suppress(OSError):
                self._remove()

    @property
    def sha256(self) -> str:
        """Checksum of what is there, in hex."""
        return self._hash.hexdigest()

    @property
    def validator(self) -> str:
        """What ``If-Range`` may hold: the ETag when it is a strong one, else the date of the last change."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def restart(self, etag: str = "", modified: str = "") -> None:
        """Throw away what is there, to begin a version anew."""
        self.etag, self.modified = etag, modified
        self.size, self.resumed = 0, False
        self._hash = hashlib.sha256()
        with explained(self.path):
            self._open.seek(0)
            self._open.truncate()
            facts = {"url": self._url, "etag": etag, "modified": modified}
            self._facts.write_text(json.dumps(facts), encoding="utf-8")

    def append(self, block: bytes) -> None:
        """Add what came."""
        with explained(self.path):
            self._open.write(block)
        self._hash.update(block)
        self.size += len(block)

    def finish(self) -> None:
        """Move the whole file to its place, once it is on the disk for good."""
        with explained(self.target):
            self._open.flush()
            os.fsync(self._open.fileno())
            self.path.replace(self.target)
            self._facts.unlink(missing_ok=True)
            folder = os.open(self.target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @property
    def _open(self) -> BinaryIO:
        assert self._stream is not None, "a Part is used in a with block"
        return self._stream

    def _recall(self) -> None:
        """Take up what an earlier run left, when it is of the same address."""
        try:
            facts = json.loads(self._facts.read_bytes())
            mine = facts["url"] == self._url
            etag, modified = str(facts["etag"]), str(facts["modified"])
        except (OSError, ValueError, KeyError, TypeError):
            mine = False
        if not mine:
            self.restart()
            return
        self.etag, self.modified = etag, modified
        while block := self._open.read(_BLOCK):
            self._hash.update(block)
            self.size += len(block)

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._facts.unlink(missing_ok=True)


def _lock(stream: BinaryIO) -> bool:
    """Take the file for this process; False when another has it."""
    try:
        import fcntl
    except ImportError:  # Windows lets nobody replace a file that is open
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
