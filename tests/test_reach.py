"""Marks after a merge: only what new rows reach is marked anew, and all is as a build marks it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import DOG, SMALL, dump, vocabulary

from taxonomy import build
from taxonomy.concept import SourceClass, Vocabulary

FIRST = SMALL[0]
MORE = (
    vocabulary("leaf", "red dog"),
    vocabulary("held", SourceClass("0", "dog", wnid=DOG)),
    vocabulary("called", SourceClass("0", "red dog", synonyms=("scarlet hound",))),
)


def merged(path: Path, *vocabularies: Vocabulary) -> int:
    """Merge, and return how many concepts were marked."""
    stages: list[str] = []
    build.merge(vocabularies, path, build.Progress(lambda name, total: stages.append(name)))
    return int(stages[-2].split()[1].replace(",", ""))


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM concept").fetchone()[0])


def test_a_merge_marks_what_it_reaches(few_build: Callable[..., Path]) -> None:
    """Else ten names more cost as much as the whole taxonomy, or old marks stay where new ones are due."""
    path = few_build(FIRST)
    for number, more in enumerate(MORE, 1):
        assert 0 < merged(path, more) < count(path) / 2
        assert dump(path) == dump(few_build(FIRST, *MORE[:number]))


def test_decided_marks_are_made_again(few_build: Callable[..., Path]) -> None:
    """Else a decision that was taken back leaves its mark in place of the machine's."""
    path = few_build(FIRST)
    plain = dump(path)
    decisions = path.with_name("decisions.tsv")
    decisions.write_text("kind\tsubject\tobject\tvalue\tauthor\tdate\nmark\tdog.n.01\t\tnon-visual\tanna\t2026-01-02\n")
    assert merged(path) < count(path) / 2
    assert dump(path) != plain
    decisions.unlink()
    assert merged(path) < count(path) / 2
    assert dump(path) == plain


@pytest.mark.parametrize("key", ["marks", "visual_model"])
def test_what_another_model_marked_is_marked_whole(key: str, few_build: Callable[..., Path]) -> None:
    """Else a taxonomy mixes the marks of two models."""
    path = few_build(FIRST)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE mark SET score = 0")
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    assert merged(path, MORE[0]) == count(path)
    assert dump(path) == dump(few_build(FIRST, MORE[0]))
