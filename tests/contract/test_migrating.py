"""Bringing the schema up: wholly or not at all, and never over what a newer release left."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import op
from sqlalchemy import inspect, text

from scanner.adapters.sql import Database
from scanner.errors import StoreError
from tests.contract.databases import emptied


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without anything in it."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'aup.sqlite3'}")
    else:
        made = emptied(request.getfixturevalue("postgres_server"))
    yield made
    made.close()


def _tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def test_a_migration_that_breaks_off_leaves_nothing_behind_and_the_next_start_goes_through(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, *_told: object, **_more: object) -> None:
        assert name
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(op, "create_index", full)  # the first index comes behind the first tables
    with pytest.raises(OSError, match="No space left"):
        database.migrate()
    assert _tables(database) <= {"alembic_version"}
    monkeypatch.undo()
    database.migrate()
    assert {"cdn_purge", "scan_request"} <= _tables(database)


def test_a_schema_of_a_newer_release_is_told_of_and_not_touched(database: Database) -> None:
    database.migrate()
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="not one of this release") as refused:
        database.migrate()
    assert "newer release" in refused.value.mend


def test_a_pool_that_is_used_up_is_a_trouble_of_the_store(postgres_server: str) -> None:
    database = emptied(postgres_server)
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # seconds a caller waits for a connection
    held = [database.engine.connect() for _ in range(10)]
    with pytest.raises(StoreError, match="no connection"), database.reading():
        pass
    for connection in held:
        connection.close()
    database.close()
