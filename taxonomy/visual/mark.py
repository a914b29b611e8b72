"""Marks: how likely each concept can be seen in a picture, whether it often is, and what speaks for that.

`mark` goes over a whole draft, `score` over any list of names, with definitions and places in the draft where known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxonomy.concept import Mark, State
from taxonomy.draft import Draft, without_collector
from taxonomy.encoding import Encoder, Vectors
from taxonomy.errors import InputError
from taxonomy.visual import model as models
from taxonomy.visual.calibration import probability
from taxonomy.visual.features import Concepts, batches, free_rows
from taxonomy.visual.model import VIEWS, Model
from taxonomy.visual.safety import safeties

TASKS = frozenset({"detection", "segmentation"})
"""Tasks of the datasets whose classes people draw boxes and outlines around: what can be recognised in pictures."""

COMMON = frozenset({"imagenet1k"})
"""Datasets of other tasks whose classes are as common."""

STEPS = 2  # down from such a class, within which a concept is as common
_NAMED = 3  # datasets that a reason lists


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be scored.

    Attributes:
        name: how it is called.
        definition: what it is, or empty.
        concept: its key in the draft, which then gives names, gloss and place; None when it has no place.
    """

    name: str
    definition: str = ""
    concept: int | None = None


def mark(draft: Draft, encoder: Encoder, model: Model | None = None) -> list[Mark]:
    """Mark every concept of a draft, in the order of the keys.

    Args:
        draft: the taxonomy.
        encoder: see `Model.fitting`.
        model: the shipped one when there is none.

    Raises:
        InputError: the model is missing, damaged, or of another encoder.
    """
    model = model or models.load()
    with without_collector():
        return _marks(draft, Concepts(draft, model.fitting(encoder)), model, range(len(draft.concepts)), [])


def mark_some(
    draft: Draft, encoder: Encoder, model: Model, keys: Collection[int], before: Sequence[Mark]
) -> list[Mark]:
    """Mark some concepts of a draft anew, so that the marks of all are what `mark` makes of them.

    Args:
        draft: the taxonomy.
        encoder: see `Model.fitting`.
        model: its own, or the one that ships.
        keys: of these concepts, those without a mark among them; see `taxonomy.visual.reach`.
        before: the marks of the first concepts, as `mark` made them.
    """
    if not keys:
        return list(before)
    with without_collector():
        some = sorted(keys)
        return _marks(draft, Concepts(draft, model.fitting(encoder), some), model, some, before)


def _marks(draft: Draft, concepts: Concepts, model: Model, keys: Sequence[int], before: Sequence[Mark]) -> list[Mark]:
    concepts.ask(model.names)
    scores = np.zeros(len(draft.concepts))
    scores[: len(before)] = [mark.score for mark in before]
    same: dict[str, str] = {}  # what is said of many concepts is kept once
    reasons = [mark.reason for mark in before] + [""] * (len(draft.concepts) - len(before))
    for batch in batches(keys):
        scores[batch] = _of_concepts(concepts, model, batch)
        own, parents = concepts.own(batch)
        evidence = np.stack([own[:, 0], own[:, 3], parents[:, 0]], axis=1)
        for key, numbers in zip(batch, evidence.tolist(), strict=True):
            reason = _reason(draft, key, *numbers)
            reasons[key] = same.setdefault(reason, reason)
    states = states_of(draft, scores)
    people = safeties(draft, concepts, model.offence, keys, [mark.safety for mark in before])
    del concepts  # of millions they take more memory than the marks
    rounded = np.round(scores, 4).tolist()
    return list(map(Mark, range(len(rounded)), rounded, states, people, reasons))


def score(items: Sequence[Item], draft: Draft | None, encoder: Encoder, model: Model | None = None) -> list[float]:
    """Return the calibrated probability that a concrete picture of each item can be recognised.

    An item with a concept is scored as that; one with a definition by its texts; one with a name only by its wording.

    Args:
        items: what to score.
        draft: the taxonomy that their concepts are in; None when none has one.
        encoder: as `mark`.
        model: as `mark`.

    Raises:
        InputError: as `mark`; also when an item has neither a name nor a concept, or a concept that is not there.
    """
    model = model or models.load()
    encoder = model.fitting(encoder)
    scores = np.zeros(len(items))
    for view, places, rows in views(items, draft, encoder, model):
        raw = model.names.score([items[place].name for place in places], encoder)[:, -1] if view == "name" else None
        raw = model.network.score(rows, model.unknown(view)) if raw is None else raw
        scores[places] = probability(model.curves[VIEWS.index(view)], raw)
    return [round(float(value), 4) for value in scores]


def views(
    items: Sequence[Item], draft: Draft | None, encoder: Encoder, model: Model
) -> Iterator[tuple[str, list[int], Vectors]]:
    """Yield the items by what is known of them: the view, their places in ``items``, and their features."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        if item.concept is not None and (draft is None or not 0 <= item.concept < len(draft.concepts)):
            raise InputError(f"{item.name}: there is no concept {item.concept} in the taxonomy")
        if item.concept is None and not item.name.strip():
            raise InputError(f"item {place + 1}: has neither a name nor a concept; give one")
        kinds[_view(item, draft)].append(place)
    placed = {items[place].concept for view in VIEWS[:2] for place in kinds[view]}
    concepts = None
    if draft is not None and placed:
        concepts = Concepts(draft, encoder, [key for key in placed if key is not None])
        concepts.ask(model.names)
    for view, places in kinds.items():
        if places and concepts is not None and view in VIEWS[:2]:
            yield view, places, concepts.rows([items[place].concept or 0 for place in places])
        elif places:
            names, texts = ([getattr(items[p], field) for p in places] for field in ("name", "definition"))
            yield view, places, free_rows(names, texts, encoder, model.names)


def _view(item: Item, draft: Draft | None) -> str:
    if item.concept is None or draft is None:
        return "no place" if item.definition.strip() else "name"
    return "whole" if draft.concepts[item.concept].definition else "no gloss"


def _of_concepts(concepts: Concepts, model: Model, keys: Sequence[int]) -> NDArray[np.float64]:
    """Return the probabilities of concepts of a draft."""
    defined = np.array([bool(concepts.draft.concepts[key].definition) for key in keys])
    scores = np.zeros(len(keys))
    for view, some in zip(VIEWS[:2], (defined, ~defined), strict=True):
        if some.any():
            rows = concepts.rows(np.asarray(keys)[some].tolist())
            raw = model.network.score(rows, model.unknown(view))
            scores[some] = probability(model.curves[VIEWS.index(view)], raw)
    return scores


def states_of(draft: Draft, scores: Sequence[float] | NDArray[np.float64]) -> list[State]:
    """Return the state of each concept: by its score, and what can be seen by how common it is.

    A visual concept is uncommon when WordNet's concordances never tag it and it is neither a class of a dataset that
    shows it (`TASKS`, `COMMON`) nor at most `STEPS` below one.
    """
    counting = {
        position for position, source in enumerate(draft.sources) if source.task in TASKS or source.name in COMMON
    }
    level = {key for key, sources in draft.held.items() if not counting.isdisjoint(sources)}
    common = {name.concept for name in draft.names if name.tagged}
    for _ in range(STEPS):
        common |= level
        level = {child for key in level for child in draft.children[key]}
    common |= level
    return [
        State.NON_VISUAL if value < 0.5 else State.VISUAL if key in common else State.UNCOMMON
        for key, value in enumerate(np.round(scores, 4).tolist())
    ]


def _reason(draft: Draft, key: int, own: float, gloss: float, parents: float) -> str:
    """Say in one line what speaks for a score: how concrete the words are, and which datasets have the concept."""
    concept = draft.concepts[key]
    if concept.definition:
        reason = f"{concept.lexfile}; " * bool(concept.lexfile) + f"names {own:+.1f}, gloss {gloss:+.1f}"
    else:
        reason = f"no gloss; names {own:+.1f}"
    if draft.parents[key]:
        reason += f", parents {parents:+.1f}"
    if key in draft.held:
        held = draft.held[key]
        listed = ", ".join(draft.sources[source].name for source in held[:_NAMED])
        reason += f"; a class of {listed}" + (f" and {len(held) - _NAMED} more" if len(held) > _NAMED else "")
    return reason
