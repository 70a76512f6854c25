"""Purges as rows, and their twin in memory."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from scanner.adapters.cdn_tables import cdn_purge
from scanner.adapters.sql import Database, stamp
from scanner.domain.cdn.purging import Purge, PurgeState

TIMES = ("asked_at", "due_at", "accepted_at", "done_at")


@dataclass(frozen=True, slots=True)
class SqlPurges:
    """The PurgeLedger over a database."""

    database: Database

    def file(self, purges: Sequence[Purge]) -> None:
        """Write new rows; one that is there stays as it is."""
        with self.database.writing() as connection:
            for purge in purges:
                held = connection.execute(select(cdn_purge.c.key).where(cdn_purge.c.key == purge.key)).first()
                if held is None:
                    connection.execute(insert(cdn_purge).values(**_values(purge)))

    def owed(self, now: datetime, limit: int) -> list[Purge]:
        """Those whose time has come, the longest due first."""
        wanted = (cdn_purge.c.state == PurgeState.OWED.value, cdn_purge.c.due_at <= stamp(now))
        return self._rows(select(cdn_purge).where(*wanted).order_by(cdn_purge.c.due_at).limit(limit))

    def running(self, limit: int) -> list[Purge]:
        """Those that a provider has a task for."""
        wanted = cdn_purge.c.state == PurgeState.SUBMITTED.value
        return self._rows(select(cdn_purge).where(wanted).order_by(cdn_purge.c.due_at).limit(limit))

    def latest(self, url: str) -> Purge | None:
        """The newest one of a URL."""
        query = select(cdn_purge).where(cdn_purge.c.url == url).order_by(cdn_purge.c.asked_at.desc()).limit(1)
        return next(iter(self._rows(query)), None)

    def save(self, purges: Sequence[Purge]) -> None:
        """Write rows anew."""
        with self.database.writing() as connection:
            for purge in purges:
                connection.execute(update(cdn_purge).where(cdn_purge.c.key == purge.key).values(**_values(purge)))

    def _rows(self, query: Any) -> list[Purge]:
        with self.database.reading() as connection:
            return [_purge(row) for row in connection.execute(query).mappings()]


@dataclass(slots=True)
class MemoryPurges:
    """The twin."""

    rows: dict[str, Purge] = field(default_factory=dict)

    def file(self, purges: Sequence[Purge]) -> None:
        """Keep new ones."""
        for purge in purges:
            self.rows.setdefault(purge.key, purge)

    def owed(self, now: datetime, limit: int) -> list[Purge]:
        """Those whose time has come."""
        due = [each for each in self.rows.values() if each.state is PurgeState.OWED and each.due_at <= now]
        return sorted(due, key=lambda each: each.due_at)[:limit]

    def running(self, limit: int) -> list[Purge]:
        """Those that a provider has a task for."""
        return [each for each in self.rows.values() if each.state is PurgeState.SUBMITTED][:limit]

    def latest(self, url: str) -> Purge | None:
        """The newest one of a URL."""
        return max(
            (each for each in self.rows.values() if each.url == url), key=lambda each: each.asked_at, default=None
        )

    def save(self, purges: Sequence[Purge]) -> None:
        """Keep them as they are now."""
        self.rows |= {purge.key: purge for purge in purges if purge.key in self.rows}


def _values(purge: Purge) -> dict[str, Any]:
    values = asdict(purge) | {"state": purge.state.value}
    return values | {name: stamp(values[name]) if values[name] else None for name in TIMES}


def _purge(row: RowMapping) -> Purge:
    values = dict(row) | {"state": PurgeState(row["state"])}
    return Purge(**values | {name: _aware(values[name]) for name in TIMES})


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
