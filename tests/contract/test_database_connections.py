"""Connections to PostgreSQL: asked whether they live only after they lay idle, and never left in a transaction."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from scanner.adapters import sql
from scanner.adapters.sql import Database
from scanner.errors import StoreError
from tests.contract.databases import emptied


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    made = emptied(request.getfixturevalue("postgres_server"))
    yield made
    made.close()


def _one(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def _cut_all(url: str) -> None:
    other = Database(url)
    query = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = current_database()"
    with other.reading() as connection:
        connection.execute(text(f"{query} AND pid <> pg_backend_pid()")).all()
    other.close()


def test_a_connection_that_was_cut_while_it_lay_idle_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "TRUSTED", 0.0)
    assert _one(database) == 1
    _cut_all(database.url)
    assert _one(database) == 1


def test_a_connection_that_is_cut_in_use_is_told_and_the_next_is_new(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "TRUSTED", 60.0)
    assert _one(database) == 1
    _cut_all(database.url)
    with pytest.raises(StoreError, match="the database failed"):
        _one(database)
    assert _one(database) == 1


def test_an_address_without_a_driver_is_served_by_ours(postgres_server: str) -> None:
    database = Database(postgres_server.replace("postgresql+psycopg://", "postgresql://"))
    assert _one(database) == 1
    database.close()


def test_a_look_is_no_transaction_and_a_change_is_one(database: Database) -> None:
    begun = text("SELECT now()")  # the time at which the transaction began
    with database.reading() as connection:
        assert connection.execute(begun).scalar_one() < connection.execute(begun).scalar_one()
    with database.writing() as connection:
        assert connection.execute(begun).scalar_one() == connection.execute(begun).scalar_one()
