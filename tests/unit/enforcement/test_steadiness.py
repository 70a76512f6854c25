"""A clock that leaps destroys nothing: it is believed when it has gone steadily for as long as a cool-off."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.enforcement.steadiness import GAP, STEADY, Steadiness, looked, unsure
from tests.unit.enforcement.courses import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = Steadiness(NOW - 30 * DAY, NOW - HOUR)


def test_a_clock_that_nobody_looked_at_is_not_believed() -> None:
    wait = unsure(None, NOW)
    assert wait is not None
    assert "nobody has looked" in wait.why


def test_a_clock_that_goes_steadily_is_believed_after_a_cool_off() -> None:
    seen, now = looked(None, NOW), NOW
    while now < NOW + STEADY:
        assert unsure(seen, now) is not None
        now += DAY
        seen = looked(seen, now)
    assert (unsure(seen, now), seen) == (None, Steadiness(NOW, NOW + STEADY))


@pytest.mark.parametrize("leap", [GAP + HOUR, 8 * DAY, 300 * DAY, -3 * HOUR, -300 * DAY])
def test_a_leap_is_seen_before_and_after_somebody_looks_and_costs_the_whole_wait(leap: timedelta) -> None:
    there = NOW + leap
    after = looked(LONG, there)
    assert unsure(LONG, NOW) is None
    for kept in (LONG, after):
        wait = unsure(kept, there)
        assert wait is not None
        assert wait.until == there + STEADY
    assert after == Steadiness(there, there)


def test_clocks_of_several_machines_may_differ_a_little() -> None:
    after = looked(LONG, LONG.seen - HOUR / 2)
    assert (after, unsure(after, LONG.seen)) == (LONG, None)


@given(st.lists(st.timedeltas(-400 * DAY, 400 * DAY), max_size=12))
def test_whatever_a_clock_does_it_is_believed_only_after_a_cool_off_of_looks(leaps: list[timedelta]) -> None:
    seen, now = looked(None, NOW), NOW
    run: list[datetime] = [now]
    for leap in leaps:
        run = [*run, now + leap] if -HOUR <= now + leap - seen.seen <= GAP else [now + leap]
        now += leap
        seen = looked(seen, now)
        if unsure(seen, now) is None:
            assert now - run[0] >= STEADY
