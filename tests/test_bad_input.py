"""What goes wrong is said in a line or two with the next step, has its exit code, and leaves the user's files whole."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import SMALL
from shell import ROOT, run, spawn, start

from taxonomy.commands.failures import run as guarded

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

DOG = "n02084071"


@pytest.fixture(scope="module")
def few_db(few_build: Callable[..., Path]) -> Path:
    """A small taxonomy to copy."""
    return few_build(*SMALL)


@pytest.fixture
def own_db(few_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it in the working folder, which must come out as it went in, with nothing beside it."""
    monkeypatch.chdir(tmp_path)
    db = Path(shutil.copy(few_db, tmp_path / "taxonomy.db"))
    yield db
    assert db.read_bytes() == few_db.read_bytes()
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")]


def fails(code: int, *arguments: object, stdin: str | bytes = "") -> str:
    """Run a command that must fail in one or two lines, and return them."""
    done = run(*arguments, stdin=stdin)
    lines = [line for line in done.err.splitlines() if not line.startswith("  ")]  # candidates, set-aside rows
    assert done.code == code, done
    assert done.out == ""
    assert 1 <= len(lines) <= 2, done.err
    assert lines[0].startswith("error: ")
    assert "Traceback" not in done.err
    return done.err


@pytest.mark.parametrize(
    ("code", "command", "said"),
    [
        (3, "parents dogg", "did you mean"),
        (3, "parents n12345678", "3.1"),
        (3, "parents street:void", "unplaced"),
        (3, "classes nosuch", "taxonomy sources"),
        (3, "overlap zoo nosuch", "taxonomy sources"),
        (3, "descendants dog.n.01 --in nosuch", "taxonomy sources"),
        (3, "search qqqqzzzz", "another spelling"),
        (3, "remove nosuch", "taxonomy sources"),
        (3, "merge list.txt --domain truckk", "did you mean"),
        (3, "merge list.txt --domain crane", "by its id"),
        (2, "merge list.txt --domain", "--domain"),
        (2, "ancestrs dog", "Did you mean 'ancestors'?"),
        (2, "ancestors", "taxonomy ancestors --help"),
        (2, "ancestors dog --dept 2", "--depth"),
        (2, "ancestors dog --depth 0", "--depth"),
        (2, "ancestors dog --format xml", "'json'"),
        (2, "path dog.n.01", "taxonomy path --help"),
        (2, "tree -", "stdin"),
        (2, "--frobnicate", "taxonomy --help"),
        (2, "descendants dog.n.01 --depth 99999999999999999999", "too large"),
        (2, "merge nosuch.tsv", "no such file"),
        (2, "merge nosuch", "shipped vocabulary"),
        (2, "merge cocoo", "did you mean coco"),
        (2, "merge list.txt voc --name both", "--name"),
        (2, "build coco --exclude cocoo --out new.db", "did you mean coco"),
    ],
)
def test_a_wrong_argument_says_what_to_do(code: int, command: str, said: str, own_db: Path) -> None:
    """A typo would print nothing and exit 0, or a page of traceback."""
    Path("list.txt").write_text("dog\n")
    assert said in fails(code, *command.split())


def test_path_and_tree_take_so_many_concepts_however_they_come(own_db: Path) -> None:
    """Too many lines on stdin ended in a traceback."""
    assert "2 concepts wanted, 3 given" in fails(2, "path", "-", "truck", stdin="dog.n.01\ncat.n.01\n")
    assert "one concept" in fails(2, "tree", "-", stdin="dog.n.01\ncat.n.01\n")


@pytest.mark.parametrize("command", ["search", "parents", "classes"])
def test_nothing_and_text_that_is_not_utf8_are_refused(command: str, own_db: Path) -> None:
    """Bytes of another encoding, which shells hand on as they are, ended in a traceback."""
    assert fails(2 if command == "search" else 3, command, " ")
    assert "not UTF-8" in fails(2, command, os.fsdecode(b"caf\xe9"))


def test_stdin_that_is_not_utf8_is_refused(own_db: Path) -> None:
    """A list of names in Latin-1 ended in a traceback."""
    assert "not UTF-8" in fails(2, "parents", "-", stdin=b"dog\ncaf\xe9\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.tsv", b"", "empty"),
        ("wrong.tsv", b"a\tb\n1\t2\n", "wrong.tsv:1: the header has neither"),
        ("latin.tsv", b"key\tname\n1\tcaf\xe9\n", "latin.tsv:2: not UTF-8"),
        ("binary.txt", bytes(range(256)), "a binary file"),
        ("broken.json", b"{", "broken.json"),
        ("none.json", b'{"categories": []}', "none.json"),
        ("broken.yaml", b"names: [", "not valid YAML"),
        ("no_names.yaml", b"nc: 3", "no_names.yaml"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name: str, content: bytes, said: str, own_db: Path) -> None:
    """The user would search twenty files for the bad one."""
    Path(name).write_bytes(content)
    assert said in fails(2, "merge", name)


def test_bad_rows_are_set_aside_or_refused(few_db: Path, tmp_path: Path) -> None:
    """One odd row would lose the file, or go in unseen; a wnid of WordNet 3.1 would be another concept."""
    db = shutil.copy(few_db, tmp_path / "own.db")
    file = tmp_path / "rows.tsv"
    file.write_text("key\tname\twnid\n1\tdog\t\n1\tcat\t\n3\ttruck\tn99999999\n4\t\t\n")
    refused = fails(2, "merge", file, "--strict", "--db", db)
    assert "rows.tsv:3: the key 1 is there already" in refused
    done = run("merge", file, "--db", db)
    assert done.code == 0
    assert [line.split("\t")[0] for line in done.lines] == ["1", "3"]
    assert "2 rows set aside" in done.err
    assert "n99999999 is not in WordNet 3.0 (perhaps a WordNet 3.1 offset)" in done.err
    again = run("merge", file, "--db", db)
    assert (again.code, again.out) == (2, "")
    assert "error: rows is in the taxonomy already" in again.err


@pytest.mark.parametrize("command", ["parents dog", "stats", "merge list.txt", "remove zoo", "check"])
def test_a_database_that_is_none_is_refused(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers would come from nowhere, or another program's file would be written into."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAXONOMY_DB", raising=False)
    Path("list.txt").write_text("dog\n")
    assert "taxonomy build" in fails(2, *command.split())
    assert "taxonomy build --out missing.db" in fails(2, *command.split(), "--db", "missing.db")
    Path("notes.db").write_text("hello")
    Path("empty.db").touch()
    for name in ("notes.db", "empty.db"):
        assert "not a taxonomy database" in fails(2, *command.split(), "--db", name)
    assert "folder" in fails(2, *command.split(), "--db", tmp_path)
    assert Path("notes.db").read_text() == "hello"


def test_a_database_of_another_schema_is_refused(few_db: Path, tmp_path: Path) -> None:
    """Columns would be read for others after an update."""
    db = Path(shutil.copy(few_db, tmp_path / "old.db"))
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert "schema version 99" in fails(2, "stats", "--db", db)
    assert "taxonomy build" in fails(2, "parents", DOG, "--db", db)


def test_a_damaged_database_is_said_to_be(few_db: Path, tmp_path: Path) -> None:
    """A copy that broke off ended in a traceback, and `check` did not find it."""
    db = tmp_path / "damaged.db"
    data = bytearray(few_db.read_bytes())
    for page in range(2 * 4096, len(data), 4096):
        data[page : page + 64] = b"\xff" * 64
    db.write_bytes(data)
    assert "build it again" in fails(2, "parents", DOG, "--db", db)
    assert "build it again" in fails(2, "stats", "--db", db)
    done = run("check", "--db", db)
    assert done.code == 1
    assert done.lines[0].startswith("E501\t")
    db.write_bytes(few_db.read_bytes()[:20000])
    assert fails(2, "parents", DOG, "--db", db)


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("missing/new.db", "no folder missing"),
        ("folder", "a folder"),
        ("notes.txt", "not a taxonomy database"),
        ("/proc/new.db", "/proc/new.db"),
    ],
)
def test_build_refuses_a_place_that_it_cannot_or_must_not_write(out: str, said: str, own_db: Path) -> None:
    """A slip in --out would replace the user's own file, or cost ten seconds before the error."""
    Path("folder").mkdir()
    Path("notes.txt").write_text("mine, and not a database of any kind")
    assert said in fails(2, "build", "stl10", "--out", out)
    assert Path("notes.txt").read_text().startswith("mine")


def test_a_full_disk_leaves_the_old_file_whole(own_db: Path) -> None:
    """A merge on a full disk would cost the taxonomy."""
    Path("list.txt").write_text("dog\n")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    done = spawn("merge", "list.txt", preexec_fn=limit)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: taxonomy.db: cannot write the database")
    assert "Traceback" not in done.err


def test_no_room_for_temporary_files_is_no_damage(capsys: pytest.CaptureFixture[str]) -> None:
    """Else whoever merges a large base with little in TMPDIR is told to build the taxonomy anew."""
    with closing(sqlite3.connect(":memory:")) as connection:

        def fill() -> None:
            connection.execute("PRAGMA max_page_count = 1")
            connection.execute("CREATE TABLE t (x)")

        assert guarded(fill) == 2
    said = capsys.readouterr().err
    assert said == "error: no room for the database, or for its temporary files; make some, or set TMPDIR\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("switch", [[], ["--format", "json"], ["--depth", "1"]])
def test_output_that_cannot_be_written_is_an_error(switch: list[str], own_db: Path) -> None:
    """A label file would be cut off without a word."""
    with Path("/dev/full").open("w") as full:
        done = spawn("parents" if not switch else "ancestors", DOG, *switch, stdout=full)
    assert (done.code, done.err) == (2, "error: output not written: No space left on device\n")


@pytest.mark.parametrize(
    ("closed", "command", "code", "said"),
    [
        ([0], "link -", 2, "error: stdin: empty; give a list with at least one name\n"),
        ([0], "parents -", 2, "error: no concept given: nothing came from stdin\n"),
        ([0], "parents dog.n.01", 0, ""),
        ([1], "stats", 2, "error: stdout is closed; leave it open, or send it to a file or to /dev/null\n"),
        ([1], f"parents {DOG}", 2, "error: stdout is closed; leave it open, or send it to a file or to /dev/null\n"),
        ([2], "parents nosuch", 3, ""),
        ([0, 1, 2], "parents -", 2, ""),
    ],
)
def test_a_closed_stream_is_no_traceback(closed: list[int], command: str, code: int, said: str, own_db: Path) -> None:
    """Under cron, or with <&- and >&-, nothing said what was wrong; without stderr, notes went among the answers."""
    done = spawn(*command.split(), preexec_fn=lambda: [os.close(number) for number in closed])
    assert (done.code, done.err) == (code, said)
    assert bool(done.out) == (code == 0)


# Merges with the real command line, and stops in the middle of writing the database, to be interrupted there.
SLOW = """
import sys, time
from taxonomy.store import write
label = write._label
def slow(*arguments):
    label(*arguments)
    print("writing", flush=True)
    time.sleep(60)
write._label = slow
from taxonomy.commands.main import main
main()
"""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("command", ["merge list.txt", "remove zoo"])
def test_a_run_that_is_stopped_changes_nothing(sent: signal.Signals, code: int, command: str, own_db: Path) -> None:
    """Ctrl-C, or a cluster that ends a job, would leave half a database or 50 MB of a temporary file."""
    Path("list.txt").write_text("dog\n")
    with start(*command.split(), program=["-c", SLOW], env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert [path for path in Path().iterdir() if path.name.endswith(".part")]
        process.send_signal(sent)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert err == "interrupted; taxonomy.db was not changed\n"


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1.5])
def test_a_build_can_be_stopped_at_any_time(seconds: float, own_db: Path) -> None:
    """Ctrl-C while modules are imported, or while WordNet is read, ended in a traceback."""
    with start(
        "build", "coco", "--force", "--out", "taxonomy.db", env=os.environ | {"PYTHONFAULTHANDLER": ""}
    ) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    if process.returncode == -signal.SIGINT:
        assert seconds < 0.1, "Python itself was not up yet"
    else:
        assert (process.returncode, out) == (130, "")
        assert err in ("", "interrupted; taxonomy.db was not changed\n")


def test_a_wnid_of_another_wordnet_is_named_and_strict_refuses_it(own_db: Path) -> None:
    """A 3.1 offset taken for a 3.0 one is another thing altogether, and nobody sees it."""
    Path("bad.tsv").write_text("key\tname\twnid\n0\tdog\tn02086723\n", encoding="utf-8")
    before = own_db.read_bytes()
    refused = run("merge", "bad.tsv", "--strict")
    assert (refused.code, own_db.read_bytes()) == (2, before)
    assert "bad:0: n02086723 is not in WordNet 3.0 (perhaps a WordNet 3.1 offset)" in refused.err
    lenient = run("merge", "bad.tsv", "--db", shutil.copy(own_db, "mine.db"))
    assert lenient.code == 0
    assert lenient.err.startswith("warning: bad:0: n02086723")
