"""When a step of a scan has taken too long: by the CPU it was given, not by how busy the machine is."""

import os
import time

import pytest

from scanner.detection import clock as clocks
from scanner.detection.clock import StepClock, cpu_of


def spun(seconds: float) -> None:
    """Use so much CPU."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_step_that_used_its_cpu_time_is_overrun() -> None:
    clock = StepClock()
    clock.begin(0.05)
    assert not clock.overrun(os.getpid())
    spun(0.08)
    assert clock.overrun(os.getpid())


def test_a_step_that_was_given_no_cpu_is_overrun_only_after_several_times_its_seconds() -> None:
    clock = StepClock()
    clock.begin(0.2)
    time.sleep(0.25)
    assert not clock.overrun(os.getpid())
    time.sleep(0.6)
    assert clock.overrun(os.getpid())


def test_where_the_system_does_not_tell_the_cpu_time_the_wall_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_clock: int) -> float:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(clocks.time, "clock_gettime", refused)
    clock = StepClock()
    clock.begin(0.01)
    time.sleep(0.03)
    assert clock.overrun(os.getpid())
    assert cpu_of(os.getpid(), otherwise=7.0) == 7.0


def test_an_idle_scanner_is_never_overrun_and_an_inner_step_gives_way_to_the_outer() -> None:
    clock = StepClock()
    assert not clock.overrun(os.getpid())
    clock.begin(60)
    clock.begin(0.01)
    spun(0.03)
    assert clock.overrun(os.getpid())
    clock.end()
    assert not clock.overrun(os.getpid())
    clock.end()
    assert not clock.overrun(os.getpid())
