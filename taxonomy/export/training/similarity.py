"""How similar labels are by the hierarchy, as sparse rows: what is below a floor is left out.

*Lin* (An Information-Theoretic Definition of Similarity, ICML 1998): twice the information content of the most specific
concept above both, over the sum of their own.  The information content is intrinsic (Seco, Veale & Hayes, An Intrinsic
Information Content Metric for Semantic Similarity in WordNet, ECAI 2004): 1 - log(concepts below one, with itself) /
log(all concepts), so it needs no corpus.  *Path*: 1 / (1 + edges of the shortest way through a concept above both), as
NLTK's ``path_similarity``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Csr, Ints
from taxonomy.export.hierarchy import Hierarchy
from taxonomy.export.training.closure import Closure

FLOORS: Mapping[str, float] = {"lin": 0.5, "path": 0.2}
"""The least similarity that is kept, by the name of the measure."""
MOST = 40_000_000
"""The most pairs that are kept: 320 MB."""
_SAMPLE = 1000  # concepts by which the pairs are estimated

Floats = NDArray[np.float32]
# Of a concept: indexes of others, and one value for all of them; values ascend.
_LayersOf = Callable[[int], Iterator[tuple[Ints, float]]]
_Finish = Callable[[int, Floats], Floats]  # makes similarities of values


class Similarity(NamedTuple):
    """Sparse rows of a symmetric matrix with ones on its diagonal."""

    entries: Csr
    values: Floats


def similarity(measure: str, hierarchy: Hierarchy, concepts: Sequence[int], above: Closure) -> Similarity | int:
    """Compare concepts with each other.

    Args:
        measure: ``lin`` or ``path``.
        hierarchy: the whole one.
        concepts: keys.
        above: their closure.

    Returns:
        Where more than `MOST` pairs would be as similar as the measure's floor, only how many, about.
    """
    floor = FLOORS[measure]
    row = _rows(len(concepts), floor, *(_lin(above, floor) if measure == "lin" else _path(hierarchy, concepts, floor)))
    sample = range(0, len(concepts), len(concepts) // _SAMPLE + 1)
    about = sum(len(row(index)[0]) for index in sample) * len(concepts) // len(sample)
    if about > MOST:
        return about
    found = [row(index) for index in range(len(concepts))]
    starts = np.cumsum([0, *(len(members) for members, _ in found)], dtype=np.int64)
    members, values = zip(*found, strict=True)
    return Similarity(Csr(starts, np.concatenate(members)), np.concatenate(values))


def _rows(count: int, floor: float, layers: _LayersOf, finish: _Finish) -> Callable[[int], tuple[Ints, Floats]]:
    """Return what gives a concept's row: of each other concept the value of the last layer that has it."""
    best = np.zeros(count, np.float32)

    def row(index: int) -> tuple[Ints, Floats]:
        best.fill(0)
        for members, value in layers(index):
            best[members] = value
        alike = finish(index, best)
        alike[index] = 1.0
        kept = np.flatnonzero(alike >= np.float32(floor)).astype(np.int32)
        return kept, alike[kept]

    return row


def _lin(above: Closure, floor: float) -> tuple[_LayersOf, _Finish]:
    content = (1 - np.log(above.below) / np.log(max(above.size, 2))).astype(np.float32)
    own = content[above.place]
    members = above.above.transposed(above.size)

    def layers(index: int) -> Iterator[tuple[Ints, float]]:
        """Give all that is below each concept above one, unless it is so general that no pair can reach the floor."""
        found = above.above[index]
        # The other concept has at least the content of what is above both.
        found = found[content[found] * (2 - floor) >= floor * own[index] * (1 - 1e-5)]
        for place in found[np.argsort(content[found], kind="stable")]:
            yield members[place], float(content[place])

    def finish(index: int, best: Floats) -> Floats:
        alike: Floats = 2 * best / np.maximum(own + own[index], np.float32(1e-9))  # 0 / 0: both are the root
        return alike

    return layers, finish


def _path(hierarchy: Hierarchy, concepts: Sequence[int], floor: float) -> tuple[_LayersOf, _Finish]:
    farthest = round(1 / floor) - 1
    ways = [_upwards(hierarchy, key, farthest) for key in concepts]
    reached: dict[tuple[int, int], list[int]] = {}
    for index, way in enumerate(ways):
        for key, edges in way.items():
            reached.setdefault((key, edges), []).append(index)
    members = {place: np.array(indexes, np.int32) for place, indexes in reached.items()}

    def layers(index: int) -> Iterator[tuple[Ints, float]]:
        met = [
            (up + down, key, down)
            for key, up in ways[index].items()
            for down in range(farthest - up + 1)
            if (key, down) in members
        ]
        for edges, key, down in sorted(met, reverse=True):
            yield members[key, down], 1 / (1 + edges)

    return layers, lambda _, best: best


def _upwards(hierarchy: Hierarchy, key: int, farthest: int) -> dict[int, int]:
    """Return how many edges are between a concept and each one above it, at most so many."""
    found = {key: 0}
    layer = [key]
    for edges in range(1, farthest + 1):
        layer = [parent for each in layer for parent in hierarchy.parents.get(each, ()) if parent not in found]
        found.update(dict.fromkeys(layer, edges))
    return found
