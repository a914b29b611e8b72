"""Wikidata in each of its forms, by small files of made-up items that have the traits of the real ones."""

from __future__ import annotations

import bz2
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.sources import format_of, read
from taxonomy.sources._format import ALL, Choice
from taxonomy.sources.wikidata import document, dump, streams

ITEM = "wikibase-entityid"


def snak(value: object, kind: str = "value") -> dict[str, Any]:
    if kind != "value":
        return {"snaktype": kind, "property": "P1"}
    if isinstance(value, str) and value[:1] == "Q" and value[1:].isdigit():
        data = {"value": {"entity-type": "item", "numeric-id": int(value[1:]), "id": value}, "type": ITEM}
    elif isinstance(value, int):  # as up to 2016
        data = {"value": {"entity-type": "item", "numeric-id": value}, "type": ITEM}
    else:
        data = {"value": value, "type": "string"}
    return {"snaktype": "value", "property": "P1", "datavalue": data}


def said(value: object, rank: str = "normal", kind: str = "value") -> dict[str, Any]:
    return {"mainsnak": snak(value, kind), "type": "statement", "rank": rank}


def entity(key: str, label: str = "", **claims: Any) -> dict[str, Any]:
    """An item with an English label and the statements of each property: values, or whole statements."""
    statements = {
        name: [
            one if isinstance(one, dict) else said(one) for one in (values if isinstance(values, list) else [values])
        ]
        for name, values in claims.items()
    }
    labels = {"en": {"language": "en", "value": label}} if label else {}
    return {"type": "item", "id": key, "labels": labels, "descriptions": {}, "aliases": {}, "claims": statements}


def lines(*entities: Any) -> str:
    return "[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in entities) + "\n]\n"


ANIMALS = (
    entity("Q729", "animal"),
    entity("Q144", "dog", P279="Q729"),
    entity("Q39201", "pet", P279="Q35120"),
    entity("Q38904", "bulldog", P279="Q144", P31="Q39367"),
    entity("Q1", "Rex", P31="Q144"),
    entity("Q7", "stone", P279="Q8"),
)


def classes(path: Path, choice: Choice = ALL, **options: Any) -> tuple[dict[str, SourceClass], list[tuple[str, str]]]:
    problems: list[tuple[str, str]] = []
    chosen = format_of(path).chosen
    assert chosen is not None
    rows = chosen(path, lambda where, what: problems.append((where, what)), choice, **options)
    return {row.key: row for _, row in rows}, problems


def one(tmp_path: Path, document: dict[str, Any], choice: Choice = ALL) -> SourceClass:
    path = tmp_path / "dump.json"
    path.write_text(lines(document))
    return classes(path, choice)[0][document["id"]]


PACKERS = {"plain": bytes, "gz": gzip.compress, "bz2": bz2.compress}


@pytest.mark.parametrize("packing", PACKERS)
def test_a_dump_is_known_by_its_content_however_it_is_packed(tmp_path: Path, packing: str) -> None:
    """Else a dump of 100 GB has to be unpacked, or renamed, before it can be read."""
    path = tmp_path / "some-file"
    path.write_bytes(PACKERS[packing](lines(*ANIMALS).encode()))
    found = format_of(path)
    assert (found.name, found.kind) == ("wikidata", KNOWLEDGE)
    vocabulary = read(path).vocabulary
    assert [(row.key, row.name, row.parents) for row in vocabulary.classes] == [
        ("Q729", "animal", ()),
        ("Q144", "dog", ("Q729",)),
        ("Q39201", "pet", ("Q35120",)),
        ("Q38904", "bulldog", ("Q144",)),
        ("Q7", "stone", ("Q8",)),
    ]


def test_a_dump_packed_by_zstandard_is_read(tmp_path: Path) -> None:
    """Else the smallest and quickest of the dumps that mirrors offer is of no use."""
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "dump.json.zst"
    path.write_bytes(zstandard.compress(lines(*ANIMALS).encode()) * 2)
    assert len(classes(path)[0]) == 5


def test_packed_files_are_read_without_the_fast_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a plain installation cannot read what it says it reads."""
    for name in ("isal", "isal.igzip", "indexed_bzip2", "msgspec", "stringzilla"):
        monkeypatch.setitem(sys.modules, name, None)
    document._loads.cache_clear()
    dump._find.cache_clear()
    for packing in ("gz", "bz2"):
        path = tmp_path / f"dump.json.{packing}"
        path.write_bytes(PACKERS[packing](lines(*ANIMALS).encode()) * 2 + bytes(512))
        assert len(classes(path)[0]) == 5
    document._loads.cache_clear()
    dump._find.cache_clear()


LAYOUTS = {
    "array on one line": json.dumps(ANIMALS),
    "indented array": json.dumps(ANIMALS, indent=2),
    "answer of the API": json.dumps({"entities": {one["id"]: one for one in ANIMALS}, "success": 1}),
    "JSON lines": "\n".join(map(json.dumps, ANIMALS)),
    "bracket before the first entity": "[" + ",\n".join(map(json.dumps, ANIMALS)) + "]",
    "Windows": lines(*ANIMALS).replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + lines(*ANIMALS),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_entities_are_read_in_whatever_layout(tmp_path: Path, layout: str) -> None:
    """Else a file saved from the API, or rewritten by another tool, is empty or fails."""
    path = tmp_path / "entities.json"
    path.write_text(LAYOUTS[layout], newline="")
    found, problems = classes(path, Choice(roots=("Q729",)))
    assert (list(found), problems) == (["Q729", "Q144", "Q38904"], [])


def test_only_what_is_below_the_roots_is_read(tmp_path: Path) -> None:
    """Else four million classes come along when one branch is wanted."""
    path = tmp_path / "dump.json"
    path.write_text(lines(*ANIMALS))
    assert list(classes(path, Choice(roots=("Q729",), max_depth=1))[0]) == ["Q729", "Q144"]
    assert list(classes(path, Choice(roots=("wd:Q729",), instances=True))[0]) == ["Q729", "Q144", "Q38904", "Q1"]
    assert classes(path, Choice(roots=("Q144",)))[0]["Q144"].parents == ()
    assert classes(path, Choice(roots=("Q144",), instances=True))[0]["Q1"].types == ("Q144",)
    found, problems = classes(path, Choice(roots=("Q5555", "horse")))
    assert (found, [what.split()[-1] for _, what in problems]) == ({}, ["Q5555", "horse"])


def test_of_the_statements_the_best_count(tmp_path: Path) -> None:
    """Else what Wikidata has marked as wrong, or as outdated, becomes a parent."""
    found = one(
        tmp_path,
        entity(
            "Q5",
            "e",
            P279=["Q10", said("Q11", "preferred"), said("Q12", "preferred"), said("Q13", "deprecated")],
            P171=[said("", kind="somevalue"), said("", kind="novalue"), 14, said("Q13", "deprecated")],
            P846=[said("1", "deprecated")],
        ),
    )
    assert (found.parents, found.ids) == (("Q11", "Q12", "Q14"), ())


def test_a_superclass_in_a_qualifier_is_none(tmp_path: Path) -> None:
    """Else the item of a statement that only mentions a superclass gets it."""
    statement = said("Q9") | {"qualifiers": {"P279": [snak("Q10")]}}
    path = tmp_path / "dump.json"
    path.write_text(lines(entity("Q5", "e", P361=[statement]), *ANIMALS))
    assert "Q5" not in classes(path)[0]


def test_ids_elsewhere_are_curies_of_their_schemes(tmp_path: Path) -> None:
    """Else nothing ties a class to WordNet, to the taxonomies of life, or to Open Images."""
    wordnet = "http://wordnet-rdf.princeton.edu/"
    found = one(
        tmp_path,
        entity(
            "Q20717272",
            "dog",
            P171="Q10",
            P646=["/g/11x", "/m/0bt9lr"],
            P8814="02086723-n",
            P5063="i46360",
            P2888=[
                wordnet + "wn30/02084071-n",
                wordnet + "wn31/102086723-n",
                wordnet + "wn31/103018041-n",
                "http://x/y",
            ],
            P685="9615",
            P846="5219173",
            P3151="42050",
            P225="Canis lupus familiaris",
            P105="Q68947",
            P373="Canis lupus familiaris",
            P18=["Dog 50%.jpg", "Puppy.jpg"],
        ),
    )
    assert (found.mid, found.wnid) == ("/m/0bt9lr", "n02084071")
    assert (found.scientific_name, found.rank) == ("Canis lupus familiaris", "subspecies")
    assert sorted(found.ids) == [
        "commons:Canis_lupus_familiaris",
        "gbif:5219173",
        "ili:i46360",
        "image:Q20717272/Dog_50%.jpg",
        "inat:42050",
        "ncbi:9615",
        "wn31:02086723-n",
        "wn31:03018041-n",
    ]


def terms(**texts: str) -> dict[str, dict[str, str]]:
    return {key.replace("_", "-"): {"language": key, "value": text} for key, text in texts.items()}


@pytest.mark.parametrize(
    ("labels", "taxon", "name"),
    [
        (terms(de="Hund", en_gb="dog gb", mul="dog mul", en="dog"), "", "dog"),
        (terms(de="Hund", en_gb="dog gb", mul="dog mul"), "", "dog mul"),
        (terms(de="Hund", en_us="dog us", en_ca="dog ca"), "", "dog ca"),
        (terms(de="Hund"), "Canis", "Canis"),
        (terms(fr="chien", de="Hund"), "", "Hund"),
        ({}, "", "Q144"),
        ([], "", "Q144"),
    ],
)
def test_a_class_is_named_by_the_best_that_it_has(tmp_path: Path, labels: Any, taxon: str, name: str) -> None:
    """Else taxa, whose labels are in `mul`, and what has no English label get lost."""
    document = entity("Q144", P279="Q729", P225=taxon or []) | {"labels": labels, "aliases": [], "descriptions": []}
    assert one(tmp_path, document).name == name


def test_other_names_go_by_language(tmp_path: Path) -> None:
    """Else names in other languages are taken as English, or their languages are in Wikimedia's own codes."""
    document = entity("Q144", "dog", P279="Q729") | {
        "labels": terms(en="dog", mul="Canis", de="Hund", zh_hant="狗", als="Hund (als)", en_gb="dog"),
        "aliases": {"en": [{"value": "hound"}], "de": [{"value": "Haushund"}], "fr": "broken"},
        "descriptions": terms(de="Tier", en="domestic animal"),
    }
    found = one(tmp_path, document)
    assert (found.synonyms, found.definition) == (("Canis", "dog", "hound"), "domestic animal")
    assert found.names == (("de", "Hund"), ("de", "Haushund"), ("zh-Hant", "狗"), ("gsw", "Hund (als)"))
    assert one(tmp_path, document, Choice(languages=("zh",))).names == (("zh-Hant", "狗"),)


def test_what_is_no_category_of_things_is_left_out_and_counted(tmp_path: Path) -> None:
    """Else disambiguation pages, lists and classes of classes become labels, or vanish without a word."""
    path = tmp_path / "dump.json"
    path.write_text(
        lines(
            *ANIMALS,
            entity("Q100", "bank (disambiguation)", P279="Q729", P31="Q4167410"),
            entity("Q101", "protection", P279="Q729", P31=["Q5", "Q4167410"]),
            entity("Q102", "taxonomic rank", P279="Q729", P31="Q24017414"),
            entity("Q4167410", "Wikimedia disambiguation page", P279="Q729"),
        )
    )
    found, problems = classes(path, Choice(roots=("Q729",)))
    assert list(found) == ["Q729", "Q144", "Q38904"]
    assert [what.split(" left")[0] for _, what in problems] == [
        "2 instances of Q4167410 (Wikimedia disambiguation page)",
        "1 instance of Q24017414 (second-order class)",
    ]


def test_broken_lines_are_reported_by_their_number_and_reading_goes_on(tmp_path: Path) -> None:
    """Else one bad line of a hundred million ends the reading, or nobody hears of it."""
    good = lines(*ANIMALS).split("\n")
    deep = b'{"id":"Q55","claims":{"P279":' + b"[" * 100_000
    bad = [b'{"id":"Q50","claims":{"P279":[{"main', b'{"id":"Q51","x":"\xff","P279":[]}', deep, b'"P279":[]']
    path = tmp_path / "dump.json"
    path.write_bytes(b"\n".join([*(line.encode() for line in good[:3]), *bad, *(line.encode() for line in good[3:])]))
    found, problems = classes(path)
    assert len(found) == 5
    assert [where for where, _ in problems] == [f"dump.json:{number}" for number in (4, 5, 6, 7)]


def test_statements_of_any_shape_do_no_harm(tmp_path: Path) -> None:
    """Else a single odd entity ends in a traceback."""
    for odd in (None, 5, "x", [], [None], [5], [{}], [{"mainsnak": 5}], [{"mainsnak": {"datavalue": 5}}], {"a": 1}):
        document = entity("Q144", "dog", P279="Q729")
        document["claims"] |= {"P31": odd, "P646": odd, "P171": odd}
        assert one(tmp_path, document).parents == ("Q729",)
        for part in ("labels", "aliases", "descriptions"):
            assert one(tmp_path, document | {part: odd}).key == "Q144"
            assert one(tmp_path, document | {part: {"en": odd}}).key == "Q144"


def test_a_dump_with_spaces_is_read_as_one_without(tmp_path: Path) -> None:
    """Else a dump that another tool has written anew, in its own layout, has no hierarchy."""
    path = tmp_path / "dump.json"
    found = []
    for separators in ((",", ":"), (", ", ": "), (",", "\t: ")):
        path.write_text("[\n" + ",\n".join(json.dumps(one, separators=separators) for one in ANIMALS) + "\n]\n")
        found.append(classes(path))
    assert found[0] == found[1] == found[2]
    assert len(found[0][0]) == 5


def test_a_hierarchy_ten_thousand_deep_and_its_loops_are_followed(tmp_path: Path) -> None:
    """Else a long chain of subclasses ends in an overflow, or a loop never ends."""
    path = tmp_path / "dump.json"
    path.write_text(lines(*(entity(f"Q{n + 1}", f"e{n}", P279=f"Q{n or 10_000}") for n in range(10_000))))
    assert len(classes(path, Choice(roots=("Q1",)))[0]) == 10_000


def test_other_files_are_not_taken_for_wikidata(tmp_path: Path) -> None:
    """Else annotations, tables and image folders that were read before no longer are."""
    (tmp_path / "coco.json").write_text('{"categories": [{"id": 1, "name": "dog"}]}')
    (tmp_path / "table.tsv").write_text("name\tlabel\ndog\t1\n")
    (tmp_path / "images" / "dog").mkdir(parents=True)
    (tmp_path / "images" / "dog" / "1.jpg").touch()
    names = [format_of(tmp_path / name).name for name in ("coco.json", "table.tsv", "images")]
    assert names == ["coco", "table", "folder"]


def test_the_head_of_a_damaged_file_is_no_error(tmp_path: Path) -> None:
    """Else finding out what a file is already fails."""
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"some text " * 100)[:30])
    assert b"some text".startswith(streams.head(path, path.read_bytes())[:9])
