"""`taxonomy evaluate links`: the measures mean what they say, and the command judges links by a gold list."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import pytest
from conftest import SMALL
from hypothesis import given
from hypothesis import strategies as st
from shell import Done, on_terminal, run

from taxonomy.commands.evaluate import _MEANINGS
from taxonomy.commands.link import COLUMNS
from taxonomy.evaluation import gold
from taxonomy.evaluation.gold import fingerprint, read_gold
from taxonomy.evaluation.links import (
    Judgement,
    Scores,
    accuracy_at,
    auroc,
    calibration_error,
    coverage_at,
    is_polysemous,
    score,
)

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

DOG, CAT, CRANE_BIRD, CRANE_MACHINE, CARNIVORE = "n02084071", "n02121620", "n02012849", "n03126707", "n02075296"

# The measures

PAIRS = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), max_size=60)


def columns(pairs: Sequence[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [confidence for confidence, _ in pairs], [hit for _, hit in pairs]


@given(PAIRS)
def test_auroc_is_the_chance_that_a_right_link_is_surer(pairs: list[tuple[float, bool]]) -> None:
    """By the definition: over all pairs of a right and a wrong one, ties by half."""
    found = auroc(*columns(pairs))
    right = [confidence for confidence, hit in pairs if hit]
    wrong = [confidence for confidence, hit in pairs if not hit]
    if not right or not wrong:
        assert found is None
        return
    wins = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
    assert found == pytest.approx(wins / (len(right) * len(wrong)))


@given(PAIRS, st.randoms())
def test_no_measure_depends_on_the_order_of_ties(pairs: list[tuple[float, bool]], shuffler: random.Random) -> None:
    """The same links in another order would be better or worse."""
    before = score([Judgement(0 if hit else 5, hit, confidence) for confidence, hit in pairs])
    shuffler.shuffle(pairs)
    after = score([Judgement(0 if hit else 5, hit, confidence) for confidence, hit in pairs])
    for field in fields(Scores):
        assert getattr(after, field.name) == pytest.approx(getattr(before, field.name)), field.name


@given(PAIRS.filter(bool), st.sampled_from([0.5, 0.9, 0.98, 1.0]))
def test_coverage_is_the_largest_share_that_keeps_the_rate(pairs: list[tuple[float, bool]], rate: float) -> None:
    """A threshold that the user takes from it must hold what it promises."""
    kept = [[hit for confidence, hit in pairs if confidence >= threshold] for threshold, _ in pairs]
    shares = [len(hits) / len(pairs) for hits in kept if sum(hits) >= rate * len(hits)]
    assert coverage_at(rate, *columns(pairs)) == max(shares, default=0)


@given(PAIRS.filter(bool))
def test_the_accuracy_of_all_is_the_accuracy(pairs: list[tuple[float, bool]]) -> None:
    """All of the links are the surest 100 %."""
    confidences, right = columns(pairs)
    assert accuracy_at(1.0, confidences, right) == pytest.approx(sum(right) / len(right))


def test_calibration_by_hand() -> None:
    """Two bins: sure ones that are half right, unsure ones that are all right."""
    assert calibration_error([1.0, 1.0, 0.1, 0.1], [True, False, True, True]) == pytest.approx((1.0 + 1.8) / 4)
    assert calibration_error([0.31, 0.35], [True, False]) == pytest.approx((0.69 + 0.35) / 2)
    assert calibration_error([], []) is None


def test_scores_by_hand() -> None:
    """The keys are what scripts read, so each must be what it is called."""
    judgements = [
        Judgement(0, True, 0.9, polysemous=True),
        Judgement(1, True, 0.8, polysemous=True),
        Judgement(7, False, 0.4),
        Judgement(None, False, 0.2),
    ]
    found = score(judgements, [True, False, True])
    assert (found.n, found.accuracy, found.near, found.top_3, found.recall_20) == (4, 0.25, 0.5, 0.5, 0.75)
    assert (found.n_polysemous, found.accuracy_polysemous) == (2, 0.5)
    assert (found.accuracy_at_70, found.accuracy_at_90, found.auroc) == (1 / 3, 0.25, 1.0)
    assert found.coverage_98 == 0.5
    assert (found.n_no_synset, found.accuracy_no_synset) == (3, 2 / 3)
    assert [field.name for field in fields(Scores)] == list(_MEANINGS)


def test_nothing_to_measure_is_none_and_no_error() -> None:
    """A list without polysemous names must not stop the others."""
    found = score([])
    assert found.n == found.n_polysemous == found.n_no_synset == 0
    assert {getattr(found, field.name) for field in fields(Scores)} == {0, None}


def test_polysemous_is_a_name_of_two_senses(wordnet_draft, exceptions) -> None:
    """The measure for names that need their sense told is of these and no others."""
    names = {"crane": True, "Cranes": True, "traffic light": False, "sea snakes": False, "xqzzt": False}
    for name, expected in names.items():
        assert is_polysemous(name, wordnet_draft, exceptions) is expected, name


# The command

GOLD = f"""class_id\tclass_name\tgold_synset\tnotes
a\tdog\t{DOG} dog.n.01\tx
b\tcat\t{CARNIVORE} carnivore.n.01\t
c\tcats\t{CAT}\t
d\txqzzt\tNO_WORDNET_SYNSET\t
e\tcrane\t{CRANE_BIRD} crane.n.05\t
"""


@pytest.fixture(scope="module")
def few_db(few_build: Callable[..., Path]) -> Path:
    return few_build(*SMALL)


@pytest.fixture(autouse=True)
def here(few_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAXONOMY_DB", str(few_db))
    Path("gold.tsv").write_text(GOLD)
    monkeypatch.setattr(gold, "trained_on", frozenset)  # or the warning is in all output


def evaluated(*arguments: object) -> dict[str, float]:
    done = run("evaluate", "links", *arguments, "--format", "json")
    assert done.code == 0, done
    found: dict[str, float] = json.loads(done.out)
    return found


def test_json_is_one_object_of_all_measures() -> None:
    """A script that watches the quality reads it by key."""
    found = evaluated("gold.tsv")
    assert list(found) == list(_MEANINGS)
    assert (found["n"], found["n_no_synset"], found["accuracy_no_synset"]) == (4, 1, 1.0)
    plain = dict(line.split("\t") for line in run("evaluate", "links", "gold.tsv").lines)
    assert list(plain) == list(found)
    assert plain["accuracy"] == f"{found['accuracy']:.4f}"


def test_people_see_a_table() -> None:
    """Keys alone do not say what they mean."""
    shown = on_terminal("evaluate", "links", "gold.tsv", columns=120)
    assert "linked to the gold synset" in shown
    assert any(line.split() == ["metric", "value", "meaning"] for line in shown.splitlines())


def test_predictions_give_every_link_with_the_gold() -> None:
    """Who wants to know what is wrong reads the rows."""
    evaluated("gold.tsv", "--predictions", "out.tsv")
    header, *rows = [line.split("\t") for line in Path("out.tsv").read_text().splitlines()]
    assert header == [*COLUMNS, "gold", "gold_label", "near", "right"]
    by_id = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert list(by_id) == ["a", "b", "c", "d", "e"]
    assert (by_id["a"]["gold"], by_id["a"]["gold_label"], by_id["a"]["right"]) == (DOG, "dog", "1")
    assert (by_id["d"]["gold"], by_id["d"]["right"]) == ("NO_WORDNET_SYNSET", "1")
    again = run("evaluate", "links", "gold.tsv", "--predictions", "out.tsv")
    assert again.code == 2
    assert "--force" in again.err


def test_near_is_the_gold_or_at_most_two_steps_above(few_db: Path) -> None:
    """A cat that is linked to feline is half right, one that is linked to animal is not."""
    steps = {"cat": "1", "feline": "1", "carnivore": "1", "placental": "0"}
    rows = "".join(f"{name}\t{name}\t{CAT}\n" for name in steps)
    Path("near.tsv").write_text(f"class_id\tclass_name\tgold_synset\n{rows}")
    evaluated("near.tsv", "--predictions", "out.tsv")
    assert {line.split("\t")[0]: line.split("\t")[-2] for line in Path("out.tsv").read_text().splitlines()[1:]} == steps


def test_more_columns_are_used_unless_names_only() -> None:
    """A list that says the domain of each class should be read as it is merged."""
    head = "class_id\tclass_name\tgold_synset\tdomain\tparent\tsynonyms\n"
    cranes = f"1\tcrane\t{CRANE_BIRD}\tbird.n.01\t\t\n2\tcrane\t{CRANE_MACHINE}\t\tlifting device\t\n"
    Path("more.tsv").write_text(f"{head}{cranes}3\txqzzt\t{DOG}\t\t\tflurb|dog\n")
    assert evaluated("more.tsv")["accuracy"] == 1
    assert evaluated("more.tsv", "--names-only")["accuracy"] < 0.5


def test_below_the_bar_exits_1_and_names_the_measures() -> None:
    """A build that got worse must stop the pipeline, and say where."""
    passed = run("evaluate", "links", "gold.tsv", "--fail-below", "accuracy=0", "--fail-below", "n=4")
    assert (passed.code, passed.err) == (0, "")
    done = run("evaluate", "links", "gold.tsv", *("--fail-below", "accuracy=1", "--fail-below", "near=.1"))
    assert done.code == 1
    assert done.out == passed.out
    assert done.err.startswith("below the bar: accuracy 0.")
    assert "near" not in done.err
    nothing = run("evaluate", "links", "none.tsv") if Path("none.tsv").exists() else unmeasured()
    assert (nothing.code, nothing.err) == (1, "below the bar: accuracy_no_synset cannot be measured\n")
    for wrong in ("acuracy=1", "accuracy", "accuracy=high"):
        assert run("evaluate", "links", "gold.tsv", "--fail-below", wrong).code == 2


def unmeasured() -> Done:
    Path("one.tsv").write_text(f"class_id\tclass_name\tgold_synset\n1\tdog\t{DOG}\n")
    return run("evaluate", "links", "one.tsv", "--fail-below", "accuracy_no_synset=0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "bad.tsv:1: the header lacks class_name, gold_synset"),
        ("class_id\tclass_name\tgold\n", "bad.tsv:1: the header lacks gold_synset"),
        ("class_id\tclass_name\tgold_synset\n", "bad.tsv: no class"),
        ("class_id\tclass_name\tgold_synset\n\n1\tdog\n", "bad.tsv:3: 2 cells"),
        ("class_id\tclass_name\tgold_synset\n1\tdog\tdog.n.01\n", "bad.tsv:2: gold_synset 'dog.n.01' is no wnid"),
        ("class_id\tclass_name\tgold_synset\n1\tdog\tn٠٢٠٨٤٠٧١\n", "bad.tsv:2: gold_synset 'n٠٢٠٨٤٠٧١' is no wnid"),
        ("class_id\tclass_name\tgold_synset\n1\t\tn02084071\n", "bad.tsv:2: class_name is empty"),
        ("class_id\tclass_name\tgold_synset\n1\tdog\tn99999999\n", "bad.tsv:2: n99999999 is not in WordNet 3.0"),
    ],
)
def test_a_gold_list_that_cannot_be_read_is_named(text: str, said: str) -> None:
    """A list in another shape would give numbers that mean nothing."""
    Path("bad.tsv").write_text(text)
    done = run("evaluate", "links", "bad.tsv")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert run("evaluate", "links", "nosuch.tsv").code == 2


def test_classes_without_ids_go_by_their_place() -> None:
    """A published list of names and synsets needs no column that nothing is done with."""
    Path("bare.tsv").write_text(f"class_name\tgold_synset\ndog\t{DOG}\ncats\t{CAT}\n")
    assert [(row.entry.key, row.entry.name) for row in read_gold(Path("bare.tsv"))] == [("0", "dog"), ("1", "cats")]


def test_a_list_that_the_linker_was_trained_on_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers on training data promise what no other list will keep."""
    rows = read_gold(Path("gold.tsv"))
    seen = {fingerprint(rows[0].entry.name, rows[0].wnid)}
    monkeypatch.setattr(gold, "trained_on", lambda: frozenset(seen))
    warned = run("evaluate", "links", "gold.tsv")
    assert (warned.code, warned.err) == (0, "warning: gold.tsv: the linker was trained on 25% of these classes\n")
    seen.clear()
    assert run("evaluate", "links", "gold.tsv").err == ""


def test_groups_answer_as_commands_do() -> None:
    """A slip in a command of a group must be helped as any other."""
    wrong = run("evaluate", "lnks")
    assert wrong.code == 2
    assert "Did you mean 'links'?" in wrong.err
    assert "taxonomy evaluate --help" in wrong.err
    assert "links" in run("evaluate").err
    assert "'taxonomy evaluate links --help'" in run("evaluate", "links").err
