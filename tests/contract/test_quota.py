"""The quota: an account's flood goes to the bulk lane beyond its room; nothing is lost and no neighbour notices."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from scanner.adapters.memory import FixedClock, MemoryDoorbell
from scanner.adapters.sql import Database
from scanner.adapters.sql_backlog import SqlBacklog
from scanner.adapters.sql_requests import SqlRequests
from scanner.domain.content import UploadEvent
from scanner.domain.requests import Lane
from scanner.services.intake import Intake
from tests.contract.databases import opened

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with opened(request, tmp_path) as found:
        yield found


def lanes(database: Database) -> dict[tuple[str, str], int]:
    with database.reading() as connection:
        rows = connection.execute(text("SELECT account, lane, count(*) FROM scan_request GROUP BY account, lane"))
        return {(row[0], row[1]): row[2] for row in rows}


def upload(bucket: str, number: int) -> UploadEvent:
    return UploadEvent(bucket, f"k{number}", "v1", "e", 3, f"{number}")


def test_a_flood_beyond_its_room_waits_in_the_bulk_lane_and_none_is_lost(database: Database) -> None:
    requests = SqlRequests(database)
    intake = Intake(requests, MemoryDoorbell(), FixedClock(NOW), room=SqlBacklog(database, 50).room)
    for start in (0, 30, 60):
        intake.accept([upload("flood", start + n) for n in range(30)])
    intake.accept([upload("quiet", n) for n in range(3)])
    assert lanes(database) == {("flood", "uploads"): 50, ("flood", "bulk"): 40, ("quiet", "uploads"): 3}
    held = requests.claim(requests.fair(Lane.UPLOADS, NOW, 6), "w", NOW, NOW)
    assert sum(row.subject.account == "quiet" for row in held) == 3, "the neighbour has its full turn"
    database.close()


def test_room_comes_back_as_uploads_are_taken_and_a_repeat_stays_in_its_lane(database: Database) -> None:
    requests = SqlRequests(database)
    intake = Intake(requests, MemoryDoorbell(), FixedClock(NOW), room=SqlBacklog(database, 10).room)
    events = [upload("a", n) for n in range(12)]
    first = intake.accept(events)
    requests.claim(first.requests[:5], "w", NOW, NOW)
    assert intake.accept(events).requests == first.requests
    intake.accept([upload("a", n) for n in range(100, 105)])
    assert lanes(database) == {("a", "uploads"): 15, ("a", "bulk"): 2}
    database.close()
