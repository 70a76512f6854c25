"""What the gate still owes: verdicts of gated buckets that were not carried to the store yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from scanner.adapters.intake_tables import gate_mark
from scanner.adapters.sql import Database, chunks, subject_of
from scanner.adapters.tables import verdict
from scanner.domain.content import Subject

SETTLED = timedelta(minutes=10)  # a transaction that began longer ago is over: no lower number can still appear


@dataclass(frozen=True, slots=True)
class SqlGates:
    """Verdict numbers are handed out before they are committed, so a plain cursor would pass some over: each verdict
    has a mark until all below it are surely there; then the floor rises and the marks go."""

    database: Database

    def pending(self, bucket: str, floor: int, limit: int) -> list[tuple[int, Subject]]:
        """Verdicts above the floor without a mark, oldest first."""
        marked = select(gate_mark.c.verdict_id).where(gate_mark.c.verdict_id == verdict.c.id)
        query = select(verdict).where(verdict.c.bucket == bucket, verdict.c.id > floor, ~marked.exists())
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(verdict.c.id).limit(limit)).mappings()
            return [(row["id"], subject_of(row)) for row in rows]

    def settle(self, bucket: str, numbers: Sequence[int]) -> None:
        """Mark verdicts as carried to the store."""
        insert = insert_sqlite if self.database.is_sqlite else insert_postgres
        with self.database.writing() as connection:
            for part in chunks(list(numbers)):
                rows = [{"verdict_id": number, "bucket": bucket} for number in part]
                connection.execute(insert(gate_mark).values(rows).on_conflict_do_nothing())

    def rise(self, bucket: str, floor: int, now: datetime) -> int:
        """The new floor, where everything below it is settled; the marks below it are dropped."""
        if self.pending(bucket, floor, 1):
            return floor
        old = select(func.max(verdict.c.id)).where(
            verdict.c.bucket == bucket, verdict.c.id > floor, verdict.c.at < now - SETTLED
        )
        with self.database.writing() as connection:
            top = connection.execute(old).scalar()
            if top is None:
                return floor
            connection.execute(delete(gate_mark).where(gate_mark.c.bucket == bucket, gate_mark.c.verdict_id <= top))
            return int(top)
