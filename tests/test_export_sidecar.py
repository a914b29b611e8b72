"""The report beside an export: true, the same each time, and there exactly when its file is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CARNIVORE, CAT, DOG
from exported import ANIMAL, CANINE, DOMESTIC, group, table
from shell import run

import taxonomy
from taxonomy import lock
from taxonomy.concept import NAMES, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.export import Choice, Exporter, Keeps, Options, PathExporter, Report, export, select, sidecar

ZOO = {DOG: "dog", CANINE: "canine", DOMESTIC: "pet", CARNIVORE: "carnivore", ANIMAL: "animal"}
FREE = Source(name="free", version="3", data_licence="CC-BY-4.0", package_licence="MIT", attribution="The free")


@pytest.fixture(scope="module")
def path(few_build: Callable[..., Path]) -> Path:
    """A diamond above dog; a source to choose, one that gives it a name, one that gives nothing, names in languages."""
    return few_build(
        group("zoo", *(SourceClass(wnid, name, wnid=wnid) for wnid, name in ZOO.items()), SourceClass("x", "xqzzt")),
        Vocabulary(FREE, (SourceClass("0", "waggler", wnid=DOG),)),
        group("other", SourceClass("0", "cat", wnid=CAT)),
        Vocabulary(
            Source(name="words", kind=NAMES),
            (SourceClass("0", "dog", wnid=DOG, names=(("de", "Wedler"), ("zh-Hant", "狗"))),),
        ),
    )


@pytest.fixture(scope="module")
def t(path: Path):
    with taxonomy.open(path) as opened:
        yield opened


def _written(exporter: Exporter, t: taxonomy.Taxonomy, options: Options = Options(), **choice: Any) -> dict[str, Any]:  # noqa: B008
    selection = select(t, Choice(**choice), options)
    found: dict[str, Any] = json.loads(sidecar.text(exporter, selection, Report("it"), Path(__file__)))
    return found


def _format(*keeps: Keeps, takes: frozenset[str] = frozenset()) -> Exporter:
    return Exporter(
        name="x", summary="", loses="", keeps=frozenset(keeps), takes=takes, write=lambda selection, out: Report("it")
    )


def _report(output: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.with_name(f"{output.name}.report.json").read_text(encoding="utf-8"))
    return found


def test_what_a_format_lost(t):
    """Else figures of what a file lacks are guesses, and one trusts a file with half of its ancestors."""
    lost = _written(_format(), t, datasets=("zoo",))["lost"]
    concepts = [t[wnid] for wnid in ZOO]
    pairs = sum(above in concepts for concept in concepts for above in concept.ancestors())
    assert lost["ancestors"] == {"pairs": pairs, "lost": pairs}
    names = select(t).names()
    keys = [t.execute("SELECT key FROM concept WHERE id = ?", (wnid,)).fetchone()[0] for wnid in ZOO]
    assert lost["synonyms"] == sum(len(names[key]) - 1 for key in keys) > 0
    assert lost["languages"] == 2
    assert (lost["definitions"], lost["datasets"], lost["marks"]) == (5, 5, 5)
    parents = sum(len(concept.parents()) for concept in concepts)
    assert lost["sources"] == sum(len(names[key]) for key in keys) + 2 + parents
    assert lost["part-of"] == 0


@pytest.mark.parametrize("keep", Keeps)
def test_what_is_kept_is_not_lost(t, keep):
    """Else a report says that something is lost which is in the file, or hides what is."""
    assert _written(_format(keep), t)["lost"].keys() == {*Keeps} - {keep}


def test_counts_of_all_and_of_some_agree(t):
    """Else the short way for whole taxonomies counts otherwise than the one for parts."""
    whole = _written(_format(), t, whole=True)
    below = [_written(_format(), t, whole=True, roots=(root.id,)) for root in t if not root.parents()]
    assert len(below) == 1
    del whole["choice"], below[0]["choice"]
    assert whole == below[0]
    assert (
        whole["lost"]["part-of"]
        == t.execute("SELECT count(*) FROM edge WHERE kind IN ('part_of', 'member_of')").fetchone()[0]
    )


def test_languages_that_were_not_asked_for_are_lost(t):
    """Else a file with German names passes for one with all languages."""
    takes = frozenset({"languages"})
    assert _written(_format(Keeps.LANGUAGES, takes=takes), t)["lost"]["languages"] == 2
    some = _format(Keeps.LANGUAGES, takes=takes)
    assert _written(some, t, Options(languages=("en", "de")))["lost"]["languages"] == 1
    assert _written(some, t, Options(languages=("de", "zh")))["lost"]["languages"] == 0
    assert "languages" not in _written(_format(Keeps.LANGUAGES), t)["lost"]


def test_labels_lose_what_their_parents_do_not_lead_to(t, tmp_path):
    """Else a list with the direct parents is said to have no ancestors, or all of them."""
    out = tmp_path / "labels.tsv"
    export(t, "labels", out, Choice(datasets=("zoo",)))
    rows = {row["id"]: row["parents"].split("|") for row in table(out.read_text())}

    def up(id: str) -> set[str]:
        return {above for parent in rows[id] if parent in rows for above in (parent, *up(parent))}

    found = _report(out)["lost"]["ancestors"]
    concepts = {wnid: {above.id for above in t[wnid].ancestors()} & ZOO.keys() for wnid in ZOO}
    assert found["pairs"] == sum(map(len, concepts.values()))
    assert found["lost"] == sum(len(above - up(wnid)) for wnid, above in concepts.items()) > 0
    assert found["affected"] == sum(above != up(wnid) for wnid, above in concepts.items())


def test_the_loss_of_a_tree(t, tmp_path):
    """Else the ancestors that a single parent cost are said once on stderr, and forgotten."""
    out = tmp_path / "tree.tsv"
    report = export(t, "tencent", out, Choice(datasets=("zoo",)))
    found = _report(out)
    assert found["lost"]["ancestors"]["lost"] == report.loss.lost == 1
    assert found["remarks"] == list(report.remarks)
    assert found["wrote"] == report.wrote == "5 categories of 1 dataset"


def test_sources(t):
    """Else a licence is broken, for nobody knows what a file is made from; or one is named that has nothing in it."""

    def sources(*keeps: Keeps) -> dict[str, Any]:
        return {source["name"]: source for source in _written(_format(*keeps), t, datasets=("zoo",))["sources"]}

    assert list(sources()) == ["wordnet", "zoo"]
    found = sources(Keeps.SYNONYMS)
    assert list(found) == ["wordnet", "zoo", "free"]
    facts = {"version": "3", "data_licence": "CC-BY-4.0", "package_licence": "MIT", "attribution": "The free"}
    assert found["free"] == {"name": "free", **facts}
    assert list(sources(Keeps.LANGUAGES)) == ["wordnet", "zoo", "free", "words"]
    assert found["wordnet"]["data_licence"] == "WordNet-3.0"


def test_a_source_that_is_not_allowed_is_none(t):
    """Else a report names a licence that was refused."""
    found = _written(_format(*Keeps), t, licences=("NOASSERTION",))
    assert [source["name"] for source in found["sources"]] == ["wordnet", "zoo", "other", "words"]


def test_only_what_was_asked_for(t):
    """Else a reader looks for what matters among a dozen defaults."""
    found = _written(_format(), t, Options(budget=3), datasets=("zoo",), antichain=True)
    assert found["choice"] == {"datasets": ["zoo"], "antichain": True}
    assert found["options"] == {"budget": 3}
    assert _written(_format(), t)["choice"] == {}
    assert found["counts"]["concepts"] == found["counts"]["classes"] == 1
    assert "superclasses" not in found


def test_classes_that_became_one(t):
    """Else the report tells of fewer annotations than can be used."""
    assert _written(_format(), t, datasets=("zoo",), max_depth=0)["counts"] | {"bytes": 0} == {
        "concepts": 1, "classes": 5, "datasets": 1, "files": 1, "bytes": 0,
    }  # fmt: skip


def test_superclasses(t):
    """Else a user who asks for groups does not learn how even they are."""
    found = _written(_format(), t, datasets=("zoo",), superclasses=2)["superclasses"]
    assert sum(one["classes"] for one in found) == 5
    assert all(set(one) == {"id", "name", "classes", "max_depth", "mean_depth"} for one in found)
    assert {one["id"]: one["name"] for one in found}.items() <= {(c.id, c.name) for c in t}


def test_the_report_is_the_same_each_time(t, tmp_path):
    """Else a report under version control changes when nothing did, or tells of the folders of who made it."""
    (tmp_path / "deep").mkdir()
    outs = tmp_path / "labels.tsv", tmp_path / "deep" / "labels.tsv"
    for out in outs:
        export(t, "labels", out, Choice(superclasses=2))
    first, second = (out.with_name("labels.tsv.report.json").read_bytes() for out in outs)
    assert first == second
    assert str(tmp_path).encode() not in first
    assert _report(outs[0])["counts"]["bytes"] == outs[0].stat().st_size


def test_counts_may_come_from_a_pipe(t, tmp_path):
    """Else ``--counts <(taxonomy labels stats …)`` is told with the checksum of nothing."""
    text = b"label\timages\nn02084071\t7\n"
    source, sink = os.pipe()
    os.write(sink, text)
    os.close(sink)
    out = tmp_path / "labels.tsv"
    export(t, "labels", out, Choice(counts=Path(f"/dev/fd/{source}"), min_images=1))
    os.close(source)
    assert _report(out)["choice"]["counts"]["sha256"] == hashlib.sha256(text).hexdigest()


def test_the_lock(path, t, tmp_path):
    """Else a report names a lock by which something else was built."""
    file = lock.path_of(path)
    assert _written(_format(), t)["lock"] == hashlib.sha256(file.read_bytes()).hexdigest()
    content = json.loads(file.read_text())
    content["sources"][1]["sha256"] = "0"
    decisions = path.with_name("decisions.tsv")
    kept = file.read_bytes()
    try:
        for stale in (json.dumps(content), "{", "[]", "{}", None):
            file.unlink() if stale is None else file.write_text(stale)
            assert _written(_format(), t)["lock"] is None
        file.write_bytes(kept)
        decisions.write_text("something that was decided since\n")
        assert _written(_format(), t)["lock"] is None
    finally:
        file.write_bytes(kept)
        decisions.unlink(missing_ok=True)


# Beside the file


def test_neither_file_nor_report_is_replaced_unasked(t, tmp_path):
    """Else somebody's report is gone, or the report of an older file stays beside a new one."""
    out = tmp_path / "labels.tsv"
    beside = tmp_path / "labels.tsv.report.json"
    beside.write_text("mine")
    with pytest.raises(InputError, match=r"labels.tsv.report.json exists; replace it with --force"):
        export(t, "labels", out)
    assert (beside.read_text(), out.exists()) == ("mine", False)
    export(t, "labels", out, force=True)
    assert _report(out)["format"] == "labels"
    beside.unlink()
    with pytest.raises(InputError, match=r"labels.tsv exists"):
        export(t, "labels", out)
    assert not beside.exists()


def _failing(selection: Any, out: Any) -> Report:
    raise InputError("this cannot be")


def _folder(selection: Any, path: Path) -> Report:
    (path / "below").mkdir(parents=True)
    (path / "one.txt").write_text("12345")
    (path / "below" / "two.txt").write_text("12")
    return Report("2 files")


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Formats that fail, and one that is a folder."""
    plain = {"summary": "", "loses": ""}
    monkeypatch.setattr(
        "taxonomy.export.training.labels.EXPORTERS",
        (
            Exporter(name="labels", write=_failing, **plain),
            PathExporter(name="failing", folder=True, save=_failing, **plain),
            PathExporter(name="folder", folder=True, save=_folder, **plain),
        ),
    )
    names = ("labels", "failing", "folder")
    monkeypatch.setattr("taxonomy.export._BUILT_IN", dict.fromkeys(names, "training.labels"))


@pytest.mark.usefixtures("formats")
@pytest.mark.parametrize("format", ["labels", "failing"])
def test_no_report_on_what_failed(t, tmp_path, format):
    """Else a report tells of a file that is not there, or that is the old one."""
    with pytest.raises(InputError, match="this cannot be"):
        export(t, format, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("formats")
def test_a_report_on_a_folder(t, tmp_path):
    """Else the report lies among the files that a program reads, or counts nothing."""
    for _ in range(2):
        export(t, "folder", tmp_path / "out", force=True)
        assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "out.report.json"]
    counts = _report(tmp_path / "out")["counts"]
    assert (counts["files"], counts["bytes"]) == (2, 7)


def test_a_report_that_cannot_be_written(t, tmp_path, monkeypatch):
    """Else a full disk leaves a file without the report that was promised, or half of one."""

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sidecar, "text", full)
    with pytest.raises(InputError, match="No space left on device"):
        export(t, "labels", tmp_path / "labels.tsv")
    assert list(tmp_path.iterdir()) == []


def test_no_report_on_a_stream(t, path, tmp_path, monkeypatch):
    """Else reports turn up beside devices, or in the working folder of whoever pipes an export on."""
    monkeypatch.chdir(tmp_path)
    assert run("export", "labels", "--db", path, "-o", "-").code == 0
    assert run("export", "labels", "--db", path, "-o", "/dev/null").code == 0
    assert not Path("/dev/null.report.json").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("formats")
def test_a_folder_is_not_renamed_over_a_device(t):
    """Else ``-o /dev/null --force`` replaces the device, for who may."""
    with pytest.raises(InputError, match="/dev/null is neither file nor folder"):
        export(t, "folder", Path("/dev/null"), force=True)


def test_a_report_lies_beside_the_file_that_a_link_points_to(t, tmp_path):
    """Else the report of a shared file is left in the folder of whoever exported it."""
    (tmp_path / "shared").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "shared" / "labels.tsv")
    export(t, "labels", link)
    assert sorted(file.name for file in (tmp_path / "shared").iterdir()) == ["labels.tsv", "labels.tsv.report.json"]
