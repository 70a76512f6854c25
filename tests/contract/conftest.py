"""Every store under one contract: the in-memory twin, SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.adapters.memory import MemoryStore
from scanner.adapters.sql_casebook import SqlCasebook, SqlOutbox, SqlRescans
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from tests.contract.databases import opened
from tests.contract.stores import Stores


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """All ports of one store."""
    if request.param == "memory":
        twin = MemoryStore()
        yield Stores(twin, twin, twin, twin, twin)
        return
    with opened(request, tmp_path) as database:
        parts = SqlRequests(database), SqlRegister(database), SqlCasebook(database)
        yield Stores(*parts, SqlOutbox(database), SqlRescans(database))
