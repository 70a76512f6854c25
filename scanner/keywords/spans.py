"""Arithmetic on spans of folded characters."""

from collections.abc import Iterable, Iterator

Span = tuple[int, int]


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
