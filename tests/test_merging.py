"""Merging: classes that are one become one concept, hierarchies of the user's own survive, nothing goes in circles."""

from __future__ import annotations

import pytest
from conftest import DOG, vocabulary

import taxonomy
from taxonomy.check import findings
from taxonomy.concept import SourceClass


@pytest.fixture
def merged(few_build):
    """Build vocabularies and open the result."""
    opened = []

    def built(*vocabularies):
        opened.append(taxonomy.open(few_build(*vocabularies)))
        assert list(findings(opened[-1])) == []
        return opened[-1]

    yield built
    for each in opened:
        each.close()


def up(concept) -> list[str]:
    """Follow the first parents to where WordNet begins."""
    names = [concept.name]
    while not concept.id.startswith("n0") and not concept.id.startswith("n1"):
        concept = concept.parents()[0]
        names.append(concept.name)
    return names


# One concept


def test_a_mid_ties_datasets_together(merged):
    """Else Open Images' classes are counted apart in each of its editions."""
    t = merged(
        vocabulary("v4", SourceClass("/m/1", "zorgon dog", mid="/m/1")),
        vocabulary("v5", SourceClass("000", "zorgon hound", mid="/m/1")),
    )
    assert t["v4:/m/1"] == t["v5:000"] == t["mid:/m/1"]
    assert t["v5:000"].synonyms() == ["zorgon dog", "zorgon hound"]


def test_two_classes_with_one_mid_do_not_break_the_build(merged):
    """Else one careless row makes a vocabulary unusable."""
    t = merged(
        vocabulary("a", SourceClass("1", "zorgon dog", mid="/m/1"), SourceClass("2", "zorgon motortruck", mid="/m/1")),
        vocabulary("b", SourceClass("1", "zorgon car", mid="/m/1"), SourceClass("2", "Zorgon_Motortruck")),
    )
    assert t["a:1"].id == "mid:/m/1"
    assert t["a:2"].id == "a:2"
    assert t["b:2"] == t["a:2"]


def test_the_first_source_to_claim_an_id_keeps_it(merged):
    """Else an id changes its meaning when a dataset is added."""
    t = merged(
        vocabulary("a", SourceClass("1", "dog", mid="/m/1")), vocabulary("b", SourceClass("1", "cat", mid="/m/1"))
    )
    assert t["mid:/m/1"].id == DOG


def test_names_come_from_where_they_come_from(merged):
    """Else nobody can tell whose word a synonym is."""
    t = merged(
        vocabulary("a", SourceClass("1", "dog", synonyms=("wau_wau", "Dog"), scientific_name="Canis familiaris")),
        vocabulary("b", SourceClass("1", "dog", synonyms=("wau-wau",))),
    )
    assert [name for name in t[DOG].names() if name[3] != "wordnet"] == [("wau wau", "en", "synonym", "a")]


def test_two_homonyms_stay_apart(merged):
    """Else the birds are trained as machines: torchvision once did that to ImageNet's two cranes."""
    t = merged(
        vocabulary("a", SourceClass("1", "crane", wnid="n02012849"), SourceClass("2", "crane", wnid="n03126707"))
    )
    assert t["a:1"] != t["a:2"]


def test_a_class_goes_under_its_anchor_with_its_licence_trail(merged):
    """Else an edge is nobody's."""
    t = merged(vocabulary("a", "zorgon crane"))
    rows = t.execute(
        "SELECT edge.kind, source.name, method, confidence < 1 FROM edge"
        " JOIN source ON position = source WHERE child = ?",
        (t["a:0"].key,),
    ).fetchall()
    assert rows == [("is_a", "a", "head", 1)]


# The user's own hierarchy


def test_classes_go_under_classes(merged):
    """Else a hierarchy that people made is flattened."""
    t = merged(
        vocabulary(
            "h",
            SourceClass("leaf", "zorgonette", parent="mid"),
            SourceClass("mid", "zorgonoid", parent="zorgon dog"),  # by its name
            SourceClass("top", "zorgon dog"),
        )
    )
    assert up(t["h:leaf"]) == ["zorgonette", "zorgonoid", "zorgon dog", "dog"]


def test_a_path_of_parents_ends_with_the_nearest(merged):
    """Else a class goes under its grandparent."""
    t = merged(
        vocabulary("h", SourceClass("1", "zorgonoid"), SourceClass("2", "xqz", parent="dog > zorgonoid"), domain=DOG)
    )
    assert up(t["h:2"]) == ["xqz", "zorgonoid", "dog"]


def test_a_parent_outside_the_vocabulary_is_looked_up(merged):
    """Else a superclass that is no class itself counts for nothing."""
    t = merged(vocabulary("h", SourceClass("1", "xqz", parent="dog"), SourceClass("2", "xqy", parent="a > cat > xx")))
    assert up(t["h:1"]) == ["xqz", "dog"]
    assert up(t["h:2"]) == ["xqy", "cat"]


@pytest.mark.parametrize(
    "circle",
    [
        [("a", "a")],
        [("a", "b"), ("b", "a")],
        [("a", "b"), ("b", "c"), ("c", "a")],
        [("d", "a"), ("a", "b"), ("b", "a")],  # begins outside the circle
    ],
)
def test_circles_of_parents_are_cut(merged, circle):
    """Else a careless table never ends, or its classes vanish."""
    t = merged(vocabulary("h", *(SourceClass(key, f"xqz{key}", parent=parent) for key, parent in circle), domain=DOG))
    for key, _ in circle:
        assert up(t[f"h:{key}"])[-1] == "dog"
    # Only one link of the circle is cut: the others keep their parents.
    assert [up(t[f"h:{key}"])[1] for key, _ in circle].count("dog") == 1


def test_circles_without_a_way_out_are_unplaced(merged):
    """Else a circle is hung up anywhere."""
    t = merged(vocabulary("h", SourceClass("a", "xqza", parent="b"), SourceClass("b", "xqzb", parent="a"), "dog"))
    rows = t.execute("SELECT key, relation FROM class ORDER BY position").fetchall()
    assert rows == [("a", "unplaced"), ("b", "unplaced"), ("2", "exactMatch")]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_of_ten_thousand_classes(few_build, backwards):
    """Else a long hierarchy ends in a RecursionError, or takes an hour."""
    classes = [SourceClass(str(i), f"xqz{i}", parent=str(i - 1)) for i in range(1, 10_001)]
    path = few_build(vocabulary("deep", *([*classes[::-1]] if backwards else classes), SourceClass("0", "dog")))
    with taxonomy.open(path) as t:
        assert len(t["dog"].descendants(dataset="deep")) == 10_000
        assert t.max_depth() > 10_000


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_what_is_below_an_unplaced_class_keeps_what_place_it_can(merged, order):
    """Else a class is lost because its grandparent is unknown, depending on the order of the rows."""
    classes = (
        SourceClass("1", "xqza"),
        SourceClass("2", "zorgon dog", parent="1"),
        SourceClass("3", "xqzc", parent="2"),
    )
    t = merged(vocabulary("h", *(classes[i] for i in order)))
    assert up(t["h:3"]) == ["xqzc", "zorgon dog", "dog"]
    assert t.execute("SELECT count(*) FROM class WHERE concept IS NULL").fetchone() == (1,)


def test_a_parents_key_is_not_read_as_a_name(merged):
    """Else a class below an unplaced class with key 1 becomes a kind of the number one."""
    t = merged(vocabulary("h", SourceClass("car", "xqza"), SourceClass("2", "xqzb", parent="car")))
    assert t.execute("SELECT count(*) FROM class WHERE concept IS NULL").fetchone() == (2,)


def test_a_parents_key_is_a_hint_by_its_name(merged):
    """Else "crane" below the class 7, which is "bird", is a machine."""
    t = merged(vocabulary("h", SourceClass("7", "bird"), SourceClass("8", "crane", parent="7")))
    assert t["h:8"].id == "n02012849"
    classes = (SourceClass("7", "lifting device"), SourceClass("8", "crane", parent="7"))
    t = merged(vocabulary("h", *classes, min_confidence=0))
    assert t["h:8"].id == "n03126707"
