"""What keeps much from being done at once: the flood breaker (G8), rollouts (part of G4), deletions' ceiling (G15)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.messages import PACE_ALL, PACE_OWN


@dataclass(frozen=True, slots=True)
class Breaker:
    """A rule that hits more than `accounts` distinct customers within `within`, or a bucket of which more than `share`
    is suspended (from `least` objects on), goes to a person."""

    accounts: int = 20
    within: timedelta = timedelta(hours=1)
    share: float = 0.2
    least: int = 10


def trips(breaker: Breaker, *, accounts_hit: int, held: int, stored: int) -> str:
    """Why the breaker is open, or nothing. `held` of `stored` objects of the bucket are suspended, this one included.

    `stored` 0 means that the bucket was not counted: then only the number of customers speaks.
    """
    if accounts_hit > breaker.accounts:
        return f"the rule hit {accounts_hit} customers within {breaker.within}"
    if stored and held >= breaker.least and held / stored > breaker.share:
        return f"{held} of {stored} objects of the bucket would be suspended"
    return ""


def drawn(account: str, bucket: str, key: str, share: float) -> bool:
    """Whether a subject is drawn into a rollout: by hash, so that the same subject is always in or always out."""
    text = "\x1f".join((account, bucket, key)).encode("utf-8", "surrogatepass")
    ticket = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return ticket < share * 2**64


@dataclass(frozen=True, slots=True)
class Pace:
    """The most deletions that begin within an hour: of everybody's objects, and of one account's."""

    everybody: int = 60
    account: int = 20
    within: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """One attempt at a deletion, on record from before the store was asked. `others` had begun by then, as counted."""

    id: str
    action: str
    account: str
    at: datetime
    others: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many deletions began within the hour, and when the first of them did."""

    count: int
    first: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a deletion does not begin now, and when it is looked at again."""

    why: str
    until: datetime


def full(pace: Pace, everybody: Tally, account: Tally) -> Wait | None:
    """What keeps one more deletion from beginning; None where there is room."""
    filled = [
        Wait(message(count=tally.count, most=most), tally.first + pace.within)
        for tally, most, message in ((everybody, pace.everybody, PACE_ALL), (account, pace.account, PACE_OWN))
        if tally.count >= most and tally.first is not None
    ]
    return max(filled, key=lambda wait: wait.until, default=None)
