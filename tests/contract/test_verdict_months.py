"""Verdicts by month: PostgreSQL partitions, a plain table on SQLite; nothing is dropped that is still owed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, select, text

from scanner.adapters.api_tables import verdict_page
from scanner.adapters.memory import FixedClock, MemoryDoorbell
from scanner.adapters.sql import Database
from scanner.adapters.sql_pruning import SqlPruning
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.tables import verdict as table
from scanner.adapters.verdict_months import VerdictMonths
from scanner.domain.changes import Change, Judged
from scanner.domain.coverage import Gap, Reason
from scanner.domain.months import Month
from scanner.domain.requests import Lane
from scanner.services.ageing import Ageing
from scanner.services.intake import Intake
from scanner.wire.records import to_text
from tests.contract.databases import emptied, opened
from tests.contract.stores import owed, subject, verdict

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with opened(request, tmp_path) as found:
        yield found


def put(database: Database, key: str, at: datetime, version: str = "v1", gap: Reason | None = None) -> None:
    """A verdict as recorded at a time."""
    found = verdict()
    if gap is not None:
        found = replace(found, coverage=replace(found.coverage, gaps=(Gap(gap),)))
    row = {
        "request_id": 0, "bucket": "tenant", "key": key, "version_id": version, "etag": "e" + version, "size": 3,
        "account": "account-1", "modified": "", "sha256": "a" * 64, "word": found.word, "clause": found.clause,
        "rule": found.rule, "rulebook_digest": "d" * 64, "limits_digest": "l", "rescan": "", "at": at,
        "document": to_text(found),
    }  # fmt: skip
    with database.writing() as connection:
        connection.execute(insert(table).values(**row))


def count(database: Database, name: str = "verdict") -> int:
    with database.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() or 0)


def ageing(database: Database, keep: int = 2) -> tuple[Ageing, SqlRequests]:
    requests, clock = SqlRequests(database), FixedClock(NOW)
    return Ageing(VerdictMonths(database), Intake(requests, MemoryDoorbell(), clock), clock, keep), requests


def test_an_old_table_is_moved_into_partitions_with_every_row(postgres_server: str) -> None:
    database = emptied(postgres_server)
    with database.writing() as connection:
        command.upgrade(database._alembic(connection), "0008")
    for month in (1, 2, 4):
        put(database, f"k{month}", datetime(2026, month, 3, tzinfo=UTC))
    database.migrate()
    assert (count(database), count(database, "verdict_y2026m02"), count(database, "verdict_default")) == (3, 1, 0)
    SqlRegister(database).commit(Change(verdicts=(Judged(subject("new"), verdict()),)))
    assert [number for number, _ in SqlRegister(database).verdicts("", "", 0, 10)] == [1, 2, 3, 4], "numbers go on"
    database.close()


def test_months_have_their_partition_before_they_begin_and_making_them_twice_makes_one(postgres_server: str) -> None:
    database = emptied(postgres_server)
    database.migrate()
    months = VerdictMonths(database)
    far = datetime(2031, 11, 30, 23, 59, 59, tzinfo=UTC)
    assert [month.name for month in months.ensure(far)] == ["verdict_y2031m11", "verdict_y2031m12", "verdict_y2032m01"]
    assert months.ensure(far) == []
    put(database, "last", far)
    put(database, "first", datetime(2031, 12, 1, tzinfo=UTC))
    assert (count(database, "verdict_y2031m11"), count(database, "verdict_y2031m12")) == (1, 1)
    database.close()


def test_a_clock_that_jumped_ahead_stops_nothing_and_its_rows_find_their_month_later(postgres_server: str) -> None:
    database = emptied(postgres_server)
    database.migrate()
    put(database, "future", datetime(2040, 5, 5, tzinfo=UTC))
    assert count(database, "verdict_default") == 1
    VerdictMonths(database).ensure(datetime(2040, 4, 1, tzinfo=UTC))
    assert (count(database, "verdict_default"), count(database, "verdict_y2040m05")) == (0, 1)
    database.close()


def test_a_month_that_is_over_is_dropped_only_when_all_in_it_was_judged_anew(database: Database) -> None:
    VerdictMonths(database).ensure(datetime(2026, 2, 1, tzinfo=UTC))
    old, later = datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC)
    put(database, "superseded", old)
    put(database, "superseded", later)
    put(database, "only", old)
    put(database, "gone", old, gap=Reason.GONE)
    age, requests = ageing(database)
    done = age.beat()
    assert (done["verdicts renewed"], done["months dropped"], count(database)) == (1, 0, 4)
    assert age.beat()["verdicts renewed"] == 1, "asked again, filed once"
    assert dict(requests.counts()) == {"owed": 1}
    ids = requests.fair(Lane.BULK, NOW, 10)
    [held] = requests.claim(ids, "w", NOW, NOW)
    SqlRegister(database).commit(Change(verdicts=(Judged(held.subject, verdict(), held.id, held.token),)))
    assert age.beat()["months dropped"] == 1
    assert Month(2026, 2) not in VerdictMonths(database).months()
    kept = [judged.subject.key for _, judged in SqlRegister(database).verdicts("", "", 0, 10)]
    assert kept == ["superseded", "only"]


def test_a_month_is_dropped_though_its_object_is_known_under_another_version_by_now(database: Database) -> None:
    VerdictMonths(database).ensure(datetime(2026, 2, 1, tzinfo=UTC))
    put(database, "was/plain", datetime(2026, 2, 3, tzinfo=UTC), version="")
    age, requests = ageing(database)
    assert age.beat()["verdicts renewed"] == 1
    [held] = requests.claim(requests.fair(Lane.BULK, NOW, 10), "w", NOW, NOW)
    there = replace(held.subject, version_id="v2")  # its bucket keeps versions since
    SqlRegister(database).commit(Change(verdicts=(Judged(there, verdict(), held.id, held.token),)))
    assert age.beat()["months dropped"] == 1


def test_months_within_the_bound_are_left_alone(database: Database) -> None:
    put(database, "only", datetime(2026, 4, 3, tzinfo=UTC))
    age, _ = ageing(database)
    assert {name: n for name, n in age.beat().items() if name != "months made" and n} == {}
    assert count(database) == 1


def test_the_pages_of_a_dropped_months_verdicts_go_with_it(database: Database) -> None:
    put(database, "old", datetime(2026, 1, 3, tzinfo=UTC))
    put(database, "new", datetime(2026, 2, 3, tzinfo=UTC))
    with database.writing() as connection:
        for number in list(connection.execute(select(table.c.id)).scalars()):
            row = {"verdict_id": number, "page": 0, "document": "[]"}
            connection.execute(insert(verdict_page).values(**row))
    VerdictMonths(database).drop(Month(2026, 1))
    with database.reading() as connection:
        kept = list(connection.execute(select(verdict_page.c.verdict_id)).scalars())
        assert kept == list(connection.execute(select(table.c.id).where(table.c.key == "new")).scalars())


def test_requests_that_were_done_long_ago_are_deleted_and_no_others(database: Database) -> None:
    requests, now = SqlRequests(database), datetime.now(UTC)
    for key, moment in (("old", now - timedelta(days=50)), ("new", now - timedelta(days=1))):
        [number] = requests.accept([owed(key)], moment)
        [held] = requests.claim([number], "w", moment, moment + timedelta(seconds=60))
        SqlRegister(database).commit(Change(verdicts=(Judged(subject(key), verdict(), number, held.token),)))
    requests.accept([owed("waits")], now - timedelta(days=50))
    with database.writing() as connection:
        connection.execute(text("UPDATE scan_request SET done_at = rung_at WHERE state = 'done'"))
    assert SqlPruning(database).prune(now - timedelta(days=35)) == 1
    assert dict(requests.counts()) == {"owed": 1, "done:VIOLATION": 1}
    assert SqlPruning(database).prune(now - timedelta(days=35)) == 0


def test_months_count_over_new_year() -> None:
    assert Month(2026, 12).plus(1) == Month(2027, 1)
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert Month(2026, 1).plus(-25) == Month(2023, 12)
    assert Month(2026, 2).end == datetime(2026, 3, 1, tzinfo=UTC)
