"""The learned part of the linker: weights, and probabilities from them.

`scripts/train_linker.py` fits two conditional logits (McFadden 1974) and writes them to ``data/linker/model.json``:
given a class, the probability of a candidate is the softmax of the weighted features over the class's candidates and
"none of these".  One model ranks the senses of the name itself, the other what resembles a name that WordNet lacks.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taxonomy.errors import InputError
from taxonomy.linking.features import EXACT, NEAR
from taxonomy.linking.setting import Matrix
from taxonomy.sources.shipped import data_dir

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logit:
    """A conditional logit: a weight for each feature, and the score of "none of these"."""

    weights: NDArray[np.float32]
    none: float

    def probabilities(self, rows: Matrix, sizes: Sequence[int]) -> tuple[Probabilities, Probabilities]:
        """Return the probability of each candidate, and of "none of these" for each class.

        Args:
            rows: features, ``(candidates, features)``; the candidates of a class are consecutive.
            sizes: the number of candidates of each class.
        """
        return softmax((rows @ self.weights).astype(np.float64), self.none, sizes)


@dataclass(frozen=True, slots=True)
class Model:
    """The two logits, and the confidence above which links are good enough to merge by."""

    exact: Logit
    near: Logit
    min_confidence: float


def softmax(scores: Probabilities, none: float, sizes: Sequence[int]) -> tuple[Probabilities, Probabilities]:
    """Return probabilities of candidates, and of none, class by class; arguments as `Logit.probabilities`."""
    count = len(sizes)
    owner = np.repeat(np.arange(count), sizes)
    highest = np.full(count, none)
    np.maximum.at(highest, owner, scores)
    weights = np.exp(scores - highest[owner])
    none_weights = np.exp(none - highest)
    totals = np.bincount(owner, weights, count) + none_weights
    return weights / totals[owner], none_weights / totals


def path() -> Path:
    """Return the file of the shipped model."""
    return data_dir() / "linker" / "model.json"


def load(file: Path | None = None) -> Model:
    """Read a model, by default the one that ships.

    Raises:
        InputError: the file is missing or damaged.
    """
    file = file or path()
    content = _read(file)
    try:
        exact, near = (_logit(content[name], features) for name, features in (("exact", EXACT), ("near", NEAR)))
        return Model(exact, near, float(content["min_confidence"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file}: no linker model ({error}); scripts/train_linker.py makes one") from error


@functools.cache
def trained_on() -> frozenset[str]:
    """Return the fingerprints of the names and synsets that the shipped model was fitted to.

    Raises:
        InputError: the model is missing or damaged.
    """
    return frozenset(_read(path())["trained_on"])


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: no linker model ({error}); scripts/train_linker.py makes one") from error
    if not isinstance(content, dict) or not isinstance(content.get("trained_on"), list):
        raise InputError(f"{file}: no linker model; scripts/train_linker.py makes one")
    return content


def _logit(content: Mapping[str, Any], features: Sequence[str]) -> Logit:
    weights = content["weights"]
    if set(weights) != set(features):
        raise ValueError(f"it has other features than the program, such as {sorted(set(weights) ^ set(features))[0]}")
    return Logit(np.array([weights[name] for name in features], np.float32), float(content["none"]))
