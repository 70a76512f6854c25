"""Verdicts of late, for those who look whether condemned content is back."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from scanner.adapters.sql import Database, stamp
from scanner.adapters.tables import verdict
from scanner.domain.cdn.returned import Sighting
from scanner.domain.content import Subject


@dataclass(frozen=True, slots=True)
class SqlSightings:
    """The Sightings port over the verdict table; newest first, by its key."""

    database: Database

    def since(self, moment: datetime, limit: int) -> list[Sighting]:
        """The newest contents that were read, after a moment."""
        table = verdict.c
        columns = (table.bucket, table.key, table.version_id, table.etag, table.size, table.account, table.modified)
        query = select(*columns, table.sha256, table.at).where(table.sha256 != "").order_by(table.id.desc())
        with self.database.reading() as connection:
            rows = connection.execute(query.limit(limit)).all()
        found = [Sighting(Subject(*row[:7]), row[7], _aware(row[8])) for row in rows]
        return [each for each in found if each.at > stamp(moment)]


def _aware(moment: datetime) -> datetime:
    """SQLite gives times back without their zone, which is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
