"""Label exports, read by the programs that they are for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from consumers import consumer
from exported import ANIMAL, CANINE, CARNIVORE, DOG

import taxonomy
from taxonomy.concept import ROOT
from taxonomy.export import export, select

# The programs' own warnings are none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def t(few_t: taxonomy.Taxonomy) -> taxonomy.Taxonomy:
    return few_t


@pytest.fixture
def exported(t, tmp_path):
    """Export to a path of a name, and return it."""

    def made(format: str, name: str) -> Path:
        export(t, format, tmp_path / name)
        return tmp_path / name

    return made


@pytest.fixture(scope="module")
def ids(t) -> list[str]:
    """Return the ids of the concepts by their index."""
    selection = select(t)
    return [selection.ids()[key] for key in selection.concepts]


def test_datasets_takes_the_features(exported, ids, tmp_path):
    """Else the folder is none that Hugging Face Datasets reads, or its labels are others than those of the table."""
    datasets = consumer("datasets")
    path = exported("hf-classlabel", "hf")
    features = datasets.DatasetInfo.from_directory(str(path)).features
    assert features == datasets.Features.from_dict(json.loads((path / "dataset_info.json").read_text())["features"])
    table = datasets.Dataset.from_parquet(str(path / "concepts.parquet"), cache_dir=str(tmp_path / "cache"))
    assert table["id"][:] == ids
    assert table["label"][:] == features["label"].names
    assert features["label"].str2int("dog") == ids.index(DOG)


def test_mmengine_takes_the_metainfo(exported, ids):
    """Else OpenMMLab's datasets refuse the configuration, or have other classes."""
    consumer("mmengine")
    config, dataset = consumer("mmengine.config"), consumer("mmengine.dataset")
    metainfo = config.Config.fromfile(exported("mmdet-metainfo", "metainfo.py")).metainfo
    read = dataset.BaseDataset(metainfo=metainfo, ann_file="", lazy_init=True).metainfo
    assert read["classes"][ids.index(DOG)] == "dog"
    assert len(read["classes"]) == len(read["palette"]) == len(ids)


def test_robustness_makes_superclass_tasks(exported, ids, monkeypatch):
    """Else BREEDS stops at the folder, or makes tasks of other classes."""
    consumer("robustness")
    stub = ModuleType("robustness.datasets")  # the real one wants a torchvision of years ago, and nothing needs it
    stub.DATASETS = {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "robustness.datasets", stub)
    breeds = consumer("robustness.tools.breeds_helpers")
    made = breeds.BreedsDatasetGenerator(str(exported("breeds", "breeds")))
    hierarchy = made.hierarchy
    assert ids == hierarchy.LEAF_IDS
    assert hierarchy.LEAF_ID_TO_NUM[DOG] == ids.index(DOG)
    assert hierarchy.node_name(DOG).startswith("dog, ")
    assert DOG in hierarchy.traverse([ROOT])
    level = hierarchy.node_to_level[CARNIVORE]
    superclasses, (source, _), names = made.get_superclasses(level, ancestor=ANIMAL, balanced=False)
    assert CARNIVORE in superclasses
    assert ids.index(CANINE) in source[superclasses.index(CARNIVORE)]
    assert names[superclasses.index(CARNIVORE)] == "carnivore"


def test_fiftyone_takes_the_taxonomy(exported):
    """Else FiftyOne refuses the file, or shows another tree; and our bound of its size must be one."""
    ontology, validation = consumer("fiftyone.core.ontology"), consumer("fiftyone.core.ontology_validation")
    read = json.loads(exported("fiftyone", "taxonomy.json").read_text(encoding="utf-8"))
    found = ontology.Taxonomy.from_dict(read)
    validation.validate_taxonomy(found)
    assert found.is_taxonomy
    root = found.root.to_dict()
    assert root == read["root"]
    stored, text = consumer("bson").encode(root), json.dumps(root, ensure_ascii=False)
    assert len(stored) <= len(text.encode()) + 8 * text.count('"name"')


def test_label_studio_takes_the_configuration(exported, ids):
    """Else Label Studio refuses the configuration, or stores names for ids."""
    interface = consumer("label_studio_sdk.label_interface")
    read = interface.LabelInterface(exported("label-studio", "config.xml").read_text(encoding="utf-8"))
    read.validate()
    control = read.get_control("label")
    assert control.tag == "Taxonomy"
    assert set(ids) <= set(control.labels)
    assert control.labels_attrs[DOG].attr["value"] == "dog"
    assert control.validate_value({"taxonomy": [[ANIMAL, CARNIVORE, CANINE, DOG]]})
    assert not control.validate_value({"taxonomy": [["no such"]]})


def test_cvat_takes_the_labels(exported, ids):
    """Else CVAT's own client refuses the labels before they are sent."""
    models = consumer("cvat_sdk.models")
    read = json.loads(exported("cvat", "labels.json").read_text(encoding="utf-8"))
    labels = [models.PatchedLabelRequest._from_openapi_data(**label) for label in read]
    assert [label.attributes[0].default_value for label in labels] == ids
    with pytest.raises(Exception, match="64"):
        models.PatchedLabelRequest._from_openapi_data(**{**read[0], "name": "x" * 65})
