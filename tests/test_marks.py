"""Marks: made at the end of every run, overruled by people, shown, counted, checked, and used by exports."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import marked
import pytest
from conftest import CAT, DOG, dump, vocabulary
from exported import table
from shell import run

import taxonomy
from taxonomy import build, decisions, visual
from taxonomy.check import findings
from taxonomy.concept import Decision, SourceClass
from taxonomy.errors import DatabaseError, InputError

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

HEADER = "kind\tsubject\tobject\tvalue\tauthor\tdate\n"
CARNIVORE, PERSON, RUNNER = "n02075296", "n00007846", "n10544748"
ZOO = vocabulary(
    "zoo",
    *(SourceClass(wnid, name, wnid=wnid) for wnid, name in ((DOG, "dog"), (CAT, "cat"), (CARNIVORE, "carnivore"))),
    SourceClass("p", "person", wnid=PERSON),
    SourceClass("e", "entity", wnid="n00001740"),
)


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    marked.install(monkeypatch)


@pytest.fixture(scope="module")
def zoo(few_build: Callable[..., Path]) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        marked.install(patch)
        return few_build(ZOO)


@pytest.fixture
def db(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of few synsets in the working folder, to change."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(zoo, tmp_path / "taxonomy.db"))


def decide(*rows: str) -> None:
    """Write decisions about marks, each ``subject value author date``."""
    lines = ("\t".join(("mark", subject, "", *rest)) for subject, *rest in ((*row.split(), "", "")[:4] for row in rows))
    Path(decisions.OTHERS).write_text(HEADER + "".join(f"{line}\n" for line in lines))


def mark(db: Path, concept: str) -> tuple[float, str, str, str]:
    with taxonomy.open(db) as t:
        found = t[concept].mark()
    assert found is not None
    return found


def marks(db: Path) -> dict[int, tuple[object, ...]]:
    with closing(sqlite3.connect(db)) as connection:
        return {row[0]: row[1:] for row in connection.execute("SELECT * FROM mark")}


# Made


def test_every_concept_is_marked(db: Path) -> None:
    """Else a crawler asks for a concept and there is no answer."""
    with taxonomy.open(db) as t:
        assert {concept.key for concept in t} == set(marks(db))
        assert list(findings(t)) == []
    assert mark(db, DOG) == (marked.SEEN, "visual", "safe", marked.REASON)
    assert mark(db, CARNIVORE)[1] == "uncommon"
    assert mark(db, "n00001740")[:2] == (marked.UNSEEN, "non-visual")
    assert mark(db, PERSON)[2] == "sensitive"


def test_the_progress_says_what_is_marked(db: Path) -> None:
    """Else a long stage looks like a hang."""
    stages: list[str] = []
    build.mark(db, build.Progress(lambda name, total: stages.append(name)))
    assert stages[-2:] == [f"mark {len(marks(db)):,} concepts", "write"]


def test_merge_and_remove_mark_as_a_build(db: Path, few_build: Callable[..., Path]) -> None:
    """Else the same sources give other marks on another day."""
    other = vocabulary("other", "zorgon dog", "red crane")
    build.merge([other], db)
    assert mark(db, "other:0")[0] == marked.SEEN  # by its name only
    assert dump(db) == dump(few_build(ZOO, other))
    build.remove(["other"], db)
    assert dump(db) == dump(few_build(ZOO))


# Decided


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("non-visual", (marked.SEEN, "non-visual", "safe")),
        ("uncommon", (marked.SEEN, "uncommon", "safe")),
        ("0.3", (0.3, "non-visual", "safe")),
        ("1", (1.0, "visual", "safe")),
        ("offensive", (marked.SEEN, "visual", "offensive")),
    ],
)
def test_people_overrule_the_machine(db: Path, value: str, expected: tuple[object, ...]) -> None:
    """Else a mark that everybody sees is wrong comes back at every build."""
    decide(f"dog.n.01 {value} anna 2026-01-02")
    for change in (lambda: build.mark(db), lambda: build.merge([vocabulary("b", "truck")], db)):
        change()
        assert mark(db, DOG)[:3] == expected
        with taxonomy.open(db) as t:
            assert list(findings(t)) == []
    Path(decisions.OTHERS).unlink()
    build.mark(db)
    assert mark(db, DOG)[:3] == (marked.SEEN, "visual", "safe")


def test_marking_with_decisions_is_the_same_on_every_way(db: Path) -> None:
    """Else what people decided depends on which command ran last."""
    decide("dog.n.01 non-visual anna 2026-01-02", f"{PERSON} safe bob")
    with Path(decisions.OTHERS).open("a") as stream:
        stream.write(f"edge\t{DOG}\t{CAT}\tis_a\tAda\t\n")
    build.merge([], db)
    merged = dump(db)
    build.mark(db)
    assert dump(db) == merged


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("n02084071 visual a 2026-01-02", "dog.n.01 non-visual b 2026-01-01"), (marked.SEEN, "visual")),
        (("dog.n.01 visual", "dog.n.01 uncommon"), (marked.SEEN, "uncommon")),
        (("dog.n.01 0.7", "dog.n.01 uncommon"), (0.7, "uncommon")),
        (("dog.n.01 uncommon", "dog.n.01 0.1"), (0.1, "non-visual")),
    ],
)
def test_the_later_decision_counts(db: Path, rows: tuple[str, ...], expected: tuple[float, str]) -> None:
    """Else who changes their mind must find and delete the old line."""
    decide(*rows)
    build.mark(db)
    assert mark(db, DOG)[:2] == expected
    with taxonomy.open(db) as t:
        assert list(findings(t)) == []


def test_decisions_that_cannot_be_followed_are_told_with_their_line(db: Path) -> None:
    """Else a typing error is a decision that nobody misses."""
    decide("dog.n.01 visible", "dog.n.01 1.5", "dog.n.01 nan", "n99999999 visual", "later:7 visual", "dog.n.01 -0.1")
    found = {Path(where).name: what for where, what in build.mark(db).warnings}
    assert sorted(found) == [f"{decisions.OTHERS}:{line}" for line in (2, 3, 4, 5, 7)]
    assert found[f"{decisions.OTHERS}:2"].startswith("the mark 'visible' is none of visual, uncommon, non-visual")
    assert "n99999999: no such concept" in found[f"{decisions.OTHERS}:5"]
    assert mark(db, DOG)[:2] == (marked.SEEN, "visual")
    with pytest.raises(InputError, match=r"decisions.tsv:2: .* without --strict"):
        build.merge([], db, strict=True)


def test_a_mark_is_decided_on_the_command_line(db: Path) -> None:
    """Else one must know the format of a file to say that a dog can be seen."""
    done = run("decide", "dog.n.01", "--mark", "non-visual", "--author", "anna")
    assert done.code == 0
    assert done.out.startswith(f"{DOG}\tdog\tnon-visual\tanna\t2")
    assert "'taxonomy visual mark' applies it" in done.err
    assert run("decide", "zoo:p", "--mark", "safe", "--author", "bob", "--comment", "a job").code == 0
    header, first, second = Path(decisions.OTHERS).read_text().splitlines()
    assert header == f"{HEADER.strip()}\tcomment"
    assert first.startswith(f"mark\t{DOG}\t\tnon-visual\tanna\t2")
    assert first.endswith("\t")
    assert second.endswith("\ta job")
    done = run("visual", "mark")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("concepts by the model that ships; 2 marks changed, 2 of them in state or safety\n")
    assert mark(db, DOG)[1:3] == ("non-visual", "safe")
    assert mark(db, PERSON)[2] == "safe"


def test_what_people_wrote_stays_when_a_mark_is_decided(db: Path) -> None:
    """Else a program that cannot read a line deletes it."""
    file = Path(decisions.OTHERS)
    file.write_text("date\tkind\tsubject\tobject\tvalue\tauthor\tmood\n\n2026-01-01\tmark\tbroken")
    assert run("decide", "dog", "--mark", "0.4", "--author", "anna").code == 0
    before, after = file.read_text().rsplit("\n2", 1)
    assert before == "date\tkind\tsubject\tobject\tvalue\tauthor\tmood\n\n2026-01-01\tmark\tbroken"
    assert after.endswith(f"\tmark\t{DOG}\t\t0.4\tanna\t\n")
    file.write_text("kind\tvalue\n")
    done = run("decide", "dog", "--mark", "0.4")
    assert (done.code, file.read_text()) == (2, "kind\tvalue\n")
    assert "decisions.tsv:1: the header lacks subject" in done.err


def test_a_mark_that_is_none_is_not_written(db: Path) -> None:
    """Else a typing error becomes a decision that is dropped at every build."""
    for code, said, *arguments in (
        (2, "none of visual, uncommon, non-visual, safe, sensitive", "dog", "--mark", "seen"),
        (2, "no score from 0 to 1", "dog", "--mark", "1.1"),
        (2, "give no second one", "zoo:dog", "dog", "--mark", "visual"),
        (2, "no --reject", "dog", "--mark", "visual", "--reject"),
        (2, "no --relation", "dog", "--mark", "visual", "--relation", "exactMatch"),
        (2, "control character", "dog", "--mark", "visual", "--author", "a\tb"),
        (2, "say with --mark", "zoo:dog"),
        (3, "no such concept", "xqzzz", "--mark", "visual"),
    ):
        done = run("decide", *arguments)
        assert (done.code, done.out) == (code, ""), done
        assert said in done.err
        assert not Path(decisions.OTHERS).exists()


# Shown, counted, checked


def test_show_explains_the_mark_in_one_line(db: Path) -> None:
    """Else nobody knows why a class is missing, or who decided."""
    line = f"  mark      visual; score 0.9; safe; {marked.REASON}"
    assert line in run("show", DOG).lines
    decide("dog.n.01 non-visual anna 2026-01-02", f"{PERSON} 0.5 bob", f"{PERSON} safe")
    build.mark(db)
    shown = run("show", DOG, PERSON)
    assert f"  mark      non-visual, decided by anna on 2026-01-02; score 0.9; safe; {marked.REASON}" in shown.lines
    who = f"  mark      visual; score 0.5, decided by bob; safe, decided by somebody; {marked.REASON}"
    assert who in shown.lines
    (facts,) = json.loads(run("show", DOG, "--format", "json").out)
    assert (facts["score"], facts["state"], facts["safety"]) == (0.9, "non-visual", "safe")
    assert facts["decisions"] == [f"{DOG} non-visual (anna 2026-01-02)"]


def test_stats_count_the_marks(db: Path) -> None:
    """Else one must write SQL to know how much of a taxonomy can be crawled."""
    counts = {what: int(count) for what, count in (line.split("\t") for line in run("stats").lines)}
    assert sum(counts[f"marks {state}"] for state in ("visual", "uncommon", "non-visual")) == counts["concepts"]
    assert counts["marks uncommon"] == counts["marks sensitive"] == 1
    assert counts["marks safe"] == counts["concepts"] - 1


def test_a_decided_state_may_differ_from_the_score(db: Path) -> None:
    """Else every decision of people is a finding, or none of the machine's errors is."""
    decide("dog.n.01 non-visual")
    build.mark(db)
    assert run("check").code == 0
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DELETE FROM decision")
    done = run("check")
    assert done.code == 1
    assert done.out.startswith(f"E603\t{DOG}\tit is marked non-visual at the score 0.9")


# Exported


def labels(*options: str) -> set[str]:
    done = run("export", "labels", "-o", "-", *options)
    assert done.code == 0
    return {row["id"] for row in table(done.out)}


def test_exports_leave_out_what_is_not_to_be_shown(db: Path) -> None:
    """Else a crawler asks for entities, and offends."""
    every = {DOG, CAT, CARNIVORE, PERSON, "n00001740"}
    assert labels() == every
    assert labels("--visual") == every - {"n00001740"}
    assert labels("--safe") == every - {PERSON}
    assert labels("--visual", "--safe") == every - {PERSON, "n00001740"}


def test_the_label_map_keeps_the_lines_of_what_is_left_out(db: Path) -> None:
    """Else every class after the first that is left out has the index of its neighbour."""
    done = run("export", "labelmap", "-o", "-", "--visual", "--safe")
    rows = table(done.out)
    assert [row["key"] for row in rows] == [DOG, CAT, CARNIVORE, "p", "e"]
    assert [row["index"] for row in rows] == ["1", "2", "0", "-1", "-1"]
    assert "2 classes left out, with index -1" in done.err
    assert "share" not in done.err


def test_a_safe_export_has_nothing_unsafe_above(db: Path) -> None:
    """Else what must not be shown comes back as the parent of what may."""
    above = "n02083346"  # canine, above dog
    decide(f"{above} offensive")
    build.mark(db)
    for format in ("bamboo", "labels", "tencent"):
        assert above not in run("export", format, "-o", "-", "--safe").out, format
    system = json.loads(run("export", "bamboo", "-o", "-", "--safe").out)
    assert CARNIVORE in system["child2father"][DOG]
    assert DOG in system["father2child"][CARNIVORE]
    assert above in run("export", "bamboo", "-o", "-").out


def test_bamboo_has_the_states(db: Path) -> None:
    """Else readers of Bamboo's file take every concept for unknown."""
    states = json.loads(run("export", "bamboo", "-o", "-", "--visual").out)["id2state"]
    assert states[DOG] == {"academic": ["zoo"], "visual": 1, "common": 1}
    assert states[CARNIVORE] == {"academic": ["zoo"], "visual": 1, "common": 0}
    assert states["n00001740"] == {"academic": ["zoo"], "visual": 0, "common": 0}


def test_nothing_left_is_said(db: Path) -> None:
    """Else an empty file looks like an empty dataset."""
    decide(*(f"{wnid} non-visual" for wnid in (DOG, CAT, CARNIVORE, PERSON)))
    build.mark(db)
    done = run("export", "labels", "-o", "out.tsv", "--visual")
    assert (done.code, done.out, Path("out.tsv").exists()) == (2, "", False)
    assert "nothing to export: --visual left 0 of 5 concepts; 'taxonomy show' tells why" in done.err


# Models of one's own


def test_a_model_beside_the_database_marks_it_from_then_on(db: Path, few_synsets: list[object]) -> None:
    """Else the next merge takes back what was learned."""
    Path("mine.npz").write_text("0.05")
    done = run("visual", "mark", "--model", "mine.npz")
    assert done.code == 0
    assert f"by {db.parent / 'visual.npz'}; {len(marks(db))} marks changed, 0 of them in state" in done.out
    build.merge([vocabulary("b", "truck")], db)
    build.remove(["b"], db)
    assert mark(db, DOG)[0] == 0.95
    Path("other.npz").write_text("0.06")
    refused = run("visual", "mark", "--model", "other.npz")
    assert refused.code == 2
    assert "is another model; replace it with --force" in refused.err
    assert run("visual", "mark", "--model", "other.npz", "--force").code == 0
    assert mark(db, DOG)[0] == 0.96


def test_a_model_that_is_gone_is_missed(db: Path) -> None:
    """Else half of the marks are by one model and half by another, and nobody knows."""
    Path(build.MODEL).write_text("0.05")
    build.mark(db)
    Path(build.MODEL).unlink()
    for change in (lambda: build.merge([], db), lambda: build.remove(["zoo"], db)):
        with pytest.raises(DatabaseError, match="put it back, or mark with the one that ships"):
            change()
    assert mark(db, DOG)[0] == 0.95
    build.mark(db)
    assert mark(db, DOG)[0] == 0.9
    build.merge([], db)


def test_a_broken_model_changes_nothing(db: Path) -> None:
    """Else a damaged file costs the marks."""
    before = db.read_bytes()
    Path("broken.npz").write_text("rubbish")
    done = run("visual", "mark", "--model", "broken.npz")
    assert (done.code, Path(build.MODEL).exists()) == (2, False)
    Path(build.MODEL).write_text("rubbish")
    for command in (("visual", "mark"), ("merge",)):
        done = run(*command)
        assert done.code == 2
        assert "no model of marks" in done.err
    assert db.read_bytes() == before


def test_an_interrupted_marking_leaves_the_old_file(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Ctrl-C costs the whole taxonomy."""

    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    before = db.read_bytes()
    for place, name in ((visual, "mark"), (build.write, "_write_marks")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, name, stop)
            assert run("visual", "mark").code == 130
    assert db.read_bytes() == before
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def test_a_decision_about_a_mark_is_kept_as_written(tmp_path: Path) -> None:
    """Else two people who decide at the same time lose a word."""
    for number in range(3):
        decisions.record_other(tmp_path, Decision("mark", f"n0000000{number}", "", "0.5", "anna", "2026-01-02"))
    assert len((tmp_path / decisions.OTHERS).read_text().splitlines()) == 4
