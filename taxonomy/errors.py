"""Every error that the package raises on purpose, each with the exit code that the command line gives it.

A message says what is wrong, where, and what to do next.  The command line prints it in one or two lines on stderr and
exits with ``exit_code``: 1 findings, 2 usage or bad input, 3 not found or ambiguous (0 is done).
"""

from __future__ import annotations

from collections.abc import Sequence


class TaxonomyError(Exception):
    """Root of all errors that are meant for the user."""

    exit_code = 2


class InputError(TaxonomyError):
    """A file or an argument cannot be used as it is."""


class DatabaseError(TaxonomyError):
    """The database is missing, foreign, of another schema version, or cannot be written."""


class NotFoundError(TaxonomyError, KeyError):
    """A concept, class or source that is not in the database."""

    exit_code = 3

    def __str__(self) -> str:
        # KeyError would print the repr of the message.
        return str(self.args[0]) if self.args else ""


class AmbiguousError(NotFoundError):
    """A name that several concepts bear with equal right.

    Attributes:
        candidates: ``(id, name, definition)`` of each, the most likely first.
    """

    def __init__(self, message: str, candidates: Sequence[tuple[str, str, str]] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)
