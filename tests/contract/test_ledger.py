"""The books over requests: what is done has one verdict, what is open is not forgotten; each breach is named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from scanner.adapters.memory import MemoryContents, MemoryStore, MemoryVault
from scanner.adapters.sql import Database
from scanner.adapters.sql_ledger import SqlLedger
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.domain.changes import Change, Judged
from scanner.services.checking import Checking
from tests.contract.databases import opened
from tests.contract.stores import owed, subject, verdict


class Now:
    """The real time: the register stamps verdicts with it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with opened(request, tmp_path) as found:
        yield found


def breaches(database: Database) -> list[str]:
    """What the invariant checker names, over these books."""
    twin = MemoryStore()
    ledger, bound = SqlLedger(database), timedelta(minutes=15)
    checking = Checking(twin, twin, twin, MemoryVault(), MemoryContents(), ledger, Now(), bound)
    return [f"{one.invariant} {one.thing}: {one.what}" for one in checking.breaches()]


def scanned(database: Database, key: str) -> int:
    """A request from filing to verdict."""
    requests, now = SqlRequests(database), Now().now()
    [number] = requests.accept([owed(key)], now)
    [held] = requests.claim([number], "w", now, now + timedelta(seconds=60))
    SqlRegister(database).commit(Change(verdicts=(Judged(subject(key), verdict(), number, held.token),)))
    return number


def test_good_books_name_nothing(database: Database) -> None:
    scanned(database, "a")
    SqlRequests(database).accept([owed("b")], Now().now())
    assert breaches(database) == []


def test_a_request_that_is_done_without_a_verdict_is_named(database: Database) -> None:
    scanned(database, "a")
    number = scanned(database, "b")
    with database.writing() as connection:
        connection.execute(text("DELETE FROM verdict WHERE request_id = :n"), {"n": number})
    assert breaches(database) == [f"I2 request {number}: is done and has no verdict"]


def test_a_request_with_two_verdicts_is_named(database: Database) -> None:
    number = scanned(database, "a")
    columns = (
        "request_id, bucket, key, version_id, etag, size, account, modified, sha256, word, clause, rule,"
        " rulebook_digest, limits_digest, rescan, document, at"
    )
    with database.writing() as connection:
        connection.execute(text(f"INSERT INTO verdict ({columns}) SELECT {columns} FROM verdict"))
    assert breaches(database) == [f"I5 request {number}: has more than one verdict"]


def test_an_upload_that_waits_beyond_its_bound_is_named(database: Database) -> None:
    [number] = SqlRequests(database).accept([owed("a")], Now().now() - timedelta(hours=1))
    assert breaches(database) == [f"I2 request {number}: is an upload without a verdict for over 0:15:00"]


def test_a_lease_that_ran_out_long_ago_is_named(database: Database) -> None:
    requests, now = SqlRequests(database), Now().now()
    [number] = requests.accept([owed("a")], now)
    then = now - timedelta(hours=1)
    requests.claim([number], "w", then, then + timedelta(seconds=60))
    assert breaches(database) == [f"I15 request {number}: is held under a lease that ran out long ago"]
