"""The Python API: what it says about a concept is what the edges say, and a text means what people mean by it."""

from __future__ import annotations

import random
from itertools import pairwise

import networkx
import pytest
from conftest import BIG_CAT, CARNIVORE, CAT, CRANE_BIRD, CRANE_MACHINE, DOG, SMALL

import taxonomy
from taxonomy.concept import ROOT
from taxonomy.errors import AmbiguousError, DatabaseError, NotFoundError
from taxonomy.store.overlap import overlap

CANINE, DOMESTIC, MUMBAI = "n02083346", "n01317541", "n08903872"


def ids(concepts) -> list[str]:
    return [concept.id for concept in concepts]


@pytest.fixture(scope="module")
def graph(full):
    """The hierarchy as networkx sees it, children to parents to be walked."""
    return full.to_networkx()


@pytest.fixture(scope="module")
def sample(full):
    """Concepts of every height: the root, the dog, and two hundred others."""
    return [full[ROOT], full[DOG], *random.Random(0).sample(list(full), 200)]


# Moving about


def test_the_graph_is_what_the_database_holds(full, graph):
    """Else what a user computes with networkx is about another taxonomy."""
    assert networkx.is_directed_acyclic_graph(graph)
    assert list(graph) == ids(full)
    edges = full.execute("SELECT count(*) FROM edge WHERE kind IN ('is_a', 'instance_of')").fetchone()[0]
    assert graph.number_of_edges() == edges
    assert graph.nodes[DOG]["name"] == "dog"
    assert graph.edges[CANINE, DOG] == {"kind": "is_a", "source": "wordnet", "confidence": 1.0}
    assert [node for node in graph if not graph.in_degree(node)] == [ROOT]


def test_descendants_are_those_of_the_graph(full, graph, sample):
    """Else filtering a dataset by a concept loses classes, or lets strangers in."""
    for concept in sample:
        found = ids(concept.descendants())
        assert len(found) == len(set(found))
        assert set(found) == networkx.descendants(graph, concept.id)


def test_ancestors_are_those_of_the_graph(full, graph, sample):
    """Else a label is not expanded to all that it implies."""
    for concept in sample:
        found = ids(concept.ancestors())
        assert len(found) == len(set(found))
        assert set(found) == networkx.ancestors(graph, concept.id)


def test_distances_are_the_fewest_edges(full, graph, sample):
    """Else "within two levels" means something else for a concept with two parents."""
    upward = graph.reverse(copy=False)
    for concept in sample[1:60]:
        lengths = networkx.single_source_shortest_path_length(upward, concept.id)
        assert {above.id: distance for above, distance in concept.distances()} == dict(lengths)
        assert ids(concept.ancestors(2)) == [a.id for a, distance in concept.distances() if 0 < distance <= 2]


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_descendants_to_a_depth(full, graph, depth):
    """Else --depth cuts a branch that has a shorter way down."""
    for id in (DOG, CARNIVORE, "n00015388"):
        near = networkx.single_source_shortest_path_length(graph, id, cutoff=depth)
        assert set(ids(full[id].descendants(depth))) == set(near) - {id}


def test_leaves_have_nothing_below(full, graph):
    """Else a flat label set holds a class and its superclass."""
    below = networkx.descendants(graph, CARNIVORE)
    leaves = {node for node in below if not graph.out_degree(node)}
    assert set(ids(full[CARNIVORE].descendants(leaves=True))) == leaves


def test_descendants_in_a_dataset(full, graph):
    """Else "which of COCO's classes are animals" has a wrong answer."""
    animals = full["n00015388"]
    found = {name for c in animals.descendants(dataset="coco") for d, _, name in c.memberships() if d == "coco"}
    assert found == {"bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"}
    with pytest.raises(NotFoundError, match="no such dataset"):
        animals.descendants(dataset="cocoo")


def test_individuals_can_be_left_out(full):
    """Else Paris is offered as a class of cities."""
    city = full["city.n.01"]
    everything, classes = set(ids(city.descendants())), set(ids(city.descendants(instances=False)))
    assert MUMBAI in everything - classes
    assert full["national_capital.n.01"].id in classes


def test_lines_are_the_descendants(full):
    """Else the quick way that pipes take shows something else than the API."""
    for options in ({}, {"depth": 2}, {"leaves": True}, {"dataset": "lvis_v1"}, {"instances": False}):
        lines = "".join(full[CARNIVORE].descendant_lines(**options)).splitlines()
        assert lines == [f"{c.id}\t{c.name}" for c in full[CARNIVORE].descendants(**options)]


def test_neighbours(full):
    """Else the steps that a user browses by do not fit together."""
    dog = full[DOG]
    assert ids(dog.parents()) == [CANINE, DOMESTIC]
    assert dog in full[CANINE].children()
    assert full["wolf.n.01"] in dog.siblings()
    assert dog not in dog.siblings()
    assert len(set(dog.siblings())) == len(dog.siblings())
    assert "genus Canis" in [whole.synonyms()[1] for whole in dog.wholes() if len(whole.synonyms()) > 1]
    assert "flag" in [part.name for part in dog.parts()]
    assert full[ROOT].parents() == full[ROOT].siblings() == full[ROOT].ancestors() == []


def test_lowest_common_ancestors_have_none_lower(full, graph, sample):
    """Else "what do these two have in common" answers with entity."""
    lowest = full.lowest_common_ancestors
    assert ids(lowest([full[DOG], full[CAT]])) == [CARNIVORE]
    assert ids(lowest([full[DOG], full["cow.n.01"], full["kitty.n.04"]])) == [full["placental.n.01"].id]
    assert ids(lowest([full[DOG], full[CANINE]])) == [CANINE]
    assert ids(lowest([full[DOG]])) == [DOG]
    for one, other in zip(sample[:30], sample[30:60], strict=True):
        common = {one.id, *networkx.ancestors(graph, one.id)} & {other.id, *networkx.ancestors(graph, other.id)}
        expected = {node for node in common if not common & set(graph[node])}
        assert set(ids(lowest([one, other]))) == expected


def test_shortest_paths_are_paths_and_short(full, graph, sample):
    """Else a distance between concepts is over- or understated."""
    for one, other in zip(sample[:30], sample[30:60], strict=True):
        path = full.shortest_path(one, other)
        assert (path[0], path[-1]) == (one, other)
        assert all(b in a.parents() or b in a.children() for a, b in pairwise(path))
        up, down = dict(one.distances()), dict(other.distances())
        assert len(path) - 1 == min(up[c] + down[c] for c in up if c in down)
    assert ids(full.shortest_path(full[DOG], full[DOG])) == [DOG]
    assert ids(full.shortest_path(full[DOG], full[CANINE])) == [DOG, CANINE]


def test_overlap_relates_to_the_nearest_above(full):
    """Else an animal of one dataset is told to be within every class above it of the other, or takes minutes."""
    pairs = list(overlap(full, "imagenet21k", "inat2018"))
    at = {}
    for key, concept in full.execute(
        "SELECT key, concept FROM class WHERE source = ? AND concept IS NOT NULL",
        (full.source_position("imagenet21k"),),
    ):
        at.setdefault(concept, set()).add(key)
    found = {}
    for pair in pairs:
        if pair.relation == "broader":
            found.setdefault(pair.b_key, set()).add((pair.a_key, pair.concept))
    for key in random.Random(0).sample(sorted(found), 50):
        above = [(distance, concept) for concept, distance in full[f"inat2018:{key}"].distances() if concept.key in at]
        nearest = [concept for distance, concept in above if distance == above[0][0]]
        assert found[key] == {(a, concept.id) for concept in nearest for a in at[concept.key]}


def test_the_depth_is_the_longest_way_up(full, graph):
    """Else the statistics of a taxonomy cannot be compared with published ones."""
    assert full.max_depth() == networkx.dag_longest_path_length(graph)


# Concepts


def test_a_concept_says_what_it_is(small):
    """Else a card shows the facts of another concept."""
    dog = small[DOG]
    assert (dog.id, dog.name, dog.lexfile, dog.source, dog.sense_name) == (
        DOG, "dog", "noun.animal", "wordnet", "dog.n.01",
    )  # fmt: skip
    assert dog.definition.startswith("a member of the genus Canis")
    assert dog.synonyms() == ["dog", "domestic dog", "Canis familiaris", "dogs"]
    assert dog.names()[-1] == ("dogs", "en", "synonym", "again")
    assert dog.names("fr") == []
    assert dog.names("EN") == dog.names("en-US") == dog.names("en") == dog.names()
    assert dog.names("e") == dog.names("eng") == dog.names("") == []
    assert dog.identifiers() == ["mid:/m/0bt9lr"]
    assert dog.memberships() == [("zoo", DOG, "dog"), ("open", "/m/0bt9lr", "Dog"), ("again", "2", "dogs")]


def test_a_concept_that_wordnet_lacks_says_so(small):
    """Else a user's own class passes for WordNet's."""
    table = small["mid:/m/0h8n5zk"]
    assert (table.source, table.sense_name, table.lexfile) == ("open", "", "")
    assert table.memberships() == [
        ("open", "/m/0h8n5zk", "Kitchen & dining room table"),
        ("again", "3", "Kitchen & dining room table"),
    ]
    assert table.identifiers() == []


def test_concepts_are_values(small, full):
    """Else sets and dicts of concepts hold one twice."""
    assert small[DOG] == small["dog.n.01"] == full[DOG]
    assert len({small[DOG], small["zoo:n02084071"], small[CAT]}) == 2
    assert small[DOG] != DOG
    assert repr(small[DOG]) == "<Concept n02084071 dog>"


def test_a_taxonomy_is_a_collection(small):
    """Else the usual Python idioms surprise."""
    assert len(small) == len(list(small)) == small.execute("SELECT count(*) FROM concept").fetchone()[0]
    assert "dog" in small
    assert "crane" in small  # ambiguous, but there
    assert "xqzzqq" not in small
    assert "zoo:n02084071" in small
    assert "zoo:999" not in small
    assert "street:void" not in small  # a class, but unplaced


# What a text means


@pytest.mark.parametrize(
    ("text", "id"),
    [
        (DOG, DOG),
        ("dog", DOG),
        ("Dogs", DOG),
        ("domestic_dog", DOG),
        ("dog.n.01", DOG),
        ("Dog.n.1", DOG),
        ("canis_familiaris.n.01", DOG),
        ("mid:/m/0bt9lr", DOG),
        ("open:/m/0bt9lr", DOG),
        ("zoo:n02084071", DOG),
        ("street:crane", CRANE_MACHINE),
        ("again:2", DOG),
        ("traffic light", "n06874185"),
        ("stop-and-go light", "n06874185"),
        ("street:1", "street:1"),
        ("Laysan albatross", "birds:0"),
    ],
)
def test_what_resolves(small, text, id):
    """Else a concept cannot be named in the way that the user knows it by."""
    assert small[text].id == id


def test_every_sense_name_resolves_to_its_synset(full):
    """Else names copied from NLTK mean something else here, or nothing: aerosol.n.02 is only a second lemma's."""
    rows = full.execute("SELECT concept, text, sense FROM name WHERE sense > 0").fetchall()
    by_lemma = {(text.lower().replace(" ", "_"), sense): concept for concept, text, sense in rows}
    for (lemma, sense), concept in random.Random(1).sample(sorted(by_lemma.items()), 3000):
        assert full[f"{lemma}.n.{sense:02}"].key == concept
    assert full["aerosol.n.02"].name == "aerosol"


def test_a_name_with_one_dominant_concept_resolves_and_tells_of_the_others(full):
    """Else "dog" is refused because of frankfurters, or taken without a word of them."""
    found, others = full.resolve("dog")
    assert found.id == DOG
    assert full["frank.n.02"] in others


def test_a_name_with_two_serious_concepts_is_refused(full):
    """Else a filter for the birds deletes the machines."""
    with pytest.raises(AmbiguousError) as caught:
        full["crane"]
    assert {CRANE_BIRD, CRANE_MACHINE} <= {id for id, *_ in caught.value.candidates}
    # A dataset's own class has a definition only where the dataset gives one.
    assert all(name and (definition or ":" in id) for id, name, definition in caught.value.candidates)
    assert caught.value.exit_code == 3
    assert {CRANE_BIRD, CRANE_MACHINE} <= set(ids(full.candidates("crane")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("elefant", "did you mean .*elephant"),
        ("n02086723", "WordNet 3.1"),
        ("dog.n.99", "no such concept"),
        ("coco:9999", "coco has no class 9999"),
        ("nodataset:1", "no such concept"),
        ("qqqq", "search"),
        ("", "no such concept"),
        ("犬", "search"),
        ("%", "no such concept"),
        ('"', "no such concept"),
        ("a" * 10_000, "no such concept"),
        ("dog\n", None),
    ],
)
def test_what_does_not_resolve_says_what_to_do(full, text, message):
    """Else a typing error ends in an empty answer, or in a traceback."""
    if message is None:
        assert full[text].id == DOG
        return
    with pytest.raises(NotFoundError, match=message):
        full[text]


def test_an_unplaced_class_is_named_as_such(small):
    """Else the user looks for a typing error in a key that is right."""
    with pytest.raises(NotFoundError, match=r"street:void \(xqzzt\) is unplaced"):
        small["street:void"]


def test_every_placed_class_resolves_by_its_key(small):
    """Else a key with a colon or a slash cannot be asked for."""
    unplaced = []
    for entries in SMALL:
        for entry in entries.classes:
            try:
                assert small[f"{entries.source.name}:{entry.key}"].memberships()
            except NotFoundError:
                unplaced.append(entry.key)
    assert unplaced == ["void", "below void"]


# Search


def test_search_goes_from_exact_to_similar(full):
    """Else what the user typed is not what stands first."""
    hows = [hit.how for hit in full.search("dog", limit=100)]
    assert hows == sorted(hows, key=["exact", "synonym", "prefix", "similar"].index)
    assert set(hows) >= {"exact", "synonym", "prefix"}
    first = full.search("dog")[0]
    assert (first.id, first.how, first.matched) == (DOG, "exact", "dog")
    assert first.datasets > 10


@pytest.mark.parametrize(
    ("typed", "meant"), [("elefant", "elephant"), ("refridgerator", "refrigerator"), ("girafe", "giraffe")]
)
def test_search_forgives_typing_errors(full, typed, meant):
    """Else a user who cannot spell a word does not find it."""
    assert any(meant in hit.name for hit in full.search(typed))


@pytest.mark.parametrize("text", ["", " ", "a", "ab", '"', "''", "* OR *", "NEAR(a b)", "%", "\x00", "🐦", "x" * 5000])
def test_search_takes_any_text(full, text):
    """Else a quotation mark in a query is a syntax error of the database."""
    assert len(full.search(text, limit=5)) <= 5


def test_search_finds_each_concept_once(full):
    """Else ten synonyms of one concept fill the page."""
    found = [hit.id for hit in full.search("car", limit=200)]
    assert len(found) == len(set(found))
    assert len(full.search("car", limit=3)) == 3


# Files


def test_a_file_that_is_no_taxonomy_is_refused(tmp_path):
    """Else a wrong --db ends in an SQL error."""
    with pytest.raises(DatabaseError, match="taxonomy build"):
        taxonomy.open(tmp_path / "none.db")
    with pytest.raises(DatabaseError, match="folder"):
        taxonomy.open(tmp_path)
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to be one\n" * 100)
    with pytest.raises(DatabaseError, match="not a taxonomy database"):
        taxonomy.open(text)
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseError, match="not a taxonomy database"):
        taxonomy.open(tmp_path / "empty.db")
    assert (tmp_path / "empty.db").stat().st_size == 0


def test_big_cats_hold_the_new_species(small):
    """Else a species that WordNet lacks is an animal of no family."""
    assert ids(small["species:0"].parents()) == [BIG_CAT]
