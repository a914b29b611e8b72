"""Tables with one label a row: read in any order and any writing, and written so that they are read back."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from label_files import Ids, contents, expanded, opened

from taxonomy.errors import InputError
from taxonomy.labels import format_named, open_labels

ROWS = [("a.jpg", "dog", 0.5), ("a.jpg", "cat", 1.0), ("b, c.jpg", 'say "x"', 0.0), ("d.jpg", "dog", 0.25)]
WANTED = {"a.jpg": {"dog": 0.5, "cat": 1.0}, "b, c.jpg": {'say "x"': 0.0}, "d.jpg": {"dog": 0.25}}


def _csv(path: Path) -> None:
    lines = [f'"{i}","{label.replace(chr(34), chr(34) * 2)}",{c}' for i, label, c in ROWS]
    path.write_text("\ufeffImage,Label,Score\r\n" + "\r\n".join(lines) + "\r\n", encoding="utf-8")


def _tsv(path: Path) -> None:
    path.write_text("score\timage\tlabel\n" + "".join(f"{c}\t{i}\t{label}\n" for i, label, c in ROWS))


def _jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps({"image": i, "label": n, "confidence": c}) + "\n" for i, n, c in ROWS))


def _parquet(path: Path) -> None:
    _csv(path.with_suffix(".from"))
    duckdb.execute(f"COPY (FROM read_csv('{path.with_suffix('.from')}')) TO '{path}' (FORMAT parquet)")


def _gzip(path: Path) -> None:
    _csv(path)
    path.write_bytes(gzip.compress(path.read_bytes()))


def _zstd(path: Path) -> None:
    _csv(path.with_suffix(".from"))
    query = f"COPY (FROM read_csv('{path.with_suffix('.from')}', all_varchar = true)) TO '{path}'"
    duckdb.execute(query + " (FORMAT csv, COMPRESSION zstd)")


@pytest.mark.parametrize("make", [_csv, _tsv, _jsonl, _parquet, _gzip, _zstd])
def test_every_writing_gives_the_same(make: Callable[[Path], None], tmp_path: Path) -> None:
    """Else the labels of an image would depend on the program that its table was saved with."""
    path = tmp_path / "table[1]*.x"
    make(path)
    annotations, said = opened(path)
    assert annotations.format == "long"
    assert contents(annotations) == WANTED
    assert contents(annotations) == WANTED, "a second reading"
    assert said == []


def test_ids_of_openimages_without_confidences_are_a_table_too(tmp_path: Path) -> None:
    """Else a list of OpenImages' labels that somebody cut down to two columns could not be read."""
    path = tmp_path / "x.csv"
    path.write_text("ImageID,LabelName\n1,/m/0bt9lr\n")
    annotations, _ = opened(path)
    assert (annotations.format, contents(annotations)) == ("long", {"1": {"/m/0bt9lr": 1.0}})


def test_rows_of_an_image_may_be_apart(tmp_path: Path) -> None:
    """Else an image would come several times, and none of its pairs of labels would be counted."""
    path = tmp_path / "x.csv"
    images = [f"{n % 9000}" for n in range(20000)]
    path.write_text("image,label\n" + "".join(f"{image},{n // 9000}\n" for n, image in enumerate(images)))
    annotations, said = opened(path)
    found = contents(annotations)
    assert list(found) == [str(n) for n in range(9000)], "in the order of their first rows"
    assert found["1"] == {"0": 1, "1": 1, "2": 1}
    assert found["8999"] == {"0": 1, "1": 1}
    assert said == []


def test_many_images_come_in_batches(tmp_path: Path) -> None:
    """Else a file larger than the memory could not be read; a batch's end must not cut an image in two."""
    path = tmp_path / "x.csv"
    path.write_text("image,label\n" + "".join(f"{n // 3},{n % 3}\n" for n in range(60000)))
    batches = list(opened(path)[0].batches())
    assert [len(batch.images) for batch in batches] == [8192, 8192, 3616]
    assert all((np.diff(batch.starts) == 3).all() for batch in batches)


def test_bad_rows_are_reported_with_their_lines_and_the_others_kept(tmp_path: Path) -> None:
    """Else one bad row would cost the file, or nobody would learn that it is missing."""
    path = tmp_path / "x.csv"
    path.write_bytes(
        b"image,label,confidence\na,dog,1\n,dog,1\na,cat,2\na,pig\nb,\xff\xfe,1\nb,cat,-1\nb,cat,many\nb,owl,\n"
        b"c,cow,1,1\nc,cow,nan\nd,do"
    )
    annotations, said = opened(path)
    assert contents(annotations) == {"a": {"dog": 1}, "b": {"owl": 1}}
    few, wrong = "the line has too few fields", "the confidence is no number from 0 to 1"
    assert dict(said) == {
        "x.csv:3": "no image",
        "x.csv:4": wrong,
        "x.csv:5": few,
        "x.csv:6": "not UTF-8",
        "x.csv:7": wrong,
        "x.csv:8": wrong,
        "x.csv:10": "the line has too many fields",
        "x.csv:11": wrong,
        "x.csv:12": few,
    }
    before = len(said)
    contents(annotations)
    assert len(said) == before, "a second reading reported all again"


def test_what_cannot_be_json_is_reported(tmp_path: Path) -> None:
    """Else a file that was cut off while it was downloaded would look whole."""
    path = tmp_path / "x.jsonl"
    path.write_text('{"image": "a", "label": 7}\n[1]\n{"label": "dog"}\n{"image": "b", "lab')
    annotations, said = opened(path)
    assert contents(annotations) == {"a": {"7": 1}}
    assert said == [(f"x.jsonl:{n}", "no image, or no JSON object") for n in (2, 3, 4)]


def test_thousands_of_bad_rows_are_counted(tmp_path: Path) -> None:
    """Else a file with a wrong column would fill the memory and the screen with messages."""
    path = tmp_path / "x.csv"
    path.write_text("image,label,confidence\n" + "a,dog,95\n" * 1000 + "a,dog\n" * 500)
    annotations, said = opened(path)
    assert contents(annotations) == {}
    assert len(said) == 202
    assert [what for where, what in said if where == "x.csv"] == [
        "400 more rows cannot be used either",
        "900 more rows cannot be used either",
    ]


def test_repeated_labels_count_once(tmp_path: Path) -> None:
    """Else a duplicate row would count as two images, or a contradiction would be gone before anybody saw it."""
    path = tmp_path / "x.csv"
    path.write_text("image,label,confidence\na,dog,.25\na,cat,1\na,dog,.75\na,cat,0\na,cat,0\nb,dog,1\n")
    annotations, said = opened(path)
    (batch,) = annotations.batches()
    assert (batch.starts.tolist(), batch.labels.tolist()) == ([0, 3, 4], [0, 1, 1, 0])
    assert batch.confidence.tolist() == [0.75, 1, 0, 1]
    assert said == [("x.csv", "2 rows repeated a label of the image; the surest counts")]


def test_images_without_labels_are_kept(tmp_path: Path) -> None:
    """Else the share of images that show a class would be of fewer images than there are."""
    path = tmp_path / "x.csv"
    path.write_text("image,label\na,\nb,dog\nb,\nc,\n")
    annotations, said = opened(path)
    assert contents(annotations) == {"a": {}, "b": {"dog": 1}, "c": {}}
    assert said == [("x.csv", "1 row had no label, though the image has others; left out")]
    path.write_text("image,label\na,\n")
    assert contents(opened(path)[0]) == {"a": {}}
    path.write_text("image,label\n")
    assert contents(opened(path)[0]) == {}


@pytest.mark.parametrize("kind", ["gzip", "parquet", "damaged", "bzip2"])
def test_a_file_that_cannot_be_read_is_an_error_of_one_line(kind: str, tmp_path: Path) -> None:
    """Else the half of a download would be taken for the whole, or a traceback of DuckDB would come."""
    path = tmp_path / "x.data"
    text = b"image,label\n" + b"".join(b"%d,dog%d\n" % (n, n * n) for n in range(20000))
    if kind == "parquet":
        _parquet(path)
        path.write_bytes(path.read_bytes()[:-20])
    elif kind == "bzip2":
        path.write_bytes(bz2.compress(text))
    else:
        data = bytearray(gzip.compress(text))
        if kind == "damaged":
            data[len(data) // 2] ^= 255
        path.write_bytes(data if kind == "damaged" else data[: len(data) // 2])
    with pytest.raises(InputError, match=r"x\.data: (cannot be read|a table may be packed)") as caught:
        contents(opened(path)[0])
    assert "\n" not in str(caught.value)


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    """Else `--from long` on another file would end in a traceback, and `--from wide` read other columns."""
    path = tmp_path / "x.csv"
    path.write_text("picture,what\na,dog\n")
    with pytest.raises(InputError, match="image and label"):
        open_labels(path, lambda *_: None, "long")
    with pytest.raises(InputError, match="image and labels"):
        open_labels(path, lambda *_: None, "wide")
    with pytest.raises(InputError, match="of no known format"):
        open_labels(path, lambda *_: None)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.jsonl", "x.parquet", "x.csv.gz", ".x.tsv.12.part"])
def test_what_is_written_is_read_back(name: str, tmp_path: Path) -> None:
    """Else expanded labels would be lost, or mixed up, on their way to the trainer."""
    ids = Ids("dog", 'a "b", c', "n02075296", reasons=["", 'ancestor of a "b", c'])
    images = {"1.jpg": [(0, 0.5, 0), (2, 0.5, 1)], "none.jpg": [], "é, 2.jpg": [(1, 0.0, 0)]}
    path = tmp_path / name
    assert format_named("long").write(path, expanded(images), ids, None) == []
    annotations, said = opened(path)
    assert contents(annotations) == {
        "1.jpg": {"dog": 0.5, "n02075296": 0.5},
        "none.jpg": {},
        "é, 2.jpg": {'a "b", c': 0},
    }
    assert said == []
    assert list(tmp_path.iterdir()) == [path], "a file was left behind"


def test_reasons_are_written(tmp_path: Path) -> None:
    """Else nobody could tell the labels that were added from those that people gave."""
    ids = Ids("dog", "animal", reasons=["", "ancestor of dog"])
    path = tmp_path / "x.csv"
    format_named("long").write(path, expanded({"1": [(0, 1, 0), (1, 1, 1)], "2": []}), ids, None)
    assert path.read_text() == "image,label,confidence,reason\n1,dog,1,\n1,animal,1,ancestor of dog\n2,,,\n"


def test_a_folder_of_temporary_files_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every reading of a large file would leave its size on the disk."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    path = tmp_path / "x.csv"
    path.write_text("image,label\na,dog\n")
    annotations, _ = opened(path)
    batches: Iterator[object] = annotations.batches()
    next(batches)
    assert list(place.iterdir())
    del annotations, batches
    assert not list(place.iterdir())
