"""A small alphabet: the characters that terms are made of, numbered, the commonest first.

An automaton keeps a table as long as its highest character; over hanzi as they are, a hundred small automata would be a
hundred long tables that no cache holds. ASCII stays as it is; what no term uses becomes OTHER.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.frequency import benign_counts

OTHER = 1
_FIRST = 0x80  # code of the first character that is not ASCII
_SURROGATES = (0xD800, 0xE000)
PIECE = 1 << 22  # characters written in one go


def alphabet_of(strings: Iterable[str]) -> "Alphabet":
    """The alphabet of some strings."""
    counts = benign_counts().counts
    used = {char for string in strings for char in string if ord(char) >= _FIRST}
    return Alphabet("".join(sorted(used, key=lambda char: (-counts.get(char, 0), char))))


@dataclass(frozen=True)
class Alphabet:
    """`chars` are the characters that are not ASCII, in the order of their codes."""

    chars: str

    @cached_property
    def _codes(self) -> NDArray[np.uint16]:
        """The code of each character of the BMP."""
        codes = np.full(0x10000, OTHER, dtype=np.uint16)
        codes[:_FIRST] = np.arange(_FIRST)
        codes[0] = OTHER
        for number, char in enumerate(self.chars):
            if ord(char) <= 0xFFFF:
                codes[ord(char)] = _code(number)
        return codes

    @cached_property
    def _beyond(self) -> dict[int, int]:
        """The codes of characters beyond the BMP."""
        return {ord(char): _code(number) for number, char in enumerate(self.chars) if ord(char) > 0xFFFF}

    def write(self, text: str) -> str:
        """The text in this alphabet; as long as before."""
        if text.isascii():
            return text
        if len(text) > PIECE:
            return "".join(self.write(text[low : low + PIECE]) for low in range(0, len(text), PIECE))
        raw = text.encode("utf-16-le", "surrogatepass")
        if len(raw) == 2 * len(text):
            return self._codes.take(np.frombuffer(raw, np.uint16), mode="clip").tobytes().decode("utf-16-le")
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = np.where(points > 0xFFFF, np.uint32(OTHER), self._codes.take(points, mode="clip")).astype(np.uint16)
        for place in np.flatnonzero(points > 0xFFFF).tolist() if self._beyond else ():
            codes[place] = self._beyond.get(int(points[place]), OTHER)
        return codes.tobytes().decode("utf-16-le")


def _code(number: int) -> int:
    """The code of a character by its number: from _FIRST on, without the surrogates."""
    code = _FIRST + number
    return code if code < _SURROGATES[0] else code + _SURROGATES[1] - _SURROGATES[0]
