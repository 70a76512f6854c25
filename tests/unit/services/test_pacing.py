"""The ceiling of deletions within an hour: what is above it waits, and nothing of it is lost, refused or done twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.changes import Change
from scanner.domain.enforcement.brakes import Begun, Breaker, Pace
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import EnforcementError
from tests.unit.services.test_courses import Town

HOUR = 3_600


def town_of(book: Rulebook, pace: Pace, objects: int) -> Town:
    """A town in which so many deletions were approved and their cool-off is over."""
    town = Town(book)
    house = town.house
    guarding = replace(house.guarding, pace=pace, breaker=Breaker(share=1.0, least=1_000))
    house.guarding = guarding
    house.enforcing = replace(house.enforcing, carrying=replace(house.enforcing.carrying, guarding=guarding))
    town.deleting = replace(town.deleting, guarding=guarding)
    for number in range(objects):
        house.upload(f"a{number}", b"EVIL")
    house.work()
    house.clock.advance(1)
    town.noticing.write()
    town.noticing.send()
    for case in list(house.store.case_rows):
        for person in ("li", "wang"):
            town.custodian.view(case, person, "to decide")
        town.deleting.propose(case, "li", "malware")
        town.deleting.approve(case, "wang", "seen it too")
    house.clock.advance(8 * 86_400)
    return town


def deletions(town: Town) -> list[Action]:
    return [one for one in town.house.store.action_rows.values() if one.measure is Measure.DELETE]


def count(town: Town, state: ActionState) -> int:
    return sum(one.state is state for one in deletions(town))


def verbs(town: Town, verb: str) -> int:
    return sum(f'"verb":"{verb}"'.encode() in entry.body for entry in town.house.store.log)


@pytest.mark.parametrize("pace", [Pace(everybody=2), Pace(account=2)])
def test_what_is_above_the_ceiling_is_put_off_and_done_in_later_hours(book: Rulebook, pace: Pace) -> None:
    town, left = town_of(book, pace, 5), []
    for _ in range(3):
        town.house.enforcing.carry_out()
        town.house.enforcing.carry_out()
        left.append(len(town.house.contents.objects))
        town.house.clock.advance(HOUR + 1)
    assert left == [3, 1, 0]
    assert count(town, ActionState.DONE) == 5
    assert {one.attempts for one in deletions(town)} == {1}


def test_it_is_told_once_and_the_first_that_waits_raises_an_alarm(book: Rulebook) -> None:
    town = town_of(book, Pace(everybody=2), 5)
    for _ in range(6):
        town.house.enforcing.carry_out()
        town.house.clock.advance(360)
    assert (count(town, ActionState.PUT_OFF), verbs(town, "delete-put-off"), verbs(town, "alarm")) == (3, 3, 1)
    waiting = [one for one in deletions(town) if one.state is ActionState.PUT_OFF]
    assert {one.outcome for one in waiting} == {"2 deletions began within an hour, 2 may (deletions_per_hour): put off"}
    assert "put off" in str([one.action.outcome for one in town.deleting.proposals(10) if one.action])


def test_a_higher_ceiling_lifts_it(book: Rulebook) -> None:
    town = town_of(book, Pace(everybody=1), 3)
    town.house.enforcing.carry_out()
    carrying = town.house.enforcing.carrying
    lifted = replace(carrying, guarding=replace(carrying.guarding, pace=Pace()))
    town.house.enforcing = replace(town.house.enforcing, carrying=lifted)
    town.house.clock.advance(3_601)
    town.house.enforcing.carry_out()
    assert count(town, ActionState.DONE) == 3


def test_what_waits_for_its_turn_can_be_withdrawn(book: Rulebook) -> None:
    town = town_of(book, Pace(everybody=1), 2)
    town.house.enforcing.carry_out()
    [waiting] = [one for one in deletions(town) if one.state is ActionState.PUT_OFF]
    town.deleting.withdraw(waiting.case, "li", "a mistake")
    town.house.clock.advance(HOUR + 1)
    town.house.enforcing.carry_out()
    assert (count(town, ActionState.DONE), count(town, ActionState.REFUSED), len(town.house.contents.objects)) == (
        1,
        1,
        1,
    )


def test_a_deletion_that_goes_on_counts_once_and_waits_for_no_room_of_its_own(book: Rulebook) -> None:
    town = town_of(book, Pace(everybody=1), 1)
    town.house.remover.faults.append(EnforcementError("answered 503"))
    town.house.enforcing.carry_out()
    town.house.clock.advance(60)
    town.house.enforcing.carry_out()
    assert count(town, ActionState.DONE) == 1


def test_where_another_worker_took_the_last_room_the_fence_is_not_passed(
    book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = town_of(book, Pace(everybody=1), 1)
    enforcing = town.house.enforcing
    now = town.house.clock.now()
    asked = []

    def one_more(action: Action) -> None:
        asked.append(action)
        town.house.kept.commit(Change(begun=(Begun("A9.1", "A9", "b", now, 0),)))

    monkeypatch.setattr(type(enforcing), "_put_off", lambda self, action: one_more(action))
    enforcing.carry_out()
    [waiting] = deletions(town)
    assert (len(asked), waiting.state, len(town.house.contents.objects)) == (1, ActionState.PENDING, 1)
    assert "1 deletions began within an hour" in waiting.outcome
    assert town.house.guarding.course(waiting.subject, waiting.sha256).stage is Stage.DELETE_PROPOSED
    monkeypatch.undo()
    town.house.clock.advance(HOUR + 1)
    enforcing.carry_out()
    assert count(town, ActionState.DONE) == 1


def test_what_a_clock_far_ahead_began_fills_no_hour_of_now(book: Rulebook) -> None:
    town = town_of(book, Pace(everybody=1), 1)
    ahead = town.house.clock.now() + timedelta(days=300)
    town.house.kept.commit(Change(begun=(Begun("A9.1", "A9", "b", ahead, 0),)))
    town.house.enforcing.carry_out()
    assert count(town, ActionState.DONE) == 1
