"""How PostgreSQL chooses a batch where a flood came faster than its statistics: by a few look-ups, never by a walk."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from scanner.adapters import sql_requests
from scanner.adapters.sql import Database
from scanner.adapters.sql_requests import SqlRequests
from scanner.domain.requests import Lane
from tests.contract.databases import emptied
from tests.contract.stores import NOW, owed

FLOOD = 20_000


@pytest.fixture
def flooded(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A flood of one account, filed after statistics were taken of a table where next to nothing was owed."""
    database = emptied(request.getfixturevalue("postgres_server"))
    database.migrate()
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE scan_request SET (autovacuum_enabled = false)"))
    requests = SqlRequests(database)
    requests.accept([owed(f"first-{n}") for n in range(500)], NOW)
    with database.writing() as connection:
        connection.execute(text("UPDATE scan_request SET state = 'done', done_at = now()"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE scan_request"))
    for start in range(0, FLOOD, 5_000):
        requests.accept([owed(f"flood-{start + n}") for n in range(5_000)], NOW)
    yield database
    database.close()


def _plan(database: Database, query: str, *values: object) -> str:
    with database.reading() as connection:
        sql = "EXPLAIN (ANALYZE, TIMING OFF) " + query.format("%s")
        return "\n".join(row[0] for row in connection.exec_driver_sql(sql, values))


def test_a_batch_is_chosen_by_the_index_of_turns(flooded: Database) -> None:
    with flooded.reading() as connection:
        turn = connection.execute(text("SELECT max(turn) FROM scan_request")).scalar_one()
    lane = str(Lane.UPLOADS)
    for plan in (
        _plan(flooded, sql_requests._NEXT_TURN, lane, "", "~"),
        _plan(flooded, sql_requests._OLDEST, lane, turn, 8),
    ):
        assert "ix_scan_request_owed_turn" in plan, plan
        assert "ix_scan_request_owed_rung" not in plan, plan


def test_what_is_overdue_is_found_by_the_index_of_rings(flooded: Database) -> None:
    later = NOW + timedelta(hours=1)
    assert len(SqlRequests(flooded).due(Lane.UPLOADS, later, 50)) == 50
    with flooded.reading() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        query = "SELECT id FROM scan_request WHERE " + OVERDUE
        plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {query}"))
    assert "ix_scan_request_owed_rung" in plan, plan


OVERDUE = "state = 'owed' AND rung_at > '-infinity' AND rung_at < '2020-01-01' ORDER BY rung_at LIMIT 10"
