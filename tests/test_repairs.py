"""`taxonomy repairs` lists what was cut of knowledge bases, `restore` puts an edge back, and it stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DOG, dump, vocabulary
from shell import run

import taxonomy
from taxonomy import build, decisions
from taxonomy.concept import KNOWLEDGE, Source, SourceClass, Vocabulary

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

CAR = "n02958343"


def entry(key: str, *parents: str, wnid: str = "") -> SourceClass:
    return SourceClass(key, f"xqz{key.lower()}", wnid=wnid, parents=parents)


BASE = Vocabulary(
    Source("wd", kind=KNOWLEDGE),
    (
        entry("D", wnid=DOG),
        entry("A", "D", "C"),  # a circle: A > C > B > A
        entry("B", "A"),
        entry("C", "B"),
        entry("S", "C", "B"),  # a shortcut
    ),
)
OTHER = Vocabulary(Source("more", kind=KNOWLEDGE), (entry("V", wnid=CAR), entry("W", "V", "W")))


@pytest.fixture
def own_db(few_build: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of few synsets in the working folder, to change."""
    monkeypatch.chdir(tmp_path)
    return few_build(BASE, OTHER, vocabulary("a", "dog")).rename(tmp_path / "taxonomy.db")


def parents(path: Path, text: str) -> set[str]:
    with taxonomy.open(path) as t:
        return {concept.id for concept in t[text].parents()}


def test_what_was_cut_is_listed_with_its_reason(own_db):
    """Else nobody can tell what a merge left out, or why."""
    done = run("repairs")
    assert done.code == 0
    rows = [line.split("\t") for line in done.lines]
    assert [(row[0], row[1], row[3], row[5]) for row in rows] == [
        ("wd", "wd:A", "wd:C", "circle"),
        ("wd", "wd:S", "wd:B", "shortcut"),
        ("more", "more:W", "more:W", "self-loop"),
    ]
    assert rows[0][2] == "xqza"
    assert rows[0][4] == "xqzc"
    assert rows[0][6] == "closes the circle xqza > xqzc > xqzb > xqza"
    assert done.err == "3 edges were cut\n"


def test_the_list_is_narrowed(own_db):
    """Else the one circle is not found among a hundred thousand shortcuts."""
    for options, expected, count in (
        (["--in", "more"], ["more"], 1),
        (["--kind", "shortcut"], ["wd"], 1),
        (["--in", "more", "--kind", "circle"], [], 0),
        (["--in", "wd", "--limit", "1"], ["wd"], 2),
        (["--in", "a"], [], 0),
    ):
        done = run("repairs", *options)
        assert done.code == 0, done
        assert [line.split("\t")[0] for line in done.lines] == expected
        assert done.err == f"{count} edge{' was' if count == 1 else 's were'} cut\n"
    facts = json.loads(run("repairs", "--kind", "circle", "--format", "json").out)
    assert [(row["child"], row["parent"], row["kind"]) for row in facts] == [("wd:A", "wd:C", "circle")]
    done = run("repairs", "--in", "nosuch")
    assert done.code == 3
    assert "nosuch" in done.err


def test_an_edge_is_put_back_and_stays(own_db, tmp_path, few_build):
    """Else a person puts an edge back, and nothing comes of it, or only until the next build."""
    assert "wd:S\t" in run("repairs").out
    done = run("restore", "wd:S", "wd:B", "--author", "Ada", "--comment", "both hold")
    assert done.code == 0, done
    assert done.out.startswith("wd:S\twd:B\tis_a\tAda\t")
    assert "'taxonomy merge' applies it" in done.err
    assert "both hold" in (tmp_path / decisions.OTHERS).read_text()
    assert parents(own_db, "wd:S") == {"wd:C"}
    assert run("merge").code == 0
    assert parents(own_db, "wd:S") == {"wd:C", "wd:B"}
    assert "wd:S\t" not in run("repairs").out
    assert run("check").code == 0
    with taxonomy.open(own_db) as t:
        method = "SELECT method FROM edge WHERE child = ? AND parent = ?"
        assert t.execute(method, (t["wd:S"].key, t["wd:B"].key)).fetchall() == [("decision",)]
    build.merge([vocabulary("b", "xqzs")], own_db)
    assert parents(own_db, "wd:S") == {"wd:C", "wd:B"}
    build.remove(["b", "more"], own_db)
    assert parents(own_db, "wd:S") == {"wd:C", "wd:B"}
    assert run("check").code == 0
    (tmp_path / decisions.OTHERS).unlink()
    assert run("merge").code == 0
    assert dump(own_db) == dump(few_build(BASE, vocabulary("a", "dog")))


def test_an_edge_that_would_close_a_circle_stays_cut(own_db, tmp_path):
    """Else putting an edge back makes a taxonomy that no query can answer."""
    for child, parent in (("wd:A", "wd:C"), ("more:W", "more:W")):
        done = run("restore", child, parent)
        assert done.code == 2
        assert "would close a circle" in done.err
    assert not (tmp_path / decisions.OTHERS).exists()


def test_an_edge_of_a_circle_is_put_back_after_another_is_cut(own_db, tmp_path):
    """Else whoever knows which edge of a circle is the wrong one cannot say so."""
    header = "kind\tsubject\tobject\tvalue\tauthor\tdate\n"
    rows = "edge\twd:B\tn02084071\tis_a\tAda\t\nedge\twd:B\twd:A\tcut\tAda\t\n"
    (tmp_path / decisions.OTHERS).write_text(header + rows)
    assert run("merge").code == 0
    assert run("restore", "wd:A", "wd:C", "--author", "Ada").code == 0
    assert run("merge").code == 0
    assert parents(own_db, "wd:A") == {DOG, "wd:C"}
    assert parents(own_db, "wd:B") == {DOG}
    assert run("check").code == 0
    assert run("repairs", "--kind", "circle").lines == []  # what is put back is cut no more


def test_what_people_cut_is_no_repair(own_db, tmp_path):
    """Else a person's decision is listed as the machine's."""
    (tmp_path / decisions.OTHERS).write_text(
        "kind\tsubject\tobject\tvalue\tauthor\tdate\nedge\twd:A\tn02083346\tis_a\tAda\t\n"
        f"edge\twd:A\t{DOG}\tcut\tAda\t\n"
    )
    before = run("repairs").out
    assert run("merge").code == 0
    assert parents(own_db, "wd:A") == {"n02083346"}
    assert run("repairs").out == before
    assert run("restore", "wd:A", DOG).code == 3


@pytest.mark.parametrize(
    ("code", "said", "arguments"),
    [
        (3, "no edge from wd:S to wd:C was cut", ["wd:S", "wd:C"]),
        (3, "wd has no class nosuch", ["wd:S", "wd:nosuch"]),
        (3, "no such concept", ["wd:S", "xqznosuch"]),
        (2, "", ["wd:S"]),
    ],
)
def test_what_was_not_cut_is_not_put_back(own_db, tmp_path, code, said, arguments):
    """Else a typing error becomes an edge that nobody meant."""
    done = run("restore", *arguments)
    assert done.code == code, done
    assert said in done.err
    assert not (tmp_path / decisions.OTHERS).exists()


def test_without_repairs_the_list_is_empty(few_build):
    """Else the command fails for most people, whose bases have nothing wrong."""
    done = run("repairs", "--db", few_build(vocabulary("a", "dog")))
    assert (done.code, done.out, done.err) == (0, "", "0 edges were cut\n")
