"""Courses, notices, appeals, strikes and orders as tables."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from scanner.adapters.enforcement_rows import KINDS, rows_of
from scanner.adapters.enforcement_table import enforcement as table
from scanner.adapters.sql import Database
from scanner.adapters.tables import audit, custody, verdict
from scanner.domain.actions import SLACK
from scanner.domain.canonical import parse_canonical
from scanner.domain.changes import Change, Custody
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.brakes import Begun, Pace, Tally
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import Delivery, Notice
from scanner.domain.enforcement.orders import Order
from scanner.domain.enforcement.stages import SUSPENDED_STAGES, Stage
from scanner.domain.enforcement.strikes import Strike
from scanner.errors import ConflictError, UnknownError
from scanner.wire.records import from_text, to_text

Kind = TypeVar("Kind", Course, Notice, Appeal, Strike, Order)
SUSPENDED = sorted(stage.value for stage in SUSPENDED_STAGES)
PACE = Pace()
BEGUN_LOCK = 7304103  # any constant: PostgreSQL's advisory lock under which deletions begin one after the other
OWED = (Delivery.PENDING.value, Delivery.WITHHELD.value)


def save_enforcement(connection: Connection, change: Change) -> None:
    """Write a change's rows of enforcement in its transaction; ConflictError if one moved on."""
    _see_room(connection, change)
    for row, value in rows_of(change):
        columns = {**asdict(row), "document": to_text(value)}
        if row.revision == 1:
            connection.execute(insert(table).values(**columns))
            continue
        before = (table.c.kind == row.kind, table.c.id == row.id, table.c.revision == row.revision - 1)
        if connection.execute(update(table).where(*before).values(**columns)).rowcount != 1:
            raise ConflictError("somebody else changed it first", where=row.id, mend="read it again")
    for kept in change.moved_custody:
        values = {"state": kept.state, "retain_until": kept.retain_until}
        connection.execute(update(custody).where(custody.c.id == kept.id).values(**values))


def _see_room(connection: Connection, change: Change) -> None:
    """ConflictError where others began to delete since a change's deletions were counted: the ceiling holds exactly."""
    if change.begun and connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": BEGUN_LOCK})
    for one in change.begun:
        since, until = one.at - PACE.within, one.at + SLACK
        if begun(connection, since, until, "", one.action).count > one.others:
            raise ConflictError("another deletion has just begun", where=one.action, mend="it is tried again")


def begun(connection: Connection, since: datetime, until: datetime, account: str, but: str) -> Tally:
    """Deletions that began after a time and by another, by action: along the index of states and times."""
    wanted = [table.c.kind == KINDS[Begun], table.c.state == "begun", table.c.parent != but]
    wanted += [table.c.due_at > since, table.c.due_at <= until]
    wanted += [table.c.account == account] if account else []
    query = select(func.count(func.distinct(table.c.parent)), func.min(table.c.due_at)).where(*wanted)
    count, first = connection.execute(query).one()
    return Tally(count, first.replace(tzinfo=UTC) if first is not None and first.tzinfo is None else first)


@dataclass(frozen=True, slots=True)
class SqlEnforcement:
    """It is Courses, Rights and Trails of `scanner.ports_enforcement`."""

    database: Database

    # Courses
    def course(self, course_id: str) -> Course | None:
        """The course, or None where nothing was ever done about the version."""
        return next(iter(self._find(Course, table.c.id == course_id, limit=1)), None)

    def in_stages(self, stages: Sequence[Stage], limit: int, after: str) -> list[Course]:
        """Courses in these stages, by id."""
        names = [stage.value for stage in stages]
        return self._find(Course, table.c.state.in_(names), table.c.id > after, order=table.c.id, limit=limit)

    def unseen(self, before: datetime, limit: int) -> list[Course]:
        """Suspended courses not looked at since, the longest unseen first."""
        old = (table.c.seen_at < before) | table.c.seen_at.is_(None)
        return self._find(Course, table.c.state.in_(SUSPENDED), old, order=table.c.seen_at, limit=limit)

    def ending(self, before: datetime, limit: int) -> list[Course]:
        """Suspended courses whose restriction ends by then."""
        over = (table.c.state.in_(SUSPENDED), table.c.due_at <= before)
        return self._find(Course, *over, order=table.c.due_at, limit=limit)

    def customers(self, rule: str, since: datetime) -> int:
        """Accounts that a rule has filed against since."""
        mine = (table.c.kind == "course", table.c.parent == rule, table.c.at >= since)
        return self._count(select(func.count(func.distinct(table.c.account))).where(*mine))

    def held(self, bucket: str) -> int:
        """Suspended versions of the bucket."""
        mine = (table.c.kind == "course", table.c.bucket == bucket, table.c.state.in_(SUSPENDED))
        return self._count(select(func.count()).where(*mine))

    def stored(self, bucket: str) -> int:
        """Objects of the bucket that were ever judged."""
        return self._count(select(func.count(func.distinct(verdict.c.key))).where(verdict.c.bucket == bucket))

    def begun(self, since: datetime, until: datetime, account: str, but: str) -> Tally:
        """Deletions that began after a time and by another: of one account, or of all; but for one action."""
        with self.database.reading() as connection:
            return begun(connection, since, until, account, but)

    # Rights
    def notice(self, notice_id: str) -> Notice:
        """The notice."""
        return self._one(Notice, notice_id)

    def notices_of(self, course_id: str) -> list[Notice]:
        """A course's notices, the newest first: of one restriction those that renewed it, by their number."""
        newest = (table.c.at.desc(), table.c.id.desc())
        return self._find(Notice, table.c.parent == course_id, order=newest, limit=100)

    def due_notices(self, now: datetime, limit: int) -> list[Notice]:
        """Notices to be sent now."""
        due = (table.c.state.in_(OWED), (table.c.due_at <= now) | table.c.due_at.is_(None))
        return self._find(Notice, *due, order=table.c.due_at, limit=limit)

    def appeal(self, appeal_id: str) -> Appeal:
        """The appeal."""
        return self._one(Appeal, appeal_id)

    def appeals(self, state: str, limit: int) -> list[Appeal]:
        """Appeals in that state, the soonest due first."""
        return self._find(Appeal, table.c.state == state, order=table.c.due_at, limit=limit)

    def appeals_of(self, course_id: str) -> list[Appeal]:
        """A course's appeals."""
        return self._find(Appeal, table.c.parent == course_id, order=table.c.at, limit=100)

    def strikes(self, account: str) -> list[Strike]:
        """All strikes of an account, ended and voided ones too."""
        return self._find(Strike, table.c.account == account, order=table.c.at, limit=10_000)

    def orders(self, now: datetime) -> list[Order]:
        """Orders in force."""
        standing = (table.c.at <= now, (table.c.due_at > now) | table.c.due_at.is_(None))
        return self._find(Order, *standing, order=table.c.at, limit=10_000)

    def keeping(self, until: str, limit: int) -> list[Custody]:
        """Evidence whose date has come and that is not yet destroyed, by id."""
        query = select(custody).where(custody.c.retain_until <= until, custody.c.state.not_in(("EXPIRED", "TAINTED")))
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(custody.c.id).limit(limit)).mappings()
            return [
                Custody(
                    r["id"], r["case_id"], r["ref"], r["sha256"], r["content_sha256"], r["state"], r["retain_until"]
                )
                for r in rows
            ]

    # Trails
    def actors(self, thing: str, verbs: Sequence[str]) -> frozenset[str]:
        """Who did one of these things to it, by the audit log."""
        return frozenset(entry["actor"] for entry in self._entries(thing) if entry["verb"] in verbs)

    def reason(self, thing: str, verb: str) -> str:
        """The reason last given for it, by the audit log."""
        return next((str(entry["reason"]) for entry in self._entries(thing)[::-1] if entry["verb"] == verb), "")

    def reasons(self, thing: str, verb: str, since: datetime) -> frozenset[str]:
        """The reasons given for it since."""
        found = [entry for entry in self._entries(thing) if entry["verb"] == verb]
        return frozenset(str(one["reason"]) for one in found if datetime.fromisoformat(one["at"]) >= since)

    def _entries(self, thing: str) -> list[dict[str, Any]]:
        query = select(audit.c.body).where(audit.c.thing == thing).order_by(audit.c.number)
        with self.database.reading() as connection:
            return [parse_canonical(body, thing) for body in connection.execute(query).scalars()]

    def _one(self, kind: type[Kind], row_id: str) -> Kind:
        found = self._find(kind, table.c.id == row_id, limit=1)
        if not found:
            raise UnknownError(f"no such {KINDS[kind]}", where=row_id, mend=f"list the {KINDS[kind]}s")
        return found[0]

    def _find(
        self,
        kind: type[Kind],
        *wanted: ColumnElement[bool],
        limit: int,
        order: ColumnElement[object] | tuple[ColumnElement[object], ...] = (),
    ) -> list[Kind]:
        query = select(table.c.document).where(table.c.kind == KINDS[kind], *wanted).limit(limit)
        query = query.order_by(*(order if isinstance(order, tuple) else (order, table.c.id)))
        with self.database.reading() as connection:
            return [from_text(document, kind) for document in connection.execute(query).scalars()]

    def _count(self, query: object) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(query).scalar_one())  # type: ignore[call-overload]
