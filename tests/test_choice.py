"""What of a knowledge base is read: a part below some classes, so deep, in some languages; and what a source may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shell import run

import taxonomy
from taxonomy.concept import KNOWLEDGE, NAMES, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError, NotFoundError
from taxonomy.sources import ALL, Choice, read, shipped
from taxonomy.sources._choice import chosen, with_wnid

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

CLASSES = (
    SourceClass("leaf", "xqz leaf", parents=("mid", "beside")),
    SourceClass("mid", "xqz mid", parents=("top",), names=(("de", "Mitte"), ("de-AT", "Mittn"), ("fr", "milieu"))),
    SourceClass("top", "xqz top", parents=("all",)),
    SourceClass("all", "xqz all"),
    SourceClass("beside", "xqz beside", parents=("all",)),
    SourceClass("one", "xqz one", types=("mid", "beside")),
)

OBO = """format-version: 1.2
ontology: zorg

[Term]
id: ZORG:1
name: car
synonym: "Wagen" EXACT []

[Term]
id: ZORG:2
name: xqz racer
is_a: ZORG:1

[Term]
id: ZORG:3
name: xqz pod
is_a: ZORG:2

[Term]
id: ZORG:4
name: xqz aside
"""


def keys(**choice) -> list[str]:
    return [entry.key for entry in chosen(CLASSES, Choice(**choice))]


def test_all_is_read_without_a_choice():
    """Else a base is cut for those who did not ask for it."""
    assert chosen(CLASSES, ALL) == CLASSES


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"roots": ("top",)}, ["leaf", "mid", "top"]),
        ({"roots": ("top", "beside")}, ["leaf", "mid", "top", "beside"]),
        ({"roots": ("top", "top", "mid")}, ["leaf", "mid", "top"]),
        ({"roots": ("leaf",)}, ["leaf"]),
        ({"roots": ("top",), "max_depth": 0}, ["top"]),
        ({"roots": ("top",), "max_depth": 1}, ["mid", "top"]),
        ({"roots": ("all",), "max_depth": 2}, ["leaf", "mid", "top", "all", "beside"]),
        ({"roots": ("top",), "instances": True}, ["leaf", "mid", "top", "one"]),
        ({"roots": ("top",), "instances": True, "max_depth": 1}, ["mid", "top"]),
    ],
)
def test_what_is_below_the_roots(choice, expected):
    """Else who wants vehicles gets all that there is, or one who is unlucky with the ways down gets too little."""
    assert keys(**choice) == expected


def test_what_is_outside_is_forgotten():
    """Else each class at the edge of the choice is reported as one whose parent is missing."""
    leaf, mid, top = chosen(CLASSES, Choice(roots=("top",)))
    assert (leaf.parents, mid.parents, top.parents) == (("mid",), ("top",), ())
    *_, one = chosen(CLASSES, Choice(roots=("top",), instances=True))
    assert one.types == ("mid",)


def test_languages():
    """Else a base of three hundred languages brings them all."""
    (entry,) = [entry for entry in chosen(CLASSES, Choice(languages=("de",))) if entry.key == "mid"]
    assert entry.names == (("de", "Mitte"), ("de-AT", "Mittn"))
    assert entry.parents == ("top",)


def test_a_circle_and_a_long_way_down():
    """Else a choice in a base with a circle never ends, and in a deep one it ends in a RecursionError."""
    ring = [SourceClass("a", "a", parents=("b",)), SourceClass("b", "b", parents=("a",)), SourceClass("c", "c")]
    assert [entry.key for entry in chosen(ring, Choice(roots=("a",)))] == ["a", "b"]
    chain = [SourceClass(str(n), str(n), parents=(str(n - 1),)) for n in range(10_000)]
    assert len(chosen(chain, Choice(roots=("0",)))) == 10_000
    assert len(chosen(chain, Choice(roots=("0",), max_depth=9_000))) == 9_001


def test_a_root_that_is_not_there():
    """Else a typing error in an id makes an empty base."""
    with pytest.raises(InputError, match="--root nosuch: no such class"):
        chosen(CLASSES, Choice(roots=("top", "nosuch")))


# Files


def test_a_part_of_a_file(write):
    """Else a choice counts only for the formats that make it themselves."""
    path = write("zorg.obo", OBO)
    whole, part = read(path), read(path, choice=Choice(roots=("ZORG:2",)))
    assert whole.vocabulary.source.kind == KNOWLEDGE
    assert [entry.name for entry in whole.vocabulary.classes] == ["car", "xqz racer", "xqz pod", "xqz aside"]
    assert [entry.name for entry in part.vocabulary.classes] == ["xqz racer", "xqz pod"]
    assert part.vocabulary.classes[0].parents == ()


def test_no_part_of_a_vocabulary(write):
    """Else --root on a list of names is passed over, and all of it is merged."""
    path = write("names.txt", "dog\ncat\n")
    assert read(path).vocabulary.source.kind == "vocabulary"
    with pytest.raises(InputError, match="is no knowledge base"):
        read(path, choice=Choice(roots=("dog",)))


@pytest.mark.parametrize("name", ["wd", "ncbi", "gbif", "inat", "ott"])
def test_names_that_are_a_bases(write, name):
    """Else a list of names makes ids such as wd:5, which are items of Wikidata."""
    with pytest.raises(InputError, match=f"cannot be named {name}"):
        read(write("names.txt", "dog\ncat\n"), name=name)
    assert read(write("zorg.obo", OBO), name=name).vocabulary.source.name == name


@pytest.mark.parametrize("name", ["wordnet", "people", "mid", "ili", "wn31"])
def test_names_that_no_source_may_have(write, name):
    """Else a base overwrites what the ids of WordNet mean."""
    with pytest.raises(InputError, match=f"cannot be named {name}"):
        read(write("zorg.obo", OBO), name=name)


def test_ids_of_a_later_wordnet():
    """Else a base that is mapped to WordNet 3.1 is linked by its names, or to the wrong synsets."""
    dog = SourceClass("Q144", "zorgon", ids=("wn31:02086723-n", "ncbi:9615"))
    assert with_wnid(dog).wnid == "n02084071"
    assert with_wnid(dog).ids == dog.ids
    for same in (
        SourceClass("1", "x", wnid="n00001740", ids=("wn31:02086723-n",)),
        SourceClass("1", "x", ids=("ncbi:9615",)),
        SourceClass("1", "x", ids=("wn31:99999999-n",)),
        SourceClass("1", "x", ids=("wn31:nonsense",)),
    ):
        assert with_wnid(same) == same
    # Two that are two: neither is right.
    two = SourceClass("1", "x", ids=("wn31:02086723-n", "wn31:02124272-n"))
    assert with_wnid(two).wnid == ""


# The command line


@pytest.fixture
def own_db(few_build: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of few synsets in the working folder, to change."""
    monkeypatch.chdir(tmp_path)
    return few_build().rename(tmp_path / "taxonomy.db")


def keys_in(path: Path) -> list[str]:
    with taxonomy.open(path) as t:
        return [key for (key,) in t.execute("SELECT key FROM class ORDER BY source, position")]


def test_merge_with_a_choice(own_db, write):
    """Else the options of the command line do nothing."""
    path = write("zorg.obo", OBO)
    root, below, last, _ = [entry.key for entry in read(path).vocabulary.classes]
    done = run("merge", path, "--root", root, "--max-depth", "1")
    assert done.code == 0, done.err
    assert (done.out, keys_in(own_db)) == ("", [root, below])
    assert "'taxonomy classes zorg' lists the classes" in done.err
    assert run("merge", path, "--name", "other", "--root", last, "--root", below).code == 0
    assert keys_in(own_db) == [root, below, below, last]
    assert run("check").code == 0
    assert run("merge", path).code == 2


LMF = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE LexicalResource SYSTEM "http://globalwordnet.github.io/schemas/WN-LMF-1.1.dtd">
<LexicalResource><Lexicon id="zz" label="zz" language="en" email="" license="" version="1">
<LexicalEntry id="e1"><Lemma writtenForm="xqz hound" partOfSpeech="n"/><Sense id="e1-1" synset="s1"/></LexicalEntry>
<LexicalEntry id="e2"><Lemma writtenForm="xqz pup" partOfSpeech="n"/><Sense id="e2-1" synset="s2"/></LexicalEntry>
<LexicalEntry id="e3"><Lemma writtenForm="xqz rex" partOfSpeech="n"/><Sense id="e3-1" synset="s3"/></LexicalEntry>
<Synset id="s1" ili="" partOfSpeech="n"/>
<Synset id="s2" ili="" partOfSpeech="n"><SynsetRelation relType="hypernym" target="s1"/></Synset>
<Synset id="s3" ili="" partOfSpeech="n"><SynsetRelation relType="instance_hypernym" target="s2"/></Synset>
</Lexicon></LexicalResource>
"""


@pytest.mark.parametrize("instances", [False, True])
def test_merge_with_instances(own_db, write, instances):
    """Else instances come that nobody asked for, or those that somebody did ask for stay away."""
    path = write("pets.xml", LMF)
    found = {entry.name: entry.key for entry in read(path).vocabulary.classes}
    done = run("merge", path, "--root", found["xqz hound"], *(["--instances"] if instances else []))
    assert done.code == 0, done.err
    names = ["xqz hound", "xqz pup", "xqz rex"]
    assert keys_in(own_db) == [found[name] for name in (names if instances else names[:2])]


TURTLE = """@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Top a owl:Class ; rdfs:label "dog"@en, "Hund"@de, "chien"@fr .
:Pup a owl:Class ; rdfs:subClassOf :Top ; rdfs:label "xqz pup"@en, "Welpling"@de, "chiotin"@fr .
:Other a owl:Class ; rdfs:label "xqz other"@en .
"""


def test_merge_with_languages(own_db, write):
    """Else German names come although only French ones were wanted."""
    path = write("pets.ttl", TURTLE)
    found = {entry.name: entry.key for entry in read(path).vocabulary.classes}
    done = run("merge", path, "--root", found["dog"], "--language", "fr")
    assert done.code == 0, done.err
    assert set(keys_in(own_db)) == {found["dog"], found["xqz pup"]}
    with taxonomy.open(own_db) as t:
        names = {(text, language) for text, language in t.execute("SELECT text, language FROM name WHERE source > 0")}
        assert ("chiotin", "fr") in names
        assert not [text for text, language in names if language == "de"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--root", "nosuch"], "--root nosuch"),
        (["--max-depth", "-1"], "max-depth"),
    ],
)
def test_a_choice_that_cannot_be(own_db, write, options, said):
    """Else a wrong option changes the taxonomy, or ends in a traceback."""
    before = own_db.read_bytes()
    done = run("merge", write("zorg.obo", OBO), *options)
    assert done.code == 2
    assert said in done.err
    assert own_db.read_bytes() == before


def test_no_choice_for_a_dataset(own_db, write):
    """Else who chooses a part of a list gets all of it."""
    done = run("merge", write("names.txt", "dog\ncat\n"), "--root", "dog")
    assert done.code == 2
    assert "is no knowledge base" in done.err


# What ships

INDEX = '[zoo]\ntitle = "Zoo"\ndomain = "animal.n.01"\n'
KNOWN = '[life]\nkind = "knowledge base"\ntitle = "Life"\ndata_licence = "CC0-1.0"\n'
TAXA = (
    "taxid\tparent_taxid\trank\tscientific_name\tcommon_name\twikipedia\twikidata\n"
    "1\t\tkingdom\tMetazoa\t\tAnimal\tQ729\n"
    "2\t1\tspecies\tPanthera pardus\tleopard\t\t\n"
)


@pytest.fixture
def ships(tmp_path, monkeypatch):
    """A data folder with a vocabulary and a knowledge base."""
    import lzma

    for kind, text in (("vocabularies", INDEX), ("knowledge", KNOWN)):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "index.toml").write_text(text)
    (tmp_path / "vocabularies" / "zoo.tsv").write_text("key\tname\n0\tcat\n")
    (tmp_path / "knowledge" / "life.tsv.xz").write_bytes(lzma.compress(TAXA.encode()))
    monkeypatch.setattr(shipped, "data_dir", lambda: tmp_path)
    return tmp_path


def test_what_ships_by_its_kind(ships):
    """Else knowledge bases are listed among the datasets, or are merged before them."""
    assert shipped.names() == ["zoo", "life"]
    assert shipped.names(KNOWLEDGE) == ["life"]
    assert shipped.names("vocabulary") == ["zoo"]
    assert shipped.source("life").kind == KNOWLEDGE
    assert shipped.source("zoo").kind == "vocabulary"


def test_the_taxa_that_ship(ships):
    """Else organisms come without their parents, ranks or names."""
    vocabulary = shipped.read("life")
    assert vocabulary.source == shipped.source("life")
    assert vocabulary.source.data_licence == "CC0-1.0"
    assert vocabulary.classes == (
        SourceClass("1", "Metazoa", synonyms=("Animal",), scientific_name="Metazoa", ids=("wd:Q729",), rank="kingdom"),
        SourceClass("2", "leopard", scientific_name="Panthera pardus", parents=("1",), rank="species"),
    )


def test_taxa_that_are_missing(ships):
    """Else a broken installation ends in a traceback."""
    (ships / "knowledge" / "life.tsv.xz").unlink()
    with pytest.raises(InputError, match=r"life.tsv.xz: missing; install"):
        shipped.read("life")
    with pytest.raises(NotFoundError, match="did you mean life"):
        shipped.read("lif")


def test_the_shipped_index_tells_of_its_knowledge_bases():
    """Else the default build has no organisms, or has them before the datasets."""
    names = shipped.names()
    known = shipped.names(KNOWLEDGE)
    assert known
    assert names == [*shipped.names("vocabulary"), *known, *shipped.names(NAMES)]
    assert all(shipped.source(name).kind == KNOWLEDGE for name in known)


def test_a_base_that_ships_is_merged_as_one(ships, few_build):
    """Else what ships is merged as a list of names, without its hierarchy."""
    path = few_build(shipped.read("life"), Vocabulary(Source("a"), (SourceClass("0", "leopard"),)))
    with taxonomy.open(path) as t:
        assert t["life:1"].id == t["wd:Q729"].id == "n00015388"
        assert t["life:2"].id == "n02128385"
