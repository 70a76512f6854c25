"""Our stores under one contract (the in-memory twin, SQLite, PostgreSQL), and strict S3 stores for the measures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.adapters.memory import MemoryStore
from scanner.adapters.sql_casebook import SqlCasebook, SqlOutbox, SqlRescans
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from tests.contract.databases import opened
from tests.contract.s3_stores import Store, strict_store
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


@pytest.fixture
def store() -> Iterator[Store]:
    """A strict store with a public, versioned bucket."""
    with strict_store() as found:
        found.bucket()
        yield found


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    """One strict store for many buckets."""
    with strict_store() as found:
        yield found


@pytest.fixture
def plain() -> Iterator[Store]:
    """A strict store with a public bucket that keeps no versions."""
    with strict_store() as found:
        found.bucket(versions=False)
        yield found
