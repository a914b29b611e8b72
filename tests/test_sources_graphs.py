"""Ontologies and thesauri: RDF, OBO, OBO Graphs and AudioSet's; what is wrong in them costs itself only."""

import gzip
import json
import socket
from pathlib import Path

import pytest
from files import classes

from taxonomy.errors import InputError
from taxonomy.sources import Choice, format_of, read
from taxonomy.sources._iri import elsewhere, keys, readable
from taxonomy.sources._packed import bare_stem

PREFIXES = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix : <http://example.org/thing#> .
"""


def by_key(path):
    """Read a file and return its classes by key, and what was reported."""
    reading = read(path)
    told = [problem.what for problem in (*reading.quarantined, *reading.notes)]
    return {entry.key: entry for entry in reading.vocabulary.classes}, told


# RDF


def test_skos_gives_names_definitions_and_both_directions_of_broader(write):
    """Else half of a thesaurus would have no parents, and German labels would be taken for English ones."""
    path = write(
        "t.ttl",
        PREFIXES
        + """:1 a skos:Concept ; skos:prefLabel "Hunde"@de, "dogs"@en, "dogs (US)"@en-US ; skos:altLabel "hounds"@en ;
           skos:narrower :2 ; skos:scopeNote "kept by people"@en ;
           skos:exactMatch <http://www.wikidata.org/entity/Q144> .
        :2 a skos:Concept ; skos:prefLabel "Pudel"@de ; skos:broaderTransitive :9 .
        :3 a skos:Concept ; skos:broaderTransitive :1 ; skos:closeMatch <http://www.wikidata.org/entity/Q1> .
        :Kind a owl:Class ; rdfs:subClassOf skos:Concept .
        :4 a :Kind ; skos:prefLabel "cat" ; owl:deprecated true .
        :5 a :Kind ; skos:prefLabel "cow"@en ; skos:broader :1, :5 .
        """,
    )
    found, reports = by_key(path)
    assert list(found) == ["1", "2", "3", "5"]
    dogs = found["1"]
    assert (dogs.name, dogs.synonyms, dogs.names) == ("dogs", ("dogs (US)", "hounds"), (("de", "Hunde"),))
    assert (dogs.definition, dogs.ids) == ("kept by people", ("wd:Q144",))
    assert (found["2"].name, found["2"].parents) == ("Pudel", ("1",))
    assert (found["3"].name, found["3"].parents, found["3"].ids) == ("3", ("1",), ())
    assert found["5"].parents == ("1",)
    assert reports == ["1 deprecated classes are left out"]


INDIVIDUALS = """
@prefix : <http://example.org/pets#> .
:Animal a owl:Class ; rdfs:label "animal" .
:Dog a owl:Class ; rdfs:subClassOf :Animal .
:Old a owl:Class ; owl:deprecated true .
:rex a owl:NamedIndividual, :Dog ; rdfs:label "Rex"@en, "Rexi"@de ; owl:sameAs wd:Q7 .
:felix a :Animal .
:ghost a owl:NamedIndividual .
:late a :Dog ; owl:deprecated true .
:dodo a :Old .
[] a :Dog .
"""


def test_owl_gives_individuals_where_instances_are_asked_for(write):
    """Else an ontology's cities, makes and persons cannot be had, or come for kinds of things."""
    path = write("pets.ttl", INDIVIDUALS)
    assert [entry.key for entry in read(path).vocabulary.classes] == ["Animal", "Dog"]
    found = {entry.key: entry for entry in read(path, choice=Choice(instances=True)).vocabulary.classes}
    assert list(found) == ["Animal", "Dog", "rex", "felix"]
    rex = found["rex"]
    assert (rex.name, rex.types, rex.parents, rex.ids) == ("Rex", ("Dog",), (), ("wd:Q7",))
    assert (rex.names, found["felix"].types) == ((("de", "Rexi"),), ("Animal",))
    below = read(path, choice=Choice(roots=("Dog",), instances=True, languages=("fr",))).vocabulary.classes
    assert [(entry.key, entry.names) for entry in below] == [("Dog", ()), ("rex", ())]
    assert [entry.key for entry in read(path, choice=Choice(roots=("Animal",))).vocabulary.classes] == ["Animal", "Dog"]


def test_owl_gives_named_superclasses_of_intersections_but_no_restrictions(write):
    """Else `part of` would become `is a`, or a defined class would hang in the air."""
    path = write(
        "o.ttl",
        PREFIXES
        + """@prefix obo: <http://purl.obolibrary.org/obo/> .
        @prefix oio: <http://www.geneontology.org/formats/oboInOwl#> .
        :Animal a owl:Class ; rdfs:subClassOf owl:Thing .
        :Pet a owl:Class ; rdfs:label "pet"@en ; obo:IAO_0000115 "An animal kept at home." ;
          oio:hasExactSynonym "companion animal" ; owl:equivalentClass <http://www.wikidata.org/entity/Q39201> ,
          [ owl:intersectionOf ( :Animal [ a owl:Restriction ; owl:onProperty :in ; owl:someValuesFrom :House ] ) ] ;
          rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :partOf ; owl:someValuesFrom :Family ] .
        """,
    )
    found, _ = by_key(path)
    pet = found["Pet"]
    assert list(found) == ["Animal", "Pet"]
    assert (pet.parents, pet.synonyms, pet.ids) == (("Animal",), ("companion animal",), ("wd:Q39201",))
    assert pet.definition == "An animal kept at home."
    assert found["Animal"].parents == ()


def test_turtle_without_prefixes_and_with_errors_is_read_on(write):
    """Else KBpedia could not be read at all, nor any file with one bad statement."""
    path = write(
        "k.n3",
        "<http://kbpedia.org/kko/rc/GuideDog> a owl:Class .\n"
        "<http://kbpedia.org/kko/rc/GuideDog> rdfs:subClassOf foo:Dog .\n"
        "this is nothing .\n"
        '<http://kbpedia.org/kko/rc/Cat> a owl:Class ; rdfs:label "cat"@en .\n',
    )
    reading = read(path)
    assert [(entry.name, entry.parents) for entry in reading.vocabulary.classes] == [
        ("Guide Dog", ("Dog",)),
        ("cat", ()),
    ]
    assert [problem.where for problem in reading.quarantined] == ["k.n3:2", "k.n3:3"]
    assert "foo: is not declared" in reading.quarantined[0].what


def test_every_writing_of_rdf_says_the_same(write):
    """Else a user would have to convert files by other tools first."""
    turtle = PREFIXES + ':Dog a owl:Class ; rdfs:subClassOf :Animal ; rdfs:label "dog"@en, "chien"@fr .\n'
    iri = "http://example.org/thing#"
    rdfs, owl = "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2002/07/owl#"
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    triples = (
        f"<{iri}Dog> <{rdf}type> <{owl}Class> .\n<{iri}Dog> <{rdfs}subClassOf> <{iri}Animal> .\n"
        f'<{iri}Dog> <{rdfs}label> "dog"@en .\n<{iri}Dog> <{rdfs}label> "chien"@fr .\n'
    )
    xml = (
        f'<?xml version="1.0"?><rdf:RDF xmlns:rdf="{rdf}" xmlns:rdfs="{rdfs}" xmlns:owl="{owl}">'
        f'<owl:Class rdf:about="{iri}Dog"><rdfs:subClassOf rdf:resource="{iri}Animal"/>'
        '<rdfs:label xml:lang="en">dog</rdfs:label><rdfs:label xml:lang="fr">chien</rdfs:label></owl:Class></rdf:RDF>'
    )
    label = [{"@value": "dog", "@language": "en"}, {"@value": "chien", "@language": "fr"}]
    linked = {
        "@id": f"{iri}Dog",
        "@type": f"{owl}Class",
        f"{rdfs}subClassOf": {"@id": f"{iri}Animal"},
        f"{rdfs}label": label,
    }
    read_alike = [
        classes(write(name, content))
        for name, content in (
            ("a.ttl", turtle),
            ("a.nt", triples),
            ("a.owl", xml),
            ("a.json", json.dumps([linked])),
            ("a.gz", gzip.compress(turtle.encode())),
        )
    ]
    assert read_alike == [read_alike[0]] * 5
    assert (read_alike[0][0].parents, read_alike[0][0].names) == (("Animal",), (("fr", "chien"),))


def test_json_ld_fetches_nothing(write, monkeypatch):
    """Else a file from anywhere could make the program call any server."""

    def no_network(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    document = {
        "@context": ["https://example.org/context.json", {"label": "http://www.w3.org/2000/01/rdf-schema#label"}],
        "@graph": [{"@id": "http://example.org/Dog", "@type": "owl:Class", "label": "dog"}],
    }
    found, reports = by_key(write("a.jsonld", json.dumps(document)))
    assert found["Dog"].name == "dog"
    assert reports == ["the context https://example.org/context.json is not fetched; put it into the file"]


def test_entities_cannot_fill_the_memory(write):
    """Else an XML file of a kilobyte would stop the machine."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    path = write(
        "x.owl",
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "aaaa">{entities}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="&e11;"/></rdf:RDF>',
    )
    with pytest.raises(InputError, match="entities made of other entities"):
        read(path)


def test_other_namespaces_do_not_take_a_key_away(write):
    """Else two classes of one local name would be one, and the second be lost."""
    path = write(
        "s.ttl",
        PREFIXES
        + """<http://other.org/terms#Dog> a owl:Class ; rdfs:label "somebody else's dog" .
        <http://other.org/terms#Mentioned> a owl:Class .
        :Dog a owl:Class ; rdfs:subClassOf <http://other.org/terms#Dog> . :Cat a owl:Class . :Cow a owl:Class .""",
    )
    found, reports = by_key(path)
    assert found["Dog"].parents == ("terms#Dog",)
    assert found["terms#Dog"].name == "somebody else's dog"
    assert reports == ["1 classes of other vocabularies, only mentioned, are left out"]


def test_deep_hierarchies_of_rdf(write):
    """Else ten thousand levels would end in a traceback of recursion."""
    rows = "".join(f":c{i} a :Kind ; rdfs:subClassOf :c{i + 1} .\n" for i in range(3000))
    assert len(classes(write("d.ttl", f"{PREFIXES}{rows}"))) == 3000


# IRIs


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.wikidata.org/wiki/Q144", (("wd:Q144",), "", "")),
        ("Wikidata:Q144", (("wd:Q144",), "", "")),
        ("http://wordnet-rdf.princeton.edu/wn31/102086723-n", (("wn31:02086723-n",), "", "")),
        ("http://wordnet-rdf.princeton.edu/id/02086723-n", (("wn31:02086723-n",), "", "")),
        ("http://wordnet-rdf.princeton.edu/wn30/03028079-n", ((), "n03028079", "")),
        ("http://purl.obolibrary.org/obo/NCBITaxon_9615", (("ncbi:9615",), "", "")),
        ("http://rdf.freebase.com/ns/m.0bt9lr", ((), "", "/m/0bt9lr")),
        ("http://dbpedia.org/resource/Q144", ((), "", "")),
    ],
)
def test_ids_elsewhere(link, expected):
    """Else a class that says what it is in WordNet or Wikidata would be linked by its name, as a guess."""
    assert elsewhere([link]) == expected


def test_keys_and_readable_names():
    """Else a class without a label would be called by its address."""
    assert keys(["http://x.org/a/b", "http://x.org/c/b"]) == {"http://x.org/a/b": "b", "http://x.org/c/b": "c/b"}
    assert [readable(key) for key in ("HumanAdult", "Fly-Insect", "big_cat", "DVD", "13983-4")] == [
        *("Human Adult", "Fly Insect", "big cat", "DVD", "13983-4")
    ]


# OBO

OBO = r"""format-version: 1.2
synonymtypedef: Japanese "Japanese synonym" EXACT

[Term]
id: ENVO:1
name: sea\, big
def: "Salt \"water\"." [ref:1]
synonym: "ocean" EXACT []
synonym: "lake" RELATED []
synonym: "海 (Japanese, exact)" EXACT Japanese [x:y]
xref: https://www.wikidata.org/wiki/Q165 {source="x"}
alt_id: ENVO:99
is_a: ENVO:2 {source="x"} ! water body
relationship: part_of ENVO:3 ! earth
intersection_of: ENVO:4 ! body
intersection_of: part_of ENVO:3
nonsense

[Typedef]
id: part_of
name: part of

[Term]
id: ENVO:5
is_obsolete: true

[Term]
id: NCBITaxon:9612
name: Canis lupus
synonym: "gray wolf" EXACT genbank_common_name []
synonym: "grey wolf" EXACT common_name []
property_value: has_rank NCBITaxon:species
"""


def test_obo_terms(write):
    """Else an ontology would be read with its parts as kinds, its relatives as synonyms and its escapes as text."""
    found, reports = by_key(write("e.obo", OBO))
    sea, wolf = found["ENVO:1"], found["NCBITaxon:9612"]
    assert (sea.name, sea.definition, sea.synonyms) == ("sea, big", 'Salt "water".', ("ocean",))
    assert (sea.names, sea.ids) == ((("ja", "海"),), ("wd:Q165", "ENVO:99"))
    assert sea.parents == ("ENVO:2", "ENVO:4")
    assert (wolf.name, wolf.scientific_name, wolf.rank) == ("gray wolf", "Canis lupus", "species")
    assert (wolf.synonyms, wolf.ids) == (("grey wolf",), ("ncbi:9612",))
    assert reports == ["no 'nonsense' of OBO: 'nonsense'", "1 obsolete terms are left out"]
    assert len(found) == 2


def test_a_bad_line_of_obo_costs_itself(write):
    """Else one odd byte of a file of 7,000 terms would cost the file."""
    text = (
        OBO.encode()
        .replace(b"sea\\, big", b"caf\xe9")
        .replace(b'"ocean" EXACT []', b"ocean")
        .replace(b"Salt", b"\xc2\x93x")
    )
    found, reports = by_key(write("e.obo", text))
    assert found["ENVO:1"].name == "ENVO:1"
    assert found["ENVO:1"].definition.startswith("“x")
    assert reports[:2] == ["not UTF-8 (byte 0xe9)", "no 'synonym' of OBO: 'synonym: ocean'"]


def test_truncated_and_huge(write):
    """Else a download that broke off would end in a traceback, and a line without end fill the memory."""
    terms = "".join(f"\n[Term]\nid: A:{i}\nname: term {i * 7919}\nis_a: A:{i + 1}\n" for i in range(10000))
    packed = gzip.compress(f"format-version: 1.2\n{terms}".encode())
    found, reports = by_key(write("t.obo.gz", packed[: len(packed) // 2]))
    assert 3000 < len(found) < 7000
    assert "damaged or truncated" in reports[0]
    long = "x" * 5_000_000
    found, reports = by_key(write("h.obo", f'format-version: 1.2\n\n[Term]\nid: A:1\ndef: "{long}" []\nname: a\n'))
    assert found["A:1"].name == "a"
    assert reports == ["a line of more than 4,194,304 bytes"]


def test_source_of_a_compressed_file_has_its_bare_name(write):
    """Else ids would read `envo.obo:…`, and change with the compression."""
    assert read(write("envo.obo.gz", gzip.compress(OBO.encode()))).vocabulary.source.name == "envo"
    assert bare_stem(Path("dump.json.zst")) == "dump"


# JSON


def test_obographs(write):
    """Else the JSON that OBO's libraries publish could not be read."""
    exact = {"pred": "hasExactSynonym", "val": "ocean"}
    related = {"pred": "hasRelatedSynonym", "val": "lake"}
    nodes = [
        {"id": "http://purl.obolibrary.org/obo/ENVO_1", "lbl": "sea", "type": "CLASS"},
        {
            "id": "ENVO:2",
            "meta": {
                "definition": {"val": "Salt water."},
                "synonyms": [exact, related],
                "xrefs": [{"val": "Wikidata:Q9430"}],
            },
        },
        {"id": "X:3", "lbl": "old", "meta": {"deprecated": True}},
        {"id": "part_of", "type": "PROPERTY"},
        7,
    ]
    edges = [
        {"sub": "ENVO:2", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/ENVO_1"},
        {"sub": "ENVO:2", "pred": "part_of", "obj": "X:3"},
        "nothing",
    ]
    found, reports = by_key(write("e.json", json.dumps({"graphs": [{"nodes": nodes, "edges": edges}]})))
    assert list(found) == ["ENVO_1", "ENVO:2"]
    ocean = found["ENVO:2"]
    assert (ocean.parents, ocean.synonyms, ocean.ids) == (("ENVO_1",), ("ocean",), ("wd:Q9430",))
    assert reports == ["not an object with an id", "1 obsolete terms are left out"]


def test_audioset(write):
    """Else an ontology that lists children would lose its hierarchy, as a list of COCO categories."""
    rows = [
        {"id": "/m/0dgw9r", "name": "Human sounds", "child_ids": ["/m/09x0r"], "restrictions": ["abstract"]},
        {"id": "/m/09x0r", "name": "Speech", "description": "Talk.", "child_ids": [], "restrictions": []},
        5,
    ]
    path = write("ontology.json", json.dumps(rows))
    found, reports = by_key(path)
    assert format_of(path).kind == "knowledge base"
    assert (found["/m/09x0r"].parents, found["/m/09x0r"].mid) == (("/m/0dgw9r",), "/m/09x0r")
    assert found["/m/0dgw9r"].name == "Human sounds"
    assert reports == ["not an object with an id and a name"]


@pytest.mark.parametrize(
    "text", ['{"graphs": [{"nodes": [', '[{"child_ids": [', '{"@context": {}, "@graph": [' + "[" * 100000]
)
def test_broken_json_is_told(write, text):
    """Else a truncated download would end in a traceback."""
    with pytest.raises(InputError, match="JSON"):
        read(write("x.json", text))
