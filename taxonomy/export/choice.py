"""What a user asks of an export: which concepts, and how a format writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taxonomy.errors import InputError


@dataclass(frozen=True, slots=True)
class Choice:
    """Which concepts to export; the steps are taken in the order of the attributes.

    Attributes:
        datasets: names of datasets, in any order; none for all of the database, without sources of mere names.
        whole: without datasets, take every concept of the taxonomy, and not only those that datasets hold.
        licences: SPDX ids; leave out the datasets, concepts, names and edges of sources of other licences (see
            `taxonomy.export.licences`); what is below a concept goes further up.  None for all.
        roots: concepts, as any command takes them; only what is one of them or below one.
        visual: leave out what is non-visual; what is uncommon stays.  Where a format has all above the concepts, it
            stays too.
        safe: leave out what is sensitive or offensive, also above the concepts; what is below goes further up.
        ancestors: take in all that is above the classes, too, up to the roots, but for what only knowledge bases have,
            and for what is non-visual where that is left out.
        max_depth: how many classes may be in a line above one, so that a tree of the classes is no deeper; one with
            more becomes one with the lowest above it that stays.
        min_images: a class with fewer, with those that became one with it, becomes one with the class above it, so that
            its images are kept; ImageNet-21K-P (Ridnik et al. 2021) drops it, as is done here where none is above.
        counts: the file that says how many images a class has (see `taxonomy.export.counts`).
        antichain: leave out every class that is above another one (as ILSVRC).
        leaves: leave out every class that has a concept below it in the taxonomy.
        superclasses: group the classes under so many concepts above them (see `taxonomy.export.superclass`).
    """

    datasets: tuple[str, ...] = ()
    whole: bool = False
    licences: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    visual: bool = False
    safe: bool = False
    ancestors: bool = False
    max_depth: int | None = None
    min_images: int = 0
    counts: Path | None = None
    antichain: bool = False
    leaves: bool = False
    superclasses: int = 0


ALL = Choice()
EVERYTHING = Choice(whole=True)


@dataclass(frozen=True, slots=True)
class Options:
    """How to write; each format names those that it takes.

    Attributes:
        languages: BCP 47 tags of the names that are written.
        budget: images wanted in all.
        shards: number of files.
        syntax: of RDF: ``turtle``, ``ntriples``, ``jsonld`` or ``rdfxml``.
        similarity: of labels: ``lin`` or ``path``.
    """

    languages: tuple[str, ...] = ("en",)
    budget: int | None = None
    shards: int = 1
    syntax: str = ""
    similarity: str = "lin"


PLAIN = Options()
_FLAGS = {"languages": "--language"}
_SYNTAXES = {
    ".ttl": "turtle",
    ".nt": "ntriples",
    ".jsonld": "jsonld",
    ".json": "jsonld",
    ".rdf": "rdfxml",
    ".owl": "rdfxml",
    ".xml": "rdfxml",
}
_SIMILARITIES = ("lin", "path")


def options(format: str, takes: frozenset[str], output: Path, given: dict[str, Any]) -> Options:
    """Make the options of a format.

    Args:
        format: its name.
        takes: names of the attributes of `Options` that it heeds.
        output: where it will be; an extension may say the syntax.
        given: what the user gave, by the names of the attributes.

    Raises:
        InputError: the format does not heed one of them, or a value is none that there is.
    """
    for name in given.keys() - takes:
        flag = _FLAGS.get(name, f"--{name}")
        raise InputError(f"{flag} does nothing for the format {format}; leave it out")
    if "syntax" in takes:
        given = {"syntax": _SYNTAXES.get(output.suffix.lower(), "turtle"), **given}
        _one_of("--syntax", given["syntax"], sorted(set(_SYNTAXES.values())))
    if "similarity" in given:
        _one_of("--similarity", given["similarity"], _SIMILARITIES)
    return Options(**given)


def _one_of(flag: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        raise InputError(f"{flag} {value}: there is no such; give {', '.join(values[:-1])} or {values[-1]}")
