"""Crawl lists, read by the crawlers that they are for."""

from __future__ import annotations

from math import ceil
from queue import Empty
from urllib.parse import parse_qs, urlsplit

import pytest
from consumers import consumer
from crawled import rows, vocabularies

import taxonomy


@pytest.fixture(scope="module")
def crawl(few_build):
    with taxonomy.open(few_build(*vocabularies())) as t:
        yield rows(t, languages=("en", "fr", "zh"), budget=500)


def fed(feeder, **keywords) -> list[str]:
    """Return the URLs that a feeder gives to its parsers."""
    feeder.feed(**keywords)
    urls = []
    while True:
        try:
            urls.append(feeder.out_queue.get_nowait())
        except Empty:
            return urls


@pytest.mark.parametrize(
    ("engine", "key", "page"), [("GoogleFeeder", "q", 100), ("BingFeeder", "q", 20), ("BaiduFeeder", "word", 30)]
)
def test_icrawler_asks_for_each_query_as_often_as_its_budget_says(crawl, engine, key, page):
    """Else a crawl asks for something else than what the list says, or stops short."""
    consumer("icrawler")
    feeders = consumer(f"icrawler.builtin.{engine.removesuffix('Feeder').lower()}")
    signal = consumer("icrawler.utils").Signal()
    feeder = getattr(feeders, engine)(1, signal, None)
    for row in crawl:
        urls = fed(feeder, keyword=row["query"], offset=0, max_num=row["budget"])
        assert len(urls) == ceil(row["budget"] / page)
        assert all(parse_qs(urlsplit(url).query)[key] == [row["query"]] for url in urls)
