"""The journal of samples, the accounts' ids, the sources' cursors and the engine's state, in the database.

A batch is one row: its columns side by side, compressed. It is written before its sender gets an answer, so a crash
loses nothing that was acknowledged; the engine's state says up to which batch it has read.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import zstandard
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.usage_record import save_incidents
from scanner.adapters.usage_tables import usage_account, usage_batch, usage_cursor, usage_position, usage_state
from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.samples import Columns
from scanner.errors import ConflictError, StoreError
from scanner.ports_usage import Stored

JOURNAL_LOCK = 7304104  # PostgreSQL's advisory lock: a check that has read batch 5 never looks for 4 again
MAX_BATCH = 1_000_000  # samples in one row
SAMPLE_BYTES = 16
PART_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SqlUsageLedger:
    """The ledger as tables. Batches older than `keep` seconds that the state covers are let go."""

    database: Database
    keep: int = 172_800

    def enrol(self, names: Sequence[str]) -> Mapping[str, int]:
        """The ids of accounts, given out now where there are none yet."""
        put = insert_sqlite if self.database.is_sqlite else insert_postgres
        found: dict[str, int] = {}
        with self.database.writing() as connection:
            for part in chunks(list(names)):
                rows = [{"name": name} for name in part]
                connection.execute(put(usage_account).values(rows).on_conflict_do_nothing(index_elements=["name"]))
                query = select(usage_account.c.name, usage_account.c.id).where(usage_account.c.name.in_(part))
                found.update({row.name: row.id for row in connection.execute(query)})
        return found

    def append(self, columns: Columns, now: datetime, cursors: Mapping[str, int]) -> None:
        """Keep samples and move cursors on, together."""
        with self.database.writing() as connection:
            if not self.database.is_sqlite:  # ids are given out in the order in which batches can be seen
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": JOURNAL_LOCK})
            for start in range(0, len(columns), MAX_BATCH):
                end = start + MAX_BATCH
                part = Columns(columns.keys[start:end], columns.at[start:end], columns.values[start:end])
                times = {"first_at": min(part.at), "last_at": max(part.at), "samples": len(part)}
                connection.execute(insert(usage_batch).values(received_at=stamp(now), body=pack(part), **times))
            for source, at in cursors.items():
                connection.execute(delete(usage_cursor).where(usage_cursor.c.source == source))
                connection.execute(insert(usage_cursor).values(source=source, at=at))

    def after(self, position: int, limit: int) -> Sequence[tuple[int, Columns]]:
        """Up to `limit` batches that came after `position`, oldest first."""
        query = select(usage_batch.c.id, usage_batch.c.body).where(usage_batch.c.id > position)
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(usage_batch.c.id).limit(limit)).all()
        return [(row.id, unpack(row.body)) for row in rows]

    def cursor(self, source: str) -> int:
        """The second up to which the source was read; 0: never."""
        query = select(usage_cursor.c.at).where(usage_cursor.c.source == source)
        with self.database.reading() as connection:
            return connection.execute(query).scalar() or 0

    def state(self, *, with_parts: bool) -> Stored:
        """The engine's state as last written."""
        with self.database.reading() as connection:
            row = connection.execute(select(usage_position.c.position, usage_position.c.revision)).first()
            if row is None:
                return Stored()
            parts: dict[str, list[bytes]] = {}
            query = select(usage_state.c.part, usage_state.c.body).order_by(usage_state.c.part)
            for piece in connection.execute(query) if with_parts else ():
                parts.setdefault(piece.part.partition("/")[0], []).append(piece.body)
        return Stored(row.position, row.revision, {name: b"".join(pieces) for name, pieces in parts.items()})

    def save(self, stored: Stored, incidents: Sequence[Incident]) -> None:
        """Write the state with the incidents that follow from it; ConflictError if another check was faster."""
        with self.database.writing() as connection:
            self._claim(connection, stored)
            if stored.parts is not None:
                connection.execute(delete(usage_state))
                for name, body in stored.parts.items():
                    for number, start in enumerate(range(0, max(len(body), 1), PART_BYTES)):
                        row = {"part": f"{name}/{number:04}", "body": body[start : start + PART_BYTES]}
                        connection.execute(insert(usage_state).values(**row))
            save_incidents(connection, incidents, is_sqlite=self.database.is_sqlite)

    def prune(self, now: int, position: int) -> int:
        """Let go of batches that are old and covered by the state; how many."""
        old = delete(usage_batch).where(usage_batch.c.last_at < now - self.keep, usage_batch.c.id <= position)
        with self.database.writing() as connection:
            return connection.execute(old).rowcount

    def _claim(self, connection: Connection, stored: Stored) -> None:
        values = {"position": stored.position, "revision": stored.revision}
        if stored.revision == 1:
            connection.execute(insert(usage_position).values(id=1, **values))
            return
        before = update(usage_position).where(usage_position.c.revision == stored.revision - 1)
        if connection.execute(before.values(**values)).rowcount != 1:
            raise ConflictError("another check was faster", where="usage_position", mend="it is done: check again")


def pack(columns: Columns) -> bytes:
    """Columns as one compressed text of bytes."""
    raw = columns.keys.tobytes() + columns.at.tobytes() + columns.values.tobytes()
    return zstandard.compress(raw, 1)


def unpack(body: bytes) -> Columns:
    """The columns of a batch; StoreError if it is none."""
    try:
        raw = zstandard.decompress(body, max_output_size=MAX_BATCH * SAMPLE_BYTES)
    except zstandard.ZstdError as error:
        raise StoreError(f"is no batch: {error}", where="usage_batch", mend="restore the database") from error
    count, columns = len(raw) // SAMPLE_BYTES, Columns(array("I"), array("I"), array("d"))
    columns.keys.frombytes(raw[: 4 * count])
    columns.at.frombytes(raw[4 * count : 8 * count])
    columns.values.frombytes(raw[8 * count :])
    return columns
