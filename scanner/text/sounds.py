"""Blurred syllables: what hanzi sound like once the usual confusions are made one.

zh/z, ch/c, sh/s, n/l, r/l, h/f and -ng/-n are one; ü is v. Each blurred syllable is one character, so that text as
sound is a string of the same length as the folded text, and the same automaton kind finds terms in it.
"""

import re
import zlib
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SILENT = "\x01"  # what has no sound
_FIRST_CODE = 0x20  # of the syllables; low ones, so that an automaton over them is small
_PIECE = 1 << 22  # characters made sound in one go
_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "h": "f"}
_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)(.*)")
MAX_READINGS = 8  # spellings of one term that are looked for


@dataclass(frozen=True, slots=True)
class SoundTable:
    """`codes` maps the BMP to its blurred syllable's character (others to SILENT); `readings` per hanzi."""

    codes: NDArray[np.uint16]
    readings: dict[str, tuple[str, ...]]
    code_of: dict[str, str]


def blurred(syllable: str) -> str:
    """The syllable with the usual confusions made one."""
    found = _SYLLABLE.fullmatch(syllable)
    initial, final = (found[1], found[2]) if found else ("", syllable)
    return _INITIALS.get(initial, initial) + re.sub(r"(?<=[aei])ng$", "n", final)


@cache
def sound_table() -> SoundTable:
    """The table beside this module, read once per process."""
    lines = zlib.decompress((Path(__file__).parent / "sound_table.bin").read_bytes()).decode().splitlines()
    readings = {line[0]: tuple(line[1:].split(" ")) for line in lines}
    names = sorted({blurred(one) for way in readings.values() for one in way})
    code_of = {name: chr(_FIRST_CODE + number) for number, name in enumerate(names)}
    codes = np.full(0x10000, ord(SILENT), dtype=np.uint16)
    codes[[ord(char) for char in readings]] = [ord(code_of[blurred(way[0])]) for way in readings.values()]
    return SoundTable(codes, readings, code_of)


def sound_text(folded: str) -> str:
    """Folded text as sound: each hanzi its syllable's character, all else SILENT; the length stays."""
    if len(folded) > _PIECE:
        return "".join(sound_text(folded[low : low + _PIECE]) for low in range(0, len(folded), _PIECE))
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
    # past the last row of the table lie characters beyond the BMP; the row itself is a noncharacter, without a sound
    return sound_table().codes.take(codes, mode="clip").tobytes().decode("utf-16-le")


def sound_forms(folded: str) -> tuple[str, ...]:
    """The sounds of a folded term, by the two commonest readings of each hanzi, at most MAX_READINGS."""
    table = sound_table()
    ways = [
        tuple(dict.fromkeys(table.code_of[blurred(one)] for one in table.readings.get(char, ())[:2])) or (SILENT,)
        for char in folded
    ]
    return tuple("".join(way) for way in islice(product(*ways), MAX_READINGS))


def spelling(folded: str) -> str:
    """The term in plain pinyin, a space between syllables; "" when a character has no reading."""
    table = sound_table()
    parts = [table.readings.get(char, ("",))[0] for char in folded]
    return " ".join(parts) if all(parts) else ""


def is_hanzi(char: str) -> bool:
    """Whether the character is a Chinese ideograph."""
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\U00020000"
