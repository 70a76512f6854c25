"""The desk: next, heartbeat, decide, undo, bulk, exposure."""

import json
from dataclasses import replace

import pytest

from scanner.adapters.memory import FixedClock
from scanner.domain.actions import ActionState, Measure, ambiguous, begin, confirmed
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.changes import Change
from scanner.domain.review_people import Preferences
from scanner.domain.review_quality import Deed
from scanner.domain.review_queue import Place, Wanted
from scanner.errors import ConflictError, TransitionError, UsageError
from scanner.services.casework import new_action
from tests.unit.desk.desks import Office, office


def verbs(house: Office, thing: str) -> list[str]:
    entries = [json.loads(entry.body) for entry in house.store.log]
    return [entry["verb"] for entry in entries if entry["thing"] == thing]


def test_two_reviewers_never_get_the_same_case() -> None:
    house = office()
    house.open(house.case(1), house.case(2))
    first, second = (house.desk.next_case(who, Wanted()) for who in ("li", "wang"))
    assert (first and first.id, second and second.id) == ("C1", "C2")
    assert house.desk.next_case("zhao", Wanted()) is None


def test_muted_clauses_and_own_escalations_are_not_offered() -> None:
    house = office()
    house.open(house.case(1), house.case(2, clause="3.1.3.4"))
    house.kept.save(Preferences("li", muted=("3.1.3.4",), revision=1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.desk.decide("C1", "li", held.tokens, Outcome.ESCALATE, "unclear")
    assert house.desk.next_case("li", Wanted()) is None
    lead = house.desk.next_case("lead", Wanted(lane="escalated"))
    assert lead is not None
    assert lead.id == "C1"


def test_what_was_escalated_is_offered_to_a_lead_and_to_others_only_by_name() -> None:
    house = office()
    house.open(house.case(1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.desk.decide("C1", "li", held.tokens, Outcome.ESCALATE, "unclear")
    assert house.desk.next_case("zhao", Wanted()) is None
    taken = house.desk.next_case("wang", Wanted(), leads=True)
    assert taken is not None
    house.desk.reviewing.release("C1", "wang", taken.tokens)
    assert house.desk.next_case("zhao", Wanted(stands="ESCALATED")) is not None


def test_a_skipped_case_comes_last() -> None:
    house = office()
    house.open(house.case(1), house.case(2))
    [first, _] = house.kept.page(Wanted(), house.clock.now(), 9)
    after = house.desk.next_case("li", Wanted(), first.place)
    again = house.desk.next_case("wang", Wanted(), Place(10.0**12, "C9"))
    assert (after and after.id, again and again.id) == ("C2", "C1")


def test_a_heartbeat_keeps_the_claim_and_a_lost_one_is_told() -> None:
    house = office()
    house.open(house.case(1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.clock.advance(600)
    house.desk.keep("C1", "li", held.tokens)
    house.clock.advance(600)
    house.desk.keep("C1", "li", held.tokens)
    house.clock.advance(1000)
    taken = house.desk.next_case("wang", Wanted())
    assert taken is not None
    with pytest.raises(ConflictError, match="wang claimed it anew"):
        house.desk.keep("C1", "li", held.tokens)
    with pytest.raises(ConflictError, match="held by wang"):
        house.desk.decide("C1", "li", held.tokens, Outcome.CLEAN, "benign")


def test_a_suspension_taken_back_before_it_was_begun_is_called_off() -> None:
    house = office()
    house.open(house.case(1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.desk.decide("C1", "li", held.tokens, Outcome.VIOLATING, "malware")
    house.clock.advance(60)
    back = house.desk.undo("C1", "li")
    [action] = house.store.actions_of("C1")
    [strike] = house.register.strikes("account-1")
    assert (back.state, action.state, strike.voided_by) == (CaseState.CLAIMED, ActionState.REFUSED, "li")
    assert "case-undone" in verbs(house, "C1")
    decided = house.desk.decide("C1", "li", back.tokens, Outcome.VIOLATING, "malware")
    assert decided.state is CaseState.DECIDED_VIOLATING
    assert [one.id for one in house.register.strikes("account-1") if not one.voided_by] == ["S1.1"]


def test_a_suspension_that_took_hold_is_undone_by_its_stored_inverse() -> None:
    house = office()
    house.open(house.case(1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.desk.decide("C1", "li", held.tokens, Outcome.VIOLATING, "malware")
    [filed] = house.store.actions_of("C1")
    taken = begin(filed, house.clock.now())
    done = confirmed(replace(taken, inverse="how it was", revision=3), "refused")
    for step in (taken, replace(taken, inverse="how it was", revision=3), done):
        house.register.commit(Change(actions=(step,)))
    house.desk.undo("C1", "li")
    restore = next(one for one in house.store.actions_of("C1") if one.measure is Measure.RESTORE)
    assert (restore.inverse, restore.undoes, restore.state) == ("how it was", filed.id, ActionState.PENDING)


def test_a_clean_decision_taken_back_puts_each_measure_back_where_it_was() -> None:
    house = office()
    house.open(house.case(1))
    case = house.store.case("C1")
    wide = replace(case.subject, bucket="bucket:t1", key="gallery/")
    held = [new_action(case, Measure.SUSPEND, "li", house.clock.now(), inverse="{}")]
    held += [replace(new_action(case, Measure.SUSPEND, "li", house.clock.now(), undoes="x"), subject=wide, undoes="")]
    held = [replace(one, state=ActionState.DONE, inverse="{}") for one in held]
    house.store.commit(Change(actions=tuple(held)))
    claimed = house.desk.next_case("li", Wanted())
    assert claimed is not None
    house.desk.decide("C1", "li", claimed.tokens, Outcome.CLEAN, "licensed")
    lifted = [one for one in house.store.actions_of("C1") if one.measure is Measure.RESTORE]
    house.store.commit(Change(actions=tuple(begin(one, house.clock.now()) for one in lifted)))
    house.desk.undo("C1", "li")
    again = [one for one in house.store.actions_of("C1") if one.measure is Measure.SUSPEND and one.undoes]
    assert sorted(one.subject.bucket for one in again) == sorted([case.subject.bucket, "bucket:t1"])


def test_a_suspension_taken_back_while_its_plan_is_still_owed_is_called_off() -> None:
    house = office()
    house.open(house.case(1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.desk.decide("C1", "li", held.tokens, Outcome.VIOLATING, "malware")
    [filed] = house.store.actions_of("C1")
    taken = begin(filed, house.clock.now())
    for step in (taken, ambiguous(taken, "no answer", house.clock.now())):
        house.register.commit(Change(actions=(step,)))
    house.desk.undo("C1", "li")
    [action] = house.store.actions_of("C1")
    assert (action.state, action.measure) == (ActionState.REFUSED, Measure.SUSPEND)


def test_nobody_takes_back_late_or_for_others() -> None:
    house = office()
    house.open(house.case(1))
    held = house.desk.next_case("li", Wanted())
    assert held is not None
    house.desk.decide("C1", "li", held.tokens, Outcome.CLEAN, "benign")
    with pytest.raises(TransitionError, match="decided by li"):
        house.desk.undo("C1", "wang")
    house.clock.advance(121)
    with pytest.raises(TransitionError, match="time to undo ended"):
        house.desk.undo("C1", "li")


def test_a_bulk_decision_has_a_row_for_every_case_and_each_is_guarded() -> None:
    house = office()
    house.open(*(house.case(n, sha256="s" * 64) for n in range(1, 5)))
    house.desk.reviewing.claim("C2", "wang")
    preview = house.desk.alike("C1", "content", "li")
    assert next((row.case.id, row.trouble) for row in preview) == ("C1", "")
    assert {row.case.id: row.trouble for row in preview}["C2"] == "is claimed by wang"
    rows = house.desk.decide_all(["C1", "C2", "C3", "C1"], "li", Outcome.VIOLATING, "malware")
    assert [(row.case.id, bool(row.trouble)) for row in rows] == [("C1", False), ("C2", True), ("C3", False)]
    assert house.store.case("C4").state is CaseState.QUEUED
    assert all(len(house.store.actions_of(case)) == 1 for case in ("C1", "C3"))
    with pytest.raises(UsageError, match="0 cases"):
        house.desk.decide_all([], "li", Outcome.CLEAN, "benign")


def test_exposure_is_counted_since_the_last_break() -> None:
    house = office()
    house.open(house.case(1))
    case = house.store.case("C1")
    for _ in range(3):
        house.clock.advance(60)
        house.desk.saw(case, "li", Deed.VIEWED)
    house.clock.advance(60)
    house.desk.rest("li")
    house.clock.advance(60)
    house.desk.saw(case, "li", Deed.REVEALED)
    house.clock.advance(60)
    found = house.desk.exposure("li")
    assert (found.today, found.since_break, found.worked.total_seconds()) == (4, 1, 60)
    assert house.desk.exposure("wang").today == 0


def test_a_quarter_of_an_hour_without_a_deed_is_a_break() -> None:
    house = office()
    house.open(house.case(1))
    clock: FixedClock = house.clock
    for wait in (0, 60, 1200, 60):
        clock.advance(wait)
        house.desk.saw(house.store.case("C1"), "li", Deed.VIEWED)
    assert house.desk.exposure("li").since_break == 2
