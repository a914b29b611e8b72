"""SSSOM files: what is written is read back the same, and validates; what is wrong is named with its line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy import sssom
from taxonomy.errors import InputError
from taxonomy.sssom import Mapping

METADATA = {"curie_map": {"mine": "urn:label-taxonomy:mine:"}, "mapping_set_id": "urn:x:y", "license": "urn:l"}
HEADER = "subject_id\tpredicate_id\tobject_id\tmapping_justification"
ROW = "mine:0\tskos:exactMatch\twn30:02084071-n\tsemapv:ManualMappingCuration"


def written(*mappings: Mapping) -> str:
    out = io.StringIO()
    sssom.write(out, mappings, METADATA)
    return out.getvalue()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff")).map(str.strip)


@given(label=TEXT, comment=TEXT, confidence=st.none() | st.integers(0, 10000).map(lambda n: n / 10000))
def test_what_is_written_is_read_back(
    label: str, comment: str, confidence: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Somebody's decision with a quote, a tab or a line break in its comment would be lost."""
    mapping = Mapping("mine:0", label, "skos:broadMatch", "Not", "wn30:02084071-n", comment=comment,
                      confidence=confidence, mapping_date="2024-02-29", more=(("colour", "red"),))  # fmt: skip
    path = tmp_path_factory.mktemp("s") / "d.sssom.tsv"
    path.write_bytes(written(mapping, Mapping("mine:1", more=(("colour", ""),))).encode())
    found = sssom.read_set(path)
    assert found.mappings[0] == mapping
    assert found.mappings[1].object_id == sssom.NO_TERM
    assert found.metadata == METADATA


def test_a_file_begins_with_its_metadata_and_leaves_out_empty_columns() -> None:
    """Other programs read the prefixes first, and the standard wants no empty column."""
    assert written(Mapping("mine:0", "dog", object_id="wn30:02084071-n")).splitlines() == [
        "#curie_map:",
        "#  mine: 'urn:label-taxonomy:mine:'",
        "#mapping_set_id: urn:x:y",
        "#license: urn:l",
        "subject_id\tsubject_label\tpredicate_id\tobject_id\tmapping_justification",
        "mine:0\tdog\tskos:exactMatch\twn30:02084071-n\tsemapv:UnspecifiedMatching",
    ]


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1), st.text(min_size=1).filter(lambda t: t < "\ud800"))
def test_ids_become_curies_and_come_back(source: str, key: str) -> None:
    """A key with a blank or a colon would name another class after a round."""
    id = f"{source}:{key}"
    assert sssom.entity(sssom.curie(id)) == id
    prefix = sssom.curie(id).partition(":")[0]
    assert not prefix[0].isdigit()
    assert list(sssom.prefixes([id])) == [prefix]


def test_a_set_says_the_date_for_all(write) -> None:
    """The standard lets a set give what all its mappings share."""
    path = write("d.tsv", f"# mapping_date: 2024-02-29\n# mapping_set_id: urn:x\n{HEADER}\n{ROW}\n\n{ROW}\n")
    found = sssom.read_set(path)
    assert [mapping.mapping_date for mapping in found.mappings] == ["2024-02-29"] * 2
    assert found.lines == (4, 6)
    assert sssom.read(path) == list(found.mappings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "d.tsv:1: no table"),
        ("#a: b\n", "d.tsv:2: no table"),
        ("#a: [\n" + HEADER, "d.tsv:2: the metadata"),
        ("#word\n" + HEADER, "d.tsv:1: the metadata"),
        ("subject_id\tobject_id\n", "d.tsv:1: the header lacks predicate_id, mapping_justification"),
        (f"{HEADER}\tobject_id\n", "d.tsv:1: the column 'object_id' comes twice"),
        (f"#a: b\n{HEADER}\n{ROW}\tx\n", "d.tsv:3: 5 cells where the header has 4"),
        (f"{HEADER}\n\tskos:exactMatch\tx:y\tsemapv:LexicalMatching\n", "d.tsv:2: subject_id is empty"),
        (f"{HEADER}\n{ROW.replace('semapv:', '')}\n", "d.tsv:2: mapping_justification 'ManualMappingCuration'"),
        (f"{HEADER}\tpredicate_modifier\n{ROW}\tno\n", "d.tsv:2: predicate_modifier 'no'"),
        (f"{HEADER}\tmapping_date\n{ROW}\t1.2.2024\n", "d.tsv:2: mapping_date '1.2.2024'"),
        (f"{HEADER}\tconfidence\n{ROW}\t1.2\n", "d.tsv:2: confidence '1.2'"),
        (f"{HEADER}\tconfidence\n{ROW}\tnan\n", "d.tsv:2: confidence 'nan'"),
        (f'{HEADER}\n{ROW}\n"{ROW}\n', "d.tsv:3: not valid TSV"),
        (b"caf\xe9", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str | bytes, said: str, write) -> None:
    """People edit these files by hand."""
    with pytest.raises(InputError) as raised:
        sssom.read(write("d.tsv", text))
    assert said in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A traceback says nothing to who mistyped a path."""
    with pytest.raises(InputError, match="nosuch"):
        sssom.read(tmp_path / "nosuch")
