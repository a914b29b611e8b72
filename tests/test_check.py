"""`taxonomy check`: silent on what we build, and loud, with the right code, on every kind of damage."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from conftest import vocabulary

import taxonomy
from taxonomy import check
from taxonomy.check import CHECKS, findings
from taxonomy.concept import SourceClass

DOG = "(SELECT key FROM concept WHERE id = 'n02084071')"
CAT = "(SELECT key FROM concept WHERE id = 'n02121620')"
CANINE = "(SELECT key FROM concept WHERE id = 'n02083346')"
EDGE = "INSERT INTO edge (child, parent, kind, source, method, confidence) VALUES"

BREAK = [
    ("E101", f"{EDGE} ({CANINE}, {DOG}, 'is_a', 1, 'head', 0.5)"),
    ("E101", f"{EDGE} ({DOG}, {DOG}, 'is_a', 1, 'head', 0.5)"),
    ("E102", f"DELETE FROM edge WHERE child = {DOG}"),
    ("E102", f"UPDATE edge SET kind = 'part_of' WHERE child = {DOG}"),
    ("E103", f"{EDGE} ({DOG}, 999999, 'is_a', 1, 'head', 0.5)"),
    ("E103", f"{EDGE} (999999, {DOG}, 'part_of', 1, 'head', 0.5)"),
    ("E104", "INSERT INTO edge SELECT NULL, child, parent, kind, source, method, confidence FROM edge LIMIT 1"),
    ("E104", f"{EDGE} ({DOG}, {DOG}, 'part_of', 1, 'head', 0.5)"),
    ("E201", "INSERT INTO name SELECT 999999, 999999, text, form, language, kind, 0, 0, 1 FROM name LIMIT 1"),
    ("E202", f"DELETE FROM name WHERE concept = {DOG}"),
    ("E203", f"UPDATE concept SET id = 'dog' WHERE key = {DOG}"),
    ("E203", f"UPDATE concept SET id = 'n2084071' WHERE key = {DOG}"),
    ("E203", f"INSERT INTO identifier VALUES ('n02084071', {CAT}, 1)"),
    ("E301", "UPDATE class SET concept = NULL WHERE key = 'given'"),
    ("E301", "UPDATE class SET relation = 'unplaced' WHERE key = 'given'"),
    ("E301", f"UPDATE class SET concept = {DOG} WHERE key = 'void'"),
    ("E301", "UPDATE class SET anchor = NULL WHERE key = 'given'"),
    ("E302", "UPDATE class SET concept = 999999 WHERE key = 'given'"),
    ("E302", "UPDATE class SET anchor = 999999 WHERE key = 'given'"),
    ("E303", "UPDATE class SET confidence = 1.1 WHERE key = 'given'"),
    ("E303", "UPDATE edge SET confidence = -0.1 WHERE rowid = 1"),
    ("E303", "UPDATE class SET confidence = 'high' WHERE key = 'given'"),
    ("E304", f"UPDATE class SET anchor = {CAT} WHERE key = 'given'"),
    ("E304", f"UPDATE class SET anchor = {CAT} WHERE key = 'head'"),
    ("E304", f"UPDATE class SET concept = {DOG} WHERE key = 'head'"),
    ("E401", "UPDATE span SET last = last + 1 WHERE id = 'n02083346'"),
    ("E401", "DELETE FROM span_extra"),
    ("E401", "DELETE FROM span WHERE id = 'n02084071'"),
    ("E402", "INSERT INTO name_trigram (name_trigram, rowid, form) SELECT 'delete', key, form FROM name WHERE key = 9"),
    ("E601", f"DELETE FROM mark WHERE concept = {DOG}"),
    ("E601", "INSERT INTO mark SELECT 999999, score, state, safety, reason FROM mark LIMIT 1"),
    ("E602", f"UPDATE mark SET score = 1.1 WHERE concept = {DOG}"),
    ("E602", f"UPDATE mark SET score = 'high' WHERE concept = {DOG}"),
    ("E603", f"UPDATE mark SET state = 'seen' WHERE concept = {DOG}"),
    ("E603", f"UPDATE mark SET safety = 'harmless' WHERE concept = {DOG}"),
    ("E603", f"UPDATE mark SET state = 'visual', score = 0.4999 WHERE concept = {DOG}"),
    ("E603", f"UPDATE mark SET state = 'non-visual', score = 0.5 WHERE concept = {DOG}"),
    ("E701", "INSERT INTO rule VALUES (1, -9, 'a:1', 'a:2', 9, 9, 9, 1, 1, 1, 'naive', '')"),
    ("E701", "INSERT INTO rule VALUES (1, 0, 'a:1', 'a:2', 9, 8, 7, 0.9, 0.9, 1, 'naive', '')"),
    ("E702", "INSERT INTO rule VALUES (1, 0, 'n02084071', 'n02083346', 9, 9, 9, 1, 1, 1, 'naive', '')"),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(few_build):
    """A database with a class of each relation."""
    return few_build(
        vocabulary(
            "a",
            SourceClass("given", "dog", wnid="n02084071"),
            SourceClass("head", "zorgon crane"),
            SourceClass("void", "xqzzt"),
            SourceClass("mid", "zorgon car", mid="/m/1"),
        )
    )


@pytest.fixture
def broken(sound, tmp_path):
    """Damage a copy of the database and return what the checks find."""

    def found(statement: str) -> list[check.Finding]:
        path = shutil.copy(sound, tmp_path / "broken.db")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)
        with taxonomy.open(path) as opened:
            return list(findings(opened))

    return found


def test_the_shipped_taxonomy_is_clean(default_db):
    """Else users learn to overlook findings, or have less than the README says."""
    with taxonomy.open(default_db) as default:
        assert list(findings(default)) == []
        assert len(default) >= 310_000


def test_every_way_of_linking_is_clean(small):
    """Else a user's first merge looks damaged."""
    assert list(findings(small)) == []


@pytest.mark.parametrize(("code", "statement"), BREAK)
def test_damage_is_found(broken, code, statement):
    """Else what is broken is used."""
    found = broken(statement)
    assert code in {finding.code for finding in found}
    assert all(finding.subject and finding.text for finding in found)


def test_findings_name_what_is_broken(broken):
    """Else the user knows that something is wrong, but not what."""
    (finding,) = broken("UPDATE class SET confidence = 1.1 WHERE key = 'given'")
    assert finding == ("E303", "a:given", "its confidence is 1.1")
    cycle = next(
        finding for finding in broken(f"{EDGE} ({CANINE}, {DOG}, 'is_a', 1, 'x', 0.5)") if finding[0] == "E101"
    )
    assert {"n02084071", "n02083346"} <= set(re.findall(r"n\d{8}", cycle.text))


def test_a_damaged_file_is_found(sound, tmp_path):
    """Else half a file that was copied over a bad line gives half an answer."""
    path = tmp_path / "torn.db"
    content = bytearray(sound.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(content)
    with taxonomy.open(path) as opened:
        found, *_ = findings(opened)
    assert found.code == "E501"
    assert str(path) in found.subject


def test_many_classes_under_one_anchor_are_checked_at_once(sound, tmp_path):
    """Else a user's 100,000 products, all under one domain, take an hour."""
    path = shutil.copy(sound, tmp_path / "many.db")
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1000000 UNION ALL SELECT i + 1 FROM n WHERE i < 1099999)"
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info (class)")]
        changed = {"position": "i", "key": "i", "concept": "i", "anchor": DOG, "relation": "'broadMatch'"}
        values = ", ".join(changed.get(column, column) for column in columns)
        connection.execute(f"INSERT INTO class {numbers} SELECT {values} FROM n, class WHERE key = 'given'")
        connection.execute(f"{EDGE.removesuffix(' VALUES')} {numbers} SELECT i, {DOG}, 'is_a', 1, 'domain', 1 FROM n")
        connection.execute("UPDATE class SET concept = 1 WHERE key = 1000000")
    with taxonomy.open(path) as opened:
        assert [subject for subject, _ in CHECKS["E304"](opened)] == ["a:1000000"]


def test_many_findings_are_cut_short(broken):
    """Else a broken file fills the terminal with a hundred thousand lines."""
    found = broken("UPDATE edge SET confidence = 2")
    assert len(found) == 101
    assert found[-1] == ("E303", "…", "and more of the same")


def test_every_code_is_tested_and_documented():
    """Else a code stands in the list that never fires, or fires without an explanation."""
    documented = set(re.findall(r"^(E\d{3})  ", check.__doc__, re.MULTILINE))
    assert documented == set(CHECKS) == {code for code, _ in BREAK} | {"E501"}
