"""Character n-grams of folded text as numbers, for the scorers: one hash per n-gram, none kept as strings.

The same function serves training and scanning; a change of it makes every weight file void, hence `FEATURES`.
"""

import numpy as np
from numpy.typing import NDArray

FEATURES = 1  # version of what this module computes; a card names the one that its weights were trained with
SIZES = (1, 2, 3, 4)  # characters of an n-gram
MIN_BITS, MAX_BITS = 8, 20  # of the table of weights
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)

Buckets = NDArray[np.uint32]


def code_points(folded: str) -> NDArray[np.uint64]:
    """The text's code points; lone surrogates are kept as they are."""
    return np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def buckets(points: NDArray[np.uint64], size: int, bits: int) -> Buckets:
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


def gram_count(characters: int) -> int:
    """How many n-grams of all sizes a text of so many characters has."""
    return sum(max(0, characters - size + 1) for size in SIZES)
