"""How fast a Wikidata dump is read, as a share of how fast it is decompressed.

Makes a dump of made-up entities that look like Wikidata's (about 10 kB each: labels and descriptions in many
languages, statements with qualifiers and references, sitelinks), one in sixteen of them a class or a taxon, packs it
as .gz, .bz2 and .zst, and times the fastest decompressor that is installed alone, and the reader with its workers.

A branch whose root has a superclass is one reading of the file; all classes are two, the second for what only is a
superclass.  The share is that of one reading: unpacking alone, once for each, in the time of the whole.  On N free
cores, the time of each of the two parts (up to the first class, and from there on) is the CPU time of all processes
over N, or that of this process where it is longer.

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
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
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


def write(folder: Path, count: int, copies: int, packings: Collection[str]) -> dict[str, Path]:
    """Write the dump in each of some packings; return the files by their suffix.

    Packed files may be put one behind the other, so a large dump is several copies of a small one.
    """
    text = b"[\n" + b",\n".join(entities(count)) + b"\n]\n"
    packers: dict[str, Callable[[bytes], bytes]] = {".gz": lambda data: gzip.compress(data, 6), ".bz2": bz2.compress}
    if ".zst" in packings:
        import zstandard

        packers[".zst"] = zstandard.ZstdCompressor(level=10).compress
    print(f"{count} entities of {len(text) / count / 1000:.1f} kB, {copies} times: {len(text) * copies / 1e9:.2f} GB")
    files = {}
    for suffix in packings:
        files[suffix] = folder / f"dump.json{suffix}"
        packed = packers[suffix](text)
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

    def on(self, cores: int, threads: bool) -> float:
        """Return the seconds on so many free cores; without threads one does what is done in this process."""
        return max(self.own / (cores if threads else 1), (self.own + self.workers) / cores)


class Stopwatch:
    """Takes the time from one call to the next; workers count where they end."""

    def __init__(self) -> None:
        self._now = self._read()

    def lap(self) -> Time:
        """Return the time since the last call."""
        before, self._now = self._now, self._read()
        return Time(*(after - start for start, after in zip(before, self._now, strict=True)))

    def _read(self) -> Time:
        own, workers = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return Time(time.perf_counter(), *(usage.ru_utime + usage.ru_stime for usage in (own, workers)))


def unpack(path: Path) -> tuple[Time, int]:
    """Unpack a file as fast as its package can, and do nothing else; return the time, and the bytes."""
    watch, size = Stopwatch(), 0
    view = memoryview(bytearray(1 << 18))
    with closing(streams.Stream(path)) as stream:
        while part := stream.readinto(view):
            size += part
    return watch.lap(), size


def read(path: Path, choice: Choice, workers: int) -> tuple[list[Time], int]:
    """Read a dump; return the time up to the first class and from there on, and the number of classes."""
    watch = Stopwatch()
    rows = dump.chosen(path, lambda where, what: None, choice, workers=workers)
    next(rows)
    first = watch.lap()
    count = 1 + sum(1 for _ in rows)
    return [first, watch.lap()], count


def main() -> None:
    """Print for each packing how fast it is unpacked, and the share of that at which it is read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entities", type=int, default=20_000)
    parser.add_argument("--copies", type=int, default=20, help="how often the entities follow each other in the file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts")
    parser.add_argument("--packings", nargs="+", default=[".gz", ".zst", ".bz2"])
    options = parser.parse_args()
    # A branch with one in a hundred entities, and all one in sixteen that have a superclass.
    choices = {"a branch": (Choice(roots=(f"Q{_CLASSES * 3}",)), 1), "all classes": (Choice(), 2)}
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), options.entities, options.copies, options.packings)
        for suffix, path in files.items():
            for what, (choice, readings) in choices.items():
                title = f"{suffix:5} {what:11}"
                _compare(title, path, choice, readings, options.workers, options.rounds)


def _compare(title: str, path: Path, choice: Choice, readings: int, workers: int, rounds: int) -> None:
    """Unpack and read in turn, for machines are noisy, and print the medians.

    The share by the clock depends on what else runs; that by CPU time is what it would be on free cores.
    """
    pairs = []
    for _ in range(rounds):
        alone, size = unpack(path)
        reading, rows = read(path, choice, workers)
        pairs.append((alone, reading))
    middle = statistics.median
    clock = middle(readings * alone.clock / sum(part.clock for part in reading) for alone, reading in pairs)
    threads = path.suffix == ".bz2"  # the only one that is unpacked on all cores
    shares = {
        cores: middle(
            readings * alone.on(cores, threads) / sum(part.on(cores, threads) for part in reading)
            for alone, reading in pairs
        )
        for cores in (2, 3)
    }
    speed = size / middle(alone.own for alone, _ in pairs) / 1e6
    here, there = (
        middle(sum(part[place] for part in reading) for _, reading in pairs) / size / readings * 1e9 for place in (1, 2)
    )
    print(
        f"{title} unpacks at {speed:5.0f} MB/s of CPU; read at {shares[2]:4.0%} of that on 2 free cores, "
        f"{shares[3]:.0%} on 3, {clock:.0%} by the clock; of CPU a GB {here:.2f} s here, {there:.2f} s in workers "
        f"({readings} readings, {rows} rows)",
        flush=True,
    )


if __name__ == "__main__":
    main()
