"""Runs a command; what fails is told on stderr in a line or two, and becomes the exit code."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable

from taxonomy.commands.output import print_error
from taxonomy.errors import DatabaseError, InputError, TaxonomyError

INTERRUPTED = 130  # what shells give for Ctrl-C


def run(command: Callable[[], int | None]) -> int:
    """Run a command and return the exit code: its own (None is 0), or that of what it raised."""
    try:
        code = command() or 0
        sys.stdout.flush()
    except TaxonomyError as error:
        return _report(error)
    except sqlite3.DatabaseError as error:
        if type(error) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
            raise  # the others are our mistakes, not damage
        if error.sqlite_errorname == "SQLITE_FULL":
            return _report(InputError("no room for the database, or for its temporary files; make some, or set TMPDIR"))
        return _report(DatabaseError(f"the database cannot be read ({error}); build it again with 'taxonomy build'"))
    except (UnicodeEncodeError, UnicodeDecodeError) as error:
        return _report(InputError(f"what was typed or piped in is not UTF-8 text ({error.object!r:.60})"))
    except OverflowError as error:
        return _report(InputError(f"a number is too large ({error})"))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head) has enough
        _discard_output()
        return 1
    except OSError as error:
        _discard_output()
        reason = error.strerror or str(error)
        return _report(InputError(f"{error.filename}: {reason}" if error.filename else f"output not written: {reason}"))
    return code


def _report(error: TaxonomyError) -> int:
    print_error(error)
    return error.exit_code


def _discard_output() -> None:
    """Send what is still buffered nowhere, for Python writes it at exit and would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
