"""`taxonomy decide` writes people's decisions, `merge` and `build` apply them, `audit` says where to look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, DOG, SMALL, vocabulary
from shell import run

from taxonomy import decisions
from taxonomy.concept import SourceClass
from taxonomy.evaluation.audit import audit_list
from taxonomy.evaluation.gold import NO_SYNSET

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

CARNIVORE = "n02075296"


@pytest.fixture
def own_db(few_build: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of few synsets in the working folder, to change."""
    monkeypatch.chdir(tmp_path)
    return few_build(*SMALL).rename(tmp_path / "taxonomy.db")


def rows(folder: Path) -> str:
    file = folder / decisions.LINKS
    return file.read_text() if file.exists() else ""


def test_a_decision_is_written_applied_and_shown(own_db: Path, tmp_path: Path) -> None:
    """Else a person decides, and nothing comes of it, or nobody can tell who it was."""
    done = run(
        "decide", "street:void", CARNIVORE, "--relation", "broadMatch", "--author", "Ada", "--comment", "seen it"
    )
    assert done.code == 0
    assert done.out.startswith(f"street:void\txqzzt\tbroadMatch\t{CARNIVORE}\tcarnivore\tAda\t")
    assert "'taxonomy merge' applies it" in done.err
    assert "seen it" in rows(tmp_path)
    done = run("merge")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("decisions changed: folded street and 3 later datasets again")
    (row,) = [line for line in run("classes", "street").lines if line.startswith("void\t")]
    assert row == f"void\txqzzt\tstreet:void\t{CARNIVORE}\tbroadMatch\tdecision\t1"
    assert f"decided   street:void broadMatch {CARNIVORE} (Ada " in run("show", "street:void").out
    (facts,) = json.loads(run("show", "street:void", "--format", "json").out)
    assert facts["decisions"][0].startswith(f"street:void broadMatch {CARNIVORE} (Ada ")
    assert run("check").code == 0
    assert run("merge").err.startswith("taxonomy.db: people's decisions are applied")


def test_a_class_is_named_by_key_or_by_name(own_db: Path, tmp_path: Path) -> None:
    """Else one must look every key up."""
    for text in ("zoo:dog", "street:police car", "street:Police_Car", "birds:crane"):
        assert run("decide", text, DOG).code == 0, text
    assert rows(tmp_path).count("\nstreet:3\t") == 2
    assert f"\nzoo:{DOG}\t" in rows(tmp_path)


def test_what_is_not_there_or_ambiguous_is_not_written(own_db: Path, tmp_path: Path) -> None:
    """Else a typing error becomes a decision that is dropped at every build."""
    for code, said, *arguments in (
        (3, "no class nosuch", "zoo:nosuch", DOG),
        (3, "no such dataset", "nosuch:1", DOG),
        (3, "no such concept", "zoo:dog", "xqzzz"),
        (3, "means several", "zoo:dog", "crane"),
        (2, "dataset:key or dataset:name", "dog", DOG),
        (2, "not merged before zoo", "zoo:dog", "street:ev"),
        (2, "nothing is beside", "zoo:dog", "n00001740", "--relation", "closeMatch"),
        (2, "unplaced", "zoo:dog", DOG, "--relation", "unplaced"),
    ):
        done = run("decide", *arguments)
        assert done.code == code, done
        assert said in done.err
        assert not rows(tmp_path)


@pytest.mark.parametrize("odd", ["Ada\nLovelace", "tab\there", "bell\x07", "line\u2028end", "right\u202eleft"])
@pytest.mark.parametrize("option", ["--author", "--comment"])
def test_what_would_break_a_line_is_not_written(option: str, odd: str, own_db: Path, tmp_path: Path) -> None:
    """Else a comment with a line break becomes half a decision for whoever reads the file line by line."""
    done = run("decide", "zoo:dog", DOG, "--author", "Ada", option, odd)
    assert (done.code, done.out, rows(tmp_path)) == (2, "", "")
    assert done.err == f"error: {option} {odd!r} holds a control character or a line break; leave it out\n"


def test_two_classes_of_a_name_are_listed(few_build: Callable[..., Path], tmp_path: Path) -> None:
    """Else the decision about one crane is written for the other."""
    cranes = (SourceClass("1", "crane", wnid=CRANE_BIRD), SourceClass("2", "crane", wnid=CRANE_MACHINE))
    db = few_build(vocabulary("cranes", *cranes)).rename(tmp_path / "t.db")
    done = run("decide", "cranes:crane", DOG, "--db", db)
    assert done.code == 3
    assert f"1. cranes:1  crane: {CRANE_BIRD}" in done.err


def test_a_rejection_is_written_as_one(own_db: Path, tmp_path: Path) -> None:
    """Else "it is not that" is read as "it is that"."""
    assert run("decide", "zoo:dog", DOG, "--reject").code == 0
    assert "\tskos:exactMatch\tNot\twn30:02084071-n\t" in rows(tmp_path)
    assert run("merge").code == 0
    (row,) = [line for line in run("classes", "zoo").lines if line.startswith(f"{DOG}\t")]
    assert row.split("\t")[2] != DOG


def test_a_file_that_cannot_be_read_does_not_grow(own_db: Path, tmp_path: Path) -> None:
    """Else a broken file is broken more, and what it says is lost."""
    (tmp_path / decisions.LINKS).write_text("subject_id\tobject_id\n")
    for arguments in (("decide", "zoo:dog", DOG), ("merge",)):
        done = run(*arguments)
        assert done.code == 2
        assert f"{decisions.LINKS}:1: the header lacks predicate_id" in done.err
    assert rows(tmp_path) == "subject_id\tobject_id\n"


def test_bad_rows_warn_and_strict_refuses(own_db: Path, tmp_path: Path) -> None:
    """Else a decision is dropped without a word."""
    (tmp_path / decisions.OTHERS).write_text("kind\tsubject\tobject\tvalue\tauthor\tdate\nedge\tx\n")
    done = run("merge")
    assert done.code == 0
    assert f"{decisions.OTHERS}:2: 2 cells where the header has 6" in done.err
    assert run("merge", "--strict").code == 2
    assert run("merge", "--name", "x").code == 2


# Audit


def test_a_published_list_is_audited_by_its_names(small_db: Path, tmp_path: Path) -> None:
    """Else a wrong synset of a public list is believed for years."""
    gold = tmp_path / "gold.tsv"
    gold.write_text(
        "class_id\tclass_name\tgold_synset\tnotes\n"
        "7\tdog\tn02121620 cat.n.01\twrong\n8\tcat\tn02121620 cat.n.01\tright\n9\tbicycle\tn99999999 x\t3.1\n"
        f"10\tgoldfish\t{NO_SYNSET}\tthere is one\n11\tflurb xqz\t{NO_SYNSET}\tright\n12\tbird\t\tunknown\n13\n"
    )
    aside: list[str] = []
    found = {suspect.subject: suspect for suspect in audit_list(gold, small_db, lambda *row: aside.extend(row))}
    assert aside[::2] == [f"{gold}:7", f"{gold}:8"]
    assert set(found) == {"7", "9", "10"}
    assert next(iter(found)) == "9"
    assert (found["7"].best, found["7"].label, found["7"].probability) == (DOG, "cat", 0.0)
    done = run("audit", gold, "--limit", "1", "--format", "json", "--db", small_db)
    assert (done.code, done.err.count("warning: ")) == (0, 2)
    (row,) = json.loads(done.out)
    assert (row["class"], row["concept"], row["gloss"]) == ("9", "n99999999", "not in WordNet 3.0")


def test_a_dataset_is_audited_with_the_most_suspicious_first(full_db: Path) -> None:
    """Else who audits reads on until the patience ends."""
    found = [line.split("\t") for line in run("audit", "voc", "--db", full_db).lines]
    assert [float(row[-1]) for row in found] == sorted((float(row[-1]) for row in found), reverse=True)
    assert {row[0].partition(":")[0] for row in found} == {"voc"}
    assert len(run("audit", "--db", full_db, "--limit", "3").lines) == 3


def test_what_cannot_be_audited_is_said(own_db: Path, tmp_path: Path) -> None:
    """Else an empty report looks like a clean list."""
    assert run("audit", "nosuch").code == 3
    (tmp_path / "x.tsv").write_text("a\tb\n")
    done = run("audit", "x.tsv")
    assert (done.code, done.out) == (2, "")
    assert "x.tsv:1: the header lacks class_name" in done.err
