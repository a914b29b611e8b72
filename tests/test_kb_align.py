"""Classes of knowledge bases find the sense that the base shows they mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import CRANE_BIRD, CRANE_MACHINE, lineage, vocabulary

from taxonomy.concept import KNOWLEDGE, Link, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.linking import Linker
from taxonomy.merging import add_knowledge, add_vocabulary, add_wordnet
from taxonomy.sources import wordnet

LANGUAGE, PERSON = "n06282651", "n00007846"


def entry(key: str, name: str, *parents: str, **more) -> SourceClass:
    """Make a class of a knowledge base."""
    return SourceClass(key, name, parents=parents, **more)


@pytest.fixture(scope="module")
def linked(linker: Linker):
    """Link the classes of a knowledge base; returns each link by its key."""

    def link(*classes: SourceClass, min_confidence: float | None = None, kind: str = KNOWLEDGE) -> dict[str, Link]:
        source = Source(name="wd", kind=kind, min_confidence=min_confidence)
        links = linker.link(Vocabulary(source, classes))
        return {each.key: link for each, link in zip(classes, links, strict=True)}

    return link


def synset(linker: Linker, link: Link) -> str | None:
    return None if link.anchor is None or link.relation is not Relation.EXACT else linker.draft.concepts[link.anchor].id


LANGUAGES = (entry("Q1", "language"), entry("Q2", "xqz languages", "Q1"), entry("Q3", "xqzan", "Q2"))


def test_what_is_above_a_class_tells_its_sense(linker, linked):
    """Else each language of Wikidata is the people that speaks it."""
    lao = entry("Q9211", "Lao", "Q3")
    found = linked(*LANGUAGES, lao)["Q9211"]
    assert LANGUAGE in {linker.draft.concepts[key].id for key in linker.draft.above(found.anchor)}
    people = (entry("Q4", "person"), entry("Q5", "xqz people", "Q4"), replace(lao, parents=("Q5",)))
    found = linked(*people)["Q9211"]
    assert PERSON in {linker.draft.concepts[key].id for key in linker.draft.above(found.anchor)}


def test_what_a_class_is_an_instance_of_tells_its_sense(linker, linked):
    """Else a base that calls languages instances of *language* shows nothing."""
    found = linked(*LANGUAGES, SourceClass("Q9211", "Lao", types=("Q1",)))["Q9211"]
    assert LANGUAGE in {linker.draft.concepts[key].id for key in linker.draft.above(found.anchor)}


@pytest.mark.parametrize(
    ("definition", "wnid"),
    [
        ("family of large, long-legged and long-necked wading birds", CRANE_BIRD),
        ("type of machine for lifting and moving heavy objects with a hoist", CRANE_MACHINE),
    ],
)
def test_a_definition_tells_the_sense(linker, linked, definition, wnid):
    """Else the two cranes of a base are one, whatever it says of them."""
    assert synset(linker, linked(entry("Q1", "crane", definition=definition))["Q1"]) == wnid


def test_another_name_is_taken_where_the_name_itself_does_not_fit(linker, linked):
    """Else what WordNet calls otherwise is joined with a namesake."""
    polish = entry("Q4", "xqzski", "Q1", synonyms=("Polish",), definition="Slavic language spoken in Poland")
    found = linked(LANGUAGES[0], polish)
    assert LANGUAGE in {linker.draft.concepts[key].id for key in linker.draft.above(found["Q4"].anchor)}


def test_a_code_is_no_name(linker, linked):
    """Else the language Muscogee, *mus* in ISO 639, is a mouse."""
    described = entry("Q5", "xqzogee", "Q1", synonyms=("mus",), definition="language of North America")
    found = linked(LANGUAGES[0], described)["Q5"]
    assert found.relation is not Relation.EXACT


def test_a_part_of_a_name_is_not_the_class(linker, linked):
    """Else the mayor of a town in California is California."""
    found = linked(
        entry("Q1", "public office", definition="position of authority"),
        entry("Q6", "Mayor of Xqzland, California", "Q1", definition="public office in the United States"),
    )["Q6"]
    assert found.relation is not Relation.EXACT


def test_names_alone_decide_where_a_base_says_nothing_else(linked):
    """Else a bare list is linked otherwise, or not at all, when it is called a knowledge base."""
    bare = [entry(str(n), name) for n, name in enumerate(("dog", "traffic light", "crane", "xqzzt"))]
    base, plain = linked(*bare), linked(*bare, kind="vocabulary", min_confidence=0.5)
    assert [(each.anchor, each.confidence) for each in base.values()] == [
        (each.anchor, each.confidence) for each in plain.values()
    ]


def test_the_least_confidence_is_the_users(linked):
    """Else who asks for sure links only gets the likely ones of a base."""
    crane = entry("Q1", "crane", definition="a large bird or a machine")
    likely = linked(crane)["Q1"]
    assert linked(crane, min_confidence=0.0)["Q1"].relation is Relation.EXACT
    strict = linked(crane, min_confidence=0.9999)["Q1"]
    assert strict.relation is not Relation.EXACT
    assert likely.relation is (Relation.EXACT if likely.confidence >= 0.5 else Relation.BROAD)


def test_classes_above_each_other_and_above_nothing_end(linked):
    """Else a base with a circle is linked forever, and one of unknown words not at all."""
    ring = (entry("a", "dog", "b"), entry("b", "pet", "a"), entry("c", "cat", "gone"))
    assert all(link.anchor is not None for link in linked(*ring).values())
    assert linked(entry("a", "xqzzt", definition="xqz"))["a"].relation is not Relation.EXACT


def test_a_family_is_what_covers_its_members_and_is_called_so(wordnet_draft, linker):
    """Else the geckos are an infraorder only, and no family of geckos is a gecko; or roses are all vascular plants."""
    classes = (
        SourceClass("1", "Metazoa", scientific_name="Metazoa", rank="kingdom"),
        SourceClass("2", "geckos", scientific_name="Gekkota", rank="infraorder", parents=("1",)),
        SourceClass("3", "geckos", scientific_name="Gekkonidae", rank="family", parents=("2",)),
        SourceClass("4", "xqz family", scientific_name="Labridae", rank="family", parents=("1",)),
    )
    links = linker.link(Vocabulary(Source(name="ncbi", kind=KNOWLEDGE), classes))
    assert [synset(linker, link) is not None for link in links] == [True, False, True, False]
    assert wordnet_draft.concepts[links[2].anchor].name == "gecko"


@pytest.mark.parametrize(
    ("language", "names"), [("it", ()), ("it", (("it", "cane"), ("it", "cane domestico"))), ("pt-BR", ())]
)
def test_a_word_of_another_language_is_no_english_word(linker, linked, language, names):
    """Else Italian *cane*, which is a dog, becomes the walking stick, and *train à grande vitesse* a kind of train."""
    classes = (entry("1", "cane", language=language, names=names), entry("2", "cane grande train", language=language))
    assert [link.anchor for link in linked(*classes).values()] == [None, None]
    assert linked(entry("1", "cane"))["1"].anchor is not None


def test_a_species_is_the_kind_that_is_called_so(wordnet_draft, linker):
    """Else the eastern kingbird is the kingbird, whose Latin name WordNet took from it."""
    classes = (
        SourceClass("1", "Metazoa", scientific_name="Metazoa", rank="kingdom"),
        SourceClass("2", "eastern kingbird", scientific_name="Tyrannus tyrannus", rank="species", parents=("1",)),
        SourceClass("3", "xqz cat", scientific_name="Acinonyx jubatus", rank="species", parents=("1",)),
    )
    links = linker.link(Vocabulary(Source(name="ncbi", kind=KNOWLEDGE), classes))
    assert [wordnet_draft.concepts[link.anchor].name for link in links[1:]] == ["eastern kingbird", "cheetah"]


def test_the_order_of_a_name_is_the_one_in_line(wordnet_draft, linker):
    """Else shrimps and crabs are squids, which WordNet calls *Decapoda* too."""
    classes = (
        SourceClass("1", "Metazoa", scientific_name="Metazoa", rank="kingdom"),
        SourceClass("2", "crustaceans", scientific_name="Crustacea", rank="subphylum", parents=("1",)),
        SourceClass("3", "Decapoda", scientific_name="Decapoda", rank="order", parents=("2",)),
    )
    _, crustaceans, decapods = linker.link(Vocabulary(Source(name="ncbi", kind=KNOWLEDGE), classes))
    assert wordnet_draft.concepts[crustaceans.anchor].name == "crustacean"
    assert decapods.anchor is None or wordnet_draft.is_related(decapods.anchor, crustaceans.anchor)


@pytest.mark.parametrize("is_rejected", [False, True])
def test_a_species_that_was_brought_twice_is_related(synsets, exceptions, is_rejected):
    """Else iNaturalist's *Puma concolor* has naught to do with WordNet's *cougar*, or has though people said no."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, synsets)
    linker = Linker(draft, exceptions, lambda where, what: None)
    listed = SourceClass("0", "Puma concolor", scientific_name="Puma concolor", parent=lineage("Animalia", "Felidae"))
    inat = vocabulary("inat", listed)
    add_vocabulary(draft, inat, linker.link(inat))
    classes = (
        SourceClass("1", "Metazoa", scientific_name="Metazoa", rank="kingdom"),
        SourceClass("2", "puma", scientific_name="Puma concolor", rank="species", parents=("1",)),
    )
    base = Vocabulary(Source(name="ncbi", kind=KNOWLEDGE), classes)
    cougar = draft.sense("cougar.n.01")
    links = [replace(link, rejected=(cougar,) if is_rejected else ()) for link in linker.link(base)]
    _, puma = add_knowledge(draft, base, links)
    assert draft.concepts[puma.concept].id == "inat:0"
    assert (cougar in draft.above(puma.concept)) is not is_rejected
