"""The Open Multilingual Wordnet's tabs: names of WordNet 3.0's synsets in another language (``wn-data-ita.tab``).

One class for each noun synset, which bears its wnid, in the order of the file.  Definitions are in the language of the
file, so they are left out.  Format: https://github.com/omwn/omw-data
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from taxonomy.concept import NAMES, SourceClass
from taxonomy.sources._format import Format, Report
from taxonomy.sources._language import bcp47
from taxonomy.sources._packed import text_lines
from taxonomy.text import is_english

_ROW = re.compile(rb"^[0-9]{8}-[avsnr]\t(?:[a-z]{2,3}:)?(?:lemma|def|exe)[\t:]", re.MULTILINE)
_SYNSET = re.compile(r"([0-9]{8})-([avsnr])")
# MultiWordNet's word for a synset that the language has no word for.
_GAP = re.compile(r"(PSEUDO)?GAP!?")
# What stays in lemmas of the editors' work: links of a wiki, the star of a guess, the joints of a Chinese compound.
_EDITING = re.compile(r"\[\[|\]\]|\*$|(?<=[\u4e00-\u9fff])\+(?=[\u4e00-\u9fff])")


def _sniff(path: Path, head: bytes) -> bool:
    return _ROW.search(head) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    """Yield the classes once all rows are read, for those of a synset need not stand together."""
    first: dict[str, int] = {}
    names: dict[str, list[tuple[str, str]]] = {}
    for number, wnid, language, lemma in _lemmas(path, report):
        first.setdefault(wnid, number)
        names.setdefault(wnid, []).append((language, lemma))
    for wnid, found in names.items():
        english = [lemma for language, lemma in found if is_english(language)]
        others = tuple(pair for pair in found if not is_english(pair[0]))
        name, *synonyms = english or [others[0][1]]
        language = "en" if english else others[0][0]
        entry = SourceClass(wnid, name, wnid, tuple(synonyms), names=others, language=language)
        yield f"{path.name}:{first[wnid]}", entry


def _lemmas(path: Path, report: Report) -> Iterator[tuple[int, str, str, str]]:
    """Yield line number, wnid, language and text of each lemma of a noun."""
    default = "und"
    for number, line in text_lines(path, report):
        where = f"{path.name}:{number}"
        fields = line.split("\t")
        synset = _SYNSET.fullmatch(fields[0])
        if line.startswith("#"):
            default = bcp47(fields[1]) if len(fields) > 1 else default
        elif not synset:
            if line.strip():
                report(where, f"{fields[0][:30]!r} is no synset of WordNet, such as 02084071-n")
        elif len(fields) < 3:
            report(where, f"{len(fields)} fields where there should be synset, type and lemma")
        elif synset[2] == "n":
            code, _, kind = fields[1].rpartition(":")
            lemma = _EDITING.sub("", fields[2].replace("_", " ")).strip()
            if kind != "lemma" or _GAP.fullmatch(lemma):  # other kinds: definitions, and `lemma:root`, which is no word
                continue
            if lemma:
                yield number, f"n{synset[1]}", bcp47(code) if code else default, lemma
            else:
                report(where, "it has no lemma")


FORMAT = Format("omw", "an Open Multilingual Wordnet tab (wn-data-xxx.tab)", _sniff, _read, kind=NAMES)
