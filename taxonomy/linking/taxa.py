"""Where a taxon hangs: under what people call its members, never under WordNet's group of them.

WordNet has *Felidae* as a family, which is a group and no animal; the animals are its members (*feline*).  So a
taxon's anchor is the lowest concept above the members that are organisms themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from taxonomy.concept import Name
from taxonomy.draft import Draft
from taxonomy.linking.vectors import first_parents
from taxonomy.text import form

_ORGANISM = "n00004475"
_TAXONOMIC_GROUP = "n07992450"
# Young, larva, female, male: a *young bird* is a member of *Aves*, but no kind that holds others.
_STAGES = ("n01321579", "n02311060", "n01320872", "n01321230")
_PERSON = "n00007846"
_KINGDOMS = ("n00015388", "n00017222", "n12992868")  # animal, plant, fungus
_RANKS = ("kingdom", "phylum", "class", "order", "suborder", "superfamily", "family", "subfamily", "tribe", "genus")
_OF_GROUP = re.compile(rf"\b(?:{'|'.join(_RANKS)}|genera) ([A-Z][a-z]+)")
_BINOMIAL = re.compile(r"([A-Z][a-z]+)(?: [a-z-]+){1,2}")


class Taxa:
    """Common-name anchors of the taxonomic groups of a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        # WordNet's only: what a linker knows must not depend on when it was made.
        self._organisms = self._below(_ORGANISM)
        self._groups = self._below(_TAXONOMIC_GROUP)
        self._kinds = self._organisms - self._groups - set().union(*map(self._below, (*_STAGES, _PERSON)))
        self._kingdoms = {draft.key_of[wnid] for wnid in _KINGDOMS if wnid in draft.key_of}
        self._anchors: dict[int, int | None] = {}

    def _below(self, wnid: str) -> set[int]:
        found, stack = {self._draft.key_of[wnid]}, [self._draft.key_of[wnid]]
        while stack:
            key = stack.pop()
            below = (child for child in self._draft.children[key] if not self._draft.concepts[child].source)
            new = [child for child in below if child not in found and (child, key) not in self._draft.later]
            found.update(new)
            stack += new
        return found

    def _ways_up(self, organism: int) -> list[set[int]]:
        """Return the concept and what is above it in WordNet, level by level."""
        levels, seen = [{organism}], {organism}
        while level := {parent for key in levels[-1] for parent in first_parents(self._draft, key)} - seen:
            seen |= level
            levels.append(level)
        return levels

    def _depth(self, organism: int) -> int:
        """Return the length of the shortest way up in WordNet."""
        levels = self._ways_up(organism)
        return next(n for n, level in enumerate(levels) if any(not first_parents(self._draft, key) for key in level))

    def anchor(self, name_form: str, within: int | None = None) -> int | None:
        """Return the key of the concept that holds the organisms of a taxon, or None when WordNet has no such taxon.

        Args:
            name_form: the form of a scientific name, ``felidae`` or ``panthera leo``.
            within: of taxa of one name, which plants and animals share, the one below this concept is taken, and
                none that is in another kingdom.
        """
        found = map(self.of_group, self._groups_named(name_form))
        anchors = [key for key in found if key is not None and not self._is_elsewhere(key, within)]
        if anchors:
            return next((key for key in anchors if within in self._draft.above(key)), anchors[0])
        # Latin names are capitalised, but so are people's: the moths *Balsa* have nothing to do with the tree *balsa*,
        # nor the butterflies *Antigonus* with the king.
        latin = (name.concept for name in self._lemmas(name_form) if name.text[0].isupper())
        kinds = (key for key in latin if key in self._kinds and not self._draft.is_individual(key))
        return next((key for key in kinds if not self._is_elsewhere(key, within)), None)

    def stands_for(self, name_form: str, kingdom: int | None, rank: str = "", place: int | None = None) -> int | None:
        """Return the organism that a group is as a whole, *feline* for *Felidae*; None when no single one is.

        Args:
            name_form: the form of a scientific name.
            kingdom: as ``within`` of `anchor`.
            rank: of the taxon; a genus and a higher group of one name are two.
            place: of several groups of that name the one in line with this organism: the squids are *Decapoda* too.
        """
        groups = self._ranked(name_form, rank)
        found = [key for key in map(self._whole, groups) if key is not None and not self._is_elsewhere(key, kingdom)]
        if place is not None and len(groups) > 1:
            found = [key for key in found if self._draft.is_related(key, place)]
        return next(iter(found), None)

    def covering(self, name_form: str, kingdom: int | None, rank: str = "") -> list[int]:
        """Return the lowest organisms above all members of the groups of a name (*gecko* of *Gekkonidae*).

        Arguments as `stands_for`.
        """
        found = (self.of_group(group) for group in self._ranked(name_form, rank))
        return [key for key in found if key is not None and not self._is_elsewhere(key, kingdom)]

    def _ranked(self, name_form: str, rank: str) -> list[int]:
        return [group for group in self._groups_named(name_form) if self._has_rank(group, rank)]

    def _has_rank(self, group: int, rank: str) -> bool:
        """Tell whether a group may be of a rank: WordNet's names say (*family Felidae*), and a genus stays one."""
        own = {name.form.split(" ")[0] for name in self._draft.names_of(group) if name.sense}.intersection(_RANKS)
        return not own or not rank or rank == "no rank" or ("genus" in own) == (rank == "genus")

    def _whole(self, group: int) -> int | None:
        members = self._draft.members.get(group, ())
        organisms = [key for key in members if key in self._kinds]
        if (namesake := self._namesake(group, organisms)) is not None:
            return namesake
        kinds = [key for key in organisms if not self._is_species(key)]
        words = {name.text.split(" ")[-1] for name in self._draft.names_of(group) if name.sense}
        for tells in (self._is_eponym, self._is_said):
            if len(found := [key for key in kinds if tells(key, words)]) == 1:
                return found[0]
        covering = self.of_group(group)
        has_groups = any(key in self._groups for key in members)
        return covering if covering in kinds and (len(kinds) > 1 or not has_groups) else None

    def _is_eponym(self, organism: int, group_words: Iterable[str]) -> bool:
        """Tell whether a name is made of its group's: *pierid* of *Pieridae*, *composite plant* of *Compositae*."""
        firsts = [name.form.split(" ") for name in self._draft.names_of(organism) if name.sense]
        return any(
            len(words) < 3 and _shared(words[0], group.lower()) >= max(4, len(group) - 5, len(words[0]) - 3)
            for words in firsts
            for group in group_words
        )

    def _is_said(self, organism: int, group_words: Iterable[str]) -> bool:
        """Tell whether a gloss says so: "any of various butterflies of the family Pieridae"."""
        said = _OF_GROUP.findall(self._draft.concepts[organism].definition)
        return any(word in group_words for word in said)

    def _is_elsewhere(self, key: int, kingdom: int | None) -> bool:
        """Tell whether an organism is in another kingdom.  What WordNet puts in none (red algae) may be in any."""
        return kingdom in self._kingdoms and bool(self._draft.above(key) & (self._kingdoms - {kingdom}))

    def is_organism(self, key: int) -> bool:
        """Tell whether a concept is an organism of WordNet's."""
        return key in self._organisms

    def is_group(self, key: int) -> bool:
        """Tell whether a concept is one of WordNet's taxonomic groups (*Felidae*), which are no organisms."""
        return key in self._groups

    def _lemmas(self, name_form: str) -> list[Name]:
        return [name for name in self._draft.named(name_form) if name.sense]

    def _groups_named(self, name_form: str) -> list[int]:
        """Return the groups of that name; many genera only have it with the word before it (*genus Agave*)."""
        names = [*self._lemmas(name_form), *self._lemmas(f"genus {name_form}")]
        return [name.concept for name in names if name.concept in self._groups]

    def of_group(self, group: int) -> int | None:
        """Return the key of the lowest concept above the organisms of a group, or None for what is no group.

        Sub-groups count where a group has no organisms itself.
        """
        if group not in self._groups:
            return None
        if group not in self._anchors:
            self._anchors[group] = None  # a group that contains itself through a cycle has no anchor
            members = self._draft.members.get(group, ())
            organisms = [key for key in members if key in self._kinds]
            if not organisms:
                below = (self.of_group(key) for key in members if key in self._groups)
                organisms = [key for key in below if key is not None]
            self._anchors[group] = self._namesake(group, organisms) or self._lowest_above(organisms)
        return self._anchors[group]

    def _namesake(self, group: int, organisms: Sequence[int]) -> int | None:
        """Return the organism that bears the name of its group and is no single species: *veronica* of *Veronica*."""
        names = {name.form.removeprefix("genus ") for name in self._draft.names_of(group) if name.sense}
        for key in organisms:
            if any(name.sense and name.form in names for name in self._draft.names_of(key)):
                return None if self._is_species(key) else key
        return None

    def _lowest_above(self, organisms: Sequence[int]) -> int | None:
        """Return the deepest organism that stands above each of the organisms."""
        above = [set().union(*self._ways_up(key)) & self._organisms for key in organisms]
        # Another species is beside a species, not below.
        above = [found - {key} if self._is_species(key) else found for key, found in zip(organisms, above, strict=True)]
        common = set.intersection(*above) if above else set()
        return max(common, key=lambda key: (self._depth(key), -key), default=None)

    def _is_species(self, organism: int) -> bool:
        """Tell whether a binomial is a lemma of an organism (*cheetah, chetah, Acinonyx jubatus*)."""
        binomials = (_BINOMIAL.fullmatch(name.text) for name in self._draft.names_of(organism) if name.sense)
        return any(self._groups_named(form(match[1])) for match in binomials if match)


def _shared(one: str, other: str) -> int:
    """Return how many letters two words share from their beginning."""
    differing = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))
