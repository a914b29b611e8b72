"""Exports of category lists: COCO's and LVIS's JSON, Ultralytics' YAML."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
import yaml
from classes import CONTAINER, RAW, VEHICLE, WHEELED, WNIDS
from conftest import CARNIVORE, CRANE_BIRD, DOG, vocabulary
from exported import ANIMAL, CANINE
from pycocotools.coco import COCO
from typer.testing import CliRunner

import taxonomy
from taxonomy.commands.app import app
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.export import export, exporter, select
from taxonomy.sources import shipped


def test_pycocotools_opens_the_categories(opened, written, capsys):
    """Else nobody can put images to them; ids from 0 would be the background."""
    coco = COCO(str(written("coco-categories")))
    categories = coco.loadCats(coco.getCatIds())
    selection = select(opened)
    ids = selection.ids()
    assert coco.getCatIds() == list(range(1, len(selection.concepts) + 1))
    assert [category["concept"] for category in categories] == [ids[key] for key in selection.concepts]
    # As mmdet and the COCO evaluation of detectron2 look categories up: by a name that is one category's only.
    assert all(coco.getCatIds(catNms=[category["name"]]) == [category["id"]] for category in categories)
    assert not coco.getImgIds()


def test_a_supercategory_is_the_class_above(written):
    """Else the file keeps nothing of the hierarchy; and who reads it as a tree must know a root."""
    categories = {each["concept"]: each for each in json.loads(written("coco-categories").read_text())["categories"]}
    above = {id: each["supercategory"] for id, each in categories.items()}
    assert (above[RAW], above[DOG], above[CANINE], above[CARNIVORE]) == ("dog", "canine", "carnivore", "animal")
    assert above[ANIMAL] == "animal"
    assert above[WHEELED] in (categories[VEHICLE]["name"], categories[CONTAINER]["name"])


def test_superclasses_that_are_asked_for_are_the_supercategories(opened):
    """Else --superclasses does nothing where a reader asks for groups."""
    plain = select(opened)
    keys = {id: key for key, id in plain.ids().items()}
    groups = {key: keys["n00004475" if key == keys[DOG] else "n00001740"] for key in plain.concepts}
    out = io.StringIO()
    report = exporter("coco-categories").write(replace(plain, superclasses=groups), out)
    found = {each["concept"]: each["supercategory"] for each in json.loads(out.getvalue())["categories"]}
    assert (found.pop(DOG), set(found.values())) == ("organism", {"entity"})
    assert (report.remarks, report.loss) == (("2 supercategories",), None)


def test_the_synsets_of_lvis_are_those_of_wordnet(opened, written):
    """Else who looks a category up in WordNet, as NLTK's ``wn.synset`` does, finds another one, or none."""
    index = shipped.data_dir() / "nltk_data" / "corpora" / "wordnet" / "index.noun"
    senses = {row.split()[0]: row.split() for row in index.read_text().splitlines() if not row.startswith(" ")}
    selection = select(opened)
    ids = selection.ids()
    categories = json.loads(written("lvis-categories").read_text())["categories"]
    for key, category in zip(selection.concepts, categories, strict=True):
        if ids[key] != RAW:
            lemma, number = category["synset"].split(".n.")
            offsets = senses[lemma][-int(senses[lemma][2]) :]
            assert f"n{offsets[int(number) - 1]}" == ids[key]
    assert [each["synset"] for each in categories].count("") == 1


def test_lvis_categories_have_what_its_readers_ask_for(opened, written):
    """Else detectron2, which names a class by its first synonym, merges both cranes; or the LVIS API fails."""
    data = json.loads(written("lvis-categories").read_text())
    assert data["images"] == data["annotations"] == []  # which the LVIS API reads without asking
    categories = {each["name"]: each for each in data["categories"]}
    assert [each["id"] for each in data["categories"]] == list(range(1, len(WNIDS) + 2))
    assert all(each["synonyms"][0] == name for name, each in categories.items())
    assert len(categories) == len(WNIDS) + 1
    crane = categories["crane_(wading_bird)"]
    assert crane["synonyms"] == ["crane_(wading_bird)", CRANE_BIRD]
    assert crane["def"] == opened[CRANE_BIRD].definition
    assert categories['zorg_"quoted",_flurb']["synonyms"][1:] == ["zorgdog"]
    assert not any(" " in word for each in data["categories"] for word in each["synonyms"])


def test_lvis_categories_are_as_frequent_as_their_images(opened, tmp_path, write):
    """Else LVISEval ends in a KeyError, or takes a rare class for a frequent one; or counts need another option."""
    selection = select(opened)
    ids = [selection.ids()[key] for key in selection.concepts]
    images = dict(zip(ids, (0, 10, 11, 100, 101), strict=False))
    counts = write("counts.tsv", "label\timages\n" + "".join(f"{id}\t{number}\n" for id, number in images.items()))
    place = tmp_path / "lvis.json"
    arguments = ["export", "lvis-categories", "-o", str(place), "--counts", str(counts), "--db", str(opened.path)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    found = [(each["image_count"], each["frequency"]) for each in json.loads(place.read_text())["categories"]]
    assert found[:6] == [(0, "r"), (10, "r"), (11, "c"), (100, "c"), (101, "f"), (0, "r")]


def check_names(data: dict[str, object]) -> dict[int, str]:
    """Return the names that Ultralytics reads, as its check_det_dataset and check_class_names."""
    assert all(isinstance(data[split], str | list) for split in ("train", "val"))
    names = {int(index): str(name) for index, name in data["names"].items()}
    assert names
    assert max(names) < len(names)
    assert not names[0].startswith("n0")  # it would take all names for ids of ImageNet
    return names


def test_ultralytics_reads_the_names(opened, written):
    """Else training ends before it begins, or YAML takes a class ``no`` or ``1`` for something else than its name."""
    data = yaml.safe_load(written("ultralytics-yaml").read_text(encoding="utf-8"))
    names = check_names(data)
    assert names == data["names"]
    assert list(names) == list(range(len(select(opened).concepts)))
    assert len(set(names.values())) == len(names)
    assert {"crane (wading bird)", 'zorg "quoted", flurb'} <= set(names.values())


def test_names_that_yaml_would_take_for_something_else_stay_names(few_build, tmp_path):
    """Else class 0 is False, class 1 a date, and class 2 nothing."""
    odd = ("no", "2001-01-01", "~", "1e3", "a: b", "#c", "naïve 🦜")
    classes = (SourceClass(str(place), name, parent="dog") for place, name in enumerate(odd))
    with taxonomy.open(few_build(vocabulary("mine", *classes))) as t:
        export(t, "ultralytics-yaml", tmp_path / "data.yaml")
    found = yaml.safe_load((tmp_path / "data.yaml").read_text(encoding="utf-8"))["names"].values()
    assert all(isinstance(name, str) for name in found)
    assert set(found) == set(odd)


def test_a_first_name_that_ultralytics_would_translate_is_refused(few_build, tmp_path):
    """Else every class bears the name of a class of ImageNet, or its id."""
    path = few_build(vocabulary("mine", SourceClass("0", "n0 frobnicator", parent="dog")))
    with taxonomy.open(path) as t, pytest.raises(InputError, match="take all names for ids of ImageNet"):
        export(t, "ultralytics-yaml", tmp_path / "data.yaml")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format", ["coco-categories", "lvis-categories", "ultralytics-yaml"])
def test_two_exports_give_the_same_bytes(opened, tmp_path, format):
    """Else a file under version control changes when nothing did."""
    for name in ("1", "2"):
        export(opened, format, tmp_path / name)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
