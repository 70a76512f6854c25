"""The story from samples to a throttle and its lifting, and everything that must not disturb it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.adapters.usage_engine import VectorEngine
from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.findings import Severity
from scanner.domain.usage.causes import Cause, CauseKind, Flow, Snapshot
from scanner.domain.usage.entitlements import Entitlements, Grant, Plan
from scanner.domain.usage.incidents import Incident, IncidentState
from scanner.domain.usage.legs import Signal
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.samples import RawSample
from scanner.domain.usage.thresholds import Ruling, Thresholds
from scanner.errors import ConflictError, VaultError
from scanner.rulebook.usage import load_usage
from scanner.services.metering_cases import case_id
from scanner.services.reviewing import Reviewing
from tests.unit.usage.books import BURN, EXCESS, HARD, UNUSUAL, small_book
from tests.unit.usage.test_rules import SHIPPED
from tests.unit.usage.world import START, World, with_signs

SIGNS = load_usage(SHIPPED).signs


def world(*accounts: str, protected: tuple[str, ...] = ()) -> World:
    return World(with_signs(small_book(*(accounts or ("acme", "calm"))), signs=SIGNS), *protected)


def only(found: World) -> Incident:
    (incident,) = found.rows.incidents("", only_open=False, limit=10)
    return incident


def test_heavy_use_alone_is_watched_and_nothing_is_done() -> None:
    w = world()
    w.minutes(60, acme=0.95, calm=0.1)
    incident = only(w)
    assert (incident.account, incident.ruling) == ("acme", Ruling.WATCH)
    assert w.store.action_rows == {}
    assert w.store.case_rows == {}


def test_a_miner_is_throttled_notified_and_lifted_when_it_is_gone() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95, calm=0.1)
    case = w.store.case(only(w).case)
    assert (case.source, case.severity, case.clause) == ("usage", Severity.MEDIUM, "3.1.3.6")
    assert "xmrig" in case.summary
    assert [(a.measure, a.state) for a in w.drain()] == [(Measure.THROTTLE, ActionState.DONE)]
    assert w.plane.limits == {"acme": "throttled cpu"}
    w.minutes(600, acme=0.1, calm=0.1)
    assert only(w).state is IncidentState.RESOLVED
    assert [(a.measure, a.inverse) for a in w.drain()] == [(Measure.UNTHROTTLE, "unlimited")]
    assert w.plane.limits == {"acme": "unlimited"}
    assert only(w).lifted


def test_the_evidence_is_sealed_with_samples_notices_and_plot() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    custody = w.store.custody(w.store.case(only(w).case).evidence)
    bundle = w.vault.get(custody.ref)
    payload = json.loads(bundle[4 + int.from_bytes(bundle[:4], "big") :])
    assert len(payload["samples"]["acme cpu"]) > 15
    assert "3.1.3.6" in payload["notice"]["zh"]
    assert payload["plot"].startswith("<svg")
    assert [entry.body for entry in w.store.chain(0, 100) if b"throttle-filed" in entry.body]


def test_three_legs_propose_a_suspension_in_the_same_case() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    w.drain()
    w.steal("h1", 8, 0.3, acme=0.95)
    incident = only(w)
    case = w.store.case(incident.case)
    assert incident.ruling is incident.carried is Ruling.PROPOSE
    assert (case.severity, case.state, case.revision) == (Severity.HIGH, CaseState.QUEUED, 2)
    assert "suspension proposed" in case.summary
    assert len(w.store.action_rows) == 1
    assert len(w.store.custody_rows) == 2


def test_a_suspension_is_a_persons_decision() -> None:
    w = world()
    w.see_miner("acme")
    w.steal("h1", 40, 0.3, acme=0.95)
    reviewing = Reviewing(w.store, w.store, w.store, w.sink.doorbell, w.clock)
    held = reviewing.claim(only(w).case, "li")
    assert all(action.measure is Measure.THROTTLE for action in w.store.actions_of(held.id))
    decided = reviewing.decide(held.id, "li", held.tokens, Outcome.VIOLATING, "mining")
    assert decided.state is CaseState.DECIDED_VIOLATING
    assert Measure.SUSPEND in {action.measure for action in w.store.actions_of(held.id)}


def test_a_viral_customer_goes_to_sales_not_to_enforcement() -> None:
    w = world()
    w.steal("h1", 60, 0.3, acme=0.95)
    incident = only(w)
    assert (incident.ruling, incident.carried) == (Ruling.SALES, Ruling.SALES)
    assert w.store.case_rows == w.store.action_rows == {}
    assert any(b"referred-to-sales" in entry.body for entry in w.store.chain(0, 100))


def test_a_live_attack_is_throttled_at_once_with_a_person_within_the_hour() -> None:
    w = world()
    w.minute(acme=0.1)
    flood = Flow("10.0.0.9", 80, packets=90_000.0)
    w.metering.note([Snapshot("acme", w.clock.moment, "agent", flows=(flood,))])
    w.minute(acme=0.1)
    case = w.store.case(only(w).case)
    assert (case.severity, case.clause) == (Severity.CRITICAL, "3.1.3.7")
    assert case.due_at - case.opened_at == timedelta(hours=1)
    w.drain()
    assert w.plane.limits == {"acme": "throttled bandwidth-out"}


def test_a_miners_configuration_in_the_accounts_bucket_is_a_cause() -> None:
    w = world()
    w.content.rows = [Cause("acme", CauseKind.CONTENT, "miner.config", START, "case C1")]
    w.minutes(40, acme=0.95)
    assert only(w).ruling is Ruling.THROTTLE


def test_what_a_plan_is_for_is_no_cause() -> None:
    w = World(with_signs(small_book("acme"), signs=SIGNS, expects={"small": frozenset({CauseKind.MINER})}))
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    assert only(w).ruling is Ruling.WATCH


def test_a_protected_account_goes_to_a_person_untouched() -> None:
    w = world(protected=("acme",))
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    assert w.store.case(only(w).case).is_open
    assert w.store.action_rows == {}


def test_a_throttle_that_was_not_yet_done_is_called_off() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    w.minutes(600, acme=0.1)
    (action,) = w.store.action_rows.values()
    assert (action.state, action.outcome) == (ActionState.REFUSED, "called off: usage is normal again")


@pytest.mark.parametrize("state", [ActionState.UNVERIFIED, ActionState.UNKNOWN, ActionState.DEAD, ActionState.REFUSED])
def test_a_throttle_that_may_have_taken_hold_is_lifted_however_it_ended(state: ActionState) -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    (action,) = w.store.action_rows.values()
    w.store.action_rows[action.id] = replace(action, state=state, inverse="old", revision=2)
    w.minutes(600, acme=0.1)
    assert only(w).lifted
    (undoing,) = [a for a in w.store.action_rows.values() if a.measure is Measure.UNTHROTTLE]
    assert (undoing.undoes, undoing.inverse) == (action.id, "old")


def test_missing_data_freezes_and_neither_worsens_nor_lifts() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95, calm=0.1)
    w.drain()
    w.minutes(300, acme=None, calm=0.1)
    assert only(w).state is IncidentState.FROZEN
    assert w.plane.limits == {"acme": "throttled cpu"}


def test_what_was_not_carried_out_before_the_data_went_away_waits_for_it() -> None:
    w = world()
    w.see_miner("acme")
    for _ in range(60):
        w.clock.moment += timedelta(minutes=1)
        w.metering.ingest([RawSample("acme", "cpu", w.clock.moment.timestamp(), 0.95, "cores")])
    w.clock.moment += timedelta(hours=2)
    w.metering.check()
    assert (only(w).ruling, only(w).state) == (Ruling.THROTTLE, IncidentState.FROZEN)
    assert w.store.action_rows == {}
    w.minutes(2, acme=0.95)
    assert len(w.store.action_rows) == 1


def test_many_small_accounts_of_one_owner_are_one_incident() -> None:
    plan = Plan("trial", {Resource.CPU: 0.25}, pooled=True)
    names = [f"t{number}" for number in range(10)]
    grants = {name: (Grant(name, "trial", "olga"),) for name in names}
    bought = Entitlements({}, {"trial": (plan,)}, grants, owner_limits={Resource.CPU: 0.5})
    w = World(with_signs(small_book(), entitlements=bought, signs=SIGNS))
    w.see_miner("t3")
    w.minutes(40, **dict.fromkeys(names, 0.22))
    incidents = {i.account: i for i in w.rows.incidents("", only_open=True, limit=100)}
    assert incidents["owner:olga"].ruling is Ruling.THROTTLE
    assert set(incidents) == {"owner:olga", "t3"}
    w.drain()
    assert set(w.plane.limits) == set(names)


def test_shadow_thresholds_are_recorded_and_do_nothing() -> None:
    shadow = Thresholds((replace(EXCESS, shadow=True), BURN, HARD, UNUSUAL))
    w = World(with_signs(small_book("acme", thresholds=shadow), signs=SIGNS))
    w.see_miner("acme")
    w.minutes(60, acme=0.95)
    assert (only(w).ruling, only(w).would) == (Ruling.WATCH, Ruling.THROTTLE)
    assert w.store.action_rows == {}


def test_a_failing_vault_leaves_the_throttle_owed_and_untaken(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    w.see_miner("acme")

    def refuse(self: object, name: str, body: bytes) -> str:
        raise VaultError("disk full", where="vault", mend="make room")

    with monkeypatch.context() as broken:
        broken.setattr(type(w.vault), "put", refuse)
        w.minutes(40, acme=0.95)
        assert "disk full" in w.minute(acme=0.95).troubles[0]
        assert w.store.action_rows == w.store.case_rows == {}
    w.minute(acme=0.95)
    assert len(w.store.action_rows) == 1


def stories() -> dict[str, World]:
    """The same minutes told plainly, with a restart, with a replayed hour, and twice."""
    told = {name: world() for name in ("plain", "restart", "replay", "double")}
    for name, w in told.items():
        w.see_miner("acme")
        past: list[RawSample] = []
        for minute in range(150):
            at, level = w.clock.moment.timestamp() + 60, 0.95 if minute < 80 else 0.1
            rows = [RawSample("acme", "cpu", at, level, "cores"), RawSample("calm", "cpu", at, 0.3, "cores")]
            w.clock.moment += timedelta(minutes=1)
            w.metering.ingest(rows)
            if name == "restart" and minute in (7, 20, 90):
                w.restart()
            if name == "double":
                w.metering.ingest(rows)
            if name == "replay" and minute == 70:
                w.metering.ingest(past[-120:])
            past += rows
            w.metering.check()
            w.drain()
    return told


def test_a_check_that_was_away_for_hours_judges_as_if_it_had_been_there() -> None:
    there, away = world(), world()
    for w in (there, away):
        w.see_miner("acme")
        for minute in range(150):
            w.clock.moment += timedelta(minutes=1)
            level = 0.95 if minute < 60 else 0.1
            w.metering.ingest([RawSample("acme", "cpu", w.clock.moment.timestamp() - 1, level, "cores")])
            if w is there:
                w.metering.check()
                w.drain()
        w.metering.check()
        w.drain()
    (seen,), (later,) = (w.rows.incidents("", only_open=False, limit=10) for w in (there, away))
    assert (later.id, later.started, later.ruling, later.facts) == (seen.id, seen.started, seen.ruling, seen.facts)
    assert w.plane.limits == {"acme": "throttled cpu"}


def test_restarts_replays_and_twins_give_identical_incidents() -> None:
    told = {name: w.rows.incidents("", only_open=False, limit=10) for name, w in stories().items()}
    assert told["plain"]
    assert all(incidents == told["plain"] for incidents in told.values())


def test_duplicates_and_late_samples_are_counted() -> None:
    w = world()
    at = w.clock.moment.timestamp()
    w.metering.ingest([RawSample("acme", "cpu", at + second, 0.1, "cores") for second in (0, 60, 60, 30)])
    done = w.metering.check()
    assert done.steps == {"first": 1, "applied": 2, "duplicate": 1}
    w.metering.ingest([RawSample("acme", "cpu", at, 0.1, "cores"), RawSample("acme", "cpu", at + 3_600, 0.1, "cores")])
    assert w.metering.check().steps == {"late": 1}


def test_two_checks_at_once_do_not_both_count(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    w.minutes(30, acme=0.95)
    w.metering.ingest([RawSample("acme", "cpu", w.clock.moment.timestamp() + 30, 0.95, "cores")])
    other, engine = w.opened(), w.metering.engine
    see = VectorEngine.signals

    def signals(self: VectorEngine) -> Sequence[Signal]:
        if self is engine:
            other.check()
        return see(self)

    with monkeypatch.context() as racing:
        racing.setattr(VectorEngine, "signals", signals)
        with pytest.raises(ConflictError, match="another check was faster"):
            w.metering.check()
    bucket = w.rows.stored.parts
    w.metering.check()
    assert w.rows.stored.parts == bucket
    assert only(w).ruling is Ruling.WATCH


def test_snapshots_of_strangers_and_of_the_future_are_counted() -> None:
    w = world()
    rows = [Snapshot("zed", START), Snapshot("acme", START + timedelta(hours=1)), Snapshot("acme", START)]
    tally = w.metering.note(rows)
    assert tally.accepted == 1
    assert tally.refused == {"unknown-account": 1, "from-the-future": 1}


def test_carrying_out_twice_files_the_same_things() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    before = (dict(w.store.action_rows), w.store.case(case_id(only(w))).id)
    again = replace(only(w), carried=Ruling.NONE, throttles=())
    with pytest.raises(ConflictError):
        w.sink.carry(again)
    assert (dict(w.store.action_rows), w.store.case(case_id(only(w))).id) == before


def decided(w: World, outcome: Outcome) -> None:
    reviewing = Reviewing(w.store, w.store, w.store, w.sink.doorbell, w.clock)
    held = reviewing.claim(only(w).case, "li")
    reviewing.decide(held.id, "li", held.tokens, outcome, "looked into")


def test_a_person_who_finds_no_violation_lifts_the_throttle_for_good() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    w.drain()
    decided(w, Outcome.CLEAN)
    w.minute(acme=0.95)
    assert [action.measure for action in w.drain()] == [Measure.UNTHROTTLE]
    w.steal("h1", 60, 0.3, acme=0.95)
    assert (only(w).cleared, only(w).ruling) == (True, Ruling.PROPOSE)
    assert w.drain() == []
    assert w.plane.limits == {"acme": "unlimited"}


def test_an_attack_after_that_is_still_stopped() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    w.drain()
    decided(w, Outcome.CLEAN)
    w.minute(acme=0.95)
    w.drain()
    w.metering.note([Snapshot("acme", w.clock.moment, "agent", flows=(Flow("10.0.0.9", 80, packets=90_000.0),))])
    w.minute(acme=0.95)
    assert [action.subject.key for action in w.drain()] == ["bandwidth-out"]
    assert w.store.case(only(w).case).is_open
    w.minutes(5, acme=0.95)
    assert w.drain() == []
    w.minutes(800, acme=0.1)
    assert [action.measure for action in w.drain()] == [Measure.UNTHROTTLE]


def test_a_violation_that_a_person_found_keeps_the_throttle() -> None:
    w = world()
    w.see_miner("acme")
    w.minutes(40, acme=0.95)
    w.drain()
    decided(w, Outcome.VIOLATING)
    w.minutes(5, acme=0.95)
    assert not only(w).cleared
    assert w.plane.limits == {"acme": "throttled cpu"}
