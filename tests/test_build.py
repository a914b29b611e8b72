"""Build, merge and remove: whatever the way to a set of vocabularies, the taxonomy is the same and true to them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import CAT, DOG, SMALL, dump, vocabulary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import run

import taxonomy
from taxonomy import build
from taxonomy.check import findings
from taxonomy.concept import Relation, Source, SourceClass, Vocabulary
from taxonomy.errors import DatabaseError, InputError, NotFoundError
from taxonomy.sources import shipped, wordnet
from taxonomy.store import stored

NAMES = (
    "dog", "dogs", "Dog", "crane", "truck crane", "crane truck", "red dog", "red dogs", "police car", "xqzzt", "car",
    "dining_table", "Felidae", "dog / cat", "dog|cat", "wall-brick", "a b (dog)", "犬", "Panthera leo", "",
)  # fmt: skip


@st.composite
def vocabularies(draw) -> tuple[Vocabulary, ...]:
    """Up to three vocabularies with what trips mergers: shared ids, clashing names, parents of every kind."""
    found = []
    for name in draw(st.permutations("abc"))[: draw(st.integers(1, 3))]:
        keys = draw(st.lists(st.sampled_from("0123dog"), unique=True, max_size=5))
        some = st.sampled_from((*keys, *NAMES, "Mammalia > Felidae > Panthera", "")) if keys else st.just("")
        classes = tuple(
            SourceClass(
                key,
                draw(st.sampled_from(NAMES)),
                wnid=draw(st.sampled_from(("", "", "", DOG, CAT, "n99999999"))),
                synonyms=tuple(draw(st.lists(st.sampled_from(("hound", "red|dog", "", "car")), max_size=2))),
                parent=draw(some),
                mid=draw(st.sampled_from(("", "", "/m/1", "/m/2"))),
                scientific_name=draw(st.sampled_from(("", "", "Panthera leo", "Panthera nova", "Canis familiaris"))),
            )
            for key in keys
        )
        domain = draw(st.sampled_from(("", "", DOG, "animal.n.01")))
        found.append(Vocabulary(Source(name=name, domain=domain), classes))
    return tuple(found)


@pytest.fixture
def copy(tmp_path):
    """Copy a database to where it may be changed."""

    def copied(path: Path) -> Path:
        return Path(shutil.copy(path, tmp_path / "copy.db"))

    return copied


quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(merged=vocabularies(), data=st.data())
def test_the_way_does_not_matter(few_build, merged, data):
    """Else what a team gets depends on when each dataset was added, and nobody can rebuild it."""
    whole = dump(few_build(*merged))
    cut = data.draw(st.integers(0, len(merged)))
    path = few_build(*merged[:cut])
    build.merge(merged[cut:], path)
    assert dump(path) == whole


@quick
@given(merged=vocabularies(), data=st.data())
def test_removing_leaves_what_was_never_merged(few_build, merged, data):
    """Else a removed dataset leaves names, ids or concepts behind that nobody answers for."""
    out = data.draw(st.sampled_from(merged))
    path = few_build(*merged)
    build.remove([out.source.name], path)
    assert dump(path) == dump(few_build(*(kept for kept in merged if kept is not out)))


@quick
@given(merged=vocabularies())
def test_every_build_passes_its_own_check(few_build, merged):
    """Else `taxonomy check` fails on a file that the user did nothing to."""
    path = few_build(*merged)
    with taxonomy.open(path) as opened:
        found = [finding for finding in findings(opened) if finding.code != "E202"]  # a class may have no name
    assert found == []
    assert stored.load_vocabularies(path) == list(merged)


@quick
@given(merged=vocabularies())
def test_every_class_has_one_row(few_build, merged):
    """Else a class of the user's is lost without a word."""
    with taxonomy.open(few_build(*merged)) as opened:
        for entries in merged:
            rows = list(
                opened.execute(
                    "SELECT key, concept, relation FROM class WHERE source = ? ORDER BY position",
                    (opened.source_position(entries.source.name),),
                )
            )
            assert [key for key, *_ in rows] == [entry.key for entry in entries.classes]
            assert all((concept is None) == (relation == Relation.UNPLACED) for _, concept, relation in rows)


def test_all_of_wordnet_merged_in_steps_is_built_at_once(small_db, copy, few_build):
    """Else what holds for a small WordNet does not hold for the real one."""
    path = copy(small_db)
    build.remove([SMALL[-1].source.name], path)
    build.merge(SMALL[-1:], path)
    assert dump(path) == dump(small_db)


def test_shipped_vocabularies_are_merged_as_they_are_built(few_build):
    """Else real data, with its thousands of oddities, depends on the way it was merged."""
    real = [shipped.read(name) for name in ("coco_stuff", "openimages_boxable", "lvis_v1", "oxford_pets")]
    real = [Vocabulary(Source(name=entries.source.name), entries.classes) for entries in real]
    path = few_build(*real[:2])
    build.merge(real[2:], path)
    whole = dump(few_build(*real))
    assert dump(path) == whole
    build.remove([real[1].source.name], path)
    assert dump(path) == dump(few_build(real[0], *real[2:]))


def test_the_same_inputs_give_the_same_bytes(few_build):
    """Else a checksum of the taxonomy proves nothing."""
    one, other = (few_build(vocabulary("a", "dog", "red crane"), vocabulary("b", "car")) for _ in range(2))
    assert one.read_bytes() == other.read_bytes()


def test_a_dataset_cannot_be_merged_twice(few_build):
    """Else its classes count twice, and one of the two cannot be taken out again."""
    path = few_build(vocabulary("a", "dog"))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"a is in the taxonomy already; .*--name"):
        build.merge([vocabulary("a", "cat")], path)
    assert path.read_bytes() == before


def test_what_is_not_there_cannot_be_removed(few_build):
    """Else a typing error looks like a success."""
    path = few_build(vocabulary("a", "dog"), vocabulary("b", "cat"))
    before = path.read_bytes()
    for names, error in ((["c"], NotFoundError), (["a", "c"], NotFoundError), (["wordnet"], InputError)):
        with pytest.raises(error, match=r"no such dataset|WordNet"):
            build.remove(names, path)
    assert path.read_bytes() == before


def test_removing_everything_leaves_wordnet(few_build):
    """Else the last dataset can never be taken out."""
    path = few_build(vocabulary("a", "dog"), vocabulary("b", "cat", "red dog"))
    build.remove(["b", "a"], path)
    assert dump(path) == dump(few_build())


def test_an_unknown_domain_is_refused_before_anything_is_written(few_build):
    """Else a typing error in --domain destroys the old taxonomy."""
    path = few_build(vocabulary("a", "dog"))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"cra\.n\.01: no such concept"):
        build.merge([vocabulary("b", "cat", domain="cra.n.01")], path)
    assert path.read_bytes() == before


ODD = {
    "newline": "red\nbird",
    "tab": "red\tbird",
    "bar": "red|bird",
    "quotes": "red 'bird' \"x\"; DROP TABLE concept; --",
    "long": "red " * 2500 + "bird",
    "emoji": "🐦",
    "joined emoji": "👩‍🚀 bird",
    "right to left": "طائر",
    "combining": "bi\u0301rd crane",
    "key with spaces": "red bird",
    "a:b": "colon bird",
    "a/b/c": "slash bird",
    "a|b": "bar bird",
    "ключ": "key bird",
    "markup": "<b>bird</b> &amp; co",
    "percent": "100% bird_",
    "nul": "red\x00bird",
    "only signs": "???",
    "nothing": "",
}


def test_odd_names_and_keys_survive(few_build):
    """Else a dataset with an emoji, a bar or a newline in a name is damaged by merging or by a later removal."""
    odd = vocabulary("odd", *(SourceClass(key, name, synonyms=(f"s|{name}", "\\")) for key, name in ODD.items()))
    path = few_build(vocabulary("first", "dog"), odd)
    assert stored.load_vocabularies(path)[1] == odd
    with taxonomy.open(path) as opened:
        assert [finding for finding in findings(opened) if finding.code != "E202"] == []
        for key, name in ODD.items():
            row = opened.execute("SELECT name, concept FROM class WHERE key = ?", (key,)).fetchone()
            assert row[0] == name
            if row[1] is not None:
                assert opened[f"odd:{key}"].key == row[1]
    build.remove(["first"], path)
    assert dump(path) == dump(few_build(odd))


def test_a_lineage_of_300_levels(few_build):
    """Else a phylogeny with all its clades is refused."""
    parent = " > ".join([*(f"Clade{i}" for i in range(300)), "Felidae", *(f"Below{i}" for i in range(300))])
    path = few_build(vocabulary("deep", SourceClass("0", "Novus felis", parent=parent)))
    with taxonomy.open(path) as opened:
        assert "carnivore" in {concept.name for concept in opened["deep:0"].ancestors()}


def test_a_class_named_by_another_vocabulary_gets_its_concept(few_build):
    """Else two datasets' classes of the same name and place stay two concepts."""
    path = few_build(vocabulary("a", "zorgon crane"), vocabulary("b", "Zorgon_Crane"), vocabulary("c", "zorgon cranes"))
    with taxonomy.open(path) as opened:
        assert opened["a:0"] == opened["b:0"]
        assert opened["a:0"].memberships()[:2] == [("a", "0", "zorgon crane"), ("b", "0", "Zorgon_Crane")]


@pytest.fixture
def changed_model(tmp_path: Path, few_synsets, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A taxonomy that was built with a model in a folder, in which there is another one by now."""
    model = Path(shutil.copytree(shipped.data_dir() / "encoder", tmp_path / "model"))
    monkeypatch.setattr(wordnet, "read_synsets", lambda: iter(few_synsets))
    db = tmp_path / "t.db"
    build.build([vocabulary("one", "dog", "crane"), vocabulary("two", "cat")], db, encoder=str(model))
    build.merge([vocabulary("three", "truck")], db)
    assert run("link", "-", "--db", db, "--strict", stdin="dog").code == 0
    scales = np.load(model / "scales.npy")
    np.save(model / "scales.npy", scales[::-1])
    return db


def test_a_model_that_changed_is_refused(changed_model: Path, tmp_path: Path) -> None:
    """Half of the links would be one model's and half another's, as no build would make them."""
    (tmp_path / "mine.txt").write_text("dog\n")
    before = changed_model.read_bytes()
    for command in (("merge", tmp_path / "mine.txt"), ("merge",), ("remove", "one")):
        done = run(*command, "--db", changed_model)
        assert (done.code, done.out) == (2, "")
        assert "model is another model than the taxonomy was built with; put that one back" in done.err
    assert changed_model.read_bytes() == before


@pytest.mark.parametrize("command", ["link list.txt", "audit one", "audit gold.tsv", "evaluate links gold.tsv"])
def test_a_model_that_changed_is_told_of_when_it_links(
    command: str, changed_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links that differ from yesterday's would have no reason; who names an encoder knows."""
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text("dog\n")
    Path("gold.tsv").write_text(f"class_name\tgold_synset\nchien\t{DOG}\n")
    done = run(*command.split(), "--db", changed_model)
    assert done.code == 0
    assert "model is another model than the taxonomy was built with, so links may differ" in done.err
    if "evaluate" not in command:
        named = run(*command.split(), "--db", changed_model, "--encoder", "model")
        assert (named.code, named.err) == (0, "")
    if "link " in command:
        assert run(*command.split(), "--db", changed_model, "--strict").code == 2


def test_a_taxonomy_of_an_unknown_model_can_be_merged_into(changed_model: Path) -> None:
    """One from before fingerprints were kept would have to be built again for nothing."""
    with closing(sqlite3.connect(changed_model)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'encoder_fingerprint'")
    build.merge([vocabulary("four", "car")], changed_model)
    shutil.copy(shipped.data_dir() / "encoder" / "scales.npy", changed_model.with_name("model"))
    with pytest.raises(DatabaseError, match="another model"):
        build.merge([vocabulary("five", "car")], changed_model)


def test_warnings_name_ids_that_wordnet_lacks(few_build, few_synsets, monkeypatch, tmp_path):
    """Else a list with WordNet 3.1 ids is linked to other concepts without a word."""
    monkeypatch.setattr(wordnet, "read_synsets", lambda: iter(few_synsets))
    outcome = build.build([vocabulary("a", SourceClass("7", "dog", wnid="n02086723"))], tmp_path / "t.db")
    assert outcome.warnings == (
        ("a:7", "n02086723 is not in WordNet 3.0 (perhaps a WordNet 3.1 offset), so the name decides"),
    )
    assert [relation for relation, _ in outcome.linked["a"].kinds] == [Relation.EXACT]


def test_a_class_without_a_name_may_share_its_id_with_another(few_build):
    """Else one unnamed row of a list breaks the build of all that name the same thing."""
    nameless = Vocabulary(Source(name="a"), (SourceClass("0", "", mid="/m/1"),))
    named = Vocabulary(Source(name="b"), (SourceClass("0", "truck crane", mid="/m/1"),))
    with taxonomy.open(few_build(nameless, named)) as t:
        assert t["b:0"].id == "mid:/m/1"
