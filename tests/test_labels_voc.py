"""Pascal VOC files are read one by one, whatever some of them hold, and written with objects added."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from boxed import expand, read

from taxonomy.errors import InputError
from taxonomy.labels import open_labels


def xml(*objects: str, filename: str = "a.jpg") -> str:
    boxes = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"
    body = "".join(f"<object><name>{name}</name><difficult>1</difficult>{boxes}</object>" for name in objects)
    return f"<annotation><filename>{filename}</filename>{body}</annotation>"


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    root = tmp_path / "VOC2007"
    (root / "Annotations").mkdir(parents=True)
    (root / "Annotations" / "b.xml").write_text(xml("dog", "dog", "cat", filename="b.jpg"))
    (root / "Annotations" / "a.xml").write_text(xml())
    (root / "Annotations" / "c.xml").write_text(xml(" dog ", filename=""))
    return root


def test_each_file_is_an_image(pets: Path):
    """Else images without objects would be missing, or those that are difficult."""
    assert read(pets) == ({"a.jpg": {}, "b.jpg": {"dog": 1, "cat": 1}, "c": {"dog": 1}}, [])
    assert read(pets / "Annotations")[0].keys() == {"a.jpg", "b.jpg", "c"}
    assert read(pets / "Annotations" / "b.xml")[0] == {"b.jpg": {"dog": 1, "cat": 1}}


BOMB = '<!DOCTYPE x [<!ENTITY a "dog"><!ENTITY b "&a;&a;">]>' + xml("&b;")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<annotation><object>", "no element found"),
        (b"", "no element found"),
        (b"<html/>", "its element is 'html'"),
        (BOMB.encode(), "document type"),
        (BOMB.encode("utf-16"), "document type"),
        (b'<?xml version="1.0" encoding="cp037"?>' + BOMB.encode("cp037"), ""),
        (b'<?xml version="1.0" encoding="nosuch"?><annotation/>', "not valid XML"),
    ],
)
def test_a_bad_file_is_named_and_the_others_are_read(pets: Path, data: bytes, said: str):
    """Else one broken file, or one that was made to fill the memory, would stop the whole dataset."""
    (pets / "Annotations" / "bad.xml").write_bytes(data)
    rows, reported = read(pets)
    assert rows.keys() == {"a.jpg", "b.jpg", "c"}
    assert len(reported) == 1
    assert reported[0].startswith("Annotations/bad.xml: ")
    assert said in reported[0]
    assert expand(pets, pets.parent / "out") == []


def test_objects_with_faults_are_reported(pets: Path):
    """Else an object without a name would be a label without one, or a wild confidence an impossible one."""
    text = xml("", "dog").replace("</object></ann", "<confidence>7</confidence></object></ann")
    (pets / "Annotations" / "a.xml").write_text(text)
    rows, said = read(pets)
    assert rows["a.jpg"] == {"dog": 1}
    assert said == [
        "Annotations/a.xml: object 1: it has no name",
        "Annotations/a.xml: object 2: the confidence '7' is no number from 0 to 1; taken as 1",
    ]


def test_a_name_that_is_not_utf_8_is_reported(pets: Path):
    """Else writing the image's name would fail much later."""
    (pets / "Annotations" / os.fsdecode(b"\xff.xml")).write_text(xml("dog", filename=""))
    rows, said = read(pets)
    assert len(rows) == 3
    assert len(said) == 1
    assert "not UTF-8" in said[0]


def test_an_empty_folder_is_no_voc(tmp_path: Path):
    """Else a mistaken path would be a dataset without images."""
    with pytest.raises(InputError, match="no XML files"):
        open_labels(tmp_path, lambda where, what: None, "voc")


def test_every_object_is_repeated_under_what_it_is(pets: Path, tmp_path: Path):
    """Else a detector that learns animals would be told that the second dog is background."""
    out = tmp_path / "out"
    assert expand(pets, out, {"cat": "basket"}) == ["1 label that rules added left out: without a box, which voc needs"]
    boxes = ElementTree.parse(out / "Annotations" / "b.xml").getroot().findall("object")
    names = [box.findtext("name") for box in boxes]
    assert names[:3] == ["dog", "dog", "cat"]
    assert sorted(names[3:]) == ["id:animal"] * 3 + ["id:canine"] * 2
    assert {(box.findtext("bndbox/xmax"), box.findtext("difficult")) for box in boxes} == {("3", "1")}
    assert {box.findtext("reason") for box in boxes[3:]} == {"ancestor of dog", "ancestor of cat"}
    assert read(out)[0]["b.jpg"] == {"dog": 1, "cat": 1, "id:canine": 1, "id:animal": 1}
    assert read(out)[0]["a.jpg"] == {}


def test_one_file_becomes_one_file(pets: Path, tmp_path: Path):
    """Else a file would be written as a folder; or objects stay that the new label space lacks."""
    out = tmp_path / "out.xml"
    expand(pets / "Annotations" / "b.xml", out, renamed={"dog": "hound"}, dropped="cat")
    names = [box.findtext("name") for box in ElementTree.parse(out).getroot().findall("object")]
    assert names[:2] == ["hound", "hound"]
    assert "cat" not in names


def test_labels_without_boxes_are_refused(tmp_path: Path):
    """Else files would be written that no tool for boxes can read."""
    (tmp_path / "t.tsv").write_text("image\tlabels\na.jpg\tdog\n")
    for format in ("voc", "yolo"):
        with pytest.raises(InputError, match="--to"):
            expand(tmp_path / "t.tsv", tmp_path / "out", to=format)
