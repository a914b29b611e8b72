"""Finds the best evidence for each label of each image, by one sort of 64-bit keys.

A key is image, label, kind of evidence, inverse confidence and number of the evidence, from the highest bits to the
lowest; so the best comes first.  What several pieces of evidence make together is decided here alone: `together`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taxonomy.labels.closure import Closure, ranges

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float32]

LEVEL_BITS = 12
"""Of confidence at least, to tell which evidence is best; what comes of it is exact."""
_OWN, _AGAINST, _FOLLOWS = 0, 1, 2


def together(sure: Floats, starts: Ints) -> Floats:
    """Return how sure a label is for which there are several pieces of evidence: as the surest of them.

    Args:
        sure: ``(n,)``, of each piece.
        starts: ``(labels,)``, where the pieces for each begin.
    """
    found: Floats = np.maximum.reduceat(sure, starts)
    return found


class Best(NamedTuple):
    """The labels of some images with their best evidence; numbers are ascending, so image by image.

    Attributes:
        own, own_sure: ``(k,)``, numbers of the labels of the file, each once an image, and how sure they are now.
        added, added_sure: ``(l,)``, numbers of what follows.
        withheld: how many labels would follow, but are absent.
        doubtful: images where something follows from what is withheld.
        conflicts: ``(c, 2)``, numbers of labels of the file, and of the evidence against each.
    """

    own: Ints
    own_sure: Floats
    added: Ints
    added_sure: Floats
    withheld: int
    doubtful: Ints
    conflicts: Ints


class Evidence:
    """What speaks for labels of some images: those of the file, and what follows from them; and what speaks against.

    Attributes:
        image, code, place, sure: ``(n,)``, of the labels of the file.
        step: ``(m,)``, for what follows, its number in the arrays of the closure.
        of: ``(m,)``, for what follows, the number of the label of the file that it follows from.
        follows_sure: ``(m,)``, how sure it is.
    """

    def __init__(self, closure: Closure, image: Ints, code: Codes, place: Codes, sure: Floats, least: float) -> None:
        """Find what follows.

        Args:
            closure: knows the codes.
            image: of each label, ascending.
            code: of each.
            sure: confidence of each.
            place: what is written for it; two of an image that are one concept, but are written apart, are both kept.
            least: confidence that what follows by a rule needs.
        """
        self.image, self.code, self.place, self.sure, self._closure = image, code, place, sure, closure
        self.step, self.of = ranges(closure.starts[code], closure.lengths[code])
        self.certain = bool((sure == 1).all())
        self.follows_sure = closure.factor[self.step]
        if not self.certain:
            self.follows_sure *= sure[self.of]
            kept = ~closure.ruled[self.step] | (self.follows_sure >= np.float32(least))
            self.step, self.of, self.follows_sure = self.step[kept], self.of[kept], self.follows_sure[kept]

    def best(self, codes: int, against_image: Ints, against_code: Codes) -> Best:
        """Weigh it.

        Args:
            codes: how many codes there are.
            against_image: of each label that is absent.
            against_code: of each.
        """
        n, m, against = len(self.code), len(self.step), len(against_code)
        total = n + m + against
        number_bits = max(total, 1).bit_length()
        code_bits = codes.bit_length()
        images = int(self.image[-1]) if n else 0
        images = max(images, int(against_image[-1]) if against else 0)
        level_bits = min(24, 64 - number_bits - code_bits - images.bit_length())
        level_bits += number_bits  # where the code begins
        keys = np.empty(total, np.uint64)
        head = self.image << code_bits
        keys[:n] = (head | self.code) << level_bits
        follows = keys[n : n + m]
        if self.certain:
            np.take(self._closure.keys(_keys, level_bits, number_bits), self.step, out=follows)
        else:
            follows[:] = _keys(self._closure.target[self.step], self.follows_sure, level_bits, number_bits)
        follows |= (head << level_bits).astype(np.uint64)[self.of]
        keys[n + m :] = (against_image << code_bits | against_code) << level_bits | _AGAINST << number_bits
        keys |= np.arange(total, dtype=np.uint64)
        keys.sort()
        numbers = (keys & np.uint64((1 << number_bits) - 1)).view(np.int64)
        new = np.empty(total, np.bool_)
        new[:1] = True
        keys >>= np.uint64(level_bits)
        np.not_equal(keys[1:], keys[:-1], out=new[1:])
        first = numbers[new]
        chosen = np.zeros(total, np.bool_)
        chosen[first] = True
        sure = np.ones(total, np.float32)
        if not (self.certain and self._closure.sure):
            pieces = np.concatenate([self.sure, self.follows_sure, np.zeros(against, np.float32)])
            sure[first] = together(pieces[numbers], np.flatnonzero(new))
        if not chosen[:n].all():  # some are twice; those that are written apart are both kept
            again = np.flatnonzero(~new & (numbers < n))
            again = again[self.place[numbers[again]] != self.place[numbers[again - 1]]]
            chosen[numbers[again]] = True
            sure[numbers[again]] = sure[first[np.cumsum(new)[again] - 1]]
        picked, added = np.flatnonzero(chosen[:n]), np.flatnonzero(chosen[n : n + m])
        found = Best(picked, sure[picked], added, sure[n:][added], 0, added[:0], np.zeros((0, 2), np.int64))
        if not against:
            return found
        follower = (numbers >= n) & (numbers < n + m)
        starts = np.flatnonzero(new)
        blocked = keys[starts[(first >= n + m) & np.logical_or.reduceat(follower, starts)]].astype(np.int64)
        subject = head[self.of[added]] | self._closure.subject[self.step[added]]
        opposed = np.flatnonzero(numbers >= n + m)
        group = (np.cumsum(new) - 1)[opposed]
        opposed, group = opposed[np.unique(group, return_index=True)[1]], np.unique(group)
        both = first[group] < n
        return found._replace(
            withheld=len(blocked),
            doubtful=np.unique(self.image[self.of[added[_among(subject, blocked)]]]),
            conflicts=np.stack([first[group[both]], numbers[opposed[both]] - n - m], axis=1),
        )


def _keys(target: Codes, sure: Floats, level_bits: int, number_bits: int) -> NDArray[np.uint64]:
    """Return the keys of what follows, without image and number."""
    most = (1 << level_bits - number_bits) - 1 - _FOLLOWS
    keys = target.astype(np.uint64)
    keys <<= np.uint64(level_bits - number_bits)
    keys |= (np.float32(_FOLLOWS + most) - np.rint(sure * np.float32(most))).astype(np.uint64)
    keys <<= np.uint64(number_bits)
    return keys


def _among(values: Ints, ascending: Ints) -> NDArray[np.bool_]:
    """Tell which values are among others."""
    if not len(ascending):
        return np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    found: NDArray[np.bool_] = ascending[place] == values
    return found
