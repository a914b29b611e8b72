"""Tencent ML-Images' ``dictionary_and_semantic_hierarchy.txt``: categories with wnid, names and a parent.

Wu et al., "Tencent ML-Images: A Large-Scale Multi-Label Image Database", IEEE Access 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import WNID, SourceClass
from taxonomy.sources._format import Format, Report, first_line, read_text

_HEADER = "category_index\tcategory_id\tindex_of_parent_category\tcategory name"
_NO_PARENT = "-1"


def _sniff(path: Path, head: bytes) -> bool:
    return first_line(head) == _HEADER


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    rows = [line.split("\t") for line in read_text(path).split("\n")]
    indexes = {row[0] for row in rows}
    for number, row in enumerate(rows, 1):
        where = f"{path.name}:{number}"
        if row in ([""], _HEADER.split("\t")):
            continue
        if len(row) != 4:
            report(where, f"{len(row)} fields where the header has 4")
            continue
        index, category, parent, names = row
        if parent != _NO_PARENT and parent not in indexes:
            report(where, f"its parent {parent} is no category_index of the file")
            continue
        name, *synonyms = names.split(",")
        yield (
            where,
            SourceClass(
                key=index,
                name=name,
                wnid=category if WNID.fullmatch(category) else "",
                synonyms=tuple(synonyms),
                parent="" if parent == _NO_PARENT else parent,
            ),
        )


FORMAT = Format("tencent", "Tencent ML-Images' dictionary", _sniff, _read)
