"""Our signatures are botocore's."""

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from scanner.wire.sigv4 import EMPTY_SHA256, object_path, query_string, signed_headers


@pytest.mark.parametrize("key", ["plain.txt", "a/../b", ".", "a//b", "sp ace+%2F", "名字/😀", "~tilde*(!)'"])
@pytest.mark.parametrize("token", ["", "session-token"])
def test_a_signature_is_the_one_botocore_makes(monkeypatch: pytest.MonkeyPatch, key: str, token: str) -> None:
    now, path, query = (
        datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
        object_path("tenant", key),
        query_string({"versionId": "a+b/="}),
    )
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: now)
    request = AWSRequest("GET", f"http://127.0.0.1:9000{path}?{query}", headers={"x-amz-content-sha256": EMPTY_SHA256})
    signer = S3SigV4Auth(Credentials("access", "secret", token or None), "s3", "eu-west-1")
    monkeypatch.setattr(signer, "payload", lambda _request: EMPTY_SHA256)
    signer.add_auth(request)
    ours = signed_headers("access", "secret", token, "eu-west-1", "127.0.0.1:9000", path, query, now)
    assert f"Authorization: {request.headers['Authorization']}" == ours[-1]
