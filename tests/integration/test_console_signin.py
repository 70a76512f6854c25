"""Signing in to the console: what opens a session, what ends one, and what a browser is told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from console.app import create_app
from scanner.adapters.sql import Database
from scanner.bootstrap import House
from scanner.bootstrap_access import open_access
from scanner.cli.accounts import accounts
from scanner.cli.tokens import tokens
from scanner.errors import HookError, UsageError
from scanner.services.accounts import SigningIn
from tests.integration.people import PASSWORD, add_person, code_of, sign_in


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


def test_name_password_and_code_open_a_session_once(house: House) -> None:
    secret = add_person(house, "li", "reviewer", with_totp=True)
    signing_in = open_access(house).signing_in
    code = code_of(secret)
    cookie, _ = signing_in.sign_in("li", PASSWORD, code, "127.0.0.1")
    person = signing_in.person(cookie)
    assert person is not None
    assert person.name == "li"
    with pytest.raises(HookError, match="wrong"):
        signing_in.sign_in("li", PASSWORD, code, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("li", "wrong password", ""),
        ("li", PASSWORD, "000000"),
        ("li", PASSWORD, ""),
        ("nobody", PASSWORD, ""),
        ("a\0b", PASSWORD, ""),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(house: House, name: str, password: str, code: str) -> None:
    add_person(house, "li", "reviewer", with_totp=True)
    with pytest.raises(HookError) as refused:
        open_access(house).signing_in.sign_in(name, password, code, "127.0.0.1")
    assert (refused.value.status, refused.value.what) == (401, "name, password or code is wrong")


def test_many_failures_hold_the_name_back_for_every_process(house: House) -> None:
    add_person(house, "li", "reviewer")
    for _ in range(6):
        with pytest.raises(HookError):
            open_access(house).signing_in.sign_in("li", "wrong", "", "10.0.0.1")
    with pytest.raises(HookError) as held:
        open_access(house).signing_in.sign_in("li", PASSWORD, "", "10.0.0.2")
    assert held.value.status == 429


def test_other_roles_end_every_session_of_the_account(client: TestClient, house: House) -> None:
    sign_in(client, house, "li", "reviewer")
    access = open_access(house)
    cookie = client.cookies["aup"]
    access.keeping.set_roles("li", ["auditor"], "root")
    assert access.signing_in.person(cookie) is None


@pytest.mark.parametrize(("idle", "whole"), [(0, 3600), (3600, 0)])
def test_a_session_ends_when_idle_or_old(house: House, idle: int, whole: int) -> None:
    add_person(house, "li", "reviewer")
    opened = open_access(house).signing_in
    cookie, _ = opened.sign_in("li", PASSWORD, "", "127.0.0.1")
    parts = (opened.accounts, opened.sessions, opened.brakes, opened.secrets, opened.clock)
    assert SigningIn(*parts, timedelta(hours=1), timedelta(hours=1)).person(cookie) is not None
    assert SigningIn(*parts, timedelta(seconds=idle), timedelta(seconds=whole)).person(cookie) is None


def test_the_cookie_is_kept_nowhere_and_no_script_can_read_it(client: TestClient, house: House) -> None:
    add_person(house, "li", "reviewer")
    answer = client.post("/signin", data={"name": "li", "password": PASSWORD, "next": "//evil.example"})
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    database: Database = house.database
    with database.reading() as connection:
        rows = [str(tuple(row)) for row in connection.exec_driver_sql("SELECT * FROM session")]
    assert rows
    assert client.cookies["aup"] not in "".join(rows)


def test_a_page_sends_a_browser_to_sign_in_and_an_api_call_is_refused(client: TestClient) -> None:
    page = client.post("/signout", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/signin")
    assert client.post("/signout").status_code == 401
    assert client.get("/signin?next=/queue").status_code == 200
    call = client.get("/api/v1/cases", headers={"accept": "text/html"})
    assert (call.status_code, call.headers["content-type"]) == (401, "application/problem+json")


def test_a_change_without_its_csrf_token_is_refused(client: TestClient, house: House) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    assert client.post("/signout").status_code == 403
    assert client.post("/signout", data={"csrf": "wrong"}).status_code == 403
    foreign = {"sec-fetch-site": "cross-site", "x-csrf-token": csrf}
    assert client.post("/signout", headers=foreign).status_code == 403
    assert client.post("/signout", data={"csrf": csrf}).status_code == 303
    assert client.post("/signout", data={"csrf": csrf}).status_code == 401


def test_every_answer_is_walled_in(client: TestClient) -> None:
    for path in ("/signin", "/healthz", "/nowhere", "/api/v1/cases"):
        policy = client.get(path).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_a_weak_password_or_an_unknown_role_makes_no_account(house: House) -> None:
    keeping = open_access(house).keeping
    for name, roles, password in (("a", ["reviewer"], "short"), ("a", ["boss"], PASSWORD), ("A B", ["lead"], PASSWORD)):
        with pytest.raises(UsageError):
            keeping.add(name, roles, password, "root")
    assert open_access(house).kept.accounts() == []


def test_accounts_are_made_listed_and_shut_from_the_command_line(house: House) -> None:
    runner, wanted = CliRunner(), ["--role", "lead", "--stdin"]
    added = runner.invoke(accounts, ["add", "wang", *wanted], obj=lambda: house.settings, input=PASSWORD + "\n")
    assert "otpauth://totp/" in added.output
    for command in (["roles", "wang", "--role", "auditor"], ["disable", "wang"], ["tie", "wang", "https://id|1"]):
        assert "wang" in runner.invoke(accounts, command, obj=lambda: house.settings).output
    reset = ["reset", "wang", "--stdin", "--without-totp"]
    assert "no codes" in runner.invoke(accounts, reset, obj=lambda: house.settings, input=PASSWORD + "\n").output
    listed = runner.invoke(accounts, ["list", "--json"], obj=lambda: house.settings).output
    assert '"roles": ["auditor"]' in listed or '"roles":["auditor"]' in listed
    assert PASSWORD not in listed


def test_a_token_is_shown_once_and_revoked_from_the_command_line(house: House) -> None:
    runner = CliRunner()
    added = runner.invoke(tokens, ["add", "portal", "--scope", "cases:read"], obj=lambda: house.settings).output
    secret = added.split("shown once): ")[1].strip()
    issuing = open_access(house).issuing
    held = issuing.bearer(secret)
    assert held is not None
    assert secret not in runner.invoke(tokens, ["list", "--json"], obj=lambda: house.settings).output
    assert "revoked" in runner.invoke(tokens, ["revoke", held.id], obj=lambda: house.settings).output
    assert issuing.bearer(secret) is None


def test_a_token_may_hold_no_right_that_only_people_have(house: House) -> None:
    issuing = open_access(house).issuing
    for scopes, tenant in (
        (["deletions:approve"], ""),
        (["people:write"], ""),
        (["audit:read"], "account-1"),
        ([], ""),
    ):
        with pytest.raises(UsageError):
            issuing.issue("x", scopes, "root", tenant=tenant)
    assert open_access(house).kept.tokens() == []
