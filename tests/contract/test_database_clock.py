"""The database's clock: asked now and then, counted on between, and not this machine's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.database_clock import DatabaseClock
from scanner.adapters.sql import Database
from scanner.bootstrap import SystemClock, open_house
from scanner.errors import StoreError
from scanner.settings import Settings

MINUTE = timedelta(minutes=1)


@dataclass
class Ticks:
    """Seconds that pass when told."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def database(postgres_server: str) -> Iterator[Database]:
    found = Database(postgres_server)
    yield found
    found.close()


def test_it_is_asked_once_in_a_while_and_counted_on_between(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks()
    clock = DatabaseClock(database, 30.0, ticks)
    first = clock.now()
    assert abs(first - datetime.now(UTC)) < MINUTE
    ticks.seconds = 20.0
    assert clock.now() - first == timedelta(seconds=20)
    ticks.seconds = 31.0
    assert clock.now() - first < timedelta(seconds=15), "asked anew: no half minute has passed there"


def test_a_database_that_is_away_leaves_what_it_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = Ticks()
    clock = DatabaseClock(database, 30.0, ticks)
    first = clock.now()

    def away(_self: Database) -> None:
        raise StoreError("no answer", where="database")

    monkeypatch.setattr(Database, "reading", away)
    ticks.seconds = 40.0
    assert clock.now() - first == timedelta(seconds=40)
    with pytest.raises(StoreError):
        DatabaseClock(database, 30.0, ticks).now()


def test_a_house_goes_by_its_databases_clock_where_that_is_a_server(postgres_server: str, tmp_path: Path) -> None:
    ours = open_house(Settings(state_dir=str(tmp_path / "a")), role="cli")
    theirs = open_house(Settings(state_dir=str(tmp_path / "b"), database_url=postgres_server), role="cli")
    assert isinstance(ours.enforcing.clock, SystemClock)
    assert isinstance(theirs.enforcing.clock, DatabaseClock)
    for house in (ours, theirs):
        house.database.close()
