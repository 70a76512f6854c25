"""The JSON API over a real house: pages, keys, tenants, evidence with a reason, and races."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from console.app import create_app
from scanner.bootstrap import House
from scanner.bootstrap_access import open_access
from scanner.domain.changes import Change
from scanner.domain.enforcement.notices import Delivery
from tests.integration.filled import Filled, fill, propose
from tests.integration.people import sign_in

ROOT = {"Authorization": "Bearer api-token"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


def person(house: House, name: str, *roles: str) -> TestClient:
    """A browser of somebody who is signed in, with the CSRF token on every call."""
    client = TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False)
    client.headers["X-CSRF-Token"] = sign_in(client, house, name, *roles)
    return client


def token(house: House, *scopes: str, tenant: str = "") -> dict[str, str]:
    secret, _ = open_access(house).issuing.issue("test", scopes, "root", tenant=tenant)
    return {"Authorization": f"Bearer {secret}"}


def pages(client: TestClient, path: str, name: str, limit: int, headers: dict[str, str]) -> list[list[str]]:
    """The ids of every page until the last."""
    found, after = [], ""
    while True:
        answer = client.get(path, params={"limit": limit, "after": after}, headers=headers).json()
        found.append([row["id"] for row in answer[name]])
        if answer["next"] is None:
            return found
        after = answer["next"]


def test_the_queue_is_paged_without_gaps_or_repeats(client: TestClient, house: House) -> None:
    known = {fill(house, "acme", key=f"k{n}").case for n in range(7)}
    for path in ("/api/v1/cases", "/api/v1/cases?state=QUEUED"):
        found = pages(client, path, "cases", 3, ROOT)
        flat = [case for page in found for case in page]
        assert len(flat) == len(known)
        assert set(flat) == known


@pytest.mark.parametrize("after", ["x", "W10", "bnVsbA", "WyJcdTAwMDAiXQ", "WzFlOTk5LCAieCJd"])
def test_a_cursor_that_is_none_of_ours_is_refused(client: TestClient, after: str) -> None:
    for path in ("/api/v1/cases", "/api/v1/actions", "/api/v1/audit", "/api/v1/verdicts", "/api/v1/cases?state=CLOSED"):
        answer = client.get(path, params={"after": after}, headers=ROOT)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), path


def test_the_same_key_gets_the_first_answer_and_does_nothing_again(client: TestClient, house: House) -> None:
    filled = fill(house, "acme")
    path, headers = f"/api/v1/cases/{filled.case}/claim", {**ROOT, "Idempotency-Key": "k1"}
    first = client.post(path, json={"reviewer": "li"}, headers=headers)
    again = client.post(path, json={"reviewer": "li"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["idempotent-replay"] == "true"
    assert house.casebook.case(filled.case).revision == first.json()["revision"]
    other = client.post(path, json={"reviewer": "wang"}, headers=headers)
    assert (other.status_code, other.json()["where"]) == (422, "Idempotency-Key")


def test_a_call_that_failed_leaves_its_key_free(client: TestClient, house: House) -> None:
    filled = fill(house, "acme")
    headers = {**ROOT, "Idempotency-Key": "k2"}
    assert client.post("/api/v1/cases/nowhere/claim", json={"reviewer": "li"}, headers=headers).status_code == 404
    path = f"/api/v1/cases/{filled.case}/claim"
    assert client.post(path, json={"reviewer": "li"}, headers=headers).status_code == 200


def test_anothers_rows_are_not_there_for_a_tenants_token(client: TestClient, house: House) -> None:
    mine, theirs = fill(house, "acme"), fill(house, "rival")
    scopes = ("cases:read", "verdicts:read", "notices:read", "appeals:read", "appeals:file", "actions:read")
    headers = token(house, *scopes, tenant="acme")
    for kind in ("case", "action", "notice", "appeal"):
        own = client.get(f"/api/v1/{kind}s/{getattr(mine, kind)}", headers=headers)
        foreign = client.get(f"/api/v1/{kind}s/{getattr(theirs, kind)}", headers=headers)
        none = client.get(f"/api/v1/{kind}s/{kind[0].upper()}none", headers=headers)
        assert (own.status_code, foreign.status_code, none.status_code) == (200, 404, 404), kind
        assert foreign.json()["title"] == none.json()["title"]
        listed = client.get(f"/api/v1/{kind}s", headers=headers).json()[f"{kind}s"]
        assert [row["id"] for row in listed] == [getattr(mine, kind)]
    verdicts = client.get("/api/v1/verdicts", headers=headers).json()["verdicts"]
    assert {row["subject"]["account"] for row in verdicts} == {"acme"}
    assert client.get(f"/api/v1/cases/{theirs.case}/hits", headers=headers).status_code == 404
    filed = {"notice": theirs.notice, "ground": "other", "text": "mine?"}
    assert client.post("/api/v1/appeals", json=filed, headers=headers).status_code == 404
    assert client.get("/api/v1/cases?account=rival", headers=headers).json()["cases"] == []


def test_a_tenant_is_not_told_who_reviews(client: TestClient, house: House) -> None:
    filled = fill(house, "acme")
    client.post(f"/api/v1/cases/{filled.case}/claim", json={"reviewer": "li"}, headers=ROOT)
    seen = client.get(f"/api/v1/cases/{filled.case}", headers=token(house, "cases:read", tenant="acme"))
    assert seen.json()["case"]["claim"] is None
    assert "li" not in [seen.json()["case"].get("reviewer")]


def test_a_long_verdict_is_read_by_the_page(client: TestClient, house: House) -> None:
    filled = fill(house, "acme", hits=1_750)
    path, seen, after = f"/api/v1/cases/{filled.case}/hits", [], ""
    while after is not None:
        answer = client.get(path, params={"limit": 333, "after": after}, headers=ROOT).json()
        seen += [row["offset"] for row in answer["findings"]]
        after = answer["next"]
    assert answer["total"] == 1_750
    assert seen == list(range(1_750))
    whole = client.get(f"/api/v1/cases/{filled.case}", headers=ROOT).json()["verdict"]
    assert (len(whole["findings"]), whole["finding_count"]) == (100, 1_750)


def test_evidence_is_shown_for_a_reason_and_the_view_is_audited(house: House) -> None:
    filled, li = fill(house, "acme"), person(house, "li", "reviewer")
    path = f"/api/v1/cases/{filled.case}/evidence/view"
    assert li.post(path, json={"reason": " "}).status_code == 422
    seen = li.post(path, json={"reason": "to decide"})
    assert (seen.content, seen.headers["content-type"]) == (b"EVIL of acme a/bad.txt", "application/octet-stream")
    assert li.post(f"/api/v1/cases/{filled.case}/evidence/export", json={"reason": "x"}).status_code == 403
    entries = person(house, "ann", "auditor").get("/api/v1/audit?limit=500").json()["entries"]
    viewed = [(row["actor"], row["reason"]) for row in entries if row["verb"] == "evidence-viewed"]
    assert viewed == [("li", "to decide")]


def test_a_person_acts_for_nobody_else(house: House) -> None:
    filled, li = fill(house, "acme"), person(house, "li", "reviewer")
    path = f"/api/v1/cases/{filled.case}/claim"
    assert li.post(path, json={"reviewer": "wang"}).status_code == 403
    held = li.post(path, json={}).json()
    assert held["claim"]["reviewer"] == "li"
    limited = TestClient(create_app(house)).post(path, json={"reviewer": "li"}, headers=token(house, "cases:decide"))
    assert limited.status_code == 403


def test_of_two_decisions_at_once_one_counts_and_the_other_is_told_why(house: House) -> None:
    filled = fill(house, "acme")
    li, wang = person(house, "li", "reviewer"), person(house, "wang", "reviewer")
    held = li.post(f"/api/v1/cases/{filled.case}/claim", json={}).json()["claim"]["token"]
    path = f"/api/v1/cases/{filled.case}/decide"
    asked = [(li, "clean"), (wang, "violating")]
    answers = together(
        [lambda c=c, o=o: c.post(path, json={"token": held, "outcome": o, "reason": "seen"}) for c, o in asked]
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, 409]
    told = next(answer.json()["title"] for answer in answers if answer.status_code == 409)
    assert "li decided it clean" in told or "(held by li)" in told


def ready_for_approval(house: House) -> Filled:
    filled = fill(house, "acme")
    notice = open_notice(house, filled)
    house.register.commit(Change(notices=(replace(notice, state=Delivery.SENT, revision=2),)))
    propose(house, filled, "zhou")
    return filled


def open_notice(house: House, filled: Filled):  # type: ignore[no-untyped-def]
    return house.enforcing.carrying.guarding.rights.notice(filled.notice)


def test_of_two_approvals_racing_one_takes_effect_and_the_other_is_told_who(house: House) -> None:
    filled = ready_for_approval(house)
    house.custodian.view(filled.case, "zhou", "to propose")
    people = [person(house, name, "lead") for name in ("li", "wang")]
    for client in people:
        client.post(f"/api/v1/cases/{filled.case}/evidence/view", json={"reason": "second person"})
    path = f"/api/v1/cases/{filled.case}/deletion/approve"
    answers = together([lambda c=c: c.post(path, json={"reason": "agreed"}) for c in people])
    assert sorted(answer.status_code for answer in answers) == [200, 409], [a.text for a in answers]
    told = next(answer.json()["title"] for answer in answers if answer.status_code == 409)
    winner = next(answer.json()["approver"] for answer in answers if answer.status_code == 200)
    assert told == f"{winner} approved it before you"
    deletes = [action for action in house.outbox.actions_of(filled.case) if action.measure == "delete"]
    assert len(deletes) == 1


def together(calls):  # type: ignore[no-untyped-def]
    """The answers of calls made at the same moment."""
    gate, found = threading.Barrier(len(calls)), [None] * len(calls)

    def one(number: int) -> None:
        gate.wait()
        found[number] = calls[number]()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_who_calls_too_often_is_told_to_wait(house: House) -> None:
    client = TestClient(create_app(replace(house, settings=replace(house.settings, api_rate=5))))
    answers = [client.get("/api/v1/actions", headers=ROOT) for _ in range(8)]
    assert [answer.status_code for answer in answers].count(429) >= 2
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_a_revoked_token_is_good_for_nothing(client: TestClient, house: House) -> None:
    headers = token(house, "cases:read")
    assert client.get("/api/v1/cases", headers=headers).status_code == 200
    access = open_access(house)
    access.issuing.revoke(access.kept.tokens()[0].id, "root")
    assert client.get("/api/v1/cases", headers=headers).status_code == 401


def test_a_claim_is_kept_alive_and_a_decision_taken_back(house: House) -> None:
    filled, li = fill(house, "acme"), person(house, "li", "reviewer")
    path = f"/api/v1/cases/{filled.case}"
    held = li.post(f"{path}/claim", json={}).json()["claim"]
    kept = li.post(f"{path}/keep", json={"token": held["token"]}).json()["claim"]
    assert (kept["token"], kept["until"] >= held["until"]) == (held["token"], True)
    decided = li.post(f"{path}/decide", json={"token": held["token"], "outcome": "clean", "reason": "seen"}).json()
    assert decided["state"] == "DECIDED_CLEAN"
    late = li.post(f"{path}/keep", json={"token": held["token"]})
    assert (late.status_code, "li decided it clean" in late.json()["title"]) == (409, True)
    assert li.post(f"{path}/undo", json={}).json()["state"] == "CLAIMED"


def test_evidence_takes_no_idempotency_key(client: TestClient, house: House) -> None:
    filled = fill(house, "acme")
    path, headers = f"/api/v1/cases/{filled.case}/evidence/view", {**ROOT, "Idempotency-Key": "k"}
    assert client.post(path, json={"reason": "look"}, headers=headers).status_code == 422


def test_what_tells_of_persons_is_covered_in_excerpts(client: TestClient, house: House) -> None:
    filled = fill(house, "acme")
    case = client.get(f"/api/v1/cases/{filled.case}", headers=ROOT).json()
    told = [case["case"]["summary"], case["verdict"]["findings"][0]["excerpt"]]
    told.append(client.get(f"/api/v1/cases/{filled.case}/hits", headers=ROOT).json()["findings"][0]["excerpt"])
    for text in told:
        assert "13800138000" not in text
        assert "li@" not in text
        assert text.startswith("hit 0")
