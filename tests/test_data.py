"""The shipped data: the index states licences in SPDX, and every class and id in the vocabularies holds."""

import csv
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORDNET = ROOT / "data" / "nltk_data" / "corpora" / "wordnet"
VOCABULARIES = ROOT / "data" / "vocabularies"
INDEX = tomllib.loads((VOCABULARIES / "index.toml").read_text(encoding="utf-8"))
LICENCES = [
    (name, key, recipe[key])
    for name, recipe in INDEX.items()
    for key in ("data_licence", "package_licence")
    if key in recipe
]


def rows(name: str) -> list[dict[str, str]]:
    """Read a TSV with nothing but the csv module."""
    with (VOCABULARIES / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def script():
    """Load scripts/collect_vocabularies.py, which is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        path = ROOT / "scripts" / "collect_vocabularies.py"
        spec = importlib.util.spec_from_file_location("collect_vocabularies", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def senses():
    """Count the senses of each noun in index.noun."""
    lines = (WORDNET / "index.noun").read_text(encoding="ascii").splitlines()
    return {line.split()[0]: int(line.split()[2]) for line in lines if not line.startswith(" ")}


@pytest.fixture(scope="module")
def wnids():
    """Collect the ids of the synsets in data.noun."""
    lines = (WORDNET / "data.noun").read_text(encoding="ascii").splitlines()
    return {"n" + line[:8] for line in lines if not line.startswith(" ")}


def test_every_vocabulary_has_a_recipe():
    assert {path.stem for path in VOCABULARIES.glob("*.tsv")} == set(INDEX)


def test_the_script_accepts_the_index(script):
    assert script.load_index() == INDEX


def test_licences_are_spdx_expressions(script):
    assert [found for found in LICENCES if not script.SPDX_EXPRESSION.fullmatch(found[2])] == []


@pytest.mark.parametrize(
    "text", ["MIT", "NONE", "NOASSERTION", "LicenseRef-ImageNet-terms", "CC-BY-4.0 AND CC-BY-SA-4.0", "MIT OR 0BSD"]
)
def test_spdx_expressions_pass(script, text):
    assert script.SPDX_EXPRESSION.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "NONE (stated nowhere)", "MIT, BSD-3-Clause", "MIT and BSD-3-Clause", "MIT AND", "AND", "NONE AND MIT"),
        *("LicenseRef", "LicenseRef-", "LicenseRef-ImageNet-terms (non-commercial)", "MIT\n"),
    ],
)
def test_words_are_no_spdx_expressions(script, text):
    assert not script.SPDX_EXPRESSION.fullmatch(text)


def test_a_licence_in_words_stops_the_script(script, tmp_path, monkeypatch):
    text = (VOCABULARIES / "index.toml").read_text(encoding="utf-8")
    broken = text.replace('data_licence = "CC-BY-4.0"', 'data_licence = "CC-BY-4.0 (images)"', 1)
    (tmp_path / "index.toml").write_text(broken, encoding="utf-8")
    monkeypatch.setattr(script, "VOCABULARIES", tmp_path)
    with pytest.raises(script.CollectError, match=r"\[lvis_v1\] has the data_licence .* licence_note"):
        script.load_index()


def test_licence_notes_are_sentences():
    notes = {recipe.get("licence_note", "A sentence.") for recipe in INDEX.values()}
    assert [note for note in notes if not re.fullmatch(r"[A-Z][^\n]*\.", note)] == []


def test_own_terms_are_explained():
    own = [name for name, recipe in INDEX.items() if "LicenseRef-" in recipe["data_licence"]]
    assert [name for name in own if "licence_note" not in INDEX[name]] == []


def test_licences_md_is_up_to_date(script):
    assert script.licences_text(INDEX) == script.LICENSES.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", INDEX)
def test_classes_are_counted_and_keys_unique(name):
    keys = [row["key"] for row in rows(name)]
    assert len(keys) == len(set(keys)) == INDEX[name]["classes"]


def test_domains_are_noun_senses(senses):
    domains = {recipe["domain"] for recipe in INDEX.values() if "domain" in recipe}
    parts = {domain: re.fullmatch(r"(.+)\.n\.(\d\d)", domain) for domain in domains}
    assert [d for d, part in parts.items() if not part or not 1 <= int(part[2]) <= senses.get(part[1], 0)] == []


def test_wnids_are_synsets(wnids):
    unknown = {(name, row["wnid"]) for name in INDEX for row in rows(name) if row.get("wnid")}
    assert {pair for pair in unknown if pair[1] not in wnids} == set()


def test_sun397_keeps_the_subtypes_of_its_scenes():
    names = [row["name"] for row in rows("sun397")]
    assert {"temple/east_asia", "church/outdoor", "bus_interior", "theater/indoor_procenium"} <= set(names)
    assert [name for name in names if re.search("_(indoor|outdoor|exterior)$", name)] == []


@pytest.mark.parametrize("name", ["inat2017", "inat2018"])
def test_species_of_one_genus_are_all_placed_or_none(name):
    """Only where a genus's name stands for two taxa in the lists, as Iris (plant, mantis), may one be left."""
    parents: dict[str, set[str]] = {}
    for row in rows(name):
        parents.setdefault(row["name"].split()[0], set()).add(row["parent"])
    assert {genus for genus, found in parents.items() if "" in found and len(found) > 1} <= {"Iris"}


def test_plant_village_classes_are_under_their_crop():
    assert all(row["name"].startswith(row["parent"] + "___") for row in rows("plant_village"))
