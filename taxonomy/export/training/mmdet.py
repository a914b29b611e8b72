"""The ``metainfo`` of OpenMMLab's datasets: class names and colours, as a Python configuration file.

MMDetection, MMSegmentation and the others take it by ``_base_ = "metainfo.py"``, or as
``mmengine.Config.fromfile("metainfo.py").metainfo``.  They know classes by their names, so these are made different.
"""

from __future__ import annotations

from typing import TextIO

from taxonomy.export._format import Exporter, Report
from taxonomy.export.selection import Selection
from taxonomy.export.training._palette import colour
from taxonomy.export.unique import unique_names
from taxonomy.text import counted


def _write(selection: Selection, out: TextIO) -> Report:
    names = unique_names(selection)
    out.write("metainfo = dict(\n    classes=(\n")
    # MMEngine fills in what stands between double braces before it reads the file.
    out.writelines(f"        {names[key].replace('{{', '{ {')!r},\n" for key in selection.concepts)
    out.write("    ),\n    palette=[\n")
    out.writelines(f"        {colour(index)},\n" for index in range(len(selection.concepts)))
    out.write("    ],\n)\n")
    return Report(f"{counted(len(selection.concepts), 'class', 'classes')} with colours")


EXPORTERS = (
    Exporter(
        name="mmdet-metainfo",
        summary="OpenMMLab's metainfo: class names and their colours, a Python configuration file",
        loses="everything but one name of each concept; names that collide are told apart",
        write=_write,
    ),
)
