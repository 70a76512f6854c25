"""Verdicts of late, for those who look whether condemned content is back."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select

from scanner.adapters.sketch_tables import content_sketch
from scanner.adapters.sql import Database, chunks, stamp
from scanner.adapters.tables import review_case, verdict
from scanner.domain.cases import CaseState
from scanner.domain.cdn.returned import Sighting
from scanner.domain.content import Subject
from scanner.domain.similarity import Kind

_SEEN = select(
    verdict.c.bucket, verdict.c.key, verdict.c.version_id, verdict.c.etag, verdict.c.size, verdict.c.account,
    verdict.c.modified, verdict.c.sha256, verdict.c.at,
)  # fmt: skip
FRESH = 60.0  # seconds for which the accounts are taken as they were
MOST_CASES = 2_000  # of one account
_STATES = (CaseState.DECIDED_VIOLATING.value, CaseState.CLOSED.value)


@dataclass(frozen=True, slots=True)
class SqlSightings:
    """The Sightings port over the verdict table; newest first, by its key."""

    database: Database

    def since(self, moment: datetime, limit: int) -> list[Sighting]:
        """The newest contents that were read, after a moment."""
        query = _SEEN.where(verdict.c.sha256 != "").order_by(verdict.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            found = [_sighting(row) for row in connection.execute(query)]
        return [each for each in found if each.at > stamp(moment)]

    def of(self, contents: Sequence[str], moment: datetime) -> list[Sighting]:
        """Where these contents were read after a moment, however much else was."""
        with self.database.reading() as connection:
            return [
                _sighting(row)
                for part in chunks(sorted(set(contents)))
                for row in connection.execute(
                    _SEEN.where(verdict.c.sha256.in_(part), verdict.c.at > stamp(moment)).order_by(verdict.c.id.desc())
                )
            ]

    def first(self, sha256: str, account: str) -> datetime | None:
        """When the content was first read in the account."""
        query = select(func.min(verdict.c.at)).where(verdict.c.sha256 == sha256, verdict.c.account == account)
        with self.database.reading() as connection:
            found: datetime | None = connection.execute(query).scalar()
        return _aware(found) if found is not None else None


@dataclass(slots=True)
class SqlWatched:
    """Accounts with condemned contents, and of which kinds their sketches are: those alone are worth comparing with."""

    database: Database
    _accounts: tuple[float, frozenset[str]] = (-FRESH, frozenset())
    _kinds: dict[str, tuple[float, frozenset[Kind]]] = field(default_factory=dict)

    def __call__(self, account: str) -> frozenset[Kind]:
        """The kinds; none for an account that nothing was condemned of."""
        now = time.monotonic()
        if now - self._accounts[0] >= FRESH:
            self._accounts, self._kinds = (now, self._watched()), {}
        if account not in self._accounts[1]:
            return frozenset()
        if account not in self._kinds:
            self._kinds[account] = now, self._of(account)
        return self._kinds[account][1]

    def _watched(self) -> frozenset[str]:
        query = select(review_case.c.account).where(review_case.c.state.in_(_STATES)).distinct()
        with self.database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def _of(self, account: str) -> frozenset[Kind]:
        mine = (review_case.c.account == account, review_case.c.state.in_(_STATES))
        cases = select(review_case.c.document).where(*mine).order_by(review_case.c.due_at.desc()).limit(MOST_CASES)
        with self.database.reading() as connection:
            contents = {json.loads(text)["sha256"] for text in connection.execute(cases).scalars()}
            found = [
                kind for part in chunks(sorted(contents)) for kind in connection.execute(_kinds_of(part)).scalars()
            ]
        return frozenset(Kind(text.partition(":")[0]) for text in found)


def _kinds_of(contents: Sequence[str]) -> Select[Any]:
    return select(content_sketch.c.sketch).where(content_sketch.c.sha256.in_(contents))


def _sighting(row: Any) -> Sighting:
    return Sighting(Subject(*row[:7]), row[7], _aware(row[8]))


def _aware(moment: datetime) -> datetime:
    """SQLite gives times back without their zone, which is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
