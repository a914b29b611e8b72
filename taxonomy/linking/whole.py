"""The links of one vocabulary, seen together: no two classes are the same, and no chain of parents leads nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from dataclasses import replace

from taxonomy.concept import Link, Method, Relation
from taxonomy.draft import Draft
from taxonomy.linking.candidates import Match
from taxonomy.linking.rank import Ranking, only

_NAMED = 0.5  # probability from which a class is taken for what it is called
# A class whose first sense another class of the vocabulary has takes the next one if it is at least this likely.
_SECOND_SENSE = 0.2


def keep_reworded_apart(rankings: MutableMapping[str, Ranking], given: Iterable[Link]) -> None:
    """Take no class for what another class is by its very name or id, for a word that may stand for one of its words.

    A *traffic signal* is a traffic light, and the *traffic sign* of a list that has traffic lights is none.

    Args:
        rankings: of the classes, by their keys; changed in place.
        given: links of other classes, which the vocabulary itself gives.
    """
    best = (ranking.candidates[0] for ranking in rankings.values() if ranking.candidates)
    named = {c.name.concept for c, p in best if p >= _NAMED and c.match in (Match.EXACT, Match.SPECIAL)}
    named.update(link.anchor for link in given if link.anchor is not None)
    for key, ranking in rankings.items():
        pairs = ranking.candidates
        kept = [(c, p) for c, p in pairs if c.match is not Match.SYNONYM or c.name.concept not in named]
        if len(kept) < len(pairs):
            rankings[key] = only(ranking, kept)


def keep_apart(draft: Draft, links: dict[str, Link], labels: Mapping[str, str], literal: Collection[str]) -> None:
    """Keep classes apart that the vocabulary keeps apart: only one of them is the concept that several link to.

    The surest stays; another takes its next sense when no class has that, and goes below the concept otherwise.
    Classes of the very same name take different senses where those are likely and stay together otherwise, as do ids
    that the source gives.

    Args:
        draft: the taxonomy so far.
        links: the links by the classes' keys; changed in place.
        labels: normal forms of the classes' names.
        literal: the keys of the classes whose whole name was linked.
    """
    rivals: dict[int, list[str]] = defaultdict(list)
    for key, link in links.items():
        if link.relation is Relation.EXACT and link.anchor is not None:
            rivals[link.anchor].append(key)
    taken = set(rivals)
    for _, keys in sorted(rivals.items()):  # the order of the rows must not matter
        keys.sort(key=lambda key: (-links[key].confidence, labels[key], key))
        whole = [key for key in keys if key in literal]
        winner = whole[0] if whole else None
        for key in keys if len(keys) > 1 else ():
            link = links[key]
            if link.method is Method.GIVEN or key == winner:
                continue
            same = winner is not None and labels[key] == labels[winner]
            likely = [pair for pair in link.alternatives if pair[1] >= _SECOND_SENSE and pair[0] not in taken]
            other = next((pair for pair in likely if same or _is_like(draft, pair[0], link.anchor)), None)
            if other is not None and link.anchor is not None:
                taken.add(other[0])
                rest = tuple(pair for pair in link.alternatives if pair != other)
                rest = ((link.anchor, link.confidence), *rest)
                links[key] = replace(link, anchor=other[0], confidence=other[1], alternatives=rest)
            elif not same:
                links[key] = replace(link, relation=Relation.BROAD)


def _is_like(draft: Draft, concept: int, other: int | None) -> bool:
    """Tell whether two concepts are of one sort, so that a class may mean the one where it does not mean the other."""
    return other is not None and draft.concepts[concept].lexfile == draft.concepts[other].lexfile


def settle(links: dict[str, Link], without_parent: Callable[[str], Link]) -> None:
    """Relink classes whose chain of parents leads nowhere: to an unplaced class, or round in a circle.

    From the top down, so that what is below a relinked class keeps its parent.

    Args:
        links: the links by the classes' keys; changed in place.
        without_parent: links a class without regard to its parent in the vocabulary.
    """
    waiting: dict[str, list[str]] = defaultdict(list)
    for key, link in links.items():
        if link.under:
            waiting[link.under].append(key)
    undecided = {key for below in waiting.values() for key in below}
    for key in [key for key, link in links.items() if not link.under]:
        _decide(key, links, waiting, undecided, without_parent)
    for key in links:
        while key in undecided:
            broken = _on_circle(key, links)
            links[broken] = without_parent(broken)
            _decide(broken, links, waiting, undecided, without_parent)


def _decide(
    top: str,
    links: dict[str, Link],
    waiting: Mapping[str, list[str]],
    undecided: set[str],
    without_parent: Callable[[str], Link],
) -> None:
    """Decide all classes whose chain of parents leads to a class that is decided itself."""
    undecided.discard(top)
    stack = [top]
    while stack:
        above = stack.pop()
        for child in waiting.get(above, ()):
            if child in undecided:
                undecided.discard(child)
                stack.append(child)
                if links[above].relation is Relation.UNPLACED:
                    links[child] = without_parent(child)


def _on_circle(key: str, links: Mapping[str, Link]) -> str:
    """Return a class of the circle that a chain of parents ends in."""
    seen: set[str] = set()
    while key not in seen:
        seen.add(key)
        key = links[key].under
    return key
