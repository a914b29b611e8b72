"""Measure the rules that are learned from one part of an annotation file on the rest of it.

    scripts/measure_rules.py labels.tsv --db taxonomy.db
    scripts/measure_rules.py labels.tsv --db taxonomy.db --hide 0.4 --audit 0.02 --seeds 10
    scripts/measure_rules.py labels.tsv --db taxonomy.db --folds 10 --hierarchy edges.tsv

Images are split by the md5 of their names.  With two folds, those with an even one teach fold 1, which is measured on
the odd ones, and the other way round; with more, each fold is measured with the rules that all others teach.  `--hide`
takes labels away at random where rules are learned, never where they are measured, and `--audit` keeps all labels of
some images to tell how many are missing.  All figures are those of `taxonomy evaluate rules`.

`--ceiling` says what there is to reach where all labels are known.  The images that measure are a sample, too: a pair
whose share is all but the threshold is above it in one half and below it in another, whatever was learned.  So the
shares of all images are taken for the true ones, images are drawn from them anew (binomially), and learners take the
pairs above a cut: `shares` knows every true share, `counts` has seen as many images as a fold teaches, and `hidden`,
with `--hide`, has seen them with labels hidden, and knows exactly what part is, which an audit can but estimate.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from taxonomy.cooccurrence.count import Counter
from taxonomy.cooccurrence.estimate import ESTIMATORS, Audit, estimate
from taxonomy.cooccurrence.select import AGREED, MIN_SUPPORT, THRESHOLD, Kinship, select
from taxonomy.evaluation.rules import LEAST, Scores, evaluate
from taxonomy.labels import open_labels
from taxonomy.labels.batch import Label
from taxonomy.labels.space import Space
from taxonomy.store.read import Taxonomy

DRAWS = 1000
COLUMNS = ("precision", "recall", "new_per_image", "rules", "rules_true", "rules_found")


class Data(NamedTuple):
    """Some images: as a batch, with codes."""

    names: list[str]
    starts: np.ndarray
    codes: np.ndarray
    confidence: np.ndarray

    def labels_where(self, kept: np.ndarray) -> Data:
        """Return the same images with some of their labels."""
        ends = np.concatenate([[0], np.cumsum(kept)])
        return Data(self.names, ends[self.starts], self.codes[kept], self.confidence[kept])

    def images_where(self, kept: np.ndarray) -> Data:
        """Return some images."""
        lengths = np.diff(self.starts)
        labels = np.repeat(kept, lengths)
        starts = np.concatenate([[0], np.cumsum(lengths[kept])])
        names = [name for name, keep in zip(self.names, kept, strict=True) if keep]
        return Data(names, starts, self.codes[labels], self.confidence[labels])

    def counts(self, classes: int):
        """Count the labels."""
        counter = Counter()
        counter.add(*self[1:])
        return counter.counts(classes)


def main() -> None:
    """Print a row for each way to learn."""
    options = parse()
    with Taxonomy(options.db) as taxonomy:
        space = Space(taxonomy, options.vocabulary)
        data = read(options.labels, space)
        if options.hierarchy:
            add_edges(options.hierarchy, space)
        hashes = (int(hashlib.md5(name.encode()).hexdigest(), 16) for name in data.names)
        split = np.array([(number >> options.skip) % options.folds for number in hashes])
        sizes = ", ".join(map(str, np.bincount(split, minlength=options.folds)))
        print(f"{len(data.names):,} images in folds of {sizes}; {len(space.ids):,} labels", file=sys.stderr)
        if options.ceiling:
            print_ceiling(data, space, options)
            return
        print("\t".join(("estimator", "fold", *COLUMNS)))
        for name in options.estimator or (["coverage"] if options.audit else [None]):
            scores = []
            for fold in range(options.folds)[: options.most]:
                held_out = data.images_where(split == fold if options.folds > 2 else split != fold)
                taught = data.images_where(split != fold if options.folds > 2 else split == fold)
                found = [measure(taught, held_out, space, options, name, seed) for seed in range(options.seeds)]
                print_row(found[0][0], str(fold + 1), [score for _, score in found])
                scores += [score for _, score in found]
            print_row(found[0][0], "mean", scores)


def measure(
    taught: Data, held_out: Data, space: Space, options: argparse.Namespace, name: str | None, seed: int
) -> tuple[str, Scores]:
    """Learn from some images, and measure on others."""
    random = np.random.default_rng(seed)
    complete, audit = taught, None
    if options.hide:
        taught = taught.labels_where((random.random(len(taught.codes)) >= options.hide) | (taught.confidence == 0))
    if options.audit:
        audited = random.random(len(taught.names)) < options.audit
        whole, left = (data.images_where(audited).counts(len(space.ids)) for data in (complete, taught))
        audit = Audit(whole, left, left)
    counts = taught.counts(len(space.ids))
    estimates = estimate(counts, name, options.confidence, audit)
    rules, _ = select(counts, estimates, space, options.threshold, options.min_support, options.agreed)
    scores = evaluate(
        rules, space, [held_out[1:]], threshold=options.threshold, min_confidence=options.min_confidence,
        chains=options.chains, ancestors=options.ancestors,
    )  # fmt: skip
    return estimates.estimator, scores


def print_ceiling(data: Data, space: Space, options: argparse.Namespace) -> None:
    """Print what learners reach that know more than any can, by the cut from which on they take a pair for a rule."""
    counts, kinship = data.counts(len(space.ids)), Kinship(space)
    n = counts.present[counts.condition]
    likely = np.flatnonzero((counts.both >= options.threshold / 2 * n) & (n >= options.folds * LEAST))
    likely = np.array([pair for pair in likely if not kinship(counts.condition[pair], counts.consequence[pair])], int)
    share = counts.both[likely] / n[likely]
    held_out = n[likely] // options.folds
    taught = held_out if options.folds == 2 else n[likely] - held_out
    random, seen = np.random.default_rng(0), 1 - options.hide
    sums: dict[tuple[str, float], np.ndarray] = {}
    for _ in range(DRAWS):
        true = random.binomial(held_out, share) >= options.threshold * held_out
        learners = {"shares": share, "counts": random.binomial(taught, share) / taught}
        if options.hide:
            left = np.maximum(np.rint(taught * seen).astype(int), 1)
            learners["hidden"] = random.binomial(left, share * seen) / (left * seen)
        for name, shown in learners.items():
            for more in range(-4, 9):
                rules = shown >= (cut := options.threshold + more / 200)
                outcome = np.array([(rules & true).sum() / rules.sum(), (rules & true).sum() / true.sum()])
                sums[name, cut] = sums.get((name, cut), 0) + outcome
    print("\t".join(("ceiling", "cut", "rules_true", "rules_found")))
    for (name, cut), (right, found) in sums.items():
        print(f"{name}\t{cut:g}\t{right / DRAWS:.4f}\t{found / DRAWS:.4f}")


def read(path: Path, space: Space) -> Data:
    """Read an annotation file."""
    annotations = open_labels(path, lambda where, what: print(f"{where}: {what}", file=sys.stderr))
    batches = list(annotations.batches())
    codes = np.array([space.code(label) for label in annotations.labels], np.int32)
    starts = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(batch.starts) for batch in batches]))])
    labels = np.concatenate([batch.labels for batch in batches])
    names = [name for batch in batches for name in batch.images]
    return Data(names, starts, codes[labels], np.concatenate([batch.confidence for batch in batches]))


def add_edges(path: Path, space: Space) -> None:
    """Take the labels of the first two columns, parent and child, as a hierarchy too; rows of type Part are none."""
    parents: dict[int, set[int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        cells = line.split("\t")
        if "Part" not in cells:
            parent, child = (space.code(Label(cell, cell)) for cell in cells[:2])
            parents.setdefault(child, set()).add(parent)
    for child in parents:
        waiting, seen = [child], set()
        while waiting:
            new = parents.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        space.above[child] = tuple(dict.fromkeys((*space.above[child], *sorted(seen))))


def print_row(estimator: str, fold: str, scores: list[Scores]) -> None:
    """Print the mean of some scores."""
    cells = []
    for column in COLUMNS:
        values = [value for score in scores if (value := getattr(score, column)) is not None]
        cells.append(f"{statistics.mean(values):.4g}" if values else "-")
    print("\t".join((estimator, fold, *cells)), flush=True)


def parse() -> argparse.Namespace:
    """Parse the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, help="an annotation file that 'taxonomy labels' reads")
    parser.add_argument("--db", type=Path, required=True, help="the taxonomy that knows what is above what")
    parser.add_argument("--vocabulary", help="dataset whose labels they are")
    parser.add_argument("--hierarchy", type=Path, help="TSV of parents and children, beside those of the taxonomy")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--most", type=int, help="measure only the first folds")
    parser.add_argument("--skip", type=int, default=0, help="bits of the md5, when the file is a half by the last bit")
    parser.add_argument("--estimator", action="append", choices=ESTIMATORS, help="repeated; else the default one")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--min-support", type=int, default=MIN_SUPPORT)
    parser.add_argument("--agreed", type=float, default=AGREED)
    parser.add_argument("--min-confidence", type=float, default=0.5, help="of what rules add")
    parser.add_argument(
        "--hide", type=float, default=0.0, help="share of labels that are hidden where rules are learned"
    )
    parser.add_argument("--audit", type=float, default=0.0, help="share of the images that keep all their labels")
    parser.add_argument("--chains", action="store_true", help="give rules what rules add")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--ceiling", action="store_true", help="print what there is to reach, instead")
    parser.add_argument("--ancestors", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
