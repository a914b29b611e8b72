"""WN-LMF 1.3: the taxonomy as an English wordnet of nouns, in the XML of the Global WordNet Association.

Every concept is a synset, with ``dc:identifier`` its id, or ``eng-30-02084071-n`` for one of WordNet 3.0, as other
wordnets name them; every name is a sense of the entry of its spelling.  Relations have their inverse beside them.
Format: https://globalwordnet.github.io/schemas/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from taxonomy._version import __version__
from taxonomy.concept import WNID, EdgeKind
from taxonomy.export._format import Exporter, Keeps, Report
from taxonomy.export.knowledge._graph import Graph, Node
from taxonomy.export.knowledge._syntax import xml_text
from taxonomy.export.selection import Selection

_LEXICON = "lt"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE LexicalResource SYSTEM "http://globalwordnet.github.io/schemas/WN-LMF-1.3.dtd">\n'
    '<LexicalResource xmlns:dc="https://globalwordnet.github.io/schemas/dc/">\n'
)
_RELATIONS: dict[str, tuple[str, str]] = {
    EdgeKind.IS_A: ("hypernym", "hyponym"),
    EdgeKind.INSTANCE_OF: ("instance_hypernym", "instance_hyponym"),
    EdgeKind.PART_OF: ("holo_part", "mero_part"),
    EdgeKind.MEMBER_OF: ("holo_member", "mero_member"),
}
_UNFIT = re.compile(r"[^A-Za-z0-9-]")


def _write(selection: Selection, out: TextIO) -> Report:
    graph = Graph(selection)
    below: dict[int, list[tuple[str, int]]] = {}
    number = 0
    for key, edges in graph.edges():
        for edge in edges:
            number += 1
            below.setdefault(edge.parent, []).append((_RELATIONS[edge.kind][1], key))
    licences = dict.fromkeys(origin.data_licence for origin in graph.origins() if origin.data_licence)
    out.write(_HEAD)
    out.write(
        f'<Lexicon id="{_LEXICON}" label="label-taxonomy" language="en" email="unknown@example.org"'
        f' license={_quoted(" AND ".join(licences))} version="{__version__}">\n'
    )
    senses = sorted(
        (xml_text(name.text), node.key, at)
        for node in graph.nodes()
        for at, name in enumerate(name for name in node.names if name.language == "en")
    )
    for entry, (text, found) in enumerate(groupby(senses, key=itemgetter(0))):
        out.write(f'<LexicalEntry id="{_LEXICON}-e{entry}"><Lemma writtenForm={_quoted(text)} partOfSpeech="n"/>')
        for _, key, at in found:
            out.write(f'<Sense id="{_sense(key, at)}" synset="{_synset(graph.ids[key])}"/>')
        out.write("</LexicalEntry>\n")
    for node in graph.nodes():
        out.writelines(_described(graph, node, below.get(node.key, [])))
    out.write("</Lexicon>\n</LexicalResource>\n")
    return Report(graph.wrote(number), graph.remarks())


def _described(graph: Graph, node: Node, below: list[tuple[str, int]]) -> Iterator[str]:
    """Yield the XML of a synset."""
    identifier = f"eng-30-{node.id[1:]}-n" if WNID.fullmatch(node.id) else node.id
    members = " ".join(_sense(node.key, at) for at in range(sum(name.language == "en" for name in node.names)))
    attributes = f' members="{members}"' if members else ""  # a concept may have names in other languages only
    attributes += f' lexfile="{node.lexfile}"' if node.lexfile else ""
    yield f'<Synset id="{_synset(node.id)}" ili="" partOfSpeech="n"{attributes}'
    yield f" dc:identifier={_quoted(identifier)}>"
    if node.definition:
        yield f"<Definition>{escape(xml_text(node.definition))}</Definition>"
    above = [(_RELATIONS[edge.kind][0], edge.parent) for edge in node.edges]
    for relation, key in (*above, *below):
        yield f'<SynsetRelation relType="{relation}" target="{_synset(graph.ids[key])}"/>'
    yield "</Synset>\n"


def _synset(id: str) -> str:
    """Return an id as XML has it: what is neither letter nor digit as the hexadecimal digits of its UTF-8.

    >>> _synset("n02084071"), _synset("coco:18")
    ('lt-02084071-n', 'lt-coco_3A18')
    """
    if WNID.fullmatch(id):
        return f"{_LEXICON}-{id[1:]}-n"
    return f"{_LEXICON}-" + _UNFIT.sub(lambda found: "".join(f"_{byte:02X}" for byte in found[0].encode()), id)


def _sense(key: int, at: int) -> str:
    return f"{_LEXICON}-s{key}-{at}"


def _quoted(text: str) -> str:
    return quoteattr(xml_text(text), {'"': "&quot;"})


EXPORTERS = (
    Exporter(
        name="wn-lmf",
        summary="WN-LMF 1.3: an English wordnet of nouns, with hypernyms, instances, parts and members",
        loses="other languages, other ids, classes of datasets, marks, which source a name or an edge is from",
        write=_write,
        keeps=frozenset({Keeps.ANCESTORS, Keeps.SYNONYMS, Keeps.DEFINITIONS, Keeps.PARTS}),
        whole=True,
    ),
)
