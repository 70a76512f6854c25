"""How common some bytes are in ordinary files: an upper bound from a table of four-byte grams."""

import zlib
from functools import cache
from pathlib import Path

BITS = 18
MULTIPLIER = 2_654_435_761
RARE = 8  # the table's last level: in fewer than one of 256 files
_SHORT = {1: 1.0, 2: 0.6, 3: 0.3}  # text of that length; other bytes are rarer
_SHORT_ODD = {1: 0.7, 2: 0.25, 3: 0.08}


@cache
def _table() -> bytes:
    packed = zlib.decompress((Path(__file__).parent / "gram_table.bin").read_bytes())
    return bytes(level for pair in packed for level in (pair & 15, pair >> 4))


def share(word: bytes) -> float:
    """The share of ordinary files that hold `word`, at most; letters count in either case."""
    if len(word) < 4:
        return (_SHORT if _is_text(word) else _SHORT_ODD)[len(word)] if word else 1.0
    return 2.0 ** -max(_levels(word))


def rarest(word: bytes, longest: int) -> bytes:
    """The `longest` bytes of `word` that are the rarest; `word` itself where it is no longer."""
    if len(word) <= longest:
        return word
    levels = _levels(word)
    windows = range(len(word) - longest + 1)
    best = max(windows, key=lambda start: (sum(levels[start : start + longest - 3]), -start))
    return word[best : best + longest]


def _levels(word: bytes) -> list[int]:
    table, low = _table(), word.lower()
    return [table[_slot(low[start : start + 4])] for start in range(len(low) - 3)]


def _slot(gram: bytes) -> int:
    return (int.from_bytes(gram, "little") * MULTIPLIER & 0xFFFFFFFF) >> (32 - BITS)


def _is_text(word: bytes) -> bool:
    return all(32 <= value < 127 or value in (9, 10, 13) for value in word)
