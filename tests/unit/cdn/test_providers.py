"""Each provider's adapter before its strict double: signed, batched, polled, quota-aware, idempotent."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from scanner.adapters import cdn_call
from scanner.adapters.cdn_aliyun import Aliyun, rpc_signature
from scanner.adapters.cdn_call import call
from scanner.adapters.cdn_cloudflare import Cloudflare
from scanner.adapters.cdn_qiniu import Qiniu, qbox, signed_whole
from scanner.adapters.cdn_tencent import Tencent, tc3
from scanner.adapters.cdn_webhook import WebhookProvider
from scanner.domain.cdn.purging import PurgeState
from scanner.errors import AmbiguousError, EnforcementError, QuotaError
from scanner.ports_cdn import Provider
from tests.unit.cdn.doubles import (
    AK,
    SK,
    AliyunDouble,
    CloudflareDouble,
    Double,
    QiniuDouble,
    TencentDouble,
    WebhookDouble,
    serving,
)
from tests.unit.cdn.hostile import reply, scripted

URL, OTHER = "http://w.example/a%20b.html?x=1&y=~2", "http://w.example/other"


@dataclass
class Pair:
    provider: Provider
    double: Double
    kind: str


@pytest.fixture(params=["qiniu", "aliyun", "tencent", "cloudflare", "webhook"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    doubles: dict[str, Double] = {
        "qiniu": QiniuDouble(),
        "aliyun": AliyunDouble(),
        "tencent": TencentDouble(),
        "cloudflare": CloudflareDouble(),
        "webhook": WebhookDouble(),
    }
    with serving(doubles[request.param]) as double:
        providers: dict[str, Any] = {
            "qiniu": Qiniu(AK, SK, double.url),
            "aliyun": Aliyun(AK, SK, double.url),
            "tencent": Tencent(AK, SK, double.url),
            "cloudflare": Cloudflare(SK, "z1", double.url),
            "webhook": WebhookProvider(double.url, SK),
        }
        yield Pair(providers[request.param], double, request.param)


def test_a_purge_is_accepted_polled_and_done(pair: Pair) -> None:
    pair.double.polls = 2
    task = pair.provider.purge([URL, OTHER]).task
    states = [pair.provider.state(task) for _ in range(2)]
    assert states[-1] is PurgeState.DONE
    assert states[0] is (PurgeState.DONE if pair.kind == "cloudflare" else PurgeState.SUBMITTED)
    if pair.kind != "cloudflare":
        assert pair.double.purged == [URL, OTHER]


def test_a_used_up_quota_is_told_with_the_wait(pair: Pair) -> None:
    pair.double.quota = 1
    with pytest.raises(QuotaError) as caught:
        pair.provider.purge([URL, OTHER])
    assert caught.value.wait >= 60
    assert pair.double.tasks == {}


def test_a_wrong_secret_is_refused_and_says_so(pair: Pair) -> None:
    name = {"cloudflare": "token"}.get(pair.kind, "secret")
    wrong = replace(pair.provider, **{name: "other"})  # type: ignore[type-var]
    with pytest.raises(EnforcementError, match="refuses"):
        wrong.purge([URL])
    assert pair.double.tasks == {}


def test_a_lost_answer_is_ambiguous(pair: Pair) -> None:
    pair.double.fault = lambda _call: (503, {})
    with pytest.raises(AmbiguousError):
        pair.provider.purge([URL])


def test_a_url_is_blocked_once_and_unblocked(pair: Pair) -> None:
    if not pair.provider.blocks:
        with pytest.raises(EnforcementError, match="no single URL"):
            pair.provider.block([URL])
        assert pair.provider.blocked("w.example") == frozenset()
        return
    pair.provider.block([URL])
    pair.provider.block([URL])
    assert pair.provider.blocked("w.example") == {URL}
    pair.provider.unblock([URL])
    pair.provider.unblock([URL])
    assert pair.provider.blocked("w.example") == frozenset()


def test_a_domain_is_stopped_and_started(pair: Pair) -> None:
    assert pair.provider.running("w.example")
    pair.provider.stop("w.example")
    pair.provider.stop("w.example")
    assert not pair.provider.running("w.example")
    pair.provider.start("w.example")
    assert pair.provider.running("w.example")


def test_the_quota_is_what_the_provider_tells(pair: Pair) -> None:
    quota = pair.provider.quota()
    assert quota.left == (-1 if pair.kind in ("qiniu", "cloudflare") else 1_000)


def test_an_invalid_url_is_named_and_the_others_taken() -> None:
    with serving(QiniuDouble()) as double:
        answer = Qiniu(AK, SK, double.url).purge([URL, "http://invalid.example/"])
    assert answer.refused == (("http://invalid.example/", "the provider calls it invalid"),)
    assert answer.left == 999


def test_a_call_that_the_provider_has_no_more_says_what_to_do() -> None:
    with serving(TencentDouble()) as double:
        double.fault = lambda _call: (200, {"Response": {"Error": {"Code": "InvalidAction", "Message": "no"}}})
        with pytest.raises(EnforcementError, match="no DisableCaches any more") as caught:
            Tencent(AK, SK, double.url).block([URL])
    assert "stop the domain" in caught.value.mend


def test_too_many_urls_at_once_are_no_used_up_day() -> None:
    with serving(TencentDouble()) as double:
        error = {"Code": "LimitExceeded.CdnPurgeUrlExceedBatchLimit", "Message": "batch"}
        double.fault = lambda _call: (200, {"Response": {"Error": error}})
        with pytest.raises(EnforcementError, match="BatchLimit"):
            Tencent(AK, SK, double.url).purge([URL])


def test_a_zone_without_a_ruleset_gets_one_with_the_first_rule() -> None:
    double = CloudflareDouble()
    double.has_ruleset = False
    with serving(double):
        provider = Cloudflare(SK, "z1", double.url)
        assert provider.blocked("w.example") == frozenset()
        provider.unblock([URL])
        provider.block([URL, OTHER])
        assert provider.blocked("w.example") == {URL, OTHER}
    assert len(double.rules) == 2


def test_the_newest_word_on_a_url_counts() -> None:
    with serving(AliyunDouble()) as double:
        provider = Aliyun(AK, SK, double.url)
        provider.block([URL, OTHER])
        provider.unblock([URL])
        assert provider.blocked("w.example") == {OTHER}
        provider.block([URL])
        assert provider.blocked("w.example") == {URL, OTHER}


# What the providers' own SDKs sign the same requests with: qiniu 7.18.0, aliyun-python-sdk-core 2.16.1 and
# tencentcloud-sdk-python-common 3.1.195.
ALIYUN = {
    "Action": "RefreshObjectCaches",
    "Version": "2018-05-10",
    "Format": "JSON",
    "AccessKeyId": "access",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "SignatureNonce": "n1",
    "Timestamp": "2026-01-01T00:00:00Z",
    "ObjectPath": "http://w.example/a%20b.html?x=1&y=~2\nhttp://w.example/图*+",
    "ObjectType": "File",
}


def test_requests_are_signed_as_the_providers_own_sdks_sign_them() -> None:
    refresh = "https://fusion.qiniuapi.com/v2/tune/refresh?x=1"
    offline = "https://api.qiniu.com/domain/w.example/offline"
    body = b'{"Urls":["http://w.example/a"]}'
    assert qbox("access", "secret", refresh) == "QBox access:O_9KZBwgSCslEkRjFa9Y954-TL0="
    assert signed_whole("access", "secret", "POST", offline, "20260101T000000Z", b"") == (
        "Qiniu access:oU54jsjlGDeemIXZxJRdnrnSW1s="
    )
    assert rpc_signature(ALIYUN, "secret") == "Z783Bg0wjqvq9aQWFXsCLQf0v2c="
    assert tc3("access", "secret", "cdn.tencentcloudapi.com", body, 1_767_225_600) == (
        "TC3-HMAC-SHA256 Credential=access/2026-01-01/cdn/tc3_request, SignedHeaders=content-type;host, "
        "Signature=cb3e309bf3367ec28786edca89592f23135fa5b2e0d63ed7b02dee6c8a5b904b"
    )


@pytest.mark.parametrize(
    ("head", "wait"),
    [("Retry-After: 7", 7.0), ("Retry-After: 99999999999999999999", 86_400.0), ("Retry-After: soon", 0.0)],
)
def test_a_gateways_page_with_429_is_a_quota_and_its_wait_is_bounded(head: str, wait: float) -> None:
    page = reply(b"<html>Too Many Requests</html>", "429 Too Many Requests", head)
    with scripted(lambda _path, _head, peer: peer.sendall(page)) as server:
        with pytest.raises(QuotaError) as told:
            Cloudflare(SK, "z1", f"http://127.0.0.1:{server.port}").purge(["http://w.example/"])
        assert told.value.wait == (wait or 60.0)


def test_a_retry_after_may_be_a_date() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    page = reply(b"", "429 Too Many Requests", f"Retry-After: {moment}")
    with scripted(lambda _path, _head, peer: peer.sendall(page)) as server:
        assert 90 < call("GET", f"http://127.0.0.1:{server.port}/", {}).wait <= 100


def test_pages_instead_of_json_are_told_with_their_status() -> None:
    for status, told in (("200 OK", "answered 200 and no JSON"), ("403 Forbidden", "403")):
        page = reply(b"<html>", status)
        with (
            scripted(lambda _path, _head, peer, page=page: peer.sendall(page)) as server,
            pytest.raises(EnforcementError, match=told),
        ):
            Aliyun(AK, SK, f"http://127.0.0.1:{server.port}").purge(["http://w.example/"])


def test_an_answer_that_drips_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdn_call, "WHOLE", 0.3)

    def drip(_path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(40):
            peer.sendall(b" ")
            time.sleep(0.05)

    with scripted(drip) as server, pytest.raises(AmbiguousError, match="no answer"):
        call("GET", f"http://127.0.0.1:{server.port}/", {})


def test_an_answer_in_no_known_shape_is_told_whatever_was_asked(pair: Pair) -> None:
    shapes: dict[str, Any] = {"code": 200, "success": True, "result": 7, "Response": {"UrlRecordList": [{}]}}
    pair.double.fault = lambda _call: (200, {**shapes, "Tasks": {"CDNTask": [{}]}, "urls": 7, "left": "x"})
    asked = {"qiniu": "purge"}.get(pair.kind, "blocked")
    with pytest.raises(EnforcementError, match="in no known shape"):
        getattr(pair.provider, asked)(["http://w.example/"] if asked == "purge" else "w.example")
