"""From counts to probabilities, and from these to rules."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from taxonomy.cooccurrence.count import Counter
from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.estimate import Audit, coverage, estimate, wilson
from taxonomy.cooccurrence.select import Kinship, select, why_not
from taxonomy.errors import InputError

Z = 1.6448536


def space(*names, above=(), synonyms=None):
    """Labels by their names; ``above`` are pairs of a code and one above it."""
    said = synonyms or {}

    def concept(name):
        return SimpleNamespace(synonyms=lambda language: [name, *said.get(name, ())])

    return SimpleNamespace(
        ids=[f"x:{name}" for name in names],
        names=list(names),
        concepts=[concept(name) for name in names],
        above=[tuple(b for a, b in above if a == code) for code in range(len(names))],
    )


def counts(images, *pairs, present, absent=None):
    """Counts of pairs ``(condition, consequence, both, against)``."""
    columns = list(zip(*pairs, strict=True))
    return Counts(
        images,
        np.array(present, np.int64),
        np.array(absent or [0] * len(present), np.int64),
        np.array(columns[0], np.int32),
        np.array(columns[1], np.int32),
        np.array(columns[2], np.int64),
        np.array(columns[3], np.int64),
    )


def audit(present, found, both=(0, 0), annotated=None):
    """An audit of so many images of each class, and of both of the first two, with what the annotations have of it."""
    pairs = zip((present, found), both, strict=True)
    complete, right = (counts(1000, (0, 1, n, 0), (1, 0, n, 0), present=each) for each, n in pairs)
    return Audit(complete, annotated or right, right)


FORK, TABLE, SPOON = range(3)
MEAL = counts(1000, (FORK, TABLE, 60, 0), (TABLE, FORK, 60, 0), present=[100, 300])
VERIFIED = counts(1000, (FORK, TABLE, 40, 2), (TABLE, FORK, 40, 0), present=[100, 300], absent=[0, 50])


def test_naive_is_the_share_of_the_images():
    """Else the simplest rule of the field, P(j|i) > .5, is not what users think it is."""
    found = estimate(MEAL, "naive")
    assert found.probability.tolist() == [0.6, 0.2]
    assert found.lift.tolist() == pytest.approx([2.0, 2.0])
    assert found.verified.tolist() == [60, 60]


def test_wilson_agrees_with_the_published_bound():
    """Else a bound of 95 % is surpassed more or less often than it says."""
    # 8 of 10, 95 % one-sided: Wilson 1927; statsmodels proportion_confint(8, 10, 0.1, 'wilson')
    assert wilson(np.array([8]), np.array([10.0]), Z)[0] == pytest.approx(0.5410, abs=5e-4)
    found = estimate(MEAL, "wilson")
    assert found.judged is found.lower_bound
    assert (found.lower_bound < found.probability).all()


def test_a_bound_is_surpassed_as_often_as_it_says():
    """Else users who ask to be surer get rules that are as wrong as before."""
    random = np.random.default_rng(1)
    both = random.binomial(200, 0.6, 4000)
    seen = both > 0
    assert 0.93 < (wilson(both[seen], np.full(seen.sum(), 200.0), Z) <= 0.6).mean() < 0.97


def test_the_default_is_by_what_there_is_to_go_by():
    """Else labels that nobody checked count as absent though the file says what was checked."""
    assert estimate(MEAL).estimator == "naive"
    assert "no label was looked for in vain" in estimate(MEAL).why
    assert estimate(VERIFIED).estimator == "coverage"
    assert "50 labels came that somebody looked for in vain" in estimate(VERIFIED).why
    audited = estimate(MEAL, audit=audit([10, 10], [6, 6]))
    assert (audited.estimator, audited.why) == ("coverage", "the audit tells how many labels are missing")
    assert estimate(MEAL, "naive").why == ""


def test_verified_labels_give_a_probability_between_all_and_verified():
    """Else rules rest on the images where a label was expected only, or on images where nobody looked."""
    found = estimate(VERIFIED)
    assert 40 / 100 < found.probability[0] < 40 / 42
    assert found.lower_bound[0] < found.probability[0]
    assert found.verified.tolist() == [42, 40]


def test_a_class_that_nobody_looked_for_in_vain_counts_as_complete():
    """Else one verified absence of a dog lowers the bar for every other label in the file."""
    assert estimate(VERIFIED).probability[1] == pytest.approx(40 / 300, abs=0.001)


def test_complete_labels_need_no_more_than_the_threshold():
    """Else a model's predictions, which say of every label whether it is there, give rules from .88 only."""
    complete = counts(1000, (FORK, TABLE, 60, 40), present=[100, 300], absent=[900, 700])
    assert estimate(complete).agreed is None
    rules, _ = select(complete, estimate(complete), space("fork", "table"))
    assert len(rules) == 1
    assert rules[0].probability == pytest.approx(0.6, abs=0.01)


def test_often_looked_for_in_vain_is_no_rule():
    """Else a label is added that one of three people who looked did not see."""
    doubtful = counts(1000, (FORK, TABLE, 60, 25), present=[100, 300], absent=[10, 200])
    found = estimate(doubtful)
    assert found.probability[0] > 0.5
    names = space("fork", "table")
    assert select(doubtful, found, names) == ([], {})
    assert why_not(doubtful, found, Kinship(names), 0) == "somebody looked in 85 images, in 25 of them in vain"


def test_an_audit_finds_rules_that_missing_labels_hide():
    """Else with 60 % of the labels, which is what most datasets have, hardly a rule is found."""
    random = np.random.default_rng(0)
    n = 4000
    truth = np.zeros((n, 3), bool)
    truth[:, FORK] = random.random(n) < 0.4
    truth[:, TABLE] = np.where(truth[:, FORK], random.random(n) < 0.7, random.random(n) < 0.2)
    truth[:, SPOON] = np.where(truth[:, FORK], random.random(n) < 0.3, random.random(n) < 0.2)
    said = truth & (random.random(truth.shape) < 0.6)
    partial = _count(said)
    some = Audit(_count(truth[:400]), *[_count((truth & said)[:400])] * 2)
    names = space("fork", "table", "spoon")
    assert select(partial, estimate(partial), names)[0] == []
    rules, _ = select(partial, estimate(partial, audit=some), names)
    assert ("x:fork", "x:table") in {rule[:2] for rule in rules}
    assert ("x:fork", "x:spoon") not in {rule[:2] for rule in rules}
    fork = next(rule for rule in rules if rule[:2] == ("x:fork", "x:table"))
    assert fork.probability == pytest.approx(0.7, abs=0.08)
    assert fork.lower_bound < fork.probability
    assert fork.lift == pytest.approx(0.7 / 0.4, abs=0.25)


def test_an_audited_image_counts_by_all_its_labels():
    """Else a large audit is used only for how many labels are missing, and what it shows of the pair is thrown away."""
    # Of 90 images 36 show both, of each of which .6 would; of the 10 audited ones 8 do, of which 2 were annotated.
    found = estimate(
        counts(1000, (0, 1, 38, 0), (1, 0, 38, 0), present=[96, 300]), audit=audit([10, 5], [6, 3], (8, 2))
    )
    c = coverage(audit([10, 5], [6, 3]))[0][1]
    p = np.arange(1, 10_000) / 10_000
    likelihood = 36 * np.log(c * p) + 54 * np.log(1 - c * p) + 8 * np.log(p) + 2 * np.log(1 - p)
    assert found.probability[0] == pytest.approx(p[likelihood.argmax()], abs=1e-4)
    assert found.lower_bound[0] < found.probability[0]
    everything = estimate(MEAL, audit=audit([100, 300], [100, 300], (90, 60)))
    assert everything.probability[0] == pytest.approx(0.9)


def _count(shown):
    counter = Counter()
    image, code = np.nonzero(shown)
    starts = np.searchsorted(image, np.arange(len(shown) + 1))
    counter.add(starts.astype(np.int64), code.astype(np.int32), np.ones(len(code), np.float32))
    return counter.counts(shown.shape[1])


def test_what_an_audit_finds_wrong_is_no_evidence():
    """Else a label that annotators mistake for another makes a rule, though the audit says what it is."""
    said = counts(1000, (0, 1, 100, 0), (1, 0, 100, 0), present=[100, 100])
    half = estimate(said, audit=audit([100, 50], [100, 50], (50, 50), annotated=said))
    assert half.probability.tolist() == [0.5, 1.0]
    none = estimate(said, audit=audit([100, 0], [100, 0], (0, 0), annotated=said))
    assert none.probability.tolist() == none.lower_bound.tolist() == none.lift.tolist() == [0.0, 0.0]


def test_classes_of_few_audited_images_take_the_coverage_of_all():
    """Else one audited image without its only zebra makes every rule about zebras certain."""
    alike = audit([1000, 1000, 1, 0], [600, 610, 0, 0])
    share, variance = coverage(alike)
    assert share == pytest.approx([0.605] * 4, abs=0.01)
    assert (variance >= 0).all()
    apart, _ = coverage(audit([1000, 1000], [300, 900]))
    assert apart == pytest.approx([0.3, 0.9], abs=0.01)


def test_probabilities_are_probabilities():
    """Else confidences above 1 reach a label file, whatever the counts and the estimator are."""
    checked = audit([20, 20], [2, 3], (15, 1))
    for both, against in itertools.product((1, 50, 100), (0, 30)):
        if both + against > 100:
            continue
        case = counts(150, (0, 1, both, against), present=[100, 100], absent=[0, against])
        for name, extra in (("naive", None), ("wilson", None), ("coverage", checked)):
            found = estimate(case, name, audit=extra)
            assert 0 <= found.lower_bound[0] <= found.probability[0] <= 1, (name, both, against)
            assert np.isfinite(found.lift).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"estimator": "coverage"}, "needs labels that were looked for in vain"),
        ({"estimator": "best"}, "give one of naive, wilson, coverage"),
        ({"confidence": 1.0}, "such as 0.95"),
        ({"estimator": "wilson", "audit": audit([1, 1], [1, 1])}, "makes no use of an audit"),
        ({"audit": audit([5, 5], [0, 0])}, "no label of an image in common"),
    ],
)
def test_what_cannot_be_estimated_is_said(arguments, message):
    """Else users wait for the counts of a large corpus to get a traceback."""
    with pytest.raises(InputError, match=message):
        estimate(MEAL, **arguments)


def test_kin_are_no_rules():
    """Else files are full of rules that say that dogs are animals and that couches are sofas."""
    names = space("dog", "animal", "hound", above=[(0, 1)], synonyms={"hound": ["Dog"]})
    pairs = [(i, j, 9, 0) for i, j in itertools.permutations(range(3), 2)]
    case = counts(20, *pairs, present=[10, 10, 10])
    found = estimate(case, "naive")
    rules, kin = select(case, found, names)
    assert {rule[:2] for rule in rules} == {("x:animal", "x:hound"), ("x:hound", "x:animal")}
    assert kin == {"one is above the other": 2, "near-synonyms": 2}
    reasons = [why_not(case, found, Kinship(names), number) for number in range(6)]
    assert reasons[:4] == ["one is above the other", "both are called dog", "one is above the other", ""]


def test_why_a_pair_is_no_rule_has_its_numbers():
    """Else users lower a threshold in the dark."""
    names = space("fork", "table")
    assert why_not(MEAL, estimate(MEAL, "naive"), Kinship(names), 1) == "P 0.20 is below 0.5"
    assert why_not(MEAL, estimate(MEAL, "naive"), Kinship(names), 0, min_support=61) == (
        "both are in 60 images, fewer than 61"
    )
    assert why_not(MEAL, estimate(MEAL, "wilson"), Kinship(names), 0, threshold=0.58) == (
        "the lower bound 0.52 is below 0.58"
    )


def test_nothing_is_ruled_of_what_three_images_do_not_show():
    """Else a label that came once drags all others of its image to wherever it comes again."""
    rare = counts(1000, (FORK, TABLE, 2, 0), present=[2, 300])
    assert select(rare, estimate(rare), space("fork", "table"))[0] == []
