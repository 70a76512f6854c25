"""The step clock: a scanner says in shared memory what it has begun and how long that may take; its keeper looks."""

import mmap
import struct
import time
from typing import Protocol

_STEP = struct.Struct("<dd")


class Clock(Protocol):
    """What a scanner tells of its steps."""

    def begin(self, seconds: float) -> None:
        """A step begins that may take so long."""
        ...

    def end(self) -> None:
        """The step is over; the one round it goes on."""
        ...


class NoClock:
    """Nobody looks."""

    def begin(self, seconds: float) -> None:
        """Nothing to tell."""

    def end(self) -> None:
        """Nothing to tell."""


class StepClock:
    """A clock in memory that a forked child shares. Steps may lie inside each other."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self._outer: list[tuple[float, float]] = []

    def begin(self, seconds: float) -> None:
        """Told by the child."""
        self._outer.append(_STEP.unpack_from(self._page))
        _STEP.pack_into(self._page, 0, time.monotonic(), seconds)

    def end(self) -> None:
        """Told by the child."""
        _STEP.pack_into(self._page, 0, *(self._outer.pop() if self._outer else (0.0, 0.0)))

    def reset(self) -> None:
        """Idle: told by the child between two contents, and by the keeper before it gives work."""
        self._outer.clear()
        _STEP.pack_into(self._page, 0, 0.0, 0.0)

    def overrun(self) -> bool:
        """Asked by the keeper: whether the step has taken longer than it may."""
        began, seconds = _STEP.unpack_from(self._page)
        return bool(began) and time.monotonic() > began + seconds


def yara_budget(size: int, most: float) -> float:
    """Seconds that the YARA rules may need for a view of `size` bytes: far more than ordinary content takes."""
    return min(most, 2.0 + size / 10e6)


def words_budget(size: int, most: float) -> float:
    """Seconds that decoding and the keyword rules may need for `size` bytes."""
    return min(most, 2.0 + size / 4e6)
