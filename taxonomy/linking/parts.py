"""Senses of a name that are an organism and what is eaten of it, which WordNet keeps apart: *broccoli*, *carrot*."""

from __future__ import annotations

from collections.abc import Sequence

from taxonomy.draft import Draft

PLANT, ANIMAL, _FOOD = "noun.plant", "noun.animal", "noun.food"


def eaten(draft: Draft, senses: Sequence[int], lexfile: str) -> list[int]:
    """Tell of each sense of a name whether it is what is eaten of another (1), that organism (-1), or neither (0).

    Args:
        draft: the taxonomy so far.
        senses: the concepts that the name means.
        lexfile: the lexicographer file of the organisms, `PLANT` or `ANIMAL`.
    """
    files = [draft.concepts[sense].lexfile for sense in senses]
    organisms = {sense for sense, file in zip(senses, files, strict=True) if file == lexfile}
    parts = [
        bool(organisms) and (file == _FOOD or not organisms.isdisjoint(draft.wholes.get(sense, ())))
        for sense, file in zip(senses, files, strict=True)
    ]
    return [1 if part else -any(parts) * (sense in organisms) for sense, part in zip(senses, parts, strict=True)]


def are_of_one_plant(draft: Draft, one: int, other: int) -> bool:
    """Tell whether two concepts are a plant and a part of it, or the same part of it: the root, and that as food."""
    if one not in draft.wholes and other not in draft.wholes:
        return False
    return any(draft.is_related(a, b) for a in _plants(draft, one) for b in _plants(draft, other))


def _plants(draft: Draft, concept: int) -> list[int]:
    """Return the plants that a concept is or is a part of."""
    keys = (concept, *draft.wholes.get(concept, ()))
    return [key for key in keys if draft.concepts[key].lexfile == PLANT]
