"""Bytes outside any member: prefix, gaps, comments, extra fields, after the end."""

from collections.abc import Iterator

from scanner.detection.unpack.part import Opening, Part
from scanner.detection.unpack.views import join

FEWEST = 8  # bytes; fewer are seen in the view of the whole
MOST_PIECES = 64  # pieces with a path of their own; what is left over stands together in one more


def uncovered(covered: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """The stretches of [0, length) that `covered` leaves out."""
    at = 0
    for start, stop in sorted(covered):
        if start > at:
            yield at, min(start, length)
        at = max(at, stop)
    if at < length:
        yield at, length


def leftovers(opening: Opening) -> Iterator[Part]:
    """Parts for the bytes that no reader accounted for, padding left out."""
    part, data = opening.part, opening.data
    pieces = [
        (start, stop)
        for start, stop in uncovered(opening.covered, len(data))
        if stop - start >= FEWEST and data[start:stop].strip(b"\0 \r\n\t\xff")
    ]
    pieces = [piece for piece in pieces if piece != (0, len(data))]
    for start, stop in pieces[:MOST_PIECES]:
        path = join(part.path, f"(outside members at {start})")
        yield Part(path, data[start:stop], part.depth + 1, "", "outside-members", offset=start)
    if rest := pieces[MOST_PIECES:]:
        joined = b"\n".join(data[start:stop] for start, stop in rest)
        path = join(part.path, "(outside members, rest)")
        yield Part(path, joined, part.depth + 1, "", "outside-members", offset=None)
