"""Exports of knowledge: what graph, ontology and table programs read is valid, complete, and comes back as it was."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import networkx
import pytest
import rdflib
from knowledge import HARD, facts, whole

import taxonomy
from taxonomy import sssom
from taxonomy.errors import InputError
from taxonomy.export import Choice, Options, exporter, options, select
from taxonomy.export.selection import Selection
from taxonomy.iri import id_of, iri

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

SKOS = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
LABEL = rdflib.Namespace("urn:label-taxonomy:terms#")
DOG = rdflib.URIRef("http://wordnet-rdf.princeton.edu/wn30/02084071-n")
FORMATS = {".ttl": "turtle", ".nt": "nt", ".jsonld": "json-ld", ".rdf": "xml"}


def graph_of(path: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(path, format=FORMATS[path.suffix])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def skos(pets: taxonomy.Taxonomy, tmp_path_factory: pytest.TempPathFactory) -> rdflib.Graph:
    path = tmp_path_factory.mktemp("skos") / "pets.nt"
    whole(pets, "skos", path)
    return graph_of(path)


# RDF


@pytest.mark.parametrize("format", ["skos", "owl"])
def test_the_four_syntaxes_say_the_same(pets, tmp_path, format):
    """Else what a program knows of the taxonomy depends on the extension of the file that it was given."""
    graphs = []
    for extension in FORMATS:
        whole(pets, format, tmp_path / f"pets{extension}")
        graphs.append({*graph_of(tmp_path / f"pets{extension}")})
    assert graphs[0] == graphs[1] == graphs[2] == graphs[3]
    assert any(str(value) == HARD for _, _, value in graphs[0])


def test_every_id_has_an_iri_that_gives_it_back(pets, skos):
    """Else a class whose key has blanks or brackets breaks the file, or is lost when it is read again."""
    ids = {row[0] for row in pets.execute("SELECT id FROM concept")}
    assert {id_of(iri(id)) for id in ids} == ids
    assert {str(subject) for subject in skos.subjects(rdflib.RDF.type, SKOS.Concept)} == {iri(id) for id in ids}
    assert not [id for id in ids if re.search(r'[^\x21-\x7e]|[<>"{}|^`\\]', iri(id))]


def test_skos_keeps_kinds_of_edges_apart(skos):
    """Else Rex is a kind of pet, and a dog's tail a kind of dog, for every program that follows broader."""
    isothes = rdflib.Namespace("http://purl.org/iso25964/skos-thes#")
    rex, breed = (rdflib.URIRef(f"urn:label-taxonomy:pets:{key}") for key in ("rex", "breed"))
    assert set(skos.objects(rex, isothes.broaderInstantial)) == {breed}
    assert not set(skos.objects(rex, SKOS.broader))
    assert set(skos.objects(breed, SKOS.broader)) == {DOG}
    assert set(skos.subjects(LABEL.partOf, None)) or set(skos.subjects(LABEL.memberOf, None))


def test_skos_has_one_preferred_name_a_language(skos):
    """Else thesaurus programs refuse the file, as the integrity conditions of SKOS want it."""
    assert {str(name) for name in skos.objects(DOG, SKOS.prefLabel) if name.language == "de"} == {"Hund"}
    assert rdflib.Literal("Köter", lang="de") in set(skos.objects(DOG, SKOS.altLabel))
    preferred = [(subject, name.language) for subject, name in skos.subject_objects(SKOS.prefLabel)]
    assert len(preferred) == len(set(preferred))
    assert not {*skos.subject_objects(SKOS.prefLabel)} & {*skos.subject_objects(SKOS.altLabel)}


def test_skos_tells_classes_ids_marks_and_licences(skos):
    """Else nobody can go from a dataset's class to the concept, nor knows under which licence a name may be used."""
    breed = rdflib.URIRef("urn:label-taxonomy:pets:breed")
    assert {str(value) for value in skos.objects(breed, SKOS.exactMatch)} == {
        "http://www.wikidata.org/entity/Q1",
        "http://g.co/kg/m/0abc",
    }
    things = rdflib.URIRef("urn:label-taxonomy:3d_things")
    assert rdflib.URIRef(f"{things}:0") in set(skos.objects(DOG, SKOS.exactMatch))
    assert {str(value) for value in skos.objects(things, rdflib.DC.rights)} == {"CC-BY-4.0"}
    assert str(skos.value(DOG, LABEL.visual)) == "visual"
    assert skos.value(LABEL.scheme, SKOS.hasTopConcept) == rdflib.URIRef(iri("n00001740"))


def test_owl_makes_classes_and_individuals(pets, tmp_path):
    """Else a reasoner finds kinds of Rex, or a dog that is an individual."""
    whole(pets, "owl", tmp_path / "pets.owl")
    graph = rdflib.Graph().parse(tmp_path / "pets.owl", format="xml")
    rex, breed = (rdflib.URIRef(f"urn:label-taxonomy:pets:{key}") for key in ("rex", "breed"))
    assert set(graph.objects(rex, rdflib.RDF.type)) == {rdflib.OWL.NamedIndividual, breed}
    assert set(graph.objects(breed, rdflib.RDF.type)) == {rdflib.OWL.Class}
    assert set(graph.objects(breed, rdflib.RDFS.subClassOf)) == {DOG}


# Choices


def test_a_part_is_written_with_all_that_is_above_it(t, tmp_path):
    """Else the graph of a dataset is a heap of concepts without a hierarchy."""
    taken = select(t, Choice(datasets=("street",)))
    report = exporter("csv").save(taken, tmp_path / "o")
    rows = rows_of(tmp_path / "o" / "edges.csv")
    ids = {row["id"] for row in rows_of(tmp_path / "o" / "nodes.csv")}
    assert {row["child"] for row in rows} | {row["parent"] for row in rows} <= ids
    assert "n00001740" in ids
    assert "only above the chosen ones" in report.remarks[0]


def test_a_part_names_only_the_sources_that_it_is_from(pets, tmp_path):
    """Else an export of free labels says that it is under the licence of every other dataset of the taxonomy."""
    taken = select(pets, Choice(datasets=("pets",), roots=("pets:rex",)))
    texts = {}
    for format in ("wn-lmf", "obographs", "sssom"):
        with (tmp_path / format).open("w", encoding="utf-8") as out:
            exporter(format).write(taken, out)
        texts[format] = (tmp_path / format).read_text(encoding="utf-8")
    assert "CC-BY-4.0" not in texts["wn-lmf"] + texts["obographs"]
    assert "3d_things" not in texts["sssom"]


def test_the_whole_taxonomy_is_written_without_its_hierarchy_in_memory(pets, tmp_path):
    """Else an export of all takes four times the memory, or says something else than one of each of its concepts."""
    streamed, eager = select(pets, Choice(whole=True)), select(pets, Choice(whole=True))
    listed = replace(eager, chosen=eager.concepts, within=eager.hierarchy)
    for format in ("skos", "owl", "graphml"):
        texts = []
        for selection in (streamed, listed):
            with (tmp_path / "o").open("w+", encoding="utf-8") as out:
                exporter(format).write(replace(selection, options=Options(syntax="ntriples")), out)
                out.seek(0)
                texts.append(out.read())
        assert texts[0] == texts[1]
    with (tmp_path / "o").open("w", encoding="utf-8") as out:
        exporter("skos").write(streamed, out)
    assert "hierarchy" not in vars(streamed)


def test_a_class_that_was_left_out_is_under_what_stands_for_it(pets, tmp_path):
    """Else pruning small classes loses which classes of datasets went into the ones that are left."""
    taken = select(pets, Choice(whole=True))
    breed, dog = (pets[id].key for id in ("pets:breed", "n02084071"))
    hierarchy = taken.hierarchy.without({breed})
    part = Selection(pets, taken.datasets, (dog,), hierarchy, stands={breed: dog})
    part_of = exporter("sssom")
    with (tmp_path / "m.tsv").open("w", encoding="utf-8") as out:
        part_of.write(part, out)
    rows = {row.subject_id: row for row in sssom.read(tmp_path / "m.tsv")}
    assert (rows["pets:breed"].predicate_id, rows["pets:breed"].object_id) == ("skos:broadMatch", "wn30:02084071-n")


def test_what_is_between_two_concepts_may_be_left_out(pets, tmp_path):
    """Else leaving out an unsafe or foreign concept leaves edges to nowhere, or tears its children off."""
    taken = select(pets, Choice(whole=True))
    hierarchy = taken.hierarchy.without({pets["pets:breed"].key})
    part = Selection(pets, taken.datasets, (pets["pets:rex"].key,), hierarchy)
    exporter("csv").save(part, tmp_path / "o")
    rows = rows_of(tmp_path / "o" / "edges.csv")
    assert next((row["parent"], row["kind"], row["source"]) for row in rows if row["child"] == "pets:rex") == (
        *("n02084071", "instance_of"),
        "",
    )


# Other formats, by their own programs where those are light


def test_graphml_is_what_networkx_reads(pets, tmp_path):
    """Else graph programs refuse the file, or have other edges than the taxonomy."""
    whole(pets, "graphml", tmp_path / "pets.graphml")
    graph = networkx.read_graphml(tmp_path / "pets.graphml")
    assert graph.number_of_nodes() == len(pets)
    assert {(child, parent, kind) for parent, child, kind in graph.edges(data="kind")} == facts(pets)[1]
    assert HARD in {name for _, name in graph.nodes(data="name")}


def test_dot_quotes_every_string(pets, tmp_path):
    """Else Graphviz stops at the first name with a quote."""
    whole(pets, "dot", tmp_path / "pets.dot")
    string = r'"(?:[^"\\]|\\["\\])*"'
    _, *lines, last = (tmp_path / "pets.dot").read_text(encoding="utf-8").splitlines()
    statement = rf"rankdir=LR;|node \[shape=box\];|{string} \[label={string}\];|{string} -> {string}(?: \[[^\]]*\])?;"
    assert not [line for line in lines if not re.fullmatch(statement, line)]
    assert last == "}"
    assert sum(" -> " in line for line in lines) == len(facts(pets)[1])


def test_tables_hold_the_whole_graph(pets, tmp_path):
    """Else a data frame made of them lacks concepts, names or classes, or numbers are texts."""
    duckdb = pytest.importorskip("duckdb")
    whole(pets, "csv", tmp_path / "csv")
    whole(pets, "parquet", tmp_path / "parquet")
    for table in ("nodes", "edges", "names", "classes"):
        with (tmp_path / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        found = duckdb.read_parquet(str(tmp_path / "parquet" / f"{table}.parquet"))
        assert found.columns == header
        texts = [["" if value is None else str(value) for value in row] for row in found.fetchall()]
        assert texts == rows
    assert duckdb.read_parquet(str(tmp_path / "parquet" / "edges.parquet")).types[-1] == "DOUBLE"
    nodes = rows_of(tmp_path / "csv" / "nodes.csv")
    assert {(row["id"], row["name"], row["definition"]) for row in nodes} == facts(pets)[0]
    assert sorted(int(row["index"]) for row in nodes) == list(range(len(pets)))
    assert {path.name for path in (tmp_path / "parquet").iterdir()} == {
        *("nodes.parquet", "edges.parquet"),
        *("names.parquet", "classes.parquet"),
    }


def test_sssom_gives_the_links_of_all_classes(pets, tmp_path):
    """Else who reviews mappings elsewhere sees other links than the taxonomy has."""
    whole(pets, "sssom", tmp_path / "m.sssom.tsv")
    found = sssom.read_set(tmp_path / "m.sssom.tsv")
    rows = {sssom.entity(row.subject_id): row for row in found.mappings}
    assert len(rows) == 7
    assert rows["3d_things:0"].predicate_id == "skos:exactMatch"
    assert sssom.entity(rows["pets:breed"].object_id) == "n02084071"
    assert rows["pets:breed"].predicate_id == "skos:broadMatch"
    prefixes = found.metadata["curie_map"]
    assert {row.subject_id.partition(":")[0] for row in rows.values()} <= prefixes.keys()
    assert {row.object_id.partition(":")[0] for row in rows.values()} <= prefixes.keys()


def test_mappings_of_nothing_are_refused(few_build, tmp_path):
    """Else who has only WordNet gets an empty table of mappings, and no word why."""
    with taxonomy.open(few_build()) as t, pytest.raises(InputError, match="no class of a dataset"):
        whole(t, "sssom", tmp_path / "m.sssom.tsv")
    assert list(tmp_path.iterdir()) == []


def test_wn_lmf_refers_to_nothing_that_is_not_there(pets, tmp_path):
    """Else wordnet programs refuse the file, for ids in XML are unique and every reference has its target."""
    whole(pets, "wn-lmf", tmp_path / "pets.xml")
    text = (tmp_path / "pets.xml").read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert not [id for id in ids if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", id)]
    targets = (
        re.findall(r' (?:target|synset)="([^"]*)"', text) + " ".join(re.findall(r'members="([^"]*)"', text)).split()
    )
    assert set(targets) <= set(ids)
    relations = set(re.findall(r'relType="([a-z_]*)"', text))
    assert {"hypernym", "hyponym", "instance_hypernym", "instance_hyponym"} <= relations


def test_json_tree_has_every_concept_once(pets, tmp_path):
    """Else a view of the tree shows concepts twice, or hides some."""
    report = whole(pets, "json-tree", tmp_path / "tree.json")
    stack, ids = [json.loads((tmp_path / "tree.json").read_text(encoding="utf-8"))], []
    while stack:
        item = stack.pop()
        ids.append(item["id"])
        stack += item.get("children", [])
    assert sorted(ids) == sorted(row[0] for row in pets.execute("SELECT id FROM concept"))
    assert report.loss is not None
    assert report.loss.categories == len(ids)


@pytest.mark.parametrize("format", ["skos", "wn-lmf", "graphml"])
def test_what_xml_cannot_hold_is_left_out_of_it(pets_db, tmp_path, format):
    """Else one control character in a name, which a database may have, makes the whole file unreadable."""
    db = shutil.copy(pets_db, tmp_path / "odd.db")
    import sqlite3

    with sqlite3.connect(db) as connection:
        odd = 'a\x01b\x0b\ufffe\n"c\\'
        connection.execute("UPDATE concept SET definition = ? WHERE id = 'n02084071'", (odd,))
    with taxonomy.open(db) as t:
        path = tmp_path / ("o.rdf" if format == "skos" else "o.xml")
        whole(t, format, path)
        import xml.etree.ElementTree as ElementTree

        assert 'ab\n"c\\' in {element.text for element in ElementTree.parse(path).iter()}
        whole(t, "skos", tmp_path / "o.nt")
        assert rdflib.Literal(odd, lang="en") in set(graph_of(tmp_path / "o.nt").objects(DOG))


def test_an_unknown_syntax_is_refused(pets, tmp_path):
    """Else a misspelt syntax gives Turtle under another name."""
    with pytest.raises(InputError, match="turtle"):
        options(exporter("skos"), tmp_path / "o.ttl", syntax="trig")
