"""Pacing: which deletions begin now, and which wait: counted from the record, so that no process forgets any."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.actions import LAST_RETRY, SLACK, Action
from scanner.domain.enforcement.brakes import Begun, Pace, Tally, Wait, full
from scanner.ports_enforcement import Courses

LEAST = timedelta(minutes=5)  # between two looks at a deletion that waits, however soon there may be room


@dataclass(frozen=True, slots=True)
class Pacing:
    """Deletions that began within the hour, held against the ceilings; none begins by a clock that is not believed."""

    courses: Courses
    pace: Pace
    unsure: Callable[[datetime], Wait | None]

    def wait(self, action: Action, now: datetime) -> Wait | None:
        """Why the deletion does not begin now, and until when it waits; None where it may."""
        account = action.subject.account
        own = self._tally(action, now, account) if account else Tally(0)
        found = self.unsure(now) or full(self.pace, self._tally(action, now, ""), own)
        return found and Wait(found.why, min(max(found.until, now + LEAST), now + LAST_RETRY))

    def begun(self, action: Action, now: datetime) -> Begun:
        """The record that the deletion is tried now."""
        others = self._tally(action, now, "").count
        return Begun(f"{action.id}.{action.revision}", action.id, action.subject.account, now, others)

    def _tally(self, action: Action, now: datetime, account: str) -> Tally:
        return self.courses.begun(now - self.pace.within, now + SLACK, account, action.id)
