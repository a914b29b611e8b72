"""Train the classifier of visual concepts, and say how good it is on words that it has not seen.

    pip install -e '.[collect]'
    python scripts/train_visual.py                       # prints the table, writes data/visual/model.npz
    python scripts/train_visual.py --ablation            # what each part of the features is worth; writes nothing
    python scripts/train_visual.py --simulate act,event  # 200 labels of a domain that it has not seen; writes nothing
    python scripts/train_visual.py --benchmark           # how long marking takes; writes nothing

Training takes some minutes on one core, and the same files give the same bytes.  It uses WordNet alone: with the
vocabularies the figures are the same, and so the model changes neither with them nor with the linker.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # sums depend on the number of threads

import argparse
import random
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from word_norms import TEST, Example, Senses, digit, examples, read_norms

from taxonomy import encoding
from taxonomy.concept import Concept, Edge, EdgeKind, Method, Name, NameKind, Safety, Source
from taxonomy.draft import Draft
from taxonomy.encoding import Encoder, Vectors
from taxonomy.evaluation.links import auroc
from taxonomy.evaluation.visual import CONCRETE, HIGH, LOW, measures
from taxonomy.merging import add_wordnet
from taxonomy.sources import shipped, wordnet
from taxonomy.text import form
from taxonomy.visual import Item, Label, ask, calibration, mark, model, safety, score
from taxonomy.visual import train as learn
from taxonomy.visual.features import Concepts, batches
from taxonomy.visual.model import VIEWS, Model
from taxonomy.visual.names import NameModel, Ngrams, ngrams
from taxonomy.visual.network import Network, train

Array = NDArray[Any]

RIDGE = 1.0
MIDDLE, VISUAL_MIDDLE = 3.0, 2.5  # of the ratings, which scores count from
FOLDS = (frozenset({3, 4}), frozenset({5, 6}), frozenset({7, 8, 9}))
SEEDS = (0, 1, 2)
EXTREME = 4.0  # weight of an extreme rating in the calibration, where the measures count most
SECOND = 0.3  # weight of WordNet's own names, whose targets are what the network says of their concepts
FARTHEST = 2.0  # of these targets from the middle
OFFENCE_RIDGE = 10.0
LABELS = 200  # of a new domain


class NameData:
    """The rated words as examples for a name model, and the names of the concepts that it is to score.

    Args:
        ratings: of concreteness.
        impressions: strengths of the visual impression.
        senses: of the words.
        concepts: whose names and glosses are scored.
        encoder: of the names.
    """

    def __init__(self, cache: Path, senses: Senses, concepts: Concepts, encoder: Encoder) -> None:
        self.norms, impressions = read_norms(cache)
        self._senses, self._concepts, self._encoder = senses, concepts, encoder
        weights = [1.0 if norm.first else 0.5 for norm in self.norms.values()]
        self.concrete = Words.of([(word, norm.rating - MIDDLE) for word, norm in self.norms.items()], weights, encoder)
        visual = [(word, strength - VISUAL_MIDDLE) for word, strength in impressions.items()]
        self._heads = (self.concrete, Words.of(visual, [1.0] * len(visual), encoder))
        self._digits = np.array([digit(name) for name in concepts.names.words])

    def fit(self, held: Collection[int]) -> tuple[NameModel, Vectors]:
        """Fit without the words and synsets of some digits.

        Returns:
            The model, and the scores of the concepts' names, each from a model that has not seen words of its digit.
        """
        names = self._concepts.names.words
        whole = joined([self._fit(words, held) for words in self._heads])
        scores = whole.score(names, self._encoder)
        rest = [number for number in range(10) if number not in held]
        for group in (rest[0::3], rest[1::3], rest[2::3]):
            without = joined([self._fit(words, held, group) for words in self._heads])
            some = np.flatnonzero(np.isin(self._digits, group))
            scores[some] = without.score([names[place] for place in some], self._encoder)
        return whole, scores

    def fit_second(self, held: Collection[int], names: Sequence[str], targets: Array) -> NameModel:
        """Fit concreteness once more, with names that nobody rated and what the network says of their concepts."""
        kept = self.concrete.selected(self._kept(self.concrete, held))
        others = Words.of(list(zip(names, targets.tolist(), strict=True)), [SECOND] * len(names), self._encoder)
        return ridge(kept.with_others(others))

    def _fit(self, words: Words, held: Collection[int], group: Collection[int] = ()) -> NameModel:
        return ridge(words.selected(self._kept(words, held, group)))

    def _kept(self, words: Words, held: Collection[int], group: Collection[int] = ()) -> Array:
        return np.array([digit(word) not in group and self._senses.may_learn(word, held) for word in words.words])


class Words(NamedTuple):
    """Words with what a linear model should say of them."""

    words: list[str]
    targets: Array
    weights: Array
    vectors: Vectors
    ngrams: Ngrams

    @classmethod
    def of(cls, targets: Sequence[tuple[str, float]], weights: Sequence[float], encoder: Encoder) -> Words:
        """Gather words."""
        words = [word for word, _ in targets]
        numbers = np.array([target for _, target in targets])
        return cls(words, numbers, np.array(weights), encoder.encode(words), ngrams(words))

    def selected(self, kept: Array) -> Words:
        """Return the words that are kept."""
        words = [self.words[place] for place in np.flatnonzero(kept)]
        return Words(words, self.targets[kept], self.weights[kept], self.vectors[kept], self.ngrams.selected(kept))

    def with_others(self, others: Words) -> Words:
        """Return these words and others."""
        columns = (np.concatenate([self[place], others[place]]) for place in (1, 2, 3))
        return Words(self.words + others.words, *columns, self.ngrams.with_others(others.ngrams))


def ridge(words: Words) -> NameModel:
    """Fit weighted least squares with a penalty on all weights, by conjugate gradients (Hestenes and Stiefel 1952)."""
    vectors, rows = words.vectors.astype(np.float64), words.ngrams
    width = vectors.shape[1]

    def product(theta: Array) -> Array:
        return vectors @ theta[:width] + rows.times(theta[width:-1, np.newaxis])[:, 0] + theta[-1]

    def transposed(values: Array) -> Array:
        return np.concatenate([vectors.T @ values, rows.transposed_times(values), [values.sum()]])

    residual = transposed(words.weights * words.targets)
    theta, way = np.zeros(len(residual)), residual.copy()
    size = residual @ residual
    enough = 1e-8 * size
    while size > enough:
        image = transposed(words.weights * product(way)) + RIDGE * way
        step = size / (way @ image)
        theta += step * way
        residual -= step * image
        size, before = residual @ residual, size
        way = residual + size / before * way
    weights = theta.astype(np.float32)
    return NameModel(weights[:width, np.newaxis], weights[width:-1, np.newaxis], weights[-1:])


def joined(models: Sequence[NameModel]) -> NameModel:
    """Put the outputs of models side by side."""
    vectors, buckets = (np.hstack([getattr(part, name) for part in models]) for name in ("vectors", "buckets"))
    return NameModel(vectors, buckets, np.concatenate([part.bias for part in models]))


class Study:
    """Everything that training and measuring share."""

    def __init__(self, cache: Path) -> None:
        self.draft = Draft()
        add_wordnet(self.draft, wordnet.SOURCE, wordnet.read_synsets())
        self.encoder = encoding.load()
        self.senses = Senses(self.draft)
        self.concepts = Concepts(self.draft, self.encoder)
        self.names = NameData(cache, self.senses, self.concepts, self.encoder)
        self.examples = examples(self.names.norms, self.senses)
        other = other_words()
        self.gold = [e for e in self.examples if e.single and e.first and e.word.lower() not in other]

    def fit(
        self, held: Collection[int], seeds: Sequence[int], without: Sequence[int] = ()
    ) -> tuple[NameModel, Network]:
        """Fit the name model and the network without the words and the synsets of some digits; `concepts` is told.

        Args:
            held: the digits.
            seeds: of the networks.
            without: columns that are left out.
        """
        whole, own = self.names.fit(held)
        self.concepts.tell(own, whole.score(self.concepts.gloss.words, self.encoder))
        learned = [e for e in self.examples if digit(e.word) not in held and self.senses.is_free(e.concept, held)]
        rows = self.rows([e.concept for e in learned])
        rows[:, without] = 0
        targets = np.array([e.rating - MIDDLE for e in learned], np.float32)
        weights = np.array([e.weight for e in learned], np.float32)
        layout = self.concepts.layout
        return whole, train(rows, targets, weights, seeds, (layout.of_gloss, layout.of_place))

    def rows(self, keys: Sequence[int]) -> Vectors:
        """Return the features of concepts, of which some may come several times."""
        distinct = sorted(set(keys))
        row = {key: place for place, key in enumerate(distinct)}
        return np.vstack([self.concepts.rows(batch) for batch in batches(distinct)])[[row[key] for key in keys]]

    def second(self, held: Collection[int], network: Network) -> NameModel:
        """Fit the score of bare names, see `NameData.fit_second`."""
        rated = {word.lower() for word in self.names.norms}
        firsts = sorted(
            (word, concept)
            for word, senses in self.senses.of.items()
            for concept, number, _ in senses
            if number == 1 and word not in rated and digit(word) not in held and self.senses.is_free(concept, held)
        )
        keys = [concept for _, concept in firsts]
        scores = [network.score(self.concepts.rows(batch)) for batch in batches(keys)]
        targets = np.clip(np.concatenate(scores), -FARTHEST, FARTHEST)
        return self.names.fit_second(held, [word for word, _ in firsts], targets)

    def held_out(self, seeds: Sequence[int] = SEEDS[:1]) -> tuple[list[Example], Array]:
        """Score the gold words that are no test words, each view, by models that have not seen them.

        Returns:
            The examples, and their scores, ``(len(VIEWS), examples)``.
        """
        gold = [e for e in self.gold if digit(e.word) not in TEST]
        scores = np.zeros((len(VIEWS), len(gold)))
        for fold in FOLDS:
            held = fold | TEST
            places = [place for place, e in enumerate(gold) if digit(e.word) in fold]
            _, network = self.fit(held, seeds)
            some = [gold[place] for place in places]
            scores[:, places] = self.score(some, network, self.second(held, network))
            print(f"fold {sorted(fold)} done", file=sys.stderr, flush=True)
        return gold, scores

    def score(self, gold: Sequence[Example], network: Network, names: NameModel) -> Array:
        """Return the scores of examples in each view."""
        rows, layout = self.rows([e.concept for e in gold]), self.concepts.layout
        known = (network.score(rows, part) for part in (layout.of_gloss[:0], layout.of_gloss, layout.of_place))
        return np.stack([*known, names.score([e.word for e in gold], self.encoder)[:, 0]])


def other_words() -> set[str]:
    """Return the words that WordNet has as verbs, adjectives or adverbs: their ratings may be of these."""
    found = set()
    for part in ("verb", "adj", "adv"):
        lines = (wordnet.corpus_dir() / f"index.{part}").read_text(encoding="ascii").splitlines()
        found |= {line.split(" ")[0].replace("_", " ") for line in lines if not line.startswith("  ")}
    return found


def curves(gold: Sequence[Example], scores: Array) -> Array:
    """Fit the calibration of each view to held-out scores."""
    ratings = np.array([e.rating for e in gold])
    weights = np.where((ratings <= LOW) | (ratings >= HIGH), EXTREME, 1.0)
    return np.stack([calibration.fit(row, ratings >= CONCRETE, weights) for row in scores])


def offence(study: Study) -> Vectors:
    """Learn what offends from the persons that were judged, and print how well that is told of those left out."""
    draft, listed = study.draft, safety.judged()
    keys = [key for key in safety.people(draft) if not draft.is_individual(key) and study.senses.is_free(key, TEST)]
    rows = safety.features(study.concepts, keys).astype(np.float64)
    marks = [listed.get(draft.concepts[key].id) for key in keys]
    targets = np.array([safety.SHARES.get(mark, 0.0) if mark else 0.0 for mark in marks])
    fold = np.arange(len(keys)) % 5
    unseen = np.zeros(len(keys))
    for number in range(5):
        unseen[fold == number] = rows[fold == number] @ dense_ridge(rows[fold != number], targets[fold != number])
    flagged, offends = unseen >= safety.OFFENSIVE, np.array([mark is Safety.OFFENSIVE for mark in marks])
    recall, precision = ((flagged & offends).sum() / part.sum() for part in (offends, flagged))
    print(
        f"offensive, cross-validated: {len(keys)} persons, recall {recall:.3f}, precision {precision:.3f}", flush=True
    )
    return dense_ridge(rows, targets).astype(np.float32)


def dense_ridge(rows: Array, targets: Array) -> Array:
    """Fit least squares with a penalty."""
    return np.asarray(np.linalg.solve(rows.T @ rows + OFFENCE_RIDGE * np.eye(rows.shape[1]), rows.T @ targets))


def show(title: str, gold: Sequence[Example], probabilities: Array) -> None:
    """Print a line of the table."""
    found = asdict(measures([e.rating for e in gold], probabilities.tolist()))
    cells = (f"{name} {value:.4f}" if isinstance(value, float) else f"{name} {value}" for name, value in found.items())
    print(f"{title:44s}", "  ".join(cells), flush=True)


def bare_names(study: Study, names: NameModel) -> None:
    """Print how well the score of bare names tells LVIS's objects from abstract nouns, test words only."""
    draft = study.draft
    keys = sorted({draft.key_of[entry.wnid] for entry in shipped.read("lvis_v1").classes if entry.wnid})
    objects = sorted({draft.concepts[key].name for key in keys if digit(draft.concepts[key].name) in TEST})
    rated = {e.word for e in study.gold if digit(e.word) in TEST and e.rating <= LOW} - set(objects)
    scores = names.score([*objects, *sorted(rated)], study.encoder)[:, 0].tolist()
    area = auroc(scores, [True] * len(objects) + [False] * len(rated))
    print(f"bare names: {len(objects)} objects of LVIS against {len(rated)} abstract nouns, AUC {area:.4f}")


def make(study: Study) -> Model:
    """Train, print the table, and return the model."""
    gold, scores = study.held_out()
    fitted = curves(gold, scores)
    for view, curve, row in zip(VIEWS, fitted, scores, strict=True):
        show(f"cross-validated by word, {view}", gold, calibration.probability(curve, row))
    own, network = study.fit(TEST, SEEDS)
    second = study.second(TEST, network)
    made = Model(study.encoder.fingerprint, joined([own, second]), network, fitted, offence(study))
    tested = [e for e in study.gold if digit(e.word) in TEST]
    scores = study.score(tested, network, second)
    for view, curve, row in zip(VIEWS, fitted, scores, strict=True):
        show(f"test words, {view}", tested, calibration.probability(curve, row))
    residuals(study, tested, calibration.probability(fitted[0], scores[0]))
    bare_names(study, second)
    return made


def residuals(study: Study, gold: Sequence[Example], probabilities: Array) -> None:
    """Print where the classifier errs, by lexicographer file."""
    groups: dict[str, list[tuple[bool, float]]] = {}
    for e, likely in zip(gold, probabilities.tolist(), strict=True):
        groups.setdefault(study.draft.concepts[e.concept].lexfile, []).append((e.rating >= CONCRETE, likely))
    print("group                 words  concrete  called visual  wrong")
    for name, rows in sorted(groups.items(), key=lambda group: -len(group[1])):
        wrong = sum(hit != (likely >= 0.5) for hit, likely in rows) / len(rows)
        concrete, called = (sum(part) / len(rows) for part in ((h for h, _ in rows), (p >= 0.5 for _, p in rows)))
        print(f"{name:20s} {len(rows):6d} {concrete:9.2f} {called:14.2f} {wrong:6.2f}")


def ablate(study: Study) -> None:
    """Print the cross-validated measures without each part of the features."""
    gold = [e for e in study.gold if digit(e.word) not in TEST]
    blocks = study.concepts.layout.blocks
    parts: dict[str, Iterable[str]] = {"nothing": ()} | {name: (name,) for name in blocks}
    parts |= {"all that the name model says": ("numbers", "parents", "children")}
    parts |= {"all of the place": ("ancestors", "lexfile", "structure", "parents", "children")}
    for title, names in parts.items():
        without = [column for name in names for column in range(blocks[name].start, blocks[name].stop)]
        scores = np.zeros(len(gold))
        for fold in FOLDS:
            _, network = study.fit(fold | TEST, SEEDS[:1], without)
            places = [place for place, e in enumerate(gold) if digit(e.word) in fold]
            scores[places] = network.score(study.rows([gold[p].concept for p in places]), np.array(without, np.int64))
        (curve,) = curves(gold, scores[np.newaxis])
        show(f"without {title}", gold, calibration.probability(curve, scores))


def simulate(study: Study, files: Sequence[str]) -> None:
    """Print how well a domain is told that neither its words nor its concepts were trained on, before and after labels.

    The tool chooses 200 of the domain's rated words, forty at a time, and a label says visual or not; the measure is of
    its test words.  What there is to reach is told first: by models that learned from all of its words but those told.
    """
    draft, senses = study.draft, study.senses
    wanted = {f"noun.{name}" for name in files}
    inside = {key for key, concept in enumerate(draft.concepts) if concept.lexfile in wanted}
    gold, scores = study.held_out()
    own = np.array([e.concept in inside for e in gold])
    known = calibration.probability(curves(gold, scores)[0], scores[0])[own]
    show("all of its words, cross-validated", [e for e, kept in zip(gold, own, strict=True) if kept], known)
    ours = [e for e in study.gold if e.concept in inside]
    tested = [e for e in ours if digit(e.word) in TEST and (e.rating <= LOW or e.rating >= HIGH)]
    rated = {e.concept: e for e in ours if digit(e.word) not in TEST and senses.is_free(e.concept, TEST)}
    senses.bar(inside)
    gold, scores = study.held_out()
    own, network = study.fit(TEST, SEEDS[:1])
    names = joined([own, study.second(TEST, network)])
    others = [place for place, e in enumerate(gold) if e.concept not in inside]
    fitted = curves([gold[place] for place in others], scores[:, others])
    base = Model(study.encoder.fingerprint, names, network, fitted, np.zeros(0, np.float32))
    items = [Item(e.word, concept=e.concept) for e in tested]
    for title, start in (("the model of the other domains", base), ("no model", None)):
        now, chosen = start, sorted(rated)[:: max(1, len(rated) // 40)][:40] if start is None else []
        for _ in range(5):
            if now is not None:
                chosen += ask(list(rated), 40, draft, study.encoder, now, chosen)
            labels = [Label(Item(rated[k].word, concept=k), float(rated[k].rating >= CONCRETE)) for k in chosen]
            if now is None or len(labels) < LABELS:
                now = learn(labels, draft, study.encoder, start).model
        done = learn(labels[:LABELS], draft, study.encoder, start).model
        for step, known in (("before", start), (f"after {LABELS} labels", done)):
            if known is not None:
                show(f"{title}, {step}", tested, np.array(score(items, draft, study.encoder, known)))


def benchmark(concepts: int = 300_000) -> None:
    """Print how long it takes to mark WordNet with leaves below it, two in three of which have no gloss."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    chance, count = random.Random(0), len(draft.concepts)
    words = [name.form.split(" ")[-1] for name in draft.names]
    source = draft.add_source(Source("leaves"))
    for number in range(concepts - count):
        parent = chance.randrange(count)
        text = f"{chance.choice(words)} {draft.concepts[parent].name}"
        definition = draft.concepts[parent].definition if number % 3 == 0 else ""
        key = draft.add_concept(Concept(f"leaves:{number}", text, definition, "", source))
        draft.add_name(Name(key, text, form(text), "en", NameKind.SYNONYM, 0, 0, source))
        draft.add_edge(Edge(key, parent, EdgeKind.IS_A, source, Method.GIVEN, 1.0))
    wall, processor = time.perf_counter(), time.process_time()
    mark(draft, encoding.load())
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{concepts} concepts: {wall:.1f} s, {processor:.1f} s of one core")


def main() -> None:
    """Train and write, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "packages"
    parser.add_argument("--cache", type=Path, default=cache, metavar="DIR", help="keep the packages here")
    parser.add_argument("--ablation", action="store_true", help="measure without each part of the features")
    parser.add_argument("--simulate", metavar="FILES", help="learn lexicographer files such as act,event anew")
    parser.add_argument("--out", type=Path, default=model.path(), metavar="FILE", help="write the model here")
    parser.add_argument("--benchmark", action="store_true", help="mark 300,000 concepts with the shipped model")
    arguments = parser.parse_args()
    if arguments.benchmark:
        benchmark()
        return
    study = Study(arguments.cache)
    if arguments.ablation:
        ablate(study)
    elif arguments.simulate:
        simulate(study, arguments.simulate.split(","))
    else:
        model.save(make(study), arguments.out)


if __name__ == "__main__":
    main()
