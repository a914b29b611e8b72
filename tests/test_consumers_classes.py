"""The files of classes, read by the programs that they are for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from classes import CAR, ELEVATOR, RAW, WNIDS, ZORG
from conftest import CARNIVORE, CRANE_BIRD, DOG
from consumers import consumer
from exported import ANIMAL, CANINE, DOMESTIC

from taxonomy.sources import shipped

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_timm_describes_the_classes(written, monkeypatch):
    """Else ImageNetInfo names the classes of a model wrongly, or ends in a KeyError."""
    info = consumer("timm.data.imagenet_info")
    folder = written("imagenet")
    monkeypatch.setattr(info.pkgutil, "get_data", lambda package, path: (folder / Path(path).name).read_bytes())
    classes = info.ImageNetInfo("imagenet-1k")
    assert classes.num_classes() == len(WNIDS) + 1
    assert classes.label_names() == (folder / "imagenet_synsets.txt").read_text().split()
    index = json.loads((folder / "imagenet_class_index.json").read_text())
    assert [classes.index_to_label_name(int(place)) for place in index] == [wnid for wnid, _ in index.values()]
    described = classes.label_descriptions(detailed=True, as_dict=True)
    assert described[CARNIVORE].startswith(f"carnivore, {CARNIVORE}: a terrestrial or aquatic flesh-eating mammal")
    assert described[ZORG] == 'zorg "quoted" flurb, zorgdog: '


def test_the_classes_of_imagenet_have_the_indexes_that_timm_gives_them():
    """Else the outputs of pretrained models are named wrongly: our order is by id, so theirs must be."""
    info = consumer("timm.data.imagenet_info").ImageNetInfo
    for dataset, subset in (("imagenet1k", "imagenet-1k"), ("imagenet21k", "imagenet-21k-goog")):
        names = info(subset).label_names()
        assert names == sorted(names) == sorted(entry.wnid for entry in shipped.read(dataset).classes)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves files open
def test_robustness_builds_its_hierarchy(opened, written, tmp_path):
    """Else a superclass task groups classes by what is not above them."""
    helpers = consumer("robustness.tools.imagenet_helpers")
    folder = written("imagenet")
    for wnid in WNIDS:
        (tmp_path / "images" / "train" / wnid).mkdir(parents=True)
    hierarchy = helpers.ImageNetHierarchy(str(tmp_path / "images"), str(folder))
    for wnid in WNIDS:
        for ancestor in hierarchy.tree:
            if hierarchy.is_ancestor(ancestor, wnid):
                assert ancestor in {each.id for each in opened[wnid].ancestors()}
    assert hierarchy.is_ancestor(CANINE, DOG)
    assert not hierarchy.is_ancestor(DOMESTIC, DOG)  # it keeps one parent, the last: WordNet's main one
    classes = json.loads((folder / "imagenet_class_index.json").read_text())
    assert {hierarchy.tree[wnid].class_num: wnid for wnid in WNIDS}.items() <= {
        int(place): wnid for place, (wnid, _) in classes.items()
    }.items()


def test_the_lvis_api_opens_the_categories(opened, written):
    """Else nobody can put images to them."""
    lvis = consumer("lvis").LVIS(str(written("lvis-categories")))
    assert lvis.get_cat_ids() == list(range(1, len(WNIDS) + 2))
    found = {category["name"]: category for category in lvis.load_cats(None)}
    assert found["crane_(wading_bird)"]["def"] == opened[CRANE_BIRD].definition
    assert not lvis.get_img_ids()


def test_datumaro_reads_supercategories_as_parents(written, tmp_path):
    """Else what merges datasets loses the tree, or fails on a category that is its own supercategory."""
    datumaro = consumer("datumaro")
    (tmp_path / "coco" / "annotations").mkdir(parents=True)
    (tmp_path / "coco" / "images" / "train").mkdir(parents=True)
    written("coco-categories").rename(tmp_path / "coco" / "annotations" / "instances_train.json")
    labels = datumaro.Dataset.import_from(str(tmp_path / "coco"), "coco_instances").categories()
    parents = {label.name: label.parent for label in labels[datumaro.AnnotationType.label]}
    assert (parents["dog"], parents["canine"], parents["animal"]) == ("canine", "carnivore", "animal")


def test_fiftyone_expands_labels_by_the_hierarchy(opened, written):
    """Else its evaluation counts a dog that is no domestic animal, or does not know a label."""
    dataset, evaluation = consumer("fiftyone.utils.openimages"), consumer("fiftyone.utils.eval.openimages")
    folder = written("openimages-hierarchy")
    names = dict(dataset._parse_csv(str(folder / "class-descriptions.csv")))
    hierarchy = json.loads((folder / "hierarchy.json").read_text())
    named = dataset._rename_subcategories(hierarchy, {"/m/0bl9f": "Entity", **names})
    below, above, _ = evaluation._build_plain_hierarchy(named, skip_root=True)
    label = {id: names[id] for id in names} | {DOG: names["/m/0bt9lr"], ANIMAL: names["/m/0jbk"]}
    for id in (*WNIDS, RAW):
        expected = {label[each.id] for each in opened[id].ancestors() if each.id in WNIDS}
        assert above[label[ZORG if id == RAW else id]] == expected
    assert {label[DOG], label[ZORG], label[CANINE]} <= below[label[ANIMAL]]
    assert not below[label[ELEVATOR]]  # parts are no kinds


def test_torch_loads_the_tree_and_miils_targets_are_the_classes_above(written):
    """Else the semantic softmax of ImageNet-21K-P is trained with other classes than what is above the label."""
    torch = consumer("torch")
    tree = torch.load(written("miil-tree"))  # only what is no code
    chains, ids = tree["class_tree_list"], tree["class_list"]
    assert len(tree["class_description"]) == len(chains)
    # What follows is what ImageNet21kSemanticSoftmax of Alibaba-MIIL/ImageNet21K does.
    depth = torch.tensor([len(chain) - 1 for chain in chains], dtype=torch.float)
    deepest = int(depth.max())
    sizes = torch.histc(depth, bins=deepest + 1, min=0, max=deepest).int()
    levels = [torch.nonzero(depth == level).flatten() for level in range(deepest) if sizes[level] > 1]
    weights = torch.stack([sizes.sum() / sizes[level:].sum() for level in range(deepest + 1)]).clamp(max=20)
    assert torch.allclose(weights, torch.tensor(tree["level_weights"]))
    assert [level.tolist() for level in levels] == tree["levels"][: len(levels)]
    for target, chain in enumerate(chains):
        for place, cls in enumerate(chain):
            if len(chain) - place - 1 < len(levels):
                assert (levels[len(chain) - place - 1] == cls).sum() == 1, ids[target]
    assert [ids[index] for index in chains[ids.index(DOG)]] == [DOG, CANINE, CARNIVORE, ANIMAL]
    assert chains[ids.index(CAR)][1:]
