"""Accounts, sessions, tokens, brakes and kept answers on SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from scanner.adapters.sql import Database
from scanner.adapters.sql_access import LONGEST_WAIT, SqlAccess
from scanner.adapters.sql_answers import SqlAnswers
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.access import Account, Right, Role, Session, Token
from scanner.domain.audit import AuditEntry
from scanner.domain.chain import broken_links
from scanner.errors import ConflictError, UsageError
from scanner.ports_access import KeptAnswer

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LI = Account("li", "李", (Role.REVIEWER, Role.LEAD), NOW, "hash", "sealed")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'aup.sqlite3'}")
    else:
        opened = Database(request.getfixturevalue("postgres_server"))
        with opened.writing() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    opened.migrate()
    yield opened
    opened.close()


def entry(verb: str) -> AuditEntry:
    return AuditEntry(NOW, "root", verb, "@li", "asked")


def test_an_account_comes_back_as_it_was_kept_with_its_entry_in_the_chain(database: Database) -> None:
    store = SqlAccess(database)
    store.keep(LI, [entry("account-added")])
    assert store.account("li") == LI
    assert store.accounts() == [LI]
    assert store.account("nobody") is None
    chain = SqlRegister(database).chain(0, 10)
    assert len(chain) == 1
    assert broken_links(chain) == []


def test_an_account_changed_by_two_is_changed_once(database: Database) -> None:
    store = SqlAccess(database)
    store.keep(LI, ())
    store.keep(replace(LI, subject="https://id|1", revision=2), ())
    with pytest.raises(ConflictError):
        store.keep(replace(LI, display="x", revision=2), [entry("lost")])
    assert SqlRegister(database).chain(0, 10) == []
    found = store.of_subject("https://id|1")
    assert found is not None
    assert store.of_subject("") is None


def test_a_session_is_kept_seen_ended_and_swept(database: Database) -> None:
    store = SqlAccess(database)
    one, old = Session("d1", "li", 1, "c", NOW, NOW), Session("d2", "li", 1, "c", NOW - timedelta(days=2), NOW)
    store.start(one, [entry("signed-in")])
    store.start(old, ())
    store.seen("d1", NOW + timedelta(minutes=5))
    assert store.session("d1") == replace(one, seen_at=NOW + timedelta(minutes=5))
    assert store.sweep(NOW - timedelta(days=1)) == 1
    assert store.session("d2") is None
    store.end("d1", [entry("signed-out")])
    assert store.session("d1") is None


def test_a_token_is_found_by_its_digest_until_it_is_revoked(database: Database) -> None:
    store = SqlAccess(database)
    token = Token("T1", "portal", "d" * 64, (Right.CASES_READ,), NOW, "root", "acme", NOW + timedelta(days=1))
    store.keep_token(token, [entry("token-issued")])
    assert store.of_digest("d" * 64) == token
    assert token.is_good(NOW)
    assert not token.is_good(NOW + timedelta(days=2))
    store.keep_token(replace(token, revoked_at=NOW, revision=2), ())
    assert [found.is_good(NOW) for found in store.tokens()] == [False]


def test_failures_hold_back_for_longer_and_longer_until_cleared(database: Database) -> None:
    store, keys = SqlAccess(database), ("name:li", "address:1")
    for _ in range(4):
        store.failed("name:li", NOW)
    assert store.held(keys) is None
    store.failed("name:li", NOW)
    assert store.held(keys) == NOW + timedelta(seconds=1)
    for _ in range(30):
        store.failed("name:li", NOW)
    assert store.held(keys) == NOW + LONGEST_WAIT
    store.cleared("name:li")
    assert store.held(keys) is None


def test_a_key_is_taken_once_and_answered_from_then_on(database: Database) -> None:
    answers, kept = SqlAnswers(database), KeptAnswer(200, "application/json", b"{}")
    now = datetime.now(UTC)
    assert answers.take("k", "a", now) is None
    with pytest.raises(ConflictError):
        answers.take("k", "a", now)
    answers.keep("k", kept)
    assert answers.take("k", "a", now) == kept
    with pytest.raises(UsageError):
        answers.take("k", "another call", now)
    assert answers.take("k", "another call", now + timedelta(days=2)) is None


def test_a_call_that_died_gives_its_key_back(database: Database) -> None:
    answers, now = SqlAnswers(database), datetime.now(UTC)
    assert answers.take("k", "a", now) is None
    answers.free("k")
    assert answers.take("k", "b", now) is None
    assert answers.take("k", "c", now + timedelta(minutes=2)) is None
