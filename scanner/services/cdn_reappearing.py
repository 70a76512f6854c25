"""Reappearing: content that was condemned and is read again under any URL or key of the account reopens its case."""

from dataclasses import dataclass
from datetime import timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState
from scanner.domain.cdn.returned import facts, reopened, returned
from scanner.domain.changes import Change
from scanner.errors import ConflictError
from scanner.ports import Casebook, Clock, Register
from scanner.ports_cdn import Sightings

ACTOR = "watcher"
STATES = (CaseState.DECIDED_VIOLATING, CaseState.CLOSED)


@dataclass(frozen=True, slots=True)
class Reappearing:
    """Looks at what was read of late; run again over the same verdicts it changes nothing."""

    sightings: Sightings
    casebook: Casebook
    register: Register
    clock: Clock
    window: timedelta = timedelta(hours=2)

    def sweep(self, limit: int = 5_000) -> list[Case]:
        """Reopen the cases whose content is back; returns them."""
        now = self.clock.now()
        seen = self.sightings.since(now - self.window, limit)
        cases = self.casebook.cases([str(state) for state in STATES], 50_000, "0") if seen else []
        done = []
        for case, place in returned(cases, seen):
            moved = reopened(case, place)
            entry = AuditEntry(now, ACTOR, "case-reopened", case.id, "the same content is back", facts(case, place))
            try:
                self.register.commit(Change(cases=(moved,), audit=(entry,)))
            except ConflictError:
                continue  # somebody works on it just now: the next sweep sees how it stands
            done.append(moved)
        return done
