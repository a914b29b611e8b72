"""The lock of a taxonomy: a file beside it that names all that went in, so that the same can be built again.

``taxonomy.lock`` is JSON: the program's version, the checksums of the models, of people's decisions and of every source
in merge order, with version and licence, and the options.  The same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from taxonomy._version import __version__
from taxonomy.concept import Source
from taxonomy.errors import InputError

FORMAT = 1
_SOURCE = ("name", "kind", "version", "sha256", "data_licence", "package", "file", "domain", "min_confidence")
_SHORT = 12  # letters of a checksum that a message shows


def path_of(db: Path) -> Path:
    """Return the file of the lock of a database; where that is a link, beside the file."""
    return db.resolve().with_suffix(".lock")


def describe(db: Path, sources: Sequence[Source], encoder: str, models: Sequence[Path]) -> dict[str, Any]:
    """Return what a lock says.

    Args:
        db: the database, beside which people's decisions lie.
        sources: in merge order, WordNet not among them.
        encoder: fingerprint of the text encoder.
        models: files of the weights that link and mark.
    """
    return {
        "lock": FORMAT,
        "taxonomy": __version__,
        "encoder": encoder,
        "models": {file.name: _checksum(file) for file in models},
        "decisions": _decisions(db),
        "sources": [
            {field: value for field, value in asdict(source).items() if field in _SOURCE and value not in ("", None)}
            for source in sources
        ],
    }


def write(db: Path, content: dict[str, Any]) -> None:
    """Write a lock whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    file = path_of(db)
    work = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        work.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        work.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}); the database is whole") from error
    finally:
        work.unlink(missing_ok=True)


def check(db: Path, content: dict[str, Any]) -> None:
    """Refuse to build something else than the lock says.

    Raises:
        InputError: there is no lock, or it differs; the message says in what.
    """
    file = path_of(db)
    try:
        locked = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file}: there is no lock; build once without --locked to make it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read ({error}); take it from your version control") from error
    if found := list(_differences(locked, content)):
        what = "\n".join(f"  {line}" for line in found)
        raise InputError(f"{file}: this build would differ\n{what}\nTake what was locked, or build without --locked")


def checksum(db: Path, sources: Sequence[tuple[str, str]]) -> str | None:
    """Return the SHA-256 of the lock of a database; None when it has none, or one of another state.

    Args:
        db: the database.
        sources: name and checksum of each that is in it, in merge order, WordNet not among them.
    """
    file = path_of(db)
    try:
        content = file.read_bytes()
        locked = json.loads(content)
        named = [(source["name"], source.get("sha256", "")) for source in locked["sources"]]
        same = locked["lock"] == FORMAT and named == list(sources) and locked["decisions"] == _decisions(db)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return hashlib.sha256(content).hexdigest() if same else None


def _decisions(db: Path) -> dict[str, str]:
    """Return the checksums of the files of people's decisions."""
    from taxonomy.decisions import LINKS, OTHERS

    beside = [db.resolve().parent / name for name in (LINKS, OTHERS)]
    return {file.name: _checksum(file) for file in beside if file.is_file()}


def _differences(locked: Any, content: dict[str, Any]) -> Iterator[str]:
    """Say in what a build differs from its lock."""
    if not isinstance(locked, dict) or locked.get("lock") != FORMAT:
        yield f"the lock is none of format {FORMAT}"
        return
    for field in ("taxonomy", "encoder"):
        if locked.get(field) != content[field]:
            yield f"{field}: {_shown(locked.get(field))} was locked, it is {_shown(content[field])}"
    for field in ("models", "decisions"):
        before, now = locked.get(field, {}), content[field]
        for name in sorted({*before, *now}):
            if before.get(name) != now.get(name):
                yield f"{name}: {_shown(before.get(name))} was locked, it is {_shown(now.get(name))}"
    yield from _other_sources(locked.get("sources", []), content["sources"])


def _other_sources(locked: Sequence[dict[str, Any]], sources: Sequence[dict[str, Any]]) -> Iterator[str]:
    before, now = ({source["name"]: source for source in some} for some in (locked, sources))
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old is None or new is None:
            yield f"{name}: {'was not locked' if old is None else 'was locked and is missing'}"
        elif old != new:
            fields = [field for field in _SOURCE if old.get(field) != new.get(field)]
            yield f"{name}: another {', '.join(fields)}"
    if list(before) != list(now) and before.keys() == now.keys():
        yield "the sources come in another order"


def _shown(value: object) -> str:
    return str(value)[:_SHORT] if value else "none"


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
