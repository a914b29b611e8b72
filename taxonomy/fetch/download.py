"""Fetches a file over HTTP so that it is either whole and right under its name, or not there at all.

A download that breaks off goes on where it stopped (RFC 9110, section 14: ``Range`` and ``If-Range``), in this run or
in a later one; its length and its SHA-256 are compared with what the server and the catalogue say.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from taxonomy._version import __version__
from taxonomy.errors import InputError, NotFoundError, TaxonomyError
from taxonomy.fetch import record
from taxonomy.fetch.catalogue import Remote
from taxonomy.fetch.part import Part
from taxonomy.fetch.record import Record, explained

if TYPE_CHECKING:
    from requests import Response, Session

Progress = Callable[[int, int | None], None]
"""Is told how many bytes there are, and how many there will be where the server says so."""

_BLOCK = 1 << 18
_GONE = (404, 410)
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download goes on trying.

    Attributes:
        connect: seconds until a server must have answered the call.
        stall: seconds without a byte after which it is called again.
        tries: how often in a row it may fail without a byte more than before.
        longest: seconds that a pause may last; a server that wants a longer one is left alone.
        sleep: waits.
    """

    connect: float = 15
    stall: float = 60
    tries: int = 6
    longest: float = 120
    sleep: Callable[[float], None] = time.sleep


class _AgainError(Exception):
    """What may go well the next time, after ``pause`` seconds where the server says so."""

    def __init__(self, what: str, pause: float | None = None) -> None:
        super().__init__(what)
        self.pause = pause


def fetch(
    remote: Remote,
    folder: Path,
    *,
    force: bool = False,
    patience: Patience = Patience(),
    progress: Progress = lambda done, total: None,
) -> tuple[Record, bool]:
    """Fetch a file into a folder, which is made when it is missing, and write its record beside it.

    Args:
        remote: what to fetch.
        folder: where to.
        force: fetch it again when it is there.
        patience: how long to go on trying.
        progress: is told of the bytes.

    Returns:
        The record, and whether the file was fetched; it is not when it is there already, which asks no server.

    Raises:
        NotFoundError: the server no longer has it.
        InputError: it cannot be reached, is not what the catalogue says, or cannot be written.  What came of it so far
            is kept where it can be of use to the next run; under the file's name there is what was there before.
    """
    target = folder / remote.file
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        raise InputError(f"{target} is a folder; move it away, or name another folder with -o")
    if target.exists() and not force:
        return _present(remote, target), False
    with Part(target, remote.url) as part:
        _load(remote, part, patience, progress)
        part.finish()
    fetched = _record(remote, part)
    record.write(target, fetched)
    return fetched, True


def _record(remote: Remote, part: Part) -> Record:
    date = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    facts = (remote.version, remote.licence, remote.credit)
    return Record(remote.name, remote.url, date, part.sha256, part.size, part.etag, part.modified, *facts)


def _present(remote: Remote, target: Path) -> Record:
    """Return the record of a file that is there already.

    To hash a hundred gigabytes takes many minutes, so where the record fits, the size is enough here.
    """
    known = record.read(target)
    if known is None:
        if remote.sha256 and record.checksum(target) == remote.sha256:
            return Record(remote.name, remote.url, "", remote.sha256, target.stat().st_size)
        why = "exists, and it is not known to be what would be fetched"
    elif known.url != remote.url:
        why = f"exists, and was fetched from {known.url}"
    elif known.size != target.stat().st_size or (remote.sha256 and known.sha256 != remote.sha256):
        why = "exists, and is not what was to be fetched"
    else:
        return known
    raise InputError(f"{target} {why}; replace it with --force, or name another folder with -o")


def _load(remote: Remote, part: Part, patience: Patience, progress: Progress) -> None:
    """Load until the part is whole and right, trying again as long as there is hope."""
    import requests

    failures, furthest, afresh = 0, part.size, False
    with requests.Session() as session:
        while True:
            try:
                _ask(session, remote, part, patience, progress)
            except _AgainError as failure:
                failures = 1 if part.size > furthest else failures + 1
                furthest = max(furthest, part.size)
                if failures >= patience.tries:
                    kept = f"; the {part.size:,} bytes that came are kept for the next run" if part.size else ""
                    raise InputError(f"{remote.url}: {failure}; tried {failures} times, try later{kept}") from None
                patience.sleep(min(2.0 ** (failures - 1), patience.longest) if failure.pause is None else failure.pause)
                continue
            if not remote.sha256 or part.sha256 == remote.sha256:
                return
            found, pieces = part.sha256, part.resumed
            part.restart()
            if not pieces or afresh:
                raise InputError(
                    f"{remote.url}: the sha256 is {found} where the catalogue says {remote.sha256}; nothing was kept."
                    " The file has changed or was tampered with; look at"
                    f" {remote.homepage or 'its homepage'}, and correct the catalogue (--catalogue) if it is right"
                )
            afresh = True  # its pieces may be of two versions


def _ask(session: Session, remote: Remote, part: Part, patience: Patience, progress: Progress) -> None:
    """Ask for what is missing and append what comes.

    Raises:
        _AgainError: not all came, or the server is busy.
        TaxonomyError: it is no use to ask again.
    """
    from requests import ConnectionError, RequestException, Timeout
    from requests.exceptions import ProxyError, SSLError
    from urllib3.exceptions import HTTPError, NameResolutionError

    try:
        with session.get(
            remote.url,
            headers=_headers(remote, part),
            stream=True,
            timeout=(patience.connect, patience.stall),
        ) as response:
            _take(response, remote, part, patience, progress)
    except (ProxyError, SSLError) as error:
        raise InputError(f"{remote.url}: no safe way to the server ({_cause(error)}); check proxy and date") from None
    except (ConnectionError, Timeout) as error:
        if isinstance(_cause(error), NameResolutionError) and not part.size:
            raise InputError(
                f"{remote.url}: the server is not found; check the address and that this machine is on the net"
                " (HTTPS_PROXY names a proxy)"
            ) from None
        raise _AgainError("the server does not answer") from None
    except HTTPError:
        raise _AgainError(f"the connection broke off after {part.size:,} bytes") from None
    except RequestException as error:
        raise InputError(f"{remote.url}: cannot be asked ({error}); check the address") from None


def _cause(error: Exception) -> object:
    """Return what urllib3 gives as the reason of an error of requests."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", None) or inner


def _headers(remote: Remote, part: Part) -> dict[str, str]:
    """Return what to ask with: for the rest, where it is sure to be of the version that is there or the sum tells."""
    headers = {"User-Agent": f"label-taxonomy/{__version__}", "Accept-Encoding": "identity"}
    if part.size and (part.validator or remote.sha256):
        headers["Range"] = f"bytes={part.size}-"
        if part.validator:
            headers["If-Range"] = part.validator
    return headers


def _take(response: Response, remote: Remote, part: Part, patience: Patience, progress: Progress) -> None:
    """Append the body of an answer, where it is what was asked for."""
    status = response.status_code
    first, total = _extent(response)
    if status == 416:
        if total is not None and total == part.size:
            return  # all was there before
        part.restart()
        raise _AgainError("the server does not have the rest of what was loaded")
    if status == 206:
        _continue(response, part, first)
    elif status == 200:
        _refuse_page(response, remote)
        part.restart(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
        total = _length(response)
    else:
        raise _refusal(response, remote, patience)
    _make_sure_of_room(part, total)
    decode = _is_packed_on_the_way(response, remote)
    if decode:
        total = None  # the length is that of the packed body
        part.etag = part.modified = ""  # and a rest could not be unpacked
    progress(part.size, total)
    for block in response.raw.stream(_BLOCK, decode_content=decode):
        part.append(block)
        progress(part.size, total)
    if total is not None and part.size != total:
        came = part.size
        if came > total:
            part.restart()
        raise _AgainError(f"{came:,} bytes came where the server says {total:,}")


def _extent(response: Response) -> tuple[int | None, int | None]:
    """Return the first byte and the whole length that ``Content-Range`` names."""
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    if not found:
        return None, None
    first, total = found.groups()
    return int(first) if first else None, int(total) if total != "*" else None


def _length(response: Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _continue(response: Response, part: Part, first: int | None) -> None:
    """See that a partial answer is the rest of what is there."""
    etag = response.headers.get("ETag", part.etag)
    if first != part.size or (part.etag and etag != part.etag):
        part.restart()
        raise _AgainError("the server sent another part than the one that was asked for")
    part.resumed = True


def _is_packed_on_the_way(response: Response, remote: Remote) -> bool:
    """Tell whether a body is compressed though the file is not; of a .gz, some servers only say what it is."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    return encoding not in ("", "identity") and not remote.file.lower().endswith((".gz", ".tgz"))


def _refuse_page(response: Response, remote: Remote) -> None:
    """Refuse a page for people, such as the login of a hotel's network, where no sum would tell."""
    kind = response.headers.get("Content-Type", "").lower()
    if kind.startswith("text/html") and not remote.sha256 and not remote.file.lower().endswith((".html", ".htm")):
        raise InputError(
            f"{remote.url}: the server sent a web page instead of the file; open the address in a browser to see"
            " what it wants"
        )


def _make_sure_of_room(part: Part, total: int | None) -> None:
    if total is None:
        return
    with explained(part.path):
        free = shutil.disk_usage(part.path.parent).free
    if total - part.size > free:
        raise InputError(
            f"{part.path.parent}: the file needs {total - part.size:,} bytes more and {free:,} are free; make room, or"
            " name another folder with -o"
        )


def _refusal(response: Response, remote: Remote, patience: Patience) -> TaxonomyError | _AgainError:
    """Return what to raise for an answer that is no file."""
    status, said = response.status_code, f"{response.status_code} {response.reason or ''}".strip()
    if status in _GONE:
        look = f"look at {remote.homepage}" if remote.homepage else "look where it is now"
        return NotFoundError(f"{remote.url}: not there ({said}); {look}, and give the new address with --catalogue")
    if status in (401, 403):
        return InputError(f"{remote.url}: access is refused ({said}); see {remote.homepage or 'its homepage'} for how")
    if status not in _BUSY:
        return InputError(f"{remote.url}: the server answered {said}; check the address")
    pause = _retry_after(response.headers)
    if pause is not None and pause > patience.longest:
        return InputError(f"{remote.url}: the server is busy and asks for a pause of {pause:,.0f} s; try again then")
    return _AgainError(f"the server is busy ({said})", pause)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the pause in seconds that a server asks for, which it gives as such or as a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, date.timestamp() - time.time())
