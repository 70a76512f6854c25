"""Mutants of all containers: bytes flipped, cut, doubled, swapped. Seeded, so that a bad one can be made again."""

import random
from collections.abc import Iterator

from tests.evasion import lies, packers, zips
from tests.evasion.marker import PAYLOAD


def corpus() -> list[tuple[str, bytes]]:
    """What is mutated: every container, every lie."""
    found = [(name, pack(PAYLOAD)) for name, pack in packers.PACKERS.items()]
    for told in (zips.lies(), lies.tars(), lies.streams(), lies.mails(), lies.pages(), lies.pdfs()):
        found += sorted(told.items())
    return [(name, data) for name, data in found if len(data) < 400_000]


def mutated(data: bytes, dice: random.Random) -> bytes:
    """One to four changes."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) or 1)
        length = dice.choice((1, 1, 2, 4, 16, 200))
        kind = dice.randrange(7)
        if kind == 0:
            changed[at : at + length] = dice.randbytes(length)
        elif kind == 1:
            del changed[at : at + length]
        elif kind == 2:
            changed[at:at] = changed[max(at - length, 0) : at]
        elif kind == 3:
            changed[at : at + 4] = dice.choice((b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
        elif kind == 4:
            changed[at:at] = dice.choice(
                (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"%PDF-1.", b"\0" * 512, b"endstream")
            )
        elif kind == 5:
            changed = changed[:at] or changed
        elif len(changed):
            changed[at] ^= 1 << dice.randrange(8)
    return bytes(changed)


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(name with its number, bytes) of `count` mutants."""
    originals = corpus()
    for number in range(count):
        dice = random.Random(f"{seed}/{number}")
        name, data = originals[number % len(originals)]
        yield f"{seed}/{number} {name}", mutated(data, dice)
