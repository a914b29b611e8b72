"""Exports to tools that people annotate with, by the rules of FiftyOne, Label Studio and CVAT."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, vocabulary
from exported import ANIMAL, CANINE, CARNIVORE, DOG, DOMESTIC, written

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.export import Choice, exporter, select
from taxonomy.export.training import cvat, fiftyone

_LONG = "xqz " * 20 + "pod"


@pytest.fixture(scope="module")
def t(few_t: taxonomy.Taxonomy) -> taxonomy.Taxonomy:
    return few_t


@pytest.fixture(scope="module")
def odd(few_build) -> Path:
    """Names that collide, that are long, and that XML and Label Studio take for something else."""
    return few_build(
        vocabulary(
            "mine",
            SourceClass("a", "crane", wnid=CRANE_BIRD),
            SourceClass("b", "crane", wnid=CRANE_MACHINE),
            SourceClass("c", f"{_LONG} a", parent="dog"),
            SourceClass("d", f"{_LONG} b", parent="dog"),
            SourceClass("e", '$xqz <"name="> & x\x0bqz', parent="dog"),
            SourceClass("f", "dog"),
            SourceClass("h", "$pod", parent="dog"),
            SourceClass("i", "pod", parent="dog"),
            SourceClass("j", "$", parent="dog"),
            SourceClass("k", " ", parent="dog"),
            SourceClass("g", "cat"),
        ),
        vocabulary("all", SourceClass("a", "all classes", parent="dog"), SourceClass("b", "dog")),
    )


# fiftyone


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for each in node.get("values", ()):
        yield from nodes(each)


def test_fiftyone_has_one_tree_of_different_names(odd):
    """Else FiftyOne refuses the taxonomy, or one crane is annotated as the other."""
    with taxonomy.open(odd) as t:
        read = json.loads(written(t, "fiftyone", "mine"))
    every = list(nodes(read["root"]))
    names = [node["name"] for node in every]
    assert all(names)
    assert len(set(names)) == len(names)
    assert all(set(node) <= {"name", "description", "can_select", "values"} for node in every)
    assert all(node["values"] for node in every if "values" in node)
    assert (read["name"], read["type"]) == ("label-taxonomy", "taxonomy")


def test_fiftyone_lets_only_classes_be_chosen(odd):
    """Else annotators choose a heading that no dataset has, or cannot choose a class."""
    with taxonomy.open(odd) as t:
        read = json.loads(written(t, "fiftyone", "mine"))
        selection = select(t, Choice(datasets=("mine",)))
        first = [selection.names()[key][0] for key in selection.concepts]
    chosen = {node["name"] for node in nodes(read["root"]) if node.get("can_select", True)}
    assert set(read["classes"]) == chosen
    assert all(name.startswith(plain) for name, plain in zip(read["classes"], first, strict=True))
    assert "carnivore" in {node["name"] for node in nodes(read["root"])} - chosen


def test_fiftyone_refuses_what_its_database_does_not_hold(t, monkeypatch):
    """Else the user learns it from MongoDB, after the file was made."""
    monkeypatch.setattr(fiftyone, "_LARGEST", 500)
    with pytest.raises(InputError, match=r"one document of at most .* 5 classes"):
        written(t, "fiftyone", "zoo")


def test_fiftyone_refuses_a_class_that_is_called_as_its_root(odd):
    """Else FiftyOne refuses the whole file for a name that the user never chose."""
    with taxonomy.open(odd) as t, pytest.raises(InputError, match="'all classes'"):
        written(t, "fiftyone", "all")


# label-studio


def choices(element: ET.Element, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of each choice, as results have it."""
    for choice in element.findall("Choice"):
        path = (*above, choice.attrib["alias"])
        yield path
        yield from choices(choice, *path)


def test_label_studio_nests_the_choices(t):
    """Else an annotator's answer does not say what is above it, or says something that is not."""
    root = ET.fromstring(written(t, "label-studio", "zoo"))
    control, image = root.find("Taxonomy"), root.find("Image")
    assert control.attrib["toName"] == image.attrib["name"]
    assert image.attrib["value"] == "$image"
    paths = list(choices(control))
    assert (ANIMAL, CARNIVORE, CANINE, DOG) in paths
    assert (ANIMAL, DOMESTIC) in paths


def test_label_studio_stores_an_id_of_each_choice_once(odd):
    """Else two choices give the same result, or an annotator cannot tell them apart."""
    with taxonomy.open(odd) as t:
        root = ET.fromstring(written(t, "label-studio", "mine"))
        wanted = {select(t).ids()[key] for key in select(t, Choice(datasets=("mine",))).concepts}
    aliases = [choice.attrib["alias"] for choice in root.iter("Choice")]
    names = [choice.attrib["value"].casefold() for choice in root.iter("Choice")]
    assert len(set(aliases)) == len(aliases)
    assert len(set(names)) == len(names)
    assert wanted <= set(aliases)


def test_label_studio_takes_odd_names_as_names(odd):
    """Else a name breaks the file, is looked up in the task, or is counted among the names of its tags."""
    with taxonomy.open(odd) as t:
        text = written(t, "label-studio", "mine")
    values = {choice.attrib["value"] for choice in ET.fromstring(text).iter("Choice")}
    assert 'xqz <"name="> & x qz' in values
    assert {"pod (mine:h)", "pod (mine:i)", "mine:j", "mine:k"} <= values
    assert re.findall(r'(?:^|[^\w])name="([^"]*)"', text) == ["image", "label"]  # LabelInterface's own search


# cvat

_INPUT_TYPES = {"checkbox", "radio", "number", "text", "select"}
_LABEL_TYPES = {"any", "rectangle", "polygon", "polyline", "points", "ellipse", "cuboid", "skeleton", "mask", "tag"}


def test_cvat_takes_the_labels(odd):
    """Else its label constructor or server refuses the list; the rules are those of ``raw-viewer.tsx`` and models."""
    with taxonomy.open(odd) as t:
        labels = json.loads(written(t, "cvat", "mine"))
        selection = select(t, Choice(datasets=("mine",)))
        wanted = [selection.ids()[key] for key in selection.concepts]
    names = [label["name"] for label in labels]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 64 for name in names)
    assert all(re.fullmatch("#[0-9a-f]{6}", label["color"]) for label in labels)
    assert len({label["color"] for label in labels}) == len(labels)
    assert {label["type"] for label in labels} <= _LABEL_TYPES
    for label, id in zip(labels, wanted, strict=True):
        (attribute,) = label["attributes"]
        assert set(attribute) == {"name", "input_type", "mutable", "default_value", "values"}
        assert attribute["input_type"] in _INPUT_TYPES
        assert attribute["values"] == [attribute["default_value"]] == [id]
        assert attribute["mutable"] is False


def test_cvat_says_that_names_were_cut(odd):
    """Else nobody knows why a label has another name in CVAT; and the cut names must stay different."""
    with taxonomy.open(odd) as t:
        report = exporter("cvat").write(select(t, Choice(datasets=("mine",))), io.StringIO())
        names = [label["name"] for label in json.loads(written(t, "cvat", "mine"))]
    assert report.remarks == ("2 names of more than 64 characters cut",)
    assert [name[-10:] for name in names if "…" in name] == ["… (mine:c)", "… (mine:d)"]


def test_cvat_refuses_an_id_that_it_would_cut(t, monkeypatch):
    """Else annotations carry half an id."""
    monkeypatch.setattr(cvat, "_LONGEST_ID", 8)
    with pytest.raises(InputError, match="ids of at most 8 characters"):
        written(t, "cvat", "zoo")


def test_all_labels_keep_their_index(t):
    """Else the n-th label of a tool is another class than the n-th of `labels`."""
    selection = select(t)
    fewer = replace(selection, chosen=selection.concepts[::-1])
    for format in ("cvat", "fiftyone"):
        both = []
        for each in (selection, fewer):
            out = io.StringIO()
            exporter(format).write(each, out)
            read = json.loads(out.getvalue())
            both.append(read["classes"] if format == "fiftyone" else [label["name"] for label in read])
        assert both[0] == both[1][::-1]
