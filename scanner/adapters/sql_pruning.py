"""Requests that were done long ago: nobody asks for them any more, and a repeat of their event cannot come so late."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from scanner.adapters.sql import Database, stamp
from scanner.adapters.tables import is_in
from scanner.adapters.tables import scan_request as table
from scanner.domain.requests import RequestState

AT_ONCE, MOST = 2_000, 200_000  # deleted in one transaction, and by one beat


@dataclass(frozen=True, slots=True)
class SqlPruning:
    """Walks the rows in the order of filing as far as they are old, and deletes in small transactions."""

    database: Database

    def prune(self, before: datetime) -> int:
        """Delete requests that were done and last rung for before then; how many."""
        gone, seen = 0, 0
        while gone < MOST:
            with self.database.writing() as connection:
                query = select(table.c.id, table.c.created_at < stamp(before)).where(table.c.id > seen)
                rows = connection.execute(query.order_by(table.c.id).limit(AT_ONCE)).all()
                if not any(is_old for _, is_old in rows):
                    return gone
                first, seen = rows[0][0], rows[-1][0]
                old = table.c.done_at < stamp(before), table.c.rung_at < stamp(before)
                some = delete(table).where(table.c.id.between(first, seen), is_in(RequestState.DONE), *old)
                gone += connection.execute(some).rowcount
        return gone
