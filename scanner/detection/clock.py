"""The step clock: a scanner says in shared memory what it has begun and how long that may take; its keeper looks."""

import math
import mmap
import struct
import time
from typing import Protocol

_STEP = struct.Struct("<ddd")  # when it began on the wall, the scanner's CPU time then, and the seconds it may take
_CPU_OF_PROCESS = 2  # CPUCLOCK_SCHED of Linux: the clock that clock_getcpuclockid(3) names for a process
STARVED = 4  # a step that was given little CPU may take so many times its seconds on the wall


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
        self._outer: list[tuple[float, float, float]] = []

    def begin(self, seconds: float) -> None:
        """Told by the child."""
        self._outer.append(_STEP.unpack_from(self._page))
        _STEP.pack_into(self._page, 0, time.monotonic(), time.process_time(), seconds)

    def end(self) -> None:
        """Told by the child."""
        _STEP.pack_into(self._page, 0, *(self._outer.pop() if self._outer else (0.0, 0.0, 0.0)))

    def reset(self) -> None:
        """Idle: told by the child between two contents, and by the keeper before it gives work."""
        self._outer.clear()
        _STEP.pack_into(self._page, 0, 0.0, 0.0, 0.0)

    def overrun(self, pid: int) -> bool:
        """Asked by the keeper of child `pid`: whether the step has taken longer than it may.

        On a machine with too much to do the wall clock runs while the child waits for its turn, and an ordinary file
        would be called unread: so what counts is the child's own CPU time, and the wall only at `STARVED` times that.
        """
        step: tuple[float, float, float] = _STEP.unpack_from(self._page)
        began, spent, seconds = step
        waited = time.monotonic() - began
        if not began or waited <= seconds:
            return False
        return waited > STARVED * seconds or cpu_of(pid, otherwise=math.inf) - spent >= seconds


def cpu_of(pid: int, otherwise: float) -> float:
    """CPU seconds that a process has used; `otherwise` where the system does not say or the process is gone."""
    try:
        return time.clock_gettime((~pid << 3) | _CPU_OF_PROCESS)
    except OSError:
        return otherwise


def yara_budget(size: int, most: float) -> float:
    """Seconds that the YARA rules may need for a view of `size` bytes: far more than ordinary content takes."""
    return min(most, 2.0 + size / 10e6)


def words_budget(size: int, most: float) -> float:
    """Seconds that decoding and the keyword rules may need for `size` bytes."""
    return min(most, 2.0 + size / 4e6)
