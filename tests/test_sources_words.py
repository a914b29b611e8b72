"""Wordnets and maps between their ids: synsets arrive with names, ids and hypernyms, whatever is broken beside."""

import bz2
import gzip
import importlib
import lzma
import tracemalloc
from pathlib import Path

import pytest
from files import classes

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import format_of, read, wordnet
from taxonomy.sources._language import bcp47
from taxonomy.sources.versions import wn30

LMF = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE LexicalResource SYSTEM "http://globalwordnet.github.io/schemas/WN-LMF-1.3.dtd">
<LexicalResource xmlns:dc="https://globalwordnet.github.io/schemas/dc/">
{}
</LexicalResource>
"""
LEXICON = '<Lexicon id="{}" label="x" language="{}" email="x" license="x" version="1">{}</Lexicon>'
ENGLISH = """
<LexicalEntry id="oewn-hound-n"><Lemma writtenForm="hound" partOfSpeech="n"/>
  <Sense id="oewn-hound-1" synset="oewn-02086723-n"/></LexicalEntry>
<LexicalEntry id="oewn-dog-n"><Lemma writtenForm="dog" partOfSpeech="n"/>
  <Sense id="oewn-dog-1" synset="oewn-02086723-n" dc:identifier="dog%1:05:00::"/></LexicalEntry>
<LexicalEntry id="oewn-dog-v"><Lemma writtenForm="dog" partOfSpeech="v"/>
  <Sense id="oewn-dog-2" synset="oewn-02005890-v"/></LexicalEntry>
<LexicalEntry id="oewn-Balto-n"><Lemma writtenForm="Balto" partOfSpeech="n"/>
  <Sense id="oewn-Balto-1" synset="oewn-90000001-n"/></LexicalEntry>
<Synset id="oewn-02086723-n" ili="i46360" partOfSpeech="n" members="oewn-dog-n oewn-hound-n"
        dc:identifier="http://www.wikidata.org/entity/Q144">
  <Definition>a domesticated <b>canine</b></Definition><Definition>another</Definition>
  <SynsetRelation relType="hypernym" target="oewn-02085998-n"/>
  <SynsetRelation relType="hyponym" target="oewn-02087384-n"/></Synset>
<Synset id="oewn-02005890-v" ili="i1" partOfSpeech="v"/>
<Synset id="oewn-90000001-n" ili="in" partOfSpeech="n">
  <ExternalReference system="wikidata" reference="Q806013"/>
  <SynsetRelation relType="instance_hypernym" target="oewn-02086723-n"/></Synset>
"""
ITALIAN = """
<LexicalEntry id="cane-n"><Lemma writtenForm="cane" partOfSpeech="n"/>
  <Sense id="cane-1" synset="omw-it-02084071-n"/></LexicalEntry>
<Synset id="omw-it-02084071-n" ili="i46360" partOfSpeech="n">
  <Definition>un mammifero</Definition></Synset>
<Synset id="omw-it-02121620-n" ili="i46593" partOfSpeech="n"/>
"""
BOTH = LMF.format(LEXICON.format("oewn", "en", ENGLISH) + LEXICON.format("omw-it", "ita", ITALIAN))
DOG = SourceClass(
    key="oewn-02086723-n",
    name="dog",
    wnid="n02084071",
    synonyms=("hound",),
    definition="a domesticated canine",
    parents=("oewn-02085998-n",),
    ids=("ili:i46360", "wn31:02086723-n", "wd:Q144", "sk:dog%1:05:00::"),
)
BALTO = SourceClass(key="oewn-90000001-n", name="Balto", types=("oewn-02086723-n",), ids=("wd:Q806013",))
CANE = SourceClass(
    key="omw-it-02084071-n",
    name="cane",
    wnid="n02084071",
    ids=("ili:i46360",),
    names=(("it", "cane"),),
    language="it",
)

YAML = """02086723-n:
  definition:
  - a domesticated canine
  hypernym:
  - 02085998-n
  ili: i46360
  members:
  - dog
  - 'no'
  partOfSpeech: n
  wikidata:
  - Q144
  - Q20717272
90000001-n:
  definition:
  - a sled dog
  instance_hypernym:
  - 02086723-n
  members:
  - Balto
  wikidata: Q806013
"""
TAB = """# MultiWordNet\tita\thttp://example.org\tCC BY 3.0
02084071-n\tita:lemma\tcane
02084071-v\tita:lemma\tinseguire
02121620-n\tita:lemma\tGAP!
02084071-n\tita:def\t0\tun mammifero
02012849-n\tlemma\tgru_cenerina
02084071-n\tita:lemma\t[[cane]] [[domestico]]
02084071-n\tzsm:lemma\tanjing
"""
ILI30 = "i1\t00001740-a\ni46360\t02084071-n\ni46593\t02121620-n\n"
ILI31 = "i1\t00001740-a\ni46360\t02086723-n\ni46593\t02124272-n\n"


def test_lmf_reads_the_lexicons_of_a_file_each_in_its_language(write):
    """Else the Italian names would be searched as English words, and verbs become classes."""
    dog, balto, cane, unnamed = classes(write("wordnets.xml", BOTH))
    assert (dog, balto, cane) == (DOG, BALTO, CANE)
    assert unnamed.name == unnamed.wnid == "n02121620"


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_lmf_as_it_is_downloaded(tmp_path, suffix, pack):
    """Else the user would have to unpack every wordnet, and know with what."""
    path = tmp_path / f"oewn.xml.{suffix}"
    path.write_bytes(pack(BOTH.encode()))
    assert classes(path)[:3] == (DOG, BALTO, CANE)


def test_lmf_that_is_broken_is_read_up_to_there(write):
    """Else one stray character in 100 MB would cost the whole wordnet, or nobody learn that half of it is missing."""
    reading = read(write("broken.xml", BOTH.replace('<Synset id="omw-it-02121620-n"', '<Synset <id="omw')))
    assert [entry.name for entry in reading.vocabulary.classes] == ["dog", "Balto", "cane"]
    (problem,) = reading.quarantined
    line = BOTH.split("\n").index('<Synset id="omw-it-02121620-n" ili="i46593" partOfSpeech="n"/>') + 1
    assert problem.where == f"broken.xml:{line}"
    assert "not valid XML" in problem.what


def test_lmf_that_is_cut_off_in_the_archive(tmp_path):
    """Else an interrupted download would end in a traceback, or pass as the whole wordnet."""
    many = "".join(
        f'<Synset id="oewn-91{i:06}-n" partOfSpeech="n"><Definition>{i}</Definition></Synset>' for i in range(9999)
    )
    path = tmp_path / "cut.xml.gz"
    path.write_bytes(gzip.compress(LMF.format(LEXICON.format("oewn", "en", ENGLISH + many)).encode())[:-5000])
    reading = read(path)
    assert len(reading.vocabulary.classes) > 1000
    assert "truncated" in reading.quarantined[0].what


def test_lmf_of_which_nothing_is_usable_says_where(write):
    """Else the user would look at a file of no classes without a reason."""
    with pytest.raises(InputError, match=r"x\.xml:3: not valid XML"):
        read(write("x.xml", "<?xml version='1.0'?>\n<LexicalResource>\n<Lexicon id=<"))


def test_lmf_offsets_of_an_unknown_wordnet_are_no_ids_of_princeton(write):
    """Else plWordNet's own numbers would be taken for WordNet's synsets, and its dog become a chair."""
    text = LMF.format(LEXICON.format("plwn", "en", ENGLISH.replace("oewn-", "plwn-").replace("ili=", "x=")))
    assert classes(write("pl.xml", text))[0].ids == ("wd:Q144", "sk:dog%1:05:00::")


def test_lmf_is_streamed(tmp_path):
    """Else the memory of a small machine would not be enough for a wordnet."""
    path = tmp_path / "large.xml"
    gloss = "<Definition>" + "word " * 400 + "</Definition>"
    synsets = "".join(f'<Synset id="s{i}" partOfSpeech="n">{gloss}</Synset>\n' for i in range(5000))
    path.write_text(LMF.format(LEXICON.format("x", "en", synsets)))
    tracemalloc.start()
    found = sum(1 for _ in format_of(path).read(path, lambda where, what: None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 5000
    assert peak < path.stat().st_size / 4


def test_oewn_reads_a_folder_with_the_sense_keys_beside(tmp_path):
    """Else a clone of the repository would be taken for a folder of images, and Wikidata's links be lost."""
    folder = tmp_path / "english-wordnet" / "src" / "yaml"
    folder.mkdir(parents=True)
    (folder / "noun.animal.yaml").write_text(YAML)
    (folder / "verb.motion.yaml").write_text("02005890-v:\n  members:\n  - dog\n")
    (folder / "entries-d.yaml").write_text(
        "dog:\n  n:\n    sense:\n    - id: 'dog%1:05:00::'\n      synset: 02086723-n\n  v:\n    sense: []\n"
    )
    dog, balto = classes(tmp_path / "english-wordnet")
    assert dog == SourceClass(
        key="02086723-n",
        name="dog",
        synonyms=("no",),
        definition="a domesticated canine",
        parents=("02085998-n",),
        wnid="n02084071",
        ids=("wn31:02086723-n", "ili:i46360", "wd:Q144", "wd:Q20717272", "sk:dog%1:05:00::"),
    )
    assert balto == SourceClass(
        key="90000001-n", name="Balto", definition="a sled dog", types=("02086723-n",), ids=("wd:Q806013",)
    )


def test_oewn_keeps_what_is_good_of_a_bad_file(tmp_path):
    """Else one wrong indent would cost a file of 12,000 synsets."""
    bad = "02124272-n:\n  members: [cat\n  definition:\n  - a feline\n02086723-n:\n  members:\n  - twice\n3: x\n"
    (tmp_path / "noun.animal.yaml").write_text(YAML + bad)
    (tmp_path / "noun.food.yaml.gz").write_bytes(gzip.compress(b"07555863-n:\n  members:\n  - food\n"))
    reading = read(tmp_path)
    assert [entry.name for entry in reading.vocabulary.classes] == ["dog", "Balto", "food"]
    places = {problem.where for problem in reading.quarantined}
    assert places == {"noun.animal.yaml:24", "noun.animal.yaml:26", "noun.animal.yaml:3"}


@pytest.mark.parametrize("deep", ["[" * 50_000, "- " * 50_000 + "x", "\n".join(" " * n + "a:" for n in range(1, 3000))])
def test_oewn_that_is_nested_without_end(write, deep):
    """Else the YAML library in C would crash the interpreter, without a message."""
    reading = read(write("noun.x.yaml", f"{YAML}02124272-n:\n  members:\n {deep}\n"))
    assert len(reading.vocabulary.classes) == 2
    assert "nested too deeply" in reading.quarantined[0].what


def test_omw_gives_each_synset_its_names_by_language(write):
    """Else Italian lemmas would pass for English synonyms, and GAP! be the name of a cat."""
    dog, crane = classes(write("wn-data-ita.tab", TAB))
    names = (("it", "cane"), ("it", "cane domestico"), ("ms", "anjing"))
    assert dog == SourceClass(key="n02084071", name="cane", wnid="n02084071", names=names, language="it")
    assert crane.names == (("it", "gru cenerina"),)


def test_omw_sets_bad_rows_aside(tmp_path):
    """Else a row of another list or in another encoding would stop 60,000 good ones."""
    bad = b"dog\tita:lemma\tcane\n02084071-n\tita:lemma\n02084071-n\tita:lemma\t \n02084071-n\tita:lemma\tcitt\xe0\n"
    path = tmp_path / "wn-data-ita.tab"
    path.write_bytes(TAB.encode() + bad + b"x" * 3_000_000 + b"\n02121620-n\tita:lemma\tgatto\n")
    reading = read(path)
    assert [entry.name for entry in reading.vocabulary.classes] == ["cane", "gru cenerina", "gatto"]
    places = [problem.where.partition(":")[2] for problem in reading.quarantined]
    assert places == ["9", "10", "11", "12", "13"]


@pytest.mark.parametrize(("text", "ids"), [(ILI30, ()), (ILI31, ("wn31:02086723-n",))])
def test_cili_knows_the_release_by_its_offsets(write, text, ids):
    """Else a renamed map would give the dog's ILI id to whatever has its offset in the other release."""
    dog, cat = classes(write("map.tab", text))
    assert dog == SourceClass(key="i46360", name="n02084071", wnid="n02084071", ids=("ili:i46360", *ids))
    assert cat.wnid == "n02121620"


def test_cili_sets_bad_rows_aside(write):
    """Else a damaged row would be lost without a word."""
    reading = read(write("map.tab", ILI30 + "i7\tdog.n.01\n"))
    assert [problem.where for problem in reading.quarantined] == ["map.tab:4"]


def test_wordnet31_ids_become_wnids():
    """Else Wikidata's and Open English WordNet's links to WordNet would lead to other synsets, or to none."""
    for id in ("wn31:02086723-n", "02086723-n", "102086723-n", "n02086723"):
        assert wn30(id) == "n02084071"
    for id in ("wn31:02086723-v", "02084071-n", "90019041-n", "dog.n.01", ""):
        assert wn30(id) is None


def test_wordnet31_leads_to_synsets_that_are_there_and_to_none_twice():
    """Else a table out of date would make links into nothing, or merge two concepts."""
    from taxonomy.sources.versions import _table

    targets = [f"n{offset}" for offset in _table().values()]
    assert len(set(targets)) == len(targets) == 82_031
    assert set(targets) <= {synset.wnid for synset in wordnet.read_synsets()}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ita", "it"),
        ("ITA", "it"),
        ("cmn", "zh"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("hsb", "hsb"),
        ("be@tarask", "be-tarask"),
        ("sr@latin", "sr-Latn"),
        ("", "und"),
        ("?", "und"),
    ],
)
def test_language_codes_are_written_as_one(tag, expected):
    """Else names of one language would be kept under two tags, and a choice of languages find half of them."""
    assert bcp47(tag) == expected


def test_wordnet31_leaves_out_what_was_split_or_joined(monkeypatch):
    """Else half of a concept that WordNet split would be linked as if it were the whole."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parent.parent / "scripts"))
    derive = importlib.import_module("derive_wordnet31").derive
    new = {"dog": "1", "hound": "1", "cat": "2", "tom": "3", "sun": "4", "star": "4", "fresh": "5"}
    old = {"dog": "7", "hound": "7", "cat": "8", "tom": "8", "sun": "9", "star": "6", "gone": "5"}
    assert derive(new, old) == {"1": "7"}
