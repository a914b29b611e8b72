"""Exports of what some licences allow: nothing of another licence gets in, and what is left out is said."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DOG
from exported import table
from shell import run

import taxonomy
from taxonomy.concept import Source, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.export import Choice, exporter, select

SHARED = Source(name="shared", data_licence="CC-BY-SA-4.0", package_licence="NONE")
FREE = Source(name="free", data_licence="CC-BY-4.0", package_licence="Apache-2.0 OR MIT")
MIXED = Source(name="mixed", data_licence="CC-BY-4.0 AND CC-BY-NC-4.0")


@pytest.fixture(scope="module")
def path(few_build: Callable[..., Path]) -> Path:
    """A free class is below the concept of a share-alike one, which both datasets hold."""
    return few_build(
        Vocabulary(
            SHARED,
            (SourceClass("0", "plush table runner"), SourceClass("1", "dog", wnid=DOG, synonyms=("waggler",))),
        ),
        Vocabulary(
            FREE,
            (
                SourceClass("0", "plush table runner"),
                SourceClass("1", "frobnicator", parent="plush table runner"),
                SourceClass("2", "dog", wnid=DOG),
            ),
        ),
        Vocabulary(MIXED, (SourceClass("0", "dog", wnid=DOG), SourceClass("1", "plush dog"))),
        Vocabulary(Source(name="mine"), (SourceClass("0", "frobnicator"),)),
    )


def labels(path: Path, *licences: str) -> dict[str, dict[str, str]]:
    with taxonomy.open(path) as t:
        out = io.StringIO()
        exporter("labels").write(select(t, Choice(licences=tuple(licences))), out)
    return {row["id"]: row for row in table(out.getvalue())}


def test_what_comes_from_another_licence_is_left_out(path: Path) -> None:
    """Share-alike names, classes and places would get into a file that is not shared alike."""
    everything = labels(path)
    assert everything["free:1"]["parents"] == "shared:0"
    assert everything[DOG]["synonyms"].endswith("waggler")
    found = labels(path, "CC-BY-4.0", "MIT")
    assert list(found) == [key for key in everything if key in (DOG, "free:1")]
    assert found["free:1"]["parents"] == everything["shared:0"]["parents"]  # it hangs where the other one hung
    assert (found[DOG]["datasets"], "waggler" in found[DOG]["synonyms"]) == ("free", False)


def test_all_of_a_sources_licences_must_be_allowed(path: Path) -> None:
    """A list that half of its licences forbid would be taken for free."""
    assert labels(path, "cc-by-4.0", "Apache-2.0")[DOG]["datasets"] == "free"
    assert labels(path, "CC-BY-4.0", "MIT", "CC-BY-NC-4.0")[DOG]["datasets"] == "free|mixed"
    with pytest.raises(InputError, match="no dataset is of these licences alone; left out for"):
        labels(path, "CC-BY-4.0")


def test_what_states_no_licence_must_be_allowed_by_that_name(path: Path) -> None:
    """A list of unknown origin would pass for one of any licence."""
    assert labels(path, "NOASSERTION", "CC-BY-SA-4.0")["shared:0"]["datasets"] == "shared"
    with taxonomy.open(path) as t:
        assert select(t, Choice(licences=("NOASSERTION", "CC-BY-SA-4.0"))).datasets == ("shared", "mine")


def test_the_command_says_what_was_left_out_and_why(path: Path, tmp_path: Path) -> None:
    """A label space would lose classes without a word, or a typing error would empty it."""
    out = tmp_path / "map.tsv"
    done = run("export", "labelmap", "--db", path, "-o", out, "--licence-allow", "CC-BY-4.0,MIT")
    assert done.code == 0
    assert done.err.splitlines()[1:] == [
        "left out for CC-BY-NC-4.0: 1 concept and the classes of mixed",
        "left out for CC-BY-SA-4.0: 1 concept and the classes of shared",
        "left out for NOASSERTION: 0 concepts and the classes of mine",
        "--licence-allow left 2 of 3 concepts",
        "1 class left out, with index -1",
    ]
    assert [(row["dataset"], row["key"], row["index"]) for row in table(out.read_text())] == [
        ("free", "0", "-1"), ("free", "1", "1"), ("free", "2", "0"),
    ]  # fmt: skip
    wrong = run("export", "labels", "--db", path, "-o", "-", "--licence-allow", "CCBY")
    there = "Apache-2.0, CC-BY-4.0, CC-BY-NC-4.0, CC-BY-SA-4.0, MIT, NOASSERTION, WordNet-3.0"
    assert (wrong.code, wrong.err) == (2, f"error: CCBY: no source has this licence; there are {there}\n")


def test_ancestors_of_another_licence_are_left_out_too(path: Path) -> None:
    """A hierarchy for crawlers would hold as ancestors what its list of labels may not."""
    done = run("export", "bamboo", "--db", path, "-o", "-", "--licence-allow", "CC-BY-4.0", "--licence-allow", "MIT")
    system = json.loads(done.out)
    assert "shared:0" not in system["id2name"]
    assert "shared:0" not in system["father2child"]
    assert set(system["child2father"]) | {"n00001740"} == set(system["id2name"])
    assert "waggler" not in system["id2name"][DOG]
