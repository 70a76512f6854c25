"""What comes back: the same bytes, a restriction that is being undone, an appeal that outlived its restriction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import Outcome, reopen
from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import AppealState, Ground
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.rules import Rulebook
from scanner.errors import ConflictError, EnforcementError, TransitionError
from scanner.services.checking import Checking
from tests.unit.services.test_courses import Town, due
from tests.unit.services.test_courses_troubles import carried, decide, deletion, failing, filed, undoing


@pytest.fixture
def town(book: Rulebook) -> Town:
    return Town(book)


def flipped(town: Town) -> None:
    """What was suspended is put there, replaced before the worker comes, and put there again."""
    filed(town)
    town.house.upload("a", b"mended", "2")
    town.house.work()
    assert town.suspension().state is ActionState.REFUSED


def deleted(town: Town) -> None:
    due(town)
    town.house.enforcing.carry_out()
    town.house.surface.suspended.clear()
    assert deletion(town).state is ActionState.DONE


@pytest.mark.parametrize("before", [flipped, deleted])
def test_the_same_bytes_put_there_again_are_suspended_again(town: Town, before: Callable[[Town], None]) -> None:
    before(town)
    for turn in "34":
        town.house.upload("a", b"EVIL", turn)
        town.house.work()
        assert (town.seen(), town.course().stage) == ("refused", Stage.SUSPENDED)
    assert len(town.house.store.case_rows) == 1
    h = town.house
    assert list(Checking(h.kept, h.store, h.store, h.vault, h.contents).breaches()) == []
    town.house.upload("a", b"mended once more", "5")
    town.house.surface.suspended.clear()
    town.house.work()
    assert town.seen() == "served"


def test_the_same_bytes_put_there_again_stay_where_a_person_found_them_clean(town: Town) -> None:
    flipped(town)
    decide(town, Outcome.CLEAN)
    town.house.upload("a", b"EVIL", "3")
    town.house.work()
    assert town.seen() == "served"


def test_a_case_over_a_version_that_is_being_given_back_waits_for_its_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = town.suspended()
    case = town.house.store.case(held.case)
    decide(town, Outcome.CLEAN)
    with failing(monkeypatch, town.house.surface, "restore", EnforcementError("answered 503")):
        town.house.enforcing.carry_out()
    assert town.course().stage is Stage.REINSTATING
    other = replace(held, id="A2", case="C2", state=ActionState.PENDING, inverse="", proposer="li", revision=1)
    town.house.store.case_rows["C2"] = replace(case, id="C2")
    town.house.store.action_rows["A2"] = replace(other, due_at=town.house.clock.now())
    town.house.enforcing.carry_out()
    assert not town.house.store.action("A2").is_final
    carried(town, 4)
    assert (town.house.store.action("A2").state, town.seen()) == (ActionState.DONE, "refused")


@pytest.mark.parametrize("granted", [True, False])
def test_an_appeal_is_answered_though_its_restriction_ended_meanwhile(town: Town, granted: bool) -> None:
    appeal = town.appealing.file(town.noticed().id, Ground.MISCLASSIFIED, "a test file")
    town.house.clock.advance(timedelta(days=91).total_seconds())
    town.watching.lapse()
    carried(town)
    assert town.course().stage is Stage.ACTIVE
    done = town.appealing.judge(appeal.id, "wang", granted=granted, reason="it is one")
    assert done.state is (AppealState.GRANTED if granted else AppealState.DENIED)
    assert (town.course().stage, town.seen()) == (Stage.ACTIVE, "served")
    decided = town.house.store.case(appeal.case).decision
    assert (decided is not None and decided.outcome is Outcome.CLEAN) is granted


def test_an_appeal_whose_restriction_ended_is_still_no_matter_for_whoever_decided(town: Town) -> None:
    notice = town.noticed()
    decide(town, Outcome.VIOLATING)
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    town.house.clock.advance(timedelta(days=91).total_seconds())
    town.watching.lapse()
    carried(town)
    with pytest.raises(TransitionError, match="G11"):
        town.appealing.judge(appeal.id, "zhao", granted=True, reason="mine")


def test_a_deletion_in_a_workers_hand_is_not_withdrawn_under_it(town: Town) -> None:
    due(town)
    action = deletion(town)
    busy = replace(action, state=ActionState.APPLYING, due_at=town.house.clock.now() + timedelta(minutes=1))
    town.house.store.action_rows[action.id] = busy
    with pytest.raises(ConflictError, match="is being carried out"):
        town.deleting.withdraw(action.case, "li", "not sure")
    town.house.clock.advance(61)
    assert town.deleting.withdraw(action.case, "li", "not sure").stage is Stage.NOTICED_FINAL


def test_a_deletion_that_took_hold_is_not_withdrawn_before_it_is_recorded(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(town)
    with failing(monkeypatch, town.house.remover, "there", EnforcementError("answered 503")):
        monkeypatch.setattr(
            type(town.house.remover), "remove", lambda self, _subject: self.contents.objects.pop(("tenant", "a"))
        )
        town.house.enforcing.carry_out()
    assert (deletion(town).state, town.course().stage) == (ActionState.PENDING, Stage.DELETING)
    with pytest.raises(ConflictError, match="is gone already"):
        town.deleting.withdraw(deletion(town).case, "li", "not sure")
    carried(town)
    assert (deletion(town).state, town.course().stage) == (ActionState.DONE, Stage.DELETED)


def test_a_refused_restoration_is_asked_for_again_once_a_person_has_seen_to_the_world(town: Town) -> None:
    town.suspended()
    plan = town.house.surface.suspended["tenant", "a"]
    town.house.surface.suspended["tenant", "a"] = "changed by its owner"
    decide(town, Outcome.CLEAN)
    town.house.enforcing.carry_out()
    assert (undoing(town).state, town.course().stage) == (ActionState.REFUSED, Stage.REINSTATING)
    town.house.surface.suspended["tenant", "a"] = plan
    town.house.enforcing.replay(undoing(town).id, "ops")
    carried(town)
    assert (undoing(town).state, town.seen(), town.course().stage) == (ActionState.DONE, "served", Stage.ACTIVE)
    with pytest.raises(TransitionError, match="action is DONE"):
        town.house.enforcing.replay(undoing(town).id, "ops")


def test_whoever_ever_found_a_case_of_the_course_violating_does_not_judge_its_appeal(town: Town) -> None:
    notice = town.noticed()
    held, case = town.suspension(), town.house.store.case(notice.case)
    town.house.store.case_rows["C2"] = replace(case, id="C2", rule="new.test")
    other = replace(held, id="A2", case="C2", state=ActionState.PENDING, inverse="", proposer="li", revision=1)
    town.house.store.action_rows["A2"] = replace(other, due_at=town.house.clock.now())
    claim = town.house.reviewing.claim("C2", "li").claim
    assert claim is not None
    town.house.reviewing.decide("C2", "li", claim.token, Outcome.VIOLATING, "malware")
    carried(town)
    assert town.course().grounds == (case.id, "C2")
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    with pytest.raises(TransitionError, match="G11 li had a part"):
        town.appealing.judge(appeal.id, "li", granted=False, reason="mine")
    assert town.appealing.judge(appeal.id, "wang", granted=False, reason="it is malware").judge == "wang"


def test_what_its_owner_opened_meanwhile_is_given_back_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.surface), "before", lambda _self, _plan: "refused")
        town.suspended()
    assert town.course().shown == "refused"
    decide(town, Outcome.CLEAN)
    carried(town)
    assert (undoing(town).state, town.course().stage) == (ActionState.DONE, Stage.ACTIVE)


def mended(town: Town) -> None:
    """The rule was wrong about these bytes, and does not find them any more."""
    del town.house.detector.words[b"EVIL"]
    town.house.rules.book = replace(town.house.rules.book, digest="e" * 64)
    town.house.upload("a", b"EVIL", "9")
    town.house.scanning.scan_batch(town.house.doorbell.rings[-1][1], "w")
    assert town.house.words() == {"a": "CLEAN"}


def test_a_machine_does_not_act_on_what_its_mended_rule_finds_clean_by_now(town: Town) -> None:
    filed(town)
    mended(town)
    town.house.enforcing.carry_out()
    assert (town.suspension().state, town.seen()) == (ActionState.REFUSED, "served")
    assert town.house.store.case(town.suspension().case).is_open


def test_a_person_may_still_have_it_suspended(town: Town) -> None:
    filed(town)
    mended(town)
    decide(town, Outcome.VIOLATING)
    town.house.enforcing.carry_out()
    assert (town.suspension().state, town.seen()) == (ActionState.DONE, "refused")


def test_what_was_replaced_before_its_evidence_could_be_sealed_is_done_with_and_found_when_it_returns(
    town: Town,
) -> None:
    town.house.vault.full = True
    filed(town)
    town.house.enforcing.carry_out()
    town.house.contents.put("tenant", "a", b"mended")
    carried(town, 1)
    assert (town.suspension().state, town.course().stage) == (ActionState.REFUSED, Stage.RESCAN)
    town.house.vault.full = False
    town.house.upload("a", b"EVIL", "2")
    town.house.work()
    assert (town.seen(), town.course().stage) == ("refused", Stage.SUSPENDED)


def test_what_was_suspended_again_is_given_back_once(town: Town) -> None:
    deleted(town)
    town.house.upload("a", b"EVIL", "3")
    town.house.work()
    decide(town, Outcome.CLEAN)
    carried(town)
    undone = [a for a in town.house.store.action_rows.values() if a.measure is Measure.RESTORE]
    assert [one.state for one in undone] == [ActionState.DONE]
    assert (town.seen(), town.course().stage) == ("served", Stage.ACTIVE)


def test_drift_whose_mending_broke_off_is_mended_with_the_next_look(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.noticed()
    town.house.surface.suspended.clear()
    town.house.clock.advance(7_200)
    with failing(monkeypatch, town.house.surface, "suspend", EnforcementError("answered 503")):
        assert town.watching.look_again() == {"failed": 1}
    assert (town.seen(), town.course().stage) == ("served", Stage.SUSPENDED_UNVERIFIED)
    town.house.clock.advance(7_200)
    assert town.watching.look_again() == {"mended": 1}
    assert (town.seen(), town.course().stage) == ("refused", Stage.NOTICED)


def test_a_mending_that_was_not_recorded_is_seen_to_hold_with_the_next_look(town: Town) -> None:
    suspended = town.suspended()
    town.house.surface.suspended.clear()
    moved, entry = town.house.guarding.record(
        town.course(), Step.LEAK, Facts(town.house.clock.now(), "watcher", False, "seen served", "k1")
    )
    town.house.kept.commit(Change(courses=(moved,), audit=(entry,)))
    town.house.surface.suspend(suspended.subject, suspended.inverse)
    town.house.clock.advance(7_200)
    assert town.watching.look_again() == {"holds": 1}
    assert town.course().stage is Stage.SUSPENDED


def test_what_its_own_action_still_applies_is_left_to_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    filed(town)
    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.surface), "observe", lambda _self, _subject: "served")
        town.house.enforcing.carry_out()
    assert town.watching.look_again() == {"in-hand": 1}
    assert town.watching.look_again() == {}


def test_what_went_away_before_it_was_given_back_is_done_with_and_found_when_it_returns(town: Town) -> None:
    town.suspended()
    town.house.clock.advance(timedelta(days=91).total_seconds())
    town.watching.lapse()
    town.house.contents.put("tenant", "a", b"mended")
    town.house.surface.suspended["tenant", "a"] = "of these bytes"
    carried(town, 1)
    assert (undoing(town).state, town.course().stage) == (ActionState.REFUSED, Stage.RESCAN)
    town.house.surface.suspended.clear()
    town.house.upload("a", b"EVIL", "2")
    town.house.work()
    assert (town.seen(), town.course().stage) == ("refused", Stage.SUSPENDED)


def test_a_case_whose_measure_was_called_off_holds_nothing_when_the_last_other_lets_go(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = town.suspended()
    case = town.house.store.case(held.case)
    town.house.store.case_rows["C2"] = replace(case, id="C2")
    late = replace(held, id="A2", case="C2", state=ActionState.PENDING, inverse="", proposer="li", revision=1)
    town.house.store.action_rows["A2"] = replace(late, due_at=town.house.clock.now())
    with failing(monkeypatch, town.house.surface, "plan", EnforcementError("answered 503")):
        town.house.enforcing.carry_out()
    assert town.course().grounds == (case.id, "C2")
    town.house.store.action_rows["A2"] = replace(town.house.store.action("A2"), state=ActionState.REFUSED)
    claim = town.house.reviewing.claim(case.id, "zhao").claim
    assert claim is not None
    town.house.reviewing.decide(case.id, "zhao", claim.token, Outcome.CLEAN, "a test")
    carried(town)
    assert (town.seen(), town.course().stage, town.course().grounds) == ("served", Stage.ACTIVE, ())


def test_a_new_suspension_waits_until_an_earlier_one_was_given_back(town: Town) -> None:
    town.suspended()
    decide(town, Outcome.CLEAN)
    restore = undoing(town)
    late = replace(restore, due_at=town.house.clock.now() + timedelta(hours=1))
    town.house.store.action_rows[restore.id] = late
    town.house.kept.commit(Change(cases=(reopen(town.house.store.case(restore.case)),)))
    decide(town, Outcome.VIOLATING)
    [first] = town.house.enforcing.carry_out()
    assert (first.measure, first.is_final) == (Measure.SUSPEND, False)
    carried(town)
    assert {a.state for a in town.house.store.action_rows.values()} == {ActionState.DONE}
    assert (town.seen(), town.course().stage) == ("refused", Stage.SUSPENDED)


def test_a_second_suspension_that_was_called_off_is_cleared_though_the_first_took_hold_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted(town)
    town.house.upload("a", b"EVIL", "3")
    town.house.scanning.scan_batch(town.house.doorbell.rings[-1][1], "w")
    with failing(monkeypatch, town.house.surface, "plan", EnforcementError("answered 503")):
        town.house.enforcing.carry_out()
    assert town.course().stage is Stage.SUSPEND_PENDING
    decide(town, Outcome.CLEAN)
    assert town.watching.clear() == 1
    assert (town.course().stage, town.seen()) == (Stage.ACTIVE, "served")


def test_what_was_deleted_and_is_found_clean_afterwards_leaves_no_dead_restoration(town: Town) -> None:
    deleted(town)
    decide(town, Outcome.CLEAN)
    town.house.upload("a", b"EVIL", "3")
    carried(town, 45)
    assert (undoing(town).state, town.seen()) == (ActionState.DONE, "served")
