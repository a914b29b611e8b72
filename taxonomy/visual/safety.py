"""Whether a concept of people may be a label of people: as judged, as what is above it, or as a model learned.

``data/visual/people.tsv`` lists the persons of WordNet that a stranger should not be called; all were read one by one
for this project, those in doubt a second time, and no other list was used.  A person that WordNet lacks is like its
parents; where these are safe, a linear model of name and gloss decides, learned from the list.  What is no person is
safe, and so is a single one, who has a name.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from taxonomy.concept import Safety
from taxonomy.draft import Draft
from taxonomy.encoding import Vectors
from taxonomy.errors import InputError
from taxonomy.sources.shipped import data_dir
from taxonomy.visual.features import Concepts, batches

PERSON = "n00007846"
OFFENSIVE, DOUBTFUL = 0.4, 0.25  # what the model says of a concept that is offensive, or may be
SHARES = {Safety.OFFENSIVE: 1.0, Safety.SENSITIVE: 0.3}
"""What the model learns to say of each mark; of all others nothing."""
_WORST = (Safety.OFFENSIVE, Safety.SENSITIVE)
_ROWS = 1 << 12


def path() -> Path:
    """Return the file of the judged synsets."""
    return data_dir() / "visual" / "people.tsv"


@functools.cache
def judged() -> dict[str, Safety]:
    """Return the synsets that are sensitive or offensive, by wnid.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        _, *rows = path().read_text(encoding="ascii").splitlines()
        return {wnid: Safety(mark) for wnid, mark in (row.split("\t") for row in rows)}
    except (OSError, ValueError) as error:
        raise InputError(f"{path()}: no list of judged persons ({error}); install the package again") from error


def safeties(
    draft: Draft, concepts: Concepts, weights: Vectors, keys: Sequence[int], before: Sequence[Safety]
) -> list[Safety]:
    """Return the safety of each concept of a draft.

    Args:
        draft: the taxonomy.
        concepts: its features.
        weights: of the learned model (`features`); when there are none, persons that WordNet lacks stay unknown.
        keys: the concepts that it is to be found for, ascending.
        before: of the first concepts, which holds for the others.
    """
    found = [*before, *[Safety.SAFE] * (len(draft.concepts) - len(before))]
    listed = judged()
    others = []
    persons = set(people(draft))
    for key in keys:
        found[key] = Safety.SAFE
        if key not in persons or draft.is_individual(key):
            continue
        if draft.concepts[key].source == 0:
            found[key] = listed.get(draft.concepts[key].id, Safety.SAFE)
        else:
            others.append(key)
    likely = dict(zip(others, _likely(concepts, others, weights), strict=True))
    for key in concepts.graph.order.tolist() if likely else ():  # parents before their children
        if key in likely:
            above = {found[parent] for parent in draft.parents[key]}
            found[key] = next((mark for mark in _WORST if mark in above), _told(draft, key, likely[key]))
    return found


def _likely(concepts: Concepts, keys: Sequence[int], weights: Vectors) -> list[float | None]:
    if not len(weights):
        return [None] * len(keys)
    parts = [
        features(concepts, [keys[place] for place in batch]) @ weights for batch in batches(range(len(keys)), _ROWS)
    ]
    return [float(value) for part in parts for value in part]


def _told(draft: Draft, key: int, likely: float | None) -> Safety:
    """Return what the model says; of a name without a gloss it says too little."""
    if likely is None or not draft.concepts[key].definition:
        return Safety.UNKNOWN
    return Safety.OFFENSIVE if likely >= OFFENSIVE else Safety.UNKNOWN if likely >= DOUBTFUL else Safety.SAFE


def people(draft: Draft) -> list[int]:
    """Return the keys of all persons, ascending."""
    top = draft.key_of.get(PERSON)
    return sorted(draft.below(top)) if top is not None else []


def features(concepts: Concepts, keys: Sequence[int]) -> Vectors:
    """Return what the learned model sees of persons: the vectors of names and gloss, and 1."""
    rows, blocks = concepts.rows(keys), concepts.layout.blocks
    return np.hstack([rows[:, blocks["names"]], rows[:, blocks["gloss"]], np.ones((len(keys), 1), np.float32)])
