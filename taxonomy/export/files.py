"""Writes an output file whole or not at all: beside its place first, then renamed into it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TextIO

from taxonomy.errors import InputError


@contextmanager
def fresh(path: Path, *, force: bool = False) -> Iterator[TextIO]:
    """Open a text file to write, UTF-8 with line feeds; it is at ``path`` once the block ends well.

    Args:
        path: where to; through a symbolic link, the file that it points to.
        force: replace the file when it exists.

    Raises:
        InputError: the file exists, or it cannot be written; what was there is untouched.
    """
    check_fresh(path, force=force)
    place = path.resolve()
    if place.exists() and not place.is_file():
        # A device or a pipe (/dev/stdout) has nothing to lose, and must not be renamed over.
        with _explained(path), place.open("w", encoding="utf-8", newline="\n") as out:
            yield out
        return
    work = place.with_name(f".{place.name}.{os.getpid()}.part")
    with _explained(path):
        try:
            with work.open("w", encoding="utf-8", newline="\n") as out:
                yield out
            work.replace(place)
        finally:
            work.unlink(missing_ok=True)


def check_fresh(path: Path, *, force: bool = False) -> None:
    """Refuse what `fresh` would refuse, before hours of work.

    Raises:
        InputError: the file exists, is a folder, or has none to be in.
    """
    place = path.resolve()
    if place.is_dir():
        raise InputError(f"{path} is a folder; name a file in it with -o")
    if not place.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}; create it first")
    if place.is_file() and not force:
        raise InputError(f"{path} exists; replace it with --force, or name another file with -o")


@contextmanager
def fresh_path(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a path to write a file or a folder to; what is there is at ``path`` once the block ends well.

    Args:
        path: where to; the path that is given has the same extension.
        force: replace the file or folder when it exists.

    Raises:
        InputError: it exists, or it cannot be written; what was there is untouched.
    """
    check_fresh_path(path, force=force)
    place = path.resolve()
    work, old = (place.with_name(f".{place.stem}.{os.getpid()}.{what}{place.suffix}") for what in ("part", "old"))
    with _explained(path):
        try:
            yield work
            if not place.is_dir():
                work.replace(place)
                return
            place.rename(old)  # a folder is not replaced by renaming alone
            try:
                work.rename(place)
            except OSError:
                old.rename(place)
                raise
        finally:
            for rest in (work, old):
                if rest.is_dir():
                    rmtree(rest)
                else:
                    rest.unlink(missing_ok=True)


def check_fresh_path(path: Path, *, force: bool = False) -> None:
    """Refuse what `fresh_path` would refuse.

    Raises:
        InputError: it exists, is a device or a pipe, or has no folder to be in.
    """
    place = path.resolve()
    if not place.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}; create it first")
    if place.exists() and not place.is_file() and not place.is_dir():
        raise InputError(f"{path} is neither file nor folder; name another one with -o")
    if place.exists() and not force:
        raise InputError(f"{path} exists; replace it with --force, or name another one with -o")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one that says what to do."""
    try:
        yield
    except OSError as error:
        message = f"{path}: cannot be written ({error.strerror or error}); nothing was changed"
        raise InputError(message) from error
