"""JSON documents of ontologies, plain or compressed, and the texts in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from taxonomy.errors import InputError
from taxonomy.sources._format import Report
from taxonomy.sources._packed import read_bytes


def load(path: Path, report: Report) -> Any:
    """Parse a JSON file, plain or compressed.

    Raises:
        InputError: it is not valid JSON.
    """
    import json

    try:
        return json.loads(read_bytes(path, report).decode("utf-8-sig", "replace"))
    except json.JSONDecodeError as error:
        message = f"{path.name}:{error.lineno}: not valid JSON (column {error.colno}): {error.msg}; correct it"
        raise InputError(message) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: JSON that cannot be read: {error}; get the file again") from error


def text(value: object) -> str:
    """Return a text, or an integer as text; anything else is no name or id, and empty."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list; none of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
