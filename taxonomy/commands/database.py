"""Which database a command is about."""

from __future__ import annotations

import os

from taxonomy.errors import DatabaseError

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from pathlib import Path

    from taxonomy.store.read import Taxonomy

DEFAULT_DB = "taxonomy.db"


def database_path(db: str | Path | None) -> str | Path:
    """Return the database that is meant: the option, else ./taxonomy.db, else $TAXONOMY_DB.

    Raises:
        DatabaseError: none of them is there.
    """
    if db is not None:
        return db
    if os.path.exists(DEFAULT_DB):  # noqa: PTH110 - pathlib takes as long to import as a query
        return DEFAULT_DB
    if named := os.environ.get("TAXONOMY_DB"):
        return named
    raise DatabaseError("no ./taxonomy.db here and no $TAXONOMY_DB; run 'taxonomy build', or name a database with --db")


def open_taxonomy(db: str | Path | None) -> Taxonomy:
    """Open the database that is meant (see `database_path`)."""
    from taxonomy.store.read import Taxonomy

    return Taxonomy(database_path(db))
