"""A branch of Wikidata over the network: the subclasses level by level, then the entities, written as JSON lines.

The query service stops a query after a minute, so ``wdt:P279*`` fails for any large root; a level at a time does not.
What has been answered is kept in a database beside the output, from which an interrupted run goes on.
Rules of use: https://www.mediawiki.org/wiki/Wikidata_Query_Service/User_Manual and
https://www.mediawiki.org/wiki/API:Etiquette.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from taxonomy import __version__
from taxonomy.errors import InputError
from taxonomy.sources.wikidata.entity import PROPERTIES
from taxonomy.sources.wikidata.hierarchy import number

__all__ = ["Endpoint", "fetch"]

Progress = Callable[[int, int | None], None]

_PARENTS, _ENTITIES = 200, 50  # of one request; the second is the limit of Wikidata's API
_LONGEST_WAIT = 3600.0
_CHILDREN = "SELECT ?child ?parent WHERE {{ VALUES ?parent {{ {} }} ?child wdt:P279 ?parent }}"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS request (roots TEXT, max_depth INTEGER, languages TEXT);
CREATE TABLE IF NOT EXISTS item (key TEXT PRIMARY KEY, level INTEGER, asked INTEGER DEFAULT 0, entity TEXT);
CREATE TABLE IF NOT EXISTS edge (child TEXT, parent TEXT, PRIMARY KEY (child, parent));
"""


class _RefusedError(InputError):
    """A server has not answered a request, however often it was asked."""


class Endpoint:
    """Wikidata's query service and API: one request at a time, and as slowly as they ask for.

    Args:
        contact: an e-mail or web address at which the operators can reach who runs this; they block who gives none.
        query: address of the query service.
        api: address of the API.
        timeout: seconds until an answer must begin; the query service takes up to 60.
        attempts: how often a request is made before it counts as refused.
        sleep: waits for so many seconds.

    Attributes:
        address: that of the query service.

    Raises:
        InputError: the contact is no address.
    """

    def __init__(
        self,
        contact: str,
        *,
        query: str = "https://query.wikidata.org/sparql",
        api: str = "https://www.wikidata.org/w/api.php",
        timeout: float = 70.0,
        attempts: int = 6,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        import requests

        if "@" not in contact and "://" not in contact:
            raise InputError(f"{contact!r} is no contact; give an e-mail or web address, which Wikidata asks for")
        self.address, self._api = query, api
        self._timeout, self._attempts, self._sleep = timeout, attempts, sleep
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"label-taxonomy/{__version__} ({contact})"

    def children(self, parents: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the direct subclasses of some items, as ``(child, parent)``.

        Raises:
            InputError: the service refuses, even for each item by itself.
        """
        query = _CHILDREN.format(" ".join(f"wd:{parent}" for parent in parents))
        try:
            answer = self._post(self.address, {"query": query}, accept="application/sparql-results+json")
        except _RefusedError:
            if len(parents) == 1:
                raise
            half = len(parents) // 2  # the answer may be too long for the time limit
            yield from self.children(parents[:half])
            yield from self.children(parents[half:])
            return
        for row in answer["results"]["bindings"]:
            child, parent = (row[side]["value"].rpartition("/")[2] for side in ("child", "parent"))
            if number(child) and number(parent):
                yield child, parent

    def entities(self, keys: Sequence[str], languages: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
        """Return the entities of up to 50 items, with the terms in some languages, or in all.

        Raises:
            InputError: the API refuses.
        """
        form = {
            "action": "wbgetentities",
            "format": "json",
            "maxlag": "5",
            "ids": "|".join(keys),
            "props": "labels|aliases|descriptions|claims",
        }
        if chosen := tuple(languages):
            form["languages"] = "|".join(dict.fromkeys(("en", "mul", "en-gb", "en-ca", "en-us", *chosen)))
        found = self._post(self._api, form, accept="application/json")["entities"]
        return {key: _slim(entity) for key, entity in found.items() if "missing" not in entity}

    def _post(self, url: str, form: dict[str, str], accept: str) -> Any:
        """Return the JSON that a server answers, waiting and asking again as it says.

        Raises:
            InputError: it says that the request is wrong, or gives no answer at all.
        """
        import requests

        why = ""
        for attempt in range(self._attempts):
            wait = float(2**attempt)
            try:
                response = self._session.post(url, data=form, headers={"Accept": accept}, timeout=self._timeout)
            except requests.RequestException as error:
                why = f"no answer ({type(error).__name__})"
            else:
                asked = _retry_after(response.headers.get("Retry-After", ""))
                if asked > _LONGEST_WAIT:
                    raise InputError(f"{url}: asks to wait for {asked:.0f} seconds; go on later")
                wait = max(wait, asked)
                why = f"HTTP {response.status_code}"
                if response.ok:
                    answer, why = _answer(response)
                    if not why:
                        return answer
                elif response.status_code != 429 and response.status_code < 500:
                    raise InputError(f"{url}: {why}: {_short(response.text)}; correct the request")
            if attempt + 1 < self._attempts:
                self._sleep(wait)
        raise _RefusedError(f"{url}: {why}, {self._attempts} times; go on later, what was answered is kept")


def _answer(response: Any) -> tuple[Any, str]:
    """Return the answer, or what is wrong with it: errors come with status 200, too, even after half an answer."""
    if "json" not in response.headers.get("Content-Type", ""):
        return None, f"no JSON but {_short(response.text)}"
    try:
        answer = response.json()
    except ValueError:
        return None, f"an answer that breaks off: …{_short(response.text[-60:])}"
    if not isinstance(answer, dict):
        return None, "an answer of another kind"
    if error := answer.get("error"):
        code = error.get("code") if isinstance(error, dict) else error
        if code not in ("maxlag", "ratelimited", "readonly", "internal_api_error_DBQueryError"):
            raise InputError(f"{response.url}: {_short(json.dumps(error))}; correct the request")
        return None, f"the error {code}"
    bindings = answer.get("results")
    if isinstance(answer.get("entities"), dict) or (isinstance(bindings, dict) and "bindings" in bindings):
        return answer, ""
    return None, "an answer of another kind"


def _short(text: str) -> str:
    return " ".join(text.split())[:120]


def _retry_after(value: str) -> float:
    """Return the seconds of a Retry-After header, which gives a number or a date."""
    from email.utils import parsedate_to_datetime

    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0


def _slim(entity: dict[str, Any]) -> dict[str, Any]:
    """Return an entity without what is not read: most of its claims, and their references."""
    claims = entity.get("claims") or {}
    kept = {
        name: [{"mainsnak": one.get("mainsnak"), "rank": one.get("rank")} for one in claims[name]]
        for name in PROPERTIES
        if name in claims
    }
    terms = {name: entity.get(name) or {} for name in ("labels", "descriptions", "aliases")}
    return {"type": "item", "id": entity["id"], **terms, "claims": kept}


def fetch(
    endpoint: Endpoint,
    roots: Sequence[str],
    output: Path,
    *,
    max_depth: int | None = None,
    languages: Sequence[str] = (),
    progress: Progress = lambda done, total: None,
) -> int:
    """Write the items below some roots to a file that the format ``wikidata`` reads, one entity a line.

    Args:
        endpoint: where they come from.
        roots: keys such as ``Q144``.
        output: the file; ``<output>.progress`` beside it holds what was answered until it is complete.
        max_depth: how far below the roots; None for all the way.
        languages: Wikidata's codes of the languages of names, beside English; all when there are none.
        progress: is told of the items that were answered, and of all as far as they are known.

    Returns:
        How many entities were written.

    Raises:
        InputError: a root is no item, the progress is of another request, or the server refuses.
    """
    if bad := [root for root in roots if not number(root)] or ([] if roots else ["nothing"]):
        raise InputError(f"{bad[0]} is no item of Wikidata; give roots such as Q144")
    state = output.with_name(output.name + ".progress")
    with closing(_progress(state, roots, max_depth, languages)) as database:
        _descend(endpoint, database, max_depth, progress)
        _describe(endpoint, database, languages, progress)
        count = _write(database, output)
    state.unlink()
    return count


def _progress(path: Path, roots: Sequence[str], max_depth: int | None, languages: Sequence[str]) -> sqlite3.Connection:
    """Open the database of what was answered, new or of an interrupted run."""
    request = (" ".join(sorted(set(roots))), max_depth, " ".join(languages))
    try:
        database = sqlite3.connect(path)
        database.executescript(_SCHEMA)
        before = database.execute("SELECT * FROM request").fetchone()
    except sqlite3.Error as error:
        raise InputError(f"{path}: cannot be used ({error}); remove it to begin anew") from error
    if before not in (None, request):
        database.close()
        raise InputError(f"{path}: of another request ({before[0]}); finish that, or remove it to begin anew")
    with database:
        if before is None:
            database.execute("INSERT INTO request VALUES (?, ?, ?)", request)
        database.executemany("INSERT OR IGNORE INTO item (key, level) VALUES (?, 0)", [(root,) for root in roots])
    return database


def _descend(endpoint: Endpoint, database: sqlite3.Connection, max_depth: int | None, progress: Progress) -> None:
    """Ask for the children of what has not been asked for, one level after the other."""
    deepest = max_depth if max_depth is not None else 1 << 62
    while True:
        rows = database.execute(
            "SELECT key, level FROM item WHERE NOT asked AND level < ? ORDER BY level, rowid LIMIT ?",
            (deepest, _PARENTS),
        ).fetchall()
        if not rows:
            return
        level = rows[0][1]
        parents = [key for key, at in rows if at == level]
        edges = list(endpoint.children(parents))
        with database:
            database.executemany("INSERT OR IGNORE INTO edge VALUES (?, ?)", edges)
            below = [(child, level + 1) for child, _ in edges]
            database.executemany("INSERT OR IGNORE INTO item (key, level) VALUES (?, ?)", below)
            database.executemany("UPDATE item SET asked = 1 WHERE key = ?", [(parent,) for parent in parents])
        progress(*database.execute("SELECT 0, count(*) FROM item").fetchone())


def _describe(endpoint: Endpoint, database: sqlite3.Connection, languages: Sequence[str], progress: Progress) -> None:
    """Ask for the entities that are not there yet; of one that was deleted there is none."""
    missing = "SELECT key FROM item WHERE entity IS NULL ORDER BY rowid LIMIT ?"
    while keys := [key for (key,) in database.execute(missing, (_ENTITIES,))]:
        found = endpoint.entities(keys, languages)
        texts = {key: json.dumps(found[key], ensure_ascii=False) if key in found else "" for key in keys}
        with database:
            database.executemany("UPDATE item SET entity = ? WHERE key = ?", [(texts[key], key) for key in keys])
        progress(*database.execute("SELECT count(entity), count(*) FROM item").fetchone())


def _write(database: sqlite3.Connection, output: Path) -> int:
    """Write the entities beside the output and put them in its place when all are there."""
    partial = output.with_name(output.name + ".part")
    # Two keys may lead to one entity, where items were merged.
    texts = database.execute("SELECT entity FROM item WHERE entity <> '' GROUP BY entity ORDER BY min(rowid)")
    count = 0
    with partial.open("w", encoding="utf-8", newline="\n") as stream:
        for count, (text,) in enumerate(texts, 1):  # noqa: B007
            stream.write(text + "\n")
    partial.replace(output)
    return count
