"""Ageing: verdicts are kept for so many months; what still lies in the store is judged anew before its verdict goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scanner.domain.content import Subject
from scanner.domain.months import Month
from scanner.domain.requests import Lane, Owed
from scanner.ports import Clock
from scanner.services.intake import Intake

PAGE, MOST = 1_000, 100_000  # filed at once, and by one beat


class Months(Protocol):
    """Verdicts by month."""

    def ensure(self, now: datetime) -> list[Month]: ...

    def months(self) -> list[Month]: ...

    def still_last(self, month: Month, after: int, limit: int) -> list[tuple[int, Subject | None]]: ...

    def drop(self, month: Month) -> None: ...


@dataclass(frozen=True, slots=True)
class Ageing:
    """`keep`: months beside the current one. Nothing is dropped that is the only verdict over what lies there."""

    months: Months
    intake: Intake
    clock: Clock
    keep: int
    prune: Callable[[datetime], int] | None = None
    days: float = 35.0  # for which requests that are done are kept: repeats of their events fall together with them

    def beat(self) -> dict[str, int]:
        """Make room for the months to come; renew or drop the oldest one that is over. What was done."""
        now = self.clock.now()
        made = len(self.months.ensure(now))
        pruned = self.prune(now - timedelta(days=self.days)) if self.prune is not None else 0
        over = [month for month in self.months.months() if month < Month.of(now).plus(-self.keep)]
        if not over:
            return {"months made": made, "requests pruned": pruned}
        renewed = self._renew(over[0])
        if not renewed:
            self.months.drop(over[0])
        done = {"verdicts renewed": renewed, "months dropped": int(not renewed)}
        return {"months made": made, "requests pruned": pruned, **done}

    def _renew(self, month: Month) -> int:
        """Requests for what has no newer verdict; filing them again changes nothing."""
        after = renewed = 0
        while renewed < MOST and (rows := self.months.still_last(month, after, PAGE)):
            owed = [self._owed(subject, month) for _, subject in rows if subject is not None]
            self.intake.file(owed)
            after, renewed = rows[-1][0], renewed + len(owed)
        return renewed

    def _owed(self, subject: Subject, month: Month) -> Owed:
        return Owed(subject, Lane.BULK, "renewal", month.renewal)
