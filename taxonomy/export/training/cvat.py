"""CVAT's labels, as its label constructor takes them under "Raw" and its server at ``labels`` of a task or project.

Every label has an attribute ``concept`` that can only be the id of its concept, so that each annotation says what was
meant.  CVAT cuts names after 64 characters and then refuses those that are the same, so they are cut here.
"""

from __future__ import annotations

import json
from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Report
from taxonomy.export.selection import Selection
from taxonomy.export.training._palette import colour
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_LONGEST_NAME, _LONGEST_ID = 64, 60


def _write(selection: Selection, out: TextIO) -> Report:
    ids, names = selection.ids(), unique_names(selection)
    long = 0
    for index, key in enumerate(selection.concepts):
        id, name = ids[key], names[key]
        if len(id) > _LONGEST_ID:
            raise InputError(f"cvat holds ids of at most {_LONGEST_ID} characters, and {id} has {len(id)}")
        if len(name) > _LONGEST_NAME:
            long += 1
            rest = f"… ({id})"
            name = name[: _LONGEST_NAME - len(rest)] + rest
        concept = {"name": "concept", "input_type": "select", "mutable": False, "default_value": id, "values": [id]}
        label = {"name": name, "color": "#{:02x}{:02x}{:02x}".format(*colour(index)), "type": "any"}
        out.write("[\n" if index == 0 else ",\n")
        out.write(json.dumps({**label, "attributes": [concept]}, ensure_ascii=False))
    out.write("\n]\n")
    remarks = (f"{counted(long, 'name')} of more than {_LONGEST_NAME} characters cut",) if long else ()
    return Report(counted(len(selection.concepts), "label"), remarks)


EXPORTERS = (
    Exporter(
        name="cvat",
        summary="CVAT's labels: names, colours, and the id as an attribute, for its label constructor",
        loses="ancestors, synonyms, definitions; names of more than 64 characters are cut",
        write=_write,
    ),
)
