"""Every operation of the OpenAPI document × every role, token and tenant: nobody may more than this table says.

The table is written by hand from docs/console.md, not from the code that grants: an operation that is not in it fails.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console.app import create_app
from scanner.bootstrap import House
from scanner.bootstrap_access import open_access
from scanner.domain.access import SCOPES, TENANT_SCOPES, Right, Role
from tests.integration.filled import Filled, fill
from tests.integration.people import sign_in

R, L, A, O, M = (role.value for role in Role)  # noqa: E741 - reviewer, lead, auditor, operator, admin
ALL = {R, L, A, O, M}
OPERATIONS: dict[str, set[str]] = {
    "GET /api/v1/me": ALL,
    "GET /api/v1/cases": {R, L, A},
    "GET /api/v1/cases/{case_id}": {R, L, A},
    "GET /api/v1/cases/{case_id}/hits": {R, L, A},
    "POST /api/v1/cases/{case_id}/claim": {R, L},
    "POST /api/v1/cases/{case_id}/release": {R, L},
    "POST /api/v1/cases/{case_id}/keep": {R, L},
    "POST /api/v1/cases/{case_id}/undo": {R, L},
    "POST /api/v1/cases/{case_id}/decide": {R, L},
    "POST /api/v1/cases/{case_id}/evidence/view": {R, L, A},
    "POST /api/v1/cases/{case_id}/evidence/export": {L, A},
    "POST /api/v1/cases/{case_id}/deletion/propose": {R, L},
    "POST /api/v1/cases/{case_id}/deletion/approve": {R, L},
    "POST /api/v1/cases/{case_id}/deletion/withdraw": {R, L},
    "GET /api/v1/notices": {R, L, A},
    "GET /api/v1/notices/{notice_id}": {R, L, A},
    "GET /api/v1/appeals": {R, L, A},
    "GET /api/v1/appeals/{appeal_id}": {R, L, A},
    "POST /api/v1/appeals": {L},
    "POST /api/v1/appeals/{appeal_id}/judge": {R, L},
    "GET /api/v1/verdicts": {R, L, A, O},
    "GET /api/v1/actions": {R, L, A, O},
    "GET /api/v1/actions/{action_id}": {R, L, A, O},
    "POST /api/v1/actions/{action_id}/replay": {O},
    "GET /api/v1/audit": {A},
    "GET /api/v1/cases/{case_id}/xarf": {R, L, A},
    "POST /api/v1/reports": {L, O},
    "GET /api/v1/reports": {R, L, A, O},
    "GET /api/v1/reports/{report_id}": {R, L, A, O},
    "POST /api/v1/orders": {L},
    "GET /api/v1/orders": {L, A},
    "GET /api/v1/webhooks": {A, O},
    "POST /api/v1/webhooks": {O},
    "POST /api/v1/webhooks/{webhook_id}/switch": {O},
    "GET /api/v1/webhooks/{webhook_id}/deliveries": {A, O},
    "POST /api/v1/deliveries/{delivery_id}/replay": {O},
    "GET /api/v1/people": {A, M},
    "POST /api/v1/people/{name}/roles": {M},
    "POST /api/v1/people/{name}/standing": {M},
    "GET /api/v1/tokens": {A, M},
    "POST /api/v1/tokens": {M},
    "POST /api/v1/tokens/{token_id}/revoke": {M},
    "POST /api/v1/usage/samples": {O},
    "POST /api/v1/usage/snapshots": {O},
    "POST /api/v1/usage/write": {O},
    "GET /api/v1/usage/incidents": {L, A, O},
    "GET /api/v1/usage/incidents/{incident_id}/plot.svg": {L, A, O},
}
WITHOUT_ROLES = {  # each has its own secret, or none
    "POST /hooks/s3",
    "POST /hooks/cdn",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
}


@pytest.fixture
def filled(house: House) -> tuple[Filled, Filled]:
    return fill(house, "acme"), fill(house, "rival")


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


def operations(client: TestClient) -> list[tuple[str, dict[str, Any]]]:
    """Every operation by method and path."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    return [(f"{method.upper()} {path}", told) for path, methods in paths.items() for method, told in methods.items()]


def call(client: TestClient, operation: str, rows: Filled, headers: dict[str, str] | None = None) -> int:
    """The status of a call on the rows of a tenant."""
    method, _, path = operation.partition(" ")
    names = {"case_id": rows.case, "action_id": rows.action, "notice_id": rows.notice, "appeal_id": rows.appeal}
    there = re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "U0"), path)
    body = {"json": {}} if method == "POST" else {}
    return client.request(method, there, headers=headers, **body).status_code


def bearer(house: House, *scopes: str, tenant: str = "") -> dict[str, str]:
    secret, _ = open_access(house).issuing.issue("matrix", scopes, "root", tenant=tenant)
    return {"Authorization": f"Bearer {secret}"}


def test_the_table_names_every_operation(client: TestClient) -> None:
    assert {name for name, _ in operations(client)} - WITHOUT_ROLES == set(OPERATIONS)


def test_nobody_may_anything_without_saying_who_calls(client: TestClient, filled: tuple[Filled, Filled]) -> None:
    statuses = {name: call(client, name, filled[0]) for name in OPERATIONS}
    assert {name: status for name, status in statuses.items() if status != 401} == {}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_table_says_and_no_more(house: House, filled: tuple[Filled, Filled], role: Role) -> None:
    client = TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False)
    csrf = {"X-CSRF-Token": sign_in(client, house, f"a-{role}", role.value)}
    wrong = {}
    for operation, roles in OPERATIONS.items():
        status = call(client, operation, filled[0], csrf)
        if (status == 403) is (role.value in roles) or status in (401, 500):
            wrong[operation] = status
    assert wrong == {}


def test_a_token_may_what_its_scope_says_and_no_more(client: TestClient, house: House) -> None:
    rows, wrong = fill(house, "acme"), []
    client.app.state.rates = None  # type: ignore[attr-defined]
    for scope in sorted(SCOPES):
        headers = bearer(house, scope)
        for operation, told in operations(client):
            if operation not in OPERATIONS or not told["x-aup-right"]:
                continue
            status = call(client, operation, rows, headers)
            if (status == 403) is (told["x-aup-right"] == scope) or status in (401, 500):
                wrong.append((scope, operation, status))
    assert wrong == []


def test_no_token_ever_does_what_only_people_may(client: TestClient, house: House) -> None:
    rows = fill(house, "acme")
    personal = [name for name, told in operations(client) if told.get("x-aup-person")]
    assert "POST /api/v1/cases/{case_id}/deletion/approve" in personal
    assert {call(client, name, rows, {"Authorization": "Bearer api-token"}) for name in personal} == {403}


def test_foreign_ids_are_404_for_a_tenants_token(client: TestClient, house: House) -> None:
    mine, theirs = fill(house, "acme"), fill(house, "rival")
    headers = bearer(house, *TENANT_SCOPES, tenant="acme")
    named = [(name, told) for name, told in operations(client) if "{" in name and name in OPERATIONS]
    reads = [name for name, told in named if told["x-aup-right"] in TENANT_SCOPES]
    assert len(reads) >= 5
    assert {name: call(client, name, theirs, headers) for name in reads} == dict.fromkeys(reads, 404)
    seen = {name: call(client, name, mine, headers) for name in reads}
    assert seen == {name: 422 if name.endswith("/xarf") else 200 for name in reads}  # nobody is named who reports
    others = [name for name, told in named if told["x-aup-right"] not in TENANT_SCOPES]
    assert {name: call(client, name, theirs, headers) for name in others} == dict.fromkeys(others, 403)


def test_a_person_with_every_role_may_everything_but_act_for_others(house: House) -> None:
    client = TestClient(create_app(house), raise_server_exceptions=False)
    csrf = {"X-CSRF-Token": sign_in(client, house, "all", *(role.value for role in Role))}
    rights = client.get("/api/v1/me", headers=csrf).json()["rights"]
    assert set(Right) - set(rights) == {Right.ACT_FOR}
