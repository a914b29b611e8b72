"""Whether a concept of people may be a label of people: rules over WordNet, and a model learned from what they mark.

A rule calls a concept offensive when WordNet files it under a disparaging usage, when its gloss says that the word
offends, or when it is a kind of wrongdoer or of someone despised.  Rules miss much, so a linear model of name and gloss
learns from them what such words are like.  No list of unsafe synsets is used.  What is no person is safe.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from taxonomy.concept import Safety
from taxonomy.draft import Draft
from taxonomy.encoding import Vectors
from taxonomy.errors import InputError
from taxonomy.sources import wordnet
from taxonomy.visual.features import Concepts, batches

PERSON = "person.n.01"
USAGES = ("06717170", "06718862", "07124340")
"""Offsets of disparagement, ethnic slur and obscenity, which WordNet's pointers ``;u`` name as usages."""

DESPISED = (
    "bad person.n.01", "unpleasant person.n.01", "unwelcome person.n.01", "wrongdoer.n.01", "simpleton.n.01",
    "ignoramus.n.01", "coward.n.01", "killer.n.01", "liar.n.01", "deceiver.n.01", "prostitute.n.01",
    "pervert.n.01", "libertine.n.01", "drug user.n.01", "drunkard.n.01", "lunatic.n.01", "egotist.n.01",
    "bigot.n.01", "hypocrite.n.01", "fool.n.01", "bastard.n.02", "adulterer.n.01", "idler.n.01", "glutton.n.01",
    "unsuccessful person.n.01", "selfish person.n.01", "incompetent.n.01", "troublemaker.n.01", "fanatic.n.01",
    "savage.n.02",
)  # fmt: skip
"""Kinds of people whose name is a reproach."""

GROUPS = (
    "person of color.n.01", "white.n.01", "inhabitant.n.01", "indigen.n.01", "half-caste.n.01",
    "religious person.n.01", "religionist.n.01", "nonreligious person.n.01", "homosexual.n.01", "heterosexual.n.01",
    "bisexual.n.01", "transsexual.n.01", "transvestite.n.01", "handicapped person.n.01", "sick person.n.01",
    "neurotic.n.01", "psychotic.n.01", "deaf person.n.01", "blind person.n.01", "albino.n.01",
    "old person.n.01", "poor person.n.01", "prisoner.n.01", "slave.n.01", "victim.n.01",
)  # fmt: skip
"""Kinds of people by ethnicity, nationality, religion, sexuality, disability, illness, age and plight."""

_SAYS = re.compile(
    r"\b(offensive|disparag\w+|derogat\w+|slurs?|obscene\w*|vulgar|pejorativ\w*"
    r"|terms? of (?:abuse|contempt|address for)|insult\w*|contempt\w*|abusive|epithet)\b"
)
_REPROACHES = re.compile(
    r"\b(stupid\w*|foolish|silly|ignorant|dishonest|immoral|wicked|cruel|evil|coward\w*|lazy|boring|annoy\w*|disgust\w*"
    r"|repulsive|despicable|worthless|disliked|unpleasant|ugly|unattractive|fat|dirty|slovenly|clumsy|incompetent|insane"
    r"|crazy|retarded|crude|rude|violent|treacher\w*|deceiv\w*|cheats?|swindl\w*|steals?|murder\w*|crim\w+|illegal\w*"
    r"|promiscuous|lewd|lustful|sexual\w*|seduc\w*|addict\w*|drunk\w*|selfish|greed\w*|arrogan\w*|conceited|malicious"
    r"|corrupt|inferior|weak|effeminate|prejudice\w*)\b"
)
OFFENSIVE, DOUBTFUL = 0.5, 0.4  # probabilities from which a concept is offensive, or may be
_ROWS = 1 << 12


def safeties(draft: Draft, concepts: Concepts, weights: Vectors) -> list[Safety]:
    """Return the safety of each concept of a draft.

    Args:
        draft: the taxonomy.
        concepts: its features.
        weights: of the learned model (`features`); when there are none, the rules decide alone.
    """
    found = [Safety.SAFE] * len(draft.concepts)
    keys = people(draft)
    ruled, grouped = by_rule(draft, keys), _below(draft, GROUPS)
    likely = np.zeros(len(keys), np.float32)
    if len(weights):
        for batch in batches(range(len(keys)), _ROWS):
            likely[batch] = features(concepts, [keys[place] for place in batch]) @ weights
    for key, rule, probability in zip(keys, ruled.tolist(), likely.tolist(), strict=True):
        if rule:
            found[key] = Safety.OFFENSIVE
        elif draft.is_individual(key):
            continue
        elif draft.concepts[key].definition and probability >= OFFENSIVE:
            found[key] = Safety.OFFENSIVE
        elif key in grouped:
            found[key] = Safety.SENSITIVE
        elif not draft.concepts[key].definition or probability >= DOUBTFUL:
            found[key] = Safety.UNKNOWN
    return found


def people(draft: Draft) -> list[int]:
    """Return the keys of all persons, ascending."""
    return sorted(_below(draft, (PERSON,)))


def by_rule(draft: Draft, keys: Sequence[int]) -> NDArray[np.bool_]:
    """Tell which persons the rules call offensive."""
    despised, usages = _below(draft, DESPISED), _usages()
    return np.array(
        [
            key in despised
            or draft.concepts[key].id in usages
            or bool(_SAYS.search(draft.concepts[key].definition.lower()))
            for key in keys
        ],
        bool,
    )


def reproached(draft: Draft, keys: Sequence[int]) -> NDArray[np.bool_]:
    """Tell in whose glosses a reproach stands; no concept is offensive for that alone, but the model learns it."""
    return np.array([bool(_REPROACHES.search(draft.concepts[key].definition.lower())) for key in keys], bool)


def features(concepts: Concepts, keys: Sequence[int]) -> Vectors:
    """Return what the learned model sees of persons: the vectors of names and gloss, and 1."""
    rows, blocks = concepts.rows(keys), concepts.layout.blocks
    return np.hstack([rows[:, blocks["names"]], rows[:, blocks["gloss"]], np.ones((len(keys), 1), np.float32)])


def _below(draft: Draft, roots: Collection[str]) -> set[int]:
    """Return some concepts and all below them; a taxonomy may lack some."""
    return {key for root in roots if (top := draft.sense(root)) is not None for key in draft.below(top)}


@functools.cache
def _usages() -> frozenset[str]:
    """Return the wnids of the synsets that WordNet files under a disparaging usage.

    Raises:
        InputError: WordNet is missing.
    """
    pointers = tuple(f" ;u {offset} " for offset in USAGES)
    file = wordnet.corpus_dir() / "data.noun"
    try:
        with file.open(encoding="ascii") as lines:
            return frozenset("n" + line[:8] for line in lines if " ;u " in line and any(p in line for p in pointers))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error}); run scripts/collect_wordnet.py") from error
