"""The JSON of Bamboo's label system: the concepts of the chosen datasets and all their ancestors.

Zhang et al., "Bamboo: Building Mega-Scale Vision Dataset Continually with Human-Machine Synergy", arXiv
2203.07845; keys and shapes as the authors' README and public code that reads ``bamboo_V4.json`` take them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from taxonomy.concept import State
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.selection import Selection
from taxonomy.text import counted

# The authors' states 0 (no), 1 (yes) and 2 (unknown): issues 2 and 8 of github.com/ZhangYuanhan-AI/Bamboo.
_VISUAL = {State.VISUAL: (1, 1), State.UNCOMMON: (1, 0), State.NON_VISUAL: (0, 0)}
_UNKNOWN = (2, 2)


def _write(selection: Selection, out: TextIO) -> Report:
    ids, names, definitions = selection.ids(), selection.names(), selection.definitions()
    states = selection.states()
    chinese, holders, hierarchy = selection.names("zh"), selection.holders(), selection.hierarchy
    closed = hierarchy.above(selection.concepts)
    keys = [key for key in hierarchy.walk if key in closed]
    # A leaf is no father and a root no child: readers of the authors' file test for the key, then take [0].
    # A closed set has all parents of its concepts, so the two directions mirror each other.
    children = {key: [child for child in hierarchy.children.get(key, ()) if child in closed] for key in keys}
    parents = {key: hierarchy.parents[key] for key in keys if key in hierarchy.parents}
    own, edges = len(selection.concepts), sum(map(len, parents.values()))
    system = {
        "father2child": {ids[key]: [ids[k] for k in below] for key, below in children.items() if below},
        "child2father": {ids[key]: [ids[k] for k in above] for key, above in parents.items()},
        "id2name": {ids[key]: names[key] for key in keys},
        "id2desc": {ids[key]: definitions[key] for key in keys},
        "id2name_zh": {ids[key]: chinese.get(key, []) for key in keys},
        "id2desc_zh": {ids[key]: "" for key in keys},
        "id2state": {ids[key]: _state(states.get(key), holders.get(key, ())) for key in keys},
    }
    json.dump(system, out, ensure_ascii=False)
    out.write("\n")
    datasets = counted(len(selection.datasets), "dataset")
    return Report(
        counted(len(keys), "concept"),
        (f"{own:,} of {datasets}, {len(keys) - own:,} only above them; {counted(edges, 'edge')}",),
    )


def _state(state: str | None, holders: Sequence[str]) -> dict[str, object]:
    """Return what Bamboo says of a concept: the datasets that hold it, whether it is visual, and commonly so."""
    visual, common = _VISUAL[State(state)] if state else _UNKNOWN
    return {"academic": list(holders), "visual": visual, "common": common}


EXPORTERS = (
    Exporter(
        name="bamboo",
        summary="JSON of Bamboo's label system: the concepts with all their ancestors",
        loses="is-a and instance-of become one; parts, sources, scores and safety of marks",
        write=_write,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.SYNONYMS, Keeps.DEFINITIONS, Keeps.MARKS}),
    ),
)
