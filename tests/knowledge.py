"""What the tests of knowledge exports share: a small taxonomy with texts that formats stumble over, and its facts."""

from __future__ import annotations

from pathlib import Path

import taxonomy
from taxonomy.concept import KNOWLEDGE, Source, SourceClass, Vocabulary
from taxonomy.export import Choice, Report, export, exporter, options

HARD = 'say "cheese" \\ <b>& Co</b> \U0001f418 |,;\'{}#'
"""A name with all that syntaxes escape, and an astral character."""

VOCABULARIES = (
    Vocabulary(
        Source(name="3d_things", title='The "3D" list', version="1", data_licence="CC-BY-4.0", homepage="no address"),
        (
            SourceClass("0", "dog", wnid="n02084071"),
            SourceClass('a b/ü<>"{}|^`\\%20', HARD, parent="dog", definition=f"what is {HARD}"),
            SourceClass("2", "dogs of war", parent="dog", synonyms=("Dogs of War", "war dogs")),
        ),
    ),
    Vocabulary(
        Source(name="pets", kind=KNOWLEDGE, homepage="https://example.org/pets?a=1&b=2"),
        (
            SourceClass(
                "n02084071", "dog", wnid="n02084071", names=(("de", "Hund"), ("de", "Köter"), ("zh-Hant", "狗"))
            ),
            SourceClass("breed", "kind of pet", parents=("n02084071",), ids=("wd:Q1",), mid="/m/0abc"),
            SourceClass("rex", "Rex", types=("breed",)),
            SourceClass("Canis minor", "little dog", parents=("n02084071",), scientific_name="Canis minor"),
        ),
    ),
)


def whole(t: taxonomy.Taxonomy, format: str, path: Path, **given: object) -> Report:
    """Export all concepts."""
    chosen = exporter(format)
    return export(t, format, path, Choice(whole=True), options(chosen, path, **given), force=True)


def facts(t: taxonomy.Taxonomy, source: str = "") -> tuple[set[tuple[str, ...]], ...]:
    """Return the concepts, the edges and the names of a taxonomy, with ids as they were before ``source`` took them."""

    def id(text: str) -> str:
        return text.removeprefix(f"{source}:")

    concepts = {(id(key), name, text) for key, name, text in t.execute("SELECT id, name, definition FROM concept")}
    edges = {
        (id(child), id(parent), kind)
        for child, parent, kind in t.execute(
            "SELECT a.id, b.id, kind FROM edge JOIN concept a ON a.key = child JOIN concept b ON b.key = parent"
        )
    }
    names = {
        (id(concept), text, language)
        for concept, text, language in t.execute(
            "SELECT id, text, language FROM name JOIN concept ON concept.key = concept"
        )
    }
    return concepts, edges, names
