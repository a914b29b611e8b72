"""Counting on Apache Spark gives what counting here gives; what keeps it from starting is said in a line or two.

Needs the extra ``spark``, and Java; scripts/test installs PySpark, and fails without it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from conftest import CAT, DOG, vocabulary
from shell import run

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.cooccurrence import learn, spark
from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.estimate import Audit
from taxonomy.cooccurrence.vocabulary import Labels

pytestmark = [
    pytest.mark.skipif(
        find_spec("pyspark") is None and not os.environ.get("REQUIRE_SPARK"),
        reason="PySpark is not installed: pip install '.[spark]'",
    ),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(scope="module")
def db(few_build: Callable[..., Path]) -> Path:
    zoo = vocabulary("zoo", SourceClass("d", "dog", wnid=DOG), SourceClass("c", "cat", wnid=CAT))
    return few_build(zoo, vocabulary("other", SourceClass("flurb", "cat", wnid=CAT)))


@pytest.fixture(scope="module", autouse=True)
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set Spark up for a hundred rows; it takes much care for millions."""
    folder = tmp_path_factory.mktemp("conf")
    settings = {
        "spark.sql.shuffle.partitions": 1,
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    (folder / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield


def by_id(counts: Counts, labels: Labels) -> dict[str, object]:
    """Write counts with ids in the place of codes, which are given as labels come."""
    ids = labels.space.ids
    pairs = zip(*(getattr(counts, field).tolist() for field in ("condition", "consequence")), strict=True)
    numbers = zip(counts.both.tolist(), counts.against.tolist(), strict=True)
    return {
        "images": counts.images,
        "present": {ids[code]: n for code, n in enumerate(counts.present.tolist()) if n},
        "absent": {ids[code]: n for code, n in enumerate(counts.absent.tolist()) if n},
        "pairs": {(ids[i], ids[j]): n for (i, j), n in zip(pairs, numbers, strict=True)},
    }


def quiet(where: str, what: str) -> None:
    """Pass bad rows."""


def test_spark_counts_the_same(db: Path, tmp_path: Path) -> None:
    """Else rules change when a corpus outgrows a machine: by absent labels, doubles, images in two files, an audit."""
    random = np.random.default_rng(0)
    files, audit = [tmp_path / "one.tsv", tmp_path / "two.tsv"], tmp_path / "audit.tsv"
    names = np.array(["dog", "cat", "flurb", "gribble", "unseen"])
    for file, first in zip(files, (0, 30), strict=True):
        lines = ["image\tlabels\tabsent"]
        for image in range(first, first + 50):
            there = random.choice(names[:4], random.integers(0, 4))
            gone = random.choice(names, random.integers(0, 3), replace=False)
            lines.append(f"{image}.jpg\t{'|'.join(there)}\t{'|'.join(gone)}")
        file.write_text("\n".join(lines) + "\n")
    rows = (f"{image}.jpg\t{'|'.join(random.choice(names[:4], 3, replace=False))}\n" for image in range(20, 99))
    audit.write_text("".join(["image\tlabels\n", *rows]))
    with taxonomy.open(db) as opened:
        here, there = Labels(opened, "zoo"), Labels(opened, "zoo")
        local, ours = learn.count(list(zip(files, (None, "other"), strict=True)), here, quiet, audit)
        sources = list(zip(map(str, files), (None, "other"), strict=True))
        distant, theirs = spark.count(sources, there, "local[2]", quiet, audit)
    assert ours is not None
    assert theirs is not None
    for field in fields(Audit):
        assert by_id(getattr(theirs, field.name), there) == by_id(getattr(ours, field.name), here)
    assert ours.found.both.any()
    assert by_id(distant, there) == by_id(local, here)
    assert local.against.any()
    assert local.images == 80
    assert there.came == here.came
    assert [label[:3] for label in there.unresolved()] == [label[:3] for label in here.unresolved()]
    for field in fields(Counts)[1:]:
        assert getattr(distant, field.name).dtype == getattr(local, field.name).dtype
    order = np.lexsort((distant.consequence, distant.condition))
    assert (order == np.arange(len(order))).all()


def test_a_table_of_one_label_a_row_is_read(db: Path, tmp_path: Path) -> None:
    """Else the largest corpora, which are such tables, cannot be counted, or absent labels count as present."""
    (tmp_path / "a.csv").write_text("ImageID,Source,LabelName,Confidence\n1,x,d,1\n1,x,c,1\n2,x,d,1\n2,x,c,0\n")
    (tmp_path / "b.jsonl").write_text('{"image": "3", "label": "d"}\n{"image": "3", "label": "c", "confidence": 0.5}\n')
    with taxonomy.open(db) as opened:
        labels = Labels(opened, "zoo")
        files = [(str(tmp_path / name), None) for name in ("a.csv", "b.jsonl")]
        counts, _ = spark.count(files, labels, "local[2]", quiet)
    pairs = {(DOG, CAT): (2, 1), (CAT, DOG): (2, 0)}
    assert by_id(counts, labels) == {"images": 3, "present": {DOG: 3, CAT: 2}, "absent": {CAT: 1}, "pairs": pairs}


def test_predictions_give_the_same(db: Path, tmp_path: Path) -> None:
    """Else labels that are unsure make other rules on a cluster than on a machine."""
    random = np.random.default_rng(1)
    names = np.array(["dog", "cat", "flurb", "gribble", "unseen"])
    one, two, scores = (tmp_path / f"{name}.tsv" for name in ("one", "two", "scores"))
    for file, images in ((one, range(40)), (two, range(30, 60))):
        rows = ("|".join(random.choice(names[:4], random.integers(0, 4), replace=False)) for _ in images)
        file.write_text("image\tlabels\n" + "".join(f"{i}.jpg\t{row}\n" for i, row in zip(images, rows, strict=True)))
    lines = ["image\tlabels\tconfidence", "50.jpg\tdog\t", "51.jpg\t\t"]
    for image in range(50):
        labels, sure = random.choice(names, 6), random.choice(("0", "0.1", "0.7", "0.9"), 6)
        lines.append(f"{image}.jpg\t{'|'.join(labels)}\t{'|'.join(sure)}")
    scores.write_text("\n".join(lines) + "\n")
    files = [(one, None), (two, "other")]
    distant = [(str(path), of) for path, of in files]
    with taxonomy.open(db) as opened:
        here, there = Labels(opened, "zoo"), Labels(opened, "zoo")
        nearby = learn.count_predicted(files, scores, 0.7, None, here, quiet)
        apart = spark.count_predicted(distant, str(scores), 0.7, None, there, "local[2]")
    assert by_id(apart.counts, there) == by_id(nearby.counts, here)
    assert nearby.counts.both.any()
    assert (apart.alone, there.came) == (nearby.alone, here.came)
    shown = [dict(zip(of.space.ids, got.shown.tolist(), strict=True)) for of, got in ((here, nearby), (there, apart))]
    assert shown[0] == shown[1]
    order = np.lexsort((apart.counts.consequence, apart.counts.condition))
    assert (order == np.arange(len(order))).all()


def learned(db: Path, file: Path, master: str) -> tuple[int, str]:
    done = run(
        *("cooccur", "learn", file, "-o", file.with_name("rules.tsv"), "--db", db),
        *("--engine", "spark", "--master", master),
    )
    return done.code, done.err


def test_what_keeps_spark_from_starting_is_said(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a wrong address means minutes of waiting, and a hundred lines of Java."""
    file = tmp_path / "labels.tsv"
    file.write_text("image\tlabels\n1\tdog\n")
    with socket.socket() as free:  # nobody listens there
        free.bind(("127.0.0.1", 0))
        address = f"spark://127.0.0.1:{free.getsockname()[1]}"
        code, said = learned(db, file, address)
    assert (code, said.count("\n")) == (2, 1)
    assert f"--master {address} does not answer" in said
    assert "Could not parse Master URL" in learned(db, file, "local[x]")[1]
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert learned(db, file, "local[2]") == (
        2,
        "error: --engine spark needs Java 17 or later; install it, or say with JAVA_HOME where it is\n",
    )
    assert not (tmp_path / "rules.tsv").exists()


def test_a_file_that_spark_cannot_read_is_named(db: Path, tmp_path: Path) -> None:
    """Else the error is one of Java, about none of the user's words."""
    assert "nosuch.csv: no such file" in learned(db, tmp_path / "nosuch.csv", "local[2]")[1]
    (tmp_path / "coco.json").write_text('{"images": []}\n')
    assert "'taxonomy labels convert' makes one" in learned(db, tmp_path / "coco.json", "local[2]")[1]
