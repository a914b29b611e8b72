"""Files as they come: plain or compressed, known by their first bytes, and read line by line in constant memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from taxonomy.sources._format import Report

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "lzma"}
_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
_WINDOWS = re.compile("[\x80-\x9f]")
_BLOCK = 1 << 20
_LONGEST = 1 << 22  # bytes of a line; what is longer is no record of a table or an ontology


class _Unpacked(io.RawIOBase):
    """A compressed file as a raw stream that gives what there is up to a damage, where `read` would lose it.

    The buffer around it is in C: the readline of the compressed files themselves is several times as slow.
    """

    def __init__(self, packed: Any) -> None:
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        part: bytes = self._packed.read1(len(view))
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._packed.close()
        super().close()


def open_packed(path: Path) -> io.BufferedReader:
    """Open a file for reading bytes, decompressed where it is gzip, bzip2 or xz.

    Raises:
        OSError: it cannot be opened; reading may raise it too, and what `broken` returns, where it is damaged.
    """
    packed = _module(path)
    if not packed:
        return io.BufferedReader(io.FileIO(path), _BLOCK)
    return io.BufferedReader(_Unpacked(import_module(packed).open(path, "rb")), _BLOCK)


def is_packed(path: Path) -> bool:
    """Tell whether a file is compressed."""
    return bool(_module(path))


def _module(path: Path) -> str:
    """Return the module that decompresses a file, empty for a plain one."""
    with path.open("rb") as stream:
        head = stream.read(6)
    return next((module for magic, module in _MAGIC.items() if head.startswith(magic)), "")


def head_of(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, decompressed; fewer where it is damaged.

    Raises:
        OSError: it cannot be read at all; or what `broken` returns, where it is damaged from the start.
    """
    head = b""
    with open_packed(path) as stream:
        try:
            while len(head) < size and (part := stream.read1(size - len(head))):
                head += part
        except broken():
            if not head:
                raise
    return head


def broken() -> tuple[type[Exception], ...]:
    """Return what the reading of a damaged or truncated file raises."""
    import lzma
    import zlib

    return OSError, EOFError, zlib.error, lzma.LZMAError


def bare_stem(path: Path) -> str:
    """Return the name of a file without its suffix, nor that of its compression: ``envo`` of ``envo.obo.gz``."""
    return Path(path.stem).stem if path.suffix.lower() in _SUFFIXES else path.stem


def read_bytes(path: Path, report: Report) -> bytes:
    """Return what a file holds, decompressed; of a damaged one what is before the damage, which is reported."""
    parts = []
    with open_packed(path) as stream:
        try:
            while part := stream.read1(_BLOCK):
                parts.append(part)
        except broken() as error:
            report(path.name, _damage(error))
    return b"".join(parts)


def text_lines(path: Path, report: Report) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line, decompressed, without byte order mark and line end.

    Quotes and dashes of Windows that were taken for Latin-1 once, and would be control characters, are put right.
    What is no line of text costs only itself: one that is not UTF-8 or longer than 4 MB, and what comes after damage.
    """
    with open_packed(path) as stream:
        number = 0
        try:
            while raw := stream.readline(_LONGEST):
                number += 1
                if len(raw) == _LONGEST and not raw.endswith(b"\n"):
                    while (rest := stream.readline(_LONGEST)) and not rest.endswith(b"\n"):
                        pass
                    report(f"{path.name}:{number}", f"a line of more than {_LONGEST:,} bytes")
                    continue
                try:
                    text = raw.decode()
                except UnicodeDecodeError as error:
                    report(f"{path.name}:{number}", f"not UTF-8 (byte 0x{raw[error.start]:02x})")
                    continue
                if not raw.isascii():
                    text = _WINDOWS.sub(_from_windows, text)
                yield number, (text if number > 1 else text.removeprefix("\ufeff")).rstrip("\r\n")
        except broken() as error:
            report(f"{path.name}:{number + 1}", _damage(error))


def _from_windows(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("windows-1252", "ignore")


def _damage(error: Exception) -> str:
    return f"damaged or truncated ({error}), what follows is not read; get the file again"
