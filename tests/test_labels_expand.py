"""Expanding labels: what follows is added, with its confidence and its reason, and nothing that somebody denied."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import DOG, vocabulary

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.cooccurrence.rule import CHAINED, Rule
from taxonomy.labels import Batch, Label
from taxonomy.labels.expand import Expander
from taxonomy.labels.space import Space
from taxonomy.labels.written import Written

CAT, BIRD, CAR, LEOPARD = "n02121620", "n01503061", "n02958343", "n02128385"
CANINE, CARNIVORE, ANIMAL, VEHICLE = "n02083346", "n02075296", "n00015388", "n04524313"

Image = dict[str, float]


@pytest.fixture(scope="module")
def t(few_build: Callable[..., Path]) -> Iterator[taxonomy.Taxonomy]:
    with taxonomy.open(few_build(vocabulary("zoo", SourceClass("d", "dog", wnid=DOG)))) as opened:
        yield opened


def rule(condition: str, consequence: str, probability: float) -> Rule:
    return Rule(condition, consequence, 0, 0, 0, probability, probability, 1.0, "naive")


def batch(images: Iterable[Iterable[tuple[str, float]]], labels: list[Label]) -> Batch:
    """Make a batch; labels are added to a list."""
    rows = [list(image) for image in images]
    places = {label.key: number for number, label in enumerate(labels)}
    for key, _ in (row for image in rows for row in image):
        if key not in places:
            places[key] = len(labels)
            labels.append(Label(key, key))
    return Batch(
        [f"{number}.jpg" for number in range(len(rows))],
        np.cumsum([0, *map(len, rows)]),
        np.array([places[key] for image in rows for key, _ in image], np.int32),
        np.array([sure for image in rows for _, sure in image], np.float32),
    )


def expanded(
    t: taxonomy.Taxonomy, images: list[Image], *rules: Rule, classes: dict[str, str] | None = None, **options: object
) -> tuple[list[dict[str, tuple[float, str]]], Expander]:
    """Expand; return confidence and reason of each label of each image."""
    labels: list[Label] = []
    space = Space(t)
    written = Written(space, labels, classes)
    expander = Expander(space, written, rules, **options)  # type: ignore[arg-type]
    found: list[dict[str, tuple[float, str]]] = []
    made = (batch((image.items() for image in images[i : i + 64]), labels) for i in range(0, len(images), 64))
    for part in expander.expand(made):
        starts = part.batch.starts.tolist()
        for start, end in itertools.pairwise(starts):
            found.append(
                {
                    written.ids[part.batch.labels[i]]: (
                        round(float(part.batch.confidence[i]), 4),
                        written.reasons[part.reasons[i]],
                    )
                    for i in range(start, end)
                }
            )
    return found, expander


def test_an_ancestor_is_as_sure_as_the_surest_label_below(t: taxonomy.Taxonomy) -> None:
    """Else a picture would more surely show a dog than an animal."""
    ((image,), _) = expanded(t, [{DOG: 0.6, CAT: 0.9, BIRD: 0.7}])
    assert image[CANINE] == (0.6, f"ancestor of {DOG}")
    assert image[CARNIVORE] == (0.9, f"ancestor of {CAT}")
    assert list(image)[:3] == [DOG, CAT, BIRD]


def test_a_label_of_the_file_becomes_as_sure_as_what_is_below(t: taxonomy.Taxonomy) -> None:
    """Else an expanded file would break the rule that its ancestors keep."""
    ((image,), expander) = expanded(t, [{DOG: 0.6, ANIMAL: 0.1}])
    assert image[ANIMAL] == (0.6, "")
    assert expander.tally.raised == 1


def test_chains_of_rules_multiply_and_end_early(t: taxonomy.Taxonomy) -> None:
    """Else a guess from a guess from a guess would be written as a fact."""
    rules = (rule(DOG, CAR, 0.9), rule(VEHICLE, BIRD, 0.9), rule(BIRD, LEOPARD, 0.9))
    ((image,), expander) = expanded(t, [{DOG: 1.0}], *rules)
    assert image[CAR] == (0.9, f"rule {DOG}⇒{CAR} p=.90")
    assert image[VEHICLE] == (0.9, f"ancestor of {CAR}")
    assert image[BIRD] == (0.81, f"rule {VEHICLE}⇒{BIRD} p=.90")
    assert LEOPARD not in image, "three times .9 is less than a chain must be"
    assert expander.added_by_rules == 2
    ((weak,), _) = expanded(t, [{DOG: 0.5}], *rules)
    assert CAR not in weak
    assert weak[CANINE][0] == 0.5, "what is no guess needs no least confidence"


def test_the_surest_of_several_rules_counts(t: taxonomy.Taxonomy) -> None:
    """Else the order of the rules would decide."""
    rules = [rule(DOG, CAR, 0.6), rule(CANINE, CAR, 0.7), rule(CAT, CAR, 0.65)]
    for some in (rules, rules[::-1]):
        ((image,), _) = expanded(t, [{CAT: 1.0, DOG: 1.0}], *some)
        assert image[CAR] == (0.7, f"rule {CANINE}⇒{CAR} p=.70")


def test_what_was_looked_for_in_vain_is_not_added_nor_what_is_below_or_follows(t: taxonomy.Taxonomy) -> None:
    """Else what somebody verified as absent would be written as there, or reasoned from."""
    rules = (rule(DOG, CAR, 0.9), rule(CAR, BIRD, 0.9))
    ((image,), expander) = expanded(t, [{DOG: 1.0, VEHICLE: 0.0}], *rules)
    assert CAR not in image
    assert BIRD not in image
    assert image[VEHICLE] == (0.0, "")
    assert expander.tally.withheld == 5, "the vehicle, the car, and the three between"
    # what follows from something else, too, less surely, stays
    ((other,), _) = expanded(t, [{DOG: 1.0, CAT: 1.0, VEHICLE: 0.0}], *rules, rule(CAT, BIRD, 0.6))
    assert other[BIRD] == (0.6, f"rule {CAT}⇒{BIRD} p=.60")


def test_a_label_below_an_absent_one_is_a_conflict_and_stays(t: taxonomy.Taxonomy) -> None:
    """Else what the file says would be lost without a word."""
    ((image,), expander) = expanded(t, [{DOG: 1.0, CARNIVORE: 0.0}])
    assert image[DOG][0] == 1
    assert image[CARNIVORE][0] == 0
    assert CANINE not in image
    assert image[ANIMAL][0] == 1
    assert expander.tally.conflicts == 1
    assert expander.tally.examples == [("0.jpg", DOG, CARNIVORE)]


def test_no_more_is_added_than_asked_for(t: taxonomy.Taxonomy) -> None:
    """Else the surest labels would drown."""
    rules = (rule(DOG, CAR, 0.9),)
    ((image,), _) = expanded(t, [{DOG: 1.0}], *rules, max_added=1)
    assert len(image) == 2
    ((image,), _) = expanded(t, [{DOG: 1.0}], *rules, max_added=1, ancestors=False)
    assert list(image) == [DOG, CAR]
    ((image,), _) = expanded(t, [{DOG: 1.0}], *rules, max_added=0)
    assert list(image) == [DOG]


def test_two_labels_that_are_one_concept_become_one_or_keep_their_ids(t: taxonomy.Taxonomy) -> None:
    """Else an image would show one dog twice; where the file's own ids are kept, none of them may go."""
    ((image,), expander) = expanded(t, [{"dog": 0.5, DOG: 0.75, "nosuch": 1.0}])
    assert image[DOG] == (0.75, "")
    assert image["nosuch"][0] == 1
    assert expander.tally.merged == 1
    assert expander.written.placed["dog"] == expander.written.placed[DOG]
    ((image,), _) = expanded(t, [{"dog": 0.5, DOG: 0.75}], classes={CANINE: "hound"})
    assert (image["dog"][0], image[DOG][0]) == (0.75, 0.75)
    assert "hound" in image


def test_no_label_no_image_and_no_rule_are_no_errors(t: taxonomy.Taxonomy) -> None:
    """Else an image without labels would cost the run."""
    found, _ = expanded(t, [{}, {DOG: 0.0}, {}, {CAT: 1.0}])
    assert [len(image) > 1 for image in found] == [False, False, False, True]
    assert expanded(t, [])[0] == []


def plainly(space: Space, image: Image, rules: Iterable[Rule], least: float) -> dict[str, float]:
    """Expand one image as slowly and simply as possible: what follows from each of its labels, the surest counts."""
    above = {id: {space.ids[a] for a in space.above[code]} for code, id in enumerate(space.ids)}
    absent = {label for label, sure in image.items() if not sure}
    file = {label: float(np.float32(sure)) for label, sure in image.items() if sure}

    def may(label: str) -> bool:
        return label in file or not (absent & ({label} | above[label]))

    def climbed(known: dict[str, float]) -> None:
        for label, sure in list(known.items()):
            known.update({other: max(sure, known.get(other, 0.0)) for other in above[label] if may(other)})

    found: dict[str, float] = {}
    for start, given in file.items():
        told, guessed = {start: given}, {}
        for _ in range(20):
            climbed(told)
            climbed(guessed)
            for one, other, *_, probability, _, _, _ in rules:
                alone, chained = told.get(one, 0.0) * probability, guessed.get(one, 0.0) * probability
                sure = max(alone, chained if chained >= CHAINED * given else 0.0)
                if sure >= least and may(other):
                    guessed[other] = max(sure, guessed.get(other, 0.0))
        for known in (told, guessed):
            found |= {label: max(sure, found.get(label, 0.0)) for label, sure in known.items()}
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_same_is_added_as_image_by_image(seed: int, t: taxonomy.Taxonomy) -> None:
    """Else the speed would be bought with wrong labels."""
    chance = random.Random(seed)
    ids = [concept.id for concept in t]
    pool = [*chance.sample(ids, 40), DOG, CAT, BIRD, CAR, LEOPARD, CANINE, CARNIVORE, ANIMAL, VEHICLE]
    rules = [rule(*chance.sample(pool, 2), round(chance.uniform(0.5, 1), 3)) for _ in range(25)]
    images: list[Image] = []
    for _ in range(300):
        some = chance.sample(pool, chance.randint(0, 5))
        images.append({label: chance.choice([0.0, 0.3, 0.62, 0.9, 1.0, 1.0]) for label in some})
    found, expander = expanded(t, images, *rules, min_confidence=0.4)
    space = expander._space
    for image, wanted in zip(found, images, strict=True):
        there = {label: sure for label, (sure, _) in image.items() if sure}
        assert there == pytest.approx(plainly(space, wanted, rules, 0.4), abs=2e-4)
        assert {label for label, (sure, _) in image.items() if not sure} == {k for k, v in wanted.items() if not v}
        for label, (_, reason) in image.items():
            assert bool(reason) == (label not in wanted)
            if reason:
                subject = reason.removeprefix("ancestor of ").removeprefix("rule ").partition("⇒")[0]
                assert subject in there, "a label would be explained by one that is not there"
