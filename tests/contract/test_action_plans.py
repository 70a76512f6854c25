"""How both databases find what is due among actions: along indices over what may be, never over what only waits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import DateTime, column, event, insert, table, text

from scanner.adapters.sql import Database
from scanner.adapters.sql_casebook import SqlOutbox
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_register import SqlRegister, _action_row
from scanner.adapters.tables import OPEN
from scanner.domain.actions import FINAL_STATES, ActionState, Measure
from scanner.domain.changes import Change
from scanner.domain.enforcement.brakes import Begun
from tests.contract.databases import emptied, opened
from tests.contract.stores import NOW, action

COOL = 1_200  # deletions in their cool-off
OVER = 2_000  # actions that ended long ago


@pytest.fixture(params=["sqlite", "postgres"])
def crowded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Years of actions that ended, a thousand deletions that wait, one that a clock dated far ahead, and one due."""
    with opened(request, tmp_path) as database:
        register, cool = SqlRegister(database), NOW + timedelta(days=6)
        over = [replace(action(f"O{n}"), state=ActionState.DONE) for n in range(OVER)]
        waiting = [replace(action(f"W{n}", due=cool), measure=Measure.DELETE) for n in range(COOL)]
        ahead = replace(action("A2", due=NOW + timedelta(days=300)), attempts=1)
        register.commit(Change(actions=(*over, *waiting, action("A1"), ahead)))
        yield database


def test_a_thousand_waiting_deletions_hide_nothing_that_a_clock_dated_ahead(crowded: Database) -> None:
    assert [one.id for one in SqlOutbox(crowded).due_actions(NOW, 10)] == ["A1", "A2"]


def test_what_is_due_is_found_along_the_indices_over_what_may_be(crowded: Database) -> None:
    asked: list[tuple[str, object]] = []

    @event.listens_for(crowded.engine, "before_cursor_execute")
    def hear(_c: object, _cursor: object, statement: str, values: object, _context: object, _many: object) -> None:
        asked.append((statement, values))

    SqlOutbox(crowded).due_actions(NOW, 10)
    due, far = (_plan(crowded, *one) for one in [one for one in asked if "FROM action" in one[0]][:2])
    assert "ix_action_open" in due, due
    assert "ix_action_tried" in far, far


def test_the_deletions_of_the_hour_are_counted_along_an_index(crowded: Database) -> None:
    rows = [Begun(f"A{n}.1", f"A{n}", "a", NOW - timedelta(minutes=7 * n), 10**6) for n in range(400)]
    SqlRegister(crowded).commit(Change(begun=tuple(rows[::-1])))
    asked: list[tuple[str, object]] = []

    @event.listens_for(crowded.engine, "before_cursor_execute")
    def hear(_c: object, _cursor: object, statement: str, values: object, _context: object, _many: object) -> None:
        asked.append((statement, values))

    assert SqlEnforcement(crowded).begun(NOW - timedelta(hours=1), NOW, "a", "").count == 9
    [query] = [one for one in asked if "FROM enforcement" in one[0]]
    plan = _plan(crowded, *query)
    assert "ix_enforcement_kind_state_due_at" in plan, plan


def test_a_deletion_that_was_tried_waits_no_more(crowded: Database) -> None:
    tried = replace(action("W7"), measure=Measure.DELETE, attempts=1, revision=2, due_at=NOW + timedelta(days=300))
    SqlRegister(crowded).commit(Change(actions=(tried,)))
    assert [one.id for one in SqlOutbox(crowded).due_actions(NOW, 10)] == ["A1", "A2", "W7"]


def test_the_indices_leave_out_just_the_states_that_are_final() -> None:
    assert sorted(FINAL_STATES) == sorted(OPEN.split("(")[1].rstrip(")").replace("'", "").split(", "))


def _plan(database: Database, statement: str, values: object) -> str:
    with database.reading() as connection:
        if not database.is_sqlite:
            connection.execute(text("ANALYZE action, enforcement"))
        word = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        return "\n".join(str(row) for row in connection.exec_driver_sql(word + statement, values))


@pytest.mark.parametrize("before", ["sqlite", "postgres"])
def test_deletions_that_waited_before_the_migration_wait_after_it(
    before: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'aup.sqlite3'}"
    database = Database(url) if before == "sqlite" else emptied(request.getfixturevalue("postgres_server"))
    with database.engine.connect() as connection:
        command.upgrade(database._alembic(connection), "0016")
        connection.commit()
    cool = NOW + timedelta(days=6)
    rows = [replace(action("W1", due=cool), measure=Measure.DELETE)]
    rows += [replace(action("A1", due=cool), attempts=1), replace(rows[0], id="T1", attempts=1)]
    with database.writing() as connection:
        for row in rows:
            values = {name: value for name, value in _action_row(row).items() if name != "waits"}
            columns = [column(name, DateTime(timezone=True) if name == "due_at" else None) for name in ("id", *values)]
            connection.execute(insert(table("action", *columns)).values(id=row.id, **values))
    database.migrate()
    with database.reading() as connection:
        waiting = connection.execute(text("SELECT id FROM action WHERE waits")).scalars().all()
    assert waiting == ["W1"]
    assert [one.id for one in SqlOutbox(database).due_actions(NOW, 10)] == ["A1", "T1"]
    database.close()
