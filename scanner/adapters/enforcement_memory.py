"""The twin of the enforcement tables in memory."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from scanner.adapters.enforcement_rows import KINDS, Row, Value, rows_of
from scanner.adapters.memory import MemoryContents, MemoryStore
from scanner.domain.actions import SLACK
from scanner.domain.audit import Chained
from scanner.domain.changes import Change, Custody, Judged
from scanner.domain.content import Subject
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.brakes import Begun, Pace, Tally
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import Delivery, Notice
from scanner.domain.enforcement.orders import Order
from scanner.domain.enforcement.stages import SUSPENDED_STAGES, Stage
from scanner.domain.enforcement.strikes import Strike
from scanner.errors import ChangedError, ConflictError, UnknownError

Kind = TypeVar("Kind", Course, Notice, Appeal, Strike, Order)
SUSPENDED = frozenset(stage.value for stage in SUSPENDED_STAGES)
PACE = Pace()
OWED = (Delivery.PENDING.value, Delivery.WITHHELD.value)


@dataclass(slots=True)
class MemoryEnforcement:
    """It is Register, Courses, Rights and Trails at once: it commits to the store beside it, as the database does."""

    store: MemoryStore
    kept: dict[tuple[str, str], tuple[Row, Value]] = field(default_factory=dict)

    def commit(self, change: Change) -> frozenset[int]:
        """Write all or nothing."""
        rows = list(rows_of(change))
        for begun in change.begun:
            if self.begun(begun.at - PACE.within, begun.at + SLACK, "", begun.action).count > begun.others:
                raise ConflictError("another deletion has just begun", where=begun.action, mend="it is tried again")
        for row, _ in rows:
            before = self.kept.get((row.kind, row.id))
            if (before[0].revision if before else 0) != row.revision - 1:
                raise ConflictError("somebody else changed it first", where=row.id, mend="read it again")
        lost = self.store.commit(change)
        self.kept.update({(row.kind, row.id): (row, value) for row, value in rows})
        self.store.custody_rows.update({kept.id: kept for kept in change.moved_custody})
        return lost

    def latest(self, subject: Subject) -> Judged | None:
        """The store's."""
        return self.store.latest(subject)

    def verdicts(self, bucket: str, prefix: str, after: int, limit: int) -> list[tuple[int, Judged]]:
        """The store's."""
        return self.store.verdicts(bucket, prefix, after, limit)

    def chain(self, after: int, limit: int) -> list[Chained]:
        """The store's."""
        return self.store.chain(after, limit)

    # Courses
    def course(self, course_id: str) -> Course | None:
        """The course, or None."""
        return next(iter(self._find(Course, lambda row: row.id == course_id, 1)), None)

    def in_stages(self, stages: Sequence[Stage], limit: int, after: str) -> list[Course]:
        """Courses in these stages, by id."""
        names = {stage.value for stage in stages}
        return self._find(Course, lambda row: row.state in names and row.id > after, limit, _by_id)

    def unseen(self, before: datetime, limit: int) -> list[Course]:
        """Suspended courses not looked at since, the longest unseen first."""
        found = self._find(
            Course, lambda row: row.state in SUSPENDED and (row.seen_at is None or row.seen_at < before), 10**6
        )
        return sorted(found, key=lambda course: (course.checked_at or before, course.id))[:limit]

    def ending(self, before: datetime, limit: int) -> list[Course]:
        """Suspended courses whose restriction ends by then."""
        return self._find(
            Course, lambda row: row.state in SUSPENDED and row.due_at is not None and row.due_at <= before, limit
        )

    def customers(self, rule: str, since: datetime) -> int:
        """Accounts that a rule has filed against since."""
        rows = [row for row, _ in self.kept.values() if row.kind == "course" and row.parent == rule]
        return len({row.account for row in rows if row.at is not None and row.at >= since})

    def held(self, bucket: str) -> int:
        """Suspended versions of the bucket."""
        return len(self._find(Course, lambda row: row.bucket == bucket and row.state in SUSPENDED, 10**9))

    def stored(self, bucket: str) -> int:
        """Objects of the bucket that were ever judged."""
        return len({judged.subject.key for judged in self.store.judged if judged.subject.bucket == bucket})

    def begun(self, since: datetime, until: datetime, account: str, but: str) -> Tally:
        """Deletions that began after a time and by another."""
        rows = [value for _, value in self.kept.values() if isinstance(value, Begun)]
        found = [one for one in rows if since < one.at <= until and one.action != but]
        mine = [one for one in found if account in ("", one.account)]
        return Tally(len({one.action for one in mine}), min((one.at for one in mine), default=None))

    # Rights
    def notice(self, notice_id: str) -> Notice:
        """The notice."""
        return self._one(Notice, notice_id)

    def notices_of(self, course_id: str) -> list[Notice]:
        """A course's notices, the newest first: of one restriction those that renewed it, by their number."""
        return self._find(Notice, lambda row: row.parent == course_id, 100, lambda row: f"{row.at} {row.id}")[::-1]

    def due_notices(self, now: datetime, limit: int) -> list[Notice]:
        """Notices to be sent now."""
        return self._find(Notice, lambda row: row.state in OWED and (row.due_at is None or row.due_at <= now), limit)

    def appeal(self, appeal_id: str) -> Appeal:
        """The appeal."""
        return self._one(Appeal, appeal_id)

    def appeals(self, state: str, limit: int) -> list[Appeal]:
        """Appeals in that state."""
        return self._find(Appeal, lambda row: row.state == state, limit)

    def appeals_of(self, course_id: str) -> list[Appeal]:
        """A course's appeals."""
        return self._find(Appeal, lambda row: row.parent == course_id, 100)

    def strikes(self, account: str) -> list[Strike]:
        """All strikes of an account."""
        return self._find(Strike, lambda row: row.account == account, 10_000)

    def orders(self, now: datetime) -> list[Order]:
        """Orders in force."""
        return self._find(
            Order,
            lambda row: row.at is not None and row.at <= now and (row.due_at is None or row.due_at > now),
            10_000,
        )

    def keeping(self, until: str, limit: int) -> list[Custody]:
        """Evidence whose date has come and that is not yet destroyed, by id."""
        rows = sorted(self.store.custody_rows.values(), key=lambda row: row.id)
        return [r for r in rows if r.retain_until <= until and r.state not in ("EXPIRED", "TAINTED")][:limit]

    # Trails
    def actors(self, thing: str, verbs: Sequence[str]) -> frozenset[str]:
        """Who did one of these things to it."""
        entries = [json.loads(entry.body) for entry in self.store.log]
        return frozenset(e["actor"] for e in entries if e["thing"] == thing and e["verb"] in verbs)

    def reason(self, thing: str, verb: str) -> str:
        """The reason last given for it."""
        entries = [json.loads(entry.body) for entry in self.store.log]
        given = [str(e["reason"]) for e in entries if e["thing"] == thing and e["verb"] == verb]
        return given[-1] if given else ""

    def reasons(self, thing: str, verb: str, since: datetime) -> frozenset[str]:
        """The reasons given for it since."""
        entries = [json.loads(entry.body) for entry in self.store.log]
        found = [e for e in entries if e["thing"] == thing and e["verb"] == verb]
        return frozenset(str(e["reason"]) for e in found if datetime.fromisoformat(e["at"]) >= since)

    def _one(self, kind: type[Kind], row_id: str) -> Kind:
        found = self._find(kind, lambda row: row.id == row_id, 1)
        if not found:
            raise UnknownError(f"no such {KINDS[kind]}", where=row_id, mend=f"list the {KINDS[kind]}s")
        return found[0]

    def _find(
        self,
        kind: type[Kind],
        wanted: Callable[[Row], bool],
        limit: int,
        order: Callable[[Row], str] | None = None,
    ) -> list[Kind]:
        rows = [(row, value) for row, value in self.kept.values() if isinstance(value, kind) and wanted(row)]
        if order:
            rows.sort(key=lambda pair: order(pair[0]))
        return [value for _, value in rows[:limit] if isinstance(value, kind)]


@dataclass(slots=True)
class MemoryRemover:
    """Destroys objects of the twin's store; `faults` are raised one after the other before anything else happens."""

    contents: MemoryContents
    able: bool = True
    faults: list[Exception] = field(default_factory=list)

    def proves(self, subject: Subject) -> bool:
        """As told."""
        return self.able

    def remove(self, subject: Subject) -> None:
        """Delete it, if it is the judged one."""
        if self.faults:
            raise self.faults.pop(0)
        found = self.contents.objects.get((subject.bucket, subject.key))
        if found is None:
            return
        if not self.there(subject):
            raise ChangedError("is another one", where=subject.url, mend="scan it again")
        del self.contents.objects[subject.bucket, subject.key]

    def there(self, subject: Subject) -> bool:
        """Whether the judged bytes lie there."""
        found = self.contents.objects.get((subject.bucket, subject.key))
        return found is not None and hashlib.md5(found).hexdigest() == subject.etag  # noqa: S324 - as S3 does


def _by_id(row: Row) -> str:
    return row.id
