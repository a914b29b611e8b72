"""Which sources an export may use, by the licences that are allowed.

A source is allowed where the licence of its labels is, and that of the package that the list was taken from.  Of what
is joined by ``AND`` all must be allowed, of ``OR`` one.  What states no licence is ``NOASSERTION``, and must be allowed
by that name.  WordNet and what people decided are always allowed: its licence permits every use with its notice, all
else hangs on it, and decisions are the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from taxonomy.errors import InputError
from taxonomy.store.read import Taxonomy

UNSTATED = "NOASSERTION"
_NO_LICENCE_OF_ITS_OWN = ("", "NONE")  # of a package: then the dataset's alone counts


def refused(taxonomy: Taxonomy, allowed: Iterable[str]) -> dict[int, str]:
    """Return the positions of the sources that are not allowed, with the licences that are missing.

    Args:
        taxonomy: the open database.
        allowed: SPDX ids, in any case; all are allowed when there are none.

    Raises:
        InputError: no source has such a licence.
    """
    wanted = {licence.lower(): licence for licence in allowed}
    if not wanted:
        return {}
    rows = taxonomy.execute("SELECT position, data_licence, package_licence FROM source WHERE position >= 0")
    terms = {position: _terms(data, package) for position, data, package in rows}
    known = {one.lower(): one for each in terms.values() for term in each for one in term}
    if unknown := [licence for lower, licence in wanted.items() if lower not in known]:
        there = ", ".join(sorted(known.values(), key=str.lower))
        raise InputError(f"{', '.join(unknown)}: no source has this licence; there are {there}")
    missing = {
        position: " AND ".join(" OR ".join(term) for term in each if not any(one.lower() in wanted for one in term))
        for position, each in terms.items()
    }
    return {position: why for position, why in missing.items() if why and position > 0}


def _terms(data: str, package: str) -> list[tuple[str, ...]]:
    """Take the licences of a source apart: of each of these terms one must be allowed.

    >>> _terms("CC-BY-4.0 AND (MIT OR Apache-2.0)", "MIT")
    [('CC-BY-4.0',), ('MIT', 'Apache-2.0'), ('MIT',)]
    """
    expressions = [data or UNSTATED, *([package] if package not in _NO_LICENCE_OF_ITS_OWN else [])]
    parts = (part.strip("() ") for text in expressions for part in re.split(r"\s+AND\s+", text))
    return list(dict.fromkeys(tuple(one.strip("() ") for one in re.split(r"\s+OR\s+", part)) for part in parts))
