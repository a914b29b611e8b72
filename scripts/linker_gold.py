"""What the linker learns from: people's links of class names, from packages that anyone can get.

Variants of them stand for what these lists lack: a hint in brackets, a superclass, a definition that is not WordNet's.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from collect_vocabularies import fetch, read_files

from taxonomy.concept import Name, SourceClass
from taxonomy.draft import Draft
from taxonomy.sources import shipped
from taxonomy.text import form

NAMES = ("pypi:open_clip_torch==3.3.0", "open_clip/zero_shot_metadata.py", "IMAGENET_CLASSNAMES")
CIFAR = ("pypi:nbdt==0.0.4", "nbdt/wnids/CIFAR100.txt")
WRONG = {"cifar100": {"aquarium_fish", "dolphin"}}  # a fingerling and a dolphinfish there
# What WordNet says that only one sense of a name has pictures counts as a hint of what people mean.
PICTURED = ("noun.artifact", "noun.food", "noun.plant", "noun.object", "noun.body")
_WORD = re.compile(r"[a-z][a-z-]+")
_EMPTY = frozenset(
    ("a", "an", "and", "any", "are", "as", "at", "be", "by", "for", "from", "having", "in", "is", "it", "its", "made")
) | {"of", "on", "or", "some", "that", "the", "to", "used", "usually", "very", "which", "with"}


class Example(NamedTuple):
    """A class and the concept that people say it means."""

    entry: SourceClass
    concept: int


class MadeUp(NamedTuple):
    """A name that WordNet lacks, made from one that it has.

    Attributes:
        text: the name.
        concept: the concept that it means, or that is broader.
        hidden: a concept that is to be taken for missing, or -1.
        without: the concept's other names, where the name is one of its own; else empty.
    """

    text: str
    concept: int
    hidden: int = -1
    without: str = ""


def gold(draft: Draft, cache: Path) -> dict[str, list[Example]]:
    """Return the links of LVIS, of ImageNet-1K under the names that CLIP's authors wrote, and of CIFAR-100."""
    lvis = [(SourceClass(c.key, c.name), c.wnid) for c in shipped.read("lvis_v1").classes if c.wnid]
    package, file, variable = NAMES
    names = _assigned(read_files(fetch(package, cache), [file])[file].decode(), variable)
    imagenet = [
        (SourceClass(str(i), name), c.wnid)
        for i, (name, c) in enumerate(zip(names, shipped.read("imagenet1k").classes, strict=True))
    ]
    package, file = CIFAR
    wnids = read_files(fetch(package, cache), [file])[file].decode().split()
    cifar = [(c, wnid) for c, wnid in zip(shipped.read("cifar100").classes, wnids, strict=True)]
    lists = {"lvis_v1": lvis, "imagenet1k": imagenet, "cifar100": cifar}
    return {
        name: [Example(entry, draft.key_of[wnid]) for entry, wnid in rows if entry.name not in WRONG.get(name, ())]
        for name, rows in lists.items()
    }


def pictured(draft: Draft) -> list[Example]:
    """Return the nouns of which ImageNet-21K shows exactly one of several senses, by the name that WordNet prefers."""
    shown = {draft.key_of[entry.wnid] for entry in shipped.read("imagenet21k").classes}
    found = []
    for name in sorted({name.form for key in shown for name in draft.names_of(key)[:1]}):
        senses = {sense.concept for sense in draft.named(name)}
        (only,) = senses & shown if len(senses & shown) == 1 else (None,)
        if only is None or len(senses) == 1 or draft.concepts[only].lexfile not in PICTURED:
            continue
        if draft.names_of(only)[0].form == name:
            found.append(Example(SourceClass(name, name), only))
    return found


def made_up_names(draft: Draft, count: int) -> Iterator[list[MadeUp]]:
    """Yield the sorts of names that WordNet lacks, so many of each, of synsets that ImageNet-21K has.

    A synonym whose synset has other names; a compound whose synset is hidden, so that its hypernym is meant; a name
    with what it is a kind of, or kin to, behind it (*crane bird*); one with a word of other compounds before it (*baby
    bib*); and a third as many with a word put into a compound or left out (*African bush elephant*).
    """
    chance = random.Random(0)
    shown = sorted({draft.key_of[entry.wnid] for entry in shipped.read("imagenet21k").classes})
    names = [name for key in shown for name in draft.names_of(key)]
    compounds = [name for name in names if " " in name.form]
    synonyms = [name for name in names if len(draft.names_of(name.concept)) > 1]
    first = {name.concept: name for name in reversed(names)}
    modifiers = [name.form.split(" ")[0] for name in compounds]

    yield [MadeUp(n.form, n.concept, without=_other_names(draft, n)) for n in chance.sample(synonyms, count)]
    yield [MadeUp(n.form, draft.parents[n.concept][0], hidden=n.concept) for n in chance.sample(compounds, count)]
    for relative, share in ((_ancestor, 1), (_kindred, 3)):
        kinds = (
            (name, relative(draft, name.concept, chance))
            for name in chance.sample(list(first.values()), count // share)
        )
        yield [MadeUp(f"{name.form} {kind}", name.concept) for name, kind in kinds if kind and " " not in kind]
    modified = ((chance.choice(modifiers), name) for name in chance.sample(list(first.values()), count))
    texts = ((f"{modifier} {name.form}", name.concept) for modifier, name in modified)
    yield [MadeUp(text, concept) for text, concept in texts if not draft.named(text)]
    changed = ((_reworded(name.form, modifiers, chance), name) for name in chance.sample(compounds, count // 3))
    yield [MadeUp(text, name.concept) for text, name in changed if not draft.named(text)]


def _reworded(text_form: str, modifiers: Sequence[str], chance: random.Random) -> str:
    """Leave out a word of a compound, or put one in."""
    *words, head = text_form.split(" ")
    if len(words) > 1 and chance.random() < 0.5:
        del words[chance.randrange(1, len(words))]
    else:
        words.insert(chance.randint(1, len(words)), chance.choice(modifiers))
    return " ".join([*words, head])


def _other_names(draft: Draft, name: Name) -> str:
    return ", ".join(other.text for other in draft.names_of(name.concept) if other.form != name.form)


def variants(draft: Draft, examples: Sequence[Example]) -> Iterator[list[Example]]:
    """Yield the examples as they are, with hints, with superclasses, with definitions, and with a synonym."""
    yield list(examples)
    for change in (_hinted, _under_parent, _defined, _with_synonym):
        chance = random.Random(0)
        changed = [Example(change(draft, example, chance), example.concept) for example in examples]
        yield chance.sample(changed, len(changed))  # few lists are in the order of the hierarchy, as ImageNet-1K is


def _hinted(draft: Draft, example: Example, chance: random.Random) -> SourceClass:
    """Add a bracket: the name of an ancestor or of a kindred concept, or words of the gloss."""
    entry = example.entry
    words = _content(draft, example)
    sort = chance.random()
    if sort < 0.3:
        hint = _kindred(draft, example.concept, chance)
    elif sort < 0.6 or len(words) < 2:
        hint = _ancestor(draft, example.concept, chance)
    else:
        first = chance.randint(0, len(words) - 2)
        hint = " ".join(words[first : first + chance.randint(1, 2)])
    bare = entry.name.split("(")[0].strip(" _")
    return replace(entry, name=f"{bare} ({hint})") if hint else entry


def _under_parent(draft: Draft, example: Example, chance: random.Random) -> SourceClass:
    return replace(example.entry, parent=_ancestor(draft, example.concept, chance))


def _defined(draft: Draft, example: Example, chance: random.Random) -> SourceClass:
    """Add a definition: some of the words of the gloss, after a word for the kind of thing."""
    kept = chance.uniform(0.2, 0.9)
    words = [word for word in _WORD.findall(_gloss(draft, example.concept)) if chance.random() < kept]
    if chance.random() < 0.4:
        words.insert(0, _ancestor(draft, example.concept, chance))
    return replace(example.entry, definition=" ".join(words))


def _with_synonym(draft: Draft, example: Example, chance: random.Random) -> SourceClass:
    names = [name.text for name in draft.names_of(example.concept) if name.form != form(example.entry.name)]
    return replace(example.entry, synonyms=(chance.choice(names),)) if names else example.entry


def _gloss(draft: Draft, concept: int) -> str:
    return draft.concepts[concept].definition.split('"')[0].lower()


def _content(draft: Draft, example: Example) -> list[str]:
    own = form(example.entry.name)
    words = _WORD.findall(_gloss(draft, example.concept))
    return [word for word in words if word not in _EMPTY and len(word) > 2 and word != own]


def _ancestor(draft: Draft, concept: int, chance: random.Random) -> str:
    """Return a name of an ancestor one to five steps up, empty when these are too general to be a hint."""
    key = concept
    for _ in range(chance.randint(1, 5)):
        parents = [parent for parent in draft.parents[key] if draft.depth(parent) > 3]
        if not parents:
            break
        key = chance.choice(parents)
    return chance.choice(draft.names_of(key)).text if key != concept else ""


def _kindred(draft: Draft, concept: int, chance: random.Random) -> str:
    """Return a name of another hyponym of the parent or grandparent."""
    key = concept
    for _ in range(chance.randint(1, 2)):
        key = chance.choice(draft.parents[key] or [key])
    others = [child for child in draft.children[key] if child != concept and child not in draft.parents[concept]]
    return chance.choice(draft.names_of(chance.choice(others))).text if others else ""


def _assigned(source: str, variable: str) -> list[str]:
    """Return the list of strings that a module assigns to a variable, without running the module."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == variable:
            found: list[str] = list(ast.literal_eval(node.value))
            return found
    raise LookupError(f"no {variable} there")
