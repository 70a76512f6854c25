"""Roles, rights, names and sessions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.domain.access import (
    PERSONAL,
    RIGHTS,
    SCOPES,
    TENANT_SCOPES,
    Account,
    Person,
    Right,
    Role,
    Session,
    Token,
    changed,
    checked_name,
    checked_roles,
    checked_scopes,
    person_of,
    stands,
)
from scanner.errors import UsageError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LI = Account("li", "李", (Role.REVIEWER,), NOW)
OPEN = Session("d", "li", 1, "csrf", NOW, NOW)
HOUR = timedelta(hours=1)
DOCS = Path(__file__).parents[3] / "docs" / "console.md"


def test_no_role_both_reviews_and_gives_roles() -> None:
    for role, rights in RIGHTS.items():
        assert not {Right.PEOPLE_WRITE, Right.CASES_DECIDE} <= rights, role
        assert not {Right.PEOPLE_WRITE, Right.EVIDENCE_VIEW} <= rights, role
        assert Right.ACT_FOR not in rights


def test_what_destroys_judges_or_gives_rights_is_in_no_scope() -> None:
    assert PERSONAL.isdisjoint(SCOPES)
    assert TENANT_SCOPES <= SCOPES
    assert not any(scope.value.endswith(":write") for scope in TENANT_SCOPES)


def test_the_documents_table_says_what_the_roles_give() -> None:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    stated: dict[Right, set[Role]] = {}
    for line in rows:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        words = [word for word in cells[0].split("`") if ":" in word or word == "act-for"]
        if len(cells) != 7:
            continue
        for word in words:
            stated[Right(word)] = {role for role, cell in zip(Role, cells[1:6], strict=True) if cell == "✓"}
            assert (cells[6] == "✓") == (Right(word) in SCOPES), word
    given = {right: {role for role in Role if right in RIGHTS[role]} for right in Right}
    assert stated == given


def test_a_person_may_what_one_of_the_roles_gives() -> None:
    person = person_of(replace(LI, roles=(Role.REVIEWER, Role.OPERATOR)), OPEN)
    assert person == Person("li", "李", frozenset({Role.REVIEWER, Role.OPERATOR}), "d", "csrf")
    assert person.may(Right.CASES_DECIDE)
    assert person.may(Right.WEBHOOKS_WRITE)
    assert not person.may(Right.PEOPLE_WRITE)
    assert person.has(Role.LEAD, Role.OPERATOR)
    assert not person.has(Role.LEAD)


@pytest.mark.parametrize("name", ["", "A", "a b", "x" * 65, "李", "a/b", "a\n"])
def test_a_name_is_short_lower_case_and_plain(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)
    assert checked_name("li.wang@ops-1") == "li.wang@ops-1"


def test_roles_and_scopes_come_back_in_a_stable_order_or_are_refused() -> None:
    assert checked_roles(["admin", "reviewer"]) == (Role.REVIEWER, Role.ADMIN)
    assert checked_scopes(["audit:read", "cases:read"], "") == (Right.CASES_READ, Right.AUDIT_READ)
    assert checked_scopes(["cases:read"], "acme") == (Right.CASES_READ,)
    for words in ([], ["boss"]):
        with pytest.raises(UsageError):
            checked_roles(words)
    for words, tenant in (([], ""), (["all"], ""), (["deletions:approve"], ""), (["audit:read"], "acme")):
        with pytest.raises(UsageError):
            checked_scopes(words, tenant)


@pytest.mark.parametrize(
    ("session", "account", "now", "holds"),
    [
        (OPEN, LI, NOW + timedelta(minutes=59), True),
        (OPEN, LI, NOW + HOUR, False),
        (replace(OPEN, seen_at=NOW + timedelta(minutes=100)), LI, NOW + timedelta(minutes=119), True),
        (replace(OPEN, seen_at=NOW + timedelta(minutes=119)), LI, NOW + 2 * HOUR, False),
        (OPEN, changed(LI, roles=(Role.LEAD,)), NOW, False),
        (OPEN, replace(LI, is_disabled=True), NOW, False),
    ],
)
def test_a_session_stands_while_used_young_and_of_the_same_account(
    session: Session, account: Account, now: datetime, holds: bool
) -> None:
    assert stands(session, account, now, HOUR, 2 * HOUR) is holds


def test_a_token_is_good_until_it_ends_or_is_revoked() -> None:
    token = Token("T", "n", "d", (Right.CASES_READ,), NOW, "root")
    assert token.is_good(NOW + timedelta(days=9_000))
    assert not replace(token, ends_at=NOW).is_good(NOW)
    assert not replace(token, revoked_at=NOW).is_good(NOW)
