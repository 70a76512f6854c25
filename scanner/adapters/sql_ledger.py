"""What the books must show of requests: recorded once, none forgotten, none held beyond its bound."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from scanner.adapters.sql import Database
from scanner.adapters.tables import scan_request as request
from scanner.adapters.tables import verdict
from scanner.domain.requests import Lane, RequestState
from scanner.domain.verdicts import WORDS

HELD_BEYOND = timedelta(minutes=10)  # a lease that ran out is taken by the next sweep; nobody took it for so long
MOST = 1_000  # named of each kind


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """Reads only."""

    database: Database

    def unrecorded(self) -> Iterator[int]:
        """Requests that are done with a verdict's word, and no verdict, as far back as verdicts are kept."""
        known = select(verdict.c.id).where(verdict.c.request_id == request.c.id)
        kept = select(func.min(verdict.c.at)).scalar_subquery()
        done = request.c.state == RequestState.DONE, request.c.outcome.in_(WORDS), request.c.done_at > kept
        yield from self._numbers(select(request.c.id).where(*done, ~known.exists()).order_by(request.c.id))

    def twice(self) -> Iterator[int]:
        """Requests with more than one verdict."""
        query = select(verdict.c.request_id).where(verdict.c.request_id > 0).group_by(verdict.c.request_id)
        yield from self._numbers(query.having(func.count() > 1))

    def overdue(self, now: datetime, bound: timedelta) -> Iterator[int]:
        """Uploads that are open longer than the bound."""
        open_ones = request.c.state != RequestState.DONE, request.c.lane == Lane.UPLOADS
        yield from self._numbers(select(request.c.id).where(*open_ones, request.c.created_at < now - bound))

    def held(self, now: datetime) -> Iterator[int]:
        """Requests whose lease ran out long ago."""
        over = request.c.state == RequestState.LEASED, request.c.lease_until < now - HELD_BEYOND
        yield from self._numbers(select(request.c.id).where(*over))

    def _numbers(self, query: object) -> list[int]:
        with self.database.reading() as connection:
            return [int(n) for n in connection.execute(query.limit(MOST)).scalars()]  # type: ignore[attr-defined]
