"""What IRIs say: a short key of a class, a readable name, and the ids that other sources know it by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

# What begins an id of a scheme, by IRI and by the CURIEs that ontologies write; the group is the id itself.
_SCHEMES = {
    "wd": re.compile(r"(?:https?://(?:www\.|m\.)?wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)(Q[0-9]+)", re.I),
    "wn30": re.compile(r"https?://wordnet-rdf\.princeton\.edu/wn30/(?:1(?=[0-9]{8}))?([0-9]{8})-n", re.I),
    "wn31": re.compile(
        r"(?:https?://wordnet-rdf\.princeton\.edu/(?:wn31/(?:1(?=[0-9]{8}))?|(?:rdf/)?id/)|wn31:)([0-9]{8}-n)", re.I
    ),
    "ili": re.compile(r"(?:https?://(?:www\.)?globalwordnet\.org/ili/|ili:|cili:)(i[0-9]+)", re.I),
    "ncbi": re.compile(
        r"(?:https?://purl\.obolibrary\.org/obo/NCBITaxon_|https?://(?:purl\.uniprot\.org/taxonomy|identifiers\.org/"
        r"taxonomy)/|ncbitaxon:|ncbi_?taxid:|ncbi:|taxon:)([0-9]+)",
        re.I,
    ),
    "gbif": re.compile(r"(?:https?://(?:www\.)?gbif\.org/species/|gbif:)([0-9]+)", re.I),
    "inat": re.compile(r"(?:https?://(?:www\.)?inaturalist\.org/taxa/|inat:|inaturalist:)([0-9]+)", re.I),
    "ott": re.compile(r"(?:https?://tree\.opentreeoflife\.org/(?:opentree/.*@ott|taxonomy/browse\?id=)|ott:)([0-9]+)"),
    "mid": re.compile(r"https?://(?:rdf\.freebase\.com/ns|g\.co/kg)/([mg][./][0-9a-z_]+)"),
}
_LAST = re.compile(r"[^/#:]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


class Elsewhere(NamedTuple):
    """The ids of a class elsewhere, as the fields of `taxonomy.concept.SourceClass` hold them."""

    ids: tuple[str, ...] = ()
    wnid: str = ""
    mid: str = ""


def elsewhere(links: Iterable[str]) -> Elsewhere:
    """Pick the known schemes out of IRIs and CURIEs.

    >>> elsewhere(["http://www.wikidata.org/entity/Q144", "http://wordnet-rdf.princeton.edu/wn31/102086723-n"])
    Elsewhere(ids=('wd:Q144', 'wn31:02086723-n'), wnid='', mid='')
    """
    ids: dict[str, None] = {}
    wnid = mid = ""
    for link in links:
        scheme, id = next(((name, m[1]) for name, known in _SCHEMES.items() if (m := known.fullmatch(link))), ("", ""))
        if scheme == "wn30":
            wnid = wnid or f"n{id}"
        elif scheme == "mid":
            mid = mid or "/" + id.replace(".", "/", 1)
        elif scheme:
            ids[f"{scheme}:{id}"] = None
    return Elsewhere(tuple(ids), wnid, mid)


def local_name(iri: str) -> str:
    """Return the last part of an IRI: ``Dog`` of ``http://example.org/animals#Dog``; a CURIE is its own."""
    return _tail(iri, 1)


def keys(classes: Sequence[str], others: Iterable[str] = ()) -> dict[str, str]:
    """Map IRIs to keys that differ: local names, and of several IRIs with one local name a longer tail.

    Args:
        classes: the classes themselves; those of the namespace that most are in are sure of their local names.
        others: what they name as parents without describing it.
    """
    namespaces = Counter(iri.removesuffix(local_name(iri)) for iri in classes)
    at_home = max(namespaces, key=namespaces.__getitem__, default="")
    found: dict[str, str] = {}
    taken: set[str] = set()
    for iri in (*sorted(classes, key=lambda iri: not iri.startswith(at_home)), *others):
        if iri not in found:
            parts = 1
            while (key := _tail(iri, parts)) in taken and key != iri:
                parts += 1
            found[iri] = key
            taken.add(key)
    return found


def readable(key: str) -> str:
    """Return what a key says to a reader: ``Human Adult`` of ``HumanAdult``, ``Fly Insect`` of ``Fly-Insect``."""
    text = unquote(key).replace("_", " ")
    if not re.search(r"\s|[0-9]", text):
        text = text.replace("-", " ")
        text = _CAMEL.sub(" ", text)
    return " ".join(text.split()) or key


def _tail(iri: str, parts: int) -> str:
    """Return the last parts of an IRI; the whole of what is none."""
    if not re.match(r"[a-z][a-z0-9+.-]*:/|urn:", iri, re.IGNORECASE):
        return iri
    found = [match.start() for match in _LAST.finditer(iri)]
    return iri[found[-parts] :].rstrip("/#") if parts <= len(found) else iri
