"""Ids as words: for formats that part their fields with spaces or commas, and have no way to quote."""

from __future__ import annotations

import re

# What ends a field in files that are split at white space, commas or tabs; the percent sign makes it reversible.
_BREAKING = re.compile(r'[\s\x00-\x1f\x7f,"%]')


def token(id: str) -> str:
    """Return an id with what could end it in percent-encoding, as `urllib.parse.unquote` undoes it.

    >>> token("n02084071"), token("mid:/m/0bt9lr"), token("mine:hot dog")
    ('n02084071', 'mid:/m/0bt9lr', 'mine:hot%20dog')
    """
    return _BREAKING.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), id)
