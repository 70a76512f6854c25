"""A desk over the twins in memory, and cases to lie on it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from scanner.adapters.desk_memory import MemoryDesk
from scanner.adapters.enforcement_memory import MemoryEnforcement
from scanner.adapters.memory import FixedClock, MemoryDoorbell, MemoryStore
from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.services.desk import Desk
from scanner.services.desk_similar import Kinship
from scanner.services.quality import Quality
from scanner.services.reviewing import Reviewing


@dataclass(frozen=True)
class Office:
    """Everything that a test of the desk looks at."""

    desk: Desk
    quality: Quality
    kept: MemoryDesk
    store: MemoryStore
    register: MemoryEnforcement
    clock: FixedClock

    def open(self, *cases: Case) -> None:
        """Put cases into the queue."""
        self.register.commit(Change(cases=cases))

    def case(self, number: int, **told: Any) -> Case:
        """A case that is not yet in the queue."""
        now = self.clock.now()
        made = Case(
            f"C{number}", Subject("b", f"k{number}", "v", account="account-1"), f"{number:064d}", "3.1.3.7",
            "malware.test", Severity.HIGH, Confidence.HIGH, CaseState.QUEUED, "scan", now,
            now + timedelta(hours=number), evidence=f"E{number}", summary=f"call {number}",
        )  # fmt: skip
        return replace(made, **told)


def office(share: float = 1.0) -> Office:
    """A fresh one; `share` of the decisions goes to a second look."""
    store, clock = MemoryStore(), FixedClock()
    register, kept = MemoryEnforcement(store), MemoryDesk(store)
    reviewing = Reviewing(store, store, register, MemoryDoorbell(), clock, rights=register)
    desk = Desk(reviewing, kept, kept, register, Kinship(kept, kept))
    return Office(desk, Quality(kept, kept, register, store, register, clock, share), kept, store, register, clock)
