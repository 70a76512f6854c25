"""Whether a clock may be believed: what cannot be undone waits until it has gone steadily for as long as a cool-off.

A clock that leaps ahead says that cool-offs and retention are over. Looks at it are kept on record; the time between
two of them is believed while it is no longer than a daily timer leaves.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scanner.domain.actions import SLACK
from scanner.domain.enforcement.brakes import Wait
from scanner.domain.messages import CLOCK_LEAPT, CLOCK_UNSEEN

GAP = timedelta(hours=25)  # between two looks: whoever lets a timer look once a day is late by minutes
STEADY = timedelta(days=7)  # the cool-off of content: also one that began in a leap lasts that long


@dataclass(frozen=True, slots=True)
class Steadiness:
    """The clock was seen to go steadily from `since` to `seen`."""

    since: datetime
    seen: datetime


def looked(before: Steadiness | None, now: datetime) -> Steadiness:
    """The record after a look; it begins anew where the clock leapt, or nobody looked for long."""
    if before is None or _leapt(before, now):
        return Steadiness(now, now)
    return replace(before, seen=max(before.seen, now))


def unsure(before: Steadiness | None, now: datetime) -> Wait | None:
    """Why nothing may be destroyed by this clock now, and until when; None where it may."""
    if before is None:
        return Wait(CLOCK_UNSEEN(), now + STEADY)
    since = now if _leapt(before, now) else before.since
    until = since + STEADY
    return Wait(CLOCK_LEAPT(since=_shown(since), until=_shown(until)), until) if now < until else None


def _leapt(before: Steadiness, now: datetime) -> bool:
    return not before.seen - SLACK <= now <= before.seen + GAP


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
