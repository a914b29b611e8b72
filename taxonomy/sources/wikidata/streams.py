"""The bytes of a dump, decompressed with the fastest package that is installed; the packing is known by its magic.

A packed file may have several members one after the other, as parallel packers write them.  All that can be unpacked
of a damaged file is given before it is said to be damaged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from taxonomy.errors import InputError

__all__ = ["Damaged", "Stream", "chunks", "head", "start"]

# Of each packing the modules that open it, the fastest first: by itself bzip2 is some twenty times slower than gzip.
_OPENERS = {
    b"\x1f\x8b": ("isal.igzip", "gzip"),
    b"BZh": ("indexed_bzip2", "bz2"),
    b"\xfd7zXZ\x00": ("lzma",),
}
_ZSTD = b"\x28\xb5\x2f\xfd"
_PART = 1 << 18  # bytes at a time: on their way to where they are wanted, they stay in the cache
_LAST = 1 << 10  # near the end, for of a file that is cut off a part that is not full is lost
_AHEAD = 1 << 19  # packed bytes that the package for gzip takes at a time
_HEAD = 1 << 16


class Damaged(Exception):  # noqa: N818 - it is the file that is damaged
    """A packed file ends too early, or its checksums are wrong."""


class Stream:
    """The bytes of a plain file, or of one packed by gzip, bzip2, xz or Zstandard."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: the file cannot be read, or no installed package unpacks it.
        """
        magic = start(path)
        names = next((names for packing, names in _OPENERS.items() if magic.startswith(packing)), ())
        self._packed = True
        if magic.startswith(_ZSTD):
            self._file: Any = _Zstandard(path)
        elif names:
            self._file = _first(names).open(str(path))
        else:
            self._file, self._packed = path.open("rb"), False
        self._source = getattr(self._file, "fileobj", None)  # of gzip
        self._near_end = path.stat().st_size - _AHEAD

    def readinto(self, view: memoryview) -> int:
        """Put the next bytes into a view; return how many, 0 at the end.

        Raises:
            Damaged: after what could be unpacked.
        """
        part = _LAST if self._source and self._source.tell() >= self._near_end else _PART
        try:
            found: int = self._file.readinto1(view[:part])
        except Exception as error:  # every package has its own
            if not self._packed:
                raise
            raise Damaged(str(error).partition("\n")[0] or type(error).__name__) from error
        return found

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Zstandard:
    """Unpacks Zstandard, and notes where a file is cut off, of which its package says nothing.

    Behind the file comes a frame with one more byte, 0, which no text has: of a file that is cut off it becomes part.
    """

    def __init__(self, path: Path) -> None:
        try:
            import zstandard
        except ImportError as error:
            message = f"{path}: packed by Zstandard; pip install 'label-taxonomy[dumps]', or unpack it: zstd -d"
            raise InputError(message) from error
        self._last = zstandard.ZstdCompressor().compress(b"\0")
        self._whole = False
        self._file = path.open("rb", buffering=0)
        # `zstd --long=31` makes such windows.
        unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 31)
        self._stream = unpacker.stream_reader(cast(IO[bytes], self), read_size=_PART, read_across_frames=True)

    def read(self, size: int) -> bytes:
        """Give the package what it unpacks."""
        data = self._file.read(size)
        if not data:
            data, self._last = self._last, b""
        return data

    def readinto1(self, view: memoryview) -> int:
        found: int = self._stream.readinto1(view)
        if not self._last and found and not view[found - 1]:
            self._whole = True
            return found - 1
        if not found and not self._whole:
            raise EOFError("it ends too early")
        return found

    def close(self) -> None:
        self._file.close()


def _first(names: tuple[str, ...]) -> Any:
    """Return the first of some modules that is installed."""
    for name in names[:-1]:
        try:
            return import_module(name)
        except ImportError:
            continue
    return import_module(names[-1])


def chunks(path: Path) -> Iterator[bytes]:
    """Yield all of a file, bit by bit.

    Raises:
        Damaged: after what could be unpacked.
        InputError: the file cannot be read, or no installed package unpacks it.
    """
    view = memoryview(bytearray(_PART))
    with closing(Stream(path)) as stream:
        while size := stream.readinto(view):
            yield bytes(view[:size])


def start(path: Path) -> bytes:
    """Return the first bytes of a file as they are.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


def head(path: Path, raw: bytes) -> bytes:
    """Return the first unpacked bytes of a file, as many as there are, up to 64 KB.

    Args:
        path: the file.
        raw: its first bytes as they are.
    """
    if not raw.startswith((*_OPENERS, _ZSTD)):
        return raw
    found = b""
    try:
        for chunk in chunks(path):
            found += chunk
            if len(found) >= _HEAD:
                break
    except Damaged:
        pass
    return found[:_HEAD]
