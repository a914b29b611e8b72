"""Measures the counting of pairs of labels against a self-join in DuckDB, in the same run, for machines differ.

Images are made up: eight different labels each, over 11,000 classes that are as frequent as words are (Zipf).  Every
figure is a process of its own: the user plus system CPU time of the counting alone, from arrays or a table that are in
memory to the counts of all pairs, and the peak memory of the whole process.  Both must find the same.

    scripts/environment dev && .venv/bin/python scripts/benchmark_cooccur.py [--images 10000000] [--times 3]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
START = f"""
import resource, sys
import numpy as np
sys.path.insert(0, {str(ROOT)!r})
images = np.load(sys.argv[1])
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
"""
OURS = """
from taxonomy.cooccurrence.count import Counter
start = cpu()
counter = Counter()
for batch in np.split(images, range(8192, len(images), 8192)):
    starts = np.arange(len(batch) + 1, dtype=np.int64) * images.shape[1]
    counter.add(starts, batch.reshape(-1), np.ones(batch.size, np.float32))
counts = counter.counts(int(images.max()) + 1)
spent, found = cpu() - start, (len(counts.both) // 2, int(counts.both.sum()) // 2)
"""
DUCKDB = """
import duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
columns = {"image": np.repeat(np.arange(len(images), dtype=np.int32), images.shape[1]), "label": images.reshape(-1)}
connection.register("arrays", columns)
connection.execute("CREATE TABLE labels AS SELECT * FROM arrays")
start = cpu()
connection.execute(
    "CREATE TABLE pairs AS SELECT a.label AS one, b.label AS other, count(*) AS n FROM labels a"
    " JOIN labels b USING (image) WHERE a.label < b.label GROUP BY 1, 2"
)
spent, found = cpu() - start, connection.execute("SELECT count(*), sum(n)::BIGINT FROM pairs").fetchone()
"""
END = """
print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, *found)
"""


class Run(NamedTuple):
    """CPU seconds of the counting, peak memory of the process in MB, different pairs, all pairs."""

    cpu: float
    memory: float
    pairs: int
    total: int


def make(images: int, labels: int, classes: int) -> np.ndarray:
    """Return the labels of images, ``(images, labels)``, all different in each."""
    random = np.random.default_rng(0)
    share = 1 / np.arange(1, classes + 1)
    until = np.cumsum(share / share.sum())
    made = np.sort(np.searchsorted(until, random.random((images, labels))).astype(np.int32), axis=1)
    while len(rows := np.flatnonzero((made[:, 1:] == made[:, :-1]).any(axis=1))):
        part = made[rows]
        again = np.nonzero(part[:, 1:] == part[:, :-1])
        part[again] = np.searchsorted(until, random.random(len(again[0])))
        made[rows] = np.sort(part, axis=1)
    return random.permutation(classes).astype(np.int32)[made]  # frequent classes are anywhere in a list


def run(program: str, file: Path) -> Run:
    """Run a program on a file of labels."""
    command = [sys.executable, "-c", START + program + END, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    cpu, memory, pairs, total = done.stdout.splitlines()[-1].split()
    return Run(float(cpu), float(memory), int(pairs), int(total))


def main() -> None:
    """Make the images, count in turn, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--labels", type=int, default=8, help="of each image")
    parser.add_argument("--classes", type=int, default=11_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "images.npy"
        np.save(file, make(options.images, options.labels, options.classes))
        pairs = [(run(OURS, file), run(DUCKDB, file)) for _ in range(options.times)]
    for ours, theirs in pairs:
        if ours[2:] != theirs[2:]:
            sys.exit(f"found {ours[2:]} pairs, DuckDB {theirs[2:]}")
    ours, theirs = (list(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(b.cpu / a.cpu for a, b in pairs)
    print("| images | pairs | CPU | memory | DuckDB's self-join: CPU | memory | times less CPU |")
    print("|---|---|---|---|---|---|---|")
    cells = (
        f"{options.images:,} × {options.labels} labels of {options.classes:,}",
        f"{ours[0].total:,}, {ours[0].pairs:,} different",
        f"{statistics.median(side.cpu for side in ours):.1f} s",
        f"{max(side.memory for side in ours):,.0f} MB",
        f"{statistics.median(side.cpu for side in theirs):.1f} s",
        f"{max(side.memory for side in theirs):,.0f} MB",
        f"**{ratio:.1f}**",
    )
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
