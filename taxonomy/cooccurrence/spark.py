"""The same counts on Apache Spark, for corpora that outgrow a machine: its DataFrames, no code of ours on the cluster.

Spark reads the files itself, so they may lie wherever it can read (``hdfs://``, ``s3a://``): tables with a label a line
(``image,label[,confidence]``: CSV, TSV, Parquet, JSON lines) or an image a line (labels parted by ``|``).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy import int32, int64
from numpy.typing import NDArray

from taxonomy.cooccurrence.counts import Counts
from taxonomy.cooccurrence.estimate import Audit
from taxonomy.cooccurrence.learn import NO_COMMON_IMAGE, Checked, Predicted
from taxonomy.cooccurrence.vocabulary import Labels
from taxonomy.errors import InputError
from taxonomy.labels import Report
from taxonomy.labels.batch import Label

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_IMAGE = ("image", "image_id", "imageid", "path", "file", "filename")
_LABEL = ("label", "labelname", "class", "category")
_CONFIDENCE = ("confidence", "score", "probability")
_LABELS = ("labels", "positive", "positives", "positive_mids", "tags")
_ABSENT = ("absent", "negative", "negatives", "negative_mids")
_WAIT = 5  # seconds for a master to answer
_PORT = 7077

Source = tuple[str, str | None]
"""A path or address that Spark can read, and whose labels it has; None for the vocabulary of `Labels`."""


def count(
    files: Sequence[Source], labels: Labels, master: str, report: Report, audit: Path | None = None
) -> tuple[Counts, Audit | None]:
    """Count the labels of annotation files; an image that several have is one image.

    Args:
        files: paths or addresses that Spark can read, each with its vocabulary; None for that of the labels.
        labels: resolves them, here; only the different labels come here.
        master: URL of the cluster, or ``local[2]``.
        report: told of bad rows of the audit.
        audit: a file with all labels of a few of the images, which is read here.

    Raises:
        InputError: PySpark or Java is missing, the master does not answer, a file cannot be read, or no image of the
            audit is in the annotations.
    """
    checked = None if audit is None else Checked(audit, labels, report)
    with _session(master, files) as session:
        images, coded = _coded(session, files, labels)
        counts = _counted(images, coded, len(labels.space.ids))
        if checked is None:
            return counts, None
        there = coded.where("confidence > 0").select("image", "code")
        audited = session.createDataFrame([(image,) for image in checked.images], "image string")
        for image, code in images.join(audited, "image").join(there, "image", "left").toLocalIterator():
            checked.see(image, () if code is None else (code,))
        return counts, checked.audit(len(labels.space.ids))


def count_predicted(
    files: Sequence[Source], predictions: str, score: float, vocabulary: str | None, labels: Labels, master: str
) -> Predicted:
    """Count which predictions of a model come with which labels; see `taxonomy.cooccurrence.learn.count_predicted`.

    Args:
        files: annotations, as for `count`.
        predictions: the scores of a model for the same images.
        score: from which on a prediction counts.
        vocabulary: whose labels are predicted; None for that of the annotations.
        labels: resolves both.
        master: URL of the cluster, or ``local[2]``.

    Raises:
        InputError: as for `count`, or no image has both.
    """
    from pyspark.sql import functions as f

    with _session(master, [*files, (predictions, vocabulary)]) as session:
        labelled, ours = _coded(session, files, labels)
        scored, theirs = _coded(session, [(predictions, vocabulary)], labels)
        classes = len(labels.space.ids)
        images = labelled.join(scored, "image").cache()
        common = images.count()
        if not common:
            raise InputError(NO_COMMON_IMAGE.format(predictions))
        sure = (f.col("confidence") > 0) & (f.col("confidence").cast("float") >= f.lit(score).cast("float"))
        there = ours.where("confidence > 0").join(images, "image").select("image", f.col("code").alias("condition"))
        said = theirs.where(sure).join(images, "image").select("image", f.col("code").alias("other"))
        both = _array(there.join(said, "image").where("condition <> other").groupBy("condition", "other").count(), 3)
        present = _per_class(there.groupBy("condition").count(), classes)
        shown = _per_class(said.groupBy("other").count(), classes)
        condition, consequence, times = both[:, np.lexsort((both[1], both[0]))]
        pairs = condition.astype(int32), consequence.astype(int32)
        none = np.zeros(classes, int64)
        counts = Counts(common, present, none, *pairs, times, present[condition] - times)
        return Predicted(counts, shown, labelled.count() - common)


@contextmanager
def _session(master: str, files: Sequence[Source]) -> Iterator[SparkSession]:
    """Start Spark, and stop it in the end; what fails there is said in a line."""
    _check(master)
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    # All else is the user's, as Spark's own files of settings have it.
    builder = SparkSession.builder.master(master).appName("taxonomy cooccur learn").config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    with _silenced() as log:
        try:
            session = builder.getOrCreate()
        except Exception as error:  # of Py4J, of Java, of PySpark: whatever happens there, there is no cluster
            reason = _reason(f"{error}\n{log()}")
            raise InputError(f"--master {master}: Spark does not start ({reason}); check the address") from error
    try:
        yield session
    except PySparkException as error:
        raise InputError(f"Spark cannot count {', '.join(file for file, _ in files)}: {_reason(str(error))}") from error
    finally:
        session.stop()


def _check(master: str) -> None:
    """Refuse at once what Spark would wait for, or tell of in a hundred lines."""
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        raise InputError("--engine spark needs PySpark; install it with pip install 'label-taxonomy[spark]'") from error
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        raise InputError("--engine spark needs Java 17 or later; install it, or say with JAVA_HOME where it is")
    if not master.startswith("spark://"):
        return
    for place in master.removeprefix("spark://").split(","):
        address = urlsplit(f"//{place}")
        try:
            socket.create_connection((address.hostname or "", address.port or _PORT), _WAIT).close()
            return
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
    raise InputError(f"--master {master} does not answer ({reason}); start it, or count here with --engine local")


def _coded(session: SparkSession, files: Sequence[Source], labels: Labels) -> tuple[DataFrame, DataFrame]:
    """Return the images of files, and their labels: ``image, code, confidence``, 0 of what is absent."""
    from pyspark.sql import functions as f

    rows = None
    for file, vocabulary in files:
        # What a file says is there and says is not is absent, as `Labels.batches` has it; else the surest counts.
        surest = f.when(f.min("confidence") > 0, f.max("confidence")).otherwise(0.0)
        read = _rows(session, file).groupBy("image", "label").agg(surest.alias("confidence"))
        read = read.withColumn("vocabulary", f.lit(vocabulary or ""))
        rows = read if rows is None else rows.unionByName(read)
    assert rows is not None
    rows = rows.cache()
    sure = f.count(f.when(f.col("confidence") > 0, True))
    times = rows.where("label IS NOT NULL").groupBy("vocabulary", "label").agg(sure, f.count("*")).collect()
    codes, came = [], []
    for vocabulary, text, present, together in sorted(map(tuple, times)):
        codes.append((vocabulary, text, labels.code(Label(text, text), vocabulary or None)))
        came.append((codes[-1][-1], present, together - present))
    numbers = np.array(came, int64).reshape(-1, 3).T
    classes = len(labels.space.ids)
    labels.count(*(np.bincount(numbers[0], column, classes).astype(int64) for column in numbers[1:]))
    known = session.createDataFrame(codes, "vocabulary string, label string, code int")
    coded = (
        rows.join(f.broadcast(known), ["vocabulary", "label"])
        .groupBy("image", "code")
        .agg(f.max("confidence").alias("confidence"))
    )
    return rows.select("image").distinct(), coded.cache()


def _counted(images: DataFrame, coded: DataFrame, classes: int) -> Counts:
    from pyspark.sql import functions as f

    there = coded.where("confidence > 0").select("image", f.col("code").alias("condition"))
    gone = coded.where("confidence = 0").select("image", f.col("code").alias("other"))
    shown = there.withColumnRenamed("condition", "other")
    both = there.join(shown, "image").where("condition < other").groupBy("condition", "other").count()
    against = there.join(gone, "image").groupBy("condition", "other").count()
    return _counts(
        images.count(),
        _per_class(there.groupBy("condition").count(), classes),
        _per_class(gone.groupBy("other").count(), classes),
        _array(both, 3),
        _array(against, 3),
    )


def _rows(session: SparkSession, file: str) -> DataFrame:
    """Return the rows of a file as ``image, label, confidence``; an image without labels has a row without one."""
    from pyspark.sql import functions as f

    table = _read(session, file)
    image, label, sure, many, absent = (
        next((name for name in table.columns if name.lower() in known), None)
        for known in (_IMAGE, _LABEL, _CONFIDENCE, _LABELS, _ABSENT)
    )
    if image is None or (label is None and many is None):
        raise InputError(
            f"{file}: Spark reads tables with the columns image, label and confidence, or image and labels;"
            " 'taxonomy labels convert' makes one"
        )
    name = f.col(image).cast("string").alias("image")
    if label is not None:
        confidence = f.lit(1.0) if sure is None else f.coalesce(f.col(sure).cast("double"), f.lit(1.0))
        return table.select(name, f.col(label).cast("string").alias("label"), confidence.alias("confidence"))
    # An empty list, or one that ends too soon, leaves a label without a confidence, which is then as sure as any.
    nothing = f.lit(None).cast("array<string>")
    given = nothing if sure is None else f.split(f.col(sure), r"\|")
    parts = [(many, given, 1.0)] if absent is None else [(many, given, 1.0), (absent, nothing, 0.0)]
    pieces = [
        table.select(
            name, f.posexplode_outer(f.split(f.col(str(column)), r"\|")).alias("place", "label"), told.alias("told")
        )
        .withColumn("confidence", f.coalesce(f.get("told", "place").cast("double"), f.lit(value)))
        .select("image", f.when(f.col("label") != "", f.col("label")).alias("label"), "confidence")
        for column, told, value in parts
    ]
    return pieces[0] if len(pieces) == 1 else pieces[0].unionByName(pieces[1])


def _read(session: SparkSession, file: str) -> DataFrame:
    place = file if "://" in file else Path(file).resolve().as_uri()
    if "://" not in file and not Path(file).exists():
        raise InputError(f"{file}: no such file; give the annotations of a dataset")
    name = file.lower().removesuffix(".gz").removesuffix(".bz2")
    if name.endswith(".parquet"):
        return session.read.parquet(place)
    if name.endswith((".json", ".jsonl", ".ndjson")):
        return session.read.json(place)
    separator = "\t" if name.endswith((".tsv", ".txt")) else ","
    return session.read.csv(place, sep=separator, header=True, quote='"' if separator == "," else "")


def _array(table: DataFrame, columns: int) -> NDArray[int64]:
    """Return the rows of a table of integers, ``(columns, rows)``."""
    rows: Any = [tuple(row) for row in table.toLocalIterator()]
    return np.array(rows, int64).reshape(-1, columns).T


def _per_class(table: DataFrame, classes: int) -> NDArray[int64]:
    found = np.zeros(classes, int64)
    code, times = _array(table, 2)
    found[code] = times
    return found


def _counts(
    images: int, present: NDArray[int64], absent: NDArray[int64], both: NDArray[int64], against: NDArray[int64]
) -> Counts:
    """Put the pairs into both directions and in order, and look up what speaks against each."""
    keys = np.concatenate([both[0] << 32 | both[1], both[1] << 32 | both[0]])
    order = np.argsort(keys)
    keys = keys[order]
    speaking = np.zeros(len(keys), int64)
    wanted = against[0] << 32 | against[1]
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    hit = keys[place] == wanted if len(keys) else np.zeros(len(wanted), bool)
    speaking[place[hit]] = against[2][hit]
    pairs = (keys >> 32).astype(int32), (keys & 0xFFFFFFFF).astype(int32)
    return Counts(images, present, absent, *pairs, np.tile(both[2], 2)[order], speaking)


@contextmanager
def _silenced() -> Iterator[Callable[[], str]]:
    """Send what a process that starts meanwhile says on stderr to a file, which the function reads: Java says a lot."""
    sys.stderr.flush()
    kept = os.dup(2)
    with TemporaryFile() as log:
        os.dup2(log.fileno(), 2)

        def said() -> str:
            log.seek(0)
            return log.read().decode(errors="replace")

        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _reason(text: str) -> str:
    """Return the line that says what went wrong."""
    found = re.search(r"Exception: (.+)", text)
    return (found[1] if found else text.strip().partition("\n")[0])[:200]
