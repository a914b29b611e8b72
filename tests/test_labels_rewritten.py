"""`taxonomy labels …` write what the user expects: their own classes as they were, and a file as its name says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import DOG, vocabulary
from exported import ANIMAL
from shell import run

from taxonomy.concept import SourceClass

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

BOX = "0.5 0.5 0.25 0.125"
CAT = "n02121620"


@pytest.fixture(scope="module")
def zoo(few_build: Callable[..., Path]) -> Path:
    return few_build(
        vocabulary("zoo", SourceClass("d", "dog", wnid=DOG), SourceClass("c", "cat", wnid=CAT)),
        vocabulary("kinds", SourceClass("7", "hound", wnid=DOG), SourceClass("8", "beast", wnid=ANIMAL)),
    )


@pytest.fixture(autouse=True)
def db(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAXONOMY_DB", raising=False)
    shutil.copy(zoo, "taxonomy.db")


def yolo() -> None:
    Path("y/labels").mkdir(parents=True)
    Path("y/data.yaml").write_text("names: [dog, cat]\n")
    # The first box is of the last class, so that numbers given as boxes come would be others.
    Path("y/labels/a.txt").write_text(f"1 {BOX}\n0 {BOX}\n")


def yolo_written(*arguments: str) -> tuple[dict[int, str], list[str]]:
    """Return the names of a dataset that a command writes, and its boxes."""
    yolo()
    done = run("labels", arguments[0], "y", "-o", "out", *arguments[1:])
    assert done.code == 0, done.err
    return yaml.safe_load(Path("out/data.yaml").read_text())["names"], Path("out/labels/a.txt").read_text().splitlines()


@pytest.mark.parametrize("arguments", [["expand", "--no-ancestors"], ["expand", "--no-ancestors", "--ids", "source"]])
def test_yolo_classes_keep_their_numbers(arguments: list[str]) -> None:
    """Else a detector that was trained on the file would take each dog for something new."""
    assert yolo_written(*arguments) == ({0: "dog", 1: "cat"}, [f"1 {BOX}", f"0 {BOX}"])


def test_yolo_classes_that_are_added_come_after_those_of_the_file() -> None:
    """Else a class of the file would lose its number to an ancestor."""
    names, lines = yolo_written("expand")
    assert (names[0], names[1], lines[0]) == ("dog", "cat", f"1 {BOX}")
    assert len(set(names.values())) == len(names) > 2


def test_yolo_is_mended_and_converted_under_its_own_numbers() -> None:
    """Else `fix` would change boxes that have no fault, or a converted file have names without boxes."""
    assert yolo_written("fix") == ({0: "dog", 1: "cat"}, [f"1 {BOX}", f"0 {BOX}"])
    for folder in ("y", "out"):
        shutil.rmtree(folder)
    names, lines = yolo_written("convert", "--to-vocabulary", "kinds")
    assert (names, lines) == ({0: "hound", 1: "beast"}, [f"1 {BOX}", f"0 {BOX}"])


@pytest.mark.parametrize("command", [["expand", "--no-ancestors"], ["fix"]])
def test_coco_categories_keep_their_ids(command: list[str]) -> None:
    """Else the results of a detector that was trained on the file could not be compared with it any more."""
    categories = [{"id": 5, "name": "cat"}, {"id": 3, "name": "dog"}]
    boxes = [{"id": n, "image_id": 1, "category_id": id, "bbox": [0, 0, 1, 1]} for n, id in ((1, 3), (2, 5))]
    source = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": boxes, "categories": categories}
    Path("co.json").write_text(json.dumps(source))
    done = run("labels", command[0], "co.json", "-o", "out.json", *command[1:])
    assert done.code == 0, done.err
    found = json.loads(Path("out.json").read_text())
    assert {category["id"]: category["name"] for category in found["categories"]} == {5: "cat", 3: "dog"}
    assert [box["category_id"] for box in found["annotations"]] == [3, 5]


def test_voc_objects_keep_their_names() -> None:
    """Else the objects of the first files would be dropped, whose labels were placed only later."""
    for name in ("dog", "cat"):
        Path(f"v/{name}.xml").parent.mkdir(exist_ok=True)
        Path(f"v/{name}.xml").write_text(
            f"<annotation><filename>{name}.jpg</filename><object><name>{name}</name></object></annotation>"
        )
    done = run("labels", "fix", "v", "-o", "out")
    assert done.code == 0, done.err
    for name in ("dog", "cat"):
        assert f"<name>{name}</name>" in Path(f"out/{name}.xml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["co.json", "-o", "co.csv"],
            "coco is not written as .csv; name the file otherwise, or give its format by --to",
        ),
        (["co.json", "-o", "co.JSON.gz"], "coco is not written as .gz"),
        (["in.tsv", "-o", "out.json"], "wide is not written as .json; .* [(]coco[)]"),
        (
            ["in.tsv", "-o", "out.csv", "--to", "tencent"],
            "tencent is not written as .csv; .* [(]openimages, long, wide[)]",
        ),
        (["in.tsv", "-o", "out.json.gz", "--to", "long"], "long is not written as .json"),
    ],
)
def test_a_file_is_of_the_format_that_its_name_says(arguments: list[str], said: str) -> None:
    """Else the program that the file is for would find another format in it."""
    Path("co.json").write_text('{"images": [], "annotations": [], "categories": []}')
    Path("in.tsv").write_text("image\tlabels\na.jpg\tdog\n")
    done = run("labels", "expand", *arguments)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert re.search(said, done.err)
    assert not Path(arguments[2]).exists()


@pytest.mark.parametrize(
    "arguments", [["out.csv.gz", "--to", "long"], ["out.v2"], ["OUT.TSV"], ["o.csv", "--to", "wide"]]
)
def test_a_name_that_says_nothing_else_will_do(arguments: list[str]) -> None:
    """Else a file could not be written under the name that somebody wants."""
    Path("in.tsv").write_text("image\tlabels\na.jpg\tdog\n")
    assert run("labels", "expand", "in.tsv", "-o", *arguments).code == 0


def test_labels_that_a_wide_table_cannot_hold_are_told_of() -> None:
    """Else a label would be another one, and nobody would know."""
    rows = 'image,label\na,do|g\nb,do|g\nb,"xq\tzzt"\nb,cow\n'
    Path("in.csv").write_text(rows)
    done = run("labels", "expand", "in.csv", "-o", "out.tsv", "--to", "wide")
    assert done.code == 0
    assert "note: 2 labels with a space for a | or a tab, which part cells here: 'do|g' is 'do g' now" in done.err
    Path("in.csv").write_text("image,label\na,cow\n")
    assert "part cells" not in run("labels", "expand", "in.csv", "-o", "cow.tsv", "--to", "wide").err
