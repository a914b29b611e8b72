"""The links of classes to concepts as SSSOM/TSV, the standard for mappings; subjects are classes, objects concepts.

``predicate_id`` is the relation of the link (``skos:broadMatch``: the concept is broader), ``mapping_justification``
and ``other`` say how it was found, ``confidence`` how sure it is.  A class that was left out is under the concept that
stands for it.  The ids are CURIEs, whose prefixes the ``curie_map`` gives; the IRIs are those of `taxonomy.iri`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from taxonomy import sssom
from taxonomy._version import __version__
from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Graph
from taxonomy.export.selection import Selection
from taxonomy.iri import OURS, escaped
from taxonomy.text import counted

_MOST_NAMED = 9
_SLOTS = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification"),
    *("subject_source", "subject_source_version", "confidence", "other"),
)


def _write(selection: Selection, out: TextIO) -> Report:
    graph = Graph(selection)
    names = {
        key: name for key, name in selection.taxonomy.execute("SELECT key, name FROM concept") if key in graph.kept
    }
    origins = {origin.position: origin for origin in graph.origins()}
    prefixes = {graph.ids[key].partition(":")[0] + ":" for key in graph.kept if ":" in graph.ids[key]}
    prefixes |= {f"{name}:" for name in selection.datasets}
    written = 0

    def mappings() -> Iterator[sssom.Mapping]:
        nonlocal written
        for link in graph.links():
            origin, id = origins[link.source], graph.ids[link.concept]
            written += 1
            yield sssom.Mapping(
                subject_id=sssom.curie(f"{origin.name}:{link.key}"),
                subject_label=link.name,
                predicate_id=f"skos:{link.relation}",
                object_id=sssom.curie(id),
                object_label=names[link.concept],
                mapping_justification=sssom.justification(link.method),
                confidence=link.confidence,
                other=link.method,
                more=(
                    ("subject_source", sssom.curie(f"source:{origin.name}")),
                    ("subject_source_version", origin.version),
                ),
            )

    what = "+".join(map(escaped, selection.datasets)) if len(selection.datasets) <= _MOST_NAMED else "all"
    metadata = {
        "curie_map": sssom.prefixes([*prefixes, "n00000000", "source:"]),
        "mapping_set_id": f"{OURS}mappings:{what}",
        "license": sssom.UNSPECIFIED_LICENCE,
        "mapping_tool": "label-taxonomy",
        "mapping_tool_version": __version__,
    }
    sssom.write(out, mappings(), metadata, _SLOTS)
    if not written:
        raise InputError(
            "no class of a dataset is one of these concepts; choose others, or add a dataset to the taxonomy"
        )
    classes, datasets = counted(written, "class", "classes"), counted(len(selection.datasets), "dataset")
    return Report(f"{classes} of {datasets}")


EXPORTERS = (
    Exporter(
        name="sssom",
        summary="SSSOM/TSV of the links of classes: relation, confidence, how they were found",
        loses="the hierarchy, names but the preferred one, definitions, marks, classes that are unplaced",
        write=_write,
        keeps=frozenset({Keeps.DATASETS, Keeps.SOURCES}),
        whole=True,
    ),
)
