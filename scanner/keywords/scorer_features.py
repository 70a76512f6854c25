"""Character n-grams of folded text as numbers, for the scorers: one hash per n-gram, none kept as strings.

The same functions serve training and scanning; a change of them makes every weight void, hence `FEATURES`.
"""

import numpy as np
from numpy.typing import NDArray

FEATURES = 1  # version of what this module computes; a card names the one that its weights were trained with
SIZES = (1, 2, 3, 4)  # characters of an n-gram
MIN_BITS, MAX_BITS = 8, 20  # of the table of weights
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_ZERO, _NINE = np.uint64(ord("0")), np.uint64(ord("9"))

Points = NDArray[np.uint64]
Places = NDArray[np.int64]


def squeezed(folded: str) -> tuple[Points, Places]:
    """The text's code points with every number as one 0, and where in the text each stands.

    What a number is says little, that there is one says much. Lone surrogates are kept as they are.
    """
    points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    digits = (points >= _ZERO) & (points <= _NINE)
    places = np.flatnonzero(~(digits & np.concatenate([[False], digits[:-1]])))
    return np.where(digits, _ZERO, points)[places], places


def buckets(points: Points, size: int, bits: int) -> NDArray[np.uint32]:
    """For each n-gram of `size` characters, by its first character, the number of its weight."""
    count = len(points) - size + 1
    if count <= 0:
        return np.empty(0, np.uint32)
    hashed = np.full(count, size, np.uint64)
    with np.errstate(over="ignore"):  # the arithmetic is modulo 2**64
        for place in range(size):
            hashed = (hashed ^ points[place : place + count]) * _MULTIPLIER
            hashed ^= hashed >> np.uint64(29)
        hashed = (hashed ^ (hashed >> np.uint64(33))) * _MIX
    return (hashed >> np.uint64(64 - bits)).astype(np.uint32)
