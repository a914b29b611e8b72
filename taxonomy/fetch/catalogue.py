"""The catalogue of files on the net: the shipped ``data/remote.toml``, and one of the user's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit

from taxonomy.errors import InputError, NotFoundError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE = re.compile(r"[^/\\\0-\x1f\x7f.][^/\\\0-\x1f\x7f]*")  # no path, and nothing hidden
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NEEDED = ("url", "licence")
# Beside a file stand its record and what is half loaded; no other file may have such a name.
_OURS = (".part", ".part.json")


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on the net.

    Attributes:
        name: what the command line calls it.
        url: where it is.
        title: what it is.
        version: the release that ``url`` names; empty where it always gives the newest.
        licence: SPDX id, ``LicenseRef-…``, or ``NOASSERTION``.
        credit: whom to name.
        homepage: where people read about it.
        format: what it is written in.
        sha256: checksum in lower-case hex, or empty where it is not known.
        file: the name to save it under.
    """

    name: str
    url: str
    title: str = ""
    version: str = ""
    licence: str = ""
    credit: str = ""
    homepage: str = ""
    format: str = ""
    sha256: str = ""
    file: str = ""


_FIELDS = tuple(field.name for field in fields(Remote) if field.name != "name")


def load(own: Path | None = None) -> dict[str, Remote]:
    """Return the shipped catalogue by name, with the entries of a user's own beside, or in place of those so named.

    Raises:
        InputError: a catalogue is missing, is no TOML, or has an entry that cannot be used.
    """
    from taxonomy.sources.shipped import data_dir

    remotes = _read(data_dir() / "remote.toml")
    if own is not None:
        remotes |= _read(own)
    owners: dict[str, str] = {}
    for remote in remotes.values():
        for file in (remote.file, f"{remote.file}.json"):
            other = owners.setdefault(file.casefold(), remote.name)
            if other != remote.name:
                where = own or "remote.toml"
                raise InputError(f"{where}: {other} and {remote.name} would both write {file}; give one another `file`")
    return remotes


def choose(remotes: Mapping[str, Remote], names: Iterable[str]) -> list[Remote]:
    """Return the entries of these names, each once.

    Raises:
        NotFoundError: a name is not in the catalogue.
    """
    chosen = []
    for name in dict.fromkeys(names):
        if name not in remotes:
            near = get_close_matches(name.lower(), remotes, 1)
            hint = f"do you mean {near[0]}?" if near else "'taxonomy fetch --list' shows what there is"
            raise NotFoundError(f"{name} is not in the catalogue; {hint}")
        chosen.append(remotes[name])
    return chosen


def _read(path: Path) -> dict[str, Remote]:
    try:
        tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: the catalogue cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: the catalogue is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: the catalogue is no TOML ({error}); write it as data/remote.toml is") from error
    return {name: _remote(f"{path}: [{name}]", name, table) for name, table in tables.items()}


def _remote(where: str, name: str, table: object) -> Remote:
    if not _NAME.fullmatch(name):
        raise InputError(f"{where}: a name is made of letters, digits and . _ -")
    if not isinstance(table, dict):
        raise InputError(f"{where} is no table; write [{name}] above its fields")
    _check_fields(where, table)
    values = {field: value.strip() for field, value in table.items()}
    address = _address(where, values["url"])
    values["sha256"] = values.get("sha256", "").lower()
    if values["sha256"] and not _SHA256.fullmatch(values["sha256"]):
        raise InputError(f"{where}: a sha256 has 64 hexadecimal digits; correct it, or leave it out")
    values["file"] = values.get("file") or unquote(address.rpartition("/")[2])
    if not _FILE.fullmatch(values["file"]) or values["file"].casefold().endswith(_OURS):
        raise InputError(f"{where}: {values['file']!r} cannot be the name of a file; give one with `file`")
    return Remote(name, **values)


def _check_fields(where: str, table: dict[str, object]) -> None:
    for field, value in table.items():
        if isinstance(value, dict):
            raise InputError(f'{where} is a table of tables; a name with a dot stands between quotation marks: ["a.b"]')
        if field not in _FIELDS:
            raise InputError(f"{where}: {field} is no field; there are {', '.join(_FIELDS)}")
        if not isinstance(value, str):
            raise InputError(f"{where}: {field} is no text; put it between quotation marks")
    for field in _NEEDED:
        if not str(table.get(field, "")).strip():
            raise InputError(f"{where} has no {field}; add one")


def _address(where: str, url: str) -> str:
    """Return the path of an address that can be fetched."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"{where}: {url} is no http or https address")
    return parts.path
