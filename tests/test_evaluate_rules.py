"""Rules against images that they were not learned from."""

from __future__ import annotations

import json

import pytest
from shell import run

from taxonomy.cooccurrence.rule import COLUMNS

DOG, CARNIVORE = "n02084071", "n02075296"
HELD_OUT = (
    "image\tlabels\tabsent\n"
    + "".join(f"{n}.jpg\tdog|mine:leash\t\n" for n in range(6))
    + "".join(f"{n}.jpg\tdog\tmine:leash\n" for n in range(6, 10))
    + "10.jpg\tdog\t\n"
    + "11.jpg\tmine:leash|mine:park\t\n"
)


def rule(condition, consequence, probability=0.8):
    return "\t".join(map(str, (condition, consequence, 10, 8, 9, probability, 0.6, 2.0, "naive")))


@pytest.fixture
def measure(tmp_path, small_db):
    """Write rules and images, and measure."""

    def measured(rules, images=HELD_OUT, *arguments, code=0):
        (tmp_path / "rules.tsv").write_text("\n".join(["\t".join(COLUMNS), *rules]) + "\n")
        (tmp_path / "held_out.tsv").write_text(images)
        files = tmp_path / "rules.tsv", "--labels", tmp_path / "held_out.tsv"
        done = run("evaluate", "rules", *files, "--db", small_db, "--format", "json", *arguments)
        assert done.code == code, done.err
        return json.loads(done.out) if done.out else done.err

    return measured


def test_what_rules_add_is_counted(measure):
    """Else a precision is quoted that hides how many labels nobody can judge were added for it."""
    found = measure([rule(DOG, "label:mine:leash")])
    assert (found["found"], found["contradicted"], found["new"]) == (6, 4, 1)
    assert found["precision"] == 0.6
    assert found["recall"] == pytest.approx(6 / 19)
    assert found["new_per_image"] == pytest.approx(5 / 12)


def test_pairs_are_judged_by_the_images_where_somebody_looked(measure):
    """Else a true rule counts as false because most images were not checked."""
    found = measure([rule(DOG, "label:mine:leash")])
    assert (found["judged"], found["true"], found["likely"]) == (1, 1, 1)
    found = measure([rule(DOG, "label:mine:leash")], HELD_OUT, "--threshold", "0.7")
    assert (found["rules_true"], found["rules_found"]) == (0, None)


def test_a_rule_whose_labels_never_meet_is_false(measure):
    """Else the plainly false rules are those that are not judged, and any rules look right."""
    rules = [rule(DOG, "label:mine:leash"), rule(DOG, "label:mine:park"), rule("label:x", "label:y")]
    found = measure(rules, HELD_OUT + "".join(f"x{n}.jpg\tdog\tmine:park\n" for n in range(10)))
    assert (found["judged"], found["true"], found["rules_true"]) == (2, 1, 0.5)
    found = measure(rules[:2], HELD_OUT + "".join(f"x{n}.jpg\tdog\tmine:park\n" for n in range(9)))
    assert (found["judged"], found["rules_true"]) == (1, 1)


def test_complete_labels_have_no_precision(measure):
    """Else a rule looks perfect for nobody said what is absent."""
    images = "image\tlabels\n" + "".join(f"{n}.jpg\tdog|mine:leash\n" for n in range(12))
    found = measure([rule(DOG, "label:mine:leash"), rule(DOG, "label:mine:park")], images)
    assert found["precision"] is None
    assert (found["judged"], found["rules_true"], found["rules_found"]) == (2, 0.5, 0.5)


def test_chains_multiply_down_to_the_least_confidence(measure):
    """Else the figures are not those of what 'labels expand' writes."""
    rules = [rule(DOG, "label:mine:leash", 0.95), rule("label:mine:leash", "label:mine:park", 0.9)]
    assert measure(rules)["new"] == 1 + 6
    assert measure(rules, HELD_OUT, "--chains")["new"] == 1 + 6 + 5
    assert measure(rules, HELD_OUT, "--chains", "--min-confidence", "0.88")["new"] == 1 + 6
    assert measure(rules, HELD_OUT, "--min-confidence", "0.92")["new"] == 1
    rules[0] = rule(DOG, "label:mine:leash")  # 0.8 · 0.9 is too little for a chain
    assert measure(rules, HELD_OUT, "--chains")["new"] == 1 + 6


def test_kin_are_not_measured(measure):
    """Else rules that say that dogs are carnivores make any set of rules look right."""
    images = "image\tlabels\n" + "".join(f"{n}.jpg\tdog|carnivore\n" for n in range(12))
    found = measure([rule(DOG, CARNIVORE)], images)
    assert (found["found"], found["judged"], found["likely"]) == (0, 0, 0)


def test_ancestors_are_given_on_demand(measure):
    """Else rules about carnivores cannot be measured on images whose labels are dogs and cats."""
    rules = [rule(CARNIVORE, "label:mine:leash")]
    assert measure(rules)["found"] == 0
    assert measure(rules, HELD_OUT, "--ancestors")["found"] == 6


def test_a_bar_fails(measure):
    """Else a pipeline goes on with rules that got worse."""
    assert measure([rule(DOG, "label:mine:leash")], HELD_OUT, "--fail-below", "precision=0.9", code=1)
    assert measure([rule(DOG, "label:mine:leash")], HELD_OUT, "--fail-below", "new_per_image=0.1", code=1)
    assert measure([rule(DOG, "label:mine:leash")], HELD_OUT, "--fail-below", "new_per_image=1")


def test_labels_of_another_space_are_told_of(measure, tmp_path, small_db):
    """Else a forgotten --vocabulary looks like rules that never apply."""
    measure([rule("label:other", "label:mine:park")])
    done = run("evaluate", "rules", tmp_path / "rules.tsv", "--labels", tmp_path / "held_out.tsv", "--db", small_db)
    assert "has no label that a rule of" in done.err
    assert "precision" in done.out


@pytest.mark.parametrize(
    ("rules", "images", "message"),
    [
        (["a\tb"], HELD_OUT, "rules.tsv:2"),
        ([rule(DOG, "x:y", "often")], HELD_OUT, "rules.tsv:2"),
        ([rule(DOG, "x:y")], "", "held_out.tsv"),
    ],
)
def test_what_cannot_be_read_is_said(measure, rules, images, message):
    """Else users get a traceback for a file that was cut off."""
    done = measure(rules, images, code=2)
    assert message in done
    assert "Traceback" not in done


def test_no_images_give_no_figures(measure):
    """Else an empty file divides by nothing."""
    found = measure([rule(DOG, "label:mine:leash")], "image\tlabels\n")
    assert (found["images"], found["recall"], found["new_per_image"]) == (0, None, None)
