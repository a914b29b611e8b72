"""Saving: whatever goes wrong on the way, the old file stays as it was and nothing is left lying about."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import dump, vocabulary

import taxonomy
from taxonomy import build
from taxonomy.errors import DatabaseError
from taxonomy.store import stored, write


@pytest.fixture
def db(few_build, tmp_path):
    """A database of its own in a folder of its own."""
    return Path(shutil.copy(few_build(vocabulary("a", "dog", "red crane")), tmp_path / "t.db"))


@contextmanager
def untouched(db):
    """Expect that a database is the same afterwards, and alone in its folder."""
    before = db.read_bytes()
    yield
    assert db.read_bytes() == before
    assert [path.name for path in db.parent.iterdir()] == [db.name]


@pytest.mark.parametrize("step", ["_drop_tail", "_append", "_label", "_insert"])
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, MemoryError, ValueError("cycle"), sqlite3.OperationalError("full")]
)
def test_an_interrupted_save_leaves_the_old_file(db, monkeypatch, step, error):
    """Else Ctrl-C during a merge costs the whole taxonomy."""

    def fail(*arguments):
        raise error

    monkeypatch.setattr(write, step, fail)
    with untouched(db), pytest.raises((DatabaseError, KeyboardInterrupt, MemoryError, ValueError)):
        build.merge([vocabulary("b", "cat")], db)


def test_a_full_disk_leaves_the_old_file_and_says_so(db):
    """Else a full disk leaves half a database, or a traceback."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (db.stat().st_size + 8192, limits[1]))
    try:
        with untouched(db), pytest.raises(DatabaseError, match=r"cannot write the database .*; nothing was changed"):
            build.merge([vocabulary("b", *(f"zorgon{i} dog" for i in range(3000)))], db)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_no_room_for_the_copy(db, monkeypatch):
    """Else the copy that the merge works on is left, and fills the disk for good."""

    def fill(source, target):
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", fill)
    with untouched(db), pytest.raises(DatabaseError, match="No space left on device"):
        build.merge([vocabulary("b", "cat")], db)


@pytest.fixture
def locked(few_build):
    """A database in a folder that cannot be written, not even by who runs the tests as root."""
    folder = Path(tempfile.mkdtemp())
    path = Path(shutil.copy(few_build(vocabulary("a", "dog")), folder / "t.db"))
    path.chmod(0o644)
    folder.chmod(0o555)
    yield path
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written(locked, few_build):
    """Else a read-only share ends in a traceback."""
    draft = stored.load(locked)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        with untouched(locked), pytest.raises(DatabaseError, match="Permission denied"):
            write.save(draft, locked, {}, locked, len(draft.sources))
        with untouched(locked), pytest.raises(DatabaseError, match="unable to open"):
            write.save(draft, locked, {})
    finally:
        os.seteuid(user)


def test_a_folder_that_is_not_there(tmp_path, few_build):
    """Else a typing error in --out ends in a traceback."""
    draft = stored.load(few_build())
    with pytest.raises(DatabaseError, match="cannot write"):
        write.save(draft, tmp_path / "none" / "t.db", {})
    assert list(tmp_path.iterdir()) == []


def test_a_link_leads_to_the_file_that_is_changed(db, tmp_path_factory):
    """Else a merge through a link leaves the shared file as it was, and the link gone."""
    link = tmp_path_factory.mktemp("link") / "t.db"
    link.symlink_to(db)
    build.merge([vocabulary("b", "cat")], link)
    assert link.is_symlink()
    assert [row[2] for row in dump(db)["source"]] == ["wordnet", "a", "b"]


def test_a_merge_keeps_the_files_permissions(db):
    """Else a file that a team shares is locked for the others after a merge, or a private one opened."""
    db.chmod(0o664)
    build.merge([vocabulary("b", "cat")], db)
    assert db.stat().st_mode & 0o777 == 0o664


def test_a_reader_keeps_what_it_opened(db):
    """Else a merge changes the answers under a running query."""
    with taxonomy.open(db) as opened:
        build.merge([vocabulary("b", "cat", "zorgon dog")], db)
        assert len(list(opened)) == len(opened)
        assert [row[0] for row in opened.execute("SELECT name FROM source ORDER BY position")] == ["wordnet", "a"]


@pytest.mark.parametrize("content", [b"precious notes\n" * 500, b"x"])
def test_a_file_that_is_no_taxonomy_is_not_replaced(tmp_path, content):
    """Else `--out notes.txt` destroys the notes."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with untouched(path), pytest.raises(DatabaseError, match="not a taxonomy"):
        build.build([vocabulary("a", "dog")], path)


def test_another_programs_database_is_not_replaced(tmp_path):
    """Else `--out photos.db` destroys the photo library."""
    path = tmp_path / "photos.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photo (name)")
    connection.close()
    with untouched(path), pytest.raises(DatabaseError, match="not a taxonomy"):
        build.build([vocabulary("a", "dog")], path)


def test_old_and_empty_databases_are_replaced(db, few_synsets, monkeypatch):
    """Else "build it again", which the program itself advises, does not work."""
    monkeypatch.setattr(build.wordnet, "read_synsets", lambda: iter(few_synsets))
    with sqlite3.connect(db) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    build.build([vocabulary("b", "cat")], db)
    db.write_bytes(b"")
    build.build([vocabulary("b", "cat")], db)
    assert len(dump(db)["source"]) == 2
