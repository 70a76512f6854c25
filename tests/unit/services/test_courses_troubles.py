"""What a passing trouble, a clock or a second thought does to measures: nothing is lost or taken for done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.domain.enforcement.appeals import AppealState, Ground
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook, RuleStatus
from scanner.errors import AmbiguousError, EnforcementError, VaultAwayError
from tests.unit.services.test_courses import Town, due


class Killed(BaseException):
    """The worker is gone."""


@pytest.fixture
def town(book: Rulebook) -> Town:
    return Town(book)


def filed(town: Town) -> None:
    """One violating upload scanned; its suspension is filed and not yet carried out."""
    town.house.upload("a", b"EVIL")
    town.house.scanning.scan_batch(town.house.doorbell.rings[-1][1], "w")


def decide(town: Town, outcome: Outcome) -> None:
    """A reviewer decides the one case."""
    [case] = town.house.store.case_rows
    held = town.house.reviewing.claim(case, "zhao").claim
    assert held is not None
    town.house.reviewing.decide(case, "zhao", held.token, outcome, "looked at it")


def carried(town: Town, rounds: int = 3) -> None:
    """Rounds of workers, each when everything is due."""
    for _ in range(rounds):
        town.house.clock.advance(timedelta(hours=25).total_seconds())
        town.house.enforcing.carry_out()


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, thing: object, name: str, error: BaseException) -> Iterator[None]:
    """A call of a twin that raises for a while."""

    def fails(*_: Any, **__: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(type(thing), name, fails)
        yield


def undoing(town: Town) -> Action:
    return next(a for a in town.house.store.action_rows.values() if a.measure is Measure.RESTORE)


def deletion(town: Town) -> Action:
    return next(a for a in town.house.store.action_rows.values() if a.measure is Measure.DELETE)


def test_a_deletion_whose_worker_died_before_it_was_recorded_is_recorded_as_done(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(town)
    really = type(town.house.remover).remove

    def remove(self: Any, subject: Subject) -> None:
        really(self, subject)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.remover), "remove", remove)
        with pytest.raises(Killed):
            town.house.enforcing.carry_out()
    carried(town)
    assert (deletion(town).state, town.course().stage) == (ActionState.DONE, Stage.DELETED)


def test_a_deletion_that_took_hold_though_its_answer_was_lost_is_recorded_as_done(town: Town) -> None:
    due(town)
    town.house.remover.faults.append(AmbiguousError("no answer"))
    town.house.enforcing.carry_out()
    town.house.contents.objects.clear()
    carried(town)
    assert (deletion(town).state, town.course().stage) == (ActionState.DONE, Stage.DELETED)


def test_a_deletion_over_which_other_bytes_were_put_leaves_its_course_to_a_new_scan(town: Town) -> None:
    due(town)
    town.house.contents.put("tenant", "a", b"mended")
    town.house.enforcing.carry_out()
    assert (deletion(town).state, town.course().stage) == (ActionState.REFUSED, Stage.RESCAN)


def test_a_refused_deletion_leaves_no_approval_behind(town: Town) -> None:
    due(town)
    town.house.remover.able = False
    town.house.enforcing.carry_out()
    assert (deletion(town).state, town.course().stage) == (ActionState.REFUSED, Stage.NOTICED_FINAL)
    assert (town.course().trail.proposer, town.course().trail.approver) == ("", "")


@pytest.mark.parametrize("ready", [filed, due])
def test_a_vault_that_does_not_answer_puts_a_measure_off_and_does_not_end_it(
    town: Town, ready: Callable[[Town], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(town)
    with failing(monkeypatch, town.house.vault, "get", VaultAwayError("no answer: ConnectTimeout")):
        town.house.enforcing.carry_out()
    assert ("tenant", "a") in town.house.contents.objects
    carried(town)
    assert {a.state for a in town.house.store.action_rows.values()} == {ActionState.DONE}


def test_a_key_service_that_does_not_answer_puts_a_measure_off(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    filed(town)
    with failing(monkeypatch, town.house.guarding.sealer, "open", VaultAwayError("the key service refused")):
        [first] = town.house.enforcing.carry_out()
    assert first.state is ActionState.PENDING
    carried(town)
    assert town.suspension().state is ActionState.DONE


@pytest.mark.parametrize("ready", [filed, due])
@pytest.mark.parametrize("reason", [Reason.DAMAGED, Reason.ACCESS_DENIED, Reason.TIMEOUT])
def test_a_store_that_cannot_be_read_for_a_while_puts_a_measure_off(
    town: Town, ready: Callable[[Town], None], reason: Reason
) -> None:
    ready(town)
    town.house.contents.troubles["tenant", "a"] = Gap(reason, "", "the store answered 503")
    town.house.enforcing.carry_out()
    assert ("tenant", "a") in town.house.contents.objects
    town.house.contents.troubles.clear()
    carried(town)
    assert {a.state for a in town.house.store.action_rows.values()} == {ActionState.DONE}


def test_a_clock_that_was_set_back_keeps_nobody_from_a_restoration(town: Town) -> None:
    town.suspended()
    decide(town, Outcome.CLEAN)
    town.house.clock.advance(-600)
    restore = undoing(town)
    town.house.store.action_rows[restore.id] = replace(restore, due_at=town.house.clock.now())
    town.house.enforcing.carry_out()
    assert (undoing(town).state, town.seen(), town.course().stage) == (ActionState.DONE, "served", Stage.ACTIVE)


def test_a_deletion_waits_for_a_clock_that_was_set_back(town: Town) -> None:
    due(town)
    town.house.clock.advance(-timedelta(days=9).total_seconds())
    action = deletion(town)
    town.house.store.action_rows[action.id] = replace(action, due_at=town.house.clock.now())
    [first] = town.house.enforcing.carry_out()
    assert (first.is_final, ("tenant", "a") in town.house.contents.objects) == (False, True)
    town.house.clock.advance(timedelta(days=9).total_seconds())
    carried(town)
    assert deletion(town).state is ActionState.DONE


def test_what_a_clock_running_ahead_put_off_for_a_year_is_carried_out_when_it_is_right_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(town)
    town.house.clock.advance(timedelta(days=365).total_seconds())
    with failing(monkeypatch, town.house.surface, "suspend", EnforcementError("answered 503")):
        town.house.enforcing.carry_out()
    town.house.clock.advance(-timedelta(days=365).total_seconds())
    town.house.enforcing.carry_out()
    assert (town.suspension().state, town.seen()) == (ActionState.DONE, "refused")
    town.noticing.write()
    town.house.clock.advance(60)
    notice = town.noticing.send()[0]
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    town.appealing.judge(appeal.id, "wang", granted=True, reason="a test")
    town.house.enforcing.carry_out()
    assert town.seen() == "served"


def test_what_was_done_is_recorded_though_the_clock_was_set_back_meanwhile(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(town)
    really = type(town.house.surface).suspend

    def suspend(self: Any, subject: Subject, plan: str) -> None:
        really(self, subject, plan)
        town.house.clock.advance(-600)

    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.surface), "suspend", suspend)
        town.house.enforcing.carry_out()
    carried(town)
    assert (town.suspension().state, town.course().stage) == (ActionState.DONE, Stage.SUSPENDED)


def test_a_restoration_that_never_began_is_not_taken_for_done(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.suspended()
    decide(town, Outcome.CLEAN)
    with failing(monkeypatch, town.house.kept, "course", EnforcementError("not now")):
        town.house.enforcing.carry_out()
    assert undoing(town).state is ActionState.UNVERIFIED
    carried(town)
    assert (undoing(town).state, town.seen()) == (ActionState.DONE, "served")


def test_a_case_decided_clean_calls_off_a_suspension_whose_plan_was_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(town)
    with failing(monkeypatch, town.house.surface, "plan", AmbiguousError("no answer")):
        town.house.enforcing.carry_out()
    assert town.suspension().state is ActionState.UNKNOWN
    decide(town, Outcome.CLEAN)
    carried(town)
    town.watching.clear()
    assert (town.suspension().state, town.seen()) == (ActionState.REFUSED, "served")
    assert [a.measure for a in town.house.store.action_rows.values()] == [Measure.SUSPEND]
    assert town.course().stage is Stage.ACTIVE


def test_a_suspension_not_yet_seen_is_not_applied_again_after_it_was_undone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(town)
    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.surface), "observe", lambda _self, _subject: "served")
        town.house.enforcing.carry_out()
    assert town.suspension().state is ActionState.UNVERIFIED
    decide(town, Outcome.CLEAN)
    town.house.enforcing.carry_out()
    assert town.seen() == "served"
    carried(town)
    assert (town.seen(), town.course().stage) == ("served", Stage.ACTIVE)
    assert (undoing(town).state, town.suspension().state) == (ActionState.DONE, ActionState.REFUSED)


def test_an_undoing_waits_for_the_worker_that_still_applies_what_it_undoes(town: Town) -> None:
    town.suspended()
    decide(town, Outcome.CLEAN)
    held = town.suspension()
    busy = replace(held, state=ActionState.APPLYING, due_at=town.house.clock.now() + timedelta(minutes=1))
    town.house.store.action_rows[held.id] = busy
    [first] = town.house.enforcing.carry_out()
    assert (first.measure, first.is_final, town.seen()) == (Measure.RESTORE, False, "refused")
    carried(town)
    assert town.seen() == "served"


@pytest.mark.parametrize("state", [ActionState.DEAD, ActionState.REFUSED])
def test_a_suspension_that_was_given_up_after_it_took_hold_can_still_be_undone(town: Town, state: ActionState) -> None:
    held = town.suspended()
    town.house.store.action_rows[held.id] = replace(held, state=state)
    decide(town, Outcome.CLEAN)
    carried(town)
    assert (town.seen(), town.course().stage) == ("served", Stage.ACTIVE)


def test_a_suspension_that_was_given_up_after_it_took_hold_still_ends_with_its_time(town: Town) -> None:
    held = town.suspended()
    town.house.store.action_rows[held.id] = replace(held, state=ActionState.DEAD)
    town.house.clock.advance(timedelta(days=91).total_seconds())
    assert len(town.watching.lapse()) == 1
    carried(town)
    assert town.seen() == "served"


def lowered(town: Town) -> None:
    """The rule may not act by itself any more."""
    book = town.house.rules.book
    rule = replace(book.rules["malware.test"], status=RuleStatus.NURSERY)
    town.house.rules.book = replace(book, rules={**book.rules, "malware.test": rule})


def test_a_machines_intent_for_which_a_person_stands_outlives_its_rule(town: Town) -> None:
    filed(town)
    decide(town, Outcome.VIOLATING)
    lowered(town)
    town.house.enforcing.carry_out()
    assert (town.suspension().state, town.suspension().proposer) == (ActionState.DONE, "zhao")


def test_a_rule_lowered_before_its_suspension_was_seen_does_not_leave_it_to_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(town)
    with monkeypatch.context() as patch:
        patch.setattr(type(town.house.surface), "observe", lambda _self, _subject: "served")
        town.house.enforcing.carry_out()
    lowered(town)
    town.house.surface.suspended.clear()
    carried(town)
    assert (town.suspension().state, town.course().stage) == (ActionState.DONE, Stage.SUSPENDED)


def test_a_suspension_that_was_never_applied_is_not_done_because_the_object_went_away(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(town)
    with failing(monkeypatch, town.house.surface, "suspend", EnforcementError("answered 503 SlowDown")):
        town.house.enforcing.carry_out()
    town.house.contents.objects.clear()
    carried(town)
    assert (town.suspension().state, town.course().stage) == (ActionState.REFUSED, Stage.RESCAN)


def test_evidence_that_was_sealed_late_is_the_cases(town: Town) -> None:
    town.house.vault.full = True
    filed(town)
    town.house.enforcing.carry_out()
    town.house.vault.full = False
    carried(town)
    town.noticing.write()
    notice = town.noticing.send()[0]
    assert b"EVIL" in town.custodian.view(notice.case, "wang", "to judge")
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    assert town.appealing.judge(appeal.id, "wang", granted=True, reason="a test").state is AppealState.GRANTED


def test_a_case_decided_clean_is_never_deleted_however_it_was_approved(town: Town) -> None:
    due(town)
    town.house.remover.faults += [EnforcementError("answered 503")] * 2
    town.house.enforcing.carry_out()
    assert town.course().stage is Stage.DELETING
    decide(town, Outcome.CLEAN)
    carried(town, 5)
    assert ("tenant", "a") in town.house.contents.objects
    assert (deletion(town).state, "zhao decided the case clean" in deletion(town).outcome) == (
        ActionState.REFUSED,
        True,
    )
    assert (undoing(town).state, town.seen(), town.course().stage) == (ActionState.DONE, "served", Stage.ACTIVE)


def test_a_granted_appeal_calls_off_what_other_cases_still_wanted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = town.noticed()
    held, case = town.suspension(), town.house.store.case(notice.case)
    other = replace(case, id="C2", rule="new.test")
    late = replace(held, id="A2", case="C2", state=ActionState.PENDING, inverse="", proposer="li", revision=1)
    late = replace(late, due_at=town.house.clock.now())
    town.house.store.case_rows["C2"], town.house.store.action_rows["A2"] = other, late
    with failing(monkeypatch, town.house.surface, "plan", EnforcementError("answered 503")):
        town.house.enforcing.carry_out()
    assert town.course().grounds == (case.id, "C2")
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    town.appealing.judge(appeal.id, "wang", granted=True, reason="a test")
    carried(town)
    assert (town.house.store.action("A2").state, town.seen()) == (ActionState.REFUSED, "served")
    assert town.course().stage is Stage.ACTIVE


def test_intents_of_several_cases_that_all_died_are_cleared(town: Town) -> None:
    filed(town)
    held, case = town.suspension(), next(iter(town.house.store.case_rows.values()))
    town.house.store.case_rows["C2"] = replace(case, id="C2")
    town.house.store.action_rows["A2"] = replace(held, id="A2", case="C2")
    for action in list(town.house.store.action_rows.values()):
        opened = town.house.enforcing.carrying.open(replace(action, state=ActionState.APPLYING))
        town.house.kept.commit(Change(courses=opened.courses))
        town.house.store.action_rows[action.id] = replace(action, state=ActionState.DEAD)
    assert (len(town.course().grounds), town.course().stage) == (2, Stage.SUSPEND_PENDING)
    assert town.watching.clear() == 1
    assert (town.course().grounds, town.course().stage) == ((), Stage.ACTIVE)
