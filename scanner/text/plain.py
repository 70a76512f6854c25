"""Text as patterns see it: letters and digits folded, marks and spaces in plain form, the invisible gone; UTF-8."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanner.text.folding import Folded, soft_fold


@dataclass(frozen=True, slots=True)
class PlainText:
    """`data` is the text as UTF-8; `starts[i]` is where in it folded character i begins, the last one its length."""

    data: bytes
    starts: NDArray[np.int64]

    def byte_span(self, low: int, high: int) -> tuple[int, int]:
        """Where folded characters `low` to `high` stand, up to the next one."""
        return int(self.starts[low]), int(self.starts[high])

    def folded_span(self, begin: int, end: int) -> tuple[int, int]:
        """The folded characters that lie in a span of bytes."""
        first, last = np.searchsorted(self.starts[:-1], (begin, end))
        return int(first), int(last)


def plain_text(folded: Folded, low: int, high: int) -> PlainText:
    """The plain form of folded characters `low` to `high` (of all: what stands before and after them too)."""
    index = folded.index
    begin = int(index[low]) if low else 0
    end = int(index[high]) if high < len(index) else len(folded.source)
    soft, places = soft_fold(folded.source[begin:end])
    codes = np.frombuffer(soft.encode("utf-32-le"), np.uint32)
    widths = 1 + (codes > 0x7F).astype(np.int64) + (codes > 0x7FF) + (codes > 0xFFFF)
    offsets = np.concatenate(([0], np.cumsum(widths)))
    starts = offsets[np.searchsorted(places, index[low:high] - begin)]
    return PlainText(soft.encode("utf-8"), np.append(starts, offsets[-1]))
