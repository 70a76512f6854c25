"""Counting without keeping everything: what is asked for most, and whether a thing was seen before."""

import hashlib
from collections.abc import Hashable, Mapping
from heapq import heappush, heappushpop, nlargest
from struct import Struct
from typing import Generic, TypeVar

_PAIR = Struct("<QQ")
Key = TypeVar("Key", bound=Hashable)


class HeavyHitters(Generic[Key]):
    """The most frequent keys of a stream in bounded space (Misra and Gries, whole batches at a time).

    A count is never too high, and too low by `error` at most, which is at most total / size.
    """

    __slots__ = ("counts", "error", "size")

    def __init__(self, size: int) -> None:
        self.size, self.error = size, 0
        self.counts: dict[Key, int] = {}

    def add(self, batch: Mapping[Key, int]) -> None:
        """Count a batch."""
        counts = self.counts
        for key, count in batch.items():
            counts[key] = counts.get(key, 0) + count
        if len(counts) > 2 * self.size:
            self._prune()

    def top(self, number: int) -> list[tuple[Key, int]]:
        """The keys with the highest counts, at most `size` of them."""
        return nlargest(min(number, self.size), self.counts.items(), key=lambda item: item[1])

    def _prune(self) -> None:
        """Leave the `size` highest; all lose what the next one had: that keeps the bound on the error."""
        ranked = nlargest(self.size + 1, self.counts.items(), key=lambda item: item[1])
        floor = ranked[-1][1]
        self.error += floor
        self.counts = {key: count - floor for key, count in ranked[:-1] if count > floor}


class Seen:
    """Whether a text was seen before: a Bloom filter. It may say so wrongly, at a rate that it can tell; never not.

    `key` is a secret: without it anybody could look for a text that would be called seen.
    """

    HASHES = 4
    BITS = 1 << 27

    def __init__(self, bits: int = BITS, held: bytes = b"", key: bytes = b"") -> None:
        self.bits, self.mask, self.key = bits, bits - 1, key  # a power of two
        self.table = bytearray(held) if len(held) == bits // 8 else bytearray(bits // 8)

    def add(self, text: str) -> bool:
        """Note a text; True if it was not seen before."""
        return self.add_digest(*self.digest(text))

    def digest(self, text: str) -> tuple[int, int]:
        """The text's digest under the filter's key."""
        return digest_of(text, self.key)

    def add_digest(self, one: int, two: int) -> bool:
        """Note a text by its digest."""
        fresh, table, mask = False, self.table, self.mask
        for place in (one & mask, (one + two) & mask, (one + 2 * two) & mask, (one + 3 * two) & mask):
            bit = 1 << (place & 7)
            if not table[place >> 3] & bit:
                fresh = True
                table[place >> 3] |= bit
        return fresh

    def has(self, text: str) -> bool:
        """Whether it was seen before."""
        return self.has_digest(*self.digest(text))

    def has_digest(self, one: int, two: int) -> bool:
        """The same by its digest."""
        table, mask = self.table, self.mask
        for place in (one & mask, (one + two) & mask, (one + 2 * two) & mask, (one + 3 * two) & mask):
            if not table[place >> 3] & (1 << (place & 7)):
                return False
        return True

    @property
    def wrong(self) -> float:
        """The share of new texts that it would call seen."""
        filled = int.from_bytes(self.table).bit_count() / self.bits
        return float(filled**self.HASHES)


def digest_of(text: str, key: bytes = b"") -> tuple[int, int]:
    """Two independent numbers of a text; the second is odd."""
    one, two = _PAIR.unpack(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=key).digest())
    return one, two | 1


class Sample:
    """A fair sample of distinct texts in bounded space: those with the lowest hashes. `passed` counts the others."""

    __slots__ = ("heap", "held", "passed", "salt", "size")

    def __init__(self, size: int, salt: bytes = b"") -> None:
        self.size, self.passed = size, 0
        self.salt = int.from_bytes(hashlib.blake2b(salt, digest_size=8).digest())
        self.heap: list[tuple[int, str]] = []
        self.held: set[str] = set()

    def add(self, text: str, digest: int = -1) -> None:
        """Offer a text, with the first number of its digest where that is known."""
        rank, heap = self.salt ^ (digest if digest >= 0 else digest_of(text)[0]), self.heap
        full = len(heap) >= self.size
        if full and (not heap or -rank < heap[0][0]):
            self.passed += 1
        elif text not in self.held:
            self.held.add(text)
            if full:
                self.passed += 1
                self.held.discard(heappushpop(heap, (-rank, text))[1])
            else:
                heappush(heap, (-rank, text))

    def texts(self) -> list[str]:
        """What was drawn, in a stable order."""
        return [text for _, text in sorted(self.heap, reverse=True)]
