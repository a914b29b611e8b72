"""`taxonomy export`: what other tools read is complete, consistent, and never half-written."""

from __future__ import annotations

import io
import itertools
import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

import taxonomy
from taxonomy import build, sources
from taxonomy.commands.app import app
from taxonomy.concept import Source, SourceClass, Vocabulary
from taxonomy.errors import InputError, NotFoundError
from taxonomy.export import Exporter, Report, export, exporter, formats, select
from taxonomy.export._format import line, listed
from taxonomy.export.hierarchy import Hierarchy, _walk
from taxonomy.export.selection import Selection
from taxonomy.export.tencent import measure, single_parents

DOG, CANINE, DOMESTIC, CARNIVORE, ANIMAL = "n02084071", "n02083346", "n01317541", "n02075296", "n00015388"


def _vocabulary(name: str, *classes: SourceClass) -> Vocabulary:
    return Vocabulary(Source(name=name), classes)


@pytest.fixture(scope="session")
def export_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build three datasets: a diamond above dog, concepts that WordNet lacks, a class that nothing places."""
    path = tmp_path_factory.mktemp("export") / "t.db"
    animals = {DOG: "dog", CANINE: "canine", DOMESTIC: "pet", CARNIVORE: "carnivore", ANIMAL: "animal"}
    build.build(
        [
            _vocabulary("zoo", *(SourceClass(key=wnid, name=name, wnid=wnid) for wnid, name in animals.items())),
            _vocabulary(
                "street",
                SourceClass("0", "dog", wnid=DOG),
                SourceClass("1", "xqzzt"),
                SourceClass("2", "plushdog, flurb", synonyms=("toy|dog",), parent="dog"),
                SourceClass("3", "traffic light"),
                SourceClass("4", "domestic dog", wnid=DOG),
            ),
            _vocabulary("void", SourceClass("0", "xqzzu")),
        ],
        path,
    )
    return path


@pytest.fixture(scope="session")
def t(export_db: Path):
    with taxonomy.open(export_db) as opened:
        yield opened


def _written(t: taxonomy.Taxonomy, format: str, *datasets: str) -> str:
    out = io.StringIO()
    exporter(format).write(select(t, datasets), out)
    return out.getvalue()


def _table(text: str) -> list[dict[str, str]]:
    header, *rows = [row.split("\t") for row in text.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


# The selection


def test_indexes_do_not_depend_on_the_order_in_which_datasets_are_named(t):
    """Else two people who export the same datasets train with different indexes."""
    assert _written(t, "labels", "street", "zoo") == _written(t, "labels", "zoo", "street", "zoo")


def test_every_concept_comes_after_all_that_is_above_it(t):
    """Else a program that reads a hierarchy in one pass meets children whose parents it does not know."""
    hierarchy = select(t).hierarchy
    place = {key: i for i, key in enumerate(hierarchy.walk)}
    assert len(place) == len(t)
    assert all(place[parent] < place[key] for key, above in hierarchy.parents.items() for parent in above)


def test_by_default_all_datasets_are_exported(t):
    """Else classes of a dataset are missing from the unified label space, silently."""
    held = {row[0] for row in t.execute("SELECT DISTINCT concept FROM class WHERE concept IS NOT NULL")}
    assert set(select(t).concepts) == held
    assert select(t).datasets == ("zoo", "street", "void")


@pytest.mark.parametrize("name", ["nosuch", "wordnet"])
def test_an_unknown_dataset_is_named(t, name):
    """Else a typing error gives a smaller label space that nobody notices."""
    with pytest.raises(NotFoundError, match=f"{name}.*taxonomy sources"):
        select(t, ["zoo", name])


def test_an_empty_selection_says_what_emptied_it(t):
    """Else the user gets a file with nothing but a header and looks for the reason elsewhere."""
    with pytest.raises(InputError, match="no class of void has a concept"):
        select(t, ["void"])


# labels and labelmap


def test_labels_give_each_concept_once_with_consecutive_indexes(t):
    """Else a trainer's output layer has holes, or two outputs for one concept."""
    rows = _table(_written(t, "labels"))
    assert [row["index"] for row in rows] == [str(i) for i in range(len(rows))]
    assert len({row["id"] for row in rows}) == len(rows)


def test_labels_describe_a_concept_as_the_taxonomy_does(t):
    """Else names, parents or memberships in the label file contradict the database."""
    dog = next(row for row in _table(_written(t, "labels")) if row["id"] == DOG)
    assert dog["name"] == "dog"
    assert dog["synonyms"] == "domestic dog|Canis familiaris"
    assert dog["parents"] == f"{CANINE}|{DOMESTIC}"
    assert dog["datasets"] == "zoo|street"


def test_labels_of_one_dataset_do_not_name_the_others(t):
    """Else a label file for one dataset tells of data that it was not made for."""
    assert {row["datasets"] for row in _table(_written(t, "labels", "zoo"))} == {"zoo"}


def test_separators_within_values_cannot_shift_columns():
    """Else one odd class name corrupts its line, or the list that it stands in."""
    assert line(["a\tb", "c\r\nd", "e\u2028f"]).splitlines() == ["a b\tc  d\te f"]
    assert listed(["a|b", "c"]) == "a/b|c"
    assert listed(["a, b", "c"], separator=", ", stand_in="") == "a b, c"


def test_the_map_leads_every_class_to_its_line_of_the_labels(t):
    """Else annotations are trained under another class's index."""
    labels = {row["index"]: row["id"] for row in _table(_written(t, "labels", "zoo", "street"))}
    rows = _table(_written(t, "labelmap", "zoo", "street"))
    for row in rows:
        assert row["id"] == labels.get(row["index"], "")
        if row["index"] != "-1":
            assert t[f"{row['dataset']}:{row['key']}"].id == row["id"]


def test_the_map_keeps_order_and_unplaced_classes(t):
    """Else line n of the map is not class n of the dataset, and an unplaced class vanishes."""
    rows = [row for row in _table(_written(t, "labelmap")) if row["dataset"] == "street"]
    assert [row["key"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert (rows[1]["index"], rows[1]["id"]) == ("-1", "")


def test_the_map_reports_classes_that_it_makes_one(t):
    """Else a trainer finds out by its scores that two classes of a dataset were merged, or had no index."""
    report = exporter("labelmap").write(select(t, ["street"]), io.StringIO())
    assert report == Report(
        "5 classes of 1 dataset",
        (
            "1 class unplaced, with index -1",
            "2 classes share their index with another class of their own dataset",
        ),
    )


# bamboo


def test_bamboo_mirrors_both_directions_and_has_every_id(t):
    """Else code written for Bamboo's file ends in a KeyError, or walks down what it cannot walk up."""
    system = json.loads(_written(t, "bamboo"))
    down = {(f, c) for f, below in system["father2child"].items() for c in below}
    up = {(f, c) for c, above in system["child2father"].items() for f in above}
    assert down == up
    known = set(system["id2name"])
    assert {id for pair in down for id in pair} <= known
    for table in ("id2desc", "id2name_zh", "id2desc_zh", "id2state"):
        assert set(system[table]) == known
    assert all(system["child2father"].values())
    assert all(system["father2child"].values())


def test_bamboo_has_the_ancestors_up_to_the_root_with_all_edges(t):
    """Else hypernyms of a class are missing, or a class hangs in the air."""
    system = json.loads(_written(t, "bamboo", "street"))
    placed = [t[f"street:{key}"] for key in "023"]
    assert set(system["id2name"]) == {c.id for concept in placed for c in (concept, *concept.ancestors())}
    assert set(system["id2name"]) - set(system["child2father"]) == {"n00001740"}
    assert system["child2father"][DOG] == [CANINE, DOMESTIC]


def test_bamboo_shapes_are_those_of_the_published_file(t):
    """Else readers of ``id2name[id][0]`` or ``id2state[id]['academic']`` take letters for names, or fail."""
    system = json.loads(_written(t, "bamboo"))
    assert system["id2name"][DOG] == ["dog", "domestic dog", "Canis familiaris"]
    assert system["id2desc"][DOG].startswith("a member of the genus Canis")
    assert system["id2name_zh"][DOG] == []
    assert system["id2state"][DOG] == {"academic": ["zoo", "street"], "visual": 2, "common": 2}
    assert system["id2state"]["n00001740"]["academic"] == []


# tencent


def test_tencent_lists_parents_first_with_the_indexes_of_the_labels(t):
    """Else a reader of the dictionary in one pass fails, or the tree's indexes mean other labels."""
    rows = _table(_written(t, "tencent"))
    assert all(int(row["index_of_parent_category"]) < int(row["category_index"]) for row in rows)
    labels = [(row["index"], row["id"]) for row in _table(_written(t, "labels"))]
    assert [(row["category_index"], row["category_id"]) for row in rows] == labels


def test_tencent_puts_the_diamond_under_its_deeper_side(t):
    """Else a dog is a domestic animal, but no canine and no carnivore: two ancestors lost instead of one."""
    rows = {row["category_id"]: row for row in _table(_written(t, "tencent", "zoo"))}
    parent = {id: row["index_of_parent_category"] for id, row in rows.items()}
    assert parent[DOG] == rows[CANINE]["category_index"]
    assert parent[ANIMAL] == "-1"


def test_tencent_counts_what_it_loses(t):
    """Else the user trains on a tree and never learns which ancestors the labels had."""
    report = exporter("tencent").write(select(t, ["zoo"]), io.StringIO())
    concepts = [t[id] for id in (DOG, CANINE, DOMESTIC, CARNIVORE, ANIMAL)]
    pairs = sum(a in concepts for concept in concepts for a in concept.ancestors())
    assert report.loss is not None
    # carnivore, pet → animal; canine → carnivore; dog → canine; dog is a pet no more.
    assert (report.loss.pairs, report.loss.lost, report.loss.affected) == (pairs, 1, 1)
    assert (report.loss.roots, report.loss.max_depth, report.loss.mean_depth) == (1, 3, 7 / 5)


def test_tencent_is_read_back_as_it_was(t, tmp_path):
    """Else our own reader of the format cannot merge what we wrote: commas in names split, wnids are lost."""
    path = tmp_path / "dictionary.txt"
    export(t, "tencent", path)
    reading = sources.read(path)
    assert not reading.quarantined
    rows = _table(path.read_text(encoding="utf-8"))
    assert [entry.key for entry in reading.vocabulary.classes] == [row["category_index"] for row in rows]
    dog = next(entry for entry in reading.vocabulary.classes if entry.wnid == DOG)
    assert (dog.name, dog.synonyms) == ("dog", ("domestic dog", "Canis familiaris"))
    names = {name for entry in reading.vocabulary.classes for name in (entry.name, *entry.synonyms)}
    assert "plushdog flurb" in names


def _dag(size: int, seed: int) -> Hierarchy:
    """Return a random DAG without an order that its keys would give away."""
    dice = random.Random(seed)
    order = dice.sample(range(size), size)
    parents = {key: dice.sample(order[:i], min(i, dice.randrange(3))) for i, key in enumerate(order)}
    parents = {key: above for key, above in parents.items() if above}
    children: dict[int, list[int]] = {}
    for key, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(key)
    return Hierarchy(parents, children, _walk(list(range(size)), parents, children))


@pytest.mark.parametrize("seed", range(40))
def test_no_other_tree_loses_fewer_ancestors(seed):
    """Else the format costs more ancestors than it must, or the count that is printed is wrong."""
    hierarchy = _dag(9, seed)
    concepts = tuple(key for key in hierarchy.walk if key != 3 and key != 5)
    above = {key: (hierarchy.above([key]) - {key}) & set(concepts) for key in concepts}
    tree = single_parents(Selection(None, (), concepts, hierarchy))
    assert list(tree) == list(concepts)
    assert all(parent in above[key] if above[key] else parent is None for key, parent in tree.items())

    def kept(parents):
        total = 0
        for key in parents:
            while (key := parents[key]) is not None:
                total += 1
        return total

    pairs = sum(map(len, above.values()))
    every_tree = itertools.product(*(sorted(above[key]) or [None] for key in concepts))
    best = max(kept(dict(zip(concepts, choice, strict=True))) for choice in every_tree)
    loss = measure(tree, hierarchy)
    assert (loss.pairs, loss.lost) == (pairs, pairs - best)


# The file, the registry, the command


@pytest.mark.parametrize("format", ["labels", "labelmap", "bamboo", "tencent"])
def test_two_exports_give_the_same_bytes(t, tmp_path, format):
    """Else a label file under version control changes when nothing did."""
    first, second = tmp_path / "1", tmp_path / "2"
    assert export(t, format, first) == export(t, format, second)
    assert first.read_bytes() == second.read_bytes()
    assert b"\r" not in first.read_bytes()


def test_a_file_is_only_replaced_when_asked(t, tmp_path):
    """Else a user's file is gone."""
    path = tmp_path / "labels.tsv"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists; replace it with --force"):
        export(t, "labels", path)
    assert path.read_text() == "mine"
    export(t, "labels", path, force=True)
    assert path.read_text().startswith("index\t")


def test_the_database_is_not_exported_onto_itself(t, export_db):
    """Else ``-o taxonomy.db --force`` destroys the taxonomy."""
    with pytest.raises(InputError, match="is the database itself"):
        export(t, "labels", export_db, force=True)


def test_a_failed_export_leaves_nothing_behind(t, tmp_path, monkeypatch):
    """Else half a label file is taken for a whole one when the disk is full."""
    path = tmp_path / "labels.tsv"
    path.write_text("mine")

    def full(selection, out):
        out.write("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("taxonomy.export.labels.EXPORTER", Exporter("labels", "", "", full))
    with pytest.raises(InputError, match=r"No space left on device.*nothing was changed"):
        export(t, "labels", path, force=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(t, tmp_path):
    """Else the user sees a traceback for a typing error in a path."""
    with pytest.raises(InputError, match="there is no folder"):
        export(t, "labels", tmp_path / "no" / "labels.tsv")
    with pytest.raises(InputError, match="is a folder"):
        export(t, "labels", tmp_path)


def test_a_link_is_followed_not_replaced(t, tmp_path):
    """Else the file that a link shares with others stays stale, and the link is lost."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    export(t, "labels", link, force=True)
    assert link.is_symlink()
    assert target.read_text().startswith("index\t")


class _Entry:
    def __init__(self, name: str, loaded: object) -> None:
        self.name, self.value, self._loaded = name, f"package:{name}", loaded

    def load(self) -> object:
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


@pytest.fixture
def plugins(monkeypatch):
    """Pretend that packages are installed which add a format, redefine ours, or are broken."""

    def write(selection, out):
        out.write(f"{len(selection.concepts)}\n")
        return Report("1 number")

    entries = [
        _Entry("count", Exporter("count", "How many.", "all else", write)),
        _Entry("labels", Exporter("labels", "Not ours.", "", write)),
        _Entry("broken", ImportError("no module named x")),
        _Entry("odd", "no exporter"),
    ]

    def entry_points(*, group, name=None):
        assert group == "taxonomy.exporters"
        return [entry for entry in entries if name in (None, entry.name)]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)


def test_other_packages_add_formats_but_do_not_replace_ours(t, plugins, tmp_path):
    """Else an installed package changes what ``labels`` means, or cannot add a format at all."""
    assert formats() == ["labels", "labelmap", "bamboo", "tencent", "broken", "count", "odd"]
    export(t, "count", tmp_path / "n")
    assert (tmp_path / "n").read_text() == f"{len(select(t).concepts)}\n"
    assert exporter("labels").summary != "Not ours."


@pytest.mark.parametrize(("name", "message"), [("broken", "cannot be loaded"), ("odd", "is no taxonomy")])
def test_a_broken_package_is_named(plugins, name, message):
    """Else the user does not know which package to repair."""
    with pytest.raises(InputError, match=f"{message}.*repair or uninstall"):
        exporter(name)


def test_an_unknown_format_lists_the_known(t):
    """Else the user has to look the formats up."""
    with pytest.raises(InputError, match="labels, labelmap, bamboo, tencent"):
        exporter("labls")


def _run(*arguments: object):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_the_command_takes_datasets_repeated_and_with_commas(t, export_db, tmp_path):
    """Else the natural ways to name several datasets do not work."""
    ways = (("--datasets", "zoo, street"), ("--datasets", "zoo", "--datasets", "street,"))
    for i, options in enumerate(ways):
        path = tmp_path / str(i)
        result = _run("labels", "-o", path, "--db", export_db, *options)
        assert result.exit_code == 0, result.stderr
        assert path.read_text() == _written(t, "labels", "zoo", "street")


def test_the_command_writes_data_to_stdout_and_the_report_to_stderr(t, export_db):
    """Else the report ends up among the data that a pipe reads."""
    result = _run("tencent", "-o", "-", "--db", export_db, "--datasets", "zoo")
    assert result.stdout == _written(t, "tencent", "zoo")
    assert result.stderr.splitlines() == [
        "5 categories of 1 dataset written to stdout",
        "one parent a category: 1 of 8 is-a pairs lost; 20.0% of the categories lost at least one ancestor",
        "1 root, depth at most 3, 1.40 on average",
    ]


def test_the_command_lists_formats_with_what_they_lose(plugins):
    """Else users choose a format without knowing its price; one broken package must not hide the others."""
    result = _run("--list")
    assert result.exit_code == 0
    rows = [row.split("\t") for row in result.stdout.splitlines()]
    assert [row[0] for row in rows] == formats()
    assert all(len(row) == 3 for row in rows)
    assert "all parents but one" in {row[0]: row[2] for row in rows}["tencent"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "no format given"),
        (("labels",), 2, "no file given"),
        (("labls", "-o", "-"), 2, "no such format"),
        (("labels", "-o", "-", "--datasets", ","), 2, "names no dataset"),
        (("labels", "-o", "-", "--datasets", "void"), 2, "no class of void"),
        (("labels", "-o", "-", "--datasets", "nosuch"), 3, "nosuch: no such dataset"),
    ],
)
def test_the_command_explains_what_is_wrong(export_db, arguments, code, message):
    """Else a mistake on the command line gives a traceback, or success without a file."""
    result = _run(*arguments, "--db", export_db)
    assert result.exit_code == code
    assert message in result.stderr
    assert not result.stdout
