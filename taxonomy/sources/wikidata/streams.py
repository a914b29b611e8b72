"""The bytes of a dump, decompressed with the fastest package that is installed; the packing is known by its magic.

A packed file may have several members one after the other, as parallel packers write them.  All that can be unpacked
of a damaged file is given before it is said to be damaged.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from taxonomy.errors import InputError

__all__ = ["Damaged", "chunks", "head", "start"]

_GZIP, _BZIP2, _ZSTD, _XZ = b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00"
_PACKED = 1 << 14  # bytes at a time: what they unpack to stays in the cache until it is copied
_PLAIN = 1 << 20
_HEAD = 1 << 16


class Damaged(Exception):  # noqa: N818 - it is the file that is damaged
    """A packed file ends too early, or its checksums are wrong."""


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a plain file, or of one packed by gzip, bzip2, xz or Zstandard.

    Raises:
        Damaged: after what could be unpacked.
        InputError: the file cannot be read, or no installed package unpacks it.
    """
    magic = start(path)
    if magic.startswith(_GZIP):
        return _members(path, _gzip())
    if magic.startswith(_BZIP2):
        return _bzip2(path)
    if magic.startswith(_XZ):
        return _members(path, lzma.LZMADecompressor)
    if magic.startswith(_ZSTD):
        return _zstandard(path)
    return _plain(path)


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
    if not raw.startswith((_GZIP, _BZIP2, _ZSTD, _XZ)):
        return raw
    found = b""
    try:
        for chunk in chunks(path):
            found += chunk[:_HEAD]
            if len(found) >= _HEAD:
                break
    except Damaged:
        pass
    return found[:_HEAD]


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as stream:
        while data := stream.read(_PLAIN):
            yield data


def _gzip() -> Callable[[], Any]:
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.decompressobj(31)  # 31: with the header and checksum of gzip
    return lambda: isal_zlib.decompressobj(31)


def _members(path: Path, new: Callable[[], Any]) -> Iterator[bytes]:
    """Unpack member after member; zeros behind the last are padding."""
    unpacker, open_member = new(), True
    with path.open("rb", buffering=0) as stream:
        while data := stream.read(_PACKED):
            while data and (open_member or data.strip(b"\0")):
                try:
                    plain = unpacker.decompress(data)
                except Exception as error:  # every package has its own
                    raise Damaged(str(error)) from error
                if plain:
                    yield plain
                open_member = not unpacker.eof
                if open_member:
                    break
                data, unpacker = unpacker.unused_data, new()
    if open_member:
        raise Damaged("it ends too early")


def _bzip2(path: Path) -> Iterator[bytes]:
    """Unpack on all cores where `indexed_bzip2` is installed: by itself bzip2 is some twenty times slower than gzip."""
    try:
        import indexed_bzip2
    except ImportError:
        yield from _members(path, bz2.BZ2Decompressor)
        return
    try:
        with indexed_bzip2.open(str(path), parallelization=0) as stream:
            while data := stream.read(_PLAIN):
                yield data
    except (RuntimeError, ValueError, OSError) as error:
        raise Damaged("it ends too early, or its checksums are wrong") from error


def _zstandard(path: Path) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError as error:
        message = f"{path}: packed by Zstandard; pip install 'label-taxonomy[dumps]', or unpack it: zstd -d"
        raise InputError(message) from error
    # `zstd --long=31` makes such windows.
    yield from _members(path, zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj)
