"""`taxonomy evaluate links --source`: what a merged knowledge base was linked to, against a list of its items."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import CARNIVORE, CAT, CRANE_BIRD, CRANE_MACHINE, DOG
from shell import run

from taxonomy.commands.evaluate import _MERGED_MEANINGS, links
from taxonomy.concept import KNOWLEDGE, Source, SourceClass, Vocabulary

ITEMS = (
    SourceClass("Q144", "dog", definition="domesticated animal that barks", ids=("ncbi:9615",)),
    SourceClass("Q146", "cat", wnid=CAT),
    SourceClass("Q1", "crane", definition="machine for lifting heavy objects"),
    SourceClass("Q2", "xqz carnivore", parents=("Q144",)),
)


@pytest.fixture(autouse=True)
def folder(few_build, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAXONOMY_DB", str(few_build(Vocabulary(Source(name="wd", kind=KNOWLEDGE), ITEMS))))
    rows = (("Q144", DOG), ("Q146", CAT), ("Q1", CRANE_BIRD), ("Q2", CARNIVORE), ("Q99", DOG))
    gold("gold.tsv", *rows, ("Q98", "NO_WORDNET_SYNSET"))


def gold(name: str, *rows: tuple[str, str]) -> None:
    Path(name).write_text("class_id\tgold_synset\n" + "".join(f"{id}\t{wnid}\n" for id, wnid in rows))


def measured(*arguments: str) -> dict[str, float]:
    done = run("evaluate", "links", *arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_links_of_a_source_are_measured_as_they_were_merged() -> None:
    """Else nobody can tell how far a knowledge base that was merged is to be trusted."""
    found = measured("gold.tsv", "--source", "wd")
    assert list(found) == list(_MERGED_MEANINGS)
    assert (found["n_gold"], found["n"], found["n_given"]) == (5, 4, 1)
    assert (found["joined"], found["found"]) == (0.75, 0.5)  # the carnivore is its own concept, the crane a machine
    assert found["right"] == pytest.approx(2 / 3)


def test_names_of_one_sense_are_measured_apart() -> None:
    """Else errors that a name explains hide those that nothing excuses."""
    gold("one.tsv", ("Q1", CRANE_MACHINE))
    assert measured("one.tsv", "--source", "wd")["n_one_sense"] == 0
    assert measured("one.tsv", "--source", "wd")["right"] == 1


def test_an_item_of_two_synsets_and_an_id_of_another_scheme() -> None:
    """Else a list by Wikidata's ids cannot judge taxa, nor one that names two synsets either of them."""
    gold("two.tsv", ("ncbi:9615", CAT), ("ncbi:9615", DOG))
    found = measured("two.tsv", "--source", "wd")
    assert (found["n"], found["right"]) == (1, 1)


def test_predictions_name_what_is_wrong() -> None:
    """Else who sees a low figure cannot see why."""
    measured("gold.tsv", "--source", "wd", "--predictions", "out.tsv")
    header, *rows = [line.split("\t") for line in Path("out.tsv").read_text().splitlines()]
    by_id = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert next(iter(by_id)) == "Q146"
    assert (by_id["Q1"]["synset"], by_id["Q1"]["gold"], by_id["Q1"]["right"]) == (CRANE_MACHINE, CRANE_BIRD, "0")
    assert (by_id["Q144"]["relation"], by_id["Q144"]["right"]) == ("exactMatch", "1")
    assert run("evaluate", "links", "gold.tsv", "--source", "wd", "--predictions", "out.tsv").code == 2


def test_a_bar_that_is_not_reached_exits_1() -> None:
    """Else a base that is linked worse than before passes unseen."""
    assert run("evaluate", "links", "gold.tsv", "--source", "wd", "--fail-below", "right=0.5").code == 0
    done = run("evaluate", "links", "gold.tsv", "--source", "wd", "--fail-below", "right=0.9")
    assert (done.code, done.err) == (1, "below the bar: right 0.6667 < 0.9\n")
    assert run("evaluate", "links", "gold.tsv", "--source", "wd", "--fail-below", "accuracy=0.9").code == 2


@pytest.mark.parametrize(
    ("rows", "source", "code", "said"),
    [
        ((("Q1", DOG),), "nosuch", 3, "nosuch: no such source in"),
        ((("Q1", "n99999999"),), "wd", 2, "bad.tsv:2: n99999999 is not in WordNet 3.0"),
        ((("", DOG),), "wd", 2, "bad.tsv:2: class_id is empty"),
        ((("Q1", "dog"),), "wd", 2, "bad.tsv:2: gold_synset 'dog' is no wnid"),
    ],
)
def test_what_cannot_be_measured_is_said(rows, source: str, code: int, said: str) -> None:
    """Else a slip gives figures that mean nothing."""
    gold("bad.tsv", *rows)
    done = run("evaluate", "links", "bad.tsv", "--source", source)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    Path("names.tsv").write_text(f"class_name\tgold_synset\ndog\t{DOG}\n")
    assert "the header lacks class_id" in run("evaluate", "links", "names.tsv", "--source", "wd").err


def test_a_list_of_other_items_has_no_measures() -> None:
    """Else a list of a wrong scheme of ids ends in a traceback."""
    gold("others.tsv", ("Q77", DOG))
    found = measured("others.tsv", "--source", "wd")
    assert (found["n"], found["right"], found["right_at_90"]) == (0, None, None)


def test_the_help_tells_of_both_lists() -> None:
    """Else nobody finds the way to measure a merged source."""
    assert "--source" in re.sub(r"\s+", " ", links.__doc__ or "")
