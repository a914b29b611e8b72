"""Thesauri and ontologies in RDF: SKOS concepts, OWL and RDFS classes.

References: https://www.w3.org/TR/skos-reference/, https://www.w3.org/TR/owl2-overview/.  Superclasses are named
classes, also those that an intersection names; other restrictions say nothing of the hierarchy and are left out.
Individuals of the classes are read where instances are asked for; of SKOS, what ISO 25964 calls instances always are.
What ``taxonomy export skos`` wrote gives its concepts back, with their ids as keys and as ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from taxonomy.concept import KNOWLEDGE, SourceClass
from taxonomy.iri import SCHEME, id_of
from taxonomy.sources._choice import chosen
from taxonomy.sources._format import Choice, Format, Note, Report
from taxonomy.sources._iri import elsewhere, keys, local_name, readable
from taxonomy.sources._packed import head_of
from taxonomy.sources._triples import PREFIXES, Facts, Text, Value, is_rdf, read_facts

_ROLES = {
    "type": ["rdf:type"],
    "parent": ["rdfs:subClassOf", "wdt:P279"],
    "broader": ["skos:broader", "skos:broaderGeneric"],
    "narrower": ["skos:narrower", "skos:narrowerGeneric"],
    "instance": ["isothes:broaderInstantial"],
    "far broader": ["skos:broaderTransitive"],
    "far narrower": ["skos:narrowerTransitive"],
    "equivalent": ["owl:equivalentClass"],
    "link": ["owl:sameAs", "skos:exactMatch", "oboInOwl:hasDbXref"],
    "preferred": ["skos:prefLabel", "skosxl:prefLabel"],
    "label": ["rdfs:label", "schema:name"],
    "alternative": ["skos:altLabel", "skosxl:altLabel", "oboInOwl:hasExactSynonym", "schema:alternateName"],
    "scientific": ["dwc:scientificName"],
    "form": ["skosxl:literalForm"],
    "definition": ["skos:definition", "obo:IAO_0000115"],
    "note": ["rdfs:comment", "skos:scopeNote", "schema:description", "dcterms:description"],
    "old id": ["oboInOwl:hasAlternativeId"],
    "deprecated": ["owl:deprecated"],
    "intersection": ["owl:intersectionOf"],
    "first": ["rdf:first"],
    "rest": ["rdf:rest"],
}
_CONCEPT = f"{PREFIXES['skos']}Concept"
_CLASSES = {f"{PREFIXES['owl']}Class", f"{PREFIXES['rdfs']}Class"}
# What the languages themselves are made of is nothing that a vocabulary tells of.
_LANGUAGES = tuple(PREFIXES[prefix] for prefix in ("rdf", "rdfs", "owl", "xsd", "skos", "skosxl", "wikibase"))


def _roles() -> dict[str, str]:
    """Return the role of each predicate, by its IRI."""
    roles = {}
    for role, names in _ROLES.items():
        for name in names:
            prefix, _, local = name.partition(":")
            roles[PREFIXES[prefix] + local] = role
            if prefix == "schema":
                roles[f"https://schema.org/{local}"] = role
    return roles


def _sniff(path: Path, head: bytes) -> bool:
    return is_rdf(head)


def _chosen(path: Path, report: Report, choice: Choice) -> Iterator[tuple[str, SourceClass]]:
    rows = list(_read(path, report, individuals=choice.instances))
    places = {entry.key: where for where, entry in rows}
    for entry in chosen([entry for _, entry in rows], choice):
        yield places[entry.key], entry


def _read(path: Path, report: Report, *, individuals: bool = False) -> Iterator[tuple[str, SourceClass]]:
    facts = read_facts(path, head_of(path, 1 << 16), _roles(), report)
    found = _classes(facts)
    classes = [iri for iri in found if not _is_deprecated(facts[iri])]
    if len(classes) < len(found):
        report(path.name, Note(f"{len(found) - len(classes):,} deprecated classes are left out"))
    instances = _individuals(facts, found, classes) if individuals else []
    parents = _parents(facts, classes)
    used = {kind for iri in instances for kind in _iris(facts[iri].get("type"))}
    classes = _described(path, facts, classes, parents, used, report) + instances
    ours = {iri: id for iri in facts if (id := id_of(iri))} if SCHEME in facts else {}  # written by this program
    mentioned = (parent for iri in classes for parent in parents.get(iri, ()) if parent not in ours)
    named = keys([iri for iri in classes if iri not in ours], mentioned) | ours
    for iri in classes:
        yield f"{path.name}:{iri}", _entry(facts, iri, named, parents.get(iri, {}), ours.get(iri, ""))


def _classes(facts: Facts) -> list[str]:
    """Return the IRIs of concepts and classes, without those that are kinds of concepts: their instances are."""
    below = _inverse(facts, "parent")
    kinds: set[str] = set()
    stack = [_CONCEPT]
    while stack:
        kind = stack.pop()
        if kind not in kinds:
            kinds.add(kind)
            stack += below.get(kind, ())
    marks = kinds | _CLASSES
    above = below.keys() | _inverse(facts, "broader").keys()
    return [
        iri
        for iri, about in facts.items()
        if iri not in kinds
        and not iri.startswith(("_:", *_LANGUAGES))
        and (iri in above or about.keys() & {"parent", "broader"} or not marks.isdisjoint(about.get("type", {})))
    ]


def _individuals(facts: Facts, found: Iterable[str], classes: Iterable[str]) -> list[str]:
    """Return the IRIs of what some class is said to be the type of, and that is no class itself."""
    known, kinds = set(found), set(classes)
    return [
        iri
        for iri, about in facts.items()
        if iri not in known
        and not iri.startswith(("_:", *_LANGUAGES))
        and not kinds.isdisjoint(about.get("type", ()))
        and not _is_deprecated(about)
    ]


def _is_deprecated(about: dict[str, dict[Value, None]]) -> bool:
    return any(isinstance(value, Text) and value.text.lower() in ("true", "1") for value in about.get("deprecated", ()))


def _parents(facts: Facts, classes: Iterable[str]) -> dict[str, dict[str, None]]:
    """Return the superclasses of each class, without itself, in the order of the file."""
    narrower = _inverse(facts, "narrower")
    far = _inverse(facts, "far narrower")
    parents = {}
    for iri in classes:
        about = facts[iri]
        found = _iris(about.get("broader")) + narrower.get(iri, [])
        found = found or _iris(about.get("far broader")) + far.get(iri, [])
        for value in (*about.get("parent", ()), *about.get("equivalent", ())):
            if isinstance(value, str) and value.startswith("_:"):
                found += _parts(facts, value)
        found += _iris(about.get("parent"))
        parents[iri] = {parent: None for parent in found if parent != iri and not parent.startswith(_LANGUAGES)}
    return parents


def _inverse(facts: Facts, role: str) -> dict[str, list[str]]:
    """Return of each object of a role its subjects."""
    found: dict[str, list[str]] = {}
    for iri, about in facts.items():
        for value in _iris(about.get(role)):
            found.setdefault(value, []).append(iri)
    return found


def _parts(facts: Facts, blank: str) -> list[str]:
    """Return the named classes that an anonymous class is the intersection of."""
    found: list[str] = []
    seen: set[str] = set()
    rest = [str(value) for value in facts.get(blank, {}).get("intersection", ()) if isinstance(value, str)]
    while rest:
        node = rest.pop()
        if node not in seen and node in facts:
            seen.add(node)
            found += _iris(facts[node].get("first"))
            rest += [value for value in facts[node].get("rest", ()) if isinstance(value, str)]
    return found


def _described(
    path: Path, facts: Facts, classes: list[str], parents: dict[str, dict[str, None]], used: set[str], report: Report
) -> list[str]:
    """Leave out the classes of other namespaces of which nothing is said and that are not used: only mentioned."""
    used = used | {parent for above in parents.values() for parent in above}
    spaces = Counter(iri.removesuffix(local_name(iri)) for iri in classes)
    at_home = max(spaces, key=spaces.__getitem__, default="")
    kept = [iri for iri in classes if iri.startswith(at_home) or iri in used or facts[iri].keys() != {"type"}]
    if len(kept) < len(classes):
        mentioned = f"{len(classes) - len(kept):,} classes of other vocabularies, only mentioned,"
        report(path.name, Note(f"{mentioned} are left out"))
    return kept


def _entry(facts: Facts, iri: str, named: dict[str, str], parents: Iterable[str], own: str) -> SourceClass:
    """Make a class of what is known of an IRI; ``own`` is the id of a concept of this program."""
    about = facts[iri]
    labels = [*_texts(facts, about, "preferred"), *_texts(facts, about, "label")]
    names = [*labels, *_texts(facts, about, "alternative")]
    english = [text for text, language in names if _is_english(language)]
    others = [(language, text) for text, language in names if not _is_english(language)]
    # Of names in other languages the first in the alphabet of tags, so that it does not depend on the file's order.
    first_english = next((text for text, language in labels if _is_english(language)), "")
    language, other = min((language, text) for text, language in labels) if labels else ("en", "")
    name = first_english or (english[0] if english else other) or readable(local_name(iri))
    notes = [*_texts(facts, about, "definition"), *_texts(facts, about, "note")]
    links = (
        value.text if isinstance(value, Text) else value
        for role in ("equivalent", "link")
        for value in about.get(role, ())
    )
    found = elsewhere([iri, *links])
    above = (*_iris(about.get("type")), *_iris(about.get("instance")))
    scientific = _texts(facts, about, "scientific")
    return SourceClass(
        key=named[iri],
        name=name,
        synonyms=tuple(dict.fromkeys(text for text in english if text != name)),
        names=tuple(others),
        definition=next((text for text, language in notes if _is_english(language)), ""),
        parents=tuple(named[parent] for parent in parents),
        scientific_name=scientific[0].text if scientific else "",
        types=tuple(named[kind] for kind in above if kind in named and kind != iri),
        ids=(*([own] if own else []), *found.ids, *(text for text, _ in _texts(facts, about, "old id"))),
        wnid=found.wnid,
        mid=found.mid,
        language="en" if english else language,
    )


def _texts(facts: Facts, about: dict[str, dict[Value, None]], role: str) -> list[Text]:
    """Return the literals of a role, those in plain English first; SKOS-XL's labels are things that have theirs."""
    found: list[Text] = []
    for value in about.get(role, ()):
        if isinstance(value, Text):
            found.append(value)
        else:
            found += [form for form in facts.get(value, {}).get("form", ()) if isinstance(form, Text)]
    return sorted(found, key=lambda text: (text.language != "en", text.language != ""))


def _is_english(language: str) -> bool:
    """Tell whether a language is English; so is taken what has none."""
    return language in ("", "en") or language.lower().startswith("en-")


def _iris(values: Iterable[Value] | None) -> list[str]:
    """Return the IRIs among the values of a role."""
    return [value for value in values or () if isinstance(value, str) and not value.startswith("_:")]


FORMAT = Format(
    name="rdf",
    expects="SKOS, OWL or RDFS in Turtle, N-Triples, RDF/XML or JSON-LD",
    sniff=_sniff,
    read=_read,
    kind=KNOWLEDGE,
    chosen=_chosen,
)
