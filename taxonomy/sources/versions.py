"""Noun synsets of WordNet 3.1 in WordNet 3.0: the same concepts under other offsets.

Everything here is anchored in 3.0; Wikidata's WordNet ids and Open English WordNet's synset ids are offsets of 3.1.
``data/wordnet31.tsv.xz`` is the table, which `scripts/derive_wordnet31.py` writes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from taxonomy.errors import InputError
from taxonomy.sources.shipped import data_dir

# A noun of 3.1 as CURIE, as offset and part of speech, as wnid, or with the leading 1 for a noun of Princeton's RDF.
_NOUN31 = re.compile(r"(?:wn31:)?(?:1?([0-9]{8})-n|n([0-9]{8}))")
# Open English WordNet numbers its own synsets beyond the end of Princeton's file, which has 15 MB.
_PRINCETON = re.compile(r"0[0-9]{7}|1[0-5][0-9]{6}")


def wn31(offset: str) -> str | None:
    """Return the CURIE of a noun synset of WordNet 3.1, or None for an offset that its file is too short for.

    >>> wn31("02086723"), wn31("90019041")
    ('wn31:02086723-n', None)
    """
    return f"wn31:{offset}-n" if _PRINCETON.fullmatch(offset) else None


def wn30(id: str) -> str | None:
    """Return the wnid (WordNet 3.0) of a noun synset of WordNet 3.1.

    Args:
        id: ``wn31:02086723-n``, ``02086723-n``, ``102086723-n``, or ``n02086723`` with an offset of 3.1.

    Returns:
        The wnid, or None where 3.0 has no such synset, or none that has all its senses and no others.

    Raises:
        InputError: the shipped table is missing or damaged.

    >>> wn30("wn31:02086723-n")
    'n02084071'
    """
    found = _NOUN31.fullmatch(id)
    target = _table().get(found[1] or found[2]) if found else None
    return None if target is None else f"n{target}"


def release(offsets: Iterable[str]) -> str:
    """Tell whether noun offsets are those of WordNet ``3.0`` or ``3.1``, by what each release has; 3.0 if both fit.

    Raises:
        InputError: the shipped table is missing or damaged.
    """
    table = _table()
    old = frozenset(table.values())
    offsets = list(offsets)
    fitting = {"3.0": sum(offset in old for offset in offsets), "3.1": sum(offset in table for offset in offsets)}
    return max(fitting, key=fitting.__getitem__)


@functools.cache
def _table() -> Mapping[str, str]:
    """Read the table, once: offset in 3.1 to offset in 3.0."""
    import lzma

    path = data_dir() / "wordnet31.tsv.xz"
    try:
        lines = lzma.decompress(path.read_bytes()).decode("ascii").splitlines()
        return dict(line.split("\t", 1) for line in lines)
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise InputError(f"{path}: missing or damaged ({error}); install label-taxonomy again") from error
