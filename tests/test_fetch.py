"""`taxonomy fetch` against a server on loopback that does all that servers do wrong."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import time
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO

import pytest
from loopback import (
    CONTENT,
    SHA256,
    Handler,
    Server,
    breaking_off,
    honest,
    ignoring_range,
    left,
    remote,
    saying,
    stalling,
)

from taxonomy.errors import InputError, NotFoundError
from taxonomy.fetch import Patience, Remote, fetch
from taxonomy.fetch.part import Part


def test_a_file_comes_with_a_record_of_where_it_is_from(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else nobody could say a year later what a database was built from, and under which licence."""
    seen: list[tuple[int, int | None]] = []
    record, fresh = fetch(
        remote(server, sha256=SHA256, credit="A. Author"),
        tmp_path / "new" / "folder",
        patience=patience,
        progress=lambda done, total: seen.append((done, total)),
    )
    path = tmp_path / "new" / "folder" / "base.obo"
    assert fresh
    assert path.read_bytes() == CONTENT
    assert json.loads(path.with_name("base.obo.json").read_text()) == {
        "name": "base", "url": server.url(), "date": record.date, "sha256": SHA256, "size": len(CONTENT),
        "etag": '"one"', "modified": "", "version": "", "licence": "CC0-1.0", "credit": "A. Author",
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.date)
    assert left(path.parent) == ["base.obo", "base.obo.json"]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert server.asked[0]["User-Agent"].startswith("label-taxonomy/")


def test_a_connection_that_breaks_off_goes_on_where_it_stopped(
    server: Server, tmp_path: Path, patience: Patience, pauses: list[float]
) -> None:
    """Else a dump of a hundred gigabytes would never come whole."""
    server.script = [breaking_off(300_000), breaking_off(100), honest]
    server.script[1] = lambda handler: handler.hang_up()
    record, _ = fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT
    assert record.sha256 == SHA256
    assert [headers["Range"] for headers in server.asked] == [None, "bytes=300000-", "bytes=300000-"]
    assert server.asked[2]["If-Range"] == '"one"'
    assert pauses == [1, 2]


def test_a_later_run_goes_on_where_an_earlier_one_stopped(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a night without net would cost the whole day's download."""
    server.script = [breaking_off(300_000), *[lambda handler: handler.hang_up()] * 3]
    with pytest.raises(InputError, match=r"300,000 bytes that came are kept"):
        fetch(remote(server, sha256=SHA256), tmp_path, patience=patience)
    assert left(tmp_path) == ["base.obo.part", "base.obo.part.json"]
    server.asked.clear()
    fetch(remote(server, sha256=SHA256), tmp_path, patience=patience)
    assert [headers["Range"] for headers in server.asked] == ["bytes=300000-"]
    assert (tmp_path / "base.obo").read_bytes() == CONTENT
    assert left(tmp_path) == ["base.obo", "base.obo.json"]


def test_a_file_that_changes_in_between_begins_anew(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else the file would be half of one version and half of another, and no sum would tell."""
    server.script = [breaking_off(300_000)]
    server.content, server.etag = CONTENT[::-1], '"two"'
    server.script[0] = lambda handler: (
        handler.say(200, CONTENT[:300_000], len(CONTENT), ETag='"one"'),
        handler.hang_up(),
    )
    record, _ = fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT[::-1]
    assert record.etag == '"two"'


@pytest.mark.parametrize(("etag", "modified"), [('W/"weak"', ""), ("", "")])
def test_without_a_sure_mark_of_the_version_it_begins_anew(
    etag: str, modified: str, server: Server, tmp_path: Path, patience: Patience
) -> None:
    """Else pieces of two versions could be put together."""
    server.script = [breaking_off(300_000, ETag=etag, Last_Modified=modified)]
    fetch(remote(server), tmp_path, patience=patience)
    assert [headers["Range"] for headers in server.asked] == [None, None]
    assert (tmp_path / "base.obo").read_bytes() == CONTENT


def test_the_date_of_the_last_change_marks_a_version_too(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else servers that give only weak marks could never go on."""
    date = "Sat, 01 Aug 2026 00:00:00 GMT"
    server.script = [breaking_off(300_000, ETag='W/"weak"', Last_Modified=date)]
    fetch(remote(server), tmp_path, patience=patience)
    assert server.asked[1]["If-Range"] == date


def test_a_server_that_ignores_the_range_begins_anew(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else the whole would be put behind the half."""
    server.script = [breaking_off(300_000), ignoring_range]
    fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT


def test_a_server_that_sends_another_part_is_not_believed(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a proxy's mistake would put a hole into the file."""
    wrong = saying(206, b"x" * 100, ETag='"one"', Content_Range="bytes 5-104/768000")
    server.script = [breaking_off(300_000), wrong]
    fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT


def test_a_rest_that_is_not_there_begins_anew_or_is_none(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a file that came whole but was not renamed would fail for ever with 416."""
    server.script = [breaking_off(300_000), saying(416, Content_Range="bytes */5")]
    fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT
    with Part(tmp_path / "base.obo", server.url()) as part:  # as a run leaves it that is killed before the rename
        part.restart('"one"')
        part.append(CONTENT)
    server.asked.clear()
    record, _ = fetch(remote(server), tmp_path, force=True, patience=patience)
    assert [headers["Range"] for headers in server.asked] == [f"bytes={len(CONTENT)}-"]
    assert record.sha256 == SHA256


def test_a_server_that_stalls_is_called_again(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else the command would hang all night."""
    server.script = [stalling]
    fetch(remote(server), tmp_path, patience=patience)
    assert server.asked[1]["Range"].startswith("bytes=")
    assert (tmp_path / "base.obo").read_bytes() == CONTENT


def test_a_server_that_lies_about_the_length_is_given_up(
    server: Server, tmp_path: Path, patience: Patience, pauses: list[float]
) -> None:
    """Else a cut-off file would pass for a whole one, or the command would try for ever."""

    def short(handler: Handler) -> None:
        handler.say(200, b"little", 1000)
        handler.hang_up()

    server.script = [short] * 9
    with pytest.raises(InputError, match=r"broke off after 6 bytes; tried 4 times"):
        fetch(remote(server), tmp_path, patience=patience)
    assert not (tmp_path / "base.obo").exists()
    assert pauses == [1, 2, 4] or pauses == [1, 1, 2, 4]


def test_a_wrong_file_is_not_kept(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a file that was tampered with would be merged."""
    (tmp_path / "base.obo").write_text("what was there")
    server.content = b"something else"
    with pytest.raises(InputError, match=r"the sha256 is [0-9a-f]{64} where the catalogue says"):
        fetch(remote(server, sha256=SHA256), tmp_path, force=True, patience=patience)
    assert left(tmp_path) == ["base.obo"]
    assert (tmp_path / "base.obo").read_text() == "what was there"
    assert len(server.asked) == 1


def test_pieces_of_two_versions_are_fetched_anew_once(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a half from last month would spoil every later download."""
    with Part(tmp_path / "base.obo", server.url()) as part:
        part.restart()
        part.append(b"x" * 300_000)
    fetch(remote(server, sha256=SHA256), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT
    assert [headers["Range"] for headers in server.asked] == ["bytes=300000-", None]


def test_a_half_from_another_address_is_thrown_away(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else the end of one release would be put behind the beginning of another."""
    with Part(tmp_path / "base.obo", server.url("/older")) as part:
        part.restart('"one"')
        part.append(b"x" * 300_000)
    fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT


def test_a_busy_server_is_called_when_it_says(
    server: Server, tmp_path: Path, patience: Patience, pauses: list[float]
) -> None:
    """Else Wikimedia would ban the address for a day."""
    date = formatdate(time.time() + 60, usegmt=True)
    server.script = [saying(429, Retry_After="7"), saying(503, Retry_After=date), saying(500)]
    fetch(remote(server), tmp_path, patience=patience)
    assert pauses[0] == 7
    assert 55 < pauses[1] <= 60
    assert pauses[2] == 4
    server.script = [saying(429, Retry_After="7200")]
    with pytest.raises(InputError, match="asks for a pause of 7,200 s"):
        fetch(remote(server), tmp_path, force=True, patience=patience)


@pytest.mark.parametrize("said", ["", "soon", "-1", "Fri, 99 Nov 2026 00:00:00 GMT"])
def test_a_pause_that_cannot_be_read_is_ours(
    said: str, server: Server, tmp_path: Path, patience: Patience, pauses: list[float]
) -> None:
    """Else a traceback would end the download."""
    server.script = [saying(429, Retry_After=said)]
    fetch(remote(server), tmp_path, patience=patience)
    assert pauses == [1]


def test_what_is_gone_is_said_with_where_to_look(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a user would not know what to do about an address that moved."""
    server.script = [saying(404)]
    with pytest.raises(NotFoundError, match=r"not there \(404 Not Found\); look at https://example.org"):
        fetch(remote(server, homepage="https://example.org"), tmp_path, patience=patience)
    server.script = [saying(403)]
    with pytest.raises(InputError, match="access is refused"):
        fetch(remote(server), tmp_path, patience=patience)
    assert left(tmp_path) == []


def test_a_web_page_is_no_file(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else the login page of a hotel would be saved as an ontology."""
    server.script = [saying(200, b"<html>Welcome", Content_Type="text/html; charset=utf-8")]
    with pytest.raises(InputError, match="a web page instead of the file"):
        fetch(remote(server), tmp_path, patience=patience)
    assert left(tmp_path) == []


def test_a_body_packed_on_the_way_is_unpacked(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a text would be saved as gzip, or a .gz as its text, and nothing could read it."""
    import gzip

    packed = gzip.compress(CONTENT)
    server.script = [saying(200, packed, Content_Encoding="gzip")] * 2
    fetch(remote(server), tmp_path, patience=patience)
    assert (tmp_path / "base.obo").read_bytes() == CONTENT
    fetch(remote(server, file="base.obo.gz"), tmp_path, patience=patience)
    assert (tmp_path / "base.obo.gz").read_bytes() == packed


def test_an_unknown_host_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: Patience) -> None:
    """Else somebody without net would wait for a minute and be shown a traceback."""

    def unknown(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    missing = Remote("base", "http://no-such-host.invalid/base.obo", file="base.obo")
    with pytest.raises(InputError, match="the server is not found"):
        fetch(missing, tmp_path, patience=patience)
    assert left(tmp_path) == []


def test_a_server_that_is_down_is_tried_and_given_up(
    server: Server, tmp_path: Path, patience: Patience, pauses: list[float]
) -> None:
    """Else a short restart of the server would end a download, or a long one hang it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError, match=r"does not answer; tried 4 times, try later$"):
        fetch(remote(server, url=f"http://127.0.0.1:{port}/x"), tmp_path, patience=patience)
    assert pauses == [1, 2, 4]


def test_a_full_disk_is_said(
    server: Server, tmp_path: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a hundred gigabytes would come before it is known that they do not fit."""

    class Full:
        def __init__(self, stream: BinaryIO) -> None:
            self.stream = stream

        def write(self, block: bytes) -> int:
            if self.stream.tell() > 300_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self.stream.write(block)

        def __getattr__(self, name: str) -> object:
            return getattr(self.stream, name)

    with monkeypatch.context() as patch:
        patch.setattr(Part, "_open", property(lambda part: Full(part._stream)))
        with pytest.raises(InputError, match=f"{os.strerror(errno.ENOSPC)}; make room"):
            fetch(remote(server), tmp_path, patience=patience)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10}))
        with pytest.raises(InputError, match="needs 768,000 bytes more and 10 are free; make room"):
            fetch(remote(server, file="other.obo"), tmp_path, patience=patience)
    assert left(tmp_path) == ["base.obo.part", "base.obo.part.json"]
    fetch(remote(server), tmp_path, patience=patience)
    assert server.asked[-1]["Range"].startswith("bytes=")
    assert (tmp_path / "base.obo").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_is_said(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else a traceback would stand where the name of the folder should."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="name another folder with -o"):
        fetch(remote(server), tmp_path / "file", patience=patience)
    (tmp_path / "base.obo").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        fetch(remote(server), tmp_path, patience=patience)
    with pytest.raises(InputError, match=r"Permission denied|Read-only|No such file|Operation not permitted"):
        fetch(remote(server), Path("/proc/self/here"), patience=patience)


def test_two_runs_do_not_write_into_one_file(server: Server, tmp_path: Path, patience: Patience) -> None:
    """Else two shells would mix their bytes."""
    with (
        Part(tmp_path / "base.obo", server.url()),
        pytest.raises(InputError, match="another process is loading this file"),
    ):
        fetch(remote(server), tmp_path, patience=patience)
