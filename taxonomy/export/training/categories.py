"""The categories of COCO and LVIS, in an annotation file without images, which their readers open as it is.

Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and Gupta et al., "LVIS: A Dataset for Large
Vocabulary Instance Segmentation", CVPR 2019.  Ids are the index in `labels` plus 1, since readers keep 0 for the
background; no two names are the same, since readers look categories up by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from taxonomy.export._format import Exporter, Keeps, Loss, Report
from taxonomy.export.selection import Selection
from taxonomy.export.tree import measure, single_parents
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

_Category = dict[str, object]


def _write(selection: Selection, categories: Iterable[_Category], out: TextIO) -> str:
    """Write categories, one a line, and say how many."""
    out.write('{"info": {}, "licenses": [], "images": [], "annotations": [], "categories": [')
    separator = "\n"
    for category in categories:
        out.write(separator + json.dumps(category, ensure_ascii=False))
        separator = ",\n"
    out.write("\n]}\n")
    written = counted(len(selection.concepts), "category", "categories")
    return f"{written} of {counted(len(selection.datasets), 'dataset')}"


def _coco(selection: Selection, out: TextIO) -> Report:
    above, loss, remark = _supercategories(selection)
    ids, names = selection.ids(), unique_names(selection)
    categories = (
        {"id": index, "name": names[key], "supercategory": above[key], "concept": ids[key]}
        for index, key in enumerate(selection.concepts, 1)
    )
    return Report(_write(selection, categories, out), (remark,), loss)


def _supercategories(selection: Selection) -> tuple[dict[int, str], Loss | None, str]:
    """Return the supercategory of each concept, the ancestors that it loses, and what the user should know of it.

    Superclasses are the choice's; else it is the class above, so that the file keeps a tree, and of a class that none
    is above its own name, as COCO's person is in the supercategory person.
    """
    groups = selection.superclasses
    if groups:
        named = unique_names(selection, keys=tuple(dict.fromkeys(groups[key] for key in selection.concepts)))
        remark = counted(len(named), "supercategory", "supercategories")
        return {key: named[groups[key]] for key in selection.concepts}, None, remark
    names, tree = unique_names(selection), single_parents(selection)
    loss = measure(tree, selection.hierarchy)
    found = {key: names[key if parent is None else parent] for key, parent in tree.items()}
    remark = f"supercategories are the classes above: {loss.lost:,} of {loss.pairs:,} is-a pairs lost"
    return (
        found,
        loss,
        f"{remark}, {counted(loss.roots, 'class', 'classes')} in their own; --superclasses K groups them",
    )


def _lvis(selection: Selection, out: TextIO) -> Report:
    synsets = dict(_synsets(selection))
    outside = sum(key not in synsets for key in selection.concepts)
    remarks = []
    if selection.choice.counts is None:
        remarks.append("without image_count and frequency, which LVISEval needs; --counts FILE gives them")
    if outside:
        remarks.append(f"{counted(outside, 'category', 'categories')} not in WordNet, with an empty synset")
    return Report(_write(selection, _entries(selection, synsets), out), tuple(remarks))


def _entries(selection: Selection, synsets: Mapping[int, str]) -> Iterator[_Category]:
    names, definitions = selection.names(), selection.definitions()
    # Detectron2 takes the first synonym for the name of the class.
    unique = {key: name.replace(" ", "_") for key, name in unique_names(selection, _form).items()}
    for index, key in enumerate(selection.concepts, 1):
        others = (name.replace(" ", "_") for name in names[key][1:])
        yield {
            "id": index,
            "name": unique[key],
            "synset": synsets.get(key, ""),
            "synonyms": list(dict.fromkeys((unique[key], *others))),
            "def": definitions[key],
            **({} if selection.choice.counts is None else _counted(selection.images.get(key, 0))),
        }


def _counted(images: int) -> _Category:
    """Return what LVIS says of the number of images: rare up to 10, common up to 100, or frequent."""
    return {"image_count": images, "frequency": "r" if images <= 10 else "c" if images <= 100 else "f"}


def _form(name: str) -> str:
    return name.replace(" ", "_").casefold()


def _synsets(selection: Selection) -> Iterator[tuple[int, str]]:
    """Yield the synsets of WordNet as NLTK names them: ``dog.n.01``."""
    found: set[int] = set()
    for key, text, sense in selection.taxonomy.execute(
        "SELECT concept, text, sense FROM name WHERE source = 0 AND kind = 'lemma' AND sense > 0 ORDER BY key"
    ):
        if key not in found:
            found.add(key)
            yield key, f"{text.replace(' ', '_').lower()}.n.{sense:02}"


EXPORTERS = (
    Exporter(
        name="coco-categories",
        summary="COCO's categories: id, name, supercategory; a file without images that pycocotools opens",
        loses="all above a class but its supercategory, synonyms, definitions, which dataset holds what",
        write=_coco,
    ),
    Exporter(
        name="lvis-categories",
        summary="LVIS's categories: id, name, synset, synonyms, def, with --counts frequency; a file without images",
        loses="all above a class but what its synset tells, which dataset holds what",
        write=_lvis,
        keeps=frozenset({Keeps.SYNONYMS, Keeps.DEFINITIONS}),
        takes=frozenset({"counts"}),
    ),
)
