"""Turn a package's files into the rows of a class vocabulary, as `data/vocabularies/index.toml` describes.

Nothing of a package is imported or run: Python files are parsed and only literals in them are evaluated.
Each reader takes a vocabulary's recipe and its files (bytes) and gives rows: column name -> value.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

COLUMNS = ("key", "name", "wnid", "synonyms", "definition", "parent", "mid", "scientific_name")
RANKS = ("kingdom", "phylum", "class", "order", "family", "genus")
# Subgenera, sections and species complexes bear the names of genera and species, so they are passed over.
TAXA = {"genus", "species", "subspecies", "variety", "form", "hybrid"}
SYNONYM_SEPARATOR = "|"
PATH_SEPARATOR = " > "

# STL-10's ten classes come with the data as class_names.txt; no package carries the list.
LITERALS: dict[str, list[str]] = {
    "stl10": ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"],
}

Recipe = Mapping[str, Any]
Files = Sequence[bytes]
Row = dict[str, str]


class ReaderError(Exception):
    """A package's file does not hold what the recipe says."""


class WordNet:
    """The nouns of WordNet 3.0: which wnids exist, and what a sense name such as `dog.n.01` stands for."""

    def __init__(self, archive: bytes) -> None:
        """Read `index.noun` from the WNdb tar archive."""
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            member = next((m for m in tar.getmembers() if m.name.split("/")[-1] == "index.noun"), None)
            index = tar.extractfile(member) if member else None
            if index is None:
                raise ReaderError("the WordNet archive has no index.noun")
            text = index.read().decode("ascii")
        self.senses: dict[str, list[str]] = {}
        for line in text.splitlines():
            if not line.startswith(" "):  # the licence's lines are indented
                fields = line.split()
                self.senses[fields[0]] = ["n" + offset for offset in fields[-int(fields[2]) :]]
        self.wnids = {wnid for wnids in self.senses.values() for wnid in wnids}

    def wnid(self, name: str) -> str:
        """Give the wnid of a sense name: the nn-th synset in the lemma's line of index.noun."""
        lemma, pos, number = name.rsplit(".", 2)
        wnids = self.senses.get(lemma.lower(), [])
        if pos != "n" or not 1 <= int(number) <= len(wnids):
            raise ReaderError(f"{name} is not a noun sense of WordNet 3.0")
        return wnids[int(number) - 1]


class _Literals:
    """Evaluates literals of one parsed Python file, without running it.

    Beyond `ast.literal_eval` it follows names bound in the same file and takes calls apart: `dict(a=1)`
    is a dict, any other call (a named tuple, `np.array`) the tuple of its arguments.
    """

    def __init__(self, source: bytes) -> None:
        """Parse the file and note what each dotted name (`Class.attribute`, `self.x`) is bound to."""
        self.bound: dict[str, ast.expr] = {}
        self._collect(ast.parse(source).body, "")

    def _collect(self, body: Sequence[ast.stmt], scope: str) -> None:
        """Note the assignments of a block and of the classes and functions in it."""
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                self._collect(node.body, f"{scope}{node.name}.")
            elif isinstance(node, ast.Return) and node.value is not None:
                self.bound.setdefault(f"{scope}return", node.value)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self.bound.setdefault(scope + ast.unparse(target), node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self.bound.setdefault(scope + ast.unparse(node.target), node.value)

    def variable(self, name: str) -> Any:
        """Give the value bound to a dotted name; a function's is what it returns."""
        for candidate in (name, f"{name}.return"):
            if candidate in self.bound:
                return self._value(self.bound[candidate])
        raise ReaderError(f"no variable {name}")

    def _value(self, node: ast.expr) -> Any:
        """Evaluate one expression."""
        if isinstance(node, ast.Name):
            return self.variable(node.id)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self._value(element) for element in node.elts]
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return {self._value(key): self._value(value) for key, value in pairs if key is not None}
        if isinstance(node, ast.Call) and not node.keywords:
            return [self._value(argument) for argument in node.args]
        if isinstance(node, ast.Call):
            return {keyword.arg: _lazy(self._value, keyword.value) for keyword in node.keywords}
        try:
            return ast.literal_eval(node)
        except ValueError as error:
            raise ReaderError(f"line {node.lineno} is not a literal: {ast.unparse(node)[:60]}") from error


def _lazy(evaluate: Callable[[ast.expr], Any], node: ast.expr) -> Any:
    """Evaluate a keyword's value; None where it is no literal, for nobody may ever ask for it."""
    try:
        return evaluate(node)
    except ReaderError:
        return None


def _descend(value: Any, path: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Give what a path of keys leads to as (joined wildcard keys, value); `*` stands for every key."""
    if not path:
        yield "", value
        return
    items = value if isinstance(value, dict) else dict(enumerate(value))
    items = {str(key): found for key, found in items.items()}
    for key in items if path[0] == "*" else [path[0]]:
        found = items.get(key)
        if found is None:
            raise ReaderError(f"no item {key}")
        for prefix, inner in _descend(found, path[1:]):
            yield (f"{key}/{prefix}" if path[0] == "*" else prefix), inner


def _records(value: Any, recipe: Recipe) -> list[Row]:
    """Turn a list or dict of names, dicts or tuples into rows.

    `fields` says which field of a dict or position of a tuple holds each column; without it an element is
    a name. The key is the dict's key, or the position in the list (counted from 0); `flip` turns a dict of
    name -> number around.
    """
    if recipe.get("flip"):
        value = {number: name for name, number in value.items()}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    fields: Mapping[str, str | int] = recipe.get("fields", {})
    rows = []
    for key, element in pairs:
        row = {"key": str(key), "name": str(key)}
        if not fields:
            row["name"] = str(element)
        for column, field in fields.items():
            cell = element[field]
            row[column] = SYNONYM_SEPARATOR.join(cell) if isinstance(cell, list) else str(cell)
        rows.append(row)
    return rows


def _tree(value: Any, recipe: Recipe) -> list[Row]:
    """Descend to the recipe's `item` and read the records there; wildcard keys go before the row's key."""
    return [
        row | {"key": prefix + row["key"]}
        for prefix, found in _descend(value, recipe.get("item", []))
        for row in _records(found, recipe)
    ]


def read_python(recipe: Recipe, files: Files) -> list[Row]:
    """Read a literal of a Python file: `variable` is its dotted name, or a list of them (one split each)."""
    literals = _Literals(files[0])
    variable = recipe["variable"]
    if isinstance(variable, str):
        return _tree(literals.variable(variable), recipe)
    splits = {prefix: literals.variable(name) for prefix, name in variable.items()}
    return _tree(splits, {"item": ["*"], **recipe})


def read_json(recipe: Recipe, files: Files) -> list[Row]:
    """Read a JSON file."""
    return _tree(json.loads(files[0]), recipe)


def read_lines(recipe: Recipe, files: Files) -> list[Row]:
    """Read a text file with one class a line; empty lines are passed over."""
    lines = files[0].decode("utf-8-sig").splitlines()
    return _records([line.strip() for line in lines if line.strip()], recipe)


def read_csv(recipe: Recipe, files: Files) -> list[Row]:
    """Read a comma-separated file with a header line; `fields` names the columns."""
    return _records(list(csv.DictReader(io.StringIO(files[0].decode("utf-8-sig")))), recipe)


def read_javascript(recipe: Recipe, files: Files) -> list[Row]:
    """Read the flat object literals of a JavaScript file; `fields` names their properties."""
    objects = re.findall(r"\{([^{}]*)\}", files[0].decode("utf-8"))
    parsed = [dict(re.findall(r"(\w+): '?([^',\n]*)", body)) for body in objects]
    wanted = set(recipe["fields"].values())
    return _records([fields for fields in parsed if wanted <= set(fields)], recipe)


def read_wnids(recipe: Recipe, files: Files) -> list[Row]:
    """Read a list of wnids, and name each by its lemmas in a second file (wnid, tab, lemmas).

    `select` picks places in the list, as ranges such as "151-250" with both ends counted, from 0.
    """
    wnids = files[0].decode("utf-8").split()
    if "select" in recipe:
        spans = [[int(end) for end in span.split("-")] for span in recipe["select"]]
        wnids = [wnid for span in spans for wnid in wnids[span[0] : span[-1] + 1]]
    lemmas = dict(line.split("\t", 1) for line in files[1].decode("utf-8").splitlines() if "\t" in line)
    missing = [wnid for wnid in wnids if wnid not in lemmas]
    if missing:
        raise ReaderError(f"{len(missing)} wnids have no lemmas, the first is {missing[0]}")
    return [{"key": wnid, "name": lemmas[wnid].strip(), "wnid": wnid} for wnid in wnids]


def read_literal(recipe: Recipe, _files: Files) -> list[Row]:
    """Give a list that is written down in this file, for the dataset that no package carries."""
    return _records(LITERALS[recipe["variable"]], recipe)


def read_inaturalist(recipe: Recipe, files: Files) -> list[Row]:
    """Read the species of an iNaturalist competition and place each in iNaturalist's own taxonomy.

    A species that the taxonomy knows gets its lineage, kingdom to genus; one renamed since gets that of its
    genus. Where the genus's name stands for several taxa, the genus is the one that the other species of this
    list, and of the lists after the taxonomy, are in, if they agree; otherwise the species gets none.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ReaderError("this vocabulary is read with pyarrow, which is not installed") from error
    rows = read_lines(recipe, files[:1])
    species = [row["name"] for number in range(len(files)) if number != 1 for row in read_lines({}, files[number:])]
    table = parquet.read_table(io.BytesIO(files[1]), columns=["scientificName", "taxonRank", *RANKS])
    wanted = {*species, *(name.split()[0] for name in species)}
    names = table.column("scientificName").to_pylist()
    lineages: dict[str, set[str]] = {}
    for taxon in table.take([place for place, name in enumerate(names) if name in wanted]).to_pylist():
        if taxon["taxonRank"] in TAXA:
            path = PATH_SEPARATOR.join(taxon[rank] for rank in RANKS if taxon[rank])
            lineages.setdefault(taxon["scientificName"], set()).add(path)
    of_genus: dict[str, set[str]] = {}
    placed: dict[str, str] = {}
    for name in species:
        candidates = lineages.get(name) or lineages.get(name.split()[0], set())
        if len(candidates) == 1:
            placed[name] = next(iter(candidates))
            of_genus.setdefault(name.split()[0], set()).add(placed[name])
    for row in rows:
        row["scientific_name"] = row["name"]
        agreed = of_genus.get(row["name"].split()[0], set())
        if row["name"] in placed:
            row["parent"] = placed[row["name"]]
        elif len(agreed) == 1:
            row["parent"] = next(iter(agreed))
    return rows


READERS: dict[str, Callable[[Recipe, Files], list[Row]]] = {
    "python": read_python,
    "json": read_json,
    "lines": read_lines,
    "csv": read_csv,
    "javascript": read_javascript,
    "wnids": read_wnids,
    "literal": read_literal,
    "inaturalist": read_inaturalist,
}


def _zip_columns(rows: list[Row], recipe: Recipe, files: Files) -> None:
    """Add the columns that another file gives in the same order (`zip.COLUMN`, its own small recipe).

    With `choices` the file gives numbers that stand for one of these names; `swap` exchanges two values that
    the file has in the other order.
    """
    for column, inner in recipe.get("zip", {}).items():
        values = [row["name"] for row in READERS[inner["reader"]](inner, files[inner["file"] :])]
        if "swap" in inner:
            here, there = (values.index(value) for value in inner["swap"])
            values[here], values[there] = values[there], values[here]
        if len(values) != len(rows):
            raise ReaderError(f"{len(values)} values of {column} for {len(rows)} classes")
        for row, value in zip(rows, values, strict=True):
            row[column] = inner["choices"][int(value)] if "choices" in inner else value


def _apply_pattern(row: Row, pattern: str) -> None:
    """Match a regular expression to the name; its named groups become columns."""
    match = re.fullmatch(pattern, row["name"])
    if match is None:
        raise ReaderError(f"{row['name']!r} does not match {pattern}")
    row.update({column: text for column, text in match.groupdict().items() if text is not None})


def _tidy(row: Row, wordnet: WordNet, own_synsets: Sequence[str]) -> None:
    """Resolve a sense name to its wnid, and drop from the synonyms the name itself and repetitions.

    `own_synsets` are names in WordNet's form that the dataset made up: they give no wnid.
    """
    row.update({column: cell.strip() for column, cell in row.items()})
    if row.get("wnid") in own_synsets:
        row["wnid"] = ""
    if re.fullmatch(r".+\.n\.\d+", row.get("wnid", "")):
        row["wnid"] = wordnet.wnid(row["wnid"])
    if row.get("wnid") and row["wnid"] not in wordnet.wnids:
        raise ReaderError(f"{row['wnid']} ({row['name']}) is not a noun synset of WordNet 3.0")
    synonyms = [text.strip() for text in row.get("synonyms", "").split(SYNONYM_SEPARATOR)]
    kept = [text for text in dict.fromkeys(synonyms) if text and text != row["name"]]
    row["synonyms"] = SYNONYM_SEPARATOR.join(kept)


def read_vocabulary(recipe: Recipe, files: Files, wordnet: WordNet) -> list[Row]:
    """Read one vocabulary and put its rows into their final form.

    After the reader: `drop` leaves out the keys that match, `zip` adds columns of other files, `pattern`
    splits names, `lemmas` splits a comma-separated list of lemmas into name and synonyms, `key` takes another
    column as the key, and `sort = true` orders rows by key where a package keeps them in splits.
    """
    rows = READERS[recipe["reader"]](recipe, files)
    if "drop" in recipe:
        rows = [row for row in rows if not re.fullmatch(recipe["drop"], row["key"])]
    _zip_columns(rows, recipe, files)
    for row in rows:
        if "pattern" in recipe:
            _apply_pattern(row, recipe["pattern"])
        if recipe.get("lemmas"):
            first, *others = [lemma.strip() for lemma in row["name"].split(", ")]
            row |= {"name": first, "synonyms": SYNONYM_SEPARATOR.join(others)}
        if "key" in recipe:
            row["key"] = row[recipe["key"]]
        _tidy(row, wordnet, recipe.get("own_synsets", []))
    if recipe.get("sort"):
        rows.sort(key=lambda row: row["key"])
    return rows
