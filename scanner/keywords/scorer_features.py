"""Character n-grams of folded text as numbers, for the scorers: one hash per n-gram, none kept as strings.

The same functions serve training and scanning; a change of them makes every weight void, hence `FEATURES`.
"""

import numpy as np
from numpy.typing import NDArray

from scanner.text.folding import BREAK

FEATURES = 1  # version of what this module computes; a card names the one that its weights were trained with
SIZES = (1, 2, 3, 4)  # characters of an n-gram
MIN_BITS, MAX_BITS = 8, 20  # of the table of weights
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_ZERO, _TEN = np.uint64(ord("0")), np.uint64(10)
_BREAK, _LEARNED_BREAK = np.uint64(ord(BREAK)), np.uint64(0xFDD0)  # in texts, and in what weights were learned from
_SHIFT, _LAST_SHIFT = np.uint64(29), np.uint64(33)

Points = NDArray[np.uint64]
Places = NDArray[np.int64]


def squeezed(folded: str) -> tuple[Points, Places]:
    """The text's code points with every number as one 0, and where in the text each stands.

    What a number is says little, that there is one says much. Lone surrogates are kept as they are.
    """
    points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    if BREAK in folded:
        points[points == _BREAK] = _LEARNED_BREAK
    digits = points - _ZERO < _TEN  # what lies below 0 is far above it, modulo 2**64
    if not digits.any():
        return points, np.arange(len(points))
    begins = ~digits
    begins[0] = True
    begins[1:] |= ~digits[:-1]
    places = np.flatnonzero(begins)
    points[digits] = _ZERO
    return points.take(places), places


def buckets(points: Points, size: int, bits: int) -> NDArray[np.uint32]:
    """For each n-gram of `size` characters, by its first character, the number of its weight."""
    count = len(points) - size + 1
    if count <= 0:
        return np.empty(0, np.uint32)
    hashed = points[:count] ^ np.uint64(size)  # from here on all arithmetic is modulo 2**64
    for place in range(size):
        if place:
            hashed ^= points[place : place + count]
        hashed *= _MULTIPLIER
        hashed ^= hashed >> _SHIFT
    hashed ^= hashed >> _LAST_SHIFT
    hashed *= _MIX
    hashed >>= np.uint64(64 - bits)
    return hashed.astype(np.uint32)
