"""What the tests of exports share: the concepts of their small taxonomy, and written formats taken apart."""

from __future__ import annotations

import io

import taxonomy
from taxonomy.concept import Source, SourceClass, Vocabulary
from taxonomy.export import Choice, exporter, select

DOG, CANINE, DOMESTIC, CARNIVORE, ANIMAL = "n02084071", "n02083346", "n01317541", "n02075296", "n00015388"


def group(name: str, *classes: SourceClass) -> Vocabulary:
    return Vocabulary(Source(name=name), classes)


# A diamond above dog, concepts that WordNet lacks, a class that nothing places.
DATASETS = (
    group(
        "zoo",
        SourceClass(DOG, "dog", wnid=DOG),
        SourceClass(CANINE, "canine", wnid=CANINE),
        SourceClass(DOMESTIC, "pet", wnid=DOMESTIC),
        SourceClass(CARNIVORE, "carnivore", wnid=CARNIVORE),
        SourceClass(ANIMAL, "animal", wnid=ANIMAL),
    ),
    group(
        "street",
        SourceClass("0", "dog", wnid=DOG),
        SourceClass("1", "xqzzt"),
        SourceClass("2", "plushdog, flurb", synonyms=("toy|dog",), parent="dog"),
        SourceClass("3", "traffic light"),
        SourceClass("4", "domestic dog", wnid=DOG),
    ),
    group("void", SourceClass("0", "xqzzu")),
)


def written(t: taxonomy.Taxonomy, format: str, *datasets: str) -> str:
    out = io.StringIO()
    exporter(format).write(select(t, Choice(datasets=datasets)), out)
    return out.getvalue()


def table(text: str) -> list[dict[str, str]]:
    header, *rows = [row.split("\t") for row in text.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]
