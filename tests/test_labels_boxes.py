"""Boxes go from one format to another: whose, where, and how sure; what cannot be carried is counted."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest
from boxed import convert, read
from consumers import consumer

from taxonomy.errors import InputError
from taxonomy.labels import format_named, open_labels
from taxonomy.labels._boxes import image_size

WIDTH, HEIGHT = 80, 60
BOXES = {
    "1.png": [("dog", 10, 20, 30, 40), ("cat", 0, 0, 80, 60)],
    "2.png": [],
    "3.png": [("dog", 1.5, 2.25, 3, 4), ("dog", 5, 5, 5, 5)],
}


def png(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    """Write a grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress((b"\0" + b"\x80" * width) * height)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def coco(path: Path, **more: object) -> Path:
    """Write the boxes as a COCO file; ``more`` goes to every annotation."""
    ids = {"dog": 7, "cat": 3}
    size = {"width": WIDTH, "height": HEIGHT}
    rows = [
        {"id": n, "image_id": int(image[0]), "category_id": ids[key], "bbox": corners, "area": 1, "iscrowd": 0} | more
        for n, (image, (key, *corners)) in enumerate((i, b) for i, boxes in BOXES.items() for b in boxes)
    ]
    document = {
        "images": [{"id": int(image[0]), "file_name": image} | size for image in BOXES],
        "annotations": rows[::-1],  # those of an image need not be together
        "categories": [{"id": id, "name": name} for name, id in ids.items()],
    }
    path.write_text(json.dumps(document))
    return path


def boxes(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the name of the label and the corners of each box, by the end of the name of the image."""
    file = open_labels(path, lambda where, what: None)
    list(file.batches())
    names = {label.key: label.name for label in file.labels}
    found = format_named(file.format).boxes
    assert found is not None
    rows: dict[str, list[tuple[str, ...]]] = {}
    for picture in found(path):
        corners = ((names[box.key], *(f"{round(corner, 1) + 0:g}" for corner in box[1:5])) for box in picture.boxes)
        rows[picture.image.rpartition("/")[2]] = sorted(corners)
    return rows


@pytest.mark.parametrize("way", [("voc", "yolo", "coco"), ("yolo", "voc", "coco")])
def test_boxes_go_all_the_way_round(tmp_path: Path, way: tuple[str, ...]) -> None:
    """Else people who want another format draw their boxes anew, or find them a little elsewhere."""
    file = coco(tmp_path / "first.json")
    wanted = boxes(file)
    assert wanted["1.png"] == [("cat", "0", "0", "80", "60"), ("dog", "10", "20", "30", "40")]
    for format in way:
        before, file = file, tmp_path / format / ("out.json" if format == "coco" else "out")
        file.parent.mkdir()
        remarks = convert(before, file, format, renamed={"dog": "dog", "cat": "cat"})
        if format == "yolo":
            assert remarks == ["images are not copied: put them into the folder `images` beside `labels`"]
            for image in BOXES:
                png(file / "images" / Path(next(iter(read(before)[0]))).parent / image)
        assert {
            image: [box for box in found if box[0] in ("dog", "cat")] for image, found in boxes(file).items()
        } == wanted


def test_a_label_above_has_the_box_as_well(tmp_path: Path) -> None:
    """Else a detector of animals learns nothing from boxes of dogs, once they are in another format."""
    for to in ("voc", "yolo"):
        remarks = convert(coco(tmp_path / "in.json"), tmp_path / to, to, ruled={"cat": "mat"})
        assert remarks[0] == f"1 label that rules added left out: without a box, which {to} needs"
    names = (tmp_path / "voc" / "Annotations" / "1.xml").read_text()
    assert names.count("<xmin>10</xmin>") == 3, "a dog, a canine, an animal"
    lines = (tmp_path / "yolo" / "labels" / "1.txt").read_text().splitlines()
    assert (
        sorted(line.partition(" ")[2] for line in lines)
        == ["0.312500 0.666667 0.375000 0.666667"] * 3 + ["0.500000 0.500000 1.000000 1.000000"] * 2
    )
    assert (tmp_path / "voc" / "ImageSets" / "Main" / "trainval.txt").read_text() == "1\n2\n3\n"


def test_boxes_that_cannot_be_carried_are_counted(tmp_path: Path) -> None:
    """Else a tenth of the boxes is gone, and the user reads that all is well, or that rules added some."""
    outlined = coco(tmp_path / "in.json", segmentation=[[0, 0, 1, 0, 1, 1]], score=0.5)
    assert convert(outlined, tmp_path / "voc", "voc") == ["4 boxes written without the outline: only boxes are carried"]
    assert "<confidence>0.5</confidence>" in (tmp_path / "voc" / "Annotations" / "1.xml").read_text()
    crowds = coco(tmp_path / "crowd.json", iscrowd=1)
    assert "4 boxes of crowds left out: yolo would take each for one thing" in convert(crowds, tmp_path / "y", "yolo")
    assert convert(crowds, tmp_path / "v", "voc") == []
    assert (tmp_path / "v" / "Annotations" / "1.xml").read_text().count("<difficult>1</difficult>") > 0
    bare = json.loads(coco(tmp_path / "bare.json").read_text())
    bare["images"] = [{"id": image["id"], "file_name": image["file_name"]} for image in bare["images"]]
    bare["annotations"][0]["bbox"] = [1, 2]
    (tmp_path / "bare.json").write_text(json.dumps(bare))
    remarks = convert(tmp_path / "bare.json", tmp_path / "b", "yolo")
    assert remarks[:2] == [
        "1 box whose place in pixels is not known, nor the size of the image: left out",
        "3 boxes left out: the size of the image is not known",
    ]
    convert(coco(tmp_path / "in.json"), tmp_path / "yolo", "yolo")
    remarks = convert(tmp_path / "yolo", tmp_path / "out.json", "coco")
    assert remarks[-1] == "11 boxes whose place in pixels is not known, nor the size of the image: left out"


@pytest.mark.parametrize(("to", "place"), [("voc", "Annotations/1.xml"), ("yolo", "labels/1.txt")])
def test_no_image_is_written_over_another(tmp_path: Path, to: str, place: str) -> None:
    """Else of two images of one name only the boxes of the last are there, and nobody knows."""
    file = coco(tmp_path / "in.json")
    file.write_text(file.read_text().replace("3.png", "1.png").replace("2.png", "1.jpg"))
    said: list[tuple[str, str]] = []
    convert(file, tmp_path / "out", to, report=lambda where, what: said.append((where, what)))
    assert said == [
        ("1.jpg", f"another image has {place} already; left out with 0 boxes"),
        ("1.png", f"another image has {place} already; left out with 2 boxes"),
    ]
    text = (tmp_path / "out" / place).read_text()
    assert ("<xmin>10</xmin>" in text, "<xmin>1.5</xmin>" in text) == (to == "voc", False)
    assert len(text.splitlines()) > 3


def test_the_size_of_a_picture_is_that_of_what_is_shown(tmp_path: Path) -> None:
    """Else the boxes of every photograph that was taken upright are somewhere else."""
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 60, 80) + b"\x03" + b"\0" * 9
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x0112, 3, 1, 6)
    exif = b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff
    vp8l = (79 | 59 << 14).to_bytes(4, "little")
    pictures = {
        "a.jpg": b"\xff\xd8\xff\xe0\x00\x04ab" + frame,
        "a.gif": b"GIF89a" + struct.pack("<HH", 80, 60),
        "a.bmp": b"BM" + b"\0" * 16 + struct.pack("<ii", 80, -60),
        "l.webp": b"RIFF____WEBPVP8L____\x2f" + vp8l + b"\0" * 8,
        "x.webp": b"RIFF____WEBPVP8X" + b"\0" * 8 + (79).to_bytes(3, "little") + (59).to_bytes(3, "little") + b"\0\0",
        "v.webp": b"RIFF____WEBPVP8 " + b"\0" * 10 + struct.pack("<HH", 80, 60) + b"\0\0",
    }
    for name, data in pictures.items():
        (tmp_path / name).write_bytes(data)
        assert image_size(tmp_path / name) == (80, 60), name
    png(tmp_path / "a.png")
    assert image_size(tmp_path / "a.png") == (80, 60)
    (tmp_path / "turned.jpg").write_bytes(b"\xff\xd8" + exif + frame)
    assert image_size(tmp_path / "turned.jpg") == (60, 80)
    for name, data in {"cut.jpg": b"\xff\xd8\xff\xe0", "none.txt": b"hello", "short.png": b"\x89PNG"}.items():
        (tmp_path / name).write_bytes(data)
        assert image_size(tmp_path / name) == (0, 0), name
    assert image_size(tmp_path / "missing.jpg") == (0, 0)


def test_a_name_of_an_image_leads_nowhere_else(tmp_path: Path) -> None:
    """Else a file from somebody else writes over files of the user."""
    file = coco(tmp_path / "in.json")
    file.write_text(file.read_text().replace("1.png", "../../../1.png"))
    for to, place in (("voc", "Annotations/1.xml"), ("yolo", "labels/1.txt")):
        convert(file, tmp_path / "deep" / to, to)
        assert (tmp_path / "deep" / to / place).exists()


def test_what_only_looks_like_a_format_is_refused(tmp_path: Path) -> None:
    """Else boxes are not read, and the folder's own name becomes the label of every image."""
    (tmp_path / "cvat.xml").write_text("<?xml version='1.0'?><annotations><image/></annotations>")
    with pytest.raises(InputError, match="of no known format"):
        open_labels(tmp_path / "cvat.xml", lambda where, what: None)
    png(tmp_path / "darknet" / "obj_train_data" / "1.png")
    (tmp_path / "darknet" / "obj.names").write_text("dog\n")
    with pytest.raises(InputError, match="Darknet"):
        open_labels(tmp_path / "darknet", lambda where, what: None).batches().__next__()


def test_pycocotools_reads_the_boxes(tmp_path: Path) -> None:
    """Else evaluation by the usual tool fails on a file that was converted."""
    from pycocotools.coco import COCO

    convert(coco(tmp_path / "in.json"), tmp_path / "voc", "voc", renamed={"dog": "dog"})
    convert(tmp_path / "voc", tmp_path / "out.json", "coco")
    there = COCO(tmp_path / "out.json")
    assert [image["width"] for image in there.loadImgs(there.getImgIds())] == [WIDTH] * 3
    (dog,) = (id for id in there.getCatIds() if there.cats[id]["name"] == "dog")
    assert [one["bbox"] for one in there.loadAnns(there.getAnnIds(catIds=[dog], imgIds=[1]))] == [[10, 20, 30, 40]]


@pytest.mark.parametrize(("to", "format"), [("coco", "coco"), ("voc", "voc_detection"), ("yolo", "yolo")])
def test_datumaro_reads_the_boxes(tmp_path: Path, to: str, format: str) -> None:
    """Else a dataset that was converted cannot be taken on by the tools for datasets."""
    datumaro = consumer("datumaro")
    source, out = coco(tmp_path / "in.json"), tmp_path / "out"
    # A list of names as datumaro has it has no room for ids with a colon, which labels above would have here.
    source.write_text(source.read_text().replace('"dog"', '"cup"').replace('"cat"', '"mug"'))
    target = out / "annotations" / "instances_default.json" if to == "coco" else out
    target.parent.mkdir(parents=True, exist_ok=True)
    if to == "coco":
        convert(source, tmp_path / "voc", "voc")
        source = tmp_path / "voc"
    convert(source, target, to)
    for image in BOXES:
        png(out / ("images/default" if to == "coco" else "JPEGImages" if to == "voc" else "images") / image)
    found = {item.id: item.annotations for item in datumaro.Dataset.import_from(str(out), format)}
    assert sorted(found) == ["1", "2", "3"]
    assert [10, 20, 30, 40] in [[round(corner) for corner in box.get_bbox()] for box in found["1"]]
