"""People's decisions: they beat every machine, survive every rebuild, and are applied the same on every way."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import CAT, CRANE_BIRD, CRANE_MACHINE, DOG, dump, vocabulary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import taxonomy
from taxonomy import build, decisions
from taxonomy.check import findings
from taxonomy.concept import ROOT, Decision, Source, SourceClass, Vocabulary
from taxonomy.errors import InputError
from taxonomy.sources import wordnet

CARNIVORE, BIRD = "n02075296", "n01503061"
HEADER = "kind\tsubject\tobject\tvalue\tauthor\tdate\n"


def link(subject: str, object: str, value: str = "exactMatch", date: str = "2026-01-01") -> Decision:
    return Decision("link", subject, object, value, "Ada", date)


def decide(folder: Path, *rows: Decision) -> None:
    """Write the decisions of a folder anew: links into one file, edges into the other."""
    for name in (decisions.LINKS, decisions.OTHERS):
        (folder / name).unlink(missing_ok=True)
    for row in rows:
        if row.kind == "link":
            decisions.record(folder, row, "", "")
    others = "".join("\t".join(row[:6]) + "\n" for row in rows if row.kind != "link")
    if others:
        (folder / decisions.OTHERS).write_text(HEADER + others)


def edge(child: str, parent: str, value: str = "is_a") -> Decision:
    return Decision("edge", child, parent, value, "Ada", "2026-01-01")


@pytest.fixture(scope="module")
def decided(few_synsets, tmp_path_factory) -> Callable[..., Path]:
    """Build vocabularies over few synsets, with decisions, in a folder of their own."""
    numbers = itertools.count()
    top = tmp_path_factory.mktemp("decided")

    def built(rows: tuple[Decision, ...] | list[Decision], *vocabularies: Vocabulary, strict: bool = False) -> Path:
        folder = top / str(next(numbers))
        folder.mkdir()
        decide(folder, *rows)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wordnet, "read_synsets", lambda: iter(few_synsets))
            built.outcome = build.build(vocabularies, folder / "t.db", strict=strict)
        return folder / "t.db"

    return built


def clean(path: Path) -> taxonomy.Taxonomy:
    """Open a taxonomy that passes its own check."""
    opened = taxonomy.open(path)
    assert [finding for finding in findings(opened) if finding.code != "E202"] == []
    return opened


def linked(t: taxonomy.Taxonomy, subject: str) -> tuple[str | None, str | None, str, str]:
    """Return concept, anchor, relation and method of a class."""
    dataset, _, key = subject.partition(":")
    return t.execute(
        "SELECT c.id, a.id, relation, method FROM class LEFT JOIN concept c ON c.key = concept"
        " LEFT JOIN concept a ON a.key = anchor WHERE class.source = ? AND class.key = ?",
        (t.source_position(dataset), key),
    ).fetchone()


# One class


def test_a_decision_replaces_the_link(decided):
    """Else people correct a link, and the next build makes the mistake again."""
    with clean(decided([], vocabulary("a", "crane"))) as t:
        machine = linked(t, "a:0")[0]
    other = CRANE_BIRD if machine == CRANE_MACHINE else CRANE_MACHINE
    with clean(decided([link("a:0", other)], vocabulary("a", "crane"))) as t:
        assert linked(t, "a:0") == (other, other, "exactMatch", "decision")


def test_a_decision_beats_the_id_that_the_source_gives(decided):
    """Else a wrong id in a published list is beyond repair."""
    with clean(decided([link("a:0", CAT)], vocabulary("a", SourceClass("0", "dog", wnid=DOG, mid="/m/1")))) as t:
        assert linked(t, "a:0") == (CAT, CAT, "exactMatch", "decision")


def test_a_rejected_link_makes_way_for_the_next_candidate(decided):
    """Else "not this one" leaves the class where it was."""
    with clean(decided([], vocabulary("a", "crane", min_confidence=0))) as t:
        machine = linked(t, "a:0")[0]
    with clean(decided([link("a:0", machine, "not exactMatch")], vocabulary("a", "crane", min_confidence=0))) as t:
        concept, _, relation, method = linked(t, "a:0")
        assert concept in {CRANE_BIRD, CRANE_MACHINE} - {machine}
        assert (relation, method) == ("exactMatch", "exact")


def test_what_has_no_other_candidate_goes_under_its_parent_the_domain_or_nowhere(decided):
    """Else a rejected class is put where its misleading name says."""
    entry = SourceClass("0", "dog", wnid=DOG)
    with clean(decided([], vocabulary("a", entry))) as t:
        no = [link("a:0", concept.id, "not exactMatch") for concept in t.candidates("dog")]
    with clean(decided(no, vocabulary("a", entry, SourceClass("1", "zorgon", parent="0")))) as t:
        assert linked(t, "a:0") == (None, None, "unplaced", "")
        assert linked(t, "a:1") == (None, None, "unplaced", "")
    with clean(decided(no, vocabulary("a", entry, SourceClass("1", "zorgon", parent="0"), domain=CARNIVORE))) as t:
        assert linked(t, "a:0") == ("a:0", CARNIVORE, "broadMatch", "domain")
        assert linked(t, "a:1")[:2] == ("a:1", "a:0")
        assert t["a:0"].name == "dog"
    no.append(link("a:0", CARNIVORE, "not broadMatch"))
    with clean(decided(no, vocabulary("a", entry, SourceClass("1", "zorgon", parent="0"), domain=CARNIVORE))) as t:
        assert linked(t, "a:0")[0] is linked(t, "a:1")[0] is None


@pytest.mark.parametrize(
    ("value", "parents", "children"),
    [
        ("broadMatch", [DOG], []),
        ("closeMatch", ["canine", "domestic"], []),
        ("narrowMatch", ["canine", "domestic"], [DOG]),
    ],
)
def test_what_wordnet_lacks_is_placed_below_beside_or_above(decided, value, parents, children):
    """Else a class that is no synset cannot be placed by hand."""
    with clean(decided([link("a:0", DOG, value)], vocabulary("a", "dog", "zorgon dog"))) as t:
        assert linked(t, "a:0") == ("a:0", DOG, value, "decision")
        wanted = {"canine": "n02083346", "domestic": "n01317541"}
        assert {parent.id for parent in t["a:0"].parents()} == {wanted.get(parent, parent) for parent in parents}
        assert [child.id for child in t["a:0"].children()] == children


def test_two_classes_above_one_concept_are_not_above_each_other(decided):
    """Else a second dataset's wider class becomes a kind of the first one's."""
    rows = [link("a:0", DOG, "narrowMatch"), link("b:0", DOG, "narrowMatch"), link("c:0", DOG, "narrowMatch")]
    with clean(decided(rows, vocabulary("a", "xqza"), vocabulary("b", "xqzb"), vocabulary("c", "xqza"))) as t:
        assert {"a:0", "b:0"} <= {parent.id for parent in t[DOG].parents()}
        assert t["a:0"] not in t["b:0"].ancestors()
        assert t["c:0"] == t["a:0"]


def test_classes_below_a_placed_class_go_with_it(decided):
    """Else a branch that people place by its top falls apart."""
    entries = vocabulary("a", "xqz", SourceClass("1", "xqzz", parent="xqz"), SourceClass("2", "xqzzz", parent="1"))
    with clean(decided([link("a:0", DOG, "broadMatch")], entries)) as t:
        assert [concept.name for concept in t["a:2"].ancestors(3)][:3] == ["xqzz", "xqz", "dog"]


def test_another_class_gives_way_to_a_decided_one(decided):
    """Else two classes that the dataset keeps apart become one."""
    with clean(decided([link("a:1", DOG)], vocabulary("a", "dog", "zorgon"))) as t:
        assert linked(t, "a:1")[0] == DOG
        assert linked(t, "a:0")[:3] == ("a:0", DOG, "broadMatch")


def test_what_a_decided_class_gives_up_is_free(decided):
    """Else a class stays pushed aside by a claim that people withdrew."""
    entries = vocabulary("a", SourceClass("0", "dogs (toy)"), SourceClass("1", "domestic dog"), min_confidence=0)
    for value in ("broadMatch", "closeMatch"):
        with clean(decided([link("a:0", CARNIVORE, value)], entries)) as t:
            assert linked(t, "a:1")[:3] == (DOG, DOG, "exactMatch")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([link("a:0", DOG), link("a:0", CAT)], CAT),  # of one day, the later row
        ([link("a:0", DOG, date="2026-01-02"), link("a:0", CAT)], DOG),  # the later date
        ([link("a:0", DOG, "not exactMatch"), link("a:0", DOG)], DOG),
        ([link("a:0", CAT), link("a:0", CAT, "not exactMatch")], DOG),
        ([link("a:0", CAT), link("a:0", CAT)], CAT),
    ],
)
def test_the_last_word_counts(decided, rows, expected):
    """Else an old decision comes back."""
    with clean(decided(rows, vocabulary("a", "dog"))) as t:
        assert linked(t, "a:0")[0] == expected


# Edges


def test_edges_are_added_and_cut(decided):
    """Else a wrong edge of WordNet is there for ever."""
    rows = [edge(CAT, "feline.n.01", "cut"), edge(CAT, BIRD)]
    path = decided(rows, vocabulary("a", "dog"))
    with clean(path) as t:
        assert [parent.id for parent in t[CAT].parents()] == [BIRD]
        assert t.execute("SELECT reason FROM cut").fetchall() == [("decided by Ada 2026-01-01",)]
        assert t.execute(
            "SELECT name, method FROM edge JOIN source ON position = source WHERE position < 0"
        ).fetchall() == [("people", "decision")]
    decide(path.parent)
    build.merge([], path)
    assert dump(path) == dump(decided([], vocabulary("a", "dog")))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (edge(CARNIVORE, CAT), "circle"),
        (edge(ROOT, CAT), "circle"),
        (edge(CAT, CAT), "circle"),
        (edge(CAT, "feline.n.01", "cut"), "only way up"),
        (edge(CAT, DOG, "cut"), "none is cut"),
        (edge(CAT, "n00000001"), "no such concept"),
        (edge("mid:/m/1", CAT), "no such concept"),
    ],
)
def test_an_impossible_edge_is_left_out_with_a_warning(decided, row, problem):
    """Else one line in a file makes a taxonomy that no query can answer."""
    with clean(decided([row], vocabulary("a", "dog"))):
        ((where, what),) = decided.outcome.warnings
    assert where.endswith(f"{decisions.OTHERS}:2")
    assert problem in what
    with pytest.raises(InputError, match="without --strict"):
        decided([row], vocabulary("a", "dog"), strict=True)


# The files


def test_bad_rows_are_set_aside_with_their_line(decided):
    """Else one typing error loses the decisions of a year, or passes unseen."""
    path = decided([link("a:0", CAT)], vocabulary("a", "dog"))
    with (path.parent / decisions.LINKS).open("a") as stream:
        cells = "\t\tskos:exactMatch\t\twn30:02084071-n\t\tsemapv:ManualMappingCuration\tAda\t2026-01-01\t\n"
        stream.write(f"nocolon{cells}a:9{cells}only\ttwo\n")
        stream.write(f"a:0{cells}".replace("exactMatch", "sameMatch"))
        stream.write(f"a:0{cells}".replace("2026-01-01", "yesterday"))
        stream.write(f"a:0{cells}".replace("02084071", "00000001"))
    (path.parent / decisions.OTHERS).write_text(HEADER + "rule\tn1\tn2\tvisual\tAda\t\nwish\tn1\t\tx\tAda\t\nedge\tx\n")
    outcome = build.merge([], path)
    places = [where.rpartition("/")[2] for where, _ in outcome.warnings]
    first = len((path.parent / decisions.LINKS).read_text().splitlines()) - 5
    bad = [f"{decisions.LINKS}:{first + row}" for row in range(6)] + [f"{decisions.OTHERS}:{row}" for row in (2, 3, 4)]
    assert sorted(places) == sorted(bad)
    assert any("no class 9" in what for _, what in outcome.warnings)
    with clean(path) as t:
        assert linked(t, "a:0")[3] == "exact"  # the last word is about what is not there
    with pytest.raises(InputError, match="without --strict"):
        build.merge([], path, strict=True)


def test_nothing_of_a_file_is_lost_when_a_row_is_added(tmp_path):
    """Else a program that cannot read a line deletes it."""
    path = tmp_path / decisions.LINKS
    path.write_text(
        "## made by hand\n#curie_map:\n#    coco: https://example.org/coco/\n"
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\tmood\n"
        "coco:1\tskos:exactMatch\tn02084071\tsemapv:ManualMappingCuration\tgood\nbroken line"
    )
    before = path.read_text()
    decisions.record(tmp_path, link("mine:sea snake", DOG), "sea snake", "dog")
    decisions.record(tmp_path, link("coco:1", CAT, "not exactMatch"), "x", "cat")
    after = path.read_text()
    for line in before.splitlines():
        assert line in after
    problems: list[tuple[str, str]] = []
    found = decisions.read(tmp_path, lambda *problem: problems.append(problem))
    assert [row.subject for row in found.links["mine"]] == ["mine:sea snake"]
    assert {row.value for row in found.links["coco"]} == {"exactMatch", "not exactMatch"}
    assert len(problems) == 1
    assert after.count("curie_map") == 1


def test_many_who_decide_at_once_lose_nothing(tmp_path):
    """Else two people's decisions of one minute are one."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: decisions.record(tmp_path, link(f"d{n % 5}:{n}", DOG), "", ""), range(40)))
    found = decisions.read(tmp_path, lambda *problem: pytest.fail(str(problem)))
    assert sum(map(len, found.links.values())) == 40


def test_an_interrupted_decision_leaves_the_file_whole(tmp_path, monkeypatch):
    """Else Ctrl-C costs every decision that was ever made."""
    decisions.record(tmp_path, link("a:0", DOG), "", "")
    before = (tmp_path / decisions.LINKS).read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        decisions.record(tmp_path, link("a:0", CAT), "", "")
    assert (tmp_path / decisions.LINKS).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [decisions.LINKS]


# Every way to a taxonomy


@st.composite
def some_decisions(draw) -> list[Decision]:
    """Draw decisions about the classes 0 to 2 of a, b, c, and about edges, many of them impossible."""
    concepts = st.sampled_from((DOG, CAT, CRANE_BIRD, CRANE_MACHINE, CARNIVORE, BIRD, ROOT, "a:0", "b:1", "n00000001"))
    subjects = st.builds("{}:{}".format, st.sampled_from("abc"), st.integers(0, 3))
    relations = st.sampled_from(("exactMatch", "broadMatch", "closeMatch", "narrowMatch", "not exactMatch"))
    links = st.builds(link, subjects, concepts, relations)
    edges = st.builds(edge, concepts, concepts, st.sampled_from(("is_a", "cut")))
    return draw(st.lists(st.one_of(links, links, edges), max_size=8))


@st.composite
def vocabularies(draw) -> tuple[Vocabulary, ...]:
    names = st.sampled_from(("dog", "dogs", "crane", "cat", "red crane", "zorgon", "domestic dog", "truck crane"))
    found = []
    for name in "abc":
        classes = tuple(
            SourceClass(
                str(key),
                draw(names),
                wnid=draw(st.sampled_from(("", "", DOG, CRANE_BIRD))),
                parent=draw(st.sampled_from(("", "", "0", "2", "dog", "zorgon"))),
                mid=draw(st.sampled_from(("", "", "/m/1"))),
            )
            for key in range(3)
        )
        found.append(Vocabulary(Source(name=name, domain=draw(st.sampled_from(("", CARNIVORE)))), classes))
    return tuple(found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=some_decisions(), after=some_decisions(), merged=vocabularies(), data=st.data())
def test_the_way_does_not_matter(decided, before, after, merged, data):
    """Else what people decided counts or not, depending on when they decided it."""
    whole = decided(after, *merged)
    clean(whole).close()
    cut = data.draw(st.integers(0, 3))
    path = decided(before, *merged[:cut])
    if data.draw(st.booleans()):
        decide(path.parent, *after)
        build.merge(merged[cut:], path)
    else:
        build.merge(merged[cut:], path)
        decide(path.parent, *after)
        build.merge([], path)
    assert dump(path) == dump(whole)
    build.remove(["b"], path)
    assert dump(path) == dump(decided(after, merged[0], merged[2]))


def test_the_same_decisions_give_the_same_bytes(decided):
    """Else a checksum of the taxonomy proves nothing."""
    rows = [link("a:0", CAT), edge(CAT, BIRD), link("a:1", DOG, "narrowMatch")]
    one, other = (decided(rows, vocabulary("a", "dog", "crane")) for _ in range(2))
    assert one.read_bytes() == other.read_bytes()


def test_a_decision_about_a_dataset_that_is_not_there_waits(decided):
    """Else every build of a part warns of all the rest, or forgets it."""
    path = decided([link("b:0", CAT), edge("b:1", BIRD)], vocabulary("a", "dog"))
    assert decided.outcome.warnings == ()
    outcome = build.merge([vocabulary("b", "dog", "zorgon dog")], path)
    assert outcome.warnings == ()
    assert outcome.refolded == ()
    with clean(path) as t:
        assert linked(t, "b:0")[0] == CAT
        assert BIRD in {parent.id for parent in t["b:1"].parents()}


def test_a_rejected_concept_does_not_come_back_through_another_dataset(decided):
    """Else "not this one" holds until a second dataset has a class of the same name."""
    others = (
        vocabulary("a", SourceClass("0", "zorgon dog")),
        vocabulary("b", SourceClass("0", "zorgon dog", mid="/m/1")),
    )
    with clean(decided([link("b:0", "a:0", "not exactMatch")], *others)) as t:
        assert linked(t, "b:0")[0] != "a:0"
