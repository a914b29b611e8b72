"""Small knowledge bases for tests, and what is looked at of the taxonomies that they are merged into."""

from __future__ import annotations

from collections.abc import Iterator

from conftest import DOG

import taxonomy
from taxonomy.check import findings
from taxonomy.concept import KNOWLEDGE, Source, SourceClass, Vocabulary

ANIMAL, PLANT, FELINE, LEOPARD, BIG_CAT = "n00015388", "n00017222", "n02120997", "n02128385", "n02127808"
CAR, VEHICLE = "n02958343", "n04524313"


def base(*classes: SourceClass, name: str = "wd") -> Vocabulary:
    """Make a knowledge base."""
    return Vocabulary(Source(name=name, kind=KNOWLEDGE), classes)


def entry(key: str, name: str = "", *parents: str, **more) -> SourceClass:
    """Make a class of a knowledge base."""
    return SourceClass(key, name or f"xqz{key.lower()}", parents=parents, **more)


def taxon(key: str, scientific: str, *parents: str, common: str = "", **more) -> SourceClass:
    """Make a taxon, named by its common name where it has one."""
    return SourceClass(key, common or scientific, scientific_name=scientific, parents=parents, **more)


LIFE = (
    taxon("1", "Metazoa", rank="kingdom"),
    taxon("2", "Carnivora", "1", rank="order"),
    taxon("3", "Felidae", "2", common="cat family", rank="family"),
    taxon("4", "Panthera", "3", rank="genus"),
    taxon("5", "Panthera pardus", "4", common="leopard", rank="species", ids=("wd:Q34706",)),
    taxon("6", "Panthera onca", "4", common="jaguar", rank="species", names=(("de", "Jaguar"), ("fr", "jaguar"))),
)
THINGS = (
    entry("Q1", "car", wnid=CAR),
    entry("Q2", "xqz racer", "Q1", names=(("de", "Rennflitzer"), ("sr-Latn", "jurilica"))),
    entry("Q3", "xqz pod", "Q2", definition="A pod.", synonyms=("xqz podlet",), mid="/m/77"),
    entry("Q4", "xqz one", types=("Q3",)),
)
RING = (entry("R0", "dog", wnid=DOG), entry("R1", "", "R0", "R3"), entry("R2", "", "R1"), entry("R3", "", "R2"))


def opening(few_build) -> Iterator:
    """Yield what builds knowledge bases and vocabularies, and opens a result that passes its own check."""
    opened = []

    def built(*vocabularies: Vocabulary) -> taxonomy.Taxonomy:
        opened.append(clean(few_build(*vocabularies)))
        return opened[-1]

    yield built
    for each in opened:
        each.close()


def clean(path) -> taxonomy.Taxonomy:
    opened = taxonomy.open(path)
    assert list(findings(opened)) == []
    return opened


def ids(concepts) -> list[str]:
    return [concept.id for concept in concepts]


def cuts(t: taxonomy.Taxonomy) -> list[tuple[str, str, str]]:
    """Return what repair cut, as child, parent and the beginning of the reason."""
    rows = t.execute(
        "SELECT c.id, p.id, reason FROM cut JOIN concept c ON c.key = child JOIN concept p ON p.key = parent"
        " WHERE repair = 1 ORDER BY number"
    )
    return [(child, parent, reason.partition(":")[0]) for child, parent, reason in rows]
