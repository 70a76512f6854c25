"""Accounts, sessions, tokens, brakes, answers, reports and webhooks: the twins in memory, SQLite and PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.access_memory import MemoryAccess, MemoryAnswers, MemoryReports, MemoryWebhooks
from scanner.adapters.sql_access import LONGEST_WAIT, SqlAccess
from scanner.adapters.sql_answers import SqlAnswers
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_reports import SqlReports
from scanner.adapters.sql_webhooks import SqlWebhooks
from scanner.domain.access import Account, Right, Role, Session, Token
from scanner.domain.audit import AuditEntry
from scanner.domain.chain import broken_links
from scanner.domain.reports import Contact, Received, Report
from scanner.domain.webhooks import Delivery, Webhook, taken, tried
from scanner.errors import ConflictError, UnknownError, UsageError
from scanner.ports_access import KeptAnswer
from tests.contract.databases import opened

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LI = Account("li", "李", (Role.REVIEWER, Role.LEAD), NOW, "hash", "sealed")


@dataclass(frozen=True)
class Stores:
    """All ports of one store; `things` gives what the audit log says was touched, in order."""

    access: SqlAccess | MemoryAccess
    answers: SqlAnswers | MemoryAnswers
    reports: SqlReports | MemoryReports
    hooks: SqlWebhooks | MemoryWebhooks
    verbs: Callable[[], list[str]]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        access, hooks = MemoryAccess(), MemoryWebhooks()
        entries = access.entries, hooks.entries
        verbs = lambda: [one.verb for part in entries for one in part]  # noqa: E731 - one line for each store
        yield Stores(access, MemoryAnswers(), MemoryReports(), hooks, verbs)
        return
    with opened(request, tmp_path) as database:

        def logged() -> list[str]:
            chain = SqlRegister(database).chain(0, 100)
            assert broken_links(chain) == []
            return [json.loads(one.body)["verb"] for one in chain]

        yield Stores(SqlAccess(database), SqlAnswers(database), SqlReports(database), SqlWebhooks(database), logged)


def entry(verb: str) -> AuditEntry:
    return AuditEntry(NOW, "root", verb, "@li", "asked")


def test_an_account_comes_back_as_it_was_kept_with_its_entry_in_the_chain(stores: Stores) -> None:
    store = stores.access
    store.keep(LI, [entry("account-added")])
    assert store.account("li") == LI
    assert store.accounts() == [LI]
    assert store.account("nobody") is None
    assert stores.verbs() == ["account-added"]


def test_an_account_changed_by_two_is_changed_once(stores: Stores) -> None:
    store = stores.access
    store.keep(LI, ())
    store.keep(replace(LI, subject="https://id|1", revision=2), ())
    with pytest.raises(ConflictError):
        store.keep(replace(LI, display="x", revision=2), [entry("lost")])
    assert stores.verbs() == []
    found = store.of_subject("https://id|1")
    assert found is not None
    assert store.of_subject("") is None


def test_a_session_is_kept_seen_ended_and_swept(stores: Stores) -> None:
    store = stores.access
    one, old = Session("d1", "li", 1, "c", NOW, NOW), Session("d2", "li", 1, "c", NOW - timedelta(days=2), NOW)
    store.start(one, [entry("signed-in")])
    store.start(old, ())
    store.seen("d1", NOW + timedelta(minutes=5))
    assert store.session("d1") == replace(one, seen_at=NOW + timedelta(minutes=5))
    assert store.sweep(NOW - timedelta(days=1)) == 1
    assert store.session("d2") is None
    store.end("d1", [entry("signed-out")])
    assert store.session("d1") is None


def test_a_token_is_found_by_its_digest_until_it_is_revoked(stores: Stores) -> None:
    store = stores.access
    token = Token("T1", "portal", "d" * 64, (Right.CASES_READ,), NOW, "root", "acme", NOW + timedelta(days=1))
    store.keep_token(token, [entry("token-issued")])
    assert store.of_digest("d" * 64) == token
    assert token.is_good(NOW)
    assert not token.is_good(NOW + timedelta(days=2))
    store.keep_token(replace(token, revoked_at=NOW, revision=2), ())
    assert [found.is_good(NOW) for found in store.tokens()] == [False]


def test_failures_hold_back_for_longer_and_longer_until_cleared(stores: Stores) -> None:
    store, keys = stores.access, ("name:li", "address:1")
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


def test_a_key_is_taken_once_and_answered_from_then_on(stores: Stores) -> None:
    answers, kept = stores.answers, KeptAnswer(200, "application/json", b"{}")
    now = datetime.now(UTC)
    assert answers.take("k", "a", now) is None
    with pytest.raises(ConflictError):
        answers.take("k", "a", now)
    answers.keep("k", kept)
    assert answers.take("k", "a", now) == kept
    with pytest.raises(UsageError):
        answers.take("k", "another call", now)
    assert answers.take("k", "another call", now + timedelta(days=2)) is None


def test_a_call_that_died_gives_its_key_back(stores: Stores) -> None:
    answers, now = stores.answers, datetime.now(UTC)
    assert answers.take("k", "a", now) is None
    answers.free("k")
    assert answers.take("k", "b", now) is None
    assert answers.take("k", "c", now + timedelta(minutes=2)) is None


def received(number: int, case: str = "C1") -> Received:
    org = Contact("Brand Watch", "a@watch.example", "watch.example")
    told = Report(f"R{number}", f"token-{number}", "content", "phishing", org, org, "h", "u", "d", 0.5, NOW, "x" * 64)
    return Received(told, case, "acme", NOW)


def test_a_report_is_kept_once_with_its_document(stores: Stores) -> None:
    reports = stores.reports
    assert reports.keep(received(1), '{"a":"\\n"}')
    assert not reports.keep(received(1, "C2"), "{}")
    assert reports.keep(received(2), "{}")
    assert reports.keep(received(3, "C3"), "{}")
    assert reports.received("R1") == received(1)
    assert reports.received("R9") is None
    assert reports.document("R1") == '{"a":"\\n"}'
    assert reports.of_case("C1") == [received(1), received(2)]
    assert reports.listed("R1", 1) == [received(2)]
    with pytest.raises(UnknownError):
        reports.document("R9")


def test_a_webhook_and_its_deliveries_are_written_together_or_not_at_all(stores: Stores) -> None:
    hooks = stores.hooks
    hook = Webhook("W1", "https://x.example", ("case-opened", "notice-sent"), NOW, "root", hooks.head())
    hooks.put(hook, (), [entry("webhook-added")])
    assert hooks.head() == 1
    one = Delivery("W1-1", "W1", 1, "case-opened", "C1", NOW, NOW)
    hooks.put(replace(hook, cursor=1, revision=2), [one], ())
    with pytest.raises(ConflictError):
        hooks.put(replace(hook, cursor=9, revision=2), [replace(one, id="W1-2", number=2)], [entry("lost")])
    assert hooks.webhook("W1") == replace(hook, cursor=1, revision=2)
    assert hooks.webhooks() == [replace(hook, cursor=1, revision=2)]
    assert hooks.deliveries("W1", 0, 10) == [one]
    assert stores.verbs() == ["webhook-added"]


def test_what_a_switched_off_receiver_is_owed_keeps_no_other_waiting(stores: Stores) -> None:
    for number, name in enumerate(("W1", "W2")):
        hook = Webhook(name, "https://x.example", ("case-opened",), NOW, "root", 0)
        stores.hooks.put(hook, (), ())
        owed = [Delivery(f"{name}-{n}", name, n, "case-opened", "C1", NOW, NOW) for n in range(3)]
        stores.hooks.put(replace(hook, is_on=bool(number), revision=2), owed, ())
    assert {row.webhook for row in stores.hooks.due(NOW, 3)} == {"W2"}


def test_a_delivery_is_due_until_it_is_taken_and_settled_by_one_only(stores: Stores) -> None:
    hooks = stores.hooks
    hooks.put(Webhook("W1", "https://x.example", ("case-opened",), NOW, "root", 0), (), ())
    one = Delivery("W1-1", "W1", 1, "case-opened", "C1", NOW, NOW)
    hooks.put(Webhook("W1", "https://x.example", ("case-opened",), NOW, "root", 1, revision=2), [one], ())
    assert hooks.due(NOW - timedelta(seconds=1), 10) == []
    assert hooks.due(NOW, 10) == [one]
    held = tried(one, NOW)
    hooks.settle(held, ())
    with pytest.raises(ConflictError):
        hooks.settle(held, ())
    assert hooks.due(NOW, 10) == []
    hooks.settle(taken(held, "webhook 200"), [entry("told")])
    found = hooks.delivery("W1-1")
    assert found is not None
    assert found.outcome == "webhook 200"
    assert hooks.due(NOW + timedelta(days=9), 10) == []
