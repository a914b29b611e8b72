"""What every export format shares: the `Exporter` record, the `Report` it gives, the fields of a TSV line.

A format only says what goes into its file or folder; where that is and which concepts it has is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from taxonomy.export.selection import Selection

# All that ends a field, or a line by str.splitlines.
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


@dataclass(frozen=True, slots=True)
class Loss:
    """What a format loses of a DAG that has one parent for each category, or only some of those above it.

    Attributes:
        pairs: is-a pairs (a category and one above it) that hold among the exported categories.
        lost: how many of them the file does not have.
        categories: number of categories.
        affected: how many categories lost at least one of those above them.
        roots: categories without a parent.
        max_depth, mean_depth: edges from a category up to its root.
    """

    pairs: int
    lost: int
    categories: int
    affected: int
    roots: int
    max_depth: int
    mean_depth: float


@dataclass(frozen=True, slots=True)
class Report:
    """What an export wrote.

    Attributes:
        wrote: what and how many, such as ``80 concepts``.
        remarks: what the user should know of it, a line each.
        loss: the ancestors lost, of a format that has some.
    """

    wrote: str
    remarks: tuple[str, ...] = ()
    loss: Loss | None = None


class Keeps(StrEnum):
    """What a format can hold of the taxonomy, beside the concepts and one name of each."""

    ANCESTORS = "ancestors"  # all that is above a concept, by several parents if need be
    SYNONYMS = "synonyms"  # other names in the same language
    DEFINITIONS = "definitions"
    LANGUAGES = "languages"  # names in other languages
    PARTS = "part-of"
    DATASETS = "datasets"  # which classes of which datasets are the concept
    MARKS = "marks"  # what pictures show
    SOURCES = "sources"  # where a name or an edge comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    name: str
    summary: str
    loses: str
    keeps: frozenset[Keeps] = frozenset()
    takes: frozenset[str] = frozenset()
    crawls: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter(_Format):
    """A format that is one text file.

    Attributes:
        name: what the user calls it.
        summary: what it is, in one line.
        loses: what of the taxonomy is not in it, in one line.
        keeps: what is.
        takes: which `Options` it heeds; others are refused.  ``counts``: it also heeds the images of classes.
        crawls: it says what to search for, so only what pictures can show and is safe, unless asked.
        whole: without ``--datasets``, every concept of the taxonomy goes in, and not only those that datasets hold.
        write: writes a selection to an open text file, UTF-8 with line feeds.
        divide: writes it to a folder of files, which it makes, when more than one shard is asked for; a format with
            this takes ``shards``.
    """

    write: Callable[[Selection, TextIO], Report]
    divide: Callable[[Selection, Path], Report] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathExporter(_Format):
    """A format that is a folder of files, or one file that is not text.

    Attributes:
        name, summary, loses, keeps, takes, crawls, whole: as in `Exporter`.
        folder: whether it is a folder.
        save: writes a selection to a path where nothing is; a folder it makes itself.
    """

    folder: bool
    save: Callable[[Selection, Path], Report]


def line(fields: Iterable[object]) -> str:
    """Return a line of a TSV file: tabs and line breaks within a field become spaces, nothing is quoted."""
    return "\t".join(str(field).translate(_BREAKS) for field in fields) + "\n"


def listed(texts: Iterable[str], separator: str = "|", stand_in: str = "/") -> str:
    """Return texts as one field; where one contains the separator itself, ``stand_in`` is written.

    >>> listed(["dog", "either|or"])
    'dog|either/or'
    """
    return separator.join(text.replace(separator.strip(), stand_in) for text in texts)
