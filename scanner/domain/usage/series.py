"""One series: account and resource. A sample moves its state by one step; the state has a fixed size.

This is the plain form. `adapters.usage_engine` does the same for many series at once; tests hold the two equal to the
last bit, so the order of the arithmetic here is part of the contract.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

from scanner.domain.usage.baseline import UNSEEN, around, learned, level_of
from scanner.domain.usage.thresholds import Terms, Timing

RATIO_CAP = 4.0  # no single sample counts for more: one freak reading fills no bucket
IMPLAUSIBLE = 1_000.0  # times the entitlement: a unit was mixed up, nothing is concluded
OVERFLOW = 1.0  # the bucket holds this many capacities, so that an end is seen in bounded time
HOUR = 3_600
HOUR_COVER = 1_800  # an hour of which less was seen teaches nothing


class Flag(IntFlag):
    """What stands raised on a series."""

    EXCESS = 1
    BURN = 2
    HARD = 4
    UNUSUAL = 8


NONE = Flag(0)


class Step(IntEnum):
    """What became of one sample."""

    APPLIED = 0
    FIRST = 1
    GAP = 2  # applied; the time before it stays unknown
    RESET = 3  # applied; the counter had started again
    DUPLICATE = 4
    LATE = 5  # older than what is known, or a replay
    IMPLAUSIBLE = 6


@dataclass(frozen=True, slots=True)
class Series:
    """State of one series; times in whole seconds, `bucket` in seconds of one entitlement."""

    last_at: int
    rate: float = 0.0  # newest value, canonical
    counter: float = -1.0  # newest total of a counter; -1: none
    bucket: float = 0.0
    long_1: float = 0.0
    short_1: float = 0.0
    long_2: float = 0.0
    short_2: float = 0.0
    held: int = 0  # seconds at or above the hard ratio
    below: int = 0  # seconds below it, since
    hour_sum: float = 0.0
    hour_cover: int = 0
    flags: Flag = NONE
    usual: bytes = UNSEEN


def advance(
    state: Series | None, at: int, value: float, entitled: float, terms: Terms, timing: Timing, *, counter: bool = False
) -> tuple[Series | None, Step]:
    """The state after a sample, and what became of it. A sample that is not newer changes nothing.

    `entitled` is the limit in the sample's unit (infinite: none agreed). Time that no sample covers moves nothing.
    """
    if state is None:
        return Series(at, 0.0 if counter else value, value if counter else -1.0), Step.FIRST
    gap = at - state.last_at
    if gap <= 0:
        return state, Step.LATE if gap else Step.DUPLICATE
    if counter and state.counter < 0:
        return replace(state, last_at=at, counter=value), Step.FIRST
    rate, was_reset = (_rate(state.counter, value, gap)) if counter else (value, False)
    ratio = rate / entitled
    if ratio > IMPLAUSIBLE:
        return state, Step.IMPLAUSIBLE
    moved = _moved(state, at, min(gap, timing.cover), min(ratio, RATIO_CAP), terms)
    moved = replace(moved, last_at=at, rate=rate, counter=value if counter else -1.0)
    return moved, Step.RESET if was_reset else Step.GAP if gap > timing.cover else Step.APPLIED


def _rate(before: float, value: float, gap: int) -> tuple[float, bool]:
    """The mean rate of a counter; one that fell was started again from nought."""
    return (value / gap, True) if value < before else ((value - before) / gap, False)


def _moved(state: Series, at: int, covered: int, ratio: float, terms: Terms) -> Series:
    turned = _hour_closed(state, terms) if at // HOUR != state.last_at // HOUR else state
    bucket = min(max(turned.bucket + (max(ratio - 1.0, 0.0) - terms.leak) * covered, 0.0), OVERFLOW * terms.capacity)
    moved = replace(
        turned,
        bucket=bucket if terms.capacity != float("inf") else 0.0,
        long_1=turned.long_1 + (ratio - turned.long_1) * min(covered / terms.long_1, 1.0),
        short_1=turned.short_1 + (ratio - turned.short_1) * min(covered / terms.short_1, 1.0),
        long_2=turned.long_2 + (ratio - turned.long_2) * min(covered / terms.long_2, 1.0),
        short_2=turned.short_2 + (ratio - turned.short_2) * min(covered / terms.short_2, 1.0),
        held=min(turned.held + covered, 2**31 - 1) if ratio >= terms.hard else 0,
        below=0 if ratio >= terms.hard else min(turned.below + covered, 2**31 - 1),
        hour_sum=turned.hour_sum + ratio * covered,
        hour_cover=turned.hour_cover + covered,
    )
    return replace(moved, flags=_flags(moved, terms))


def _flags(state: Series, terms: Terms) -> Flag:
    """Raised at the threshold, cleared only well below it, so that nothing flutters."""
    flags = state.flags & Flag.UNUSUAL
    full = terms.capacity * (0.5 if state.flags & Flag.EXCESS else 1.0)
    if state.bucket >= full:
        flags |= Flag.EXCESS
    first = state.long_1 >= terms.ratio_1 and state.short_1 >= terms.ratio_1
    if first or (state.long_2 >= terms.ratio_2 and state.short_2 >= terms.ratio_2):
        flags |= Flag.BURN
    kept = state.flags & Flag.HARD and state.below < terms.keep
    if (state.held > 0 and state.held >= terms.hold) or kept:
        flags |= Flag.HARD
    return flags


def _hour_closed(state: Series, terms: Terms) -> Series:
    """The hour's mean is held against the usual, then learned, unless it was abuse: abuse never becomes usual."""
    fresh = replace(state, hour_sum=0.0, hour_cover=0)
    if state.hour_cover < HOUR_COVER:
        return fresh
    hour, mean = state.last_at // HOUR, state.hour_sum / state.hour_cover
    level, known = level_of(mean), around(state.usual, hour)
    unusual = known > 0 and level - known >= terms.steps and mean >= terms.floor
    flags = state.flags | Flag.UNUSUAL if unusual else state.flags & ~Flag.UNUSUAL
    usual = state.usual if flags & (Flag.EXCESS | Flag.HARD) else learned(state.usual, hour, level)
    return replace(fresh, flags=flags, usual=usual)
