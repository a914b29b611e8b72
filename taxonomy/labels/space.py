"""One label space for annotation files: labels resolve to concepts, each with a code and the codes of its ancestors.

A label that the taxonomy does not know keeps an id of its own, without ancestors: a MID is one everywhere
(``mid:/m/0104x9kv``); else it is the vocabulary's (``mine:foo``), for its 93 is not that of another; of files that are
read without one it is the label (``label:foo``).  So rules about such labels meet them in files that are read alike.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from taxonomy.concept import WNID
from taxonomy.errors import AmbiguousError, NotFoundError
from taxonomy.labels.batch import Label
from taxonomy.sources._format import MID
from taxonomy.store.node import HIERARCHY
from taxonomy.store.read import Concept, Taxonomy
from taxonomy.text import form

OWN = "label"
"""Prefix of the ids of labels that are no concepts, and of no vocabulary."""

_CANDIDATES = 3  # that are named of a label with several meanings
_AT_ONCE = 500  # values in a query; SQLite takes 999 at least


class Within:
    """The codes of a space whose concepts are among some, and of all labels that are no concepts."""

    def __init__(self, space: Space, keys: Container[int]) -> None:
        """Choose concepts by their keys."""
        self._concepts, self._keys = space.concepts, keys

    def __contains__(self, code: object) -> bool:
        concept = self._concepts[code] if isinstance(code, int) else None
        return concept is None or concept.key in self._keys


class Space:
    """Codes for concepts and for labels that are none, given as they come.

    Attributes:
        ids: of each code: a concept's id, or an id of the label's own.
        names: what people call it.
        concepts: the concept of each code; None for a label that the taxonomy does not know.
        above: the codes of the ancestors of each code, the nearest first.
        unresolved: why a label is no concept, by its own id.
    """

    def __init__(self, taxonomy: Taxonomy, vocabulary: str | None = None) -> None:
        """Prepare to resolve.

        Args:
            taxonomy: stays open as long as labels come.
            vocabulary: the dataset whose keys or names the labels are; None to take each for an id or a name.

        Raises:
            NotFoundError: the dataset is not in the taxonomy.
        """
        self.ids: list[str] = []
        self.names: list[str] = []
        self.concepts: list[Concept | None] = []
        self.above: list[tuple[int, ...]] = []
        self.unresolved: dict[str, str] = {}
        self._taxonomy = taxonomy
        self._prefix = f"{vocabulary or OWN}:"
        self._vocabulary = vocabulary
        self._classes: dict[str, list[tuple[str, int | None]]] = {}
        self._named: dict[str, list[tuple[str, int | None]]] = {}
        if vocabulary:
            self._read_classes(vocabulary)
        self._codes: dict[str, int] = {}
        self._by_key: dict[int, int] = {}
        self._parents: dict[int, list[int]] = {}
        self._known: dict[int, Concept] = {}
        self._found: dict[str, Concept] = {}
        self._labels: dict[Label, int] = {}

    def code(self, label: Label) -> int:
        """Return the code of a label."""
        found = self._labels.get(label)
        if found is None:
            found = self._labels[label] = self._resolve(label)
        return found

    def fetch(self, labels: Sequence[Label]) -> None:
        """Look up the ids and classes among labels, and all that is above: one by one takes five times as long."""
        labels = [label for label in labels if label not in self._labels]
        if not labels:
            return
        level: set[int] = set()
        texts = [f"mid:{label.key}" if MID.fullmatch(label.key) else label.key for label in labels]
        for query in (
            "SELECT identifier.id, key, concept.id, name FROM identifier JOIN concept ON key = concept"
            " WHERE identifier.id IN",
            "SELECT id, key, id, name FROM concept WHERE id IN",
        ):
            for text, *row in self._rows(query, texts):
                self._found[text] = concept = Concept(self._taxonomy, *row)
                level.add(concept.key)
        placed = (self._classes[label.key] for label in labels if label.key in self._classes)
        level.update(key for ((_, key),) in placed if key is not None)
        met = set(level)
        while level := level - self._parents.keys():
            self._parents.update((key, []) for key in level)
            for child, parent in self._rows(f"SELECT child, parent FROM edge WHERE {HIERARCHY} AND child IN", level):
                self._parents[child].append(parent)
            level = {parent for child in level for parent in self._parents[child]}
            met |= level
        for found in self._rows("SELECT key, id, name FROM concept WHERE key IN", met - self._known.keys()):
            self._known[found[0]] = Concept(self._taxonomy, *found)

    def code_of(self, id: str) -> int:
        """Return the code of an id as rules have it: of a concept, or of a label of one's own.

        What is neither is taken as a label, so that it has the code of that label in a file, whichever comes first.
        """
        if id in self._codes:
            return self._codes[id]
        if ":" not in id and not WNID.fullmatch(id):
            return self.code(Label(id, id))
        why = "no such concept"
        if not id.startswith(f"{OWN}:"):
            try:
                return self._add(self._find(id))
            except AmbiguousError as error:
                why = _meant(error)
            except NotFoundError as error:
                why = str(error)
        return self._own(id, id.partition(":")[2] or id, why)

    def foreign(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """Return ids as rules have them that no label of this space can have, by the vocabulary that it would need.

        That is ``label`` for a file that is read without a vocabulary.
        """
        found: dict[str, list[str]] = {}
        different = list(dict.fromkeys(ids))
        self.fetch([Label(id, id) for id in different])
        for code in dict.fromkeys(map(self.code_of, different)):
            prefix = self.ids[code].partition(":")[0]
            if self.concepts[code] is None and prefix not in ("mid", self._prefix[:-1]):
                found.setdefault(prefix, []).append(self.ids[code])
        return found

    def _resolve(self, label: Label) -> int:
        prefix = "mid:" if MID.fullmatch(label.key) else self._prefix
        own = prefix + label.key.removeprefix(prefix)
        why = ""
        # In a vocabulary the names of others would be guesses; an id means the same everywhere.
        for look_up in (self._class, self._id) if self._vocabulary else (self._id, self._name):
            try:
                return self._add(look_up(label))
            except AmbiguousError as error:
                return self._own(own, label.name, _meant(error))
            except NotFoundError as error:
                why = why or str(error)
        return self._own(own, label.name, why or "no such concept")

    def _class(self, label: Label) -> Concept:
        """Find a class of the vocabulary by its key, or by a name that it alone has."""
        named = self._named.get(form(label.name), [])
        placed = self._classes.get(label.key) or named
        if named and placed[0] not in named:
            placed = named  # the file numbers its classes on its own: its 16 is a dog, the vocabulary's a bird
        if not placed:
            raise NotFoundError(f"{self._vocabulary} has no such class")
        if len(placed) > 1:
            keys = ", ".join(key for key, _ in placed[:_CANDIDATES])
            raise NotFoundError(f"{self._vocabulary} has several classes of that name: {keys}")
        ((_, concept),) = placed
        if concept is None:
            raise NotFoundError(f"{self._vocabulary} has it, unplaced")
        return self._concept(concept)

    def _id(self, label: Label) -> Concept:
        text = f"mid:{label.key}" if MID.fullmatch(label.key) else label.key
        if ":" not in text and not WNID.fullmatch(text):
            raise NotFoundError
        return self._find(text)

    def _name(self, label: Label) -> Concept:
        if label.name == label.key and MID.fullmatch(label.key):
            raise NotFoundError
        if label.name == label.key and label.key.isdecimal():
            raise NotFoundError("a number, which means something in a dataset only; give --vocabulary")
        return self._find(label.name.replace("_", " "))

    def _find(self, text: str) -> Concept:
        """Find what a text means as `Taxonomy.resolve` does, without similar names, which take 30 ms to look for."""
        if text in self._found:
            return self._found[text]
        found = self._taxonomy.candidates(text)
        if not found:
            raise NotFoundError("no such concept")
        return found[0] if len(found) == 1 else self._taxonomy[text]

    def _concept(self, key: int) -> Concept:
        if key not in self._known:
            self._known[key] = self._taxonomy.concept(key)
        return self._known[key]

    def _rows(self, query: str, values: Collection[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that ends with ``IN``, for many values."""
        remaining = iter(values)
        while some := list(islice(remaining, _AT_ONCE)):
            yield from self._taxonomy.execute(f"{query} ({', '.join('?' * len(some))})", some)

    def _read_classes(self, dataset: str) -> None:
        """Keep the key and the concept (None when unplaced) of each class, by its key and by the form of its name."""
        position = self._taxonomy.source_position(dataset)
        rows = self._taxonomy.execute(
            "SELECT key, name, concept FROM class WHERE source = ? ORDER BY position", (position,)
        )
        for key, name, concept in rows:
            self._classes[key] = [(key, concept)]
            self._named.setdefault(form(name), []).append((key, concept))

    def _add(self, concept: Concept) -> int:
        if concept.id in self._codes:
            return self._codes[concept.id]
        code = self._new(concept.id, concept.name, concept)
        self._by_key[concept.key] = code
        parents = self._parents_of(concept.key)
        if len(parents) == 1:  # as most have
            above = self._of_key(parents[0])
            self.above[code] = (above, *self.above[above])
        else:
            self.above[code] = tuple(map(self._of_key, self._ancestors(concept.key)))
        return code

    def _of_key(self, key: int) -> int:
        return self._by_key[key] if key in self._by_key else self._add(self._concept(key))

    def _ancestors(self, key: int) -> list[int]:
        """Return the ancestors as `Concept.ancestors` does: for thousands of concepts, four times as fast."""
        found = {key: None}
        level = [key]
        while level:
            level = sorted({parent for child in level for parent in self._parents_of(child)} - found.keys())
            found.update(dict.fromkeys(level))
        return list(found)[1:]

    def _parents_of(self, key: int) -> list[int]:
        if key not in self._parents:
            rows = self._taxonomy.execute(f"SELECT parent FROM edge WHERE child = ? AND {HIERARCHY}", (key,))
            self._parents[key] = [parent for (parent,) in rows]
        return self._parents[key]

    def _own(self, id: str, name: str, why: str) -> int:
        self.unresolved[id] = why
        if id not in self._codes:
            return self._new(id, name, None)
        if not id.endswith(f":{name}"):  # a rule had only the id, the file knows the name
            self.names[self._codes[id]] = name
        return self._codes[id]

    def _new(self, id: str, name: str, concept: Concept | None) -> int:
        self._codes[id] = code = len(self.ids)
        self.ids.append(id)
        self.names.append(name)
        self.concepts.append(concept)
        self.above.append(())
        return code


def _meant(error: AmbiguousError) -> str:
    """Return what a label may mean, for whoever wrote it: an annotation file takes no ``--sense``."""
    meant = [f"{id} {name}" for id, name, _ in error.candidates]
    more = ", …" if len(meant) > _CANDIDATES else ""
    return f"means several concepts: {', '.join(meant[:_CANDIDATES])}{more}"
