"""Scheduling: rescans that start by themselves, each time once however often it is asked."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from scanner.domain.rescans import Rescan, Schedule
from scanner.errors import AupError, ConflictError, UnknownError
from scanner.ports import Clock
from scanner.ports_knowing import Times
from scanner.services.rescanning import Rescanning

LATE = timedelta(hours=1)  # a time that was missed by more (nobody was running) is let go


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Starts what is due. Safe to run twice at once: a rescan's id comes from its schedule and time."""

    rescanning: Rescanning
    schedules: Sequence[Schedule]
    times: Times
    clock: Clock

    def start_due(self) -> tuple[list[Rescan], list[str]]:
        """Start the rescans whose time has come, and say what hindered any.

        One whose last run is still under way is left for its next time.
        """
        started, troubles = list[Rescan](), list[str]()
        for schedule in self.schedules:
            now = self.clock.now()
            at = self.times.last(schedule.cron, now)
            name = f"S{_short(schedule)}{at:%y%m%d%H%M}"
            if now - at > LATE or self._taken(schedule, name):
                continue
            try:
                asked = f"schedule {schedule.cron}"
                place = schedule.bucket, schedule.prefix
                rescan = self.rescanning.start(*place, requester=asked, rate=schedule.rate, name=name)
            except ConflictError:
                continue  # another process was faster
            except AupError as error:
                troubles.append(str(error))
                continue
            started.append(rescan)
        return started, troubles

    def _taken(self, schedule: Schedule, name: str) -> bool:
        mine, rescans = f"S{_short(schedule)}", self.rescanning.rescans
        if any(row.is_live and row.id.startswith(mine) for row in rescans.unfinished()):
            return True
        try:
            return bool(rescans.rescan(name))
        except UnknownError:
            return False


def _short(schedule: Schedule) -> str:
    text = "\x1f".join((schedule.cron, schedule.bucket, schedule.prefix))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
