"""The edges of a draft, of which there are millions: kept as columns of numbers, and given as records."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from taxonomy.concept import Edge, EdgeKind, Method

_KINDS, _METHODS = tuple(EdgeKind), tuple(Method)
_KIND = {kind: number for number, kind in enumerate(_KINDS)}
_METHOD = {method: number for number, method in enumerate(_METHODS)}


class Edges:
    """A list of edges that takes a quarter of the memory; it only grows.

    >>> edges = Edges()
    >>> edges.append(Edge(1, 0, EdgeKind.IS_A, 0, Method.GIVEN, 1.0))
    >>> len(edges), [edge.parent for edge in edges]
    (1, [0])
    """

    def __init__(self) -> None:
        self._child, self._parent, self._source = array("i"), array("i"), array("i")
        self._kind, self._method = array("b"), array("b")
        self._confidence = array("d")

    def append(self, edge: Edge) -> None:
        """Append an edge."""
        self._child.append(edge.child)
        self._parent.append(edge.parent)
        self._kind.append(_KIND[edge.kind])
        self._source.append(edge.source)
        self._method.append(_METHOD[edge.method])
        self._confidence.append(edge.confidence)

    def __len__(self) -> int:
        return len(self._child)

    def __iter__(self) -> Iterator[Edge]:
        kinds, methods = map(_KINDS.__getitem__, self._kind), map(_METHODS.__getitem__, self._method)
        return map(Edge, self._child, self._parent, kinds, self._source, methods, self._confidence)
