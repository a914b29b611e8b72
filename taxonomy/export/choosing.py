"""The steps that narrow the concepts of an export to the classes that a user wants, each with what it leaves out.

A class that is too deep or has too few images becomes one with the class above it, which then *stands* for it; what
other steps leave out is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from taxonomy.errors import AmbiguousError, InputError
from taxonomy.export.hierarchy import Hierarchy
from taxonomy.store.read import Taxonomy
from taxonomy.text import counted

_MOST_NAMED = 4


@dataclass(slots=True)
class Narrowing:
    """Concepts that grow fewer step by step.

    Attributes:
        concepts: the keys that are left, parents before children.
        stands: the concept that stands for one that became one with it, by their keys.
        remarks: what each step left, a line each.
    """

    concepts: tuple[int, ...]
    stands: dict[int, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def drop(self, step: str, keys: Collection[int], hint: str) -> None:
        """Leave concepts out, with all that they stand for.

        Args:
            step: the option that asks for it.
            keys: the concepts, and perhaps others.
            hint: what to do when none is left.

        Raises:
            InputError: none is left.
        """
        self._leave(step, tuple(key for key in self.concepts if key not in keys), hint)

    def add(self, step: str, concepts: tuple[int, ...]) -> None:
        """Take in concepts.

        Args:
            step: the option that asks for it.
            concepts: those that are there and the new ones, parents before children.
        """
        if more := len(concepts) - len(self.concepts):
            self.remarks.append(f"{step} took {more:,} in, above {_concepts(self.concepts)}")
        self.concepts = concepts

    def merge(self, step: str, into: Mapping[int, int | None], hint: str) -> None:
        """Make concepts one with others.

        Args:
            step: the option that asks for it.
            into: what each becomes one with, which stays; None to leave it out.
            hint: what to do when none is left.

        Raises:
            InputError: none is left.
        """
        stands = {key: stand for key, stand in into.items() if stand is not None}
        self.stands = {key: stands.get(stand, stand) for key, stand in self.stands.items()} | stands
        more = f", {len(stands):,} became one with a class above" if stands else ""
        self._leave(step, tuple(key for key in self.concepts if key not in into), hint, more)

    def _leave(self, step: str, kept: tuple[int, ...], hint: str, more: str = "") -> None:
        if not kept:
            raise InputError(f"nothing to export: {step} left 0 of {_concepts(self.concepts)}; {hint}")
        if len(kept) < len(self.concepts):
            self.remarks.append(f"{step} left {len(kept):,} of {_concepts(self.concepts)}{more}")
        self.concepts, there = kept, set(kept)
        self.stands = {key: stand for key, stand in self.stands.items() if stand in there}


def roots(taxonomy: Taxonomy, texts: Iterable[str]) -> tuple[set[int], list[str]]:
    """Return the keys of the concepts that a user named, and a remark on each name that has others.

    Raises:
        NotFoundError: there is none of that name.
        AmbiguousError: a name has several serious ones.
    """
    keys: set[int] = set()
    remarks: list[str] = []
    for text in texts:
        try:
            concept, others = taxonomy.resolve(text)
        except AmbiguousError as error:
            message = f"--root {text} means several concepts; give one by its id"
            raise AmbiguousError(message, error.candidates) from None
        keys.add(concept.key)
        if others:
            named = ", ".join(other.sense_name or other.id for other in others[:_MOST_NAMED])
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            meant = f"{concept.id} {concept.sense_name or concept.name}"
            remarks.append(f"--root {text} = {meant}; not {named}{more} (give an id for others)")
    return keys, remarks


def too_deep(concepts: Collection[int], hierarchy: Hierarchy, most: int) -> dict[int, int | None]:
    """Return the concepts with more than so many of the others in a line above them, and what each becomes one with.

    That is the lowest above it that stays, in the tree of `Hierarchy.tree`, whose chains are the longest there are.
    """
    depths: dict[int | None, int] = {None: -1}
    into: dict[int, int | None] = {}
    for key, parent in hierarchy.tree(concepts).items():
        depths[key] = depths[parent] + 1
        if parent is not None and depths[key] > most:
            into[key] = into.get(parent, parent)
    return into


def too_few(
    concepts: Collection[int], hierarchy: Hierarchy, images: Mapping[int, int], least: int
) -> dict[int, int | None]:
    """Return the concepts with too few images, and what each becomes one with: None where nothing is above it.

    From the bottom up, so that a class has the images of those that became one with it; each goes to one parent only,
    that of `Hierarchy.tree`, so that no image counts twice.

    Args:
        concepts: the classes.
        hierarchy: what is above them.
        images: of each class that has any.
        least: how many a class must have.
    """
    tree = hierarchy.tree(concepts)
    totals = {key: images.get(key, 0) for key in tree}
    into: dict[int, int | None] = {}
    for key, parent in reversed(tree.items()):
        if totals[key] < least:
            into[key] = parent
            if parent is not None:
                totals[parent] += totals[key]
    for key in tree:  # what it went to may have gone too; parents come first
        if (stand := into.get(key)) is not None and stand in into:
            into[key] = into[stand]
    return into


def above_others(concepts: Collection[int], hierarchy: Hierarchy) -> set[int]:
    """Return the concepts that are above another one, among others."""
    return hierarchy.above({parent for key in concepts for parent in hierarchy.parents.get(key, ())})


def _concepts(keys: Collection[int]) -> str:
    return counted(len(keys), "concept")
