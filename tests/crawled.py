"""What the tests of crawlers' formats share: names that are hard to search for, and the rows that are made of them."""

from __future__ import annotations

import io
import json
from typing import Any

from exported import group

import taxonomy
from taxonomy.concept import NAMES, Source, SourceClass, Vocabulary
from taxonomy.export import Choice, Options, exporter, select, write

DOG, CAT, CRANE_BIRD, CRANE_MACHINE = "n02084071", "n02121620", "n02012849", "n03126707"

CLASSES = (
    SourceClass("dog", "dog", wnid=DOG, synonyms=("Dogs",)),
    SourceClass("cat", "cat", wnid=CAT),
    SourceClass("bird", "crane", wnid=CRANE_BIRD),
    SourceClass("machine", "crane", wnid=CRANE_MACHINE, synonyms=("AHC",)),
    SourceClass("sofa", "plush cat & dining-room sofa-bed #3 50% + 1", parent="dog"),
    SourceClass("red", "red plush dog", parent="dog"),
    SourceClass("blue", "blue plush dog", parent="dog"),
)
NAMED = (
    SourceClass("dog", "dog", wnid=DOG, names=(("fr", "chien"), ("zh-Hant", "狗"))),
    SourceClass("cat", "cat", wnid=CAT, names=(("fr", "chat"), ("de", "Katze"))),
    SourceClass("bird", "crane", wnid=CRANE_BIRD, names=(("fr", "grue"),)),
    SourceClass("machine", "crane", wnid=CRANE_MACHINE, names=(("fr", "grue"),)),
    SourceClass("wading bird", "wading bird", names=(("fr", "échassier"),)),
)


def vocabularies() -> tuple[Vocabulary, Vocabulary]:
    """Make a list of classes, and what some are called in other languages."""
    return group("shop", *CLASSES), Vocabulary(Source(name="tongues", kind=NAMES), NAMED)


def written(t: taxonomy.Taxonomy, format: str, choice: Choice | None = None, **options: Any) -> str:
    out = io.StringIO()
    chosen = exporter(format)
    write(chosen, select(t, choice or Choice(datasets=("shop",)), Options(**options)), out)
    return out.getvalue()


def rows(t: taxonomy.Taxonomy, format: str = "crawl-jsonl", **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(t, format, **options).splitlines()]
