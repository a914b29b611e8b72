"""How fast a Wikidata dump is read, as a share of how fast it is decompressed.

Makes a dump of made-up entities that look like Wikidata's (about 10 kB each: labels and descriptions in many
languages, statements with qualifiers and references, sitelinks), one in sixteen of them a class or a taxon, packs it
as .gz, .bz2 and .zst, and times the fastest decompressor that is installed alone, and the reader with its workers.

    python scripts/benchmark_wikidata.py --entities 20000
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from taxonomy.sources._format import Choice
from taxonomy.sources.wikidata import dump, streams

_CLASSES = 16  # one entity in so many is a class or a taxon
_LANGUAGES = (
    "en de fr es it nl pl pt ru sv uk vi war ceb arz ar az bg ca cs da el eo et eu fa fi gl he hi hr hu hy id ja ka kk "
    "ko la lt lv mk ms nb nn oc ro sh sk sl sr ta te th tr tt ur uz zh zh-hans zh-hant en-gb en-ca de-ch pt-br"
)
_SYLLABLES = "ka lo mi ra ten vor sel dan pu shi gra mon tel fu nor wick ham ber lin sta oro ves zan"
_ITEMS = ("P31", "P17", "P131", "P106", "P27", "P19", "P361", "P136", "P495", "P50", "P1433")
_IDS = ("P8814", "P214", "P227", "P244", "P213", "P646", "P2671", "P345", "P373", "P846", "P685")


def entities(count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield the JSON of so many entities; Q1 and, from the second on, every sixteenth is a class below Q1."""
    dice = random.Random(seed)
    for number in range(1, count + 1):
        yield json.dumps(_entity(number, dice), separators=(",", ":")).encode()


def _entity(number: int, dice: random.Random) -> dict[str, Any]:
    name = " ".join(
        "".join(dice.choices(_SYLLABLES.split(), k=dice.randint(1, 3))).title() for _ in range(dice.randint(1, 3))
    )
    languages = sorted(dice.sample(_LANGUAGES.split(), dice.randint(3, 30)))
    what = dice.choice(("village", "scientific article", "gene", "film", "species of beetle", "river", "painter"))
    claims = {key: [_item(number, key, dice.randrange(1, 10**8), dice)] for key in dice.sample(_ITEMS, 8)}
    claims |= {key: [_text(number, key, str(dice.randrange(10**9)), dice)] for key in dice.sample(_IDS, 7)}
    if number % _CLASSES == 0:
        parent = 1 if number < 100 * _CLASSES else _CLASSES * dice.randrange(1, number // _CLASSES)
        key = dice.choice(("P279", "P171"))
        claims[key] = [_item(number, key, parent, dice)]
    return {
        "type": "item",
        "id": f"Q{number}",
        "labels": {code: {"language": code, "value": name} for code in languages},
        "descriptions": {
            code: {"language": code, "value": f"{what} {code} {dice.randrange(1800, 2025)}"} for code in languages[:12]
        },
        "aliases": {code: [{"language": code, "value": f"{name} {n}"} for n in range(2)] for code in languages[:3]},
        "claims": claims,
        "sitelinks": {f"{code}wiki": {"site": f"{code}wiki", "title": name, "badges": []} for code in languages[::2]},
        "lastrevid": dice.randrange(10**9),
    }


def _item(number: int, key: str, value: int, dice: random.Random) -> dict[str, Any]:
    numeric = {"entity-type": "item", "numeric-id": value, "id": f"Q{value}"}
    return _statement(number, key, "wikibase-item", {"value": numeric, "type": "wikibase-entityid"}, dice)


def _text(number: int, key: str, value: str, dice: random.Random) -> dict[str, Any]:
    return _statement(number, key, "external-id", {"value": value, "type": "string"}, dice)


def _statement(number: int, key: str, kind: str, value: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    guid = f"{dice.getrandbits(128):032X}"
    source = {
        "snaktype": "value",
        "property": "P143",
        "datavalue": {
            "value": {"entity-type": "item", "numeric-id": 328, "id": f"Q{dice.choice((328, 206855, 48183))}"},
            "type": "wikibase-entityid",
        },
        "datatype": "wikibase-item",
    }
    return {
        "mainsnak": {"snaktype": "value", "property": key, "datavalue": value, "datatype": kind},
        "type": "statement",
        "id": f"Q{number}${guid[:8]}-{guid[8:12]}-{guid[12:16]}-{guid[16:20]}-{guid[20:]}",
        "rank": "normal",
        "references": [
            {"hash": f"{dice.getrandbits(12):040x}", "snaks": {"P143": [source]}, "snaks-order": ["P143"]},
        ],
    }


def write(folder: Path, count: int, copies: int) -> dict[str, Path]:
    """Write the dump in every packing that can be written; return the files by their suffix.

    Packed files may be put one behind the other, so a large dump is several copies of a small one.
    """
    text = b"[\n" + b",\n".join(entities(count)) + b"\n]\n"
    packers: dict[str, Callable[[bytes], bytes]] = {".gz": lambda data: gzip.compress(data, 6), ".bz2": bz2.compress}
    try:
        import zstandard
    except ImportError:
        print("zstandard is not installed: no .zst")
    else:
        packers[".zst"] = zstandard.ZstdCompressor(level=10).compress
    print(f"{count} entities of {len(text) / count / 1000:.1f} kB, {copies} times: {len(text) * copies / 1e9:.2f} GB")
    files = {}
    for suffix, pack in packers.items():
        files[suffix] = folder / f"dump.json{suffix}"
        packed = pack(text)
        print(f"{suffix:5} packs to 1/{len(text) / len(packed):.1f}")
        with files[suffix].open("wb") as stream:
            for _ in range(1 if suffix == ".bz2" else copies):  # it is so slow that one is enough
                stream.write(packed)
    return files


class Time(NamedTuple):
    """Seconds that something took by the clock, and of CPU in this process and in its workers."""

    clock: float
    own: float
    workers: float


def measure(work: Callable[[], int]) -> tuple[Time, int]:
    """Return what a piece of work took, and what it returned."""
    before, clock = _cpu(), time.perf_counter()
    found = work()
    after = _cpu()
    return Time(time.perf_counter() - clock, after[0] - before[0], after[1] - before[1]), found


def _cpu() -> tuple[float, float]:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, workers = (usage.ru_utime + usage.ru_stime for usage in usages)
    return own, workers


def unpack(path: Path) -> int:
    """Unpack a file as fast as its package can, and do nothing else; return the bytes."""
    if path.suffix != ".zst":
        return sum(map(len, streams.chunks(path)))
    import zstandard

    with path.open("rb", buffering=0) as packed:
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(packed, read_across_frames=True)
        return sum(map(len, iter(lambda: stream.read(1 << 17), b"")))


def read(path: Path, choice: Choice, workers: int) -> int:
    """Read a dump, which is two passes; return the number of classes."""
    return sum(1 for _ in dump.chosen(path, lambda where, what: None, choice, workers=workers))


def main() -> None:
    """Print for each packing how fast it is unpacked, and the share of that at which it is read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entities", type=int, default=20_000)
    parser.add_argument("--copies", type=int, default=8, help="how often the entities follow each other in the file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts")
    options = parser.parse_args()
    # A branch with one in a hundred entities, and all one in sixteen that have a superclass.
    choices = {"a branch": Choice(roots=(f"Q{_CLASSES * 3}",)), "all classes": Choice()}
    with tempfile.TemporaryDirectory() as folder:
        for suffix, path in write(Path(folder), options.entities, options.copies).items():
            for what, choice in choices.items():
                _compare(f"{suffix:5} {what:12}", path, choice, options.workers, options.rounds)


def _compare(title: str, path: Path, choice: Choice, workers: int, rounds: int) -> None:
    """Unpack and read in turn, for machines are noisy, and print the medians for one pass.

    The share by the clock depends on what else runs.  That by CPU time is what it would be on free cores: what is
    done in this process takes its time, and all together takes the time of so many cores.
    """
    pairs = []
    for _ in range(rounds):
        alone, size = measure(partial(unpack, path))
        reading, rows = measure(partial(read, path, choice, workers))
        pairs.append((alone, Time(*(seconds / 2 for seconds in reading))))
    clock = statistics.median(alone.clock / reading.clock for alone, reading in pairs)
    shares = {
        cores: statistics.median(
            _elapsed(alone, path, cores) / _elapsed(reading, path, cores) for alone, reading in pairs
        )
        for cores in (2, 3)
    }
    speed = size / statistics.median(alone.own for alone, _ in pairs) / 1e6
    own, others = (statistics.median(reading[place] for _, reading in pairs) / size * 1e9 for place in (1, 2))
    print(
        f"{title} unpacks at {speed:5.0f} MB/s of CPU; read at {shares[2]:4.0%} of that on 2 free cores, "
        f"{shares[3]:.0%} on 3, {clock:.0%} by the clock; of CPU a GB {own:.2f} s here, {others:.2f} s in workers "
        f"({rows} rows)",
        flush=True,
    )


def _elapsed(took: Time, path: Path, cores: int) -> float:
    """Return the seconds that something takes on so many free cores; only bzip2 is unpacked on all of them."""
    here = took.own / cores if path.suffix == ".bz2" else took.own
    return max(here, (took.own + took.workers) / cores)


if __name__ == "__main__":
    main()
