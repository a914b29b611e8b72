"""What of a knowledge base is read: the part that is wanted, with the ids that WordNet 3.0 knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import Choice


def chosen(entries: Sequence[SourceClass], choice: Choice) -> tuple[SourceClass, ...]:
    """Return the classes that are chosen, in their order; their parents outside of the choice are forgotten.

    Raises:
        InputError: a root is not there.
    """
    keys = {entry.key for entry in entries}
    if missing := [root for root in choice.roots if root not in keys]:
        raise InputError(f"--root {', '.join(missing)}: no such class in the file; give the id of one that is there")
    kept = _below(entries, choice) if choice.roots else keys
    wanted = {*choice.languages}
    return tuple(
        replace(
            entry,
            parents=tuple(key for key in entry.parents if key in kept or not choice.roots),
            types=tuple(key for key in entry.types if key in kept or not choice.roots),
            names=tuple(pair for pair in entry.names if not wanted or pair[0].split("-")[0] in wanted),
        )
        for entry in entries
        if entry.key in kept
    )


def _below(entries: Sequence[SourceClass], choice: Choice) -> set[str]:
    """Return the roots and what is below them, level by level."""
    children: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        for key in (*entry.parents, *(entry.types if choice.instances else ())):
            children[key].append(entry.key)
    kept, level, depth = set(choice.roots), list(choice.roots), 0
    while level and (choice.max_depth is None or depth < choice.max_depth):
        level = [child for key in level for child in children[key] if child not in kept]
        kept.update(level)
        depth += 1
    return kept


def with_wnid(entry: SourceClass) -> SourceClass:
    """Return a class with its id in WordNet 3.0, where it has one in 3.1 that is one synset there too."""
    if entry.wnid or not any(id.startswith("wn31:") for id in entry.ids):
        return entry
    from taxonomy.sources.versions import wn30

    found = {wnid for id in entry.ids if id.startswith("wn31:") and (wnid := wn30(id))}
    return replace(entry, wnid=found.pop()) if len(found) == 1 else entry
