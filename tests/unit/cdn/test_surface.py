"""URLs are refused at the edges and exactly served again; stored objects are followed to the edges that hold them."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from scanner.adapters.cdn_aliyun import Aliyun
from scanner.adapters.cdn_domains import DomainSurface
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.adapters.cdn_ledger import MemoryPurges
from scanner.adapters.cdn_qiniu import Qiniu
from scanner.adapters.cdn_surface import CdnSurface, EdgedSurface
from scanner.adapters.cdn_tencent import Tencent
from scanner.adapters.memory import FixedClock
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.fetching import Ask, Hop, Page, Unfetched
from scanner.domain.cdn.looks import Look, look_of, worst_of
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.errors import ConflictError, EnforcementError, QuotaError
from scanner.services.cdn_looking import Looking
from scanner.services.cdn_purging import Purging
from tests.unit.cdn.doubles import AK, SK, AliyunDouble, Double, QiniuDouble, TencentDouble, serving
from tests.unit.cdn.hostile import reply, scripted

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = Subject("cdn:w.example", "http://w.example/bad.html", "", "e", 3, "tenant")
STORED = Subject("tenant", "www/bad.html", "v1", "etag1", 3, "tenant")


@dataclass
class Origin:
    """A surface of stored objects."""

    shown: str = "served"
    calls: list[str] = field(default_factory=list)

    def plan(self, subject: Subject) -> str:
        return '{"surface":"s3","seen":"served"}'

    def suspend(self, subject: Subject, plan: str) -> None:
        self.calls.append("suspend")
        self.shown = "refused"

    def restore(self, subject: Subject, plan: str) -> None:
        self.calls.append("restore")
        self.shown = "served"

    def observe(self, subject: Subject) -> str:
        return self.shown

    def before(self, plan: str) -> str:
        return str(json.loads(plan)["seen"])


@dataclass
class Edge:
    """Looks at an edge that has cached what the double did not purge or block."""

    double: Double
    origin: Origin

    def look(self, urls: Sequence[str], etag: str = "", size: int = 0) -> list[Look]:
        found = []
        for url in urls:
            refused = self.double.blocked.get(url) or (url in self.double.purged and self.origin.shown == "refused")
            found.append(Look(url, "1.1.1.1:80", "refused" if refused else "served", 403 if refused else 200, NOW))
        return found


@dataclass
class World:
    surface: EdgedSurface
    double: Double
    origin: Origin


@pytest.fixture(params=["tencent", "qiniu"])
def world(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[World]:
    domains = Domains.of((Domain("w.example", bucket="tenant", prefix="www/", provider="main"),))
    double: Double = TencentDouble() if request.param == "tencent" else QiniuDouble()
    with serving(double):
        kind = Tencent if request.param == "tencent" else Qiniu
        purging = Purging(MemoryPurges(), {"main": kind(AK, SK, double.url)}, domains, clock)
        origin = Origin()
        cdn = CdnSurface(domains, Edge(double, origin), purging)
        stops = DomainSurface(domains, Edge(double, origin), purging, lambda _host: [])
        yield World(EdgedSurface(origin, cdn, stops), double, origin)


def test_a_url_is_blocked_once_and_served_again(world: World) -> None:
    plan = world.surface.plan(URL)
    assert json.loads(plan) == {"surface": "cdn", "url": URL.key, "blocked": False, "seen": "served"}
    if isinstance(world.double, QiniuDouble):
        with pytest.raises(EnforcementError, match="no single URL"):
            world.surface.suspend(URL, plan)
        return
    world.surface.suspend(URL, plan)
    world.surface.suspend(URL, plan)
    assert [call for call in world.double.calls if "DisableCaches" in call] == ["POST / DisableCaches"]
    assert world.double.purged == [URL.key]
    assert (world.surface.observe(URL), world.surface.before(plan)) == ("refused", "served")
    world.surface.restore(URL, plan)
    assert world.surface.observe(URL) == "served"
    with pytest.raises(ConflictError):
        world.surface.restore(URL, plan)
    assert world.origin.calls == []


def test_what_was_blocked_before_stays_blocked(world: World) -> None:
    if isinstance(world.double, QiniuDouble):
        pytest.skip("this provider blocks no single URL")
    world.double.blocked[URL.key] = 1
    plan = world.surface.plan(URL)
    world.surface.suspend(URL, plan)
    world.surface.restore(URL, plan)
    assert world.double.blocked[URL.key] == 1


def test_what_a_provider_forgot_to_list_but_refuses_is_served_again(clock: FixedClock) -> None:
    domains = Domains.of((Domain("w.example", provider="main"),))
    double = AliyunDouble()
    with serving(double):
        purging = Purging(MemoryPurges(), {"main": Aliyun(AK, SK, double.url)}, domains, clock)
        surface = CdnSurface(domains, Edge(double, Origin()), purging)
        plan = surface.plan(URL)
        surface.suspend(URL, plan)
        double.history.clear()  # it tells of three days only
        assert surface.observe(URL) == "refused"
        surface.restore(URL, plan)
        assert surface.observe(URL) == "served"
        double.history.clear()
        with pytest.raises(ConflictError):
            surface.restore(URL, plan)


def test_a_stored_object_counts_as_refused_only_when_its_edges_refuse_it(world: World) -> None:
    world.double.polls = 2
    plan = world.surface.plan(STORED)
    world.surface.suspend(STORED, plan)
    assert world.origin.shown == "refused"
    assert world.surface.cdn.looker.look([URL.key])[0].seen == "served"
    assert world.surface.observe(STORED) == "refused"  # the second poll: the provider's task is done
    assert world.double.purged == ["http://w.example/bad.html"]
    assert world.surface.before(plan) == "served"


def test_a_used_up_quota_leaves_the_purge_owed_and_the_object_served(world: World) -> None:
    world.double.quota = 0
    world.surface.suspend(STORED, "{}")
    assert world.surface.observe(STORED) == "served"
    [purge] = world.surface.cdn.purger.want([URL.key])
    assert purge.outcome
    with pytest.raises(QuotaError):
        world.surface.cdn.purger.providers["main"].purge([URL.key])


def test_what_no_provider_serves_goes_to_the_surface_inside(world: World) -> None:
    other = Subject("cdn:other.example", "http://other.example/", account="x")
    world.surface.suspend(other, "{}")
    world.surface.suspend(Subject("bucket:b", ""), "{}")
    world.surface.suspend(Subject("elsewhere", "k"), "{}")
    assert world.origin.calls == ["suspend"] * 3
    assert world.double.calls == []


def page(**headers: str) -> Page:
    return Page(Ask("http://w.example/"), "http://w.example/", 200, headers, b"x", (Hop("u", 200, "1.1.1.1"),))


def test_a_look_says_what_the_edge_says_of_its_cache() -> None:
    look = look_of(page(**{"x-cache": "HIT from edge", "age": "61", "etag": 'W/"e1"'}), "edge", NOW)
    told = (look.seen, look.cached, look.age, look.cache, look.etag)
    assert told == ("served", True, 61, "x-cache: HIT from edge", "e1")
    assert look_of(page(), "edge", NOW).seen == "served"


def test_only_a_status_that_refuses_is_a_refusal() -> None:
    def missed(reason: Reason, status: int) -> str:
        return look_of(Unfetched(Ask("u"), Gap(reason), status=status), "edge", NOW).seen

    assert (missed(Reason.GONE, 404), missed(Reason.ACCESS_DENIED, 403)) == ("gone", "refused")
    assert (missed(Reason.ACCESS_DENIED, 0), missed(Reason.GONE, 0), missed(Reason.TIMEOUT, 0)) == ("unclear",) * 3
    assert missed(Reason.ACCESS_DENIED, 302) == "unclear"  # it leads somewhere that we do not follow; a visitor does
    assert (missed(Reason.OVER_SIZE, 200), missed(Reason.TIMEOUT, 206)) == ("served",) * 2
    assert worst_of([]) == "unclear"


def test_every_edge_is_looked_at_in_the_variants_that_caches_keep_apart(clock: FixedClock) -> None:
    asked: list[Ask] = []

    class Fetching:
        def fetch(self, asks: Iterator[Ask]) -> Iterator[Page]:
            for ask in asks:
                asked.append(ask)
                yield Page(ask, ask.url, 200)

    domains = Domains.of((Domain("w.example", edges=("1.1.1.1:80", "2.2.2.2:80")),))
    looks = Looking(Fetching(), domains, clock).look(["http://w.example/a"])  # type: ignore[arg-type]
    assert Counter(look.edge for look in looks) == {"1.1.1.1:80": 2, "2.2.2.2:80": 2}
    assert {dict(ask.headers)["Accept-Encoding"] for ask in asked} == {"identity", "gzip, deflate, br"}
    assert not any(name.lower() == "cache-control" for ask in asked for name, _ in ask.headers)


JUDGED = b"judged content"
ETAG = hashlib.md5(JUDGED, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("served", "headers", "seen"),
    [
        (JUDGED, {"ETag": '"rewritten"'}, "served"),
        (gzip.compress(JUDGED, mtime=0), {"ETag": '"rewritten"', "Content-Encoding": "gzip"}, "served"),
        (b"a clean page instead", {"ETag": '"new"'}, "gone"),
        (JUDGED[::-1], {"ETag": '"new"'}, "unclear"),
        (b"damaged", {"ETag": '"new"', "Content-Encoding": "br"}, "unclear"),
        (JUDGED, {"ETag": f'"{ETAG}"'}, "served"),
        (b"x" * 300_000, {"ETag": f'"{ETAG}"'}, "served"),
    ],
)
def test_an_edge_that_calls_its_content_another_version_is_believed_by_its_bytes_alone(
    clock: FixedClock, served: bytes, headers: dict[str, str], seen: str
) -> None:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    with scripted(lambda _path, _head, peer: peer.sendall(reply(served, "200 OK", *lines))) as edge:
        domains = Domains.of((Domain("w.example", edges=(f"127.0.0.1:{edge.port}",)),))
        looking = Looking(CurlFetcher(allowed=Allowed.of([f"127.0.0.1#{edge.port}"])), domains, clock)
        looks = looking.look(["http://w.example/a"], ETAG, len(JUDGED))
    assert [look.seen for look in looks] == [seen, seen]


def test_a_url_is_looked_at_over_http_and_https_and_what_only_the_other_serves_is_purged(clock: FixedClock) -> None:
    class Fetching:
        def fetch(self, asks: Iterator[Ask]) -> Iterator[Page | Unfetched]:
            for ask in asks:
                if ask.url.startswith("https://w.example"):
                    yield Page(ask, ask.url, 200)
                else:
                    status = 403 if "w.example" in ask.url else 0
                    yield Unfetched(ask, Gap(Reason.ACCESS_DENIED), status=status)

        def edges(self, text: str) -> tuple[str, ...]:
            return ("1.1.1.1:443" if text.startswith("https") else "1.1.1.1:80",)

    domains = Domains.of((Domain("w.example", bucket="tenant", prefix="www/", provider="main"),))
    looking = Looking(Fetching(), domains, clock)  # type: ignore[arg-type]
    plain = looking.look(["https://w.example/bad.html"])
    assert {(look.url, look.seen) for look in plain} == {
        ("http://w.example/bad.html", "refused"),
        ("https://w.example/bad.html", "served"),
    }
    assert {look.url for look in looking.look(["https://other.example/"])} == {"https://other.example/"}
    with serving(TencentDouble()) as double:
        purging = Purging(MemoryPurges(), {"main": Tencent(AK, SK, double.url)}, domains, clock)
        cdn = CdnSurface(domains, looking, purging)
        surface = EdgedSurface(Origin("refused"), cdn, DomainSurface(domains, looking, purging, lambda _host: []))
        assert surface.observe(STORED) == "served"
        surface.observe(STORED)
        assert double.purged == ["https://w.example/bad.html"]


def test_a_stored_object_is_followed_under_each_spelling_that_caches_hold_apart() -> None:
    domains = Domains.of((Domain("w.example", bucket="tenant", prefix="www/"),))
    assert domains.from_bucket("tenant", "www/a.jpg") == ("http://w.example/a.jpg",)
    assert domains.from_bucket("tenant", "www/a (1)#?%.jpg") == (
        "http://w.example/a%20(1)%23%3F%25.jpg",
        "http://w.example/a%20%281%29%23%3F%25.jpg",
    )
