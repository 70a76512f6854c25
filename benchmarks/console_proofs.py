"""Proofs over the API that are counted: the matrix of rights from the OpenAPI document, and races of two people."""

import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from fastapi.testclient import TestClient

from benchmarks.api_fuzz import RATE
from console.app import create_app
from scanner.bootstrap import House, open_house
from scanner.domain.access import SCOPES, TENANT_SCOPES, Role
from scanner.domain.changes import Change
from scanner.domain.enforcement.notices import Delivery
from scanner.settings import Settings
from tests.integration.filled import fill, propose
from tests.integration.people import sign_in
from tests.integration.test_console_api import together
from tests.integration.test_console_matrix import OPERATIONS, bearer, call, operations

RACES = 20
Post = Callable[[TestClient], Any]


def rows(say: Callable[[str], object] = print) -> list[dict[str, Any]]:
    """Surplus rights, foreign ids, races."""
    logging.disable(logging.CRITICAL)
    try:
        with opened() as house:
            say("the matrix of rights")
            found = [*matrix(house)]
            say(f"{RACES} races each")
            return [*found, *races(house)]
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def opened() -> Iterator[House]:
    """A house on SQLite without its brake; no store is asked here."""
    with tempfile.TemporaryDirectory(prefix="aup-proofs-") as folder:
        nowhere = {"s3_endpoint": "http://127.0.0.1:9", "s3_access_key": "a", "s3_secret_key": "b"}
        settings = Settings(
            state_dir=f"{folder}/state", api_rate=RATE, redis_url="redis+socket:///nowhere.sock", **nowhere
        )
        house = open_house(settings, role="cli")
        yield house
        house.close()


def person(house: House, name: str, *roles: str) -> TestClient:
    """Somebody who is signed in."""
    client = TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False)
    client.headers["X-CSRF-Token"] = sign_in(client, house, name, *roles)
    return client


def matrix(house: House) -> Iterator[dict[str, Any]]:
    """Every operation by every role, by a token of every scope, and on another tenant's rows."""
    mine, theirs = fill(house, "acme"), fill(house, "rival")
    asked, surplus, lacking = 0, 0, 0
    for role in Role:
        client = person(house, f"a-{role}", role.value)
        for operation, roles in OPERATIONS.items():
            allowed = call(client, operation, mine) != 403
            asked, surplus = asked + 1, surplus + (allowed and role.value not in roles)
            lacking += not allowed and role.value in roles
    system = TestClient(create_app(house), raise_server_exceptions=False)
    named = [(name, told["x-aup-right"]) for name, told in operations(system) if name in OPERATIONS]
    for scope in sorted(SCOPES):
        headers = bearer(house, scope)
        for operation, right in named:
            allowed = call(system, operation, mine, headers) != 403
            asked, surplus = asked + 1, surplus + (allowed and right not in (scope.value, ""))
    note = f"{asked} calls over {len(OPERATIONS)} operations, 5 roles, {len(SCOPES)} scopes; {lacking} rights missing"
    yield _row("role × endpoint matrix: surplus rights", surplus, "0", surplus == 0 and lacking == 0, note)
    headers = bearer(house, *TENANT_SCOPES, tenant="acme")
    reads = [name for name, right in named if "{" in name and right in TENANT_SCOPES]
    shown = [name for name in reads if call(system, name, theirs, headers) != 404]
    yield _row("tenant matrix: foreign ids not 404", len(shown), "0", not shown, f"{len(reads)} operations with an id")


def races(house: House) -> Iterator[dict[str, Any]]:
    """Two people at the same moment, again and again."""
    people = [person(house, name, "lead") for name in ("li", "wang")]
    for what, race in (("opposite decisions", _decide), ("approvals of a deletion", _approve)):
        counted = Counter(race(house, people, number) for number in range(RACES))
        wrong = RACES - counted[(200, 409)]
        told = ", ".join(f"{statuses}: {count}" for statuses, count in counted.items())
        yield _row(f"two {what} racing: not one effect and one told", wrong, "0", wrong == 0, f"{RACES} races; {told}")


def _decide(house: House, people: list[TestClient], number: int) -> tuple[int, ...]:
    filled = fill(house, "acme", key=f"d{number}")
    token = people[0].post(f"/api/v1/cases/{filled.case}/claim", json={}).json()["claim"]["token"]
    path, words = f"/api/v1/cases/{filled.case}/decide", ("clean", "violating")
    bodies = [{"token": token, "outcome": word, "reason": "seen"} for word in words]
    return _raced([lambda c=c, b=b: c.post(path, json=b) for c, b in zip(people, bodies, strict=True)])


def _approve(house: House, people: list[TestClient], number: int) -> tuple[int, ...]:
    filled = fill(house, "acme", key=f"a{number}")
    notice = house.enforcing.carrying.guarding.rights.notice(filled.notice)
    house.register.commit(Change(notices=(replace(notice, state=Delivery.SENT, revision=2),)))
    propose(house, filled, "zhou")
    house.custodian.view(filled.case, "zhou", "to propose")
    for client in people:
        client.post(f"/api/v1/cases/{filled.case}/evidence/view", json={"reason": "second person"})
    path = f"/api/v1/cases/{filled.case}/deletion/approve"
    statuses = _raced([lambda c=c: c.post(path, json={"reason": "agreed"}) for c in people])
    deletes = [action for action in house.outbox.actions_of(filled.case) if action.measure == "delete"]
    return statuses if len(deletes) == 1 else (len(deletes), *statuses)


def _raced(calls: list[Any]) -> tuple[int, ...]:
    return tuple(sorted(answer.status_code for answer in together(calls)))


def _row(figure: str, value: int, target: str, holds: bool, note: str) -> dict[str, Any]:
    return {"figure": figure, "value": value, "unit": "", "target": target, "holds": holds, "note": note}
