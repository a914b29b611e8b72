"""Exports of hierarchies to trainers, by the rules of the code that reads them."""

from __future__ import annotations

import csv
import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from classes import BIRD, CAB, CAR, CONTAINER, ELEVATOR, MIDS, OPEN, RAW, VEHICLE, WHEELED, WNIDS, ZORG
from conftest import CARNIVORE, CRANE_BIRD, DOG, vocabulary
from exported import ANIMAL, CANINE, DOMESTIC

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.export import Report, export, select
from taxonomy.export.training import openimages


@pytest.fixture(scope="module")
def path(few_build: Callable[..., Path]) -> Path:
    return few_build(OPEN)


@pytest.fixture(scope="module")
def opened(path: Path) -> Iterator[taxonomy.Taxonomy]:
    with taxonomy.open(path) as t:
        yield t


def above(t: taxonomy.Taxonomy) -> dict[str, set[str]]:
    """Return the classes above each class, by the database and not by what exports make of it."""
    return {ZORG if id == RAW else id: {each.id for each in t[id].ancestors()} & {*WNIDS} for id in (*WNIDS, RAW)}


# Open Images


def expanded(node: dict[str, Any], *, top: bool = True) -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
    """Return what is above and below each label, as TensorFlow's oid_hierarchical_labels_expansion.py reads a file.

    As there, labels that stand at several places collect what is above and below from all of them.
    """
    ups: dict[str, list[str]] = {}
    downs: dict[str, list[str]] = {}
    below: list[str] = []
    for child in node.get("Subcategory", ()):
        more_downs, more_ups, labels = expanded(child, top=False)
        for known, more in ((downs, more_downs), (ups, more_ups)):
            for label, others in more.items():
                known.setdefault(label, []).extend(others)
        below += labels
    if not top:
        label = node["LabelName"]
        for others in ups.values():
            others.append(label)
        downs[label], ups[label], below = below, [], [label, *below]
    return downs, ups, below


def test_open_images_labels_expand_to_all_that_is_above_and_below(opened, tmp_path):
    """Else the evaluation of TensorFlow and FiftyOne counts a dog that is no domestic animal, without a word."""
    report = export(opened, "openimages-hierarchy", tmp_path / "out")
    hierarchy = json.loads((tmp_path / "out" / "hierarchy.json").read_text())
    assert hierarchy["LabelName"] == "/m/0bl9f"
    downs, ups, _ = expanded(hierarchy)
    expected = above(opened)
    assert {label: set(found) for label, found in ups.items()} == {
        MIDS.get(wnid, wnid): {MIDS.get(each, each) for each in found} for wnid, found in expected.items()
    }
    for wnid in expected:
        below = {MIDS.get(each, each) for each, found in expected.items() if wnid in found}
        assert set(downs[MIDS.get(wnid, wnid)]) == below
    assert "2 with several parents" in report.remarks[0]


def places(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Subcategory", ()):
        yield from places(child)


def test_open_images_has_the_parts_and_a_name_for_each_label(opened, tmp_path):
    """Else a label has no name, or a comma in an id splits the lines that TensorFlow reads and writes."""
    export(opened, "openimages-hierarchy", tmp_path / "out")
    nodes = list(places(json.loads((tmp_path / "out" / "hierarchy.json").read_text())))
    assert [node["Part"] for node in nodes if node["LabelName"] == ELEVATOR] == [[{"LabelName": CAB}]]
    assert sum(node["LabelName"] == "/m/0bt9lr" for node in nodes) == 2  # below canine and domestic animal
    with (tmp_path / "out" / "class-descriptions.csv").open(newline="") as file:
        names = dict(csv.reader(file))
    labels = {node["LabelName"] for node in nodes} - {"/m/0bl9f"}
    assert names.keys() == labels
    assert len(set(names.values())) == len(names)
    assert (names[ZORG], names[CRANE_BIRD]) == ('zorg "quoted", flurb', "crane (wading bird)")
    assert not any("," in label for label in labels)


def test_open_images_refuses_what_would_explode(opened, tmp_path, monkeypatch):
    """Else a DAG of many diamonds fills the disk."""
    monkeypatch.setattr(openimages, "_MOST", 16)
    with pytest.raises(InputError, match=r"15 classes would stand at \d+ places.*and 16 is the most; choose fewer"):
        export(opened, "openimages-hierarchy", tmp_path / "out")
    assert not list(tmp_path.iterdir())


# ImageNet


def fields(path: Path) -> dict[str, str]:
    """Return a file as timm's ImageNetInfo reads its own: CSV with tabs, two fields a line."""
    return dict(csv.reader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"))


def test_imagenet_files_have_what_their_readers_ask_for(opened, tmp_path):
    """Else timm or robustness end in a KeyError, or name a class after another one."""
    out = tmp_path / "out"
    export(opened, "imagenet", out)
    synsets = (out / "imagenet_synsets.txt").read_text().splitlines()
    lemmas, definitions = (fields(out / f"imagenet_synset_to_{what}.txt") for what in ("lemma", "definition"))
    edges = [line.split(" ") for line in (out / "wordnet.is_a.txt").read_text().splitlines()]
    words = dict(line.split("\t") for line in (out / "words.txt").read_text().splitlines())
    index = json.loads((out / "imagenet_class_index.json").read_text())
    assert synsets == sorted(synsets) == [index[str(place)][0] for place in range(15)]  # as ImageFolder sorts
    assert set(synsets) == above(opened).keys()
    assert {wnid for edge in edges for wnid in edge} == words.keys() == lemmas.keys() == definitions.keys()
    assert lemmas[DOG] == words[DOG] == f"dog, domestic dog, Canis familiaris, {DOG}"  # the last is the dataset's name
    assert lemmas[ZORG] == 'zorg "quoted" flurb, zorgdog'
    assert definitions[DOG] == opened[DOG].definition
    assert [parent for parent, child in edges if child == DOG] == [DOMESTIC, CANINE]  # readers keep the last
    names = [name for _, name in index.values()]
    assert len(set(names)) == 15
    assert "crane_(wading_bird)" in names


def test_imagenet_ids_can_name_folders(few_build, tmp_path):
    """Else a class of Open Images, whose id has slashes, has no folder of images."""
    with taxonomy.open(
        few_build(vocabulary("open", SourceClass("/m/0zzz", "qzorg", mid="/m/0zzz", parent="dog")))
    ) as t:
        export(t, "imagenet", tmp_path / "out")
    assert (tmp_path / "out" / "imagenet_synsets.txt").read_text() == "mid:%2Fm%2F0zzz\n"


# ImageNet-21K-P


def test_the_tree_of_miil_has_chains_from_each_class_to_its_root(opened, tmp_path):
    """Else the targets of the semantic softmax are other classes than what is above the label."""
    report = export(opened, "miil-tree", tmp_path / "tree.pth")
    with ZipFile(tmp_path / "tree.pth") as archive:
        tree = pickle.loads(archive.read("tree/data.pkl"))
    ids, expected = tree["class_list"], above(opened)
    chains = {ids[chain[0]]: [ids[index] for index in chain[1:]] for chain in tree["class_tree_list"]}
    assert ids == list(chains) == list(tree["class_description"])
    assert chains[DOG] == [CANINE, CARNIVORE, ANIMAL]
    assert all(set(chain) <= expected[ZORG if id == RAW else id] for id, chain in chains.items())
    assert report.loss.lost == sum(map(len, expected.values())) - sum(map(len, chains.values()))
    depths = [len(chain) - 1 for chain in tree["class_tree_list"]]
    assert tree["levels"] == [[i for i, depth in enumerate(depths) if depth == d] for d in range(max(depths) + 1)]
    deeper = [sum(depth >= level for depth in depths) for level in range(max(depths) + 1)]
    assert tree["level_weights"] == [min(len(ids) / number, 20) for number in deeper]


@pytest.mark.parametrize(
    ("wnids", "message"),
    [
        ((DOG, CAR), "no class is above another one"),
        ((ANIMAL, DOG, CANINE), rf"animal \({ANIMAL}\) is the only class at depth 0.*--root: canine \({CANINE}\) …"),
        ((ANIMAL, CAR, CARNIVORE, CANINE, DOG, "n02121620"), r"carnivore.* at depth 1.*with --max-depth 1"),
        ((ANIMAL, CAR, CARNIVORE, CANINE, CRANE_BIRD, "n01503061", "n02121620"), None),
    ],
)
def test_what_miils_code_would_read_wrongly_is_refused(few_build, tmp_path, wnids, message):
    """Else its loss is 0, or its levels shift and training ends in an error within torch."""
    with taxonomy.open(few_build(vocabulary("mine", *(SourceClass(w, w, wnid=w) for w in wnids)))) as t:
        if message:
            with pytest.raises(InputError, match=message):
                export(t, "miil-tree", tmp_path / "tree.pth")
        else:
            export(t, "miil-tree", tmp_path / "tree.pth")


# YOLO9000


def read_tree(text: str) -> tuple[list[str], list[int], list[tuple[int, int]], list[int]]:
    """Return names, parents, groups (offset, size) and each node's group of children, as darknet's read_tree."""
    names, parents, groups, children = list[str](), list[int](), list[tuple[int, int]](), list[int]()
    last, size = -1, 0
    for number, row in enumerate(text.splitlines()):
        name, parent = row.split()
        names.append(name)
        parents.append(int(parent))
        children.append(-1)
        if parents[-1] != last:
            groups.append((number - size, size))
            size, last = 0, parents[-1]
        if last >= 0:
            children[last] = len(groups)
        size += 1
    groups.append((len(names) - size, size))
    return names, parents, groups, children


def test_darknet_reads_each_family_as_one_softmax(opened, tmp_path):
    """Else the probabilities of siblings are not of one softmax, or a child is multiplied before its parent."""
    report = export(opened, "yolo9000-tree", tmp_path / "out")
    names, parents, groups, children = read_tree((tmp_path / "out" / "classes.tree").read_text())
    assert all(parent < place for place, parent in enumerate(parents))
    families = {parent: [place for place, above in enumerate(parents) if above == parent] for parent in parents}
    assert [list(range(offset, offset + size)) for offset, size in groups] == list(families.values())
    for parent, family in families.items():
        if parent >= 0:
            assert list(range(groups[children[parent]][0], sum(groups[children[parent]]))) == family
    assert (tmp_path / "out" / "classes.labels").read_text().split() == names
    assert len(set((tmp_path / "out" / "classes.names").read_text().splitlines())) == len(names)
    assert f"; {len(groups)} softmaxes" in report.remarks[1]


def test_the_wordtree_has_the_classes_and_where_their_branches_meet(opened, tmp_path):
    """Else classes that are alike share no softmax, or nodes without a choice cost outputs that learn nothing."""
    report = export(opened, "yolo9000-tree", tmp_path / "out")
    names, parents, *_ = read_tree((tmp_path / "out" / "classes.tree").read_text())
    classes = above(opened).keys()
    above_it = {name: {each.id for each in opened[RAW if name == ZORG else name].ancestors()} for name in names}
    assert all(parent < 0 or names[parent] in above_it[name] for name, parent in zip(names, parents, strict=True))
    assert classes < set(names)
    children = Counter(parents)
    assert all(children[place] > 1 for place, name in enumerate(names) if name not in classes)
    assert "n00001740" not in names  # entity is above them all
    tree = dict(zip(names, parents, strict=True))
    assert names[tree[CRANE_BIRD]] == BIRD
    assert report.remarks[1].startswith(f"with {len(names) - len(classes)} concepts above them")


def test_an_id_that_darknet_has_no_room_for_is_refused(few_build, tmp_path):
    """Else it writes past its buffer."""
    path = few_build(vocabulary("mine", SourceClass("x" * 260, "qzorg", parent="dog")))
    with taxonomy.open(path) as t, pytest.raises(InputError, match="longer than the 255 bytes that darknet reads"):
        export(t, "yolo9000-tree", tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format", ["openimages-hierarchy", "imagenet", "miil-tree", "yolo9000-tree"])
def test_two_exports_give_the_same_bytes(opened, tmp_path, format):
    """Else files under version control change when nothing did."""
    contents = []
    for name in ("1", "2"):
        assert isinstance(export(opened, format, tmp_path / name), Report)
        files = sorted((tmp_path / name).iterdir()) if (tmp_path / name).is_dir() else [tmp_path / name]
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]
    assert not any(b"\r" in content for content in contents[0] if not content.startswith(b"PK"))


def test_the_fixture_has_diamonds(opened):
    """Else the tests above test trees."""
    parents = select(opened).hierarchy.parents
    keys = {id: key for key, id in select(opened).ids().items()}
    assert {keys[VEHICLE], keys[CONTAINER]} == set(parents[keys[WHEELED]])
    assert CAR in above(opened)
