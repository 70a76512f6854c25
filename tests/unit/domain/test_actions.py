"""Actions: attempts are burned first, waits double, dead letters come back by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import (
    LAST_RETRY,
    MAX_ATTEMPTS,
    ActionState,
    Measure,
    ambiguous,
    applied,
    begin,
    called_off,
    confirmed,
    failed,
    not_undone,
    refused,
    replayed,
    standing,
)
from scanner.errors import TransitionError
from tests.contract.stores import LATER, NOW, action


def test_a_hold_stands_until_it_is_undone_or_ended_before_anything_was_done() -> None:
    filed = replace(action(), id="A1")
    given_up = replace(filed, id="A2", state=ActionState.DEAD, inverse="as it was")
    never = called_off(replace(filed, id="A3"), "called off")
    undone = replace(filed, id="A4", state=ActionState.DONE, inverse="as it was")
    undoing = replace(filed, id="A5", measure=Measure.RESTORE, undoes="A4")
    every = [filed, given_up, never, undone, undoing]
    assert [one.id for one in not_undone(every)] == ["A1", "A2", "A3"]
    assert [one.id for one in standing(every)] == ["A1", "A2"]
    assert (never.state, never.outcome, never.revision) == (ActionState.REFUSED, "called off", filed.revision + 1)


def test_a_worker_burns_an_attempt_before_the_work() -> None:
    taken = begin(action(), LATER)
    assert (taken.state, taken.attempts, taken.due_at, taken.revision) == (ActionState.APPLYING, 1, LATER, 2)


def test_an_action_goes_from_applied_to_done_with_its_inverse() -> None:
    done = confirmed(applied(begin(action(), LATER), "inverse", "set"), "refused from outside")
    assert (done.state, done.inverse, done.is_final) == (ActionState.DONE, "inverse", True)
    assert applied(replace(action(), inverse="kept"), "", "set").inverse == "kept"


def test_nothing_begins_after_the_end() -> None:
    for final in (refused(action(), "G2"), replace(action(), state=ActionState.DONE)):
        with pytest.raises(TransitionError, match="file a new action"):
            begin(final, LATER)


def test_waits_double_up_to_a_day_and_end_in_a_dead_letter() -> None:
    waits = [failed(replace(action(), attempts=n), "down", NOW).due_at - NOW for n in range(1, MAX_ATTEMPTS)]
    assert waits[:4] == [timedelta(seconds=s) for s in (2, 4, 8, 16)]
    assert max(waits) == LAST_RETRY
    assert waits == sorted(waits)
    assert failed(action(), "down", NOW).due_at == NOW + timedelta(seconds=2)
    assert failed(replace(action(), attempts=MAX_ATTEMPTS), "down", NOW).state is ActionState.DEAD


def test_a_failed_look_keeps_the_measure_and_looks_again() -> None:
    assert failed(replace(action(), inverse="i", attempts=1), "served", NOW).state is ActionState.UNVERIFIED
    assert failed(replace(action(), attempts=1), "down", NOW).state is ActionState.PENDING


def test_a_lost_answer_is_unknown_until_read_back() -> None:
    assert ambiguous(action(), "no answer", NOW).state is ActionState.UNKNOWN


def test_only_the_dead_are_replayed() -> None:
    dead = replace(action(), state=ActionState.DEAD, attempts=40)
    assert (replayed(dead, LATER).state, replayed(dead, LATER).attempts) == (ActionState.PENDING, 0)
    with pytest.raises(TransitionError, match="only dead"):
        replayed(action(), LATER)
