"""One label space from many image datasets: a DAG of visual concepts anchored in WordNet 3.0.

>>> import taxonomy
>>> t = taxonomy.open("taxonomy.db")  # doctest: +SKIP
>>> t["n02084071"].synonyms()  # doctest: +SKIP
['dog', 'domestic dog', 'Canis familiaris']
"""

from __future__ import annotations

from taxonomy._version import __version__
from taxonomy.errors import (
    AmbiguousError,
    DatabaseError,
    InputError,
    NotFoundError,
    TaxonomyError,
)

TYPE_CHECKING = False  # typing takes as long to import as a query
if TYPE_CHECKING:
    from pathlib import Path

    from taxonomy.store.read import Concept, Taxonomy

__all__ = [
    "AmbiguousError",
    "Concept",
    "DatabaseError",
    "InputError",
    "NotFoundError",
    "Taxonomy",
    "TaxonomyError",
    "__version__",
    "open",
]


def open(path: str | Path = "taxonomy.db") -> Taxonomy:
    """Open a taxonomy database for reading.

    Args:
        path: a file that ``taxonomy build`` wrote.

    Raises:
        DatabaseError: the file is missing, foreign, or of another schema version.
    """
    from taxonomy.store.read import Taxonomy

    return Taxonomy(path)


def __getattr__(name: str) -> object:
    # The read side is imported when it is used, so that `taxonomy --help` need not pay for it.
    if name in ("Concept", "Taxonomy"):
        from taxonomy.store import read

        return getattr(read, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
