"""`taxonomy visual score | train`, `taxonomy evaluate visual`: lists come in as people write them, and no row goes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import marked
import pytest
from conftest import DOG, vocabulary
from exported import table
from shell import Done, on_terminal, run

from taxonomy import build, encoding, visual
from taxonomy.commands.evaluate_visual import _ERRORS, _MEANINGS, _SAFETY_MEANINGS
from taxonomy.concept import SourceClass
from taxonomy.evaluation.visual import SafetyScores, Scores

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")

ENTITY = "n00001740"


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    marked.install(monkeypatch)


@pytest.fixture(scope="module")
def zoo(few_build: Callable[..., Path]) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        marked.install(patch)
        return few_build(vocabulary("zoo", SourceClass("d", "dog", wnid=DOG), "zorgon crane"))


@pytest.fixture(autouse=True)
def db(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database in the working folder, to change."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAXONOMY_DB", raising=False)
    return Path(shutil.copy(zoo, tmp_path / "taxonomy.db"))


def score(text: str, *options: object) -> Done:
    Path("in.tsv").write_text(text)
    return run("visual", "score", "in.tsv", *options)


# Score


def test_items_are_scored_by_name_or_by_their_place(db: Path) -> None:
    """Else a list with ids is judged by its words alone, or one without cannot be judged at all."""
    done = score(f"definition\tname\tid\n\t\t{DOG}\n\tmutt\tzoo:d\n\tdog house\t7\nodd\tlove\t\n\t\tcat.n.01\n")
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        "id\tname\tscore\tstate",
        f"{DOG}\tdog\t0.9000\tvisual",
        "zoo:d\tmutt\t0.9000\tvisual",
        "7\tdog house\t0.9000\tvisual",
        "\tlove\t0.2000\tnon-visual",
        "cat.n.01\tcat\t0.9000\tvisual",
    ]


def test_a_list_of_names_needs_no_header_and_no_database(db: Path) -> None:
    """Else one must build a taxonomy to score ten words."""
    db.unlink()
    done = run("visual", "score", "-", stdin="dog\r\n\nlove\n")
    assert (done.code, done.lines[1:]) == (0, ["\tdog\t0.9000\tvisual", "\tlove\t0.2000\tnon-visual"])
    rows = [json.loads(line) for line in run("visual", "score", "-", "-f", "jsonl", stdin="dog").lines]
    assert rows == [{"id": "", "name": "dog", "score": 0.9, "state": "visual"}]
    done = score(f"id\tname\n{DOG}\t\n\tdog\n")
    assert done.lines[1:] == ["\tdog\t0.9000\tvisual"]
    assert (
        done.err == f"warning: in.tsv:2: {DOG}: no name, and there is no database to find it in (name one with --db)\n"
    )
    assert run("visual", "score", "in.tsv", "--db", "nosuch.db").code == 2


def test_what_people_decided_holds_until_another_model_is_named(db: Path) -> None:
    """Else the crawler's list has what people took out of the taxonomy."""
    assert run("decide", "dog", "--mark", "non-visual", "--author", "anna").code == 0
    build.mark(db)
    assert score(f"id\n{DOG}\n").lines[1] == f"{DOG}\tdog\t0.9000\tnon-visual"
    Path("mine.npz").write_text("0.05")
    assert score(f"id\n{DOG}\n", "--model", "mine.npz").lines[1] == f"{DOG}\tdog\t0.9500\tvisual"


def test_another_encoder_scores_all(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else --encoder changes nothing, and nobody notices."""
    asked: list[str | None] = []
    monkeypatch.setattr(encoding, "load", asked.append)
    score(f"id\n{DOG}\n")
    score(f"id\n{DOG}\n", "--encoder", "some/model")
    score("name\ndog\n")
    assert asked == ["some/model", None]


def test_a_model_that_could_not_mark_the_taxonomy_is_not_put_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every later merge fails."""
    kinds = {None: SimpleNamespace(fingerprint="a"), "some/model": SimpleNamespace(fingerprint="b")}
    monkeypatch.setattr(encoding, "load", kinds.__getitem__)
    done = train(LABELS, "--encoder", "some/model")
    assert (done.code, Path(build.MODEL).exists()) == (2, False)
    assert "was built with another encoder, so a model for some/model cannot mark it" in done.err
    assert train(LABELS, "--encoder", "some/model", "-o", "mine.npz").code == 0


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("id\tname\n\tdog\nn99999999\t\n", 3, "n99999999: no concept of taxonomy.db, and no name"),
        ("id\tname\n\tdog\n\tcat\t\n", 3, "3 cells where the header has 2"),
        ("id\tname\n\tdog\n \t \n", 0, ""),
        ("id\tname\tdefinition\n\tdog\t\n\t\tof what?\n", 3, "neither an id nor a name"),
        ("dog\nlove\thate\n", 2, "several columns, and no header with id or name; write one"),
    ],
)
def test_bad_rows_are_set_aside_or_refused(text: str, line: int, said: str) -> None:
    """Else one bad row costs the list, or is lost without a word."""
    done = score(text)
    assert (done.code, len(done.lines)) == (0, 2)
    assert done.err == (f"warning: in.tsv:{line}: {said}\n" if said else "")
    strict = score(text, "--strict")
    assert (strict.code, strict.out) == ((2, "") if said else (0, done.out))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "in.tsv: empty"),
        (b"\n \n", "in.tsv: empty"),
        (b"id\tname\n", "in.tsv: no usable row"),
        (b"wnid\tlabel\nn1\tdog\n", "in.tsv:1: the header has neither id nor name"),
        (b"id,name\n1,dog\n", "in.tsv:1: the columns are not separated by tabs; save it as a TSV"),
        (b"name\ndog\nk\xf6ter\n", "in.tsv:3: not UTF-8 (byte 10 of the file)"),
    ],
)
def test_lists_that_cannot_be_read_are_named(text: bytes, said: str) -> None:
    """Else the list comes back with rubbish, or the user looks for the error in the program."""
    Path("in.tsv").write_bytes(text)
    done = run("visual", "score", "in.tsv")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {said}")
    assert run("visual", "score", "nosuch.tsv").code == 2


def test_a_scored_list_is_written_whole_and_replaced_only_when_asked() -> None:
    """Else the list of last week is gone."""
    assert score("dog\n", "-o", "out.tsv").out == ""
    assert score("love\n", "-o", "out.tsv").code == 2
    assert Path("out.tsv").read_text() == "id\tname\tscore\tstate\n\tdog\t0.9000\tvisual\n"
    assert score("love\n", "-o", "out.tsv", "--force").code == 0
    assert "love" in Path("out.tsv").read_text()


# Train


LABELS = "concept_or_name\tscore\tstate\ndog.n.01\t1\t\nlove\t\tnon-visual\n"


def train(text: str, *options: object) -> Done:
    Path("labels.tsv").write_text(text)
    return run("visual", "train", "labels.tsv", *options)


def learned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None, float]]:
    """Note what the library is asked to learn."""
    seen: list[tuple[str, int | None, float]] = []
    train = visual.train

    def noted(labels: list[visual.Label], *rest: object) -> object:
        seen.extend((label.item.name, label.item.concept, label.score) for label in labels)
        return train(labels, *rest)

    monkeypatch.setattr(visual, "train", noted)
    return seen


def test_labels_become_a_model_that_marks_the_taxonomy(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a team labels two hundred concepts for nothing."""
    seen = learned(monkeypatch)
    done = train(f"{LABELS}zoo:d\t0.9\t\nhat\t0.8\tuncommon\nhat\t1\t\nlove\t0\t\n", "--add")
    assert (done.code, done.lines) == (0, ["n\t3\t3", "auc\t0.8\t0.9"])
    assert done.err == f"3 labels learned; the model is {db.parent / 'visual.npz'}; 'taxonomy visual mark' applies it\n"
    assert [(name, round(score, 4)) for name, _, score in seen] == [("dog", 0.95), ("love", 0), ("hat", 0.9)]
    assert seen[0][1] is not None
    assert run("visual", "mark").code == 0
    assert score(f"id\n{DOG}\n").lines[1].split("\t")[2] == "0.9500"


def test_scores_on_another_scale_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else published norms must be rescaled by hand."""
    seen = learned(monkeypatch)
    assert train("concept_or_name\tscore\tscale\nlove\t2\t1-5\nhat\t5\t1-5\nbee\t.5\t\n").code == 0
    assert [(name, score) for name, _, score in seen] == [("love", 0.25), ("hat", 1), ("bee", 0.5)]


def test_a_name_that_means_one_thing_only_teaches_what_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else who labels plain names teaches words, and no concept."""
    seen = learned(monkeypatch)
    assert train("concept_or_name\tscore\nzorgon crane\t1\ncrane\t1\nlove\t0\n").code == 0
    assert [(name, concept is not None) for name, concept, _ in seen] == [
        ("zorgon crane", True), ("crane", False), ("love", False),
    ]  # fmt: skip


def test_what_to_label_next_is_asked_in_a_list_to_fill_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else two hundred labels are spent on what the model knows."""
    asked: list[tuple[set[int], set[int]]] = []

    def ask(keys: list[int], count: int, draft: object, encoder: object, model: object, done: set[int]) -> list[int]:
        asked.append((set(keys), done))
        return [key for key in keys if key not in done][:count]

    monkeypatch.setattr(visual, "ask", ask)
    Path("labels.tsv").write_text(f"concept_or_name\tstate\n{DOG}\tvisual\nlove\tvisual\n")
    done = run("visual", "ask", "--count", "2", "--below", "carnivore.n.01", "--labels", "labels.tsv")
    assert (done.code, done.lines[0]) == (0, "concept_or_name\tstate\tname\tdefinition")
    assert [len(line.split("\t")) for line in done.lines] == [4, 4, 4]
    assert len(asked[0][1]) == 1
    assert DOG not in done.out
    assert run("visual", "ask", "--in", "nosuch").code == 3
    assert run("visual", "ask", "--below", "xqzzz").code == 3


BAD_LABELS = [
    ("n99999999\t1\t", "labels.tsv:4: n99999999: no concept of taxonomy.db"),
    ("nosuch.n.01\t1\t", "labels.tsv:4: nosuch.n.01: no concept of taxonomy.db"),
    ("nosuch:1\t1\t", "labels.tsv:4: nosuch:1: no concept of taxonomy.db"),
    ("cat\t1.5\t", "labels.tsv:4: the score 1.5 is outside the scale from 0 to 1"),
    ("cat\tnan\t", "labels.tsv:4: the score nan is outside the scale from 0 to 1"),
    ("cat\tmuch\t", "labels.tsv:4: the score 'much' is no number"),
    ("cat\t\tseen", "labels.tsv:4: the state 'seen' is none of visual, uncommon, non-visual"),
    ("cat\t1\tnon-visual", "labels.tsv:4: the score 1 contradicts the state non-visual"),
    ("cat\t\t", "labels.tsv:4: neither a score nor a state"),
    ("\t1\t", "labels.tsv:4: concept_or_name is empty"),
    ("cat\t1", "labels.tsv:4: 2 cells where the header has 3"),
    (
        "hat\t1\t\nhat\t0\t",
        "labels.tsv:4: hat: the labels of labels.tsv:4, labels.tsv:5 contradict each other; keep one",
    ),
]


@pytest.mark.parametrize(("row", "said"), BAD_LABELS)
def test_bad_labels_are_skipped_and_told(row: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a typing error is learned, or 199 good labels are lost for one."""
    seen = learned(monkeypatch)
    strict = train(f"{LABELS}{row}\n", "--strict")
    assert (strict.code, strict.out, Path(build.MODEL).exists(), seen) == (1, "", False, [])
    assert f"warning: {said}\n" in strict.err
    done = train(f"{LABELS}{row}\n")
    assert done.code == 0
    assert f"warning: {said}\n" in done.err
    assert [name for name, *_ in seen] == ["dog", "love"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "concept_or_name\tscore\ndog\t1\nhat\t0.5\n",
            "all 2 usable labels are visual; to tell them apart takes",
        ),
        ("concept_or_name\tstate\nlove\tnon-visual\n", "all 1 usable labels are non-visual"),
        ("concept_or_name\tstate\nlove\tlovely\n", "there is no usable label"),
        ("name\tstate\nlove\tnon-visual\n", "labels.tsv:1: the header lacks concept_or_name"),
        ("concept_or_name\tlabel\nlove\tnon-visual\n", "labels.tsv:1: the header has neither score nor state"),
        ("", "labels.tsv: empty"),
    ],
)
def test_labels_that_nothing_can_be_learned_from_are_refused(text: str, said: str) -> None:
    """Else a model that says yes to everything marks the taxonomy."""
    done = train(text)
    assert (done.code, done.out, Path(build.MODEL).exists()) == (2, "", False)
    assert said in done.err


def test_a_model_is_replaced_only_when_asked() -> None:
    """Else an afternoon of labelling is overwritten by a try."""
    assert train(LABELS, "-o", "mine.npz").err.endswith("'taxonomy visual mark --model mine.npz' applies it\n")
    Path("mine.npz").write_text("precious")
    done = train(LABELS, "-o", "mine.npz")
    assert (done.code, Path("mine.npz").read_text()) == (2, "precious")
    assert train(LABELS, "-o", "mine.npz", "--force").code == 0
    assert not Path(build.MODEL).exists()
    assert train(LABELS, "-o", "nosuch/mine.npz").code == 2


# Evaluate


GOLD = (
    f"item\tscore\tscale\n{DOG} dog.n.01\t4.8\t1..5\n{ENTITY}\t1.2\t1=abstract..5=concrete\n"
    "hot dog\t100\t0-100\nlove\t2\t\n"
)


def evaluate(text: str, *options: object) -> Done:
    Path("gold.tsv").write_text(text)
    return run("evaluate", "visual", "gold.tsv", *options)


def test_marks_are_measured_by_a_gold_list(db: Path) -> None:
    """Else nobody knows whether the probabilities can be trusted."""
    done = evaluate(GOLD, "--format", "json", "--predictions", "out.tsv")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert list(found) == list(_MEANINGS) == [field.name for field in fields(Scores)]
    assert (found["n"], found["auc_extremes"], found["balanced_accuracy"]) == (4, 1, 1)
    rows = table(Path("out.tsv").read_text())
    assert [(row["item"], row["concept"], row["gold"], row["score"], row["state"]) for row in rows] == [
        (f"{DOG} dog.n.01", DOG, "4.8", "0.9000", "visual"),
        (ENTITY, ENTITY, "1.2", "0.2000", "non-visual"),
        ("hot dog", "", "5", "0.9000", "visual"),
        ("love", "", "2", "0.2000", "non-visual"),
    ]
    assert evaluate(GOLD, "--predictions", "out.tsv").code == 2
    assert evaluate(GOLD).lines[0] == "n\t4"
    assert "area under the ROC curve" in " ".join(on_terminal("evaluate", "visual", "gold.tsv", columns=160).split())


def test_names_are_measured_without_a_database(db: Path) -> None:
    """Else one must build a taxonomy to measure a model on words."""
    db.unlink()
    assert evaluate("item\tscore\nhot dog\t5\nlove\t1\n").code == 0
    done = evaluate(GOLD)
    assert done.code == 2
    assert f"gold.tsv:2: {DOG} is a concept, and there is no database; name one with --db" in done.err


def test_a_measure_that_is_worse_than_its_bar_exits_1() -> None:
    """A model that got worse must stop the pipeline, and an error is worse when it is more."""
    passed = evaluate(GOLD, "--fail-below", "auc_extremes=.9", "--fail-below", "ece=1")
    assert (passed.code, passed.err) == (0, "")
    failed = evaluate(GOLD, *("--fail-below", "n=5", "--fail-below", "brier=0", "--fail-below", "ece=1"))
    assert (failed.code, failed.out) == (1, passed.out)
    assert failed.err.startswith("below the bar: n 4.0000 < 5, brier 0.")
    assert "ece" not in failed.err
    assert set(_ERRORS) < set(_MEANINGS)
    for wrong in ("auc=1", "ece", "ece=low"):
        assert evaluate(GOLD, "--fail-below", wrong).code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "gold.tsv: empty"),
        ("item\tvalue\n", "gold.tsv:1: the header lacks score"),
        ("item\tscore\n", "gold.tsv: no item"),
        ("item\tscore\ndog\t6\n", "gold.tsv:2: the score 6 is outside the scale from 1 to 5"),
        ("item\tscore\n\ndog\tx\n", "gold.tsv:3: the score 'x' is no number"),
        ("item\tscore\tscale\ndog\t1\t5-1\n", "gold.tsv:2: the scale '5-1' is no range; write it as 1-5"),
        ("item\tscore\tscale\ndog\t1\t1=has images\n", "gold.tsv:2: the scale '1=has images' is no range"),
        ("item\tscore\nn99999999 x.n.01\t1\n", "gold.tsv:2: n99999999 is not in WordNet 3.0"),
        ("item\tscore\n\t1\n", "gold.tsv:2: item is empty"),
        ("item\tscore\ndog\n", "gold.tsv:2: 1 cells where the header has 2"),
    ],
)
def test_a_gold_list_that_cannot_be_read_is_named(text: str, said: str) -> None:
    """Else a list in another shape gives numbers that mean nothing."""
    done = evaluate(text)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


# Safety


def test_marks_of_people_are_measured_by_a_gold_list(db: Path) -> None:
    """Else nobody knows how many slurs a crawler will look for."""
    Path("judged.tsv").write_text(f"item\tscore\tscale\nperson.n.01\toffensive\tx\n{DOG} dog.n.01\tsafe\tx\n")
    done = run("evaluate", "safety", "judged.tsv", "--format", "json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert list(found) == list(_SAFETY_MEANINGS) == [field.name for field in fields(SafetyScores)]
    assert (found["n"], found["offensive_recall"], found["unsafe_recall"]) == (2, 0, 1)
    failed = run("evaluate", "safety", "judged.tsv", "--fail-below", "offensive_recall=.8")
    assert (failed.code, failed.err) == (1, "below the bar: offensive_recall 0.0000 < 0.8\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("item\tscore\n", "judged.tsv: no item"),
        ("item\tscore\nhot dog\tsafe\n", "judged.tsv:2: hot dog is no concept of "),
        (f"item\tscore\n{DOG}\tgood\n", "judged.tsv:2: the score 'good' is none of safe, sensitive, offensive"),
        ("item\tscore\nn99999999 x.n.01\tsafe\n", "judged.tsv:2: n99999999 is not in WordNet 3.0"),
    ],
)
def test_a_gold_list_of_people_that_cannot_be_read_is_named(text: str, said: str) -> None:
    """Else a list in another shape gives numbers that mean nothing."""
    Path("judged.tsv").write_text(text)
    done = run("evaluate", "safety", "judged.tsv")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
