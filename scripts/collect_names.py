"""Collect names in many languages out of pinned packages into `data/knowledge/cldr.tsv.xz` and `osm.tsv.xz`.

Emoji of Unicode's CLDR that show a thing, and OpenStreetMap's presets: those whose English name is a noun of WordNet,
for only such names reach a concept.  Which one they reach, the build finds out.  Needs npm.

    python scripts/collect_names.py              # writes the files
    python scripts/collect_names.py --check      # compares them with what there is
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from collect_vocabularies import CollectError, fetch, read_files

from taxonomy.draft import Draft
from taxonomy.linking.candidates import Candidates
from taxonomy.linking.phrase import parse
from taxonomy.merging import add_wordnet
from taxonomy.sources import shipped, wordnet

ANNOTATIONS = "npm:cldr-annotations-full@48.2.0"
GROUPS = "npm:emojibase-data@17.0.0"
PRESETS = "npm:@openstreetmap/id-tagging-schema@7.2.0"
COLUMNS = ("key", "name", "synonyms", "parent")
# Languages of many speakers or many translations; the database has room for no more.
_TAGS = """
af am ar az be bg bn ca cs cy da de el es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk
ml mn mr ms my ne nl no pa pl pt ro ru si sk sl so sq sr sv sw ta te th tr uk ur uz vi zh zh-Hant zu
"""
LANGUAGES = tuple(_TAGS.split())
_ELSEWHERE = {"zh": "zh-CN", "zh-Hant": "zh-TW"}  # as OpenStreetMap's translators call them
_UNTRANSLATED = {"zu"}  # by them

# What the emoji of a subgroup are, for the linker; other subgroups are faces, gestures, signs, symbols and flags.
KINDS = {
    "body-parts": "body part", "animal-mammal": "mammal", "animal-bird": "bird", "animal-amphibian": "amphibian",
    "animal-reptile": "reptile", "animal-marine": "marine animal", "animal-bug": "invertebrate",
    "plant-flower": "flower", "plant-other": "plant", "food-fruit": "fruit", "food-vegetable": "vegetable",
    "food-prepared": "food", "food-asian": "food", "food-sweet": "dessert", "drink": "drink", "dishware": "tableware",
    "place-geographic": "geological formation", "place-building": "building", "place-religious": "building",
    "place-other": "structure", "transport-ground": "vehicle", "transport-water": "vessel", "transport-air": "aircraft",
    "hotel": "", "time": "timepiece", "sky-weather": "weather", "event": "", "award-medal": "award", "sport": "sport",
    "game": "", "arts-crafts": "", "clothing": "clothing", "sound": "", "music": "music",
    "musical-instrument": "musical instrument", "phone": "telephone", "computer": "computer", "light-video": "",
    "book-paper": "", "money": "", "mail": "", "writing": "writing implement", "office": "office", "lock": "",
    "tool": "tool", "science": "instrument", "medical": "", "household": "", "other-object": "", "person": "person",
    "person-role": "worker", "person-fantasy": "mythical being",
}  # fmt: skip
# Presets that stand for what is done or who works there, for relations, and for parts of the editor.
_NO_THINGS = (
    "@templates",
    "type",
    "route",
    "relation",
    "point",
    "line",
    "area",
    "craft",
    "office",
    "healthcare",
    "club",
)
# Names by which WordNet means something else than the picture or the map does.
MISLEADING = {
    "american football", "backpack", "baseball", "basketball", "black cat", "boar", "bubbles", "bullseye", "cityscape",
    "dragon", "hut", "lollipop", "rugby football", "softball", "sparkles", "volleyball", "woman’s hat", "yarn",
    "Aquarium", "Artwork", "Car Repair Shop", "Emergency Exit", "Fast Food", "Fire Pit", "Golf Hole", "Hut", "Island",
    "Locality", "Lounger", "Mooring", "Police", "Saddle", "Stile", "Water Tank",
}  # fmt: skip
_WORDS = 3  # what has more describes the picture; Vietnamese writes syllables apart
_NO_NAME = re.compile(r"[/()\[\]{}:;,“”„\"«»…]|\d")  # alternatives, remarks and sentences
_NO_EMOJI = re.compile(r"^(wo)?m[ae]n |^person |[’]clock|-thirty| face$")


def emoji(cache: Path) -> Iterator[tuple[str, list[str], str, Mapping[str, list[str]]]]:
    """Yield key, English names, kind, and names by language of each emoji that shows a thing."""
    groups = read_files(fetch(GROUPS, cache), ["en/data.json", "meta/groups.json"])
    subgroups = json.loads(groups["meta/groups.json"])["subgroups"]
    places = {tag: f"annotations/{tag}/annotations.json" for tag in ("en", *LANGUAGES)}
    files = read_files(fetch(ANNOTATIONS, cache), places.values())
    spoken = {tag: json.loads(files[place])["annotations"]["annotations"] for tag, place in places.items()}
    for entry in json.loads(groups["en/data.json"]):
        kind = KINDS.get(subgroups.get(str(entry.get("subgroup")), ""))
        characters = entry["emoji"].replace("\ufe0f", "")
        said = {tag: annotations.get(characters, {}).get("tts", []) for tag, annotations in spoken.items()}
        english = said.pop("en")
        if kind is not None and english and not _NO_EMOJI.search(english[0]):
            yield "-".join(f"{ord(character):x}" for character in characters), english, kind, said


def presets(cache: Path) -> Iterator[tuple[str, list[str], str, Mapping[str, list[str]]]]:
    """Yield key, English names, name of the preset above, and names by language of each preset."""
    tags = [tag for tag in ("en", *LANGUAGES) if tag not in _UNTRANSLATED]
    places = {tag: f"dist/translations/{_ELSEWHERE.get(tag, tag)}.json" for tag in tags}
    files = read_files(fetch(PRESETS, cache), ["dist/presets.json", *places.values()])
    spoken = {}
    for tag, place in places.items():
        (texts,) = json.loads(files[place]).values()
        spoken[tag] = texts.get("presets", {}).get("presets", {})
    for key, preset in json.loads(files["dist/presets.json"]).items():
        said = {tag: _called(texts.get(key, {})) for tag, texts in spoken.items()}
        english = said.pop("en")
        if english and preset.get("searchable") is not False and key.split("/")[0] not in _NO_THINGS:
            yield key, english, "".join(_called(spoken["en"].get(key.rpartition("/")[0], {}))[:1]), said


def _called(texts: Mapping[str, Any]) -> list[str]:
    """Return the name of a preset and its aliases, which are lines or a list."""
    aliases = texts.get("aliases", [])
    lines = aliases.split("\n") if isinstance(aliases, str) else aliases
    return [text for text in (texts.get("name"), *lines) if isinstance(text, str) and text.strip()]


def rows(entries: Iterable[tuple[str, list[str], str, Mapping[str, list[str]]]]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of what WordNet has a noun for, and for no person whose shop is meant."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, wordnet.read_synsets())
    candidates = Candidates(draft, wordnet.read_exceptions())
    for key, english, kind, said in entries:
        english = _distinct(english)
        senses = next(filter(None, (candidates.exact(parse(text)) for text in english)), [])
        files = {draft.concepts[sense.name.concept].lexfile for sense in senses}
        if not senses or english[0] in MISLEADING or ("/" in key and "noun.person" in files):
            continue
        cells = ("|".join(_distinct(said.get(language, []), language)) for language in LANGUAGES)
        yield key, english[0], "|".join(english[1:]), kind, *cells


def _distinct(texts: Iterable[str], language: str = "en") -> list[str]:
    """Return the texts that are names, each once."""
    plain = dict.fromkeys(" ".join(unicodedata.normalize("NFC", text).replace("|", "/").split()) for text in texts)
    short = (text for text in plain if text and (len(text.split()) <= _WORDS or language == "vi"))
    return [text for text in short if not _NO_NAME.search(text)]


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "packages"
    parser.add_argument("--cache", type=Path, default=cache, metavar="DIR", help="keep the packages here")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    arguments = parser.parse_args()
    for name, entries in (("cldr", emoji(arguments.cache)), ("osm", presets(arguments.cache))):
        found = list(rows(entries))
        lines = ["\t".join((*COLUMNS, *LANGUAGES)), *map("\t".join, found)]
        text = "".join(f"{line}\n" for line in lines).encode()
        file = shipped.data_dir() / "knowledge" / f"{name}.tsv.xz"
        if arguments.check:
            if not file.is_file() or lzma.decompress(file.read_bytes()) != text:
                raise CollectError(f"{file} is not what the package gives; run scripts/collect_names.py")
            continue
        file.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
        names = sum(len(cell.split("|")) for row in found for cell in row[len(COLUMNS) :] if cell)
        print(f"{file}: {len(found):,} classes, {names:,} names, {file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    try:
        main()
    except CollectError as error:
        sys.exit(f"error: {error}")
