"""What an export is asked to write: a taxonomy, the datasets chosen, and the concepts that they hold or the user wants.

Every format lists the concepts of a selection in one order and so gives them the same index: 0, 1, 2 … with
parents before children.  The texts and memberships that formats need are read here, each in one sweep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from taxonomy.concept import BASES, KNOWLEDGE, NAMES, Safety, State
from taxonomy.errors import InputError, NotFoundError
from taxonomy.export import choosing, superclass
from taxonomy.export import counts as counting
from taxonomy.export.choice import ALL, EVERYTHING, PLAIN, Choice, Options
from taxonomy.export.hierarchy import Hierarchy, load
from taxonomy.export.licences import refused
from taxonomy.store.read import Taxonomy
from taxonomy.text import counted

_MOST_NAMED = 5


@dataclass(frozen=True)
class Selection:
    """The concepts to export.

    Attributes:
        taxonomy: the open database.
        datasets: names of the chosen datasets, in merge order.
        chosen: `concepts`, where these are not all of the taxonomy.
        within: `hierarchy`, where it was read or is not the whole one.
        refused: positions of the sources whose licences are not allowed, which give no names either.
        remarks: what the choice left out, a line each.
        stands: the concept of the selection that stands for one that was left out of it, by their keys: the class above
            a class that is too deep or has too few images.
        superclasses: the key of the superclass of each concept, where the choice asks for them.
        groups: figures of the superclasses, the one with the most classes first.
        images: of each concept that has any, and of those that it stands for, where the choice has counts.
        counted: the checksum of the file of the counts.
        choice: what was asked for.
        options: how to write.
    """

    taxonomy: Taxonomy
    datasets: tuple[str, ...]
    chosen: tuple[int, ...] | None = None
    within: Hierarchy | None = None
    refused: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()
    stands: Mapping[int, int] = field(default_factory=dict)
    superclasses: Mapping[int, int] = field(default_factory=dict)
    groups: tuple[superclass.Superclass, ...] = ()
    images: Mapping[int, int] = field(default_factory=dict)
    counted: str = ""
    choice: Choice = ALL
    options: Options = PLAIN

    @cached_property
    def concepts(self) -> tuple[int, ...]:
        """Keys of the concepts that classes of the datasets are, or of the whole taxonomy, parents before children.

        The place of a concept is its index.
        """
        return self.hierarchy.walk if self.chosen is None else self.chosen

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The whole hierarchy, which is read when it is first asked for.

        Of a safe selection, it is without the concepts that are not, and of one by licences without those of others.
        """
        return self.within or load(self.taxonomy)

    @property
    def everything(self) -> bool:
        """Whether it is the whole taxonomy as it is, for which nobody need ask for its concepts and hierarchy."""
        return self.chosen is None and self.within is None

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
        """Return the chosen datasets that hold each concept of the selection, or one that it stands for, by its key."""
        found: dict[int, list[str]] = {}
        for dataset in self.datasets:
            for (key,) in self.taxonomy.execute(
                "SELECT DISTINCT concept FROM class JOIN source ON source.position = class.source"
                " WHERE source.name = ? AND concept IS NOT NULL",
                (dataset,),
            ):
                datasets = found.setdefault(self.stands.get(key, key), [])
                if dataset not in datasets[-1:]:
                    datasets.append(dataset)
        return found

    def familiar(self) -> set[int]:
        """Return the keys of the concepts of WordNet and of datasets, by which people group.

        What only knowledge bases have (clades between the orders of mammals) would tell them little.
        """
        rows = self.taxonomy.execute(
            "SELECT key FROM concept JOIN source ON position = concept.source WHERE kind <> ? UNION"
            " SELECT concept FROM class JOIN source ON source.position = class.source WHERE kind NOT IN (?, ?)",
            (KNOWLEDGE, *BASES),
        )
        return {key for (key,) in rows}


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
        NotFoundError: a dataset or a root is not in the taxonomy, or the name of a root means several concepts.
        InputError: nothing is left, the taxonomy has no dataset, there is no such licence, or the counts are none.
    """
    _check(choice)
    rows = taxonomy.execute("SELECT name, kind FROM source WHERE position > 0 ORDER BY position")  # 0 is WordNet
    kinds = dict(rows.fetchall())
    whole = choice.whole and not choice.datasets
    if not kinds and not whole:
        raise InputError(
            f"{taxonomy.path} holds no dataset, so there is nothing to export; add one with 'taxonomy merge'"
        )
    wanted = set(choice.datasets) or {name for name, kind in kinds.items() if kind != NAMES}
    if unknown := wanted - kinds.keys():
        raise NotFoundError(
            f"{', '.join(sorted(unknown))}: no such dataset in {taxonomy.path}; 'taxonomy sources' lists them"
        )
    chosen = tuple(name for name in kinds if name in wanted)
    if choice == EVERYTHING:
        return Selection(taxonomy, chosen, choice=choice, options=options)
    outside = refused(taxonomy, choice.licences)
    hierarchy = load(taxonomy, outside)
    selection = Selection(taxonomy, chosen, (), hierarchy, frozenset(outside), choice=choice, options=options)
    foreign = set[int]()
    if outside:
        selection, foreign = _licensed(selection, outside, whole=whole)
    held = set(hierarchy.walk) if whole else selection.holders()
    if not held:
        raise InputError(
            f"no class of {', '.join(chosen)} has a concept, so there is nothing to export;"
            f" 'taxonomy classes {chosen[0]}' lists them"
        )
    return _narrowed(selection, tuple(key for key in hierarchy.walk if key in held), foreign)


def _check(choice: Choice) -> None:
    """Refuse what means nothing.

    Raises:
        InputError: images are asked for and not given.
    """
    if choice.min_images and choice.counts is None:
        raise InputError("--min-images needs --counts FILE, as 'taxonomy labels stats --format tsv' prints it")


def _narrowed(selection: Selection, concepts: tuple[int, ...], foreign: set[int]) -> Selection:
    """Take the steps of the choice, one after the other.

    Args:
        selection: the datasets and the hierarchy, without concepts.
        concepts: all that may be in it.
        foreign: concepts of licences that are not allowed.

    Raises:
        InputError: a step leaves nothing; the message says which.
        NotFoundError: there is no such root, or its name means several concepts.
    """
    taxonomy, choice, hierarchy = selection.taxonomy, selection.choice, selection.hierarchy
    left = choosing.Narrowing(concepts, remarks=list(selection.remarks))
    if foreign:
        left.drop("--licence-allow", foreign, "; ".join(selection.remarks))
    inside = set(hierarchy.walk)
    if choice.roots:
        roots, remarks = choosing.roots(taxonomy, choice.roots)
        left.remarks += remarks
        inside = hierarchy.below(roots)
        outside = set(left.concepts) - inside
        named = " ".join(f"--root {text}" for text in choice.roots)
        left.drop(named, outside, "'taxonomy tree' shows what is below a concept, --in DATASET of what a dataset holds")
    overruled = "'taxonomy show' tells why, and 'taxonomy decide --mark' overrules"
    unseen = _marked(taxonomy, "state", State.NON_VISUAL) if choice.visual else set()
    if choice.visual:
        left.drop("--visual", unseen, overruled)
    unsafe = _marked(taxonomy, "safety", Safety.SENSITIVE, Safety.OFFENSIVE) if choice.safe else set()
    if choice.safe:
        left.drop("--safe", unsafe, overruled)
    hierarchy = hierarchy.without(unsafe | foreign)
    if choice.ancestors:
        above = ((hierarchy.above(left.concepts) & inside & selection.familiar()) - unseen).union(left.concepts)
        left.add("--with-ancestors", tuple(key for key in hierarchy.walk if key in above))
    return _shaped(replace(selection, within=hierarchy), left)


def _shaped(selection: Selection, left: choosing.Narrowing) -> Selection:
    """Take the steps of the choice that heed how the classes lie to each other."""
    choice, hierarchy = selection.choice, selection.hierarchy
    if choice.max_depth is not None:
        left.merge(
            f"--max-depth {choice.max_depth}",
            choosing.too_deep(left.concepts, hierarchy, choice.max_depth),
            "give more",
        )
    images, counted = dict[int, int](), ""
    if choice.counts is not None:
        counts = counting.read(selection.taxonomy, choice.counts)
        images, counted = _images(left, counts, choice.counts.name), counts.sha256
    if choice.min_images:
        most = max(images.values(), default=0)
        few = choosing.too_few(left.concepts, hierarchy, images, choice.min_images)
        left.merge(f"--min-images {choice.min_images}", few, f"no class has more than {most:,}, so give fewer")
    if choice.antichain:
        above = choosing.above_others(left.concepts, hierarchy)
        left.drop("--antichain", above, "")
    if choice.leaves:
        inner = hierarchy.children.keys()
        left.drop("--leaves", inner, "every class has concepts below it; --antichain heeds the classes alone")
    totals: dict[int, int] = {}
    kept = set(left.concepts)
    for key, number in images.items():
        if (stand := left.stands.get(key, key)) in kept:
            totals[stand] = totals.get(stand, 0) + number
    superclasses, groups = dict[int, int](), tuple[superclass.Superclass, ...]()
    if choice.superclasses:
        familiar = selection.familiar()
        superclasses, groups = superclass.group(left.concepts, hierarchy, choice.superclasses, familiar, totals)
    return replace(
        selection,
        chosen=left.concepts,
        remarks=tuple(left.remarks),
        stands=left.stands,
        superclasses=superclasses,
        groups=groups,
        images=totals,
        counted=counted,
    )


def _images(left: choosing.Narrowing, counts: counting.Counts, name: str) -> dict[int, int]:
    """Return how many images each of the concepts has, with those that it stands for, and remark on the others."""
    kept = set(left.concepts)
    images: dict[int, int] = {}
    others = 0
    for key, number in counts.images.items():
        if (stand := left.stands.get(key, key)) in kept:
            images[stand] = images.get(stand, 0) + number
        else:
            others += 1
    if counts.unknown:
        more = " …" if len(counts.unknown) > _MOST_NAMED else ""
        left.remarks.append(
            f"{name}: {counted(len(counts.unknown), 'label is no concept', 'labels are no concepts')}:"
            f" {', '.join(counts.unknown[:_MOST_NAMED])}{more}"
        )
    if others:
        left.remarks.append(f"{name}: {others:,} of {counted(len(counts.images), 'concept')} not in the export")
    if missing := len(kept - images.keys()):
        left.remarks.append(f"{name} has no images of {missing:,} of {counted(len(kept), 'concept')}")
    return images


def _licensed(selection: Selection, outside: Mapping[int, str], *, whole: bool) -> tuple[Selection, set[int]]:
    """Return the selection of the datasets that are allowed, and the keys of all concepts that are not.

    Args:
        selection: of all datasets that are wanted.
        outside: the licences that are missing, by the position of the source.
        whole: whether what no dataset holds is selected too.

    Raises:
        InputError: no dataset is allowed, and nothing else is selected.
    """
    rows = selection.taxonomy.execute("SELECT name, position FROM source")
    why = {name: outside[position] for name, position in rows if position in outside}
    owners = dict(selection.taxonomy.execute("SELECT key, source FROM concept"))
    foreign = {key for key, source in owners.items() if source in outside}
    there = foreign if whole else selection.hierarchy.above(selection.holders()) & foreign
    lost = Counter(outside[owners[key]] for key in there)
    datasets: dict[str, list[str]] = {}
    for name in selection.datasets:
        if name in why:
            datasets.setdefault(why[name], []).append(name)
    remarks = tuple(_left_out(lost, datasets))
    kept = tuple(name for name in selection.datasets if name not in why)
    if not kept and not whole:
        raise InputError(f"no dataset is of these licences alone; {'; '.join(remarks)}")
    return replace(selection, datasets=kept, remarks=remarks), foreign


def _left_out(lost: Counter[str], datasets: Mapping[str, list[str]]) -> Iterator[str]:
    """Say of each licence how many concepts it took, and which datasets."""
    for licence in sorted({*lost, *datasets}, key=lambda licence: (-lost[licence], licence)):
        names = datasets.get(licence, [])
        more = f" … and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        what = counted(lost[licence], "concept")
        what += f" and the classes of {', '.join(names[:_MOST_NAMED])}{more}" if names else ""
        yield f"left out for {licence}: {what}"


def _marked(taxonomy: Taxonomy, what: str, *values: str) -> set[int]:
    """Return the keys of the concepts that are marked with one of the values."""
    places = ", ".join("?" * len(values))
    return {key for (key,) in taxonomy.execute(f"SELECT concept FROM mark WHERE {what} IN ({places})", values)}
