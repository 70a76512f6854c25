"""The `scan_request` table: idempotent filing, claims by lease with a fencing token."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from scanner.adapters.rows import Shape, listed, moment, write_rows
from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.tables import scan_request as table
from scanner.domain.content import Subject
from scanner.domain.requests import LONGEST_LEASE, Lane, Owed, RequestState, ScanRequest

TURNS = 32  # accounts looked at for one batch


@dataclass(frozen=True, slots=True)
class SqlRequests:
    """Requests as rows. A ring that nobody answered is repeated after `ring_again`."""

    database: Database
    ring_again: timedelta = timedelta(seconds=30)

    def accept(self, owed: Sequence[Owed], now: datetime) -> list[int]:
        """File those that are new; the ids of all, in order: filing twice gives the same id."""
        rows = {row.identity: row for row in owed}
        found: dict[str, int] = {}
        with self.database.writing() as connection:
            when = moment(connection, stamp(now))
            for part in chunks(list(rows), 1_000):
                write_rows(connection, _NEW, [_new_row(name, rows[name], when) for name in part])
                found.update(dict(map(tuple, listed(connection, *_IDS, part))))
        return [found[row.identity] for row in owed]

    def claim(
        self, ids: Sequence[int], worker: str, now: datetime, until: datetime, *, fresh: bool = False
    ) -> list[ScanRequest]:
        """Lease those of the ids that nobody holds; the attempt is burned here, before any work.

        `fresh`: only those that were never tried before.
        """
        claimed: list[ScanRequest] = []
        with self.database.writing() as connection:
            times = [moment(connection, stamp(when)) for when in (until, now, now + LONGEST_LEASE)]
            for part in chunks(list(ids), 1_000):
                values: tuple[object, ...]
                if connection.dialect.name == "sqlite":
                    sql, values = _CLAIM.format("?", _ANY_SQLITE), (worker, times[0], json.dumps(part), *times[1:])
                else:
                    sql, values = _CLAIM.format("%s", "= ANY(%s)"), (worker, times[0], list(part), *times[1:])
                rows = connection.exec_driver_sql(sql + (" AND attempts = 0" if fresh else "") + _TAKEN, values)
                claimed += [_request(row) for row in rows]
        return sorted(claimed, key=lambda request: request.id)

    def fair(self, lane: Lane, now: datetime, limit: int) -> list[int]:
        """Ids that could be claimed, shared evenly among the accounts that wait: one flood starves nobody.

        Up to TURNS accounts from a random one on, so that over many batches every account has its turn; each look-up
        walks an index, whatever the backlog.
        """
        found: list[int] = []
        with self.database.reading() as connection:
            expired = select(table.c.id).where(table.c.state == RequestState.LEASED, table.c.lane == lane, _over(now))
            found += connection.execute(expired.order_by(table.c.id).limit(limit)).scalars()
            turns = _waiting(connection, lane)
            hands = [_oldest(connection, lane, turn, limit) for turn in turns]
        return (found + _dealt(hands))[:limit]

    def give_back(self, held: Sequence[ScanRequest]) -> None:
        """Owed again as if never tried, what is still ours: the work was stopped, it did not fail."""
        with self.database.writing() as connection:
            for part in chunks(list(held)):
                mine = or_(*(and_(table.c.id == r.id, table.c.token == r.token) for r in part))
                values = {"state": RequestState.OWED, "attempts": table.c.attempts - 1}
                connection.execute(update(table).where(mine, table.c.state == RequestState.LEASED).values(**values))

    def extend(self, held: Sequence[ScanRequest], until: datetime) -> int:
        """Prolong leases that are still ours; how many were."""
        still = 0
        with self.database.writing() as connection:
            for part in chunks(list(held)):
                mine = or_(*(and_(table.c.id == r.id, table.c.token == r.token) for r in part))
                statement = update(table).where(mine, table.c.state == RequestState.LEASED)
                still += connection.execute(statement.values(lease_until=stamp(until))).rowcount
        return still

    def due(self, lane: Lane, now: datetime, limit: int) -> list[int]:
        """Ids that are owed and whose ring was long ago, or whose lease ran out; they count as rung now."""
        overdue = and_(table.c.state == RequestState.OWED, table.c.rung_at < now - self.ring_again)
        expired = and_(table.c.state == RequestState.LEASED, _over(now))
        with self.database.writing() as connection:
            query = (
                select(table.c.id).where(table.c.lane == lane, or_(overdue, expired)).order_by(table.c.id).limit(limit)
            )
            ids = list(connection.execute(query).scalars())
            for part in chunks(ids):
                connection.execute(update(table).where(table.c.id.in_(part)).values(rung_at=stamp(now)))
        return ids

    def counts(self, rescan: str = "") -> Mapping[str, int]:
        """How many requests stand in each state, and of the done ones how many had each outcome."""
        word = case((table.c.state == RequestState.DONE, "done:" + table.c.outcome), else_=table.c.state).label("word")
        query = select(word, func.count()).group_by(word)
        if rescan:
            query = query.where(table.c.rescan == rescan)
        with self.database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def shift(self, rescan: str, old: RequestState, new: RequestState) -> int:
        """A rescan's requests from one state into another; how many there were. CANCELLED is what a done one says."""
        values = {"state": new, **({"outcome": "CANCELLED"} if new is RequestState.DONE else {})}
        with self.database.writing() as connection:
            statement = update(table).where(table.c.rescan == rescan, table.c.state == old).values(**values)
            return int(connection.execute(statement).rowcount)


def _waiting(connection: Connection, lane: Lane) -> list[str]:
    """Turns (one an account) with something owed, from a random place on and round; a few index look-ups each."""
    start, found = f"{secrets.randbits(32):08x}", list[str]()
    for low, high in ((start, "~"), ("", start)):
        while len(found) < TURNS:
            query = select(func.min(table.c.turn)).where(
                table.c.state == RequestState.OWED, table.c.lane == lane, table.c.turn > low, table.c.turn <= high
            )
            turn = connection.execute(query).scalar()
            if turn is None:
                break
            found.append(turn)
            low = turn
    return found


def _oldest(connection: Connection, lane: Lane, turn: str, limit: int) -> list[int]:
    query = select(table.c.id).where(table.c.state == RequestState.OWED, table.c.lane == lane, table.c.turn == turn)
    return list(connection.execute(query.order_by(table.c.id).limit(limit)).scalars())


def _dealt(hands: list[list[int]]) -> list[int]:
    """One from each in turn."""
    return [row for turn in zip_longest(*hands) for row in turn if row is not None]


_NEW = Shape(
    "scan_request",
    (
        ("identity", "text"), ("bucket", "text"), ("key", "text"), ("version_id", "text"), ("etag", "text"),
        ("size", "bigint"), ("account", "text"), ("modified", "text"), ("turn", "text"), ("lane", "text"),
        ("source", "text"), ("sequencer", "text"), ("rescan", "text"), ("raw_key", "text"), ("state", "text"),
        ("attempts", "int"), ("token", "int"), ("worker", "text"), ("created_at", "timestamptz"),
        ("rung_at", "timestamptz"), ("outcome", "text"),
    ),
    ("identity",),
)  # fmt: skip
_ANY_SQLITE = "IN (SELECT value FROM json_each(?))"
_IDS = (
    "SELECT identity, id FROM scan_request WHERE identity IN (SELECT value FROM json_each(?))",
    "SELECT identity, id FROM scan_request WHERE identity = ANY(%s)",
)
_CLAIM = (
    "UPDATE scan_request SET state = 'leased', worker = {0}, lease_until = {0}, attempts = attempts + 1, "
    "token = token + 1 WHERE id {1} "
    "AND (state = 'owed' OR (state = 'leased' AND (lease_until < {0} OR lease_until > {0})))"
)
_TAKEN = " RETURNING id, bucket, key, version_id, etag, size, account, modified, lane, attempts, token, rescan, raw_key"


def _over(now: datetime) -> ColumnElement[bool]:
    """Whether a lease ran out, or was given by a clock that ran ahead."""
    return or_(table.c.lease_until < stamp(now), table.c.lease_until > stamp(now + LONGEST_LEASE))


@lru_cache(maxsize=10_000)
def turn_of(account: str) -> str:
    """The account's place in the round."""
    return hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()[:8]


def _new_row(identity: str, owed: Owed, now: object) -> tuple[object, ...]:
    s = owed.subject
    place = (identity, s.bucket, s.key, s.version_id, s.etag, s.size, s.account, s.modified, turn_of(s.account))
    told = (str(owed.lane), owed.source, owed.sequencer, owed.rescan, owed.raw_key)
    return (*place, *told, "owed", 0, 0, "", now, now, "")


def _request(row: Sequence[Any]) -> ScanRequest:
    number, bucket, key, version, etag, size, account, modified, lane, attempts, token, rescan, raw_key = row
    subject = Subject(bucket, key, version, etag, size, account, modified)
    return ScanRequest(number, subject, Lane(lane), attempts, token, rescan, raw_key)
