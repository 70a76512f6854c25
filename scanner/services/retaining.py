"""Retaining: evidence is kept as long as the longest floor says, held under orders, and then really destroyed."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case
from scanner.domain.changes import Change, Custody
from scanner.domain.enforcement.appeals import AppealState
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.retention import Floors, keep_until, next_state
from scanner.domain.enforcement.stages import Stage
from scanner.domain.evidence import EvidenceState
from scanner.errors import VaultError
from scanner.ports import Casebook, Clock, Register, Rules
from scanner.ports_enforcement import Keeping, Rights, Signer
from scanner.services.guarding import Guarding

KEEPER = "keeper"
TOLD_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retaining:
    """Moves evidence whose date has come: prolonged, held, or its key destroyed (crypto-shredding)."""

    guarding: Guarding
    rights: Rights
    casebook: Casebook
    register: Register
    rules: Rules
    signer: Signer
    keeping: Keeping
    clock: Clock
    floors: Floors = field(default_factory=Floors)

    def review(self, limit: int = 500) -> dict[str, int]:
        """Look at all evidence that is due; counts by what became of it. None is, by a clock that is not believed."""
        counts, now = dict[str, int](), self.clock.now()
        due = self.rights.keeping(now.date().isoformat(), limit)
        if due and self.guarding.unsure(now):
            return {"waits-for-the-clock": len(due)}
        for row in due:
            try:
                word = self._review(row)
            except VaultError as error:  # nothing is recorded as held or prolonged that the vault did not do
                word = "vault-refused"
                self._tell(row, str(error))
            counts[word] = counts.get(word, 0) + 1
        return counts

    def _review(self, row: Custody) -> str:
        case, now = self.casebook.case(row.case), self.clock.now()
        course = self.guarding.course(case.subject, case.sha256)
        held = self.guarding.on_hold(case.subject, now)
        until, appeals = self._until(case, course), self.rights.appeals_of(course.id)
        under_way = course.is_suspended or course.stage is Stage.DELETING
        waits = case.is_open or under_way or any(appeal.state is AppealState.OPEN for appeal in appeals)
        state = next_state(EvidenceState(row.state), now, until, held=held, waits=waits)
        if state is EvidenceState.EXPIRED:
            return self._destroy(row, case)
        later = until if until > now else now + timedelta(days=1)
        moved = replace(row, state=state.value, retain_until=later.date().isoformat())
        if moved == row:
            return "kept"
        if (state is EvidenceState.HELD) is not (row.state == EvidenceState.HELD):
            self.keeping.hold(row.ref, on=state is EvidenceState.HELD)
        self.keeping.extend(row.ref, later)
        entry = AuditEntry(now, KEEPER, f"evidence-{state.lower()}", row.id, "its date was reviewed")
        self.register.commit(Change(moved_custody=(moved,), audit=(entry,)))
        return state.lower()

    def _tell(self, row: Custody, what: str) -> None:
        """An alarm once a day: the same trouble comes again with every beat."""
        now = self.clock.now()
        if what not in self.guarding.trails.reasons(row.id, "alarm", now - TOLD_FOR):
            self.register.commit(Change(audit=(AuditEntry(now, KEEPER, "alarm", row.id, what),)))

    def _destroy(self, row: Custody, case: Case) -> str:
        """The key first, then the record: a crash between them is mended by the next review."""
        gone = replace(row, state=EvidenceState.EXPIRED.value)
        facts = {"case": case.id, "sha256": row.content_sha256, "bundle": row.sha256}
        self.signer.destroy(case.id)
        entry = AuditEntry(self.clock.now(), KEEPER, "evidence-expired", row.id, "its time is over", facts)
        self.register.commit(Change(moved_custody=(gone,), audit=(entry,)))
        return "expired"

    def _until(self, case: Case, course: Course) -> datetime:
        """The longest of all floors."""
        policy = self.rules.current().policy.of(case.clause)
        ended = course.changed_at if course.revision and not course.is_suspended else None
        return keep_until(
            case.opened_at.astimezone(UTC),
            policy.retention_days,
            self.floors,
            noticed_at=course.trail.noticed_at,
            ended_at=ended,
        )
