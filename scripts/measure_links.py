"""Measure how well class names alone are linked, on LVIS, whose authors gave each of their classes a synset by hand.

The linker sees the names of LVIS and WordNet, nothing else: no synset, no synonym, no definition, no other dataset.
Prints the share of right links beside that of each name's first sense, and the shares by confidence.

    .venv/bin/python scripts/measure_links.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from taxonomy.concept import Link, Relation, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.linking import Linker
from taxonomy.linking.phrase import parse
from taxonomy.merging import add_wordnet
from taxonomy.sources import shipped, wordnet

_BINS = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01))


def main() -> None:
    """Link the names of LVIS and compare with its synsets."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    lvis = shipped.read("lvis_v1")
    gold = {entry.key: draft.key_of[entry.wnid] for entry in lvis.classes if entry.wnid}
    names = tuple(SourceClass(entry.key, entry.name) for entry in lvis.classes if entry.key in gold)
    links = Linker(draft, wordnet.read_exceptions(), lambda where, what: None).link(Vocabulary(lvis.source, names))
    judged = [(link, link.anchor == gold[entry.key]) for entry, link in zip(names, links, strict=True)]
    first = sum(_first_sense(draft, entry.name) == gold[entry.key] for entry in names)
    pairs = zip(names, judged, strict=True)
    near = sum(right or _is_ancestor(draft, link, gold[entry.key]) for entry, (link, right) in pairs)
    print(
        f"{len(names)} classes of LVIS by name alone: right {sum(right for _, right in judged) / len(names):.3f}, ",
        end="",
    )
    print(f"right or an ancestor {near / len(names):.3f}, first sense {first / len(names):.3f}")
    exact = [(link.confidence, right) for link, right in judged if link.relation is Relation.EXACT]
    for low, high in _BINS:
        within = [(confidence, right) for confidence, right in exact if low <= confidence < high]
        share = sum(right for _, right in within) / len(within)
        mean = sum(confidence for confidence, _ in within) / len(within)
        print(f"exact, confidence {low:.2f} … {min(high, 1):.2f}: {len(within)}, mean {mean:.3f}, right {share:.3f}")


def _first_sense(draft: Draft, name: str) -> int | None:
    senses = draft.named(parse(name).readings[0].form)
    return min(senses, key=lambda sense: sense.sense).concept if senses else None


def _is_ancestor(draft: Draft, link: Link, gold: int) -> bool:
    return link.anchor is not None and link.anchor in draft.above(gold)


if __name__ == "__main__":
    main()
