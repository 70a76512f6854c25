"""Requests that were done long ago: nobody asks for them any more, and a repeat of their event cannot come so late."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from scanner.adapters.sql import Database, stamp
from scanner.adapters.tables import scan_request as table
from scanner.domain.requests import Lane, RequestState

AT_ONCE, MOST = 2_000, 200_000  # deleted in one transaction, and by one beat


@dataclass(frozen=True, slots=True)
class SqlPruning:
    """Deletes along an index, in small transactions."""

    database: Database

    def prune(self, before: datetime) -> int:
        """Delete requests that were done and last rung for before then; how many."""
        gone = 0
        for lane in (Lane.UPLOADS, Lane.BULK):
            while gone < MOST and (count := self._some(lane, before)):
                gone += count
        return gone

    def _some(self, lane: Lane, before: datetime) -> int:
        old = table.c.state == RequestState.DONE, table.c.lane == lane, table.c.rung_at < stamp(before)
        some = select(table.c.id).where(*old).limit(AT_ONCE)
        with self.database.writing() as connection:
            return connection.execute(
                delete(table).where(table.c.id.in_(some), table.c.done_at < stamp(before))
            ).rowcount
