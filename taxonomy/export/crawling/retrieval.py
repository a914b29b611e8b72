"""Requests for clip-retrieval: a JSON object a line, each the body of a POST to its ``/knn-service``.

Beaumont, "Clip Retrieval", github.com/rom1504/clip-retrieval, ``clip_back.py``: the service needs ``modality``,
``num_images`` and ``indice_name``, where null is its first index, and lets keys go that it does not know.  Queries in
other languages than English ask for the multilingual text encoder.  ``ClipClient.query`` takes ``text`` alone.
"""

from __future__ import annotations

import json
from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.crawling.queries import plan
from taxonomy.export.selection import Selection
from taxonomy.text import counted, is_english

_IMAGES = 40  # what ClipClient asks for


def _write(selection: Selection, out: TextIO) -> Report:
    found = plan(selection)
    wrote, concepts = 0, set[str]()
    for query in found.queries:
        images = _IMAGES if query.budget is None else query.budget
        if not images:
            continue
        request = {
            "text": query.text,
            "modality": "image",
            "num_images": images,
            "indice_name": None,
            "use_mclip": not is_english(query.language),
            "concept": query.concept,
            "language": query.language,
        }
        out.write(json.dumps(request, ensure_ascii=False) + "\n")
        wrote += 1
        concepts.add(query.concept)
    requests = counted(wrote, "request")
    return Report(f"{requests} for {counted(len(concepts), 'concept')}", found.remarks)


EXPORTERS = (
    Exporter(
        name="clip-retrieval",
        summary="JSON lines: bodies of requests to the k-nearest-neighbour service of clip-retrieval",
        loses="hierarchy, definitions, what a query is to its concept; queries without a budget, when one is given",
        write=_write,
        keeps=frozenset({Keeps.SYNONYMS, Keeps.LANGUAGES}),
        takes=frozenset({"languages", "budget"}),
        crawls=True,
        whole=True,
    ),
)
