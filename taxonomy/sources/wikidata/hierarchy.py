"""Which items of Wikidata are read: what is below the chosen roots, without what is no category of things.

Items are numbers here (144 for Q144), for there are ten million edges.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from taxonomy.sources._format import Choice, Note, Report

__all__ = ["CUT", "Hierarchy", "Items", "number", "report_cut"]

_ITEM = re.compile(r"Q[1-9][0-9]{0,8}")

# What is an instance of one of these is about Wikimedia's own pages, or a class whose instances are classes ("taxonomic
# rank"); neither is a category of things.  They are left out themselves, too.  Only statements count, not inference:
# the subclasses of "second-order class" take in half of what is in the world.  "Variable-order class" is not among
# them, for "entity" is an instance of it.
CUT = {
    4167410: "Wikimedia disambiguation page",
    22808320: "Wikimedia human name disambiguation page",
    15407973: "Wikimedia disambiguation category",
    13406463: "Wikimedia list article",
    33532284: "Wikimedia list of lists",
    19692233: "Wikimedia list of persons",
    98645843: "Wikimedia music-related list",
    15623926: "Wikimedia set index article",
    12139612: "list",
    4167836: "Wikimedia category",
    15647814: "Wikimedia administration category",
    104370472: "Wikimedia films-by-language category",
    11266439: "Wikimedia template",
    11753321: "Wikimedia navigational template",
    19887878: "Wikimedia infobox template",
    15184295: "Wikimedia module",
    14204246: "Wikimedia project page",
    15138389: "Wikimedia article page",
    17362920: "Wikimedia duplicated page",
    21286738: "Wikimedia permanent duplicate item",
    21528878: "Wikimedia redirect page",
    17442446: "Wikimedia internal item",
    17379835: "Wikimedia page outside the main knowledge tree",
    35252665: "Wikimedia non-main namespace",
    18340550: "Wikimedia timeline article",
    104635718: "Wikimedia artist discography",
    17633526: "Wikinews article",
    19478619: "metaclass",
    19361238: "Wikidata metaclass",
    23960977: "(meta)class",
    24017414: "second-order class",
    24017465: "third-order class",
    24027474: "fourth-order class",
    103994247: "medical metaclass",
    103997018: "direct anatomical metaclass",
    103997133: "indirect anatomical metaclass",
}


def number(key: str) -> int:
    """Return the number of an item, 0 for what is no item (a property, a lexeme).

    >>> number("Q144"), number("P279"), number("Q")
    (144, 0, 0)
    """
    return int(key[1:]) if _ITEM.fullmatch(key) else 0


class Items:
    """A set of items that takes one bit for each that there is, to be handed to other processes."""

    def __init__(self, mask: Any) -> None:
        import numpy as np

        self._bits = np.packbits(mask, bitorder="little").tobytes()

    def __bool__(self) -> bool:
        return bool(self._bits.strip(b"\0"))

    def __contains__(self, item: int) -> bool:
        byte = item >> 3
        return byte < len(self._bits) and bool(self._bits[byte] >> (item & 7) & 1)

    def __iter__(self) -> Iterator[int]:
        import numpy as np

        yield from np.flatnonzero(np.unpackbits(np.frombuffer(self._bits, np.uint8), bitorder="little")).tolist()


class Hierarchy:
    """The edges of a dump, from which those of the chosen part are found.

    Attributes:
        cut: of the classes that `chosen` left out, how many there are for each of `CUT`.
        top: of what `chosen` returned, that which has no superclass itself.
    """

    top: Items

    def __init__(self) -> None:
        self.cut: Counter[int] = Counter()
        self._left_out: dict[int, int] = {}
        self._children, self._parents = array("q"), array("q")
        self._instances, self._classes = array("q"), array("q")

    def add(self, child: int, parents: Iterable[int]) -> None:
        """Add the superclasses, and the parent taxa, of an item."""
        for parent in parents:
            self._children.append(child)
            self._parents.append(parent)

    def add_types(self, item: int, types: Iterable[int], *, instances: bool) -> None:
        """Add what an item is an instance of; with ``instances`` it is read when one of these is."""
        for kind in types:
            if kind in CUT:
                self._left_out.setdefault(item, kind)
            elif instances:
                self._instances.append(item)
                self._classes.append(kind)

    def chosen(self, choice: Choice) -> tuple[Items, list[str]]:
        """Return what is to be read, and the roots that nothing is said of.

        Without roots that is all that has or is a superclass.
        """
        import numpy as np

        children, parents = (np.frombuffer(side, np.int64) for side in (self._children, self._parents))
        instances, classes = (np.frombuffer(side, np.int64) for side in (self._instances, self._classes))
        roots = [number(root.removeprefix("wd:")) for root in choice.roots]
        size = 1 + max((int(side.max()) for side in (children, parents, instances, classes) if len(side)), default=0)
        allowed = np.ones(max(size, 1 + max(roots, default=0)), bool)
        allowed[[item for item in (*CUT, *self._left_out, 0) if item < len(allowed)]] = False
        known = np.zeros(len(allowed), bool)
        known[children] = True
        top = ~known
        known[parents] = True
        self.cut = Counter(kind for item, kind in self._left_out.items() if item < len(known) and known[item])
        sound = allowed[children] & allowed[parents]
        children, parents = children[sound], parents[sound]
        kept = np.zeros(len(allowed), bool)
        if roots:
            kept[roots] = True
            kept[0] = False
            _spread(kept, children, parents, choice.max_depth)
        else:
            kept[children] = kept[parents] = True
        if len(instances):
            kept[instances[kept[classes] & allowed[instances]]] = True
        self.top = Items(kept & top)
        missing = [text for text, root in zip(choice.roots, roots, strict=True) if not (root and known[root])]
        return Items(kept), missing


def _spread(kept: Any, children: Any, parents: Any, depth: int | None) -> None:
    """Mark all below what is marked, level by level."""
    import numpy as np

    order = np.argsort(parents, kind="stable")
    children, parents = children[order], parents[order]
    level = np.flatnonzero(kept)
    while len(level) and depth != 0:
        first, last = np.searchsorted(parents, level), np.searchsorted(parents, level, "right")
        count = last - first
        # The places of all children of the level: a run from `first` on for each parent.
        places = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        level = np.unique(children[places])
        level = level[~kept[level]]
        kept[level] = True
        depth = None if depth is None else depth - 1


def report_cut(where: str, cut: Counter[int], report: Report) -> None:
    """Report how many items were left out, once for each class that they are instances of."""
    for kind, count in cut.most_common():
        items = "1 instance" if count == 1 else f"{count} instances"
        report(where, Note(f"{items} of Q{kind} ({CUT[kind]}) left out: no category of things"))
