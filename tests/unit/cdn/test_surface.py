"""URLs are refused at the edges and exactly served again; stored objects are followed to the edges that hold them."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from scanner.adapters.cdn_aliyun import Aliyun
from scanner.adapters.cdn_domains import DomainSurface
from scanner.adapters.cdn_ledger import MemoryPurges
from scanner.adapters.cdn_qiniu import Qiniu
from scanner.adapters.cdn_surface import CdnSurface, EdgedSurface
from scanner.adapters.cdn_tencent import Tencent
from scanner.adapters.memory import FixedClock
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.fetching import Ask, Hop, Page, Unfetched
from scanner.domain.cdn.looks import Look, look_of, worst_of
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.errors import ConflictError, EnforcementError, QuotaError
from scanner.services.cdn_looking import Looking
from scanner.services.cdn_purging import Purging
from tests.unit.cdn.doubles import AK, SK, AliyunDouble, Double, QiniuDouble, TencentDouble, serving

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

    def look(self, urls: Sequence[str], etag: str = "") -> list[Look]:
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
    look = look_of(page(**{"x-cache": "HIT from edge", "age": "61", "etag": 'W/"e1"'}), "edge", NOW, "e1")
    assert (look.seen, look.cached, look.age, look.cache, look.etag) == (
        "served",
        True,
        61,
        "x-cache: HIT from edge",
        "e1",
    )
    assert look_of(page(etag='"e2"'), "edge", NOW, "e1").seen == "gone"
    assert look_of(page(), "edge", NOW, "e1").seen == "served"


def test_a_look_that_nobody_answered_is_unclear() -> None:
    def missed(reason: Reason, status: int) -> str:
        return look_of(Unfetched(Ask("u"), Gap(reason), status=status), "edge", NOW).seen

    assert (missed(Reason.GONE, 404), missed(Reason.ACCESS_DENIED, 403)) == ("gone", "refused")
    assert (missed(Reason.ACCESS_DENIED, 0), missed(Reason.GONE, 0), missed(Reason.TIMEOUT, 0)) == ("unclear",) * 3
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
