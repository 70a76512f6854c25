"""What agents and hosts do to a metering: quiet snapshots, clocks that run ahead, hosts that go."""

from dataclasses import replace
from datetime import timedelta

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Process, Signs, Snapshot
from scanner.domain.usage.entitlements import Entitlements, Grant, Plan
from scanner.domain.usage.incidents import IncidentState
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.samples import RawSample
from scanner.domain.usage.thresholds import Ruling
from tests.unit.usage.books import THRESHOLDS
from tests.unit.usage.test_metering import only, world
from tests.unit.usage.world import World


def test_a_cause_stands_though_quiet_snapshots_come_every_minute() -> None:
    w = world("acme")
    w.metering.note([Snapshot("acme", w.clock.moment, processes=(Process("xmrig -o pool", 0.4),))])
    for _ in range(40):
        w.metering.note([Snapshot("acme", w.clock.moment, processes=(Process("nginx", 0.1),))])
        w.minute(acme=1.0)
    [incident] = w.rows.incidents("acme", only_open=True, limit=9)
    assert incident.ruling is Ruling.THROTTLE


def test_a_clock_that_runs_ahead_closes_no_owners_sum_before_the_others_samples_are_there() -> None:
    plan = Plan("small", {Resource.CPU: 0.5}, pooled=True)
    grants = {f"a{n}": (Grant(f"a{n}", "small", owner="olga"),) for n in range(4)} | {"fast": (Grant("fast", "small"),)}
    bought = Entitlements({}, {"small": (plan,)}, grants, owner_limits={Resource.CPU: 0.5})
    w = World(UsageBook(bought, THRESHOLDS, Signs()))
    for _ in range(40):
        w.clock.moment += timedelta(minutes=1)
        now = w.clock.moment.timestamp()
        rows = [RawSample(f"a{n}", "cpu", now - 58, 0.4, "cores") for n in range(4)]
        w.metering.ingest([*rows, RawSample("fast", "cpu", now + 100, 0.1, "cores")])
        w.metering.check()
    assert [incident.account for incident in w.rows.incidents("", only_open=True, limit=9)] == ["owner:olga"]


def test_a_host_that_is_no_longer_ours_keeps_no_incident_frozen() -> None:
    w = world("acme")
    w.steal("h1", 60, 0.3, acme=0.95)
    w.minutes(180, acme=0.1)
    assert only(w).state is IncidentState.FROZEN
    bought = replace(w.book.entitlements, hosts=frozenset())
    w.book = replace(w.book, entitlements=bought)
    w.restart()
    w.minutes(90, acme=0.1)
    assert only(w).state is IncidentState.RESOLVED
