"""Typer options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from taxonomy.commands.database import database_path, open_taxonomy
from taxonomy.errors import AmbiguousError, InputError

__all__ = [
    "Db",
    "Encoder",
    "Format",
    "MinConfidence",
    "Output",
    "database_path",
    "finite",
    "folder_or_name",
    "listed",
    "open_taxonomy",
    "resolve_domain",
]


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    TSV = "tsv"


Db = Annotated[
    Path | None,
    typer.Option(
        "--db", metavar="FILE", help="The taxonomy database.", show_default="./taxonomy.db, then $TAXONOMY_DB"
    ),
]

Encoder = Annotated[
    str,
    typer.Option(
        "--encoder",
        metavar="NAME|PATH",
        help="A sentence-transformers model in the place of the encoder that ships.",
        show_default=False,
    ),
]


def finite(param: typer.CallbackParam, value: float | None) -> float | None:
    """Refuse what is a float and no number."""
    if value is not None and value != value:
        raise InputError(f"{param.opts[0]} nan is no number; give one, or leave it out")
    return value


MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        callback=finite,
        metavar="P",
        help="Make classes one with a concept only where the link by name is so sure.",
        show_default="so that 98 of 100 are right or nearly; 0.5 for a knowledge base",
    ),
]

Output = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="How to print.", show_default="a table on a terminal, plain lines in a pipe"),
]


def listed(option: str, what: str, values: list[str] | None) -> list[str]:
    """Return the names that an option gives, which is repeated, comma-separated, or both; none when it is not given.

    Raises:
        InputError: it is given, and names nothing.
    """
    names = [name.strip() for value in values or () for name in value.split(",") if name.strip()]
    if values and not names:
        raise InputError(f"{option} names no {what}; give names with commas between, or leave it out")
    return list(dict.fromkeys(names))


def folder_or_name(encoder: str) -> str:
    """Return an ``--encoder`` that is a folder as one that is found from everywhere."""
    return str(Path(encoder).resolve()) if encoder and Path(encoder).is_dir() else encoder


def resolve_domain(path: Path, domain: str | None) -> str:
    """Return the id of a ``--domain``, which may be given by name; empty when none is given.

    Raises:
        NotFoundError: no concept has that name, or several have.
    """
    if not domain:
        return ""
    with open_taxonomy(path) as taxonomy:
        try:
            return taxonomy[domain].id
        except AmbiguousError as error:
            message = f"--domain {domain} means several concepts; give one by its id"
            raise AmbiguousError(message, error.candidates) from None
