"""Formats for crawlers: what is searched for, how often, and in files that their readers take as they are."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from crawled import CAT, CRANE_BIRD, CRANE_MACHINE, DOG, rows, vocabularies, written
from exported import group
from hypothesis import given
from hypothesis import strategies as st
from shell import run

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.export import Choice, Options, export
from taxonomy.export.crawling.budget import fill
from taxonomy.export.crawling.phrases import spoken
from taxonomy.text import form


@pytest.fixture(scope="module")
def t(few_build):
    with taxonomy.open(few_build(*vocabularies())) as opened:
        yield opened


def queries(t, **options) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows(t, **options):
        found.setdefault(row["concept"], []).append((row["query"], row["intent"]))
    return found


def test_homonyms_are_told_apart_by_what_they_are(t):
    """Else half the images of the bird are building sites: torchvision once merged the two cranes."""
    found = queries(t)
    assert ("crane bird", "disambiguated") in found[CRANE_BIRD]
    assert ("crane lifting device", "disambiguated") in found[CRANE_MACHINE]
    assert not any(text == "crane" for each in found.values() for text, _ in each)


def test_a_name_that_people_mean_one_thing_by_stays_as_it_is(t):
    """Else one searches for "dog canine", since WordNet calls an andiron a dog too."""
    assert queries(t)[DOG][0] == ("dog", "name")


def test_no_text_is_searched_for_twice(t):
    """Else the images of one query land in two classes, or are paid for twice."""
    found = rows(t, languages=("en", "fr", "de", "zh"))
    texts = Counter(form(row["query"]) for row in found)
    assert max(texts.values()) == 1
    assert "Dogs" not in {row["query"] for row in found}  # finds what "dog" does


def test_names_in_other_languages_are_told_apart_in_their_own(t):
    """Else French *grue* finds building sites, and "grue bird" is in no language."""
    found = rows(t, languages=("en", "fr", "zh"))
    assert ("狗", "zh-Hant", "translated") in {(row["query"], row["language"], row["intent"]) for row in found}
    assert "chien" in {row["query"] for row in found}
    cranes = [(row["query"], row["concept"]) for row in found if row["query"].startswith("grue")]
    assert cranes == [("grue échassier", CRANE_BIRD)]


def test_hypernyms_that_the_definition_names_make_further_queries(t):
    """Else a search engine's few hundred images are all there are; ImageNet appended words of parents as well."""
    made = [(row["query"], row["concept"]) for row in rows(t) if row["intent"] == "with parent"]
    assert ("cat feline", CAT) in made


def test_concepts_that_nothing_tells_apart_have_queries_of_their_own(few_build):
    """Else a class has no images at all, since its twin under the same hypernym has its name too."""
    twins = ("n04379243", "n04379964")  # both a piece of furniture
    with taxonomy.open(few_build(group("shop", *(SourceClass(wnid, "table", wnid=wnid) for wnid in twins)))) as t:
        found = queries(t)
    assert all(found[wnid] for wnid in twins)
    assert len({text for each in found.values() for text, _ in each}) == sum(map(len, found.values()))


def test_abbreviations_do_not_go_alone(t):
    """Else "AHC" finds whatever else is called so."""
    found = dict(queries(t)[CRANE_MACHINE])
    assert "AHC" not in found
    assert found["AHC lifting device"] == "disambiguated"


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Laysan_Albatross", "Laysan Albatross"),
        ("bow (weapon)", "bow weapon"),
        ("Crambe (in: sponges)", "Crambe sponges"),
        ("bus/indoor", "bus indoor"),
        ("9/11", "9/11"),
        ("fencing -sport", "fencing sport"),
        ("wasps, ants & allies", "wasps ants"),
        ("rabbits & hares", "rabbits and hares"),
        ('"Tropheryma"', "Tropheryma"),
        ("[Candida] blankii", "Candida blankii"),
        ("St. Bernard", "St. Bernard"),
        ("水果（食物）", "水果 食物"),
        ("Fuß\xadgänger", "Fußgänger"),
        ("--", ""),
    ],
)
def test_a_query_is_what_a_person_types(name, query):
    """Else a hyphen excludes, quotation marks insist, and an ampersand ends the query in a URL."""
    assert spoken(name) == query


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Kotlyaria sazanovi Kotlyar, 1992", "Kotlyaria sazanovi"),
        ("Eulalia aurea (Bory) Kunth, 1830", "Eulalia aurea"),
        ("Citrus japonica var. margarita", "Citrus japonica var. margarita"),
        ("Cottus sp. KU32240", ""),
        ("unclassified Danio", ""),
        ("Boophis albipunctatus group", ""),
        ("Bacteria incertae sedis", ""),
    ],
)
def test_biologists_names_are_bare_and_placeholders_are_none(name, query):
    """Else queries are of database records that no picture is captioned with."""
    assert spoken(name, scientific=True) == query


def test_the_rank_before_a_taxon_goes_and_a_family_bible_stays():
    """Else WordNet's "genus Canis" is searched for, beside "Canis"."""
    assert spoken("genus Canis", lexfile="noun.animal") == "Canis"
    assert spoken("family Bible", lexfile="noun.communication") == "family Bible"


@given(st.integers(0, 10_000), st.lists(st.integers(0, 500), min_size=1, max_size=30))
def test_a_budget_raises_the_smallest_to_one_level(total, have):
    """Else rare classes are starved, or more images are crawled than were paid for."""
    given = fill(total, have)
    assert sum(given) == total
    assert min(given) >= 0
    after = [old + new for old, new in zip(have, given, strict=True)]
    raised = [level for level, new in zip(after, given, strict=True) if new]
    assert not raised or max(raised) - min(after) <= 1


@pytest.mark.parametrize("budget", [1, 7, 1000])
def test_budgets_sum_up(t, budget):
    """Else nobody knows how many images will come."""
    found = rows(t, budget=budget)
    assert sum(row["budget"] for row in found) == budget
    shares = Counter()
    for row in found:
        shares[row["concept"]] += row["budget"]
    assert max(shares.values()) - min(shares.values()) <= 1


def test_concepts_with_images_get_fewer(t, tmp_path):
    """Else a crawl makes the head of a dataset longer and not its tail."""
    counts = tmp_path / "counts.tsv"
    counts.write_text(f"concept\timages\n{DOG}\t50\n")
    choice = Choice(datasets=("shop",), counts=counts)
    shares = Counter()
    for row in map(json.loads, written(t, "crawl-jsonl", choice, budget=60).splitlines()):
        shares[row["concept"]] += row["budget"]
    assert shares[DOG] == 0
    assert sum(shares.values()) == 60


def test_a_small_budget_goes_to_leaves_first(t):
    """Else *dog* takes the only image that *plush dog* could have, which shows a dog too."""
    took = [row["concept"] for row in rows(t, budget=2) if row["budget"]]
    assert DOG not in took


def test_csv_and_json_say_the_same(t):
    """Else what is crawled depends on the format."""
    table = list(csv.DictReader(io.StringIO(written(t, "crawl-csv", budget=100))))
    assert [
        {**row, "budget": int(row["budget"]), "safe": {"true": True, "false": False}[row["safe"]]} for row in table
    ] == rows(t, budget=100)
    assert all(row["budget"] == "" for row in csv.DictReader(io.StringIO(written(t, "crawl-csv"))))
    assert {row["safe"] for row in rows(t)} == {True}


def test_queries_are_safe_in_a_url_that_does_not_quote_them(t):
    """Else icrawler's Bing and Baidu feeders, which put a query into the URL as it is, ask for its first half."""
    sofa = next(row["query"] for row in rows(t) if "sofa" in row["query"])
    assert sofa == "plush cat and dining-room sofa-bed 3 50 1"
    for row in rows(t, languages=("en", "fr", "zh")):
        url = urlsplit(f"https://example.org/async?q={row['query']}&first=0")
        assert parse_qs(url.query) == {"q": [row["query"]], "first": ["0"]}


@pytest.mark.parametrize("format", ["crawl-jsonl", "crawl-csv"])
def test_shards_are_whole_and_say_what_is_in_them(t, tmp_path, format):
    """Else an interrupted crawl starts again, or skips what a machine never finished."""
    path = tmp_path / "crawl"
    report = export(t, format, path, Choice(datasets=("shop",)), Options(shards=3, budget=100))
    assert report.wrote.endswith("in 3 shards")
    manifest = json.loads((path / "manifest.json").read_text())
    assert sorted(each.name for each in path.iterdir()) == sorted(
        ["manifest.json", *(shard["file"] for shard in manifest["shards"])]
    )
    header = 1 if format == "crawl-csv" else 0
    together: list[str] = []
    for shard in manifest["shards"]:
        content = (path / shard["file"]).read_bytes()
        assert sha256(content).hexdigest() == shard["sha256"]
        lines = content.decode().splitlines()
        assert len(lines) == shard["lines"]
        assert shard["queries"] == len(lines) - header
        together += lines[header:]
    assert sum(shard["budget"] or 0 for shard in manifest["shards"]) == 100
    assert sorted(together) == sorted(written(t, format, budget=100).splitlines()[header:])


def test_a_concept_stays_in_its_shard(t, tmp_path):
    """Else after an update of the taxonomy nothing of a finished crawl can be told to be done."""

    def shards(name):
        export(t, "crawl-jsonl", tmp_path / name, Choice(datasets=("shop",)), Options(shards=4))
        return {
            json.loads(line)["concept"]: path.name
            for path in (tmp_path / name).glob("*.jsonl")
            for line in path.read_text().splitlines()
        }

    first = shards("a")
    again = shards("b")
    assert first == again
    assert len(set(first.values())) > 1


def test_shards_do_not_go_to_stdout_nor_over_a_file(t, tmp_path):
    """Else a folder is printed, or a user's file is gone."""
    with pytest.raises(InputError, match="a folder of files, and cannot go to stdout"):
        written(t, "crawl-csv", shards=2)
    mine = tmp_path / "crawl"
    mine.write_text("mine")
    with pytest.raises(InputError, match="exists; replace it with --force"):
        export(t, "crawl-csv", mine, Choice(datasets=("shop",)), Options(shards=2))
    assert mine.read_text() == "mine"


def test_a_language_without_names_is_said(t):
    """Else the crawl list is empty, and the user looks for the reason in the crawler."""
    with pytest.raises(InputError, match="has a name in xx"):
        rows(t, languages=("xx",))
    with pytest.raises(InputError, match="has a name in xx"):
        written(t, "metaclip-metadata", languages=("xx",))


def test_a_clip_retrieval_line_is_a_request(t):
    """Else the service answers 500: its ``post`` takes these keys without a default, and ``get`` of the others."""
    found = rows(t, format="clip-retrieval", languages=("en", "fr"), budget=1000)
    for request in found:
        assert request["modality"] in ("image", "text")
        assert request["num_images"] > 0
        assert request["indice_name"] is None  # then the service takes its first one
        assert request["text"]
        assert request["use_mclip"] is (request["language"] == "fr")
        assert not {"image", "image_url", "embedding_input"} & request.keys()
    assert sum(request["num_images"] for request in found) == 1000
    assert {request["num_images"] for request in rows(t, format="clip-retrieval")} == {40}


def spaced(caption: str) -> str:
    """Space a caption as MetaCLIP's ``substr_matching.spacing`` does."""
    caption = f" {caption} "
    for mark in (",", ".", ";", ":", "?", "!", "`"):
        caption = caption.replace(mark, f" {mark} ")
    return caption.replace("\t", " ").replace("\n", " ").replace("\r", " ")


def matched(caption: str, metadata: list[str]) -> set[str]:
    """Match a caption with entries by MetaCLIP's rule."""
    return {entry for entry in metadata if f" {entry} " in spaced(caption)}


def test_metaclip_finds_the_entries_in_captions(few_build):
    """Else entries with a full stop or a capital never match, and balancing throws their images away."""
    names = group(
        "shop", SourceClass("0", "dog", wnid=DOG), SourceClass("1", "St. Bernard dog"), SourceClass("2", "cat")
    )
    with taxonomy.open(few_build(names)) as t:
        metadata = json.loads(written(t, "metaclip-metadata"))
    assert isinstance(metadata, list)
    assert all(isinstance(entry, str) and entry == entry.strip() and entry for entry in metadata)
    assert len(set(metadata)) == len(metadata)
    assert {"dog", "St .  Bernard dog"} <= matched("My St. Bernard dog, asleep.", metadata)
    assert "st .  bernard dog" in matched("my st. bernard dog", metadata)
    assert "cat" in matched("dog, cat!", metadata)
    assert "cat" not in matched("catalogue of dogs", metadata)


@pytest.mark.parametrize("format", ["crawl-jsonl", "clip-retrieval"])
def test_crawlers_get_all_that_is_visual_and_safe_unless_asked(few_build, tmp_path, format):
    """Else a crawl asks for slurs, or only for what some dataset has already."""
    db = few_build(*vocabularies())
    found = {}
    for name, *more in (("all",), ("shop", "--datasets", "shop"), ("unsafe", "--include-unsafe")):
        path = tmp_path / name
        assert run("export", format, "-o", path, "--db", db, *more).code == 0
        found[name] = {json.loads(line)["concept"] for line in path.read_text().splitlines()}
    with taxonomy.open(db) as t:
        marks = dict(t.execute("SELECT id, safety FROM concept JOIN mark ON mark.concept = concept.key"))
    assert found["shop"] < found["all"] < found["unsafe"]
    assert {marks[id] for id in found["all"]} == {"safe"}
    assert {marks[id] for id in found["unsafe"]} > {"safe"}
