"""Purges: a URL that edges have to forget, from the wish to the proof."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_WAIT, LAST_WAIT = timedelta(seconds=2), timedelta(hours=1)


class PurgeState(StrEnum):
    """OWED → SUBMITTED (the provider has a task) → DONE; FAILED is owed again after a wait."""

    OWED = "owed"
    SUBMITTED = "submitted"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Quota:
    """Purges a day at a provider, and those left today; -1 where it tells none."""

    day: int = -1
    left: int = -1


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a provider answered: its task's id, and URLs that it will not take, with why."""

    task: str
    refused: tuple[tuple[str, str], ...] = ()
    left: int = -1


@dataclass(frozen=True, slots=True)
class Purge:
    """One URL to be forgotten by a provider's edges. `key` makes a repeated wish the same row."""

    key: str
    url: str
    provider: str
    asked_at: datetime
    due_at: datetime
    state: PurgeState = PurgeState.OWED
    task: str = ""
    attempts: int = 0
    outcome: str = ""
    accepted_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the provider still owes something, or we do."""
        return self.state is not PurgeState.DONE


def submitted(purge: Purge, task: str, now: datetime) -> Purge:
    """The purge accepted under a task."""
    return replace(
        purge, state=PurgeState.SUBMITTED, task=task, accepted_at=now, attempts=purge.attempts + 1, outcome="accepted"
    )


def finished(purge: Purge, now: datetime) -> Purge:
    """The provider says that it is done. Whether it is, the edges show."""
    return replace(purge, state=PurgeState.DONE, done_at=now, outcome="done")


def failed(purge: Purge, why: str, now: datetime, wait: timedelta | None = None) -> Purge:
    """Owed again after a doubling wait, or after the wait that the provider names (a quota's next day)."""
    delay = wait or min(FIRST_WAIT * 2 ** min(purge.attempts, 16), LAST_WAIT)
    return replace(purge, state=PurgeState.OWED, task="", attempts=purge.attempts + 1, outcome=why, due_at=now + delay)


def put_off(purge: Purge, why: str, now: datetime, wait: timedelta) -> Purge:
    """Owed still, and not tried: its provider takes nothing just now."""
    return replace(purge, outcome=why, due_at=now + wait)


def batches(purges: Sequence[Purge], size: int) -> list[list[Purge]]:
    """What goes out together, what never failed first. After each failure a batch is half as large.

    Of a task that failed, or a lost answer, nobody knows whose fault it was: one URL must not keep the others.
    """
    by_size: dict[int, list[Purge]] = {}
    for purge in purges:
        by_size.setdefault(max(1, size >> purge.attempts), []).append(purge)
    sizes = sorted(by_size.items(), key=lambda row: -row[0])
    return [rows[start : start + most] for most, rows in sizes for start in range(0, len(rows), most)]


def in_turn(purges: Sequence[Purge], owner: Callable[[Purge], str]) -> list[Purge]:
    """The first of every owner, then the second of each: nobody's many come before another's one."""
    places: Counter[str] = Counter()
    ranked = list[tuple[int, Purge]]()
    for purge in purges:
        name = owner(purge)
        ranked.append((places[name], purge))
        places[name] += 1
    return [purge for _, purge in sorted(ranked, key=lambda row: row[0])]
