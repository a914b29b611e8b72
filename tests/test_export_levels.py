"""Exports with a level for each class: headings between classes, BREEDS' superclasses, HiClass' matrix."""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import CAT, vocabulary
from exported import ANIMAL, CANINE, CARNIVORE, DOG, DOMESTIC, written
from hiclass import LocalClassifierPerNode

import taxonomy
from taxonomy.concept import ROOT, SourceClass
from taxonomy.export import Choice, Report, export, exporter, select
from taxonomy.export.headings import chains, headed


@pytest.fixture(scope="module")
def t(few_t: taxonomy.Taxonomy) -> taxonomy.Taxonomy:
    return few_t


@pytest.fixture(scope="module")
def pets(few_build) -> Path:
    """Four classes, none of which is above another one, below concepts that are no classes."""
    cat = SourceClass("cat", "cat", wnid=CAT)
    return few_build(vocabulary("pets", "dog", cat, "car", SourceClass("truck", "truck", parent="vehicle")))


def tree(path: Path, make) -> dict[str, str | None]:
    with taxonomy.open(path) as t:
        selection = select(t)
        names = {key: name for key, (name, *_) in selection.names().items()}
        return {names[key]: names.get(parent) for key, parent in make(selection).items()}


def test_headings_are_where_classes_part(pets):
    """Else an annotator sees one flat list, or a chain of ten headings above each class."""
    found = tree(pets, headed)
    assert found["dog"] == found["cat"] == "carnivore"
    parents = {name: [child for child, parent in found.items() if parent == name] for name in found}
    headings = set(found) - {"dog", "cat", "car", "truck"}
    assert headings
    assert all(len(parents[name]) > 1 for name in headings)
    assert "entity" not in found


def test_superclasses_are_the_headings(pets):
    """Else a user who groups classes under a few concepts finds others in the tree."""

    def grouped(selection):
        names = {name: key for key, (name, *_) in selection.names().items()}
        groups = {"dog": "animal", "cat": "animal", "car": "entity", "truck": "entity"}
        return headed(replace(selection, superclasses={names[low]: names[high] for low, high in groups.items()}))

    found = tree(pets, grouped)
    assert found == {
        "entity": None,
        "animal": "entity",
        **dict.fromkeys(("dog", "cat"), "animal"),
        **dict.fromkeys(("car", "truck"), "entity"),
    }


def test_chains_reach_the_root(pets):
    """Else a class hangs in the air, and no superclass has it."""
    found = tree(pets, chains)
    assert [name for name, parent in found.items() if parent is None] == ["entity"]
    leaves = set(found) - set(found.values())
    assert leaves == {"dog", "cat", "car", "truck"}


# hiclass


def levels(text: str) -> np.ndarray:
    """Read the matrix as its module says."""
    return np.loadtxt(io.StringIO(text), dtype=str, delimiter="\t", comments=None, ndmin=2)


def test_hiclass_rows_are_the_classes_from_the_root_down(t):
    """Else examples are trained under another class, or upside down."""
    matrix = levels(written(t, "hiclass", "zoo"))
    selection = select(t, Choice(datasets=("zoo",)))
    last = [[id for id in row if id][-1] for row in matrix.tolist()]
    assert last == [selection.ids()[key] for key in selection.concepts]
    assert matrix.tolist()[last.index(DOG)] == [ANIMAL, CARNIVORE, CANINE, DOG]
    assert matrix.tolist()[last.index(DOMESTIC)] == [ANIMAL, DOMESTIC, "", ""]


def test_hiclass_says_which_ancestors_it_lost(t):
    """Else nobody learns that the tree forgot that a dog is a domestic animal."""
    report = exporter("hiclass").write(select(t, Choice(datasets=("zoo",))), io.StringIO())
    assert report.loss is not None
    assert (report.loss.pairs, report.loss.lost, report.loss.affected) == (8, 1, 1)
    assert report.remarks[0] == "0 ancestors between the classes"


def trained(matrix: np.ndarray) -> np.ndarray:
    """Return what HiClass predicts of the examples that it was trained with, of each class in turn."""
    examples = 100 * np.eye(len(matrix))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn's own
        return LocalClassifierPerNode().fit(examples, matrix).predict(examples)


def test_hiclass_trains_on_the_levels(pets):
    """Else the matrix is none that HiClass takes: the classifier must learn the hierarchy, and predict whole chains."""
    with taxonomy.open(pets) as t:
        matrix = levels(written(t, "hiclass"))
    assert trained(matrix).tolist() == matrix.tolist()


def test_hiclass_takes_classes_above_others(t):
    """Else HiClass stops at the empty end of a line; that it always predicts a leaf must be said."""
    matrix = levels(written(t, "hiclass", "zoo"))
    predicted = trained(matrix)
    assert ((predicted == matrix) | (matrix == "")).all()
    report = exporter("hiclass").write(select(t, Choice(datasets=("zoo",))), io.StringIO())
    assert "3 classes are above another class, and HiClass never predicts them alone" in str(report.remarks)


# breeds


class Reader:
    """What ``robustness.tools.breeds_helpers.ClassHierarchy`` reads, rule by rule."""

    def __init__(self, folder: Path) -> None:
        self.info = json.loads((folder / "dataset_class_info.json").read_text(encoding="utf-8"))
        self.edges = [line.split() for line in (folder / "class_hierarchy.txt").read_text("utf-8").splitlines()]
        lines = (folder / "node_names.txt").read_text("utf-8").splitlines()
        self.names = dict(line.strip().split("\t") for line in lines)

    def above(self, id: str) -> list[str]:
        parents = {child: parent for parent, child in self.edges}
        chain = [id]
        while chain[-1] in parents:
            chain.append(parents[chain[-1]])
        return chain


def test_breeds_leads_every_class_to_the_root(pets, tmp_path):
    """Else BREEDS finds no superclass for a class, or stops at the root it looks for."""
    with taxonomy.open(pets) as t:
        export(t, "breeds", tmp_path / "breeds")
    read = Reader(tmp_path / "breeds")
    assert [number for number, _, _ in read.info] == [0, 1, 2, 3]
    assert {name.split(",")[0] for _, _, name in read.info} == {"dog", "cat", "car", "truck"}
    for _, id, name in read.info:
        assert read.above(id)[-1] == ROOT
        assert read.names[id] == name
    assert all(len(edge) == 2 for edge in read.edges)
    assert {id for edge in read.edges for id in edge} == set(read.names)


def test_breeds_has_no_space_in_an_id(few_build, tmp_path):
    """Else the reader takes half of the id for the child of an edge, and loses the class."""
    with taxonomy.open(few_build(vocabulary("mine", SourceClass("my key", "flurb", parent="dog"), "dog"))) as t:
        export(t, "breeds", tmp_path / "breeds")
    read = Reader(tmp_path / "breeds")
    assert "mine:my%20key" in {id for _, id, _ in read.info}
    assert read.above("mine:my%20key")[1] == DOG


def test_breeds_names_a_class_without_a_name(few_build, tmp_path):
    """Else the reader ends at its line, which has no second field."""
    with taxonomy.open(few_build(vocabulary("mine", SourceClass("0", "", parent="dog"), "dog"))) as t:
        export(t, "breeds", tmp_path / "breeds")
    assert Reader(tmp_path / "breeds").names["mine:0"] == "mine:0"


def test_breeds_gives_no_class_two_superclasses(t, tmp_path):
    """Else the pictures of a class are trained under two labels of one task."""
    export(t, "breeds", tmp_path / "breeds")
    children = [child for _, child in Reader(tmp_path / "breeds").edges]
    assert len(set(children)) == len(children)


def test_breeds_says_what_a_class_above_another_hides(t, pets, tmp_path):
    """Else superclasses silently lack the classes below one of their classes."""

    def remarks(taxonomy: taxonomy.Taxonomy, path: Path, *datasets: str) -> Report:
        return export(taxonomy, "breeds", path, Choice(datasets=datasets))

    report = remarks(t, tmp_path / "zoo", "zoo")
    assert report.remarks[-1].startswith("3 classes are above another class")
    with taxonomy.open(pets) as other:
        assert "above another class" not in str(remarks(other, tmp_path / "pets"))
