"""Shapes of use, minute by minute, each from a seed: what abusers do, and what honest customers do.

A shape is use in cores of a machine on which the account bought half a core; the rule it is held against fires at
over 0.8 cores for ten minutes. None is a lost sample.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

DAY = 1_440
BOUGHT = 0.5
Points = list[float | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A generator of use; `start`: the minute from which it is more than was bought."""

    name: str
    minutes: int
    make: Callable[[random.Random, int], Points]
    start: Callable[[Sequence[float | None]], int]


def idle(rng: random.Random, minutes: int, level: float = 0.1) -> Points:
    """Ordinary life: a low level with noise and a daily rhythm."""
    return [
        max(0.0, level * (1 + 0.5 * math.sin(m / DAY * 2 * math.pi)) * rng.uniform(0.5, 1.5)) for m in range(minutes)
    ]


def busy(rng: random.Random, low: float, high: float) -> float:
    """One minute of heavy use."""
    return rng.uniform(low, high)


def constant(rng: random.Random, minutes: int) -> Points:
    """0.92 for ever."""
    return [0.92 + rng.uniform(-0.03, 0.03) for _ in range(minutes)]


def on_off(on: int, off: int) -> Callable[[random.Random, int], Points]:
    """Heavy for so many minutes, idle for so many, at a random phase."""

    def make(rng: random.Random, minutes: int) -> Points:
        phase = rng.randrange(on + off)
        return [busy(rng, 0.9, 1.0) if (m + phase) % (on + off) < on else busy(rng, 0.0, 0.1) for m in range(minutes)]

    return make


def lossy(rng: random.Random, minutes: int) -> Points:
    """0.92 with 12 % of the samples lost."""
    return [None if rng.random() < 0.12 else value for value in constant(rng, minutes)]


def over(rng: random.Random, minutes: int) -> Points:
    """1.8 times what was bought, for ever."""
    return [1.8 * BOUGHT + rng.uniform(-0.02, 0.02) for _ in range(minutes)]


def ramp(rng: random.Random, minutes: int) -> Points:
    """From 0.3 to 1.0 in 18 to 36 hours, then on."""
    long = rng.randrange(18 * 60, 36 * 60)
    return [min(1.0, 0.3 + 0.7 * m / long) + rng.uniform(-0.03, 0.03) for m in range(minutes)]


def bursts(rng: random.Random, minutes: int) -> Points:
    """Nine minutes heavy, then 10 to 25 idle: just under a window of ten."""
    points: Points = []
    while len(points) < minutes:
        points += [busy(rng, 0.9, 1.0) for _ in range(9)] + [busy(rng, 0.0, 0.15) for _ in range(rng.randrange(10, 26))]
    return points[:minutes]


def spike(rng: random.Random, minutes: int) -> Points:
    """One spike of twelve minutes in an idle day."""
    points, at = idle(rng, minutes), rng.randrange(60, minutes - 60)
    points[at : at + 12] = [busy(rng, 0.9, 1.0) for _ in range(12)]
    return points


def nightly(rng: random.Random, minutes: int) -> Points:
    """A job of 45 minutes every night."""
    points, hour, level = idle(rng, minutes), rng.randrange(0, 6), rng.uniform(0.6, 0.95)
    for day in range(minutes // DAY):
        at = day * DAY + hour * 60 + rng.randrange(10)
        points[at : at + 45] = [level + rng.uniform(-0.05, 0.05) for _ in range(45)]
    return points[:minutes]


def steady(rng: random.Random, minutes: int) -> Points:
    """At what was bought, with noise."""
    return [BOUGHT * rng.gauss(1.0, 0.1) for _ in range(minutes)]


def viral(rng: random.Random, minutes: int) -> Points:
    """Two idle days, then a week of 1.5 to 2 times what was bought in waves."""
    head = idle(rng, 2 * DAY)
    return head + [BOUGHT * (1.5 + 0.5 * math.sin(m / 300)) * rng.uniform(0.9, 1.1) for m in range(minutes - 2 * DAY)]


def backup(rng: random.Random, minutes: int) -> Points:
    """One day of backup among idle ones: 0.8 for 10 to 20 hours."""
    points, at = idle(rng, minutes), DAY + rng.randrange(6 * 60)
    long = rng.randrange(600, 1_200)
    points[at : at + long] = [busy(rng, 0.7, 0.9) for _ in range(long)]
    return points[:minutes]


def first_day(rng: random.Random, minutes: int) -> Points:
    """A new customer sets up: spikes of 5 to 10 minutes, an hour or two apart."""
    points, at = idle(rng, minutes, 0.05), 0
    while at < minutes - 30:
        long = rng.randrange(5, 11)
        points[at : at + long] = [busy(rng, 0.6, 1.0) for _ in range(long)]
        at += long + rng.randrange(60, 120)
    return points[:minutes]


def daylight(rng: random.Random, minutes: int) -> Points:
    """Eight days of office hours, then the same an hour earlier."""
    low, high = rng.uniform(0.02, 0.05), rng.uniform(0.35, 0.45)
    shifted = [m + 60 if m >= 8 * DAY else m for m in range(minutes)]
    return [(high if 9 * 60 <= m % DAY < 17 * 60 else low) * rng.uniform(0.9, 1.1) for m in shifted]


def small_account(rng: random.Random, minutes: int) -> Points:
    """One of an owner's many: 80 to 95 % of a quarter core, never over."""
    return [0.25 * rng.uniform(0.8, 0.95) for _ in range(minutes)]


def _now(points: Sequence[float | None]) -> int:
    return 0


def _crossing(points: Sequence[float | None]) -> int:
    means = ((m, [p for p in points[m : m + 10] if p is not None]) for m in range(len(points)))
    return next((m for m, near in means if near and sum(near) / len(near) > BOUGHT), 0)


ABUSE: tuple[Shape, ...] = (
    Shape("constant 0.92", DAY, constant, _now),
    Shape("9 on / 1 off", DAY, on_off(9, 1), _now),
    Shape("4 on / 4 off", DAY, on_off(4, 4), _now),
    Shape("12 % lost samples", DAY, lossy, _now),
    Shape("1.8x forever", DAY, over, _now),
    Shape("slow ramp", 2 * DAY, ramp, _crossing),
    Shape("bursts just under the window", DAY, bursts, _now),
)
LEGITIMATE: tuple[Shape, ...] = (
    Shape("one 12-minute spike", DAY, spike, _now),
    Shape("nightly 45-minute job", 3 * DAY, nightly, _now),
    Shape("steady at entitlement", 2 * DAY, steady, _now),
    Shape("viral week", 9 * DAY, viral, _now),
    Shape("backup day", 3 * DAY, backup, _now),
    Shape("new customer's first day", DAY, first_day, _now),
    Shape("daylight-saving shift", 10 * DAY, daylight, _now),
)
OWNERS = Shape("many small accounts of one owner", DAY, small_account, _now)


def rule_fires(points: Sequence[float | None]) -> int | None:
    """The minute at which `> 80 % for 10 min` fires: a lost sample neither breaks nor makes it."""
    since: int | None = None
    for minute, point in enumerate(points):
        if point is not None:
            since = (minute if since is None else since) if point > 0.8 else None
        if since is not None and minute - since >= 10:
            return minute
    return None


def named(seeds: int, shape: Shape) -> Mapping[str, Points]:
    """The shape for each seed, by an account's name."""
    return {
        f"{shape.name} {seed}": shape.make(random.Random(f"{shape.name}/{seed}"), shape.minutes)
        for seed in range(seeds)
    }
