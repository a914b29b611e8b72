"""What every annotation format shares: the `LabelFormat` record, and what goes into a file that is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from numpy import int32
from numpy.typing import NDArray

from taxonomy.labels._boxes import Picture
from taxonomy.labels.batch import Annotations, Batch

Report = Callable[[str, str], None]
"""Sets a bad row aside: where it is (``file.csv:12``) and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A batch with labels that were added; its labels are positions in `Sink.ids`.

    Attributes:
        batch: all labels, those of the file among them.
        reasons: ``(n,)``, positions in `Sink.reasons`; 0 for what the file holds.
    """

    batch: Batch
    reasons: NDArray[int32]


class Sink(Protocol):
    """What a writer needs to know of labels; all lists grow while batches come.

    Attributes:
        ids: what is written for each label: a concept's id, or the label's own key.
        names: a readable name for each.
        reasons: why a label was added (``ancestor of n02084071``); the first is empty.
        placed: by the key of a label of the file, the position in ``ids`` of what is written for it; a key that is
            missing is not written.
        dropped: by the number of an image of the file, its labels that are not written though others of the same key
            may be: key, and whether it is absent there.  It is known when the image comes.
    """

    ids: list[str]
    names: list[str]
    reasons: list[str]
    placed: dict[str, int]
    dropped: dict[int, set[tuple[str, bool]]]

    def above(self, key: str) -> Collection[int]:
        """Return the positions in ``ids`` of the ancestors of a label of the file: what each box of it is, too."""
        ...


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """One annotation format.

    Attributes:
        name: what the user calls it; also that of the module.
        sniff: tells by the path and the first bytes (none for a folder) whether a file is of this format.
        open: opens a file to read, which reports the rows that it cannot use.
        write: writes batches to a file that is not there yet (or a folder); ``source`` is the file that they were read
            from when that is of the same format, for what labels do not say (boxes, image sizes), else None.
            Returns remarks for the user: what it could not hold, a line each.  None when it cannot be written.
        suffixes: of the names of the files that it writes.
        boxes: yields the boxes of each image of a file, in the order of its batches.  None when it has none.
        write_boxes: writes as ``write`` does, with the boxes of another format, in the same order; reports images whose
            file another one has.
    """

    name: str
    sniff: Callable[[Path, bytes], bool]
    open: Callable[[Path, Report], Annotations]
    write: Callable[[Path, Iterator[Expanded], Sink, Path | None], list[str]] | None = None
    suffixes: tuple[str, ...] = ()
    boxes: Callable[[Path], Iterator[Picture]] | None = None
    write_boxes: Callable[[Path, Iterator[Expanded], Sink, Iterator[Picture], Report], list[str]] | None = None
