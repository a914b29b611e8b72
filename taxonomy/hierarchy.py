"""The order of a hierarchy that is still a list of classes."""

from __future__ import annotations

from collections.abc import Sequence

from taxonomy.concept import SourceClass


def parents_first(entries: Sequence[SourceClass]) -> list[SourceClass]:
    """Return classes in an order in which none stands before a parent or a type of it, else in the order given.

    Those of a circle, which repair leaves none of, come last.
    """
    place = {entry.key: at for at, entry in enumerate(entries)}
    above = [[place[key] for key in dict.fromkeys(e.parents or e.types) if key in place] for e in entries]
    waiting = [len(parents) for parents in above]
    below: list[list[int]] = [[] for _ in entries]
    for at, parents in enumerate(above):
        for parent in parents:
            below[parent].append(at)
    done = bytearray(len(entries))
    ordered: list[SourceClass] = []
    for start in range(len(entries)):
        stack = [start] if not waiting[start] and not done[start] else []
        while stack:
            at = stack.pop()
            done[at] = 1
            ordered.append(entries[at])
            for child in reversed(below[at]):
                waiting[child] -= 1
                if not waiting[child]:
                    stack.append(child)
    return ordered + [entry for at, entry in enumerate(entries) if not done[at]]


def is_acyclic(entries: Sequence[SourceClass]) -> bool:
    """Tell whether no class is above itself."""
    place = {entry.key: at for at, entry in enumerate(parents_first(entries))}
    return all(place.get(key, -1) < place[entry.key] for entry in entries for key in entry.parents or entry.types)


def is_forest(entries: Sequence[SourceClass]) -> bool:
    """Tell whether no class has several parents, or a type, and none is above itself: nothing is to be repaired."""
    above = {entry.key: entry.parents[0] for entry in entries if entry.parents}
    if any(entry.types or len(entry.parents) > 1 for entry in entries):
        return False
    if not above.keys() <= (keys := {entry.key for entry in entries}) or not keys.issuperset(above.values()):
        return False
    way: dict[str, str] = {}  # each class that was passed to the class where the walk began
    for start in above:
        key = start
        while key in above and key not in way:
            way[key] = start
            key = above[key]
        if way.get(key) == start and key in above:
            return False
    return True
