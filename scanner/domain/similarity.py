"""Sketches: a few bytes that say what a content is like, so that what is nearly the same is found by an index.

Text and bytes are sketched by the least hashes of their pieces (MinHash, one permutation), pictures by PDQ. The share
of equal slots estimates the share of pieces that two contents have in common; PDQ's is the share of equal bits.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

SLOTS = 64  # of a text's or byte sketch, two bytes each
PDQ_BYTES = 32
BAND_SLOTS = 4  # that must be equal for two sketches to meet in a band
BANDS = 16


class Kind(StrEnum):
    """What was sketched; sketches of different kinds are never alike."""

    TEXT = "text"
    IMAGE = "image"
    BYTES = "bytes"


NEAR = {Kind.TEXT: 40, Kind.BYTES: 40, Kind.IMAGE: 12}  # percent up to which two contents are alike
_LENGTH = {Kind.TEXT: 2 * SLOTS, Kind.BYTES: 2 * SLOTS, Kind.IMAGE: PDQ_BYTES}


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a content is like. `body`: 64 slots of 16 bits (text, bytes) or the 256 bits of PDQ (image)."""

    kind: Kind
    body: bytes

    def __post_init__(self) -> None:
        if len(self.body) != _LENGTH[self.kind]:
            raise ValueError(f"{len(self.body)} bytes are no sketch of {self.kind}")

    @property
    def text(self) -> str:
        """As it is stored: `kind:hex`."""
        return f"{self.kind}:{self.body.hex()}"

    @staticmethod
    def of(text: str) -> "Sketch":
        """The sketch that was stored; ValueError if the text is none."""
        kind, _, body = text.partition(":")
        return Sketch(Kind(kind), bytes.fromhex(body))


@dataclass(frozen=True, slots=True)
class Similar:
    """A content that is like another: its sha256, and how much of it differs in percent (0: as good as nothing)."""

    sha256: str
    distance: int


def distance(one: Sketch, other: Sketch) -> int:
    """How much differs, in percent: of pieces in text and bytes, of bits in pictures; 100 between kinds."""
    if one.kind is not other.kind:
        return 100
    if one.kind is Kind.IMAGE:
        bits = int.from_bytes(one.body) ^ int.from_bytes(other.body)
        return round(100 * bits.bit_count() / (8 * PDQ_BYTES))
    equal = sum(a == b for a, b in zip(_slots(one), _slots(other), strict=True))
    return round(100 * (SLOTS - equal) / SLOTS)


def is_near(one: Sketch, other: Sketch) -> bool:
    """Whether two contents are alike enough to be shown beside each other."""
    return distance(one, other) <= NEAR[one.kind]


def bands(sketch: Sketch) -> tuple[int, ...]:
    """The 16 keys under which a sketch is filed, 63 bits each: sketches that are near share one, almost surely.

    Four equal slots make a band: contents with 70 % of their pieces in common meet in one with 98.8 %, with 60 % in
    one with 89 %; unrelated ones practically never do. Pictures that differ in 15 of 256 bits or fewer always meet.
    """
    width = len(sketch.body) // BANDS
    parts = [sketch.body[place : place + width] for place in range(0, len(sketch.body), width)]
    return tuple(_key(sketch.kind, number, part) for number, part in enumerate(parts))


def probes(sketch: Sketch) -> tuple[int, ...]:
    """More keys to look under: of a picture all bands with one bit turned, so that 31 of 256 bits may differ."""
    return tuple(_turned(sketch)) if sketch.kind is Kind.IMAGE else ()


def nearest(sketch: Sketch, found: Iterable[tuple[str, Sketch]], limit: int) -> list[Similar]:
    """Those of the candidates that are near, the nearest first."""
    told = [Similar(sha256, distance(sketch, other)) for sha256, other in found if is_near(sketch, other)]
    return sorted(told, key=lambda one: (one.distance, one.sha256))[:limit]


def _slots(sketch: Sketch) -> list[bytes]:
    return [sketch.body[place : place + 2] for place in range(0, len(sketch.body), 2)]


def _turned(sketch: Sketch) -> Iterator[int]:
    for number in range(BANDS):
        part = int.from_bytes(sketch.body[2 * number : 2 * number + 2])
        for bit in range(16):
            yield _key(sketch.kind, number, (part ^ (1 << bit)).to_bytes(2))


def _key(kind: Kind, number: int, part: bytes) -> int:
    told = f"{kind}{number}:".encode() + part
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest()) >> 1
