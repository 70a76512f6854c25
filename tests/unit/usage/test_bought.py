"""Entitlements by day, owners' pools, and causes in snapshots and logs."""

import re
from datetime import UTC, date, datetime

from scanner.domain.usage.causes import (
    MAX_LINES,
    Cause,
    CauseKind,
    Flow,
    Process,
    Signs,
    Snapshot,
    bounded,
    causes_of,
)
from scanner.domain.usage.entitlements import Entitlements, Grant, Override, Plan, overlapping
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.traffic import MAX_URLS, Access, summed

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SIGNS = Signs(((CauseKind.MINER, re.compile(r"\bxmrig\b")),), {3333: CauseKind.MINER})


def bought() -> Entitlements:
    plans = {
        "s": (Plan("s", {Resource.CPU: 1.0}, True, MARCH, APRIL), Plan("s", {Resource.CPU: 2.0}, True, APRIL)),
        "b": (Plan("b", {Resource.CPU: 8.0}),),
    }
    grants = {
        "a1": (Grant("a1", "s", "olga", ("h1",)),),
        "a2": (Grant("a2", "s", "olga", since=MARCH, until=APRIL), Grant("a2", "b", "olga", since=APRIL)),
    }
    more = {"a1": (Override("a1", Resource.CPU, 5.0, APRIL, MAY, "sale"),)}
    return Entitlements({Resource.STEAL: 0.1}, plans, grants, more, {Resource.CPU: 1.5}, frozenset({"h1"}))


def test_the_limit_is_that_of_the_day() -> None:
    book = bought()
    days = (date(2026, 3, 31), date(2026, 4, 30), MAY)
    assert [book.entitled("a1", Resource.CPU, day) for day in days] == [1.0, 5.0, 2.0]
    assert [book.entitled("a2", Resource.CPU, day) for day in days] == [1.0, 8.0, 8.0]
    assert book.entitled("a1", Resource.CPU, date(2026, 2, 1)) is None


def test_defaults_serve_what_a_plan_does_not_say() -> None:
    assert bought().entitled("host:h1", Resource.STEAL, MARCH) == 0.1
    assert bought().entitled("a1", Resource.MEMORY, MARCH) is None


def test_only_granted_accounts_and_their_hosts_are_known() -> None:
    assert [bought().knows(name) for name in ("a1", "host:h1", "host:h2", "zed", "owner:olga")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_pooled_accounts_share_their_owners_limit_while_the_plan_is_pooled() -> None:
    book = bought()
    assert book.accounts_of("owner:olga", MARCH) == ("a1", "a2")
    assert book.accounts_of("owner:olga", APRIL) == ("a1",)
    assert book.entitled("owner:olga", Resource.CPU, MARCH) == 1.5


def test_overlapping_days_are_found_and_touching_ones_are_not() -> None:
    touching = (Plan("s", {}, since=MARCH, until=APRIL), Plan("s", {}, since=APRIL))
    assert overlapping(touching) is None
    assert overlapping((Plan("s", {}, since=MARCH, until=MAY), Plan("s", {}, since=APRIL))) is not None


def test_a_miner_a_scan_and_a_flood_are_told_apart() -> None:
    flows = (Flow("10.0.0.9", 80, 90_000.0), Flow("many", 22, peers=5_000), Flow("pool", 3333), Flow("web", 443, 10.0))
    found = causes_of(Snapshot("a1", AT, "agent", (Process("/tmp/xmrig -o x", 0.9), Process("nginx")), flows), SIGNS)
    assert {(c.kind, c.live) for c in found} == {
        (CauseKind.MINER, False),
        (CauseKind.FLOOD, True),
        (CauseKind.SCANNER, True),
    }
    assert isinstance(found[0], Cause)


def test_a_viral_site_with_many_small_flows_is_no_flood() -> None:
    flows = (Flow("clients", 443, 90_000.0, 1e8, peers=900),)
    assert causes_of(Snapshot("a1", AT, "agent", flows=flows), SIGNS) == ()


def test_a_snapshot_is_bounded_to_its_heaviest() -> None:
    many = tuple(Process("x" * 10_000, float(cpu)) for cpu in range(500))
    kept = bounded(Snapshot("a1", AT, "agent", many, tops=tuple((str(n), n) for n in range(500))))
    assert len(kept.processes) == len(kept.tops) == MAX_LINES
    assert kept.processes[0].cpu == 499.0
    assert len(kept.processes[0].command) == 400


def test_a_log_becomes_bandwidth_and_requests_by_minute() -> None:
    lines = [Access("b1", 60.0, 600, 60, "/x"), Access("b1", 119.0, 600, 0, "/x"), Access("cdn", 130.0, 60, 0, "/y")]
    traffic = summed(lines, {"b1": "acme"}, 60)
    rows = [(s.account, s.resource, s.at, s.value, s.unit) for s in traffic.samples]
    assert rows[:3] == [
        ("acme", "bandwidth-out", 119, 20.0, "B/s"),
        ("acme", "bandwidth-in", 119, 1.0, "B/s"),
        ("acme", "requests", 119, 2 / 60, "1/s"),
    ]
    assert traffic.lines == 3
    assert traffic.tops[0].tops == (("/x", 2),)


def test_counting_urls_is_bounded_and_keeps_the_heavy_one() -> None:
    lines = [Access("a", 60.0, 1, 0, "/hot" if n % 3 == 0 else f"/{n}") for n in range(6_000)]
    tops = summed(lines, {}, 60).tops[0].tops
    assert tops[0][0] == "/hot"
    assert 2_000 - 6_000 // MAX_URLS <= tops[0][1] <= 2_000
    assert len(tops) <= MAX_LINES
