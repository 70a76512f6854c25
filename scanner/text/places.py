"""Where characters of a view stand in the original bytes."""

import codecs
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

_STEP = 4096  # bytes between two checkpoints
_ASCII_AS_IS = frozenset({"utf-8", "cp1252"})  # codecs in which bytes below 0x80 are one character each
_STATELESS = frozenset({"utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"})  # a character's bytes are its own


class Places(Protocol):
    """Maps a span of characters to a span of bytes."""

    def span(self, start: int, end: int) -> tuple[int | None, int]:
        """Offset and length in bytes; None where the text has no bytes (a name)."""
        ...


@dataclass(frozen=True, slots=True)
class NoPlaces:
    """The text stands in no bytes."""

    def span(self, start: int, end: int) -> tuple[int | None, int]:
        """No place."""
        return None, 0


@dataclass(frozen=True)
class DecodedPlaces:
    """Text decoded from `data[skip:]` with `codec` and replacement characters. Checkpoints are made when asked."""

    data: bytes
    codec: str
    skip: int = 0

    @cached_property
    def _checkpoints(self) -> tuple[list[int], list[int]]:
        """Characters decoded, and where their bytes end, every few thousand bytes, at whole characters only."""
        chars, offsets = [0], [self.skip]
        decoder = codecs.getincrementaldecoder(self.codec)("replace")
        count = 0
        for place in range(self.skip, len(self.data), _STEP):
            count += len(decoder.decode(self.data[place : place + _STEP]))
            pending, state = decoder.getstate()
            end = min(place + _STEP, len(self.data)) - len(pending)
            if state == 0 or self.codec.startswith("utf"):
                chars.append(count)
                offsets.append(end)
        return chars, offsets

    def span(self, start: int, end: int) -> tuple[int | None, int]:
        """Offset and length in bytes."""
        first = self._offset(start)
        return first, self._offset(max(start, end)) - first

    @cached_property
    def _is_plain(self) -> bool:
        """Whether each byte is a character."""
        return self.codec in _ASCII_AS_IS and self.data.isascii()

    def _offset(self, char: int) -> int:
        """Where the bytes of that character begin."""
        if self._is_plain:
            return min(self.skip + char, len(self.data))
        chars, offsets = self._checkpoints
        number = bisect_right(chars, char) - 1
        begin, missing = offsets[number], char - chars[number]
        if missing == 0:
            return begin
        stop = offsets[number + 1] if number + 1 < len(offsets) else len(self.data)
        return begin + self._bytes_of(self.data[begin : min(stop + 8, len(self.data))], missing)

    def _bytes_of(self, piece: bytes, chars: int) -> int:
        """How many bytes of `piece` make its first `chars` characters: the most that decode to no more."""
        if self.codec in _STATELESS:
            written = piece.decode(self.codec, "replace")[:chars].encode(self.codec, "replace")
            if piece.startswith(written):  # nothing in front was replaced
                return len(written)
        low, high = 0, len(piece)
        while low < high:
            middle = (low + high + 1) // 2
            decoder = codecs.getincrementaldecoder(self.codec)("replace")
            decoded = len(decoder.decode(piece[:middle], final=middle == len(piece)))
            pending = len(decoder.getstate()[0])
            if decoded > chars or (decoded == chars and pending):
                high = middle - 1
            else:
                low = middle
        return low
