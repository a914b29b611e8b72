"""How a Wikidata dump is read: in blocks, by workers, and once where once is enough."""

from __future__ import annotations

import gzip
import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_wikidata import ANIMALS, PACKERS, classes, entity, lines, terms

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import read
from taxonomy.sources._format import ALL, Choice
from taxonomy.sources.wikidata import blocks, dump, hierarchy, streams
from taxonomy.sources.wikidata.entity import entity_of, source_class, within
from taxonomy.sources.wikidata.hierarchy import number


@pytest.mark.parametrize("packing", ["gz", "bz2", "zst"])
def test_a_truncated_dump_gives_what_is_there(tmp_path: Path, packing: str) -> None:
    """Else hours of downloading are lost when the last minute failed, or a half dump passes for a whole one."""
    many = [entity(f"Q{number}", f"e{number} {number * 7919}", P279="Q1") for number in range(2, 10_000)]
    pack = PACKERS[packing] if packing in PACKERS else pytest.importorskip("zstandard").compress
    data = pack(lines(*many).encode())
    path = tmp_path / f"dump.json.{packing}"
    path.write_bytes(data[: len(data) * 9 // 10])
    found, problems = classes(path)
    assert 4000 < len(found) < 9998
    assert [what.split(" (")[0] for where, what in problems if where == path.name] == ["the file is damaged"]


def test_superclasses_are_found_wherever_they_stand_in_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a class is lost when its line stands where one block meets the next."""
    monkeypatch.setattr(blocks, "_SIZE", 1 << 10)
    path = tmp_path / "dump.json"
    for fill in range(600, 900):
        text = lines(entity("Q9", "x" * fill), entity("Q144", "dog", P279="Q729"), entity("Q145", "cat", P171="Q729"))
        path.write_text(text)
        assert list(classes(path)[0]) == ["Q144", "Q145"]


CHOICES = {
    "all": ALL,
    "a branch": Choice(roots=("Q4",)),
    "a branch whose root has no superclass": Choice(roots=("Q1",)),
    "near a root": Choice(roots=("Q4", "Q5"), max_depth=1),
    "instances": Choice(roots=("Q4",), instances=True),
    "one language": Choice(languages=("de",)),
}


def simply(documents: list[dict[str, Any]], choice: Choice) -> tuple[list[tuple[int, SourceClass]], Counter[int]]:
    """What is chosen of entities, by looking at all of them as often as is convenient; and what was cut."""
    found = [entity_of(document, document["id"]) for document in documents]
    numbers = [number(one.key) for one in found]
    parents = [[number(key) for name in ("P279", "P171") for key in one.values.get(name, ())] for one in found]
    types = [[number(key) for key in one.values.get("P31", ())] for one in found]
    odd = [next((kind for kind in kinds if kind in hierarchy.CUT), 0) for kinds in types]
    out = {item for item, above, kind in zip(numbers, parents, odd, strict=True) if above and kind} | set(hierarchy.CUT)
    edges = {(item, parent) for item, above in zip(numbers, parents, strict=True) for parent in above}
    edges = {edge for edge in edges if not out & set(edge)}
    kept = {item for edge in edges for item in edge}
    if choice.roots:
        kept = set(map(number, choice.roots))
        for _ in range(len(found) if choice.max_depth is None else choice.max_depth):
            kept |= {child for child, parent in edges if parent in kept}
    mask = np.zeros(1 + max(kept), bool)
    mask[list(kept)] = True
    rows, cut = [], Counter[int]()
    for line, one in enumerate(found):
        chosen = numbers[line] in kept or (choice.instances and kept & set(types[line]))
        if odd[line] and (chosen or parents[line]):
            cut[odd[line]] += 1
        elif chosen:
            rows.append((line + 2, within(source_class(one, choice.languages), hierarchy.Items(mask))))
    return rows, cut


@pytest.mark.parametrize("choice", CHOICES)
def test_what_is_set_aside_is_what_a_simple_reading_would_choose(tmp_path: Path, choice: str) -> None:
    """Else a class, its parents or a report depend on how often the file is read, and on where a line stands in it."""
    dice = random.Random(7)
    documents = []
    for item in dice.sample(range(1, 400), 399):
        above = {"P279": [f"Q{dice.randrange(1, item)}"]} if item > 3 and dice.random() < 0.6 else {}
        if dice.random() < 0.1:
            above["P171"] = [f"Q{dice.randrange(1, 500)}"]
        kinds = {"P31": [f"Q{dice.choice((4, 5, 9, 77, 4167410, 24017414))}"]} if dice.random() < 0.4 else {}
        document = entity(f"Q{item}", f"e{item}", **above, **kinds) | {"aliases": {"de": [{"value": f"d{item}"}]}}
        if dice.random() < 0.1:  # the key stands where it is not looked for
            document["id"] = document.pop("id")
        documents.append(document)
    path = tmp_path / "dump.json"
    path.write_text(lines(*documents) + '{"broken\n')
    problems: list[tuple[str, str]] = []
    rows = list(dump.chosen(path, lambda *what: problems.append(what), CHOICES[choice], workers=0))
    expected, cut = simply(documents, CHOICES[choice])
    assert rows == [(f"dump.json:{line}", row) for line, row in expected]
    assert [where for where, _ in problems] == ["dump.json:402", *["dump.json"] * len(cut)]
    assert {what.split(" (")[0].replace("instances", "instance") for _, what in problems[1:]} == {
        f"{count} instance of Q{kind}" for kind, count in cut.items()
    }


def test_a_branch_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it takes an hour more to read a dump of a hundred million items, to find what has been seen before."""
    readings = []
    answers = blocks.answers
    monkeypatch.setattr(blocks, "answers", lambda *what, **how: (readings.append(1), answers(*what, **how))[1])
    path = tmp_path / "dump.json"
    path.write_text(lines(*ANIMALS))
    for root, count in (("Q144", 1), ("Q729", 2)):  # nothing is said to be above an animal
        readings.clear()
        classes(path, Choice(roots=(root,)))
        assert len(readings) == count


def test_a_dump_without_classes_is_said_to_have_none(tmp_path: Path) -> None:
    """Else the user reads that the dump should be one of Wikidata, which it is."""
    path = tmp_path / "dump.json"
    path.write_text(lines(entity("Q42", "Douglas Adams", P31="Q5"), entity("Q43", "other", P31="Q5")))
    with pytest.raises(InputError, match=r"no usable class; dump\.json: no item of it has a superclass"):
        read(path)


def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a reading of hours ends in a traceback, and nobody knows which disk it was."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no disk that is always full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Path("/dev/full").open("r+b"))  # noqa: SIM115
    path = tmp_path / "dump.json"
    path.write_text(lines(*ANIMALS))
    with pytest.raises(InputError, match="no room for the classes of the dump"):
        classes(path)


def test_of_a_small_file_that_is_cut_off_all_but_the_end_is_read(tmp_path: Path) -> None:
    """Else what was saved of a branch when the disk was full is worth nothing."""
    path = tmp_path / "dump.json.gz"
    data = gzip.compress(lines(*(entity(f"Q{n}", f"e{n * 7919}", P279="Q1") for n in range(2, 302))).encode())
    path.write_bytes(data[: len(data) * 9 // 10])
    assert 240 < len(classes(path)[0]) < 300


def test_ctrl_c_ends_the_reading_and_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Ctrl-C ends in a traceback about memory, or leaves processes behind."""
    path = tmp_path / "dump.json"
    path.write_text(lines(*ANIMALS))

    def readinto(self: streams.Stream, view: memoryview) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(streams.Stream, "readinto", readinto)
    end, ended = blocks._end, []
    monkeypatch.setattr(blocks, "_end", lambda process: (end(process), ended.append(process.poll())))
    with pytest.raises(KeyboardInterrupt):
        list(blocks.answers(path, die, print, workers=2))
    assert None not in ended
    assert len(ended) == 2


def test_a_reading_that_is_killed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the memory that it shared with its workers is taken until the machine starts anew."""
    path, memory = tmp_path / "dump.json", tmp_path / "memory"
    path.write_text(lines(*ANIMALS))
    memory.mkdir()
    monkeypatch.setattr(blocks, "_MEMORY", memory)
    made: list[list[Path]] = []
    send = blocks._send
    monkeypatch.setattr(blocks, "_send", lambda *what: (made.append([*memory.iterdir()]), send(*what)))
    assert len(list(blocks.answers(path, length, print, workers=1))) == 1
    assert made
    assert not any(made)


def length(view: memoryview) -> tuple[int, int]:
    return bytes(view).count(b"\n"), len(view)


def die(view: memoryview) -> tuple[int, None]:
    os._exit(1)


def test_a_worker_that_is_killed_is_an_error(tmp_path: Path) -> None:
    """Else a reading waits for ever, or passes half of a dump for all, when memory was short."""
    path = tmp_path / "dump.json"
    path.write_text(lines(*ANIMALS))
    with pytest.raises(InputError, match="is there enough memory"):
        list(blocks.answers(path, die, print, workers=1))


def test_workers_answer_as_one_process_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a large dump gives other classes, in another order or at other lines, than a small one."""
    monkeypatch.setattr(blocks, "_SIZE", 1 << 16)
    many = [entity(f"Q{n}", f"e{n}", P279=f"Q{n // 2}") for n in range(2, 4000)]
    many[1000] |= {"descriptions": terms(en="long " * 100_000)}  # longer than a block
    path = tmp_path / "dump.json"
    path.write_text(lines(*many).replace('"id":"Q3000"', '"id":'))
    path.write_text(
        path.read_text().replace(',"labels":{"en":{"language":"en","value":"e3500"', ',"labels":{"en":{"e3500"')
    )
    problems: list[tuple[str, str]] = []

    def rows(workers: int) -> list[tuple[str, SourceClass]]:
        return list(dump.chosen(path, lambda *what: problems.append(what), ALL, workers=workers))

    alone = rows(0)
    assert [where for where, _ in alone[:2]] == ["dump.json:2", "dump.json:3"]
    assert rows(2) == alone
    assert len(alone) == 3996
    assert problems[: len(problems) // 2] == problems[len(problems) // 2 :]


def test_a_line_of_fifty_megabytes_is_read(tmp_path: Path) -> None:
    """Else one huge entity ends the reading, or takes the memory of the machine."""
    path = tmp_path / "dump.json"
    huge = entity("Q60", "huge", P279="Q729") | {"sitelinks": {"x": "y" * 50_000_000}}
    path.write_text(lines(*ANIMALS, huge, entity("Q61", "last", P279="Q729")))
    assert [*classes(path)[0]][-2:] == ["Q60", "Q61"]
