"""Databases that contracts are held against: SQLite in a file, and a real PostgreSQL, emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from scanner.adapters.sql import Database


def emptied(url: str) -> Database:
    """The PostgreSQL database without anything in it, not even tables."""
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return database


@contextmanager
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database of the kind that the fixture's parameter names: sqlite or postgres."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'aup.sqlite3'}")
    else:
        database = emptied(request.getfixturevalue("postgres_server"))
    database.migrate()
    yield database
    database.close()
