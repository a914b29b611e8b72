"""`taxonomy labels …`: annotation files are expanded, checked, mended, converted and counted, and none is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DOG, vocabulary
from exported import ANIMAL, CANINE, DOMESTIC, table
from shell import Done, on_terminal, run

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.export.files import fresh_path

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

CAT, VEHICLE = "n02121620", "n04524313"


@pytest.fixture(scope="module")
def zoo(few_build: Callable[..., Path]) -> Path:
    return few_build(
        vocabulary("zoo", SourceClass("d", "dog", wnid=DOG), SourceClass("a", "animal", wnid=ANIMAL), "cat"),
        vocabulary("kinds", SourceClass("7", "beast", wnid=ANIMAL), SourceClass("8", "cat", wnid=CAT)),
    )


@pytest.fixture(autouse=True)
def db(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAXONOMY_DB", raising=False)
    shutil.copy(zoo, "taxonomy.db")


def labels(*arguments: object, text: str = "") -> Done:
    if text:
        Path("in.tsv").write_text(text)
    return run("labels", *arguments)


def written(name: str = "out.tsv") -> list[dict[str, str]]:
    return table(Path(name).read_text())


SOME = "image\tlabels\tconfidence\tabsent\na.jpg\tdog|cat\t.9|.8\t\nb.jpg\tdog|xqzzt\t\tanimal\n"


def test_each_added_label_has_its_confidence_and_reason() -> None:
    """Else nobody could tell what people said from what was reasoned."""
    done = labels("expand", "in.tsv", "-o", "out.tsv", text=SOME)
    assert done.code == 0
    assert done.err.startswith("2 images with 4 labels: ")
    assert "note: b.jpg: n02084071 is there, n00015388 is not" in done.err
    assert "xqzzt (no such concept)" in done.err
    first, second = written()
    rows = list(zip(*(first[column].split("|") for column in ("labels", "confidence", "reason")), strict=True))
    assert rows[:3] == [(DOG, "0.9", ""), (CAT, "0.8", ""), (DOMESTIC, "0.9", f"ancestor of {DOG}")]
    assert second["labels"].split("|")[:2] == [DOG, "xqzzt"]
    assert second["absent"] == ANIMAL


def test_the_ids_of_the_file_are_kept_where_it_has_some() -> None:
    """Else a program that knows the file's own labels could not read it any more."""
    text = "image\tlabels\na.jpg\td\n"
    assert labels("expand", "in.tsv", "-o", "out.tsv", "--vocabulary", "zoo", "--ids", "source", text=text).code == 0
    found = written()[0]["labels"].split("|")
    assert found[0] == "d"
    assert "a" in found
    assert ANIMAL not in found
    assert CANINE in found, "what the dataset lacks has the concept's id"


def test_nothing_is_overwritten_and_nothing_half_written() -> None:
    """Else a typing error would cost the annotations of a year."""
    Path("out.tsv").write_text("mine")
    done = labels("expand", "in.tsv", "-o", "out.tsv", text=SOME)
    assert (done.code, Path("out.tsv").read_text()) == (2, "mine")
    assert "--force" in done.err
    assert labels("expand", "in.tsv", "-o", "out.tsv", "--force").code == 0
    assert labels("expand", "in.tsv", "-o", "in.tsv", "--force").code == 0, "in place"
    assert written("in.tsv") == written("out.tsv")
    assert labels("expand", "none.tsv", "-o", "o.tsv").code == 2
    assert labels("expand", "in.tsv", "-o", "nofolder/o.tsv").code == 2
    assert labels("expand", "in.tsv", "-o", "o.tsv", "--to", "nosuch").code == 2
    assert labels("expand", "in.tsv", "-o", "o.tsv", "--vocabulary", "nosuch").code == 3
    assert sorted(path.name for path in Path().iterdir()) == ["in.tsv", "out.tsv", "taxonomy.db"]


def _fail(place: Path) -> None:
    with fresh_path(place, force=True) as path:
        path.mkdir()
        (path / "b").touch()
        raise OSError("the disk is full")


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """Else an export of many files that fails would leave half of the old ones."""
    place = tmp_path / "set"
    with fresh_path(place) as path:
        path.mkdir()
        (path / "a").touch()
    with pytest.raises(InputError, match="cannot be written"):
        _fail(place)
    assert [one.name for one in place.iterdir()] == ["a"]
    with fresh_path(place, force=True) as path:
        path.mkdir()
        (path / "b").touch()
    assert [one.name for one in place.iterdir()] == ["b"]
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_folder_of_pictures_is_never_replaced(tmp_path: Path) -> None:
    """Else ``labels fix photos -o photos --force`` deletes the photos of a YOLO folder, as only labels are written."""
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.jpg").touch()
    done = labels("expand", "in.tsv", "-o", str(photos), "--to", "yolo", "--force", text=SOME)
    assert done.code == 2
    assert "no folder is replaced" in done.err
    assert [one.name for one in photos.iterdir()] == ["a.jpg"]


FAULTY = (
    "image\tlabels\tconfidence\tabsent\na.jpg\tdog\t\t\nb.jpg\tdog|animal\t.9|.5\t\n"
    "c.jpg\tdog|domestic dog|animal\t\t\nd.jpg\tdog\t\tanimal\n"
    "e.jpg\txqzzt\t\t\nf.jpg\tdog|animal\t2|1\t\ng.jpg\tdog|animal\t\tdomestic dog\n"
)


def test_every_kind_of_fault_is_found() -> None:
    """Else a file would be trained on that contradicts itself."""
    done = labels("validate", "in.tsv", "--format", "json", text=FAULTY)
    assert done.code == 1
    found = {row["kind"]: (row["findings"], row["images"], row["examples"]) for row in json.loads(done.out)}
    assert found == {
        "missing ancestor": (2, 2, ["a.jpg: dog without animal", "d.jpg: dog without animal"]),
        "less sure than below": (1, 1, ["b.jpg: dog is surer than animal"]),
        "present and absent": (1, 1, ["g.jpg: dog is present and absent"]),
        "below an absent label": (1, 1, ["d.jpg: dog without animal"]),
        "twice": (1, 1, ["c.jpg: dog twice"]),
        "unknown label": (1, 1, ["xqzzt (1 image): no such concept"]),
        "bad row": (1, 0, ["in.tsv:7: needs a confidence from 0 to 1 for each label; taken as 1"]),
    }
    assert done.err == "8 findings; inconsistent: 5 of 7 images\n"


def test_a_file_is_clean_once_it_was_expanded_or_fixed() -> None:
    """Else one could not get rid of findings by the means that are offered for them."""
    good = FAULTY.replace("e.jpg\txqzzt\t\t\n", "").replace("2|1", "1|1")
    assert labels("fix", "in.tsv", "-o", "left.tsv", text=good).code == 0
    assert labels("validate", "left.tsv").code == 1
    done = labels("fix", "in.tsv", "-o", "out.tsv", "--prefer", "present")
    assert done.err.splitlines() == [
        "6 images: 2 missing ancestors added",
        "1 label merged with a surer one of the same concept",
        "1 label made as sure as one below",
        "2 labels dropped in favour of what is present",
    ]
    assert [row["labels"] for row in written()][:3] == ["dog|animal"] * 3
    assert labels("validate", "out.tsv") == Done(0, "", "clean: 6 images\n")
    assert labels("fix", "in.tsv", "-o", "absent.tsv", "--prefer", "absent").code == 0
    assert written("absent.tsv")[3]["labels"] == ""
    assert labels("expand", "out.tsv", "-o", "more.tsv").code == 0
    assert labels("validate", "more.tsv").code == 0


def test_labels_become_the_same_class_or_the_one_above_and_losses_are_told() -> None:
    """Else a converted dataset would lack classes, and nobody would know which."""
    text = "image\tlabels\tconfidence\tabsent\na.jpg\tdog|cat\t.5|.9\t\nb.jpg\tcar\t\tanimal\nc.jpg\tcar\t\t\n"
    done = labels(
        *("convert", "in.tsv", "--to-vocabulary", "kinds", "-o", "out.tsv", "--report", "loss.json"), text=text
    )
    assert done.code == 0
    assert [(row["labels"], row["confidence"], row["absent"]) for row in written()] == [
        ("7|8", "0.5|0.9", ""),
        ("", "", "7|8"),
        ("", "", ""),
    ]
    assert done.err.splitlines() == [
        "exact: 2 labels, 1 time",
        "rolled up: 1 label, 1 time",
        "dropped: 1 label, 2 times",
        "note: dropped: car (2)",
        "note: no label left in 1 of 3 images",
    ]
    loss = json.loads(Path("loss.json").read_text())
    assert loss["rolled up"] == {"labels": 1, "annotations": 1, "absent": 0}
    assert {row["label"]: (row["how"], row["to"], row["images"], row["absent"]) for row in loss["labels"]} == {
        "animal": ("exact", "7", 0, 1),
        "cat": ("exact", "8", 1, 0),
        "dog": ("rolled up", "7", 1, 0),
        "car": ("dropped", "", 2, 0),
    }
    text = "image\tlabels\tabsent\na.jpg\tcar\tcarnivore\n"
    done = labels("convert", "in.tsv", "--to-vocabulary", "kinds", "-o", "out.tsv", "--force", text=text)
    assert "dropped: 1 label, 1 time" in done.err
    assert "note: dropped: car (1)\n" in done.err
    assert written()[0]["absent"] == "8"


def test_figures_of_a_file() -> None:
    """Else one would train on a hundred classes of which ten have pictures."""
    text = "image\tlabels\tabsent\na.jpg\td|2\t\nb.jpg\td\t2\nc.jpg\td\t\nd.jpg\t\t\n"
    done = labels("stats", "in.tsv", "--vocabulary", "zoo", text=text)
    assert table(done.out) == [
        {"label": "d", "concept": DOG, "name": "dog", "images": "3", "absent": "0"},
        {"label": "2", "concept": CAT, "name": "cat", "images": "1", "absent": "1"},
    ]
    figures = dict(line.split(": ") for line in done.err.splitlines())
    assert figures["images without a label"] == "1"
    assert figures["classes without an image"] == "1"
    assert figures["labels per image, mean"] == "1"
    assert figures["imbalance, most to least"] == "3"
    assert figures["Gini coefficient"] == "0.25"
    assert figures["effective number of classes"] == "1.755"
    rows = json.loads(labels("stats", "in.tsv", "--summary", "-f", "json").out)
    assert rows[0] == {"what": "images", "value": 4}
    assert "dog" in on_terminal("labels", "stats", "in.tsv", "--vocabulary", "zoo")


@pytest.mark.parametrize("name", ["out.tsv", "out.csv"])
def test_a_table_is_read_back_as_it_was_written(name: str) -> None:
    """Else every second step would lose labels."""
    text = "image\tlabels\tconfidence\tabsent\na, b.jpg\tdog|cat\t0.333|0.00001\tcar\nb.jpg\t\t\t\n"
    assert labels("expand", "in.tsv", "-o", name, "--no-ancestors", text=text).code == 0
    assert labels("expand", name, "-o", "again.tsv").code == 0
    first, second = written("again.tsv")
    assert (first["image"], second["image"], second["labels"]) == ("a, b.jpg", "b.jpg", "")
    assert first["confidence"].split("|")[:2] == ["0.333", "1e-05"]
    assert first["absent"] == "n02958343"


def test_an_empty_or_broken_file_is_told_of() -> None:
    """Else a file that was cut off would pass as a small dataset."""
    Path("empty.tsv").touch()
    done = labels("stats", "empty.tsv")
    assert (done.code, done.err) == (2, "error: empty.tsv: is empty; give the annotations of a dataset\n")
    assert labels("stats", "in.tsv", text="image\tlabels\n").code == 0
    done = labels("expand", "in.tsv", "-o", "out.tsv", text="image\tlabels\tconfidence\na.jpg\n")
    assert "in.tsv:2: the line has too few fields" in done.err
    assert labels("expand", "in.tsv", "-o", "o.tsv", "--strict").code == 2


BOTH = {
    "long.csv": "image,label,confidence\na,dog,.75\na,dog,0\n",
    "wide.tsv": "image\tlabels\tconfidence\tabsent\na\tdog\t.75\tdog\n",
    "oi.csv": "ImageID,Source,LabelName,Confidence\na,verification,dog,1\na,verification,dog,0\na,machine,dog,.75\n",
}


@pytest.mark.parametrize("name", BOTH)
def test_a_label_that_is_there_and_absent_is_found_and_settled_as_wished(name: str) -> None:
    """Else a table keeps the absence whatever --prefer says, and people who disagree go unnoticed."""
    Path(name).write_text(BOTH[name])
    found = {row["kind"]: row["findings"] for row in json.loads(labels("validate", name, "--format", "json").out)}
    assert found["present and absent"] == 1
    done = labels("expand", name, "-o", "e.tsv", "--to", "wide", "--no-ancestors")
    assert "1 label left though it or what is above was looked for in vain" in done.err
    for prefer, there, absent in (("present", "dog", ""), ("absent", "", "dog")):
        assert labels("fix", name, "-o", prefer + name, "--prefer", prefer).code == 0
        assert labels("validate", prefer + name).code == 0
        assert labels("fix", prefer + name, "-o", "out.tsv", "--to", "wide", "--force").code == 0
        (row,) = written()
        assert (row["labels"], row["absent"]) == (there, absent)
    assert labels("convert", name, "--to-vocabulary", "zoo", "-o", "c.tsv", "--to", "wide").code == 0
    (row,) = written("c.tsv")
    assert (row["labels"], row["absent"]) == ("d", "d"), "carried over as it is"


def test_what_a_coco_file_contradicts_is_settled_with_its_boxes() -> None:
    """Else the user reads that a label was dropped, and the file has its annotation as before."""
    box = '"bbox": [0, 0, 1, 1]'
    Path("x.json").write_text(
        '{"categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],'
        ' "images": [{"id": 7, "file_name": "a", "width": 9, "height": 9, "neg_category_ids": [1]},'
        ' {"id": 8, "file_name": "a", "width": 9, "height": 9}], "annotations": ['
        f'{{"id": 1, "image_id": 7, "category_id": 1, {box}}}, {{"id": 2, "image_id": 7, "category_id": 2, {box}}},'
        f' {{"id": 3, "image_id": 8, "category_id": 1, {box}}}, {{"id": 4, "image_id": 7, "category_id": 1, {box}}}]}}'
    )
    for prefer, neg, left in (("present", [], [1, 2, 3, 4]), ("absent", [1], [2, 3])):
        done = labels("fix", "x.json", "-o", f"{prefer}.json", "--prefer", prefer)
        assert (done.code, f"1 label dropped in favour of what is {prefer}" in done.err) == (0, True)
        found = json.loads(Path(f"{prefer}.json").read_text())
        assert [image.get("neg_category_ids") for image in found["images"]] == [neg, None]
        assert [annotation["id"] for annotation in found["annotations"]] == left
        assert labels("validate", f"{prefer}.json").code == 0
    Path("x.json").write_text(Path("x.json").read_text().replace('8, "file_name": "a"', '8, "file_name": "b"'))
    assert labels("fix", "x.json", "-o", "voc", "--prefer", "absent", "--to", "voc").code == 0
    assert labels("stats", "voc").out.splitlines()[1:] == ["cat\tn02121620\tcat\t1\t0", "dog\tn02084071\tdog\t1\t0"]
    assert labels("fix", "x.json", "-o", "y.csv", "--prefer", "absent", "--to", "long").code == 0
    assert "a,1,0," in Path("y.csv").read_text().splitlines()


def test_boxes_of_one_concept_stay_under_both_labels() -> None:
    """Else the user reads that labels were merged, and the file has both as before."""
    box = '"bbox": [0, 0, 1, 1]'
    Path("x.json").write_text(
        '{"categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "domestic dog"},'
        ' {"id": 3, "name": "animal"}],'
        ' "images": [{"id": 7, "file_name": "a", "width": 9, "height": 9}], "annotations": ['
        f'{{"id": 1, "image_id": 7, "category_id": 1, {box}}}, {{"id": 2, "image_id": 7, "category_id": 2, {box}}},'
        f' {{"id": 3, "image_id": 7, "category_id": 3, {box}, "score": 0.5}}]}}'
    )
    left = "1 label left though the image has another of the same concept; each has its own boxes"
    for to, out in (("coco", "y.json"), ("voc", "y")):
        done = labels("fix", "x.json", "-o", out, "--to", to)
        assert (done.code, left in done.err.splitlines()) == (0, True)
        assert "1 label left less sure than one below; each box is as sure as it was" in done.err.splitlines()
        assert len(labels("stats", out).out.splitlines()) == 1 + 3
    done = labels("fix", "x.json", "-o", "y.tsv", "--to", "wide")
    assert "1 label merged with a surer one of the same concept" in done.err.splitlines()
    assert "1 label made as sure as one below" in done.err.splitlines()
    assert len(labels("stats", "y.tsv").out.splitlines()) == 1 + 2


BAD = {
    "conf.csv": "image,label,confidence\na,dog,1.5\nb,dog,-1\nc,dog,abc\nd,dog,nan\ne,dog,.5\n",
    "conf.tsv": "image\tlabels\tconfidence\na\tdog\t1.5\nb\tdog\t-1\nc\tdog\tabc\nd\tdog\tnan\ne\tdog\t.5\n",
    "oi.csv": "ImageID,Source,LabelName,Confidence\na,verification,/m/0bt9lr,2\nb,verification,/m/0bt9lr,1\n",
    "cut.jsonl": '{"image": "a", "label": "dog"}\n{"image": "b", "la',
    "cut.json": '{"categories": [{"id": 1, "name": "dog"}], "images": [{"id": 1, "file_name": "a"}], "annotations": ['
    '{"id": 1, "image_id": 1, "category_id": 1}, {"id": 2, "image_',
    "lost.json": '{"categories": [{"id": 1, "name": "dog"}], "images": [{"id": 1, "file_name": "a"}], "annotations": ['
    '{"id": 1, "image_id": 1, "category_id": 1}, {"id": 2, "image_id": 7, "category_id": 1}]}',
}


@pytest.mark.parametrize(("name", "bad"), [*zip(BAD, (4, 4, 1, 1, 1, 1), strict=True)])
def test_bad_rows_are_found_once_in_every_format(name: str, bad: int) -> None:
    """Else a damaged file is called clean, and 'fix' loses its images without a word, even with --strict."""
    Path(name).write_text(BAD[name])
    done = labels("validate", name, "--format", "json")
    found = {row["kind"]: row["findings"] for row in json.loads(done.out)}
    assert (done.code, found.get("bad row")) == (1, bad), done.err
    done = labels("fix", name, "-o", "out.csv", "--to", "long")
    assert done.code == 0, done.err
    assert f"{bad} bad row{'s' * (bad > 1)} left out, or read as told above" in done.err
    assert done.err.count("warning: ") == bad
    for command in (["fix"], ["expand", "--ids", "source"], ["expand"]):
        done = labels(*command, name, "-o", "strict.csv", "--to", "long", "--strict")
        assert (done.code, Path("strict.csv").exists()) == (2, False), command
        assert name in done.err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("picture,tag\na.jpg,dog\n", "columns picture, tag: needs image and label, or image and labels"),
        (
            "\t".join(f"column{n}" for n in range(90)),
            "columns column0, column1, column2, column3, column4, column5, …: ",
        ),
        ("a dog on a lawn\n", "it begins with 'a dog on a lawn'"),
        ('{"a": [' + "1, " * 999 + "2]}", 'it begins with \'{"a": [1, 1, '),
        ("\x00\x01" * 99, "it is no text"),
        ("\n\n", "there is nothing in it"),
    ],
)
def test_of_an_unknown_file_what_it_holds_is_told(text: str, found: str) -> None:
    """Else the user would read eight descriptions to find that a column has another name."""
    done = labels("stats", "in.tsv", text=text)
    first, second = done.err.splitlines()
    assert done.code == 2
    assert f"in.tsv: of no known format: {found}" in first
    assert second.startswith("formats: coco, voc, ")
    assert len(first) < 160


def test_rules_that_find_no_label_as_the_file_is_read_are_told_of() -> None:
    """Else rules that were learned with --vocabulary do nothing without it, and nobody knows why."""
    one = "n_if\tn_both\tn_verified\tprobability\tlower_bound\tlift\testimator"
    Path("rules.tsv").write_text(f"if\tthen\t{one}\nzoo:flurb\tlabel:gribble\t9\t9\t9\t0.9\t0.8\t1\tnaive\n")
    text = "image\tlabels\na\tflurb\n"
    done = labels("expand", "in.tsv", "-o", "out.tsv", "--rules", "rules.tsv", text=text)
    why = "only files read with --vocabulary zoo have them"
    assert f"note: rules about 1 label have no effect (zoo:flurb): {why}" in done.err
    done = labels("expand", "in.tsv", "-o", "out.tsv", "--force", "--rules", "rules.tsv", "--vocabulary", "zoo")
    assert "(label:gribble): only files read without --vocabulary have them" in done.err
    (row,) = written()
    assert row["labels"] == "flurb|gribble", "what is above is nothing to a rule"
