"""Databases that several test files read, built once a session.  Never change them: copy first."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import knowledge
import pytest
from exported import DATASETS
from loopback import Server, serving

import taxonomy
from taxonomy import build
from taxonomy.concept import BASES, ROOT, Source, SourceClass, Vocabulary
from taxonomy.draft import Draft
from taxonomy.export import export
from taxonomy.fetch import Patience
from taxonomy.linking import Linker
from taxonomy.merging import add_wordnet
from taxonomy.sources import shipped, wordnet

DOG, CAT, CRANE_BIRD, CRANE_MACHINE = "n02084071", "n02121620", "n02012849", "n03126707"
CARNIVORE, BIG_CAT, ORGANISM, GROUP = "n02075296", "n02127808", "n00004475", "n00031264"
# What the linker itself asks of WordNet: organisms, taxonomic groups, and the stages of life.
NEEDED = {ROOT, ORGANISM, GROUP, "n07992450", "n01321579", "n02311060", "n01320872", "n01321230"}


def vocabulary(
    name: str, *classes: SourceClass | str, domain: str = "", min_confidence: float | None = None
) -> Vocabulary:
    """Make a vocabulary; a class that is only a name gets its place as its key."""
    entries = (SourceClass(str(i), c) if isinstance(c, str) else c for i, c in enumerate(classes))
    return Vocabulary(Source(name=name, domain=domain, min_confidence=min_confidence), tuple(entries))


def lineage(*taxa: str) -> str:
    """Write a lineage as the shipped vocabularies do."""
    return " > ".join(taxa)


SMALL = (
    # wnids that the source gives; both cranes
    vocabulary(
        "zoo",
        *(
            SourceClass(wnid, name, wnid=wnid)
            for wnid, name in ((DOG, "dog"), (CAT, "cat"), (CRANE_BIRD, "crane"), (CARNIVORE, "carnivore"))
        ),
    ),
    # MIDs: of a synset, and of a concept that WordNet lacks
    vocabulary(
        "open",
        SourceClass("/m/0bt9lr", "Dog", mid="/m/0bt9lr"),
        SourceClass("/m/01g317", "Person", mid="/m/01g317"),
        SourceClass("/m/0h8n5zk", "Kitchen & dining room table", mid="/m/0h8n5zk"),
        SourceClass("/m/0199g", "Bicycle", mid="/m/0199g", synonyms=("push bike",)),
    ),
    # exact names, head nouns, classes under classes, and two that nothing places
    vocabulary(
        "street",
        "traffic light",
        "construction_crane",
        SourceClass("crane", "crane", wnid=CRANE_MACHINE),
        "police car",
        SourceClass("ev", "rapid responder", parent="police car"),
        SourceClass("ev2", "rapid responder on duty", parent="ev"),
        SourceClass("void", "xqzzt"),
        SourceClass("below void", "xqzzu", parent="void"),
        "plush table runner",
    ),
    # a domain
    vocabulary("birds", "Laysan_Albatross", "Bombay", "Great Frobnicator", "crane", domain="bird.n.01"),
    # lineages
    vocabulary(
        "species",
        SourceClass(
            "0",
            "Panthera imaginaria",
            parent=lineage("Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera"),
            scientific_name="Panthera imaginaria",
        ),
        SourceClass(
            "1",
            "Canis lupus",
            parent=lineage("Animalia", "Chordata", "Mammalia", "Carnivora", "Canidae", "Canis"),
            scientific_name="Canis lupus",
        ),
        domain="organism.n.01",
    ),
    # what others hold too, by other keys and in other writings
    vocabulary(
        "again",
        SourceClass("1", "Traffic_Light", synonyms=("stop-and-go light",)),
        SourceClass("2", "dogs"),
        SourceClass("3", "Kitchen & dining room table", mid="/m/0h8n5zk"),
        SourceClass("4", "plush table-runner"),
        SourceClass("5", "Panthera imaginaria", scientific_name="Panthera imaginaria"),
    ),
)


@pytest.fixture(scope="session")
def small_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """WordNet and six small vocabularies (`SMALL`) that are linked in every way there is."""
    path = tmp_path_factory.mktemp("small") / "small.db"
    build.build(SMALL, path)
    return path


@pytest.fixture(scope="session")
def full_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default build without its knowledge bases: every shipped vocabulary, in index order."""
    path = tmp_path_factory.mktemp("full") / "full.db"
    build.build([shipped.read(name) for name in shipped.names("vocabulary")], path)
    return path


@pytest.fixture(scope="session")
def default_db(full_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default build, by merging its knowledge bases and names, which gives the same."""
    path = Path(shutil.copy(full_db, tmp_path_factory.mktemp("default") / "default.db"))
    build.merge([shipped.read(name) for kind in BASES for name in shipped.names(kind)], path)
    return path


@pytest.fixture(scope="session")
def small(small_db: Path) -> Iterator[taxonomy.Taxonomy]:
    """`small_db`, open."""
    with taxonomy.open(small_db) as opened:
        yield opened


@pytest.fixture(scope="session")
def full(full_db: Path) -> Iterator[taxonomy.Taxonomy]:
    """`full_db`, open."""
    with taxonomy.open(full_db) as opened:
        yield opened


@pytest.fixture(scope="session")
def synsets() -> list[wordnet.Synset]:
    """Every noun synset of the shipped WordNet."""
    return list(wordnet.read_synsets())


@pytest.fixture(scope="session")
def exceptions() -> dict[str, tuple[str, ...]]:
    """WordNet's irregular plurals."""
    return wordnet.read_exceptions()


@pytest.fixture(scope="session")
def wordnet_draft(synsets: list[wordnet.Synset]) -> Draft:
    """All of WordNet in memory, to link against; do not add to it."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, synsets)
    return draft


@pytest.fixture(scope="session")
def linker(wordnet_draft: Draft, exceptions: dict[str, tuple[str, ...]]) -> Linker:
    """A linker over all of WordNet."""
    return Linker(wordnet_draft, exceptions, lambda where, what: None)


def sense_of(draft: Draft, key: int | None) -> str | None:
    """Return the name of a sense, such as crane.n.04."""
    if key is None:
        return None
    first = draft.names_of(key)[0]
    return f"{first.text.replace(' ', '_').lower()}.n.{first.sense:02}"


@pytest.fixture(scope="session")
def few_synsets(synsets: list[wordnet.Synset]) -> list[wordnet.Synset]:
    """A hundred or so of WordNet's own synsets, with all that is above them: what builds in milliseconds."""
    by_id = {synset.wnid: synset for synset in synsets}
    seeds = ("dog", "cat", "crane", "car", "truck", "table", "runner", "Felidae", "Panthera", "leopard", "bird")
    stack = [*NEEDED, *(s.wnid for s in synsets if any(lemma.text in seeds for lemma in s.lemmas))]
    kept: set[str] = set()
    while stack:
        wnid = stack.pop()
        if wnid not in kept:
            kept.add(wnid)
            stack += [target for _, target in by_id[wnid].relations]
    return [synset for synset in synsets if synset.wnid in kept]


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table with its rowid, and the search index term by term; not when it was built."""
    with closing(sqlite3.connect(path)) as connection:
        schema = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        rows: dict[str, list[tuple[object, ...]]] = {}
        for table, sql in schema:
            if not table.startswith("name_trigram"):
                columns = "*" if "WITHOUT ROWID" in sql else "rowid, *"
                rows[table] = connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # in order of the key
        connection.execute("CREATE VIRTUAL TABLE temp.term USING fts5vocab (main, name_trigram, instance)")
        rows["name_trigram"] = connection.execute("SELECT term, doc FROM term ORDER BY term, doc").fetchall()
        return rows


@pytest.fixture(scope="session")
def few_build(few_synsets: list[wordnet.Synset], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build vocabularies over `few_synsets` into a new file, in milliseconds."""
    folder = tmp_path_factory.mktemp("few")
    numbers = itertools.count()

    def built(*vocabularies: Vocabulary) -> Path:
        path = folder / f"{next(numbers)}.db"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wordnet, "read_synsets", lambda: iter(few_synsets))
            build.build(vocabularies, path)
        return path

    return built


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture(scope="session")
def export_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build three datasets: a diamond above dog, concepts that WordNet lacks, a class that nothing places."""
    path = tmp_path_factory.mktemp("export") / "t.db"
    build.build(DATASETS, path)
    return path


@pytest.fixture(scope="session")
def t(export_db: Path):
    with taxonomy.open(export_db) as opened:
        yield opened


@pytest.fixture(scope="session")
def few_t(few_build: Callable[..., Path]) -> Iterator[taxonomy.Taxonomy]:
    """Open the same datasets over `few_synsets`."""
    with taxonomy.open(few_build(*DATASETS)) as opened:
        yield opened


@pytest.fixture(scope="session")
def pets_db(few_build: Callable[..., Path]) -> Path:
    """Build what knowledge exports stumble over."""
    return few_build(*knowledge.VOCABULARIES)


@pytest.fixture(scope="session")
def pets(pets_db: Path) -> Iterator[taxonomy.Taxonomy]:
    with taxonomy.open(pets_db) as opened:
        yield opened


@pytest.fixture(scope="session")
def opened(few_build: Callable[..., Path]) -> Iterator[taxonomy.Taxonomy]:
    """Open the dataset for formats of classes."""
    from classes import OPEN  # which needs the constants above

    with taxonomy.open(few_build(OPEN)) as opened:
        yield opened


@pytest.fixture
def written(opened: taxonomy.Taxonomy, tmp_path: Path) -> Callable[[str], Path]:
    """Export that in a format."""

    def write(format: str) -> Path:
        export(opened, format, tmp_path / format)
        return tmp_path / format

    return write


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serve on loopback what is to be fetched."""
    yield from serving(monkeypatch)


@pytest.fixture
def pauses() -> list[float]:
    """Collect how long fetching would have waited."""
    return []


@pytest.fixture
def patience(pauses: list[float]) -> Patience:
    """Fetch without waiting."""
    return Patience(connect=5, stall=0.2, tries=4, sleep=pauses.append)
