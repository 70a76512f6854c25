"""The `scan_request` table: idempotent filing, claims by lease with a fencing token."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal_column, or_, select, text, update

from scanner.adapters.rows import Shape, fetched, listed, moment, write_rows
from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.sql_known import count_up
from scanner.adapters.tables import RUNG, is_in
from scanner.adapters.tables import scan_request as table
from scanner.domain.content import Subject
from scanner.domain.requests import LONGEST_LEASE, Lane, Owed, RequestState, ScanRequest
from scanner.domain.rescans import DROPPED

_LANES = {str(lane): lane for lane in Lane}
TURNS = 32  # accounts looked at for one batch
FEW = 4  # uploads given at least, where one of several accounts waits for fewer


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
                found.update(listed(connection, *_IDS, part))
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
                rows = fetched(connection, sql + (" AND attempts = 0" if fresh else "") + _TAKEN, values)
                claimed += map(_request, rows)
        return sorted(claimed, key=lambda request: request.id)

    def tried(self, ids: Sequence[int], now: datetime) -> list[int]:
        """Those of the ids that nobody holds and that were tried before."""
        with self.database.reading() as connection:
            times = [moment(connection, stamp(when)) for when in (now, now + LONGEST_LEASE)]
            return [
                row[0]
                for part in chunks(list(ids), 1_000)
                for row in listed(connection, _TRIED[0], _TRIED[1], part, *times)
            ]

    def fair(self, lane: Lane, now: datetime, limit: int) -> list[int]:
        """Ids that could be claimed, shared evenly among the accounts that wait: one flood starves nobody.

        Up to TURNS accounts from a random one on, so that over many batches every account has its turn; each look-up
        walks an index, whatever the backlog. Of uploads, an account that waits for little does not wait for others'
        many: fewer are given, and the rest with the next call.
        """
        with self.database.reading() as connection:
            times = [moment(connection, stamp(when)) for when in (now, now + LONGEST_LEASE)]
            found = _numbers(connection, _EXPIRED, str(lane), *times, limit)
            turns = _waiting(connection, lane) if len(found) < limit else []
            each = limit if len(turns) == 1 else -(-2 * limit // max(1, len(turns)))
            hands = [_numbers(connection, _OLDEST, str(lane), turn, each) for turn in turns]
            if sum(map(len, hands)) < limit and any(len(hand) == each for hand in hands):
                hands = [_numbers(connection, _OLDEST, str(lane), turn, limit) for turn in turns]
        shortest = min(map(len, hands), default=0) * len(hands)
        most = max(FEW, shortest) if lane is Lane.UPLOADS and len(hands) > 1 else limit
        return (found + _dealt(hands)[:most])[:limit]

    def give_back(self, held: Sequence[ScanRequest]) -> None:
        """Owed again as if never tried, what is still ours: the work was stopped, it did not fail."""
        with self.database.writing() as connection:
            for part in chunks(list(held)):
                mine = or_(*(and_(table.c.id == r.id, table.c.token == r.token) for r in part))
                values = {"state": RequestState.OWED, "attempts": table.c.attempts - 1}
                connection.execute(update(table).where(mine, is_in(RequestState.LEASED)).values(**values))

    def extend(self, held: Sequence[ScanRequest], until: datetime) -> int:
        """Prolong leases that are still ours; how many were."""
        still = 0
        with self.database.writing() as connection:
            for part in chunks(list(held)):
                mine = or_(*(and_(table.c.id == r.id, table.c.token == r.token) for r in part))
                statement = update(table).where(mine, is_in(RequestState.LEASED))
                still += connection.execute(statement.values(lease_until=stamp(until))).rowcount
        return still

    def due(self, lane: Lane, now: datetime, limit: int) -> list[int]:
        """Ids that are owed and whose ring was long ago, or whose lease ran out; they count as rung now."""
        overdue = and_(is_in(RequestState.OWED), text(RUNG), table.c.rung_at < now - self.ring_again)
        with self.database.writing() as connection:
            found = set[int]()
            for those in (overdue, and_(is_in(RequestState.LEASED), _over(now))):
                query = select(table.c.id).where(table.c.lane == lane, those).order_by(table.c.id).limit(limit)
                found.update(connection.execute(query).scalars())
            ids = sorted(found)[:limit]
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
        """A rescan's requests from one state into another; how many. A done one says CANCELLED, and is counted so."""
        done = {"outcome": "CANCELLED", "done_at": datetime.now(UTC)} if new is RequestState.DONE else {}
        values = {"state": new, **done}
        with self.database.writing() as connection:
            mine = table.c.rescan == rescan, table.c.rescan != literal_column("''"), table.c.done_at.is_(None)
            count = int(connection.execute(update(table).where(*mine, is_in(old)).values(**values)).rowcount)
            count_up(connection, [(rescan, DROPPED, count)] if count and done else [])
        return count

    def waits(self, rescan: str) -> bool:
        """Whether anything of a rescan is not done."""
        mine = table.c.rescan == rescan, table.c.rescan != literal_column("''"), table.c.done_at.is_(None)
        with self.database.reading() as connection:
            return connection.execute(select(table.c.id).where(*mine).limit(1)).first() is not None


def _waiting(connection: Connection, lane: Lane) -> list[str]:
    """Turns (one an account) with something owed, from a random place on and round; a few index look-ups each."""
    start, found = f"{secrets.randbits(32):08x}", list[str]()
    for low, high in ((start, "~"), ("", start)):
        while len(found) < TURNS:
            following = _numbers(connection, _NEXT_TURN, str(lane), low, high)
            if not following:
                break
            found += following
            low = following[0]
    return found


def _numbers(connection: Connection, query: str, *values: object) -> list[Any]:
    """The only column of a query's rows."""
    sign = "?" if connection.dialect.name == "sqlite" else "%s"
    return [row[0] for row in fetched(connection, query.format(sign), values)]


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


_TRIED = tuple(
    f"SELECT id FROM scan_request WHERE id {those} AND attempts > 0 AND (state = 'owed' OR "  # noqa: S608
    f"(state = 'leased' AND (lease_until < {sign} OR lease_until > {sign}))) ORDER BY id"
    for sign, those in (("?", _ANY_SQLITE), ("%s", "= ANY(%s)"))
)
_EXPIRED = (
    "SELECT id FROM scan_request WHERE state = 'leased' AND lane = {0} AND (lease_until < {0} OR lease_until > {0}) "
    "ORDER BY id LIMIT {0}"
)
_NEXT_TURN = (  # `min(turn)` would read every entry wherever PostgreSQL takes the rows for few
    "SELECT turn FROM scan_request WHERE state = 'owed' AND lane = {0} AND turn > {0} AND turn <= {0} "
    "ORDER BY turn LIMIT 1"
)
_OLDEST = "SELECT id FROM scan_request WHERE state = 'owed' AND lane = {0} AND turn = {0} ORDER BY id LIMIT {0}"


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
    return ScanRequest(number, subject, _LANES[lane], attempts, token, rescan, raw_key)
