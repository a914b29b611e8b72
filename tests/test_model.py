"""The linker's model: it is read or refused, and gives probabilities."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.evaluation.gold import Gold, fingerprint, trained_share
from taxonomy.linking import model
from taxonomy.linking.features import EXACT, NEAR
from taxonomy.linking.model import Logit, softmax

SCORES = st.lists(st.lists(st.floats(-800, 800), max_size=6), max_size=6)


def plainly(scores: list[float], none: float) -> tuple[list[float], float]:
    """Return the softmax of a class's scores and of none, by the definition."""
    highest = max([none, *scores])
    weights = [math.exp(score - highest) for score in scores]
    rest = math.exp(none - highest)
    total = sum(weights) + rest
    return [weight / total for weight in weights], rest / total


@given(SCORES, st.floats(-800, 800))
def test_softmax_is_that_of_the_book(classes, none):
    """Else one class's scores leak into the next's, or large ones overflow."""
    flat = np.array([score for scores in classes for score in scores], np.float64)
    found, rest = softmax(flat, none, [len(scores) for scores in classes])
    expected = [plainly(scores, none) for scores in classes]
    assert found.tolist() == pytest.approx([p for shares, _ in expected for p in shares])
    assert rest.tolist() == pytest.approx([p for _, p in expected])


@given(SCORES, st.floats(-800, 800))
def test_probabilities_of_a_class_sum_to_one(classes, none):
    """Else a confidence means nothing."""
    sizes = [len(scores) for scores in classes]
    found, rest = softmax(np.array([s for scores in classes for s in scores], np.float64), none, sizes)
    start = 0
    for size, left in zip(sizes, rest.tolist(), strict=True):
        assert found[start : start + size].sum() + left == pytest.approx(1)
        start += size


def test_a_logit_weighs_features():
    """Else the order of the columns is not that of the weights."""
    logit = Logit(np.array([1, -2], np.float32), 0.0)
    found, none = logit.probabilities(np.array([[3, 1], [0, 0]], np.float32), [2])
    shares, rest = plainly([1.0, 0.0], 0.0)
    assert found.tolist() == pytest.approx(shares)
    assert none.tolist() == pytest.approx([rest])


def test_the_shipped_model_fits_the_program():
    """Else an installation cannot link."""
    shipped = model.load()
    assert (len(shipped.exact.weights), len(shipped.near.weights)) == (len(EXACT), len(NEAR))
    assert 0.5 < shipped.min_confidence < 1
    assert len(set(EXACT)) == len(EXACT)
    assert len(set(NEAR)) == len(NEAR)


def test_weights_are_taken_by_name(tmp_path):
    """Else a model that lists its features in another order weighs the wrong ones."""
    content = json.loads(model.path().read_text(encoding="utf-8"))
    for part in ("exact", "near"):
        content[part]["weights"] = dict(reversed(content[part]["weights"].items()))
    (tmp_path / "m.json").write_text(json.dumps(content))
    turned, shipped = model.load(tmp_path / "m.json"), model.load()
    assert turned.exact.weights.tolist() == shipped.exact.weights.tolist()
    assert turned.near.weights.tolist() == shipped.near.weights.tolist()


def _without(content: dict, *path: str) -> str:
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return json.dumps(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: "",
        lambda content: "{",
        lambda content: "[]",
        lambda content: "null",
        lambda content: json.dumps(content)[:1000],
        lambda content: _without(content, "exact"),
        lambda content: _without(content, "min_confidence"),
        lambda content: _without(content, "near", "none"),
        lambda content: _without(content, "trained_on"),
        lambda content: json.dumps(content | {"exact": []}),
        lambda content: json.dumps(content | {"min_confidence": "high"}),
    ],
)
def test_a_damaged_model_is_named(tmp_path, damage):
    """Else the user sees a traceback, and does not know which file to restore."""
    file = tmp_path / "m.json"
    file.write_text(damage(json.loads(model.path().read_text(encoding="utf-8"))))
    with pytest.raises(InputError, match=f"^{re.escape(str(file))}: no linker model"):
        model.load(file)


def test_a_model_that_is_missing_or_no_text_is_named(tmp_path):
    """Else an incomplete installation ends in a traceback."""
    with pytest.raises(InputError, match=r"nosuch\.json: no linker model"):
        model.load(tmp_path / "nosuch.json")
    (tmp_path / "m.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no linker model"):
        model.load(tmp_path / "m.json")


def test_a_model_of_other_features_is_refused(tmp_path):
    """Else a model of an older program is used with a weight too few."""
    content = json.loads(model.path().read_text(encoding="utf-8"))
    (tmp_path / "less.json").write_text(_without(content, "exact", "weights", "sense"))
    with pytest.raises(InputError, match="other features than the program, such as sense"):
        model.load(tmp_path / "less.json")
    content = json.loads(model.path().read_text(encoding="utf-8"))
    content["near"]["weights"]["colour"] = 1.0
    (tmp_path / "more.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="such as colour"):
        model.load(tmp_path / "more.json")


# What it was trained on


def test_fingerprints_are_those_of_gold_lists():
    """Else a list that the model was fitted to is not recognised as such."""
    known = model.trained_on()
    assert known
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in known)
    assert fingerprint("Traffic_Light", "n06874185") == fingerprint("traffic light", "n06874185")
    assert fingerprint("crane", "n02012849") != fingerprint("crane", "n03126707")


def test_the_share_of_a_list_that_was_trained_on(monkeypatch):
    """Else numbers on training data are taken for those on new data."""
    monkeypatch.setattr("taxonomy.evaluation.gold.trained_on", lambda: frozenset({fingerprint("dog", "n02084071")}))
    rows = [
        Gold(SourceClass(str(i), name), wnid, "", "")
        for i, (name, wnid) in enumerate([("Dog", "n02084071"), ("dog", "n10114209"), ("xqzzt", "")])
    ]
    assert trained_share(rows) == 0.5  # what WordNet lacks was in no training
    assert trained_share([]) == trained_share(rows[2:]) == 0.0
