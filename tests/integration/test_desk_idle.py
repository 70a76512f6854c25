"""A workplace that was left: what pages do by themselves is no use of the session, what their reader does is."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console.pages import live
from console.signin import access_of
from scanner.bootstrap import House
from scanner.domain.cases import Case
from tests.integration.people import sign_in
from tests.integration.test_desk_pages import cases, client

__all__ = ["cases", "client"]
BEAT = timedelta(seconds=61)


@dataclass
class Hand:
    """A clock that is moved by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def hand(client: TestClient, house: House) -> Hand:
    """The clock of the sessions."""
    made = Hand(datetime.now(UTC))
    state: Any = client.app
    state.state.access = None
    access = access_of(type("Asked", (), {"app": state})())  # type: ignore[arg-type]
    state.state.access = replace(access, signing_in=replace(access.signing_in, clock=made))
    return made


def beats(client: TestClient, hand: Hand, house: House, case: Case, csrf: str, active: str) -> int:
    """The status of the last of an hour's heartbeats."""
    token, status = house.reviewing.claim(case.id, "li").tokens, 0
    for _ in range(60):
        hand.at += BEAT
        form = {"csrf": csrf, "token": str(token), "active": active}
        status = client.post(
            f"/desk/cases/{case.id}/keep", data=form, headers={"Accept": "application/json"}
        ).status_code
    return status


def test_heartbeats_of_a_page_that_nobody_reads_do_not_keep_the_session(
    client: TestClient, hand: Hand, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    assert beats(client, hand, house, cases[0], csrf, "") == 401


def test_heartbeats_of_a_page_that_is_read_keep_it(
    client: TestClient, hand: Hand, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    assert beats(client, hand, house, cases[0], csrf, "1") == 200


def test_the_stream_of_news_does_not_keep_the_session(
    client: TestClient, hand: Hand, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LASTS", 1)
    monkeypatch.setattr(live, "EVERY", 0.0)
    sign_in(client, house, "li", "reviewer")
    statuses = []
    for _ in range(4):
        hand.at += timedelta(minutes=12)
        statuses.append(client.get("/desk/live", headers={"Accept": "text/event-stream"}).status_code)
    assert statuses == [200, 200, 401, 401]
    assert "signin" in str(client.get("/desk").url)
