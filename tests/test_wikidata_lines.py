"""Wikidata's truthy N-Triples and its tables of KGTK, by small files of made-up items."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from test_wikidata import PACKERS, classes

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources import format_of
from taxonomy.sources._format import Choice

WD, WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TRIPLES = f"""\
<https://www.wikidata.org/wiki/Special:EntityData/Q144> <http://schema.org/about> <{WD}Q144> .
<{WD}Q144> <{RDFS_LABEL}> "dog"@en .
<{WD}Q144> <{RDFS_LABEL}> "\\u72D7 \\"x\\""@zh-hant .
<{WD}Q144> <http://www.w3.org/2004/02/skos/core#altLabel> "hound"@en .
<{WD}Q144> <http://schema.org/description> "domestic animal"@en .
<{WD}Q144> <{WDT}P279> <{WD}Q729> .
<{WD}Q144> <{WDT}P8814> "02086723-n" .
<{WD}Q144> <{WDT}P2888> <http://wordnet-rdf.princeton.edu/wn30/02084071-n> .
<{WD}Q144> <{WDT}P171> _:unknown .
<{WD}Q144> <{RDFS_LABEL}> "broken
<{WD}Q38904> <{WDT}P279> <{WD}Q144> .
<{WD}Q38904> <{RDFS_LABEL}> "bulldog"@en .
<{WD}Q1> <{WDT}P31> <{WD}Q144> .
<{WD}Q100> <{WDT}P279> <{WD}Q144> .
<{WD}Q100> <{WDT}P31> <{WD}Q4167410> .
<{WD}Q7> <{WDT}P279> <{WD}Q8> .
<{WD}Q144> <{WDT}P646> "/m/0bt9lr" .
"""


@pytest.mark.parametrize("packing", PACKERS)
def test_truthy_triples_are_read(tmp_path: Path, packing: str) -> None:
    """Else the smaller of Wikidata's dumps, and what its query service exports, is of no use."""
    path = tmp_path / "truthy.nt"
    path.write_bytes(PACKERS[packing](TRIPLES.encode()))
    assert (format_of(path).name, format_of(path).kind) == ("wikidata-triples", KNOWLEDGE)
    found, problems = classes(path)
    assert found["Q144"] == SourceClass(
        key="Q144",
        name="dog",
        wnid="n02084071",
        synonyms=("hound",),
        definition="domestic animal",
        mid="/m/0bt9lr",
        parents=("Q729",),
        ids=("wn31:02086723-n",),
        names=(("zh-Hant", '狗 "x"'),),
    )
    assert {key: row.name for key, row in found.items() if key != "Q144"} == {
        "Q38904": "bulldog",
        "Q7": "Q7",
        "Q8": "Q8",
        "Q729": "Q729",
    }
    assert [where for where, _ in problems] == ["truthy.nt:10", "truthy.nt"]
    chosen, _ = classes(path, Choice(roots=("Q144",), instances=True, languages=("de",)))
    assert (list(chosen), chosen["Q144"].names) == (["Q144", "Q38904", "Q1"], ())


EDGES = (
    "id\tnode1\tlabel\tnode2\n"
    "e1\tQ144\tlabel\t'dog'@en\n"
    "e2\tQ144\talias\t'dog\\'s \\\"best\\\"'@en-gb\n"
    "e3\tQ144\tdescription\t'domestic animal'@en\n"
    "e4\tQ144\tP279\tQ729\n"
    'e5\tQ144\tP373\t"Dogs"\n'
    "e6\tQ144\tP279\n"
    "e7\tQ100\tP31\tQ4167836\n"
    "e8\tQ100\tP279\tQ144\n"
    "e9\tQ1\tP31\tQ144\n"
    "e10\tP10\tlabel\t'video'@en\n"
)


def test_a_kgtk_file_and_a_folder_of_them_are_read(tmp_path: Path) -> None:
    """Else the extracts that others have made of Wikidata have to be made again."""
    path = tmp_path / "edges.tsv"
    path.write_text(EDGES)
    folder = tmp_path / "kgtk"
    folder.mkdir()
    header, *rows = EDGES.splitlines(keepends=True)
    for name in ("label", "P279", "P31", "P373", "alias", "description"):
        text = header + "".join(row for row in rows if f"\t{name}\t" in row)
        (folder / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "LICENSE").write_text("node1\tlabel\tnode2\n")
    for given in (path, folder):
        assert (format_of(given).name, format_of(given).kind) == ("kgtk", KNOWLEDGE)
        found, problems = classes(given)
        assert list(found) == ["Q144", "Q729"]
        dog = found["Q144"]
        assert (dog.name, dog.synonyms, dog.definition) == ("dog", ('dog\'s "best"',), "domestic animal")
        assert (dog.parents, dog.ids) == (("Q729",), ("commons:Dogs",))
        assert problems[-1] == (
            given.name,
            "1 instance of Q4167836 (Wikimedia category) left out: no category of things",
        )
        assert list(classes(given, Choice(roots=("Q144",), instances=True))[0]) == ["Q144", "Q1"]
    assert ("edges.tsv:7", "3 fields where the header has 4") in classes(path)[1]
