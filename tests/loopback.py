"""A server on loopback that does all that servers do wrong, as the tests of `taxonomy fetch` tell it."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from taxonomy.fetch import Remote

CONTENT = bytes(range(256)) * 3000  # several blocks
SHA256 = hashlib.sha256(CONTENT).hexdigest()

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as the script says, then honestly."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.headers)
        answer = self.server.script.pop(0) if self.server.script else honest
        answer(self)

    def say(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """The server, what it will answer, and what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.etag = CONTENT, '"one"'
        self.script: list[Answer] = []
        self.asked: list = []

    def url(self, path: str = "/base.obo") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *arguments: object) -> None:
        pass  # clients that hang up are part of the play


def honest(handler: Handler) -> None:
    content, etag = handler.server.content, handler.server.etag
    wanted = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if not wanted or handler.headers.get("If-Range", etag) != etag:
        handler.say(200, content, len(content), ETag=etag)
    elif int(wanted[1]) >= len(content):
        handler.say(416, b"", 0, Content_Range=f"bytes */{len(content)}")
    else:
        rest = content[int(wanted[1]) :]
        span = f"bytes {wanted[1]}-{len(content) - 1}/{len(content)}"
        handler.say(206, rest, len(rest), ETag=etag, Content_Range=span)


def breaking_off(after: int, **headers: str) -> Answer:
    def answer(handler: Handler) -> None:
        content = handler.server.content
        handler.say(200, content[:after], len(content), **({"ETag": handler.server.etag} | headers))
        handler.hang_up()

    return answer


def saying(status: int, body: bytes = b"", **headers: str) -> Answer:
    return lambda handler: handler.say(status, body, len(body), **headers)


def ignoring_range(handler: Handler) -> None:
    handler.say(200, CONTENT, len(CONTENT), ETag=handler.server.etag)


def stalling(handler: Handler) -> None:
    handler.say(200, CONTENT[:300_000], len(CONTENT), ETag=handler.server.etag)
    handler.wfile.flush()
    handler.server.released.wait(10)
    handler.close_connection = True


def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Yield a server that runs until it is taken back."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def remote(server: Server, **facts: str) -> Remote:
    return Remote(**{"name": "base", "url": server.url(), "licence": "CC0-1.0", "file": "base.obo", **facts})


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
