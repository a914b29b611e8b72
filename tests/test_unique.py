"""Names for formats that know classes by their names: no two are the same, and people can read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, vocabulary

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.export import select
from taxonomy.export.unique import unique_names


@pytest.fixture(scope="module")
def path(few_build: Callable[..., Path]) -> Path:
    """Concepts that share their names: beside, below and above each other, and with what would be made of them."""
    return few_build(
        vocabulary(
            "mine",
            SourceClass("a", "crane", wnid=CRANE_BIRD),
            SourceClass("b", "crane", wnid=CRANE_MACHINE),
            SourceClass("c", "Flurb", parent="dog"),
            SourceClass("d", "flurb", parent="c", synonyms=("toy flurb",)),
            SourceClass("e", "flurb", parent="car"),
            SourceClass("f", "xqz", parent="bird"),
            SourceClass("g", "xqz pod", parent="f"),
            SourceClass("h", "xqz", parent="g"),
            SourceClass("i", "flurb (car)", parent="truck"),
        )
    )


def named(path: Path, form: Callable[[str], str] = str.casefold) -> dict[str, str]:
    with taxonomy.open(path) as t:
        selection, ids = select(t), select(t).ids()
        return {ids[key]: name for key, name in unique_names(selection, form).items()}


def test_concepts_of_one_name_are_told_apart_by_what_they_are(path: Path) -> None:
    """Else a reader that knows classes by their names merges both cranes, as torchvision once did."""
    found = named(path)
    assert (found[CRANE_BIRD], found[CRANE_MACHINE]) == ("crane (wading bird)", "crane (lifting device)")


def test_no_two_names_are_the_same_after_the_form_of_the_reader(path: Path) -> None:
    """Else two classes become one where case or spaces do not count, or a made name is another class's own."""
    found = named(path)
    assert len({name.casefold() for name in found.values()}) == len(found) == 9
    letters = named(path, lambda name: "".join(filter(str.isalpha, name)))
    assert letters["mine:i"] == "flurb (car)"
    assert len({"".join(filter(str.isalpha, name)) for name in letters.values()}) == 9


def test_the_plain_sense_keeps_its_name(path: Path) -> None:
    """Else what is above all the others of its name gets one that is harder to read, for nothing."""
    found = named(path)
    assert found["mine:f"] == "xqz"
    assert found["mine:h"] == "xqz (xqz pod)"


def test_names_do_not_depend_on_chance(path: Path) -> None:
    """Else a class changes its name from one export to the next."""
    assert list(named(path).items()) == list(named(path).items())
