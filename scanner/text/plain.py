"""Text as patterns see it: letters and digits folded, marks and spaces in plain form, the invisible gone; UTF-8."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scanner.text.folding import Folded, soft_fold


@dataclass(frozen=True)
class PlainText:
    """`data` is `soft`, the plain form of some folded characters and what stands between them, as UTF-8."""

    data: bytes
    soft: str
    kept: NDArray[np.int32] | NDArray[np.int64]  # where in `soft` each folded character stands

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where in `data` each folded character begins, and at the end its length."""
        if self.soft.isascii():
            return np.append(self.kept, len(self.soft))
        codes = np.frombuffer(self.soft.encode("utf-32-le"), np.uint32)
        width = np.uint8(1) + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)
        offsets = np.cumsum(width, dtype=np.int64) - width
        return np.append(offsets[self.kept], len(self.data))

    def byte_span(self, low: int, high: int) -> tuple[int, int]:
        """Where folded characters `low` to `high` stand, up to the next one."""
        if low == 0 and high >= len(self.kept):
            return 0, len(self.data)
        return int(self.starts[low]), int(self.starts[high])

    def folded_span(self, begin: int, end: int) -> tuple[int, int]:
        """The folded characters that lie in a span of bytes."""
        first, last = np.searchsorted(self.starts[:-1], (begin, end))
        return int(first), int(last)


def plain_text(folded: Folded, low: int, high: int) -> PlainText:
    """The plain form of folded characters `low` to `high`."""
    index = folded.index
    begin = int(index[low]) if low else 0
    end = len(folded.source)
    if high < len(index):  # what one character was written out as may be cut in two: it is taken whole
        end = int(index[high]) + int(high > low and index[high] == index[high - 1])
    soft, places = soft_fold(folded.source[begin:end])
    kept = index[low:high] - begin
    if places is not None:  # of what one character was written out as, each has its own place
        kept = _before(places, end - begin).take(kept) + _repeated(kept)
    return PlainText(soft.encode("utf-8"), soft, kept)


def _before(places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """For each number below `size`, how many of the places are less."""
    counts = np.bincount(places, minlength=size)
    return np.cumsum(counts) - counts


def _repeated(kept: NDArray[np.int32] | NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of some ascending numbers, how many equal ones stand in front of it."""
    numbers = np.arange(len(kept))
    is_first = np.diff(kept, prepend=-1) > 0
    return numbers - np.maximum.accumulate(np.where(is_first, numbers, 0))
