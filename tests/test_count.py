"""Counting labels and pairs of labels over images, and bringing together what several files say of an image."""

from __future__ import annotations

from collections import Counter as Bag
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.cooccurrence.count import Counter
from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.join import Spill, joined, matched
from taxonomy.cooccurrence.tally import Tally

Image = dict[int, float]
"""The confidence of each label of an image."""


def arrays(images: list[list[tuple[int, float]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Write images as a batch has them."""
    labels = [label for image in images for label in image]
    starts = np.cumsum([0, *map(len, images)]).astype(np.int64)
    return starts, np.array([c for c, _ in labels], np.int32), np.array([p for _, p in labels], np.float32)


def counted(images: list[list[tuple[int, float]]], dense: int = 100, labels: int = 100, at_once: int = 3) -> Counts:
    counter = Counter(dense, labels)
    for start in range(0, len(images), at_once):
        counter.add(*arrays(images[start : start + at_once]))
    return counter.counts(60)


def by_hand(images: list[list[tuple[int, float]]]) -> tuple[Bag, Bag, Bag, Bag]:
    """Count one image after the other: present, absent, both, against."""
    present, absent, both, against = Bag(), Bag(), Bag(), Bag()
    for image in images:
        there = {code for code, sure in image if sure > 0}
        gone = {code for code, _ in image} - there
        present.update(there)
        absent.update(gone)
        both.update(permutations(there, 2))
        against.update((i, j) for i in there for j in gone)
    return present, absent, both, against


LABEL = st.tuples(st.integers(0, 59), st.sampled_from([0.0, 0.0, 0.4, 1.0]))
IMAGES = st.lists(st.lists(LABEL, max_size=9), max_size=30)


@settings(max_examples=150, deadline=None)
@given(IMAGES, st.sampled_from([0, 5, 100]), st.sampled_from([1, 7, 1000]))
def test_counts_are_those_of_counting_one_by_one(images: list, dense: int, labels: int) -> None:
    """Else rules rest on numbers that are wrong where images have many labels, doubles, or classes come late."""
    found = counted(images, dense, labels)
    present, absent, both, against = by_hand(images)
    assert found.images == len(images)
    assert {i: n for i, n in enumerate(found.present.tolist()) if n} == present
    assert {i: n for i, n in enumerate(found.absent.tolist()) if n} == absent
    pairs = list(zip(found.condition.tolist(), found.consequence.tolist(), strict=True))
    assert pairs == sorted(both)
    assert dict(zip(pairs, found.both.tolist(), strict=True)) == both
    assert dict(zip(pairs, found.against.tolist(), strict=True)) == {pair: against[pair] for pair in both}


@settings(max_examples=100, deadline=None)
@given(IMAGES, st.sampled_from([0, 5, 100]), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=20))
def test_any_pair_tells_where_somebody_looked(images: list, dense: int, pairs: list[tuple[int, int]]) -> None:
    """Else a rule whose labels never come together is not judged, or judged by the images of others."""
    counter = Counter(dense)
    counter.add(*arrays(images))
    _, _, both, against = by_hand(images)
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    found = counter.looked(*np.array(pairs, np.int32).reshape(-1, 2).T)
    assert found.tolist() == [both[pair] + against[pair] for pair in pairs]


def test_a_matrix_that_becomes_too_small_keeps_its_counts() -> None:
    """Else a corpus with more classes than fit would lose what was counted before the last of them came."""
    tally = Tally(dense=600, buffer=4)
    for places in (3, 300, 500, 700):
        stride = tally.stride(places)
        tally.add(np.array([1 * stride + 2, 1 * stride + 2, 2 * stride + places - 1], tally.dtype))
    pairs = {(i, j): n for block in tally.blocks() for i, j, n in zip(*(a.tolist() for a in block), strict=True)}
    assert pairs == {(1, 2): 8, (2, 2): 1, (2, 299): 1, (2, 499): 1, (2, 699): 1}
    assert len(tally) == 5
    assert tally.of(np.array([1, 2, 5]), np.array([2, 499, 5])).tolist() == [8, 1, 0]


def test_many_labels_of_one_image_do_not_need_a_buffer_of_all_pairs() -> None:
    """Else one image with thousands of labels would take all memory."""
    tally = Tally(buffer=1000)
    tally.add(np.arange(10_000, dtype=np.int32) % tally.stride(100))
    assert len(tally._buffer) == 1000
    assert sum(int(counts.sum()) for _, _, counts in tally.blocks()) == 10_000


@pytest.fixture
def spilled(tmp_path: Path) -> tuple[Spill, Spill]:
    """Two files of 200 images each, of which 100 are in both; image i has label i % 7 in one and 10 + i % 5 in two."""
    spills = Spill(tmp_path, "one"), Spill(tmp_path, "two")
    for spill, first, count in ((spills[0], 0, 7), (spills[1], 100, 5)):
        for start in range(first, first + 200, 20):
            names = [f"{i}.jpg" for i in range(start, start + 20)]
            base = 0 if count == 7 else 10
            rows = [[(base + i % count, 0.5)] if i % 10 else [] for i in range(start, start + 20)]
            spill.add(names, *arrays(rows))
    return spills


def test_an_image_in_several_files_is_one_image(tmp_path: Path) -> None:
    """Else labels that one file has and labels that another has of the same image never come together."""
    spill = Spill(tmp_path, "all")
    spill.add(["a", "b", "c"], *arrays([[(1, 1.0)], [(2, 1.0)], []]))
    spill.add(["b", "d"], *arrays([[(3, 0.0), (4, 1.0)], [(1, 1.0)]]))
    found = []
    for starts, codes, sure in joined(spill):
        parts = np.split(np.stack([codes, sure]), starts[1:-1].astype(int), axis=1)
        found += [sorted(map(tuple, part.T.tolist())) for part in parts]
    assert sorted(found) == [[], [(1, 1)], [(1, 1)], [(2, 1), (3, 0), (4, 1)]]


def test_images_that_two_files_have_are_matched(spilled: tuple[Spill, Spill]) -> None:
    """Else predictions of one image would be counted with the labels of another."""
    pairs, alone = Bag(), 0
    for ours, theirs, only in matched(*spilled):
        alone += only
        assert len(ours[0]) == len(theirs[0])
        for i in range(len(ours[0]) - 1):
            one, two = (codes[starts[i] : starts[i + 1]].tolist() for starts, codes, _ in (ours, theirs))
            pairs[tuple(one + two)] += 1
    expected = Bag((i % 7, 10 + i % 5) if i % 10 else () for i in range(100, 200))
    assert pairs == expected
    assert alone == 100
