"""Blocks of whole lines of a large file, each handed to one of a few worker processes.

Unpacking cannot be shared out, so the parent does nothing else: it unpacks straight into memory that it shares with
the workers, which look through the lines there.  Answers come back in the file's order.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import cycle
from pathlib import Path
from typing import IO, Any, Generic, Protocol, TypeVar

from taxonomy.errors import InputError
from taxonomy.sources._format import Report
from taxonomy.sources.wikidata import streams

__all__ = ["answers"]

Answer = TypeVar("Answer")
_Made = TypeVar("_Made", covariant=True)
Task = Callable[[memoryview], tuple[int, Answer]]
"""Takes a block; returns how many lines it has, and what it made of it."""

_SIZE = 1 << 21  # of a block: larger ones do not fit into the cache of the core that works on them
_SMALL = 1 << 24  # a file that is read before the workers have started
_LONGEST = 1 << 28  # of a line; longer ones are no entities
_MEMORY = Path("/dev/shm")
_START = "import sys; sys.path[:] = {!r}; from taxonomy.sources.wikidata import blocks; blocks.work()"


def answers(
    path: Path, task: Task[Answer], report: Report, *, workers: int | None = None
) -> Iterator[tuple[int, Answer]]:
    """Yield what a task makes of each block of whole lines, with the number of the block's first line.

    Args:
        path: a file, plain or packed.
        task: what is done with each block; can be pickled, and so can its answers.
        report: told when the file is damaged; what comes before that is read.
        workers: how many processes share the work; by default up to two, none for a small file.

    Raises:
        InputError: the file cannot be read, or a worker process is killed.
    """
    if workers is None:
        workers = 0 if path.stat().st_size < _SMALL else min(2, os.cpu_count() or 1)
    with ExitStack() as stack:
        slots: list[_Slot[Answer]] = [_Here(task)]
        if workers:
            slots = _crew(stack, path, task, workers)
        number = 1
        for lines, answer in _in_turn(path, task, slots, report):
            yield number, answer
            number += lines


class _Slot(Protocol[_Made]):
    """Room for one block, and who works on it."""

    view: memoryview

    def submit(self, length: int) -> None: ...

    def answer(self) -> tuple[int, _Made]:
        """Return the number of lines of the block, and what was made of it."""
        ...


class _Here(Generic[Answer]):
    """Works in this process."""

    def __init__(self, task: Task[Answer]) -> None:
        self.view = memoryview(bytearray(_SIZE))
        self._task, self._length = task, 0

    def submit(self, length: int) -> None:
        self._length = length

    def answer(self) -> tuple[int, Answer]:
        return self._task(self.view[: self._length])


class _There(Generic[Answer]):
    """Works in a process, which answers in the order in which it is asked."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes], view: memoryview, start: int) -> None:
        self.view = view[start : start + _SIZE]
        self._path, self._process, self._start = path, process, start

    def submit(self, length: int) -> None:
        try:
            _send(self._process.stdin, (self._start, length))
        except OSError as error:
            raise self._killed() from error

    def answer(self) -> tuple[int, Answer]:
        assert self._process.stdout is not None
        try:
            found: tuple[int, Answer] = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._killed() from error
        return found

    def _killed(self) -> InputError:
        return InputError(f"{self._path}: a process that helps to read it ended; is there enough memory? read it again")


def _crew(stack: ExitStack, path: Path, task: Task[Answer], workers: int) -> list[_Slot[Answer]]:
    """Start the workers, two slots for each: one is filled while it works on the other."""
    size = 2 * workers * _SIZE
    shared = stack.enter_context(_shared(size))
    view = memoryview(mmap.mmap(shared.fileno(), size))  # not closed: a traceback may hold parts of it
    crew = []
    for _ in range(workers):
        process = subprocess.Popen(
            [sys.executable, "-c", _START.format(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(shared.fileno(),),
        )
        stack.callback(_end, process)
        _send(process.stdin, (shared.fileno(), size, task))
        crew.append(process)
    return [_There(path, crew[index % workers], view, index * _SIZE) for index in range(2 * workers)]


def _shared(size: int) -> Any:
    """Return a file for the shared memory, in memory where there is room for all of it.

    It has no name, so that nothing is left of it however the processes end.
    """
    for folder in (_MEMORY, None):
        try:
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
        except OSError:
            continue
        try:
            file.write(bytes(size))
            file.flush()
        except OSError:
            file.close()
            continue
        return file
    raise InputError(f"{tempfile.gettempdir()}: no room for {size >> 20} MB; set TMPDIR to a folder with more")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _send(pipe: IO[bytes] | None, message: object) -> None:
    assert pipe is not None
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def work() -> None:
    """Answer blocks until the pipe is closed: what a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; it is the parent who ends the workers
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    shared, size, task = pickle.load(source)
    memory = memoryview(mmap.mmap(shared, size))
    while True:
        try:
            start, length = pickle.load(source)
        except EOFError:
            return
        _send(sink, task(memory[start : start + length]))


def _in_turn(
    path: Path, task: Task[Answer], slots: list[_Slot[Answer]], report: Report
) -> Iterator[tuple[int, Answer]]:
    """Fill the slots in turn; the one whose turn it is was filled longest ago, so answers come in order."""
    busy: deque[_Slot[Answer]] = deque()
    with closing(_Lines(path, report)) as lines:
        for slot in cycle(slots):
            if len(busy) == len(slots):
                yield busy.popleft().answer()
            length = lines.fill(slot.view)
            if length:
                slot.submit(length)
                busy.append(slot)
                continue
            while busy:
                yield busy.popleft().answer()
            long = lines.rest_of_line(slot.view)
            if not long:
                return
            yield task(memoryview(long))


class _Lines:
    """Cuts what is unpacked into blocks of whole lines."""

    def __init__(self, path: Path, report: Report) -> None:
        self._path, self._report = path, report
        self._stream = streams.Stream(path)
        self._begun = b""  # the start of the line with which the next block begins
        self._full = self._damaged = False

    def close(self) -> None:
        self._stream.close()

    def fill(self, view: memoryview) -> int:
        """Fill the view with whole lines; return their length, 0 at the end or when not even one line fits."""
        length = len(self._begun)
        view[:length], self._begun, self._full = self._begun, b"", False
        while length < len(view):
            part = self._next(view[length:])
            if not part:
                return length
            length += part
        end = _behind_last_line(view)
        self._full = not end
        if end:
            self._begun = bytes(view[end:])
        return end

    def rest_of_line(self, view: memoryview) -> bytes:
        """Return the line that fills the whole view, with its rest; nothing at the end of the file."""
        if not self._full:
            return b""
        parts, length, end = [bytes(view)], len(view), 0
        while not end and (part := self._next(view)):
            text = bytes(view[:part])
            end = text.find(b"\n") + 1
            if end:
                text, self._begun = text[:end], text[end:]
            length += len(text)
            if length <= _LONGEST:
                parts.append(text)
        if length <= _LONGEST:
            return b"".join(parts)
        self._report(self._path.name, f"a line of {length >> 20} MB is left out")
        return b"\n"

    def _next(self, view: memoryview) -> int:
        if self._damaged:
            return 0
        try:
            return self._stream.readinto(view)
        except streams.Damaged as error:
            self._damaged = True
            self._report(self._path.name, f"the file is damaged ({error}); only what comes before that is read")
            return 0


def _behind_last_line(view: memoryview) -> int:
    """Return where the last whole line ends, 0 when there is none."""
    near = max(0, len(view) - (1 << 16))
    end = bytes(view[near:]).rfind(b"\n") + 1
    return near + end if end else bytes(view).rfind(b"\n") + 1
