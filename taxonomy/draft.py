"""The taxonomy in memory while it is being made: rows that are only ever appended, and look-ups over them.

Linking reads it, merging appends to it, the store loads and saves it.  Concepts are integers here: a concept's key is
its place in the order of first appearance, so the same sources in the same order give the same keys.
"""

from __future__ import annotations

import gc
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from taxonomy.concept import (
    HIERARCHY,
    Concept,
    Decision,
    Edge,
    EdgeKind,
    Identifier,
    Mark,
    Method,
    Name,
    Placement,
    Source,
)
from taxonomy.edges import Edges
from taxonomy.errors import InputError
from taxonomy.text import fold, form, is_english

_TELLING = 10  # names, fewer than which tell little of what is meant by each, even when a dataset has them all
_DEEP = 4
_BY_NAME = (Method.EXACT, Method.HEAD, Method.EMBEDDING, Method.DOMAIN)


@contextmanager
def without_collector() -> Iterator[None]:
    """Spare the collector of cycles, which would go over a million records of a draft again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Draft:
    """Append-only rows of the taxonomy with the indexes that linking and merging need.

    Attributes:
        sources: the sources in merge order; 0 is WordNet.
        concepts, names, edges, identifiers: the rows.
        placements: of the classes of each source.
        key_of: concept id or other identifier to key.
        parents, children: hierarchy neighbours (is-a and instance-of) of each key.
        later: (child, parent) of the hierarchy's edges that a later source than those of both concepts gave.
        members: for each key, the concepts that are members of it (species of a genus).
        wholes: for each key that has any, the concepts that it is a part of.
        held: for each concept, the positions of the datasets that have a class that is it, ascending.
        classes: folded name (`taxonomy.text.fold`) to (source, concept) of every placed class that bears it.
        cuts: place in `edges` to the reason, of the hierarchy's edges that count no more.
        repairs: places of those of the cuts that repair made, when their source was merged; the others are people's.
        decisions: what people decided and is in force, by the position of the source that it is about.
        marks: of every concept, in the order of their keys, once the whole is marked.
    """

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.concepts: list[Concept] = []
        self.names: list[Name] = []
        self.edges = Edges()
        self.identifiers: list[Identifier] = []
        self.placements: list[Sequence[Placement]] = []
        self.key_of: dict[str, int] = {}
        self.parents: list[list[int]] = []
        self.children: list[list[int]] = []
        self.later: set[tuple[int, int]] = set()
        self.members: dict[int, list[int]] = defaultdict(list)
        self.wholes: dict[int, list[int]] = {}
        self.cuts: dict[int, str] = {}
        self.repairs: set[int] = set()
        self.decisions: dict[int, tuple[Decision, ...]] = {}
        self.marks: list[Mark] = []
        self.held: dict[int, list[int]] = defaultdict(list)
        self.classes: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._known: dict[int, tuple[set[str], set[int]]] = defaultdict(lambda: (set(), set()))
        self._own: dict[int, tuple[dict[str, int], int]] = {}  # of those asked for, with how many children it knows
        self._individuals: set[int] = set()
        self._vague: set[int] = set()
        # Most forms are of one name, and most taxa have one: a number alone takes a third of a list's memory.
        # Of the names of a concept the first (-1 for none), and all where there are several.
        # English names, and those in other languages: German *Gift* is no gift.
        self._by_form: dict[str, int | list[int]] | None = {}
        self._name_of = array("i")
        self._names_of: dict[int, list[int]] = {}
        self._foreign: dict[str, int | list[int]] = {}
        self._translations: dict[int, int | list[int]] = {}

    # Appending

    def add_source(self, source: Source) -> int:
        """Append a source and return its position.

        Raises:
            InputError: a source of that name is there already.
        """
        if any(known.name == source.name for known in self.sources):
            raise InputError(f"{source.name} is in the taxonomy already; remove it first, or give another --name")
        self.sources.append(source)
        return len(self.sources) - 1

    def add_concept(self, concept: Concept) -> int:
        """Append a concept and return its key."""
        key = len(self.concepts)
        self.key_of[concept.id] = key
        self.concepts.append(concept)
        self.parents.append(_NONE)
        self.children.append(_NONE)
        self._name_of.append(-1)
        return key

    def add_name(self, name: Name) -> None:
        """Append a name."""
        place = len(self.names)
        ours = is_english(name.language)
        by_form = self._forms if ours else self._foreign
        if (known := by_form.setdefault(name.form, place)) is not place:
            by_form[name.form] = _with(known, place)
        if not ours:
            if (known := self._translations.setdefault(name.concept, place)) is not place:
                self._translations[name.concept] = _with(known, place)
        elif (first := self._name_of[name.concept]) < 0:
            self._name_of[name.concept] = place
        else:
            self._names_of.setdefault(name.concept, [first]).append(place)
        self.names.append(name)

    def add_edge(self, edge: Edge) -> None:
        """Append an edge."""
        self.edges.append(edge)
        if edge.kind in HIERARCHY:
            self._put_below(edge.child, edge.parent)
            child = self.concepts[edge.child]
            if edge.source > max(child.source, self.concepts[edge.parent].source):
                self.later.add((edge.child, edge.parent))
            elif edge.kind is EdgeKind.INSTANCE_OF:
                self._individuals.add(edge.child)
            if child.source and edge.method in _BY_NAME and len(self.parents[edge.child]) == 1:
                self._vague.add(edge.child)
        elif edge.kind is EdgeKind.MEMBER_OF:
            self.members[edge.parent].append(edge.child)
        elif edge.kind is EdgeKind.PART_OF:
            self.wholes.setdefault(edge.child, []).append(edge.parent)

    def _put_below(self, child: int, parent: int) -> None:
        """Note neighbours; most concepts are leaves, and what has one parent shares the list with its siblings."""
        above, below = self.parents[child], self.children[parent]
        if above:
            self.parents[child] = [*above, parent]
        else:
            beside = self.parents[below[0]] if below else _NONE
            self.parents[child] = beside if beside == [parent] else [parent]
        if below:
            below.append(child)
        else:
            self.children[parent] = [child]

    def cut(self, child: int, parent: int, reason: str) -> None:
        """Take the edges of the hierarchy between two concepts out of it; the rows stay."""
        for place, edge in enumerate(self.edges):
            if (edge.child, edge.parent) == (child, parent) and edge.kind in HIERARCHY and place not in self.cuts:
                self.cuts[place] = reason
                self.parents[child] = _without(self.parents[child], parent)
                self.children[parent] = _without(self.children[parent], child)
                self._own.pop(parent, None)

    def add_repair(self, edge: Edge, reason: str) -> None:
        """Append an edge that a source gives and repair cuts: it is kept, and counts no more."""
        self.repairs.add(len(self.edges))
        self.cuts[len(self.edges)] = reason
        self.edges.append(edge)

    def add_identifier(self, identifier: Identifier) -> None:
        """Append another id of a concept; the first source to claim an id keeps it."""
        if identifier.id not in self.key_of:
            self.key_of[identifier.id] = identifier.concept
            self.identifiers.append(identifier)

    def add_class(self, source: int, name: str, label: str, concept: int, *, sure: bool) -> None:
        """Note that a class of this name, and of this form in plain writing, is a concept.

        ``sure``: by an id beside a name that the dataset chose, or because the name has no other meaning.
        """
        if source not in self.held[concept]:
            self.held[concept].append(source)
        names, concepts = self._known[source]
        for key in dict.fromkeys((fold(form(name)), fold(label))):
            self.classes[key].append((source, concept))
            names.add(key)
        if sure:
            concepts.add(concept)

    # Looking up

    def named(self, text_form: str) -> list[Name]:
        """Return every English name with that form, in the order of appearance."""
        return self._at((self._by_form or self._forms).get(text_form))

    @property
    def _forms(self) -> dict[str, int | list[int]]:
        """The English names by their forms, made anew when they were forgotten."""
        if self._by_form is None:
            self._by_form = {}
            for place, name in enumerate(self.names):
                if is_english(name.language) and (known := self._by_form.setdefault(name.form, place)) is not place:
                    self._by_form[name.form] = _with(known, place)
        return self._by_form

    def forget_forms(self) -> None:
        """Let go of the index of names, which takes much memory and is hardly needed when all is linked."""
        self._by_form = None

    def own(self, parent: int, text_form: str) -> int | None:
        """Return the first concept right below another that bears that name and that WordNet does not have."""
        named, seen = self._own.get(parent, ({}, 0))
        for child in self.children[parent][seen:]:
            if self.concepts[child].source:
                named.setdefault(form(self.concepts[child].name), child)
        self._own[parent] = named, len(self.children[parent])
        return named.get(text_form)

    def foreign(self, text_form: str) -> list[Name]:
        """Return every name in another language with that form, in the order of appearance."""
        return self._at(self._foreign.get(text_form))

    def names_of(self, key: int) -> list[Name]:
        """Return every English name of a concept, in the order of appearance; all that it has where it has none."""
        place = self._name_of[key]
        return self._at(self._names_of.get(key, place)) if place >= 0 else self.translations(key)

    def translations(self, key: int) -> list[Name]:
        """Return every name of a concept in another language, in the order of appearance."""
        return self._at(self._translations.get(key))

    def _at(self, places: int | list[int] | None) -> list[Name]:
        if places is None:
            return []
        names = self.names
        return [names[places]] if isinstance(places, int) else [names[place] for place in places]

    def find(self, text: str) -> int | None:
        """Return the key of the concept that a wnid, a CURIE or a sense name stands for, or None."""
        key = self.key_of.get(text)
        return self.sense(text) if key is None else key

    def sense(self, text: str) -> int | None:
        """Return the key of a sense name such as ``dog.n.01``, or None."""
        lemma, dot, number = text.rpartition(".n.")
        if not dot or not number.isdigit():
            return None
        wanted = form(lemma)
        # Lemmas that differ in case or hyphens only share a form: the exact writing goes first.
        found = [name for name in self.named(wanted) if name.sense == int(number)]
        exact = lemma.replace("_", " ").lower()
        found.sort(key=lambda name: name.text.lower() != exact)
        return found[0].concept if found else None

    def is_individual(self, key: int) -> bool:
        """Tell whether a concept is an instance of another (Paris), rather than a kind."""
        return key in self._individuals

    def is_vague(self, key: int) -> bool:
        """Tell whether a concept is a dataset's that the linker could only place below something broader."""
        return key in self._vague

    def below(self, key: int) -> set[int]:
        """Return the concept and all its descendants."""
        seen, stack = {key}, [key]
        while stack:
            for child in self.children[stack.pop()]:
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        return seen

    def above(self, key: int) -> set[int]:
        """Return the concept and all its ancestors."""
        seen, stack = {key}, [key]
        while stack:
            for parent in self.parents[stack.pop()]:
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return seen

    def kinship(self, names: Collection[str], own: str = "") -> dict[int, float]:
        """Return for each concept that a dataset surely holds what share of the names the most similar of these has.

        Who lists mostly what a dataset lists means by *mouse* what that dataset shows.

        Args:
            names: folded names (`taxonomy.text.fold`) of a vocabulary.
            own: name of its source, which is no witness of itself.
        """
        shares: dict[int, float] = {}
        for source, (held, concepts) in self._known.items():
            if self.sources[source].name == own:
                continue
            share = sum(name in held for name in names) / max(len(names), _TELLING)
            for concept in concepts if share else ():
                shares[concept] = max(share, shares.get(concept, 0.0))
        return shares

    def is_related(self, one: int, other: int) -> bool:
        """Tell whether two concepts are the same or one is above the other."""
        return other in self.above(one) or one in self.above(other)

    def likeness(self, one: int, other: int) -> float:
        """Return the similarity of two concepts by how deep what they have in common is (Wu & Palmer 1994)."""
        common = self.above(one) & self.above(other)
        deepest = max(map(self.depth, common), default=0)
        return 2 * deepest / ((self.depth(one) + self.depth(other)) or 1)

    def is_telling(self, key: int) -> bool:
        """Tell whether a concept is deep enough to say what sort of thing something is: an artifact, no mere whole."""
        return self.depth(key) >= _DEEP

    def depth(self, key: int) -> int:
        """Return the length of the shortest way up to a root."""
        level, seen, steps = {key}, {key}, 0
        while all(self.parents[k] for k in level):
            level = {parent for k in level for parent in self.parents[k]} - seen
            seen |= level
            steps += 1
        return steps


_NONE: list[int] = []  # the neighbours of what has none, which is never changed


def _without(keys: list[int], key: int) -> list[int]:
    """Return a list without the first that is a key."""
    at = keys.index(key)
    return keys[:at] + keys[at + 1 :]


def _with(places: int | list[int], place: int) -> list[int]:
    """Append a place to one or several."""
    if isinstance(places, int):
        return [places, place]
    places.append(place)
    return places
