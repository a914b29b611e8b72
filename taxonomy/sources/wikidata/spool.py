"""Classes set aside in a temporary file until it is known which of them are wanted.

Packed, one takes about 1 kB, or a few hundred bytes where few languages are wanted; all eight million of Wikidata take
some 8 GB in the folder for temporary files (``TMPDIR``).
"""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError

__all__ = ["Row", "Spool", "packed"]

Row = tuple[int, SourceClass]
"""The number of a line, and the class that was made of it."""

_fields = attrgetter(*(field.name for field in fields(SourceClass)))  # pickled, a class takes twice the time


class _Batch(NamedTuple):
    first: int  # the line from which the rows count theirs
    items: list[int]
    rows: bytes


def packed(rows: list[Row]) -> bytes:
    """Return rows packed, lightly: a class has the same name in many languages."""
    data = pickle.dumps([(line, _fields(entry)) for line, entry in rows], pickle.HIGHEST_PROTOCOL)
    return _compress()(data, 1)


@cache
def _compress() -> Callable[[bytes, int], bytes]:
    try:
        from isal.isal_zlib import compress
    except ImportError:
        from zlib import compress
    return compress


class Spool:
    """A temporary file of batches of rows."""

    def __init__(self) -> None:
        with _room():
            self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does

    def add(self, first: int, items: list[int], rows: bytes) -> None:
        """Set packed rows aside.

        Args:
            first: the line from which they count theirs.
            items: the numbers of their items.
            rows: what `packed` returned.

        Raises:
            InputError: the disk is full.
        """
        if items:
            with _room():
                pickle.dump(_Batch(first, items, rows), self._file, pickle.HIGHEST_PROTOCOL)

    def rows(self, wanted: Callable[[list[int]], bool]) -> Iterator[Row]:
        """Yield the rows, with the numbers of their lines in the file; only of batches whose items are wanted."""
        with _room():
            self._file.seek(0)
        while True:
            try:
                batch = pickle.load(self._file)
            except EOFError:
                return
            if wanted(batch.items):
                for line, values in pickle.loads(zlib.decompress(batch.rows)):
                    yield batch.first + line, SourceClass(*values)

    def close(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            self._file.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{tempfile.gettempdir()}: no room for the classes of the dump ({error.strerror})"
        raise InputError(f"{message}; set TMPDIR to a folder with more") from error
