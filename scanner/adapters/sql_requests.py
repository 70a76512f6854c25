"""The `scan_request` table: idempotent filing, claims by lease with a fencing token."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from scanner.adapters.sql import Database, chunks, stamp, subject_of, subject_values
from scanner.adapters.tables import scan_request as table
from scanner.domain.requests import LONGEST_LEASE, Lane, Owed, RequestState, ScanRequest

TURNS = 32  # accounts looked at for one batch


@dataclass(frozen=True, slots=True)
class SqlRequests:
    """Requests as rows. A ring that nobody answered is repeated after `ring_again`."""

    database: Database
    ring_again: timedelta = timedelta(seconds=30)

    def accept(self, owed: Sequence[Owed], now: datetime) -> list[int]:
        """File those that are new; the ids of all, in order: filing twice gives the same id."""
        insert = insert_sqlite if self.database.is_sqlite else insert_postgres
        found: dict[str, int] = {}
        with self.database.writing() as connection:
            for part in chunks(list(owed), 50):
                rows = [_new_row(row, now) for row in part]
                connection.execute(insert(table).values(rows).on_conflict_do_nothing(index_elements=["identity"]))
                wanted = [row["identity"] for row in rows]
                query = select(table.c.identity, table.c.id).where(table.c.identity.in_(wanted))
                found.update({row.identity: row.id for row in connection.execute(query)})
        return [found[row.identity] for row in owed]

    def claim(
        self, ids: Sequence[int], worker: str, now: datetime, until: datetime, *, fresh: bool = False
    ) -> list[ScanRequest]:
        """Lease those of the ids that nobody holds; the attempt is burned here, before any work.

        `fresh`: only those that were never tried before.
        """
        claimed: list[ScanRequest] = []
        untried = (table.c.attempts == 0,) if fresh else ()
        with self.database.writing() as connection:
            for part in chunks(list(ids)):
                statement = (
                    update(table)
                    .where(table.c.id.in_(part), _free(now), *untried)
                    .values(
                        state=RequestState.LEASED,
                        worker=worker,
                        lease_until=stamp(until),
                        attempts=table.c.attempts + 1,
                        token=table.c.token + 1,
                    )
                    .returning(*table.c)
                )
                claimed += [_request(row) for row in connection.execute(statement).mappings()]
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


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(table.c.state == RequestState.OWED, and_(table.c.state == RequestState.LEASED, _over(now)))


def _over(now: datetime) -> ColumnElement[bool]:
    """Whether a lease ran out, or was given by a clock that ran ahead."""
    return or_(table.c.lease_until < stamp(now), table.c.lease_until > stamp(now + LONGEST_LEASE))


def turn_of(account: str) -> str:
    """The account's place in the round."""
    return hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()[:8]


def _new_row(owed: Owed, now: datetime) -> dict[str, object]:
    return {
        **subject_values(owed.subject),
        "identity": owed.identity,
        "turn": turn_of(owed.subject.account),
        "lane": owed.lane,
        "source": owed.source,
        "sequencer": owed.sequencer,
        "rescan": owed.rescan,
        "raw_key": owed.raw_key,
        "state": RequestState.OWED,
        "attempts": 0,
        "token": 0,
        "worker": "",
        "created_at": stamp(now),
        "rung_at": stamp(now),
        "outcome": "",
    }


def _request(row: RowMapping) -> ScanRequest:
    return ScanRequest(
        row["id"], subject_of(row), Lane(row["lane"]), row["attempts"], row["token"], row["rescan"], row["raw_key"]
    )
