"""Run the examples of the README and put what they print under them, or check that it is there already.

Every ```` ```console ```` block is run from top to bottom in one folder, in which ``taxonomy build`` has been run: a
line that starts with ``$`` is a command for the shell, the lines after it are what it prints.  Seconds may differ.
Every ```` ```python ```` block must run there too, in its turn.

    .venv/bin/python scripts/readme.py          rewrite the README
    .venv/bin/python scripts/readme.py --check  exit 1 when it says something else than the program
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"^```(console|python)\n(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\b\d+\.\d+ s\b")


def run_python(code: str, folder: Path, environment: dict[str, str]) -> None:
    """Run an example of the Python interface, and stop when it fails."""
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)}, check=True)


def run_console(block: str, folder: Path, environment: dict[str, str]) -> str:
    """Return a block with the output of its commands as they print it now."""
    lines: list[str] = []
    for line in block.splitlines():
        if not line.startswith("$ "):
            continue
        done = subprocess.run(
            ["sh", "-c", line[2:]],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if "Traceback" in done.stdout:
            sys.exit(f"{line}\n{done.stdout}")
        lines += [line, *done.stdout.rstrip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines)


def main() -> None:
    """Run all blocks, then rewrite or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 when the README is stale")
    check = parser.parse_args().check
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shim = folder / "bin" / "taxonomy"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/cli.py" "$@"\n')
        shim.chmod(0o755)
        work = folder / "work"
        work.mkdir()
        environment = os.environ | {
            "PATH": f"{shim.parent}:{os.environ['PATH']}",
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
        }
        environment.pop("TAXONOMY_DB", None)
        subprocess.run([shim, "build"], cwd=work, env=environment, check=True, capture_output=True)

        def run(match: re.Match[str]) -> str:
            if match[1] == "console":
                return f"```console\n{run_console(match[2], work, environment)}"
            run_python(match[2], work, environment)
            return match[0]

        fresh = _BLOCK.sub(run, text)
    if not check:
        README.write_text(fresh, encoding="utf-8")
        return
    old, new = (_SECONDS.sub("… s", version).splitlines() for version in (text, fresh))
    if difference := list(difflib.unified_diff(old, new, "README.md", "what the program prints", lineterm="", n=1)):
        print("\n".join(difference))
        sys.exit("README.md is stale; run scripts/readme.py")


if __name__ == "__main__":
    main()
