"""YOLO data files: the ``names`` of a YAML file, a list or a mapping from class index to name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources._format import Format, Report, read_text

if TYPE_CHECKING:
    from yaml.nodes import Node

_NAMES = re.compile(rb"""^[ \t{]*["']?names["']?\s*:""", re.MULTILINE)


def _sniff(path: Path, head: bytes) -> bool:
    return _NAMES.search(head) is not None


def _read(path: Path, report: Report) -> Iterator[tuple[str, SourceClass]]:
    import yaml

    names = _names(path)
    if isinstance(names, yaml.SequenceNode):
        rows = [(str(index), node) for index, node in enumerate(names.value)]
    elif isinstance(names, yaml.MappingNode):
        rows = [(_text(key), node) for key, node in names.value]
    else:
        raise InputError(f"{path.name}: no list or mapping `names` at the top level; write names: [person, car]")
    for key, node in rows:
        yield f"{path.name}:{node.start_mark.line + 1}", SourceClass(key=key, name=_text(node))


def _names(path: Path) -> Node | None:
    """Return the YAML node of ``names``.

    Nodes, not values: a class called ``no`` does not become False nor ``007`` the number 7, both of two equal
    keys are there, and each knows its line.
    """
    import yaml

    try:
        # The loader in C is faster, but deep nesting crashes the interpreter in it.
        document = yaml.compose(read_text(path), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path.name}{line}: not valid YAML: {error.problem}; correct that line") from error
    except (yaml.YAMLError, RecursionError) as error:
        what = str(error).partition("\n")[0]
        raise InputError(f"{path.name}: not valid YAML: {what}") from error
    members = document.value if isinstance(document, yaml.MappingNode) else []
    return next((node for key, node in members if key.value == "names"), None)


def _text(node: Node) -> str:
    """Return a scalar as it is written; a list or a mapping is no name, and empty."""
    return node.value if isinstance(node.value, str) else ""


FORMAT = Format("yolo", "YAML with `names:`", _sniff, _read)
