"""OpenImages' tables, Tencent's lists, and tables with an image a line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from label_files import Ids, contents, expanded, opened

from taxonomy.labels import format_named

VERIFIED = """ImageID,Source,LabelName,Confidence
1,verification,/m/0bt9lr,1
1,machine,/m/0bt9lr,0.9
1,machine,/m/01yrx,0.8
1,crowdsource-verification,/m/01yrx,0
2,verification,/m/01yrx,1
2,crowdsource-verification,/m/01yrx,0
"""
BOXES = """ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded
1,xclick,/m/0bt9lr,1,0.1,0.2,0.3,0.4,0
1,activemil,/m/0bt9lr,1,0.5,0.6,0.7,0.8,1
"""
TENCENT = "a.jpg\t5:0.9 12:1\nhttps://b.org/x,y.jpg\t12:0.25\n"
SAMPLE = "image\tlabels(wnid name:conf)\na.jpg\tn09282208 floor:0.8|n09334396 land, dry land:0.5\n"


def test_openimages_knows_who_looked_in_vain(tmp_path: Path) -> None:
    """Else a machine's guess would beat the person who looked, and people who disagree would go unnoticed."""
    path = tmp_path / "x.csv"
    path.write_text(VERIFIED)
    annotations, said = opened(path)
    assert annotations.format == "openimages"
    (batch,) = annotations.batches()
    keys = [annotations.labels[label].key for label in batch.labels]
    assert (batch.starts.tolist(), keys) == ([0, 2, 4], ["/m/0bt9lr", "/m/01yrx", "/m/01yrx", "/m/01yrx"])
    assert sorted(batch.confidence.tolist()) == [0, 0, 1, 1]
    assert said == [("x.csv", "1 row repeated a label of the image; the surest counts")], "no guess that gave way"


def test_openimages_boxes_are_a_label_of_the_image(tmp_path: Path) -> None:
    """Else every image with two dogs would be reported as a file with duplicate rows."""
    path = tmp_path / "x.csv"
    path.write_text(BOXES)
    annotations, said = opened(path)
    assert contents(annotations) == {"1": {"/m/0bt9lr": 1}}
    assert said == []
    path.write_text("filename,class,xmin\n1,dog,5\n1,dog,7\n")
    assert contents(opened(path)[0]) == {"1": {"dog": 1}}


def test_openimages_says_what_was_added(tmp_path: Path) -> None:
    """Else a label that was inferred could pass for one that a person verified."""
    source, path = tmp_path / "x.csv", tmp_path / "out.csv"
    source.write_text(VERIFIED)
    ids = Ids("/m/0bt9lr", "/m/01yrx", "mid:/m/0jbk", reasons=["", "ancestor of /m/0bt9lr"])
    images = {"1": [(0, 0.9, 0), (1, 0, 0), (2, 0.9, 1)], "2": [(1, 0.7, 0)], "3": [(1, 1, 0)]}
    assert format_named("openimages").write(path, expanded(images), ids, source) == []
    assert path.read_text().splitlines() == [
        "ImageID,Source,LabelName,Confidence",
        "1,machine,/m/0bt9lr,0.9",
        "1,crowdsource-verification,/m/01yrx,0",
        "1,expansion,/m/0jbk,0.9",
        "2,verification,/m/01yrx,0.7",
        "3,unknown,/m/01yrx,1",
    ]
    assert contents(opened(path)[0])["1"] == {"/m/0bt9lr": 0.9, "/m/01yrx": 0, "/m/0jbk": 0.9}


def test_openimages_keeps_boxes(tmp_path: Path) -> None:
    """Else boxes would be lost, or what a rule adds would stand where nobody saw it."""
    source, path = tmp_path / "x.csv", tmp_path / "out.csv"
    source.write_text(BOXES)
    reasons = ["", "ancestor of /m/0bt9lr", "rule /m/0bt9lr⇒grass p=.9", "ancestor of grass"]
    ids = Ids("/m/0bt9lr", "animal", "grass", "plant", reasons=reasons)
    images = {"1": [(0, 1, 0), (1, 1, 1), (2, 0.9, 2), (3, 0.9, 3)]}
    format_named("openimages").write(path, expanded(images), ids, source)
    assert path.read_text().splitlines() == [
        *BOXES.splitlines(),
        "1,expansion,animal,1,0.1,0.2,0.3,0.4,0",
        "1,expansion,animal,1,0.5,0.6,0.7,0.8,1",
        "1,expansion,grass,0.9,,,,,",
        "1,expansion,plant,0.9,,,,,",
    ]


def test_openimages_from_another_format_does_not_know_who_said_so(tmp_path: Path) -> None:
    """Else a conversion would claim that people verified what a machine may have guessed."""
    path = tmp_path / "out.csv"
    format_named("openimages").write(path, expanded({"1": [(0, 1, 0)]}), Ids("n02084071"), None)
    assert path.read_text() == "ImageID,Source,LabelName,Confidence\n1,unknown,n02084071,1\n"


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_tencent_lists(separator: str, tmp_path: Path) -> None:
    """Else the 18 million images of ML-Images could not be read."""
    path = tmp_path / "train_urls.txt"
    path.write_text(TENCENT.replace(" ", separator))
    annotations, said = opened(path)
    assert annotations.format == "tencent"
    assert contents(annotations) == {"a.jpg": {"5": 0.9, "12": 1}, "https://b.org/x,y.jpg": {"12": 0.25}}
    assert said == []


def test_tencent_sample(tmp_path: Path) -> None:
    """Else the sample that Tencent published could not be checked against its own rule."""
    path = tmp_path / "x.tsv"
    path.write_text(SAMPLE)
    annotations, _ = opened(path)
    assert annotations.format == "tencent"
    assert contents(annotations) == {"a.jpg": {"n09282208": 0.8, "n09334396": 0.5}}
    assert [label.name for label in annotations.labels] == ["floor", "land"]


def test_tencent_entries_that_are_none(tmp_path: Path) -> None:
    """Else a broken entry would end the reading, or a confidence of 9 would count as sure."""
    path = tmp_path / "x.txt"
    path.write_text("a\t5:1 6:1\nb\t5:9 6:.5 x 6:.25\n\nc\nd\t:1\ne\t5:1\nf\t5:1\n")
    annotations, said = opened(path)
    found = contents(annotations)
    assert found == {"a": {"5": 1, "6": 1}, "b": {"6": 0.5}, "c": {}, "d": {}, "e": {"5": 1}, "f": {"5": 1}}
    wrong = "is no label with a confidence from 0 to 1"
    assert said == [
        ("x.txt:2", f"'5:9' {wrong}"),
        ("x.txt:2", f"'x' {wrong}"),
        ("x.txt:5", f"':1' {wrong}"),
        ("x.txt", "1 row repeated a label of the image; the surest counts"),
    ]


@pytest.mark.parametrize("text", [TENCENT, TENCENT.replace(" ", "\t"), SAMPLE])
def test_tencent_is_written_as_it_was_read(text: str, tmp_path: Path) -> None:
    """Else Tencent's own programs could not read the expanded list."""
    source, path = tmp_path / "x.txt", tmp_path / "out.txt"
    source.write_text(text)
    annotations, _ = opened(source)
    found = contents(annotations)
    keys = [label.key for label in annotations.labels]
    images = {image: [(keys.index(key), value, 0) for key, value in labels.items()] for image, labels in found.items()}
    names = [label.name for label in annotations.labels]
    remarks = format_named("tencent").write(path, expanded(images), Ids(*keys, names=names), source)
    assert remarks == []
    assert path.read_text() == text.replace(", dry land", "")


def test_tencent_tells_that_reasons_are_lost(tmp_path: Path) -> None:
    """Else the user would find out after the source is gone."""
    path = tmp_path / "out.txt"
    ids = Ids("1", "sea snake", reasons=["", "rule"])
    remarks = format_named("tencent").write(path, expanded({"a": [(0, 1, 0), (1, 0.5, 1)], "b": []}), ids, None)
    assert remarks == ["a list has no room for the reasons why labels were added"]
    assert path.read_text() == "a\t1:1 sea_snake:0.5\nb\t\n"


def test_a_wide_table_may_be_packed_and_have_bad_lines(tmp_path: Path) -> None:
    """Else a table would have to be unpacked first, and one byte of another encoding would cost all of it."""
    path = tmp_path / "x.csv.gz"
    text = b'image,labels,absent\n"a, b",dog|cat|dog,\nc,\xff,\nd,dog,dog|cow\n'
    path.write_bytes(gzip.compress(text))
    annotations, said = opened(path)
    assert annotations.format == "wide"
    (batch,) = annotations.batches()
    assert batch.images == ["a, b", "d"]
    assert batch.confidence.tolist() == [1, 1, 1, 0, 0], "dog is there and absent"
    assert said == [
        ("x.csv.gz:3", "not UTF-8 (byte 0xff)"),
        ("x.csv.gz", "1 row repeated a label of the image; the surest counts"),
    ]


def test_a_quote_that_is_not_closed_costs_its_line_alone(tmp_path: Path) -> None:
    """Else all that follows would be missing, and nobody would know."""
    path = tmp_path / "x.csv"
    path.write_text('image,labels\na,dog\n"b,dog\nc,cat\n"d" x,cat\n"e, f",dog\n"g\nh",cat\ni,dog\n')
    annotations, said = opened(path)
    found = {"a": {"dog": 1}, "c": {"cat": 1}, "e, f": {"dog": 1}, "gh": {"cat": 1}, "i": {"dog": 1}}
    assert contents(annotations) == found
    assert [(where, what[:15]) for where, what in said] == [(f"x.csv:{n}", "no row of a CSV") for n in (3, 5)]
    path.write_text('image,labels\n"a,dog\nb,cat\nc,cat\n')
    annotations, said = opened(path)
    assert contents(annotations) == {"b": {"cat": 1}, "c": {"cat": 1}}
    assert [where for where, _ in said] == ["x.csv:2"]


def test_a_cell_may_be_long_and_one_that_does_not_end_is_a_bad_row(tmp_path: Path) -> None:
    """Else an image with ten thousand labels would be a traceback, or a stray quote fill the memory with the file."""
    path = tmp_path / "x.csv"
    names = [f"label{n}" for n in range(20_000)]
    path.write_text(f"image,labels\na,{'|'.join(names)}\n")
    assert contents(opened(path)[0]) == {"a": dict.fromkeys(names, 1)}
    images = [f"{n}{'x' * 100_000}" for n in range(60)]
    path.write_text('image,labels\n"a,dog\n' + "".join(f"{image},cat\n" for image in images))
    annotations, said = opened(path)
    assert contents(annotations) == {image: {"cat": 1} for image in images}
    assert said[0][0] == "x.csv:2"


@pytest.mark.parametrize("sure", ["0.5|nan", "nan|0.5", "nan|nan", "0.5|-inf"])
def test_a_confidence_is_a_number(sure: str, tmp_path: Path) -> None:
    """Else what follows from a label would be of no confidence at all."""
    path = tmp_path / "x.tsv"
    path.write_text(f"image\tlabels\tconfidence\na\tdog|cat\t{sure}\n")
    annotations, said = opened(path)
    assert contents(annotations) == {"a": {"dog": 1, "cat": 1}}
    assert said == [("x.tsv:2", "needs a confidence from 0 to 1 for each label; taken as 1")]


@pytest.mark.parametrize(
    ("name", "header", "line"),
    [
        ("x.tsv", "image\tlabels\n", "{}\tdog|cat\n"),
        ("x.csv", "image,labels\n", "{},dog|cat\n"),
        ("x.txt", "", "{}\tdog:1 cat:1\n"),
    ],
)
def test_an_image_with_two_lines_is_one_image(name: str, header: str, line: str, tmp_path: Path) -> None:
    """Else it would count twice in every figure, and its labels in one line would not be known in the other."""
    path = tmp_path / name
    images = [f"image {n}.jpg".replace(" ", "_") for n in range(30_000)]
    path.write_text(header + "".join(map(line.format, [*images, images[5], images[29_999], "last", "last"])))
    annotations, said = opened(path)
    assert contents(annotations) == {image: {"dog": 1, "cat": 1} for image in [*images, "last"]}
    first = 30_001 + bool(header)
    assert [where for where, _ in said] == [f"{name}:{first + n}" for n in (0, 1, 3)]
    assert "'image_5.jpg' has a line before" in said[0][1]
