"""Incidents: the signs of one account, grouped until it is quiet for long enough, and what they led to."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.domain.usage.causes import ATTACKS, Cause
from scanner.domain.usage.legs import Fact, Signal, facts_of, ruling_of
from scanner.domain.usage.thresholds import Kind, Leg, Ruling, Thresholds, Timing

MAX_FACTS, MAX_CAUSES, MAX_TOPS = 40, 20, 20
ATTACK_CLAUSE = "3.1.3.7"


class IncidentState(StrEnum):
    """OPEN until quiet for the gap; FROZEN while data is missing: neither worse nor better is known."""

    OPEN = "OPEN"
    FROZEN = "FROZEN"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of one account (or `owner:NAME`). `ruling` is the furthest it led, `would` with shadow thresholds.

    `carried` is the ruling that was acted on; `case` and `throttles` are ids of what that filed. `cleared`: a person
    decided that this is no abuse; it goes on grouping signs, and nothing but a live attack has
    consequences again.
    """

    id: str
    account: str
    clause: str
    started: datetime
    last: datetime
    state: IncidentState = IncidentState.OPEN
    ruling: Ruling = Ruling.NONE
    would: Ruling = Ruling.NONE
    facts: tuple[Fact, ...] = ()
    causes: tuple[Cause, ...] = ()
    tops: tuple[tuple[str, int], ...] = ()
    quiet_since: datetime | None = None
    carried: Ruling = Ruling.NONE
    case: str = ""
    throttles: tuple[str, ...] = ()
    lifted: bool = False
    cleared: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still groups new signs."""
        return self.state is not IncidentState.RESOLVED

    @property
    def is_confirmed(self) -> bool:
        """Whether burn rates over hours confirm the heavy use."""
        return any(fact.kind is Kind.BURN and not fact.shadow for fact in self.facts)

    @property
    def owes(self) -> bool:
        """Whether something was not carried out: a measure, a referral, a lifting. While frozen, nothing is owed."""
        attacked = self.ruling is Ruling.ATTACK and self.carried is not Ruling.ATTACK
        if not self.is_open or (self.cleared and not attacked):
            return bool(self.throttles) and not self.lifted
        if self.state is IncidentState.FROZEN:
            return False
        return self.ruling > Ruling.WATCH and self.ruling > self.carried


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that one check knows of one account: signals of its series, owner and hosts, causes, tops."""

    account: str
    signals: tuple[Signal, ...] = ()
    causes: tuple[Cause, ...] = ()
    tops: tuple[tuple[str, int], ...] = ()
    stale: bool = False  # a resource of the open incident has no fresh sample


def weigh(incident: Incident | None, seen: Evidence, thresholds: Thresholds, now: datetime) -> Incident | None:
    """The account's incident after a check; None while there is none. Stale signs neither open nor worsen it."""
    timing = thresholds.timing
    fresh = [s for s in seen.signals if s.last_at >= now.timestamp() - timing.stale]
    facts = [fact for signal in fresh for fact in facts_of(signal, thresholds, now)]
    causes = [cause for cause in seen.causes if _stands(cause, now, timing)]
    attack = any(_is_live(cause, now, timing.live) for cause in causes)
    if not (facts or causes):
        return None if incident is None else _without_signs(incident, seen, thresholds, now)
    if incident is None:
        incident = Incident(_id(seen.account, now), seen.account, _clause(facts, attack=attack), now, now)
    raised = bool(facts) or attack or not incident.facts
    merged = replace(incident, facts=_merged(incident.facts, facts), causes=_latest(incident.causes, causes))
    real, would = (ruling_of(facts, cause=bool(causes), attack=attack, shadow=shadow) for shadow in (False, True))
    merged = replace(
        merged,
        state=IncidentState.OPEN,
        last=now if facts or attack else merged.last,
        ruling=max(merged.ruling, real),
        would=max(merged.would, would),
        clause=ATTACK_CLAUSE if attack else merged.clause,
        tops=_top(merged.tops, seen.tops),
        quiet_since=None if raised else merged.quiet_since,
    )
    return merged if raised else _quieter(merged, seen, thresholds, now)


def _without_signs(incident: Incident, seen: Evidence, thresholds: Thresholds, now: datetime) -> Incident:
    return _quieter(replace(incident, tops=_top(incident.tops, seen.tops)), seen, thresholds, now)


def _quieter(incident: Incident, seen: Evidence, thresholds: Thresholds, now: datetime) -> Incident:
    """Quiet only counts while data comes in; enough of it resolves the incident."""
    if seen.stale or seen.signals:
        return replace(incident, state=IncidentState.FROZEN, quiet_since=None)
    since = incident.quiet_since or now
    done = now - since >= thresholds.gap
    return replace(incident, quiet_since=since, state=IncidentState.RESOLVED if done else IncidentState.OPEN)


def legs(incident: Incident) -> dict[Leg, bool]:
    """Which legs the incident has had, apart; shadow thresholds left out."""
    found = {f.leg for f in incident.facts if not f.shadow and f.kind is not Kind.BURN}
    return {leg: leg in found or (leg is Leg.CAUSE and bool(incident.causes)) for leg in Leg}


def _stands(cause: Cause, now: datetime, timing: Timing) -> bool:
    return -timedelta(seconds=timing.skew) <= now - cause.at <= timedelta(seconds=timing.cause)


def _is_live(cause: Cause, now: datetime, seconds: int) -> bool:
    return cause.live and cause.kind in ATTACKS and now - cause.at <= timedelta(seconds=seconds)


def _clause(facts: Sequence[Fact], *, attack: bool) -> str:
    return ATTACK_CLAUSE if attack else next((fact.clause for fact in facts), "3.1.3.6")


def _id(account: str, started: datetime) -> str:
    return "U" + hashlib.sha256(f"{account}\x1f{started.timestamp():.0f}".encode()).hexdigest()[:15]


def _merged(known: Iterable[Fact], new: Iterable[Fact]) -> tuple[Fact, ...]:
    rows = {(f.threshold, f.resource, f.account): f for f in known}
    for fact in new:
        old = rows.get((fact.threshold, fact.resource, fact.account))
        if old is not None:
            fact = replace(fact, since=old.since, peak=max(old.peak, fact.peak), usual=old.usual or fact.usual)
        rows[fact.threshold, fact.resource, fact.account] = fact
    return tuple(rows.values())[:MAX_FACTS]


def _latest(known: Iterable[Cause], new: Iterable[Cause]) -> tuple[Cause, ...]:
    rows = {(cause.kind, cause.name): cause for cause in (*known, *new)}
    return tuple(sorted(rows.values(), key=lambda cause: cause.at, reverse=True)[:MAX_CAUSES])


def _top(known: Iterable[tuple[str, int]], new: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    counts = dict(known)
    for name, count in new:
        counts[name] = max(counts.get(name, 0), count)
    return tuple(sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:MAX_TOPS])
