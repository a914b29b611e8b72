"""What an export is asked to write: a taxonomy, the datasets chosen, and the concepts that they hold.

Every format lists the concepts of a selection in one order and so gives them the same index: 0, 1, 2 … with
parents before children.  The texts and memberships that formats need are read here, each in one sweep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from taxonomy.concept import NAMES, Safety, State
from taxonomy.errors import InputError, NotFoundError
from taxonomy.export.choice import ALL, PLAIN, Choice, Options
from taxonomy.export.hierarchy import Hierarchy, load
from taxonomy.export.licences import refused
from taxonomy.store.read import Taxonomy

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """The concepts to export.

    Attributes:
        taxonomy: the open database.
        datasets: names of the chosen datasets, in merge order.
        concepts: keys of the concepts that classes of these datasets are, parents before children; the
            place of a concept is its index.
        hierarchy: the whole hierarchy; of a safe selection, without the concepts that are not, and of one by licences
            without those of other licences.
        refused: positions of the sources whose licences are not allowed, which give no names either.
        remarks: what was left out for its licence, a line each.
        stands: the concept of the selection that stands for one that was left out of it, by their keys: the class above
            a class that is too deep or has too few images.
        superclasses: the key of the superclass of each concept, where the choice asks for them.
        images: how many images of each concept there are, by its key, where the choice gives counts.
        options: how to write.
    """

    taxonomy: Taxonomy
    datasets: tuple[str, ...]
    concepts: tuple[int, ...]
    hierarchy: Hierarchy
    refused: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()
    stands: Mapping[int, int] = field(default_factory=dict)
    superclasses: Mapping[int, int] = field(default_factory=dict)
    images: Mapping[int, int] = field(default_factory=dict)
    options: Options = PLAIN

    def indexes(self) -> dict[int, int]:
        """Return the index of every concept of the selection by its key, and of those that one of them stands for."""
        places = {key: index for index, key in enumerate(self.concepts)}
        return places | {key: places[stand] for key, stand in self.stands.items()}

    def ids(self) -> dict[int, str]:
        """Return the id of every concept of the taxonomy by its key."""
        return dict(self.taxonomy.execute("SELECT key, id FROM concept"))

    def definitions(self) -> dict[int, str]:
        """Return the definition, or an empty string, of every concept of the taxonomy by its key."""
        return dict(self.taxonomy.execute("SELECT key, definition FROM concept"))

    def states(self) -> dict[int, str]:
        """Return the `State` of every concept of the taxonomy by its key."""
        return dict(self.taxonomy.execute("SELECT concept, state FROM mark"))

    def names(self, language: str = "en") -> dict[int, list[str]]:
        """Return the names of every concept of the taxonomy, each once, by its key.

        Args:
            language: BCP 47 tag; narrower ones (``zh-Hant`` for ``zh``) count too.

        Returns:
            In English, the preferred name first; concepts without a name in the language are left out.
        """
        found: dict[int, list[str]] = {}
        if language == "en":
            found = {key: [name] for key, name in self.taxonomy.execute("SELECT key, name FROM concept")}
        for key, text, source in self.taxonomy.execute(
            "SELECT concept, text, source FROM name WHERE language = ? OR substr(language, 1, ?) = ? ORDER BY key",
            (language, len(language) + 1, f"{language}-"),
        ):
            texts = found.setdefault(key, [])
            if text not in texts and source not in self.refused:
                texts.append(text)
        return found

    def holders(self) -> dict[int, list[str]]:
        """Return the chosen datasets that hold each concept of the selection, by its key."""
        found: dict[int, list[str]] = {}
        for dataset in self.datasets:
            for (key,) in self.taxonomy.execute(
                "SELECT DISTINCT concept FROM class JOIN source ON source.position = class.source"
                " WHERE source.name = ? AND concept IS NOT NULL",
                (dataset,),
            ):
                found.setdefault(key, []).append(dataset)
        return found


def select(
    taxonomy: Taxonomy,
    choice: Choice = ALL,
    options: Options = PLAIN,
) -> Selection:
    """Select concepts of a taxonomy.

    Args:
        taxonomy: the open database.
        choice: which concepts.
        options: how to write them, for the format to read.

    Raises:
        NotFoundError: a dataset is not in the taxonomy.
        InputError: the datasets hold no concept, or the taxonomy has no dataset, or none of the licences.
    """
    rows = taxonomy.execute("SELECT name, kind FROM source WHERE position > 0 ORDER BY position")  # 0 is WordNet
    kinds = dict(rows.fetchall())
    merged = list(kinds)
    if not merged:
        raise InputError(
            f"{taxonomy.path} holds no dataset, so there is nothing to export; add one with 'taxonomy merge'"
        )
    wanted = set(choice.datasets) or {name for name, kind in kinds.items() if kind != NAMES}
    if unknown := wanted - set(merged):
        raise NotFoundError(
            f"{', '.join(sorted(unknown))}: no such dataset in {taxonomy.path}; 'taxonomy sources' lists them"
        )
    chosen = tuple(name for name in merged if name in wanted)
    outside = refused(taxonomy, choice.licences)
    hierarchy = load(taxonomy, outside)
    selection = Selection(taxonomy, chosen, (), hierarchy, frozenset(outside), options=options)
    foreign = set[int]()
    if outside:
        selection, foreign = _licensed(selection, outside)
        chosen = selection.datasets
    held = selection.holders()
    if not held:
        raise InputError(
            f"no class of {', '.join(chosen)} has a concept, so there is nothing to export;"
            f" 'taxonomy classes {chosen[0]}' lists them"
        )
    unsafe = _marked(taxonomy, "safety", Safety.SENSITIVE, Safety.OFFENSIVE) if choice.safe else set()
    dropped = unsafe | foreign | (_marked(taxonomy, "state", State.NON_VISUAL) if choice.visual else set())
    concepts = tuple(key for key in hierarchy.walk if key in held and key not in dropped)
    if not concepts and foreign.issuperset(held):
        raise InputError(f"all concepts of {', '.join(chosen)} are of other licences; {'; '.join(selection.remarks)}")
    if not concepts:
        raise InputError(
            f"all concepts of {', '.join(chosen)} are left out by their marks; 'taxonomy show' tells why, and"
            " 'taxonomy decide --mark' overrules"
        )
    return replace(selection, concepts=concepts, hierarchy=hierarchy.without(unsafe | foreign))


def _licensed(selection: Selection, outside: Mapping[int, str]) -> tuple[Selection, set[int]]:
    """Return the selection of the datasets that are allowed, and the keys of all concepts that are not.

    Args:
        selection: of all datasets that are wanted.
        outside: the licences that are missing, by the position of the source.

    Raises:
        InputError: no dataset is allowed.
    """
    rows = selection.taxonomy.execute("SELECT name, position FROM source")
    why = {name: outside[position] for name, position in rows if position in outside}
    owners = dict(selection.taxonomy.execute("SELECT key, source FROM concept"))
    foreign = {key for key, source in owners.items() if source in outside}
    lost = Counter(outside[owners[key]] for key in selection.hierarchy.above(selection.holders()) & foreign)
    datasets: dict[str, list[str]] = {}
    for name in selection.datasets:
        if name in why:
            datasets.setdefault(why[name], []).append(name)
    remarks = tuple(_left_out(lost, datasets))
    kept = tuple(name for name in selection.datasets if name not in why)
    if not kept:
        raise InputError(f"no dataset is of these licences alone; {'; '.join(remarks)}")
    return replace(selection, datasets=kept, remarks=remarks), foreign


def _left_out(lost: Counter[str], datasets: Mapping[str, list[str]]) -> Iterator[str]:
    """Say of each licence how many concepts it took, and which datasets."""
    for licence in sorted({*lost, *datasets}, key=lambda licence: (-lost[licence], licence)):
        names = datasets.get(licence, [])
        more = f" … and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        what = f"{lost[licence]:,} concept{'s' * (lost[licence] != 1)}"
        what += f" and the classes of {', '.join(names[:_MOST_NAMED])}{more}" if names else ""
        yield f"left out for {licence}: {what}"


def _marked(taxonomy: Taxonomy, what: str, *values: str) -> set[int]:
    """Return the keys of the concepts that are marked with one of the values."""
    places = ", ".join("?" * len(values))
    return {key for (key,) in taxonomy.execute(f"SELECT concept FROM mark WHERE {what} IN ({places})", values)}
