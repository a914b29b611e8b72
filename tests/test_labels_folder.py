"""The folder of an image is its label."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from boxed import read
from files import images

from taxonomy.errors import InputError
from taxonomy.labels import format_named, open_labels


def test_the_folder_is_the_label_and_the_split_is_none(tmp_path: Path):
    """Else a dog that was trained on and one that was tested with would be two classes."""
    root = images(
        tmp_path, "train/dog/b.jpg", "train/dog/a.JPG", "val/dog/c.png", "val/notes.txt", "val/d.jpg", "e.jpg"
    )
    assert read(root) == (
        {
            "e.jpg": {},
            "train/dog/a.JPG": {"dog": 1},
            "train/dog/b.jpg": {"dog": 1},
            "val/d.jpg": {},
            "val/dog/c.png": {"dog": 1},
        },
        [],
    )


def test_a_folder_within_a_class_keeps_apart(tmp_path: Path):
    """Else the bird and the machine would be one class."""
    root = images(tmp_path, "birds/crane/a.jpg", "machines/crane/b.jpg", "n02085620-Chihuahua/c.jpg", "n02084071/d.jpg")
    file = open_labels(root, lambda where, what: None)
    assert sum(len(batch.images) for batch in file.batches()) == 4
    assert [tuple(label) for label in file.labels] == [
        ("birds/crane", "crane"),
        ("machines/crane", "crane"),
        ("n02084071", "n02084071"),
        ("n02085620", "Chihuahua"),
    ]


def test_what_cannot_be_read_is_reported(tmp_path: Path):
    """Else a link that leads back up would never end, and a name in another encoding would fail when it is written."""
    images(tmp_path, "dog/a.jpg", os.fsdecode(b"dog/\xff.jpg"))
    (tmp_path / "dog" / "up").symlink_to(tmp_path)
    rows, said = read(tmp_path)
    assert list(rows) == ["dog/a.jpg"]
    assert said[0] == "dog/\\udcff.jpg: the name is not UTF-8; rename it, the image is left out"
    assert said[1].startswith("dog/up: links to ")


def test_a_folder_without_images_is_refused(tmp_path: Path):
    """Else a mistaken path would be a dataset without images."""
    with pytest.raises(InputError, match="no images"):
        read(tmp_path)


def test_a_folder_is_not_written():
    """Else an image with two labels would be in two folders, as two images."""
    assert format_named("folder").write is None
