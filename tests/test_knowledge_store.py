"""Knowledge bases: the hierarchy is mended, people are heard, and nothing of it is lost on disk."""

from __future__ import annotations

import random

import pytest
from bases import (
    CAR,
    FELINE,
    LIFE,
    RING,
    THINGS,
    VEHICLE,
    base,
    clean,
    cuts,
    entry,
    ids,
    opening,
    taxon,
)
from conftest import CAT, DOG, ORGANISM, dump, vocabulary

import taxonomy
from taxonomy import build, decisions
from taxonomy.concept import ROOT, Decision, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.store import stored


@pytest.fixture
def merged(few_build):
    """Build knowledge bases and vocabularies, and open a result that passes its own check."""
    yield from opening(few_build)


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
    (rows,) = stored.load(path, placements=True).placements
    *_, last = rows
    assert last.entry == THINGS[-1]
    first = rows[0]
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
    # A part of a base, or one that goes on in others, is sound: strictness has nothing against it.
    outcome = build.merge([base(entry("A", "zorgon dog", "C"), name="other")], path, strict=True)
    assert [where for where, _ in outcome.warnings] == ["other"]
