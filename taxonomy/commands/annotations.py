"""What the commands for annotation files share: options, and a file with the space of its labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taxonomy import text
from taxonomy.commands.link import Report, counted
from taxonomy.commands.output import note

if TYPE_CHECKING:
    from taxonomy.cooccurrence.rule import Rule
    from taxonomy.labels import Annotations, Batch, Expanded, Label, Sink
    from taxonomy.labels.space import Space
    from taxonomy.labels.written import Written
    from taxonomy.store.read import Taxonomy

_MOST_NAMED = 5

File = Annotated[Path, typer.Argument(metavar="FILE", help="Annotations: a file, or a folder, of a known format.")]
Vocabulary = Annotated[
    str | None,
    typer.Option(
        metavar="DATASET",
        help="The dataset whose keys or names the labels are.",
        show_default="ids and names of concepts",
    ),
]
From = Annotated[str | None, typer.Option("--from", metavar="FORMAT", help="Format of FILE.", show_default="found out")]
To = Annotated[str | None, typer.Option("--to", metavar="FORMAT", help="Format to write.", show_default="that of FILE")]
Out = Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="The file or folder to write.")]
Force = Annotated[bool, typer.Option("--force", help="Replace OUT when it exists.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a file with bad rows instead of setting them aside.")]


class Opened:
    """An annotation file with the space of its labels.

    Attributes:
        space: of its labels.
        annotations: the file.
        bad_rows: how many bad rows there were.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        file: Path,
        vocabulary: str | None,
        format: str | None,
        strict: bool = False,
        told: Callable[[str, str], None] | None = None,
    ) -> None:
        """Open a file.

        Args:
            taxonomy: stays open as long as it is read.
            file: the annotations.
            vocabulary: the dataset whose keys or names the labels are.
            format: of the file; None to find it out.
            strict: whether bad rows are refused.
            told: told of bad rows, instead of the user.

        Raises:
            InputError: the file is missing, or of no known format.
            NotFoundError: the dataset is not in the taxonomy.
        """
        from taxonomy.labels import open_labels
        from taxonomy.labels.space import Space

        self.space: Space = Space(taxonomy, vocabulary)
        self._report = Report(strict)
        self._told = told or self._report
        self.bad_rows = 0
        self._file, self._taxonomy, self._vocabulary = file, taxonomy, vocabulary
        self.annotations: Annotations = open_labels(file, self._tell, format)
        self._all: list[Label] | None = None

    def _tell(self, where: str, what: str) -> None:
        self.bad_rows += 1
        self._told(where, what)

    def batches(self, what: str) -> Iterator[Batch]:
        """Yield the images, and show on a terminal how many there were."""
        done = 0
        with counted(what) as show:
            for batch in self.annotations.batches():
                yield batch
                done += len(batch.images)
                show(done)
        self._report.close()

    def labels(self) -> list[Label]:
        """Return all labels of the file, which is read for that; so this tells of its bad rows, if it comes first."""
        if self._all is None:
            for _ in self.annotations.batches():
                pass
            self._all = list(self.annotations.labels)
        return self._all

    def written(self, *, keep: bool) -> Written:
        """Return what is written for each label: concepts' ids, or the file's own."""
        from taxonomy.labels.written import Written, own_ids

        own = own_ids(self._taxonomy, self.space, self.labels(), self._vocabulary) if keep else None
        return Written(self.space, self.annotations.labels, own)

    def demanded(self) -> frozenset[int]:
        """Return the codes of the labels of the file, and of the classes of its vocabulary."""
        used = {self.space.code(label) for label in self.labels()}
        if self._vocabulary is not None:
            rows = self._taxonomy.execute(
                "SELECT DISTINCT id FROM class JOIN concept ON concept.key = class.concept WHERE class.source = ?",
                (self._taxonomy.source_position(self._vocabulary),),
            )
            used |= {self.space.code_of(id) for (id,) in rows.fetchall()}
        return frozenset(used)

    def keeps_boxes(self, to: str | None) -> bool:
        """Tell whether what is written has the boxes of the file, each under its own label."""
        from taxonomy.labels import format_named

        return all(format_named(name or self.annotations.format).boxes for name in (None, to))

    def write(self, batches: Iterable[Expanded], sink: Sink, output: Path, to: str | None, force: bool) -> list[str]:
        """Write a file of the same format, or another; return remarks."""
        from taxonomy.errors import InputError
        from taxonomy.export.files import fresh_path
        from taxonomy.labels import check_name, format_named
        from taxonomy.labels._boxes import without

        name = to or self.annotations.format
        format = format_named(name)
        if format.write is None:
            raise InputError(f"{name}: annotations of this format can be read only; name another one with --to")
        check_name(output, format)
        if output.is_dir() and any(output.iterdir()):  # whose pictures would be gone with it
            raise InputError(
                f"{output} holds files, and no folder is replaced, with --force neither; name another with -o"
            )
        own = format_named(self.annotations.format)
        with fresh_path(output, force=force) as path:
            if own.boxes and format.write_boxes and own.name != name:
                found = without(sink.dropped, own.boxes(self._file))
                return format.write_boxes(path, iter(batches), sink, found, self._tell)
            remarks = format.write(path, iter(batches), sink, self._file if own.name == name else None)
        if own.boxes and not format.boxes:
            remarks.append(f"boxes are left out: {name} has labels of images only")
        return remarks

    def say_unknown(self) -> None:
        """Tell of labels that are no concept."""
        if unknown := [f"{id} ({why})" for id, why in self.space.unresolved.items()]:
            note(f"{text.counted(len(unknown), 'label')} without a concept, and so without ancestors: {some(unknown)}")


def named_rules(taxonomy: Taxonomy, given: str) -> list[Rule]:
    """Return the rules of a file, or those that the database keeps by that name."""
    from taxonomy.cooccurrence.files import read_rules
    from taxonomy.store.rules import PREFIX, kept

    return kept(taxonomy, given) if given.startswith(PREFIX) else read_rules(Path(given))


def say_foreign(taxonomy: Taxonomy, space: Space, rules: Sequence[Rule]) -> None:
    """Tell of rules about labels that are no concepts, and that the file cannot have, as it is read."""
    from taxonomy.labels.space import OWN

    for vocabulary, ids in space.foreign(id for rule in rules for id in rule[:2]).items():
        why = f"only files read with --vocabulary {vocabulary} have them"
        if vocabulary == OWN:
            why = "only files read without --vocabulary have them"
        elif not taxonomy.execute("SELECT 1 FROM source WHERE name = ? AND position > 0", (vocabulary,)).fetchone():
            why = "the database has no such concepts"
        note(f"rules about {text.counted(len(ids), 'label')} have no effect ({some(ids)}): {why}")


def some(texts: list[str]) -> str:
    """Return the first of many."""
    return ", ".join(texts[:_MOST_NAMED]) + (", …" if len(texts) > _MOST_NAMED else "")
