"""Tokens of a text as BERT-uncased cuts it (WordPiece), without the `tokenizers` library.

Accents are stripped, case is dropped, punctuation and ideographs stand alone, and each word is cut greedily into the
longest pieces that the vocabulary has.  The source is ``BertTokenizer`` (Devlin et al. 2019); the tests compare with
the real one's output.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import chain

_LONGEST_WORD = 100  # BERT gives up on longer ones
_REMEMBERED = 1 << 19  # chunks; all names and glosses of WordNet are 120,000
_DROPPED = {"Cc", "Cf", "Co", "Cs", "Mn"}  # controls and, once decomposed, accents
_IDEOGRAPHS = (
    range(0x4E00, 0xA000),
    range(0x3400, 0x4DC0),
    range(0x20000, 0x2A6E0),
    range(0x2A700, 0x2B740),
    range(0x2B740, 0x2B820),
    range(0x2B920, 0x2CEB0),
    range(0xF900, 0xFB00),
    range(0x2F800, 0x2FA20),
)


class WordPiece(dict[str, tuple[int, ...]]):
    """Maps what stands between two spaces to token numbers, and remembers what it has seen.

    Args:
        tokens: the vocabulary, each token's number being its place; pieces within a word begin with ``##``.

    >>> pieces = WordPiece(["dog", "##s", ",", "cat"])
    >>> pieces["Dogs,cat"], pieces["zebra"]
    ((0, 1, 2, 3), ())
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        super().__init__()
        self._first = {token: number for number, token in enumerate(tokens)}
        self._later = {token[2:]: number for token, number in self._first.items() if token.startswith("##")}

    def numbers(self, text: str) -> list[int]:
        """Return the numbers of a text's tokens; a word that cannot be cut into known pieces has none."""
        return list(chain.from_iterable(map(self.__getitem__, text.split(" "))))

    def __missing__(self, chunk: str) -> tuple[int, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        if chunk.isascii() and chunk.isalpha():
            words = [chunk.lower()]
        else:
            words = unicodedata.normalize("NFD", chunk).translate(_CHARACTERS).split()
        self[chunk] = found = tuple(chain.from_iterable(map(self._cut, words)))
        return found

    def _cut(self, word: str) -> list[int]:
        """Cut a word into its longest known pieces from the left; all or nothing."""
        pieces: list[int] = []
        start, known = 0, self._first
        while start < len(word) <= _LONGEST_WORD:
            for end in range(len(word), start, -1):
                number = known.get(word[start:end])
                if number is not None:
                    break
            else:
                return []
            pieces.append(number)
            start, known = end, self._later
        return pieces


class _Characters(dict[int, str]):
    """What each character, once decomposed, becomes; a table for `str.translate` that fills itself."""

    def __missing__(self, code: int) -> str:
        self[code] = replacement = _replacement(chr(code))
        return replacement


def _replacement(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "Z" or character in "\t\n\r":
        return " "
    if category in _DROPPED or character == "\ufffd":
        return ""
    # All of ASCII's symbols count as punctuation, other symbols as letters.
    symbol = character.isascii() and not character.isalnum()
    if category[0] == "P" or symbol or any(ord(character) in block for block in _IDEOGRAPHS):
        return f" {character} "
    return character.lower()


_CHARACTERS = _Characters()
