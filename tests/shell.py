"""Runs the command line as a shell does: in this process for speed, in another one, or on a terminal."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from taxonomy.commands.main import main

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def run(*arguments: object, stdin: str | bytes = "", entry: Callable[[], None] = main) -> Done:
    """Run a command in this process, as in a pipe."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["taxonomy", *map(str, arguments)])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8"))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace"))
        with pytest.raises(SystemExit) as stopped:
            entry()
        sys.stdout.flush()
        sys.stderr.flush()
        code = stopped.value.code or 0
        assert isinstance(code, int), code
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


def start(*arguments: object, program: Sequence[str] = ("cli.py",), **options: object) -> subprocess.Popen[str]:
    """Start a command as a process of its own; ``options`` go to `subprocess.Popen`."""
    program = [str(ROOT / part) if part == "cli.py" else part for part in program]
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        **{  # type: ignore[call-overload]
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
            "text": True, "encoding": "utf-8", **options,
        },
    )  # fmt: skip


def spawn(*arguments: object, **options: object) -> Done:
    """Run a command as a process of its own, to its end."""
    with start(*arguments, **options) as process:
        out, err = process.communicate(timeout=120)
    return Done(process.returncode, out or "", err or "")


def on_terminal(*arguments: object, columns: int = 80) -> str:
    """Run a command on a terminal that shows no colours, and return all that comes up there."""
    here, there = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "LINES": "40", "NO_COLOR": "1", "TERM": "dumb"}
    process = start(*arguments, stdin=there, stdout=there, stderr=there, env=environment)
    os.close(there)
    shown = b""
    while True:
        try:
            block = os.read(here, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not block:
            break
        shown += block
    os.close(here)
    process.wait(timeout=60)
    return shown.decode().replace("\r\n", "\n")
