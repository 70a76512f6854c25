"""Thresholds: which leg a sign belongs to, over which window, and how far it may lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from scanner.domain.usage.resources import Resource

NEVER = float("inf")


class Leg(StrEnum):
    """The three legs of §3.1.3.6, recorded apart."""

    HEAVY = "heavy"
    CAUSE = "cause"
    HARM = "harm"


class Kind(StrEnum):
    """How a threshold looks at a series."""

    EXCESS = "excess"  # leaky bucket of use over the entitlement
    BURN = "burn"  # two-tier burn rates: confirmation
    HARD = "hard"  # above a ratio for so long, kept for so long
    UNUSUAL = "unusual"  # against the same hour of the account's own weeks


class Ruling(IntEnum):
    """How far an incident leads. The order is the ladder; SALES stands beside it and never enforces."""

    NONE = 0
    WATCH = 1
    SALES = 2
    THROTTLE = 3
    PROPOSE = 4  # throttled, and a suspension waits for a person's decision
    ATTACK = 5  # a live outgoing attack: throttled at once, a person within the hour


@dataclass(frozen=True, slots=True)
class Threshold:
    """One rule over resources. Ratios are use / entitlement; times are seconds.

    EXCESS: `capacity` s of one entitlement in excess overflow, `leak` drains. BURN: means over (long, short) windows
    both at or above `ratio`, either tier. HARD: at or above `ratio` for `hold`, cleared below it for `keep`.
    UNUSUAL: `ratio` times the usual of this hour, and at least `floor`.
    """

    id: str
    kind: Kind
    clause: str
    leg: Leg
    resources: tuple[Resource, ...]
    measure: Ruling
    notice: str
    shadow: bool = False
    capacity: float = NEVER
    leak: float = 0.1
    ratio: float = NEVER
    tiers: tuple[tuple[int, int, float], ...] = ()  # (long, short, ratio)
    hold: int = 0
    keep: int = 0
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `interval` is the samples' own; one sample speaks for at most `cover`; `gap` ends an incident."""

    interval: int = 60
    cover: int = 90
    stale: int = 300
    skew: int = 120
    gap: int = 3600
    cause: int = 86_400  # how long a seen cause stands
    live: int = 180  # how fresh a flow snapshot must be to be a live attack
    lag: int = 0  # how long a check waits for late samples


class Terms(NamedTuple):
    """The thresholds of one resource as plain numbers, for the step of a series. NEVER: there is no such threshold."""

    capacity: float = NEVER
    leak: float = 0.1
    long_1: float = 21_600.0
    short_1: float = 1_800.0
    ratio_1: float = NEVER
    long_2: float = 86_400.0
    short_2: float = 7_200.0
    ratio_2: float = NEVER
    hard: float = NEVER
    hold: float = 0.0
    keep: float = 0.0
    steps: float = NEVER  # half octaves above the usual
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All thresholds, by resource and kind; at most one for each pair, so that a series has one state."""

    rows: tuple[Threshold, ...] = ()
    timing: Timing = field(default_factory=Timing)

    def of(self, resource: Resource, kind: Kind) -> Threshold | None:
        """The threshold of that kind over the resource."""
        return next((row for row in self.rows if row.kind is kind and resource in row.resources), None)

    def terms(self, resource: Resource) -> Terms:
        """The numbers that a series of the resource is stepped with."""
        terms = Terms()
        for row in self.rows:
            if resource in row.resources:
                terms = terms._replace(**_numbers(row))
        return terms

    @property
    def gap(self) -> timedelta:
        """The quiet time that ends an incident."""
        return timedelta(seconds=self.timing.gap)


def _numbers(row: Threshold) -> Mapping[str, float]:
    if row.kind is Kind.EXCESS:
        return {"capacity": row.capacity, "leak": row.leak}
    if row.kind is Kind.HARD:
        return {"hard": row.ratio, "hold": float(row.hold), "keep": float(row.keep)}
    if row.kind is Kind.UNUSUAL:
        return {"steps": half_octaves(row.ratio), "floor": row.floor}
    (long_1, short_1, ratio_1), (long_2, short_2, ratio_2) = row.tiers
    return {
        "long_1": float(long_1),
        "short_1": float(short_1),
        "ratio_1": ratio_1,
        "long_2": float(long_2),
        "short_2": float(short_2),
        "ratio_2": ratio_2,
    }


def half_octaves(ratio: float) -> float:
    """How many steps of √2 a factor is, rounded up: 2 → 2, 4 → 4."""
    steps = 0
    while 2.0 ** (steps / 2) < ratio * (1 - 1e-9):
        steps += 1
    return float(steps)
