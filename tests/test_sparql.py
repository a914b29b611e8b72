"""Fetching a branch of Wikidata, against a small server that has the moods of the real ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from conftest import SMALL
from shell import run

import taxonomy
from taxonomy.errors import InputError
from taxonomy.sources import read
from taxonomy.sources.wikidata.sparql import Endpoint, fetch

CHILDREN = {"Q729": ["Q144", "Q146"], "Q144": ["Q38904", "Q5555"], "Q146": ["Q38904"], "Q38904": ["Q144"]}
DELETED = "Q5555"
SPARQL, PLAIN = "application/sparql-results+json", "text/plain"


class Server(ThreadingHTTPServer):
    """Answers from CHILDREN; first plays what is in `moods`: ``(status, headers, body)``, or seconds to be late."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.moods: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.agents: set[str] = set()
        self.refuses_many = False


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.asked.append(form)
        self.server.agents.add(self.headers["User-Agent"])
        mood = self.server.moods.pop(0) if self.server.moods else None
        if isinstance(mood, float):
            time.sleep(mood)
            mood = (503, {}, "late")
        if self.server.refuses_many and form.get("query", "").count("wd:") > 1:
            mood = (500, {}, "java.util.concurrent.TimeoutException")
        self.answer(*(mood or (200, {"Content-Type": SPARQL}, json.dumps(self.found(form)))))

    def found(self, form: dict[str, str]) -> dict[str, Any]:
        if "query" in form:
            parents = [word[3:] for word in form["query"].split() if word.startswith("wd:")]
            pairs = [(child, parent) for parent in parents for child in CHILDREN.get(parent, [])]
            entity = "http://www.wikidata.org/entity/"
            rows = [
                {"child": {"value": entity + child}, "parent": {"value": entity + parent}} for child, parent in pairs
            ]
            return {"results": {"bindings": rows}}
        return {"entities": {key: self.entity(key) for key in form["ids"].split("|")}}

    def entity(self, key: str) -> dict[str, Any]:
        if key == DELETED:
            return {"id": key, "missing": ""}
        parents = [parent for parent, children in CHILDREN.items() if key in children]
        value = [{"type": "wikibase-entityid", "value": {"id": parent}} for parent in parents]
        claims = [{"mainsnak": {"snaktype": "value", "datavalue": one}, "rank": "normal"} for one in value]
        labels = {"en": {"language": "en", "value": f"name of {key}"}}
        return {"type": "item", "id": key, "labels": labels, "aliases": [], "claims": {"P279": claims, "P999": [{}]}}

    def answer(self, status: int, headers: dict[str, str], text: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        with suppress(OSError):  # who asked may have given up
            self.wfile.write(text.encode())

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def endpoint(server: Server, waited: list[float] | None = None, **options: Any) -> Endpoint:
    url = f"http://127.0.0.1:{server.server_port}/"
    sleep = (waited if waited is not None else []).append
    return Endpoint("me@example.org", query=url + "sparql", api=url + "api", sleep=sleep, **options)


def test_a_branch_is_fetched_level_by_level_and_can_be_read(server: Server, tmp_path: Path) -> None:
    """Else a branch cannot be had without downloading 100 GB."""
    output = tmp_path / "animals.json"
    assert fetch(endpoint(server), ["Q729"], output) == 4
    vocabulary = read(output).vocabulary
    assert {row.key: (row.name, row.parents) for row in vocabulary.classes} == {
        "Q729": ("name of Q729", ()),
        "Q144": ("name of Q144", ("Q729", "Q38904")),
        "Q146": ("name of Q146", ("Q729",)),
        "Q38904": ("name of Q38904", ("Q144", "Q146")),
    }
    assert [form["query"].count("wd:") for form in server.asked if "query" in form] == [1, 2, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["animals.json"]


def test_depth_and_languages_are_kept_to(server: Server, tmp_path: Path) -> None:
    """Else more is asked of Wikidata than is wanted."""
    assert fetch(endpoint(server), ["Q729"], tmp_path / "x.json", max_depth=1, languages=["de"]) == 3
    assert server.asked[-1]["languages"] == "en|mul|en-gb|en-ca|en-us|de"
    assert server.asked[-1]["maxlag"] == "5"


def test_who_asks_says_who_it_is(server: Server) -> None:
    """Else Wikidata blocks the user without a word of why."""
    list(endpoint(server).children(["Q729"]))
    (agent,) = server.agents
    assert agent.startswith("label-taxonomy/")
    assert agent.endswith("(me@example.org)")
    with pytest.raises(InputError, match="contact"):
        Endpoint("me")


def test_it_waits_as_long_as_it_is_told(server: Server) -> None:
    """Else the user's address is banned for a day."""
    server.moods = [(429, {"Retry-After": "17"}, ""), (503, {}, ""), (429, {"Retry-After": "nonsense"}, "")]
    waited: list[float] = []
    assert len(list(endpoint(server, waited).children(["Q729"]))) == 2
    assert waited == [17, 2, 4]
    server.moods = [(429, {"Retry-After": "100000"}, "")]
    with pytest.raises(InputError, match="go on later"):
        list(endpoint(server).children(["Q729"]))


ODD = {
    "an error page": (200, {"Content-Type": PLAIN}, "User-Agent required"),
    "half an answer and a trace": (200, {"Content-Type": SPARQL}, '{"results": {"bindings": [{}\njava.lang.Error'),
    "a lagging database": (
        200,
        {"Content-Type": "application/json", "Retry-After": "5"},
        '{"error":{"code":"maxlag"}}',
    ),
    "something else": (200, {"Content-Type": SPARQL}, "[]"),
    "a server's error": (500, {}, "java.util.concurrent.TimeoutException"),
    "no answer in time": 0.3,
}


@pytest.mark.parametrize("what", ODD)
def test_an_answer_that_is_none_is_asked_for_again(server: Server, what: str) -> None:
    """Else an error text with status 200 passes for a class without subclasses."""
    server.moods = [ODD[what]]
    assert len(list(endpoint(server, timeout=0.1).children(["Q729"]))) == 2
    assert len(server.asked) == 2


def test_a_wrong_request_is_not_repeated(server: Server) -> None:
    """Else errors mount up until Wikidata bans the user."""
    server.moods = [(403, {}, "forbidden")]
    with pytest.raises(InputError, match="HTTP 403: forbidden"):
        list(endpoint(server).children(["Q729"]))
    server.moods = [(200, {"Content-Type": "application/json"}, '{"error":{"code":"no-such-entity"}}')]
    with pytest.raises(InputError, match="no-such-entity"):
        endpoint(server).entities(["Q1"])
    assert len(server.asked) == 2


def test_a_query_that_takes_too_long_is_divided(server: Server) -> None:
    """Else one level with a few large classes can never be passed."""
    server.refuses_many = True
    found = list(endpoint(server, attempts=2).children(["Q729", "Q144", "Q146"]))
    assert len(found) == 5


@pytest.mark.parametrize("answers", range(1, 5))
def test_an_interrupted_run_goes_on_where_it_was(server: Server, tmp_path: Path, answers: int) -> None:
    """Else hours of fetching begin anew after each failure of the network."""
    output = tmp_path / "animals.json"
    good = [None] * (answers - 1)
    server.moods = [*good, (403, {}, "stop")]
    with pytest.raises(InputError, match="stop"):
        fetch(endpoint(server), ["Q729"], output)
    assert not output.exists()
    with pytest.raises(InputError, match="another request"):
        fetch(endpoint(server), ["Q144"], output)
    before = len(server.asked)
    assert fetch(endpoint(server), ["Q729"], output) == 4
    assert len(server.asked) - before == 4 - (answers - 1)


def test_roots_that_are_no_items_are_refused(server: Server, tmp_path: Path) -> None:
    """Else what is no id gets into the query."""
    for roots in (["dog"], [], ["Q1 } #"]):
        with pytest.raises(InputError, match="no item of Wikidata"):
            fetch(endpoint(server), roots, tmp_path / "x.json")


# The command


def command(server: Server, output: Path, *more: object) -> tuple[object, ...]:
    url = f"http://127.0.0.1:{server.server_port}/"
    where = ("--endpoint", url + "sparql", "--api", url + "api", "--contact", "me@example.org")
    return ("fetch", "wikidata", "-o", output, *where, *more)


def test_the_command_fetches_a_branch_that_merge_reads(server: Server, tmp_path: Path, few_build: Any) -> None:
    """Else a reader of Wikidata's branches is there and no user can reach it, or its licence gets lost on the way."""
    file = tmp_path / "new" / "animals.json"
    done = run(*command(server, file, "--root", "Q729", "--language", "de", "--format", "json"))
    (row,) = json.loads(done.out)
    assert (done.code, row["path"], row["what"]) == (0, str(file), "fetched")
    assert f"'taxonomy merge {file} --name wd' merges it" in done.err
    record = json.loads((tmp_path / "new" / "animals.json.json").read_text())
    assert (record["licence"], record["version"]) == ("CC0-1.0", "below Q729; names in en de")
    asked = len(server.asked)
    again = run(*command(server, file, "--root", "Q729", "--language", "de", "--format", "json"))
    assert (json.loads(again.out)[0]["what"], len(server.asked)) == ("there already", asked)
    db = few_build(*SMALL)
    assert run("merge", file, "--name", "wd", "--db", db).code == 0
    with taxonomy.open(db) as t:
        assert {key for (key,) in t.execute("SELECT key FROM class WHERE name = 'name of Q144'")} == {"Q144"}
        (source,) = t.execute("SELECT version, data_licence FROM source WHERE name = 'wd'")
        assert source == ("below Q729; names in en de", "CC0-1.0")


def test_the_command_goes_on_and_never_replaces_another_branch(server: Server, tmp_path: Path) -> None:
    """Else hours of fetching are lost to a fault of the network, or to a second branch under the same name."""
    server.moods = [None, (403, {}, "stop")]
    stopped = run(*command(server, tmp_path, "--root", "Q729", "--max-depth", 1))
    assert (stopped.code, "HTTP 403: stop" in stopped.err) == (2, True)
    asked = len(server.asked)
    assert run(*command(server, tmp_path, "--root", "Q729", "--max-depth", 1)).code == 0
    assert len(server.asked) == asked + 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wikidata-Q729.json", "wikidata-Q729.json.json"]
    other = run(*command(server, tmp_path / "wikidata-Q729.json", "--root", "Q144"))
    assert (other.code, "is not this branch; replace it with --force" in other.err) == (2, True)
    assert run(*command(server, tmp_path / "wikidata-Q729.json", "--root", "Q144", "--force")).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("wikidata --root dog --contact a@b", "dog is no item of Wikidata; give roots such as Q144"),
        ("wikidata --root Q729", "give an e-mail or web address by --contact or $TAXONOMY_CONTACT"),
        ("wikidata --root Q729 --contact a@b --endpoint here", "--endpoint here is no http or https address"),
        ("wikidata --max-depth 3", "name its top with --root"),
        ("oewn --root Q729", "taxonomy fetch wikidata --root Q729"),
        ("--root Q729", "taxonomy fetch wikidata --root Q729"),
    ],
)
def test_what_is_wrong_with_the_request_is_said(
    arguments: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a slip starts the download of a hundred gigabytes, or leaves files about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAXONOMY_CONTACT", raising=False)
    done = run("fetch", *arguments.split())
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not list(tmp_path.iterdir())
