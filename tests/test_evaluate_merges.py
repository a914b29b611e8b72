"""The score of merges against pairs that people made."""

from __future__ import annotations

import json

import pytest
import typer
from conftest import vocabulary
from shell import run

import taxonomy
from taxonomy.commands.evaluate_merges import merges
from taxonomy.commands.failures import run as guarded
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError, NotFoundError
from taxonomy.evaluation.merges import evaluate

GOLD = (
    "key\toid_mid\toid_name\tpets_name\ttoys\n"
    "dog\t/m/1\tHund\tdog\t\n"  # the mid goes before the name
    "cat\t\tcat\tCAT\tcat\n"
    "car\t\tcar\t\tcar\n"
    "\t\t\tbird\ttruck\n"
    "\t\tleopard\t\t\n"
    "\t\t\tleopard\tnothing\n"
)


@pytest.fixture(scope="module")
def db(few_build):
    return few_build(
        vocabulary("openimages_x", SourceClass("/m/1", "dog", mid="/m/1"), "cat", "car", "leopard"),
        vocabulary("pets_v1", "dog"),
        vocabulary("pets_v2", "dog", "cat", "bird", "leopard"),
        vocabulary("toys", "cat", "car", "truck"),
    )


@pytest.fixture
def command(db):
    def called(*arguments):
        app = typer.Typer(add_completion=False)
        app.command()(merges)
        return run(*arguments, "--db", db, entry=lambda: exit(guarded(lambda: app(standalone_mode=False))))

    return called


def test_pairs_are_judged(db, write):
    """Else the number means nothing."""
    with taxonomy.open(db) as t:
        report = evaluate(t, write("same.tsv", GOLD))
    assert report.datasets == {"oid": "openimages_x", "pets": "pets_v2", "toys": "toys"}
    assert [(p.verdict, p.first.name, p.second.name) for p in report.pairs if p.verdict != "right"] == [
        ("wrong", "leopard", "leopard"),
        ("missed", "bird", "truck"),
    ]
    assert report.count("right") == 5
    assert report.precision == report.recall == report.f1 == pytest.approx(5 / 6)
    assert [tuple(each) for each in report.unknown] == [(7, "toys", "nothing")]
    assert report.classes == 11


def test_columns_are_named_by_hand(db, write):
    """Else a file of other headings cannot be used."""
    path = write("same.tsv", "left\tright_name\ndog\tdog\n")
    with taxonomy.open(db) as t:
        assert evaluate(t, path, {"left": "openimages_x", "right": "pets_v1"}).f1 == 1
        with pytest.raises(InputError, match="0 of the columns left, right"):
            evaluate(t, path)
        with pytest.raises(InputError, match="no column middle"):
            evaluate(t, path, {"middle": "toys"})
        with pytest.raises(NotFoundError, match="nowhere"):
            evaluate(t, path, {"left": "nowhere", "right": "toys"})


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "empty"), (b"pets\ttoys\n\xff\n", "not UTF-8"), ("pets\ttoys\na\tb\tc\n", ":2: 3 fields")],
)
def test_bad_files_say_where(db, write, content, message):
    """Else one searches a file for what is wrong with it."""
    with taxonomy.open(db) as t, pytest.raises(InputError, match=message):
        evaluate(t, write("same.tsv", content))


def test_command(command, write, tmp_path):
    """Else continuous integration cannot hold the score."""
    path = write("same.tsv", GOLD)
    done = command(path, "--format", "json", "--predictions", tmp_path / "out.tsv", "--fail-below", "f1=.8")
    assert done.code == 0, done.err
    values = {row["what"]: row["value"] for row in json.loads(done.out)}
    assert (values["pairs"], values["merged pairs"], values["right"], values["f1"]) == (6, 6, 5, 0.8333)
    assert "same.tsv:7: toys has no class 'nothing'" in done.err
    rows = (tmp_path / "out.tsv").read_text().splitlines()
    assert [row.split("\t")[0] for row in rows[:4]] == ["verdict", "wrong", "missed", "right"]


def test_command_fails_below_a_bar(command, write):
    """Else nobody sees that merges got worse."""
    done = command(write("same.tsv", GOLD), "--fail-below", "F1=.9", "--fail-below", "recall=.5")
    assert done.code == 1
    assert "f1 0.8333 is below 0.9" in done.err


@pytest.mark.parametrize("options", [("--fail-below", "f2=1"), ("--fail-below", "f1=x"), ("--dataset", "oid")])
def test_command_refuses_what_it_cannot_read(command, write, options):
    done = command(write("same.tsv", GOLD), *options)
    assert done.code == 2
    assert done.err.startswith(f"error: {' '.join(options)}")
