"""Rules are learned from annotations, shown, kept in the database, and decided on by people."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import CARNIVORE, CAT, DOG, SMALL, vocabulary
from shell import run

from taxonomy.concept import SourceClass
from taxonomy.cooccurrence.files import read_rules
from taxonomy.cooccurrence.rule import COLUMNS

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

CAR, TABLE, TRUCK = "n02958343", "n04379243", "n04490091"


@pytest.fixture
def db(few_build: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of few synsets in the working folder."""
    monkeypatch.chdir(tmp_path)
    concepts = {"dog": DOG, "cat": CAT, "car": CAR, "table": TABLE, "truck": TRUCK}
    mine = vocabulary("mine", *(SourceClass(name, name, wnid=wnid) for name, wnid in concepts.items()))
    return few_build(mine, *SMALL).rename(tmp_path / "taxonomy.db")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Cats are on tables in 9 of 10 images, dogs in 4; carnivores are in images of dogs, flurbs in those of cars."""
    lines = ["image\tlabels"]
    lines += [f"cat{i}\tcat{'|table' * (i < 9)}" for i in range(10)]
    lines += [f"dog{i}\tdog|carnivore{'|table' * (i < 4)}" for i in range(10)]
    lines += [f"car{i}\tcar|flurb" for i in range(5)] + ["none\t"]
    path = tmp_path / "labels.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def learned(*arguments: object) -> dict[tuple[str, str], float]:
    """Learn rules and return the probability of each."""
    done = run("cooccur", "learn", *arguments, "-o", "rules.tsv", "--force")
    assert done.code == 0, done.err
    return {rule[:2]: rule.probability for rule in read_rules(Path("rules.tsv"))}


def test_rules_are_learned_with_their_numbers(db: Path, labels: Path) -> None:
    """Else the file has other columns than programs expect, or pairs that the hierarchy implies anyway."""
    done = run("cooccur", "learn", labels, "-o", "rules.tsv")
    assert (done.code, done.out) == (0, "")
    header, *lines = Path("rules.tsv").read_text().splitlines()
    assert tuple(header.split("\t")) == COLUMNS
    rules = {rule[:2]: rule for rule in read_rules(Path("rules.tsv"))}
    assert set(rules) == {(CAT, TABLE), (TABLE, CAT), (CAR, "label:flurb"), ("label:flurb", CAR)}
    assert rules[CAT, TABLE][2:8] == pytest.approx((10, 9, 9, 0.9, rules[CAT, TABLE].lower_bound, 0.9 / (13 / 26)))
    assert len(lines) == 4
    assert "26 images, 53 labels, of which 48 are concepts" in done.err
    assert "no concept: flurb (label:flurb), 5 times" in done.err
    assert "4 rules written to rules.tsv; estimator " in done.err


def test_what_is_no_concept_is_listed_and_keeps_its_label(db: Path, labels: Path) -> None:
    """Else nobody knows which labels the taxonomy lacks, and a list of thousands floods the terminal."""
    rules = learned(labels, "--unresolved", "missing.tsv")
    assert ("label:flurb", CAR) in rules
    header, row = Path("missing.tsv").read_text().splitlines()
    assert header == "id\tlabel\tcount\tabsent\twhy"
    assert row.startswith("label:flurb\tflurb\t5\t0\t")


def test_absent_labels_are_no_labels_that_came(db: Path, tmp_path: Path) -> None:
    """Else a file of verified labels seems to have twice as many labels as it has."""
    rows = [f"{i},{label},{sure}" for i in range(3) for label, sure in (("cat", 1), ("table", 0), ("flurb", i % 2))]
    (tmp_path / "seen.csv").write_text("image,label,confidence\n" + "\n".join(rows) + "\n")
    done = run("cooccur", "learn", tmp_path / "seen.csv", "-o", "rules.tsv", "--unresolved", "missing.tsv")
    assert "3 images, 4 labels, of which 3 are concepts of the taxonomy; and 5 labels looked for in vain" in done.err
    assert "no concept: flurb (label:flurb), 1 time, 2 times looked for in vain: no such concept" in done.err
    assert Path("missing.tsv").read_text().splitlines()[1] == "label:flurb\tflurb\t1\t2\tno such concept"


def test_parquet_holds_what_tsv_holds(db: Path, labels: Path) -> None:
    """Else a pipeline that wants Parquet reads other rules."""
    learned(labels)
    assert run("cooccur", "learn", labels, "-o", "rules.parquet").code == 0
    tsv, parquet = read_rules(Path("rules.tsv")), read_rules(Path("rules.parquet"))
    assert tsv == parquet
    assert [*Path().glob(".rules*")] == []


def test_labels_of_an_image_in_two_files_come_together(db: Path, tmp_path: Path) -> None:
    """Else boxes in one file and scenes in another never meet."""
    one, two = tmp_path / "one.tsv", tmp_path / "two.tsv"
    one.write_text("image\tlabels\n" + "".join(f"{i}\tcat\n" for i in range(10)))
    two.write_text("image\tlabels\n" + "".join(f"{i}\ttable\n" for i in range(2, 30)))
    assert learned(one, two) == {(CAT, TABLE): 0.8}


def test_what_a_file_contradicts_counts_as_absent(db: Path, tmp_path: Path) -> None:
    """Else a rule would rest on labels that somebody denied, or on the format of the file."""
    one = tmp_path / "one.csv"
    rows = [f"{i},{label},1" for i in range(10) for label in ("cat", "table")] + [f"{i},table,0" for i in range(4)]
    one.write_text("\n".join(["image,label,confidence", *rows]) + "\n")
    learned(one, "--threshold", "0.4")
    (rule,) = (rule for rule in read_rules(Path("rules.tsv")) if rule[:2] == (CAT, TABLE))
    assert (rule.n_if, rule.n_both, rule.n_verified) == (10, 6, 10)


def test_predictions_are_joined_with_labels(db: Path, tmp_path: Path) -> None:
    """Else labels of one dataset cannot teach what comes with the labels of another."""
    one, two = tmp_path / "one.tsv", tmp_path / "two.tsv"
    one.write_text("image\tlabels\n" + "".join(f"{i}\tcat\n" for i in range(10)) + "other\tcat\n")
    sure = "".join(f"{i}\ttable|car\t0.96|0.9\n" for i in range(6))
    unsure = "".join(f"{i}\ttable|car\t0.94|0.99\n" for i in range(6, 10))
    two.write_text("image\tlabels\tconfidence\n" + sure + unsure + "".join(f"x{i}\ttable\t1\n" for i in range(50)))
    assert learned(one, "--predictions", two, "--score", "0.95") == {(CAT, TABLE): 0.6}
    (rule,) = read_rules(Path("rules.tsv"))
    assert (rule.n_if, rule.n_both, rule.n_verified, rule.lift) == (10, 6, 10, 1.0)
    assert learned(one, "--predictions", two, "--score", "0.9")[CAT, TABLE] == 1
    done = run("cooccur", "learn", one, "--predictions", two, "-o", "rules.tsv", "--force")
    assert "left out 1 image of which" in done.err


def test_an_audit_tells_how_many_labels_are_missing(db: Path, tmp_path: Path) -> None:
    """Else labels that nobody wrote down count as absent, and most true rules are missed."""
    half, audit = tmp_path / "half.tsv", tmp_path / "audit.tsv"
    half.write_text("image\tlabels\n" + "".join(f"{i}\tcat{'|table' * (i % 5 < 2)}\n" for i in range(100)))
    audit.write_text("image\tlabels\n" + "".join(f"{i}\tcat|table\n" for i in range(20)))
    assert (CAT, TABLE) not in learned(half)
    assert learned(half, "--audit", audit)[CAT, TABLE] > 0.7
    audit.write_text("image\tlabels\nelsewhere\tcat\n")
    done = run("cooccur", "learn", half, "--audit", audit, "-o", "new.tsv")
    assert (done.code, "no image of it is in the annotations" in done.err) == (2, True)
    assert not Path("new.tsv").exists()


def test_rules_are_kept_shown_and_removed(db: Path, labels: Path) -> None:
    """Else what was learned is forgotten, or nobody can tell where it came from."""
    done = run("cooccur", "learn", labels, "--keep")
    assert (done.code, "taxonomy.db as rules:labels" in done.err) == (0, True)
    assert run("cooccur", "learn", labels, "--keep", "--threshold", "0.4").code == 0  # in the place of the first
    assert f"rules     table 0.90 ({TABLE})" in run("show", CAT).out
    (first, second) = run("cooccur", "show", DOG).lines
    assert first.split("\t")[:5] == [TABLE, "table", "0.4", first.split("\t")[3], "yes"]
    assert second.split("\t")[0::4] == [CARNIVORE, "no"]
    assert "above the other" in second
    assert run("cooccur", "show", "label:flurb", "--rules").lines[0].startswith(CAR)
    assert [line for line in run("sources").lines if line.startswith("rules:labels\t")]
    assert run("check").code == 0
    assert run("remove", "rules:labels").code == 0
    assert run("cooccur", "show", DOG).out == ""
    assert run("remove", "rules:labels").code == 3


def test_kept_rules_are_measured_by_name(db: Path, labels: Path) -> None:
    """Else one must learn again, to a file, to know how good the rules in the database are."""
    run("cooccur", "learn", labels, "--keep", "-o", "rules.tsv")
    kept = run("evaluate", "rules", "rules:labels", "--labels", labels, "--format", "json")
    assert kept.code == 0, kept.err
    assert kept.out == run("evaluate", "rules", "rules.tsv", "--labels", labels, "--format", "json").out
    done = run("evaluate", "rules", "rules:nosuch", "--labels", labels)
    assert (done.code, "it has rules:labels" in done.err) == (3, True)


def test_bad_rows_are_told_of_or_refused(db: Path, labels: Path) -> None:
    """Else a million bad rows flood the terminal, or figures of a broken file pass for those of a whole one."""
    good = "".join(f"{i}\tcat|table\t1|1\n" for i in range(10))
    labels.write_text("image\tlabels\tconfidence\n" + good + "".join(f"x{i}\tcat\thigh\n" for i in range(1000)))
    learned(labels)
    for command in (
        ["cooccur", "learn", labels, "-o", "new.tsv"],
        ["evaluate", "rules", "rules.tsv", "--labels", labels],
    ):
        done = run(*command)
        assert (done.code, "labels.tsv:12: " in done.err, " more" in done.err) == (0, True, True), done.err
        assert done.err.count("\n") < 100
        done = run(*command, "--strict", *(["--force"] if "learn" in command else []))
        assert (done.code, "go without --strict" in done.err) == (2, True)


def test_rules_stay_when_a_dataset_is_merged(db: Path, labels: Path) -> None:
    """Else every merge means learning again for hours."""
    run("cooccur", "learn", labels, "--keep")
    Path("more.txt").write_text("dog\nflurb\n")
    assert run("merge", "more.txt").code == 0
    assert f"table 0.90 ({TABLE})" in run("show", CAT).out
    assert run("remove", "more").code == 0
    assert f"table 0.90 ({TABLE})" in run("show", CAT).out


def test_people_have_the_last_word(db: Path, labels: Path) -> None:
    """Else a rule that somebody found wrong comes back at every build."""
    run("cooccur", "learn", labels, "--keep")
    done = run("decide", CAT, "table", "--rule", "--reject", "--author", "Ada")
    assert (done.code, done.out.split("\t")[:4]) == (0, [CAT, TABLE, "reject", "Ada"])
    assert run("decide", DOG, TABLE, "--rule", "--author", "Ada").code == 0
    assert run("decide", TRUCK, "label:flurb", "--rule", "--author", "Ada").code == 0
    assert run("merge").code == 0
    assert "rules  " not in run("show", CAT).out
    assert f"{TABLE}\ttable\t0.9\t" in run("cooccur", "show", CAT).out
    assert "\tno\tdecided by Ada on" in run("cooccur", "show", CAT).out
    assert f"rules     table 0.40 ({TABLE})" in run("show", DOG).out
    assert "rules     label:flurb (label:flurb)" in run("show", TRUCK).out
    assert f"{CAT} reject rule with {TABLE} (Ada" in run("show", CAT).out
    rules = learned(labels)
    assert (CAT, TABLE) not in rules
    assert rules[DOG, TABLE] == pytest.approx(0.4)
    assert rules[TRUCK, "label:flurb"] == 1
    assert run("cooccur", "learn", labels, "--keep").code == 0
    assert "rules  " not in run("show", CAT).out
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT count(*) FROM decision WHERE kind = 'rule'").fetchone() == (3,)
    assert run("check").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dog"], "with --rule"),
        (["dog", "dog", "--rule"], "are one concept"),
        (["dog", "--rule"], "two concepts"),
        (["dog", "cat", "--rule", "--relation", "broadMatch"], "two concepts"),
        (["dog", "cat", "--rule", "--mark", "visual"], "--mark goes alone"),
    ],
)
def test_a_decision_that_says_nothing_is_refused(db: Path, arguments: list[str], said: str) -> None:
    """Else a line that means something else is in force for ever."""
    done = run("decide", *arguments)
    if said != "with --rule":
        assert (done.code, said in done.err) == (2, True), done.err
    assert not Path("decisions.tsv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a file with -o"),
        (["-o", "labels.tsv"], "exists; replace it with --force"),
        (["-o", "r.tsv", "--engine", "spark"], "needs a --master"),
        (["-o", "r.tsv", "--master", "local"], "goes with --engine spark"),
        (["-o", "r.tsv", "--predicts", "mine"], "goes with --predictions"),
        (["-o", "r.tsv", "--name", "mine"], "goes with --keep"),
        (["-o", "r.tsv", "--vocabulary", "nosuch"], "nosuch: no such dataset"),
        (["-o", "r.tsv", "--predictions", "nosuch.tsv"], "nosuch.tsv: no such file"),
        (["-o", "r.tsv", "--predictions", "elsewhere.tsv"], "no image of the annotations is in it"),
        (["-o", "nosuch/r.tsv"], "there is no folder"),
        (["-o", "r.tsv", "--estimator", "coverage"], "an audit"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(db: Path, labels: Path, arguments: list[str], said: str) -> None:
    """Else an hour of counting ends in a traceback, or an option is silently ignored."""
    Path("elsewhere.tsv").write_text("image\tlabels\nelsewhere\tcat\n")
    done = run("cooccur", "learn", labels, *arguments)
    assert (done.code, said in done.err, done.err.count("\n") <= 2) == (3 if "nosuch: " in said else 2, True, True)
    assert not Path("r.tsv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "nosuch/r.tsv"], "there is no folder nosuch"),
        (["-o", "r.tsv", "--unresolved", "nosuch/u.tsv"], "there is no folder nosuch"),
        (["-o", "r.tsv", "--unresolved", "r.tsv"], "the same file"),
        (["-o", "labels.tsv", "--force"], "labels.tsv is what the rules are learned from"),
        (["-o", "../{here}/labels.tsv", "--force"], "labels.tsv is what the rules are learned from"),
        (["-o", "taxonomy.db", "--force"], "taxonomy.db is what"),
        (["-o", "r.tsv", "--unresolved", "audit.tsv", "--audit", "audit.tsv", "--force"], "audit.tsv is what"),
        (["-o", "r.tsv", "--threshold", "nan"], "--threshold nan is no number"),
        (["-o", "r.tsv", "--confidence", "nan"], "--confidence nan is no number"),
        (["-o", "r.tsv", "--score", "nan"], "--score nan is no number"),
    ],
)
def test_nothing_is_counted_in_vain(db: Path, labels: Path, arguments: list[str], said: str) -> None:
    """Else rules are kept though the command failed, or replace the annotations that they were learned from."""
    Path("audit.tsv").write_text(labels.read_text())
    before = {path: path.read_bytes() for path in Path().iterdir()}
    done = run("cooccur", "learn", labels, "--keep", *(text.format(here=Path.cwd().name) for text in arguments))
    assert (done.code, said in done.err, done.err.count("\n")) == (2, True, 1), done.err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_rules_are_kept_last(db: Path, labels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a full disk leaves rules in the database that no file has."""
    from taxonomy.errors import InputError

    def full(*_: object, **__: object) -> None:
        raise InputError("the disk is full")

    monkeypatch.setattr("taxonomy.cooccurrence.files.write_rules", full)
    before = db.read_bytes()
    assert run("cooccur", "learn", labels, "--keep", "-o", "r.tsv").code == 2
    assert db.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("if\tthen\n", ":1: the header lacks n_if"),
        ("\t".join(COLUMNS) + "\na\tb\t1\n", ":2: 3 cells where the header has 9"),
        ("\t".join(COLUMNS) + "\na\tb\t1\t1\tx\t1\t1\t1\tnaive\n", ":2: invalid literal"),
        ("\t".join(COLUMNS) + "\na\tb\t1\t1\t1\t1.5\t1\t1\tnaive\n", ":2: a rule has a label"),
    ],
)
def test_a_file_that_is_none_of_rules_is_refused_by_line(tmp_path: Path, content: str, said: str) -> None:
    """Else labels are expanded by numbers of other columns."""
    from taxonomy.errors import InputError

    path = tmp_path / "rules.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=said):
        read_rules(path)


def test_an_older_database_is_refused_with_what_to_do(db: Path) -> None:
    """Else a query of a database without rules ends in an error of SQLite."""
    with closing(sqlite3.connect(db)) as connection:
        connection.executescript("DROP TABLE rule; PRAGMA user_version = 5")
    done = run("cooccur", "show", "dog")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "schema version 5, this program reads 6; build it again with 'taxonomy build'" in done.err


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE rule SET n_both = n_if + 1", "E701"),
        ("UPDATE rule SET source = 77", "E701"),
        (f"UPDATE rule SET consequence = '{CARNIVORE}' WHERE condition = '{CAT}'", "E702"),
    ],
)
def test_check_finds_rules_that_cannot_be(db: Path, labels: Path, change: str, code: str) -> None:
    """Else a damaged rule, or one that the hierarchy overtook, is used for ever."""
    run("cooccur", "learn", labels, "--keep")
    assert run("check").code == 0
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(change)
    done = run("check")
    assert (done.code, done.lines[0].split("\t")[0]) == (1, code)


def test_predictions_may_be_of_another_vocabulary(db: Path, tmp_path: Path) -> None:
    """Else the labels of a model's own dataset are unknown, or taken for those of the annotations."""
    one, two = tmp_path / "one.tsv", tmp_path / "two.tsv"
    one.write_text("image\tlabels\n" + "".join(f"{i}\ttable|gribble\n" for i in range(8)))
    two.write_text("image\tlabels\n" + "".join(f"{i}\t/m/0bt9lr|/m/0xyz\n" for i in range(8)))
    done = run(
        *("cooccur", "learn", one, "--vocabulary", "mine", "--predictions", two, "--predicts", "open"),
        *("-o", "rules.tsv"),
    )
    assert (done.code, "no concept: /m/0xyz (mid:/m/0xyz), 8 times: open has no such class" in done.err) == (0, True)
    found = {rule[:2] for rule in read_rules(Path("rules.tsv"))}
    assert found == {(i, j) for i in (TABLE, "mine:gribble") for j in (DOG, "mid:/m/0xyz")}


def test_each_file_may_have_a_vocabulary_of_its_own(db: Path, tmp_path: Path) -> None:
    """Else the classes 1 of two datasets are taken for one, or neither is known."""
    one, two = tmp_path / "one.tsv", tmp_path / "two.tsv"
    one.write_text("image\tlabels\n" + "".join(f"{i}\tcat|17\n" for i in range(8)))
    two.write_text("image\tlabels\n" + "".join(f"{i}\t17\n" for i in range(8)))
    rules = learned(one, two, "--vocabulary", "mine", "--vocabulary", "zoo")
    assert rules.keys() >= {(CAT, "mine:17"), ("mine:17", CAT), (CAT, "zoo:17"), ("zoo:17", CAT)}
    done = run("cooccur", "learn", one, two, two, "-o", "x.tsv", "--vocabulary", "mine", "--vocabulary", "zoo")
    assert (done.code, "2 --vocabulary for 3 files" in done.err) == (2, True)
