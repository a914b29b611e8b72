"""Measure speed and memory as ratios against a peer in the same run, for machines differ and are noisy.

Every figure is a whole process: user plus system CPU time by the operating system's own account, the command and its
peer in turn, and the median of the ratios pair by pair.  Prints the Markdown table that the README shows.

    scripts/environment dev && .venv/bin/python scripts/benchmark.py
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NLTK_DATA = ROOT / "data" / "nltk_data"

IMPORT_TYPER = "import typer"
WALK_WORDNET = (
    f"import nltk; nltk.data.path.insert(0, {str(NLTK_DATA)!r})\n"
    "from nltk.corpus import wordnet as wn; [s.hypernyms() for s in wn.all_synsets('n')]"
)
NLTK_ANCESTORS = (
    f"import nltk; nltk.data.path.insert(0, {str(NLTK_DATA)!r})\n"
    "from nltk.corpus import wordnet as wn\n"
    "for s in wn.synset('dog.n.01').closure(lambda s: s.hypernyms()): print(s.offset(), s.name())"
)
NETWORKX_ANCESTORS = (
    "import networkx, pickle, sys\ngraph = pickle.load(open(sys.argv[1], 'rb'))\n"
    "for id in networkx.ancestors(graph, 'n02084071'): print(id, graph.nodes[id]['name'], sep='\\t')"
)
PICKLE_GRAPH = (
    f"import pickle, sys; sys.path.insert(0, {str(ROOT)!r})\n"
    "import taxonomy; pickle.dump(taxonomy.open(sys.argv[1]).to_networkx(), open(sys.argv[2], 'wb'))"
)
NLTK_FIRST_SENSES = (
    f"import nltk, sys; nltk.data.path.insert(0, {str(NLTK_DATA)!r})\n"
    "from nltk.corpus import wordnet as wn\n"
    "for name in open(sys.argv[1]): print((wn.synsets(name.strip().replace(' ', '_'), 'n') or ['none'])[0])"
)
# Lists of things, under names that people wrote.
NAMED = ("lvis_v1", "openimages_boxable", "objects365_v2", "places365", "ade20k", "coco_stuff", "cifar100", "food101")
RECURSIVE_SQL = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
rows = connection.execute('''
    WITH RECURSIVE down (key) AS (
        SELECT child FROM edge JOIN concept ON key = parent WHERE id = ? AND edge.kind IN ('is_a', 'instance_of')
        UNION
        SELECT child FROM down JOIN edge ON parent = key WHERE kind IN ('is_a', 'instance_of')
    )
    SELECT id, name FROM down JOIN concept USING (key)''', (sys.argv[2],))
sys.stdout.write(''.join(f'{id}\\t{name}\\n' for id, name in rows))
"""


class Run(NamedTuple):
    """CPU seconds and peak memory in MB of one process."""

    cpu: float
    memory: float


def run(command: list[str]) -> Run:
    """Run a command to its end and return what it took."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)[:200]}: exit code {os.waitstatus_to_exitcode(status)}")
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compare(title: str, command: list[str], peer: list[str], peer_title: str, times: int) -> None:
    """Print a row: the command's CPU time and memory, the peer's CPU time, and the median ratio."""
    run(command), run(peer)  # warm the file cache
    pairs = [(run(command), run(peer)) for _ in range(times)]
    ours = statistics.median(a.cpu for a, _ in pairs)
    theirs = statistics.median(b.cpu for _, b in pairs)
    ratio = statistics.median(a.cpu / b.cpu for a, b in pairs)
    memory = max(a.memory for a, _ in pairs)
    print(f"| {title} | {ours:.3f} s | {memory:.0f} MB | {peer_title} | {theirs:.3f} s | **{ratio:.2g}** |", flush=True)


def write_names(folder: Path) -> Path:
    """Write the class names of some vocabularies to a file, one a line."""
    lines = []
    for vocabulary in NAMED:
        header, *rows = (ROOT / "data" / "vocabularies" / f"{vocabulary}.tsv").read_text(encoding="utf-8").splitlines()
        lines += [row.split("\t")[header.split("\t").index("name")] for row in rows]
    path = folder / "names.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def print_rate(link: list[str], names: Path) -> None:
    """Print how many names a second are linked once the taxonomy is loaded and the first names are linked."""
    once, lines = names.with_name("once.txt"), names.read_text(encoding="utf-8").splitlines()
    once.write_text("\n".join(lines), encoding="utf-8")
    often = names.with_name("often.txt")
    often.write_text("\n".join(lines * 11), encoding="utf-8")
    seconds = [run([*link, str(often)]).cpu - run([*link, str(once)]).cpu for _ in range(3)]
    print(f"\n`link` after start-up: {10 * len(lines) / statistics.median(seconds):,.0f} names a second")


def main() -> None:
    """Build a taxonomy in a temporary folder and compare."""
    python = [sys.executable]
    compileall.compile_dir(ROOT / "taxonomy", quiet=1)  # as an installation does
    cli = [*python, str(ROOT / "cli.py")]
    with tempfile.TemporaryDirectory() as folder:
        db, graph = f"{folder}/taxonomy.db", f"{folder}/graph.pickle"
        print("| command | CPU | memory | against | CPU | ratio |\n|---|---|---|---|---|---|")
        walk = [*python, "-c", WALK_WORDNET]
        compare("`build`, all that ships", [*cli, "build", "--out", db], walk, "NLTK: hypernyms of all nouns", 3)
        # In a process of its own: a child's peak memory counts what its parent held when it forked.
        run([*python, "-c", PICKLE_GRAPH, db, graph])
        typer = [*python, "-c", IMPORT_TYPER]
        for arguments in (
            ["ancestors", "dog"],
            ["synonyms", "dog"],
            ["ancestors", "dog", "--format", "json"],
            ["search", "sea snake"],
        ):
            compare(f"`{' '.join(arguments)}`", [*cli, *arguments, "--db", db], typer, "`import typer`", 15)
        compare("`--help`", [*cli, "--help"], typer, "`import typer`", 15)
        names = write_names(Path(folder))
        first_senses = [*python, "-c", NLTK_FIRST_SENSES, str(names)]
        link = [*cli, "link", "--db", db, "-o", f"{folder}/links.tsv", "--force"]
        count = len(names.read_text(encoding="utf-8").splitlines())
        compare(f"`link`, {count:,} names", [*link, str(names)], first_senses, "NLTK: first sense of each", 3)
        for concept in ("n00001740", "n00004258"):
            recursion = [*python, "-c", RECURSIVE_SQL, db, concept]
            descendants = [*cli, "descendants", concept, "--db", db]
            compare(f"`descendants {concept}`", descendants, recursion, "recursive SQL, bare script", 15)
        ancestors = [*cli, "ancestors", "n02084071", "--db", db]
        nltk = [*python, "-c", NLTK_ANCESTORS]
        compare("`ancestors n02084071`", ancestors, nltk, "NLTK's WordNet", 3)
        compare("`ancestors n02084071`", ancestors, [*python, "-c", NETWORKX_ANCESTORS, graph], "networkx, pickled", 3)
        print_rate(link, names)


if __name__ == "__main__":
    main()
