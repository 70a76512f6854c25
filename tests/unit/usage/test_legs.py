"""The decision table, and incidents: grouped, frozen, resolved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanner.domain.usage.causes import Cause, CauseKind
from scanner.domain.usage.incidents import Evidence, Incident, IncidentState, legs, weigh
from scanner.domain.usage.legs import Signal, decide, facts_of, legs_of, ruling_of
from scanner.domain.usage.notices import figures, notice_en, notice_zh, summary
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.series import Flag
from scanner.domain.usage.thresholds import Leg, Ruling, Thresholds
from tests.unit.usage.books import BURN, EXCESS, HARD, THRESHOLDS, UNUSUAL

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
H, C, N = Leg.HEAVY, Leg.CAUSE, Leg.HARM


def heavy(at: datetime = NOW, flags: Flag = Flag.EXCESS) -> Signal:
    return Signal("acme", Resource.CPU, flags, int(at.timestamp()), 0.95, 0.5, 1.2, 0.1)


def harm(at: datetime = NOW) -> Signal:
    return Signal("host:h1", Resource.STEAL, Flag.HARD, int(at.timestamp()), 0.3, 0.1)


def miner(at: datetime = NOW, *, live: bool = False, kind: CauseKind = CauseKind.MINER) -> Cause:
    return Cause("acme", kind, "xmrig", at, "0.95 cores", live)


def weighed(
    before: Incident | None, *signals: Signal, causes: tuple[Cause, ...] = (), now: datetime = NOW, stale: bool = False,
    thresholds: Thresholds = THRESHOLDS,
) -> Incident | None:  # fmt: skip
    return weigh(before, Evidence("acme", signals, causes, (("/a", 3),), stale), thresholds, now)


def must(incident: Incident | None) -> Incident:
    assert incident is not None
    return incident


TABLE = [
    (set(), Ruling.NONE),
    ({H}, Ruling.WATCH),
    ({C}, Ruling.WATCH),
    ({N}, Ruling.WATCH),
    ({H, C}, Ruling.THROTTLE),
    ({C, N}, Ruling.THROTTLE),
    ({H, N}, Ruling.SALES),
    ({H, C, N}, Ruling.PROPOSE),
]


@pytest.mark.parametrize(("standing", "ruling"), TABLE)
def test_the_decision_table_holds(standing: set[Leg], ruling: Ruling) -> None:
    assert decide(frozenset(standing)) is ruling


def test_a_live_attack_is_throttled_whatever_else_stands() -> None:
    assert all(decide(frozenset(standing), attack=True) is Ruling.ATTACK for standing, _ in TABLE)


def test_burn_rates_raise_no_leg_by_themselves() -> None:
    facts = facts_of(heavy(flags=Flag.BURN), THRESHOLDS, NOW)
    assert legs_of(facts, cause=False) == frozenset()
    assert ruling_of(facts, cause=True, attack=False, shadow=False) is Ruling.WATCH


def test_what_is_only_unusual_is_watched_even_with_a_cause() -> None:
    facts = facts_of(heavy(flags=Flag.UNUSUAL), THRESHOLDS, NOW)
    assert ruling_of(facts, cause=False, attack=False, shadow=False) is Ruling.WATCH
    assert ruling_of(facts, cause=True, attack=False, shadow=False) is Ruling.WATCH


def test_a_shadow_threshold_is_recorded_and_never_acted_on() -> None:
    shadow = Thresholds((replace(EXCESS, shadow=True), BURN, HARD, UNUSUAL))
    incident = must(weighed(None, heavy(), causes=(miner(),), thresholds=shadow))
    assert (incident.ruling, incident.would) == (Ruling.WATCH, Ruling.THROTTLE)
    assert not incident.owes


def test_a_measure_caps_how_far_a_threshold_leads() -> None:
    capped = Thresholds((replace(EXCESS, measure=Ruling.THROTTLE), replace(HARD, measure=Ruling.THROTTLE)))
    incident = must(weighed(None, heavy(), harm(), causes=(miner(),), thresholds=capped))
    assert incident.ruling is Ruling.THROTTLE


def test_the_three_legs_are_recorded_apart() -> None:
    incident = must(weighed(None, heavy(), harm(), causes=(miner(),)))
    assert legs(incident) == {Leg.HEAVY: True, Leg.CAUSE: True, Leg.HARM: True}
    assert legs(must(weighed(None, harm()))) == {Leg.HEAVY: False, Leg.CAUSE: False, Leg.HARM: True}


def test_signs_within_the_gap_are_one_incident_and_the_peak_stays() -> None:
    first = must(weighed(None, heavy()))
    later = NOW + timedelta(minutes=50)
    second = must(weighed(first, replace(heavy(later), rate=0.6), now=later))
    assert second.id == first.id
    assert (second.facts[0].peak, second.facts[0].latest) == (1.9, 1.2)
    assert (second.facts[0].since, second.facts[0].last) == (NOW, later)


def test_quiet_with_data_for_the_gap_resolves() -> None:
    incident = must(weighed(None, heavy(), causes=(miner(),)))
    for minutes in (1, 30, 61):
        incident = must(weighed(incident, causes=(miner(),), now=NOW + timedelta(minutes=minutes)))
    assert incident.state is IncidentState.RESOLVED
    assert incident.ruling is Ruling.THROTTLE


def test_silence_is_not_quiet() -> None:
    incident = must(weighed(None, heavy()))
    for minutes in (1, 61, 600):
        incident = must(weighed(incident, stale=True, now=NOW + timedelta(minutes=minutes)))
        assert incident.state is IncidentState.FROZEN
    back = must(weighed(incident, now=NOW + timedelta(minutes=601)))
    assert back.state is IncidentState.OPEN
    assert back.quiet_since == NOW + timedelta(minutes=601)


def test_a_stale_sign_neither_opens_nor_worsens() -> None:
    later = NOW + timedelta(minutes=30)
    assert weighed(None, heavy(NOW), now=later) is None
    incident = must(weighed(None, heavy()))
    frozen = must(weighed(incident, heavy(NOW), now=later))
    assert (frozen.state, frozen.ruling) == (IncidentState.FROZEN, Ruling.WATCH)


def test_an_old_cause_does_not_stand() -> None:
    assert weighed(None, causes=(miner(NOW - timedelta(hours=25)),)) is None


def test_a_live_flood_is_an_attack_under_the_security_clause() -> None:
    incident = must(weighed(None, causes=(miner(kind=CauseKind.FLOOD, live=True),)))
    assert (incident.ruling, incident.clause) == (Ruling.ATTACK, "3.1.3.7")
    stale = weighed(None, causes=(miner(NOW - timedelta(minutes=10), kind=CauseKind.FLOOD, live=True),))
    assert must(stale).ruling is Ruling.WATCH


def test_a_cause_alone_is_watched_until_it_is_old_and_quiet() -> None:
    incident = must(weighed(None, causes=(miner(),)))
    assert incident.ruling is Ruling.WATCH
    old = NOW + timedelta(hours=25)
    incident = must(weighed(incident, now=old))
    incident = must(weighed(incident, now=old + timedelta(hours=1)))
    assert incident.state is IncidentState.RESOLVED


def test_the_notice_names_clause_figures_and_appeal_in_both_tongues() -> None:
    incident = must(weighed(None, heavy(flags=Flag.EXCESS | Flag.BURN), causes=(miner(),)))
    assert incident.is_confirmed
    assert "cpu: up to 0.95 cores, bought 0.5 cores, usual 0.05 cores" in figures(incident)[0]
    for text in (notice_zh(incident), notice_en(incident)):
        assert "3.1.3.6" in text
        assert "xmrig" in text
    assert "申诉" in notice_zh(incident)
    assert "appeal" in notice_en(incident)
    assert "confirmed over hours" in summary(incident)
    assert "suspension proposed" in summary(replace(incident, ruling=Ruling.PROPOSE))
