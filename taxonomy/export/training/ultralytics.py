"""The YAML of a dataset for Ultralytics' YOLO: the names of the classes by their index, and where the images are.

``train`` and ``val`` are required and relative to the folder of the file, unless a ``path`` is given: they are where
Ultralytics' own datasets have them, and to be changed where the images are elsewhere.
"""

from __future__ import annotations

from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Report
from taxonomy.export.selection import Selection
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_HEAD = """\
# Folders of images, relative to that of this file, or to one that you name as path; labels go beside, to labels/.
train: images/train
val: images/val

"""


def _write(selection: Selection, out: TextIO) -> Report:
    import yaml

    names = unique_names(selection)
    by_index = {index: names[key] for index, key in enumerate(selection.concepts)}
    if by_index[0].startswith("n0"):
        raise InputError(
            f"{by_index[0]}: a first class of this name makes Ultralytics take all names for ids of ImageNet; export"
            " it beside others with --datasets, or name it otherwise in its dataset"
        )
    out.write(_HEAD)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    yaml.dump({"names": by_index}, out, dumper, allow_unicode=True, sort_keys=False, width=10_000)
    remark = "images/train and images/val are placeholders: change them, or put the file beside images/"
    classes = counted(len(by_index), "class", "classes")
    return Report(f"{classes} of {counted(len(selection.datasets), 'dataset')}", (remark,))


EXPORTERS = (
    Exporter(
        name="ultralytics-yaml",
        summary="the YAML of a dataset for Ultralytics' YOLO: names by index, and where its images are",
        loses="the hierarchy, synonyms, definitions, which dataset holds what",
        write=_write,
    ),
)
