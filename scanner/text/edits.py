"""Text made from another by replacing pieces, with the way back."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.text.places import Places


class Edit(NamedTuple):
    """Characters `start` to `end` become `becomes`. With a `width`, each new character stands for that many old ones;
    without (0) they all stand for the whole piece."""

    start: int
    end: int
    becomes: str
    width: int = 0


class EditedText:
    """Grows a text from unchanged stretches and edits; remembers where each piece came from."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._starts, self._sources, self._ends, self._widths = array("q"), array("q"), array("q"), array("q")
        self._length = 0
        self._at = 0
        self.count = 0

    def add(self, edits: Iterable[Edit]) -> None:
        """Adds edits, by place; those that begin inside one that was added are left out."""
        at, source, put = self._at, self._source, self._put
        for start, end, becomes, width in edits:
            if start >= at:
                if start > at:
                    put(source[at:start], at, start, 1)
                if becomes:
                    put(becomes, start, end, width)
                at = end
                self.count += 1
        self._at = at

    def _put(self, piece: str, source: int, end: int, width: int) -> None:
        self._parts.append(piece)
        self._starts.append(self._length)
        self._sources.append(source)
        self._ends.append(end)
        self._widths.append(width)
        self._length += len(piece)

    def finished(self, places: Places) -> tuple[str, Places]:
        """The new text, and its places."""
        if self._at < len(self._source):
            self._put(self._source[self._at :], self._at, len(self._source), 1)
        if not self._parts:
            return "", EditedPlaces(places, *(array("q", [value]) for value in (0, 0, len(self._source), 0)))
        return "".join(self._parts), EditedPlaces(places, self._starts, self._sources, self._ends, self._widths)


@dataclass(frozen=True)
class EditedPlaces:
    """Piece i of the text starts at `starts[i]` and came from `sources[i]` to `ends[i]` of the old one; see Edit."""

    inner: Places
    starts: "array[int]"
    sources: "array[int]"
    ends: "array[int]"
    widths: "array[int]"

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.frombuffer(self.starts, np.int64)

    def span(self, start: int, end: int) -> tuple[int | None, int]:
        """Offset and length in bytes of the old text's span."""
        return self.inner.span(*self.old_span(start, end))

    def old_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the old text that covers a span of the new one."""
        first = self._old(start, last=False)
        return first, max(first, self._old(end - 1, last=True) if end > start else first)

    def _old(self, place: int, *, last: bool) -> int:
        number = max(0, int(np.searchsorted(self._starts, place, side="right")) - 1)
        width = self.widths[number]
        if not width:
            return self.ends[number] if last else self.sources[number]
        return min(self.sources[number] + (place - self.starts[number] + last) * width, self.ends[number])
