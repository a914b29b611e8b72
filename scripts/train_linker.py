"""Fit the linker's model to people's links, and measure it on a vocabulary that it was not fitted to.

    pip install -e '.[collect]'
    python scripts/train_linker.py                          # writes data/linker/model.json
    python scripts/train_linker.py --leave-out lvis_v1      # fits without LVIS and links its names
    python scripts/train_linker.py --leave-out coco --gold coco80.tsv

Left out are the list itself, what repeats it, and all that was learned from it: the taxonomy is built without.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from linker_gold import Example, MadeUp, gold, made_up_names, pictured, variants

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from taxonomy.concept import GOLD, Relation, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.evaluation import links as measures
from taxonomy.evaluation.gold import Gold, fingerprint, read_gold
from taxonomy.linking import Linker, model
from taxonomy.linking.candidates import Candidates, Match
from taxonomy.linking.features import EXACT, NEAR, Question
from taxonomy.linking.model import Logit, Model, softmax
from taxonomy.linking.phrase import parse
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import shipped, wordnet
from taxonomy.text import form

# What no list that the model is fitted to can tell, as factors of the scores.
FIXED = {
    "kinship": 3.0,  # chosen on the left-out lists: from 2.5 to 4 they hardly differ
    "nearby": 0.7,  # most lists are in no order
    "inside": 0.4,  # no list has a domain
    "kept_inside": 3.0,
    "no_sense": -1.0,  # fitted on WordNet alone
}
PENALTY = 20.0  # L2, in standard deviations
TOLD = ("hint", "parent", "definition", "synonyms")  # what a source says beside the name is penalised a twentieth
REAL, PICTURED, HIDDEN = 0.45, 0.1, 0.05  # weights of an example
NONE = 0.3  # of those whose gold does not bear the name: mostly it is a neighbour that lists happen to have
HIDDEN_EXAMPLES, BLOCK = 1200, 600
# Lists that repeat another one's classes: they tell nothing of what a third means, and are left out with it.
REPEATS = {
    "lvis_v1": ("tao",),
    "coco": ("coco_panoptic", "coco_stuff", "youtube_vis"),
    "imagenet1k": ("imagenet_a", "imagenet_r", "imagenette", "mini_imagenet", "tiny_imagenet", "tiered_imagenet"),
}
NEARLY_RIGHT = 0.98  # share of the exact links that are to be right or near from the default confidence on


def main() -> None:
    """Fit and write, or fit without a list and measure on it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "packages"
    parser.add_argument("--cache", type=Path, default=cache, metavar="DIR", help="keep the packages here")
    parser.add_argument("--leave-out", metavar="NAME", help="measure on this list: lvis_v1, imagenet1k, or another")
    parser.add_argument("--gold", type=Path, metavar="FILE", help="the links of another list, as for 'evaluate links'")
    parser.add_argument("--definitions", action="store_true", help="link with the definitions and synonyms of LVIS")
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="write what was predicted, one JSON a line")
    arguments = parser.parse_args()
    if arguments.leave_out:
        measure(arguments)
        return
    fitted, examples = fit(arguments.cache, ())
    write(model.path(), replace(fitted, min_confidence=least_confidence(arguments.cache)), examples)


def measure(arguments: argparse.Namespace) -> None:
    """Print the measures of a model on a list that it does not know."""
    name, draft = arguments.leave_out, wordnet_draft()
    rows = (
        read_gold(arguments.gold, names_only=True)
        if arguments.gold
        else known(draft, arguments.cache, name, arguments.definitions)
    )
    judged = judge_without(draft, arguments.cache, name, rows)
    for key, value in asdict(measures.scores(judged)).items():
        print(f"{key}\t{value if value is None or isinstance(value, int) else f'{value:.4f}'}")
    if arguments.predictions:
        lines = (json.dumps(_prediction(row, draft)) for row in judged)
        arguments.predictions.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def judge_without(draft: Draft, cache: Path, name: str, rows: Sequence[Gold]) -> list[measures.Judged]:
    """Fit without a list, fold all else that ships into a draft of WordNet, link the list, and judge the links."""
    without = {name, *REPEATS.get(name, ())}
    fitted, _ = fit(cache, without)
    linker = Linker(draft, wordnet.read_exceptions(), lambda where, what: None, model=fitted)
    for vocabulary in map(shipped.read, shipped.names("vocabulary")):
        if vocabulary.source.name not in without:
            add_vocabulary(draft, vocabulary, linker.link(vocabulary))
    return measures.evaluate(rows, draft, linker, wordnet.read_exceptions())


def least_confidence(cache: Path) -> float:
    """Return the confidence from which exact links are right or near, each list being linked without its knowledge."""
    links: list[tuple[float, bool]] = []
    for name in gold(wordnet_draft(), cache):
        draft = wordnet_draft()
        judged = judge_without(draft, cache, name, known(draft, cache, name))
        exact = [row.judgement for row in judged if row.judgement and row.linked.relation is Relation.EXACT]
        links += [(judgement.confidence, judgement.near or judgement.right) for judgement in exact]
    links.sort(reverse=True)
    shares = np.cumsum([right for _, right in links]) / np.arange(1, len(links) + 1)
    enough = np.flatnonzero(shares >= NEARLY_RIGHT)
    if not len(enough):
        sys.exit(f"no confidence gives {NEARLY_RIGHT:.0%} right or near")
    return round(links[int(enough[-1])][0], 2)


def _prediction(row: measures.Judged, draft: Draft) -> dict[str, Any]:
    link = row.linked
    return {"name": row.gold.entry.name, "gold": row.gold.wnid, "linked": asdict(link) if link else None,
            "rank": row.judgement and row.judgement.rank, "near": row.judgement and row.judgement.near,
            "confidence": row.judgement and row.judgement.confidence}  # fmt: skip


def known(draft: Draft, cache: Path, name: str, definitions: bool = False) -> list[Gold]:
    """Return one of the lists that the model is fitted to as a gold list."""
    entries = {entry.key: entry for entry in shipped.read(name).classes}
    rows = []
    for entry, concept in gold(draft, cache)[name]:
        seen = replace(entry, parent="")
        if definitions:
            seen = replace(seen, definition=entries[entry.key].definition, synonyms=entries[entry.key].synonyms)
        rows.append(Gold(seen, draft.concepts[concept].id, "", f"{name}:{entry.key}"))
    return rows


def wordnet_draft() -> Draft:
    """Return a taxonomy of WordNet alone."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    return draft


def fit(cache: Path, without: Iterable[str]) -> tuple[Model, list[tuple[str, str]]]:
    """Fit both logits.

    Args:
        cache: where packages are kept.
        without: the lists that are left out.

    Returns:
        The model, and name and wnid of each example.
    """
    draft = wordnet_draft()
    hold(draft, {*without, *REPEATS["lvis_v1"]})
    zero = Model(Logit(np.zeros(len(EXACT), np.float32), 0.0), Logit(np.zeros(len(NEAR), np.float32), 0.0), 0.0)
    linker = Linker(draft, wordnet.read_exceptions(), lambda where, what: None, model=zero)
    lists = {name: rows for name, rows in gold(draft, cache).items() if name not in set(without)}
    shown = pictured(draft)
    random.Random(0).shuffle(shown)
    blocks = [shown[start : start + BLOCK] for start in range(0, len(shown), BLOCK)]

    data = Data(EXACT)
    for name, examples in lists.items():
        for changed in variants(draft, examples):
            data.add(*exact_rows(linker, name, changed), REAL)
    for block in blocks:
        data.add(*exact_rows(linker, "", block), PICTURED)
    exact = data.fit(FIXED)

    linker = Linker(draft, wordnet.read_exceptions(), lambda where, what: None, model=replace(zero, exact=exact))
    data = Data(NEAR)
    for name, examples in lists.items():
        data.add(*near_rows(linker, name, examples), REAL)
    data.add(*hidden_rows(linker), HIDDEN)
    near = data.fit({"kinship": FIXED["kinship"]})
    pairs = [(e.entry.name, draft.concepts[e.concept].id) for examples in lists.values() for e in examples]
    return Model(exact, near, 1.0), pairs


def hold(draft: Draft, without: Iterable[str]) -> None:
    """Note what the shipped vocabularies hold, as a taxonomy of them would know it."""
    candidates = Candidates(draft, wordnet.read_exceptions())
    for name in shipped.names("vocabulary"):
        if name in set(without):
            continue
        vocabulary = shipped.read(name)
        source = draft.add_source(vocabulary.source)
        for entry in vocabulary.classes:
            if entry.key == entry.wnid:
                continue
            phrase = parse(entry.name)
            found = {candidate.name.concept for candidate in candidates.exact(phrase)}
            concept = draft.key_of.get(entry.wnid, next(iter(found), 0))
            label = phrase.readings[0].form if phrase.readings else form(entry.name)
            draft.add_class(source, entry.name, label, concept, sure=bool(entry.wnid) or len(found) == 1)


Rows = tuple[np.ndarray[Any, Any], list[int], list[int]]


def exact_rows(linker: Linker, name: str, examples: Sequence[Example]) -> Rows:
    """Return the features of the senses of each name, their numbers, and which one is right (-1 for none)."""
    vocabulary = Vocabulary(Source(name=name, kind=GOLD), tuple(example.entry for example in examples))
    read = linker.read(vocabulary)
    keys = [example.entry.key for example in examples]
    questions = [read[key].question for key in keys]
    rows = linker.ranker.features.exact(questions, read.seen_from(keys))
    return rows, *_answers(questions, examples)


def near_rows(linker: Linker, name: str, examples: Sequence[Example]) -> Rows:
    """Return the same of what resembles those names of which no sense is right."""
    vocabulary = Vocabulary(Source(name=name, kind=GOLD), tuple(example.entry for example in examples))
    read = linker.read(vocabulary)
    wanted = [e for e in examples if _place(read[e.entry.key].question, e.concept) < 0]
    keys = [example.entry.key for example in wanted]
    questions = linker.ranker.with_similar([read.near(key) for key in keys])
    setting = read.seen_from(keys)
    rows = linker.ranker.features.near(questions, setting, linker.ranker.log_sense(questions, setting))
    return rows, *_answers(questions, wanted)


def _answers(questions: Sequence[Question], examples: Sequence[Example]) -> tuple[list[int], list[int]]:
    pairs = list(zip(questions, examples, strict=True))
    return [len(q.candidates) for q, _ in pairs], [_place(q, e.concept) for q, e in pairs]


def _place(question: Question, concept: int) -> int:
    places = [i for i, candidate in enumerate(question.candidates) if candidate.name.concept == concept]
    return places[0] if places else -1


def hidden_rows(linker: Linker) -> Rows:
    """Return the same of names that WordNet lacks, made from those that it has."""
    blocks = [
        _hidden_block(linker, made_up[start : start + BLOCK])
        for made_up in made_up_names(linker.draft, HIDDEN_EXAMPLES)
        for start in range(0, len(made_up), BLOCK)
    ]
    rows, sizes, answers = zip(*blocks, strict=True)
    return np.concatenate(rows), list(chain(*sizes)), list(chain(*answers))


def _hidden_block(linker: Linker, made_up: Sequence[MadeUp]) -> Rows:
    ranker = linker.ranker
    entries = tuple(SourceClass(str(i), name.text) for i, name in enumerate(made_up))
    read = linker.read(Vocabulary(Source(name=""), entries))
    vectors = ranker.features.vectors
    texts, others = vectors.texts([m.text for m in made_up]), vectors.texts([m.without for m in made_up])
    resemblance = (texts * others).sum(axis=1).tolist()
    questions = []
    asked = ranker.with_similar([read.near(entry.key) for entry in entries])
    for name, question, text, similarity in zip(made_up, asked, texts, resemblance, strict=True):
        kept = [c for c in question.candidates if c.name.concept != name.hidden]
        near = [c.name.concept for c in kept if c.match is Match.SIMILAR and c.name.concept != name.concept]
        if name.without and near and similarity < float((text * vectors.names(near)).sum(axis=1).min()):
            # Its own name, which the others lack, is what made it similar.
            kept = [c for c in kept if c.name.concept != name.concept or c.match is not Match.SIMILAR]
        questions.append(replace(question, candidates=kept))
    answers = [_place(question, name.concept) for question, name in zip(questions, made_up, strict=True)]
    setting = read.seen_from([entry.key for entry in entries])
    rows = ranker.features.near(questions, setting, ranker.log_sense(questions, setting))
    sizes = [len(question.candidates) for question in questions]
    for start, answer, name, similarity in zip(
        np.cumsum([0, *sizes[:-1]]).tolist(), answers, made_up, resemblance, strict=True
    ):
        if answer >= 0 and name.without:
            rows[start + answer, NEAR.index("names")] = similarity
    return rows, sizes, answers


class Data:
    """Examples for a conditional logit."""

    def __init__(self, features: Sequence[str]) -> None:
        self._features = features
        self._rows: list[Any] = []
        self._sizes: list[int] = []
        self._right: list[int] = []
        self._weights: list[float] = []

    def add(self, rows: Any, sizes: Sequence[int], answers: Sequence[int], weight: float) -> None:
        """Add classes: the features of their candidates, how many they are, which is right, and the weight."""
        start = sum(self._sizes)
        starts = start + np.cumsum([0, *sizes[:-1]]) if sizes else []
        self._rows.append(rows)
        self._sizes += sizes
        self._right += [int(s) + a if a >= 0 else -1 for s, a in zip(starts, answers, strict=True)]
        heavy = [weight if answer >= 0 else weight * NONE for answer in answers]
        self._weights += [w if size else 0.0 for w, size in zip(heavy, sizes, strict=True)]

    def fit(self, fixed: dict[str, float]) -> Logit:
        """Fit the weights of all features but the fixed ones, by Newton's method."""
        rows = np.concatenate(self._rows).astype(np.float64)
        free = np.array([name not in fixed for name in self._features])
        constant = np.array([fixed.get(name, 0.0) for name in self._features])
        scale = rows.std(axis=0)
        scale[[name.startswith(("lexfile:", "match:")) for name in self._features]] = 0.3
        x = rows[:, free] / np.maximum(scale[free], 1e-6)
        offset = rows @ constant
        owner = np.repeat(np.arange(len(self._sizes)), self._sizes)
        weights, right = np.array(self._weights), np.array(self._right)
        x = np.column_stack([x, np.zeros(len(x))])  # the last weight is the score of "none of these"
        target = np.zeros(len(x))
        target[right[right >= 0]] = 1
        told = np.array([name.startswith(TOLD) for name in self._features])[free]
        penalty = np.append(np.where(told, PENALTY / 20, PENALTY), 0.01)

        def probabilities(w: Any) -> Any:
            return softmax(offset + x[:, :-1] @ w[:-1], w[-1], self._sizes)

        def loss(w: Any) -> float:
            p, p_none = probabilities(w)
            likely = np.where(right >= 0, p[np.maximum(right, 0)], p_none)
            return float(-(weights * np.log(np.maximum(likely, 1e-12))).sum() + 0.5 * (penalty * w * w).sum())

        w = np.zeros(x.shape[1])
        for _ in range(50):
            p, p_none = probabilities(w)
            means = np.zeros((len(weights), x.shape[1]))
            np.add.at(means, owner, p[:, None] * x)
            means[:, -1] = p_none
            gradient = x.T @ (weights[owner] * (target - p)) - penalty * w
            gradient[-1] += (weights * ((right < 0) - p_none)).sum()
            hessian = (
                (x * (weights[owner] * p)[:, None]).T @ x - (means * weights[:, None]).T @ means + np.diag(penalty)
            )
            hessian[-1, -1] += (weights * p_none).sum()
            step, now = np.linalg.solve(hessian, gradient), loss(w)
            while loss(w + step) > now and np.abs(step).max() > 1e-8:
                step = step / 2
            w = w + step
            if np.abs(step).max() < 1e-6:
                break
        w, none = w[:-1], float(w[-1])
        found = constant.copy()
        found[free] = w / np.maximum(scale[free], 1e-6) * (scale[free] > 1e-6)
        return Logit(found.astype(np.float32), none)


def write(path: Path, fitted: Model, examples: Iterable[tuple[str, str]]) -> None:
    """Write a model, with the fingerprints of what it was fitted to."""
    content: dict[str, Any] = {"written_by": "scripts/train_linker.py", "min_confidence": fitted.min_confidence}
    for name, logit, features in (("exact", fitted.exact, EXACT), ("near", fitted.near, NEAR)):
        weights = {feature: round(float(w), 4) for feature, w in zip(features, logit.weights, strict=True)}
        content[name] = {"none": round(logit.none, 4), "weights": weights}
    content["trained_on"] = sorted({fingerprint(*example) for example in examples})
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
