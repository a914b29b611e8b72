"""`taxonomy export arrays`: what a training loop takes for granted about hierarchy, masks, rules and similarity."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from exported import ANIMAL, CANINE, CARNIVORE, DOG, DOMESTIC, group, table, written
from spaces import exported

import taxonomy
from taxonomy.concept import Decision, Source, SourceClass
from taxonomy.cooccurrence.rule import Rule
from taxonomy.csr import Csr
from taxonomy.export import Choice, Options, export, select
from taxonomy.export.hierarchy import Hierarchy, _walk
from taxonomy.export.training import arrays, similarity
from taxonomy.export.training.closure import closure
from taxonomy.store.rules import KIND, PREFIX, keep
from taxonomy.training import load
from taxonomy.training.space import ABOVE, ANNOTATED, BELOW


@pytest.fixture(scope="module")
def path(few_build) -> Path:
    """A diamond above dog, a class below it that WordNet lacks, one elsewhere, and classes that nothing places."""
    animals = {DOG: "dog", CANINE: "canine", DOMESTIC: "pet", CARNIVORE: "carnivore", ANIMAL: "animal"}
    return few_build(
        group("zoo", *(SourceClass(key=wnid, name=name, wnid=wnid) for wnid, name in animals.items())),
        group(
            "street",
            SourceClass("0", "dog", wnid=DOG),
            SourceClass("1", "xqzzt"),
            SourceClass("2", "plushdog, flurb", parent="dog"),
            SourceClass("3", "truck"),
            SourceClass("4", "domestic dog", wnid=DOG),
        ),
        group("void", SourceClass("0", "xqzzu")),
    )


@pytest.fixture(scope="module")
def t(path):
    with taxonomy.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def space(t, tmp_path_factory):
    return exported(t, tmp_path_factory.mktemp("arrays"))


def dag(seed: int, size: int = 60) -> tuple[Hierarchy, nx.DiGraph]:
    """Make a hierarchy with several parents, roots and shortcuts, and the same as a graph from child to parent."""
    draw = random.Random(seed)
    parents = {key: sorted(draw.sample(range(key), min(key, draw.randint(1, 3)))) for key in range(3, size)}
    children: dict[int, list[int]] = {}
    for key, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(key)
    graph = nx.DiGraph((key, parent) for key, above in parents.items() for parent in above)
    graph.add_nodes_from(range(size))
    return Hierarchy(parents, children, _walk(list(range(size)), parents, children)), graph


def listed(csr: Csr) -> list[list[int]]:
    return [csr[row].tolist() for row in range(len(csr))]


def test_every_array_is_as_the_documentation_says(t, tmp_path):
    """Else somebody who reads the file in another language finds other names, shapes or types than were promised."""
    path = tmp_path / "arrays.npz"
    export(t, "arrays", path)
    promised = {}
    for names, shape, dtype in re.findall(r"^\| ([\w, ]+) \| ([^|]+) \| (\w+\d) \|", arrays.__doc__, re.MULTILINE):
        promised |= dict.fromkeys(names.split(", "), (shape, dtype))
    with np.load(path, allow_pickle=False) as file:
        found = {name: file[name] for name in file.files}
    concepts, datasets = len(select(t).concepts), len(select(t).datasets)
    optional = {"class_weight", "images", "superclass", "superclass_ids", "superclass_names"}
    assert set(promised) - optional == set(found)
    for name, array in found.items():
        shape, dtype = promised[name]
        assert array.dtype == ("int64" if name.endswith("_indptr") else dtype), name
        if name.endswith("_indptr"):
            assert array.shape == ((datasets if name.startswith("dataset") else concepts) + 1,), name
        elif shape.startswith("text"):
            assert array.ndim == 1, name
        elif "·" not in shape and "C" not in shape:
            assert array.shape == eval(shape, {"N": concepts, "D": datasets}), name


def test_two_exports_give_the_same_bytes(t, tmp_path):
    """Else a file under version control changes when nothing did."""
    first, second = tmp_path / "1.npz", tmp_path / "2.npz"
    assert export(t, "arrays", first) == export(t, "arrays", second)
    assert first.read_bytes() == second.read_bytes()


def test_the_index_is_that_of_labels_and_of_their_map(t, space):
    """Else a model that was trained with the arrays is read with another class's names."""
    assert list(space.ids) == [row["id"] for row in table(written(t, "labels"))]
    assert list(space.names) == [row["name"] for row in table(written(t, "labels"))]
    rows = table(written(t, "labelmap"))
    assert [key for each in space.datasets.values() for key in each.keys] == [row["key"] for row in rows]
    assert [i for each in space.datasets.values() for i in each.index.tolist()] == [int(row["index"]) for row in rows]
    assert space.datasets["street"].index_of["1"] == -1  # unplaced


def test_ancestors_are_those_of_the_taxonomy(t, space):
    """Else a label does not imply what the taxonomy says that it implies."""
    for index, id in enumerate(space.ids):
        above = {concept.id for concept in t[id].ancestors()} & set(space.ids)
        assert {space.ids[other] for other in space.ancestors[index]} == above


def test_ancestors_reach_through_concepts_that_are_left_out(t, tmp_path):
    """Else *dog* and *animal* are strangers in a label space that lacks what is between them."""
    space = exported(t, tmp_path, Choice(datasets=("street",)))
    dog, plush = (space.names.index(name) for name in ("dog", "plushdog, flurb"))
    assert dog in space.ancestors[plush]
    zoo = exported(t, tmp_path, Choice(datasets=("zoo",)))
    dog, animal = zoo.ids.index(DOG), zoo.ids.index(ANIMAL)
    assert animal in zoo.ancestors[dog]
    assert {zoo.ids[parent] for parent in zoo.parents[dog]} == {CANINE, DOMESTIC}


@pytest.mark.parametrize("seed", range(5))
def test_ancestors_and_nearest_parents_of_any_hierarchy(seed):
    """Else diamonds and shortcuts give wrong rows, which no small example shows."""
    hierarchy, graph = dag(seed)
    chosen = [key for key in hierarchy.walk if random.Random(key).random() < 0.6]
    found = closure(hierarchy, chosen)
    index = {key: place for place, key in enumerate(chosen)}
    order = nx.transitive_closure_dag(graph).subgraph(chosen)
    assert listed(found.ancestors) == [sorted(index[above] for above in order[key]) for key in chosen]
    reduced = nx.transitive_reduction(nx.DiGraph(order))
    assert listed(found.parents) == [sorted(index[above] for above in reduced[key]) for key in chosen]
    assert found.below.tolist() == [len(nx.ancestors(graph, key)) + 1 for key in hierarchy.walk]


def test_the_tree_is_that_of_tencents_dictionary(t, space):
    """Else levels of a semantic softmax are others than in the files beside it."""
    rows = {row["category_id"]: row for row in table(written(t, "tencent"))}
    ids = {row["category_index"]: row["category_id"] for row in rows.values()} | {"-1": None}
    for id, parent, depth in zip(space.ids, space.tree_parent.tolist(), space.depth.tolist(), strict=True):
        assert ids[rows[id]["index_of_parent_category"]] == (space.ids[parent] if parent >= 0 else None)
        assert depth == (space.depth[parent] + 1 if parent >= 0 else 0)


def test_roles_tell_what_a_dataset_cannot_deny(space):
    """Else *animal* is taught to be absent from every picture of a dataset that only knows dogs."""
    street, zoo = space.datasets["street"], space.datasets["zoo"]
    dog, plush = space.ids.index(DOG), space.names.index("plushdog, flurb")
    assert street.roles[dog] == ANNOTATED | ABOVE  # above plushdog
    assert street.roles[space.ids.index(ANIMAL)] == ABOVE
    assert zoo.roles[plush] == BELOW
    assert zoo.roles[space.ids.index(CARNIVORE)] == ANNOTATED | ABOVE | BELOW
    assert zoo.roles[space.names.index("truck")] == 0
    assert not space.datasets["void"].roles.any()


def test_what_stands_for_another_class_is_not_annotated_itself(t, tmp_path):
    """Else the other dogs of a dataset that only knows one breed count as pictures without a dog."""
    selection = select(t, Choice(datasets=("street",)))
    key = {id: key for key, id in selection.ids().items()}
    plush = next(each for each in selection.concepts if selection.names()[each][0] == "plushdog, flurb")
    kept = tuple(each for each in selection.concepts if each not in (plush, key[DOG]))
    smaller = replace(selection, chosen=(key[ANIMAL], *kept), stands={plush: key[ANIMAL]})
    arrays.EXPORTERS[0].save(smaller, tmp_path / "a.npz")
    street = load(tmp_path / "a.npz").datasets["street"]
    assert street.roles[0] == ABOVE
    assert street.index.tolist()[2] == 0


# Images


def test_classes_with_few_images_weigh_more(t, tmp_path):
    """Else the tail of a label space is never learned, or one class without images outweighs all others."""
    (tmp_path / "counts.tsv").write_text(f"concept\timages\n{DOG}\t10000\n{CANINE}\t10\n{ANIMAL}\t10000\n")
    space = exported(t, tmp_path, Choice(datasets=("zoo",), counts=tmp_path / "counts.tsv"))
    weight = dict(zip(space.ids, space.class_weight.tolist(), strict=True))
    assert weight[DOMESTIC] == weight[CARNIVORE] == 0
    assert sum(weight.values()) == pytest.approx(3)
    effective = (1 - 0.9999**10000) / (1 - 0.9999**10)  # how many times as many different images
    assert weight[CANINE] == pytest.approx(effective * weight[DOG])
    assert weight[ANIMAL] == weight[DOG]


def test_superclasses_are_in_the_file(t, tmp_path):
    """Else who grouped the classes has to group them again in the training loop."""
    export(t, "arrays", tmp_path / "arrays.npz", Choice(superclasses=2))
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as file:
        ids, lines = bytes(file["superclass_ids"]).decode().split("\n"), file["superclass"]
        assert len(lines) == len(bytes(file["ids"]).decode().split("\n"))
        assert set(lines.tolist()) == set(range(len(ids))) == {0, 1}


# Rules


@pytest.fixture
def ruled(path, tmp_path):
    """The database with rules of two annotations, and people's word on two of them."""
    path = Path(shutil.copy(path, tmp_path / "t.db"))

    def rule(condition: str, consequence: str, images: int, probability: float) -> Rule:
        return Rule(condition, consequence, images, images, images, probability, probability, 2.0, "verified")

    first = [rule(DOG, DOMESTIC, 10, 0.9), rule(DOG, CANINE, 10, 0.8), rule(DOG, "mid:/m/none", 10, 0.7)]
    people = [Decision("rule", DOG, CANINE, "reject"), Decision("rule", CANINE, DOG, "accept")]
    keep(path, Source(name=f"{PREFIX}a", kind=KIND), first, [], people)
    refused = [(rule(CANINE, DOG, 5, 0.3), "too seldom"), (rule(CANINE, ANIMAL, 5, 0.2), "too seldom")]
    keep(path, Source(name=f"{PREFIX}b", kind=KIND), [rule(DOG, DOMESTIC, 20, 0.6)], refused, people)
    with taxonomy.open(path) as opened:
        yield opened


def test_rules_are_those_that_hold_after_peoples_word(ruled, tmp_path):
    """Else a loop adds labels that people struck out, or by the rule of fewer images."""
    space = exported(ruled, tmp_path)
    pairs = zip(space.rules.owners().tolist(), space.rules.indices.tolist(), strict=True)
    found = {(space.ids[a], space.ids[b]): p for (a, b), p in zip(pairs, space.rules_probability, strict=True)}
    assert found == {(DOG, DOMESTIC): pytest.approx(0.6), (CANINE, DOG): pytest.approx(0.3)}
    assert [len(space.rules[index]) for index in range(len(space))] == [
        sum(id == condition for condition, _ in found) for id in space.ids
    ]


# Similarity


def dense(space) -> np.ndarray:
    matrix = np.zeros((len(space), len(space)))
    matrix[space.similarity.owners(), space.similarity.indices] = space.similarity_values
    return matrix


def test_path_similarity_is_that_of_wordnet(t, tmp_path):
    """Else soft labels differ from what the literature calls path similarity; the values are NLTK's."""
    space = exported(t, tmp_path, Choice(datasets=("zoo",)), Options(similarity="path"))
    index = {id: place for place, id in enumerate(space.ids)}
    matrix = dense(space)
    assert matrix[index[DOG], index[CANINE]] == pytest.approx(1 / 2)
    assert matrix[index[DOG], index[CARNIVORE]] == pytest.approx(1 / 3)
    assert matrix[index[DOG], index[ANIMAL]] == pytest.approx(1 / 3)  # by domestic animal
    assert matrix[index[DOMESTIC], index[CANINE]] == 0  # a common child does not make them alike
    assert matrix == pytest.approx(matrix.T)


@pytest.mark.parametrize("measure", ["lin", "path"])
@pytest.mark.parametrize("seed", range(3))
def test_similarity_of_any_hierarchy(measure, seed):
    """Else the way over a second parent, or a concept that is left out, is missed in some corner of the hierarchy."""
    hierarchy, graph = dag(seed)
    chosen = [key for key in hierarchy.walk if key % 3]
    found = similarity.similarity(measure, hierarchy, chosen, closure(hierarchy, chosen))
    above = {key: {key, *nx.descendants(graph, key)} for key in graph}
    content = {key: 1 - np.log(len(nx.ancestors(graph, key)) + 1) / np.log(len(graph)) for key in graph}
    edges = dict(nx.all_pairs_shortest_path_length(graph))

    def alike(a: int, b: int) -> float:
        common = above[a] & above[b]
        if a == b or not common:
            return float(a == b)
        if measure == "lin":
            return 2 * max(content[key] for key in common) / (content[a] + content[b])
        return 1 / (1 + min(edges[a][key] + edges[b][key] for key in common))

    expected = np.array([[alike(a, b) for b in chosen] for a in chosen])
    expected[expected < similarity.FLOORS[measure]] = 0
    matrix = np.zeros_like(expected)
    matrix[found.entries.owners(), found.entries.indices] = found.values
    assert matrix == pytest.approx(expected, abs=1e-6)


def test_too_many_pairs_are_left_out_and_said(t, tmp_path, monkeypatch):
    """Else a label space of 300,000 concepts fills the memory, or its soft labels are missing without a word."""
    monkeypatch.setattr(similarity, "MOST", 3)
    report = export(t, "arrays", tmp_path / "arrays.npz")
    assert "label similarity left out: some" in report.remarks[-1]
    assert load(tmp_path / "arrays.npz").similarity is None
