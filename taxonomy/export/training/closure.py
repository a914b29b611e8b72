"""Everything above the concepts of a selection, as arrays: some 13 ancestors a concept, and nothing quadratic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.csr import Csr, Ints, rows
from taxonomy.export.hierarchy import Hierarchy


class Closure(NamedTuple):
    """Everything above the concepts of a selection.

    Attributes:
        size: concepts of the hierarchy.
        above: of each concept of the selection, itself and its ancestors, as places in the hierarchy's walk.
        below: ``(size,)``, how many concepts are below one, with itself.
        place: ``(concepts,)``, the place of each concept of the selection.
        ancestors: of each concept of the selection, its ancestors in it, through others too, by index.
        parents: the nearest of them: those that are above no other of them.
    """

    size: int
    above: Csr
    below: NDArray[np.int64]
    place: Ints
    ancestors: Csr
    parents: Csr


def closure(hierarchy: Hierarchy, concepts: Sequence[int]) -> Closure:
    """Find what is above concepts.

    Args:
        hierarchy: the whole one.
        concepts: keys, parents before children.
    """
    places = {key: place for place, key in enumerate(hierarchy.walk)}
    found: list[tuple[int, ...]] = []
    for number, key in enumerate(hierarchy.walk):  # parents first, so places ascend within a row
        direct = hierarchy.parents.get(key, ())
        if len(direct) == 1:
            found.append((*found[places[direct[0]]], number))
        else:
            found.append((*sorted(set().union(*(found[places[parent]] for parent in direct))), number))
    size = len(found)
    below = np.bincount(rows(found).indices, minlength=size)
    place = np.fromiter((places[key] for key in concepts), np.int32, len(concepts))
    above = rows([found[each] for each in place.tolist()])
    index = np.full(size, -1, np.int32)
    index[place] = np.arange(len(place), dtype=np.int32)
    own = Csr(above.indptr, index[above.indices])
    ancestors = own.where((own.indices >= 0) & (own.indices != own.owners()))
    return Closure(size, above, below, place, ancestors, _nearest(ancestors))


def _nearest(ancestors: Csr) -> Csr:
    """Return of each row the ancestors that are above no other one of it: the transitive reduction."""
    bounds, indices = ancestors.indptr.tolist(), ancestors.indices.tolist()
    nearest: list[list[int]] = []
    for start, end in pairwise(bounds):
        rest, found = indices[start:end], list[int]()
        while rest:
            last = rest.pop()  # the highest index is above none of the others
            found.append(last)
            covered = set(indices[bounds[last] : bounds[last + 1]])
            rest = [each for each in rest if each not in covered]
        nearest.append(found[::-1])
    return rows(nearest)
