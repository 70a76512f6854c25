"""The heartbeat beats beside long work, and outlives a failed beat."""

import time

from scanner.adapters.pulse import ThreadPulse
from scanner.errors import StoreError


def test_it_beats_while_the_work_lasts_and_not_after() -> None:
    beats: list[float] = []
    with ThreadPulse().beating(lambda: beats.append(time.monotonic()), 0.02):
        time.sleep(0.2)
    count = len(beats)
    time.sleep(0.06)
    assert count >= 3
    assert len(beats) == count


def test_a_failed_beat_does_not_stop_the_next() -> None:
    beats: list[int] = []

    def act() -> None:
        beats.append(1)
        raise StoreError("away")

    with ThreadPulse().beating(act, 0.02):
        time.sleep(0.15)
    assert len(beats) >= 2
