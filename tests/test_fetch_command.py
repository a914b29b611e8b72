"""What `taxonomy fetch` does with files that are there, with catalogues, and at the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from loopback import (
    CONTENT,
    SHA256,
    Server,
    remote,
    saying,
)
from shell import run

from taxonomy import sources
from taxonomy.errors import InputError
from taxonomy.fetch import Patience, State, fetch, load, verify


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else each run of a script would load everything anew, or overwrite what somebody changed."""
    fetch(remote(server), tmp_path, patience=patience)
    record, fresh = fetch(remote(server), tmp_path, patience=patience)
    assert (record.sha256, fresh, len(server.asked)) == (SHA256, False, 1)
    with pytest.raises(InputError, match=r"was fetched from .*; replace it with --force"):
        fetch(remote(server, url=server.url("/newer")), tmp_path, patience=patience)
    (tmp_path / "base.obo").write_text("edited")
    with pytest.raises(InputError, match="is not what was to be fetched"):
        fetch(remote(server), tmp_path, patience=patience)
    (tmp_path / "base.obo.json").write_text("[]")
    with pytest.raises(InputError, match="not known to be what would be fetched"):
        fetch(remote(server), tmp_path, patience=patience)
    (tmp_path / "base.obo").write_bytes(CONTENT)
    assert fetch(remote(server, sha256=SHA256), tmp_path, patience=patience)[1] is False


def test_verify_tells_what_is_not_as_it_came(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a file that a bad disk or an editor changed would be merged."""
    entry = remote(server)
    assert verify(entry, tmp_path).state is State.MISSING
    fetch(entry, tmp_path, patience=patience)
    assert verify(entry, tmp_path).state is State.RIGHT
    other = verify(remote(server, sha256="0" * 64), tmp_path)
    assert (other.state, "where the catalogue says 000" in other.detail) == (State.CHANGED, True)
    flipped = bytes([CONTENT[0] ^ 1]) + CONTENT[1:]
    (tmp_path / "base.obo").write_bytes(flipped)
    assert "where its record says" in verify(entry, tmp_path).detail
    (tmp_path / "base.obo.json").unlink()
    assert verify(entry, tmp_path).state is State.UNKNOWN


def catalogue(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_the_command_fetches_from_a_catalogue_of_ones_own(server: Server, tmp_path: Path) -> None:
    """Else nobody could fetch a base that we do not know; and one that fails would keep the others from coming."""
    own = catalogue(
        tmp_path,
        f'[gone]\nurl = "{server.url("/gone.obo")}"\nlicence = "CC0-1.0"\n'
        f'[mine]\nurl = "{server.url("/mine.obo")}"\nlicence = "CC0-1.0"\nsha256 = "{SHA256.upper()}"\n',
    )
    server.script = [saying(404)]
    done = run("fetch", "gone", "mine", "--catalogue", own, "-o", tmp_path / "got", "--format", "json")
    assert done.code == 3
    assert "not there (404" in done.err
    (row,) = json.loads(done.out)
    assert row == {
        "name": "mine", "path": str(tmp_path / "got" / "mine.obo"), "what": "fetched",
        "bytes": len(CONTENT), "sha256": SHA256,
    }  # fmt: skip
    assert run("fetch", "--verify", "--catalogue", own, "-o", tmp_path / "got").code == 0
    (tmp_path / "got" / "mine.obo").write_bytes(b"x")
    bad = run("fetch", "--verify", "--catalogue", own, "-o", tmp_path / "got", "--format", "tsv")
    assert bad.code == 1
    assert bad.lines[1].split("\t")[2] == "changed"


def test_the_shipped_catalogue_is_sound() -> None:
    """Else a mistake in it would come out at a user's first download."""
    remotes = load()
    assert {"oewn", "omw", "wikidata", "envo", "foodon", "po", "uberon", "ncbi", "gbif", "schemaorg"} <= set(remotes)
    assert all(remote.title and remote.credit and remote.homepage and remote.format for remote in remotes.values())
    assert all(re.fullmatch(r"[A-Za-z0-9.-]+( AND [A-Za-z0-9.-]+)*", remote.licence) for remote in remotes.values())
    assert {remote.format for remote in remotes.values()} <= {found.name for found in sources._built_in()}
    listed = run("fetch", "--list", "--format", "json")
    assert [row["name"] for row in json.loads(listed.out)] == list(remotes)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x", "is no TOML"),
        ("x = 1", "is no table"),
        ("[a.b]\nurl = 'http://h/f'", "table of tables"),
        ("[a]\nurl = 'http://h/f'", "has no licence"),
        ("[a]\nurl = 'ftp://h/f'\nlicence = 'MIT'", "no http or https address"),
        ("[a]\nurl = 'http://[h/f'\nlicence = 'MIT'", "no http or https address"),
        ("[a]\nurl = 'http://h/'\nlicence = 'MIT'", "cannot be the name of a file"),
        ("[a]\nurl = 'http://h/f'\nlicence = 'MIT'\nfile = '../f'", "cannot be the name of a file"),
        ("[a]\nurl = 'http://h/%2e%2e%2ff'\nlicence = 'MIT'", "cannot be the name of a file"),
        ("[a]\nurl = 'http://h/f'\nlicence = 'MIT'\nsha256 = '12'", "64 hexadecimal digits"),
        ("[a]\nurl = 'http://h/f'\nlicence = 'MIT'\nversion = 2", "version is no text"),
        ("[a]\nurl = 'http://h/f'\nlicence = 'MIT'\nhash = 'x'", "hash is no field"),
        ("['a b']\nurl = 'http://h/f'\nlicence = 'MIT'", "letters, digits"),
        ("[a]\nurl = 'http://h/f'\nlicence = 'MIT'\n[b]\nurl = 'http://i/F'\nlicence = 'MIT'", "would both write"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_said(text: str, what: str, tmp_path: Path) -> None:
    """Else a slip in one's own catalogue would end in a traceback, or in a file outside the folder."""
    done = run("fetch", "--list", "--catalogue", catalogue(tmp_path, text))
    assert done.code == 2
    assert what in done.err


def test_the_command_says_what_to_do_without_names(tmp_path: Path) -> None:
    """Else a first try would end in silence."""
    assert "taxonomy fetch --list" in run("fetch").err
    assert run("fetch", "oewm").err == "error: oewm is not in the catalogue; do you mean oewn?\n"
    assert run("fetch", "--verify", "-o", tmp_path).code == 2
    missing = run("fetch", "oewn", "--verify", "-o", tmp_path)
    assert (missing.code, "missing" in missing.out) == (1, True)
    assert run("fetch", "--catalogue", tmp_path / "none.toml").code == 2
