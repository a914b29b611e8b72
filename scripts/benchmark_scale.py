"""How time and memory grow with a knowledge base: ten times the concepts should take ten times as long.

Makes knowledge bases of made-up concepts as OBO files (names of two or three English words, 1.1 superclasses, about
twenty levels, a few cycles, definitions for a third, the same at every run), merges each with the command line into a
taxonomy of its own, and prints CPU time and peak memory of the merge, by the operating system's own account.

    python scripts/benchmark_scale.py --concepts 300000 3000000
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmark import NLTK_DATA, ROOT, run

_HEADER = "format-version: 1.2\ndata-version: 1\nontology: made-up\n"
_ROOTS = ("animal", "plant", "vehicle", "building", "food", "tool", "garment", "furniture", "machine", "event", "place")
_DEPTH = 20
_INHERITED = 0.7  # of the concepts are named by the head of their superclass: "snow goose" below "goose"
_SECOND = 0.1  # have another superclass
_CYCLES = 1e-4  # have one that is below themselves
_DEFINED = 1 / 3


def concepts(count: int, seed: int = 0) -> Iterator[str]:
    """Yield so many stanzas of an OBO file; parents come before their children."""
    dice, words = random.Random(seed), _words()
    heads, depths = list(_ROOTS), [0] * len(_ROOTS)
    for index, name in enumerate(_ROOTS):
        yield _stanza(index, name, [], "")
    for index in range(len(_ROOTS), count):
        while depths[parent := dice.randrange(index)] == _DEPTH:
            pass
        head = heads[parent] if dice.random() < _INHERITED else dice.choice(words)
        heads.append(head)
        depths.append(depths[parent] + 1)
        parents = [parent]
        if dice.random() < _SECOND:
            parents.append(dice.randrange(index))
        if dice.random() < _CYCLES:
            parents.append(dice.randrange(index, min(index + 1000, count)))
        name = " ".join([*dice.choices(words, k=dice.randint(1, 2)), head])
        definition = f"a {head} of the {dice.choice(words)} with {dice.choice(words)}"
        yield _stanza(index, name, parents, definition if dice.random() < _DEFINED else "")


def _stanza(index: int, name: str, parents: list[int], definition: str) -> str:
    lines = ["", "[Term]", f"id: MADE:{index:07}", f"name: {name}"]
    if definition:
        lines.append(f'def: "{definition}" []')
    lines += [f"is_a: MADE:{parent:07}" for parent in parents]
    return "\n".join(lines) + "\n"


def _words() -> list[str]:
    """Return the nouns of WordNet that are single words."""
    index = NLTK_DATA / "corpora" / "wordnet" / "index.noun"
    with index.open(encoding="utf-8") as lines:
        return [word for line in lines if (word := line.partition(" ")[0]).isalpha()]


def main() -> None:
    """Print a row for each size, and what the largest takes as a multiple of the smallest."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--concepts", type=int, nargs="+", default=[300_000, 3_000_000])
    sizes = sorted(parser.parse_args().concepts)
    cli = [sys.executable, str(ROOT / "cli.py")]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder, "small.db")
        run([*cli, "build", "coco", "--out", str(small)])
        print("| concepts | CPU | memory | a concept |\n|---|---|---|---|", flush=True)
        for size in sizes:
            base, database = Path(folder, "made_up.obo"), Path(folder, "large.db")
            with base.open("w", encoding="utf-8") as file:
                file.write(_HEADER)
                file.writelines(concepts(size))
            shutil.copy(small, database)
            took = run([*cli, "merge", str(base), "--db", str(database)])
            rows.append(took)
            each = f"{took.cpu / size * 1000:.2f} ms, {took.memory / size * 1024:.2f} kB"
            print(f"| {size:,} | {took.cpu:.0f} s | {took.memory:,.0f} MB | {each} |", flush=True)
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        times, memory = last.cpu / first.cpu, last.memory / first.memory
        print(
            f"\n{sizes[-1] / sizes[0]:.3g} times the concepts take {times:.3g} times the CPU, {memory:.3g} the memory"
        )


if __name__ == "__main__":
    main()
