"""What is usual for an account: one level for each hour of the week, 4 bits each, moved one step a week at most.

A level is the half octave (√2) of use / entitlement. One step a week makes the estimate a running median: one wild
week moves it by 41 %, not more. 168 hours are 84 bytes.
"""

from bisect import bisect_right

HOURS = 168
SIZE = HOURS // 2
EDGES: tuple[float, ...] = tuple(2.0 ** (-6 + 0.5 * step) for step in range(14))  # 1.6 % to 141 % of the entitlement
UNSEEN = bytes(SIZE)


def level_of(ratio: float) -> int:
    """The level of a mean use: 1 (under 1.6 % of the entitlement) to 15 (from 141 % on)."""
    return bisect_right(EDGES, ratio) + 1


def ratio_of(level: int) -> float:
    """The upper edge of a level: what "usual" is taken to reach; 0 for an hour never seen."""
    return EDGES[min(level, len(EDGES)) - 1] if level else 0.0


def level_at(usual: bytes, hour: int) -> int:
    """The level of an hour, counted since 1970; 0: never seen."""
    slot = hour % HOURS
    return usual[slot >> 1] >> ((slot & 1) * 4) & 15


def around(usual: bytes, hour: int) -> int:
    """The highest level of a known hour and its neighbours (a clock put back is not unusual); 0: not known."""
    return level_at(usual, hour) and max(level_at(usual, hour - 1), level_at(usual, hour), level_at(usual, hour + 1))


def learned(usual: bytes, hour: int, level: int) -> bytes:
    """The baseline after an hour at `level`: one step towards it, or the level itself where none was known."""
    slot, known = hour % HOURS, level_at(usual, hour)
    moved = level if not known else known + (level > known) - (level < known)
    shift = (slot & 1) * 4
    byte = usual[slot >> 1] & ~(15 << shift) | moved << shift
    return usual[: slot >> 1] + bytes([byte]) + usual[(slot >> 1) + 1 :]
