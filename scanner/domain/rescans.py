"""Bulk rescans: what was listed, and what became of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scanner.domain.coverage import Reason
from scanner.domain.verdicts import Verdict
from scanner.errors import SettingsError

DROPPED = "cancelled:by-request"  # the line of the coverage statement for what waited when a rescan was cancelled


class RescanState(StrEnum):
    """LISTING while the bucket is read, SCANNING while requests are owed, then DONE; or PAUSED, CANCELLED."""

    LISTING = "listing"
    SCANNING = "scanning"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Rescan:
    """One bulk rescan of a bucket or prefix.

    Its shards carry cursors and counts; those here are of the time when it was last looked at. `cursor` is unused.
    """

    id: str
    bucket: str
    prefix: str
    state: RescanState
    started_at: datetime
    cursor: str = ""
    listed: int = 0
    requested: int = 0
    cached: int = 0
    requester: str = ""
    full: bool = False
    rate: float = 0.0  # objects listed a second at most; 0: no cap
    ended_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether it still has something to do."""
        return self.state in (RescanState.LISTING, RescanState.SCANNING)

    @property
    def is_over(self) -> bool:
        """Whether nothing will ever be done for it again."""
        return self.state in (RescanState.DONE, RescanState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Shard:
    """A stretch of a rescan's keys: from after `cursor` up to and with `last` ("": to the end).

    `cached` counts what was unchanged, by verdict. `careful`: the page behind the cursor may have been filed already.
    `token` fences, as with requests.
    """

    rescan: str
    number: int
    cursor: str
    last: str = ""
    listed: int = 0
    requested: int = 0
    cached: Mapping[str, int] = field(default_factory=dict)
    done: bool = False
    careful: bool = False
    token: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """The coverage statement: listed = cached + lines (scanned, skipped, failed, cancelled) + owed."""

    listed: int
    cached: Mapping[str, int]
    lines: Mapping[str, int]
    owed: int

    @property
    def is_whole(self) -> bool:
        """Whether everything listed is accounted for."""
        return self.listed == sum(self.cached.values()) + sum(self.lines.values()) + self.owed

    @property
    def done(self) -> int:
        """Objects that nothing is owed for any more."""
        return sum(self.cached.values()) + sum(self.lines.values())

    def of(self, kind: str) -> dict[str, int]:
        """The lines of one kind (`scanned`, `skipped`, `failed`, `cancelled`), by verdict or reason."""
        found = {name.partition(":")[2]: n for name, n in self.lines.items() if name.partition(":")[0] == kind}
        return dict(sorted(found.items()))


_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9})?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rescan that starts by itself: `cron` in five fields, UTC; at most `rate` objects listed a second (0: any)."""

    cron: str
    bucket: str
    prefix: str = ""
    rate: float = 0.0


def schedule_of(text: str) -> Schedule:
    """The schedule of `MINUTE HOUR DAY MONTH WEEKDAY BUCKET[/PREFIX] [RATE]`; SettingsError where it is none."""
    words = text.split()
    rate = words[6] if len(words) == 7 else "0"
    if len(words) not in (6, 7) or not _RATE.fullmatch(rate):
        mend = "for example '0 3 * * 0 tenant-a/www/ 500': Sundays at three, at most 500 objects a second"
        raise SettingsError(f"{text!r} is no schedule", where="rescan_schedules", mend=mend)
    bucket, _, prefix = words[5].partition("/")
    return Schedule(" ".join(words[:5]), bucket, prefix, float(rate))


SKIPS = frozenset({Reason.OVER_SIZE, Reason.ENCRYPTED, Reason.UNSUPPORTED_FORMAT})  # nothing of it could be read at all


def tally_of(verdict: Verdict) -> str:
    """The line of the coverage statement that a verdict counts for: `scanned:WORD`, `skipped:why` or `failed:why`."""
    if not verdict.coverage.fatal or verdict.word in ("VIOLATION", "SUSPECT"):
        return f"scanned:{verdict.word}"
    reason = verdict.coverage.reasons[0]
    return f"{'skipped' if reason in SKIPS else 'failed'}:{reason.value}"
