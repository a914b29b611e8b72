"""What is written for each label: its concept's id, or the id that the file itself uses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taxonomy.labels.batch import Label
from taxonomy.labels.space import Space
from taxonomy.sources._format import MID
from taxonomy.store.read import Taxonomy


class Written:
    """A `taxonomy.labels.Sink` that takes labels of a file, and codes of a space, as they come.

    Attributes:
        ids, names, reasons, placed, dropped: see `taxonomy.labels.Sink`.
        codes: ``(labels,)``, the code of each label of the file.
        own: ``(labels,)``, the position in ``ids`` of each label of the file.
        of_code: ``(codes,)``, the position in ``ids`` of what is written for each code when it is added.
    """

    def __init__(self, space: Space, labels: Sequence[Label], classes: dict[str, str] | None = None) -> None:
        """Prepare.

        Args:
            space: gives the codes.
            labels: of the file; may grow, see `update`.
            classes: to keep the file's own ids: what it calls a concept, by the concept's id, see `own_ids`.  None to
                write concepts' ids.
        """
        self.ids: list[str] = []
        self.names: list[str] = []
        self.reasons = [""]
        self.placed: dict[str, int] = {}
        self.dropped: dict[int, set[tuple[str, bool]]] = {}
        self.codes = np.zeros(0, np.int32)
        self.own = np.zeros(0, np.int32)
        self.of_code = np.zeros(0, np.int32)
        self._space, self._labels, self._keep = space, labels, classes is not None
        self._classes = classes or {}
        self._positions: dict[str, int] = {}
        self._explained: dict[str, int] = {}
        self._keys: dict[str, int] = {}

    def update(self) -> None:
        """Take up the labels that the file has used since, and the codes that the space has given."""
        fresh = self._labels[len(self.codes) :]
        self._space.fetch(fresh)
        codes = [self._space.code(label) for label in fresh]
        known = len(self.of_code)
        added = [
            self._position(self._text(code), self._space.names[code]) for code in range(known, len(self._space.ids))
        ]
        if added:
            self.of_code = np.concatenate([self.of_code, np.array(added, np.int32)])
        if not fresh:
            return
        usual = self.of_code[codes].tolist()
        own = [self._position(label.key, label.name) for label in fresh] if self._keep else usual
        self.placed.update((label.key, position) for label, position in zip(fresh, own, strict=True))
        self.codes = np.concatenate([self.codes, np.array(codes, np.int32)])
        self.own = np.concatenate([self.own, np.array(own, np.int32)])

    def drop(self, image: int, label: int, absent: bool) -> None:
        """Take note that a label of an image is not written; both by their numbers in the file."""
        self.dropped.setdefault(image, set()).add((self._labels[label].key, absent))

    def above(self, key: str) -> tuple[int, ...]:
        """Return the positions of the ancestors of a label of the file."""
        self.update()
        if key not in self._keys:
            self._keys = {label.key: code for label, code in zip(self._labels, self.codes.tolist(), strict=False)}
        return tuple(self.of_code[list(self._space.above[self._keys[key]])].tolist())

    def reason(self, text: str) -> int:
        """Return the position of a reason."""
        if text not in self._explained:
            self._explained[text] = len(self.reasons)
            self.reasons.append(text)
        return self._explained[text]

    def of(self, code: int) -> str:
        """Return what is written for a code."""
        if code >= len(self.of_code):
            self.update()
        found: str = self.ids[self.of_code[code]]
        return found

    def _text(self, code: int) -> str:
        id = self._space.ids[code]
        if id in self._classes:
            return self._classes[id]
        prefix, _, key = id.partition(":")
        mid = prefix == "mid" and MID.fullmatch(key) is not None
        if (self._keep and mid) or (self._space.concepts[code] is None and not mid and key):
            return key
        return id

    def _position(self, id: str, name: str) -> int:
        if id not in self._positions:
            self._positions[id] = len(self.ids)
            self.ids.append(id)
            self.names.append(name)
        return self._positions[id]


def own_ids(taxonomy: Taxonomy, space: Space, labels: Sequence[Label], vocabulary: str | None) -> dict[str, str]:
    """Return what a file calls concepts, by the concept's id: as its labels do, else as its vocabulary does.

    Args:
        taxonomy: has the vocabulary.
        space: of the vocabulary.
        labels: all of the file.
        vocabulary: the dataset whose classes the labels are.

    Raises:
        NotFoundError: the dataset is not in the taxonomy.
    """
    found: dict[str, str] = {}
    if vocabulary is not None:
        rows = taxonomy.execute(
            "SELECT concept.id, class.key, class.name FROM class JOIN concept ON concept.key = class.concept"
            " WHERE class.source = ? ORDER BY class.position DESC",  # so that the first of one concept stays
            (taxonomy.source_position(vocabulary),),
        ).fetchall()
        keys = {key for _, key, _ in rows}
        by_key = not labels or any(label.key in keys for label in labels)
        found = {id: key if by_key else name for id, key, name in rows}
    return found | {space.ids[space.code(label)]: label.key for label in reversed(labels)}
