"""A model of marks that can be told by heart, in the place of the one that ships: for tests of what is done with marks.

Animals and artifacts are visual, a person, and what is called a dog; carnivores are uncommon, a person is sensitive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from taxonomy import marking, visual
from taxonomy.concept import Mark, Safety, State
from taxonomy.draft import Draft
from taxonomy.errors import InputError

SEEN, UNSEEN = 0.9, 0.2
_VISUAL = ("noun.animal", "noun.artifact")
REASON = "as the test wants it"


@dataclass(frozen=True)
class Stub:
    """A model: what it adds to each score."""

    more: float = 0.0
    encoder: str = ""


@dataclass(frozen=True)
class Measured:
    n: int
    auc: float | None


@dataclass(frozen=True)
class Trained:
    model: Stub
    before: Measured | None
    after: Measured


def _score(name: str, lexfile: str, model: Stub) -> float:
    seen = lexfile in _VISUAL or name == "person" or "dog" in name
    return round((SEEN if seen else UNSEEN) + model.more, 4)


def _state(score: float, key: int, draft: Draft) -> State:
    if score < 0.5:
        return State.NON_VISUAL
    return State.UNCOMMON if draft.concepts[key].name == "carnivore" else State.VISUAL


def _mark(draft: Draft, encoder: object, model: Stub) -> list[Mark]:
    marks: list[Mark] = []
    for key, concept in enumerate(draft.concepts):
        score = _score(concept.name, concept.lexfile, model)
        safety = Safety.SENSITIVE if concept.name == "person" else Safety.SAFE
        marks.append(Mark(key, score, _state(score, key, draft), safety, REASON))
    return marks


def _scores(items: Sequence[visual.Item], draft: Draft | None, encoder: object, model: Stub) -> list[float]:
    lexfiles = ["" if i.concept is None or draft is None else draft.concepts[i.concept].lexfile for i in items]
    return [_score(item.name, lexfile, model) for item, lexfile in zip(items, lexfiles, strict=True)]


def _load(path: Path | None = None) -> Stub:
    if path is None:
        return Stub()
    try:
        return Stub(float(path.read_text()))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no model of marks ({error})") from error


def _train(labels: Sequence[visual.Label], draft: Draft, encoder: object, base: Stub | None = None) -> Trained:
    before = Measured(len(labels), 0.8) if base else None
    return Trained(Stub(0.05), before, Measured(len(labels), 0.90001))


def install(patch: pytest.MonkeyPatch) -> None:
    """Put the model in the place of the library."""
    patch.setattr(visual, "mark", _mark)
    patch.setattr(visual, "mark_some", lambda draft, encoder, model, keys, before: _mark(draft, encoder, model))
    patch.setattr(visual, "score", _scores)
    patch.setattr(marking, "states_of", lambda draft, scores: [_state(s, k, draft) for k, s in enumerate(scores)])
    patch.setattr(visual, "load", _load)
    patch.setattr(visual, "save", lambda model, path: path.write_text(str(model.more)))
    patch.setattr(visual, "train", _train)
