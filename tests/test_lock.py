"""`taxonomy.lock`: what went into a build is written down, and a locked build is that or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DOG, vocabulary
from shell import run

from taxonomy import build, lock
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError


@pytest.fixture
def db(few_build: Callable[..., Path]) -> Path:
    return few_build(vocabulary("zoo", SourceClass("d", "dog", wnid=DOG)), vocabulary("street", "car"))


def expected(db: Path) -> dict[str, object]:
    return json.loads(lock.path_of(db).read_text())


def test_a_build_names_all_that_went_in(db: Path) -> None:
    """Else nobody can tell a year later what a label space was made of."""
    content = expected(db)
    assert [source["name"] for source in content["sources"]] == ["zoo", "street"]
    assert set(content["models"]) == {"model.json", "model.npz"}
    assert content["decisions"] == {}
    assert "min_confidence" not in content["sources"][0]


def test_the_lock_is_that_of_the_last_run(db: Path, few_synsets: list[object]) -> None:
    """Else it says what went into a taxonomy that is no more."""
    build.remove(["street"], db)
    assert [source["name"] for source in expected(db)["sources"]] == ["zoo"]


def test_a_locked_build_refuses_what_differs(db: Path) -> None:
    """Else two machines give two label spaces, and training breaks silently."""
    content = expected(db)
    lock.check(db, content)
    (db.parent / "decisions.tsv").write_text("kind\tsubject\tobject\tvalue\tauthor\tdate\n")
    try:
        sources = [vocabulary("street", "car").source, vocabulary("zoo").source, vocabulary("more").source]
        now = lock.describe(db, sources, "another", [])
        with pytest.raises(InputError) as refused:
            lock.check(db, now)
    finally:
        (db.parent / "decisions.tsv").unlink()
    said = str(refused.value)
    for what in ("encoder: ", "model.json: ", "decisions.tsv: none was locked", "more: was not locked"):
        assert what in said
    with pytest.raises(InputError, match="the sources come in another order"):
        lock.check(db, content | {"sources": content["sources"][::-1]})
    with pytest.raises(InputError, match="zoo: another sha256"):
        lock.check(db, content | {"sources": [content["sources"][0] | {"sha256": "f"}, content["sources"][1]]})


@pytest.mark.parametrize(
    ("text", "said"), [(None, "there is no lock"), ("{", "cannot be read"), ("[]", "none of format")]
)
def test_a_lock_that_is_none_is_refused(db: Path, text: str | None, said: str) -> None:
    """Else a damaged lock lets everything pass."""
    content = expected(db)
    if text is None:
        lock.path_of(db).unlink()
    else:
        lock.path_of(db).write_text(text)
    with pytest.raises(InputError, match=said):
        lock.check(db, content)


def test_a_build_is_locked_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a pipeline cannot ask for it."""
    monkeypatch.chdir(tmp_path)
    done = run("build", "cifar10", "--locked", "-o", "t.db")
    assert (done.code, done.out) == (2, "")
    assert "there is no lock; build once without --locked" in done.err
