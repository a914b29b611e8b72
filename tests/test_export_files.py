"""`taxonomy export`: files are whole or not there, the registry is open, the command explains itself."""

from __future__ import annotations

import pytest
from exported import written
from typer.testing import CliRunner

from taxonomy.commands.app import app
from taxonomy.errors import InputError
from taxonomy.export import Choice, Exporter, Report, export, exporter, formats, select


@pytest.mark.parametrize("format", ["labels", "labelmap", "bamboo", "tencent"])
def test_two_exports_give_the_same_bytes(t, tmp_path, format):
    """Else a label file under version control changes when nothing did."""
    first, second = tmp_path / "1", tmp_path / "2"
    assert export(t, format, first) == export(t, format, second)
    assert first.read_bytes() == second.read_bytes()
    assert b"\r" not in first.read_bytes()


@pytest.mark.parametrize("format", sorted({*formats()} - {"miil-tree"}))  # that refuses a single root
def test_every_format_takes_concepts_that_no_dataset_holds(t, tmp_path, format):
    """Else --with-ancestors fails for formats that say which dataset has a class."""
    report = export(t, format, tmp_path / "out", Choice(datasets=("zoo",), ancestors=True))
    assert report.wrote
    assert (tmp_path / "out.report.json").is_file()


def test_a_file_is_only_replaced_when_asked(t, tmp_path):
    """Else a user's file is gone."""
    path = tmp_path / "labels.tsv"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists; replace it with --force"):
        export(t, "labels", path)
    assert path.read_text() == "mine"
    export(t, "labels", path, force=True)
    assert path.read_text().startswith("index\t")


@pytest.mark.parametrize(
    ("format", "message"), [("csv", "holds files that no export wrote"), ("arrays", "is a folder")]
)
def test_only_a_folder_that_an_export_wrote_is_replaced(t, tmp_path, format, message):
    """Else ``-o . --force`` deletes all that is in the user's folder."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match=message):
        export(t, format, mine, force=True)
    with pytest.raises(InputError, match="is a file, and csv a folder"):
        export(t, "csv", mine / "thesis.tex", force=True)
    assert (mine / "thesis.tex").read_text() == "mine"
    export(t, "csv", tmp_path / "tables")
    assert export(t, "csv", tmp_path / "tables", force=True).wrote


def test_the_database_is_not_exported_onto_itself(t, export_db):
    """Else ``-o taxonomy.db --force`` destroys the taxonomy."""
    with pytest.raises(InputError, match="is the database itself"):
        export(t, "labels", export_db, force=True)


def test_a_failed_export_leaves_nothing_behind(t, tmp_path, monkeypatch):
    """Else half a label file is taken for a whole one when the disk is full."""
    path = tmp_path / "labels.tsv"
    path.write_text("mine")

    def full(selection, out):
        out.write("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "taxonomy.export.training.labels.EXPORTERS", (Exporter(name="labels", summary="", loses="", write=full),)
    )
    with pytest.raises(InputError, match=r"No space left on device.*nothing was changed"):
        export(t, "labels", path, force=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(t, tmp_path):
    """Else the user sees a traceback for a typing error in a path."""
    with pytest.raises(InputError, match="there is no folder"):
        export(t, "labels", tmp_path / "no" / "labels.tsv")
    with pytest.raises(InputError, match="is a folder"):
        export(t, "labels", tmp_path)


def test_a_link_is_followed_not_replaced(t, tmp_path):
    """Else the file that a link shares with others stays stale, and the link is lost."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    export(t, "labels", link, force=True)
    assert link.is_symlink()
    assert target.read_text().startswith("index\t")


class _Entry:
    def __init__(self, name: str, loaded: object) -> None:
        self.name, self.value, self._loaded = name, f"package:{name}", loaded

    def load(self) -> object:
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


@pytest.fixture
def plugins(monkeypatch):
    """Pretend that packages are installed which add a format, redefine ours, or are broken."""

    def write(selection, out):
        out.write(f"{len(selection.concepts)}\n")
        return Report("1 number")

    entries = [
        _Entry("count", Exporter(name="count", summary="How many.", loses="all else", write=write)),
        _Entry("labels", Exporter(name="labels", summary="Not ours.", loses="", write=write)),
        _Entry("broken", ImportError("no module named x")),
        _Entry("odd", "no exporter"),
    ]

    def entry_points(*, group, name=None):
        assert group == "taxonomy.exporters"
        return [entry for entry in entries if name in (None, entry.name)]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)


def test_other_packages_add_formats_but_do_not_replace_ours(t, plugins, tmp_path):
    """Else an installed package changes what ``labels`` means, or cannot add a format at all."""
    assert formats()[:2] == ["labels", "labelmap"]
    assert formats()[-3:] == ["broken", "count", "odd"]
    export(t, "count", tmp_path / "n")
    assert (tmp_path / "n").read_text() == f"{len(select(t).concepts)}\n"
    assert exporter("labels").summary != "Not ours."


@pytest.mark.parametrize(("name", "message"), [("broken", "cannot be loaded"), ("odd", "is no taxonomy")])
def test_a_broken_package_is_named(plugins, name, message):
    """Else the user does not know which package to repair."""
    with pytest.raises(InputError, match=f"{message}.*repair or uninstall"):
        exporter(name)


def test_an_unknown_format_lists_the_known(t):
    """Else the user has to look the formats up."""
    with pytest.raises(InputError, match="labels, labelmap, bamboo, tencent"):
        exporter("labls")


def _run(*arguments: object):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_the_command_takes_datasets_repeated_and_with_commas(t, export_db, tmp_path):
    """Else the natural ways to name several datasets do not work."""
    ways = (("--datasets", "zoo, street"), ("--datasets", "zoo", "--datasets", "street,"))
    for i, options in enumerate(ways):
        path = tmp_path / str(i)
        result = _run("labels", "-o", path, "--db", export_db, *options)
        assert result.exit_code == 0, result.stderr
        assert path.read_text() == written(t, "labels", "zoo", "street")


def test_the_command_writes_data_to_stdout_and_the_report_to_stderr(t, export_db):
    """Else the report ends up among the data that a pipe reads."""
    result = _run("tencent", "-o", "-", "--db", export_db, "--datasets", "zoo")
    assert result.stdout == written(t, "tencent", "zoo")
    assert result.stderr.splitlines() == [
        "5 categories of 1 dataset written to stdout",
        "one parent a category: 1 of 8 is-a pairs lost; 20.0% of the categories lost at least one ancestor",
        "1 root, depth at most 3, 1.40 on average",
    ]


def test_the_command_lists_formats_with_what_they_lose(plugins):
    """Else users choose a format without knowing its price; one broken package must not hide the others."""
    result = _run("--list")
    assert result.exit_code == 0
    rows = [row.split("\t") for row in result.stdout.splitlines()]
    assert [row[0] for row in rows] == formats()
    assert all(len(row) == 4 for row in rows)
    assert "all parents but one" in {row[0]: row[3] for row in rows}["tencent"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "no format given"),
        (("labels",), 2, "no file given"),
        (("labls", "-o", "-"), 2, "no such format"),
        (("labels", "-o", "-", "--datasets", ","), 2, "names no dataset"),
        (("labels", "-o", "-", "--datasets", "void"), 2, "no class of void"),
        (("labels", "-o", "-", "--datasets", "nosuch"), 3, "nosuch: no such dataset"),
    ],
)
def test_the_command_explains_what_is_wrong(export_db, arguments, code, message):
    """Else a mistake on the command line gives a traceback, or success without a file."""
    result = _run(*arguments, "--db", export_db)
    assert result.exit_code == code
    assert message in result.stderr
    assert not result.stdout
