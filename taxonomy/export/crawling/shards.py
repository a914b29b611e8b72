"""A crawl in several files, so that several machines share it and an interrupted one goes on where it stopped.

A concept is in the shard that a hash of its id gives, whatever else is exported: after an update, only the shards of
concepts that changed are different.  ``manifest.json`` has the checksum and the number of lines of each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import file_digest
from pathlib import Path
from typing import TextIO
from zlib import crc32

from taxonomy.export.crawling.queries import Query

MANIFEST = "manifest.json"


def save(
    folder: Path,
    name: str,
    queries: Iterable[Query],
    number: int,
    write: Callable[[Iterable[Query], TextIO], int],
) -> None:
    """Write shards and their manifest into a folder that is made.

    Args:
        folder: where nothing is.
        name: of the files, with an extension: ``crawl.csv`` for ``crawl-00000-of-00004.csv`` and so on.
        queries: what to write.
        number: of shards; one without a query is written too.
        write: writes queries to an open file, and returns how many lines these are.
    """
    shards: list[list[Query]] = [[] for _ in range(number)]
    for query in queries:
        shards[crc32(query.concept.encode()) % number].append(query)
    folder.mkdir()
    stem, _, extension = name.rpartition(".")
    entries = []
    for place, shard in enumerate(shards):
        path = folder / f"{stem}-{place:05}-of-{number:05}.{extension}"
        with path.open("w", encoding="utf-8", newline="\n") as out:
            lines = write(shard, out)
        with path.open("rb") as written:
            checksum = file_digest(written, "sha256").hexdigest()
        entries.append(
            {
                "file": path.name,
                "sha256": checksum,
                "lines": lines,
                "queries": len(shard),
                "concepts": len({query.concept for query in shard}),
                "budget": None if not shard or shard[0].budget is None else sum(query.budget or 0 for query in shard),
            }
        )
    manifest = {"shard_of_a_concept": f"crc32(id) mod {number}", "shards": entries}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
