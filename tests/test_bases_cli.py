"""Knowledge bases at the command line: what a user is told of them, and what is asked of them afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DOG, SMALL
from shell import run

from taxonomy.sources import wordnet


@pytest.fixture(scope="module")
def few_db(few_build: Callable[..., Path]) -> Path:
    """A small taxonomy to copy."""
    return few_build(*SMALL)


@pytest.fixture
def db(few_db: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(few_db, tmp_path / "own.db"))


def test_strict_passes_what_a_reader_leaves_out_by_design(db: Path, tmp_path: Path) -> None:
    """No sound ontology could be merged strictly, or nobody would hear of its obsolete terms."""
    file = tmp_path / "tools.obo"
    bikes = "[Term]\nid: T:1\nname: bicycle\n\n[Term]\nid: T:3\nname: cargo bike\nis_a: T:1\nis_a: BFO:4\n\n"
    file.write_text(f"{bikes}[Term]\nid: T:2\nname: bike\nis_obsolete: true\n")
    done = run("merge", file, "--strict", "--db", db)
    assert done.code == 0
    assert "note: tools.obo: 1 obsolete terms are left out\n" in done.err
    assert "note: tools: parents that it does not hold, 1 in all, are left out, such as BFO:4 of T:3\n" in done.err
    assert "warning" not in done.err
    listed = run("link", file, "--strict", "--db", db)
    assert (listed.code, "note: tools.obo: 1 obsolete terms" in listed.err) == (0, True)


def test_names_are_english_until_another_language_is_asked_for(db: Path, tmp_path: Path) -> None:
    """A base of thirty languages would bury the English names under the others."""
    file = tmp_path / "pets.ttl"
    labels = '"dog"@en, "Hund"@de, "pooch"'
    file.write_text(
        f"@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n<urn:p#1> a s:Concept ; s:prefLabel {labels} ."
    )
    assert run("merge", file, "--db", db).code == 0
    english = run("synonyms", DOG, "--db", db).lines
    assert {"dog", "domestic dog"} <= {*english}
    assert run("synonyms", DOG, "--language", "de", "--db", db).lines == ["Hund"]
    assert {*run("synonyms", DOG, "--language", "all", "--db", db).lines} == {*english, "Hund"}
    assert "  languages Hund (de)\n" in run("show", DOG, "--db", db).out
    (shown,) = json.loads(run("show", DOG, "--db", db, "--format", "json").out)
    assert (shown["names"], shown["translations"]) == (english, ["de:Hund"])


BIKES = "[Term]\nid: T:1\nname: bicycle\n\n[Term]\nid: T:2\nname: cargo bike\nis_a: T:1\n"


def test_a_base_is_counted_and_listed_as_one(tmp_path: Path, few_synsets, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has 89 datasets would be told of 90, and find one among the sources that is none."""
    monkeypatch.setattr(wordnet, "read_synsets", lambda: iter(few_synsets))
    monkeypatch.chdir(tmp_path)
    Path("bikes.obo").write_text(BIKES)
    Path("mine.txt").write_text("dog\n")
    assert ", 1 dataset, 1 knowledge base, in " in run("build", "mine.txt", "bikes.obo").err
    assert ", 1 dataset, in " in run("build", "mine.txt", "--out", "other.db").err
    assert [line.split("\t")[3] for line in run("sources").lines[1:]] == ["", "knowledge base"]
