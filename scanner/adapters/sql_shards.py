"""The shards of rescans as rows, each claimed by lease."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, or_, select, update

from scanner.adapters.known_tables import rescan_shard as table
from scanner.adapters.sql import Database, stamp
from scanner.domain.rescans import Shard
from scanner.errors import ConflictError
from scanner.wire.records import from_text, to_text


@dataclass(frozen=True, slots=True)
class SqlShards:
    """Serves the port `Shards`."""

    database: Database

    def create(self, shards: Sequence[Shard]) -> None:
        """New shards; ConflictError if they are there."""
        with self.database.writing() as connection:
            rows = [{"rescan": s.rescan, "number": s.number, **_row(s)} for s in shards]
            connection.execute(insert(table), rows)

    def shards(self, rescan: str) -> list[Shard]:
        """All of a rescan, in order."""
        query = select(table.c.document, table.c.token).where(table.c.rescan == rescan).order_by(table.c.number)
        with self.database.reading() as connection:
            return [replace(from_text(row[0], Shard), token=row[1]) for row in connection.execute(query)]

    def claim(self, rescan: str, now: datetime, until: datetime) -> Shard | None:
        """The shard that is due longest and that nobody holds."""
        free = or_(table.c.lease_until.is_(None), table.c.lease_until < stamp(now))
        due = or_(table.c.due_at.is_(None), table.c.due_at <= stamp(now))
        query = select(table).where(table.c.rescan == rescan, table.c.done == 0, free, due)
        with self.database.writing() as connection:
            first = query.order_by(table.c.due_at, table.c.number).limit(1).with_for_update(skip_locked=True)
            row = connection.execute(first).mappings().first()
            if row is None:
                return None
            place = table.c.rescan == rescan, table.c.number == row["number"]
            values = {"token": row["token"] + 1, "lease_until": stamp(until)}
            connection.execute(update(table).where(*place).values(**values))
        shard = from_text(row["document"], Shard)
        return replace(shard, token=row["token"] + 1, careful=shard.careful or row["lease_until"] is not None)

    def save(self, shard: Shard) -> None:
        """Write a claimed shard and let go of it."""
        mine = table.c.rescan == shard.rescan, table.c.number == shard.number, table.c.token == shard.token
        with self.database.writing() as connection:
            if connection.execute(update(table).where(*mine).values(**_row(shard))).rowcount != 1:
                raise ConflictError("another lists this shard by now", where=shard.rescan, mend="nothing: it goes on")


def _row(shard: Shard) -> dict[str, object]:
    return {
        "done": int(shard.done),
        "token": shard.token,
        "lease_until": None,
        "due_at": stamp(shard.due_at) if shard.due_at else None,
        "document": to_text(shard),
    }
