"""Clockwatching: the beat looks at the clock, and keeps on record since when it goes steadily."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change
from scanner.domain.enforcement.brakes import Wait
from scanner.domain.enforcement.steadiness import Steadiness, looked, unsure
from scanner.ports import Clock, Register
from scanner.ports_intake import Notes

KIND, NAME = "clock", "steadiness"
EVERY = timedelta(minutes=10)  # between two looks that are written down
WATCHER = "watcher"


@dataclass(frozen=True, slots=True)
class Clockwatching:
    """The record of the clock's steadiness, one for all processes."""

    notes: Notes
    register: Register
    clock: Clock

    def look(self) -> dict[str, int]:
        """Look at the clock; a leap is told once, as an alarm."""
        before, now = self._kept(), self.clock.now()
        after = looked(before, now)
        if before is not None and after.since == before.since and after.seen - before.seen < EVERY:
            return {}
        leapt = before is not None and after.since != before.since
        if before is not None and leapt:  # told before it is noted: rather twice than never
            self._tell(before, after, now)
        self.notes.save_note(KIND, NAME, json.dumps([after.since.isoformat(), after.seen.isoformat()]))
        return {"clock-leapt": 1} if leapt else {}

    def _tell(self, before: Steadiness, after: Steadiness, now: datetime) -> None:
        told = f"the clock leapt, or nothing ran, from {before.seen.isoformat()} to {now.isoformat()}"
        wait = unsure(after, now)
        facts = {"mend": "set the clock", "waits": wait.why if wait else ""}
        self.register.commit(Change(audit=(AuditEntry(now, WATCHER, "alarm", NAME, told, facts),)))

    def unsure(self, now: datetime) -> Wait | None:
        """Why nothing may be destroyed by the clock now; None where it may."""
        return unsure(self._kept(), now)

    def _kept(self) -> Steadiness | None:
        kept = self.notes.note(KIND, NAME)
        return Steadiness(*map(datetime.fromisoformat, json.loads(kept))) if kept else None
