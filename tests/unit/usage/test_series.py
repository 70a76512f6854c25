"""The step of one series: what fills the bucket, what holds, what is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.usage.baseline import HOURS, UNSEEN, around, learned, level_at, level_of, ratio_of
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.series import Flag, Series, Step, advance
from scanner.domain.usage.thresholds import Terms, Timing, half_octaves
from tests.unit.usage.books import THRESHOLDS

CPU, STEAL = THRESHOLDS.terms(Resource.CPU), THRESHOLDS.terms(Resource.STEAL)
TIMING = Timing()
START = 1_700_006_400  # an hour's beginning


def fed(values: list[float | None], terms: Terms = CPU, entitled: float = 0.5, start: int = START) -> list[Series]:
    """The states after each minute; None is a lost sample."""
    state, states = None, []
    for minute, value in enumerate(values):
        if value is not None:
            state, _ = advance(state, start + minute * 60, value, entitled, terms, TIMING)
        if state is not None:
            states.append(state)
    return states


def raised(states: list[Series], flag: Flag) -> int | None:
    """The first minute at which the flag stands."""
    return next((minute for minute, state in enumerate(states) if state.flags & flag), None)


def test_constant_heavy_use_overflows_within_three_times_the_plain_rule() -> None:
    minute = raised(fed([0.92] * 60), Flag.EXCESS)
    assert minute is not None
    assert minute <= 30


def test_one_minute_off_in_ten_hides_nothing() -> None:
    assert raised(fed([0.95 if m % 10 else 0.0 for m in range(60)]), Flag.EXCESS) is not None


def test_a_spike_of_twelve_minutes_raises_nothing() -> None:
    assert raised(fed([0.1] * 30 + [1.0] * 12 + [0.1] * 30), Flag.EXCESS) is None


def test_use_at_the_entitlement_never_overflows() -> None:
    assert raised(fed([0.5] * 3_000), Flag.EXCESS) is None


def test_an_overflow_is_cleared_only_well_below_and_in_bounded_time() -> None:
    states = fed([0.95] * 200 + [0.1] * 400)
    assert states[201].flags & Flag.EXCESS
    assert not states[-1].flags & Flag.EXCESS


def test_lost_samples_move_nothing() -> None:
    before = fed([0.92] * 10)[-1]
    after, step = advance(before, before.last_at + 7_200, 0.92, 0.5, CPU, TIMING)
    assert step is Step.GAP
    assert after is not None
    assert after.bucket - before.bucket == pytest.approx((0.92 / 0.5 - 1 - 0.1) * 90)


def test_one_freak_sample_fills_no_bucket() -> None:
    assert raised(fed([0.1, 0.1, 400.0, 0.1]), Flag.EXCESS) is None


def test_a_value_a_thousand_times_the_limit_is_a_mixed_up_unit_and_freezes() -> None:
    before = fed([0.1, 0.1])[-1]
    assert advance(before, before.last_at + 60, 501.0, 0.5, CPU, TIMING) == (before, Step.IMPLAUSIBLE)


def test_a_sample_that_is_not_newer_changes_nothing() -> None:
    state = fed([0.1, 0.9])[-1]
    assert advance(state, state.last_at, 0.9, 0.5, CPU, TIMING) == (state, Step.DUPLICATE)
    assert advance(state, state.last_at - 60, 0.9, 0.5, CPU, TIMING) == (state, Step.LATE)


def test_a_total_becomes_a_rate_and_its_restart_is_no_negative() -> None:
    state, step = advance(None, START, 1_000.0, 10.0, CPU, TIMING, counter=True)
    assert (step, state) == (Step.FIRST, Series(START, 0.0, 1_000.0))
    state, step = advance(state, START + 60, 1_300.0, 10.0, CPU, TIMING, counter=True)
    assert state is not None
    assert (step, state.rate) == (Step.APPLIED, 5.0)
    state, step = advance(state, START + 120, 60.0, 10.0, CPU, TIMING, counter=True)
    assert state is not None
    assert (step, state.rate) == (Step.RESET, 1.0)


def test_a_series_that_turns_into_a_total_begins_anew() -> None:
    state = fed([0.1, 0.1])[-1]
    after, step = advance(state, state.last_at + 60, 5.0, 0.5, CPU, TIMING, counter=True)
    assert after is not None
    assert (step, after.counter, after.bucket) == (Step.FIRST, 5.0, state.bucket)


def test_a_hard_signal_holds_and_is_kept() -> None:
    states = fed([0.2] * 8 + [0.05] * 20, STEAL, 0.1)
    assert raised(states, Flag.HARD) == 5
    assert states[14].flags & Flag.HARD
    assert not states[19].flags & Flag.HARD


def test_a_hard_signal_that_flaps_is_not_raised() -> None:
    assert raised(fed([0.2, 0.2, 0.2, 0.05] * 30, STEAL, 0.1), Flag.HARD) is None


def test_burn_rates_confirm_after_hours_not_minutes() -> None:
    minute = raised(fed([0.9] * 1_000), Flag.BURN)
    assert minute is not None
    assert 180 < minute < 600


def test_a_steady_week_makes_a_sudden_hour_unusual() -> None:
    states = fed([0.05] * (7 * 1_440 + 600) + [0.45] * 130)
    assert states[-1].flags & Flag.UNUSUAL
    assert not states[7 * 1_440].flags & Flag.UNUSUAL


def test_a_first_day_is_never_unusual() -> None:
    assert raised(fed([0.05] * 300 + [0.45] * 300), Flag.UNUSUAL) is None


def test_a_clock_put_back_by_an_hour_is_not_unusual() -> None:
    day = [0.02] * 540 + [0.4] * 480 + [0.02] * 420
    states = fed(day * 14 + day[60:] + day * 2)
    assert raised(states[14 * 1_440 :], Flag.UNUSUAL) is None


def test_abuse_never_becomes_usual() -> None:
    states = fed([0.95] * (14 * 1_440))
    hours = [level_at(states[-1].usual, hour) for hour in range(HOURS)]
    assert sum(level > 0 for level in hours) <= 1


def test_without_any_threshold_nothing_is_raised_and_nothing_breaks() -> None:
    states = fed([0.95] * 500, Terms(), 0.5)
    assert all(state.flags == Flag(0) and state.bucket == 0.0 for state in states)


def test_nothing_agreed_is_nothing_exceeded() -> None:
    assert raised(fed([1e9] * 100, CPU, float("inf")), Flag.EXCESS) is None


@given(st.lists(st.tuples(st.integers(-200, 4_000), st.floats(0, 1e6), st.booleans()), max_size=60))
def test_whatever_comes_the_state_stays_within_bounds(rows: list[tuple[int, float, bool]]) -> None:
    state: Series | None = None
    at = START
    for gap, value, total in rows:
        at += gap
        state, _ = advance(state, at, value, 0.5, CPU, TIMING, counter=total)
        assert state is not None
        assert 0 <= state.bucket <= CPU.capacity
        assert min(state.long_1, state.short_1, state.long_2, state.short_2) >= 0
        assert max(state.long_1, state.short_1, state.long_2, state.short_2) <= 4.0
        assert 0 <= state.hour_cover <= 3_600 + TIMING.cover


@given(st.integers(0, 10**6), st.integers(1, 15), st.binary(min_size=84, max_size=84))
def test_learning_moves_one_hour_by_one_step(hour: int, level: int, usual: bytes) -> None:
    after, before = learned(usual, hour, level), level_at(usual, hour)
    assert abs(level_at(after, hour) - (before or level)) <= 1
    assert all(level_at(after, h) == level_at(usual, h) for h in range(HOURS) if h != hour % HOURS)


def test_levels_are_half_octaves() -> None:
    assert [level_of(ratio) for ratio in (0.0, 0.016, 0.5, 1.0, 1.41, 1.42, 100.0)] == [1, 2, 12, 14, 14, 15, 15]
    assert ratio_of(0) == 0.0
    assert ratio_of(level_of(0.4)) >= 0.4
    assert around(UNSEEN, 5) == 0
    assert [half_octaves(ratio) for ratio in (1.0, 2.0, 4.0, 3.0)] == [0, 2, 4, 4]
