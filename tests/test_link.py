"""`taxonomy link`: a list of names, of any length and shape, comes back row by row with the concepts that it means."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SMALL, vocabulary
from shell import on_terminal, run, spawn

from taxonomy import sssom
from taxonomy.commands.link import COLUMNS, Report
from taxonomy.concept import Link, Method, Relation, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.linking import Linker
from taxonomy.lists import link_list, open_linker
from taxonomy.sources import stream

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

DOG, CAT, CRANE_BIRD, CRANE_MACHINE = "n02084071", "n02121620", "n02012849", "n03126707"


@pytest.fixture(scope="module")
def few_db(few_build: Callable[..., Path]) -> Path:
    return few_build(*SMALL, vocabulary("mine", SourceClass("x", "florb", parent="dog")))


@pytest.fixture(autouse=True)
def here(few_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to write lists in, and a small taxonomy that the commands find."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAXONOMY_DB", str(few_db))


def linked(*arguments: object, stdin: str | bytes = "") -> list[dict[str, str]]:
    """Link and return the rows by column."""
    done = run("link", *arguments, stdin=stdin)
    assert done.code == 0, done
    header, *rows = (line.split("\t") for line in done.lines)
    assert tuple(header) == COLUMNS
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_columns_are_those_that_consumers_read() -> None:
    """Scripts take them by place."""
    assert " ".join(COLUMNS) == "id name concept label relation confidence method alternatives"


def test_a_plain_list_gives_a_row_for_each_name_in_its_order() -> None:
    """A row that is missing or moved shifts every label after it."""
    names = ["dog", "Traffic_Light", "xqzzt", "crane", "dog", "cat"]
    rows = linked("-", stdin="\n".join(names))
    assert [row["name"] for row in rows] == names
    assert [row["id"] for row in rows] == ["0", "1", "2", "3", "4", "5"]
    assert rows[0]["concept"] == rows[4]["concept"] == DOG
    assert (rows[0]["label"], rows[0]["relation"], rows[0]["method"]) == ("dog", "exactMatch", "exact")
    assert rows[2]["relation"] == "closeMatch"
    assert float(rows[2]["confidence"]) < 0.1


def test_alternatives_begin_with_the_best_and_are_split_at_the_last_colon() -> None:
    """Ids hold colons themselves; who reviews wants all candidates in one place."""
    (row,) = linked("-", stdin="crane")
    assert re.fullmatch(r"[01]\.\d{4}", row["confidence"])
    pairs = [pair.rpartition(":")[::2] for pair in row["alternatives"].split("|")]
    assert pairs[0] == (row["concept"], row["confidence"])
    assert {CRANE_BIRD, CRANE_MACHINE} <= {concept for concept, _ in pairs}
    (own,) = linked("-", stdin="florb")
    assert own["alternatives"].split("|")[0].rpartition(":")[0] == own["concept"] == "mine:x"


def test_a_table_tells_more_than_names() -> None:
    """Ids, synonyms and parents that the user has must count, in TSV and in CSV."""
    Path("list.tsv").write_text("id\tname\tsynonyms\tdefinition\tparent\na\txqzzt\tkitty|cat\t\t\nb\txqzzu\t\t\tdog\n")
    Path("list.csv").write_text('name,id,synonyms,parent\nxqzzt,a,"kitty|cat",\nxqzzu,b,,dog\n')
    for name in ("list.tsv", "list.csv"):
        first, second = linked(name)
        assert (first["id"], first["concept"]) == ("a", CAT)
        assert (second["id"], second["concept"], second["relation"]) == ("b", DOG, "broadMatch")
    assert linked("-", stdin=Path("list.tsv").read_text()) == linked("list.tsv")


def test_a_class_below_another_of_the_list_takes_its_concept() -> None:
    """The linker only says which class is above; who links a list wants a concept."""
    rows = linked("-", stdin="id\tname\tparent\n1\tdog\t\n2\tzorgon dog\t1\n3\txqzz dog\t2\n")
    assert [row["concept"] for row in rows] == [DOG] * 3
    assert [row["relation"] for row in rows] == ["exactMatch", "broadMatch", "broadMatch"]


def test_the_same_id_twice_keeps_both_rows() -> None:
    """A list to link is no vocabulary: annotations repeat their labels."""
    rows = linked("-", stdin="id\tname\n1\tdog\n1\tcat\n1#1\tcrane\n")
    assert [(row["id"], row["concept"]) for row in rows[:2]] == [("1", DOG), ("1", CAT)]
    assert rows[2]["id"] == "1#1"


def test_a_domain_decides_between_senses() -> None:
    """A list of birds says which crane."""
    (bird,) = linked("-", "--domain", "bird.n.01", stdin="crane")
    assert bird["concept"] == CRANE_BIRD
    done = run("link", "-", "--domain", "birrd", stdin="crane")
    assert (done.code, done.out) == (3, "")


def test_min_confidence_leaves_the_unsure_unplaced_with_their_alternatives() -> None:
    """An automatic pipeline wants no guesses, a reviewer wants to see them."""
    (row,) = linked("-", stdin="crane")
    (cut,) = linked("-", "--min-confidence", 1, stdin="crane")
    assert (cut["concept"], cut["label"], cut["relation"]) == ("", "", "unplaced")
    assert (cut["alternatives"], cut["confidence"]) == (row["alternatives"], row["confidence"])
    assert linked("-", "--min-confidence", row["confidence"], stdin="crane") == [row] or float(row["confidence"]) > 0
    assert linked("-", "--min-confidence", 0, stdin="crane") == [row]


def test_min_confidence_is_that_of_a_build(few_db: Path) -> None:
    """A least confidence that was found with `link` must place the same classes at `merge`."""
    draft, linker = open_linker(few_db, Report())
    (entry,) = entries = (SourceClass("0", "car/truck"),)
    (row,) = linked("-", stdin=entry.name)
    plain = float(row["confidence"])
    assert plain < 0.9, "its alternatives share the probability"
    for least in (plain, (plain + 1) / 2, 0.999):
        (placed,) = linker.link(Vocabulary(Source("x", min_confidence=least), entries))
        (found,) = link_list(draft, linker, entries, Source("x"), min_confidence=least)
        assert (found.relation is Relation.EXACT) == (placed.relation is Relation.EXACT), least
    assert linked("-", "--min-confidence", (plain + 1) / 2, stdin=entry.name) == [row]


def test_json_lines_say_the_same() -> None:
    """A program that reads JSON must not get other facts."""
    names = "dog\ncrane\nxqzzt\n"
    facts = [json.loads(line) for line in run("link", "-", "--format", "jsonl", stdin=names).lines]
    for fact, row in zip(facts, linked("-", stdin=names), strict=True):
        assert list(fact) == list(COLUMNS)
        assert f"{fact['confidence']:.4f}" == row["confidence"]
        assert "|".join(f"{concept}:{p:.4f}" for concept, p in fact["alternatives"]) == row["alternatives"]
        assert [fact[key] for key in COLUMNS[:5]] == [row[key] for key in COLUMNS[:5]]


def test_odd_names_are_linked_or_unplaced_and_never_stop_the_run() -> None:
    """One odd row in a million would cost the night."""
    names = [
        "犬",
        "собака",
        "🐶",
        "a" * 10_000,
        "long " * 2000,
        "rock &amp; roll",
        "dog &amp; cat",
        "-" * 50,
        "'",
        '"dog',
    ]
    rows = linked("-", stdin="\n".join(names))
    assert [row["name"] for row in rows] == [name.strip() for name in names]
    assert {row["relation"] for row in rows[:4]} <= {"closeMatch", "unplaced"}
    assert all(float(row["confidence"]) < 0.1 for row in rows[:4])


def test_a_name_of_another_script_is_matched_where_the_taxonomy_has_it(few_build: Callable[..., Path]) -> None:
    """A taxonomy that knows 犬 must answer to it."""
    db = few_build(vocabulary("inu", SourceClass("1", "dog", wnid=DOG, synonyms=("犬",))))
    (row,) = linked("-", "--db", db, stdin="犬")
    assert row["concept"] == DOG


def test_rows_that_cannot_be_used_are_told_of_with_their_line_or_refused() -> None:
    """A row that is dropped in silence is missed when it is too late."""
    Path("list.txt").write_text("dog\n\n \ncat\x07\n# no name\ncat\n\n\n")
    done = run("link", "list.txt")
    assert [line.split("\t")[:2] for line in done.lines[1:]] == [["0", "dog"], ["2", "cat"]]
    assert [line.split(": ")[1] for line in done.err.splitlines()] == ["list.txt:2", "list.txt:3", "list.txt:4"]
    Path("list.tsv").write_text("id\tname\n1\t\n2\tdog\n3\n")
    done = run("link", "list.tsv")
    assert [line.split(": ")[1] for line in done.err.splitlines()] == ["list.tsv:2", "list.tsv:4"]
    assert [line[:5] for line in done.lines[1:]] == ["2\tdog"]
    for name, line in (("list.txt", 2), ("list.tsv", 2)):
        refused = run("link", name, "--strict")
        assert (refused.code, refused.out) == (2, "")
        assert refused.err.startswith(f"error: {name}:{line}: ")


def test_of_many_bad_rows_the_first_are_shown() -> None:
    """A million warnings hide everything else."""
    done = run("link", "-", stdin="name\tid\n" + "\t1\n" * 100 + "dog\t2\n")
    assert len(done.err.splitlines()) == 51
    assert done.err.endswith("… and 50 more\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id\tcolour\n1\tred\n", "list.tsv:1: the header has neither a column `name`"),
        (b"id\tname\n1\t\n", "list.tsv: no usable name"),
        (b"id\tname\n", "list.tsv: no usable name"),
        (b"", "list.tsv: empty"),
        (b"\n\n", "list.tsv: empty"),
        (b"id\tname\n1\tcaf\xe9\n", "list.tsv:2: not UTF-8"),
        ("id\tname\n1\tdog\n".encode("utf-16"), "list.tsv: UTF-16"),
        (bytes(range(256)), "list.tsv: a binary file"),
        (b'id,name\n1,"dog\n', "list.tsv:2: not valid CSV"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(content: bytes, said: str) -> None:
    """The user would search twenty files for the bad one; a header without rows looks like an answer."""
    Path("list.tsv").write_bytes(content)
    done = run("link", "list.tsv")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("content", [b"", b" \n\n", b"dog\ncaf\xe9\n", "dog".encode("utf-16")])
def test_stdin_that_cannot_be_read_is_said(content: bytes) -> None:
    """What comes through a pipe has no other name."""
    done = run("link", "-", stdin=content)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: stdin:")


def test_the_format_says_which_there_are() -> None:
    """A slip of the format must name the right ones."""
    assert "'sssom'" in run("link", "-", "--format", "json", stdin="dog").err
    assert run("link", "-", "--min-confidence", "1.5", stdin="dog").code == 2


def test_a_file_is_written_whole_and_replaced_only_when_asked() -> None:
    """Half a file looks like a whole one, and yesterday's decisions may be in it."""
    Path("list.txt").write_text("dog\n")
    assert run("link", "list.txt", "-o", "out.tsv").code == 0
    text = Path("out.tsv").read_text()
    assert text == run("link", "list.txt").out
    assert "--force" in run("link", "list.txt", "-o", "out.tsv").err
    Path("list.txt").write_bytes(b"dog\n" * 20_000 + b"caf\xe9\n")
    assert run("link", "list.txt", "-o", "out.tsv", "--force").code == 2
    assert Path("out.tsv").read_text() == text
    assert {path.name for path in Path().iterdir()} == {"list.txt", "out.tsv"}


def test_people_see_a_table_and_a_summary(few_db: Path) -> None:
    """Long columns of tabs are for programs."""
    Path("list.txt").write_text("dog\nxqzzt\n")
    shown = on_terminal("link", "list.txt", columns=160)
    assert re.search(r"^id +name +concept +label +relation +confidence +method *$", shown, re.MULTILINE)
    assert "list: 2 names: " in shown
    assert "1 closeMatch" in shown


# SSSOM

# Slots of `mapping` in SSSOM 1.0 that we use: https://mapping-commons.github.io/sssom/Mapping
SLOTS = {
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification"),
    *("confidence", "other"),
}
PREDICATES = {"skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch"}
BUILT_IN = {"sssom", "skos", "semapv"}


@pytest.fixture
def mappings() -> Path:
    """A file of all sorts of links."""
    Path("list.tsv").write_text(
        f"id\tname\twnid\tparent\nsea dog\tdog\t\t\n1\tKitchen & dining room table\t\t\n2\txqzzt\t\t\n"
        f'3\tred truck\t\t\n4\tcats\t{CAT}\t\n5\t"quoted" flurb\t\tdog\n6\tGreat Frobnicator\t\t\n'
    )
    assert run("link", "list.tsv", "--format", "sssom", "-o", "list.sssom.tsv").code == 0
    return Path("list.sssom.tsv")


def test_sssom_has_the_slots_predicates_and_prefixes_of_the_standard(mappings: Path) -> None:
    """Other mapping tools would refuse the file."""
    found = sssom.read_set(mappings)
    assert {"curie_map", "mapping_set_id", "license", "mapping_tool", "mapping_tool_version"} == set(found.metadata)
    header = next(line for line in mappings.read_text().splitlines() if not line.startswith("#"))
    assert set(header.split("\t")) == SLOTS
    prefixes = found.metadata["curie_map"]
    assert isinstance(prefixes, dict)
    used = {text.partition(":")[0] for m in found.mappings for text in (m.subject_id, m.object_id)}
    assert set(prefixes) - {"sssom"} == used - {"sssom"}
    assert all(re.match(r"[a-z]+:", iri) for iri in (*prefixes.values(), found.metadata["mapping_set_id"]))
    for mapping in found.mappings:
        assert mapping.predicate_id in PREDICATES
        assert mapping.mapping_justification.startswith("semapv:")
        assert not re.search(r"\s", mapping.subject_id + mapping.object_id)
        assert (mapping.confidence is None) == (mapping.object_id == sssom.NO_TERM) == (not mapping.object_label)


def test_sssom_says_what_the_table_says(mappings: Path) -> None:
    """The same links in another format must be the same links."""
    for mapping, row in zip(sssom.read(mappings), linked("list.tsv"), strict=True):
        assert sssom.entity(mapping.subject_id) == f"list:{row['id']}"
        assert mapping.subject_label == row["name"]
        assert mapping.object_id == (sssom.curie(row["concept"]) if row["concept"] else sssom.NO_TERM)
        assert mapping.object_label == row["label"]
        if row["concept"]:
            assert (mapping.predicate_id, f"{mapping.confidence:.4f}") == (f"skos:{row['relation']}", row["confidence"])


def test_sssom_sets_repeated_ids_aside_and_strict_refuses() -> None:
    """One subject with two labels says that a dog is a cat, for whoever joins the mappings by their ids."""
    Path("twice.tsv").write_text("id\tname\n1\tdog\n2\tcat\n1\tcrane\n1\tdog\n")
    done = run("link", "twice.tsv", "--format", "sssom", "-o", "twice.sssom.tsv")
    assert done.code == 0
    assert done.err.splitlines() == [
        f"warning: twice.tsv:{line}: the key 1 is there already, in twice.tsv:2" for line in (4, 5)
    ]
    subjects = [(mapping.subject_id, mapping.subject_label) for mapping in sssom.read(Path("twice.sssom.tsv"))]
    assert subjects == [("twice:1", "dog"), ("twice:2", "cat")]
    refused = run("link", "twice.tsv", "--format", "sssom", "--strict")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("error: twice.tsv:4: the key 1 is there already")


def test_sssom_validates_with_the_reference_implementation(mappings: Path) -> None:
    """The standard's own checker is the judge, where it is installed."""
    pytest.importorskip("sssom", reason="pip install sssom to validate with the reference implementation")
    done = spawn("validate", mappings, program=["-m", "sssom.cli"])
    assert done.code == 0, done
    assert "error" not in done.err.lower(), done.err


# Long lists


class Stub(Linker):
    """Links everything to the first concept, and remembers how many came at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def propose(self, vocabulary: object) -> list[Link]:
        classes = vocabulary.classes  # type: ignore[attr-defined]
        assert len({entry.key for entry in classes}) == len(classes)
        self.sizes.append(len(classes))
        alternatives = tuple((key, 0.01) for key in range(1, 40))
        return [Link(0, Relation.CLOSE, Method.EXACT, 0.5, "", alternatives) for _ in classes]


def test_a_long_list_is_linked_block_by_block(few_db: Path) -> None:
    """A million names would not fit into memory, and nothing would come out before the last."""
    draft, _ = open_linker(few_db, Report())
    taken: list[SourceClass] = []

    def entries():
        for _ in range(25):
            taken.append(SourceClass("1", "dog"))
            yield taken[-1]

    stub = Stub()
    rows = link_list(draft, stub, entries(), Source("x"), block=10)
    first = next(rows)
    assert (len(taken), stub.sizes) == (10, [10])
    assert len(first.candidates) == 20
    assert first.candidates[0] == (first.concept, 0.5)
    assert [row.id for row in rows] == ["1"] * 24
    assert stub.sizes == [10, 10, 5]


def test_a_stream_reads_no_further_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that never ends must give rows."""

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            buffer[:4] = b"dog\n"
            return 4

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless(), 64)))
    rows = stream.rows(stream.STDIN, Report())
    assert [next(rows).key for _ in range(5)] == ["0", "1", "2", "3", "4"]
    rows.close()


def test_other_formats_are_lists_too(write) -> None:
    """What can be merged can be linked."""
    path = write("c.json", b'{"categories": [{"id": 3, "name": "dog"}]}')
    assert [(entry.key, entry.name) for entry in stream.rows(path, Report())] == [("3", "dog")]
    assert stream.name_of(Path("犬.txt")) == "names"
    assert stream.name_of(Path("wd.txt")) == "names"
    with pytest.raises(InputError):
        list(stream.rows(Path("nosuch.txt"), Report()))
