"""ImageNet's own files about its classes, and those of timm and Keras, in a folder.

``wordnet.is_a.txt`` (parent and child) and ``words.txt`` have the classes and all that is above them, up to the root,
as do timm's ``imagenet_synset_to_lemma.txt`` and ``imagenet_synset_to_definition.txt``; the classes alone, in the order
of their index, are in ``imagenet_synsets.txt`` and, with a name, in Keras' ``imagenet_class_index.json``.  That order
is by id, as ImageNet's own and that of folders of images, and not that of `labels`.  Some readers keep only the last
parent of a synset, so WordNet's main one comes last.
"""

from __future__ import annotations

import json
from pathlib import Path

from taxonomy.concept import WNID
from taxonomy.export._format import Keeps, PathExporter, Report, line, listed
from taxonomy.export.files import write_lines
from taxonomy.export.selection import Selection
from taxonomy.export.tokens import token
from taxonomy.export.unique import unique_names
from taxonomy.text import counted


def _save(selection: Selection, path: Path) -> Report:
    hierarchy = selection.hierarchy
    closed = hierarchy.above(selection.concepts)
    keys = [key for key in hierarchy.walk if key in closed]
    ids, names, definitions = selection.ids(), selection.names(), selection.definitions()
    wnids = {key: token(ids[key]).replace("/", "%2F") for key in keys}  # which name folders
    classes = sorted(selection.concepts, key=wnids.__getitem__)
    unique = unique_names(selection, lambda name: name.replace(" ", "_"))
    words = [(wnids[key], listed(names[key], separator=", ", stand_in="")) for key in keys]
    edges = [(wnids[parent], wnids[key]) for key in keys for parent in reversed(hierarchy.parents.get(key, ()))]
    indexes = {index: (wnids[key], unique[key].replace(" ", "_")) for index, key in enumerate(classes)}
    path.mkdir()
    write_lines(path / "wordnet.is_a.txt", (f"{parent} {child}\n" for parent, child in edges))
    write_lines(path / "words.txt", map(line, words))
    write_lines(path / "imagenet_class_index.json", (json.dumps(indexes, ensure_ascii=False), "\n"))
    write_lines(path / "imagenet_synsets.txt", (f"{wnids[key]}\n" for key in classes))
    write_lines(path / "imagenet_synset_to_lemma.txt", (line((wnid, _field(text))) for wnid, text in words))
    write_lines(
        path / "imagenet_synset_to_definition.txt", (line((wnids[key], _field(definitions[key]))) for key in keys)
    )
    own = len(classes)
    several = sum(len(hierarchy.parents.get(key, ())) > 1 for key in keys)
    remarks = [
        "indexes are in the order of the ids, as folders of images are read, and not those of 'labels'",
        f"{counted(len(keys) - own, 'synset')} above them; {counted(len(edges), 'edge')};"
        f" {several:,} {'has' if several == 1 else 'have'} several parents",
    ]
    outside = [wnids[key] for key in classes if not WNID.fullmatch(wnids[key])]
    if outside:
        remarks.append(f"{counted(len(outside), 'class', 'classes')} not in WordNet, with ids such as {outside[0]}")
    datasets = counted(len(selection.datasets), "dataset")
    return Report(f"{counted(own, 'class', 'classes')} of {datasets}", tuple(remarks))


def _field(text: str) -> str:
    """Return a field of timm's files, which it reads as CSV: a quotation mark only means something at the start."""
    return '"' + text.replace('"', '""') + '"' if text.startswith('"') else text


EXPORTERS = (
    PathExporter(
        name="imagenet",
        summary="ImageNet's wordnet.is_a.txt and words.txt, timm's synsets, lemmas and definitions, Keras' class index",
        loses="the index of 'labels' (its own is by id); kinds of edges, parts, languages, which dataset holds what",
        save=_save,
        folder=True,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.SYNONYMS, Keeps.DEFINITIONS}),
    ),
)
