"""Which classes an export has: by roots, depth, images, lines and leaves, grouped, and what each step says."""

from __future__ import annotations

import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BIG_CAT, CARNIVORE, CAT, CRANE_BIRD, CRANE_MACHINE, DOG
from exported import ANIMAL, CANINE, DOMESTIC, group, table
from shell import on_terminal, run

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.errors import AmbiguousError, InputError, NotFoundError
from taxonomy.export import Choice, Selection, choosing, counts, exporter, select, superclass
from taxonomy.export.hierarchy import Hierarchy, _walk

CAR, TRUCK, FELINE = "n02958343", "n04490091", "n02120997"
ZOO = {ANIMAL: 3, DOMESTIC: 20, CARNIVORE: 5, CANINE: 1, DOG: 40, FELINE: 2, CAT: 7, CRANE_BIRD: 30}
GARAGE = {"0": CAR, "1": TRUCK, "2": CRANE_MACHINE}


@pytest.fixture(scope="module")
def path(few_build: Callable[..., Path]) -> Path:
    """Animals below each other, of which the dog has two lines above it, and machines."""
    return few_build(
        group("zoo", *(SourceClass(wnid, wnid, wnid=wnid) for wnid in ZOO)),
        group("garage", *(SourceClass(key, id, wnid=id) for key, id in GARAGE.items()), SourceClass("9", "xq")),
    )


@pytest.fixture(scope="module")
def t(path: Path):
    with taxonomy.open(path) as opened:
        yield opened


@pytest.fixture
def counted(write) -> Path:
    return write("counts.tsv", "label\tconcept\timages\n" + "".join(f"{w}\t{w}\t{n}\n" for w, n in ZOO.items()))


def ids(selection: Selection) -> set[str]:
    names = selection.ids()
    return {names[key] for key in selection.concepts}


def stands(selection: Selection) -> dict[str, str]:
    names = selection.ids()
    return {names[key]: names[stand] for key, stand in selection.stands.items()}


# The steps


def test_roots(t):
    """Else who wants animals gets cranes of steel, or not the root itself."""
    assert ids(select(t, Choice(roots=(CARNIVORE,)))) == {CARNIVORE, CANINE, DOG, FELINE, CAT}
    assert ids(select(t, Choice(roots=("dog", f"zoo:{CRANE_BIRD}")))) == {DOG, CRANE_BIRD}
    found = select(t, Choice(roots=("motor_vehicle.n.01",)))
    assert ids(found) == {CAR, TRUCK}
    assert found.remarks == ("--root motor_vehicle.n.01 left 2 of 11 concepts",)


def test_roots_that_are_not_clear(t):
    """Else a name silently means its first sense, or a typing error an empty export."""
    with pytest.raises(AmbiguousError, match="--root crane means several concepts; give one by its id") as error:
        select(t, Choice(roots=("crane",)))
    assert {id for id, *_ in error.value.candidates} >= {CRANE_BIRD, CRANE_MACHINE}
    with pytest.raises(NotFoundError, match="no such concept"):
        select(t, Choice(roots=("dgo",)))


def test_the_whole_taxonomy(t):
    """Else a graph for other programs lacks what no dataset holds; or a dataset that is asked for is not heeded."""
    whole = select(t, Choice(whole=True))
    assert len(whole.concepts) == len(t)
    assert whole.datasets == ("zoo", "garage")
    assert ids(select(t, Choice(whole=True, datasets=("garage",)))) == set(GARAGE.values())
    assert BIG_CAT in ids(select(t, Choice(whole=True, roots=(CARNIVORE,))))
    out = io.StringIO()
    exporter("labels").write(whole, out)
    assert len(table(out.getvalue())) == len(t)


def test_the_whole_of_a_taxonomy_without_datasets(few_build):
    """Else WordNet alone cannot be exported as a graph."""
    with taxonomy.open(few_build()) as bare:
        assert len(select(bare, Choice(whole=True)).concepts) == len(bare)
        with pytest.raises(InputError, match="holds no dataset"):
            select(bare)


def test_depth(t):
    """Else a tree is deeper than the trainer's levels, or its deep classes have nowhere to go."""
    found = select(t, Choice(max_depth=1))
    assert ids(found) == {ANIMAL, DOMESTIC, CARNIVORE, CRANE_BIRD, *GARAGE.values()}
    assert stands(found) == {CANINE: CARNIVORE, DOG: CARNIVORE, FELINE: CARNIVORE, CAT: CARNIVORE}
    assert found.remarks == ("--max-depth 1 left 7 of 11 concepts, 4 became one with a class above",)
    assert ids(select(t, Choice(max_depth=0))) == {ANIMAL, *GARAGE.values()}


def test_few_images(t, counted):
    """Else images of rare classes are lost, counted twice, or a class stays that has too few."""
    found = select(t, Choice(datasets=("zoo",), min_images=10, counts=counted))
    # The feline and its cat have 9 together, with the carnivore's and the canine's 15.
    assert ids(found) == {DOMESTIC, CARNIVORE, DOG, CRANE_BIRD}
    assert stands(found) == {CANINE: CARNIVORE, FELINE: CARNIVORE, CAT: CARNIVORE}
    names = found.ids()
    assert {names[key]: n for key, n in found.images.items()} == {DOMESTIC: 20, CARNIVORE: 15, DOG: 40, CRANE_BIRD: 30}
    # Nothing is above the animal, so it is left out with its 3 images.
    assert found.remarks == ("--min-images 10 left 4 of 8 concepts, 3 became one with a class above",)


def test_annotations_go_to_the_class_that_stands_for_theirs(t, counted):
    """Else the images of a class that became one with another are trained as background."""
    found = select(t, Choice(min_images=10, counts=counted))
    out = io.StringIO()
    report = exporter("labelmap").write(found, out)
    rows = {row["name"]: (row["index"], row["id"]) for row in table(out.getvalue())}
    assert rows[CAT] == rows[FELINE] == rows[CARNIVORE]
    assert rows[CARNIVORE][1] == CARNIVORE
    assert rows[ANIMAL] == ("-1", ANIMAL)
    assert "4 classes share their index with another class of their own dataset" in report.remarks
    assert "4 classes left out, with index -1" in report.remarks
    assert found.holders()[next(key for key, id in found.ids().items() if id == CARNIVORE)] == ["zoo"]


def test_an_antichain(t):
    """Else an image of a dog is a negative of the animal, in one softmax."""
    found = select(t, Choice(antichain=True))
    assert ids(found) == {DOG, CAT, CRANE_BIRD, *GARAGE.values()}
    assert found.remarks == ("--antichain left 6 of 11 concepts",)


def test_what_stood_for_others_goes_with_them(t):
    """Else a class leads to one that is not in the export, and every export of the two fails."""
    found = select(t, Choice(max_depth=3, antichain=True))
    assert CANINE not in ids(found)
    assert found.stands.keys().isdisjoint(found.concepts)
    assert set(found.stands.values()) <= set(found.concepts)
    found.indexes()


def test_leaves(t):
    """Else a class with kinds of its own passes for the finest that there is."""
    animals = Choice(roots=(ANIMAL,), max_depth=1)
    assert ids(select(t, animals)) == {ANIMAL, DOMESTIC, CARNIVORE, CRANE_BIRD}
    assert ids(select(t, replace(animals, antichain=True))) == {DOMESTIC, CARNIVORE, CRANE_BIRD}
    assert ids(select(t, replace(animals, leaves=True))) == {CRANE_BIRD}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(datasets=("garage",), roots=("table.n.02",)), "--root table.n.02 left 0 of 3 concepts; "),
        (Choice(datasets=("zoo",), min_images=500), "--min-images 500 left 0 of 8 concepts; no class has more than 40"),
        (Choice(roots=(CARNIVORE,), max_depth=0, leaves=True), "--leaves left 0 of 1 concept; "),
    ],
)
def test_the_step_that_leaves_nothing_is_named(t, counted, choice, said):
    """Else the user looks for the reason of an empty file among seven options."""
    with pytest.raises(InputError, match=f"nothing to export: {said}"):
        select(t, replace(choice, counts=counted if choice.min_images else None))


def test_the_command_explains_itself(path, tmp_path):
    """Else steps go by unsaid, and an unclear root has the exit code of a bad file."""
    out = tmp_path / "labels.tsv"
    done = run("export", "labels", "--db", path, "-o", out, "--root", "dog", "--root", CAT, "--antichain")
    assert done.code == 0
    assert done.err.splitlines()[1].startswith(f"--root dog = {DOG} dog.n.01; not frump.n.01, ")
    assert done.err.splitlines()[2:] == [f"--root dog --root {CAT} left 2 of 11 concepts"]
    assert run("export", "labels", "--db", path, "-o", "-", "--root", "crane").code == 3
    assert run("export", "labels", "--db", path, "-o", "-", "--root", "dgo").code == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--min-images", "5"], "--min-images needs --counts"),
        (["--counts", "x.tsv"], "--counts does nothing for labels without --min-images"),
        (["--min-images", "5", "--counts", "nosuch.tsv"], "nosuch.tsv: cannot be read (No such file"),
        (["--superclasses", "99"], "fall into"),
    ],
)
def test_options_that_mean_nothing(path, options, said):
    """Else an option is passed over without a word, or ends in a traceback."""
    done = run("export", "labels", "-o", "-", "--db", path, *options)
    assert done.code == 2
    assert said in done.err


# Counts


def test_counts_as_stats_prints_them(path, t, write):
    """Else what our own command prints cannot be read, or dataset keys are not understood."""
    images = write("images.tsv", "a.jpg\t0:1\t1:1\nb.jpg\t0:1\n")
    for format in ("tsv", "json", "jsonl"):
        done = run("labels", "stats", images, "--db", path, "--vocabulary", "garage", "--format", format)
        assert done.code == 0, done.err
        found = counts.read(t, write(f"counts.{format}", done.out))
        assert {t.concept(key).id: number for key, number in found.images.items()} == {CAR: 2, TRUCK: 1}


def test_labels_of_counts_resolve(t, write):
    """Else counts by name or dataset key pass for unknown, and labels that are one concept count only once."""
    path = write("counts.tsv", "label\timages\ndog\t3\ngarage:0\t5\n" + f"{DOG}\t4\ncrane\t2\nxqzzt\t1\ngarage:9\t1\n")
    found = counts.read(t, path)
    assert {t.concept(key).id: number for key, number in found.images.items()} == {DOG: 7, CAR: 5}
    assert found.unknown == ("crane", "xqzzt", "garage:9")
    remarks = select(t, Choice(min_images=1, counts=path, roots=(ANIMAL,))).remarks
    assert "counts.tsv: 3 labels are no concepts: crane, xqzzt, garage:9" in remarks
    assert "counts.tsv: 1 of 2 concepts not in the export" in remarks
    assert "counts.tsv has no images of 7 of 8 concepts" in remarks


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("label\timages\ndog\tmany\n", r"counts:2: 'many' is no number of images; give what 'taxonomy labels stats"),
        ("label\timages\ndog\t-3\n", "counts:2: '-3' is no number"),
        ("dog\t3\ncat\t4\n", "counts:2: there must be images, and a concept or label"),
        ("label\timages\nxqzzt\t4\n", "no label in it is a concept"),
        ("", "no label in it is a concept"),
        ("[1]", "1 is no object"),
        ("[{", "is no JSON"),
        (b"\xff\xfe", "is no UTF-8 text"),
    ],
)
def test_counts_that_are_none(t, write, content, said):
    """Else a wrong file empties the export, or ends in a traceback."""
    with pytest.raises(InputError, match=said):
        counts.read(t, write("counts", content))


# Superclasses


def test_superclasses(t, counted):
    """Else a class has no superclass, or two, or one that is not above it."""
    found = select(t, Choice(superclasses=3, counts=counted))
    names = found.ids()
    assert found.superclasses.keys() == set(found.concepts)
    for key, above in found.superclasses.items():
        assert above in found.hierarchy.above([key])
    by_name = Counter(names[above] for above in found.superclasses.values())
    assert by_name == {one_id: one.classes for one in found.groups if (one_id := names[one.key])}
    assert len(by_name) == 3
    assert sum(one.images for one in found.groups) == sum(ZOO.values())


def test_figures_of_superclasses(t, counted):
    """Else a user balances a label space by figures of other classes."""
    found = select(t, Choice(superclasses=2, roots=(CARNIVORE,), counts=counted))
    names = found.ids()
    # The carnivore, which is in its own group, the feline and the cat; the canine and the dog.
    assert [(names[one.key], *one[1:]) for one in found.groups] == [(CARNIVORE, 3, 14, 2, 1.0), (CANINE, 2, 41, 1, 0.5)]


def test_one_superclass_is_the_lowest_concept_above_all(t):
    """Else all is called entity."""
    found = select(t, Choice(superclasses=1, roots=(CARNIVORE,)))
    assert {found.ids()[key] for key in found.superclasses.values()} == {CARNIVORE}


def test_a_superclass_is_none_that_only_knowledge_bases_have():
    """Else dogs and cats are called after a clade that nobody knows."""
    #      0 → 1 (unknown) → 2, 3;  0 → 4, 5, 6
    parents = {1: [0], 2: [1], 3: [1], 4: [0], 5: [0], 6: [0]}
    hierarchy = _hierarchy(7, parents)
    assert set(superclass.group([2, 3, 4, 5], hierarchy, 2, range(7), {})[0].values()) == {0, 1}
    with pytest.raises(InputError, match=r"the classes fall into 1 group at most"):
        superclass.group([2, 3, 4, 5], hierarchy, 2, {0, 2, 3, 4, 5, 6}, {})


def _hierarchy(size: int, parents: dict[int, list[int]]) -> Hierarchy:
    children: dict[int, list[int]] = {}
    for key, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(key)
    return Hierarchy(parents, children, _walk(list(range(size)), parents, children))


def _dag(size: int, seed: int) -> tuple[Hierarchy, list[int]]:
    """Return a random DAG below one root, and some of its concepts."""
    dice = random.Random(seed)
    parents = {key: dice.sample(range(key), min(key, dice.randrange(1, 4))) for key in range(1, size)}
    hierarchy = _hierarchy(size, parents)
    return hierarchy, [key for key in hierarchy.walk if dice.random() < 0.6]


# Any DAG


@pytest.mark.parametrize("seed", range(30))
def test_steps_on_any_dag(seed):
    """Else a step that is right for trees breaks where a class has several parents."""
    hierarchy, concepts = _dag(40, seed)
    above = {key: (hierarchy.above([key]) - {key}) & set(concepts) for key in concepts}

    def line(key: int, among: set[int]) -> int:
        return max((1 + line(parent, among) for parent in above[key] & among), default=0)

    into = choosing.too_deep(concepts, hierarchy, 2)
    kept = set(concepts) - into.keys()
    assert all(stand in kept & above[key] for key, stand in into.items())
    assert all((line(key, set(concepts)) > 2) == (key in into) for key in concepts)

    images = {key: random.Random(seed + key).randrange(20) for key in concepts}
    into = choosing.too_few(concepts, hierarchy, images, 15)
    kept = set(concepts) - into.keys()
    assert all(stand is None or stand in kept & above[key] for key, stand in into.items())
    totals = Counter[int | None]()
    for key in concepts:
        totals[into.get(key, key)] += images[key]
    assert all(totals[key] >= 15 for key in kept)
    assert all(not above[key] & kept for key, stand in into.items() if stand is None and not above[key])

    rest = set(concepts) - choosing.above_others(concepts, hierarchy)
    assert not any(above[key] & rest for key in rest)
    assert all(any(key in above[other] for other in concepts) for key in set(concepts) - rest)

    assert hierarchy.pairs(concepts) == {key: len(above[key]) for key in concepts}


@pytest.mark.parametrize("seed", range(10))
def test_superclasses_of_any_dag(seed):
    """Else groups overlap, leave classes out, or come out otherwise the next time."""
    hierarchy, concepts = _dag(60, seed)
    images = dict.fromkeys(concepts, 1)
    with pytest.raises(InputError, match="groups at most") as error:
        superclass.group(concepts, hierarchy, 60, range(60), images)
    most = int(re.search(r"into (\d+) groups", str(error.value))[1])
    assert most > 3
    for number in range(1, most + 1):
        found, figures = superclass.group(concepts, hierarchy, number, range(60), images)
        assert found.keys() == set(concepts)
        assert all(above in hierarchy.above([key]) for key, above in found.items())
        assert len(set(found.values())) == len(figures) == number
        assert [one.classes for one in figures] == sorted(Counter(found.values()).values(), reverse=True)
        assert sum(one.images for one in figures) == len(concepts)
        assert (found, figures) == superclass.group(concepts[::-1], hierarchy, number, range(60), images)


def test_the_list_of_formats_on_a_terminal():
    """Else four columns of a few words each have to be read from top to bottom."""
    lines = [line.rstrip() for line in on_terminal("export", "--list", columns=100).splitlines()]
    start = lines.index("tencent")
    assert lines[start + 1].startswith("  Tencent ML-Images' dictionary: ")
    assert lines[start + 2] == "  keeps synonyms"
    assert lines[start + 3].startswith("  loses all parents but one")
    assert "summary" in on_terminal("export", "--list", "--format", "table", columns=100)


def test_the_choice_is_in_the_report(path, tmp_path, counted):
    """Else nobody knows later by which options a label space came about."""
    out = tmp_path / "labels.tsv"
    options = ("--min-images", "10", "--counts", counted, "--superclasses", "2")
    done = run("export", "labels", "--db", path, "-o", out, "--datasets", "zoo", *options)
    assert done.code == 0, done.err
    report = json.loads((tmp_path / "labels.tsv.report.json").read_text())
    assert report["choice"].keys() == {"datasets", "min_images", "counts", "superclasses"}
    assert report["choice"]["counts"]["file"] == "counts.tsv"
    assert (report["counts"]["concepts"], report["counts"]["classes"]) == (4, 7)
    assert sum(one["images"] for one in report["superclasses"]) == 105


def test_ancestors_come_with_the_classes_and_end_at_the_roots(t):
    """Else a tree of a detection dataset is a row of leaves, as its classes seldom lie above each other."""
    plain = select(t, Choice(datasets=("zoo",)))
    whole = select(t, Choice(datasets=("zoo",), ancestors=True))
    assert set(whole.concepts) == plain.hierarchy.above(plain.concepts)
    assert list(whole.concepts) == [key for key in whole.hierarchy.walk if key in set(whole.concepts)]
    assert f"--with-ancestors took {len(whole.concepts) - len(plain.concepts)} in" in " ".join(whole.remarks)
    ids = whole.ids()
    below = select(t, Choice(datasets=("zoo",), ancestors=True, roots=(CANINE,)))
    assert CANINE in {ids[key] for key in below.concepts}
    assert ANIMAL not in {ids[key] for key in below.concepts}


def test_no_ancestor_that_pictures_do_not_show_comes_with_visual_classes(t):
    """Else a crawler that takes in what is above its classes searches for pictures of *physical entity*."""
    seen = select(t, Choice(datasets=("zoo",), ancestors=True, visual=True))
    states, ids = seen.states(), seen.ids()
    assert "n00001740" not in {ids[key] for key in seen.concepts}
    assert "non-visual" not in {states[key] for key in seen.concepts}
    assert any("--with-ancestors took" in remark for remark in seen.remarks)
