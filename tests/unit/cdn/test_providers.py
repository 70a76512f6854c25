"""Each provider's adapter before its strict double: signed, batched, polled, quota-aware, idempotent."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from scanner.adapters.cdn_aliyun import Aliyun
from scanner.adapters.cdn_cloudflare import Cloudflare
from scanner.adapters.cdn_qiniu import Qiniu
from scanner.adapters.cdn_tencent import Tencent
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
