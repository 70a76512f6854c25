"""Arithmetic on spans of folded characters."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

Span = tuple[int, int]
_FAR = 1 << 62
_OVERLAPS = 200  # spans that may begin before another ends: no term is longer than that


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans with those that touch made one, in order."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def pieces(low: int, high: int, size: int) -> Iterator[Span]:
    """`low` to `high` in pieces of `size`."""
    for start in range(low, high, size):
        yield start, min(start + size, high)


def is_within(spans: list[Span], start: int, end: int) -> bool:
    """Whether `start` to `end` lies wholly inside one of the spans, which are sorted by start."""
    last = bisect_right(spans, (start, _FAR))
    return any(first <= start and end <= stop for first, stop in spans[max(0, last - _OVERLAPS) : last])
