"""Labels of files resolve to concepts, or say why not."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import taxonomy
from taxonomy.errors import NotFoundError
from taxonomy.labels import Label
from taxonomy.labels.space import Space
from taxonomy.store.read import Taxonomy

DOG = "n02084071"


@pytest.fixture
def t(small_db: Path) -> Iterator[Taxonomy]:
    with taxonomy.open(small_db) as opened:
        yield opened


def _ids(space: Space, *keys: str) -> list[str]:
    return [space.ids[space.code(Label(key, key))] for key in keys]


def test_every_id_of_a_concept_resolves(t: Taxonomy) -> None:
    """Else a file whose labels come from two vocabularies would give two classes for one concept."""
    space = Space(t)
    assert _ids(space, DOG, "/m/0bt9lr", "mid:/m/0bt9lr", "zoo:" + DOG, "dog.n.01", "Dog", "dogs") == [DOG] * 7
    assert _ids(space, "traffic_light") != ["label:traffic_light"]
    assert space.unresolved == {}
    assert DOG not in [space.ids[code] for code in space.above[space.code(Label(DOG, DOG))]]


def test_what_is_unknown_keeps_its_own_id_and_says_why(t: Taxonomy) -> None:
    """Else labels that the taxonomy lacks would be lost, and give no rules."""
    space = Space(t)
    assert _ids(space, "/m/0104x9kv", "xqzzt", "crane", "17", "zoo:nothing") == [
        "mid:/m/0104x9kv",
        "label:xqzzt",
        "label:crane",
        "label:17",
        "label:zoo:nothing",
    ]
    reasons = space.unresolved
    assert reasons["mid:/m/0104x9kv"] == reasons["label:xqzzt"] == "no such concept"
    assert reasons["label:17"].endswith("give --vocabulary")
    assert reasons["label:crane"].startswith("means several concepts: ")
    assert "n02012849 crane" in reasons["label:crane"]
    assert "n03126707 crane" in reasons["label:crane"]
    assert "zoo has no class nothing" in reasons["label:zoo:nothing"]


@pytest.mark.parametrize("vocabulary", [None, "zoo"])
@pytest.mark.parametrize(
    ("key", "name"), [("xqzzt", "xqzzt"), ("crane", "crane"), ("17", "17"), ("/m/0104x9kv", "blorb"), (DOG, DOG)]
)
def test_an_id_of_a_rule_is_the_label_of_the_file(t: Taxonomy, vocabulary: str | None, key: str, name: str) -> None:
    """Else rules do not apply to labels that are no concepts, or an image gets such a label twice."""
    met = Space(t, vocabulary)
    code = met.code(Label(key, name))
    for id in (met.ids[code], key):
        assert met.code_of(id) == code
        space = Space(t, vocabulary)
        before = space.code_of(id)
        assert space.code(Label(key, name)) == before
        assert (space.ids, space.names, space.unresolved) == (met.ids, met.names, met.unresolved)


def test_an_own_id_is_a_label_too(t: Taxonomy) -> None:
    """Else labels that were copied from rules are others."""
    assert _ids(Space(t), "label:xqzzt", "xqzzt") == ["label:xqzzt"] * 2


def test_a_name_beside_an_unknown_mid_is_used(t: Taxonomy) -> None:
    """Else a file that brings the names of its MIDs would not gain from it."""
    space = Space(t)
    assert space.ids[space.code(Label("/m/0104x9kv", "bicycle"))] == "n02834778"


def test_a_vocabulary_resolves_by_its_keys_and_names(t: Taxonomy) -> None:
    """Else `--vocabulary` would be needed but useless for the datasets that number their classes."""
    space = Space(t, "again")
    assert _ids(space, "2", "dogs", "DOGS") == [DOG] * 3
    assert _ids(Space(t, "street"), "ev", "Traffic light", "construction crane")[2] == "street:1"
    with pytest.raises(NotFoundError, match="nothing: no such dataset"):
        Space(t, "nothing")


def test_in_a_vocabulary_other_names_are_no_guess_but_ids_are(t: Taxonomy) -> None:
    """Else a wnid among a dataset's names would be lost, or a foreign name be taken for what it may not mean."""
    space = Space(t, "street")
    assert _ids(space, DOG, "/m/0bt9lr", "dog", "void") == [DOG, DOG, "street:dog", "street:void"]
    assert space.unresolved == {
        "street:dog": "street has no such class",
        "street:void": "street has it, unplaced",
    }


def test_a_name_of_several_classes_of_the_vocabulary_is_ambiguous(small_db: Path, tmp_path: Path) -> None:
    """Else the two cranes of ImageNet would become one."""
    copy = tmp_path / "copy.db"
    shutil.copy(small_db, copy)
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("UPDATE class SET name = 'crane' WHERE name = 'construction_crane'")
    with taxonomy.open(copy) as t:
        space = Space(t, "street")
        assert _ids(space, "Crane", "crane") == ["street:Crane", "n03126707"], "one is a key"
        assert space.unresolved["street:Crane"] == "street has several classes of that name: 1, crane"


def test_ids_of_rules_are_labels_too(t: Taxonomy) -> None:
    """Else a rule of a label that is no concept would not meet the label."""
    space = Space(t)
    own = space.code(Label("xqzzt", "xqzzt"))
    assert space.code_of("label:xqzzt") == own
    assert space.code_of(DOG) == space.code(Label("dog", "dog"))
    assert space.ids[space.code_of("mid:/m/0104x9kv")] == "mid:/m/0104x9kv"


def test_a_rule_of_an_ambiguous_name_says_what_it_may_mean(t: Taxonomy) -> None:
    """Else the message names options that no command for annotations has."""
    space = Space(t)
    assert space.ids[space.code_of("crane")] == "label:crane"
    assert space.unresolved["label:crane"].startswith("means several concepts: ")
    assert "--sense" not in space.unresolved["label:crane"]


def test_a_name_beats_a_number_that_means_another_class(t: Taxonomy) -> None:
    """Else the dog that a file of somebody's own numbers 4 would be the vocabulary's class 4, whatever that is."""
    rows = t.execute("SELECT key, name FROM class WHERE source = ?", (t.source_position("birds"),)).fetchall()
    key, other = rows[0][0], rows[1]
    space = Space(t, "birds")
    right = space.code(Label(*other))
    assert space.code(Label(key, other[1])) == right
    assert space.code(Label(key, "no_bird")) == space.code(Label(*rows[0])) != right


@pytest.mark.parametrize("vocabulary", [None, "zoo"])
def test_labels_looked_up_together_are_what_they_are_alone(t: Taxonomy, vocabulary: str | None) -> None:
    """Else a label would mean one thing in a small file, and another in a large one."""
    keys = [id for (id,) in t.execute("SELECT id FROM concept ORDER BY key")]
    keys += [key for (key,) in t.execute("SELECT class.key FROM class")]
    labels = [Label(key, key) for key in (*keys, "/m/0bt9lr", "zoo:" + DOG, "dog.n.01", "dog", "crane", "17", "xqzzt")]
    alone, together = Space(t, vocabulary), Space(t, vocabulary)
    together.fetch(labels)
    assert [together.code(label) for label in labels] == [alone.code(label) for label in labels]
    assert (together.ids, together.names, together.unresolved) == (alone.ids, alone.names, alone.unresolved)
    for concept, above in zip(alone.concepts, alone.above, strict=True):
        assert [alone.concepts[code] for code in above] == (concept.ancestors() if concept else [])
    assert together.above == alone.above


def test_ids_that_only_a_file_read_otherwise_can_have_are_told(t: Taxonomy) -> None:
    """Else rules about labels that are no concepts are without effect, and nobody knows why."""
    ids = ["zoo:xqzzt", "label:xqzzt", "xqzzt", "mid:/m/0104x9kv", DOG, "wd:Q0"]
    assert Space(t).foreign(ids) == {"zoo": ["zoo:xqzzt"], "wd": ["wd:Q0"]}
    assert Space(t, "zoo").foreign(ids) == {"label": ["label:xqzzt"], "wd": ["wd:Q0"]}
