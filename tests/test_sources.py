"""Reading any vocabulary: bad input is named by file, line and remedy; other packages add formats."""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from files import classes

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import Format, Problem, read


def test_source_says_where_it_comes_from(write):
    """Provenance would be lost, or tell the world the folders of the user's machine."""
    path = write("My Classes v1.2.txt", "cat\n")
    source = read(path, domain="animal.n.01").vocabulary.source
    assert (source.name, source.kind, source.file) == ("my_classes_v1.2", "vocabulary", "My Classes v1.2.txt")
    assert source.domain == "animal.n.01"
    assert source.sha256 == hashlib.sha256(b"cat\n").hexdigest()
    assert str(path.parent) not in repr(source)


@pytest.mark.parametrize(
    ("name", "expected"), [("Übung:1", "ubung_1"), ("--x--", "x"), ("日本", None), ("mid", None), ("", None)]
)
def test_source_names_make_ids(write, name, expected):
    """A name with a colon, or one like `mid`, would make ids that mean something else."""
    path = write("x.txt", "cat\n")
    if expected:
        assert read(path, name=name).vocabulary.source.name == expected
    else:
        with pytest.raises(InputError, match="--name"):
            read(path, name=name)


def test_names_are_nfc(write):
    """`café` typed on a Mac and on Linux would be two names."""
    assert classes(write("x.txt", "cafe\u0301\n"))[0].name == "caf\u00e9"


def test_duplicate_keys_keep_the_first(write):
    """Two classes of one key would overwrite each other, or break the database."""
    reading = read(write("x.csv", "id,name\n1,cat\n1,dog\n"))
    assert [entry.name for entry in reading.vocabulary.classes] == ["cat"]
    assert reading.quarantined == (Problem("x.csv:3", "the key 1 is there already, for 'cat'"),)


@pytest.mark.parametrize(
    ("row", "what"),
    [("1,", "no name"), (",cat", "no key"), ('1,"a\nb"', r"U\+000A"), ("1,a\u2028b", r"U\+2028")],
)
def test_strict_stops_where_lenient_sets_aside(write, row, what):
    """CI could not insist on clean files, or one bad row would stop everyone else."""
    path = write("x.csv", f"id,name\n0,owl\n{row}\n")
    assert len(read(path).quarantined) == 1
    with pytest.raises(InputError, match=rf"x\.csv:3: .*{what}"):
        read(path, strict=True)


def test_what_is_left_out_by_design_is_a_note_and_no_bad_row(write):
    """No sound ontology could be read strictly: nearly each has obsolete terms."""
    terms = "[Term]\nid: T:1\nname: bicycle\n\n[Term]\nid: T:2\nname: old bicycle\nis_obsolete: true\n"
    reading = read(write("t.obo", terms), strict=True)
    assert [entry.key for entry in reading.vocabulary.classes] == ["T:1"]
    assert reading.notes == (Problem("t.obo", "1 obsolete terms are left out"),)
    assert not reading.quarantined
    with pytest.raises(InputError, match="no 'nonsense' of OBO"):
        read(write("u.obo", f"{terms}nonsense\n"), strict=True)
    only = write("v.obo", "[Term]\nid: T:2\nname: old bicycle\nis_obsolete: true\n")
    with pytest.raises(InputError, match=r"no usable class; v\.obo: 1 obsolete terms"):
        read(only)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("x.txt", b"", "empty"),
        ("x.tsv", b"\xef\xbb\xbf \r\n\t\n", "empty"),
        ("x.txt", b"# only\n# comments\n", "no usable class"),
        ("x.csv", b"id,name\n", "no usable class"),
        ("x.csv", b"id,name\n1,\n", r"no usable class; x\.csv:2: it has no name"),
        ("x.csv", "id,name\n1,caf\xe9\n".encode("latin-1"), r"x\.csv:2: not UTF-8 \(byte 13 .*iconv -f"),
        ("x.txt", "cat\ndog\n".encode("utf-16"), "UTF-16.*iconv -f UTF-16"),
        ("x.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file\nGive one of these"),
        (
            "x.txt",
            b"<annotation><object/></annotation>",
            "not a vocabulary in a known format\nGive one of these",
        ),
        ("x.fasta", b">id\nACGT\n", "not a vocabulary in a known format"),
    ],
)
def test_bad_files_say_what_to_do(write, file, content, message):
    """A traceback, or an empty vocabulary without a word."""
    with pytest.raises(InputError, match=message) as caught:
        read(write(file, content))
    assert len(str(caught.value).splitlines()) <= 2


def test_missing_and_unreadable_paths(tmp_path):
    """A mistyped path would end in a traceback."""
    with pytest.raises(InputError, match="no such file or folder"):
        read(tmp_path / "nowhere.txt")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        read(tmp_path / "pipe")


# Formats of other packages


class Plugin:
    """An entry point of group taxonomy.sources."""

    value = "acme.obo:FORMAT"

    def __init__(self, found):
        self.found = found

    def load(self):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def install(monkeypatch, found):
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda *, group: [Plugin(found)] * (group == "taxonomy.sources")
    )


def test_other_packages_add_formats(write, monkeypatch):
    """A team with a format of its own would have to fork the program."""
    obo = Format(
        "obo",
        "OBO",
        sniff=lambda path, head: head.startswith(b"format-version"),
        read=lambda path, report: [("o:1", SourceClass("1", " cat ")), ("o:2", SourceClass("1", "dog"))],
    )
    install(monkeypatch, obo)
    reading = read(write("x.obo", "format-version: 1.2\n"))
    assert reading.vocabulary.classes == (SourceClass("1", "cat"),)
    assert reading.quarantined[0].where == "o:2"


@pytest.mark.parametrize("found", [ImportError("no module acme"), object()])
def test_broken_plugin_is_named_and_only_when_it_is_needed(write, monkeypatch, found):
    """A broken package would break the reading of ordinary files, or be skipped silently."""
    install(monkeypatch, found)
    assert classes(write("x.txt", "cat\n"))
    with pytest.raises(InputError, match=r"acme\.obo:FORMAT.*repair or uninstall"):
        read(write("x.obo", "format-version: 1.2\n"))


def test_reading_imports_only_what_the_file_needs(write):
    """Every command that touches sources would pay for YAML and JSON parsers it does not use."""
    code = (
        "import sys; from pathlib import Path; from taxonomy.sources import read, shipped;"
        "read(Path(sys.argv[1]));"
        "print(*{'yaml', 'json', 'csv', 'tomllib', 'importlib.metadata'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    path = write("x.tsv", "id\tname\n1\tcat\n")
    run = [sys.executable, "-S", "-c", code, str(path)]
    assert subprocess.run(run, capture_output=True, text=True, check=True, env=environment).stdout.strip() == ""
