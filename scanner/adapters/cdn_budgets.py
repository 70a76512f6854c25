"""What days' budgets took and left, as rows; and their twin in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from sqlalchemy import delete, func, select

from scanner.adapters.cdn_tables import cdn_taken, cdn_waiting
from scanner.adapters.rows import Shape, moment, write_rows
from scanner.adapters.sql import Database, chunks
from scanner.domain.cdn.budgets import Waiting

_TAKEN = Shape("cdn_taken", (("day", "text"), ("domain", "text"), ("id", "text")), ("day", "domain", "id"))
_WAITING = Shape(
    "cdn_waiting",
    (
        ("id", "text"), ("domain", "text"), ("url", "text"), ("why", "text"), ("requests", "int"),
        ("since", "timestamptz"),
    ),
    ("id",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlBudgets:
    """The Budgets port over a database."""

    database: Database

    def taken(self, day: str, domain: str) -> frozenset[str]:
        """Ids that the day took of a domain."""
        query = select(cdn_taken.c.id).where(cdn_taken.c.day == day, cdn_taken.c.domain == domain)
        with self.database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def line(self, domain: str, limit: int) -> list[Waiting]:
        """Who waits, the longest first."""
        table = cdn_waiting.c
        query = select(cdn_waiting).where(table.domain == domain).order_by(table.since, table.id).limit(limit)
        with self.database.reading() as connection:
            return [_waiting(row) for row in connection.execute(query).all()]

    def settle(self, day: str, domain: str, taken: Sequence[str], freed: Sequence[str], new: Sequence[Waiting]) -> None:
        """Write what a division came to, whole or not at all."""
        with self.database.writing() as connection:
            write_rows(connection, _TAKEN, [(day, domain, name) for name in dict.fromkeys(taken)])
            for part in chunks(list(freed)):
                connection.execute(delete(cdn_waiting).where(cdn_waiting.c.id.in_(part)))
            rows = [(r.id, r.domain, r.url, r.why, r.requests, moment(connection, r.since)) for r in new]
            write_rows(connection, _WAITING, rows)

    def spent(self, day: str) -> dict[str, int]:
        """How many the day took, by domain."""
        query = select(cdn_taken.c.domain, func.count()).where(cdn_taken.c.day == day).group_by(cdn_taken.c.domain)
        return self._counts(query)

    def waiting(self) -> dict[str, int]:
        """How many wait, by domain."""
        return self._counts(select(cdn_waiting.c.domain, func.count()).group_by(cdn_waiting.c.domain))

    def prune(self, before: str) -> int:
        """Forget days before that one; how many rows."""
        with self.database.writing() as connection:
            return int(connection.execute(delete(cdn_taken).where(cdn_taken.c.day < before)).rowcount)

    def _counts(self, query: Any) -> dict[str, int]:
        with self.database.reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(query)}


@dataclass(slots=True)
class MemoryBudgets:
    """The twin."""

    days: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    rows: dict[str, Waiting] = field(default_factory=dict)

    def taken(self, day: str, domain: str) -> frozenset[str]:
        """Ids that the day took of a domain."""
        return frozenset(self.days.get((day, domain), ()))

    def line(self, domain: str, limit: int) -> list[Waiting]:
        """Who waits, the longest first."""
        rows = [row for row in self.rows.values() if row.domain == domain]
        return sorted(rows, key=lambda row: (row.since, row.id))[:limit]

    def settle(self, day: str, domain: str, taken: Sequence[str], freed: Sequence[str], new: Sequence[Waiting]) -> None:
        """Keep what a division came to."""
        if taken:
            self.days.setdefault((day, domain), set()).update(taken)
        for name in freed:
            self.rows.pop(name, None)
        for row in new:
            self.rows.setdefault(row.id, row)

    def spent(self, day: str) -> dict[str, int]:
        """How many the day took, by domain."""
        return {domain: len(ids) for (when, domain), ids in self.days.items() if when == day}

    def waiting(self) -> dict[str, int]:
        """How many wait, by domain."""
        counts: dict[str, int] = {}
        for row in self.rows.values():
            counts[row.domain] = counts.get(row.domain, 0) + 1
        return counts

    def prune(self, before: str) -> int:
        """Forget days before that one; how many rows."""
        old = [key for key in self.days if key[0] < before]
        return sum(len(self.days.pop(key)) for key in old)


def _waiting(row: Any) -> Waiting:
    since = row.since if row.since.tzinfo else row.since.replace(tzinfo=UTC)
    return Waiting(row.id, row.domain, row.url, row.why, row.requests, since)
