"""The command line as its users meet it: what each command prints in a pipe and on a terminal, and its exit code."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import SMALL
from shell import ROOT, on_terminal, run, spawn

from taxonomy.commands.app import COMMANDS
from taxonomy.commands.output import emit

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

DOG, CAT, CANINE = "n02084071", "n02121620", "n02083346"


@pytest.fixture
def db(small_db: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small database, as the one that commands find by themselves; for reading only."""
    monkeypatch.setenv("TAXONOMY_DB", str(small_db))
    return small_db


@pytest.fixture
def own_db(few_build: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of few synsets in the working folder, to change."""
    monkeypatch.chdir(tmp_path)
    return few_build(*SMALL).rename(tmp_path / "taxonomy.db")


PAIRS = [
    *(("dog", "love"), ("hammer", "justice"), ("table", "idea"), ("bee", "hope"), ("car", "truth"), ("apple", "fault")),
    *(("horse", "mercy"), ("spoon", "doubt"), ("chair", "virtue"), ("shoe", "belief"), ("tree", "theory")),
]  # what can be seen, and what cannot


def example(command: str) -> str:
    """Return the example that ends a command's help page."""
    found = re.search(r"Example: taxonomy ([^\n]+)$", run(*command.split(), "--help").out.rstrip())
    assert found, f"the help of {command} does not end with an example"
    return found[1]


def test_the_example_of_every_help_page_runs(full_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new user copies first would fail; on a first day what is merged is removed later."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(full_db, "taxonomy.db")
    Path("my_classes.tsv").write_text("key\tname\n0\tfire engine\n1\tfrobnicator mk 2\n")
    Path("gold.tsv").write_text("class_id\tclass_name\tgold_synset\n0\tfire engine\tn03345487 fire_engine.n.01\n")
    Path("same.tsv").write_text("key\tcoco\tlvis_v1\nzebra\tzebra\tzebra\n")
    Path("answers.tsv").write_text(
        "concept_or_name\tstate\n" + "".join(f"{a}\tvisual\n{b}\tnon-visual\n" for a, b in PAIRS)
    )
    Path("ratings.tsv").write_text("item\tscore\nn02084071 dog.n.01\t4.9\nlove\t1.5\n")
    Path("photos.csv").write_text("image,labels\n1.jpg,dog|bicycle\n")
    Path("images.tsv").write_text("image\tlabels\n1.jpg\tdog|bicycle\n")
    Path("judged.tsv").write_text("item\tscore\nthief.n.01\toffensive\nnurse.n.01\tsafe\n")
    Path("my_rules.tsv").write_text(
        "if\tthen\tn_if\tn_both\tn_verified\tprobability\tlower_bound\tlift\testimator\n"
        "n02084071\tn03652932\t20\t18\t20\t0.9\t0.7\t3\tnaive\n"
    )
    Path("held_out.tsv").write_text("image\tlabels\n" + "".join(f"{n}.jpg\tdog|leash\n" for n in range(12)))
    with closing(sqlite3.connect("taxonomy.db")) as connection, connection:  # as repair leaves it
        connection.execute(
            "INSERT INTO cut SELECT 999999999, child.key, parent.key, 'is_a', 1, 'given', 0.9, 'circle: as told', 1"
            " FROM concept AS child, concept AS parent WHERE child.id = 'n07734017' AND parent.id = 'n07707451'"
        )
    for command in (f"{name} {sub}".strip() for name, entry in COMMANDS.items() for sub in ("", *entry.commands)):
        done = run(*shlex.split(example(command)))
        assert (done.code, bool(done.out or done.err)) == (0, True), (command, done)


def test_the_first_help_page_lists_every_command_and_ends_with_an_example() -> None:
    """A command that is not on it does not exist for a new user."""
    page = run("--help")
    assert re.findall(r"^  ([a-z]+)  +[A-Z]", page.out, re.MULTILINE) == list(COMMANDS)
    assert "Example: taxonomy " in page.out.splitlines()[-1]
    assert run().code == 2
    assert "Usage: taxonomy" in run().err


def test_help_on_a_terminal_says_the_defaults() -> None:
    """Rich took `[default: …]` for a style and left it out."""
    page = " ".join(on_terminal("ancestors", "--help", columns=200).split())
    assert "default: (./taxonomy.db, then $TAXONOMY_DB)" in page
    assert page.endswith("Example: taxonomy ancestors coco:18")


def test_the_database_is_the_option_then_the_folder_then_the_environment(
    own_db: Path, full_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user would ask one database and be answered from another."""
    monkeypatch.setenv("TAXONOMY_DB", str(full_db))
    assert "zoo" in run("sources").out
    assert "imagenet1k" in run("sources", "--db", full_db).out
    own_db.unlink()
    assert "imagenet1k" in run("sources").out
    monkeypatch.setenv("TAXONOMY_DB", "")
    assert run("sources").code == 2


CONCEPT_ROWS = (
    *("ancestors dog", "descendants canine.n.02", "parents dog", "children dog", "siblings dog"),
    *("path dog cat", "lca dog cat", "tree dog", "search dog", "roots", "show dog"),
)


@pytest.mark.parametrize("command", CONCEPT_ROWS)
def test_rows_of_concepts_start_with_id_and_name_in_every_format(command: str, db: Path) -> None:
    """A script that takes the first two columns would break with one command of the many."""
    tsv = run(*command.split(), "--format", "tsv").lines
    assert tsv[0].split("\t")[:2] == ["id", "name"]
    facts = json.loads(run(*command.split(), "--format", "json").out)
    assert [json.loads(line) for line in run(*command.split(), "--format", "jsonl").lines] == facts
    pairs = [[fact["id"], fact["name"]] for fact in facts]
    assert [line.split("\t")[:2] for line in tsv[1:]] == pairs
    plain = run(*command.split()).lines
    if command.startswith("show"):
        assert plain[0].split("  ")[:2] == pairs[0]
    else:
        assert [line.split("\t")[:2] for line in plain] == pairs
        assert not any("─" in line for line in plain)


def test_classes_say_how_each_is_linked(db: Path) -> None:
    """Nobody could review the links of a dataset."""
    rows = json.loads(run("classes", "street", "--format", "json").out)
    assert tuple(rows[0]) == ("key", "name", "concept", "anchor", "relation", "method", "confidence")
    by_key = {row["key"]: row for row in rows}
    assert by_key["crane"]["method"] == "given"
    assert by_key["0"] | {"confidence": 0} == {
        "key": "0", "name": "traffic light", "concept": "n06874185", "anchor": "n06874185",
        "relation": "exactMatch", "method": "exact", "confidence": 0,
    }  # fmt: skip
    assert by_key["void"]["concept"] is None
    assert {row["relation"] for row in rows} == {"exactMatch", "broadMatch", "unplaced"}
    assert run("classes", "street").lines[2].split("\t")[:3] == ["crane", "crane", "n03126707"]
    unplaced = run("classes", "street", "--unplaced").lines
    assert [line.split("\t")[0] for line in unplaced] == ["void", "below void"]


def test_a_dominant_name_answers_with_a_note(db: Path) -> None:
    """'ancestors dog' is the first thing everybody types."""
    done = run("ancestors", "dog")
    assert done.code == 0
    assert f"{CANINE}\tcanine" in done.lines
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith(f"note: dog = {DOG} dog.n.01; not ")
    assert run("ancestors", "dog.n.01").err == ""


def test_an_ambiguous_name_lists_its_candidates_and_each_can_be_taken(db: Path) -> None:
    """Two cranes would become one, as in torchvision."""
    done = run("ancestors", "crane")
    assert (done.code, done.out) == (3, "")
    candidates = re.findall(r"^  (\d+)\. (n\d{8}|\w+:\d+)  \w+", done.err, re.MULTILINE)
    assert {"n02012849", "n03126707"} <= {id for _, id in candidates}
    for number, id in candidates:
        assert run("parents", "crane", "--sense", number).out == run("parents", id).out
    everything = json.loads(run("parents", "crane", "--all", "--format", "json").out)
    assert list(dict.fromkeys(row["of"] for row in everything)) == [id for _, id in candidates]
    beyond = run("parents", "crane", "--sense", 99)
    assert (beyond.code, len(beyond.err.splitlines())) == (3, 1)
    assert run("parents", "crane", "--sense", 1, "--all").code == 2


@pytest.mark.parametrize("command", ["path crane dog", "lca dog crane", "tree crane", "parents crane", "show crane"])
def test_an_error_offers_the_switches_that_the_command_has(command: str, db: Path) -> None:
    """The next step that an error names would be an error itself, or one that helps would not be named."""
    page, message = run(command.split()[0], "--help").out, run(*command.split()).err
    assert "means several concepts" in message
    for switch in ("--sense", "--all"):
        assert (switch in message) == (f"  {switch} " in page)


def test_senses_of_names_are_taken_wherever_they_are_asked_about(db: Path) -> None:
    """The way between a crane and a dog could only be asked for with an id."""
    for number in (1, 2):
        crane = run("tree", "crane", "--sense", number).lines[0].split("\t")[0]
        assert run("path", "crane", DOG, "--sense", number).out == run("path", crane, DOG).out
        assert run("lca", "crane", DOG, "--sense", number).out == run("lca", crane, DOG).out
    cranes = [row["id"] for row in json.loads(run("show", "crane", "--all", "--format", "json").out)]
    assert run("lca", "crane", "--all").out == run("lca", *cranes).out
    trees = [line for line in run("tree", "crane", "--all").lines if line.endswith("\t0")]
    assert [line.split("\t")[0] for line in trees] == cranes


def test_a_path_takes_its_two_ends_from_stdin_too(db: Path) -> None:
    """Every other command takes - for the lines of stdin."""
    wanted = run("path", DOG, CAT)
    assert run("path", "-", stdin=f"{DOG}\n{CAT}\n") == run("path", DOG, "-", stdin=CAT) == wanted
    for wrong in (f"{DOG}\n", f"{DOG}\n{CAT}\n{CANINE}\n"):
        done = run("path", "-", stdin=wrong)
        assert (done.code, done.out) == (2, "")
        assert "2 concepts wanted" in done.err


def test_several_concepts_at_once_and_from_stdin(db: Path) -> None:
    """A list of a thousand names would stop at the first that is unknown, or hide that one was."""
    done = run("parents", "dog", "-", "cat", stdin="nosuchthing\n\n coco:1\ncat.n.01\n")
    assert done.code == 3
    assert [line.split("\t")[1] for line in done.lines] == [*("canine", "domestic animal"), "feline", "feline"]
    assert done.err.count("error: ") == 2
    assert run("parents", "-", stdin="").code == 2


def test_switches_narrow_the_answer(db: Path) -> None:
    """A switch that does nothing looks as if it worked."""
    near = run("ancestors", DOG, "--depth", 1)
    assert near.out == run("ancestors", DOG, "--direct").out
    assert sorted(near.lines) == sorted(run("parents", DOG).lines)
    assert run("descendants", CANINE, "--direct").out.count("\n") == len(run("children", CANINE).lines)
    assert run("descendants", "carnivore.n.01", "--in", "zoo").lines == [f"{DOG}\tdog", f"{CAT}\tcat"]
    leaves = run("descendants", DOG, "--leaves", "--format", "tsv").lines[1:]
    assert leaves
    for line in leaves:
        assert run("children", line.split("\t")[0]).out == ""
    for tag in ("en", "EN", "en-US"):
        assert run("synonyms", DOG, "--lang", tag).out == run("synonyms", DOG, "--language", tag).out
        assert run("synonyms", DOG, "--lang", tag).out == run("synonyms", DOG).out


def test_a_language_without_names_is_said(db: Path) -> None:
    """Printing nothing and exiting 0 looks as if the word did not exist."""
    done = run("synonyms", DOG, "--lang", "tlh")
    assert (done.code, done.out) == (0, "")
    assert f"{DOG} dog has no name in 'tlh'; its languages: en" in done.err


def test_tree_is_drawn_on_a_terminal_and_plain_in_a_pipe(db: Path) -> None:
    """Scripts would have to parse box characters, and people to read depths."""
    drawn = on_terminal("tree", CANINE, "--depth", "2", "--in", "zoo")
    assert drawn.splitlines() == [f"canine  {CANINE}", f"└── dog  {DOG}"]
    assert run("tree", CANINE, "--in", "zoo").lines == [f"{CANINE}\tcanine\t0", f"{DOG}\tdog\t1"]
    hidden = run("tree", "carnivore.n.01", "--depth", 1, "--in", "zoo", "--format", "table").out
    assert f"├── canine  {CANINE}  … 1 below\n" in hidden
    parents = {row["id"]: row["parent"] for row in json.loads(run("tree", CANINE, "--format", "json").out)}
    assert parents[DOG] == CANINE


def test_a_table_on_a_terminal_has_a_line_for_each_row(db: Path) -> None:
    """Sixteen ancestors would not fit on a screen, and long glosses would push the ids apart."""
    drawn = on_terminal("ancestors", DOG).splitlines()
    assert drawn[0].split() == ["id", "name", "definition"]
    assert [line.split()[0] for line in drawn[2:]] == [line[:9] for line in run("ancestors", DOG).lines]
    assert all(len(line) <= 80 for line in drawn)
    assert "of" in on_terminal("parents", DOG, CAT).splitlines()[0].split()
    assert re.search(r" 0\.\d\d$", on_terminal("classes", "street"), re.MULTILINE)
    assert "82,115" in on_terminal("stats")


def test_nothing_to_list_is_said_on_a_terminal(db: Path) -> None:
    """An empty table with a header looks broken."""
    leaf = run("descendants", DOG, "--leaves").lines[0].split("\t")[0]
    assert on_terminal("children", leaf) == "note: nothing to list\n"
    assert on_terminal("check").startswith("clean: ")


def test_show_says_all_facts(db: Path) -> None:
    """The card of a concept would leave out where it comes from."""
    card = run("show", "open:/m/0bt9lr").out
    for fact in (DOG, "dog.n.01", "noun.animal", "canine", "mid:/m/0bt9lr", "zoo:n02084071", "again:2 dogs"):
        assert fact in card
    (facts,) = json.loads(run("show", DOG, "--format", "json").out)
    assert {"open:/m/0bt9lr", "again:2"} <= set(facts["classes"])
    assert facts["names"][:2] == ["dog", "domestic dog"]
    assert all(len(line) <= 60 for line in on_terminal("show", DOG, columns=60).splitlines())


def test_overlap_compares_two_datasets(db: Path) -> None:
    """Which of my classes does the other dataset label too?"""
    rows = [line.split("\t") for line in run("overlap", "zoo", "open").lines]
    assert ["same", DOG, "dog", "/m/0bt9lr", "Dog", DOG] in rows
    assert {row[0] for row in rows} == {"same", "only A", "only B"}
    assert any(line.startswith("broader\t") for line in run("overlap", "zoo", "species").lines)


def test_check_is_clean_or_names_findings_and_exits_1(own_db: Path) -> None:
    """A broken taxonomy would pass in a script."""
    assert (run("check").code, run("check").out) == (0, "")
    assert json.loads(run("check", "--format", "json").out) == []
    with closing(sqlite3.connect(own_db)) as connection:
        connection.execute("UPDATE class SET confidence = 7 WHERE key = ?", (DOG,))
        connection.commit()
    done = run("check")
    assert (done.code, done.err) == (1, "1 finding\n")
    assert done.lines[0].split("\t")[:2] == ["E303", f"zoo:{DOG}"]


def test_build_prints_a_summary_that_adds_up(tmp_path: Path) -> None:
    """Nobody would know how many classes were linked how, or how long to wait."""
    shown = on_terminal("build", "coco", "voc", "food101", "--exclude", "food101", "--out", tmp_path / "new.db")
    assert re.search(r"read WordNet .*1/1", shown)
    assert re.search(r"link and merge .*2/2", shown)
    header, _, *rows, said = [line for line in shown.splitlines() if line.strip()][-6:]
    assert " ".join(header.split()) == "source classes concepts decided given exact broader domain unplaced"
    coco, voc, every = ([int(cell) for cell in row.split()[1:]] for row in rows)
    assert [sum(column) for column in zip(coco, voc, strict=True)][2:] == every[2:]
    assert sum(every[2:]) == every[0] == 100
    assert every[1] < coco[1] + voc[1], "concepts of both would be counted twice"
    assert re.search(r"new\.db: [\d,]+ concepts, [\d,]+ edges, depth \d+, 2 datasets, in \d+\.\d s$", said)


def test_build_leaves_out_what_is_separated_by_commas_or_repeated(tmp_path: Path) -> None:
    """--datasets takes commas, so one types them here too."""
    names = ("coco", "voc", "food101", "cifar10")
    done = run("build", *names, "--exclude", "coco,food101", "--exclude", "cifar10", "--out", tmp_path / "new.db")
    assert [line.split("\t")[0] for line in done.lines] == ["voc", "all"]
    assert run("build", "coco", "--exclude", ",", "--out", tmp_path / "new.db").code == 2


@pytest.mark.parametrize("command", ["build --exclude zz", "merge qqqqqq"])
def test_an_unknown_vocabulary_does_not_bring_up_all_ninety(command: str, db: Path) -> None:
    """What is wrong would be lost in a screen of names."""
    done = run(*command.split())
    assert (done.code, done.out) == (2, "")
    assert len(done.err) < 200
    assert "taxonomy sources" in done.err


def test_json_is_written_while_rows_come(capsys: pytest.CaptureFixture[str]) -> None:
    """A hundred thousand rows would be held in memory, and the reader would wait for the last."""
    shown: list[str] = []

    def rows() -> Iterator[tuple[int, str]]:
        for number in range(10_000):
            yield number, "crème"
        shown.append(capsys.readouterr().out)

    emit(("n", "name"), rows(), "json")
    assert shown[0].startswith('[\n {"n": 0, "name": "crème"},\n')
    facts = json.loads(shown[0] + capsys.readouterr().out)
    assert facts == [{"n": number, "name": "crème"} for number in range(10_000)]
    emit(("n", "name"), [], "json")
    assert json.loads(capsys.readouterr().out) == []


def test_json_is_whole_or_not_there(db: Path) -> None:
    """A program would read half an array."""
    done = run("descendants", DOG, "--in", "nosuch", "--format", "json")
    assert (done.code, done.out) == (3, "")
    assert json.loads(run("parents", "nosuch", "--format", "json").out) == []


def test_a_question_by_id_imports_nothing_that_names_need(db: Path) -> None:
    """Regular expressions take as long to import as such a question to answer."""
    _, _, modules = spawn("descendants", DOG, program=["-X", "importtime", "cli.py"]).err.partition("| site\n")
    imported = {line.rpartition("|")[2].strip() for line in modules.splitlines()}
    assert "taxonomy.store.read" in imported
    assert not imported & {"enum", "re", "taxonomy.text", "taxonomy.store.resolve"}


def test_merge_reads_every_format_and_remove_undoes_it(own_db: Path, tmp_path: Path) -> None:
    """A user's vocabulary would not come in, or not go out again."""
    before = run("sources").out
    Path("table.csv").write_text("key,name\na,truck\n")
    Path("list.txt").write_text("truck\n")
    Path("coco.json").write_text('{"categories": [{"id": 3, "name": "truck"}]}')
    Path("data.yaml").write_text("names:\n  0: truck\n")
    (tmp_path / "images" / "truck").mkdir(parents=True)
    (tmp_path / "images" / "truck" / "1.jpg").touch()
    keys = {"table.csv": "a", "list.txt": "0", "coco.json": "3", "data.yaml": "0", "images": "truck"}
    for file, key in keys.items():
        done = run("merge", file, "--name", Path(file).stem)
        assert done.code == 0, done
        assert done.lines[0].split("\t")[0] == key
        assert done.lines[0].split("\t")[2:6] == ["n04490091", "n04490091", "exactMatch", "exact"]
        assert f"{Path(file).stem}: 1 class: 1 exact" in done.err
    assert run("show", "coco:3").out.splitlines()[0].startswith("n04490091  truck")
    assert run("remove", *(Path(file).stem for file in keys)).code == 0
    assert run("sources").out == before


def test_merge_puts_what_is_unknown_under_its_domain(own_db: Path) -> None:
    """Car models would be unplaced, or placed by chance."""
    Path("models.txt").write_text("Frobnicator Mk 2\n")
    done = run("merge", "models.txt", "--domain", "car.n.01", "--name", "models")
    assert done.lines[0].split("\t")[2:6] == ["models:0", "n02958343", "broadMatch", "domain"]
    assert run("parents", "models:0").lines == ["n02958343\tcar"]


@pytest.mark.parametrize("program", [["cli.py"], ["-m", "taxonomy"]])
@pytest.mark.parametrize("command", [["parents", DOG], ["parents", DOG, "--format", "tsv"], ["parents", "nosuchthing"]])
def test_all_ways_to_start_behave_alike(program: list[str], command: list[str], db: Path) -> None:
    """It would work from the checkout and not when it is installed, or the other way round."""
    assert spawn(*command, program=program, cwd=ROOT) == run(*command)


def test_the_installed_program_is_the_same() -> None:
    """`pip install` would give a command that does something else."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"taxonomy": "taxonomy.commands.main:main"}


@pytest.mark.parametrize("switch", ["", "--format tsv", "--format json"])
def test_head_may_stop_reading(switch: str, db: Path) -> None:
    """`taxonomy descendants … | head` would end in a traceback."""
    command = f'"{sys.executable}" "{ROOT / "cli.py"}" descendants entity.n.01 {switch} | head -n 1'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
def test_names_that_the_terminal_cannot_write_are_escaped(environment: dict[str, str], own_db: Path) -> None:
    """One accent in 160,000 names would end the answer with a traceback."""
    Path("food.txt").write_text("crème frobnicée\n", encoding="utf-8")
    assert run("merge", "food.txt").code == 0
    for switch in ([], ["--format", "json"], ["--format", "table"]):
        done = spawn("classes", "food", *switch, env=os.environ | environment)
        assert (done.code, done.err) == (0, "")
        assert "me frobnic" in done.out
