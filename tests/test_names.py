"""Sources of names: what things are called in other languages reaches them, and misleads no English name."""

from __future__ import annotations

import importlib.util
import lzma
from pathlib import Path

import pytest
from conftest import CAT, CRANE_BIRD, DOG, dump, vocabulary

import taxonomy
from taxonomy import build, decisions
from taxonomy.check import findings
from taxonomy.concept import KNOWLEDGE, NAMES, Decision, Source, SourceClass, Vocabulary
from taxonomy.errors import NotFoundError
from taxonomy.export import export
from taxonomy.sources import read, shipped

ROOT = Path(__file__).resolve().parent.parent
PETS = (
    SourceClass("d", "dog", names=(("de", "Hund"), ("de", "hund"), ("fr", "chien"), ("zh-Hant", "狗"))),
    SourceClass("c", "cat", wnid=CAT, names=(("de", "Katze"), ("xx", "dog"), ("en-GB", "pussums")), ids=("ili:i7",)),
    SourceClass("x", "cargo dog", names=(("de", "Lasthund"),)),
    SourceClass("y", "crane", names=(("de", "Kran"),)),
)
TAB = """# Italian\tita\thttp://example.org\tCC-BY
02084071-n\tita:lemma\tcane
02121620-n\tita:lemma\tgatto
"""


def named(*classes: SourceClass, name: str = "words", min_confidence: float | None = None) -> Vocabulary:
    """Make a source of names."""
    return Vocabulary(Source(name=name, kind=NAMES, min_confidence=min_confidence), classes or PETS)


@pytest.fixture
def merged(few_build):
    """Build sources, and open a result that passes its own check."""
    opened = []

    def built(*vocabularies: Vocabulary) -> taxonomy.Taxonomy:
        opened.append(taxonomy.open(few_build(*vocabularies)))
        assert list(findings(opened[-1])) == []
        return opened[-1]

    yield built
    for each in opened:
        each.close()


def placed(t: taxonomy.Taxonomy) -> list[tuple[str, str | None, str]]:
    return t.execute(
        "SELECT class.key, concept.id, relation FROM class LEFT JOIN concept ON concept.key = concept"
        " WHERE class.source = (SELECT max(position) FROM source) ORDER BY position"
    ).fetchall()


def test_names_come_to_what_is_surely_meant_and_nothing_else_does(merged):
    """Else an emoji of a crane is any crane, and a 'cargo dog' becomes a concept of the taxonomy."""
    t = merged(named())
    assert placed(t) == [
        ("d", DOG, "exactMatch"), ("c", CAT, "exactMatch"), ("x", None, "unplaced"), ("y", None, "unplaced"),
    ]  # fmt: skip
    assert t.execute("SELECT count(*) FROM concept WHERE source > 0").fetchone() == (0,)
    assert t.execute("SELECT count(*) FROM edge WHERE source > 0").fetchone() == (0,)
    assert t[DOG].synonyms("de") == ["Hund"]
    assert t[DOG].synonyms("zh") == ["狗"]
    assert t["ili:i7"].id == CAT


def test_names_bring_no_english_names(merged):
    """Else a translator's remark in English becomes a synonym that later datasets are linked by."""
    assert merged(named())[CAT].synonyms("en") == merged()[CAT].synonyms("en")


def test_a_least_confidence_of_the_source_counts(merged):
    """Else names come by links that the source's maker found too doubtful."""
    assert placed(merged(named(PETS[3], min_confidence=0.0)))[0][2] == "exactMatch"
    assert placed(merged(named(PETS[0], min_confidence=1.0)))[0][2] == "unplaced"


def test_a_word_of_another_language_finds_its_concept(merged):
    """Else nobody can ask in another language than English."""
    t = merged(named())
    assert t["Hund"].id == t["chien"].id == t["狗"].id == DOG
    assert t.search("katz")[0].id == CAT


def test_an_english_word_means_what_it_means_in_english(merged):
    """Else *dog* is a cat, since some language calls cats so, and plain questions become ambiguous."""
    t = merged(named())
    assert t["dog"].id == DOG
    assert [hit.id for hit in t.search("dog", 1)] == [DOG]


@pytest.mark.parametrize("name", ["cat", "dog", "crane"])
def test_linking_does_not_see_names_in_other_languages(merged, name):
    """Else an English dataset is linked worse when names in other languages are there."""
    more = tuple(
        SourceClass(wnid, text, wnid=wnid, names=tuple((tag, word) for tag in ("de", "sv") for word in words))
        for wnid, text, words in ((DOG, "dog", ("cat", "crane")), (CAT, "cat", ("dog",)), (CRANE_BIRD, "crane", ("x",)))
    )
    query = "SELECT anchor, relation, method, confidence, alternatives FROM class WHERE name = ? AND source = ?"
    alone = merged(vocabulary("a", name)).execute(query, (name, 1)).fetchall()
    assert merged(named(*more), vocabulary("a", name)).execute(query, (name, 2)).fetchall() == alone


def test_a_word_that_english_lacks_is_linked_in_its_language(merged):
    """Else a German list is unplaced although the taxonomy has German names."""
    t = merged(named(), vocabulary("liste", "Hund", min_confidence=0))
    (row,) = placed(t)
    assert row[1] == DOG


def test_names_merged_later_or_removed_leave_the_same(few_build):
    """Else a taxonomy depends on when names were added, or keeps them when they were removed."""
    dataset = vocabulary("a", "dog", "zorgon")
    path = few_build(dataset)
    before = dump(path)
    build.merge([named()], path)
    assert dump(path) == dump(few_build(dataset, named()))
    build.remove(["words"], path)
    assert dump(path) == before


def test_people_decide_about_names_too(few_build):
    """Else a name at the wrong concept stays there, or a doubtful one can never be given."""
    path = few_build(named())
    folder = path.parent / "people"
    folder.mkdir()
    path = path.rename(folder / "t.db")
    for key, concept, value in (
        ("d", DOG, "not exactMatch"),
        ("y", CRANE_BIRD, "exactMatch"),
        ("c", DOG, "broadMatch"),
    ):
        decisions.record(folder, Decision("link", f"words:{key}", concept, value, "Ada", "2026-01-01"), "", "")
    build.merge([], path)
    with taxonomy.open(path) as t:
        assert list(findings(t)) == []
        assert "Hund" not in t[DOG].synonyms()
        assert t["Kran"].id == CRANE_BIRD
        with pytest.raises(NotFoundError):
            t["Katze"]


def test_a_wordnet_in_another_language_brings_its_lemmas_as_such(write, merged):
    """Else Italian lemmas pass for English names, and have no language."""
    reading = read(write("wn-data-ita.tab", TAB))
    assert reading.vocabulary.source.kind == NAMES
    t = merged(reading.vocabulary)
    assert t[DOG].synonyms("it") == ["cane"]
    assert "cane" not in t[DOG].synonyms("en")


def test_shipped_names_are_read_as_they_were_written(tmp_path, monkeypatch):
    """Else names are shifted by a language, or joined."""
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "vocabularies" / "index.toml").write_text("")
    (folder / "index.toml").write_text('[words]\nkind = "names"\nmin_confidence = 0.8\n')
    table = "key\tname\tsynonyms\tparent\tde\tfr\n1\tdog\thound|cur\tmammal\tHund|Köter\t\n2\tcat\t\t\t\tchat\n"
    (folder / "words.tsv.xz").write_bytes(lzma.compress(table.encode()))
    monkeypatch.setattr(shipped, "data_dir", lambda: tmp_path)
    vocabulary = shipped.read("words")
    assert vocabulary.source.kind == NAMES
    assert vocabulary.source.min_confidence == 0.8
    assert vocabulary.classes == (
        SourceClass(
            "1", "dog", synonyms=("hound", "cur"), parent="mammal", names=(("de", "Hund"), ("de", "Köter"))
        ),
        SourceClass("2", "cat", names=(("fr", "chat"),)),
    )  # fmt: skip


@pytest.mark.parametrize("name", shipped.names(NAMES))
def test_what_ships_holds_names_of_things_only(name):
    """Else skin tones, faces, flags and the editor's own words are called by names of things."""
    vocabulary = shipped.read(name)
    english = [entry.name for entry in vocabulary.classes]
    assert 400 < len(english) < 600
    assert not [text for text in english if "skin tone" in text or text.endswith((" face", "Feature")) or ":" in text]
    assert not set(english) & {"Leo", "Aries", "Restriction", "Multipolygon", "flag", "red heart"}
    tags = {tag for entry in vocabulary.classes for tag, _ in entry.names}
    assert {"de", "fr", "es", "ja", "zh", "zh-Hant", "ar", "ru"} <= tags
    assert not [pair for entry in vocabulary.classes for pair in entry.names if not pair[1].strip() or "|" in pair[1]]


def test_the_script_takes_names_and_no_descriptions(monkeypatch, few_synsets):
    """Else a German is called 'Sonnenaufgang über dem Meer', and a person stands for a shop."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    spec = importlib.util.spec_from_file_location("collect_names", ROOT / "scripts" / "collect_names.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script.wordnet, "read_synsets", lambda: iter(few_synsets))
    said = {"de": ["Hund", "Hund", "Arzt/Ärztin", "ein sehr großer Hund"], "vi": ["con chó rất lớn"]}
    entries = [("1", ["dog"], "mammal", said), ("2", ["xqz"], "", {}), ("shop/florist", ["Florist"], "Shop", {})]
    ((key, name, synonyms, kind, *cells),) = script.rows(entries)
    assert (key, name, synonyms, kind) == ("1", "dog", "", "mammal")
    found = dict(zip(script.LANGUAGES, cells, strict=True))
    assert (found["de"], found["vi"], found["fr"]) == ("Hund", "con chó rất lớn", "")


def test_knowledge_bases_are_no_sources_of_names():
    """Else taxa bring no concepts any more."""
    assert "ncbi" in shipped.names(KNOWLEDGE)
    assert shipped.names()[-2:] == shipped.names(NAMES) == ["cldr", "osm"]


@pytest.mark.parametrize(("language", "linked"), [("it", [DOG, CAT]), ("it-CH", [DOG, CAT]), ("de", [None, DOG])])
def test_a_class_without_an_english_name_is_linked_by_the_names_of_its_language(merged, language, linked):
    """Else a wordnet without ids finds nothing of what others say in its language, or what it means in another."""
    words = (
        SourceClass("d", "dog", names=(("it", "cane"), ("de", "köter"))),
        SourceClass("c", "cat", wnid=CAT, names=(("it", "köter"),)),
    )
    classes = (
        SourceClass("1", "cane", parents=("0",), language=language),
        SourceClass("2", "xqz", names=((language, "köter"),), parents=("0",), language=language),
        SourceClass("0", "animal"),
    )
    t = merged(named(*words), Vocabulary(Source(name="wd", kind=KNOWLEDGE), classes))
    found = [id if relation == "exactMatch" else None for _, id, relation in placed(t)]
    assert [None if id and id.startswith("wd:") else id for id in found[:2]] == linked


def test_a_name_of_another_language_is_no_english_one(merged, tmp_path):
    """Else *cane* is found by English questions, searched for in English, and written as English into RDF."""
    classes = (SourceClass("0", "animal"), SourceClass("1", "xqz cane", parents=("0",), language="it"))
    t = merged(Vocabulary(Source(name="wd", kind=KNOWLEDGE), classes))
    assert (t["wd:1"].name, t["wd:1"].synonyms(), t["wd:1"].synonyms("it")) == ("xqz cane", [], ["xqz cane"])
    export(t, "skos", tmp_path / "x.ttl")
    text = (tmp_path / "x.ttl").read_text(encoding="utf-8")
    assert ('"xqz cane"@it' in text, '"xqz cane"@en' in text) == (True, False)
    back = merged(read(tmp_path / "x.ttl", name="back").vocabulary)
    assert back["wd:1"].synonyms("it") == ["xqz cane"]
    export(t, "wn-lmf", tmp_path / "x.xml")
    assert "xqz cane" not in (tmp_path / "x.xml").read_text(encoding="utf-8")
