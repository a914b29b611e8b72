"""Training on one's own labels: the last layer of the shipped network moves as far as they ask, or starts from zero.

What the network makes of its input stays as it is; a ridge regression on its hidden units and on its input adds to the
weights of the last layer, so that few labels move it little.  `ask` proposes what to label next.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taxonomy.draft import Draft
from taxonomy.encoding import Encoder, Vectors
from taxonomy.errors import InputError
from taxonomy.evaluation.visual import Scores, measures
from taxonomy.visual import calibration
from taxonomy.visual.features import HEADS, Concepts, Layout, batches
from taxonomy.visual.mark import Item, views
from taxonomy.visual.model import VIEWS, Model
from taxonomy.visual.names import BUCKETS, NameModel
from taxonomy.visual.network import Network

FOLDS = 5
PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0)
_FIRMLY = 0.97  # the probability that a label of 1 asks for; 0 asks for what is left
_LEAST = 10  # labels, from which cross-validation says something
_NEAREST = 6  # times as many candidates as are wanted, the least certain, are spread over
_CURVE_PRIOR = 3.0  # labels that the calibration it had counts as much as

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of an item: ``score`` is how visual it is, from 0 to 1."""

    item: Item
    score: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What training gave.

    Attributes:
        model: the new model.
        before: how good the base was on the labels; None without a base, or of fewer than ten labels.
        after: how good models are on labels of words that they have not seen; None of fewer than ten labels.
        contradictions: names with the different scores that their labels gave; they were left out.
    """

    model: Model
    before: Scores | None
    after: Scores | None
    contradictions: tuple[tuple[str, tuple[float, ...]], ...]


def train(labels: Sequence[Label], draft: Draft | None, encoder: Encoder, base: Model | None) -> Trained:
    """Train on labels.

    Args:
        labels: at least one of each side of one half.
        draft: the taxonomy that the items' concepts are in.
        encoder: of the texts; with a base, see `Model.fitting`.
        base: the model to go on from; None to learn from the labels alone.

    Raises:
        InputError: all labels say the same, a score is off the scale, or an item is bad (`taxonomy.visual.mark.score`).
    """
    kept, contradictions = _consistent(labels)
    sides = {label.score >= 0.5 for label in kept}
    if len(sides) < 2:
        side = "visual" if True in sides else "non-visual"
        reason = f"every label says {side}" if sides else "there is no label"
        raise InputError(f"{reason}; what tells the two apart can only be learned from labels of both kinds, add some")
    base_or_empty = base or _empty(encoder)
    encoder = base_or_empty.fitting(encoder)
    data = _Data.of(kept, draft, encoder, base_or_empty)
    before = _measured(kept, data.probabilities(base_or_empty)) if base else None
    folds = [_fold(label.item) for label in kept]
    unseen = {penalty: data.cross_validated(base_or_empty, folds, penalty) for penalty in PENALTIES}
    best = min(PENALTIES, key=lambda penalty: data.loss(unseen[penalty]))
    # With a base, scores stay on its scale: labels that were chosen for doubt are no sample to calibrate with.
    curves = base.curves if base else data.curves(base_or_empty, unseen[best])
    after = _measured(kept, data.calibrated(curves, unseen[best]))
    fitted = replace(data.fit(base_or_empty, np.ones(len(kept), bool), best), curves=curves)
    return Trained(fitted, before, after, contradictions)


def ask(
    keys: Sequence[int],
    count: int,
    draft: Draft,
    encoder: Encoder,
    model: Model,
    labelled: Collection[int] = (),
) -> list[int]:
    """Propose which concepts to label next: those the model is least certain of, far apart from each other.

    Args:
        keys: the concepts to choose from.
        count: how many are wanted.
        draft: the taxonomy.
        encoder: see `Model.fitting`.
        model: what is to be trained further.
        labelled: concepts that have a label.

    Returns:
        At most ``count`` keys, the most telling first.
    """
    rest = sorted(set(keys) - set(labelled))
    if not rest or count < 1:
        return []
    concepts = Concepts(draft, model.fitting(encoder), rest)
    concepts.ask(model.names)
    texts = slice(0, 2 * concepts.layout.dimension)
    parts, doubts = [], []
    for batch in batches(rest):
        rows = concepts.rows(batch)
        likely = calibration.probability(model.curves[0], model.network.score(rows))
        doubts.append(np.abs(likely - 0.5))
        parts.append(rows[:, texts])
    near = np.argsort(np.concatenate(doubts), kind="stable")[: _NEAREST * count]
    vectors = np.vstack(parts)[near]
    chosen, likeness = [0], vectors @ vectors[0]
    while len(chosen) < min(count, len(near)):
        likeness[chosen[-1]] = np.inf
        chosen.append(int(np.argmin(likeness)))
        likeness = np.maximum(likeness, vectors @ vectors[chosen[-1]])
    return [rest[near[place]] for place in chosen]


@dataclass(frozen=True, slots=True)
class _Data:
    """Labels as rows of numbers.

    Attributes:
        targets: what people say, 0 to 1.
        view: place in `VIEWS` of what is known of each item.
        units, inputs: outputs of the hidden units, and the standardised features.
        names: vectors of the names.
        scores: what the base says, from the network or of bare names.
    """

    targets: Array
    view: Array
    units: Vectors
    inputs: Vectors
    names: Vectors
    scores: Array

    @classmethod
    def of(cls, labels: Sequence[Label], draft: Draft | None, encoder: Encoder, base: Model) -> _Data:
        items = [label.item for label in labels]
        width = Layout(encoder.dimension).width
        found = cls(
            np.array([label.score for label in labels]),
            np.zeros(len(items), np.int64),
            np.zeros((len(items), len(base.network.output)), np.float32),
            np.zeros((len(items), width), np.float32),
            encoder.encode([item.name for item in items]),
            np.zeros(len(items)),
        )
        bare = base.names.score([item.name for item in items], encoder)[:, -1]
        for view, places, rows in views(items, draft, encoder, base):
            standard = base.network.standardised(rows, base.unknown(view))
            found.view[places] = VIEWS.index(view)
            found.inputs[places] = standard
            found.units[places] = base.network.activations(standard)
            found.scores[places] = base.network.score(rows, base.unknown(view)) if view != "name" else bare[places]
        return found

    def features(self) -> tuple[Array, Array]:
        """Return the kernels of both regressions: over concepts, and over bare names."""
        spread = float((self.units**2).sum(axis=1).mean()) or 1.0
        both = self.units @ self.units.T / spread + self.inputs @ self.inputs.T / self.inputs.shape[1] + 1
        return both.astype(np.float64), (self.names @ self.names.T + 1).astype(np.float64)

    def asked(self, base: Model) -> Array:
        """Return how far each label asks the score to move; none where it is on the right side firmly already."""
        goals = np.zeros(len(self.targets))
        for place, (target, view) in enumerate(zip(self.targets, self.view, strict=True)):
            goals[place] = _score_of(min(max(target, 1 - _FIRMLY), _FIRMLY), base.curves[view])
        moves = goals - self.scores
        moves[(self.targets >= _FIRMLY) & (moves < 0)] = 0
        moves[(self.targets <= 1 - _FIRMLY) & (moves > 0)] = 0
        return moves

    def solve(self, base: Model, some: Array, penalty: float) -> tuple[Array, Array]:
        """Return the dual weights of both regressions, 0 for labels that are left out."""
        moves, found = self.asked(base), []
        bare = self.view == VIEWS.index("name")
        for kernel, own in zip(self.features(), (some & ~bare, some), strict=True):
            places = np.flatnonzero(own)
            dual = np.zeros(len(some))
            if len(places):
                inner = kernel[np.ix_(places, places)] + penalty * np.eye(len(places))
                dual[places] = np.linalg.solve(inner, moves[places])
            found.append(dual)
        return found[0], found[1]

    def cross_validated(self, base: Model, folds: Sequence[int], penalty: float) -> Array:
        """Return the score of each label by a fit without its fold."""
        scores, bare = self.scores.copy(), self.view == VIEWS.index("name")
        kernels = self.features()
        for fold in range(FOLDS):
            out = np.array(folds) == fold
            if out.any() and not out.all():
                duals = self.solve(base, ~out, penalty)
                moved = [kernel[out] @ dual for kernel, dual in zip(kernels, duals, strict=True)]
                scores[out] += np.where(bare[out], moved[1], moved[0])
        return scores

    def loss(self, scores: Array) -> float:
        """Return the mean logarithmic loss of scores, on the logistic scale."""
        likely = np.clip(1 / (1 + np.exp(-2 * np.clip(scores, -15, 15))), 1e-6, 1 - 1e-6)
        return float(-(self.targets * np.log(likely) + (1 - self.targets) * np.log(1 - likely)).mean())

    def fit(self, base: Model, some: Array, penalty: float) -> Model:
        """Return the base with what some labels ask for."""
        concepts, names = self.solve(base, some, penalty)
        spread = float((self.units**2).sum(axis=1).mean()) or 1.0
        old = base.network
        network = replace(
            old,
            output=(old.output + self.units.T @ concepts / spread).astype(np.float32),
            direct=(old.direct + self.inputs.T @ concepts / self.inputs.shape[1]).astype(np.float32),
            bias=old.bias + float(concepts.sum()),
        )
        vectors, bias = base.names.vectors.copy(), base.names.bias.copy()
        vectors[:, -1] += self.names.T @ names
        bias[-1] += names.sum()
        return replace(base, network=network, names=replace(base.names, vectors=vectors, bias=bias))

    def curves(self, base: Model, unseen: Array) -> Array:
        """Return the calibration, moved by the labels of each view as far as these are many."""
        curves = base.curves.copy()
        for view in range(len(VIEWS)):
            own = self.view == view
            if own.any():
                curves[view] = calibration.fit(
                    unseen[own], self.targets[own] >= 0.5, np.ones(own.sum()), curves[view], _CURVE_PRIOR
                )
        return curves

    def calibrated(self, curves: Array, scores: Array) -> list[float]:
        """Return the probabilities of scores."""
        pairs = zip(scores, self.view, strict=True)
        return [float(calibration.probability(curves[view], np.array([score]))[0]) for score, view in pairs]

    def probabilities(self, base: Model) -> list[float]:
        """Return what the base says."""
        return self.calibrated(base.curves, self.scores)


def _score_of(likely: float, curve: Array) -> float:
    """Return the score that a curve gives a probability."""
    logit = np.log(likely / (1 - likely)) - curve[2]
    return float(logit / (curve[0] + curve[1] if logit * (curve[0] + curve[1]) > 0 else curve[0]))


def _consistent(labels: Sequence[Label]) -> tuple[list[Label], tuple[tuple[str, tuple[float, ...]], ...]]:
    """Return one label for each item, and those items whose labels are on both sides of one half."""
    by_item: dict[tuple[int | None, str, str], list[Label]] = defaultdict(list)
    for label in labels:
        if not 0 <= label.score <= 1:
            raise InputError(f"{label.item.name}: the score {label.score} is off the scale from 0 to 1; correct it")
        item = label.item
        placed = item.concept is not None
        by_item[item.concept, "" if placed else item.name.lower(), "" if placed else item.definition].append(label)
    kept, contradictions = [], []
    for own in by_item.values():
        scores = tuple(label.score for label in own)
        if min(scores) < 0.5 <= max(scores):
            contradictions.append((own[0].item.name, scores))
        else:
            kept.append(replace(own[0], score=sum(scores) / len(scores)))
    return kept, tuple(contradictions)


def _fold(item: Item) -> int:
    """Return the fold of an item: all that bears a word is in one."""
    return int(hashlib.md5(item.name.lower().encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def _measured(labels: Sequence[Label], probabilities: Sequence[float]) -> Scores | None:
    return measures([1 + 4 * label.score for label in labels], probabilities) if len(labels) >= _LEAST else None


def _empty(encoder: Encoder) -> Model:
    """Return a model that knows nothing: one half of everything."""
    width, outputs = Layout(encoder.dimension).width, HEADS + 1
    zeros = np.zeros(width, np.float32)
    network = Network(
        zeros, np.full(width, 1 / np.sqrt(encoder.dimension), np.float32), np.zeros((width, 0), np.float32),
        np.zeros(0, np.float32), np.zeros(0, np.float32), zeros, 0.0,
    )  # fmt: skip
    names = NameModel(
        np.zeros((encoder.dimension, outputs), np.float32), np.zeros((BUCKETS, outputs), np.float32),
        np.zeros(outputs, np.float32),
    )  # fmt: skip
    curves = np.tile([2.0, 0.0, 0.0], (len(VIEWS), 1))
    return Model(encoder.fingerprint, names, network, curves, np.zeros(0, np.float32))
