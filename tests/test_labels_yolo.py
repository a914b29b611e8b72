"""YOLO datasets are read from their YAML file on, in the layouts that are about, and written with lines added."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from boxed import expand, read
from files import images

from taxonomy.errors import InputError
from taxonomy.labels import open_labels

BOX = "0.5 0.5 0.25 0.125"
NAMES = "names: [cat, dog]\n"


def labels(root: Path, **lines: str) -> Path:
    """Write text files; in a name, __ parts folders."""
    for name, text in lines.items():
        path = root / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two dogs and a cat, nothing, and an image that is gone."""
    root = images(tmp_path / "pets", "images/train/a.jpg", "images/train/b.png")
    labels(root, labels__train__a=f"1 {BOX}\n1 {BOX} 0.5\n0 {BOX}\n", labels__train__gone=f"0 {BOX}\n")
    (root / "data.yaml").write_text(f"train: images/train\nval: images/train\nnc: 2\n{NAMES}")
    return root


ROWS = {"images/train/a.jpg": {"dog": 1, "cat": 1}, "images/train/b.png": {}, "images/train/gone": {"cat": 1}}


def test_images_are_known_by_their_files_or_their_labels(pets: Path):
    """Else images with nothing in them would be missing, or a dataset whose images are elsewhere could not be read."""
    assert read(pets) == (ROWS, [])
    assert read(pets / "data.yaml") == (ROWS, [])


def test_a_class_is_known_by_its_name(pets: Path):
    """Else index 16, a dog here, would be what COCO's category 16 is, a bird; or two classes of one name one."""
    (pets / "data.yaml").write_text("names: [dog, dog, cat]\nconcepts: {2: n02121620}\n")
    file = open_labels(pets, lambda where, what: None)
    assert [tuple(label) for label in file.labels] == [("dog", "dog"), ("1 dog", "dog"), ("n02121620", "cat")]


@pytest.mark.parametrize(
    ("text", "picture", "label"),
    [
        ("path: ../ds\ntrain: images", "images/a.jpg", "labels__a"),
        ("path: /nowhere\ntrain: [images/x]", "images/x/a.jpg", "labels__x__a"),
        ("train: ../train/images\nval: ../valid/images", "train/images/a.jpg", "train__labels__a"),
        ("train: train", "train/a.jpg", "train__a"),
        ("train: train.txt", "images/a.jpg", "labels__a"),
        ("nc: 2", "images/deep/er/a.jpg", "labels__deep__er__a"),
    ],
)
def test_every_layout_that_is_about_is_found(tmp_path: Path, text: str, picture: str, label: str):
    """Else an export of another tool would be a dataset without images."""
    root = labels(images(tmp_path / "ds", picture), **{label: f"1 {BOX}\n"})
    (root / "train.txt").write_text(f"./{picture}\n\n")
    (root / "data.yaml").write_text(f"{text}\n{NAMES}")
    assert read(root)[0] == {picture: {"dog": 1}}


def test_faults_are_reported_where_they_are(pets: Path):
    """Else a class beyond the names would be a traceback, or a broken line a wrong label."""
    lines = f"7 {BOX}\n7 {BOX}\ndog {BOX}\n-1 {BOX}\n1 2 3\n\n1 {BOX} 7\n1 .1 .1 .2 .2 .3 .3\n\xff"
    labels(pets, labels__train__a=lines, labels__train__b=f"1 {BOX} 0.25\n0 {BOX} 0\n")
    (pets / "labels" / "train" / os.fsdecode(b"\xff.txt")).write_text("")
    rows, said = read(pets)
    assert rows["images/train/a.jpg"] == {"7": 1, "dog": 1}
    assert rows["images/train/b.png"] == {"dog": 0.25}
    bad = "needs the index of a class and four numbers; the line is left out"
    assert said == [
        *(f"labels/train/a.txt:{number}: {bad}" for number in (3, 4, 5)),
        "labels/train/a.txt:7: the confidence '7' is no number from 0 to 1; taken as 1",
        f"labels/train/a.txt:9: {bad}",
        "images/train/\\udcff: the name is not UTF-8; rename it, the image is left out",
        "data.yaml: classes that are not in `names`: 7 (2 boxes); kept without a name",
    ]


def test_what_is_not_there_is_said(tmp_path: Path):
    """Else a mistaken path would be a dataset without images."""
    (tmp_path / "data.yaml").write_text(f"train: nowhere\n{NAMES}")
    with pytest.raises(InputError, match="no images and no labels"):
        read(tmp_path)
    (tmp_path / "other.yaml").write_text(NAMES)
    with pytest.raises(InputError, match=r"data\.yaml, other\.yaml; give one"):
        open_labels(tmp_path, lambda where, what: None, "yolo")
    (tmp_path / "bad.yaml").write_text("names: [a\nb: ]")
    with pytest.raises(InputError, match="not valid YAML"):
        open_labels(tmp_path / "bad.yaml", lambda where, what: None)


def test_a_link_that_leads_back_up_ends(pets: Path):
    """Else the dataset would be read for ever."""
    (pets / "images" / "train" / "up").symlink_to(pets / "images")
    (pets / "labels" / "train" / "up").symlink_to(pets / "labels")
    assert len(read(pets)[0]) <= 6


def test_every_line_is_repeated_under_what_it_is(pets: Path, tmp_path: Path):
    """Else a detector that learns animals would be told that the second dog is background."""
    out = tmp_path / "out"
    said = expand(pets, out, {"cat": "basket"})
    assert said[0] == "2 labels that rules added left out: without a box, which yolo needs"
    assert "images" in said[1]
    document = yaml.safe_load((out / "data.yaml").read_text())
    assert document == {
        "train": "images/train",
        "val": "images/train",
        "nc": 4,
        "names": {0: "cat", 1: "dog", 2: "canine", 3: "animal"},
        "concepts": {2: "id:canine", 3: "id:animal"},
    }
    lines = (out / "labels" / "train" / "a.txt").read_text().splitlines()
    assert sorted(lines) == sorted(
        [f"{i} {BOX}" for i in (1, 2, 3)] + [f"{i} {BOX} 0.5" for i in (1, 2, 3)] + [f"{i} {BOX}" for i in (0, 3)]
    )
    assert not (out / "labels" / "train" / "b.txt").exists()
    rows, reported = read(out)
    assert rows == {
        "images/train/a": {"dog": 1, "cat": 1, "animal": 1, "canine": 1},
        "images/train/gone": {"cat": 1, "animal": 1},
    }
    assert reported == []


def test_what_was_expanded_is_not_expanded_twice(pets: Path, tmp_path: Path):
    """Else each run would double the boxes."""
    expand(pets, tmp_path / "once")
    expand(tmp_path / "once", tmp_path / "twice")
    for name in ("data.yaml", "labels/train/a.txt"):
        assert (tmp_path / "twice" / name).read_text() == (tmp_path / "once" / name).read_text()


def test_another_label_space_has_its_names(pets: Path, tmp_path: Path):
    """Else lines would have the index of another class, or stay that the new label space lacks."""
    expand(pets, tmp_path / "out", renamed={"dog": "hound"}, dropped="cat")
    assert "hound" in read(tmp_path / "out")[0]["images/train/a"]
    assert "cat" not in read(tmp_path / "out")[0]["images/train/a"]
