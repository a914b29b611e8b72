"""Interval labels: descendants by ranges are the descendants by walking, in any DAG."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.store.spans import Span, spans


@st.composite
def dags(draw, most: int = 24):
    """Parents of each concept: any number of parents among those that a shuffled order puts before it."""
    size = draw(st.integers(0, most))
    order = draw(st.permutations(range(size)))
    parents: list[list[int]] = [[] for _ in range(size)]
    for place, key in enumerate(order):
        if place:
            parents[key] = draw(st.lists(st.sampled_from(order[:place]), unique=True, max_size=4))
    return parents


def walked(parents: list[list[int]], key: int) -> set[int]:
    """The concept and all below it, the slow way."""
    found = {key}
    while more := {k for k, above in enumerate(parents) if k not in found and found & set(above)}:
        found |= more
    return found


def labelled(labels: list[Span], key: int) -> set[int]:
    """The concept and all below it, by its ranges."""
    ranges = [(labels[key].pre, labels[key].last), *labels[key].extra]
    return {k for k, label in enumerate(labels) if any(low <= label.pre <= high for low, high in ranges)}


@given(dags())
def test_ranges_give_the_descendants(parents):
    """Else `taxonomy descendants` misses concepts or shows strangers."""
    labels = spans(parents)
    for key in range(len(parents)):
        assert labelled(labels, key) == walked(parents, key)


@given(dags())
def test_ranges_are_disjoint_and_ascend(parents):
    """Else a concept is listed twice, or out of order."""
    for label in spans(parents):
        ranges = sorted([(label.pre, label.last), *label.extra])
        assert list(label.extra) == sorted(label.extra)
        assert all(low <= high for low, high in ranges)
        assert all(one[1] < other[0] for one, other in pairwise(ranges))


@given(dags())
def test_places_are_a_count_from_one(parents):
    """Else two concepts share a row of the walk."""
    assert sorted(label.pre for label in spans(parents)) == list(range(1, len(parents) + 1))


@given(dags(), st.data())
def test_a_cycle_is_an_error(parents, data):
    """Else a cyclic hierarchy is stored with labels that make part of it vanish."""
    below = [(key, k) for key in range(len(parents)) for k in walked(parents, key)]
    if below:
        top, bottom = data.draw(st.sampled_from(below))
        place = data.draw(st.integers(0, len(parents[top])))
        parents[top].insert(place, bottom)
        with pytest.raises(ValueError, match="cycle"):
            spans(parents)


def test_every_root_has_its_own_range():
    """Else concepts beside the one root would be listed under it."""
    assert spans([[], [0], [], [2]]) == [Span(1, 2, ()), Span(2, 2, ()), Span(3, 4, ()), Span(4, 4, ())]


def test_a_second_parent_reaches_what_its_first_parent_holds():
    """Else *dog* is missing below *domestic animal*: WordNet puts it under *canine* first."""
    canine, domestic, dog, puppy = 1, 2, 3, 4
    labels = spans([[], [0], [0], [canine, domestic], [dog]])
    assert labels[domestic].extra == ((labels[dog].pre, labels[puppy].pre),)
    assert labels[0].extra == ()  # what its own range holds is not repeated


def test_deep_chains_and_wide_fans_are_no_trouble():
    """Else a long user hierarchy ends in a RecursionError."""
    deep = spans([[], *([key] for key in range(100_000))])
    assert deep[0] == Span(1, 100_001, ())
    wide = spans([[], *([0] for _ in range(100_000))])
    assert wide[0].last == 100_001


def test_nothing_has_no_labels():
    """Else an empty graph is an error."""
    assert spans([]) == []
