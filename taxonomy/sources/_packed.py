"""Files compressed with gzip, bzip2 or xz, read as if they were not; which it is, the first bytes tell.

A file that is damaged or cut off is read as far as it goes: the caller is told, not stopped.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from taxonomy.sources._format import Report

SUFFIXES = (".gz", ".bz2", ".xz")
_LONGEST = 1 << 20  # bytes of a line; what is longer is no line of a list, but a file of another kind

_MAGIC = re.compile(rb"\x1f\x8b|BZh[1-9](?:1AY&SY|\x17rE8P\x90)|\xfd7zXZ\0")

_Failures = tuple[type[Exception], ...]


def is_packed(head: bytes) -> bool:
    """Tell by its first bytes whether a file is compressed."""
    return _MAGIC.match(head) is not None


def failures() -> _Failures:
    """Return what reading a damaged file may raise."""
    from lzma import LZMAError

    return (OSError, EOFError, zlib.error, LZMAError)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to read its bytes, unpacked; `failures` may come while reading."""
    with path.open("rb") as stream:
        head = stream.read(10)
        stream.seek(0)
        if not is_packed(head):
            yield stream
            return
        module = import_module({b"\x1f": "gzip", b"B": "bz2", b"\xfd": "lzma"}[head[:1]])
        with module.open(stream) as unpacked:
            yield unpacked


def unpacked_head(path: Path, size: int) -> bytes:
    """Return the first bytes of what a compressed file holds, as far as they can be read."""
    found = b""
    try:
        with opened(path) as stream:
            while len(found) < size and (block := stream.read(min(size - len(found), 1 << 12))):
                found += block
    except failures():
        pass  # what is there says what the file is; that it is cut off, reading will say
    return found


def blocks(path: Path, report: Report) -> Iterator[bytes]:
    """Yield what a file holds, in blocks of 64 KB; where it cannot be read further, report that and end."""
    try:
        with opened(path) as stream:
            while block := stream.read(1 << 16):
                yield block
    except failures() as error:
        report(path.name, f"damaged or cut off, read only up to there: {error}")


def text_of(path: Path, report: Report) -> str:
    """Return the text of a file that is read whole; bytes that are not UTF-8 are reported and replaced."""
    data = b"".join(blocks(path, report))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report(f"{path.name}:{data.count(bytes([10]), 0, error.start) + 1}", "not UTF-8; the bytes are left out")
        return data.decode("utf-8-sig", errors="ignore")


def json_of(path: Path, report: Report) -> Any:
    """Parse a JSON file; one that is not valid is reported, and gives None."""
    import json

    try:
        return json.loads(text_of(path, report))
    except json.JSONDecodeError as error:
        report(f"{path.name}:{error.lineno}", f"not valid JSON (column {error.colno}): {error.msg}")
    except (ValueError, RecursionError) as error:
        report(path.name, f"JSON that cannot be read: {error}")
    return None


def text_lines(path: Path, report: Report) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line, one at a time; one that is overlong or not UTF-8 is reported."""
    number = 0
    try:
        with opened(path) as stream:
            while raw := stream.readline(_LONGEST):
                number += 1
                where = f"{path.name}:{number}"
                if len(raw) == _LONGEST and not raw.endswith(b"\n"):
                    while (rest := stream.readline(_LONGEST)) and not rest.endswith(b"\n"):
                        pass
                    report(where, f"a line of more than {_LONGEST:,} bytes")
                    continue
                try:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    report(where, f"not UTF-8 (byte {error.start} of the line)")
                else:
                    yield number, text.rstrip("\r\n")
    except failures() as error:
        report(f"{path.name}:{number + 1}", f"damaged or cut off, read only up to there: {error}")
