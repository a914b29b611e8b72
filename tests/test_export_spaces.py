"""Exports of one label space for several datasets, read as UniDet, MSeg, HF Datasets and OpenMMLab read them."""

from __future__ import annotations

import csv
import io
import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, vocabulary
from exported import ANIMAL, CANINE, CARNIVORE, DOG, DOMESTIC, written

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.export import Choice, export, exporter, select
from taxonomy.export.training._palette import colour


@pytest.fixture(scope="module")
def t(few_t: taxonomy.Taxonomy) -> taxonomy.Taxonomy:
    return few_t


@pytest.fixture(scope="module")
def odd(few_build) -> Path:
    """Two cranes, keys whose order as numbers is not that of the classes, and names that MSeg cannot hold."""
    return few_build(
        vocabulary(
            "mine",
            SourceClass("10", "crane", wnid=CRANE_BIRD),
            SourceClass("9", "derrick", wnid=CRANE_MACHINE),
            SourceClass("2", "dog"),
        ),
        vocabulary("twice", SourceClass("a", "crane", wnid=CRANE_BIRD), SourceClass("b", "crane", wnid=CRANE_MACHINE)),
        vocabulary("comma", SourceClass("a", "dog, big", wnid=DOG), SourceClass("b", "dog, small", wnid=DOG)),
        vocabulary("brace", SourceClass("a", "{dog}", wnid=DOG)),
        vocabulary("quote", SourceClass("a", '"dog" of some kind', wnid=DOG)),
        vocabulary("ignored", SourceClass("0", "Unlabeled"), SourceClass("1", "dog")),
    )


def ids(t: taxonomy.Taxonomy, *datasets: str) -> list[str]:
    """Return the ids of the concepts by their index."""
    selection = select(t, Choice(datasets=datasets))
    return [selection.ids()[key] for key in selection.concepts]


@pytest.mark.parametrize("format", ["hf-classlabel", "mmdet-metainfo", "unidet", "mseg-tsv"])
def test_two_exports_give_the_same_bytes(t, tmp_path, format):
    """Else a label space under version control changes when nothing did."""

    def files(name: str) -> list[bytes]:
        path = tmp_path / name
        export(t, format, path)
        return [each.read_bytes() for each in (sorted(path.iterdir()) if path.is_dir() else [path])]

    assert files("1") == files("2")


# unidet


def test_unidet_maps_every_class_to_its_category(t):
    """Else boxes are trained under another class's category."""
    unified = json.loads(written(t, "unidet", "zoo", "street"))
    concepts = [category["concept"] for category in unified["categories"]]
    assert concepts == [*ids(t, "zoo", "street"), "", ""]  # with the two that nothing places
    assert [concepts[label] for label in unified["label_map"]["zoo"]] == [DOG, CANINE, DOMESTIC, CARNIVORE, ANIMAL]
    assert [concepts[label] for label in unified["label_map"]["street"]] == [DOG, "", t["street:2"].id, "", DOG]
    assert len(set(unified["label_map"]["street"])) == 4
    assert unified["label_map_dict"]["street"] == {str(i): n for i, n in enumerate(unified["label_map"]["street"])}


def test_unidet_counts_the_categories_as_its_model_does(t):
    """Else the output layer, which has as many outputs as the maps name, is of another size than the categories."""
    unified = json.loads(written(t, "unidet"))
    label_map = unified["label_map"]
    assert len(set().union(*(label_map[d] for d in label_map))) == len(unified["categories"])
    assert [category["id"] for category in unified["categories"]] == list(range(len(unified["categories"])))
    names = [category["name"].casefold() for category in unified["categories"]]
    assert len(set(names)) == len(names)


def test_unidet_masks_what_a_dataset_does_not_annotate(t):
    """Else an unlabelled cat in a picture of a dataset without cats is trained as background."""
    unified = json.loads(written(t, "unidet", "zoo", "street"))
    for dataset, mask in unified["dataset_mask"].items():
        assert np.flatnonzero(mask).tolist() == unified["dataset_inds"][dataset]
        assert unified["dataset_inds"][dataset] == sorted(set(unified["label_map"][dataset]))
        assert len(mask) == len(unified["categories"])
    traffic_light = unified["label_map"]["street"][3]
    assert unified["dataset_mask"]["zoo"][traffic_light] == 0


def hierarchy_weight(unified: dict[str, Any]) -> np.ndarray:
    """Make the weights of UniDet's ``_load_class_hierarchy``: 0 for what is no negative of a box of the class."""
    parents = {int(k): v for k, v in unified["parents"].items()}
    childs = {int(k): v for k, v in unified["childs"].items()}
    count = len(unified["categories"])
    is_parent, is_child = np.zeros((count + 1, count)), np.zeros((count + 1, count))
    for category in unified["categories"]:
        is_parent[category["id"], parents[category["id"]]] = 1
        is_child[category["id"], childs[category["id"]]] = 1
    assert not (is_parent * is_child).any()
    return 1 - (is_parent + is_child)


def test_unidet_takes_no_relative_of_a_box_as_a_negative(t):
    """Else the detector learns that a dog is no animal."""
    unified = json.loads(written(t, "unidet", "zoo", "street"))
    index = {category["concept"]: category["id"] for category in unified["categories"]}
    weight = hierarchy_weight(unified)
    for above in (CANINE, DOMESTIC, CARNIVORE, ANIMAL):
        assert weight[index[DOG], index[above]] == weight[index[above], index[DOG]] == 0
    traffic_light = unified["label_map"]["street"][3]
    assert weight[index[DOG], traffic_light] == weight[index[DOG], index[DOG]] == 1
    assert weight[-1].all()  # background


def test_unidet_numbers_classes_by_their_ids(odd):
    """Else the classes of a COCO file, which readers sort by id, are shifted against the map."""
    with taxonomy.open(odd) as t:
        unified = json.loads(written(t, "unidet", "mine"))
    concepts = [category["concept"] for category in unified["categories"]]
    assert [concepts[label] for label in unified["label_map"]["mine"]] == [DOG, CRANE_MACHINE, CRANE_BIRD]


def test_unidet_refuses_to_leave_out_a_class(t):
    """Else its boxes are trained as background, without a word."""
    whole = select(t, Choice(datasets=("zoo",)))
    with pytest.raises(InputError, match=r"1 of zoo are left out \(animal\)"):
        exporter("unidet").write(replace(whole, chosen=whole.concepts[1:]), io.StringIO())


def test_unidet_takes_the_class_that_stands_for_another(t):
    """Else a dataset cannot be trained on once classes with few images were made one with those above them."""
    whole = select(t, Choice(datasets=("zoo",)))
    index = {id: index for index, id in enumerate(ids(t, "zoo"))}
    dog, canine = (whole.concepts[index[id]] for id in (DOG, CANINE))
    merged = replace(whole, chosen=tuple(k for k in whole.concepts if k != dog), stands={dog: canine})
    out = io.StringIO()
    exporter("unidet").write(merged, out)
    labels = json.loads(out.getvalue())["label_map"]["zoo"]
    assert labels[0] == labels[1]


def test_unidet_takes_no_category_for_annotated_that_stands_for_a_class_below_it(t):
    """Else an unlabelled wolf in a dataset of dogs is trained as no canine, once dogs were made canines."""
    whole = select(t, Choice(datasets=("street", "zoo")))
    ids = whole.ids()
    dog, canine = (next(key for key in whole.concepts if ids[key] == id) for id in (DOG, CANINE))
    merged = replace(whole, chosen=tuple(key for key in whole.concepts if key != dog), stands={dog: canine})
    out = io.StringIO()
    report = exporter("unidet").write(merged, out)
    unified = json.loads(out.getvalue())
    stand = unified["label_map"]["street"][0]
    assert {name: mask[stand] for name, mask in unified["dataset_mask"].items()} == {"zoo": 1, "street": 0}
    assert stand in unified["dataset_inds"]["street"]
    assert "1 time a category only stands" in str(report.remarks)


# mseg-tsv


class Converter:
    """The reading of MSeg's ``TaxonomyConverter``, rule by rule; the reader of cells splits them as pandas does."""

    def __init__(self, text: str) -> None:
        self.rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))
        self.names = {}
        for number, row in enumerate(self.rows):
            name = row["universal"].strip()
            assert name
            assert name not in self.names.values()
            self.names[255 if name == "unlabeled" else number] = name
        self.count = len(self.names) - 1
        assert self.count < 256

    def classes(self, dataset: str) -> dict[str, str]:
        """Return the universal class of each class of a dataset."""
        found = {}
        for number, row in enumerate(self.rows):
            cell = row[dataset]
            assert cell == cell.strip()
            inside = cell[1:-1].split(",") if cell.startswith("{") else [cell] if cell else []
            for each in inside:
                found[each.strip()] = self.names.get(number, self.names[255])
        return found


def test_mseg_maps_every_class_or_ignores_it(t):
    """Else the pixels of a class are trained as another, or an unplaced class breaks the conversion of its masks."""
    converter = Converter(written(t, "mseg-tsv", "zoo", "street"))
    assert converter.count == len(select(t, Choice(datasets=("zoo", "street"))).concepts)
    assert converter.names[255] == "unlabeled"
    assert converter.classes("street") == {
        "dog": "dog",
        "domestic dog": "dog",
        "xqzzt": "unlabeled",
        "plushdog, flurb": "plushdog, flurb",
        "traffic light": "unlabeled",
    }
    assert {row["id"] for row in converter.rows} == {*ids(t, "zoo", "street"), ""}


def test_mseg_says_what_becomes_255(t):
    """Else a trainer finds out by the scores that a class was never trained."""
    report = exporter("mseg-tsv").write(select(t, Choice(datasets=("street", "zoo"))), io.StringIO())
    assert report.remarks[0] == "2 classes unlabeled, which is 255: xqzzt, traffic light"
    assert "--antichain" in report.remarks[1]


def test_mseg_reads_quotes_as_they_were(odd):
    """Else a class name with a quotation mark is another name to the reader, which then stops."""
    with taxonomy.open(odd) as t:
        assert Converter(written(t, "mseg-tsv", "quote")).classes("quote") == {'"dog" of some kind': "dog"}


def test_mseg_ignores_what_a_dataset_calls_unlabeled(odd):
    """Else the table has two lines of that name, and the reader stops."""
    with taxonomy.open(odd) as t:
        converter = Converter(written(t, "mseg-tsv", "ignored"))
    assert converter.classes("ignored") == {"Unlabeled": "unlabeled", "dog": "dog"}
    assert converter.count == 1


@pytest.mark.parametrize(
    ("dataset", "message"),
    [("twice", "twice has two of crane"), ("comma", "'dog, big' of comma"), ("brace", "'{dog}' of brace")],
)
def test_mseg_refuses_names_that_it_would_read_as_others(odd, dataset, message):
    """Else one of two cranes gets the pixels of both, or "dog, big" is looked up as "dog" and "big"."""
    with taxonomy.open(odd) as t, pytest.raises(InputError, match=message):
        written(t, "mseg-tsv", dataset)


def test_mseg_refuses_more_classes_than_a_mask_holds(t):
    """Else class 255 is ignored, and class 256 becomes class 0 in a mask of 8 bits."""
    some = select(t)
    for number in (255, 256):
        chosen = replace(some, chosen=some.hierarchy.walk[:number])
        if number > 255:
            with pytest.raises(InputError, match=r"holds 255 classes.* and 256 are chosen"):
                exporter("mseg-tsv").write(chosen, io.StringIO())
        else:
            assert exporter("mseg-tsv").write(chosen, io.StringIO()).wrote == "255 classes of 3 datasets"


# hf-classlabel


def test_hf_features_and_table_agree(t, tmp_path):
    """Else row n of the table describes another class than label n."""
    export(t, "hf-classlabel", tmp_path / "hf", Choice(datasets=("zoo", "street")))
    features = json.loads((tmp_path / "hf" / "dataset_info.json").read_text(encoding="utf-8"))["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["label"]["_type"] == "ClassLabel"
    names = features["label"]["names"]
    assert len(set(names)) == len(names)
    table = duckdb.sql(f"FROM '{tmp_path / 'hf' / 'concepts.parquet'}'")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    assert [row["index"] for row in rows] == list(range(len(names)))
    assert [row["label"] for row in rows] == names
    assert [row["id"] for row in rows] == ids(t, "zoo", "street")
    assert sorted(path.name for path in (tmp_path / "hf").iterdir()) == ["concepts.parquet", "dataset_info.json"]


def test_hf_table_describes_a_concept_as_the_taxonomy_does(t, tmp_path):
    """Else ancestors or names in the table contradict the database."""
    export(t, "hf-classlabel", tmp_path / "hf")
    table = duckdb.sql(f"FROM '{tmp_path / 'hf' / 'concepts.parquet'}' WHERE id = '{DOG}'")
    dog = dict(zip(table.columns, table.fetchall()[0], strict=True))
    assert dog["names"][:2] == ["dog", "domestic dog"]
    assert dog["definition"] == t[DOG].definition
    assert dog["parents"] == [CANINE, DOMESTIC]
    assert sorted(dog["ancestors"]) == sorted(above.id for above in t[DOG].ancestors())
    assert dog["datasets"] == ["zoo", "street"]
    assert dog["state"] == "visual"


def test_hf_says_in_one_line_that_the_table_cannot_be_written(t, tmp_path, monkeypatch):
    """Else a full disk ends in a traceback, or leaves half a folder."""

    def full(*_: object) -> None:
        raise duckdb.IOException("IO Error: No space left on device\nmore")

    monkeypatch.setattr(duckdb, "connect", full)
    with pytest.raises(InputError, match=r"concepts.parquet cannot be written \(IO Error: No space left on device\)"):
        export(t, "hf-classlabel", tmp_path / "hf")
    assert not list(tmp_path.iterdir())


# mmdet-metainfo


def test_metainfo_is_python_with_classes_and_colours_in_order(odd, tmp_path):
    """Else a detector shows and counts its classes under other names, or two cranes are one."""
    path = tmp_path / "metainfo.py"
    with taxonomy.open(odd) as t:
        export(t, "mmdet-metainfo", path, Choice(datasets=("mine",)))
        wanted = ids(t, "mine")
    metainfo = runpy.run_path(str(path))["metainfo"]
    named = dict(zip(wanted, metainfo["classes"], strict=True))
    assert named[DOG] == "dog"
    assert named[CRANE_BIRD].startswith("crane (")
    assert named[CRANE_MACHINE].startswith("crane (")
    assert metainfo["palette"] == [colour(index) for index in range(3)]


def test_no_two_classes_have_a_colour():
    """Else two classes cannot be told apart in a picture of masks, or one is the background."""
    colours = {colour(index) for index in range(1 << 16)}
    assert len(colours) == 1 << 16
    assert (0, 0, 0) not in colours
    with pytest.raises(InputError, match="no colours for more than"):
        colour((1 << 24) - 1)
