"""One name for each concept that no other has, for formats whose readers know classes by their names.

A name that several concepts share is told apart by what they are: "crane (wading bird)", "crane (lifting device)".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from taxonomy.export.hierarchy import Hierarchy
from taxonomy.export.selection import Selection


def unique_names(
    selection: Selection, form: Callable[[str], str] = str.casefold, keys: Collection[int] | None = None
) -> dict[int, str]:
    """Name concepts so that no two names are the same.

    Of concepts that share their English name, the one that is above all the others keeps it; each other gets the
    name of its nearest distinguishing hypernym (see `distinguishing`) in brackets, or else another name of its own, or
    else its id.  A concept whose name is empty is called by its id.

    Args:
        selection: the concepts, with the hierarchy above them.
        form: names are different when what this makes of them is; it may drop characters, but not letters and digits.
        keys: the concepts to name, in the order in which they are given names; those of the selection, in its own.

    Returns:
        The name of each concept by its key, in the order of ``keys``.
    """
    keys = selection.concepts if keys is None else keys
    ids = selection.ids()
    names = {key: own if form(own[0]) else [ids[key], *own[1:]] for key, own in selection.names().items()}
    groups: dict[str, list[int]] = {}
    for key in keys:
        groups.setdefault(form(names[key][0]), []).append(key)
    taken = set(groups)  # so that a made name is not another concept's own
    found: dict[int, str] = {}
    for plain, group in groups.items():
        clues = distinguishing(selection.hierarchy, group) if len(group) > 1 else {}
        for key in group:
            if len(group) == 1 or clues[key] is None:
                found[key] = names[key][0]
                continue
            tried = (*(names[clue][0] for clue in clues[key] or ()), *names[key][1:])
            labels = _labels(names[key][0], (clue for clue in tried if form(clue) != plain), ids[key])
            found[key] = next(label for label in labels if form(label) not in taken)
            taken.add(form(found[key]))
    return {key: found[key] for key in keys}


def distinguishing(hierarchy: Hierarchy, keys: Collection[int]) -> dict[int, list[int] | None]:
    """Find what tells concepts of one name apart: what is above one of them and none of the others.

    Args:
        hierarchy: where their ancestors are.
        keys: the concepts.

    Returns:
        The keys of these ancestors, nearest first, by the key of each concept; None for a concept that is above all
        the others, which is the plain sense of the name.
    """
    above = {key: list(nearest_first(hierarchy, key)) for key in keys}
    counts = Counter(ancestor for ancestors in above.values() for ancestor in ancestors)
    return {
        key: None if counts[key] == len(keys) else [each for each in ancestors[1:] if counts[each] == 1]
        for key, ancestors in above.items()
    }


def nearest_first(hierarchy: Hierarchy, key: int) -> Iterator[int]:
    """Yield a concept and its ancestors, each once."""
    seen = {key}
    level = [key]
    while level:
        yield from level
        parents = (parent for each in level for parent in hierarchy.parents.get(each, ()))
        level = [parent for parent in dict.fromkeys(parents) if parent not in seen]
        seen.update(level)


def _labels(name: str, clues: Iterable[str], id: str) -> Iterator[str]:
    """Yield what a concept may be called, the best first, without end."""
    for clue in (*clues, id):
        yield f"{name} ({clue})"
    number = 2
    while True:
        yield f"{name} ({id}, {number})"
        number += 1
