"""Metrics from the database: exact counters, bounded labels, ages that grow; on SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scanner.adapters.metric_rows import counted, gather
from scanner.adapters.prometheus_text import prometheus_text
from scanner.adapters.sql import Database
from scanner.adapters.sql_intake import SqlDeadLetters, SqlNotes
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.sql_sights import SqlSights
from scanner.domain.actions import put_off
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Subject
from scanner.domain.deliveries import DeadLetter
from scanner.domain.enforcement.brakes import Begun
from scanner.domain.requests import Lane, Owed
from tests.contract.databases import opened
from tests.contract.stores import action, subject, verdict

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with opened(request, tmp_path) as found:
        yield found


def shown(database: Database, now: datetime = NOW) -> dict[tuple[str, ...], float]:
    """Every sample by its name and label values."""
    body = prometheus_text(SqlSights(database).look(now)).decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def owed(account: str, number: int, lane: Lane = Lane.UPLOADS) -> Owed:
    return Owed(Subject(account, f"k{number}", "v", "e", 3, account), lane, "hook")


def test_an_empty_pipeline_shows_zeros(database: Database) -> None:
    found = shown(database)
    assert found["aup_oldest_unscanned_seconds", "uploads"] == 0
    assert found[("aup_scanning_stopped",)] == 0
    assert found["aup_dead_letters", "action-gave-up"] == 0
    assert found["aup_dead_letters", "notice-gave-up"] == 0
    assert ("aup_canary_seconds",) not in found


def test_ages_and_backlogs_are_shown_by_lane_and_account(database: Database) -> None:
    requests = SqlRequests(database)
    requests.accept([owed("a", n) for n in range(5)], NOW - timedelta(seconds=90))
    requests.accept([owed("b", 0), owed("b", 1, Lane.BULK)], NOW - timedelta(seconds=30))
    requests.claim(requests.fair(Lane.UPLOADS, NOW, 1), "w", NOW, NOW + timedelta(seconds=60))
    found = shown(database)
    assert found["aup_oldest_unscanned_seconds", "uploads"] == 90
    assert found["aup_oldest_unscanned_seconds", "bulk"] == 30
    assert found["aup_open_requests", "uploads", "owed"] + found["aup_open_requests", "uploads", "leased"] == 6
    assert found["aup_tenant_lag_seconds", "bulk", "b"] == 30
    assert found["aup_tenant_backlog", "uploads", "a"] in (4, 5)


def test_a_thousand_accounts_are_a_bounded_number_of_labels(database: Database) -> None:
    rows = [owed(f"t{n:04}", 0) for n in range(150)]
    SqlRequests(database).accept(rows, NOW - timedelta(seconds=5))
    found = {key for key in shown(database) if key[0] == "aup_tenant_backlog"}
    assert len(found) == 21
    assert ("aup_tenant_backlog", "uploads", "other") in found


def test_counters_are_exact_whether_gathered_or_not(database: Database) -> None:
    register = SqlRegister(database)
    for number in range(7):
        register.commit(Change(verdicts=(Judged(subject(f"k{number}"), verdict()),)))
        if number == 3:
            assert gather(database) == 8
    assert shown(database)["aup_verdicts_total", "3.1.3.7", "VIOLATION"] == 7
    assert shown(database)["aup_rule_hits_total", "malware.test"] == 7
    gather(database)
    with database.reading() as connection:
        assert set(counted(connection).values()) == {7}
    assert gather(database) == 0
    assert shown(database)["aup_verdicts_total", "3.1.3.7", "VIOLATION"] == 7


def test_a_verdict_whose_request_was_lost_is_not_counted(database: Database) -> None:
    requests = SqlRequests(database)
    [number] = requests.accept([owed("a", 0)], NOW)
    requests.claim([number], "w", NOW, NOW)
    stale = Judged(replace(subject(), account="a"), verdict(), number, token=9)
    assert SqlRegister(database).commit(Change(verdicts=(stale,))) == {number}
    assert not [key for key in shown(database) if key[0] == "aup_verdicts_total"]


def test_dead_letters_the_canary_gates_and_costs_are_shown(database: Database) -> None:
    SqlDeadLetters(database).keep([DeadLetter("sqs:q", "unusable", "no JSON", b"x", 1, NOW)] * 2)
    notes, at = SqlNotes(database), (NOW - timedelta(seconds=12)).isoformat()
    notes.save_note("canary", "last", f'{{"seconds": 1.5, "at": "{at}", "put": "{at}", "word": "VIOLATION"}}')
    notes.save_note("gate", "b", '{"bucket": "b", "mode": "gate"}')
    notes.save_note("costs", "rules", '{"malware.test": 3.5}')
    notes.save_note("alarm", "scanning", '{"what": "an upload has waited"}')
    found = shown(database)
    assert found["aup_dead_letters", "message-unusable"] == 1
    assert (found[("aup_canary_seconds",)], found[("aup_canary_age_seconds",)]) == (1.5, 12)
    assert (found["aup_gates", "gate"], found["aup_rule_cost_microseconds", "malware.test"]) == (1, 3.5)
    assert found[("aup_scanning_stopped",)] == 1


def test_deletions_of_the_hour_and_those_above_the_ceiling_are_shown(database: Database) -> None:
    waiting = put_off(replace(action(), revision=0), "60 deletions began within an hour", NOW)
    rows = tuple(Begun(f"A{n}.1", f"A{n}", "a", NOW - timedelta(minutes=25 * n), 9) for n in range(4))
    SqlRegister(database).commit(Change(actions=(waiting,), begun=rows))
    found = shown(database)
    assert (found[("aup_deletions_begun",)], found[("aup_deletions_put_off",)]) == (3, 1)
