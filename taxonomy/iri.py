"""The IRIs of concepts and classes, one for each id, and back.

==================  =====================================================
``n02084071``       ``http://wordnet-rdf.princeton.edu/wn30/02084071-n``
``wd:Q144``         ``http://www.wikidata.org/entity/Q144``
``ncbi:9615``       ``http://purl.obolibrary.org/obo/NCBITaxon_9615``
``mid:/m/0bt9lr``   ``http://g.co/kg/m/0bt9lr``
``ili:i46360``      ``http://globalwordnet.org/ili/i46360``
``coco:18``         ``urn:label-taxonomy:coco:18``
``mine:sea snake``  ``urn:label-taxonomy:mine:sea%20snake``
==================  =====================================================

What is not a letter, a digit or one of ``/-._~:`` is percent-encoded as UTF-8, so that every id has a valid IRI.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from taxonomy.concept import WNID

# A MID begins with the slash that lacks here.
PREFIXES = {
    "gbif": "https://www.gbif.org/species/",
    "ili": "http://globalwordnet.org/ili/",
    "inat": "https://www.inaturalist.org/taxa/",
    "mid": "http://g.co/kg",
    "ncbi": "http://purl.obolibrary.org/obo/NCBITaxon_",
    "wd": "http://www.wikidata.org/entity/",
    "wn30": "http://wordnet-rdf.princeton.edu/wn30/",
    "wn31": "http://wordnet-rdf.princeton.edu/wn31/",
}
"""What the IRIs of ids elsewhere begin with, by the prefix of the id."""

OURS = "urn:label-taxonomy:"
"""What the IRIs of all other ids begin with; ``dataset:key`` follows."""

TERMS = f"{OURS}terms#"
"""What the IRIs of this program's own properties begin with."""

SCHEME = f"{TERMS}scheme"
"""The SKOS concept scheme that every exported concept is in: it tells a file of this program from others."""

_SYNSET = re.compile(re.escape(PREFIXES["wn30"]) + r"([0-9]{8})-n")


def iri(id: str) -> str:
    """Return the IRI of a concept id or of ``dataset:key``.

    >>> iri("n02084071"), iri("mine:sea snake")
    ('http://wordnet-rdf.princeton.edu/wn30/02084071-n', 'urn:label-taxonomy:mine:sea%20snake')
    """
    prefix, colon, key = id.partition(":")
    if not colon and WNID.fullmatch(id):
        return f"{PREFIXES['wn30']}{id[1:]}-n"
    start = PREFIXES.get(prefix) or f"{OURS}{quote(prefix)}:"
    return start + (key if key.isalnum() and key.isascii() else escaped(key))


def escaped(key: str) -> str:
    """Return a key as a part of an IRI or CURIE.

    >>> escaped("/m/0bt9lr"), escaped("sea snake"), escaped("50%")
    ('/m/0bt9lr', 'sea%20snake', '50%25')
    """
    return key if key.isascii() and key.isalnum() else quote(key, safe="/-._~:")


def id_of(iri: str) -> str:
    """Return the id of an IRI, the inverse of `iri`; empty for an IRI of others.

    >>> id_of("http://wordnet-rdf.princeton.edu/wn30/02084071-n"), id_of("urn:label-taxonomy:mine:sea%20snake")
    ('n02084071', 'mine:sea snake')
    """
    if synset := _SYNSET.fullmatch(iri):
        return f"n{synset[1]}"
    if iri.startswith(OURS):
        prefix, colon, key = iri.removeprefix(OURS).partition(":")
        return f"{unquote(prefix)}:{unquote(key)}" if colon else ""
    return next(
        (f"{name}:{unquote(iri[len(start) :])}" for name, start in PREFIXES.items() if iri.startswith(start)), ""
    )
