"""Verdicts by month: PostgreSQL keeps each month in a partition of its own, SQLite in one plain table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce

from sqlalchemy import ColumnElement, Connection, case, delete, func, literal, select, text

from scanner.adapters.api_tables import verdict_page
from scanner.adapters.sql import Database, subject_of
from scanner.adapters.tables import scan_request, verdict
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.domain.months import Month
from scanner.domain.requests import SEPARATOR, RequestState
from scanner.domain.verdicts import Verdict
from scanner.wire.records import from_text

AHEAD = 2  # months that have their partition before they begin
LOCK = 7304103  # PostgreSQL's advisory lock: two beats do not make the same partition
_NAME = re.compile(r"verdict_y(\d{4})m(\d{2})")


@dataclass(frozen=True, slots=True)
class VerdictMonths:
    """Makes, lists and drops months."""

    database: Database

    def ensure(self, now: datetime) -> list[Month]:
        """Make the partitions of this month and the next ones; those that were made. None on SQLite."""
        if self.database.is_sqlite:
            return []
        wanted = [Month.of(now).plus(ahead) for ahead in range(AHEAD + 1)]
        with self.database.writing() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            there = set(_partitions(connection))
            missing = [month for month in wanted if month not in there]
            for month in missing:
                make_partition(connection, month)
        return missing

    def months(self) -> list[Month]:
        """Every month that holds verdicts, or has room for them, oldest first."""
        with self.database.reading() as connection:
            if not self.database.is_sqlite:
                return sorted(_partitions(connection))
            first = connection.execute(select(func.min(verdict.c.at))).scalar()
            last = connection.execute(select(func.max(verdict.c.at))).scalar()
        if first is None or last is None:
            return []
        start, end = Month.of(_aware(first)), Month.of(_aware(last))
        span = (end.year - start.year) * 12 + end.month - start.month
        return [start.plus(number) for number in range(span + 1)]

    def still_last(self, month: Month, after: int, limit: int) -> list[tuple[int, Subject | None]]:
        """Verdicts of the month that are the newest over their version, by number; None for what is gone from the
        store: nothing is left to be judged anew.

        One whose renewal was done is none of them: its object may lie there under another version by now.
        """
        newer = verdict.alias("newer")
        same = (newer.c.bucket == verdict.c.bucket) & (newer.c.key == verdict.c.key)
        superseded = select(newer.c.id).where(
            same, newer.c.version_id == verdict.c.version_id, newer.c.id > verdict.c.id
        )
        done = scan_request.c.state == RequestState.DONE
        renewed = select(scan_request.c.id).where(scan_request.c.identity == _renewal(month), done)
        within = verdict.c.at >= month.first, verdict.c.at < month.end, verdict.c.id > after
        query = select(verdict).where(*within, ~renewed.exists())
        with self.database.reading() as connection:
            rows = connection.execute(query.where(~superseded.exists()).order_by(verdict.c.id).limit(limit)).mappings()
            return [(row["id"], None if _is_gone(row["document"]) else subject_of(row)) for row in rows]

    def drop(self, month: Month) -> None:
        """Drop a whole month, and the pages that were cut from its verdicts."""
        its_own = select(verdict.c.id).where(verdict.c.at >= month.first, verdict.c.at < month.end)
        with self.database.writing() as connection:
            connection.execute(delete(verdict_page).where(verdict_page.c.verdict_id.in_(its_own)))
            if self.database.is_sqlite:
                connection.execute(delete(verdict).where(verdict.c.at >= month.first, verdict.c.at < month.end))
            else:
                connection.execute(text(f"DROP TABLE IF EXISTS {month.name}"))


def make_partition(connection: Connection, month: Month) -> None:
    """The month's partition; rows that had fallen into the default one meanwhile are moved over."""
    bounds = {"first": month.first, "end": month.end}
    connection.execute(text(f"CREATE TABLE {month.name} (LIKE verdict INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
    moved = "WITH gone AS (DELETE FROM verdict_default WHERE at >= :first AND at < :end RETURNING *)"
    connection.execute(text(f"{moved} INSERT INTO {month.name} SELECT * FROM gone"), bounds)  # noqa: S608 - our name
    span = f"FROM ('{month.first.isoformat()}') TO ('{month.end.isoformat()}')"
    connection.execute(text(f"ALTER TABLE verdict ATTACH PARTITION {month.name} FOR VALUES {span}"))


def _partitions(connection: Connection) -> Iterator[Month]:
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'verdict'::regclass"
    for name in connection.execute(text(query)).scalars():
        if found := _NAME.search(name):
            yield Month(int(found[1]), int(found[2]))


def _renewal(month: Month) -> ColumnElement[str]:
    """The identity of the request that renews a verdict, as `Owed` spells it."""
    version = case((verdict.c.version_id != "", verdict.c.version_id), else_=verdict.c.etag)
    between, columns = (
        literal(SEPARATOR),
        (verdict.c.bucket, verdict.c.key, version, literal(month.renewal), literal("")),
    )
    return reduce(lambda told, column: told + between + column, columns)


def _is_gone(document: str) -> bool:
    gaps = from_text(document, Verdict).coverage.gaps
    return any(gap.reason is Reason.GONE for gap in gaps)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
