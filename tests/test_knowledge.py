"""Knowledge bases: taxa and classes find their synsets, the hierarchy is mended, and nothing of it is lost on disk."""

from __future__ import annotations

import random

import pytest
from conftest import CARNIVORE, CAT, CRANE_BIRD, DOG, ORGANISM, dump, vocabulary

import taxonomy
from taxonomy import build, decisions
from taxonomy.check import findings
from taxonomy.concept import KNOWLEDGE, ROOT, Decision, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.hierarchy import is_forest, parents_first
from taxonomy.linking.taxa import Taxa
from taxonomy.store import stored

ANIMAL, PLANT, FELINE, LEOPARD, BIG_CAT = "n00015388", "n00017222", "n02120997", "n02128385", "n02127808"
CAR, VEHICLE = "n02958343", "n04524313"


def base(*classes: SourceClass, name: str = "wd") -> Vocabulary:
    """Make a knowledge base."""
    return Vocabulary(Source(name=name, kind=KNOWLEDGE), classes)


def entry(key: str, name: str = "", *parents: str, **more) -> SourceClass:
    """Make a class of a knowledge base."""
    return SourceClass(key, name or f"xqz{key.lower()}", parents=parents, **more)


def taxon(key: str, scientific: str, *parents: str, common: str = "", **more) -> SourceClass:
    """Make a taxon, named by its common name where it has one."""
    return SourceClass(key, common or scientific, scientific_name=scientific, parents=parents, **more)


LIFE = (
    taxon("1", "Metazoa", rank="kingdom"),
    taxon("2", "Carnivora", "1", rank="order"),
    taxon("3", "Felidae", "2", common="cat family", rank="family"),
    taxon("4", "Panthera", "3", rank="genus"),
    taxon("5", "Panthera pardus", "4", common="leopard", rank="species", ids=("wd:Q34706",)),
    taxon("6", "Panthera onca", "4", common="jaguar", rank="species", names=(("de", "Jaguar"), ("fr", "jaguar"))),
)
THINGS = (
    entry("Q1", "car", wnid=CAR),
    entry("Q2", "xqz racer", "Q1", names=(("de", "Rennflitzer"), ("sr-Latn", "jurilica"))),
    entry("Q3", "xqz pod", "Q2", definition="A pod.", synonyms=("xqz podlet",), mid="/m/77"),
    entry("Q4", "xqz one", types=("Q3",)),
)
RING = (entry("R0", "dog", wnid=DOG), entry("R1", "", "R0", "R3"), entry("R2", "", "R1"), entry("R3", "", "R2"))


@pytest.fixture
def merged(few_build):
    """Build knowledge bases and vocabularies, and open a result that passes its own check."""
    opened = []

    def built(*vocabularies: Vocabulary) -> taxonomy.Taxonomy:
        opened.append(clean(few_build(*vocabularies)))
        return opened[-1]

    yield built
    for each in opened:
        each.close()


def clean(path) -> taxonomy.Taxonomy:
    opened = taxonomy.open(path)
    assert list(findings(opened)) == []
    return opened


def ids(concepts) -> list[str]:
    return [concept.id for concept in concepts]


def cuts(t: taxonomy.Taxonomy) -> list[tuple[str, str, str]]:
    """Return what repair cut, as child, parent and the beginning of the reason."""
    rows = t.execute(
        "SELECT c.id, p.id, reason FROM cut JOIN concept c ON c.key = child JOIN concept p ON p.key = parent"
        " WHERE repair = 1 ORDER BY number"
    )
    return [(child, parent, reason.partition(":")[0]) for child, parent, reason in rows]


# The order of a hierarchy


@pytest.mark.parametrize("seed", range(5))
def test_parents_stand_before_their_children(seed):
    """Else a class is placed before what it goes under is there."""
    draw = random.Random(seed)
    entries = [
        entry(str(n), "", *{str(draw.randrange(n)) for _ in range(draw.randrange(3))} if n else ()) for n in range(60)
    ]
    draw.shuffle(entries)
    place = {each.key: at for at, each in enumerate(parents_first(entries))}
    assert len(place) == len(entries)
    assert all(place[key] < place[each.key] for each in entries for key in each.parents)


def test_what_has_no_order_is_kept():
    """Else the classes of a circle, or below a class that is missing, vanish."""
    ring = [
        entry("a", "", "b"),
        entry("b", "", "a"),
        entry("c", "", "a"),
        entry("d", "", "gone"),
        entry("e", "", "d", "d"),
    ]
    assert [each.key for each in parents_first(ring)] == ["d", "e", "a", "b", "c"]
    assert [each.key for each in parents_first([entry("x", types=("y",)), entry("y")])] == ["y", "x"]


def test_a_forest_needs_no_repair():
    """Else a taxonomy of a million organisms is repaired for minutes, or a broken one is not."""
    assert is_forest([])
    assert is_forest([entry("b", "", "a"), entry("a"), entry("c", "", "b"), entry("d", "", "b"), entry("e")])
    assert not is_forest([entry("a", "", "a")])
    assert not is_forest([entry("a", "", "b"), entry("b", "", "a")])
    assert not is_forest([entry("x", "", "a"), entry("a", "", "b"), entry("b", "", "c"), entry("c", "", "a")])
    assert not is_forest([entry("a", "", "gone")])
    assert not is_forest([entry("a"), entry("b"), entry("c", "", "a", "b")])
    assert not is_forest([entry("a"), entry("b", types=("a",))])


def test_an_order_of_a_long_chain():
    """Else a hierarchy that is deep ends in a RecursionError."""
    chain = [entry(str(n), "", str(n + 1)) for n in range(10_000)] + [entry("10000")]
    assert is_forest(chain)
    assert [each.key for each in parents_first(chain)] == [str(n) for n in range(10_000, -1, -1)]


# Taxa


def test_taxa_are_the_synsets_of_their_names(merged):
    """Else every animal is there twice, once as WordNet's and once as a taxon."""
    t = merged(base(*LIFE, name="ncbi"))
    assert [t[f"ncbi:{key}"].id for key in "12345"] == [ANIMAL, CARNIVORE, FELINE, "ncbi:4", LEOPARD]
    assert t["ncbi:5"] == t["wd:Q34706"]
    assert t["ncbi:6"].name == "jaguar"
    assert ids(t["ncbi:6"].parents()) == ["ncbi:4"]


def test_a_species_is_below_its_genus_and_both_are_organisms(merged):
    """Else a genus has no species, or its species are no animals."""
    t = merged(base(*LIFE, name="ncbi"))
    assert ids(t["ncbi:4"].parents()) == [FELINE]
    assert set(ids(t[LEOPARD].parents())) == {BIG_CAT, "ncbi:4"}
    assert {"ncbi:4", FELINE, ANIMAL, ORGANISM} <= set(ids(t["ncbi:6"].ancestors()))


def test_a_taxon_is_the_synset_of_its_common_name(merged):
    """Else what people call by its name, and only WordNet's gloss knows in Latin, is there twice."""
    felines = (taxon("20", "Felis", "3", rank="genus"), taxon("21", "Felis catus", "20", common="cat", rank="species"))
    t = merged(base(*LIFE, *felines, name="ncbi"))
    assert t["ncbi:21"].id in (CAT, "ncbi:21")
    # Cats are big cats too (cat.n.07), and those are felines as well: of two that fit none is taken.
    t = merged(base(*LIFE, taxon("21", "Felis catus", "3", common="true cat", rank="species"), name="ncbi"))
    assert t["ncbi:21"].id == CAT
    # The plural that books write.
    t = merged(base(LIFE[0], taxon("30", "Grus", "1", common="Cranes", rank="genus"), name="ncbi"))
    assert t["ncbi:30"].id == CRANE_BIRD


def test_a_common_name_counts_only_in_line_with_what_is_above(merged):
    """Else a fish that is called dog is a dog."""
    fish = (
        taxon("8", "Osteichthyes", "1", rank="class"),
        taxon("9", "Zorgon piscis", "8", common="dog", rank="species"),
    )
    t = merged(base(*LIFE, *fish, name="ncbi"))
    assert t["ncbi:9"].id == "ncbi:9"
    assert DOG not in ids(t["ncbi:9"].ancestors())


@pytest.mark.parametrize("name", ["Viridiplantae", "Plantae"])
def test_a_taxon_is_no_concept_of_another_kingdom(merged, name):
    """Else a plant that bears an animal's name is an animal."""
    plants = (
        taxon("40", name, rank="kingdom"),
        taxon("41", "Panthera pardus", "40", rank="species"),
        taxon("42", "Felidae", "40", rank="family"),
        taxon("43", "Zorgonia", "40", common="dog", rank="genus"),
    )
    t = merged(base(*plants, name="ncbi"))
    assert t["ncbi:40"].id == PLANT
    for key in ("41", "42", "43"):
        assert ids(t[f"ncbi:{key}"].parents()) == [PLANT]


def test_a_genus_and_its_subgenus_of_one_name_are_one(merged):
    """Else *Panthera* is a kind of *Panthera*, and nobody knows which one is meant."""
    t = merged(
        base(
            *LIFE,
            taxon("7", "Panthera", "4", rank="subgenus"),
            taxon("70", "Panthera xqz", "7", rank="species"),
            name="ncbi",
        )
    )
    assert t["ncbi:7"] == t["ncbi:4"]
    assert ids(t["ncbi:70"].parents()) == ["ncbi:4"]


def test_the_order_of_the_rows_does_not_matter(merged):
    """Else a table that lists species before their genus gives another taxonomy."""
    there = merged(base(*LIFE, name="ncbi"))
    back = merged(base(*LIFE[::-1], name="ncbi"))
    for each in LIFE:
        one, other = there[f"ncbi:{each.key}"], back[f"ncbi:{each.key}"]
        assert one.id == other.id
        assert set(ids(one.parents())) == set(ids(other.parents()))


def test_taxa_of_two_bases_are_one_by_their_names_and_ids(merged):
    """Else each further base doubles the organisms."""
    other = (
        taxon("a", "Animalia", rank="kingdom"),
        taxon("b", "Panthera", "a", rank="genus"),
        taxon("c", "Panthera onca", "b", rank="species", ids=("ncbi:6",)),
        taxon("d", "Leopardus pardus", "b", rank="species", ids=("wd:Q34706",)),
    )
    t = merged(base(*LIFE, name="ncbi"), base(*other, name="gbif"))
    assert [t[f"gbif:{key}"].id for key in "abcd"] == [ANIMAL, "ncbi:4", "ncbi:6", LEOPARD]


def test_a_taxon_is_not_its_parents_below_itself(merged):
    """Else a synset that the base puts below its own child makes a circle."""
    turned = (
        taxon("1", "Metazoa", rank="kingdom"),
        taxon("2", "Felidae", "1", rank="family"),
        taxon("3", "Carnivora", "2", rank="order"),
    )
    t = merged(base(*turned, name="ncbi"))
    assert FELINE not in ids(t[CARNIVORE].ancestors())


def test_a_group_stands_for_the_organism_that_it_is_as_a_whole(wordnet_draft):
    """Else *Felidae* is a concept of its own beside *feline*."""
    taxa = Taxa(wordnet_draft)
    animal = wordnet_draft.key_of[ANIMAL]

    def whole(name: str, kingdom: int | None = None, rank: str = "") -> str | None:
        key = taxa.stands_for(name, kingdom, rank)
        return None if key is None else wordnet_draft.concepts[key].name

    assert whole("felidae") == whole("felidae", animal, "family") == "feline"
    assert whole("canidae") == "canine"
    assert whole("pieridae") == "pierid"
    assert whole("felidae", wordnet_draft.key_of[PLANT]) is None
    assert whole("felidae", animal, "genus") is None
    assert whole("felidae", animal, "no rank") == "feline"
    assert whole("zorgonidae") is None
    assert whole("dog") is None


# Other classes


def test_classes_find_their_concepts_and_hang_below_them(merged):
    """Else a base lies beside WordNet, and not in it."""
    t = merged(base(*THINGS))
    assert t["wd:Q1"].id == CAR
    assert ids(t["wd:Q2"].parents()) == [CAR]
    assert ids(t["wd:Q3"].parents()) == ["wd:Q2"]
    assert {"wd:Q2", CAR, VEHICLE} <= set(ids(t["wd:Q3"].ancestors()))
    assert t["mid:/m/77"] == t["wd:Q3"]
    assert t["wd:Q3"].definition == "A pod."
    assert "xqz podlet" in t["wd:Q3"].synonyms()


def test_what_is_an_instance_hangs_as_one(merged):
    """Else a single ship is a kind of ship."""
    t = merged(base(*THINGS, entry("Q5", "xqz two", types=("Q1", "Q3"))))
    rows = t.execute(
        "SELECT c.id, p.id, kind FROM edge JOIN concept c ON c.key = child JOIN concept p ON p.key = parent"
        " WHERE c.id IN ('wd:Q3', 'wd:Q4', 'wd:Q5') ORDER BY number"
    ).fetchall()
    assert ("wd:Q3", "wd:Q2", "is_a") in rows
    assert ("wd:Q4", "wd:Q3", "instance_of") in rows
    assert {(parent, kind) for child, parent, kind in rows if child == "wd:Q5"} >= {("wd:Q3", "instance_of")}
    assert not [row for row in rows if row[0] in ("wd:Q4", "wd:Q5") and row[2] == "is_a"]


def test_an_instance_is_no_kind_of_what_its_name_ends_in(merged):
    """Else a certain cat of a cartoon is a kind of cat."""
    t = merged(
        base(entry("Q1", "xqz toon", "Q0"), entry("Q0", "vehicle"), entry("Q2", "Zorgon the cat", types=("Q1",)))
    )
    kinds = t.execute("SELECT DISTINCT kind FROM edge WHERE child = ?", (t["wd:Q2"].key,)).fetchall()
    assert kinds == [("instance_of",)]


def test_a_kind_that_is_an_instance_of_something_stays_a_kind(merged):
    """Else *dog*, an instance of *taxon*, is no kind that others may be below."""
    t = merged(base(*THINGS, entry("Q8", "xqz model class", "Q1"), entry("Q9", "xqz model", "Q1", types=("Q8",))))
    assert ids(t["wd:Q9"].parents()) == [CAR]


def test_a_class_with_no_placed_parent_is_listed_as_unplaced(merged):
    """Else what a base says of nothing that is known is hung up anywhere, or lost without a word."""
    t = merged(base(*THINGS, entry("U1"), entry("U2", "", "U1"), entry("U3", "", "gone")))
    rows = t.execute("SELECT key, relation FROM class WHERE concept IS NULL ORDER BY position").fetchall()
    assert rows == [("U1", "unplaced"), ("U2", "unplaced"), ("U3", "unplaced")]


def test_another_parent_places_a_class_whose_first_one_is_unplaced(merged):
    """Else a class is lost for one bad parent of several."""
    t = merged(base(*THINGS, entry("U1"), entry("Q9", "xqz cart", "U1", "Q2")))
    assert ids(t["wd:Q9"].parents()) == ["wd:Q2"]


def test_a_class_keeps_several_parents(merged):
    """Else a graph becomes a tree."""
    t = merged(
        base(*THINGS, entry("T1", "xqz toy", "Q0"), entry("Q0", "furniture"), entry("T2", "xqz toy car", "Q2", "T1"))
    )
    assert set(ids(t["wd:T2"].parents())) == {"wd:Q2", "wd:T1"}


def test_names_in_other_languages_are_kept_with_their_tag(merged):
    """Else nobody finds a concept in another language, or German names pass for English ones."""
    t = merged(base(*THINGS))
    names = {(text, language) for text, language, *_ in t["wd:Q2"].names()}
    assert {("xqz racer", "en"), ("Rennflitzer", "de"), ("jurilica", "sr-Latn")} <= names
    assert t["wd:Q2"].synonyms("en") == ["xqz racer"]
    assert t["wd:Q2"].synonyms("de") == ["Rennflitzer"]


def test_ids_elsewhere_find_the_concept(merged):
    """Else what a paper calls by another base's number cannot be looked up."""
    t = merged(base(entry("Q1", "xqzq", "Q2", ids=("ncbi:77", "ili:i1")), entry("Q2", "car")))
    assert t["ncbi:77"] == t["ili:i1"] == t["wd:Q1"]


def test_a_class_is_the_concept_that_its_id_tells(merged):
    """Else a base's own mapping to another one counts for nothing beside a name."""
    other = base(entry("x", "xqz something", ids=("wd:Q3",)), entry("y", "xqz more", "x"), name="other")
    t = merged(base(*THINGS), other)
    assert t["other:x"].id == "wd:Q3"
    assert ids(t["other:y"].parents()) == ["wd:Q3"]
    t = merged(base(entry("x", "crane", wnid=CRANE_BIRD), entry("y", "zorgon crane", "x")))
    assert t["wd:x"].id == CRANE_BIRD
    assert ids(t["wd:y"].parents()) == [CRANE_BIRD]


def test_a_dataset_after_a_base_finds_its_concepts(merged):
    """Else a dataset's classes that WordNet lacks stay unplaced although the base knows them."""
    t = merged(base(*THINGS), vocabulary("street", "xqz racer", SourceClass("1", "xqz", mid="/m/77")))
    assert [t[f"street:{key}"].id for key in "01"] == ["wd:Q2", "wd:Q3"]


def test_a_hierarchy_of_two_thousand_classes(few_build):
    """Else a long hierarchy ends in a RecursionError."""
    chain = [entry(str(n), "", str(n - 1)) for n in range(1, 2_001)]
    with taxonomy.open(few_build(base(*chain[::-1], entry("0", "car", wnid=CAR)))) as t:
        assert len(t["wd:0"].descendants(dataset="wd")) == 2_000


def test_a_hierarchy_of_ten_thousand_levels(few_build):
    """Else a long hierarchy ends in a RecursionError, or takes an hour; the second parent makes it no forest."""
    chain = [taxon(str(n), f"Xqz{n}", str(n - 1)) for n in range(2, 10_001)]
    path = few_build(base(LIFE[0], *chain, taxon("end", "Xqzend", "10000", "9999"), name="ncbi"))
    with taxonomy.open(path) as t:
        assert ids(t["ncbi:end"].parents()) == ["ncbi:10000"]
        assert cuts(t) == [("ncbi:end", "ncbi:9999", "shortcut")]
        assert t.max_depth() > 10_000


# What repair cuts


def test_a_circle_is_cut_and_kept_with_its_reason(merged):
    """Else one careless edit of a base makes a taxonomy that never ends, or is cut without a trace."""
    t = merged(base(*RING))
    assert cuts(t) == [("wd:R1", "wd:R3", "circle")]
    ((reason,),) = t.execute("SELECT reason FROM cut").fetchall()
    assert "closes the circle xqzr1 > xqzr3 > xqzr2 > xqzr1" in reason
    assert ids(t["wd:R3"].ancestors(3))[:3] == ["wd:R2", "wd:R1", DOG]


@pytest.mark.parametrize(
    ("more", "parent", "kind", "left"),
    [
        ((entry("Z", "", "Q3", "Q2"),), "Q2", "shortcut", "Q3"),
        ((entry("Z", "", "Q2", types=("Q2",)),), "Q2", "class and instance", "Q2"),
        ((entry("Z", "", "Z", "Q2"),), "Z", "self-loop", "Q2"),
        (
            (
                entry("E", "entity", wnid=ROOT),
                entry("O", "object", wnid="n00002684"),
                entry("W", "", "E"),
                entry("Z", "", "W", "O"),
            ),
            *("O", "too general", "W"),
        ),
        (
            (
                entry("D", "dog", wnid=DOG),
                entry("H", "xqzhound", "D"),
                entry("Z", "racing xqzhound", "Q2", "H"),
            ),
            *("Q2", "contradiction", "H"),
        ),
    ],
)
def test_what_is_wrong_in_other_ways_is_cut_too(merged, more, parent, kind, left):
    """Else a racing hound is a car, and a class is above itself."""
    t = merged(base(*THINGS, *more))
    assert (t["wd:Z"].id, t[f"wd:{parent}"].id, kind) in cuts(t)
    assert ids(t["wd:Z"].parents()) == [t[f"wd:{left}"].id]


def test_a_circle_of_taxa_is_cut(merged):
    """Else organisms, which are linked first, hang in circles."""
    ring = (taxon("8", "Xqza", "3", "9"), taxon("9", "Xqzb", "8"))
    t = merged(base(*LIFE, *ring, name="ncbi"))
    assert cuts(t) == [("ncbi:8", "ncbi:9", "circle")]
    assert ids(t["ncbi:8"].parents()) == [FELINE]


def test_taxa_in_a_circle_without_a_way_out_are_organisms_still(merged):
    """Else a taxon whose only parent is cut is neither placed nor unplaced, and `taxonomy check` fails."""
    ring = (taxon("8", "Xqza", "9"), taxon("9", "Xqzb", "8"), taxon("10", "Xqzc", "10"), taxon("11", "Xqzd", "gone"))
    t = merged(base(*LIFE, *ring, name="ncbi"))
    for key in ("8", "9", "10", "11"):
        assert ORGANISM in ids(t[f"ncbi:{key}"].ancestors())
    assert cuts(t) == [("ncbi:10", "ncbi:10", "self-loop"), ("ncbi:9", "ncbi:8", "circle")]


def test_a_circle_without_a_way_out_is_unplaced(merged):
    """Else a circle that nothing holds is hung up anywhere."""
    t = merged(base(*THINGS, entry("A", "", "B"), entry("B", "", "A")))
    assert t.execute("SELECT key FROM class WHERE concept IS NULL ORDER BY position").fetchall() == [("A",), ("B",)]
    assert cuts(t) == []


# The database


WHOLE = (
    entry(
        *("Q7", "xqz whole", "Q1", "Q2"),
        synonyms=("a|b", "c,d"),
        definition="All.",
        mid="/m/9",
        types=("Q3",),
        ids=("ncbi:9", "ili:i9"),
        names=(("de", "Ganzes"), ("de", "Alles"), ("zh-Hant", "整體")),
        rank="kind",
    ),
    *THINGS,
)


def test_a_base_is_read_back_as_it_was(few_build):
    """Else a base that is folded again, after a decision, is another one."""
    given = (base(*LIFE, name="ncbi"), vocabulary("a", "dog"), base(*WHOLE, *RING))
    assert stored.load_vocabularies(few_build(*given)) == list(given)


def test_placements_are_read_back_as_they_were(few_build):
    """Else what is told of a class differs between a merge and the next one."""
    path = few_build(base(*WHOLE))
    (*_, last) = stored.load(path, placements=True).placements
    assert last.entry == THINGS[-1]
    first = stored.load(path, placements=True).placements[0]
    assert first.entry == WHOLE[0]


BASES = (
    (base(*LIFE, name="ncbi"),),
    (base(*THINGS),),
    (base(*RING),),
    (base(*LIFE, name="ncbi"), base(*RING, *THINGS)),
)


@pytest.mark.parametrize("bases", BASES)
def test_building_with_a_base_and_merging_it_give_the_same(few_build, bases):
    """Else a taxonomy depends on when its parts were merged."""
    dataset = vocabulary("a", "dog", "xqz racer", "zorgon leopard")
    path = few_build(dataset)
    for each in bases:
        build.merge([each], path)
    assert dump(path) == dump(few_build(dataset, *bases))
    clean(path).close()


@pytest.mark.parametrize("bases", BASES)
def test_removing_a_base_leaves_what_was_before(few_build, bases):
    """Else traces of a base stay for ever: its names, its ids, its cuts."""
    before, after = vocabulary("a", "dog", "zorgon"), vocabulary("b", "xqz racer", "leopard", "car")
    path = few_build(before)
    build.merge([*bases, after], path)
    build.remove([each.source.name for each in bases], path)
    assert dump(path) == dump(few_build(before, after))
    clean(path).close()


def test_cuts_survive_a_merge_and_a_remove(few_build):
    """Else what was cut comes back, or is forgotten, when a dataset is added."""
    ring, dataset = base(*RING), vocabulary("b", "xqzr2", "dog")
    path = few_build(ring)
    with taxonomy.open(path) as t:
        found = cuts(t)
    assert found
    build.merge([dataset], path)
    with clean(path) as t:
        assert cuts(t) == found
    assert dump(path) == dump(few_build(ring, dataset))
    draft = build.load(path)
    assert len(draft.repairs) == len(draft.cuts) == 1
    build.remove(["b"], path)
    assert dump(path) == dump(few_build(ring))
    build.merge([], path)
    assert dump(path) == dump(few_build(ring))


def test_a_base_twice_is_refused(few_build):
    """Else its classes are there twice."""
    path = few_build(base(*THINGS))
    before = path.read_bytes()
    with pytest.raises(InputError, match="wd is in the taxonomy already"):
        build.merge([base(*LIFE)], path)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="already"):
        few_build(base(*THINGS), base(*THINGS))


@pytest.mark.parametrize("value", ["exactMatch", "broadMatch", "narrowMatch", "closeMatch", "not exactMatch"])
def test_people_decide_about_the_classes_of_a_base(few_build, value):
    """Else a wrong link of a base is beyond repair, or a correction breaks the taxonomy."""
    path = few_build(base(*THINGS))
    folder = path.parent / value.replace(" ", "_")
    folder.mkdir()
    path = path.rename(folder / "t.db")
    concept = CAR if value.startswith("not") else CAT
    decisions.record(folder, Decision("link", "wd:Q1", concept, value, "Ada", "2026-01-01"), "", "")
    assert build.merge([], path).refolded == ("wd",)
    with clean(path) as t:
        own = t.execute("SELECT id FROM class JOIN concept ON concept.key = concept WHERE class.key = 'Q1'").fetchone()
        if value == "exactMatch":
            assert own == (CAT,)
        elif value.startswith("not"):
            assert own != (CAR,)
        else:
            assert own == ("wd:Q1",)
            above, below = ids(t["wd:Q1"].parents()), ids(t["wd:Q1"].children())
            assert above == ([CAT] if value == "broadMatch" else [FELINE])
            assert (CAT in below) == (value == "narrowMatch")
            assert "wd:Q2" in below


def careless(seed: int, name: str) -> Vocabulary:
    """Make a base of any edges, taxa among its classes, some of them the same synsets."""
    draw = random.Random(f"{name} {seed}")
    keys = [str(n) for n in range(12)]
    latin = ("Metazoa", "Felidae", "Panthera", "Panthera pardus", "Canis", "Xqzus", "Xqzus minor", "Plantae")
    names = ("dog", "leopard", "xqz pod", "xqz pod car", "car", "xqz cat", "xqzus", "zorgon")

    def some(most: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(draw.choice([*keys, "gone"]) for _ in range(draw.randrange(most))))

    classes = [
        SourceClass(
            *(key, draw.choice(names)),
            wnid=draw.choice(("", "", "", "", CAR, DOG, VEHICLE, FELINE, ORGANISM)),
            scientific_name=draw.choice(("", *latin)),
            parents=some(4),
            types=some(3) if draw.random() < 0.4 else (),
            ids=(f"ott:{draw.randrange(30)}",) if draw.random() < 0.3 else (),
            names=(("de", draw.choice(names)),),
            mid=draw.choice(("", "", "/m/1")),
        )
        for key in keys
    ]
    return base(*classes, name=name)


@pytest.mark.parametrize("seed", range(12))
def test_careless_bases(few_build, seed):
    """Else one base in a thousand breaks the taxonomy, or makes it depend on how it was made."""
    one, other, dataset = careless(seed, "one"), careless(seed, "other"), vocabulary("a", "xqz pod", "dog", "xqzus")
    path = few_build(one)
    clean(path).close()
    build.merge([dataset], path)
    build.merge([other], path)
    clean(path).close()
    assert dump(path) == dump(few_build(one, dataset, other))
    build.remove(["one"], path)
    assert dump(path) == dump(few_build(dataset, other))
    clean(path).close()


def test_parents_that_a_base_does_not_hold_are_told(few_build):
    """Else half a hierarchy is lost with a file that was cut off, and nobody hears of it."""
    path = few_build(vocabulary("a", "dog"))
    outcome = build.merge([base(entry("A", "zorgon dog", "B", "C"), entry("B", "dog"))], path)
    assert outcome.warnings == (("wd", "parents that it does not hold, 1 in all, are left out, such as C of A"),)
    with pytest.raises(InputError, match="such as C of A"):
        build.merge([base(entry("A", "zorgon dog", "C"), name="other")], path, strict=True)
