"""Shapes through the whole of metering (in memory, the shipped thresholds), and how it was with each of them."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.usage_shapes import BOUGHT, OWNERS, Points, Shape, named, rule_fires
from scanner.bootstrap_simulation import simulation_of
from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Process, Snapshot
from scanner.domain.usage.entitlements import Entitlements, Grant, Plan
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.samples import RawSample
from scanner.domain.usage.thresholds import Ruling
from scanner.rulebook.usage import load_usage
from scanner.services.metering_simulation import Course, Simulating

RULES = Path(__file__).resolve().parent.parent / "rules"
START = 1_735_689_600  # a Wednesday, midnight UTC


@dataclass(frozen=True, slots=True)
class Outcome:
    """One shape over all seeds: how many were watched for heavy use, throttled, sent to sales; delays in minutes."""

    watched: int
    throttled: int
    sales: int
    delays: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()  # our delay / the rule's, where the rule fires


def book_of(accounts: Mapping[str, str]) -> UsageBook:
    """The shipped rules with our accounts (name to owner): half a core each, or a quarter of a pooled core."""
    shipped = load_usage(RULES)
    plans = {
        "half": (Plan("half", {Resource.CPU: BOUGHT}),),
        "small": (Plan("small", {Resource.CPU: BOUGHT / 2}, pooled=True),),
    }
    grants = {name: (Grant(name, "small" if owner else "half", owner),) for name, owner in accounts.items()}
    limits, defaults = {Resource.CPU: BOUGHT}, shipped.entitlements.defaults
    return replace(shipped, entitlements=Entitlements(defaults, plans, grants, owner_limits=limits))


def samples_of(points: Mapping[str, Points], harmed: frozenset[str]) -> Iterator[RawSample]:
    """The points as samples; for the `harmed`, stolen time well over the tolerable stands all the while."""
    longest = max(map(len, points.values()))
    for minute in range(longest):
        at = START + minute * 60 + 30
        for account, values in points.items():
            value = values[minute]
            if value is not None:
                yield RawSample(account, "cpu", at, value, "cores")
                if account in harmed:
                    yield RawSample(account, "steal", at, 0.3, "ratio")


def miners(accounts: Iterable[str]) -> list[Snapshot]:
    """An agent's feed that sees a miner on every account, twice a day."""
    times = [datetime.fromtimestamp(START + 30 + half * 43_200, UTC) for half in range(20)]
    return [Snapshot(name, at, "agent", (Process("./xmrig -o pool", 0.9),)) for name in accounts for at in times]


def abuse(shape: Shape, seeds: int) -> Outcome:
    """An abuser's shape with an agent's feed that sees the miner."""
    points = named(seeds, shape)
    simulating = simulation_of(book_of(dict.fromkeys(points, "")))
    simulating.run(samples_of(points, frozenset()), miners(points))
    return _outcome(shape, points, simulating)


def legitimate(shape: Shape, seeds: int) -> tuple[Outcome, Outcome]:
    """An honest shape, once with others harmed all the while, once with a false miner sign standing instead."""
    plain = named(seeds, shape)
    framed = {f"framed {name}": points for name, points in plain.items()}
    simulating = simulation_of(book_of(dict.fromkeys([*plain, *framed], "")))
    simulating.run(samples_of({**plain, **framed}, frozenset(plain)), miners(framed))
    return _outcome(shape, plain, simulating), _outcome(shape, framed, simulating)


def run_owners(seeds: int) -> Outcome:
    """Owners with 10 to 14 small accounts each, none of them over its own limit."""
    owners = {f"o{seed}": random.Random(f"owners/{seed}").randrange(10, 15) for seed in range(seeds)}
    accounts = {f"{owner}-{number}": owner for owner, size in owners.items() for number in range(size)}
    points = {name: OWNERS.make(random.Random(name), OWNERS.minutes) for name in accounts}
    simulating = simulation_of(book_of(accounts))
    simulating.run(samples_of(points, frozenset()), miners(points))
    found = [simulating.courses.get(f"owner:{owner}", Course("")) for owner in owners]
    delays = tuple((c.throttled.timestamp() - START) / 60 for c in found if c.throttled)
    raised = heavy(simulating)
    watched = sum(f"owner:{owner}" in raised for owner in owners)
    return Outcome(watched, sum(c.throttled is not None for c in found), 0, delays)


def heavy(simulating: Simulating) -> set[str]:
    """The accounts whose heavy-use leg stood at some time."""
    incidents = simulating.metering.record.incidents("", only_open=False, limit=100_000)
    return {
        i.account
        for i in incidents
        if any(f.leg == "heavy" and f.measure > Ruling.WATCH for f in i.facts if f.kind != "burn")
    }


def _outcome(shape: Shape, points: Mapping[str, Points], simulating: Simulating) -> Outcome:
    delays, ratios, courses = [], [], simulating.courses
    for account, values in points.items():
        course, begun, fired = courses.get(account, Course(account)), shape.start(values), rule_fires(values)
        if course.throttled is None:
            continue
        delay = (course.throttled.timestamp() - START) / 60 - begun
        delays.append(delay)
        if fired is not None:
            ratios.append(delay / (fired + 1 - begun))
    found = [courses.get(account, Course(account)) for account in points]
    sales = sum(course.referred is not None for course in found)
    return Outcome(len(heavy(simulating) & points.keys()), len(delays), sales, tuple(delays), tuple(ratios))
