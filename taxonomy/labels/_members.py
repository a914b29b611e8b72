"""Large JSON documents, one item of their lists at a time, in constant memory.

What `json.load` makes of a COCO file takes ten times the room of the file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from taxonomy.labels._format import Report
from taxonomy.sources._packed import broken, open_packed

_CHUNK = 1 << 20
_NEAR = 16  # characters; a literal or an escape that the end of a chunk cuts is shorter
_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class Item(NamedTuple):
    """A piece of a document.

    Attributes:
        member: name of the member of the document that it belongs to; empty when the document is a list.
        place: in the member's list; -1 when the member is no list, and the piece all of it.
        value: the piece.
        text: the piece as the file has it.
    """

    member: str
    place: int
    value: Any
    text: str


def items(path: Path, report: Report) -> Iterator[Item]:
    """Yield the items of the lists at the top of a JSON document, plain or compressed, and its other members.

    A document that ends early, or is no JSON from some place on, is reported, and what is before that is yielded.
    """
    with open_packed(path) as file:
        yield from _Scanner(file, path.name, report).items()


class _BrokenError(Exception):
    """The document is not valid JSON from here on."""


class _Scanner:
    def __init__(self, file: Any, name: str, report: Report) -> None:
        self._file, self._name, self._report = file, name, report
        self._codec = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._text, self._at, self._before, self._ended = "", 0, 0, False
        self._member, self._index = "", -1

    def items(self) -> Iterator[Item]:
        try:
            opening = self._next()
            if opening == "[":
                yield from self._list()
            elif opening == "{":
                yield from self._object()
            else:
                raise _BrokenError("it is neither an object nor a list")
        except _BrokenError as error:
            item = f"{self._member}[{self._index}]" if self._index >= 0 else self._member
            where = f"{self._name}: character {self._before + self._at + 1}{f', {item}' if item else ''}"
            self._report(where, f"{error}; nothing after that is read: get the file again")

    def _object(self) -> Iterator[Item]:
        self._skip("{")
        while self._next() != "}":
            name, _ = self._value()
            if not isinstance(name, str):
                raise _BrokenError("not valid JSON: a member has no name")
            self._member, self._index = name, -1
            self._skip(":")
            if self._next() == "[":
                yield from self._list()
                self._index = -1
            else:
                yield Item(name, -1, *self._value())
            if self._next() == ",":
                self._at += 1
            elif self._next() != "}":
                raise _BrokenError("not valid JSON: a comma is missing")

    def _list(self) -> Iterator[Item]:
        self._skip("[")
        self._index = 0
        if self._next() == "]":
            self._at += 1
            yield Item(self._member, -1, [], "[]")
            return
        while True:
            value, text = self._value()
            yield Item(self._member, self._index, value, text)
            self._index += 1
            mark = self._next()
            if mark not in ",]":
                raise _BrokenError("not valid JSON: a comma is missing")
            self._at += 1
            if mark == "]":
                return

    def _value(self) -> tuple[Any, str]:
        self._next()
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _NEAR
                if cut and self._more():
                    continue
                raise _BrokenError("cut off" if cut else f"not valid JSON: {error.msg}") from error
            except (RecursionError, ValueError) as error:
                raise _BrokenError(f"JSON that cannot be read: {error}") from error
            if end == len(self._text) and self._more():  # the rest of a number may follow
                continue
            text = self._text[self._at : end]
            self._at = end
            return value, text

    def _next(self) -> str:
        """Return the next character that is no blank, without passing it."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise _BrokenError("cut off" if self._before + self._at else "the file is empty")

    def _skip(self, mark: str) -> None:
        if self._next() != mark:
            raise _BrokenError(f"not valid JSON: {mark} is missing")
        self._at += 1

    def _more(self) -> bool:
        if self._ended:
            return False
        # At least as much as waits, else a long string would be looked through anew for every chunk of it.
        try:
            data = self._file.read1(max(_CHUNK, len(self._text) - self._at))
        except broken():
            data = b""  # as good as cut off, which is reported
        self._ended = not data
        self._before += self._at
        self._text = self._text[self._at :] + self._codec.decode(data, self._ended)
        self._at = 0
        return True
