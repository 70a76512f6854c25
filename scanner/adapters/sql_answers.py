"""Answers kept for idempotency keys: the same call again gets the first one's answer."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanner.adapters.access_tables import api_answer as table
from scanner.adapters.sql import Database, stamp
from scanner.errors import ConflictError, UsageError
from scanner.ports_access import KeptAnswer

KEPT = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=60)  # a call that left no answer by then died: its key is free again


@dataclass(frozen=True, slots=True)
class SqlAnswers:
    """Rows by key; a key is taken before the work and keeps the answer after it."""

    database: Database

    def take(self, key: str, asked: str, now: datetime) -> KeptAnswer | None:
        """None: go on, the key is yours. Else the answer given before.

        ConflictError while the first call is under way, UsageError if it asked something else.
        """
        with self.database.writing() as connection:
            connection.execute(delete(table).where(table.c.at < stamp(now) - KEPT))
            mine = (table.c.key == key, table.c.status == 0, table.c.at < stamp(now) - UNDER_WAY)
            connection.execute(delete(table).where(*mine))
            try:
                with connection.begin_nested():
                    connection.execute(
                        insert(table).values(key=key, asked=asked, status=0, media_type="", body=b"", at=stamp(now))
                    )
                return None
            except IntegrityError:
                row = connection.execute(select(table).where(table.c.key == key)).first()
        if row is None:
            raise ConflictError("the key was freed just now", where="Idempotency-Key", mend="send it again")
        if row.asked != asked:
            raise UsageError("the key was used for another call", where="Idempotency-Key", mend="use a new key")
        if row.status == 0:
            raise ConflictError("the first call is under way", where="Idempotency-Key", mend="wait, then send it again")
        return KeptAnswer(row.status, row.media_type, row.body)

    def keep(self, key: str, answer: KeptAnswer) -> None:
        """The answer of the call that took the key."""
        values = {"status": answer.status, "media_type": answer.media_type, "body": answer.body}
        with self.database.writing() as connection:
            connection.execute(update(table).where(table.c.key == key).values(**values, at=datetime.now(UTC)))

    def free(self, key: str) -> None:
        """The call came to nothing: it may be tried again under the same key."""
        with self.database.writing() as connection:
            connection.execute(delete(table).where(table.c.key == key, table.c.status == 0))
