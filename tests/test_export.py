"""`taxonomy export`: what other tools read is complete, consistent, and never half-written."""

from __future__ import annotations

import io
import itertools
import json
import random
import re

import pytest
from exported import ANIMAL, CANINE, CARNIVORE, DOG, DOMESTIC, table, written

from taxonomy import sources
from taxonomy.errors import InputError, NotFoundError
from taxonomy.export import Choice, Report, export, exporter, select
from taxonomy.export._format import line, listed
from taxonomy.export.hierarchy import Hierarchy, _walk
from taxonomy.export.selection import Selection
from taxonomy.export.tree import measure, single_parents

# The selection


def test_indexes_do_not_depend_on_the_order_in_which_datasets_are_named(t):
    """Else two people who export the same datasets train with different indexes."""
    assert written(t, "labels", "street", "zoo") == written(t, "labels", "zoo", "street", "zoo")


def test_every_concept_comes_after_all_that_is_above_it(t):
    """Else a program that reads a hierarchy in one pass meets children whose parents it does not know."""
    hierarchy = select(t).hierarchy
    place = {key: i for i, key in enumerate(hierarchy.walk)}
    assert len(place) == len(t)
    assert all(place[parent] < place[key] for key, above in hierarchy.parents.items() for parent in above)


def test_by_default_all_datasets_are_exported(t):
    """Else classes of a dataset are missing from the unified label space, silently."""
    held = {row[0] for row in t.execute("SELECT DISTINCT concept FROM class WHERE concept IS NOT NULL")}
    assert set(select(t).concepts) == held
    assert select(t).datasets == ("zoo", "street", "void")


@pytest.mark.parametrize("name", ["nosuch", "wordnet"])
def test_an_unknown_dataset_is_named(t, name):
    """Else a typing error gives a smaller label space that nobody notices."""
    with pytest.raises(NotFoundError, match=f"{name}.*taxonomy sources"):
        select(
            t,
            Choice(
                datasets=(
                    "zoo",
                    name,
                )
            ),
        )


def test_one_is_not_many(t, write, tmp_path):
    """Else what an export says of a small vocabulary reads as if nobody had ever tried one."""
    counts = write("one.tsv", f"label\timages\nxqzzt\t1\n{DOG}\t3\n")
    dog = select(t, Choice(datasets=("zoo",), roots=(DOG,), min_images=1, counts=counts))
    assert "one.tsv: 1 label is no concept: xqzzt" in dog.remarks
    reports = [exporter(name).save(dog, tmp_path / name) for name in ("imagenet", "openimages-hierarchy", "csv")]
    said = "\n".join([*dog.remarks, *(line for report in reports for line in (report.wrote, *report.remarks))])
    assert not re.findall(r"\b1 (?:nodes|synsets|names|classes|labels|concepts|have|are)\b", said)
    assert "; 1 has several parents" in said


def test_an_empty_selection_says_what_emptied_it(t):
    """Else the user gets a file with nothing but a header and looks for the reason elsewhere."""
    with pytest.raises(InputError, match="no class of void has a concept"):
        select(t, Choice(datasets=("void",)))


# labels and labelmap


def test_labels_give_each_concept_once_with_consecutive_indexes(t):
    """Else a trainer's output layer has holes, or two outputs for one concept."""
    rows = table(written(t, "labels"))
    assert [row["index"] for row in rows] == [str(i) for i in range(len(rows))]
    assert len({row["id"] for row in rows}) == len(rows)


def test_labels_describe_a_concept_as_the_taxonomy_does(t):
    """Else names, parents or memberships in the label file contradict the database."""
    dog = next(row for row in table(written(t, "labels")) if row["id"] == DOG)
    assert dog["name"] == "dog"
    assert dog["synonyms"] == "domestic dog|Canis familiaris"
    assert dog["parents"] == f"{CANINE}|{DOMESTIC}"
    assert dog["datasets"] == "zoo|street"


def test_labels_of_one_dataset_do_not_name_the_others(t):
    """Else a label file for one dataset tells of data that it was not made for."""
    assert {row["datasets"] for row in table(written(t, "labels", "zoo"))} == {"zoo"}


def test_separators_within_values_cannot_shift_columns():
    """Else one odd class name corrupts its line, or the list that it stands in."""
    assert line(["a\tb", "c\r\nd", "e\u2028f"]).splitlines() == ["a b\tc  d\te f"]
    assert listed(["a|b", "c"]) == "a/b|c"
    assert listed(["a, b", "c"], separator=", ", stand_in="") == "a b, c"


def test_the_map_leads_every_class_to_its_line_of_the_labels(t):
    """Else annotations are trained under another class's index."""
    labels = {row["index"]: row["id"] for row in table(written(t, "labels", "zoo", "street"))}
    rows = table(written(t, "labelmap", "zoo", "street"))
    for row in rows:
        assert row["id"] == labels.get(row["index"], "")
        if row["index"] != "-1":
            assert t[f"{row['dataset']}:{row['key']}"].id == row["id"]


def test_the_map_keeps_order_and_unplaced_classes(t):
    """Else line n of the map is not class n of the dataset, and an unplaced class vanishes."""
    rows = [row for row in table(written(t, "labelmap")) if row["dataset"] == "street"]
    assert [row["key"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert (rows[1]["index"], rows[1]["id"]) == ("-1", "")


def test_the_map_reports_classes_that_it_makes_one(t):
    """Else a trainer finds out by its scores that two classes of a dataset were merged, or had no index."""
    report = exporter("labelmap").write(select(t, Choice(datasets=("street",))), io.StringIO())
    assert report == Report(
        "5 classes of 1 dataset",
        (
            "1 class unplaced, with index -1",
            "2 classes share their index with another class of their own dataset",
        ),
    )


# bamboo


def test_bamboo_mirrors_both_directions_and_has_every_id(t):
    """Else code written for Bamboo's file ends in a KeyError, or walks down what it cannot walk up."""
    system = json.loads(written(t, "bamboo"))
    down = {(f, c) for f, below in system["father2child"].items() for c in below}
    up = {(f, c) for c, above in system["child2father"].items() for f in above}
    assert down == up
    known = set(system["id2name"])
    assert {id for pair in down for id in pair} <= known
    for part in ("id2desc", "id2name_zh", "id2desc_zh", "id2state"):
        assert set(system[part]) == known
    assert all(system["child2father"].values())
    assert all(system["father2child"].values())


def test_bamboo_has_the_ancestors_up_to_the_root_with_all_edges(t):
    """Else hypernyms of a class are missing, or a class hangs in the air."""
    system = json.loads(written(t, "bamboo", "street"))
    placed = [t[f"street:{key}"] for key in "023"]
    assert set(system["id2name"]) == {c.id for concept in placed for c in (concept, *concept.ancestors())}
    assert set(system["id2name"]) - set(system["child2father"]) == {"n00001740"}
    assert system["child2father"][DOG] == [CANINE, DOMESTIC]


def test_bamboo_shapes_are_those_of_the_published_file(t):
    """Else readers of ``id2name[id][0]`` or ``id2state[id]['academic']`` take letters for names, or fail."""
    system = json.loads(written(t, "bamboo"))
    assert system["id2name"][DOG] == ["dog", "domestic dog", "Canis familiaris"]
    assert system["id2desc"][DOG].startswith("a member of the genus Canis")
    assert system["id2name_zh"][DOG] == []
    assert system["id2state"][DOG] == {"academic": ["zoo", "street"], "visual": 1, "common": 1}
    assert system["id2state"]["n00001740"]["academic"] == []


# tencent


def test_tencent_lists_parents_first_with_the_indexes_of_the_labels(t):
    """Else a reader of the dictionary in one pass fails, or the tree's indexes mean other labels."""
    rows = table(written(t, "tencent"))
    assert all(int(row["index_of_parent_category"]) < int(row["category_index"]) for row in rows)
    labels = [(row["index"], row["id"]) for row in table(written(t, "labels"))]
    assert [(row["category_index"], row["category_id"]) for row in rows] == labels


def test_tencent_puts_the_diamond_under_its_deeper_side(t):
    """Else a dog is a domestic animal, but no canine and no carnivore: two ancestors lost instead of one."""
    rows = {row["category_id"]: row for row in table(written(t, "tencent", "zoo"))}
    parent = {id: row["index_of_parent_category"] for id, row in rows.items()}
    assert parent[DOG] == rows[CANINE]["category_index"]
    assert parent[ANIMAL] == "-1"


def test_tencent_counts_what_it_loses(t):
    """Else the user trains on a tree and never learns which ancestors the labels had."""
    report = exporter("tencent").write(select(t, Choice(datasets=("zoo",))), io.StringIO())
    concepts = [t[id] for id in (DOG, CANINE, DOMESTIC, CARNIVORE, ANIMAL)]
    pairs = sum(a in concepts for concept in concepts for a in concept.ancestors())
    assert report.loss is not None
    # carnivore, pet → animal; canine → carnivore; dog → canine; dog is a pet no more.
    assert (report.loss.pairs, report.loss.lost, report.loss.affected) == (pairs, 1, 1)
    assert (report.loss.roots, report.loss.max_depth, report.loss.mean_depth) == (1, 3, 7 / 5)


def test_tencent_is_read_back_as_it_was(t, tmp_path):
    """Else our own reader of the format cannot merge what we wrote: commas in names split, wnids are lost."""
    path = tmp_path / "dictionary.txt"
    export(t, "tencent", path)
    reading = sources.read(path)
    assert not reading.quarantined
    rows = table(path.read_text(encoding="utf-8"))
    assert [entry.key for entry in reading.vocabulary.classes] == [row["category_index"] for row in rows]
    dog = next(entry for entry in reading.vocabulary.classes if entry.wnid == DOG)
    assert (dog.name, dog.synonyms) == ("dog", ("domestic dog", "Canis familiaris"))
    names = {name for entry in reading.vocabulary.classes for name in (entry.name, *entry.synonyms)}
    assert "plushdog flurb" in names


def _dag(size: int, seed: int) -> Hierarchy:
    """Return a random DAG without an order that its keys would give away."""
    dice = random.Random(seed)
    order = dice.sample(range(size), size)
    parents = {key: dice.sample(order[:i], min(i, dice.randrange(3))) for i, key in enumerate(order)}
    parents = {key: above for key, above in parents.items() if above}
    children: dict[int, list[int]] = {}
    for key, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(key)
    return Hierarchy(parents, children, _walk(list(range(size)), parents, children))


@pytest.mark.parametrize("seed", range(40))
def test_no_other_tree_loses_fewer_ancestors(seed):
    """Else the format costs more ancestors than it must, or the count that is printed is wrong."""
    hierarchy = _dag(9, seed)
    concepts = tuple(key for key in hierarchy.walk if key != 3 and key != 5)
    above = {key: (hierarchy.above([key]) - {key}) & set(concepts) for key in concepts}
    tree = single_parents(Selection(None, (), concepts, hierarchy))
    assert list(tree) == list(concepts)
    assert all(parent in above[key] if above[key] else parent is None for key, parent in tree.items())

    def kept(parents):
        total = 0
        for key in parents:
            while (key := parents[key]) is not None:
                total += 1
        return total

    pairs = sum(map(len, above.values()))
    every_tree = itertools.product(*(sorted(above[key]) or [None] for key in concepts))
    best = max(kept(dict(zip(concepts, choice, strict=True))) for choice in every_tree)
    loss = measure(tree, hierarchy)
    assert (loss.pairs, loss.lost) == (pairs, pairs - best)
