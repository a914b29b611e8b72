"""Queries start at once: they import what they need and no more, and the way without Typer answers as the other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import ROOT, Done, run

from taxonomy.commands.app import app

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

HEAVY = {
    *("numpy", "networkx", "rdflib", "nltk", "pandas", "pydantic", "sqlite_utils"),
    *("requests", "torch", "sentence_transformers", "scipy", "duckdb", "pyspark"),
}
# Runs the command line, then writes the imported modules to a file.
PROBE = """
import atexit, os, sys
atexit.register(lambda: open(os.environ["PROBE"], "w").write("\\n".join(sys.modules)))
from taxonomy.commands.main import main
main()
"""


def imported(tmp_path: Path, *arguments: object, **environment: str) -> tuple[set[str], subprocess.CompletedProcess]:
    """Run a command in a pipe, and return the modules that were imported and the run."""
    file = tmp_path / "modules"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment | {"PROBE": str(file)},
        timeout=60,
    )
    return set(file.read_text().split()), done


@pytest.mark.parametrize(
    "question",
    ["ancestors dog", "synonyms dog", "descendants n00004258", "children n02084071", "parents zoo:n02084071"],
)
def test_a_plain_question_imports_no_typer(question: str, small_db: Path, tmp_path: Path) -> None:
    """A script that asks by the thousand would wait for imports instead of answers."""
    modules, done = imported(tmp_path, *question.split(), "--db", small_db)
    assert done.returncode == 0
    assert done.stdout
    assert not modules & (HEAVY | {"typer", "rich", "yaml", "json", "pathlib", "typing", "inspect"})


@pytest.mark.parametrize(
    "command",
    [
        "ancestors dog --format json",
        "ancestors dog --depth 2",
        "descendants n00004258 --leaves --format tsv",
        "synonyms dog --lang en",
        "search dog",
        "show dog",
        "tree dog",
        "classes zoo",
        "sources",
        "stats",
        "overlap zoo open",
        "path dog cat",
        "ancestors nosuchthing",
        "ancestors dog --depth zero",
        "cooccur show dog",
        "cooccur show dog --format jsonl",
    ],
)
def test_a_query_imports_nothing_heavy(command: str, small_db: Path, tmp_path: Path) -> None:
    """Every query would take a second longer; in a pipe it does not even need rich."""
    modules, _ = imported(tmp_path, *command.split(), "--db", small_db)
    assert "typer" in modules or command == "ancestors nosuchthing"
    assert not modules & (HEAVY | {"rich", "yaml"})


@pytest.mark.parametrize("command", ["link names.txt", "evaluate links gold.tsv"])
def test_linking_imports_nothing_heavy(command: str, small_db: Path, tmp_path: Path) -> None:
    """Three names would wait longer for imports than for the taxonomy."""
    (tmp_path / "names.txt").write_text("dog\n")
    (tmp_path / "gold.tsv").write_text("class_id\tclass_name\tgold_synset\n0\tdog\tn02084071\n")
    *words, file = command.split()
    modules, done = imported(tmp_path, *words, tmp_path / file, "--db", small_db)
    assert done.returncode == 0
    assert not modules & (HEAVY - {"numpy"} | {"rich", "yaml"})


@pytest.mark.parametrize(
    "page",
    [
        "--help",
        "ancestors --help",
        "--version",
        "build --help",
        "export --help",
        "evaluate --help",
        "visual score --help",
        "cooccur learn --help",
        "labels expand --help",
    ],
)
def test_help_imports_nothing_heavy(page: str, tmp_path: Path) -> None:
    """A look at the help would take a second."""
    modules, done = imported(tmp_path, *page.split())
    assert done.returncode == 0
    assert not modules & (HEAVY | {"rich"})


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ("taxonomy anc", ["ancestors"]),
        ("taxonomy s", ["show", "synonyms", "siblings", "search", "stats", "sources"]),
        ("taxonomy ancestors --de", ["--depth"]),
        ("taxonomy ancestors --format js", ["json", "jsonl"]),
        ("taxonomy merge --dom", ["--domain"]),
        ("taxonomy evaluate li", ["links"]),
        ("taxonomy visual s", ["score"]),
        ("taxonomy decide --m", ["--mark"]),
        ("taxonomy evaluate links --fail", ["--fail-below"]),
    ],
)
def test_completion_proposes_commands_and_options_at_once(words: str, proposed: list[str], tmp_path: Path) -> None:
    """Tab would hang for a second, or propose nothing."""
    modules, done = imported(
        tmp_path,
        _TAXONOMY_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    assert set(done.stdout.split()) == set(proposed)
    assert not modules & (HEAVY | {"rich"})


def application() -> None:
    """Answer through Typer, whatever the question."""
    app(prog_name="taxonomy")


QUESTIONS = ("ancestors", "children", "descendants", "parents", "siblings", "synonyms")
CONCEPTS = (
    *("dog", "cat", "crane", "n02084071", "dog.n.01", "zoo:n02084071", "street:void", "street:nosuch"),
    *("Great Frobnicator", "nosuchthing", "n12345678", "-", "", " ", "mid:/m/0bt9lr", "köter", "--help", "--", "-x"),
)


@pytest.fixture(scope="module")
def databases(small_db: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths of a good database, written in two ways, and of bad ones."""
    folder = tmp_path_factory.mktemp("databases")
    (folder / "notes.db").write_text("hello")
    (folder / "empty.db").touch()
    odd = f"{small_db.parent}/./{small_db.name}"
    named = {name: str(folder / name) for name in ("missing.db", "notes.db", "empty.db")}
    return {"good": str(small_db), "odd": odd, "folder": f"{folder}/", "none": "", **named}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_both_ways_to_answer_are_alike(data: st.DataObject, databases: dict[str, str]) -> None:
    """The same question would get another answer, another error or another exit code when an option is added."""
    name = st.sampled_from(["good", "good", "good", *databases])
    option = name.flatmap(
        lambda key: st.sampled_from([["--db", databases[key]], [f"--db={databases[key]}"], ["--db", "--db"]])
    )
    good = ["--db", databases["good"]]
    concepts = st.lists(st.sampled_from(CONCEPTS).map(lambda text: [text]), max_size=4)
    options = st.one_of(st.just([good]), st.just([good]), st.lists(option, max_size=2))
    parts = data.draw(st.tuples(concepts, options).flatmap(lambda both: st.permutations(both[0] + both[1])))
    arguments = [data.draw(st.sampled_from(QUESTIONS)), *(text for part in parts for text in part)]
    stdin = data.draw(st.sampled_from(["", "dog\n\n cat \n", "crane\nnosuch\n"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAXONOMY_DB", databases["good"])
        assert run(*arguments, stdin=stdin) == run(*arguments, stdin=stdin, entry=application)


@pytest.mark.parametrize("name", ["good", "odd", "folder", "none", "missing.db", "notes.db", "empty.db"])
def test_both_ways_name_the_database_alike(name: str, databases: dict[str, str]) -> None:
    """The same mistake in a path would be told in two ways."""
    for option in (["--db", databases[name]], [f"--db={databases[name]}"]):
        assert run("parents", "dog", "nosuch", *option) == run("parents", "dog", "nosuch", *option, entry=application)


def test_a_question_without_a_database_is_answered_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new user's first question must say what to do next, in both ways."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAXONOMY_DB", raising=False)
    done = run("ancestors", "dog")
    assert done == run("ancestors", "dog", entry=application)
    assert done == Done(2, "", done.err)
    assert "taxonomy build" in done.err
