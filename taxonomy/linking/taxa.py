"""Where a taxon hangs: under what people call its members, never under WordNet's group of them.

WordNet has *Felidae* as a family, which is a group and no animal; the animals are its members (*feline*).  So a
taxon's anchor is the lowest concept above all the members that are organisms themselves.
"""

from __future__ import annotations

import re

from taxonomy.draft import Draft

_ORGANISM = "n00004475"
_TAXONOMIC_GROUP = "n07992450"
_BINOMIAL = re.compile(r"[A-Z][a-z]+ [a-z-]+")


class Taxa:
    """Common-name anchors of the taxonomic groups of a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        # WordNet's only: what a linker knows must not depend on when it was made.
        self._organisms = self._below(_ORGANISM)
        self._groups = self._below(_TAXONOMIC_GROUP)
        self._anchors: dict[int, int | None] = {}

    def _below(self, wnid: str) -> set[int]:
        found = self._draft.below(self._draft.key_of[wnid])
        return {key for key in found if not self._draft.concepts[key].source}

    def anchor(self, name_form: str) -> int | None:
        """Return the key of the concept that holds the organisms of a taxon, or None when WordNet has no such taxon.

        Args:
            name_form: the form of a scientific name, ``felidae`` or ``panthera leo``.
        """
        found = [name.concept for name in self._draft.named(name_form) if name.sense]
        for key in found:
            if key in self._groups and (anchor := self._of_group(key)) is not None:
                return anchor
        return next((key for key in found if key in self._organisms and key not in self._groups), None)

    def is_organism(self, key: int) -> bool:
        """Tell whether a concept is an organism of WordNet's."""
        return key in self._organisms

    def _of_group(self, group: int) -> int | None:
        """Find the lowest concept above the organisms of a group; its sub-groups count where it has none itself."""
        if group not in self._anchors:
            self._anchors[group] = None  # a group that contains itself through a cycle has no anchor
            members = self._draft.members.get(group, ())
            organisms = [key for key in members if key in self._organisms and key not in self._groups]
            if not organisms:
                below = (self._of_group(key) for key in members if key in self._groups)
                organisms = [key for key in below if key is not None]
            self._anchors[group] = self._lowest_common([above for key in organisms for above in self._kind(key)])
        return self._anchors[group]

    def _kind(self, organism: int) -> list[int]:
        """Return the organism, or what is above it when it is one species: another species is beside it, not below.

        A species bears a binomial as a lemma (*cheetah, chetah, Acinonyx jubatus*).
        """
        if not any(_BINOMIAL.fullmatch(name.text) for name in self._draft.names_of(organism)):
            return [organism]
        return [key for key in self._draft.parents[organism] if key in self._organisms] or [organism]

    def _lowest_common(self, keys: list[int]) -> int | None:
        """Return the deepest organism that is each of the keys or above it."""
        if not keys:
            return None
        common = set.intersection(*(self._draft.above(key) for key in keys)) & self._organisms
        return max(common, key=lambda key: (self._draft.depth(key), -key), default=None)
