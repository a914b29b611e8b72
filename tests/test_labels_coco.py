"""COCO and LVIS files are read whatever is wrong with them, and written with every box under what its label is, too."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from boxed import expand, read
from consumers import consumer

from taxonomy.errors import InputError
from taxonomy.labels import _members, open_labels

CATEGORIES = [{"id": 17, "name": "cat", "supercategory": "pet"}, {"id": 18, "name": "dog", "supercategory": "pet"}]


def image(id: int | str, **more: Any) -> dict[str, Any]:
    return {"id": id, "file_name": f"{id}.jpg", "width": 640, "height": 480, **more}


def box(id: int, image: int | str, category: int, **more: Any) -> dict[str, Any]:
    place = {"bbox": [1.50, 2, 3, 4], "area": 12.0, "iscrowd": 0, "segmentation": [[1, 2, 3, 4, 5, 6]]}
    return {"id": id, "image_id": image, "category_id": category, **place, **more}


def coco(path: Path, images: Any = (), annotations: Any = (), categories: Any = CATEGORIES, **more: Any) -> Path:
    lists = {"images": list(images), "annotations": list(annotations), "categories": list(categories)}
    path.write_text(json.dumps({"info": {"year": 2014}, "licenses": [{"id": 1}], **lists, **more}))
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two dogs and a cat in one image, a dog in another, nothing in a third."""
    boxes = [box(1, 7, 18), box(5, 9, 18), box(2, 7, 17), box(3, 7, 18, iscrowd=1)]
    return coco(tmp_path / "pets.json", [image(9), image(7), image(8)], boxes)


def test_labels_of_an_image_come_together_whatever_their_order(pets: Path):
    """Else the boxes of an image that are far apart would make it several images, and two dogs two labels."""
    assert read(pets) == ({"9.jpg": {"dog": 1}, "7.jpg": {"cat": 1, "dog": 1}, "8.jpg": {}}, [])


def test_a_compressed_file_is_read_up_to_its_damage(pets: Path, tmp_path: Path):
    """Else a download would have to be unpacked first, or damage would be a traceback."""
    packed = tmp_path / "pets.json.gz"
    packed.write_bytes(gzip.compress(pets.read_bytes()))
    assert read(packed) == read(pets)
    packed.write_bytes(packed.read_bytes()[:-60])
    assert "cut off" in read(packed)[1][0]


def test_labels_have_the_key_of_the_category(pets: Path):
    """Else ``--vocabulary coco``, which knows categories by id, would know none."""
    file = open_labels(pets, lambda where, what: None)
    list(file.batches())
    assert [tuple(label) for label in file.labels] == [("17", "cat"), ("18", "dog")]


def test_lvis_tells_what_is_absent_and_which_sense_is_meant(tmp_path: Path):
    """Else nobody could tell what was looked for in vain from what nobody looked for, nor a bird from a machine."""
    url = "http://images.cocodataset.org/val2017/000000000009.jpg"
    listed = {"id": 9, "coco_url": url, "neg_category_ids": [2], "not_exhaustive_category_ids": [3]}
    names = [{"id": i, "name": n, "synset": f"{n}.n.04"} for i, n in ((1, "crane"), (2, "bat"), (3, "bow"))]
    path = coco(tmp_path / "lvis.json", [listed], [box(1, 9, 1)], names)
    assert read(path) == ({"val2017/000000000009.jpg": {"crane.n.04": 1, "bat.n.04": 0}}, [])


def test_panoptic_segments_are_labels(tmp_path: Path):
    """Else panoptic files would read as images without labels."""
    segments = [{"id": 1, "category_id": 18}, {"id": 2, "category_id": 17}, "?"]
    path = coco(tmp_path / "panoptic.json", [image(7)], [{"image_id": 7, "segments_info": segments}])
    assert read(path)[0] == {"7.jpg": {"cat": 1, "dog": 1}}
    expand(path, tmp_path / "out.json", {"dog": "leash"})
    written = json.loads((tmp_path / "out.json").read_text())
    assert [segment["category_id"] for segment in written["annotations"][0]["segments_info"]] == [18, 17]
    assert len(written["image_labels"]) == 3


def test_detections_are_read_with_their_scores(tmp_path: Path):
    """Else what a model predicts could not be counted, or score 0 would be taken for an object that is absent."""
    found = [{"image_id": i, "category_id": c, "score": s} for i, c, s in ((4, 1, 0.5), (4, 1, 0.75), (3, 2, 0))]
    path = tmp_path / "results.json"
    path.write_text(json.dumps([*found, {"image_id": "a", "category_id": 2, "score": 87}]))
    rows, said = read(path)
    assert rows == {"4": {"1": 0.75}, "a": {"2": 1}}
    assert sorted(said) == [
        "results.json: 1 annotation of score 0, which says nothing, left out",
        "results.json: 1 score outside 0 to 1, or no number, taken as 1",
    ]


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_any_cut_is_reported_and_what_is_before_it_is_read(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
):
    """Else a download that broke off would end in a traceback, or pass for the whole dataset."""
    monkeypatch.setattr(_members, "_CHUNK", chunk)
    whole = pets.read_text()
    assert read(pets)[1] == []
    for end in range(0, len(whole), 37):
        cut = tmp_path / "cut.json"
        cut.write_text(whole[:end])
        said: list[str] = []
        found = list(_members.items(cut, lambda where, what, said=said: said.append(f"{where}: {what}")))
        assert len(said) == 1
        assert "get the file again" in said[0]
        assert all(json.loads(item.text) == item.value for item in found)
    cut.write_text(whole[: whole.index('"iscrowd": 1')])
    rows, said = read(cut)
    assert rows == {"9.jpg": {"18": 1}, "7.jpg": {"17": 1, "18": 1}, "8.jpg": {}}
    assert said[0].startswith("cut.json: character ")
    assert "annotations[3]: cut off" in said[0]


def test_a_fault_amid_the_file_says_where(tmp_path: Path):
    """Else somebody would have to look for a comma in half a gigabyte."""
    path = tmp_path / "bad.json"
    path.write_text('{"images": [{"id": 1}, {"id" 2}' + ", 3" * 99 + "]}")
    rows, said = read(path)
    assert rows == {"1": {}}
    assert said == [
        "bad.json: character 24, images[1]: not valid JSON: Expecting ':' delimiter; "
        "nothing after that is read: get the file again"
    ]


def test_faults_are_counted_not_listed_one_by_one(tmp_path: Path):
    """Else a million annotations without a category would be a million lines; or they would vanish in silence."""
    boxes = [box(i, 7, 99) for i in range(1, 4)] + [box(3, 7, 18), box(4, 5, 18), box(5, 6, 18), box(6, 5, 17)]
    broken = [{"image_id": 7}, {"category_id": 18}, 5]
    path = coco(tmp_path / "odd.json", [image(7), image(7), {}], [*boxes, *broken], [*CATEGORIES, CATEGORIES[0], {}])
    rows, said = read(path)
    assert rows == {"7.jpg": {"dog": 1, "99": 1}}
    assert sorted(line.removeprefix("odd.json: ") for line in said) == [
        "1 annotation with an id that is there already (id 3) read as others",
        "1 annotation without a category_id left out",
        "1 annotation without an image_id left out",
        "1 category id used but not in `categories`: 99 (3); kept without a name",
        "1 category with an id that is there already left out (id 17, 'cat')",
        "1 category without an id or a name left out",
        "1 image with an id that is there already left out",
        "1 image without an id left out",
        "1 item of annotations, no object, left out",
        "3 annotations of images that are not in `images` left out: image_id 5, 6",
    ]


@pytest.mark.parametrize("text", ['{"images": [1, null], "annotations": {}}', '{"images": [{"id": [1]}]}', "[]"])
def test_odd_values_are_no_traceback(tmp_path: Path, text: str):
    """Else a file that another tool wrote wrongly would end the program."""
    path = tmp_path / "odd.json"
    path.write_text(text)
    assert [len(batch.images) for batch in open_labels(path, lambda where, what: None, "coco").batches()] == []


def test_a_document_without_annotations_is_refused(tmp_path: Path):
    """Else a list of categories would pass for a dataset without images."""
    path = coco(tmp_path / "c.json")
    path.write_text('{"categories": [{"id": 1, "name": "dog"}]}')
    with pytest.raises(InputError, match="neither `images` nor `annotations`"):
        read(path)


def test_every_box_is_repeated_under_what_its_label_is(pets: Path, tmp_path: Path):
    """Else a detector that learns animals would be told that the cat, or the second dog, is background."""
    out = tmp_path / "out.json"
    assert expand(pets, out) == []
    written = json.loads(out.read_text())
    names = {category["id"]: category["name"] for category in written["categories"]}
    assert names == {17: "cat", 18: "dog", 19: "animal", 20: "canine"}
    assert written["categories"][:2] == CATEGORIES
    assert written["categories"][2]["concept"] == "id:animal"
    assert written["info"] == {"year": 2014}
    assert written["licenses"] == [{"id": 1}]
    boxes = written["annotations"]
    assert len({one["id"] for one in boxes}) == len(boxes) == 4 + 2 * 3 + 1
    dogs = [one for one in boxes if names[one["category_id"]] == "canine"]
    assert [(one["image_id"], one["iscrowd"], one["score"], one["reason"]) for one in dogs] == [
        (7, 0, 1, "ancestor of 18"),
        (9, 0, 1, "ancestor of 18"),
        (7, 1, 1, "ancestor of 18"),
    ]
    assert sum(names[one["category_id"]] == "animal" for one in boxes if one["image_id"] == 7) == 3
    assert all(one["segmentation"] == [[1, 2, 3, 4, 5, 6]] for one in boxes)
    assert '"bbox": [1.5, 2, 3, 4]' in out.read_text()  # as the source writes it


def test_what_has_no_box_is_a_label_of_the_image(pets: Path, tmp_path: Path):
    """Else what a rule adds would need an invented box, or be lost without a word."""
    out = tmp_path / "out.json"
    assert expand(pets, out, {"cat": "basket"}) == [
        "1 label without a box: in the list `image_labels`, which pycocotools passes over"
    ]
    number = next(c["id"] for c in json.loads(out.read_text())["categories"] if c["name"] == "basket")
    label = {"image_id": 7, "category_id": number, "confidence": 0.8, "reason": "rule"}
    assert json.loads(out.read_text())["image_labels"] == [label]
    assert read(out)[0]["7.jpg"] == {"cat": 1, "dog": 1, "canine": 1, "animal": 1, "basket": 0.8}


def test_what_was_expanded_reads_the_same_and_is_not_expanded_twice(pets: Path, tmp_path: Path):
    """Else each run would double the boxes."""
    once, twice = tmp_path / "once.json", tmp_path / "twice.json"
    expand(pets, once, {"cat": "basket"})
    rows, said = read(once)
    assert said == []
    expand(once, twice)
    assert read(twice) == (rows, [])
    first, second = (json.loads(path.read_text()) for path in (once, twice))
    assert sorted(one["id"] for one in second["annotations"]) == sorted(one["id"] for one in first["annotations"])
    assert second == first


def test_a_box_that_is_half_sure_is_half_sure_as_an_animal(tmp_path: Path):
    """Else a doubtful dog beside a certain one would be a certain animal."""
    path = coco(tmp_path / "scores.json", [image(7)], [box(1, 7, 18, score=0.3), box(2, 7, 18, score=0.9)])
    expand(path, tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert sorted(one["score"] for one in written if one["category_id"] > 18) == [0.3, 0.3, 0.9, 0.9]


def test_labels_that_become_one_share_a_category_and_dropped_ones_go(tmp_path: Path):
    """Else a dataset in another's label space would have two categories of one name, and boxes of none."""
    names = [{"id": i, "name": name} for i, name in ((17, "sofa"), (18, "cup"), (20, "couch"), (21, "kite"))]
    listed = image(7, neg_category_ids=[18, 20, 21])
    path = coco(tmp_path / "in.json", [listed], [box(1, 7, 17), box(2, 7, 20), box(3, 7, 21)], names)
    expand(path, tmp_path / "out.json", renamed={"sofa": "3", "couch": "3", "cup": "17"}, dropped="kite")
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["categories"] == [
        {"id": 3, "name": "3"},
        {"id": 17, "name": "17"},
    ]
    assert [(one["id"], one["category_id"]) for one in written["annotations"]] == [(1, 3), (2, 3)]
    assert written["images"][0]["neg_category_ids"] == [17, 3]


def test_detections_are_written_as_detections(tmp_path: Path):
    """Else a list that evaluation tools read would become something else."""
    path, out = tmp_path / "results.json", tmp_path / "out.json"
    path.write_text(json.dumps([{"image_id": 4, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 0.5}]))
    expand(path, out, {"18": "leash"})
    assert json.loads(out.read_text()) == [
        {"image_id": 4, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 0.5},
        {"image_id": 4, "category_id": "id:leash", "score": 0.4, "reason": "rule"},
    ]


def test_another_format_becomes_labels_of_images(tmp_path: Path):
    """Else labels without boxes could not be passed to tools that read COCO, or what is absent would be lost."""
    table, out = tmp_path / "t.tsv", tmp_path / "out.json"
    table.write_text("image\tlabels\tabsent\na.jpg\tdog|cat\tbird\nb.jpg\t\t\n")
    assert len(expand(table, out, to="coco")) == 1
    assert read(out) == ({"a.jpg": {"dog": 1, "cat": 1, "canine": 1, "animal": 1, "bird": 0}, "b.jpg": {}}, [])
    assert json.loads(out.read_text())["annotations"] == []


def test_names_in_any_script_come_through(tmp_path: Path):
    """Else half a character in one name would end the program after an hour."""
    listed = [{"id": 7, "file_name": "犬.jpg", "note": "\ud800", "neg_category_ids": [99]}]
    path = coco(tmp_path / "in.json", listed, [box(1, 7, 18, note="\ud800é")])
    expand(path, tmp_path / "out.json")
    assert list(read(tmp_path / "out.json")[0]) == ["犬.jpg"]
    assert json.loads((tmp_path / "out.json").read_text())["annotations"][1]["note"] == "\ud800é"


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """An expanded LVIS file: twelve images of dogs."""
    lists = {"neg_category_ids": [], "not_exhaustive_category_ids": []}
    images = [image(id) | lists for id in range(1, 13)]
    boxes = [box(id, id, 18) for id in range(1, 13)]
    categories = [{"id": 18, "name": "dog", "frequency": "f"}, {"id": 17, "name": "cat", "frequency": "r"}]
    out = tmp_path / "out.json"
    expand(coco(tmp_path / "lvis.json", images, boxes, categories), out, ruled={"cat": "mat"})
    return out


def test_what_is_added_to_lvis_is_rare_common_or_frequent(animals: Path):
    """Else nobody can group the results as LVIS does."""
    found = {category["name"]: category for category in json.loads(animals.read_text())["categories"]}
    assert (found["dog"]["frequency"], found["cat"]["frequency"]) == ("f", "r")
    assert (found["animal"]["frequency"], found["animal"]["image_count"]) == ("c", 12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its own
def test_lvis_groups_categories_that_were_added(animals: Path):
    """Else its evaluation stops at the first of them."""
    lvis = consumer("lvis")
    truth = lvis.LVIS(str(animals))
    (added,) = (id for id, category in truth.cats.items() if category["name"] == "animal")
    detections = [{"image_id": 1, "category_id": added, "bbox": [1.5, 2, 3, 4], "score": 0.9}]
    evaluation = lvis.LVISEval(truth, lvis.LVISResults(truth, detections), "bbox")
    groups = evaluation._prepare_freq_group()
    groups = [{evaluation.params.cat_ids[place] for place in group} for group in groups]
    assert added in groups[1], "the common ones"
