"""Measure `taxonomy labels expand` against a plain Python loop over dictionaries that does the same, in the same run.

Made-up images have 8 labels each, drawn by Zipf's law from 11,000 concepts of a database; 3,000 made-up rules apply.
Every figure is a whole process: user plus system CPU time by the operating system's own account, start-up, reading and
writing included; the two in turn, and the median of the ratios pair by pair.

    .venv/bin/python scripts/benchmark_labels.py taxonomy.db --images 1000000
    .venv/bin/python scripts/benchmark_labels.py taxonomy.db --only lvis_v1,openimages_boxable,imagenet1k
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CLASSES, LABELS, RULES = 11_000, 8, 3_000

PEER = """
import sys
sys.path.insert(0, sys.argv[1])
import taxonomy
t = taxonomy.open(sys.argv[2])
rules = {}
for line in open(sys.argv[5]).read().splitlines()[1:]:
    one, other, _, _, _, p, *_ = line.split('\\t')
    rules.setdefault(one, []).append((other, float(p)))
closures = {}
def closure(label):
    if label not in closures:
        above = {a.id: (1.0, f'ancestor of {label}') for a in t[label].ancestors()}
        for one in (label, *list(above)):
            for other, p in rules.get(one, ()):
                for target, reason in ((other, f'rule {one}⇒{other} p={p:.2f}'),
                                       *((a.id, f'ancestor of {other}') for a in t[other].ancestors())):
                    if above.get(target, (0, ''))[0] < p:
                        above[target] = p, reason
        closures[label] = list(above.items())
    return closures[label]
with open(sys.argv[3]) as file, open(sys.argv[4], 'w') as out:
    next(file)
    out.write('image\\tlabels\\tconfidence\\treason\\n')
    for line in file:
        image, cell = line.rstrip('\\n').split('\\t')
        labels = cell.split('|')
        found = dict.fromkeys(labels, (1.0, ''))
        for label in labels:
            for target, (sure, reason) in closure(label):
                if target not in found or found[target][0] < sure:
                    found[target] = sure, reason
        sures = '|'.join([f'{sure:.4g}' for sure, _ in found.values()])
        out.write(f"{image}\\t{'|'.join(found)}\\t{sures}\\t{'|'.join([why for _, why in found.values()])}\\n")
"""


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("db", type=Path)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--only", help="datasets whose classes are added, as the command takes it; without the peer")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make(arguments.db, arguments.images, place)
        files = [str(place / name) for name in ("labels.tsv", "out.tsv", "rules.tsv")]
        command = [str(ROOT / "cli.py"), "labels", "expand", files[0], "-o", files[1], "--force"]
        command += ["--only", arguments.only] if arguments.only else []
        print("| | CPU | images/s/core | memory | labels/image | peer's CPU |\n|---|---:|---:|---:|---:|---:|")
        for name, more in (("ancestors", []), ("ancestors and rules", ["--rules", files[2]])):
            rows: list[tuple[float, float, int]] = []
            peer_rules = files[2] if more else os.devnull
            for _ in range(arguments.pairs):
                own, memory = cpu([*command, "--db", str(arguments.db), *more])
                labels = count(place / "out.tsv")
                peer = math.nan
                if not arguments.only:
                    peer, _ = cpu(["-c", PEER, str(ROOT), str(arguments.db), *files[:2], peer_rules])
                rows.append((own, peer / own, memory))
            own = statistics.median(row[0] for row in rows)
            ratio = statistics.median(row[1] for row in rows)
            print(
                f"| {name} | {own:.1f} s | {arguments.images / own:,.0f} | {max(row[2] for row in rows) / 1024:,.0f} MB"
                f" | {labels / arguments.images:.1f} | {'–' if arguments.only else f'{ratio:.1f} ×'} |",
                flush=True,
            )


def make(db: Path, images: int, place: Path) -> None:
    """Write a table of images and a file of rules."""
    from taxonomy.cooccurrence.rule import COLUMNS
    from taxonomy.store.read import Taxonomy

    with Taxonomy(db) as taxonomy:
        found = taxonomy.execute(
            "SELECT DISTINCT concept.id FROM class JOIN concept ON concept.key = concept JOIN source"
            " ON source.position = class.source WHERE source.kind = 'vocabulary'"
        )
        # By a checksum, so that a concept is as frequent whatever else a database holds.
        ids = np.array(sorted((id for (id,) in found), key=lambda key: zlib.crc32(key.encode()))[:CLASSES])
    chance = np.random.default_rng(0)
    share = 1 / np.arange(1, len(ids) + 1)
    share /= share.sum()
    with (place / "labels.tsv").open("w") as out:
        out.write("image\tlabels\n")
        for begin in range(0, images, 100_000):
            rows = ids[chance.choice(len(ids), (min(100_000, images - begin), LABELS), p=share)].tolist()
            out.writelines(f"{n:012}.jpg\t{'|'.join(dict.fromkeys(row))}\n" for n, row in enumerate(rows, begin))
    ones, others = chance.permutation(ids)[:RULES].tolist(), chance.choice(ids, RULES, p=share).tolist()
    with (place / "rules.tsv").open("w") as out:
        out.write("\t".join(COLUMNS) + "\n")
        for one, other in zip(ones, others, strict=True):
            p = chance.uniform(0.5, 0.95)
            out.write(f"{one}\t{other}\t100\t{100 * p:.0f}\t100\t{p:.4f}\t{p:.4f}\t2\twilson\n")


def cpu(arguments: list[str]) -> tuple[float, int]:
    """Run Python; return user plus system seconds, and the highest memory in KB."""
    process = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ)
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def count(path: Path) -> int:
    """Return how many labels a table has."""
    with path.open("rb") as file:
        return sum(line.split(b"\t", 2)[1].count(b"|") + 1 for line in file) - 1


if __name__ == "__main__":
    main()
