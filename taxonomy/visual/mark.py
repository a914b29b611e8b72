"""Marks: how likely each concept can be seen in a picture, whether it often is, and what speaks for that.

`mark` goes over a whole draft, `score` over any list of names, with definitions and places in the draft where known.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxonomy.concept import BASES, Mark, State
from taxonomy.draft import Draft
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
    with _without_collector():
        return _marks(draft, Concepts(draft, model.fitting(encoder)), model)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Spare the collector of cycles, which would go over a million records of the draft again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _marks(draft: Draft, concepts: Concepts, model: Model) -> list[Mark]:
    concepts.ask(model.names)
    keys = range(len(draft.concepts))
    scores, evidence = np.zeros(len(keys)), np.zeros((len(keys), 3), np.float32)
    for batch in batches(keys):
        scores[batch] = _of_concepts(concepts, model, batch)
        own, parents = concepts.own(batch)
        evidence[batch] = np.stack([own[:, 0], own[:, 3], parents[:, 0]], axis=1)
    held = classes_of(draft)
    states = states_of(draft, scores, held)
    people = safeties(draft, concepts, model.offence)
    reasons = _reasons(draft, concepts, evidence, held)
    rounded = np.round(scores, 4).tolist()
    return [Mark(*row) for row in zip(keys, rounded, states, people, reasons, strict=True)]


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


def classes_of(draft: Draft) -> dict[int, list[int]]:
    """Return the positions of the datasets that have a class that is a concept, by concept."""
    datasets = {position for position, source in enumerate(draft.sources) if source.kind not in BASES}
    held: dict[int, list[int]] = defaultdict(list)
    for source, _, _, concept, *_ in draft.placements:
        if concept is not None and source in datasets and source not in held[concept]:
            held[concept].append(source)
    return held


def states_of(draft: Draft, scores: Sequence[float] | NDArray[np.float64], held: dict[int, list[int]]) -> list[State]:
    """Return the state of each concept: by its score, and what can be seen by how common it is.

    A visual concept is uncommon when WordNet's concordances never tag it and it is neither a class of a dataset that
    shows it (`TASKS`, `COMMON`) nor at most `STEPS` below one.
    """
    counting = {
        position for position, source in enumerate(draft.sources) if source.task in TASKS or source.name in COMMON
    }
    level = {key for key, sources in held.items() if not counting.isdisjoint(sources)}
    common = {name.concept for name in draft.names if name.tagged}
    for _ in range(STEPS):
        common |= level
        level = {child for key in level for child in draft.children[key]}
    common |= level
    return [
        State.NON_VISUAL if value < 0.5 else State.VISUAL if key in common else State.UNCOMMON
        for key, value in enumerate(np.round(scores, 4).tolist())
    ]


def _reasons(draft: Draft, concepts: Concepts, evidence: Vectors, held: dict[int, list[int]]) -> list[str]:
    """Say in one line what speaks for each score: how concrete its words are, and which datasets have it."""
    names = [source.name for source in draft.sources]
    found = []
    for key, (concept, (own, gloss, parents)) in enumerate(zip(draft.concepts, evidence.tolist(), strict=True)):
        if concept.definition:
            reason = f"{concept.lexfile}; " * bool(concept.lexfile) + f"names {own:+.1f}, gloss {gloss:+.1f}"
        else:
            reason = f"no gloss; names {own:+.1f}"
        if draft.parents[key]:
            reason += f", parents {parents:+.1f}"
        if key in held:
            more = len(held[key]) - _NAMED
            listed = ", ".join(names[source] for source in held[key][:_NAMED])
            reason += f"; a class of {listed}" + (f" and {more} more" if more > 0 else "")
        found.append(reason)
    return found
