"""The entry point.  A plain question in a pipe is answered without Typer, everything else goes to the application.

To import Typer takes longer than to find 30,000 descendants, and scripts ask by the thousand.  A question is plain when
it is ``QUESTION CONCEPT... [--db FILE]`` and nothing else; the answer is the application's own.
"""

from __future__ import annotations

import io
import os
import sys

_PLAIN = ("ancestors", "children", "descendants", "parents", "siblings", "synonyms")


def main() -> None:
    """Run the command line."""
    _open_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not stop us
    try:
        question = _plain_question(sys.argv[1:])
        if question is None:
            from taxonomy.commands.app import app

            app(prog_name="taxonomy")
        else:
            from taxonomy.commands.failures import run

            sys.exit(run(lambda: _answer(*question)))
    except KeyboardInterrupt:  # while modules are imported; later `run` sees to it
        sys.exit(130)


def _open_streams() -> None:
    """Take a closed stdin as an empty one and do without stderr; without stdout there is nothing to answer to."""
    if sys.stdin is None:  # in the order of the descriptors, for a file takes the lowest that is free
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    closed = sys.stdout is None
    if closed:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if closed:
        print("error: stdout is closed; leave it open, or send it to a file or to /dev/null", file=sys.stderr)
        sys.exit(2)


def _plain_question(arguments: list[str]) -> tuple[str, list[str], str | None] | None:
    """Return (question, concepts, database) when the arguments are as plain as that."""
    if not arguments or arguments[0] not in _PLAIN or sys.stdout.isatty() or "_TAXONOMY_COMPLETE" in os.environ:
        return None
    concepts: list[str] = []
    db: str | None = None
    rest = iter(arguments[1:])
    for argument in rest:
        if argument == "--db":
            db = next(rest, None)
            if db is None or db != os.path.normpath(db):  # which pathlib would write in another way
                return None
        elif argument.startswith("-") and argument != "-":
            return None
        else:
            concepts.append(argument)
    return (arguments[0], concepts, db) if concepts else None


def _answer(question: str, concepts: list[str], db: str | None) -> None:
    from taxonomy.commands import answers

    getattr(answers, question)(concepts, db=db)


if __name__ == "__main__":
    main()
