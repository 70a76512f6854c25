"""MinIO's webhook: its token as bearer, its body as MinIO writes it."""

import json

from fastapi.testclient import TestClient

from console.app import create_app
from scanner.bootstrap import House
from tests.unit.intake.messages import record


def body(bucket: str, key: str) -> bytes:
    """As MinIO posts it: event, path and records."""
    document = {"EventName": "s3:ObjectCreated:Put", "Key": f"{bucket}/{key}", "Records": [record(bucket, key)]}
    return json.dumps(document).encode()


def test_minio_s_webhook_is_taken_with_its_token_and_refused_without(house: House) -> None:
    bucket = house.settings.buckets[0]
    with TestClient(create_app(house)) as client:
        sent = client.post("/hooks/s3", content=body(bucket, "a%2Fb"), headers={"Authorization": "Bearer hook-secret"})
        assert (sent.status_code, sent.json()["accepted"]) == (202, 1)
        wrong = client.post("/hooks/s3", content=body(bucket, "c"), headers={"Authorization": "Bearer other"})
        assert wrong.status_code == 401
    assert dict(house.requests.counts()) == {"owed": 1}
