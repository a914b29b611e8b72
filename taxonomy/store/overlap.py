"""How the classes of two datasets relate: the same concept, one above the other, or only in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from taxonomy.store.read import Taxonomy


class Pair(NamedTuple):
    """Two classes and their relation, or one class without a counterpart.

    Attributes:
        relation: ``same``; ``broader`` (A's class is above B's), ``narrower`` (below); ``only A``, ``only B``.
        concept: id of the shared concept, of the broader one, or of the only one; None when the class is unplaced.
    """

    relation: str
    a_key: str | None
    a_name: str | None
    b_key: str | None
    b_name: str | None
    concept: str | None


class _Class(NamedTuple):
    key: str
    name: str
    concept: int | None


def overlap(taxonomy: Taxonomy, first: str, second: str) -> Iterator[Pair]:
    """Yield the relations of the classes of two datasets: what is the same, what is broader or narrower, and the rest.

    A class is related to the nearest classes of the other dataset above it only.

    Raises:
        NotFoundError: a dataset is not in the taxonomy.
    """
    a, b = _classes(taxonomy, first), _classes(taxonomy, second)
    a_at, b_at = _by_concept(a), _by_concept(b)
    children: dict[int, list[int]] = {}
    for child, parent in taxonomy.execute("SELECT child, parent FROM edge WHERE kind IN ('is_a', 'instance_of')"):
        children.setdefault(parent, []).append(child)
    pairs = [
        *(("same", one, other, one.concept) for one in a for other in b_at.get(one.concept, ())),
        *(("broader", one, other, above) for other, above in _above(b, a_at, children) for one in a_at[above]),
        *(("narrower", one, other, above) for one, above in _above(a, b_at, children) for other in b_at[above]),
    ]
    ids: dict[int | None, str] = dict(taxonomy.execute("SELECT key, id FROM concept"))
    for relation, one, other, concept in pairs:
        yield Pair(relation, one.key, one.name, other.key, other.name, ids[concept])
    paired_a, paired_b = {one.key for _, one, _, _ in pairs}, {other.key for _, _, other, _ in pairs}
    for one in a:
        if one.key not in paired_a:
            yield Pair("only A", one.key, one.name, None, None, ids.get(one.concept))
    for other in b:
        if other.key not in paired_b:
            yield Pair("only B", None, None, other.key, other.name, ids.get(other.concept))


def _classes(taxonomy: Taxonomy, dataset: str) -> list[_Class]:
    rows = taxonomy.execute(
        "SELECT key, name, concept FROM class WHERE source = ? ORDER BY position",
        (taxonomy.source_position(dataset),),
    )
    return [_Class(*row) for row in rows]


def _by_concept(classes: list[_Class]) -> dict[int | None, list[_Class]]:
    found: dict[int | None, list[_Class]] = {}
    for entry in classes:
        if entry.concept is not None:
            found.setdefault(entry.concept, []).append(entry)
    return found


def _above(
    classes: list[_Class], others: dict[int | None, list[_Class]], children: dict[int, list[int]]
) -> Iterator[tuple[_Class, int]]:
    """Yield each class that is in no class of the other dataset, with the nearest concepts above it that are."""
    nearest = _nearest({key for key in others if key is not None}, children)
    for entry in classes:
        if entry.concept is not None and entry.concept not in others:
            for key in sorted(nearest.get(entry.concept, ())):
                yield entry, key


def _nearest(members: set[int], children: dict[int, list[int]]) -> dict[int, set[int]]:
    """Return the nearest members above each concept that is below one; going down from all of them, level by level."""
    level = {member: {member} for member in members}
    found = dict(level)
    while level:
        below: dict[int, set[int]] = {}
        for key, above in level.items():
            for child in children.get(key, ()):
                if child not in found:
                    below.setdefault(child, set()).update(above)
        found |= below
        level = below
    return found
