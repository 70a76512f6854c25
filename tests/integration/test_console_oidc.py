"""Signing in at an OpenID provider: what is believed, and what is not."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from console.app import create_app
from scanner.bootstrap import House
from scanner.bootstrap_access import open_access
from tests.integration.oidc_double import Double, provider
from tests.integration.people import add_person


@pytest.fixture
def double() -> Iterator[Double]:
    with provider() as opened:
        yield opened


@pytest.fixture
def client(house: House, double: Double) -> Iterator[TestClient]:
    add_person(house, "li", "reviewer")
    open_access(house).keeping.tie("li", f"{double.url}|248", "root")
    named = {"oidc_issuer": double.url, "oidc_client_id": "aup", "oidc_client_secret": "shh"}
    told = replace(house, settings=replace(house.settings, **named))  # type: ignore[arg-type]
    with TestClient(create_app(told), raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


def gone_out(client: TestClient, double: Double) -> str:
    """The query to come back with."""
    answer = client.get("/signin/oidc?next=/queue")
    assert answer.status_code == 303
    return double.approve(answer.headers["location"])


def test_whoever_the_provider_vouches_for_is_signed_in(client: TestClient, double: Double) -> None:
    assert "/signin/oidc?next=" in client.get("/signin").text
    answer = client.get(f"/signin/oidc/back?{gone_out(client, double)}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert client.get("/api/v1/me").json()["name"] == "li"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"nonce": "old"},
        {"exp": int(time.time()) - 3_600},
        {"sub": 7},
        {"azp": "another"},
    ],
)
def test_a_token_that_does_not_hold_signs_nobody_in(client: TestClient, double: Double, claims: dict[str, Any]) -> None:
    double.claims = claims
    answer = client.get(f"/signin/oidc/back?{gone_out(client, double)}")
    assert answer.status_code == 401
    assert client.get("/api/v1/me").status_code == 401


def test_a_token_signed_by_another_key_signs_nobody_in(client: TestClient, double: Double) -> None:
    double.signer = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
    assert client.get(f"/signin/oidc/back?{gone_out(client, double)}").status_code == 401


def test_a_sign_in_that_was_not_begun_here_is_refused(client: TestClient, double: Double) -> None:
    query = gone_out(client, double)
    assert client.get("/signin/oidc/back?code=good&state=other").status_code == 401
    client.cookies.clear()
    assert client.get(f"/signin/oidc/back?{query}").status_code == 401


def test_an_identity_that_no_account_is_tied_to_is_told_so(client: TestClient, double: Double) -> None:
    double.claims = {"sub": "999"}
    answer = client.get(f"/signin/oidc/back?{gone_out(client, double)}")
    assert answer.status_code == 403
    assert "no account is tied" in answer.text


def test_without_a_provider_there_is_no_such_way_in(house: House) -> None:
    client = TestClient(create_app(house))
    assert client.get("/signin/oidc").status_code == 404
    assert "/signin/oidc" not in client.get("/signin").text
