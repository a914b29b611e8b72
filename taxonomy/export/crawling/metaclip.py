"""The metadata of MetaCLIP: a JSON list of entries that captions are matched with, as substrings.

Xu et al., "Demystifying CLIP Data", ICLR 2024, arXiv 2309.16671, and the authors' code at
github.com/facebookresearch/MetaCLIP: entries and captions get a space at each end; captions get one at each side of
``,.;:?!`` and the backtick too, and entries do not, so an entry with such a character would never match.  Here they
have the spaces already ("St .  Bernard").  Matching minds case, and the authors' WordNet entries are lower case: a name
with capitals is two entries, but a Latin one is written as it is.
"""

from __future__ import annotations

import json
from typing import TextIO

from taxonomy.errors import InputError
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.crawling.names import Intent, read
from taxonomy.export.selection import Selection
from taxonomy.text import counted

_WRAPPED = ",.;:?!`"
_ENTRIES = 500_000


def _write(selection: Selection, out: TextIO) -> Report:
    names = read(selection)
    entries: dict[str, None] = {}
    for key in selection.concepts:
        for _, claim in names.of.get(key, ()):
            text = _spaced(claim.text)
            entries[text] = None
            if claim.intent is not Intent.SCIENTIFIC:
                entries[text.lower()] = None
    if not entries:
        languages = ", ".join(selection.options.languages)
        raise InputError(f"none of the concepts has a name in {languages} to match; add en to --language")
    json.dump([*entries], out, ensure_ascii=False, indent=0)
    out.write("\n")
    wrote = f"{counted(len(entries), 'entry', 'entries')} of {counted(len(selection.concepts), 'concept')}"
    return Report(wrote, (f"more than the {_ENTRIES:,} of the authors",) if len(entries) > _ENTRIES else ())


def _spaced(text: str) -> str:
    """Return a name as the authors' code has it in a caption."""
    for mark in _WRAPPED:
        text = text.replace(mark, f" {mark} ")
    return text.strip()


EXPORTERS = (
    Exporter(
        name="metaclip-metadata",
        summary="JSON list of entries that MetaCLIP matches captions with",
        loses="which concept an entry is of, which concepts share one, hierarchy, definitions",
        write=_write,
        keeps=frozenset({Keeps.SYNONYMS, Keeps.LANGUAGES}),
        takes=frozenset({"languages"}),
        crawls=True,
        whole=True,
    ),
)
