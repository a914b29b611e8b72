"""Names as look-ups compare them: one normal form for every writing, and WordNet's morphology; numbers with nouns.

The standard library only: queries use it at start-up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

_RARE = re.compile(r"[^a-z0-9 ']")
_DOTS = re.compile(r"(?<=[^\W\d])\.+")
_SPACES = re.compile(r"[\s_\-‐-―]+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})

# morphy(7WN), nouns: ending and what replaces it.  "ves" is not in the manual, but in NLTK's table.
_DETACHMENTS = (
    ("s", ""),
    ("ses", "s"),
    ("ves", "f"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
)


def form(text: str) -> str:
    """Return the form under which names are compared.

    Case, underscores, hyphens, white space, accents of Latin letters and the dots of abbreviations do not count.

    >>> form("Dining_Table"), form("St. Bernard"), form("crème  brûlée"), form("T-shirt")
    ('dining table', 'st bernard', 'creme brulee', 't shirt')
    """
    plain = text.lower().replace("_", " ").replace("-", " ")
    if _RARE.search(plain):
        plain = unicodedata.normalize("NFC", text).lower().translate(_APOSTROPHES)
        plain = _SPACES.sub(" ", plain).strip()
        bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
        if bare.isascii():  # in other scripts the marks make other letters
            plain = bare.lower().translate(_APOSTROPHES)
        plain = unicodedata.normalize("NFC", _DOTS.sub("", plain))
        return _SPACES.sub(" ", plain).strip()
    return " ".join(plain.split()) if " " in plain else plain


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "dataset"), counted(11166, "concept"), counted(2, "class", "classes")
    ('1 dataset', '11,166 concepts', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def is_english(language: str) -> bool:
    """Tell whether a name with this BCP 47 tag is an English one, or one in all languages.

    >>> is_english("en-GB"), is_english("mul"), is_english("de")
    (True, True, False)
    """
    return language == "en" or language.partition("-")[0] in ("en", "mul")


def singulars(plural: str, exceptions: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the forms that ``plural`` may be the plural of, after WordNet's morphy; only its last word is inflected.

    Args:
        plural: a normal form.
        exceptions: irregular plurals to their lemmas (``noun.exc``).

    >>> list(singulars("sea wolves", {"wolves": ("wolf",)}))
    ['sea wolf', 'sea wolve', 'sea wolf']
    """
    yield from exceptions.get(plural, ())
    head, space, word = plural.rpartition(" ")
    if space:
        for lemma in exceptions.get(word, ()):
            yield f"{head} {lemma}"
    if len(word) < 3 or word.endswith("ss") or not word.endswith(("s", "men")):
        return
    for ending, replacement in _DETACHMENTS:
        if word.endswith(ending) and len(word) > len(ending):
            yield head + space + word[: -len(ending)] + replacement


_PLURALS = (
    ("men", "man"),
    ("ies", "y"),
    ("ie", "y"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("sses", "ss"),
    ("s", ""),
)


def fold(text_form: str) -> str:
    """Return a form without its plural and its word breaks, the same for all writings of one class name.

    Coarser than `form`: it tells which names to compare, not which are the same.

    >>> fold("head phones"), fold("headphone"), fold("wine glass"), fold("snow men")
    ('headphone', 'headphone', 'wineglass', 'snowman')
    """
    if not text_form.endswith(("ss", "us", "is")):
        for ending, replacement in _PLURALS:
            if text_form.endswith(ending) and len(text_form) > max(len(ending) + 1, 3):
                text_form = text_form.removesuffix(ending) + replacement
                break
    return text_form.replace(" ", "")
