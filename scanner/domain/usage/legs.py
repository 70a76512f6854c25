"""From raised signs to legs, and from legs to a ruling: the decision table of §3.1.3.6."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.usage.resources import Resource
from scanner.domain.usage.series import Flag
from scanner.domain.usage.thresholds import Kind, Leg, Ruling, Threshold, Thresholds

KINDS = ((Flag.EXCESS, Kind.EXCESS), (Flag.BURN, Kind.BURN), (Flag.HARD, Kind.HARD), (Flag.UNUSUAL, Kind.UNUSUAL))


@dataclass(frozen=True, slots=True)
class Signal:
    """What stands raised on one series: flags, newest rate and limit (canonical), the usual of this hour (a ratio)."""

    account: str
    resource: Resource
    flags: Flag
    last_at: int
    rate: float
    entitled: float
    fill: float = 0.0  # of the bucket, in capacities
    usual: float = 0.0

    @property
    def ratio(self) -> float:
        """Use / entitlement."""
        return self.rate / self.entitled


@dataclass(frozen=True, slots=True)
class Fact:
    """One threshold raised on one resource, over an incident. Ratios are use / entitlement."""

    threshold: str
    kind: Kind
    leg: Leg
    resource: Resource
    account: str  # the account itself, its owner or its host
    clause: str
    measure: Ruling
    shadow: bool
    since: datetime
    last: datetime
    peak: float
    latest: float
    entitled: float
    usual: float = 0.0


def facts_of(signal: Signal, thresholds: Thresholds, at: datetime) -> tuple[Fact, ...]:
    """The facts of a series, one for each raised threshold."""
    raised = [thresholds.of(signal.resource, kind) for flag, kind in KINDS if signal.flags & flag]
    return tuple(_fact(signal, row, at) for row in raised if row is not None)


def _fact(signal: Signal, row: Threshold, at: datetime) -> Fact:
    return Fact(
        threshold=row.id,
        kind=row.kind,
        leg=row.leg,
        resource=signal.resource,
        account=signal.account,
        clause=row.clause,
        measure=row.measure,
        shadow=row.shadow,
        since=at,
        last=at,
        peak=signal.ratio,
        latest=signal.ratio,
        entitled=signal.entitled,
        usual=signal.usual,
    )


def legs_of(facts: Iterable[Fact], *, cause: bool) -> frozenset[Leg]:
    """The legs that stand. Burn rates confirm and raise no leg; what may lead to no more than a watch carries none."""
    standing = {fact.leg for fact in facts if fact.kind is not Kind.BURN and fact.measure > Ruling.WATCH}
    return frozenset(standing | ({Leg.CAUSE} if cause else set()))


def decide(legs: frozenset[Leg], *, attack: bool = False, seen: bool = False) -> Ruling:
    """One leg watches; two throttle and notify; three propose a suspension; a viral customer goes to sales.

    `attack`: traffic against others goes out now. `seen`: something was raised that carries no leg by itself.
    """
    if attack:
        return Ruling.ATTACK
    if legs == {Leg.HEAVY, Leg.HARM}:
        return Ruling.SALES
    by_count = (Ruling.WATCH if seen else Ruling.NONE, Ruling.WATCH, Ruling.THROTTLE, Ruling.PROPOSE)
    return by_count[len(legs)]


def ruling_of(facts: Iterable[Fact], *, cause: bool, attack: bool, shadow: bool) -> Ruling:
    """The ruling over facts, never further than the furthest of their thresholds allows; `shadow` ones count or not."""
    counted = [fact for fact in facts if shadow or not fact.shadow]
    ruling = decide(legs_of(counted, cause=cause), attack=attack, seen=bool(counted))
    if attack or not counted:
        return ruling
    return min(ruling, max(fact.measure for fact in counted))
