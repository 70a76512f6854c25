"""Ledger and record of usage under one contract: the twin in memory, SQLite and PostgreSQL."""

import time
from array import array
from collections.abc import ItemsView, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from scanner.adapters.sql import Database
from scanner.adapters.usage_ledger import SqlUsageLedger, unpack
from scanner.adapters.usage_memory import MemoryUsage
from scanner.adapters.usage_record import SqlUsageRecord
from scanner.domain.usage.causes import Process, Snapshot
from scanner.domain.usage.incidents import Incident, IncidentState
from scanner.domain.usage.resources import NUMBER, Resource
from scanner.domain.usage.samples import ACCOUNT_SHIFT, RESOURCE_SHIFT, Columns
from scanner.domain.usage.thresholds import Ruling
from scanner.errors import ConflictError, StoreError
from scanner.ports_usage import Stored, UsageLedger, UsageRecord
from tests.contract.databases import opened

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Rows = tuple[UsageLedger, UsageRecord]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rows]:
    """Both ports of one store."""
    if request.param == "memory":
        twin = MemoryUsage()
        yield twin, twin
        return
    with opened(request, tmp_path) as database:
        yield SqlUsageLedger(database), SqlUsageRecord(database)


def batch(account: int, *points: tuple[int, float], total: bool = False) -> Columns:
    key = account << ACCOUNT_SHIFT | NUMBER[Resource.CPU] << RESOURCE_SHIFT | total
    seconds, values = [at for at, _ in points], [value for _, value in points]
    return Columns(array("I", [key] * len(points)), array("I", seconds), array("d", values))


def incident(number: int, **more: object) -> Incident:
    return replace(Incident(f"U{number}", "acme", "3.1.3.6", NOW + timedelta(hours=number), NOW), **more)  # type: ignore[arg-type]


def test_accounts_get_ids_once(rows: Rows) -> None:
    ledger, _ = rows
    first = ledger.enrol(["a", "b"])
    assert ledger.enrol(["b", "c", "a"]) == {**first, "c": ledger.enrol(["c"])["c"]}
    assert len(set(first.values())) == 2


def test_batches_come_back_in_order_with_every_bit(rows: Rows) -> None:
    ledger, _ = rows
    wanted = [batch(1, (10, 0.1), (70, 1e300)), batch(2, (20, 5e-324))]
    for columns in wanted:
        ledger.append(columns, NOW, {})
    found = ledger.after(0, 10)
    assert [columns for _, columns in found] == wanted
    assert [columns for _, columns in ledger.after(found[0][0], 10)] == wanted[1:]
    assert len(ledger.after(0, 1)) == 1


def test_a_cursor_moves_with_its_samples(rows: Rows) -> None:
    ledger, _ = rows
    assert ledger.cursor("prom/cpu") == 0
    ledger.append(batch(1, (10, 1.0)), NOW, {"prom/cpu": 10})
    ledger.append(Columns(), NOW, {"prom/cpu": 70})
    assert ledger.cursor("prom/cpu") == 70
    assert len(ledger.after(0, 10)) == 1


def test_a_state_is_kept_whole_and_only_the_next_revision_is_taken(rows: Rows) -> None:
    ledger, _ = rows
    assert ledger.state(with_parts=True) == Stored()
    parts = {"rate": bytes(range(256)) * 50_000, "closed": b"5"}
    ledger.save(Stored(3, 1, parts), [])
    assert ledger.state(with_parts=True) == Stored(3, 1, parts)
    ledger.save(Stored(4, 2, None), [incident(1)])
    assert (ledger.state(with_parts=True).parts, ledger.state(with_parts=True).position) == (parts, 4)
    with pytest.raises(ConflictError):
        ledger.save(Stored(9, 2, {}), [])
    with pytest.raises(ConflictError):
        ledger.save(Stored(9, 1, {}), [])
    assert ledger.state(with_parts=False).position == 4


def test_incidents_are_found_by_account_state_and_what_they_owe(rows: Rows) -> None:
    ledger, record = rows
    done = incident(1, state=IncidentState.RESOLVED)
    owing, other = incident(2, ruling=Ruling.THROTTLE), incident(3, account="zed")
    ledger.save(Stored(0, 1, {}), [done, owing, other])
    assert record.incidents("acme", only_open=False, limit=10) == [owing, done]
    assert record.incidents("", only_open=True, limit=10) == [other, owing]
    assert record.owing(10) == [owing]
    record.update(replace(owing, carried=Ruling.THROTTLE))
    assert record.owing(10) == []
    assert record.incidents("", only_open=False, limit=1) == [other]


def test_snapshots_are_kept_once_bounded_and_newest_first(rows: Rows) -> None:
    _, record = rows
    shots = [Snapshot("acme", NOW + timedelta(seconds=n), "agent", (Process(f"p{n}", 0.5),)) for n in range(30)]
    record.note(shots)
    record.note([*shots[-3:], Snapshot("zed", NOW)])
    found = record.snapshots(NOW - timedelta(days=1), "acme", 100)
    assert found == list(reversed(shots[-20:]))
    assert len(record.snapshots(NOW + timedelta(seconds=28), "", 100)) == 2


def test_telling_snapshots_are_not_pushed_out_by_quiet_ones(rows: Rows) -> None:
    _, record = rows
    shots = [Snapshot("acme", NOW + timedelta(seconds=n), "agent", (Process(f"p{n}", 0.5),)) for n in range(60)]
    for number, shot in enumerate(shots):
        record.note([shot], {shot} if number < 30 else ())
    assert record.snapshots(NOW, "acme", 100, telling=True) == list(reversed(shots[10:30]))
    assert record.snapshots(NOW, "acme", 100) == list(reversed(shots[10:30] + shots[40:]))
    assert record.snapshots(NOW, "", 1, telling=True) == [shots[29]]


def test_a_batch_that_is_being_written_keeps_later_ones_from_being_read_before_it(rows: Rows) -> None:
    ledger, _ = rows
    if not isinstance(ledger, SqlUsageLedger) or ledger.database.is_sqlite:
        return  # nobody else writes meanwhile
    begun, go_on = Event(), Event()

    class Slow(dict[str, int]):
        """Cursors that come late: the batch is written, and nobody sees it yet."""

        def items(self) -> ItemsView[str, int]:
            begun.set()
            go_on.wait(5)
            return super().items()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(ledger.append, batch(1, (10, 1.0)), NOW, Slow())
        begun.wait(5)
        two = pool.submit(ledger.append, batch(1, (70, 2.0)), NOW, {})
        time.sleep(0.3)
        seen = ledger.after(0, 10)
        go_on.set()
        one.result(10)
        two.result(10)
    assert seen == []
    assert [columns.at[0] for _, columns in ledger.after(0, 10)] == [10, 70]


def test_history_joins_batches_and_turns_totals_into_rates(rows: Rows) -> None:
    ledger, record = rows
    number = ledger.enrol(["zed", "acme"])["acme"]
    ledger.append(batch(number, (100, 60.0), (160, 120.0), total=True), NOW, {})
    ledger.append(batch(number, (160, 120.0), (220, 30.0), total=True), NOW, {})
    ledger.append(batch(number, (280, 0.25)), NOW, {})
    ledger.append(batch(number + 50, (280, 9.0)), NOW, {})
    assert record.history("acme", Resource.CPU, 100, 300) == [(160, 1.0), (220, 0.5), (280, 0.25)]
    assert record.history("acme", Resource.CPU, 270, 300) == [(280, 0.25)]
    assert record.history("acme", Resource.MEMORY, 0, 300) == []
    assert record.history("nobody", Resource.CPU, 0, 300) == []


def test_old_batches_that_the_state_covers_are_let_go(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'aup.sqlite3'}")
    database.migrate()
    ledger = SqlUsageLedger(database, keep=100)
    for at in (1_000, 2_000, 2_950):
        ledger.append(batch(1, (at, 1.0)), NOW, {})
    assert ledger.prune(3_000, 1) == 1
    assert ledger.prune(3_000, 3) == 1
    assert len(ledger.after(0, 10)) == 1
    with pytest.raises(StoreError, match="is no batch"):
        unpack(b"garbage")
