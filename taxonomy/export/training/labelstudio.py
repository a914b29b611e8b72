"""Label Studio's labelling configuration: classes to choose from a tree, for pictures.

A ``Choice`` shows a name and stores its ``alias``, the id of the concept, so that a result says what was meant: the ids
from the top of the tree down.  Headings, the ancestors under which the classes part, may be chosen too, by those who
cannot tell more.
"""

from __future__ import annotations

from typing import TextIO

from taxonomy.export._format import Exporter, Report
from taxonomy.export.headings import headed
from taxonomy.export.selection import Selection
from taxonomy.export.training._classes import described
from taxonomy.export.tree import measure
from taxonomy.export.unique import unique_names
from taxonomy.text import counted

# All that XML forbids of what may stand in a name, and what ends an attribute or stands for something else in it.
_ESCAPES: dict[int, str] = {
    **dict.fromkeys((*range(32), 0x7F, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), " "),
    **{ord(each): written for each, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))},
}


def _write(selection: Selection, out: TextIO) -> Report:
    ids, tree = selection.ids(), headed(selection)
    names = unique_names(selection, lambda name: _shown(name).casefold(), tree)
    below: dict[int | None, list[int]] = {}
    for key, parent in tree.items():
        below.setdefault(parent, []).append(key)

    def choose(key: int, depth: int) -> None:
        tag = f'{"  " * depth}<Choice value="{_shown(names[key])}" alias="{_escaped(ids[key])}"'
        if key not in below:
            out.write(f"{tag}/>\n")
            return
        out.write(f"{tag}>\n")
        for child in below[key]:
            choose(child, depth + 1)
        out.write(f"{'  ' * depth}</Choice>\n")

    out.write('<View>\n  <Image name="image" value="$image"/>\n  <Taxonomy name="label" toName="image">\n')
    for key in below[None]:
        choose(key, 2)
    out.write("  </Taxonomy>\n</View>\n")
    loss, number = measure(tree, selection.hierarchy), len(selection.concepts)
    wrote = f"{counted(number, 'class', 'classes')} under {counted(len(tree) - number, 'heading')}"
    return Report(wrote, described(loss), loss)


def _shown(name: str) -> str:
    return _escaped(name.lstrip("$"))  # with a dollar first, Label Studio would look for it in the task


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


EXPORTERS = (
    Exporter(
        name="label-studio",
        summary="Label Studio's configuration: nested choices that show names and store ids",
        loses="all parents but one of each class (counted), ancestors that divide no classes, synonyms, definitions",
        write=_write,
    ),
)
