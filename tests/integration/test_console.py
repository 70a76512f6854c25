"""The console's HTTP edge over a real house: hooks, the case API, and what each refuses."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from console.app import create_app
from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House
from scanner.cli.demo_objects import EICAR

AUTH = {"Authorization": "Bearer api-token"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), raise_server_exceptions=False) as opened:
        yield opened


def record(bucket: str, key: str, **stored: object) -> dict[str, object]:
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key, **stored}}}


def deliver(client: TestClient, *records: object, secret: str = "hook-secret") -> dict[str, object]:
    body = json.dumps({"Records": records}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    answer = client.post("/hooks/s3", content=body, headers={"X-Aup-Signature": signature})
    return {"status": answer.status_code, **answer.json()}


def test_the_hook_files_every_record(client: TestClient, house: House) -> None:
    bucket = house.settings.buckets[0]
    answer = deliver(client, *[record(bucket, f"k{n}", sequencer=str(n)) for n in range(450)])
    assert (answer["status"], answer["accepted"]) == (202, 450)
    assert house.requests.counts() == {"owed": 450}


def test_urls_that_a_cdn_publishes_become_requests_and_impossible_ones_are_counted(
    client: TestClient, house: House
) -> None:
    body = json.dumps({"urls": ["https://www.example.com/a.html?x=1", "https://user@10.0.0.1/", "gopher://x"]}).encode()
    headers = {"X-Aup-Signature": "sha256=" + hmac.new(b"hook-secret", body, hashlib.sha256).hexdigest()}
    answer = client.post("/hooks/cdn", content=body, headers=headers)
    told = answer.json()
    assert (answer.status_code, told["accepted"], sum(told["refused"].values())) == (202, 1, 2)
    assert house.requests.counts() == {"owed": 1}
    assert client.post("/hooks/cdn", content=body).status_code == 401


@pytest.mark.parametrize(
    ("body", "signed", "status", "what"),
    [
        (b"{not json", True, 422, "not JSON"),
        (b'{"Records": []}', False, 401, "signature"),
        (b" " * 10_000_000, True, 413, "over 8388608 bytes"),
        (json.dumps({"Records": [record("elsewhere", "k")]}).encode(), True, 422, "unknown bucket 'elsewhere'"),
        (json.dumps({"Records": [record("b", "k")] * 10_000}).encode(), True, 413, "10000 records"),
    ],
)
def test_a_bad_delivery_is_answered_with_what_where_and_mend(
    client: TestClient, house: House, body: bytes, signed: bool, status: int, what: str
) -> None:
    secret = b"hook-secret" if signed else b"wrong"
    headers = {"X-Aup-Signature": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()}
    answer = client.post("/hooks/s3", content=body, headers=headers)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert what in problem["title"]
    assert problem["mend"]
    assert house.requests.counts() == {}


def test_a_hook_without_a_secret_refuses_everything(house: House) -> None:
    assert deliver(TestClient(create_app(house)), secret="")["status"] == 401


def test_the_case_api_needs_its_token(client: TestClient) -> None:
    assert client.get("/api/v1/cases").status_code == 401
    assert client.get("/api/v1/cases", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_vanished_object_is_a_failed_verdict(client: TestClient, house: House) -> None:
    answer = deliver(client, record(house.settings.buckets[0], "vanished", sequencer="1"))
    report = house.scanning.scan_batch(answer["requests"], "w")  # type: ignore[arg-type]
    assert [judged.verdict.word for judged in report.judged] == ["FAILED"]


def test_a_case_is_listed_claimed_and_decided_over_http(client: TestClient, house: House) -> None:
    bucket = house.settings.buckets[0]
    put = s3_client(house.settings).put_object(Bucket=bucket, Key="eicar.com", Body=EICAR.encode())
    answer = deliver(client, record(bucket, "eicar.com", versionId=put["VersionId"], eTag=put["ETag"].strip('"')))
    house.scanning.scan_batch(answer["requests"], "w")  # type: ignore[arg-type]
    house.enforcing.carry_out()
    [case] = client.get("/api/v1/cases", headers=AUTH).json()["cases"]
    shown = client.get(f"/api/v1/cases/{case['id']}", headers=AUTH).json()
    assert shown["clause"]["number"] == "3.1.3.7"
    assert shown["actions"][0]["state"] == "DONE"
    claim = client.post(f"/api/v1/cases/{case['id']}/claim", headers=AUTH, json={"reviewer": "li"}).json()
    late = client.post(f"/api/v1/cases/{case['id']}/claim", headers=AUTH, json={"reviewer": "wang"})
    assert (late.status_code, late.headers["content-type"]) == (409, "application/problem+json")
    body = {"reviewer": "li", "token": claim["claim"]["token"], "outcome": "violating", "reason": "malware"}
    decided = client.post(f"/api/v1/cases/{case['id']}/decide", headers=AUTH, json=body)
    assert decided.json()["state"] == "DECIDED_VIOLATING"
    again = client.post(f"/api/v1/cases/{case['id']}/decide", headers=AUTH, json=body)
    assert again.status_code == 409


def test_a_claim_is_given_back_over_http(client: TestClient, house: House) -> None:
    assert (
        client.post("/api/v1/cases/none/release", headers=AUTH, json={"reviewer": "li", "token": 1}).status_code == 404
    )


def test_an_unknown_case_is_404(client: TestClient) -> None:
    answer = client.get("/api/v1/cases/nowhere", headers=AUTH)
    assert (answer.status_code, answer.json()["where"]) == (404, "nowhere")


def test_the_process_says_that_it_lives(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
