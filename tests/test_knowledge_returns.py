"""What was exported may be merged again, edited or not, and what others wrote is not taken for it."""

from __future__ import annotations

import pytest
from knowledge import HARD, facts, whole

import taxonomy
from taxonomy import sources
from taxonomy.check import findings
from taxonomy.iri import OURS

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.mark.parametrize("extension", [".ttl", ".jsonld"])
def test_an_export_comes_back_as_the_same_taxonomy(pets, few_build, tmp_path, extension):
    """Else a taxonomy that was exported, looked at elsewhere and merged again has lost or joined concepts."""
    path = tmp_path / f"pets{extension}"
    whole(pets, "skos", path)
    reading = sources.read(path, name="back", strict=True)
    with taxonomy.open(few_build(reading.vocabulary)) as again:
        for before, after in zip(facts(pets), facts(again, "back"), strict=True):
            assert before == after
        assert again["wd:Q1"].id == "back:pets:breed"


def test_a_file_of_others_is_repaired_as_before(few_build, write):
    """Else a user's ontology with wnids may put synsets anywhere, only because our own exports may."""
    path = write(
        "o.ttl",
        """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <http://example.org/n02084071> a skos:Concept ; skos:broader <http://example.org/gadget> .
        <http://example.org/gadget> a skos:Concept ; skos:prefLabel "qwxz" ;
            skos:broader <http://example.org/n00001740> .
        <http://example.org/n00001740> a skos:Concept .""",
    )
    with taxonomy.open(few_build(sources.read(path, name="o").vocabulary)) as t:
        assert "o:gadget" not in {concept.id for concept in t["n02084071"].parents()}


SKOS = "http://www.w3.org/2004/02/skos/core#"
WN30 = "http://wordnet-rdf.princeton.edu/wn30/"
PREFIXES = "".join(
    f"@prefix {prefix}: <{start}> .\n"
    for prefix, start in (
        ("skos", SKOS),
        ("wn30", WN30),
        ("e", "http://example.org/"),
        ("my", f"{OURS}my:"),
    )
)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        (
            "o.ttl",
            f"{PREFIXES}e:n02084071 a skos:Concept ; skos:broader e:n02121620 . e:n02121620 a skos:Concept .",
            "",
        ),
        (
            "o.obo",
            "format-version: 1.2\n[Term]\nid: wd:Q144\nname: dog\n[Term]\nid: wd:Q146\nname: cat\nis_a: wd:Q144\n",
            "wd:Q144",
        ),
    ],
)
def test_ids_alone_make_no_export(few_build, write, name, text, wrong):
    """Else a user's file whose keys are all wnids puts dogs under cats, and one of only Wikidata's ids is lost."""
    with taxonomy.open(few_build(sources.read(write(name, text), name="o").vocabulary)) as t:
        assert "n02121620" not in {concept.id for concept in t["n02084071"].ancestors()}
        assert not wrong or t[wrong].id == "n02084071"
        assert list(findings(t)) == []


def test_an_export_may_be_edited(pets, few_build, tmp_path):
    """Else a concept of one's own in an exported file is a traceback, and a circle is lost without a word."""
    path = tmp_path / "o.ttl"
    whole(pets, "skos", path)
    exported = path.read_text(encoding="utf-8")
    concepts = 'my:a a skos:Concept ; skos:prefLabel "qwxz"@en ; skos:broader {} .\n'
    path.write_text(f"{PREFIXES}{exported}{concepts.replace('my:a', 'e:a').format('wn30:02084071-n, e:b')}", "utf-8")
    with taxonomy.open(few_build(sources.read(path, name="back").vocabulary)) as t:
        assert "n02084071" in {concept.id for concept in t["back:a"].parents()}
    ring = concepts.format("my:b") + concepts.replace("my:a", "my:b").format("my:a, wn30:02084071-n")
    path.write_text(f"{PREFIXES}{exported}{ring}", "utf-8")
    with taxonomy.open(few_build(sources.read(path, name="back").vocabulary)) as t:
        assert {concept.id for concept in t["back:my:a"].parents()} == {"back:my:b"}
        assert list(findings(t)) == []
        assert t.execute("SELECT count(*) FROM cut WHERE repair = 1").fetchone()[0]
    path.write_text(
        f"{PREFIXES}{exported}{concepts.format('my:a2')}{concepts.replace('my:a', 'my:a2').format('my:a')}", "utf-8"
    )
    with taxonomy.open(few_build(sources.read(path, name="back").vocabulary)) as t:
        assert list(findings(t)) == []


@pytest.mark.parametrize(("format", "name"), [("wn-lmf", "pets.xml"), ("obographs", "pets.json")])
def test_a_wordnet_and_an_ontology_come_back_by_our_own_readers(pets, tmp_path, format, name):
    """Else what others read of these files is not what the taxonomy holds."""
    whole(pets, format, tmp_path / name)
    reading = sources.read(tmp_path / name, name="back", strict=True)
    found = {entry.name for entry in reading.vocabulary.classes}
    assert HARD in found
    dog = next(entry for entry in reading.vocabulary.classes if entry.wnid == "n02084071")
    assert dog.name == "dog"
    assert len(dog.parents) == 2
    assert dog.definition.startswith("a member of the genus Canis")
