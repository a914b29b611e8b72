"""Names in many languages: emoji of Unicode CLDR and presets of OpenStreetMap, joined over their languages."""

import gzip
import json

import pytest
from files import classes

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import format_of, read

DOG, CAR = "\U0001f436", "\U0001f697"


def locale(language: str, names: dict[str, object], root: str = "annotations", **identity: str) -> str:
    """Write the annotations of a locale."""
    annotations = {characters: {"default": ["pet"], "tts": name} for characters, name in names.items()}
    return json.dumps({root: {"identity": {"language": language, **identity}, "annotations": annotations}})


def preset(**more: object) -> dict[str, object]:
    """Make a preset as the schema writes it."""
    return {"fields": ["name"], "geometry": ["point", "area"], "tags": {"amenity": "x"}, **more}


def translation(language: str, **presets: dict[str, str]) -> str:
    """Write a translation file."""
    return json.dumps({language: {"presets": {"categories": {}, "fields": {}, "presets": presets}}})


@pytest.fixture
def locales(tmp_path):
    """Lay out locales as the npm package does."""
    texts = {
        "en": locale("en", {DOG: ["dog face"], CAR: ["automobile"]}),
        "en-AU": locale("en", {CAR: ["car"]}, territory="AU"),
        "de": locale("de", {DOG: ["Hundegesicht"], "\u26f5": ["Segelboot"]}),
        "zh-Hant": locale("zh", {DOG: ["狗臉"]}, script="Hant"),
        "frr": json.dumps({"annotations": {"identity": {"language": "frr"}}}),
    }
    for name, text in texts.items():
        folder = tmp_path / "cldr" / "annotations" / name
        folder.mkdir(parents=True)
        (folder / "annotations.json").write_text(text, encoding="utf-8")
    return tmp_path / "cldr"


@pytest.fixture
def presets(tmp_path):
    """Lay out presets and translations as the npm package does."""
    folder = tmp_path / "osm" / "dist"
    (folder / "translations").mkdir(parents=True)
    taxi, stand = "amenity/taxi", "amenity/taxi/stand/motorcycle_taxi"
    keys = {"amenity": preset(), taxi: preset(), stand: preset(), "old": preset(name="{amenity/taxi}")}
    (folder / "presets.json").write_text(json.dumps(keys))
    english = {
        "amenity": {"name": "Amenity"},
        taxi: {"name": "Taxi Stand", "aliases": "Cab Stand\nTaxi Rank", "terms": "limo"},
    }
    texts = {
        "en.json": translation("en", **english),
        "en-GB.json": translation("en-GB", **{taxi: {"name": "Taxi Rank"}}),
        "de.json": translation("de", **{taxi: {"name": "Taxistand", "aliases": "Droschkenplatz"}}),
        "de.min.json": translation("de", **{taxi: {"name": "twice"}}),
        "as.json": json.dumps({"as": {}}),
    }
    for name, text in texts.items():
        (folder / "translations" / name).write_text(text)
    return tmp_path / "osm"


@pytest.mark.parametrize("inner", ["", "annotations"])
def test_emoji_have_their_names_in_all_locales(locales, inner):
    """Else each locale would be a source of its own, the English of Australia a foreign language, and pet a dog."""
    dog, car, boat = sorted(classes(locales / inner), key=lambda entry: ["1f436", "1f697", "26f5"].index(entry.key))
    assert dog == SourceClass(key="1f436", name="dog face", names=(("de", "Hundegesicht"), ("zh-Hant", "狗臉")))
    assert car == SourceClass(key="1f697", name="automobile", synonyms=("car",))
    assert boat == SourceClass(key="26f5", name="Segelboot", names=(("de", "Segelboot"),), language="de")


@pytest.mark.parametrize("root", ["annotations", "annotationsDerived"])
def test_one_locale_of_emoji_compressed(tmp_path, root):
    """Else annotations would be taken for COCO's, which have a list of that name, and the user see no emoji."""
    path = tmp_path / "annotations.json.gz"
    path.write_bytes(gzip.compress(locale("en", {"\U0001f468\u200d\U0001f33e": ["man farmer"]}, root).encode()))
    assert classes(path) == (SourceClass(key="1f468-200d-1f33e", name="man farmer"),)


def test_a_bad_locale_costs_only_itself(locales):
    """Else one file cut off among 168 would lose the names in all languages."""
    (locales / "annotations" / "de" / "annotations.json").write_text('{"annotations": {"identity"')
    (locales / "annotations" / "fr").mkdir()
    (locales / "annotations" / "fr" / "annotations.json").write_text(locale("fr", {DOG: "chien", CAR: ["voiture"]}))
    reading = read(locales)
    assert [entry.names for entry in reading.vocabulary.classes] == [(("zh-Hant", "狗臉"),), (("fr", "voiture"),)]
    assert [problem.where for problem in reading.quarantined] == [
        "de/annotations.json",
        f"fr/annotations.json:{DOG}",
    ]


@pytest.mark.parametrize("file", ["", "dist", "dist/presets.json"])
def test_presets_have_parents_and_names_by_language(presets, file):
    """Else a taxi stand would hang nowhere, and its search term limo be a name for it."""
    found = {entry.key: entry for entry in classes(presets / file)}
    assert found["amenity/taxi"] == SourceClass(
        key="amenity/taxi",
        name="Taxi Stand",
        synonyms=("Cab Stand", "Taxi Rank"),
        parents=("amenity",),
        names=(("de", "Taxistand"), ("de", "Droschkenplatz")),
    )
    stand = found["amenity/taxi/stand/motorcycle_taxi"]
    assert (stand.name, stand.parents) == ("motorcycle taxi", ("amenity/taxi",))
    assert (found["old"].name, found["old"].names) == ("Taxi Stand", (("de", "Taxistand"),))


def test_presets_that_name_each_other_in_a_circle(write):
    """Else a slip in the file would hang the import."""
    circle = {"a": preset(name="{b}"), "b": preset(name="{a}"), "c": 1}
    reading = read(write("presets.json", json.dumps(circle)))
    assert [entry.name for entry in reading.vocabulary.classes] == ["a", "b"]
    assert [problem.where for problem in reading.quarantined] == ["presets.json:c"]


def test_presets_that_are_broken_say_where(write):
    """Else the user would not learn which line to look at."""
    with pytest.raises(InputError, match=r"presets\.json"):
        read(write("presets.json", json.dumps({"a": preset()}, indent=1)[:-1]))


def test_other_json_and_folders_stay_what_they_were(write, tmp_path):
    """Else COCO's annotations and image folders would be read as something else."""
    coco = {"images": [], "annotations": [{"tags": {}}], "categories": [{"id": 1, "name": "dog"}]}
    assert format_of(write("instances.json", json.dumps(coco))).name == "coco"
    (tmp_path / "images" / "dog").mkdir(parents=True)
    assert format_of(tmp_path / "images").name == "folder"
