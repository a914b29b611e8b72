"""Measure SKOS exports of a whole database against the least that can be done, and against rdflib, in the same run.

The least is a loop of f-strings over the same rows, table by table, which writes as many N-Triples (see `bare`).
rdflib fills a graph with all of every n-th concept and serialises it; its times are scaled to all statements.  Every
figure is the CPU time of a whole process, writers in turn, and the median of the ratios pair by pair.

    scripts/environment dev && .venv/bin/python scripts/benchmark_export.py taxonomy.db
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
BASES = {
    "mid": "http://g.co/kg",
    "ncbi": "http://purl.obolibrary.org/obo/NCBITaxon_",
    "wd": "http://www.wikidata.org/entity/",
}
SKOS, LABEL = "<http://www.w3.org/2004/02/skos/core#", "<urn:label-taxonomy:terms#"
TYPE, SOURCE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "<http://purl.org/dc/terms/source>"
SCIENTIFIC = "<http://rs.tdwg.org/dwc/terms/scientificName>"
INSTANTIAL = "<http://purl.org/iso25964/skos-thes#broaderInstantial>"
BROADER = {"is_a": f"{SKOS}broader>", "instance_of": INSTANTIAL}
JOINED = "JOIN concept ON concept.key = concept"


def iri(id: str) -> str:
    """Return the IRI of an id, in brackets."""
    prefix, colon, key = id.partition(":")
    if not colon:
        return f"<http://wordnet-rdf.princeton.edu/wn30/{id[1:]}-n>"
    return f"<{BASES.get(prefix) or f'urn:label-taxonomy:{prefix}:'}{quote(key, safe='/-._~:')}>"


def literal(text: str) -> str:
    """Return a text in quotes."""
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(character, escape)
    return f'"{text}"'


def bare(db: str, path: str) -> None:
    """Write the statements of the SKOS export about concepts, table by table."""
    rows = sqlite3.connect(f"file:{db}?mode=ro", uri=True).execute
    with Path(path).open("w", encoding="utf-8") as out:
        for id, definition, state, safety, source in rows(
            f"SELECT concept.id, definition, state, safety, source.name FROM mark {JOINED}"
            " JOIN source ON source.position = concept.source"
        ):
            subject = iri(id)
            out.write(f"{subject} {TYPE} {SKOS}Concept> .\n")
            out.write(f"{subject} {SKOS}inScheme> {LABEL}scheme> .\n")
            out.write(f"{subject} {SKOS}notation> {literal(id)} .\n")
            out.write(f"{subject} {LABEL}visual> {literal(state)} .\n")
            out.write(f"{subject} {LABEL}safety> {literal(safety)} .\n")
            out.write(f"{subject} {SOURCE} <urn:label-taxonomy:{source}> .\n")
            if definition:
                out.write(f"{subject} {SKOS}definition> {literal(definition)}@en .\n")
        for id, name, text, language, kind in rows(
            f"SELECT concept.id, concept.name, text, language, name.kind FROM name {JOINED}"
        ):
            predicate = "prefLabel" if text == name else "altLabel"
            out.write(f"{iri(id)} {SKOS}{predicate}> {literal(text)}@{language} .\n")
            if kind == "scientific":
                out.write(f"{iri(id)} {SCIENTIFIC} {literal(text)} .\n")
        for child, parent, kind in rows(
            "SELECT a.id, b.id, kind FROM edge JOIN concept a ON a.key = child JOIN concept b ON b.key = parent"
        ):
            predicate = BROADER.get(kind) or f"{LABEL}{kind[:-3]}Of>"
            out.write(f"{iri(child)} {predicate} {iri(parent)} .\n")
        for id, other in rows(f"SELECT concept.id, identifier.id FROM identifier {JOINED}"):
            out.write(f"{iri(id)} {SKOS}exactMatch> {iri(other)} .\n")
        for id, source, key in rows(
            "SELECT concept.id, source.name, class.key FROM class JOIN concept ON concept.key = class.concept"
            " JOIN source ON source.position = class.source"
        ):
            if f"{source}:{key}" != id:
                out.write(f"{iri(id)} {SKOS}exactMatch> {iri(f'{source}:{key}')} .\n")


def fill(path: str, syntax: str, share: str) -> None:
    """Fill a graph of rdflib with the N-Triples of every n-th subject, and serialise it; parsing is not counted."""
    import resource
    from zlib import crc32

    import rdflib
    from rdflib.plugins.parsers.ntriples import W3CNTriplesParser

    class Sink:
        def __init__(self) -> None:
            self.found: list[tuple[rdflib.term.Node, ...]] = []

        def triple(self, *terms: rdflib.term.Node) -> None:
            self.found.append(terms)

    sink = Sink()
    parser = W3CNTriplesParser(sink)  # type: ignore[arg-type]
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            if not crc32(line.partition(" ")[0].encode()) % int(share):  # as good as chance, and always the same
                parser.parsestring(line)
    graph = rdflib.Graph()
    start = resource.getrusage(resource.RUSAGE_SELF)
    for triple in sink.found:
        graph.add(triple)  # type: ignore[arg-type]
    graph.serialize(os.devnull, format=syntax)
    end = resource.getrusage(resource.RUSAGE_SELF)
    print(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime, len(sink.found))


def run(*command: str) -> tuple[float, float]:
    """Return CPU seconds and peak memory in MB of a process."""
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)}: exit code {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("db", help="the database")
    parser.add_argument("--times", type=int, default=5, help="pairs that are measured")
    parser.add_argument("--slice", type=int, default=200_000, help="about how many statements rdflib gets")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        least = f"{folder}/bare.nt"
        export = [str(ROOT / "cli.py"), "export", "skos", "--db", given.db, "--force", "-o"]
        print(
            "| writer | CPU | memory | least | ratio | rdflib, scaled | times faster |\n|---|---|---|---|---|---|---|"
        )
        for syntax, name, theirs in (("N-Triples", "o.nt", "nt"), ("Turtle", "o.ttl", "turtle")):
            path = f"{folder}/{name}"
            pairs = [(run(*export, path), run(__file__, "--bare", given.db, least)) for _ in range(given.times)]
            cpu = statistics.median(ours[0] for ours, _ in pairs)
            ratio = statistics.median(ours[0] / bare[0] for ours, bare in pairs)
            minimum = statistics.median(bare[0] for _, bare in pairs)
            memory = max(ours[1] for ours, _ in pairs)
            with Path(least).open(encoding="utf-8") as file:
                total = sum(1 for _ in file)
            command = [sys.executable, __file__, "--fill", least, theirs, str(max(1, total // given.slice))]
            seconds, number = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            scaled = float(seconds) * total / int(number)
            print(
                f"| SKOS, {syntax}, {total:,} statements | {cpu:.2f} s | {memory:.0f} MB | {minimum:.2f} s"
                f" | **{ratio:.2f}** | {scaled:.0f} s | **{scaled / cpu:.0f}** |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        bare(*sys.argv[2:])
    elif sys.argv[1:2] == ["--fill"]:
        fill(*sys.argv[2:])
    else:
        main()
