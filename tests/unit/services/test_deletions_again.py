"""Deletions that were void, withdrawn or given up: none speaks for a later one, and none is lost from sight."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import Action, ActionState, Measure, begin
from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import Ground
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import ConflictError, EnforcementError
from tests.unit.services.test_courses import Town

DAY = 86_400


@pytest.fixture
def town(book: Rulebook) -> Town:
    return Town(book)


def deletions(town: Town) -> list[Action]:
    return [one for one in town.house.store.action_rows.values() if one.measure is Measure.DELETE]


def days(town: Town, count: float) -> None:
    town.house.clock.advance(timedelta(days=count).total_seconds())


def appealed_and_proposed_again(town: Town) -> str:
    """Approved, appealed, denied and proposed once more before the first approval's day; the case."""
    case = town.proposed()
    town.deleting.approve(case, "wang", "seen it too")
    notice = town.house.kept.notices_of(town.course().id)[0]
    days(town, 3)
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    days(town, 2)
    town.appealing.judge(appeal.id, "zhao", granted=False, reason="it is malware")
    town.deleting.propose(case, "li", "still malware")
    return case


def test_an_appeal_calls_off_the_deletion_that_it_makes_void(town: Town) -> None:
    case = town.proposed()
    town.deleting.approve(case, "wang", "seen it too")
    town.appealing.file(town.house.kept.notices_of(town.course().id)[0].id, Ground.OTHER, "no")
    [one] = deletions(town)
    assert (one.state, one.outcome) == (ActionState.REFUSED, "called off: the owner appealed")


def test_an_appeal_is_taken_while_a_worker_has_the_deletion_in_hand(town: Town) -> None:
    case = town.proposed()
    action = town.deleting.approve(case, "wang", "seen it too")
    held = begin(action, town.house.clock.now() + timedelta(seconds=60))
    town.house.kept.commit(Change(actions=(held,)))
    town.appealing.file(town.house.kept.notices_of(town.course().id)[0].id, Ground.OTHER, "no")
    assert (deletions(town), town.course().stage) == ([held], Stage.APPEALED)


@pytest.mark.parametrize("again", [False, True])
def test_a_deletion_of_before_an_appeal_withdraws_no_later_proposal(town: Town, again: bool) -> None:
    case = town.proposed()
    first = town.deleting.approve(case, "wang", "seen it too")
    notice = town.house.kept.notices_of(town.course().id)[0]
    days(town, 3)
    town.house.kept.commit(Change(actions=(begin(first, town.house.clock.now() + timedelta(days=5)),)))  # it stalled
    appeal = town.appealing.file(notice.id, Ground.OTHER, "no")
    days(town, 2)
    town.appealing.judge(appeal.id, "zhao", granted=False, reason="it is malware")
    town.deleting.propose(case, "li", "still malware")
    if again:
        town.deleting.approve(case, "wang", "still")
    days(town, 3.5)
    town.house.enforcing.carry_out()
    assert town.house.store.action(first.id).state is ActionState.REFUSED
    assert (town.course().stage, bool(town.course().trail.approver)) == (Stage.DELETE_PROPOSED, again)


def test_what_is_approved_again_after_an_appeal_is_done(town: Town) -> None:
    case = appealed_and_proposed_again(town)
    second = town.deleting.approve(case, "wang", "still")
    for _ in range(10):
        town.house.enforcing.carry_out()
        days(town, 1)
    assert town.house.store.action(second.id).state is ActionState.DONE
    assert town.house.contents.objects == {}


def second_case(town: Town, case_id: str) -> str:
    """Another case that holds the same version."""
    case = replace(town.house.store.case(case_id), id="C2", rule="new.test", revision=1)
    course = town.course()
    joined = replace(course, grounds=(*course.grounds, "C2"), revision=course.revision + 1)
    town.house.kept.commit(Change(cases=(case,), courses=(joined,)))
    return "C2"


def test_a_deletion_in_hand_is_not_withdrawn_by_way_of_another_case(town: Town) -> None:
    case = town.proposed()
    action = town.deleting.approve(case, "wang", "seen it too")
    other = second_case(town, case)
    days(town, 8)
    town.house.kept.commit(Change(actions=(begin(action, town.house.clock.now() + timedelta(seconds=60)),)))
    with pytest.raises(ConflictError, match="is being carried out"):
        town.deleting.withdraw(other, "li", "a mistake")
    assert town.course().stage is Stage.DELETE_PROPOSED


def test_what_is_withdrawn_by_way_of_another_case_is_called_off(town: Town) -> None:
    case = town.proposed()
    town.deleting.approve(case, "wang", "seen it too")
    town.deleting.withdraw(second_case(town, case), "li", "a mistake")
    assert [one.state for one in deletions(town)] == [ActionState.REFUSED]


def test_a_deletion_that_was_given_up_stays_in_sight_with_its_cause(town: Town) -> None:
    case = town.proposed()
    action = town.deleting.approve(case, "wang", "seen it too")
    days(town, 8)
    town.house.remover.faults.append(EnforcementError("answered 503"))
    town.house.enforcing.carry_out()
    dead = replace(town.house.store.action(action.id), state=ActionState.DEAD, outcome="answered 503")
    town.house.kept.commit(Change(actions=(replace(dead, revision=dead.revision + 1),)))
    [shown] = town.deleting.proposals(10)
    assert shown.action is not None
    assert (shown.action.state, shown.action.outcome) == (ActionState.DEAD, "answered 503")
    town.deleting.withdraw(case, "li", "to begin again")
    town.deleting.propose(case, "li", "once more")
    [shown] = town.deleting.proposals(10)
    assert (shown.reason, shown.action) == ("once more", None)
