"""Typer options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taxonomy.commands.database import database_path, open_taxonomy
from taxonomy.commands.output import Format

__all__ = ["Db", "Format", "Output", "database_path", "open_taxonomy"]

Db = Annotated[
    Path | None,
    typer.Option(
        "--db", metavar="FILE", help="The taxonomy database.", show_default="./taxonomy.db, then $TAXONOMY_DB"
    ),
]

Output = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="How to print.", show_default="a table on a terminal, plain lines in a pipe"),
]
