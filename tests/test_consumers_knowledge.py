"""Knowledge exports, read with the programs that they are for."""

from __future__ import annotations

from pathlib import Path

import pytest
from consumers import consumer
from knowledge import HARD, facts, whole

from taxonomy.iri import id_of

pytestmark = pytest.mark.filterwarnings("ignore")  # of the programs


@pytest.mark.parametrize("format", ["skos", "owl"])
def test_pyoxigraph_reads_all_syntaxes_alike(pets, tmp_path, format):
    """Else a strict parser refuses what rdflib lets pass."""
    oxigraph = consumer("pyoxigraph")
    formats = oxigraph.RdfFormat
    syntaxes = {".ttl": formats.TURTLE, ".nt": formats.N_TRIPLES, ".jsonld": formats.JSON_LD, ".rdf": formats.RDF_XML}
    found = []
    for extension, syntax in syntaxes.items():
        path = tmp_path / f"o{extension}"
        whole(pets, format, path)
        found.append({str(quad.triple) for quad in oxigraph.parse(path=str(path), format=syntax)})
    assert found[0] == found[1] == found[2] == found[3]
    assert len(found[0]) > len(facts(pets)[1])


def test_sssom_py_finds_no_fault_in_the_mappings(pets, tmp_path):
    """Else mapping tools refuse the links."""
    parsers, validators, constants = (consumer(f"sssom.{name}") for name in ("parsers", "validators", "constants"))
    whole(pets, "sssom", tmp_path / "m.sssom.tsv")
    found = parsers.parse_sssom_table(str(tmp_path / "m.sssom.tsv"))
    kinds = constants.SchemaValidationType
    reports = validators.validate(found, [kinds.JsonSchema, kinds.PrefixMapCompleteness])
    assert not [result for report in reports.values() for result in report.results]
    assert len(found.df) == 7


def test_obographs_reads_every_node_and_edge(pets, tmp_path):
    """Else ontology tools refuse the file, or see half of it."""
    obographs = consumer("obographs")
    whole(pets, "obographs", tmp_path / "o.json")
    (graph,) = obographs.read(tmp_path / "o.json", squeeze=False).graphs
    concepts = {id_of(node.id): node.lbl for node in graph.nodes if node.type != "PROPERTY"}
    assert concepts == {id: name for id, name, _ in facts(pets)[0]}
    assert len(graph.edges) == len(facts(pets)[1])


def test_pronto_finds_what_is_above_a_concept(pets, tmp_path):
    """Else the hierarchy that ontology programs see is another one."""
    pronto = consumer("pronto")
    whole(pets, "obographs", tmp_path / "o.json")
    terms = {id_of(term.id): term for term in pronto.Ontology(str(tmp_path / "o.json")).terms()}
    dog = pets["n02084071"]
    above = {id_of(term.id) for term in terms[dog.id].superclasses(with_self=False)}
    assert above == {concept.id for concept in dog.ancestors()}


def test_wn_reads_the_wordnet_and_finds_no_fault(pets, tmp_path: Path):
    """Else the wordnet cannot be added to wn, or its hypernyms are others."""
    wn, lmf, validate = (consumer(name) for name in ("wn", "wn.lmf", "wn.validate"))
    whole(pets, "wn-lmf", tmp_path / "o.xml")
    wn.config.data_directory = tmp_path / "wn"
    wn.add(tmp_path / "o.xml", progress_handler=None)
    wordnet = wn.Wordnet("lt")
    assert len(wordnet.synsets()) == len(pets)
    (dog,) = (synset for synset in wordnet.synsets("dog") if synset.id == "lt-02084071-n")
    assert {above.id for above in dog.hypernyms()} == {"lt-02083346-n", "lt-01317541-n"}
    assert wordnet.synsets(HARD)
    (lexicon,) = lmf.load(tmp_path / "o.xml", progress_handler=None)["lexicons"]
    faults = validate.validate(lexicon, select=("E",), progress_handler=None)
    assert not [fault["message"] for fault in faults.values() if fault["items"]]
