"""Reports in by XARF, orders with their document, cases out as XARF, and webhooks that tell of it all."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from console.app import create_app
from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House
from scanner.bootstrap_reports import open_reports
from scanner.cli.webhooks import webhooks
from scanner.domain.cases import Outcome
from scanner.domain.webhooks import Told, refused, tried

ROOT = {"Authorization": "Bearer api-token"}
ORG = {"org": "Brand Watch", "contact": "abuse@watch.example", "domain": "watch.example"}


def xarf(**more: Any) -> dict[str, Any]:
    """A report of phishing."""
    return {
        "xarf_version": "4.2.0",
        "report_id": "1a5ec293-0849-40a4-9eba-d5926262ff05",
        "timestamp": "2026-01-11T15:15:24Z",
        "reporter": ORG,
        "sender": ORG,
        "source_identifier": "203.0.113.45",
        "category": "content",
        "type": "phishing",
        **more,
    }


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), raise_server_exceptions=False) as opened:
        yield opened


def test_a_report_of_an_object_of_ours_becomes_a_case_with_its_bytes_sealed(client: TestClient, house: House) -> None:
    bucket = house.settings.buckets[0]
    put = s3_client(house.settings).put_object(
        Bucket=bucket, Key="login/页.html", Body=b"<form>give me your pin</form>"
    )
    url = f"{house.settings.s3_endpoint}/{bucket}/login/%E9%A1%B5.html"
    filed = client.post("/api/v1/reports", json=xarf(url=url, confidence=0.95), headers=ROOT)
    assert filed.status_code == 201, filed.text
    case = house.casebook.case(filed.json()["cases"][0])
    assert (case.source, case.rule, case.clause, case.subject.key) == (
        "report",
        "report.phishing",
        "3.1.3.7",
        "login/页.html",
    )
    assert case.subject.version_id == put["VersionId"]
    assert house.custodian.view(case.id, "li", "to decide") == b"<form>give me your pin</form>"
    assert house.requests.counts() == {"owed": 1}


def test_the_same_report_again_is_the_same_case(client: TestClient, house: House) -> None:
    first = client.post("/api/v1/reports", json=xarf(), headers=ROOT)
    again = client.post("/api/v1/reports", json=xarf(), headers=ROOT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["cases"] == again.json()["cases"]
    assert again.json()["is_new"] is False
    other = client.post("/api/v1/reports", json=xarf(report_id="another-report-of-it"), headers=ROOT)
    assert (other.status_code, other.json()["cases"]) == (201, first.json()["cases"])
    shown = client.get(f"/api/v1/reports/{first.json()['id']}", headers=ROOT).json()
    assert (shown["reporter"], shown["case"]) == ("Brand Watch", first.json()["cases"][0])
    assert len(client.get("/api/v1/reports", headers=ROOT).json()["reports"]) == 2


def test_a_report_about_a_decided_case_brings_it_back(client: TestClient, house: House) -> None:
    case_id = client.post("/api/v1/reports", json=xarf(), headers=ROOT).json()["cases"][0]
    held = house.reviewing.claim(case_id, "li")
    house.reviewing.decide(case_id, "li", held.tokens, Outcome.CLEAN, "nothing there")
    client.post("/api/v1/reports", json=xarf(report_id="it-goes-on-still"), headers=ROOT)
    assert house.casebook.case(case_id).is_open


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"xarf_version": "3.0.0"}, "xarf_version"),
        ({"category": "gossip"}, "category"),
        ({"type": "Phishing!"}, "type"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"reporter": {"org": "x"}}, "reporter"),
        ({"confidence": 7}, "confidence"),
        ({"source_identifier": "a\u0000b"}, "source_identifier"),
    ],
)
def test_a_report_that_lacks_something_is_told_what(client: TestClient, changed: dict[str, Any], where: str) -> None:
    answer = client.post("/api/v1/reports", json=xarf(**changed), headers=ROOT)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert where in answer.json()["where"]


def test_an_order_opens_a_case_for_each_place_and_is_filed_once(client: TestClient, house: House) -> None:
    bucket = house.settings.buckets[0]
    s3_client(house.settings).put_object(Bucket=bucket, Key="a.txt", Body=b"named by the order")
    order = {
        "authority": "Cyber Police",
        "reference": "17/2026",
        "document_sha256": "a" * 64,
        "legal_basis": "Art. 1",
        "scope": [f"{bucket}/a.txt", f"{bucket}/folder/"],
    }
    filed = client.post("/api/v1/orders", json=order, headers=ROOT)
    assert filed.status_code == 201, filed.text
    cases = [house.casebook.case(case) for case in filed.json()["cases"]]
    assert [(case.source, case.rule) for case in cases] == [("order", "order.suspend")] * 2
    assert client.post("/api/v1/orders", json=order, headers=ROOT).status_code == 409
    assert (
        client.post("/api/v1/orders", json={**order, "reference": "18", "scope": ["*"]}, headers=ROOT).status_code
        == 409
    )
    for scope in ("\x85/a", "/a", "a?b/c"):
        nowhere = client.post("/api/v1/orders", json={**order, "reference": scope, "scope": [scope]}, headers=ROOT)
        assert (nowhere.status_code, nowhere.json()["where"]) == (422, "scope")
    for name, value, status in (("confidential_until", "2099-01-01T00:00:00Z", 422), ("clause", "3.1.3.99", 409)):
        refused = client.post("/api/v1/orders", json={**order, "reference": "19", name: value}, headers=ROOT)
        assert refused.status_code == status, refused.text
    listed = client.get("/api/v1/orders", headers=ROOT).json()["orders"]
    assert [row["reference"] for row in listed] == ["17/2026"]


def test_a_case_goes_out_as_a_report_that_we_would_take(house: House) -> None:
    named = {"reporter_org": "Us", "reporter_contact": "abuse@us.example", "reporter_domain": "us.example"}
    client = TestClient(create_app(replace(house, settings=replace(house.settings, **named))))  # type: ignore[arg-type]
    case_id = client.post("/api/v1/reports", json=xarf(), headers=ROOT).json()["cases"][0]
    stated = client.get(f"/api/v1/cases/{case_id}/xarf", headers=ROOT).json()
    assert (stated["reporter"]["org"], stated["source_identifier"]) == ("Us", "203.0.113.45")
    assert client.post("/api/v1/reports", json=stated, headers=ROOT).status_code == 201


@dataclass
class Receiver:
    """A receiver on loopback that answers what it is told to."""

    status: int = 200
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.status)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/in"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def add_hook(client: TestClient, url: str, *events: str) -> dict[str, Any]:
    answer = client.post("/api/v1/webhooks", json={"url": url, "events": events}, headers=ROOT)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_webhook_is_told_signed_and_each_thing_once(client: TestClient, house: House, receiver: Receiver) -> None:
    hook = add_hook(client, receiver.url, "report-filed", "case-opened")
    case_id = client.post("/api/v1/reports", json=xarf(), headers=ROOT).json()["cases"][0]
    telling = open_reports(house).telling
    assert telling.beat() == {"webhooks owed": 2, "webhooks taken": 2}
    assert telling.beat() == {"webhooks owed": 0, "webhooks taken": 0}
    events = [json.loads(body)["event"] for _, body in receiver.seen]
    assert sorted(events) == ["case-opened", "report-filed"]
    headers, body = receiver.seen[0]
    signed = headers["x-aup-time"].encode() + b"." + body
    wanted = hmac.new(hook["secret"].encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-aup-signature"] == f"sha256={wanted}"
    assert json.loads(body)["thing"] == case_id
    assert b"Brand Watch" not in body
    log = client.get(f"/api/v1/webhooks/{hook['id']}/deliveries", headers=ROOT).json()["deliveries"]
    assert [row["state"] for row in log] == ["TAKEN", "TAKEN"]
    assert "secret" not in client.get("/api/v1/webhooks", headers=ROOT).json()["webhooks"][0]


def test_a_receiver_that_is_down_is_tried_again_and_replayed_by_hand(
    client: TestClient, house: House, receiver: Receiver
) -> None:
    receiver.status = 500
    hook = add_hook(client, receiver.url, "report-filed")
    client.post("/api/v1/reports", json=xarf(), headers=ROOT)
    reports = open_reports(house)
    assert reports.telling.beat()["webhooks taken"] == 0
    path = f"/api/v1/webhooks/{hook['id']}/deliveries"
    [row] = client.get(path, headers=ROOT).json()["deliveries"]
    assert (row["state"], row["attempts"], row["outcome"]) == ("PENDING", 1, "not taken: status 500")
    receiver.status = 204
    assert client.post(f"/api/v1/deliveries/{row['id']}/replay", headers=ROOT, json={}).status_code == 200
    assert reports.telling.beat()["webhooks taken"] == 1
    [row] = client.get(path, headers=ROOT).json()["deliveries"]
    assert (row["state"], len(receiver.seen)) == ("TAKEN", 2)


def test_a_delivery_is_dead_after_too_many_attempts(client: TestClient, house: House, receiver: Receiver) -> None:
    add_hook(client, receiver.url, "report-filed")
    client.post("/api/v1/reports", json=xarf(), headers=ROOT)
    reports, now = open_reports(house), house.reviewing.clock.now()
    receiver.status = 500
    reports.telling.beat()
    [delivery] = reports.hooks.deliveries(reports.hooks.webhooks()[0].id, 0, 10)
    for _ in range(30):
        delivery = refused(tried(delivery, now), "down", now)
    assert delivery.state is Told.DEAD


def test_a_webhook_switched_off_is_told_later_what_it_missed(
    client: TestClient, house: House, receiver: Receiver
) -> None:
    hook = add_hook(client, receiver.url, "report-filed")
    switch = f"/api/v1/webhooks/{hook['id']}/switch"
    client.post(switch, json={"is_on": False}, headers=ROOT)
    client.post("/api/v1/reports", json=xarf(), headers=ROOT)
    telling = open_reports(house).telling
    assert telling.beat() == {"webhooks owed": 0, "webhooks taken": 0}
    client.post(switch, json={"is_on": True}, headers=ROOT)
    assert telling.beat()["webhooks taken"] == 1


@pytest.mark.parametrize("url", ["http://internal.example/x", "ftp://x", "https://u:p@x.example/", "https://", "x"])
def test_an_address_that_we_may_not_send_to_is_refused(client: TestClient, url: str) -> None:
    answer = client.post("/api/v1/webhooks", json={"url": url, "events": ["case-opened"]}, headers=ROOT)
    assert (answer.status_code, answer.json()["where"]) == (422, "url")


def test_webhooks_are_run_from_the_command_line(client: TestClient, house: House, receiver: Receiver) -> None:
    def said(*words: str) -> str:
        answer = CliRunner().invoke(webhooks, list(words), obj=lambda: house.settings)
        assert answer.exit_code == 0, answer.output
        return answer.output

    added = said("add", receiver.url, "--event", "report-filed")
    hook = added.split()[0]
    assert "secret (shown once)" in added
    client.post("/api/v1/reports", json=xarf(), headers=ROOT)
    assert said("send") == "1 webhooks owed, 1 webhooks taken\n"
    assert "TAKEN" in said("deliveries", hook)
    delivery = json.loads(said("deliveries", hook, "--json"))["id"]
    assert said("deliveries", hook, "--after", delivery.split("-")[1]) == ""
    assert "PENDING" in said("replay", delivery)
    assert " off " in said("switch", hook, "--off")
    assert said("list").endswith("1 webhooks\n")
