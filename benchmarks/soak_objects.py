"""The soak's objects and what must be said of each."""

import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.cli.demo_objects import EICAR

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "rain", "falls", "on", "roofs")


@dataclass(frozen=True, slots=True)
class Planned:
    """An object, and the only verdict that is right over it."""

    key: str
    body: bytes
    word: str


def objects(count: int, dice: random.Random) -> Iterator[Planned]:
    """Notes, pages and archives; one in ten bears EICAR, a third of those inside an archive."""
    for number in range(count):
        key = f"site-{number % 7}/k{number:05}"
        bad = number % 10 == 3
        note = " ".join(dice.choices(WORDS, k=dice.randrange(20, 4_000))).encode()
        if bad and number % 30 == 3:
            yield Planned(f"{key}.zip", _zipped({"note.txt": note, "eicar.com": EICAR.encode()}), "VIOLATION")
        elif bad:
            yield Planned(f"{key}.com", EICAR.encode() + b" " * dice.randrange(0, 60), "VIOLATION")
        elif number % 10 == 7:
            yield Planned(f"{key}.zip", _zipped({"note.txt": note}), "CLEAN")
        else:
            yield Planned(f"{key}.txt", note, "CLEAN")


def _zipped(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return held.getvalue()
