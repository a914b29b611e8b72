"""Vectors kept on disk, for encoders that take long: one SQLite file, keyed by what decides a vector.

The key is the hash of the encoder's fingerprint and the text, so nothing in the file goes stale, and any number of
models and programs can share it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from taxonomy.encoding._format import Encoder, Vectors
from taxonomy.errors import InputError

_BATCH = 1024  # texts between two commits: what an interruption can cost


def default_path() -> Path:
    """Return the file in the user's cache folder (``XDG_CACHE_HOME``, else ``~/.cache``)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "label-taxonomy" / "vectors.sqlite"


class CachedEncoder:
    """An encoder that encodes no text twice; see `cached`."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension

    @property
    def fingerprint(self) -> str:
        """The encoder's."""
        return self._encoder.fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts; see `Encoder.encode`."""
        return cached(self._encoder, texts)


def cached(encoder: Encoder, texts: Sequence[str], path: Path | None = None) -> Vectors:
    """Return what ``encoder.encode(texts)`` returns, encoding only the texts that were never encoded before.

    Args:
        encoder: the encoder.
        texts: the texts; one that stands several times is encoded once.
        path: the file that keeps the vectors; `default_path` when there is none.

    Returns:
        float32 of shape ``(len(texts), encoder.dimension)``.

    Raises:
        InputError: the file is of another kind or cannot be written.
    """
    path = path or default_path()
    keys = [_key(encoder, text) for text in texts]
    text_of = dict(zip(keys, texts, strict=True))
    with _opened(path) as connection:
        known = {key: vector for key in text_of for vector in _stored(connection, key)}
    missing = [key for key in text_of if key not in known]
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors = encoder.encode([text_of[key] for key in batch]).astype("<f4")
        fresh = {key: vector.tobytes() for key, vector in zip(batch, vectors, strict=True)}
        with _opened(path) as connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", fresh.items())
        known |= fresh
    joined = b"".join(known[key] for key in keys)
    return np.frombuffer(joined, "<f4").astype(np.float32).reshape(len(texts), encoder.dimension)


def _key(encoder: Encoder, text: str) -> bytes:
    return hashlib.sha256(f"{encoder.fingerprint}\0{text}".encode("utf-8", "surrogatepass")).digest()


def _stored(connection: sqlite3.Connection, key: bytes) -> Iterator[bytes]:
    for (vector,) in connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)):
        yield vector


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file, made if need be, and commit at the end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            yield connection
    except (OSError, sqlite3.Error) as error:
        raise InputError(f"{path}: cannot keep vectors there ({error}); delete the file or name another") from error
